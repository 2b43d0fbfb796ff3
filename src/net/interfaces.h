// Which address browsers are told for STUN and TURN when a machine has several.
// The order is part of the documentation (docs/configuration.md).
#pragma once

#include "base/socket_address.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace vv::net {

enum class AddressReason : std::uint8_t {
    kConfigured,     // the operator said so
    kDefaultRoute,   // the source address towards the internet
    kFirstInterface, // no route to the internet: the first address that is not loopback
    kLoopback,       // nothing else: serves this machine only
};

struct AdvertisedAddress {
    IpAddress ip;
    AddressReason reason = AddressReason::kLoopback;
    std::vector<IpAddress> others; // further addresses of this family that could have been chosen
};

/// Addresses of interfaces that are up, in the kernel's order, without IPv6 link-local ones. Throws std::runtime_error
/// with one clear line if the kernel cannot be asked, for want of a descriptor or of memory.
[[nodiscard]] std::vector<IpAddress> interface_addresses();

/// The same, and as it throws, without temporary IPv6 addresses (RFC 8981), which are others tomorrow.
[[nodiscard]] std::vector<IpAddress> lasting_interface_addresses();
/// The temporary ones in the text of /proc/net/if_inet6.
[[nodiscard]] std::vector<IpAddress> temporary_addresses(std::string_view if_inet6);

/// Nothing if the machine has no address of the family at all. Sends no packet. Throws as interface_addresses() does.
[[nodiscard]] std::optional<AdvertisedAddress> choose_advertised_address(AddressFamily family,
                                                                         std::span<const IpAddress> configured);

/// The choice itself, for tests: route is the source address of the default route, if there is one.
[[nodiscard]] std::optional<AdvertisedAddress> choose_advertised_address(AddressFamily family,
                                                                         std::span<const IpAddress> configured,
                                                                         const std::optional<IpAddress>& route,
                                                                         std::span<const IpAddress> interfaces);

} // namespace vv::net
