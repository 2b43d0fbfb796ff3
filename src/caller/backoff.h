// When to come back to a server that is away (docs/protocol.md, Coming back).
#pragma once

#include "base/instant.h"
#include "base/rng.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vv::caller {

/// From nothing up to, not including, `most`.
[[nodiscard]] inline Duration drawn_below(Rng& rng, Duration most) {
    return Duration(static_cast<Duration::rep>(rng.below(static_cast<std::uint64_t>(most.count()))));
}

class Backoff {
public:
    /// Before the first, second, … try; the last one repeats.
    static constexpr std::array<std::chrono::milliseconds, 6> kPlan{
        std::chrono::milliseconds(0),    std::chrono::milliseconds(300),  std::chrono::milliseconds(1200),
        std::chrono::milliseconds(2700), std::chrono::milliseconds(4800), std::chrono::milliseconds(7000)};
    static constexpr std::chrono::seconds kJitter{1};

    /// Until the next try, which comes no sooner than `at_least` if the server has named a time.
    [[nodiscard]] Duration next(Duration at_least, Rng& rng) {
        const Duration planned = kPlan.at(std::min(tries_++, kPlan.size() - 1));
        return std::max(planned, at_least) + drawn_below(rng, kJitter);
    }
    /// A try is made at once, outside the plan: it stands for the first.
    void handle_try() { tries_ = std::max<std::size_t>(tries_, 1); }
    void reset() { tries_ = 0; }

private:
    std::size_t tries_ = 0;
};

} // namespace vv::caller
