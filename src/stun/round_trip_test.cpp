#include "stun/round_trip.h"

#include <gtest/gtest.h>

namespace vv::stun {
namespace {

using namespace std::chrono_literals;

TEST(RoundTripEstimate, WaitsHalfASecondForAStranger) {
    const RoundTripEstimate estimate;
    EXPECT_EQ(estimate.smoothed(), std::nullopt);
    EXPECT_EQ(estimate.rto(), 500ms);
}

TEST(RoundTripEstimate, BeginsWithThreeTimesTheFirstSample) {
    RoundTripEstimate estimate;
    estimate.handle_sample(80ms);
    EXPECT_EQ(estimate.smoothed(), 80ms);
    EXPECT_EQ(estimate.rto(), 240ms);
}

TEST(RoundTripEstimate, SettlesOnASteadyPathAndWidensOnAJitteringOne) {
    RoundTripEstimate steady;
    for (int i = 0; i < 100; ++i)
        steady.handle_sample(200ms);
    EXPECT_LT(steady.rto(), 205ms);
    RoundTripEstimate jittering;
    for (int i = 0; i < 100; ++i)
        jittering.handle_sample(i % 2 == 0 ? 100ms : 300ms);
    EXPECT_GT(jittering.rto(), 500ms);
}

TEST(RoundTripEstimate, StaysWithinItsBounds) {
    RoundTripEstimate near;
    near.handle_sample(0ns);
    EXPECT_EQ(near.rto(), kRtoMin);
    RoundTripEstimate far;
    far.handle_sample(60s);
    EXPECT_EQ(far.rto(), kRtoMax);
}

} // namespace
} // namespace vv::stun
