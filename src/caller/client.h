// A person's end of visavis without a browser, up to the connection itself: looks for
// somebody in a room or by a private link, exchanges what a connection needs, and
// carries its bodies, sealed where the call has keys. No sockets, no clock, no WebRTC.
//
//   idle → seeking → card → accepting → connecting → connected → ended
//            ↑______________________|  (not met: back in the queue)
//
// In a private call the card is accepted without asking a person: holding the link's
// key is the consent. The owner calls, then drains poll_command() for the WebSocket
// and poll_event() for itself, and comes back at poll_timeout().
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "caller/bodies.h"
#include "caller/client_message.h"
#include "caller/door.h"
#include "caller/session.h"
#include "caller/stranger_sealing.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vv::caller {

/// The server decides when a card has lapsed; this much later this end does without it.
inline constexpr std::chrono::seconds kAnswerGrace{4};
/// Before a private call is opened again.
inline constexpr std::chrono::milliseconds kReopenTime{500};
/// For the first path to come about; and without one, before a call that the server does not know any more is lost.
inline constexpr std::chrono::seconds kConnectTime{30};
inline constexpr std::chrono::seconds kLostTime{30};
/// The server has this session somewhere else: asked again after this, twice as long each time, so often at most.
inline constexpr std::chrono::seconds kBusyRetryTime{1};
inline constexpr unsigned kBusyRetriesMax = 5;

enum class Phase : std::uint8_t { kIdle, kSeeking, kCard, kAccepting, kConnecting, kConnected, kEnded };

enum class EndReason : std::uint8_t {
    kYou,         ///< this end left, or declined
    kSilent,      ///< this end gave no answer
    kLeft,        ///< the partner left
    kNext,        ///< the partner went on to somebody else
    kFailed,      ///< no connection came about
    kLost,        ///< one broke and did not mend
    kGone,        ///< the partner did not come back
    kNoRelay,     ///< a relay was wanted and the server names none
    kFingerprint, ///< somebody between the two changed the certificate
    kKey,         ///< the two do not hold the same key
    kFull,        ///< two others are in the private call
    kReplaced,    ///< it is open elsewhere with the same seat
    kClosed,      ///< no such room, or the server offers none
    kSession,     ///< the session with the server has ended for good
    kCooldown,    ///< rooms are shut to this device for a while: several people have reported it
    kBanned,      ///< by the operator
};

/// Why a meeting led back to the search.
enum class UnmetReason : std::uint8_t {
    kNotMet, ///< it was not wanted, or they are not there any more
    kReload, ///< the partner's page was loaded again
    kKey,    ///< somebody without the link's key was there
};

/// How the call stands with the server. The call itself needs it only to be set up and repaired.
enum class Standing : std::uint8_t { kLive, kHalf, kAway, kGone };

struct Wish {
    SeekPrefs prefs;
    bool hides_address = false; // the person's own word; the server's counts as much
};

/// This end's, for one partner: certificate and ufrag are fresh.
struct OwnDescription {
    std::string fingerprint; // "sha-256 4A:AD:…"
    std::string ufrag;
    std::string pwd;
    std::string sdp; // an offer without candidates; empty where this end is not the one that offers
};
struct PartnerDescription {
    // Which its descriptions must name; empty in a private call, whose bodies nobody else can write.
    std::string fingerprint;
    std::optional<std::string> sdp;        // the offer, where this end answers
    bool relay_only = false;               // it tells no candidate but its relay's
    std::vector<CandidateInit> candidates; // of that offer, found before both had accepted; they are not told again
};

// What the owner is told.
struct Online {
    WelcomeMessage welcome;
};
struct Offline {};
/// The server is gone for good: a search ends next, and a call that has begun goes on, as kGone.
struct SessionOver {
    SessionEnd why{};
};
struct Waiting {
    std::uint64_t ahead = 0;
    std::optional<Duration> estimate;
};
/// Somebody is there: to be answered with accept() or decline().
struct Met {
    std::string call;
    lobby::CallKind kind{};
    bool offers = false;     // this end describes itself with an offer
    bool relay_only = false; // this end's candidates are to be its relay's alone
    lobby::Media media{};    // the partner's
    std::vector<std::string> topics{};
    Instant answer_by{};
};
/// This end is looking again.
struct Unmet {
    UnmetReason why{};
};
/// Both have accepted: connect.
struct Begun {
    std::vector<IceServer> ice_servers;
    PartnerDescription partner;
    bool relay_only = false;
};
struct BodyHeard {
    Body body;
};
/// What ask_servers() and ask_probe() led to.
struct ServersRenewed {
    std::vector<IceServer> ice_servers;
};
struct Probed {
    std::vector<IceServer> ice_servers;
};
struct StandingChanged {
    Standing standing{};
};
struct Ended {
    EndReason why{};
    std::optional<Duration> retry_after{}; // of kCooldown and kBanned
};
/// The server refused something; what follows from it is told on its own. For a developer.
struct Refused {
    ErrorMessage error;
};
using ClientEvent = std::variant<Online, Offline, SessionOver, Waiting, Met, Unmet, Begun, BodyHeard, ServersRenewed,
                                 Probed, StandingChanged, Ended, Refused>;

class Client {
public:
    /// rng: cryptographic; outlives the client.
    Client(SessionConfig config, Rng& rng);

    void start(Instant now);
    /// Leaves whatever there is to leave and ends the session for good.
    void stop(Instant now);

    // From the driver.
    void handle_text(Instant now, std::string_view text);
    void handle_closed(Instant now, std::uint16_t code);
    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<Instant> poll_timeout() const;
    [[nodiscard]] std::optional<SessionCommand> poll_command() { return session_.poll_command(); }
    [[nodiscard]] std::optional<ClientEvent> poll_event();

    // From the person. Each waits for the server where that is away.
    void seek(Instant now, std::string room, Wish wish);
    /// Opens, or joins, the private call of this key. seat: 16 random bytes of this participant.
    void open(Instant now, const LinkKey& key, const lobby::Bytes16& seat, Wish wish);
    /// Answers Met. A description of more than the server carries fails the call.
    void accept(const OwnDescription& own);
    void decline();
    void leave(Instant now, lobby::LeaveReason reason = lobby::LeaveReason::kLeft);
    /// On to somebody else in the same room, or the same private call anew.
    void next(Instant now);

    // From the connection, while a call is up.
    /// False when no call is up, and for a body of more than the server carries: neither is told.
    bool tell(const Body& body);
    /// False when the server is away; ServersRenewed answers, in a call.
    bool ask_servers();
    bool ask_probe();
    /// The path stands, or is broken.
    void handle_path(Instant now, bool stands);
    /// No connection came about, or the partner's description named another certificate.
    void fail(Instant now, EndReason why = EndReason::kFailed);
    /// The partner has said goodbye on the control channel.
    void handle_bye(Instant now, EndReason why);
    /// After a sign that the network may be another: asks at once whether the server is there.
    void check(Instant now);
    // From the run of the safety code. Private calls are sealed by their link from the beginning and stay so.
    void handle_code_agreed(const Agreed& agreed);
    void handle_code_done(std::uint64_t taken);
    void handle_code_sealed();
    /// The partner's newest body, as CodeRun wants it.
    [[nodiscard]] std::uint64_t taken() const { return sealing_.taken(); }

    [[nodiscard]] Phase phase() const { return phase_; }
    [[nodiscard]] const std::string& call() const { return call_; }
    [[nodiscard]] Standing standing() const { return standing_; }

private:
    struct PrivateLink {
        crypto::SecretBytes key; // a LinkKey
        lobby::Bytes16 seat{};
    };

    void pump(Instant now);
    void handle_up(Instant now, WelcomeMessage welcome);
    void handle_server(Instant now, ServerMessage& message);
    void handle_matched(Instant now, MatchedMessage& matched);
    void handle_joined(Instant now, JoinedMessage& joined);
    void handle_accepted(Instant now, AcceptedMessage& accepted);
    void handle_private_accepted(Instant now, AcceptedMessage& accepted);
    void handle_relay(const RelayMessage& relay);
    void handle_left(Instant now, lobby::LeftReason reason);
    void handle_error(Instant now, ErrorMessage& error);
    [[nodiscard]] bool may_be_unread(const std::string& about) const;
    void handle_busy(Instant now);
    void handle_given_up(Instant now);

    void start_seeking(Instant now);
    void ask(Instant now);
    void send_wish();
    void prepare_round(std::optional<UnmetReason> unmet);
    void reopen_soon(Instant now, UnmetReason why);
    void meet(Instant now, Phase phase, std::string call);
    void begin(std::vector<IceServer> servers, PartnerDescription partner);
    void fail_meeting(EndReason why);
    void finish(Instant now, lobby::LeaveReason reason, EndReason shown);
    void end(EndReason why, std::optional<Duration> retry_after = {});
    void drop();
    void set_standing(Standing standing);
    void plan_loss(Instant now);
    [[nodiscard]] std::vector<IceServer> allowed(std::vector<IceServer> servers) const;
    [[nodiscard]] bool is_private() const { return link_.has_value(); }
    [[nodiscard]] bool in_call() const { return phase_ == Phase::kConnecting || phase_ == Phase::kConnected; }
    [[nodiscard]] bool is_meeting() const { return phase_ == Phase::kCard || phase_ == Phase::kAccepting; }
    [[nodiscard]] bool is_looking() const { return phase_ == Phase::kSeeking || is_meeting(); }
    template <typename Event>
    void tell_owner(Event event) {
        events_.emplace_back(std::move(event));
    }

    Rng& rng_;
    Session session_;
    Phase phase_ = Phase::kIdle;
    bool is_over_ = false;    // the session has ended for good
    bool must_relay_ = false; // the server allows nothing else; only ever gets stricter
    Duration answer_time_ = kAnswerTime;

    std::string room_;
    std::optional<PrivateLink> link_; // nothing: a room
    Wish wish_;
    bool relay_only_ = false;
    bool wish_heard_ = false; // the server has said that it has the newest wish
    unsigned busy_retries_ = 0;

    std::string call_;
    std::string former_; // the call before this one
    std::unique_ptr<Door> door_;
    StrangerSealing sealing_;
    bool offers_ = false;
    bool partner_relay_only_ = false;
    std::string last_accept_;
    Standing standing_ = Standing::kLive;
    std::optional<Instant> path_lost_since_; // nothing: it stands

    std::optional<Instant> answer_by_;
    std::optional<Instant> connect_by_;
    std::optional<Instant> retry_at_;
    std::optional<Instant> lost_at_;
    std::deque<ClientEvent> events_;
};

} // namespace vv::caller
