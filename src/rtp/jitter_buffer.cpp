#include "rtp/jitter_buffer.h"

#include "base/assert.h"

#include <algorithm>
#include <utility>

namespace vv::rtp {

JitterBuffer::JitterBuffer(std::uint32_t clock_rate, Duration delay) : clock_rate_(clock_rate), delay_(delay) {
    VV_ASSERT(clock_rate > 0 && delay >= Duration::zero());
}

Duration JitterBuffer::media_time(std::int64_t timestamp) const {
    // In two steps, since a long call's timestamp times a thousand million need not fit.
    const std::int64_t rate = clock_rate_;
    const std::int64_t rest = timestamp % rate * 1'000'000'000 / rate;
    return std::chrono::seconds(timestamp / rate) + std::chrono::nanoseconds(rest);
}

Instant JitterBuffer::play_at(std::int64_t timestamp) const {
    return std::min(quickest_now_, quickest_before_) + media_time(timestamp) + delay_;
}

// The way of a packet cannot be told from the distance of the two clocks; the least sum of both is the quickest way.
void JitterBuffer::note_way(Instant now, std::int64_t timestamp) {
    if (!window_end_ || now >= *window_end_) {
        quickest_before_ = quickest_now_;
        quickest_now_ = Instant(Duration::max());
        window_end_ = now + kQuickestWindow;
    }
    quickest_now_ = std::min(quickest_now_, now - media_time(timestamp));
}

void JitterBuffer::handle_packet(Instant now, const Packet& packet) {
    if (packet.payload.empty()) return; // padding
    const std::int64_t timestamp = timestamps_.unwrap(packet.header.timestamp);
    note_way(now, timestamp);
    if ((last_played_ && timestamp <= *last_played_) || play_at(timestamp) < now) {
        ++dropped_;
        return;
    }
    ByteBuffer payload(packet.payload.begin(), packet.payload.end());
    packets_.try_emplace(timestamp, Played{timestamp, packet.header.marker, std::move(payload)});
    if (packets_.size() <= kJitterPacketsMax) return;
    packets_.erase(packets_.begin());
    ++dropped_;
}

std::optional<JitterBuffer::Played> JitterBuffer::poll_packet(Instant now) {
    if (packets_.empty()) return std::nullopt;
    const auto first = packets_.begin();
    if (play_at(first->first) > now) return std::nullopt;
    Played played = std::move(first->second);
    packets_.erase(first);
    last_played_ = played.timestamp;
    return played;
}

std::optional<Instant> JitterBuffer::poll_timeout() const {
    if (packets_.empty()) return std::nullopt;
    return play_at(packets_.begin()->first);
}

} // namespace vv::rtp
