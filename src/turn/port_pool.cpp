#include "turn/port_pool.h"

namespace vv::turn {

PortPool::PortPool(PortRange range) {
    free_.reserve(range.size());
    for (std::size_t i = 0; i < range.size(); ++i)
        free_.push_back(static_cast<std::uint16_t>(range.first + i));
}

std::optional<RelayPort> PortPool::take(Instant now, Rng& rng) {
    while (!resting_.empty() && (resting_.front().until <= now || free_.empty())) {
        free_.push_back(resting_.front().port);
        resting_.pop_front();
    }
    if (free_.empty()) return std::nullopt;
    std::swap(free_[rng.below(free_.size())], free_.back());
    const RelayPort port(free_.back());
    free_.pop_back();
    return port;
}

void PortPool::give_back(Instant now, RelayPort port) {
    resting_.push_back({now + kPortRest, port.value()});
}

} // namespace vv::turn
