// The timers of an association by name, of which at most one of each kind runs.
#pragma once

#include "base/instant.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::sctp {

enum class Timer : std::uint8_t {
    kInit,       ///< T1: INIT or COOKIE ECHO
    kShutdown,   ///< T2: SHUTDOWN or SHUTDOWN ACK
    kRetransmit, ///< T3
    kGuard,      ///< T5: of the whole shutdown
    kSack,
    kHeartbeat,
    kReconfig,
};
inline constexpr std::size_t kTimers = 7;

class Timers {
public:
    Timers() { deadlines_.fill(kNever); }

    void set(Timer timer, Instant deadline) { at(timer) = deadline; }
    void stop(Timer timer) { at(timer) = kNever; }
    void stop_all() { deadlines_.fill(kNever); }
    [[nodiscard]] bool is_running(Timer timer) const { return deadlines_[static_cast<std::size_t>(timer)] != kNever; }

    /// One that has expired; it does not run any more.
    [[nodiscard]] std::optional<Timer> poll_expired(Instant now) {
        for (std::size_t i = 0; i < kTimers; ++i) {
            if (deadlines_[i] > now || deadlines_[i] == kNever) continue;
            deadlines_[i] = kNever;
            return static_cast<Timer>(i);
        }
        return std::nullopt;
    }
    [[nodiscard]] std::optional<Instant> next() const {
        const Instant first = *std::ranges::min_element(deadlines_);
        return first == kNever ? std::nullopt : std::optional(first);
    }

private:
    static constexpr Instant kNever = Instant::max();

    [[nodiscard]] Instant& at(Timer timer) { return deadlines_[static_cast<std::size_t>(timer)]; }

    std::array<Instant, kTimers> deadlines_{};
};

} // namespace vv::sctp
