// The lobby and the loop it lives in. Shards hand it commands in batches, it hands
// their events back in batches: one crossing of threads per round, not per message.
#pragma once

#include "base/rng.h"
#include "lobby/lobby.h"
#include "net/event_loop.h"
#include "net/report_keeper.h"

#include <functional>
#include <utility>
#include <vector>

namespace vv::net {

using LobbyCommands = std::vector<std::pair<lobby::ConnectionId, lobby::Command>>;
using LobbyEvents = std::vector<lobby::Event>;

class LobbyHost final : TimerHandler {
public:
    /// Takes the events of one shard, or leaves them and answers false if the shard cannot take them now.
    /// Called on the lobby's thread, never from within submit().
    using Deliver = std::function<bool(std::size_t shard, LobbyEvents& events)>;

    /// Takes a report to be kept; false if it cannot be taken. Called on the lobby's thread.
    using Keep = std::function<bool(lobby::FiledReport report)>;

    /// rng and loop outlive it.
    LobbyHost(EventLoop& loop, const lobby::LobbyConfig& config, Rng& rng, std::size_t shards, Deliver deliver,
              Keep keep);
    LobbyHost(const LobbyHost&) = delete;
    LobbyHost& operator=(const LobbyHost&) = delete;
    ~LobbyHost() = default;

    /// On the lobby's thread.
    void submit(LobbyCommands commands);
    void handle_report_kept(std::uint64_t ticket, std::optional<safety::ReportId> report);
    void handle_record(KeptRecord record);
    [[nodiscard]] lobby::LobbyStats stats() const { return lobby_.stats(); }

private:
    void handle_timeout(Timer& timer, Instant now) override;
    void drain();
    void deliver_all();

    EventLoop& loop_;
    lobby::Lobby lobby_;
    Deliver deliver_;
    Keep keep_;
    std::vector<LobbyEvents> outgoing_; // by shard
    bool delivery_planned_ = false;
    Timer timer_;
    Timer retry_;
};

} // namespace vv::net
