// The rates of a credential class as what is asked for each packet: how long a
// packet of that size takes to be earned. Worked out once, so that nothing is
// divided on the data path.
#pragma once

#include "base/instant.h"
#include "turn/config.h"
#include "turn/spent.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vv::turn {

class FlowPace {
public:
    explicit FlowPace(const ClassLimits& limits)
        : nanoseconds_per_byte_(kSecond / static_cast<double>(limits.bytes_per_second)),
          byte_burst_(limits.byte_rate().time_of(limits.burst_bytes)),
          packet_(limits.packet_rate().time_of(1)),
          packet_burst_(limits.packet_rate().time_of(limits.packet_rate().burst)) {}

    /// Whether a packet with this payload (bytes, without kPacketOverhead) is in both rates; takes nothing.
    [[nodiscard]] bool has_room(Instant now, const Flow& flow, std::size_t payload_size) const {
        return flow.packets.has_time(now, packet_, packet_burst_) &&
               flow.bytes.has_time(now, time_of(payload_size), byte_burst_);
    }
    /// For one that has room: between the two calls other limits may still refuse it.
    void take(Instant now, Flow& flow, std::size_t payload_size) const {
        flow.packets.take_time(now, packet_);
        flow.bytes.take_time(now, time_of(payload_size));
    }

private:
    static constexpr double kSecond = 1e9;
    static_assert(Duration::period::den == 1'000'000'000);

    // Within a nanosecond of Rate::time_of.
    [[nodiscard]] Duration time_of(std::size_t payload_size) const {
        const auto bytes = static_cast<double>(payload_size + kPacketOverhead);
        return Duration(static_cast<std::int64_t>(bytes * nanoseconds_per_byte_));
    }

    double nanoseconds_per_byte_;
    Duration byte_burst_;
    Duration packet_;
    Duration packet_burst_;
};

} // namespace vv::turn
