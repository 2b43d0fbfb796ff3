#include "turn/flow_pace.h"

#include <gtest/gtest.h>

namespace vv::turn {
namespace {

using namespace std::chrono_literals;

constexpr int kPackets = 20'000;

ClassLimits limits(std::int64_t bytes, std::int64_t burst, std::int64_t packets) {
    return {std::chrono::hours(24), bytes, burst, packets, false};
}

TEST(FlowPace, LetsThroughWhatTheRatesOfTheClassDo) {
    for (const ClassLimits& given :
         {kCallLimits, limits(8'000, 8'000, 100), limits(3, 70'000, 7), limits(1'250'000'000, 300'001, 999'983)}) {
        const FlowPace pace(given);
        Flow flow;
        RateGate bytes;
        RateGate packets;
        Instant now(1h);
        for (int i = 0; i < kPackets; ++i) {
            const std::size_t size = static_cast<std::size_t>(i) * 7919 % 1'500;
            const auto in_rate = static_cast<std::int64_t>(size + kPacketOverhead);
            const bool has_room = pace.has_room(now, flow, size);
            const bool is_packet_in_rate = !packets.wait_for(now, given.packet_rate());
            const auto are_bytes_in_rate = [&](Instant at) { return !bytes.wait_for(at, given.byte_rate(), in_rate); };
            const Duration rounding(2 * (i + 1)); // of each packet so far
            if (has_room) {
                ASSERT_TRUE(is_packet_in_rate && are_bytes_in_rate(now + rounding)) << "packet " << i;
            } else {
                ASSERT_FALSE(is_packet_in_rate && are_bytes_in_rate(now - rounding)) << "packet " << i;
            }
            if (has_room) {
                pace.take(now, flow, size);
                bytes.take(now, given.byte_rate(), in_rate);
                packets.take(now, given.packet_rate());
            }
            now += (i % 3) * 100us;
        }
        EXPECT_LE(std::chrono::abs(flow.bytes.full_at() - bytes.full_at()), Duration(2 * kPackets));
        EXPECT_EQ(flow.packets.full_at(), packets.full_at());
    }
}

TEST(FlowPace, CountsItsOverheadAndNoMoreThanItsBurst) {
    const FlowPace pace(limits(1'000, 1'000, 10));
    Flow flow;
    const Instant now(1h);
    EXPECT_FALSE(pace.has_room(now, flow, 1'000));
    EXPECT_TRUE(pace.has_room(now, flow, 1'000 - kPacketOverhead));
    pace.take(now, flow, 1'000 - kPacketOverhead);
    EXPECT_FALSE(pace.has_room(now, flow, 0));
    EXPECT_TRUE(pace.has_room(now + 28ms, flow, 0));
}

} // namespace
} // namespace vv::turn
