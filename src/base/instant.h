// Time as the protocol machines know it: a value handed in, never asked for.
// The clocks below have no now(), so code above src/net cannot read the time
// even by mistake; src/net converts from the kernel's clocks.
#pragma once

#include <chrono>
#include <cstdint>

namespace vv {

/// Monotonic time since an arbitrary start. For timers and deadlines.
struct MonotonicClock {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::duration<rep, period>;
    using time_point = std::chrono::time_point<MonotonicClock>;
    static constexpr bool is_steady = true;
};
using Instant = MonotonicClock::time_point;
using Duration = MonotonicClock::duration;

/// Wall time in whole seconds since 1970-01-01 UTC. Only for what other
/// machines agree on, such as the expiry of a credential.
struct WallClock {
    using rep = std::int64_t;
    using period = std::ratio<1>;
    using duration = std::chrono::duration<rep, period>;
    using time_point = std::chrono::time_point<WallClock>;
    static constexpr bool is_steady = false;
};
using WallTime = WallClock::time_point;

} // namespace vv
