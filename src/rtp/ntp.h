// Time as RTCP tells it (RFC 3550 §4): seconds in 32 bits, fractions in 32. What is told is the time since the call
// began, as §6.4.1 allows: both ends only need differences, and nobody learns of a device's clock.
#pragma once

#include "base/instant.h"

#include <chrono>
#include <cstdint>

namespace vv::rtp {

using NtpTime = std::uint64_t;

[[nodiscard]] constexpr NtpTime ntp_from(Duration duration) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
    const auto rest = static_cast<std::uint64_t>((duration - seconds).count());
    return (static_cast<std::uint64_t>(seconds.count()) << 32U) + ((rest << 32U) / 1'000'000'000U);
}

/// The middle of it, by which reports answer one another: seconds in 16 bits, fractions in 16.
[[nodiscard]] constexpr std::uint32_t middle_of(NtpTime time) {
    return static_cast<std::uint32_t>(time >> 16U);
}
[[nodiscard]] constexpr Duration duration_from_middle(std::uint32_t middle) {
    return std::chrono::nanoseconds((std::int64_t{middle} * 1'000'000'000) >> 16U);
}

/// One for a call, so that sound and picture are told in the same time.
class NtpClock {
public:
    explicit NtpClock(Instant start) : start_(start) {}
    /// now: not before the start. From a second on, since zero stands for "none yet" in reports.
    [[nodiscard]] NtpTime at(Instant now) const { return ntp_from(now - start_ + std::chrono::seconds(1)); }

private:
    Instant start_;
};

} // namespace vv::rtp
