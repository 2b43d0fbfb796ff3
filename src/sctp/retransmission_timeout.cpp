#include "sctp/retransmission_timeout.h"

#include <algorithm>

namespace vv::sctp {

void RetransmissionTimeout::note_round_trip(Duration measured) {
    if (smoothed_) {
        const Duration error = *smoothed_ > measured ? *smoothed_ - measured : measured - *smoothed_;
        variation_ += (error - variation_) / 4;
        *smoothed_ += (measured - *smoothed_) / 8;
    } else {
        smoothed_ = measured;
        variation_ = measured / 2;
    }
    handle_progress();
}

void RetransmissionTimeout::note_guess(Duration round_trip) {
    initial_ = std::clamp<Duration>(3 * round_trip, kRtoInitial, kRtoMax); // as a measurement would make it
    handle_progress();
}

void RetransmissionTimeout::handle_progress() {
    value_ = smoothed_ ? std::clamp<Duration>(*smoothed_ + 4 * variation_, kRtoMin, kRtoMax) : initial_;
}

void RetransmissionTimeout::back_off() {
    value_ = std::min<Duration>(value_ * 2, kRtoMax);
}

} // namespace vv::sctp
