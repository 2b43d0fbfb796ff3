// A token bucket that several threads take from, without a lock.
#pragma once

#include "base/rate.h"

#include <atomic>
#include <optional>

namespace vv::net {

class SharedRateGate {
public:
    /// Any thread. Nothing if a unit fits now and has been taken; else how long to wait.
    [[nodiscard]] std::optional<Duration> try_take(Instant now, const Rate& rate) {
        RateGate seen = gate_.load(std::memory_order_relaxed);
        while (true) {
            RateGate next = seen;
            if (const auto wait = next.try_take(now, rate)) return wait;
            if (gate_.compare_exchange_weak(seen, next, std::memory_order_relaxed)) return std::nullopt;
        }
    }
    /// Whether a unit would have fit, which another thread may take before this one.
    [[nodiscard]] bool has_room(Instant now, const Rate& rate) const {
        return !gate_.load(std::memory_order_relaxed).wait_for(now, rate);
    }

private:
    static_assert(std::atomic<RateGate>::is_always_lock_free);

    std::atomic<RateGate> gate_{RateGate()};
};

} // namespace vv::net
