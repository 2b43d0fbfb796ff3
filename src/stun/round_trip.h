// How long answers of one other end take, and how long to wait for one before
// asking again (RFC 6298, as RFC 8489 §6.2.1 wants it: without rounding to
// seconds). Shared by the transactions with that end.
#pragma once

#include "base/instant.h"

#include <chrono>
#include <optional>

namespace vv::stun {

/// RFC 8489 §6.2.1: as long as nothing has been measured.
inline constexpr std::chrono::milliseconds kRtoInitial{500};
/// Below it a busy machine would be taken for a lost packet.
inline constexpr std::chrono::milliseconds kRtoMin{100};
/// A path slower than this is of no use to a call.
inline constexpr std::chrono::milliseconds kRtoMax{3000};

class RoundTripEstimate {
public:
    /// sample: of a request that was sent once only (Karn's rule), not negative.
    void handle_sample(Duration sample);

    /// The smoothed round trip; nothing before the first sample.
    [[nodiscard]] std::optional<Duration> smoothed() const { return smoothed_; }
    /// kRtoInitial before the first sample, then between kRtoMin and kRtoMax.
    [[nodiscard]] Duration rto() const;

private:
    std::optional<Duration> smoothed_;
    Duration variation_{};
};

} // namespace vv::stun
