// Where browsers find STUN and TURN, decided once at the start and printed.
#pragma once

#include "apps/config.h"
#include "net/interfaces.h"

#include <optional>
#include <string>
#include <vector>

namespace vv::apps {

/// One family's relay: what browsers are told, what the relay's sockets are bound to.
struct RelayPlace {
    net::AdvertisedAddress advertised;
    IpAddress local;
    std::uint16_t port = 0; // where STUN and TURN listen
};

struct RelayPlan {
    std::vector<SocketAddress> listen;
    std::optional<RelayPlace> ipv4;
    std::optional<RelayPlace> ipv6;
};

/// Throws ConfigError if the machine has no address that could be told to anyone.
[[nodiscard]] RelayPlan plan_relay(const Config& config);

/// At most three: STUN and TURN on the first family, TURN on the second, which answers STUN as well.
[[nodiscard]] std::vector<std::string> ice_urls(const RelayPlan& plan);

/// One line for a person: the choice, its reason, and what else could have been chosen.
[[nodiscard]] std::string describe(const RelayPlace& place);

} // namespace vv::apps
