// Calls: from "do you want to meet" over relayed bodies to the end.
#include "lobby/machine.h"

#include <algorithm>
#include <utility>

namespace vv::lobby {
namespace {

LeftReason reason_heard(LeaveReason reason) {
    switch (reason) {
    case LeaveReason::kNext:
        return LeftReason::kNext;
    case LeaveReason::kKey:
        return LeftReason::kKey;
    case LeaveReason::kFailed:
        return LeftReason::kFailed;
    case LeaveReason::kLeft:
        break;
    }
    return LeftReason::kLeft;
}

constexpr Duration kMemoryRetry = 1s;

} // namespace

Lobby::Machine::Slot Lobby::Machine::make_call(CallKind kind, Slot first, Slot second) {
    const Slot slot = calls_.insert();
    Call& call = calls_[slot];
    call.id = {config_.node, rng_.bytes<16>()};
    call.kind = kind;
    std::uint8_t member = 0;
    for (const Slot session : {first, second}) {
        Session& s = sessions_[session];
        call.members[member].session = session;
        call.members[member].id = s.id;
        call.members[member].person = s.person;
        call.members[member].is_known = true;
        s.place = Place::kInCall;
        s.call = slot;
        s.member = member++;
    }
    return slot;
}

Call* Lobby::Machine::member_call(Instant now, Slot session, const CallId& id, ClientType about) {
    Session& s = sessions_[session];
    if (s.call != kNone && calls_[s.call].id == id) return &calls_[s.call];
    const bool late = s.history && s.history->find_call(now, id) != nullptr;
    tell(session,
         ErrorEvent{.code = ErrorCode::kNotMember, .about = about, .id = {}, .retry_after = {}, .excused = late});
    return nullptr;
}

void Lobby::Machine::accept(Instant now, Slot session, AcceptCommand& command) {
    Call* const call = member_call(now, session, command.call, ClientType::kAccept);
    if (call == nullptr) return;
    Member& me = call->members[sessions_[session].member];
    if (me.accepted || call->is_standing()) return refuse(session, ErrorCode::kBadMessage, ClientType::kAccept);
    if (stats_.held_bytes + command.intro.size() > config_.held_bytes_max) {
        return refuse(session, ErrorCode::kRate, ClientType::kAccept, kMemoryRetry);
    }
    me.accepted = true;
    if (call->phase == CallPhase::kFailing) return; // the other is gone and this one must not know yet
    stats_.held_bytes += command.intro.size();
    me.intro = std::move(command.intro);
    me.relays = command.relays;
    if (call->members[0].accepted && call->members[1].accepted) go_live(sessions_[session].call);
}

void Lobby::Machine::go_live(Slot slot) {
    Call& call = calls_[slot];
    call.phase = CallPhase::kLive;
    timers_.cancel(call_timer(slot));
    ++stats_.calls_accepted;
    call.relays = rank_relays(call.members[0].relays, call.members[1].relays);
    for (const std::uint8_t i : kBothMembers) {
        tell(call.members[i].session, TokenEvent{next_token(call.members[i].session)});
        tell(call.members[i].session, AcceptedEvent{call.id, call.members[1 - i].intro, call.relays});
    }
    if (call.kind == CallKind::kPrivate) fill_seats(call.private_id, slot);
}

void Lobby::Machine::decline(Instant now, Slot session, const DeclineCommand& command) {
    Call* const call = member_call(now, session, command.call, ClientType::kDecline);
    if (call == nullptr) return;
    Session& s = sessions_[session];
    if (!pass(now, session, s.skips, config_.skips, ClientType::kDecline)) return;
    if (call->is_standing()) return end_by(now, session, LeftReason::kLeft); // the other accepted in the same moment
    const CallId id = call->id;
    withdraw(now, s.call, s.member, call->kind == CallKind::kPrivate ? LeftReason::kKey : LeftReason::kNotMet);
    tell(session, LeftEvent{id, LeftReason::kYou});
}

void Lobby::Machine::leave(Instant now, Slot session, const LeaveCommand& command) {
    Call* const call = member_call(now, session, command.call, ClientType::kLeave);
    if (call == nullptr) return;
    Session& s = sessions_[session];
    const bool is_skip =
        command.reason == LeaveReason::kNext || (call->kind == CallKind::kRoom && !call->is_standing());
    if (is_skip && !pass(now, session, s.skips, config_.skips, ClientType::kLeave)) return;
    if (call->is_standing()) return end_by(now, session, reason_heard(command.reason));
    const CallId id = call->id;
    const bool key = call->kind == CallKind::kPrivate && command.reason == LeaveReason::kKey;
    withdraw(now, s.call, s.member, key ? LeftReason::kKey : LeftReason::kNotMet);
    tell(session, LeftEvent{id, LeftReason::kYou});
}

void Lobby::Machine::relay(Instant now, Slot session, RelayCommand& command) {
    Call* const call = member_call(now, session, command.call, ClientType::kRelay);
    if (call == nullptr) return;
    if (!call->is_standing()) return refuse(session, ErrorCode::kNotAccepted, ClientType::kRelay, {}, command.id);
    const std::uint8_t me = sessions_[session].member;
    mark_intro_arrived(*call, me);
    Member& partner = call->members[1 - me];
    const std::size_t size = command.body.size();
    const std::size_t free = config_.held_bytes_max - std::min(stats_.held_bytes, config_.held_bytes_max);
    const bool has_room = partner.incoming.bytes() + size <= free / kQueueShareOfFree;
    switch (partner.incoming.offer(command.id, command.body, has_room)) {
    case BodyQueue::Offer::kFull:
        return refuse(session, ErrorCode::kQueueFull, ClientType::kRelay, {}, command.id);
    case BodyQueue::Offer::kSkipped:
        return refuse(session, ErrorCode::kSkipped, ClientType::kRelay, {}, command.id);
    case BodyQueue::Offer::kRepeated:
        return tell(session, AckEvent{call->id, command.id});
    case BodyQueue::Offer::kTaken:
        break;
    }
    stats_.held_bytes += size;
    ++stats_.bodies_relayed;
    tell(session, AckEvent{call->id, command.id});
    if (partner.session == kNone) return;
    const HeldBody& newest = partner.incoming.newest();
    if (!sessions_[partner.session].is_away()) {
        tell(partner.session, RelayEvent{call->id, newest.sequence, newest.id, newest.body});
    }
}

void Lobby::Machine::servers(Instant now, Slot session, const ServersCommand& command) {
    Call* const call = member_call(now, session, command.call, ClientType::kServers);
    if (call == nullptr) return;
    if (!call->is_standing()) return refuse(session, ErrorCode::kNotAccepted, ClientType::kServers);
    mark_intro_arrived(*call, sessions_[session].member);
    tell(session, ServersEvent{call->id, call->relays});
}

void Lobby::Machine::block(Instant now, Slot session, const BlockCommand& command) {
    Session& s = sessions_[session];
    const bool is_member = s.call != kNone && calls_[s.call].id == command.call;
    const FormerCall* const former = !is_member && s.history ? s.history->find_call(now, command.call) : nullptr;
    if (!is_member && former == nullptr) return refuse(session, ErrorCode::kNotMember, ClientType::kBlock);
    const FormerCall about = is_member ? remembered(calls_[s.call], s.member) : *former;
    PersonKey partner{.session = about.partner};
    if (about.knows_partner) partner.device = key_of(about.meant.device);
    s.past().block(partner);
    // The partner's session may outlive this one.
    const auto still_there = by_key_.find(about.partner);
    if (still_there != by_key_.end()) sessions_[still_there->second].past().be_blocked(s.key());
    ++stats_.blocks;
    tell(session, NotedEvent{command.call, ClientType::kBlock});
    // The token is to hold the block. The end of a call that stands brings one by itself.
    const bool brings_token = is_member && calls_[s.call].is_standing();
    if (is_member) end_by(now, session, LeftReason::kLeft);
    if (!brings_token) tell(session, TokenEvent{next_token(session)});
}

void Lobby::Machine::ping(Slot session, const PingCommand& command) {
    if (command.have) take_have(session, *command.have);
    tell(session, PongEvent{});
    Session& s = sessions_[session];
    if (s.rooms_told == changes_) return;
    auto changed = rooms_changed_since(std::exchange(s.rooms_told, changes_));
    if (!changed.empty()) tell(session, RoomsEvent{std::move(changed)});
}

void Lobby::Machine::take_have(Slot session, const Have& have) {
    const Session& s = sessions_[session];
    if (s.call == kNone || !calls_[s.call].is_standing() || have.epoch != config_.epoch) return;
    mark_intro_arrived(calls_[s.call], s.member);
    Member& me = calls_[s.call].members[s.member];
    const std::size_t freed = me.incoming.trim(have.sequence);
    free_held(freed);
}

void Lobby::Machine::mark_intro_arrived(Call& call, std::uint8_t member) {
    if (std::exchange(call.members[member].has_intro, true)) return;
    std::string& intro = call.members[1 - member].intro;
    free_held(intro.size());
    intro = {};
}

void Lobby::Machine::resend(Slot session, const std::optional<Have>& have) {
    if (have) take_have(session, *have);
    const Session& s = sessions_[session];
    const Call& call = calls_[s.call];
    const Member& me = call.members[s.member];
    if (!me.has_intro) tell(session, AcceptedEvent{call.id, call.members[1 - s.member].intro, call.relays});
    for (const HeldBody& held : me.incoming.held()) {
        tell(session, RelayEvent{call.id, held.sequence, held.id, held.body});
    }
}

void Lobby::Machine::free_held(std::size_t bytes) {
    stats_.held_bytes -= bytes;
}

void Lobby::Machine::release_member(Instant now, Slot slot, std::uint8_t member) {
    Call& call = calls_[slot];
    Member& me = call.members[member];
    if (me.session == kNone) return;
    Session& s = sessions_[std::exchange(me.session, kNone)];
    s.place = Place::kIdle;
    s.call = kNone;
    s.past().add(now, config_.pair_cooldown, call.id, remembered(call, member));
}

void Lobby::Machine::erase_call(Slot slot) {
    Call& call = calls_[slot];
    timers_.cancel(call_timer(slot));
    for (const Member& member : call.members)
        free_held(member.intro.size() + member.incoming.bytes());
    calls_.erase(slot);
}

void Lobby::Machine::withdraw(Instant now, Slot slot, std::uint8_t member, LeftReason partner_hears) {
    Call& call = calls_[slot];
    if (call.kind == CallKind::kPrivate) return break_join(now, slot, member, partner_hears);
    release_member(now, slot, member);
    if (call.phase == CallPhase::kFailing) return erase_call(slot);
    call.phase = CallPhase::kFailing;
    ++stats_.calls_not_met;
    const auto spread = static_cast<std::uint64_t>((kNotMetDelayMax - kNotMetDelayMin).count());
    const Duration delay = kNotMetDelayMin + Duration(static_cast<std::int64_t>(rng_.below(spread + 1)));
    call.notice_at_mark = now + delay >= call.answer_by;
    timers_.arm(call_timer(slot), std::min(now + delay, call.answer_by));
}

void Lobby::Machine::end_by(Instant now, Slot session, LeftReason partner_hears) {
    const Session& s = sessions_[session];
    const Slot slot = s.call;
    if (!calls_[slot].is_standing()) {
        const CallId id = calls_[slot].id;
        // A skip by another name. It is never refused, but must be earned before the next seek().
        sessions_[session].skips.take(now, config_.skips);
        withdraw(now, slot, s.member, LeftReason::kNotMet);
        return tell(session, LeftEvent{id, LeftReason::kYou});
    }
    std::array<std::optional<LeftReason>, 2> reasons{LeftReason::kYou, LeftReason::kYou};
    reasons[1U - s.member] = partner_hears;
    end_standing(now, slot, reasons);
}

void Lobby::Machine::end_standing(Instant now, Slot slot, std::array<std::optional<LeftReason>, 2> reasons) {
    const Call& call = calls_[slot];
    const CallId id = call.id;
    const CallKind kind = call.kind;
    const PrivateId private_id = call.private_id;
    const std::array<Slot, 2> sessions{call.members[0].session, call.members[1].session};
    for (const std::uint8_t i : kBothMembers)
        release_member(now, slot, i);
    erase_call(slot);
    for (const std::uint8_t i : kBothMembers) {
        if (sessions[i] != kNone) tell_end(now, sessions[i], id, reasons[i]);
    }
    if (kind == CallKind::kPrivate) free_seats(now, private_id);
}

void Lobby::Machine::tell_end(Instant now, Slot session, const CallId& id, std::optional<LeftReason> reason) {
    Session& s = sessions_[session];
    if (s.is_away()) {
        timers_.hasten(session_timer(session), now + kResumeTime); // there is no call any more to come back to
        if (reason) s.left_while_away = std::make_unique<LeftEvent>(LeftEvent{id, *reason});
        return;
    }
    if (reason) {
        tell(session, LeftEvent{id, *reason});
    } else {
        refuse(session, ErrorCode::kReplaced, ClientType::kOpen);
    }
    tell(session, TokenEvent{next_token(session)});
}

void Lobby::Machine::handle_call_timer(Instant now, Slot slot) {
    switch (calls_[slot].phase) {
    case CallPhase::kLive: // has no timer
        return;
    case CallPhase::kHalf: // one came back, the other did not
        return end_standing(now, slot, {LeftReason::kGone, LeftReason::kGone});
    case CallPhase::kAsking:
    case CallPhase::kFailing:
        return handle_no_answer(now, slot);
    }
}

// One timer for each call, whatever is on its way in it.
// The 20 s mark, or the moment at which one member may learn that the other is gone.
void Lobby::Machine::handle_no_answer(Instant now, Slot slot) {
    const Call& call = calls_[slot];
    const CallId id = call.id;
    const CallKind kind = call.kind;
    const PrivateId private_id = call.private_id;
    const bool is_mark = call.phase == CallPhase::kAsking || call.notice_at_mark;
    if (call.phase == CallPhase::kAsking) ++stats_.calls_not_met;
    std::array<Slot, 2> sessions{};
    std::array<LeftReason, 2> reasons{};
    for (const std::uint8_t i : kBothMembers) {
        sessions[i] = call.members[i].session;
        reasons[i] = is_mark && !call.members[i].accepted ? LeftReason::kSilent : LeftReason::kNotMet;
        release_member(now, slot, i);
    }
    erase_call(slot);
    for (const std::uint8_t i : kBothMembers) {
        if (sessions[i] == kNone) continue;
        tell(sessions[i], LeftEvent{id, reasons[i]});
        if (kind == CallKind::kRoom && reasons[i] == LeftReason::kNotMet) return_to_line(now, sessions[i]);
    }
    if (kind == CallKind::kPrivate) free_seats(now, private_id);
}

bool Lobby::Machine::restore_call(Instant now, Slot session, const ResumeCall& resume) {
    Session& s = sessions_[session];
    const std::uint8_t me = resume.role == Role::kA ? 0 : 1;
    if (const auto partner = find_session(resume.partner)) {
        const Session& p = sessions_[*partner];
        // Whoever came back earlier and is not in this call any more has ended it.
        if (p.call == kNone || calls_[p.call].id != resume.call || p.member == me) return false;
        Call& call = calls_[p.call];
        if (call.phase != CallPhase::kHalf || call.members[me].id != s.id) return false;
        call.phase = CallPhase::kLive;
        timers_.cancel(call_timer(p.call));
        enter_restored(session, p.call, me);
        return true;
    }
    const PrivateRoom* const room = resume.kind == CallKind::kPrivate ? private_.find(resume.private_id) : nullptr;
    if (room != nullptr && room->call != kNone) {
        if (calls_[room->call].is_standing()) return false; // others have taken the seats since
        // Two who have merely been introduced take no seats from a call that stood.
        undo_join(now, room->call, {LeftReason::kNotMet, LeftReason::kNotMet});
    }
    make_half(now, session, resume, me);
    return true;
}

void Lobby::Machine::make_half(Instant now, Slot session, const ResumeCall& resume, std::uint8_t me) {
    const Slot slot = calls_.insert();
    Call& call = calls_[slot];
    call.id = resume.call;
    call.kind = resume.kind;
    call.phase = CallPhase::kHalf;
    call.room = resume.room;
    call.private_id = resume.private_id;
    for (Member& member : call.members) {
        member.accepted = true;
        member.has_intro = true; // what is gone with the earlier life of the server cannot be sent again
        member.incoming = BodyQueue::after_restart();
    }
    call.members[me].id = sessions_[session].id;
    call.members[me].seat = resume.seat;
    call.members[1 - me].id = resume.partner;
    call.members[1 - me].seat = resume.partner_seat;
    timers_.arm(call_timer(slot), now + kHalfCallTime);
    enter_restored(session, slot, me);
    if (resume.kind == CallKind::kPrivate) fill_seats(resume.private_id, slot);
}

void Lobby::Machine::enter_restored(Slot session, Slot call, std::uint8_t member) {
    Session& s = sessions_[session];
    s.place = Place::kInCall;
    s.call = call;
    s.member = member;
    Member& me = calls_[call].members[member];
    me.session = session;
    me.person = s.person;
    me.is_known = true;
}

} // namespace vv::lobby
