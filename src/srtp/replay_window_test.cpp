#include "base/rng.h"
#include "srtp/packet_index.h"
#include "srtp/replay_window.h"
#include "srtp/stream_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace vv::srtp {
namespace {

using Verdict = ReplayWindow::Verdict;

TEST(GuessIndex, FollowsTheCounterOverItsWraps) {
    EXPECT_EQ(guess_index(std::nullopt, 60'000), 60'000U);
    EXPECT_EQ(guess_index(65'535, 0), 0x10000U);
    EXPECT_EQ(guess_index(0x10000, 65'535), 0xFFFFU); // late, from before the wrap
    EXPECT_EQ(guess_index(0x2FFFF, 5), 0x30005U);
    EXPECT_EQ(guess_index(0x30005, 0xFFF0), 0x2FFF0U);
    EXPECT_EQ(guess_index(0x30005, 6), 0x30006U);
    EXPECT_EQ(guess_index(0x30005, 4), 0x30004U);
}

// RFC 3711 §3.3.1, on both sides of 2^15.
TEST(GuessIndex, TakesTheNearer) {
    EXPECT_EQ(guess_index(0x10000, 0x8000), 0x18000U);
    EXPECT_EQ(guess_index(0x10000, 0x8001), 0x08001U);
    EXPECT_EQ(guess_index(0x18000, 0x0000), 0x10000U);
    EXPECT_EQ(guess_index(0x18001, 0x0000), 0x20000U);
}

TEST(GuessIndex, KnowsNothingBeforeTheBeginning) {
    EXPECT_EQ(guess_index(10, 60'000), 60'000U);
}

TEST(GuessIndex, GoesPastTheLastIndexRatherThanRoundIt) {
    EXPECT_EQ(guess_index(kRtpIndexMax - 1, 0xFFFF), kRtpIndexMax);
    EXPECT_GT(guess_index(kRtpIndexMax, 0), kRtpIndexMax);
}

TEST(ReplayWindow, KnowsWhatItHasSeen) {
    ReplayWindow window;
    EXPECT_EQ(window.highest(), std::nullopt);
    EXPECT_EQ(window.check(1000), Verdict::kNew);
    window.accept(1000);
    EXPECT_EQ(window.check(1000), Verdict::kSeen);
    EXPECT_EQ(window.check(999), Verdict::kNew);
    window.accept(999);
    EXPECT_EQ(window.check(999), Verdict::kSeen);
    EXPECT_EQ(window.highest(), 1000U);
}

TEST(ReplayWindow, EndsWhereItsSizeSays) {
    ReplayWindow window;
    window.accept(5000);
    EXPECT_EQ(window.check(5000 - kReplayWindowSize + 1), Verdict::kNew);
    EXPECT_EQ(window.check(5000 - kReplayWindowSize), Verdict::kTooOld);
}

TEST(ReplayWindow, ForgetsWhatItsRingHeldBefore) {
    ReplayWindow window;
    for (std::uint64_t index = 0; index < kReplayWindowSize; ++index)
        window.accept(index);
    window.accept(kReplayWindowSize + 9); // ten places further, nine of them not seen
    for (std::uint64_t index = kReplayWindowSize; index < kReplayWindowSize + 9; ++index)
        EXPECT_EQ(window.check(index), Verdict::kNew) << index;
    EXPECT_EQ(window.check(kReplayWindowSize - 1), Verdict::kSeen);
    window.accept(10 * kReplayWindowSize + 3);
    for (std::uint64_t back = 1; back < kReplayWindowSize; ++back)
        EXPECT_EQ(window.check(10 * kReplayWindowSize + 3 - back), Verdict::kNew);
}

// Against a set of all that was seen.
TEST(ReplayWindow, AgreesWithAModel) {
    SeededRng rng(7);
    ReplayWindow window;
    std::set<std::uint64_t> seen;
    std::uint64_t highest = 0;
    for (int step = 0; step < 20'000; ++step) {
        const std::uint64_t reach = rng.below(100) == 0 ? 3 * kReplayWindowSize : 40;
        const std::uint64_t index = highest + rng.below(reach) - std::min(highest, rng.below(2 * reach));
        const bool is_old = !seen.empty() && index + kReplayWindowSize <= highest;
        const Verdict expected = is_old ? Verdict::kTooOld : seen.contains(index) ? Verdict::kSeen : Verdict::kNew;
        ASSERT_EQ(window.check(index), expected) << step << ' ' << index;
        if (expected != Verdict::kNew) continue;
        window.accept(index);
        seen.insert(index);
        highest = std::max(highest, index);
    }
}

TEST(StreamTable, FindsAndIsFullAtItsLimit) {
    StreamTable<int> table;
    EXPECT_EQ(table.find(rtp::Ssrc(0)), nullptr);
    for (std::uint32_t i = 0; i < kStreamsMax; ++i) {
        EXPECT_FALSE(table.is_full());
        table.add(rtp::Ssrc(i)) = static_cast<int>(i);
    }
    EXPECT_TRUE(table.is_full());
    for (std::uint32_t i = 0; i < kStreamsMax; ++i) {
        ASSERT_NE(table.find(rtp::Ssrc(i)), nullptr);
        EXPECT_EQ(*table.find(rtp::Ssrc(i)), static_cast<int>(i)); // the second time from where it was found last
    }
    EXPECT_EQ(table.find(rtp::Ssrc(kStreamsMax)), nullptr);
}

} // namespace
} // namespace vv::srtp
