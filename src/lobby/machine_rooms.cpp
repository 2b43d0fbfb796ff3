// Language rooms: seeking, waiting, being matched.
#include "lobby/machine.h"

#include <algorithm>
#include <utility>

namespace vv::lobby {

void Lobby::Machine::seek(Instant now, Slot session, const SeekCommand& command) {
    Session& s = sessions_[session];
    if (command.room.value() >= rooms_.size()) return refuse(session, ErrorCode::kUnknownRoom, ClientType::kSeek);
    if (s.place != Place::kIdle) return refuse(session, ErrorCode::kBusy, ClientType::kSeek);
    // Blocks and reports that ended a match may have taken more skips than there were.
    if (const auto wait = s.skips.wait_for(now, config_.skips, 0)) {
        return refuse(session, ErrorCode::kRate, ClientType::kSeek, wait);
    }
    if (!pass(now, session, s.seeks, config_.seeks, ClientType::kSeek)) return;
    if (const auto refusal = seek_refusal(now, s)) return tell(session, *refusal);
    s.last_seek = now;
    const bool keeps_place = s.kept_place && s.room == command.room;
    s.kept_place = false;
    s.room = command.room;
    s.prefs = command.prefs;
    if (!keeps_place) {
        s.ticket = next_ticket_++;
        s.waiting_since = now;
    }
    if (!try_match(now, session)) enter_line(now, session);
}

void Lobby::Machine::unseek(Instant now, Slot session) {
    switch (sessions_[session].place) {
    case Place::kWaiting:
        return leave_line(now, session);
    case Place::kWaitingPrivate:
        return stop_waiting_private(session);
    default: // matched or ended meanwhile: the page will see
        return;
    }
}

void Lobby::Machine::enter_line(Instant now, Slot session) {
    Session& s = sessions_[session];
    LanguageRoom& room = rooms_[s.room.value()];
    uncount_lately(now, session);
    room.join(s.prefs, {s.ticket, key_of(s.id), session, s.prefs.topics.value()});
    note_change(room);
    s.place = Place::kWaiting;
    const auto ahead = static_cast<std::uint32_t>(room.older_than(s.ticket));
    tell(session, WaitingEvent{s.room, ahead, room.estimate.seconds(now)});
}

void Lobby::Machine::leave_line(Instant now, Slot session) {
    Session& s = sessions_[session];
    LanguageRoom& room = rooms_[s.room.value()];
    room.leave(s.prefs, s.ticket);
    count_lately(now, session);
    note_change(room);
    s.place = Place::kIdle;
    timers_.cancel(session_timer(session));
}

bool Lobby::Machine::try_match(Instant now, Slot session) {
    const Session& s = sessions_[session];
    const History* const past = s.history.get();
    std::optional<Instant> retry;
    const auto may_meet = [&](const Waiter& waiter) {
        if (waiter.slot == session || is_blocked(s, sessions_[waiter.slot])) return false;
        if (past == nullptr) return true;
        const auto until = past->met_until(now, config_.pair_cooldown, waiter.session);
        if (until) retry = std::min(retry.value_or(*until), *until);
        return !until;
    };
    const auto partner = rooms_[s.room.value()].choose(s.prefs, may_meet);
    if (partner) {
        start_meeting(now, partner->slot, session);
        return true;
    }
    // Two who wait in an otherwise empty room meet again when their cooldown is over: nobody else would wake them.
    if (retry) timers_.arm(session_timer(session), *retry);
    return false;
}

void Lobby::Machine::start_meeting(Instant now, Slot waiting, Slot newcomer) {
    for (const Slot session : {waiting, newcomer}) {
        Session& s = sessions_[session];
        if (s.place != Place::kWaiting) {
            count_lately(now, session);
            continue;
        }
        rooms_[s.room.value()].estimate.record(now, now - s.waiting_since);
        leave_line(now, session);
    }
    const Slot slot = make_call(CallKind::kRoom, waiting, newcomer);
    Call& call = calls_[slot];
    call.room = sessions_[waiting].room;
    call.answer_by = now + kAnswerTime;
    timers_.arm(call_timer(slot), call.answer_by);
    ++stats_.matches;

    const Preferences& a = sessions_[waiting].prefs;
    const Preferences& b = sessions_[newcomer].prefs;
    const TopicSet common(a.topics.value() & b.topics.value());
    tell(waiting, MatchedEvent{call.id, Role::kA, *call.room, b.media, common});
    tell(newcomer, MatchedEvent{call.id, Role::kB, *call.room, a.media, common});
}

void Lobby::Machine::return_to_line(Instant now, Slot session) {
    if (const auto refusal = bar(now, sessions_[session])) return tell(session, *refusal);
    enter_line(now, session);
    try_match(now, session);
}

void Lobby::Machine::note_change(LanguageRoom& room) {
    room.changed = ++changes_;
    note_lately(room);
}

void Lobby::Machine::note_lately(LanguageRoom& room) {
    if (std::exchange(room.lately_known, room.lately()) != room.lately()) room.lately_changed = ++changes_;
}

void Lobby::Machine::count_lately(Instant now, Slot session) {
    uncount_lately(now, session); // each session once
    Session& s = sessions_[session];
    LanguageRoom& room = rooms_[s.room.value()];
    auto& looked = s.rooms().looked;
    if (looked.size() == kLookedRoomsMax) looked.erase(looked.begin());
    looked.push_back({s.room, room.looked.add(now)});
    note_lately(room);
}

void Lobby::Machine::uncount_lately(Instant now, Slot session) {
    Session& s = sessions_[session];
    if (!s.room_past) return;
    auto& looked = s.room_past->looked;
    const auto found = std::ranges::find(looked, s.room, &Looked::room);
    if (found == looked.end()) return;
    rooms_[s.room.value()].looked.remove(now, found->minute);
    looked.erase(found);
}

void Lobby::Machine::forget_lately(Instant now) {
    if (std::exchange(lately_minute_, LatelyCount::minute_of(now)) == LatelyCount::minute_of(now)) return;
    for (LanguageRoom& room : rooms_) {
        room.looked.forget(now);
        note_lately(room);
    }
}

} // namespace vv::lobby
