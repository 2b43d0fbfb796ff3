// One relay of a native peer: the TURN client machine (turn/client.h) on a way of its
// own to its server: a UDP socket, or a stream over TCP, with or without TLS.
#pragma once

#include "base/rng.h"
#include "net/event_loop.h"
#include "net/host_search.h"
#include "net/send_queue.h"
#include "net/stream.h"
#include "net/stream_dial.h"
#include "net/unique_fd.h"
#include "turn/client.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vv::net {

/// Where a relay is and who may use it.
struct TurnLogin {
    SocketAddress server; ///< where a host is named, its port alone counts
    std::string username;
    std::string password;
    turn::Transport transport = turn::Transport::kUdp;
    /// A name or an address, which is looked up; over TLS the certificate must be for it, or, where there is none, for
    /// the server's address.
    std::string host{};
    std::string trusted_pem{}; ///< certificates to trust in place of the system's, over TLS
    NameLookup::Resolve resolve = net::resolve;
};

/// Packets that wait for a stream to take them, in bytes; what peers are sent on top of that is lost.
inline constexpr std::size_t kTurnStreamQueueMax = std::size_t{64} * 1024;

class TurnLink final : private EventHandler, private TimerHandler {
public:
    /// Called from within the loop, and from within start(), permit(), send() and close(); they may not destroy the
    /// link.
    struct Owner {
        std::function<void(const turn::ClientEvent&)> event;
        std::function<void(const SocketAddress& peer, ByteView payload)> heard;
    };

    /// loop and rng outlive it.
    TurnLink(EventLoop& loop, const TurnLogin& login, Owner owner, Rng& rng);
    TurnLink(const TurnLink&) = delete;
    TurnLink& operator=(const TurnLink&) = delete;
    ~TurnLink();

    /// Once. Where no way leads to the server or the login is none, the owner hears turn::Ended; over UDP to an address
    /// at once.
    void start();
    /// As the server itself has said last (RFC 8489 §10); where a host is named, known once there is a way to it.
    [[nodiscard]] const SocketAddress& server() const { return server_; }
    [[nodiscard]] turn::Transport transport() const { return login_.transport; }
    /// This end's address on the way there; nothing: there is no way, or it is being looked for.
    [[nodiscard]] std::optional<IpAddress> local_ip() const;
    /// Why there is no way to the server, or none any more; nothing where that is unknown, or there is one.
    [[nodiscard]] const std::optional<FetchError>& failure() const { return failure_; }
    [[nodiscard]] bool is_permitted(const IpAddress& peer) const { return client_ && client_->is_permitted(peer); }
    /// False: nothing will come of it.
    bool permit(const IpAddress& peer);
    void bind_channel(const SocketAddress& peer);
    /// Lost if the peer is not let in yet.
    void send(const SocketAddress& peer, ByteView payload);
    /// Gives the relay back; turn::Ended follows.
    void close();

private:
    void handle_ready(std::uint32_t events) override;
    void handle_timeout(Timer& timer, Instant now) override;
    void begin_udp(const std::vector<SocketAddress>& places);
    [[nodiscard]] bool open_socket(const SocketAddress& server);
    [[nodiscard]] bool connect_to(const SocketAddress& server);
    void dial(const std::string& host, NameLookup::Resolve resolve);
    void handle_dialed(Result<Dialed, FetchError> dialed);
    void begin_client(const SocketAddress& local);
    void receive_datagrams(Instant now);
    void receive_stream(Instant now);
    void take(Instant now, ByteView input);
    void flush();
    void send_datagram(const Transmit& out);
    void queue(const Transmit& out);
    void write_queued();
    void watch_stream();
    void break_stream();
    void drop_stream();
    void end_without_client(turn::Ended::Why why);
    void note(const turn::ClientEvent& event);

    EventLoop& loop_;
    TurnLogin login_;
    SocketAddress server_;
    Owner owner_;
    Rng& rng_;
    std::unique_ptr<turn::Client> client_; // from when there is a way
    Timer timer_;
    std::optional<FetchError> failure_;
    bool has_ended_ = false;
    std::unique_ptr<HostSearch> search_; // over UDP to a name
    UniqueFd fd_;                        // over UDP
    std::unique_ptr<StreamDial> dial_;   // of the newest stream
    std::unique_ptr<Stream> stream_;
    SendQueue unsent_;
    std::uint32_t watched_ = 0;
};

} // namespace vv::net
