// What a connection asks of the lobby: plain values that may cross threads. Forms
// and sizes have been checked by whoever makes them (src/signal); the lobby checks
// meaning only.
#pragma once

#include "base/instant.h"
#include "lobby/ids.h"
#include "lobby/ledger.h"
#include "lobby/relay_ranking.h"
#include "safety/person.h"
#include "safety/report.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vv::lobby {

enum class Media : std::uint8_t { kSound, kVideo };
enum class Need : std::uint8_t { kAny, kVideo };
enum class Role : std::uint8_t { kA, kB };
enum class CallKind : std::uint8_t { kRoom, kPrivate };
enum class LeaveReason : std::uint8_t { kLeft, kNext, kKey, kFailed };

struct Preferences {
    Media media = Media::kVideo;
    Need need = Need::kAny;
    TopicSet topics;

    friend bool operator==(const Preferences&, const Preferences&) = default;
};

/// The last relayed body a page has received in order; sequence 0: none, but `accepted` has come.
struct Have {
    Epoch epoch;
    std::uint64_t sequence = 0;

    friend bool operator==(const Have&, const Have&) = default;
};

/// What a resume token holds so that a call can exist again after a restart of the server.
struct ResumeCall {
    CallId call;
    Role role = Role::kA;
    CallKind kind = CallKind::kRoom;
    SessionId partner;
    std::optional<RoomIndex> room{}; // a call in a room, if that is still offered
    PrivateId private_id{};          // private calls only
    SeatId seat{};
    SeatId partner_seat{};

    friend bool operator==(const ResumeCall&, const ResumeCall&) = default;
};

/// A new session on this connection.
struct HelloCommand {
    safety::Person person{};
};
/// An old session on this connection; token and proof have been verified.
struct ResumeCommand {
    SessionId session;
    std::uint32_t token_number = 0;
    Epoch epoch; // of the server that sealed the token
    std::optional<ResumeCall> call;
    std::optional<Have> have;
    std::vector<PersonKey> blocked{}; // as the token has it
    std::vector<PersonKey> blocked_by{};
    safety::Person person{};
};
/// The connection is gone, or about to be. ledger: what it counted.
struct DetachCommand {
    std::optional<SessionId> session; // once `welcome` has come
    std::unique_ptr<Ledger> ledger;
};
/// The first message after `welcome` has come: older tokens end.
struct ConfirmCommand {};
/// The newest token is half its life old.
struct RenewTokenCommand {};
struct SeekCommand {
    RoomIndex room;
    Preferences prefs;
};
struct UnseekCommand {};
struct OpenCommand {
    PrivateId id;
    SeatId seat;
    std::string noise;
    Preferences prefs;
};
struct AcceptCommand {
    CallId call;
    std::string intro;
    RelayTimes relays{}; // as this end has measured them
};
struct DeclineCommand {
    CallId call;
};
struct RelayCommand {
    CallId call;
    std::uint64_t id = 0;
    std::string body;
};
struct ServersCommand {
    CallId call;
};
struct LeaveCommand {
    CallId call;
    LeaveReason reason = LeaveReason::kLeft;
};
struct BlockCommand {
    CallId call;
};
struct ReportCommand {
    CallId call;
    safety::ReportCategory category = safety::ReportCategory::kOther;
    std::string note{};             // what else the reporter said
    std::optional<Duration> wait{}; // too much has been reported from the reporter's address block to keep more
};
struct PingCommand {
    std::optional<Have> have;
};

using Command = std::variant<HelloCommand, ResumeCommand, DetachCommand, ConfirmCommand, RenewTokenCommand, SeekCommand,
                             UnseekCommand, OpenCommand, AcceptCommand, DeclineCommand, RelayCommand, ServersCommand,
                             LeaveCommand, BlockCommand, ReportCommand, PingCommand>;

} // namespace vv::lobby
