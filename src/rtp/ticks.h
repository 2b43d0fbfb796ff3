// Time in units of a clock of media.
#pragma once

#include "base/instant.h"

#include <cstdint>

namespace vv::rtp {

/// Rounded down. In whole seconds and the rest of one, which fit into 64 bits for as long as anybody plays.
[[nodiscard]] constexpr std::int64_t ticks_of(Duration time, std::int64_t rate) {
    constexpr std::int64_t kNanoseconds = 1'000'000'000;
    return time.count() / kNanoseconds * rate + time.count() % kNanoseconds * rate / kNanoseconds;
}

} // namespace vv::rtp
