// The relay ports of one machine and family. Which one comes next cannot be
// guessed, and a port that was given back rests for a while, so that what is
// still under way to its last owner does not reach the next one.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "base/socket_address.h"
#include "turn/config.h"

#include <chrono>
#include <cstddef>
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
    /// An even port together with the one above it, which is taken as well; nothing if no two have rested.
    [[nodiscard]] std::optional<RelayPort> take_pair(Instant now, Rng& rng);
    /// The port must have been taken.
    void give_back(Instant now, RelayPort port);

private:
    struct Resting {
        Instant until;
        std::uint16_t port = 0;
    };
    static constexpr std::uint16_t kTaken = 0xFFFF; // there are at most 65 535 ports, so no place has this number

    void wake_rested(Instant now);
    void add_free(std::uint16_t port);
    RelayPort take_at(std::size_t place);
    [[nodiscard]] std::uint16_t& place_of(std::uint16_t port) { return places_[port - std::size_t{range_.first}]; }

    PortRange range_;
    std::vector<std::uint16_t> free_;
    /// Where in free_ each port stands.
    std::vector<std::uint16_t> places_;
    std::deque<Resting> resting_;
};

} // namespace vv::turn
