// When a flight of a handshake is sent again (RFC 6347 §4.2.4): first after two
// round trips as ICE has measured them, then twice as long each time. A second,
// as the RFC has it, is what a person would hear as a call that does not start.
#pragma once

#include "base/instant.h"

#include <algorithm>
#include <chrono>
#include <optional>

namespace vv::dtls {

inline constexpr Duration kRetransmitFirstMin = std::chrono::milliseconds(50);
/// Also where a round trip of many seconds is claimed.
inline constexpr Duration kRetransmitMax = std::chrono::seconds(4);
/// Of one flight, then the partner is given up: OpenSSL's own number. From 50 ms on these are half a minute.
inline constexpr unsigned kRetransmissionsMax = 12;

class RetransmitTimer {
public:
    void set_round_trip(Duration round_trip) {
        first_ = std::clamp(2 * round_trip, kRetransmitFirstMin, kRetransmitMax);
    }

    /// A new flight has been sent. Unlike in the RFC, the time does not stay as long as it has grown: what was lost
    /// before says less of this flight than the round trip does.
    void start(Instant now) {
        wait_ = first_;
        retransmissions_ = 0;
        deadline_ = now + wait_;
    }
    /// The flight has been sent again.
    void back_off(Instant now) {
        wait_ = std::min(2 * wait_, kRetransmitMax);
        ++retransmissions_;
        deadline_ = now + wait_;
    }
    /// It has been answered, or is not waited for.
    void stop() { deadline_.reset(); }

    [[nodiscard]] std::optional<Instant> deadline() const { return deadline_; }
    [[nodiscard]] bool is_due(Instant now) const { return deadline_ && *deadline_ <= now; }
    /// Of the flight that was sent last.
    [[nodiscard]] unsigned retransmissions() const { return retransmissions_; }

private:
    Duration first_ = kRetransmitFirstMin;
    Duration wait_ = kRetransmitFirstMin;
    unsigned retransmissions_ = 0;
    std::optional<Instant> deadline_;
};

} // namespace vv::dtls
