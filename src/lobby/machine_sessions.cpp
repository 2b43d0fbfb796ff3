// Sessions: begin, lose their connection, come back, end.
#include "lobby/machine.h"

#include <algorithm>
#include <utility>

namespace vv::lobby {

void Lobby::Machine::begin(Instant now, ConnectionId from, const HelloCommand& command) {
    if (by_connection_.contains(from.value())) return; // one hello for each connection, the driver's duty
    if (sessions_.size() >= config_.sessions_max) return emit(from, ServerFullEvent{});
    const Slot session = make_session(now, fresh_session_id(), command.person);
    ++stats_.sessions_begun;
    attach(session, from, std::nullopt, false);
}

void Lobby::Machine::resume(Instant now, ConnectionId from, const ResumeCommand& command) {
    if (by_connection_.contains(from.value())) return;
    const auto found = find_session(command.session);
    const bool full = !found && sessions_.size() >= config_.sessions_max;
    if (full && command.epoch != config_.epoch) return emit(from, ServerFullEvent{});
    const auto session = found ? found : find_or_recreate(now, command);
    if (!session || command.token_number < sessions_[*session].token_floor) {
        ++stats_.resumes_refused;
        return emit(from, ResumeRefusedEvent{});
    }
    Session& s = sessions_[*session];
    if (!s.is_away()) {
        emit(s.connection, SupersededEvent{});
        disconnect(now, *session);
    }
    s.person.prefix = command.person.prefix; // its device stays: another one would be a way out of a ban
    s.token_floor = command.token_number;
    s.token_number = std::max(s.token_number, command.token_number);
    ++stats_.sessions_resumed;
    attach(*session, from, command.have, true);
}

// A session of an earlier life of the server is made again from its token; one of
// this life that is not there any more has ended.
std::optional<Lobby::Machine::Slot> Lobby::Machine::find_or_recreate(Instant now, const ResumeCommand& command) {
    if (command.epoch == config_.epoch || command.session.node != config_.node) return std::nullopt;
    if (by_key_.contains(key_of(command.session))) return std::nullopt;
    const Slot session = make_session(now, command.session, command.person);
    ++stats_.sessions_recreated;
    for (const PersonKey& other : command.blocked)
        sessions_[session].past().block(other);
    // Whoever blocked this one may have reloaded the page since and remember nothing.
    for (const PersonKey& other : command.blocked_by)
        sessions_[session].past().be_blocked(other);
    if (command.call && !restore_call(now, session, *command.call)) {
        sessions_[session].left_while_away =
            std::make_unique<LeftEvent>(LeftEvent{command.call->call, LeftReason::kGone});
    }
    return session;
}

std::optional<Lobby::Machine::Slot> Lobby::Machine::find_session(const SessionId& id) const {
    const auto found = by_key_.find(key_of(id));
    if (found == by_key_.end() || sessions_[found->second].id != id) return std::nullopt;
    return found->second;
}

Lobby::Machine::Slot Lobby::Machine::make_session(Instant now, const SessionId& id, const safety::Person& person) {
    const Slot session = sessions_.insert();
    sessions_[session].id = id;
    sessions_[session].person = person;
    sessions_[session].last_seek = now;
    by_key_.emplace(key_of(id), session);
    return session;
}

SessionId Lobby::Machine::fresh_session_id() {
    SessionId id{config_.node, rng_.bytes<16>()};
    while (by_key_.contains(key_of(id)))
        id.random = rng_.bytes<16>();
    return id;
}

void Lobby::Machine::attach(Slot session, ConnectionId connection, const std::optional<Have>& have, bool resumed) {
    Session& s = sessions_[session];
    timers_.cancel(session_timer(session));
    s.connection = connection;
    s.confirmed = false;
    s.rooms_told = changes_;
    by_connection_.emplace(connection.value(), session);

    WelcomeEvent welcome{.session = s.id,
                         .resumed = resumed,
                         .token = next_token(session),
                         .resumed_call = std::nullopt,
                         .rooms = all_rooms(),
                         .ledger = std::move(s.ledger)};
    s.welcome_token = welcome.token.number;
    if (s.call != kNone) {
        Call& call = calls_[s.call];
        const Slot partner = call.members[1 - s.member].session;
        const bool live = call.phase == CallPhase::kLive;
        welcome.resumed_call = {live ? CallState::kLive : CallState::kHalf,
                                partner != kNone && !sessions_[partner].is_away()};
        if (live) tell(partner, BackEvent{call.id});
    }
    emit(connection, std::move(welcome));
    if (s.call != kNone) resend(session, have);
    if (s.left_while_away) tell(session, *std::exchange(s.left_while_away, nullptr));
    if (!s.room_past) return;
    for (Event::Body& answer : std::exchange(s.room_past->answers, {}))
        tell(session, std::move(answer));
}

void Lobby::Machine::confirm(Slot session) {
    Session& s = sessions_[session];
    if (s.confirmed) return;
    s.confirmed = true;
    s.token_floor = s.welcome_token;
}

void Lobby::Machine::detach(Instant now, ConnectionId from, DetachCommand& command) {
    const auto found = by_connection_.find(from.value());
    if (found != by_connection_.end()) {
        const Slot session = found->second;
        sessions_[session].ledger = std::move(command.ledger);
        disconnect(now, session);
        timers_.arm(session_timer(session), now + resume_time(sessions_[session]));
        return;
    }
    // A superseded connection hands over what it has counted.
    const auto session = command.session ? find_session(*command.session) : std::nullopt;
    if (session && command.ledger) tell(*session, LedgerEvent{std::move(command.ledger)});
}

Duration Lobby::Machine::resume_time(const Session& away) const {
    const bool in_call = away.call != kNone && calls_[away.call].phase == CallPhase::kLive;
    const bool has_room = sessions_.size() <= config_.sessions_max / kCallResumeOneInPlaces;
    return in_call && has_room ? kCallResumeTime : kResumeTime;
}

// Who loses the connection is in no queue, and has not answered; only a call that
// both have accepted goes on.
void Lobby::Machine::disconnect(Instant now, Slot session) {
    Session& s = sessions_[session];
    by_connection_.erase(s.connection.value());
    s.connection = {};
    timers_.cancel(session_timer(session));
    if (s.place == Place::kWaiting) {
        leave_line(now, session);
        s.kept_place = true;
    } else if (s.place == Place::kWaitingPrivate) {
        stop_waiting_private(session);
    } else if (s.place == Place::kInCall && !calls_[s.call].is_standing()) {
        withdraw(now, s.call, s.member, LeftReason::kNotMet);
    }
}

void Lobby::Machine::remove_session(Instant now, Slot session) {
    if (sessions_[session].call != kNone) end_by(now, session, LeftReason::kGone);
    by_key_.erase(key_of(sessions_[session].id));
    sessions_.erase(session);
}

void Lobby::Machine::handle_session_timer(Instant now, Slot session) {
    if (sessions_[session].is_away()) return remove_session(now, session);
    // Somebody it may not have met again until now may be waiting still.
    if (sessions_[session].place == Place::kWaiting) try_match(now, session);
}

std::vector<RoomCount> Lobby::Machine::all_rooms() const {
    std::vector<RoomCount> counts;
    counts.reserve(rooms_.size());
    for (std::size_t i = 0; i < rooms_.size(); ++i) {
        counts.push_back({RoomIndex(static_cast<std::uint16_t>(i)), static_cast<std::uint32_t>(rooms_[i].size()),
                          static_cast<std::uint32_t>(rooms_[i].lately())});
    }
    return counts;
}

std::vector<RoomChange> Lobby::Machine::rooms_changed_since(std::uint64_t change) const {
    std::vector<RoomChange> changed;
    for (std::size_t i = 0; i < rooms_.size(); ++i) {
        const LanguageRoom& room = rooms_[i];
        if (room.changed <= change && room.lately_changed <= change) continue;
        RoomChange& entry = changed.emplace_back(RoomIndex(static_cast<std::uint16_t>(i)), std::nullopt, std::nullopt);
        if (room.changed > change) entry.waiting = static_cast<std::uint32_t>(room.size());
        if (room.lately_changed > change) entry.lately = static_cast<std::uint32_t>(room.lately());
    }
    return changed;
}

TokenGrant Lobby::Machine::next_token(Slot session) {
    Session& s = sessions_[session];
    TokenGrant grant{.number = ++s.token_number, .call = resume_call_of(s)};
    if (s.history) {
        grant.blocked = s.history->newest_blocked();
        grant.blocked_by = s.history->newest_blocked_by();
    }
    return grant;
}

std::optional<ResumeCall> Lobby::Machine::resume_call_of(const Session& session) const {
    if (session.call == kNone || !calls_[session.call].is_standing()) return std::nullopt;
    const Call& call = calls_[session.call];
    return ResumeCall{.call = call.id,
                      .role = session.member == 0 ? Role::kA : Role::kB,
                      .kind = call.kind,
                      .partner = call.members[1 - session.member].id,
                      .room = call.room,
                      .private_id = call.private_id,
                      .seat = call.members[session.member].seat,
                      .partner_seat = call.members[1 - session.member].seat};
}

bool Lobby::Machine::is_blocked(const Session& a, const Session& b) {
    return (a.history && a.history->is_apart_from(b.key())) || (b.history && b.history->is_apart_from(a.key()));
}

} // namespace vv::lobby
