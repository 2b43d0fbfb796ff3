#include "base/rng.h"
#include "sctp/reassembly.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vv::sctp {
namespace {

constexpr std::size_t kMax = 10'000;

class ReassemblyTest : public testing::Test {
protected:
    struct Piece {
        std::int64_t tsn = 0;
        std::string_view text{};
        std::uint16_t stream = 0;
        std::uint16_t ssn = 0;
        bool is_begin = true;
        bool is_end = true;
        bool is_unordered = false;
        Ppid ppid = Ppid::kString;
    };

    Result<void, DataViolation> take(const Piece& piece) {
        return machine_.handle_data(kFirst + piece.tsn, {.tsn = (kFirst + piece.tsn).wire(),
                                                         .stream = StreamId(piece.stream),
                                                         .ssn = piece.ssn,
                                                         .ppid = piece.ppid,
                                                         .is_unordered = piece.is_unordered,
                                                         .is_begin = piece.is_begin,
                                                         .is_end = piece.is_end,
                                                         .payload = as_bytes(piece.text)});
    }
    std::vector<std::string> given() {
        std::vector<std::string> texts;
        while (const auto message = machine_.poll_message()) {
            texts.emplace_back(as_text(message->payload));
            machine_.release(message->payload.size());
        }
        return texts;
    }
    void skip_to(std::int64_t tsn, const std::vector<SkippedStream>& streams) {
        machine_.skip_to(kFirst + tsn, streams);
    }

    using Texts = std::vector<std::string>;
    const Tsn kFirst{0xFFFFFFFE};
    Reassembly machine_{kMax};
};

TEST_F(ReassemblyTest, GivesWholeMessagesAtOnce) {
    ASSERT_TRUE(take({.tsn = 0, .text = "a"}));
    EXPECT_EQ(machine_.held(), cost_of(1));
    ASSERT_TRUE(take({.tsn = 1, .text = "b", .ssn = 1}));
    EXPECT_EQ(given(), (Texts{"a", "b"}));
    EXPECT_EQ(machine_.held(), 0U);
}

TEST_F(ReassemblyTest, PutsPiecesTogetherInEveryOrder) {
    std::vector<int> order{0, 1, 2, 3, 4};
    do {
        Reassembly machine(kMax);
        for (const int i : order) {
            const std::string text(static_cast<std::size_t>(i + 1), static_cast<char>('a' + i));
            ASSERT_TRUE(machine.handle_data(kFirst + i, {.stream = StreamId(1),
                                                         .ssn = 0,
                                                         .ppid = Ppid::kString,
                                                         .is_begin = i == 0,
                                                         .is_end = i == 4,
                                                         .payload = as_bytes(text)}));
        }
        const auto message = machine.poll_message();
        ASSERT_TRUE(message);
        EXPECT_EQ(as_text(message->payload), "abbcccddddeeeee");
        machine.release(message->payload.size());
        EXPECT_EQ(machine.held(), 0U);
    } while (std::ranges::next_permutation(order).found);
}

TEST_F(ReassemblyTest, WaitsForEarlierMessagesOfTheStream) {
    ASSERT_TRUE(take({.tsn = 2, .text = "c", .ssn = 2}));
    ASSERT_TRUE(take({.tsn = 1, .text = "b", .ssn = 1}));
    ASSERT_TRUE(take({.tsn = 3, .text = "other", .stream = 1}));
    ASSERT_TRUE(take({.tsn = 4, .text = "urgent", .is_unordered = true}));
    EXPECT_EQ(given(), (Texts{"other", "urgent"}));
    EXPECT_EQ(machine_.held(), 2 * cost_of(1));
    ASSERT_TRUE(take({.tsn = 0, .text = "a"}));
    EXPECT_EQ(given(), (Texts{"a", "b", "c"}));
}

TEST_F(ReassemblyTest, NumbersWrap) {
    std::uint16_t ssn = 0;
    for (std::int64_t i = 0; i < 70'000; ++i) {
        ASSERT_TRUE(take({.tsn = i, .text = "x", .ssn = ssn++}));
        ASSERT_EQ(given(), Texts{"x"});
    }
}

TEST_F(ReassemblyTest, DropsANumberThatHasBeenUsed) {
    ASSERT_TRUE(take({.tsn = 0, .text = "a"}));
    ASSERT_TRUE(take({.tsn = 1, .text = "again"}));
    ASSERT_TRUE(take({.tsn = 2, .text = "c", .ssn = 2}));
    ASSERT_TRUE(take({.tsn = 3, .text = "c again", .ssn = 2}));
    EXPECT_EQ(given(), Texts{"a"});
    EXPECT_EQ(machine_.dropped(), 2U);
    EXPECT_EQ(machine_.held(), cost_of(1));
}

TEST_F(ReassemblyTest, RefusesPiecesThatContradict) {
    const Piece begin{.tsn = 0, .text = "a", .is_end = false};
    const Piece good{.tsn = 1, .text = "b", .is_begin = false};
    const auto with = [&](auto change) {
        Piece piece = good;
        change(piece);
        return piece;
    };
    const std::vector<Piece> bad{
        with([](Piece& piece) { piece.stream = 1; }),
        with([](Piece& piece) { piece.ssn = 1; }),
        with([](Piece& piece) { piece.is_unordered = true; }),
        with([](Piece& piece) { piece.ppid = Ppid::kBinary; }),
    };
    for (const Piece& piece : bad) {
        for (const bool is_first : {false, true}) { // it joins from either side
            machine_ = Reassembly(kMax);
            ASSERT_TRUE(take(is_first ? piece : begin));
            EXPECT_EQ(take(is_first ? begin : piece).error(), DataViolation::kMixedFragments);
        }
    }
    machine_ = Reassembly(kMax);
    ASSERT_TRUE(take(begin));
    EXPECT_TRUE(take(good));
}

TEST_F(ReassemblyTest, RefusesOneByteTooMuch) {
    const std::string half(kMax / 2, 'x');
    ASSERT_TRUE(take({.tsn = 0, .text = half, .is_end = false}));
    ASSERT_TRUE(take({.tsn = 1, .text = half, .is_begin = false}));
    EXPECT_EQ(given().size(), 1U);
    ASSERT_TRUE(take({.tsn = 2, .text = half, .ssn = 1, .is_end = false}));
    ASSERT_TRUE(take({.tsn = 3, .text = half, .ssn = 1, .is_begin = false, .is_end = false}));
    EXPECT_EQ(take({.tsn = 4, .text = "x", .ssn = 1, .is_begin = false}).error(), DataViolation::kTooLong);
}

// RFC 3758: a message given up after its first pieces has no end, and the next one may come before that is told.
TEST_F(ReassemblyTest, BeginsAnewBehindAMessageThatWasGivenUp) {
    ASSERT_TRUE(take({.tsn = 0, .text = "lost", .is_end = false}));
    ASSERT_TRUE(take({.tsn = 1, .text = "next", .ssn = 1}));
    EXPECT_TRUE(given().empty());
    skip_to(0, {{StreamId(0), 0}});
    EXPECT_EQ(given(), Texts{"next"});
    EXPECT_EQ(machine_.held(), 0U);
}

TEST_F(ReassemblyTest, SkipsMessagesAndGivesWhatStoodBetween) {
    ASSERT_TRUE(take({.tsn = 1, .text = "b", .ssn = 1}));
    ASSERT_TRUE(take({.tsn = 3, .text = "d", .ssn = 3}));
    ASSERT_TRUE(take({.tsn = 5, .text = "f", .ssn = 5}));
    ASSERT_TRUE(take({.tsn = 6, .text = "half", .stream = 1, .is_end = false}));
    skip_to(2, {{StreamId(0), 2}});
    EXPECT_EQ(given(), (Texts{"b", "d"}));
    skip_to(6, {{StreamId(0), 4}, {StreamId(1), 0}});
    EXPECT_EQ(given(), Texts{"f"});
    EXPECT_EQ(machine_.held(), 0U);
    ASSERT_TRUE(take({.tsn = 7, .text = "one", .stream = 1, .ssn = 1}));
    EXPECT_EQ(given(), Texts{"one"});
    skip_to(7, {{StreamId(0), 2}}); // older than what is known
    ASSERT_TRUE(take({.tsn = 8, .text = "g", .ssn = 6}));
    EXPECT_EQ(given(), Texts{"g"});
}

TEST_F(ReassemblyTest, BeginsStreamsAnew) {
    ASSERT_TRUE(take({.tsn = 0, .text = "a", .stream = 1}));
    ASSERT_TRUE(take({.tsn = 1, .text = "b", .stream = 2}));
    ASSERT_TRUE(take({.tsn = 2, .text = "late", .stream = 2, .ssn = 5}));
    (void)given();
    const std::vector<StreamId> second{StreamId(2)};
    machine_.reset(second);
    EXPECT_EQ(given(), Texts{"late"});
    ASSERT_TRUE(take({.tsn = 3, .text = "new", .stream = 2}));
    ASSERT_TRUE(take({.tsn = 4, .text = "old", .stream = 1, .ssn = 1}));
    EXPECT_EQ(given(), (Texts{"new", "old"}));
    machine_.reset({});
    ASSERT_TRUE(take({.tsn = 5, .text = "x", .stream = 1}));
    ASSERT_TRUE(take({.tsn = 6, .text = "y", .stream = 2}));
    EXPECT_EQ(given(), (Texts{"x", "y"}));
}

TEST_F(ReassemblyTest, ForgetsWhatIsNotWhole) {
    ASSERT_TRUE(take({.tsn = 0, .text = "whole"}));
    ASSERT_TRUE(take({.tsn = 1, .text = "begun", .ssn = 1, .is_end = false}));
    ASSERT_TRUE(take({.tsn = 4, .text = "waits", .ssn = 3}));
    machine_.forget();
    EXPECT_EQ(machine_.held(), cost_of(5));
    EXPECT_EQ(given(), Texts{"whole"});
    EXPECT_EQ(machine_.held(), 0U);
}

TEST_F(ReassemblyTest, CountsAllThatItHolds) {
    ASSERT_TRUE(take({.tsn = 0, .text = "aa", .is_end = false}));
    ASSERT_TRUE(take({.tsn = 1, .text = "bb", .is_begin = false, .is_end = false}));
    ASSERT_TRUE(take({.tsn = 5, .text = "cc", .ssn = 1, .is_begin = false}));
    EXPECT_EQ(machine_.held(), 3 * cost_of(2));
    ASSERT_TRUE(take({.tsn = 2, .text = "d", .is_begin = false}));
    EXPECT_EQ(machine_.held(), cost_of(5) + cost_of(2)); // a whole message costs once
    EXPECT_EQ(given(), Texts{"aabbd"});
    EXPECT_EQ(machine_.held(), cost_of(2));
    skip_to(5, {});
    EXPECT_EQ(machine_.held(), 0U);
}

} // namespace
} // namespace vv::sctp
