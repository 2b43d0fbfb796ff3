// Which addresses may be peers. A relay that forwards anywhere is a way around
// firewalls: into this host, its network, its cloud's metadata service. So by
// default nothing special-purpose is a peer, however the address is written,
// and of this server's own addresses only relay ports, for calls in which
// both ends are relayed here.
#pragma once

#include "base/socket_address.h"
#include "turn/config.h"

#include <optional>
#include <span>
#include <vector>

namespace vv::turn {

/// The IPv4 address inside an IPv6 address that some network would translate or tunnel: mapped, compatible,
/// SIIT, NAT64 (both prefixes), 6to4, Teredo's client, ISATAP. Nothing for others.
[[nodiscard]] std::optional<IpAddress> embedded_v4(const IpAddress& ip);

/// True for what the IANA special-purpose registries list (and multicast, and IPv6 outside 2000::/3).
[[nodiscard]] bool is_special_purpose(const IpAddress& ip);

class PeerPolicy {
public:
    /// former: told to clients in place of today's advertised addresses, and still ours.
    explicit PeerPolicy(const ServerConfig& config, std::span<const IpAddress> former = {});

    /// For a permission, which has no port. True for our own advertised address, and for loopback that an exception
    /// opens; permits() then asks for the port.
    [[nodiscard]] bool permits_address(const IpAddress& ip) const;
    /// For a channel or a packet.
    [[nodiscard]] bool permits(const SocketAddress& peer) const;
    [[nodiscard]] bool is_own_relay_address(const IpAddress& ip) const;
    /// Of the rest: any port of ours, on any loopback address, since what listens on every address is reached by one
    /// that is no interface's. Asked for each packet, so it costs nothing where no exception opens anything.
    [[nodiscard]] bool is_own_service(const SocketAddress& peer) const {
        return !allow_.empty() && is_service_on_loopback(peer);
    }

private:
    [[nodiscard]] bool is_service_on_loopback(const SocketAddress& peer) const;
    [[nodiscard]] bool is_own_other(const IpAddress& ip) const;
    [[nodiscard]] bool passes_lists(const IpAddress& ip) const;

    std::vector<IpAddress> relays_;
    std::vector<IpAddress> own_;
    std::vector<IpPrefix> allow_;
    std::vector<IpPrefix> deny_;
    PortRange relay_ports_;
    std::vector<std::uint16_t> service_ports_;
};

} // namespace vv::turn
