// Which relay ports of the whole server are in use, readable from every shard:
// a relayed call whose two ends are on different shards goes from one relay port
// to the other, and only ports in use may be sent to.
#pragma once

#include "base/socket_address.h"
#include "turn/action.h"

#include <array>
#include <atomic>
#include <cstddef>

namespace vv::net {

class LiveRelayPorts {
public:
    void set(const turn::RelaySocket& relay, bool live) { entry(relay).store(live, std::memory_order_relaxed); }
    [[nodiscard]] bool is_live(const turn::RelaySocket& relay) const {
        return ports_.at(family_index(relay)).at(relay.port.value()).load(std::memory_order_relaxed);
    }

private:
    static constexpr std::size_t kPorts = 65536;

    static std::size_t family_index(const turn::RelaySocket& relay) {
        return relay.family == AddressFamily::kIpv4 ? 0 : 1;
    }
    std::atomic<bool>& entry(const turn::RelaySocket& relay) {
        return ports_.at(family_index(relay)).at(relay.port.value());
    }

    std::array<std::array<std::atomic<bool>, kPorts>, 2> ports_{};
};

} // namespace vv::net
