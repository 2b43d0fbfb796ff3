// Where a host is in a network: its addresses there and its line.
#pragma once

#include "base/socket_address.h"
#include "base/tagged.h"
#include "sim/link.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace vv::sim {

class Host;

using NetworkId = Tagged<std::uint32_t, struct NetworkIdTag>;

struct Interface {
    Host& host;
    std::uint32_t index;
    NetworkId network;
    std::vector<IpAddress> addresses; // none: it has been taken out of its network
    Line line;

    Interface(Host& owner, std::uint32_t number, NetworkId where, std::vector<IpAddress> its_addresses,
              const LinkConfig& link, std::uint64_t seed)
        : host(owner),
          index(number),
          network(where),
          addresses(std::move(its_addresses)),
          line(link, seed) {}
    [[nodiscard]] bool has(const IpAddress& ip) const { return std::ranges::find(addresses, ip) != addresses.end(); }
};

} // namespace vv::sim
