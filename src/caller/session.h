// One person's session with the server: greets it, comes back after a loss with proof
// of being the same, and carries the bodies of the call that is up so that each
// arrives once and in order. What the messages mean is not known here.
//
//   idle → connecting → open → (lost) waiting → connecting → …   and   closed, from which nothing leads back
//
// Text and time go in, and after each handle_* or other call the driver drains
// poll_command() (open a WebSocket, send, give it up) and the owner poll_event().
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/rng.h"
#include "caller/backoff.h"
#include "caller/mail.h"
#include "caller/server_message.h"
#include "crypto/ecdsa.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vv::caller {

/// A connection on which nothing was heard for this long is asked whether it lives, up to this much sooner.
inline constexpr std::chrono::seconds kPingTime{20};
inline constexpr std::chrono::seconds kPingJitter{4};
/// A server that says nothing for this long after a ping is taken for lost; after a sign that it may be, for this long.
inline constexpr std::chrono::seconds kPongTime{8};
inline constexpr std::chrono::milliseconds kCheckTime{2500};
/// From the first packet to `welcome`.
inline constexpr std::chrono::seconds kGreetingTime{10};
/// A connection that stood this long begins the plan for coming back again.
inline constexpr std::chrono::seconds kSteadyTime{5};
/// Where the server has not named a time.
inline constexpr std::chrono::seconds kStayAwayTime{1};
/// After 4003, too many refused messages: something is wrong here that haste would not mend.
inline constexpr std::chrono::seconds kRefusedTime{30};
inline constexpr std::chrono::seconds kQueueFullTime{2};
inline constexpr std::chrono::milliseconds kSkippedTime{200};
/// After bodies that were refused for haste, at least.
inline constexpr std::chrono::seconds kHasteTime{1};
/// Messages that wait for the next connection; questions kept in mind.
inline constexpr std::size_t kPostsMax = 16;
inline constexpr std::size_t kPingsMax = 32;

// What the driver is to do. There is one WebSocket at a time; of a former one nothing is told any more.
struct Connect {};
struct SendText {
    std::string text;
};
struct Disconnect {};
using SessionCommand = std::variant<Connect, SendText, Disconnect>;

enum class SessionEnd : std::uint8_t {
    kStopped,   ///< by stop()
    kElsewhere, ///< this session came back on another connection
    kVersion,   ///< the server speaks other versions
};

struct SessionUp {
    WelcomeMessage welcome;
};
/// Once for each loss, and for a first connection that does not come about.
struct SessionDown {};
struct SessionClosed {
    SessionEnd why{};
};
/// Everything that is not the session's own business; a RelayMessage only when it is new and in order.
struct SessionHeard {
    ServerMessage message;
};
using SessionEvent = std::variant<SessionUp, SessionDown, SessionClosed, SessionHeard>;

struct SessionConfig {
    std::string host;  // the authority of the page's address as browsers write it: what the proof is bound to
    ByteBuffer device; // 16 to 32 bytes by which the server knows the device; empty: a new device
};

class Session {
public:
    /// rng: cryptographic; outlives the session.
    Session(SessionConfig config, Rng& rng);

    void start(Instant now);
    /// Ends the session for good.
    void stop();

    void handle_text(Instant now, std::string_view text);
    /// The connection has ended, or did not come about (1006, as browsers call that).
    void handle_closed(Instant now, std::uint16_t code);
    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<Instant> poll_timeout() const;
    [[nodiscard]] std::optional<SessionCommand> poll_command();
    [[nodiscard]] std::optional<SessionEvent> poll_event();

    /// False when there is no connection: nothing is kept.
    bool send(std::string text);
    /// Sends now or, when the server is away, as soon as this same session is back.
    void post(std::string text);
    /// From here on bodies belong to this call; what an earlier call still had is forgotten.
    void begin_call(std::string_view call);
    void end_call();
    /// Hands a body to the server, now or when it is back; the number it goes under. Nothing without a call.
    std::optional<std::uint64_t> relay(std::string body);
    /// After a sign that the connection may carry nothing: it is left, and made anew at once, unless something is heard
    /// soon.
    void check(Instant now);

    [[nodiscard]] bool is_open() const { return state_ == State::kOpen; }
    [[nodiscard]] const std::string& epoch() const { return epoch_; }
    [[nodiscard]] const std::string& host() const { return config_.host; }

private:
    enum class State : std::uint8_t { kIdle, kConnecting, kOpen, kWaiting, kClosed };
    /// by: nothing once something else was heard.
    struct Ping {
        std::optional<Instant> by;
        bool is_sign = false;
    };

    void connect(Instant now);
    void greet(const signal::Nonce& nonce);
    void handle_welcome(Instant now, WelcomeMessage welcome);
    void take_up_call(const WelcomeMessage& welcome, bool is_same_epoch);
    void resend();
    void resend_later(Instant now, Duration wait);
    void handle_relay(Instant now, RelayMessage relay);
    void handle_error(Instant now, ErrorMessage error);
    void hear(Instant now, bool is_pong);
    void watch(Instant now);
    void ping(Instant now, Duration answer_time, bool is_sign = false);
    [[nodiscard]] bool asks_for_sign() const;
    void stay_away(Instant now, Duration wait);
    void forget_token();
    void lose(Instant now, bool at_once = false);
    void release();
    void finish(SessionEnd why);
    void write(std::string text) { commands_.emplace_back(SendText{std::move(text)}); }
    void tell(ServerMessage message) { events_.emplace_back(SessionHeard{std::move(message)}); }

    SessionConfig config_;
    Rng& rng_;
    crypto::P256Signer key_;
    State state_ = State::kIdle;
    bool has_connection_ = false; // the driver has one, or is making it
    bool has_greeted_ = false;
    bool loss_told_ = false;
    std::string token_;
    std::string epoch_;
    Backoff backoff_;
    std::deque<Ping> pings_;
    std::vector<std::string> posts_;
    std::optional<CallMail> mail_;
    std::string gap_at_;
    Instant not_before_{}; // the server does not want to be asked sooner
    std::optional<Instant> greeting_by_;
    std::optional<Instant> retry_at_;
    std::optional<Instant> ping_at_; // asks, or gives up if an answer is due
    std::optional<Instant> steady_at_;
    std::optional<Instant> resend_at_;
    std::deque<SessionCommand> commands_;
    std::deque<SessionEvent> events_;
};

} // namespace vv::caller
