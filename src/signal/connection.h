// The server's end of one WebSocket: it reads what a page sends, checks form,
// proof and rate, asks the lobby, and words the lobby's answers. It lives on the
// shard of its socket; the lobby may live elsewhere.
#pragma once

#include "base/instant.h"
#include "base/rate.h"
#include "base/rng.h"
#include "lobby/command.h"
#include "lobby/event.h"
#include "lobby/ids.h"
#include "lobby/ledger.h"
#include "lobby/prefix_limits.h"
#include "signal/client_message.h"
#include "signal/resume_token.h"
#include "signal/server_message.h"
#include "signal/settings.h"
#include "turn/rest_credential.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::signal {

/// WebSocket close codes (docs/protocol.md).
enum class CloseCode : std::uint16_t {
    kGoingAway = 1012, // the server restarts
    kServerFull = 1013,
    kNoHello = 4000,
    kResumeRefused = 4001,
    kSuperseded = 4002,
    kTooManyRefused = 4003,
    kVersion = 4004,
};

struct Close {
    CloseCode code{};
    std::string_view reason; // static text
};

/// What a handle_* call wants done, in this order: send the texts, post the commands, close.
/// The driver may use one Output again and again; it clears it.
struct Output {
    std::vector<std::string> texts;
    std::vector<lobby::Command> commands;
    std::optional<Close> close;

    void clear() {
        texts.clear();
        commands.clear();
        close.reset();
    }
};

/// What all connections of one shard share; outlives them.
struct ConnectionContext {
    const Settings& settings;
    const TokenSealer& sealer;
    lobby::PrefixKeeper& prefixes;
    Rng& rng;                        // cryptographic
    RegionHealth* regions = nullptr; // none: no region's relay is given out
};

class Connection {
public:
    /// lease: from context.prefixes, given back by the driver. remote: where the connection comes from. host: the
    /// authority of the page's address as browsers write it (the Host header, or what the operator configured).
    Connection(const ConnectionContext& context, const lobby::PrefixLimits::Lease& lease, const IpAddress& remote,
               std::string_view host);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// Once, when the WebSocket is open: the challenge.
    void handle_open(Instant now, Output& out);
    /// One text message. After `close` was asked for, further messages are ignored.
    void handle_text(Instant now, WallTime wall, std::string_view text, Output& out);
    void handle_lobby_event(Instant now, WallTime wall, lobby::Event event, Output& out);
    void handle_timeout(Instant now, Output& out);
    /// The server stops: says when to come back, and closes. The session stays in the lobby.
    void handle_going_away(Instant now, Duration retry_after, Output& out);
    /// The socket is gone or was closed by either side: tells the lobby, once. No texts.
    void handle_closed(Instant now, Output& out);
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

    /// True from `welcome` on.
    [[nodiscard]] bool has_session() const { return state_ == State::kOpen; }

private:
    enum class State : std::uint8_t { kNew, kChallenged, kGreeted, kOpen, kClosed };
    /// What only the time before `hello` needs.
    struct Greeting {
        std::string host;
        safety::AddressPrefix prefix;
        Nonce nonce{};
    };
    struct Moment;
    class EventHandler;

    void handle_message(const Moment& at, ClientMessage message);
    void handle_unreadable(const Moment& at, const ClientMessageError& error, std::size_t size);
    void refuse_hello_first(const Moment& at, std::optional<lobby::ClientType> about);
    void handle_hello(const Moment& at, const HelloMessage& hello);
    [[nodiscard]] safety::Person person_of(const HelloMessage& hello) const;
    [[nodiscard]] std::optional<lobby::ResumeCommand> verify(const Moment& at, const crypto::P256PublicKey& key,
                                                             const ResumeRequest& request) const;
    void handle_command(const Moment& at, lobby::ClientType type, lobby::Command command);
    [[nodiscard]] std::optional<lobby::ErrorEvent> refuse_by_rate(Instant now, std::size_t bytes);
    [[nodiscard]] std::optional<Duration> take_own_rates(Instant now, std::int64_t bytes);
    [[nodiscard]] std::optional<Duration> take_from_prefix(Instant now, lobby::LimitKind kind, std::int64_t units = 1);
    [[nodiscard]] std::optional<Duration> take_prefix_rate(Instant now, const lobby::Command& command);

    void send(Output& out, lobby::ServerType type, std::string text);
    void refuse(const Moment& at, const lobby::ErrorEvent& error, std::string_view text = {});
    void count_refusal(Instant now, Output& out);
    void close(Output& out, CloseCode code, std::string_view reason);
    void confirm(Output& out);
    void hand_over_ledger(Output& out);
    [[nodiscard]] std::string seal(const Moment& at, const lobby::TokenGrant& grant) const;
    /// call: nothing for the connection check, which is about this server's own relay.
    [[nodiscard]] std::vector<IceServer> ice_servers(WallTime wall, const std::optional<lobby::CallId>& call,
                                                     const std::vector<std::string>& urls) const;
    [[nodiscard]] std::vector<std::string> urls_of_best(const lobby::RelayOrder& order) const;
    [[nodiscard]] std::vector<std::string> urls_to_come_back(const lobby::RelayOrder& order) const;
    [[nodiscard]] bool own_relay_is_up() const;
    [[nodiscard]] std::optional<std::size_t> best_region(const lobby::RelayOrder& order) const;
    [[nodiscard]] std::vector<std::string> own_urls() const;
    [[nodiscard]] std::vector<std::string> stun_urls() const;
    [[nodiscard]] std::string relay_leg(const std::optional<lobby::CallId>& call) const;

    const ConnectionContext& context_;
    std::unique_ptr<Greeting> greeting_;
    std::unique_ptr<lobby::Ledger> ledger_;
    Instant deadline_{}; // of `hello`; then of the token's renewal
    Instant refused_since_{};
    std::uint32_t refused_ = 0;
    lobby::PrefixLimits::Lease lease_;
    std::string turns_url_; // empty: none
    bool over_ipv6_;        // and not by way of a proxy on this machine, which says nothing of whom it speaks for
    RateGate messages_;
    RateGate bytes_;
    RateGate reports_; // those the lobby may keep
    lobby::SessionId session_;
    std::array<std::uint8_t, 32> thumbprint_{}; // SHA-256 of the page's key
    State state_ = State::kNew;
    bool confirmed_ = false; // a first message after `welcome` has come
    bool asked_ = false;     // matched in a room, and not yet accepted by both
    bool in_lobby_ = false;  // the lobby has heard of this connection and not yet of its end
};

} // namespace vv::signal
