#include "turn/port_pool.h"

namespace vv::turn {

PortPool::PortPool(PortRange range) {
    free_.reserve(range.size());
    for (std::size_t i = 0; i < range.size(); ++i)
        free_.push_back(static_cast<std::uint16_t>(range.first + i));
}

std::optional<RelayPort> PortPool::take(Instant now, Rng& rng, bool even) {
    while (!resting_.empty() && (resting_.front().until <= now || free_.empty())) {
        free_.push_back(resting_.front().port);
        resting_.pop_front();
    }
    if (free_.empty()) return std::nullopt;
    // The free ones are in no order, so the first even one behind a random place is a random one.
    const std::size_t start = rng.below(free_.size());
    for (std::size_t i = 0; i < free_.size(); ++i) {
        std::uint16_t& candidate = free_[(start + i) % free_.size()];
        if (even && candidate % 2 != 0) continue;
        const RelayPort port(candidate);
        candidate = free_.back();
        free_.pop_back();
        return port;
    }
    return std::nullopt;
}

void PortPool::give_back(Instant now, RelayPort port) {
    resting_.push_back({now + kPortRest, port.value()});
}

} // namespace vv::turn
