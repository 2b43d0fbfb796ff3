#include "stun/round_trip.h"

#include "base/assert.h"

#include <algorithm>

namespace vv::stun {

void RoundTripEstimate::handle_sample(Duration sample) {
    VV_ASSERT(sample >= Duration::zero());
    if (!smoothed_) { // RFC 6298 §2.2
        smoothed_ = sample;
        variation_ = sample / 2;
        return;
    }
    // RFC 6298 §2.3: alpha is 1/8, beta 1/4, and the variation is taken against the old mean.
    variation_ += (std::chrono::abs(*smoothed_ - sample) - variation_) / 4;
    *smoothed_ += (sample - *smoothed_) / 8;
}

Duration RoundTripEstimate::rto() const {
    if (!smoothed_) return kRtoInitial;
    return std::clamp<Duration>(*smoothed_ + 4 * variation_, kRtoMin, kRtoMax);
}

} // namespace vv::stun
