// How long a busy loop rests before it looks for datagrams again. Each wake-up
// costs as much as several packets, so a loop that is woken for one packet after
// the other does better to let some come together. With few packets there is
// nothing to wait for, and a loop that is never done has no time to: a round of
// more than half of kRestMax shortens the rest, and one of all of it leaves none.
#pragma once

#include "base/instant.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vv::net {

class RoundPacer {
public:
    /// The most that a datagram waits on purpose.
    static constexpr Duration kRestMax = std::chrono::microseconds(200);
    /// Shorter rests cost more than they save.
    static constexpr Duration kRestMin = std::chrono::microseconds(30);
    /// Two datagrams in each rest: with fewer, waiting would bring none together.
    static constexpr std::uint64_t kRateMin = 10'000; // a second
    /// Over how long the rate is counted.
    static constexpr Duration kWindow = std::chrono::milliseconds(5);

    /// A round in which datagrams were handled has ended. Zero, or how long to rest before the next.
    [[nodiscard]] Duration after_round(Instant began, Instant ended, std::size_t datagrams);

private:
    Instant window_began_{};
    std::uint64_t in_window_ = 0;
    bool is_busy_ = false;
};

} // namespace vv::net
