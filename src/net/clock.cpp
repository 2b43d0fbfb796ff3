#include "net/clock.h"

#include <chrono>

namespace vv::net {

Instant monotonic_now() {
    return Instant(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

WallTime wall_now() {
    return WallTime(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()));
}

} // namespace vv::net
