// A token bucket in eight bytes (the generic cell rate algorithm): it keeps the
// time at which the bucket will be full again instead of a level and a stamp.
#pragma once

#include "base/instant.h"

#include <cstdint>
#include <optional>

namespace vv::lobby {

/// One unit is earned every `interval`; at most `burst` units are saved.
struct Rate {
    Duration interval{};
    std::int64_t burst = 0;

    /// The same limit for `factor` times as many.
    [[nodiscard]] constexpr Rate times(std::int64_t factor) const { return {interval / factor, burst * factor}; }
};

[[nodiscard]] constexpr Rate per_second(double units, std::int64_t burst) {
    return {Duration(static_cast<std::int64_t>(1e9 / units)), burst};
}

class RateGate {
public:
    /// Nothing if `units` fit now; else how long to wait, and nothing is taken.
    [[nodiscard]] std::optional<Duration> wait_for(Instant now, const Rate& rate, std::int64_t units = 1) const {
        const Instant full = (full_at_ > now ? full_at_ : now) + rate.interval * units;
        const Duration excess = full - now - rate.interval * rate.burst;
        if (excess <= Duration::zero()) return std::nullopt;
        return excess;
    }
    void take(Instant now, const Rate& rate, std::int64_t units = 1) {
        full_at_ = (full_at_ > now ? full_at_ : now) + rate.interval * units;
    }
    /// Both at once.
    [[nodiscard]] std::optional<Duration> try_take(Instant now, const Rate& rate, std::int64_t units = 1) {
        const auto wait = wait_for(now, rate, units);
        if (!wait) take(now, rate, units);
        return wait;
    }
    [[nodiscard]] bool is_full(Instant now) const { return full_at_ <= now; }
    [[nodiscard]] Instant full_at() const { return full_at_; }

private:
    Instant full_at_{Duration::min()};
};

} // namespace vv::lobby
