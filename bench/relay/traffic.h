// Relayed packets: paced, or as many as a window lets under way, in one
// direction or both. Each carries when it was sent and which place of the window
// it has, so that a lost one gives its place back.
#pragma once

#include "relay/legs.h"
#include "relay/usage.h"
#include "turn/channel_data.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vv::bench {

enum class Direction : std::uint8_t { kToPeer, kToClient };

struct TrafficPlan {
    std::size_t payload = 1200;   ///< bytes; at least kStampSize
    std::uint64_t per_second = 0; ///< packets of all legs and directions together; 0: as many as the window allows
    std::size_t window = 384;     ///< packets under way, of both directions together
    std::size_t burst = 1;        ///< packets a leg sends back to back; at most kBurstMax
    bool to_client = true;        ///< both directions, else towards the peer only
    std::int64_t warm_up = 500'000'000; ///< nanoseconds
    std::int64_t measured = 2'000'000'000;
};

inline constexpr std::size_t kStampSize = 32;
inline constexpr std::size_t kBurstMax = 32;

struct TrafficResult {
    double seconds = 0;          ///< of the measured part
    std::uint64_t delivered = 0; ///< packets that came through within it
    std::uint64_t sent = 0;      ///< packets sent within it; what came of them later counts too
    std::uint64_t lost = 0;      ///< of those sent
    CpuTime cpu;
    std::vector<std::uint32_t> latencies; ///< microseconds, sorted

    /// part: 0 to 1.
    [[nodiscard]] double latency(double part) const;
};

/// The legs have allocations and channels.
[[nodiscard]] TrafficResult run_traffic(Legs& legs, const TrafficPlan& plan, const ServerUsage& usage);

} // namespace vv::bench
