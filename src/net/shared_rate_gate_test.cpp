#include "net/shared_rate_gate.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <thread>
#include <vector>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

constexpr Rate kRate = per_second(5, 1000);

TEST(SharedRateGate, GivesItsBurstAndThenItsRate) {
    SharedRateGate gate;
    const Instant now{1h};
    for (int i = 0; i < kRate.burst; ++i) {
        EXPECT_TRUE(gate.has_room(now, kRate));
        EXPECT_FALSE(gate.try_take(now, kRate));
    }
    EXPECT_FALSE(gate.has_room(now, kRate));
    EXPECT_EQ(gate.try_take(now, kRate), 200ms);
    EXPECT_FALSE(gate.try_take(now + 200ms, kRate));
}

TEST(SharedRateGate, SeveralThreadsGetNoMoreBetweenThem) {
    SharedRateGate gate;
    std::array<int, 4> taken{};
    {
        std::vector<std::jthread> threads;
        threads.reserve(taken.size());
        for (int& mine : taken) {
            threads.emplace_back([&gate, &mine] {
                for (int n = 0; n < kRate.burst; ++n) {
                    if (!gate.try_take(Instant{1h}, kRate)) ++mine;
                }
            });
        }
    }
    EXPECT_EQ(std::accumulate(taken.begin(), taken.end(), 0), kRate.burst);
}

} // namespace
} // namespace vv::net
