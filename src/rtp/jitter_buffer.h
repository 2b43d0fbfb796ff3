// Gives packets of sound out at the pace they were made, in order, a fixed time after the quickest of them came. What
// comes later than that is dropped, and what never came leaves a gap in the timestamps.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "rtp/packet.h"
#include "rtp/unwrapper.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace vv::rtp {

/// More than ten seconds of packets of 20 ms; for one more the oldest makes room.
inline constexpr std::size_t kJitterPacketsMax = 512;
/// For how long the quickest way counts. Two clocks that run apart by 100 parts in a million are 1 ms apart by then.
inline constexpr std::chrono::seconds kQuickestWindow{10};

class JitterBuffer {
public:
    struct Played {
        std::int64_t timestamp = 0; ///< does not wrap
        bool marker = false;
        ByteBuffer payload;
    };

    JitterBuffer(std::uint32_t clock_rate, Duration delay);

    void handle_packet(Instant now, const Packet& packet);
    /// What is to be played by now, in order, one at a time.
    [[nodiscard]] std::optional<Played> poll_packet(Instant now);
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

    /// Dropped: too late, or for want of room.
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
    [[nodiscard]] std::size_t held() const { return packets_.size(); }

private:
    [[nodiscard]] Duration media_time(std::int64_t timestamp) const;
    [[nodiscard]] Instant play_at(std::int64_t timestamp) const;
    void note_way(Instant now, std::int64_t timestamp);

    std::uint32_t clock_rate_;
    Duration delay_;
    TimestampUnwrapper timestamps_;
    std::map<std::int64_t, Played> packets_; // by timestamp: a packet of sound has one of its own
    std::optional<std::int64_t> last_played_;
    // The least difference of arrival and media time, of this window and the one before.
    std::optional<Instant> window_end_;
    Instant quickest_now_{Duration::max()};
    Instant quickest_before_{Duration::max()};
    std::uint64_t dropped_ = 0;
};

} // namespace vv::rtp
