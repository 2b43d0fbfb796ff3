// The relay ports of one machine and family. Which one comes next cannot be
// guessed, and a port that was given back rests for a while, so that what is
// still under way to its last owner does not reach the next one.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "base/socket_address.h"
#include "turn/config.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace vv::turn {

inline constexpr std::chrono::seconds kPortRest{120};

class PortPool {
public:
    explicit PortPool(PortRange range);

    /// Any rested port, or any even one; if none has rested, the one that has rested longest; nothing if all that
    /// would do are in use.
    [[nodiscard]] std::optional<RelayPort> take(Instant now, Rng& rng, bool even = false);
    /// The port must have been taken.
    void give_back(Instant now, RelayPort port);

private:
    struct Resting {
        Instant until;
        std::uint16_t port = 0;
    };

    std::vector<std::uint16_t> free_;
    std::deque<Resting> resting_;
};

} // namespace vv::turn
