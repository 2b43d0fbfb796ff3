// Where browsers find STUN and TURN, decided once at the start and printed.
#pragma once

#include "apps/config.h"
#include "net/interfaces.h"

#include <optional>
#include <span>
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

/// A public address that nobody is told, since nothing listens in its family.
struct UntoldAddress {
    IpAddress ip;
    bool machine_has_family = true; // an address of it, whichever

    friend bool operator==(const UntoldAddress&, const UntoldAddress&) = default;
};

struct RelayPlan {
    std::vector<SocketAddress> listen;
    std::vector<SocketAddress> tcp_listen; // without the page's own, which answer TURN anyway
    std::optional<RelayPlace> ipv4;
    std::optional<RelayPlace> ipv6;
    std::vector<UntoldAddress> untold;
};

/// Throws ConfigError if the machine has no address that could be told to anyone.
[[nodiscard]] RelayPlan plan_relay(const Config& config);
/// The same on a machine with these addresses, for tests.
[[nodiscard]] RelayPlan plan_relay(const Config& config, std::span<const IpAddress> interfaces);

/// At most three, for who comes to the page over `family`: STUN, TURN over UDP on that family if the relay has it, and
/// TURN over TCP for who can send no datagrams, both first and last on IPv4 where there is one. Without TCP the last is
/// TURN on the other family. Whoever comes to a page with TLS by a name is given the page's own port instead of the
/// third (signal/turns_url.h).
[[nodiscard]] std::vector<std::string> ice_urls(const RelayPlan& plan, AddressFamily family);

/// One line for a person: the choice, its reason, and what else could have been chosen.
[[nodiscard]] std::string describe(const RelayPlace& place);
[[nodiscard]] std::string describe(const UntoldAddress& address);

} // namespace vv::apps
