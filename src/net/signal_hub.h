// The signaling end of one shard: a session machine for each WebSocket, its
// commands on their way to the lobby, the lobby's events on their way back.
#pragma once

#include "lobby/prefix_limits.h"
#include "net/connection.h"
#include "net/lobby_host.h"
#include "net/shard.h"
#include "signal/connection.h"

#include <chrono>
#include <functional>
#include <memory>
#include <unordered_map>

namespace vv::net {

class SignalHub final : public WebSocketApplication, TimerHandler {
public:
    struct Options {
        const signal::Settings& settings;
        const signal::TokenSealer& sealer;
        lobby::PrefixKeeper& prefixes;           // of all shards
        signal::RegionHealth* regions = nullptr; // none: there are none
        std::string host;                        // empty: each request's Host header
        Duration come_back_min{};
        Duration come_back_max{};
    };
    /// Hands commands to the lobby's thread; false if its mailbox is full. Leaves the commands alone then.
    using Submit = std::function<bool(LobbyCommands& commands)>;

    SignalHub(Shard& shard, Options options, Submit submit);
    ~SignalHub() override;

    bool handle_request(ConnectionId id, const IpAddress& remote, std::string_view host) override;
    void handle_open(ConnectionId id) override;
    void handle_text(ConnectionId id, std::string_view text) override;
    void handle_closed(ConnectionId id) override;

    /// On the shard's thread.
    void handle_events(LobbyEvents events);
    /// Tells every client to come back after a random time, and closes.
    void begin_stop();

private:
    class Session;

    void handle_timeout(Timer& timer, Instant now) override;
    [[nodiscard]] Session* find(ConnectionId id);
    template <typename Handle>
    void with_session(ConnectionId id, Handle handle);
    void carry_out(ConnectionId id, signal::Output& out);
    void end(ConnectionId id);
    void plan_submission();
    void submit();
    [[nodiscard]] Duration come_back();

    Shard& shard_;
    const Options options_;
    Submit submit_;
    signal::ConnectionContext context_;
    std::unordered_map<ConnectionId, std::unique_ptr<Session>> sessions_;
    LobbyCommands commands_;
    bool submission_planned_ = false;
    Timer retry_;
};

} // namespace vv::net
