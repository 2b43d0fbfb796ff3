#include "base/rate.h"

#include <gtest/gtest.h>

namespace vv {
namespace {

using namespace std::chrono_literals;

constexpr Rate kTwoEverySecond = per_second(2, 5);

TEST(RateGate, LetsABurstThroughAndNoMore) {
    RateGate gate;
    const Instant now(10s);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(gate.try_take(now, kTwoEverySecond), std::nullopt);
    EXPECT_EQ(gate.try_take(now, kTwoEverySecond), 500ms);
}

TEST(RateGate, EarnsBackAtItsRate) {
    RateGate gate;
    Instant now(10s);
    EXPECT_EQ(gate.try_take(now, kTwoEverySecond, 5), std::nullopt);
    now += 499ms;
    EXPECT_EQ(gate.try_take(now, kTwoEverySecond), 1ms);
    now += 1ms;
    EXPECT_EQ(gate.try_take(now, kTwoEverySecond), std::nullopt);
    EXPECT_FALSE(gate.is_full(now));
    now += 1h;
    EXPECT_TRUE(gate.is_full(now));
    EXPECT_EQ(gate.try_take(now, kTwoEverySecond, 5), std::nullopt);
    EXPECT_NE(gate.try_take(now, kTwoEverySecond), std::nullopt);
}

TEST(RateGate, RefusalTakesNothing) {
    RateGate gate;
    const Instant now(10s);
    EXPECT_EQ(gate.try_take(now, kTwoEverySecond, 4), std::nullopt);
    EXPECT_NE(gate.try_take(now, kTwoEverySecond, 2), std::nullopt);
    EXPECT_EQ(gate.try_take(now, kTwoEverySecond, 1), std::nullopt);
}

TEST(RateGate, GivesBackWhatWasTakenAndSavesNoMoreThanItsBurst) {
    RateGate gate;
    Instant now(10s);
    EXPECT_EQ(gate.try_take(now, kTwoEverySecond, 5), std::nullopt);
    gate.give_back_time(kTwoEverySecond.time_of(1));
    EXPECT_EQ(gate.try_take(now, kTwoEverySecond, 1), std::nullopt);
    EXPECT_NE(gate.try_take(now, kTwoEverySecond, 1), std::nullopt);
    now += 1h;
    gate.give_back_time(kTwoEverySecond.time_of(5));
    EXPECT_EQ(gate.try_take(now, kTwoEverySecond, 5), std::nullopt);
    EXPECT_NE(gate.try_take(now, kTwoEverySecond, 1), std::nullopt);
}

TEST(RateGate, HoldsARateThatIsNoWholeNumberOfNanosecondsEach) {
    constexpr Rate kRate = per_second(112'500'000, 112'500'000);
    RateGate gate;
    std::int64_t taken = 0;
    for (Instant now(1h); now < Instant(1h) + 1s; now += 1ms) {
        while (!gate.try_take(now, kRate, 1500))
            taken += 1500;
    }
    EXPECT_GE(taken, 2 * kRate.burst - 200'000); // the last millisecond is missing
    EXPECT_LE(taken, 2 * kRate.burst);
}

TEST(RateGate, SurvivesTimeGoingBack) {
    RateGate gate;
    EXPECT_EQ(gate.try_take(Instant(1h), kTwoEverySecond, 5), std::nullopt);
    EXPECT_NE(gate.try_take(Instant(30min), kTwoEverySecond), std::nullopt);
    EXPECT_EQ(gate.try_take(Instant(2h), kTwoEverySecond, 5), std::nullopt);
}

TEST(RateGate, HoldsItsRateInTheLongRun) {
    constexpr Rate kRate = per_second(8'000, 8'000);
    RateGate gate;
    std::int64_t taken = 0;
    for (Instant now(1h); now < Instant(1h) + 30s; now += 1ms) {
        if (!gate.try_take(now, kRate, 100)) taken += 100;
    }
    EXPECT_GE(taken, 8'000 * 30);
    EXPECT_LE(taken, 8'000 * 31);
}

TEST(Rate, CountsLargeNumbersWithoutOverflow) {
    constexpr Rate kRate = per_second(1'000'000, 1'000'000'000).times(320);
    EXPECT_EQ(kRate.time_of(kRate.burst), 1000s);
    EXPECT_EQ(one_every(5s, 10).times(20).time_of(1), 250ms);
}

TEST(RateGate, StartsFullEvenAtTimeZero) {
    RateGate gate;
    EXPECT_TRUE(gate.is_full(Instant{}));
    EXPECT_EQ(gate.try_take(Instant{}, kTwoEverySecond, 5), std::nullopt);
}

} // namespace
} // namespace vv
