#include "base/rng.h"
#include "rtp/jitter_buffer.h"
#include "rtp/opus.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <utility>
#include <vector>

namespace vv::rtp {
namespace {

using namespace std::chrono_literals;

const Instant kStart{1h};
constexpr std::uint32_t kFrame = 960;

class Playing : public testing::Test {
protected:
    void receive(Instant now, std::uint32_t timestamp) {
        const ByteBuffer payload{static_cast<std::uint8_t>(timestamp / kFrame)};
        Packet packet;
        packet.header.timestamp = timestamp;
        packet.payload = payload;
        buffer.handle_packet(now, packet);
    }
    std::vector<std::int64_t> play(Instant now) {
        std::vector<std::int64_t> timestamps;
        while (const auto played = buffer.poll_packet(now))
            timestamps.push_back(played->timestamp);
        return timestamps;
    }
    using Timestamps = std::vector<std::int64_t>;

    JitterBuffer buffer{kOpusClockRate, 60ms};
};

TEST_F(Playing, PlaysAFixedTimeAfterTheQuickest) {
    EXPECT_EQ(buffer.poll_timeout(), std::nullopt);
    receive(kStart, 0);
    EXPECT_EQ(buffer.poll_timeout(), kStart + 60ms);
    EXPECT_EQ(play(kStart + 60ms - 1ns), Timestamps{});
    EXPECT_EQ(play(kStart + 60ms), Timestamps{0});
    receive(kStart + 70ms, kFrame); // 50 ms later than it might have been
    EXPECT_EQ(buffer.poll_timeout(), kStart + 80ms);
    receive(kStart + 75ms, 3 * kFrame);
    EXPECT_EQ(play(kStart + 80ms), Timestamps{kFrame});
    EXPECT_EQ(play(kStart + 120ms), Timestamps{3 * kFrame});
}

TEST_F(Playing, PutsPacketsInOrderAndPlaysNoneTwice) {
    receive(kStart, 0);
    receive(kStart + 41ms, 2 * kFrame);
    receive(kStart + 42ms, kFrame);
    receive(kStart + 43ms, kFrame);
    EXPECT_EQ(play(kStart + 100ms), (Timestamps{0, kFrame, 2 * kFrame}));
    receive(kStart + 101ms, kFrame);
    EXPECT_EQ(play(kStart + 1s), Timestamps{});
    EXPECT_EQ(buffer.dropped(), 1U);
}

TEST_F(Playing, DropsWhatComesTooLate) {
    receive(kStart, 0);
    receive(kStart + 80ms, kFrame); // just in time
    receive(kStart + 100ms + 1ns, 2 * kFrame);
    EXPECT_EQ(play(kStart + 200ms), (Timestamps{0, kFrame}));
    EXPECT_EQ(buffer.dropped(), 1U);
}

TEST_F(Playing, LearnsOfAQuickerWay) {
    receive(kStart, 0);
    receive(kStart + 10ms, kFrame); // 10 ms quicker than the first
    EXPECT_EQ(play(kStart + 50ms), Timestamps{0});
    EXPECT_EQ(buffer.poll_timeout(), kStart + 70ms);
}

TEST_F(Playing, ForgetsAWayThatIsNoLongerTaken) {
    // From one second on everything takes 50 ms more, and after two windows that is the quickest way.
    for (std::uint32_t i = 0; i < 50 * 30; ++i) {
        const Instant made = kStart + i * 20ms;
        const Instant arrives = made + (i < 50 ? 0ms : 50ms);
        receive(arrives, i * kFrame);
        (void)play(arrives);
    }
    receive(kStart + 30s + 50ms, 50 * 30 * kFrame);
    (void)play(kStart + 30s + 50ms);
    EXPECT_EQ(buffer.poll_timeout().value() - (kStart + 30s + 50ms), 60ms - 2 * 20ms); // the oldest of three
    EXPECT_EQ(buffer.dropped(), 0U);
}

TEST_F(Playing, GoesOnWhereTimestampsWrap) {
    receive(kStart, 0U - kFrame);
    receive(kStart + 20ms, 0);
    const auto played = play(kStart + 100ms);
    ASSERT_EQ(played.size(), 2U);
    EXPECT_EQ(played[1] - played[0], kFrame);
}

TEST_F(Playing, HoldsPacketsUpToItsLimit) {
    for (std::uint32_t i = 0; i < kJitterPacketsMax; ++i)
        receive(kStart, i * kFrame); // all at once
    EXPECT_EQ(buffer.held(), kJitterPacketsMax);
    EXPECT_EQ(buffer.dropped(), 0U);
    receive(kStart, kJitterPacketsMax * kFrame);
    EXPECT_EQ(buffer.held(), kJitterPacketsMax);
    EXPECT_EQ(buffer.dropped(), 1U);
}

TEST_F(Playing, PassesOverPadding) {
    buffer.handle_packet(kStart, Packet{});
    EXPECT_EQ(buffer.held(), 0U);
}

// Sound over a road with up to 60 ms of jitter comes out whole and evenly.
TEST_F(Playing, EvensOutABadRoad) {
    SeededRng rng(1);
    std::multimap<Instant, std::uint32_t> arrivals;
    for (std::uint32_t i = 0; i < 500; ++i)
        arrivals.emplace(kStart + i * 20ms + std::chrono::milliseconds(rng.below(60)), i * kFrame);
    std::vector<std::pair<Instant, std::int64_t>> played;
    const auto play_until = [&](Instant now) {
        while (buffer.poll_timeout() && *buffer.poll_timeout() <= now) {
            const Instant at = *buffer.poll_timeout();
            played.emplace_back(at, buffer.poll_packet(at)->timestamp);
        }
    };
    for (const auto& [at, timestamp] : arrivals) {
        play_until(at);
        receive(at, timestamp);
    }
    play_until(kStart + 1h);
    EXPECT_EQ(played.size() + buffer.dropped(), 500U);
    EXPECT_LT(buffer.dropped(), 5U); // before the quickest is known
    for (std::size_t i = 1; i < played.size(); ++i)
        EXPECT_GT(played[i].second, played[i - 1].second);
    const auto& [last_at, last] = played.back();
    EXPECT_LE(last_at, kStart + 499 * 20ms + 121ms);
}

} // namespace
} // namespace vv::rtp
