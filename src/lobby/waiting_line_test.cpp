#include "base/rng.h"
#include "lobby/waiting_line.h"

#include <gtest/gtest.h>

#include <iterator>
#include <set>
#include <vector>

namespace vv::lobby {
namespace {

std::vector<std::uint64_t> tickets(const WaitingLine& line) {
    std::vector<std::uint64_t> out;
    for (WaitingLine::Cursor cursor(line); cursor.current() != nullptr; cursor.advance()) {
        out.push_back(cursor.current()->ticket);
    }
    return out;
}

TEST(WaitingLine, IsEmptyAtFirst) {
    const WaitingLine line;
    EXPECT_EQ(line.size(), 0U);
    EXPECT_TRUE(tickets(line).empty());
    EXPECT_EQ(line.older_than(5), 0U);
}

TEST(WaitingLine, GivesAReturnerItsOldPlace) {
    WaitingLine line;
    for (std::uint64_t ticket = 1; ticket <= 5; ++ticket)
        line.insert({ticket, 0, 0, 0});
    EXPECT_TRUE(line.erase(2));
    EXPECT_FALSE(line.erase(2));
    line.insert({2, 0, 0, 0});
    EXPECT_EQ(tickets(line), (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
    EXPECT_EQ(line.older_than(2), 1U);
}

TEST(WaitingLine, AgreesWithASortedSetUnderRandomUse) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SeededRng rng(seed);
        WaitingLine line;
        std::set<std::uint64_t> expected;
        // Growing and shrinking phases, so blocks fill, split, empty and join.
        for (int step = 0; step < 4000; ++step) {
            const bool grow = (step / 1000) % 2 == 0;
            const std::uint64_t ticket = rng.below(3000) + 1;
            if (rng.below(10) < (grow ? 8U : 2U)) {
                if (expected.insert(ticket).second) line.insert({ticket, 0, 0, 0});
            } else {
                EXPECT_EQ(line.erase(ticket), expected.erase(ticket) == 1);
            }
            ASSERT_EQ(line.size(), expected.size());
            const auto older = std::distance(expected.begin(), expected.lower_bound(ticket));
            ASSERT_EQ(line.older_than(ticket), static_cast<std::size_t>(older));
        }
        EXPECT_EQ(tickets(line), (std::vector<std::uint64_t>(expected.begin(), expected.end())));
        for (const std::uint64_t ticket : expected)
            ASSERT_TRUE(line.erase(ticket));
        EXPECT_TRUE(tickets(line).empty());
    }
}

} // namespace
} // namespace vv::lobby
