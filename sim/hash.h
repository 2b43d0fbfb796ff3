// Hashes for the tables that every packet is looked up in. Nothing in the world
// follows the order of such a table, and nobody in it attacks one.
#pragma once

#include "base/socket_address.h"
#include "sim/packet.h"

#include <cstddef>
#include <cstdint>

namespace vv::sim {

[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 32U)) * 0xD6E8FEB86659FD93U;
    value = (value ^ (value >> 32U)) * 0xD6E8FEB86659FD93U;
    return value ^ (value >> 32U);
}

/// A port of UDP and one of TCP are two things.
struct Endpoint {
    SocketAddress address;
    Protocol protocol = Protocol::kUdp;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// For tables by IpAddress, SocketAddress and Endpoint.
struct AddressHash {
    std::size_t operator()(const IpAddress& ip) const noexcept {
        const auto words = ip.words();
        return mixed(words[0] ^ mixed(words[1]));
    }
    std::size_t operator()(const SocketAddress& address) const noexcept {
        return mixed((*this)(address.ip) + address.port);
    }
    std::size_t operator()(const Endpoint& endpoint) const noexcept {
        return (*this)(endpoint.address) ^ static_cast<std::size_t>(endpoint.protocol);
    }
};

} // namespace vv::sim
