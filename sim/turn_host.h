// The real TURN and STUN server machine on a simulated host: what
// net/relay_shard and net/turn_streams are to it in production.
#pragma once

#include "base/rng.h"
#include "sim/host.h"
#include "turn/server.h"
#include "turn/stream_framer.h"

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
    /// config: its relay addresses are the host's.
    TurnHost(Host& host, turn::ServerConfig config, std::vector<TurnPlace> places);

    void handle_datagram(Instant now, const Datagram& in) override;
    void handle_timeout(Instant now) override;
    [[nodiscard]] std::optional<Instant> poll_timeout() const override { return server_->poll_timeout(); }
    void handle_stream_accepted(Instant now, StreamId stream, const SocketAddress& local,
                                const SocketAddress& remote) override;
    void handle_stream_data(Instant now, StreamId stream, ByteView bytes) override;
    void handle_stream_closed(Instant now, StreamId stream) override;

    /// As after a crash: no allocation is left, no nonce is good, streams are reset.
    void restart();
    [[nodiscard]] turn::Server& server() { return *server_; }

private:
    struct Client {
        turn::FiveTuple path;
        turn::StreamFramer framer;
    };

    void listen();
    void carry_out(const turn::FiveTuple* from, const turn::Action& action);
    void run_commands(Instant now);
    void run(Instant now, const turn::OpenRelayPort& command);
    void run(Instant now, const turn::CloseRelayPort& command);
    void run(Instant now, const turn::SendToClient& command);
    static void run(Instant now, const turn::AuthRefused& command);
    void send_to_client(const turn::FiveTuple& to, ByteView bytes);
    [[nodiscard]] SocketAddress local_address(turn::RelaySocket relay) const;

    turn::ServerConfig config_;
    std::vector<TurnPlace> places_;
    SeededRng rng_;
    std::unique_ptr<turn::Server> server_;
    std::map<StreamId, Client> streams_;
    std::map<turn::FiveTuple, StreamId> by_path_;
    std::map<SocketAddress, turn::RelaySocket> relays_; // that are open
    ByteBuffer frame_;
};

} // namespace vv::sim
