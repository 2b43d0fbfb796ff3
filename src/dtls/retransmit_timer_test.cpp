#include "dtls/retransmit_timer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace vv::dtls {
namespace {

using namespace std::chrono_literals;

const Instant kStart{1h};

// From the first sending on, in milliseconds.
std::vector<std::int64_t> times(RetransmitTimer& timer, std::size_t count) {
    std::vector<std::int64_t> found;
    timer.start(kStart);
    while (found.size() < count) {
        const Instant now = timer.deadline().value();
        found.push_back((now - kStart) / 1ms);
        timer.back_off(now);
    }
    return found;
}

TEST(RetransmitTimer, DoublesFromTheShortestTime) {
    RetransmitTimer timer;
    EXPECT_EQ(times(timer, 10), (std::vector<std::int64_t>{50, 150, 350, 750, 1550, 3150, 6350, 10350, 14350, 18350}));
}

TEST(RetransmitTimer, StartsAtTwoRoundTrips) {
    RetransmitTimer timer;
    timer.set_round_trip(100ms);
    EXPECT_EQ(times(timer, 4), (std::vector<std::int64_t>{200, 600, 1400, 3000}));
}

TEST(RetransmitTimer, KeepsWithinItsBounds) {
    RetransmitTimer timer;
    timer.set_round_trip(25ms);
    EXPECT_EQ(times(timer, 1).front(), 50);
    timer.set_round_trip(0ms);
    EXPECT_EQ(times(timer, 1).front(), 50);
    timer.set_round_trip(26ms);
    EXPECT_EQ(times(timer, 1).front(), 52);
    timer.set_round_trip(2s);
    EXPECT_EQ(times(timer, 2), (std::vector<std::int64_t>{4000, 8000}));
    timer.set_round_trip(2001ms);
    EXPECT_EQ(times(timer, 2), (std::vector<std::int64_t>{4000, 8000}));
}

TEST(RetransmitTimer, BeginsAnewWithEachFlight) {
    RetransmitTimer timer;
    (void)times(timer, 5);
    EXPECT_EQ(timer.retransmissions(), 5U);
    timer.start(kStart + 1min);
    EXPECT_EQ(timer.retransmissions(), 0U);
    EXPECT_EQ(timer.deadline(), kStart + 1min + 50ms);
}

TEST(RetransmitTimer, IsDueFromItsDeadlineOnUntilItIsStopped) {
    RetransmitTimer timer;
    EXPECT_FALSE(timer.is_due(kStart));
    timer.start(kStart);
    EXPECT_FALSE(timer.is_due(kStart + 50ms - 1ns));
    EXPECT_TRUE(timer.is_due(kStart + 50ms));
    EXPECT_TRUE(timer.is_due(kStart + 1h));
    timer.stop();
    EXPECT_FALSE(timer.is_due(kStart + 1h));
    EXPECT_EQ(timer.deadline(), std::nullopt);
}

} // namespace
} // namespace vv::dtls
