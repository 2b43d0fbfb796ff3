// How long to wait for an acknowledgement (RFC 9260 §6.3.1): from measured round
// trips, doubled while nothing comes.
#pragma once

#include "base/instant.h"

#include <chrono>
#include <optional>

namespace vv::sctp {

/// RFC 9260 §16 has 1 s, 1 s and 60 s, for paths nobody has probed. Here ICE and DTLS have just crossed the path. Not
/// below twice the 200 ms for which other implementations delay a SACK.
inline constexpr std::chrono::milliseconds kRtoInitial{500};
inline constexpr std::chrono::milliseconds kRtoMin{400};
/// A path that comes back is noticed within this; ICE decides earlier that it will not.
inline constexpr std::chrono::milliseconds kRtoMax{5'000};

class RetransmissionTimeout {
public:
    /// A round trip of something that was sent once only.
    void note_round_trip(Duration measured);
    /// As long at most: what answers to something that may have been sent more than once. For the time in which nothing
    /// better is known.
    void note_guess(Duration round_trip);
    /// RFC 9260 §6.3.3 E2.
    void back_off();
    /// Something has been acknowledged: what was doubled is what it was. RFC 9260 waits for a measurement, and after a
    /// timeout all that is sent is sent again and measures nothing, so that each further loss would cost the most.
    void handle_progress();

    [[nodiscard]] Duration value() const { return value_; }
    /// Smoothed; nothing before the first measurement.
    [[nodiscard]] std::optional<Duration> round_trip() const { return smoothed_; }

private:
    std::optional<Duration> smoothed_;
    Duration variation_{};
    Duration initial_ = kRtoInitial;
    Duration value_ = kRtoInitial;
};

} // namespace vv::sctp
