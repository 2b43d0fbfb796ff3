// What the lobby tells a connection: plain values that may cross threads. An event
// for a connection that is gone is dropped by the driver, nothing else.
#pragma once

#include "base/instant.h"
#include "lobby/command.h"
#include "lobby/ids.h"
#include "lobby/ledger.h"
#include "lobby/relay_ranking.h"
#include "safety/key_ring.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vv::lobby {

/// Codes of `error` (docs/protocol.md, Refusals); some are raised by the connection alone.
enum class ErrorCode : std::uint8_t {
    kBadMessage,
    kBadVersion,
    kHelloFirst,
    kResumeRefused,
    kUnknownRoom,
    kRoomsClosed,
    kPrivateClosed,
    kBusy,
    kNotMember,
    kNotAccepted,
    kReplaced,
    kQueueFull,
    kSkipped,
    kRate,
    kServerFull,
    kGoingAway,
    kCooldown,
    kBanned,
    kNotKept,
};

enum class LeftReason : std::uint8_t { kLeft, kNext, kFailed, kGone, kReload, kKey, kNotMet, kSilent, kYou };

enum class CallState : std::uint8_t { kHalf, kLive };

/// What the next resume token of a session holds.
struct TokenGrant {
    std::uint32_t number = 0;
    std::optional<ResumeCall> call;
    std::vector<PersonKey> blocked{};    // at most kBlockedInTokenMax
    std::vector<PersonKey> blocked_by{}; // the same
};

struct RoomCount {
    RoomIndex room;
    std::uint32_t waiting = 0;
    std::uint32_t lately = 0; // people who looked for someone within the last hour, those who wait included

    friend bool operator==(const RoomCount&, const RoomCount&) = default;
};

/// What changed of a room's counts.
struct RoomChange {
    RoomIndex room;
    std::optional<std::uint32_t> waiting;
    std::optional<std::uint32_t> lately;

    friend bool operator==(const RoomChange&, const RoomChange&) = default;
};

/// The call a session has come back to.
struct ResumedCall {
    CallState state = CallState::kLive;
    bool partner_here = false;
};

struct WelcomeEvent {
    SessionId session;
    bool resumed = false;
    TokenGrant token; // token.call is the call of `resumed_call`, if there is one
    std::optional<ResumedCall> resumed_call;
    std::vector<RoomCount> rooms; // all of them
    std::unique_ptr<Ledger> ledger;
};
/// Answers a hello; the connection closes.
struct ResumeRefusedEvent {};
struct ServerFullEvent {};
/// The session has come back on another connection; this one closes and no longer belongs to it.
struct SupersededEvent {};
/// What the superseded connection had counted.
struct LedgerEvent {
    std::unique_ptr<Ledger> ledger;
};
struct TokenEvent {
    TokenGrant token;
};
struct WaitingEvent {
    std::optional<RoomIndex> room; // nothing: a private call
    std::uint32_t ahead = 0;
    std::optional<std::uint32_t> estimate_seconds;
};
struct MatchedEvent {
    CallId call;
    Role role = Role::kA;
    RoomIndex room;
    Media partner_media = Media::kVideo;
    TopicSet common_topics;
};
struct JoinedEvent {
    CallId call;
    Role role = Role::kA;
    std::string noise;
    Media partner_media = Media::kVideo;
};
struct FullEvent {};
struct AcceptedEvent {
    CallId call;
    std::string intro;
    RelayOrder relays = unranked();
};
struct LeftEvent {
    CallId call;
    LeftReason reason = LeftReason::kLeft;
};
struct AckEvent {
    CallId call;
    std::uint64_t id = 0;
};
struct RelayEvent {
    CallId call;
    std::uint64_t sequence = 0;
    std::uint64_t id = 0;
    std::string body;
};
struct ServersEvent {
    CallId call;
    RelayOrder relays = unranked();
};
struct BackEvent {
    CallId call;
};
struct NotedEvent {
    CallId call;
    ClientType what = ClientType::kBlock; // or kReport
};
struct PongEvent {};
/// Rooms whose counts changed since this session was last told.
struct RoomsEvent {
    std::vector<RoomChange> rooms;
};
struct ErrorEvent {
    ErrorCode code = ErrorCode::kBadMessage;
    std::optional<ClientType> about;
    std::optional<std::uint64_t> id;
    std::optional<Duration> retry_after;
    /// No misconduct: about the session's own call that has just ended, or a limit others have used up.
    bool excused = false;
};

/// A report to be kept, on its way out of the lobby; answered by Lobby::handle_report_kept().
struct FiledReport {
    std::uint64_t ticket = 0;
    safety::ReportCategory category = safety::ReportCategory::kOther;
    std::string note;
    std::optional<RoomIndex> room; // nothing: a private call
    safety::Marks meant;
};

struct Event {
    using Body =
        std::variant<WelcomeEvent, ResumeRefusedEvent, ServerFullEvent, SupersededEvent, LedgerEvent, TokenEvent,
                     WaitingEvent, MatchedEvent, JoinedEvent, FullEvent, AcceptedEvent, LeftEvent, AckEvent, RelayEvent,
                     ServersEvent, BackEvent, NotedEvent, PongEvent, RoomsEvent, ErrorEvent>;
    ConnectionId to;
    Body body;
};

} // namespace vv::lobby
