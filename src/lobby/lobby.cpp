#include "lobby/lobby.h"

#include "base/assert.h"
#include "base/overloaded.h"
#include "lobby/machine.h"

#include <algorithm>
#include <utility>

namespace vv::lobby {

Lobby::Lobby(const LobbyConfig& config, Rng& rng) : machine_(std::make_unique<Machine>(config, rng)) {}
Lobby::Lobby(Lobby&&) noexcept = default;
Lobby& Lobby::operator=(Lobby&&) noexcept = default;
Lobby::~Lobby() = default;

void Lobby::handle_input(Instant now, ConnectionId from, Command command) {
    machine_->handle_input(now, from, command);
}
void Lobby::handle_timeout(Instant now) {
    machine_->handle_timeout(now);
}
std::optional<Event> Lobby::poll_event() {
    return machine_->poll_event();
}
std::optional<Instant> Lobby::poll_timeout() const {
    return machine_->poll_timeout();
}
std::optional<FiledReport> Lobby::poll_report() {
    return machine_->poll_report();
}
void Lobby::handle_report_kept(Instant now, std::uint64_t ticket, std::optional<safety::ReportId> report) {
    machine_->handle_report_kept(now, ticket, report);
}
void Lobby::handle_record(Instant now, safety::Record record) {
    machine_->handle_record(now, std::move(record));
}
LobbyStats Lobby::stats() const {
    return machine_->stats();
}

Lobby::Machine::Machine(const LobbyConfig& config, Rng& rng)
    : config_(config),
      rng_(rng),
      rooms_(config.rooms),
      guard_(config.cooldowns, rng) {
    VV_ASSERT(config.rooms <= kRoomsMax);
}

void Lobby::Machine::handle_input(Instant now, ConnectionId from, Command& command) {
    handle_timeout(now);
    if (const auto* const hello = std::get_if<HelloCommand>(&command)) return begin(now, from, *hello);
    if (const auto* const back = std::get_if<ResumeCommand>(&command)) return resume(now, from, *back);
    if (auto* const gone = std::get_if<DetachCommand>(&command)) return detach(now, from, *gone);

    const auto found = by_connection_.find(from.value());
    if (found == by_connection_.end()) return; // superseded meanwhile
    const Slot session = found->second;
    if (std::holds_alternative<RenewTokenCommand>(command)) {
        return tell(session, TokenEvent{next_token(session)}); // a timer's, not a message
    }
    confirm(session);
    std::visit(Overloaded{
                   [&](SeekCommand& c) { seek(now, session, c); },
                   [&](UnseekCommand&) { unseek(now, session); },
                   [&](OpenCommand& c) { open(now, session, c); },
                   [&](AcceptCommand& c) { accept(now, session, c); },
                   [&](DeclineCommand& c) { decline(now, session, c); },
                   [&](RelayCommand& c) { relay(now, session, c); },
                   [&](ServersCommand& c) { servers(now, session, c); },
                   [&](LeaveCommand& c) { leave(now, session, c); },
                   [&](BlockCommand& c) { block(now, session, c); },
                   [&](ReportCommand& c) { report(now, session, c); },
                   [&](PingCommand& c) { ping(session, c); },
                   [](ConfirmCommand&) {}, // confirm() above was all
                   // Those above have returned. Each by name, so that a new command does not vanish here.
                   [](HelloCommand&) {},
                   [](ResumeCommand&) {},
                   [](DetachCommand&) {},
                   [](RenewTokenCommand&) {},
               },
               command);
}

void Lobby::Machine::handle_timeout(Instant now) {
    now_ = now;
    forget_refusals(now);
    forget_lately(now);
    guard_.handle_timeout(now);
    recheck_slice(now);
    while (const auto owner = timers_.pop_due(now)) {
        const Slot slot = *owner / 2;
        if (*owner == call_timer(slot)) {
            handle_call_timer(now, slot);
        } else {
            handle_session_timer(now, slot);
        }
    }
}

std::optional<Event> Lobby::Machine::poll_event() {
    if (next_event_ == events_.size()) {
        events_.clear();
        next_event_ = 0;
        return std::nullopt;
    }
    return std::move(events_[next_event_++]);
}

std::optional<Instant> Lobby::Machine::poll_timeout() const {
    if (recheck_from_) return Instant{}; // there is more to do at once
    std::optional<Instant> earliest = timers_.next();
    const auto consider = [&](std::optional<Instant> due) {
        if (due) earliest = std::min(earliest.value_or(*due), *due);
    };
    consider(refusals_.poll_timeout());
    consider(guard_.poll_timeout());
    for (const LanguageRoom& room : rooms_)
        consider(room.looked.poll_timeout());
    return earliest;
}

LobbyStats Lobby::Machine::stats() const {
    LobbyStats stats = stats_;
    stats.sessions = sessions_.size();
    stats.sessions_away = sessions_.size() - by_connection_.size();
    stats.calls = calls_.size();
    stats.timers = timers_.size() + refusals_.size();
    stats.bans = guard_.bans(now_);
    stats.cooldowns = guard_.cooldowns();
    for (const LanguageRoom& room : rooms_)
        stats.waiting += room.size();
    return stats;
}

void Lobby::Machine::tell(Slot session, Event::Body body) {
    if (!sessions_[session].is_away()) emit(sessions_[session].connection, std::move(body));
}

void Lobby::Machine::refuse(Slot session, ErrorCode code, ClientType about, std::optional<Duration> retry_after,
                            std::optional<std::uint64_t> id) {
    tell(session, ErrorEvent{code, about, id, retry_after});
}

bool Lobby::Machine::pass(Instant now, Slot session, RateGate& gate, const Rate& rate, ClientType about) {
    const auto wait = gate.try_take(now, rate);
    if (wait) refuse(session, ErrorCode::kRate, about, wait);
    return !wait;
}

} // namespace vv::lobby
