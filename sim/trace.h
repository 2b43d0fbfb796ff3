// What a run tells of itself, packet by packet: when, where, from whom to whom,
// what it is and what became of it. Off unless somebody asks, and then a line each.
#pragma once

#include "base/instant.h"
#include "sim/fate.h"
#include "sim/packet.h"

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace vv::sim {

/// Where a world's clock begins. Not zero, so that nobody takes the beginning of time for something special.
inline constexpr Instant kBeginning{std::chrono::hours(1)};

struct TraceEntry {
    Instant at;
    std::string_view where; ///< the name of a host, of a box or of a network
    Fate what = Fate::kSent;
    const Packet& packet;
};

/// "+0.050123 home-a: translated 192.168.1.2:5000 > 11.0.0.1:3478 UDP Binding request 76"
[[nodiscard]] std::string to_string(const TraceEntry& entry);

class TraceSink {
public:
    TraceSink() = default;
    TraceSink(const TraceSink&) = delete;
    TraceSink& operator=(const TraceSink&) = delete;
    virtual ~TraceSink() = default;
    virtual void note(const TraceEntry& entry) = 0;
};

/// Keeps the last lines, for a test to look at.
class TraceLog final : public TraceSink {
public:
    static constexpr std::size_t kLinesMax = 10'000;

    void note(const TraceEntry& entry) override;
    [[nodiscard]] const std::deque<std::string>& lines() const { return lines_; }

private:
    std::deque<std::string> lines_;
};

} // namespace vv::sim
