// A token bucket in eight bytes (the generic cell rate algorithm): it keeps the
// time at which the bucket will be full again instead of a level and a stamp.
#pragma once

#include "base/instant.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace vv {

/// `units` are earned evenly over every `period`; at most `burst` units are saved.
struct Rate {
    std::int64_t units = 1;
    Duration period{};
    std::int64_t burst = 0;

    /// How long earning n takes. In two steps, since n times a period of nanoseconds need not fit.
    [[nodiscard]] constexpr Duration time_of(std::int64_t n) const {
        return period * (n / units) + period * (n % units) / units;
    }
    /// The same limit for `factor` times as many.
    [[nodiscard]] constexpr Rate times(std::int64_t factor) const { return {units * factor, period, burst * factor}; }
};

[[nodiscard]] constexpr Rate per_second(std::int64_t units, std::int64_t burst) {
    return {units, std::chrono::seconds(1), burst};
}
/// One unit each period.
[[nodiscard]] constexpr Rate one_every(Duration period, std::int64_t burst) {
    return {1, period, burst};
}

class RateGate {
public:
    /// Nothing if `units` fit now; else how long to wait, and nothing is taken.
    [[nodiscard]] std::optional<Duration> wait_for(Instant now, const Rate& rate, std::int64_t units = 1) const {
        const Duration excess = later_of(full_at_, now) + rate.time_of(units) - now - rate.time_of(rate.burst);
        if (excess <= Duration::zero()) return std::nullopt;
        return excess;
    }
    void take(Instant now, const Rate& rate, std::int64_t units = 1) { take_time(now, rate.time_of(units)); }
    /// The same for who knows how long the units and the burst take to earn (Rate::time_of), and asks for each packet.
    [[nodiscard]] bool has_time(Instant now, Duration cost, Duration burst) const {
        return later_of(full_at_, now) + cost - now <= burst;
    }
    void take_time(Instant now, Duration cost) { full_at_ = later_of(full_at_, now) + cost; }
    /// As if it had not been taken.
    void give_back_time(Duration cost) { full_at_ -= cost; }
    /// Both at once.
    [[nodiscard]] std::optional<Duration> try_take(Instant now, const Rate& rate, std::int64_t units = 1) {
        const auto wait = wait_for(now, rate, units);
        if (!wait) take(now, rate, units);
        return wait;
    }
    [[nodiscard]] bool is_full(Instant now) const { return full_at_ <= now; }
    [[nodiscard]] Instant full_at() const { return full_at_; }

private:
    [[nodiscard]] static Instant later_of(Instant a, Instant b) { return a > b ? a : b; }

    Instant full_at_{Duration::min()};
};

} // namespace vv
