// What the owner of a TURN client hears from it.
#pragma once

#include "base/socket_address.h"
#include "stun/attributes.h"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace vv::turn {

/// The relay is there. With two addresses, one of each family.
struct Allocated {
    std::vector<SocketAddress> relayed;
    /// How the server sees this client, which over UDP is a server-reflexive address.
    SocketAddress mapped;
};

/// What this address sends comes through from now on, and what is sent to it arrives. Once for each address.
struct PermissionGranted {
    IpAddress peer;
};
/// The server will not have it, or not any more, or has not answered.
struct PermissionRefused {
    IpAddress peer;
    std::uint16_t code = 0; ///< of the error; 0: no answer
};

/// The way to and from this peer has four bytes of overhead from now on.
struct ChannelBound {
    PeerAddress peer;
};

/// An ICMP message came back for what was sent there (RFC 8656 §11.5).
struct PeerUnreachable {
    PeerAddress peer;
    stun::IcmpValue icmp{};
};

/// Over a stream only: the server wants another one to do it (RFC 8489 §10). The owner connects there and calls
/// Client::start anew.
struct TryAlternate {
    SocketAddress server;
};

/// Nothing comes from this client any more.
struct Ended {
    enum class Why : std::uint8_t {
        kClosed,   ///< by its owner; the server has let go of the relay, or does so by itself
        kRefused,  ///< with an error of the server's
        kNoAnswer, ///< so for as long as RFC 8489 §6.2.1 waits
        kBroken,   ///< the stream ended, or what came on it is no TURN
        kUnusable, ///< the server granted something that was not asked for
    };
    Why why = Why::kClosed;
    std::uint16_t code = 0; ///< of the error, where it was one
};

using ClientEvent =
    std::variant<Allocated, PermissionGranted, PermissionRefused, ChannelBound, PeerUnreachable, TryAlternate, Ended>;

} // namespace vv::turn
