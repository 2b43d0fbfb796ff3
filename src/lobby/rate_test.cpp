#include "lobby/rate.h"

#include <gtest/gtest.h>

namespace vv::lobby {
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

TEST(RateGate, StartsFullEvenAtTimeZero) {
    RateGate gate;
    EXPECT_TRUE(gate.is_full(Instant{}));
    EXPECT_EQ(gate.try_take(Instant{}, kTwoEverySecond, 5), std::nullopt);
}

} // namespace
} // namespace vv::lobby
