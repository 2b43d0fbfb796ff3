// The clients of the load: each has a socket or a connection, an allocation and
// one channel to a peer socket. Everything is asked for with a window of requests
// under way and is repeated over UDP when an answer does not come.
#pragma once

#include "base/socket_address.h"
#include "net/unique_fd.h"
#include "relay/stream_client.h"
#include "stun/builder.h"
#include "stun/message.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vv::bench {

/// Where everything is; the same for every case.
struct Lab {
    std::string client_namespace;
    std::string peer_namespace;
    SocketAddress server;
    IpAddress client_first; ///< a /16 of client addresses; each has at most kLegsPerAddress clients
    IpAddress peer;
    std::string secret;
    std::string realm;
    Transport transport = Transport::kUdp; ///< between clients and server
};

/// Servers limit what one address may ask for, so the clients come from many.
inline constexpr std::size_t kLegsPerAddress = 4;
inline constexpr std::size_t kPeerSockets = 4;
inline constexpr std::uint16_t kChannel = 0x4001;
inline constexpr std::uint64_t kPeerMark = 1U << 20U;

struct Leg {
    net::UniqueFd socket;                 ///< connected to the server; over UDP
    std::unique_ptr<StreamClient> stream; ///< over TCP and TLS
    std::size_t peer = 0;                 ///< index of the peer socket its channel leads to
    SocketAddress relayed;
    std::string username;
    std::string nonce;
    stun::TransactionId request;
    std::int64_t asked_at = 0; ///< nanoseconds; 0 while nothing is under way
    int attempts = 0;
};

class Legs {
public:
    /// Opens the sockets, connects where that takes something, and asks nothing yet. count: at most 65 000.
    Legs(const Lab& lab, std::size_t count);

    [[nodiscard]] std::vector<Leg>& all() { return legs_; }
    [[nodiscard]] const std::vector<net::UniqueFd>& peers() const { return peers_; }
    [[nodiscard]] bool use_streams() const { return lab_.transport != Transport::kUdp; }
    /// An epoll descriptor with every socket: the data of a client's is its index, of a peer's kPeerMark and its index.
    /// Streams are edge-triggered and tell of room to write as well.
    [[nodiscard]] int epoll() const { return epoll_.value(); }
    /// Requests that had to be sent again so far.
    [[nodiscard]] std::size_t repeated() const { return repeated_; }

    /// Each of these throws std::runtime_error when a leg is refused or never answered.
    void allocate();
    void bind_channels();
    /// One ICE check of each client to its peer, over the channel, and its answer: a consent gate lets more through
    /// then.
    void check_peers();
    void refresh(std::uint32_t lifetime_seconds);

private:
    using Write = std::function<ByteBuffer(Leg&)>;

    void watch(int socket, std::uint64_t data, std::uint32_t events);
    void open(Leg& leg, std::size_t index);
    void exchange(const Write& request);
    void repeat_unanswered(std::int64_t now, const Write& request);
    void receive(std::size_t index, const Write& request);
    void take_answer(Leg& leg, ByteView bytes, const Write& request);
    static void send(Leg& leg, const ByteBuffer& bytes);
    [[nodiscard]] ByteBuffer signed_request(Leg& leg, stun::Method method,
                                            const std::function<void(stun::MessageBuilder&)>& fill);

    Lab lab_;
    net::SslContextPtr context_; // with TLS
    std::vector<Leg> legs_;
    std::vector<net::UniqueFd> peers_;
    std::vector<SocketAddress> peer_addresses_;
    net::UniqueFd epoll_;
    std::uint64_t next_request_ = 1;
    std::size_t under_way_ = 0;
    std::size_t repeated_ = 0;
};

/// Nanoseconds of CLOCK_MONOTONIC.
[[nodiscard]] std::int64_t now_ns();
/// A UDP socket bound inside a namespace, as `ip netns` names them. The caller's own namespace stays.
[[nodiscard]] net::UniqueFd open_udp(const std::string& name_space, const SocketAddress& address);
/// The same for TCP; not connected, and blocking.
[[nodiscard]] net::UniqueFd open_tcp(const std::string& name_space, const SocketAddress& address);
void connect_to(const net::UniqueFd& socket, const SocketAddress& address);

} // namespace vv::bench
