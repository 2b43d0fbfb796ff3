// How many people looked for someone in one room within the last hour and do not wait
// there now: a count for each minute, so that time takes them out without a timer for
// each, and in the same memory however many they are.
#pragma once

#include "base/instant.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::lobby {

class LatelyCount {
public:
    /// Whole minutes of the clock.
    using Minute = std::int64_t;
    [[nodiscard]] static Minute minute_of(Instant now);

    /// One more, until kLatelyTime has passed; answers the minute to give to remove().
    Minute add(Instant now);
    /// Takes back what add() answered; nothing if time has done so.
    void remove(Instant now, Minute minute);
    /// Lets time take out whom it may.
    void forget(Instant now);
    [[nodiscard]] std::uint32_t count() const { return count_; }
    /// When forget() next has something to do, at the latest.
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

private:
    static constexpr std::size_t kMinutes = 60;

    std::array<std::uint32_t, kMinutes> by_minute_{}; // those of newest_ and of the kMinutes - 1 minutes before
    Minute newest_ = 0;
    std::uint32_t count_ = 0;
};

} // namespace vv::lobby
