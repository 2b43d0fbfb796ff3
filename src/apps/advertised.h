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
    std::uint16_t port = 0;                               // where STUN and TURN listen for datagrams
    std::optional<std::uint16_t> tcp_port = std::nullopt; // where they listen for TCP without TLS
};

struct RelayPlan {
    std::vector<SocketAddress> listen;
    std::vector<SocketAddress> tcp_listen; // without the page's own, which answer TURN anyway
    std::optional<RelayPlace> ipv4;
    std::optional<RelayPlace> ipv6;
};

/// Throws ConfigError if the machine has no address that could be told to anyone.
[[nodiscard]] RelayPlan plan_relay(const Config& config);

/// At most three, for who comes to the page over `family`: STUN and TURN on that family if the relay has it, and TURN
/// over TCP for who can send no datagrams. Without TCP: TURN on the other family, which answers STUN as well. Whoever
/// comes to a page with TLS by a name is given the page's own port instead of the third (signal/turns_url.h).
[[nodiscard]] std::vector<std::string> ice_urls(const RelayPlan& plan, AddressFamily family);

/// One line for a person: the choice, its reason, and what else could have been chosen.
[[nodiscard]] std::string describe(const RelayPlace& place);

} // namespace vv::apps
