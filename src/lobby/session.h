// What the lobby keeps for one session and for one call.
#pragma once

#include "base/instant.h"
#include "base/rate.h"
#include "lobby/body_queue.h"
#include "lobby/command.h"
#include "lobby/event.h"
#include "lobby/history.h"
#include "lobby/ids.h"
#include "lobby/lately_count.h"
#include "lobby/ledger.h"
#include "lobby/slab.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vv::lobby {

enum class Place : std::uint8_t { kIdle, kWaiting, kWaitingPrivate, kInCall };

/// When a session last stopped looking for someone in a room.
struct Looked {
    RoomIndex room;
    LatelyCount::Minute minute = 0;
};

/// What only those sessions need that have looked for someone or reported somebody.
struct RoomPast {
    std::vector<Looked> looked; // newest last
    RateGate reports;
    std::vector<Event::Body> answers; // to reports, while away
};

struct PrivateWait {
    PrivateId id;
    SeatId seat;
    std::string noise;
};

/// There may be very many: what few need is behind pointers.
struct Session {
    SessionId id;
    Place place = Place::kIdle;
    bool confirmed = false;  // a message has come since `welcome`
    bool kept_place = false; // lost its connection while waiting: room, ticket and since are kept for the next seek
    std::uint8_t member = 0; // which of the call's two
    Preferences prefs;
    RoomIndex room;
    std::uint32_t call = kNone;
    ConnectionId connection; // zero while away
    std::uint64_t ticket = 0;
    Instant waiting_since;
    std::uint64_t rooms_told = 0; // the lobby's count of changes up to which this session knows the rooms
    std::uint32_t token_number = 0;
    std::uint32_t token_floor = 0;   // tokens below are refused
    std::uint32_t welcome_token = 0; // becomes the floor when confirmed
    RateGate seeks;
    RateGate skips;
    RateGate opens;
    safety::Person person;
    Instant last_seek; // or the session's beginning
    std::unique_ptr<RoomPast> room_past;
    std::unique_ptr<History> history;
    std::unique_ptr<PrivateWait> private_wait; // while waiting at a private link
    std::unique_ptr<Ledger> ledger;            // while away
    std::unique_ptr<LeftEvent> left_while_away;

    [[nodiscard]] bool is_away() const { return connection.value() == 0; }
    [[nodiscard]] PersonKey key() const { return {key_of(id), key_of(person.device)}; }
    History& past() {
        if (!history) history = std::make_unique<History>();
        return *history;
    }
    RoomPast& rooms() {
        if (!room_past) room_past = std::make_unique<RoomPast>();
        return *room_past;
    }
};

/// kFailing: one has declined or was lost, the other does not know it yet.
enum class CallPhase : std::uint8_t { kAsking, kFailing, kLive, kHalf };

struct Member {
    std::uint32_t session = kNone; // gone, or not yet back after a restart
    bool accepted = false;
    bool has_intro = false; // has shown that `accepted` arrived
    SessionId id;           // stays when the session is gone, as does the person
    safety::Person person;
    bool is_known = false; // has been here in this life of the server: `person` is filled in
    SeatId seat;           // private calls
    std::string intro;     // this one's, for the other, until the other has it
    RelayTimes relays{};   // as this one has measured them
    BodyQueue incoming;
};

inline constexpr std::array<std::uint8_t, 2> kBothMembers = {0, 1};

/// The first member has role a.
struct Call {
    CallId id;
    CallKind kind = CallKind::kRoom;
    CallPhase phase = CallPhase::kAsking;
    std::optional<RoomIndex> room; // of a call in one
    PrivateId private_id;
    Instant answer_by;
    bool notice_at_mark = false;    // kFailing: the other hears of it at answer_by, not before
    RelayOrder relays = unranked(); // the best for the two first; not kept over a restart of the server
    std::array<Member, 2> members;

    [[nodiscard]] bool is_standing() const { return phase == CallPhase::kLive || phase == CallPhase::kHalf; }
};

} // namespace vv::lobby
