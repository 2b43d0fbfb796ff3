// What the relay machine tells its driver. A datagram handed in is answered by
// one Action, a decision made in place: its spans point into the datagram or
// into the machine and hold until the machine is called again. What needs the
// operating system to do more than send is a Command, fetched afterwards.
#pragma once

#include "base/assert.h"
#include "base/bytes.h"
#include "base/socket_address.h"
#include "base/tagged.h"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <variant>

namespace vv::turn {

/// Between client and server; towards peers it is always UDP.
enum class Transport : std::uint8_t { kUdp, kTcp, kTls };

/// Over these a client has proved its address, and messages are cut out of a stream (stream_framer.h).
[[nodiscard]] constexpr bool is_stream(Transport transport) {
    return transport != Transport::kUdp;
}

/// The client's path to us (RFC 8656 §2).
struct FiveTuple {
    SocketAddress server; ///< where the message arrived; answers leave from there
    ClientAddress client;
    Transport transport = Transport::kUdp;

    friend bool operator==(const FiveTuple&, const FiveTuple&) = default;
    friend auto operator<=>(const FiveTuple&, const FiveTuple&) = default;
};

/// One relay socket of this server: the driver binds it to its own address of that family.
struct RelaySocket {
    AddressFamily family = AddressFamily::kIpv4;
    RelayPort port;

    friend bool operator==(const RelaySocket&, const RelaySocket&) = default;
    friend auto operator<=>(const RelaySocket&, const RelaySocket&) = default;
};

/// The most that goes before a payload: a Data indication's header and IPv6 peer address.
inline constexpr std::size_t kHeaderBytesMax = 20 + 24 + 4;

/// Bytes to send before a payload, held by value so that a batch of decisions does not share them.
class HeaderBytes {
public:
    HeaderBytes() = default;
    explicit HeaderBytes(ByteView bytes) : size_(static_cast<std::uint8_t>(bytes.size())) {
        VV_ASSERT(bytes.size() <= kHeaderBytesMax);
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes_[i] = bytes[i];
    }
    [[nodiscard]] ByteView view() const { return ByteView(bytes_).first(size_); }

private:
    std::array<std::uint8_t, kHeaderBytesMax> bytes_{};
    std::uint8_t size_ = 0;
};

/// Drop it; the reason has been counted.
struct Ignore {};

/// Send these bytes back along the path the datagram came on.
struct Reply {
    ByteView bytes;
};

/// Send the payload, unchanged, from the relay socket. A failure to send is a lost packet and nothing more.
struct ForwardToPeer {
    RelaySocket from;
    PeerAddress to;
    ByteView payload;
    /// One packet or none (RFC 8656 §18.9): no router on the way, nor this host, may divide it.
    bool dont_fragment = false;
};

/// Hand the payload, unchanged, to the machine of this server that has the other relay port, as if that port's socket
/// had received it (Server::handle_peer_input). What cannot be handed over is a lost packet and nothing more.
struct ForwardToRelay {
    RelaySocket from;
    RelaySocket to;
    ByteView payload;
    bool dont_fragment = false; ///< where it is handed over through the sockets all the same
};

/// Send header, payload and padding as one datagram.
struct ForwardToClient {
    FiveTuple to;
    HeaderBytes header;
    ByteView payload;
    ByteView padding; ///< 0 to 3 zero bytes
};

using Action = std::variant<Ignore, Reply, ForwardToPeer, ForwardToRelay, ForwardToClient>;

/// Bind this relay socket, then report handle_relay_port_opened or handle_relay_port_failed.
struct OpenRelayPort {
    RelaySocket relay;
    Transport client = Transport::kUdp; ///< over which the client of the allocation comes
};

/// Close it; it may not have been opened yet.
struct CloseRelayPort {
    RelaySocket relay;
};

/// An answer that had to wait for a socket.
struct SendToClient {
    FiveTuple to;
    ByteBuffer bytes;
};

/// Somebody who can listen at this address, since it holds a nonce that was sent there, has shown nothing that lets in.
/// For a log.
struct AuthRefused {
    enum class Why : std::uint8_t {
        kName,     ///< not a name of ours
        kPassword, ///< or somebody else's name
        kExpired,  ///< a right password of a name whose time has passed
        kTooLong,  ///< the same of one that would be good for longer than any may be
        kNameless, ///< a right password of a name that names nobody, by a secret that is for calls (Secret::consent)
    };
    FiveTuple from;
    Why why = Why::kPassword;
};

using Command = std::variant<OpenRelayPort, CloseRelayPort, SendToClient, AuthRefused>;

} // namespace vv::turn
