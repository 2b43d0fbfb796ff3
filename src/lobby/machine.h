// The lobby's inside: one set of tables, worked on by three groups of rules, each in
// a file of its own (machine_sessions, machine_rooms, machine_calls, machine_private, machine_safety).
#pragma once

#include "lobby/language_room.h"
#include "lobby/lobby.h"
#include "lobby/private_rooms.h"
#include "lobby/session.h"
#include "lobby/slab.h"
#include "lobby/timer_heap.h"

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace vv::lobby {

class Lobby::Machine {
public:
    Machine(const LobbyConfig& config, Rng& rng);

    void handle_input(Instant now, ConnectionId from, Command& command);
    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<Event> poll_event();
    [[nodiscard]] std::optional<Instant> poll_timeout() const;
    [[nodiscard]] std::optional<FiledReport> poll_report();
    void handle_report_kept(Instant now, std::uint64_t ticket, std::optional<safety::ReportId> report);
    void handle_record(Instant now, safety::Record record);
    [[nodiscard]] LobbyStats stats() const;

private:
    using Slot = std::uint32_t;

    // Events. A session that is away is told nothing.
    void emit(ConnectionId to, Event::Body body) { events_.push_back({to, std::move(body)}); }
    void tell(Slot session, Event::Body body);
    void refuse(Slot session, ErrorCode code, ClientType about, std::optional<Duration> retry_after = {},
                std::optional<std::uint64_t> id = {});
    /// Takes from the gate; if it is empty, tells the session when to come back and answers false.
    bool pass(Instant now, Slot session, RateGate& gate, const Rate& rate, ClientType about);

    // Sessions (machine_sessions.cpp).
    void begin(Instant now, ConnectionId from, const HelloCommand& command);
    void resume(Instant now, ConnectionId from, const ResumeCommand& command);
    void detach(Instant now, ConnectionId from, DetachCommand& command);
    void confirm(Slot session);
    [[nodiscard]] std::optional<Slot> find_session(const SessionId& id) const;
    [[nodiscard]] std::optional<Slot> find_or_recreate(Instant now, const ResumeCommand& command);
    [[nodiscard]] Slot make_session(Instant now, const SessionId& id, const safety::Person& person);
    [[nodiscard]] SessionId fresh_session_id();
    void disconnect(Instant now, Slot session);
    void attach(Slot session, ConnectionId connection, const std::optional<Have>& have, bool resumed);
    /// For how long it may come back.
    [[nodiscard]] Duration resume_time(const Session& away) const;
    void remove_session(Instant now, Slot session);
    [[nodiscard]] std::vector<RoomCount> all_rooms() const;
    [[nodiscard]] std::vector<RoomChange> rooms_changed_since(std::uint64_t change) const;
    [[nodiscard]] TokenGrant next_token(Slot session);
    [[nodiscard]] std::optional<ResumeCall> resume_call_of(const Session& session) const;
    void handle_session_timer(Instant now, Slot session);
    /// One of the two has blocked the other.
    [[nodiscard]] static bool is_blocked(const Session& a, const Session& b);

    // Rooms (machine_rooms.cpp).
    void seek(Instant now, Slot session, const SeekCommand& command);
    void unseek(Instant now, Slot session);
    void enter_line(Instant now, Slot session);
    void leave_line(Instant now, Slot session);
    /// Looks for a partner; true if there was one. The session may stand in the line or be about to.
    bool try_match(Instant now, Slot session);
    void start_meeting(Instant now, Slot waiting, Slot newcomer);
    void return_to_line(Instant now, Slot session);
    void note_change(LanguageRoom& room);
    void note_lately(LanguageRoom& room);
    /// Counts the session among those who looked for someone in its room; who enters the line is counted there.
    void count_lately(Instant now, Slot session);
    void uncount_lately(Instant now, Slot session);
    void forget_lately(Instant now);

    // Calls (machine_calls.cpp).
    [[nodiscard]] Slot make_call(CallKind kind, Slot first, Slot second);
    void accept(Instant now, Slot session, AcceptCommand& command);
    void decline(Instant now, Slot session, const DeclineCommand& command);
    void relay(Instant now, Slot session, RelayCommand& command);
    void servers(Instant now, Slot session, const ServersCommand& command);
    void leave(Instant now, Slot session, const LeaveCommand& command);
    void block(Instant now, Slot session, const BlockCommand& command);
    void ping(Slot session, const PingCommand& command);

    /// The session's call if it has this identifier; else `not_member` is told.
    [[nodiscard]] Call* member_call(Instant now, Slot session, const CallId& id, ClientType about);
    void go_live(Slot slot);
    void take_have(Slot session, const Have& have);
    void mark_intro_arrived(Call& call, std::uint8_t member);
    void resend(Slot session, const std::optional<Have>& have);
    /// This member goes before both have accepted; nothing told to it.
    void withdraw(Instant now, Slot slot, std::uint8_t member, LeftReason partner_hears);
    /// No reason: this member's seat was opened elsewhere.
    void end_standing(Instant now, Slot slot, std::array<std::optional<LeftReason>, 2> reasons);
    void tell_end(Instant now, Slot session, const CallId& id, std::optional<LeftReason> reason);
    void end_by(Instant now, Slot session, LeftReason partner_hears);
    /// Takes the member out of the call and remembers the meeting; its session is idle afterwards.
    void release_member(Instant now, Slot slot, std::uint8_t member);
    void erase_call(Slot slot);
    void free_held(std::size_t bytes);
    void handle_call_timer(Instant now, Slot slot);
    void handle_no_answer(Instant now, Slot slot);
    /// False if the call has ended or others have its seats.
    [[nodiscard]] bool restore_call(Instant now, Slot session, const ResumeCall& resume);
    void make_half(Instant now, Slot session, const ResumeCall& resume, std::uint8_t me);
    void enter_restored(Slot session, Slot call, std::uint8_t member);

    // Reports and what follows from them (machine_safety.cpp).
    void report(Instant now, Slot session, ReportCommand& command);
    bool file_report(const Session& reporter, const FormerCall& about, ReportCommand& command);
    /// The standing call as it will be remembered.
    [[nodiscard]] static FormerCall remembered(const Call& call, std::uint8_t member);
    void answer_report(Slot session, Event::Body answer);
    /// Why the session may not look for someone now; nothing if it may. Counts the refusal.
    [[nodiscard]] std::optional<ErrorEvent> seek_refusal(Instant now, const Session& session);
    /// The same for a ban or a cooldown only, which also take out of a line.
    [[nodiscard]] std::optional<ErrorEvent> bar(Instant now, const Session& session);
    void begin_recheck() { recheck_from_ = 0; }
    void recheck_slice(Instant now);
    void take_out(Instant now, Slot session);

    // Private calls (machine_private.cpp).
    void forget_refusals(Instant now);
    void open(Instant now, Slot session, OpenCommand& command);
    void stop_waiting_private(Slot session);
    void replace_seat(Instant now, const PrivateId& id, const SeatId& seat);
    void try_join(Instant now, const PrivateId& id);
    void start_join(Instant now, PrivateRoom& room, Slot first, Slot second);
    /// The call holds both seats: whoever waits is told `full`.
    void fill_seats(const PrivateId& id, Slot call);
    void free_seats(Instant now, const PrivateId& id);
    /// Before both have accepted: neither is in a call any more, and each hears what is given for it.
    void undo_join(Instant now, Slot slot, std::array<std::optional<LeftReason>, 2> reasons);
    /// The same because this member goes; whoever waits gets a chance then.
    void break_join(Instant now, Slot slot, std::uint8_t leaver, LeftReason partner_hears);

    [[nodiscard]] static TimerHeap::Owner session_timer(Slot slot) { return slot * 2; }
    [[nodiscard]] static TimerHeap::Owner call_timer(Slot slot) { return slot * 2 + 1; }

    LobbyConfig config_;
    Rng& rng_;
    Slab<Session> sessions_;
    Slab<Call> calls_;
    // Keys are random numbers of our own or the driver's; never walked.
    std::unordered_map<std::uint64_t, Slot> by_key_; // key_of(session)
    std::unordered_map<std::uint64_t, Slot> by_connection_;
    std::vector<LanguageRoom> rooms_;
    PrivateRooms private_;
    SeatRefusals refusals_;
    TimerHeap timers_;
    std::vector<Event> events_;
    std::size_t next_event_ = 0;
    std::uint64_t next_ticket_ = 1;
    std::uint64_t changes_ = 1; // of any room's counts
    LatelyCount::Minute lately_minute_ = 0;

    /// A report that is being kept.
    struct PendingReport {
        SessionId reporter;
        CallId call;
        safety::Person person;
        safety::DeviceId meant;
        safety::ReportCategory category = safety::ReportCategory::kOther;
        bool counts = false; // towards a cooldown
    };
    safety::Guard guard_;
    std::map<std::uint64_t, PendingReport> pending_reports_; // by ticket
    std::vector<FiledReport> filed_;
    std::size_t next_filed_ = 0;
    std::uint64_t last_ticket_ = 0;
    Instant now_{};                    // of the last call
    std::optional<Slot> recheck_from_; // sessions from here on may have lost the right to wait
    LobbyStats stats_;
};

} // namespace vv::lobby
