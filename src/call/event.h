// What a call tells its owner, and what it tells its driver to do.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "caller/client.h"
#include "caller/code_run.h"
#include "caller/safety_code.h"
#include "ice/candidate.h"
#include "ice/gathering.h"
#include "peer/event.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vv::call {

/// Of one message of the chat, in UTF-16 units as pages count them.
inline constexpr std::size_t kChatLettersMax = 4'000;

enum class ChatError : std::uint8_t {
    kNotConnected, ///< not yet, or no more; or the partner has closed the chat
    kBadSize,      ///< nothing, or more than kChatLettersMax
    kNotText,      ///< no UTF-8
    kFull,         ///< what was said before has not left
};

// ---- for the owner, in the order in which a call comes about

/// The server knows this end, for the first time or again. What it offers stands in `welcome`.
struct Online {
    caller::WelcomeMessage welcome;
};
/// It is away, and is looked for; a call that stands goes on.
struct Offline {};
/// In a room, in which so many wait longer; by a private link, for whoever else has it.
struct Waiting {
    std::uint64_t ahead = 0;
    std::optional<Duration> estimate{};
};
/// Somebody is there. In a room, with Options::accepts off, accept() or decline() is to be said until `answer_by`; else
/// it has been accepted already.
struct Met {
    lobby::CallKind kind{};
    lobby::Media media{}; ///< what the partner brings
    std::vector<std::string> topics{};
    bool is_first = false; ///< this end makes the first offer
    Instant answer_by{};
};
/// It came to nothing, and this end looks on by itself. So may a call that has begun: the partner in a private one has
/// loaded its page again. No Ended is told then.
struct Unmet {
    caller::UnmetReason why{};
};
/// Both have accepted: a connection is looked for.
struct Begun {};

/// Which way the call goes, as far as this end can see.
struct Path {
    ice::CandidateType local = ice::CandidateType::kHost;
    ice::CandidateType remote = ice::CandidateType::kHost;
    SocketAddress to{};
    /// How this end reaches its own relay; nothing where it uses none.
    std::optional<ice::RelayProtocol> own_relay{};

    [[nodiscard]] bool is_relayed() const {
        return local == ice::CandidateType::kRelayed || remote == ice::CandidateType::kRelayed;
    }
    friend bool operator==(const Path&, const Path&) = default;
};
struct PathChanged {
    Path path;
};
/// What the partner says of its own end: it may know of a relay that cannot be seen from here.
struct PartnerPath {
    bool is_relayed = false;
    std::optional<ice::RelayProtocol> relay{};
};
/// Each of the two sends to an address that the other finds on itself (docs/protocol.md): nobody stands in between.
struct ProvenDirect {
    bool is_proven = false;
};
/// There are keys. Once for each connection, of which a call may have several.
struct Secured {
    std::string cipher; ///< of DTLS, by OpenSSL's name
    std::optional<srtp::Profile> srtp{};
};
/// Sound, picture and chat can flow, for the first time or again.
struct Connected {};
/// Nothing comes any more; it is mended by restarts of ICE, for as long as there is hope.
struct Interrupted {};
/// ICE is begun anew, by either end; or the partner, who makes the offers, is asked to, and then it is told once more
/// when that begins (kPartner).
enum class RestartReason : std::uint8_t {
    kInterrupted, ///< nothing has come for some seconds
    kFailed,      ///< the path is lost, or the connection is
    kSign,        ///< the network is another
    kRelay,       ///< no direct path was found: it is the relay's turn
    kHandshake,   ///< the direct path carries checks and no handshake
    kPartner,     ///< the partner has, or wants it
};
struct Restarted {
    RestartReason why{};
    bool is_renewed = false; ///< over another connection, since the former can go on no more; known once it begins
};

/// What both see, and may compare aloud. The same pictures, digits and fingers as on a page.
struct CodeFound {
    caller::SafetyCode code;
};
/// There is none: the partner says nothing of it (nothing), or what it said is not right. Then somebody may stand in
/// between.
struct CodeMissing {
    std::optional<caller::CodeFlaw> flaw{};
};

struct ChatHeard {
    std::string text; ///< as it came, at most kChatLettersMax letters
};
struct SoundHeard {
    peer::AudioFrame frame;
};
struct PictureSeen {
    peer::VideoFrame frame;
};
/// The partner needs a whole picture.
struct KeyframeWanted {};
/// What the partner has switched on.
struct PartnerMedia {
    bool has_picture = false;
    bool has_sound = false;
    bool is_screen = false;
};
/// The partner wants no larger picture and no more of them a second; nothing: whatever there is. A height or rate of 0
/// is no picture at all, and then send_video() holds them back by itself.
struct PictureLimit {
    struct Most {
        std::uint32_t height = 0;
        std::uint32_t rate = 0;
        friend bool operator==(const Most&, const Most&) = default;
    };
    std::optional<Most> most{};
};
/// How the call stands with the server: kAway while that is not there, kHalf while the partner is not back, kLive once
/// both are, kGone when it is not known any more. The path does not need it.
struct StandingChanged {
    caller::Standing standing{};
};

/// This call is over. next() looks for another.
struct Ended {
    caller::EndReason why{};
    std::optional<Duration> retry_after{}; ///< of kCooldown and kBanned
};
/// The session with the server is. Where somebody was still looked for, Ended (kSession) follows; a call that has begun
/// goes on without the server, and then this is told behind its Ended. There is nobody else to be met.
struct Over {
    caller::SessionEnd why{};
};
/// The server refused something. What follows from it is told on its own: for a developer.
struct Refused {
    caller::ErrorMessage error;
};

using Event =
    std::variant<Online, Offline, Waiting, Met, Unmet, Begun, PathChanged, PartnerPath, ProvenDirect, Secured,
                 Connected, Interrupted, Restarted, CodeFound, CodeMissing, ChatHeard, SoundHeard, PictureSeen,
                 KeyframeWanted, PartnerMedia, PictureLimit, StandingChanged, Ended, Over, Refused>;

/// In words, for people and logs: "the partner left".
[[nodiscard]] std::string_view name_of(caller::EndReason why);
[[nodiscard]] std::string_view name_of(RestartReason why);
/// "udp", "tcp", "tls".
[[nodiscard]] std::string_view name_of(ice::RelayProtocol protocol);

// ---- for the driver

/// A peer::PeerConnection in place of the one there is, if any, whose farewell has been said: Call::attach() follows at
/// once. No socket yet.
struct MakeConnection {
    bool has_new_certificate = true; ///< else that of the connection before
};
/// From here on addresses may be found and shown. Said again when any of it changes: what is new is used, what there is
/// stays.
struct Gather {
    std::vector<caller::IceServer> servers;
    bool uses_relays = false;   ///< else only STUN is asked
    bool is_relay_only = false; ///< no packet goes to the partner but through a relay; never taken back
};
/// The addresses of this machine may be others: those that are gone go, new ones come, and relays are asked for anew.
struct LookAgain {};
/// Nothing more comes of it.
struct DropConnection {};
using Command = std::variant<MakeConnection, Gather, LookAgain, DropConnection>;

} // namespace vv::call
