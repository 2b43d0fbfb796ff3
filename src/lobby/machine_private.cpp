// Private calls: two people who hold the same link.
#include "lobby/machine.h"

#include <algorithm>
#include <utility>

namespace vv::lobby {

void Lobby::Machine::open(Instant now, Slot session, OpenCommand& command) {
    Session& s = sessions_[session];
    if (s.place != Place::kIdle) return refuse(session, ErrorCode::kBusy, ClientType::kOpen);
    if (!pass(now, session, s.opens, config_.opens, ClientType::kOpen)) return;
    replace_seat(now, command.id, command.seat);
    PrivateRoom& room = private_.make(command.id);
    const bool taken = room.call != kNone && calls_[room.call].is_standing();
    if (taken || room.waiters.size() == kPrivateWaitersMax) return tell(session, FullEvent{});
    s.kept_place = false;
    s.place = Place::kWaitingPrivate;
    s.prefs = command.prefs;
    s.private_wait = std::make_unique<PrivateWait>(PrivateWait{command.id, command.seat, std::move(command.noise)});
    room.waiters.push_back(session);
    ++stats_.waiting_private;
    tell(session, WaitingEvent{});
    try_join(now, command.id);
}

void Lobby::Machine::stop_waiting_private(Slot session) {
    Session& s = sessions_[session];
    private_.remove_waiter(s.private_wait->id, session);
    s.private_wait.reset();
    s.place = Place::kIdle;
    --stats_.waiting_private;
}

// The same participant has opened again, after a reload or in another tab: what it
// held before ends.
void Lobby::Machine::replace_seat(Instant now, const PrivateId& id, const SeatId& seat) {
    const PrivateRoom* const room = private_.find(id);
    if (room == nullptr) return;
    for (const Slot waiter : room->waiters) {
        if (sessions_[waiter].private_wait->seat != seat) continue;
        stop_waiting_private(waiter);
        return refuse(waiter, ErrorCode::kReplaced, ClientType::kOpen);
    }
    if (room->call == kNone) return;
    const Slot slot = room->call;
    const Call& call = calls_[slot];
    for (const std::uint8_t i : kBothMembers) {
        if (call.members[i].seat != seat) continue;
        if (call.is_standing()) {
            std::array<std::optional<LeftReason>, 2> reasons{LeftReason::kReload, LeftReason::kReload};
            reasons[i].reset();
            return end_standing(now, slot, reasons);
        }
        const Slot old = call.members[i].session;
        break_join(now, slot, i, LeftReason::kReload);
        return refuse(old, ErrorCode::kReplaced, ClientType::kOpen);
    }
}

void Lobby::Machine::try_join(Instant now, const PrivateId& id) {
    PrivateRoom* const room = private_.find(id);
    if (room == nullptr) return;
    const auto& waiters = room->waiters;
    for (std::size_t i = 0; room->call == kNone && i < waiters.size(); ++i) {
        for (std::size_t j = i + 1; j < waiters.size(); ++j) {
            const SeatId& first = sessions_[waiters[i]].private_wait->seat;
            const SeatId& second = sessions_[waiters[j]].private_wait->seat;
            if (is_blocked(sessions_[waiters[i]], sessions_[waiters[j]]) || refusals_.are_apart(id, first, second))
                continue;
            return start_join(now, *room, waiters[i], waiters[j]);
        }
    }
}

void Lobby::Machine::start_join(Instant now, PrivateRoom& room, Slot first, Slot second) {
    const Slot slot = make_call(CallKind::kPrivate, first, second);
    Call& call = calls_[slot];
    const std::array<std::unique_ptr<PrivateWait>, 2> waits{std::move(sessions_[first].private_wait),
                                                            std::move(sessions_[second].private_wait)};
    call.private_id = waits[0]->id;
    call.answer_by = now + kAnswerTime;
    timers_.arm(call_timer(slot), call.answer_by);
    room.call = slot;
    std::erase_if(room.waiters, [&](Slot waiter) { return waiter == first || waiter == second; });
    stats_.waiting_private -= 2;
    ++stats_.joins;
    for (const std::uint8_t i : kBothMembers) {
        call.members[i].seat = waits[i]->seat;
        const Slot other = call.members[1 - i].session;
        tell(call.members[i].session,
             JoinedEvent{call.id, i == 0 ? Role::kA : Role::kB, waits[1 - i]->noise, sessions_[other].prefs.media});
    }
}

void Lobby::Machine::fill_seats(const PrivateId& id, Slot call) {
    PrivateRoom& room = private_.make(id);
    room.call = call;
    for (const Slot waiter : std::vector<Slot>(room.waiters)) {
        stop_waiting_private(waiter);
        tell(waiter, FullEvent{});
    }
}

void Lobby::Machine::free_seats(Instant now, const PrivateId& id) {
    PrivateRoom* const room = private_.find(id);
    if (room == nullptr) return;
    room->call = kNone;
    try_join(now, id);
    private_.tidy(id);
}

void Lobby::Machine::undo_join(Instant now, Slot slot, std::array<std::optional<LeftReason>, 2> reasons) {
    const Call& call = calls_[slot];
    const CallId id = call.id;
    const std::array<Slot, 2> sessions{call.members[0].session, call.members[1].session};
    private_.make(call.private_id).call = kNone;
    for (const std::uint8_t i : kBothMembers)
        release_member(now, slot, i);
    erase_call(slot);
    ++stats_.calls_not_met;
    for (const std::uint8_t i : kBothMembers) {
        const auto reason = reasons[i];
        if (reason) tell(sessions[i], LeftEvent{id, *reason});
    }
}

void Lobby::Machine::break_join(Instant now, Slot slot, std::uint8_t leaver, LeftReason partner_hears) {
    const Call& call = calls_[slot];
    const PrivateId private_id = call.private_id;
    if (partner_hears == LeftReason::kKey) {
        refusals_.add(now, private_id, call.members[0].seat, call.members[1].seat);
    }
    std::array<std::optional<LeftReason>, 2> reasons;
    reasons[1U - leaver] = partner_hears;
    undo_join(now, slot, reasons);
    free_seats(now, private_id);
}

// Two who wait on and have been kept apart for long enough: nobody else would join them.
void Lobby::Machine::forget_refusals(Instant now) {
    while (const auto id = refusals_.pop_due(now))
        try_join(now, *id);
}

} // namespace vv::lobby
