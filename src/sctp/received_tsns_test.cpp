#include "base/rng.h"
#include "sctp/received_tsns.h"

#include <gtest/gtest.h>

#include <set>

namespace vv::sctp {
namespace {

using Arrival = ReceivedTsns::Arrival;

class ReceivedTsnsTest : public testing::Test {
protected:
    Arrival take(std::int64_t offset) {
        const Tsn tsn = kBefore + offset;
        const Arrival arrival = tsns_.look_at(tsn);
        if (arrival == Arrival::kNew) tsns_.add(tsn);
        return arrival;
    }

    const Tsn kBefore{0xFFFFFFF8}; // the wrap is near
    ReceivedTsns tsns_{kBefore};
};

TEST_F(ReceivedTsnsTest, MovesOnInOrder) {
    for (int i = 1; i <= 20; ++i) {
        EXPECT_EQ(take(i), Arrival::kNew);
        EXPECT_EQ(tsns_.cumulative(), kBefore + i);
        EXPECT_FALSE(tsns_.has_gaps());
    }
    EXPECT_EQ(take(20), Arrival::kDuplicate);
    EXPECT_EQ(take(0), Arrival::kDuplicate);
}

TEST_F(ReceivedTsnsTest, TellsGapsAndJoinsThem) {
    EXPECT_EQ(take(3), Arrival::kNew);
    EXPECT_EQ(take(5), Arrival::kNew);
    EXPECT_EQ(take(8), Arrival::kNew);
    EXPECT_EQ(tsns_.gap_blocks(9), (std::vector<GapBlock>{{3, 3}, {5, 5}, {8, 8}}));
    EXPECT_EQ(tsns_.gap_blocks(2), (std::vector<GapBlock>{{3, 3}, {5, 5}}));
    EXPECT_EQ(take(4), Arrival::kNew);
    EXPECT_EQ(take(4), Arrival::kDuplicate);
    EXPECT_EQ(tsns_.gap_blocks(9), (std::vector<GapBlock>{{3, 5}, {8, 8}}));
    EXPECT_EQ(take(7), Arrival::kNew);
    EXPECT_EQ(tsns_.gap_blocks(9), (std::vector<GapBlock>{{3, 5}, {7, 8}}));
    EXPECT_EQ(take(1), Arrival::kNew);
    EXPECT_EQ(tsns_.gap_blocks(9), (std::vector<GapBlock>{{2, 4}, {6, 7}}));
    EXPECT_EQ(take(2), Arrival::kNew);
    EXPECT_EQ(tsns_.cumulative(), kBefore + 5);
    EXPECT_EQ(tsns_.highest(), kBefore + 8);
    EXPECT_EQ(take(6), Arrival::kNew);
    EXPECT_EQ(tsns_.cumulative(), kBefore + 8);
    EXPECT_FALSE(tsns_.has_gaps());
}

TEST_F(ReceivedTsnsTest, RefusesWhatASackCannotSay) {
    EXPECT_EQ(take(kTsnWindowMax), Arrival::kNew);
    EXPECT_EQ(take(kTsnWindowMax + 1), Arrival::kRefused);
    EXPECT_EQ(take(1), Arrival::kNew);
    EXPECT_EQ(take(kTsnWindowMax + 1), Arrival::kNew);
    EXPECT_EQ(take(-1), Arrival::kDuplicate);
}

TEST_F(ReceivedTsnsTest, HasOnlySoManyRanges) {
    for (std::size_t i = 0; i < kReceivedRangesMax; ++i)
        EXPECT_EQ(take(static_cast<std::int64_t>(3 + 3 * i)), Arrival::kNew);
    EXPECT_EQ(take(static_cast<std::int64_t>(3 + 3 * kReceivedRangesMax)), Arrival::kRefused);
    EXPECT_EQ(take(4), Arrival::kNew); // makes a range longer
    EXPECT_EQ(take(5), Arrival::kNew); // and joins it with the next
    EXPECT_EQ(take(static_cast<std::int64_t>(3 + 3 * kReceivedRangesMax)), Arrival::kNew);
    EXPECT_EQ(take(static_cast<std::int64_t>(6 + 3 * kReceivedRangesMax)), Arrival::kRefused);
    EXPECT_EQ(take(1), Arrival::kNew); // what comes next is always welcome
}

TEST_F(ReceivedTsnsTest, Skips) {
    for (const int i : {3, 4, 7, 9})
        (void)take(i);
    tsns_.skip_to(kBefore + 2);
    EXPECT_EQ(tsns_.cumulative(), kBefore + 4);
    tsns_.skip_to(kBefore + 1);
    EXPECT_EQ(tsns_.cumulative(), kBefore + 4);
    tsns_.skip_to(kBefore + 8);
    EXPECT_EQ(tsns_.cumulative(), kBefore + 9);
    tsns_.skip_to(kBefore + 100);
    EXPECT_EQ(tsns_.cumulative(), kBefore + 100);
    EXPECT_FALSE(tsns_.has_gaps());
}

TEST_F(ReceivedTsnsTest, TellsOfSoManyDuplicates) {
    for (std::size_t i = 0; i <= kDuplicatesMax; ++i)
        tsns_.note_duplicate(kBefore + static_cast<std::int64_t>(i));
    ASSERT_EQ(tsns_.duplicates().size(), kDuplicatesMax);
    EXPECT_EQ(tsns_.duplicates()[0], kBefore.wire());
    tsns_.forget_duplicates();
    EXPECT_TRUE(tsns_.duplicates().empty());
}

TEST_F(ReceivedTsnsTest, AgreesWithASet) {
    SeededRng rng(1);
    std::set<std::int64_t> model;
    std::int64_t first_missing = 1;
    for (int i = 0; i < 5'000; ++i) {
        const auto offset = first_missing + static_cast<std::int64_t>(rng.below(60)) - 5;
        const bool is_new = offset >= 1 && !model.contains(offset);
        EXPECT_EQ(take(offset) == Arrival::kNew, is_new);
        if (is_new) model.insert(offset);
        while (model.contains(first_missing))
            ++first_missing;
        ASSERT_EQ(tsns_.cumulative(), kBefore + (first_missing - 1));
        std::set<std::int64_t> told;
        for (const GapBlock& block : tsns_.gap_blocks(kReceivedRangesMax)) {
            for (std::int64_t at = block.first; at <= block.last; ++at)
                told.insert(first_missing - 1 + at);
        }
        ASSERT_EQ(told, std::set<std::int64_t>(model.upper_bound(first_missing - 1), model.end()));
    }
}

} // namespace
} // namespace vv::sctp
