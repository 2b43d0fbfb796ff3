// The real TURN and STUN server machine on a simulated host, or several that
// share its relay ports: what net/relay_shard and net/turn_streams are to them in
// production.
#pragma once

#include "base/rng.h"
#include "sim/host.h"
#include "turn/server.h"
#include "turn/stream_framer.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace vv::sim {

/// Where it listens: by UDP, or by TCP as one of the two transports over streams. There is no TLS in here; what
/// comes as kTls is what a driver has decrypted.
struct TurnPlace {
    SocketAddress address;
    turn::Transport transport = turn::Transport::kUdp;
};

class TurnHost final : public App {
public:
    /// config: of the whole server; its relay addresses are the host's. machines: so many share its relay ports, and
    /// the port of a client says which of them it has, as in production the kernel does.
    TurnHost(Host& host, const turn::ServerConfig& config, std::vector<TurnPlace> places, std::size_t machines = 1);

    void handle_datagram(Instant now, const Datagram& in) override;
    void handle_timeout(Instant now) override;
    [[nodiscard]] std::optional<Instant> poll_timeout() const override;
    void handle_stream_accepted(Instant now, StreamId stream, const SocketAddress& local,
                                const SocketAddress& remote) override;
    void handle_stream_data(Instant now, StreamId stream, ByteView bytes) override;
    void handle_stream_closed(Instant now, StreamId stream) override;

    /// As after a crash: no allocation is left, no nonce is good, streams are reset.
    void restart();
    [[nodiscard]] turn::Server& server(std::size_t machine = 0) { return *machines_.at(machine).server; }

private:
    struct Machine {
        turn::ServerConfig config;
        std::unique_ptr<turn::Server> server;
    };
    struct Relay {
        turn::RelaySocket socket;
        turn::Server* server = nullptr;
    };
    struct Client {
        turn::FiveTuple path;
        turn::StreamFramer framer;
    };

    void listen();
    [[nodiscard]] turn::Server& server_of(const turn::FiveTuple& path) const;
    /// from: of what a client has sent.
    void carry_out(Instant now, const turn::FiveTuple* from, const turn::Action& action);
    void hand_over(Instant now, const turn::ForwardToRelay& packet);
    void run_commands(Instant now);
    void open(Instant now, turn::Server& server, turn::RelaySocket relay);
    void close(turn::RelaySocket relay);
    void send_to_client(const turn::ForwardToClient& packet);
    void send_to_client(const turn::FiveTuple& to, ByteView bytes);
    [[nodiscard]] SocketAddress local_address(turn::RelaySocket relay) const;

    std::vector<TurnPlace> places_;
    SeededRng rng_;
    std::vector<Machine> machines_;
    std::map<StreamId, Client> streams_;
    std::map<turn::FiveTuple, StreamId> by_path_;
    std::map<SocketAddress, Relay> relays_; // that are open
    ByteBuffer frame_;
};

} // namespace vv::sim
