#include "lobby/lately_count.h"
#include "lobby/limits.h"

#include <gtest/gtest.h>

namespace vv::lobby {
namespace {

constexpr Instant kStart{1000min};

TEST(LatelyCount, ForgetsAfterAnHour) {
    LatelyCount lately;
    lately.add(kStart);
    lately.add(kStart + 59s);
    lately.add(kStart + 10min);
    lately.forget(kStart + 60min - 1ns);
    EXPECT_EQ(lately.count(), 3U);
    lately.forget(kStart + 60min);
    EXPECT_EQ(lately.count(), 1U);
    lately.forget(kStart + 70min);
    EXPECT_EQ(lately.count(), 0U);
}

TEST(LatelyCount, TakesBackOnceAndNotWhatTimeTook) {
    LatelyCount lately;
    const auto first = lately.add(kStart);
    lately.add(kStart + 30min);
    lately.remove(kStart + 30min, first);
    EXPECT_EQ(lately.count(), 1U);
    const auto old = lately.add(kStart + 30min);
    lately.add(kStart + 90min); // in the place of the minute above
    lately.remove(kStart + 90min, old);
    EXPECT_EQ(lately.count(), 1U);
}

TEST(LatelyCount, SurvivesALongSleep) {
    LatelyCount lately;
    lately.add(kStart);
    lately.forget(kStart + 24h);
    EXPECT_EQ(lately.count(), 0U);
    lately.forget(kStart); // a late wake-up is harmless
    lately.add(kStart + 24h);
    EXPECT_EQ(lately.count(), 1U);
}

TEST(LatelyCount, WakesOnlyWhileSomebodyIsCounted) {
    LatelyCount lately;
    EXPECT_EQ(lately.poll_timeout(), std::nullopt);
    lately.add(kStart + 30s);
    EXPECT_EQ(lately.poll_timeout(), kStart + 1min);
    for (auto due = lately.poll_timeout(); due; due = lately.poll_timeout())
        lately.forget(*due);
    EXPECT_EQ(lately.count(), 0U);
}

} // namespace
} // namespace vv::lobby
