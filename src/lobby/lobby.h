// Where people are introduced to each other: sessions, language rooms, private
// calls, and the small pieces of connection information two members of a call
// exchange. It knows nothing of sockets, JSON, keys or addresses. One shard owns it;
// other shards send it commands and get events back as messages.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "lobby/command.h"
#include "lobby/event.h"
#include "lobby/ids.h"
#include "lobby/limits.h"
#include "safety/guard.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace vv::lobby {

struct LobbyConfig {
    std::uint32_t node = 0;
    Epoch epoch;                                                 // 8 random bytes, drawn at the start of the server
    std::size_t rooms = 0;                                       // at most kRoomsMax; commands name them by position
    std::size_t sessions_max = 200000;                           // those without a connection included
    std::size_t held_bytes_max = std::size_t{256} * 1024 * 1024; // intros and bodies over all calls
    Duration pair_cooldown = kPairCooldown;
    Rate seeks = kSeekRate;
    Rate skips = kSkipRate;
    Rate opens = kOpenRate;
    Rate reports = kReportRate;
    safety::CooldownConfig cooldowns;
};

/// Gauges and counters for the operator; no names in them.
struct LobbyStats {
    std::size_t sessions = 0; // with and without a connection
    std::size_t sessions_away = 0;
    std::size_t waiting = 0;
    std::size_t waiting_private = 0;
    std::size_t calls = 0;
    std::size_t held_bytes = 0;
    std::size_t timers = 0;

    std::uint64_t sessions_begun = 0;
    std::uint64_t sessions_resumed = 0;
    std::uint64_t sessions_recreated = 0; // from a token, after a restart
    std::uint64_t resumes_refused = 0;
    std::uint64_t matches = 0;
    std::uint64_t joins = 0;
    std::uint64_t calls_accepted = 0;
    std::uint64_t calls_not_met = 0;
    std::uint64_t bodies_relayed = 0;
    std::uint64_t blocks = 0;

    std::size_t bans = 0;      // in force
    std::size_t cooldowns = 0; // the same
    std::uint64_t cooldowns_begun = 0;
    std::uint64_t seeks_banned = 0; // refused; whoever was taken out of a line included
    std::uint64_t seeks_cooldown = 0;
    std::uint64_t seeks_slowed = 0;
    std::array<std::uint64_t, safety::kReportCategories> reports{}; // kept
    std::uint64_t reports_not_kept = 0;
};

class Lobby {
public:
    /// rng outlives the lobby.
    Lobby(const LobbyConfig& config, Rng& rng);
    Lobby(Lobby&&) noexcept;
    Lobby& operator=(Lobby&&) noexcept;
    ~Lobby();

    /// A command of a connection. Anything a stranger may send is answered by an event; a command of a connection
    /// that has no session here is dropped.
    void handle_input(Instant now, ConnectionId from, Command command);
    /// Early, late and repeated wake-ups are harmless.
    void handle_timeout(Instant now);
    /// Events in the order in which they arose; drain after every handle_*.
    [[nodiscard]] std::optional<Event> poll_event();
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

    /// Reports to be kept; drain after every handle_*, and answer each by handle_report_kept().
    [[nodiscard]] std::optional<FiledReport> poll_report();
    /// report: its name where it is kept; nothing: it could not be.
    void handle_report_kept(Instant now, std::uint64_t ticket, std::optional<safety::ReportId> report);
    /// What is kept about people; the whole of it, at the start and whenever it has changed.
    void handle_record(Instant now, safety::Record record);

    [[nodiscard]] LobbyStats stats() const;

private:
    class Machine;
    std::unique_ptr<Machine> machine_;
};

} // namespace vv::lobby
