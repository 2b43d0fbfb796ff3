// The real TURN client machine on a simulated host, over a socket or a stream
// of its own: what a native peer's driver is to it.
#pragma once

#include "base/rng.h"
#include "sim/host.h"
#include "turn/client.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vv::sim {

struct TurnLogin {
    SocketAddress server;
    turn::Transport transport = turn::Transport::kUdp;
    std::string username;
    std::string password;
    std::optional<AddressFamily> family{};
    bool dual = false;
};

class TurnUser final : public App {
public:
    TurnUser(Host& host, TurnLogin login);

    /// From an address of the host's in the server's family; without one it ends at once.
    void start();
    /// Once it has started, and had an address to do so from.
    [[nodiscard]] turn::Client& client() { return *client_; }
    [[nodiscard]] bool is_there() const { return client_ && client_->is_allocated(); }
    [[nodiscard]] std::optional<turn::Ended> ended() const { return ended_; }
    /// The first one, in the order the server gave them.
    [[nodiscard]] std::optional<SocketAddress> relayed(AddressFamily family) const;

    void permit(const IpAddress& peer);
    void bind_channel(const SocketAddress& peer);
    void send(const SocketAddress& peer, ByteView payload);
    void close();

    struct Heard {
        SocketAddress from;
        ByteBuffer payload;
    };
    /// What came from peers; whoever wants it takes it.
    std::vector<Heard> heard;
    std::vector<turn::ClientEvent> events;
    /// Called, where it is set, when there is more in `heard` or `events`, from within what this program is told: to
    /// remember that, and no more.
    std::function<void()> when_news;

    void handle_datagram(Instant now, const Datagram& in) override;
    void handle_timeout(Instant now) override;
    [[nodiscard]] std::optional<Instant> poll_timeout() const override;
    void handle_stream_opened(Instant now, StreamId stream) override;
    void handle_stream_data(Instant now, StreamId stream, ByteView bytes) override;
    void handle_stream_closed(Instant now, StreamId stream) override;
    void handle_addresses_changed(Instant now) override;

private:
    void connect(const SocketAddress& server);
    void end_broken();
    void hear(Instant now, ByteView bytes);
    void flush();

    TurnLogin login_;
    SeededRng rng_;
    SocketAddress local_;                  // its port is 0 for a stream
    std::unique_ptr<turn::Client> client_; // from start() on
    std::optional<StreamId> stream_;
    std::optional<turn::Ended> ended_;
};

} // namespace vv::sim
