// Whom a session belongs to, as far as this server can tell: a token the page keeps on
// the device, and the block of addresses the connection comes from. This stays in
// memory; what is written down of a person are keyed hashes of it.
#pragma once

#include "base/bytes.h"
#include "base/socket_address.h"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::safety {

/// Names a device: a digest of the token its page keeps, so that the token itself is forgotten once it was read.
class DeviceId {
public:
    static constexpr std::size_t kTokenSizeMin = 16;
    static constexpr std::size_t kTokenSizeMax = 32;

    /// Nothing for a token of another size.
    static std::optional<DeviceId> of_token(ByteView token);

    [[nodiscard]] ByteView bytes() const { return bytes_; }
    friend auto operator<=>(const DeviceId&, const DeviceId&) = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
};

/// What one household or one machine usually has, and what the server's other limits count by: an IPv4 address, or an
/// IPv6 /64. A shorter IPv4 prefix would put strangers together; whole mobile networks share one address already.
class AddressPrefix {
public:
    AddressPrefix() = default;
    /// IPv4-mapped counts as IPv4.
    static AddressPrefix of(const IpAddress& address);

    /// The same for everybody at one place: IPv4 as it is, IPv6 cut to the /48 a provider gives a customer at most, who
    /// could otherwise appear as 65,536 people.
    [[nodiscard]] AddressPrefix site() const;
    /// 127.0.0.1 or ::1: a proxy on this machine, behind which everybody looks alike.
    [[nodiscard]] bool is_this_machine() const;
    /// Different prefixes have different bytes.
    [[nodiscard]] std::array<std::uint8_t, 9> bytes() const;

    friend auto operator<=>(const AddressPrefix&, const AddressPrefix&) = default;

private:
    AddressPrefix(AddressFamily family, std::uint64_t bits) : bits_(bits), family_(family) {}

    std::uint64_t bits_ = 0; // IPv4: the address; IPv6: its first 64 bits
    AddressFamily family_ = AddressFamily::kIpv4;
    bool this_machine_ = false;
};

struct Person {
    DeviceId device;
    AddressPrefix prefix;
};

} // namespace vv::safety
