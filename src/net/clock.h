// The only place that reads the kernel's clocks. Everything above src/net gets
// the results handed in.
#pragma once

#include "base/instant.h"

namespace vv::net {

/// CLOCK_MONOTONIC.
[[nodiscard]] Instant monotonic_now();
/// CLOCK_REALTIME in whole seconds, rounded down.
[[nodiscard]] WallTime wall_now();

} // namespace vv::net
