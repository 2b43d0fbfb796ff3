// What a server says, read strictly (docs/protocol.md): identifiers, tokens and bodies
// stay the texts they came as, since nobody here has to look into them.
#pragma once

#include "base/instant.h"
#include "lobby/command.h"
#include "lobby/event.h"
#include "signal/server_message.h"
#include "signal/settings.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vv::caller {

/// One message of a server, in bytes.
inline constexpr std::size_t kServerMessageMax = std::size_t{64} * 1024;
/// No time that a server names is taken for longer.
inline constexpr std::chrono::hours kNamedTimeMax{24 * 366};
inline constexpr std::chrono::seconds kAnswerTime{20};

using signal::IceServer;

struct ChallengeMessage {
    signal::Nonce nonce{};
};
struct RoomInfo {
    std::string tag;
    std::string name;
    bool is_rtl = false;
    std::uint64_t waiting = 0;
    std::uint64_t lately = 0;
};
struct RelayInfo {
    std::string name;
    std::optional<std::string> origin; // nothing: the server's own
};
struct Features {
    bool rooms = false;
    bool private_calls = false;
    std::optional<signal::RoomsClosed> rooms_closed; // why there are no rooms
    bool relay_only = false;                         // the server asks for it in every call
    bool meets_instantly = false;                    // presets the person's own switch, and no more
    std::vector<std::string> topics;
    std::string contact; // empty: none given
    std::string rules;
    std::vector<std::string> stun;
    std::vector<RelayInfo> relays;
};
struct ResumedCall {
    std::string call;
    lobby::Role role{};
    bool is_half = false; // the other is not back yet
};
struct WelcomeMessage {
    std::string session;
    std::string resume;
    std::string epoch;
    bool resumed = false;
    Features features;
    Duration answer_time = kAnswerTime;
    std::optional<std::uint64_t> relay_kbps;
    std::vector<RoomInfo> rooms;
    std::optional<ResumedCall> call;
};
struct TokenMessage {
    std::string resume;
};
struct WaitingMessage {
    std::optional<std::string> room; // nothing in a private call
    std::uint64_t ahead = 0;
    std::optional<Duration> estimate;
};
struct MatchedMessage {
    std::string call;
    lobby::Role role{};
    lobby::Media media{};
    std::vector<std::string> topics;
};
struct AcceptedMessage {
    std::string call;
    std::string intro;
    std::vector<IceServer> ice_servers;
};
struct JoinedMessage {
    std::string call;
    lobby::Role role{};
    std::string noise;
    lobby::Media media{};
};
struct FullMessage {};
struct LeftMessage {
    std::string call;
    lobby::LeftReason reason{};
};
struct RelayMessage {
    std::string call;
    std::string epoch;
    std::uint64_t sequence = 0;
    std::uint64_t id = 0;
    std::string body;
};
struct AckMessage {
    std::string call;
    std::uint64_t id = 0;
};
struct ServersMessage {
    std::string call;
    std::vector<IceServer> ice_servers;
};
struct BackMessage {
    std::string call;
};
struct ProbeMessage {
    std::vector<IceServer> ice_servers;
};
struct PongMessage {};
struct RoomsMessage {
    std::map<std::string, std::uint64_t> waiting;
    std::map<std::string, std::uint64_t> lately;
};
struct ErrorMessage {
    std::string code;
    std::string text; // for a developer
    std::optional<Duration> retry_after;
    std::string about; // the type that was refused; empty: not told
};

/// `ledger` and `noted` answer what is not asked here, and are passed over with what a later server may know.
using ServerMessage = std::variant<ChallengeMessage, WelcomeMessage, TokenMessage, WaitingMessage, MatchedMessage,
                                   AcceptedMessage, JoinedMessage, FullMessage, LeftMessage, RelayMessage, AckMessage,
                                   ServersMessage, BackMessage, ProbeMessage, PongMessage, RoomsMessage, ErrorMessage>;

/// Nothing for what is no JSON object, is of a type not known here, or lacks something that it must have. Never throws.
[[nodiscard]] std::optional<ServerMessage> parse_server_message(std::string_view text);

} // namespace vv::caller
