// One relay of a native peer: the TURN client machine (turn/client.h) on a socket of
// its own towards its server.
#pragma once

#include "base/rng.h"
#include "net/event_loop.h"
#include "net/unique_fd.h"
#include "turn/client.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vv::net {

/// Where a relay is and who may use it.
struct TurnLogin {
    SocketAddress server;
    std::string username;
    std::string password;
};

class TurnLink final : private EventHandler, private TimerHandler {
public:
    /// Called from within the loop, and from within start(), permit() and close(); they may not destroy the link.
    struct Owner {
        std::function<void(const turn::ClientEvent&)> event;
        std::function<void(const SocketAddress& peer, ByteView payload)> heard;
    };

    /// loop and rng outlive it.
    TurnLink(EventLoop& loop, const TurnLogin& login, Owner owner, Rng& rng);
    TurnLink(const TurnLink&) = delete;
    TurnLink& operator=(const TurnLink&) = delete;
    ~TurnLink();

    /// Once. Where no socket can be had, no way leads to the server or the login is none, the owner hears turn::Ended
    /// at once.
    void start();
    /// As the server itself has said last (RFC 8489 §10).
    [[nodiscard]] const SocketAddress& server() const { return server_; }
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
    [[nodiscard]] bool open();
    [[nodiscard]] bool connect_to(const SocketAddress& server);
    void receive(Instant now);
    void flush();

    EventLoop& loop_;
    TurnLogin login_;
    SocketAddress server_;
    Owner owner_;
    Rng& rng_;
    UniqueFd fd_;
    std::unique_ptr<turn::Client> client_; // from start() on, where there is a way
    Timer timer_;
};

} // namespace vv::net
