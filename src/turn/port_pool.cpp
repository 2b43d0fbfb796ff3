#include "turn/port_pool.h"

#include <algorithm>

namespace vv::turn {

PortPool::PortPool(PortRange range) : range_(range), places_(range.size(), kTaken) {
    free_.reserve(range.size());
    for (std::size_t i = 0; i < range.size(); ++i)
        add_free(static_cast<std::uint16_t>(range.first + i));
}

void PortPool::add_free(std::uint16_t port) {
    place_of(port) = static_cast<std::uint16_t>(free_.size());
    free_.push_back(port);
}

RelayPort PortPool::take_at(std::size_t place) {
    const std::uint16_t port = free_[place];
    free_[place] = free_.back();
    place_of(free_[place]) = static_cast<std::uint16_t>(place);
    free_.pop_back();
    place_of(port) = kTaken;
    return RelayPort(port);
}

void PortPool::wake_rested(Instant now) {
    while (!resting_.empty() && (resting_.front().until <= now || free_.empty())) {
        add_free(resting_.front().port);
        resting_.pop_front();
    }
}

std::optional<RelayPort> PortPool::take(Instant now, Rng& rng, bool even) {
    wake_rested(now);
    if (free_.empty()) return std::nullopt;
    // The free ones are in no order, so the first even one behind a random place is a random one.
    const std::size_t start = rng.below(free_.size());
    for (std::size_t i = 0; i < free_.size(); ++i) {
        const std::size_t place = (start + i) % free_.size();
        if (!even || free_[place] % 2 == 0) return take_at(place);
    }
    // Only odd ones have rested.
    const auto rested = std::ranges::find_if(resting_, [](const Resting& resting) { return resting.port % 2 == 0; });
    if (rested == resting_.end()) return std::nullopt;
    const RelayPort port(rested->port);
    resting_.erase(rested);
    return port;
}

std::optional<RelayPort> PortPool::take_pair(Instant now, Rng& rng) {
    wake_rested(now);
    if (free_.empty()) return std::nullopt;
    const std::size_t start = rng.below(free_.size());
    for (std::size_t i = 0; i < free_.size(); ++i) {
        const std::uint16_t port = free_[(start + i) % free_.size()];
        if (port % 2 != 0 || port == range_.last) continue;
        const auto above = static_cast<std::uint16_t>(port + 1);
        if (place_of(above) == kTaken) continue;
        (void)take_at(place_of(above));
        return take_at(place_of(port));
    }
    return std::nullopt;
}

void PortPool::give_back(Instant now, RelayPort port) {
    resting_.push_back({now + kPortRest, port.value()});
}

} // namespace vv::turn
