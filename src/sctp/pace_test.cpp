// How long is waited and how much is on its way: the retransmission timeout, the
// congestion window and the timers.
#include "sctp/congestion_window.h"
#include "sctp/retransmission_timeout.h"
#include "sctp/timers.h"

#include <gtest/gtest.h>

namespace vv::sctp {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPacket = 1'000;

TEST(RetransmissionTimeout, FollowsTheRoundTrip) {
    RetransmissionTimeout rto;
    EXPECT_EQ(rto.value(), kRtoInitial);
    EXPECT_EQ(rto.round_trip(), std::nullopt);
    rto.note_round_trip(200ms);
    EXPECT_EQ(rto.value(), 600ms); // R + 4 * R / 2
    EXPECT_EQ(rto.round_trip(), 200ms);
    rto.note_round_trip(360ms); // variation 100 + 60 / 4, mean 200 + 160 / 8
    EXPECT_EQ(rto.round_trip(), 220ms);
    EXPECT_EQ(rto.value(), 220ms + 4 * 115ms);
    for (int i = 0; i < 200; ++i)
        rto.note_round_trip(300ms);
    EXPECT_NEAR(static_cast<double>(rto.value() / 1us), 400'000, 2'000); // kRtoMin
}

TEST(RetransmissionTimeout, IsWhatItWasOnceSomethingGetsThrough) {
    RetransmissionTimeout rto;
    rto.back_off();
    rto.handle_progress();
    EXPECT_EQ(rto.value(), kRtoInitial);
    rto.note_round_trip(200ms);
    rto.back_off();
    rto.back_off();
    EXPECT_EQ(rto.value(), 2'400ms);
    rto.handle_progress();
    EXPECT_EQ(rto.value(), 600ms);
}

TEST(RetransmissionTimeout, IsGuessedUntilItIsMeasured) {
    RetransmissionTimeout rto;
    rto.note_guess(20ms);
    EXPECT_EQ(rto.value(), kRtoInitial);
    rto.note_guess(700ms);
    EXPECT_EQ(rto.value(), 2'100ms);
    EXPECT_EQ(rto.round_trip(), std::nullopt);
    rto.back_off();
    rto.handle_progress();
    EXPECT_EQ(rto.value(), 2'100ms);
    rto.note_guess(60s);
    EXPECT_EQ(rto.value(), kRtoMax);
    rto.note_round_trip(200ms);
    EXPECT_EQ(rto.value(), 600ms);
    rto.note_guess(700ms);
    EXPECT_EQ(rto.value(), 600ms);
}

TEST(RetransmissionTimeout, StaysWithinItsBounds) {
    RetransmissionTimeout rto;
    rto.note_round_trip(1ms);
    EXPECT_EQ(rto.value(), kRtoMin);
    for (int i = 0; i < 10; ++i)
        rto.back_off();
    EXPECT_EQ(rto.value(), kRtoMax);
    rto.note_round_trip(1ms);
    EXPECT_EQ(rto.value(), kRtoMin);
    rto.note_round_trip(1h);
    EXPECT_EQ(rto.value(), kRtoMax);
}

TEST(CongestionWindow, DoublesInSlowStartWhileItIsUsed) {
    CongestionWindow window(kPacket);
    EXPECT_EQ(window.bytes(), kInitialWindowPackets * kPacket);
    window.handle_ack(kPacket, window.bytes());
    EXPECT_EQ(window.bytes(), 11 * kPacket);
    window.handle_ack(5 * kPacket, window.bytes()); // one SACK stands for two packets at most
    EXPECT_EQ(window.bytes(), 13 * kPacket);
    window.handle_ack(2 * kPacket, window.bytes() - kPacket); // one packet more would have fitted
    EXPECT_EQ(window.bytes(), 13 * kPacket);
}

TEST(CongestionWindow, GrowsByOnePacketForAWindowAfterALoss) {
    CongestionWindow window(kPacket);
    for (int i = 0; i < 10; ++i)
        window.handle_ack(2 * kPacket, window.bytes());
    ASSERT_EQ(window.bytes(), 30 * kPacket);
    window.handle_loss();
    EXPECT_EQ(window.bytes(), 15 * kPacket);
    window.handle_ack(2 * kPacket, window.bytes()); // the last of slow start: window and threshold are the same
    EXPECT_EQ(window.bytes(), 17 * kPacket);
    for (int i = 0; i < 8; ++i)
        window.handle_ack(2 * kPacket, window.bytes());
    EXPECT_EQ(window.bytes(), 17 * kPacket);
    window.handle_ack(kPacket, window.bytes());
    EXPECT_EQ(window.bytes(), 18 * kPacket);
}

TEST(CongestionWindow, CountsNothingFromBeforeAllWasAcknowledged) {
    CongestionWindow window(kPacket);
    window.handle_loss();
    ASSERT_EQ(window.bytes(), 5 * kPacket);
    window.handle_ack(kPacket, window.bytes()); // the last of slow start
    ASSERT_EQ(window.bytes(), 6 * kPacket);
    for (int i = 0; i < 5; ++i)
        window.handle_ack(kPacket, window.bytes());
    window.handle_all_acked();
    for (int i = 0; i < 5; ++i)
        window.handle_ack(kPacket, window.bytes());
    EXPECT_EQ(window.bytes(), 6 * kPacket);
    window.handle_ack(kPacket, window.bytes());
    EXPECT_EQ(window.bytes(), 7 * kPacket);
}

TEST(CongestionWindow, ShrinksToItsLeast) {
    CongestionWindow window(kPacket);
    for (int i = 0; i < 5; ++i)
        window.handle_loss();
    EXPECT_EQ(window.bytes(), kWindowPacketsMin * kPacket);
    window.handle_timeout();
    EXPECT_EQ(window.bytes(), kPacket);
    EXPECT_EQ(window.slow_start_threshold(), kWindowPacketsMin * kPacket);
}

TEST(CongestionWindow, ForgetsWhatItKnewOfAnIdlePath) {
    CongestionWindow window(kPacket);
    for (int i = 0; i < 15; ++i)
        window.handle_ack(2 * kPacket, window.bytes());
    ASSERT_EQ(window.bytes(), 40 * kPacket);
    window.handle_idle();
    EXPECT_EQ(window.bytes(), 20 * kPacket);
    window.handle_idle();
    window.handle_idle();
    EXPECT_EQ(window.bytes(), kInitialWindowPackets * kPacket);
    window.handle_timeout();
    window.handle_idle();
    EXPECT_EQ(window.bytes(), kPacket); // it does not grow by being idle
}

TEST(Timers, GiveTheEarliestAndEachOnce) {
    Timers timers;
    const Instant now{1s};
    EXPECT_EQ(timers.next(), std::nullopt);
    timers.set(Timer::kSack, now + 2s);
    timers.set(Timer::kInit, now + 1s);
    EXPECT_EQ(timers.next(), now + 1s);
    EXPECT_EQ(timers.poll_expired(now), std::nullopt);
    EXPECT_EQ(timers.poll_expired(now + 1s), Timer::kInit);
    EXPECT_EQ(timers.poll_expired(now + 1s), std::nullopt);
    EXPECT_FALSE(timers.is_running(Timer::kInit));
    EXPECT_TRUE(timers.is_running(Timer::kSack));
    timers.stop(Timer::kSack);
    EXPECT_EQ(timers.poll_expired(now + 1h), std::nullopt);
}

} // namespace
} // namespace vv::sctp
