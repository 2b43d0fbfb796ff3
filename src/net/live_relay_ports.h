// Which relay ports of the whole server are in use and by which shard, readable
// from every shard: in a relayed call whose two ends are on different shards, the
// one hands its packets to the other, and only ports in use may be sent to.
#pragma once

#include "base/assert.h"
#include "base/socket_address.h"
#include "turn/action.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace vv::net {

class LiveRelayPorts {
public:
    /// Shards that can be told apart; each has a number below this.
    static constexpr std::size_t kShardsMax = std::numeric_limits<std::uint8_t>::max();

    void open(const turn::RelaySocket& relay, std::size_t shard) {
        VV_ASSERT(shard < kShardsMax);
        entry(relay).store(static_cast<std::uint8_t>(shard + 1), std::memory_order_relaxed);
    }
    void close(const turn::RelaySocket& relay) { entry(relay).store(kNobody, std::memory_order_relaxed); }

    [[nodiscard]] bool is_live(const turn::RelaySocket& relay) const { return shard_of(relay).has_value(); }
    /// Nothing: nobody has it.
    [[nodiscard]] std::optional<std::size_t> shard_of(const turn::RelaySocket& relay) const {
        const std::uint8_t holder =
            ports_.at(family_index(relay)).at(relay.port.value()).load(std::memory_order_relaxed);
        return holder == kNobody ? std::nullopt : std::optional<std::size_t>(holder - 1U);
    }

private:
    static constexpr std::size_t kPorts = 65536;
    static constexpr std::uint8_t kNobody = 0; // else one more than the shard's number

    static std::size_t family_index(const turn::RelaySocket& relay) {
        return relay.family == AddressFamily::kIpv4 ? 0 : 1;
    }
    std::atomic<std::uint8_t>& entry(const turn::RelaySocket& relay) {
        return ports_.at(family_index(relay)).at(relay.port.value());
    }

    std::array<std::array<std::atomic<std::uint8_t>, kPorts>, 2> ports_{};
};

} // namespace vv::net
