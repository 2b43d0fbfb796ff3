// An IP address, and an address with a port, as plain values: comparable,
// hashable, parsed from and written to text, without any system header.
#pragma once

#include "base/bytes.h"
#include "base/tagged.h"

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vv {

enum class AddressFamily : std::uint8_t { kIpv4 = 4, kIpv6 = 6 };

class IpAddress {
public:
    using V4 = std::array<std::uint8_t, 4>;
    using V6 = std::array<std::uint8_t, 16>;

    /// 0.0.0.0
    IpAddress() = default;
    static IpAddress v4(const V4& bytes);
    static IpAddress v4(std::uint32_t host_order);
    static IpAddress v6(const V6& bytes);
    /// "192.0.2.1", "2001:db8::1" (RFC 4291 §2.2 forms, no zone); anything else is refused.
    static std::optional<IpAddress> parse(std::string_view text);

    [[nodiscard]] AddressFamily family() const { return family_; }
    [[nodiscard]] bool is_v4() const { return family_ == AddressFamily::kIpv4; }
    /// 4 or 16 bytes in network order.
    [[nodiscard]] ByteView bytes() const;
    [[nodiscard]] bool is_unspecified() const;
    [[nodiscard]] bool is_loopback() const;
    /// ::ffff:a.b.c.d as a.b.c.d; everything else unchanged.
    [[nodiscard]] IpAddress unmapped() const;
    /// The first `length` bits, the others zero. length: at most 32 for IPv4, 128 for IPv6.
    [[nodiscard]] IpAddress first_bits(unsigned length) const;
    /// Lower case, shortest form (RFC 5952).
    [[nodiscard]] std::string to_string() const;

    /// The bytes as two numbers, for a quick hash; of IPv4 the first half of the first.
    [[nodiscard]] std::array<std::uint64_t, 2> words() const {
        return std::bit_cast<std::array<std::uint64_t, 2>>(bytes_);
    }

    // Some for each packet that is relayed, so not byte by byte.
    friend bool operator==(const IpAddress& left, const IpAddress& right) {
        const auto a = left.words();
        const auto b = right.words();
        return left.family_ == right.family_ && ((a[0] ^ b[0]) | (a[1] ^ b[1])) == 0;
    }
    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

private:
    AddressFamily family_ = AddressFamily::kIpv4;
    V6 bytes_{}; // IPv4 uses the first four
};

struct SocketAddress {
    IpAddress ip;
    std::uint16_t port = 0;

    /// "192.0.2.1:3478" or "[2001:db8::1]:3478".
    static std::optional<SocketAddress> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const SocketAddress&, const SocketAddress&) = default;
    friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

/// A block of addresses, "10.0.0.0/8". Bits past the prefix are ignored.
class IpPrefix {
public:
    /// length: at most 32 for IPv4, 128 for IPv6.
    IpPrefix(const IpAddress& address, unsigned length);
    static std::optional<IpPrefix> parse(std::string_view text);

    [[nodiscard]] bool contains(const IpAddress& address) const;
    [[nodiscard]] unsigned length() const { return length_; }
    /// The first address of the block.
    [[nodiscard]] const IpAddress& address() const { return address_; }
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const IpPrefix&, const IpPrefix&) = default;
    friend auto operator<=>(const IpPrefix&, const IpPrefix&) = default;

private:
    IpAddress address_;
    unsigned length_;
};

/// Who is counted as one where an address stands for a person: an IPv4 address, mapped or not, as it is, and
/// of IPv6 the block that one household (64), one site (56) or one customer of a provider (48) usually has.
[[nodiscard]] IpAddress address_block(const IpAddress& ip, unsigned ipv6_length = 64);

/// The TURN client's side and the peer's side (RFC 8656 §2): mixing them does not compile.
using ClientAddress = Tagged<SocketAddress, struct ClientAddressTag>;
using PeerAddress = Tagged<SocketAddress, struct PeerAddressTag>;
using RelayPort = Tagged<std::uint16_t, struct RelayPortTag>;

} // namespace vv

template <>
struct std::hash<vv::IpAddress> {
    std::size_t operator()(const vv::IpAddress& ip) const noexcept;
};
template <>
struct std::hash<vv::SocketAddress> {
    std::size_t operator()(const vv::SocketAddress& address) const noexcept;
};
