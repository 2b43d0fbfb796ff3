#include "net/round_pacer.h"

#include <algorithm>

namespace vv::net {

Duration RoundPacer::after_round(Instant began, Instant ended, std::size_t datagrams) {
    in_window_ += datagrams;
    const Duration counted = ended - window_began_;
    if (counted >= kWindow) {
        const auto rate_times_window = static_cast<std::uint64_t>(counted / std::chrono::microseconds(1)) * kRateMin;
        constexpr std::uint64_t kMicrosecondsPerSecond = 1'000'000;
        is_busy_ = in_window_ * kMicrosecondsPerSecond >= rate_times_window;
        window_began_ = ended;
        in_window_ = 0;
    }
    // Continuous, so that a load at the edge does not make it swing between two ways.
    const Duration rest = std::min(2 * (kRestMax - (ended - began)), kRestMax);
    return is_busy_ && rest >= kRestMin ? rest : Duration::zero();
}

} // namespace vv::net
