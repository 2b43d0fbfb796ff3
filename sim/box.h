// What stands between a network and the one around it: a NAT, a firewall. A box
// looks at a packet, may give it other addresses, and says whether it goes on.
#pragma once

#include "base/instant.h"
#include "base/socket_address.h"
#include "sim/fate.h"
#include "sim/packet.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace vv::sim {

/// What a box goes by (RFC 4787 §4.1 for mappings, §5 for filters): by nothing of the far end, by its address, or by
/// address and port. The more a filter goes by, the less it lets in; in this order.
enum class Behaviour : std::uint8_t { kEndpointIndependent, kAddressDependent, kAddressAndPortDependent };

class Box {
public:
    Box() = default;
    Box(const Box&) = delete;
    Box& operator=(const Box&) = delete;
    virtual ~Box() = default;

    /// From inside. kSent: it goes on outside; kTranslated: the same, with another source; kHairpinned: it goes back
    /// inside; all else ends it.
    [[nodiscard]] virtual Fate handle_outbound(Instant now, Packet& packet) = 0;
    /// From outside. kSent or kTranslated: it goes on inside.
    [[nodiscard]] virtual Fate handle_inbound(Instant now, Packet& packet) = 0;
    /// Forgets all it knows of who talks to whom.
    virtual void reboot() = 0;

    /// Addresses inside mean nothing outside.
    [[nodiscard]] virtual bool translates(AddressFamily family) const = 0;
    /// Its own addresses outside.
    [[nodiscard]] virtual std::vector<IpAddress> outer_addresses() const { return {}; }
};

[[nodiscard]] constexpr std::string_view name_of(Behaviour behaviour) {
    switch (behaviour) {
    case Behaviour::kEndpointIndependent:
        return "EI";
    case Behaviour::kAddressDependent:
        return "AD";
    case Behaviour::kAddressAndPortDependent:
        break;
    }
    return "APD";
}

} // namespace vv::sim
