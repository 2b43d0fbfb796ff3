// The real signaling connections over the real lobby on a simulated host: what
// net/ with its shards is to them in production, in one thread and without TLS.
#pragma once

#include "base/rng.h"
#include "lobby/lobby.h"
#include "lobby/prefix_limits.h"
#include "safety/key_ring.h"
#include "signal/connection.h"
#include "signal/resume_token.h"
#include "signal/settings.h"
#include "sim/host.h"
#include "sim/message_stream.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::sim {

/// As net/connection.h has them: between pings, and for any sign of life after one.
inline constexpr std::chrono::seconds kStreamPing{25};
inline constexpr std::chrono::seconds kStreamPong{10};

class SignalHost final : public App {
public:
    /// settings: without an epoch, which each life of the server draws for itself. name: the authority of its address,
    /// as browsers write it. places: where it listens.
    SignalHost(Host& host, signal::Settings settings, std::string name, std::vector<SocketAddress> places);

    void handle_timeout(Instant now) override;
    [[nodiscard]] std::optional<Instant> poll_timeout() const override;
    void handle_stream_accepted(Instant now, StreamId stream, const SocketAddress& local,
                                const SocketAddress& remote) override;
    void handle_stream_data(Instant now, StreamId stream, ByteView bytes) override;
    void handle_stream_closed(Instant now, StreamId stream) override;

    /// As kill -9 does it: streams are reset, nobody listens, and what the lobby knew is gone.
    void kill();
    /// Another life, with the same state directory. Only after kill().
    void begin();
    /// While it runs.
    [[nodiscard]] lobby::LobbyStats stats() const { return lobby_->stats(); }
    [[nodiscard]] bool runs() const { return lobby_ != nullptr; }
    [[nodiscard]] std::size_t connections() const { return wires_.size(); }
    /// Who has come back while the connection before still stood.
    [[nodiscard]] std::size_t superseded() const { return superseded_; }

private:
    struct Wire {
        StreamId stream{};
        lobby::PrefixKeeper::Lease lease;
        std::unique_ptr<signal::Connection> machine;
        MessageReader reader;
        Instant ping_at;
        bool pinged = false; // and nothing has come since
    };

    [[nodiscard]] Wire* find(lobby::ConnectionId id);
    template <typename Handle>
    void with(Instant now, lobby::ConnectionId id, Handle handle);
    void ping(Instant now, lobby::ConnectionId id);
    void carry_out(Instant now, lobby::ConnectionId id, signal::Output& out);
    void forget(Instant now, lobby::ConnectionId id);
    void run_lobby(Instant now);
    void deliver(Instant now, lobby::Event event);

    signal::Settings settings_;
    std::string name_;
    std::vector<SocketAddress> places_;
    SeededRng rng_;
    safety::KeyRing keys_;
    signal::TokenSealer sealer_;
    lobby::PrefixLimits prefixes_;
    signal::ConnectionContext context_;
    std::unique_ptr<lobby::Lobby> lobby_; // none: it has been killed
    std::map<lobby::ConnectionId, Wire> wires_;
    std::map<StreamId, lobby::ConnectionId> by_stream_;
    std::deque<std::pair<lobby::ConnectionId, lobby::Command>> commands_;
    std::uint64_t last_connection_ = 0; // over all lives
    std::size_t superseded_ = 0;
};

} // namespace vv::sim
