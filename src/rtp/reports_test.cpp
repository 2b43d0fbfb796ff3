// What two ends count of a stream and tell one another: SenderStream, ReceiverStats, the clock and the timer.
#include "rtp/ntp.h"
#include "rtp/receiver_stats.h"
#include "rtp/report_timer.h"
#include "rtp/sender_stream.h"

#include <gtest/gtest.h>

#include <chrono>
#include <initializer_list>

namespace vv::rtp {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kRate = 90'000;
const Ssrc kSource(42);
const Instant kStart{1h};

TEST(NtpTime, IsSecondsAndFractions) {
    EXPECT_EQ(ntp_from(1s), NtpTime{1} << 32U);
    EXPECT_EQ(ntp_from(1500ms), (NtpTime{1} << 32U) + 0x80000000U);
    EXPECT_EQ(middle_of(0x0102030405060708), 0x03040506U);
    EXPECT_EQ(duration_from_middle(0x00018000), 1500ms);
    EXPECT_EQ(NtpClock(kStart).at(kStart), NtpTime{1} << 32U);
}

TEST(Ticks, CountALongTime) {
    EXPECT_EQ(ticks_of(1s, kRate), kRate);
    EXPECT_EQ(ticks_of(20ms, 48'000), 960U);
    EXPECT_EQ(ticks_of(100h, kRate), static_cast<std::uint32_t>(std::int64_t{360'000} * kRate)); // wraps
    EXPECT_EQ(ticks_of(-1s, kRate), 0U - kRate);
}

TEST(SenderStream, NumbersPacketsFromBelowHalf) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        SeededRng rng(seed);
        SenderStream stream(kSource, kRate, rng);
        const Header first = stream.next_header(96, false, 1000);
        const Header second = stream.next_header(96, true, 4000);
        EXPECT_LT(first.sequence, 1U << 15U);
        EXPECT_EQ(second.sequence, first.sequence + 1);
        EXPECT_EQ(second.timestamp - first.timestamp, 3000U);
        EXPECT_TRUE(second.marker && !first.marker);
    }
}

class Reports : public testing::Test {
protected:
    Header send(Instant now, std::uint32_t media_time, std::size_t size = 100) {
        const Header header = sender.next_header(96, false, media_time);
        sender.note_sent(now, header, size);
        return header;
    }

    SeededRng rng{1};
    NtpClock clock{kStart};
    SenderStream sender{kSource, kRate, rng};
    ReceiverStats receiver{kSource, kRate, kStart};
};

TEST_F(Reports, SayWhatWasSent) {
    EXPECT_EQ(sender.make_report(kStart, clock), std::nullopt);
    const Header header = send(kStart + 1s, 0, 100);
    send(kStart + 1s, 0, 50);
    const auto report = sender.make_report(kStart + 2s, clock);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->packets, 2U);
    EXPECT_EQ(report->octets, 150U);
    EXPECT_EQ(report->ntp, clock.at(kStart + 2s));
    EXPECT_EQ(report->rtp_timestamp, header.timestamp + kRate); // of the report's own moment
}

TEST_F(Reports, MeasureTheRoundTrip) {
    send(kStart, 0);
    const auto report = sender.make_report(kStart + 1s, clock);
    receiver.handle_packet(kStart + 20ms, send(kStart, 0));
    receiver.handle_sender_report(kStart + 1020ms, *report);  // 20 ms there
    const auto block = receiver.make_report(kStart + 1520ms); // answered after 500 ms
    ASSERT_TRUE(block);
    EXPECT_EQ(block->last_report, middle_of(report->ntp));
    EXPECT_EQ(block->delay, 0x8000U);
    sender.handle_report(kStart + 1550ms, clock, *block); // 30 ms back
    ASSERT_TRUE(sender.round_trip());
    EXPECT_NEAR(std::chrono::duration<double>(*sender.round_trip()).count(), 0.050, 0.0001);
}

TEST_F(Reports, TakeNoRoundTripFromWhatIsNoAnswer) {
    sender.handle_report(kStart + 1s, clock, {.source = kSource}); // has heard no report of ours
    EXPECT_EQ(sender.round_trip(), std::nullopt);
    EXPECT_TRUE(sender.last_report());
    sender.handle_report(kStart + 1s, clock, {.source = Ssrc(1), .fraction_lost = 9, .last_report = 5});
    EXPECT_EQ(sender.last_report()->source, kSource);
    sender.handle_report(kStart + 100s, clock, {.source = kSource, .last_report = 1}); // of long ago
    EXPECT_EQ(sender.round_trip(), std::nullopt);
    sender.handle_report(kStart + 1s, clock, {.source = kSource, .last_report = middle_of(clock.at(kStart + 2s))});
    EXPECT_EQ(sender.round_trip(), Duration::zero()); // clocks that run apart
}

class Loss : public testing::Test {
protected:
    void receive(std::uint16_t sequence) { stats.handle_packet(kStart + 1s, {.sequence = sequence, .ssrc = kSource}); }

    ReceiverStats stats{kSource, kRate, kStart};
};

TEST_F(Loss, IsCountedForEachInterval) {
    EXPECT_EQ(stats.make_report(kStart), std::nullopt);
    for (const std::uint16_t sequence : std::initializer_list<std::uint16_t>{10, 11, 13, 14}) // 12 is lost: one of five
        receive(sequence);
    auto report = stats.make_report(kStart + 1s);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->fraction_lost, 256 / 5);
    EXPECT_EQ(report->cumulative_lost, 1);
    EXPECT_EQ(report->highest_sequence, 14U);
    receive(15);
    report = stats.make_report(kStart + 2s);
    EXPECT_EQ(report->fraction_lost, 0);
    EXPECT_EQ(report->cumulative_lost, 1);
    receive(12); // late, or again
    report = stats.make_report(kStart + 3s);
    EXPECT_EQ(report->fraction_lost, 0); // nothing was expected
    EXPECT_EQ(report->cumulative_lost, 0);
}

TEST_F(Loss, CountsWraps) {
    receive(65'530);
    receive(5); // ten are between them
    const auto report = stats.make_report(kStart + 1s);
    EXPECT_EQ(report->highest_sequence, 0x10005U);
    EXPECT_EQ(report->cumulative_lost, 10);
    EXPECT_EQ(stats.lost(), 10);
    EXPECT_EQ(stats.received(), 2U);
}

TEST_F(Loss, ExpectsWhatTheFirstOvertook) {
    receive(7);
    receive(5);
    EXPECT_EQ(stats.lost(), 1);
}

TEST_F(Loss, GoesBelowZeroWithDuplicates) {
    receive(7);
    receive(7);
    EXPECT_EQ(stats.make_report(kStart + 1s)->cumulative_lost, -1);
}

// RFC 3550 A.8: each change of the way counts a sixteenth.
TEST(Jitter, IsSmoothed) {
    ReceiverStats stats(kSource, 1000, kStart); // a clock of milliseconds
    const auto receive = [&](std::uint32_t sent_ms, Duration arrives_after) {
        stats.handle_packet(kStart + arrives_after, {.timestamp = sent_ms, .ssrc = kSource});
    };
    receive(0, 100ms);
    receive(20, 120ms); // as long on its way
    EXPECT_EQ(stats.jitter(), 0ms);
    receive(40, 172ms); // 32 ms longer: 32 / 16
    EXPECT_EQ(stats.jitter(), 2ms);
    receive(60, 192ms); // no change: a sixteenth less
    EXPECT_EQ(stats.jitter(), 1ms);
    EXPECT_EQ(stats.make_report(kStart + 1s)->jitter, 1U);
}

TEST(Jitter, DoesNotSeeWhereTheTimestampsWrap) {
    ReceiverStats stats(kSource, 1000, kStart);
    stats.handle_packet(kStart + 10ms, {.timestamp = 0xFFFFFFF6, .ssrc = kSource});
    stats.handle_packet(kStart + 30ms, {.timestamp = 10, .ssrc = kSource});
    EXPECT_EQ(stats.jitter(), 0ms);
}

TEST(ReportTimer, VariesItsIntervals) {
    SeededRng rng(3);
    ReportTimer timer(kStart, rng);
    Instant last = kStart;
    bool is_first = true;
    for (int i = 0; i < 100; ++i) {
        const Instant due = timer.poll_timeout().value();
        const Duration least = is_first ? kReportInterval / 4 : kReportInterval / 2;
        EXPECT_GE(due - last, least);
        EXPECT_LE(due - last, least * 3);
        EXPECT_FALSE(timer.handle_timeout(due - 1ns)); // early
        EXPECT_TRUE(timer.handle_timeout(due));
        EXPECT_FALSE(timer.handle_timeout(due)); // and again
        last = due;
        is_first = false;
    }
}

} // namespace
} // namespace vv::rtp
