#include "signal/connection.h"

#include "base/encoding.h"
#include "base/overloaded.h"
#include "crypto/ecdsa.h"
#include "crypto/hash.h"
#include "crypto/hmac.h"
#include "signal/identifiers.h"
#include "signal/resume_proof.h"
#include "signal/turns_url.h"

#include <algorithm>
#include <utility>

namespace vv::signal {
namespace {

using lobby::ClientType;
using lobby::ErrorCode;
using lobby::ErrorEvent;
using lobby::LimitKind;
using lobby::ServerType;
using turn::CredentialClass;

ErrorEvent error_of(ErrorCode code, std::optional<ClientType> about = {}, std::optional<Duration> retry_after = {}) {
    return {.code = code, .about = about, .id = {}, .retry_after = retry_after, .excused = false};
}

// A limit that everybody at the same address shares: it may be others who have used it up.
ErrorEvent neighbours_error(std::optional<ClientType> about, Duration retry_after) {
    ErrorEvent error = error_of(ErrorCode::kRate, about, retry_after);
    error.excused = true;
    return error;
}

// These answer a state of affairs a well-behaved page cannot know of.
bool is_misconduct(const ErrorEvent& error) {
    switch (error.code) {
    case ErrorCode::kQueueFull:
    case ErrorCode::kSkipped:
    case ErrorCode::kReplaced:
    case ErrorCode::kCooldown:
    case ErrorCode::kBanned:
    case ErrorCode::kNotKept:
        return false;
    default:
        return !error.excused;
    }
}

} // namespace

/// What every handler needs: the times, and where its output goes.
struct Connection::Moment {
    Instant now;
    WallTime wall;
    Output& out;
};

Connection::Connection(const ConnectionContext& context, const lobby::PrefixLimits::Lease& lease,
                       const IpAddress& remote, std::string_view host)
    : context_(context),
      greeting_(std::make_unique<Greeting>(Greeting{std::string(host), safety::AddressPrefix::of(remote), {}})),
      ledger_(std::make_unique<lobby::Ledger>()),
      lease_(lease),
      over_ipv6_(remote.family() == AddressFamily::kIpv6 && !remote.is_loopback()) {
    if (context_.settings.turns_on_page) turns_url_ = turns_url(host).value_or("");
}

Connection::~Connection() = default;

void Connection::handle_open(Instant now, Output& out) {
    VV_ASSERT(state_ == State::kNew);
    greeting_->nonce = context_.rng.bytes<32>();
    state_ = State::kChallenged;
    deadline_ = now + kHelloTime;
    send(out, ServerType::kChallenge, write_challenge(greeting_->nonce));
}

void Connection::handle_text(Instant now, WallTime wall, std::string_view text, Output& out) {
    if (state_ == State::kClosed) return;
    const Moment at{now, wall, out};
    if (const auto error = refuse_by_rate(now, text.size())) {
        ledger_->count_in({}, text.size());
        return refuse(at, *error);
    }
    auto message = parse_client_message(text, context_.settings);
    if (!message) return handle_unreadable(at, message.error(), text.size());
    ledger_->count_in(message->type, text.size());
    handle_message(at, *std::move(message));
}

void Connection::handle_unreadable(const Moment& at, const ClientMessageError& error, std::size_t size) {
    ledger_->count_in(error.about, size);
    if (state_ == State::kChallenged && error.about != ClientType::kHello) return refuse_hello_first(at, error.about);
    refuse(at, error_of(error.code, error.about), error.text);
}

void Connection::refuse_hello_first(const Moment& at, std::optional<ClientType> about) {
    refuse(at, error_of(ErrorCode::kHelloFirst, about));
    close(at.out, CloseCode::kNoHello, "hello first");
}

void Connection::handle_message(const Moment& at, ClientMessage message) {
    const auto* const hello = std::get_if<HelloMessage>(&message.body);
    if (state_ == State::kChallenged && hello != nullptr) return handle_hello(at, *hello);
    if (state_ == State::kChallenged) return refuse_hello_first(at, message.type);
    if (state_ == State::kGreeted || hello != nullptr) {
        return refuse(at, error_of(ErrorCode::kBadMessage, message.type),
                      hello != nullptr ? "hello is said once" : "wait for welcome");
    }
    std::visit(Overloaded{
                   [](const HelloMessage&) {},
                   [&](const ProbeMessage&) {
                       confirm(at.out);
                       const auto servers = ice_servers(at.wall, std::nullopt, urls_of_best(lobby::unranked()));
                       send(at.out, ServerType::kProbe, write_probe(servers));
                   },
                   [&](const LedgerMessage&) {
                       confirm(at.out);
                       send(at.out, ServerType::kLedger, write_ledger(*ledger_));
                   },
                   [&](lobby::Command& command) { handle_command(at, message.type, std::move(command)); },
               },
               message.body);
}

void Connection::handle_hello(const Moment& at, const HelloMessage& hello) {
    if (hello.version != kProtocolVersion) {
        refuse(at, error_of(ErrorCode::kBadVersion, ClientType::kHello));
        return close(at.out, CloseCode::kVersion, "version");
    }
    thumbprint_ = crypto::sha256(hello.key);
    const safety::Person person = person_of(hello);
    if (hello.resume) {
        auto command = verify(at, hello.key, *hello.resume);
        if (!command) {
            refuse(at, error_of(ErrorCode::kResumeRefused, ClientType::kHello));
            return close(at.out, CloseCode::kResumeRefused, "resume refused");
        }
        command->person = person;
        at.out.commands.emplace_back(*std::move(command));
    } else {
        at.out.commands.emplace_back(lobby::HelloCommand{person});
    }
    state_ = State::kGreeted;
    in_lobby_ = true;
    greeting_.reset(); // the nonce has served
}

// A page without a token is a new device each time.
safety::Person Connection::person_of(const HelloMessage& hello) const {
    if (hello.device) return {*hello.device, greeting_->prefix};
    const auto fresh = safety::DeviceId::of_token(context_.rng.bytes<safety::DeviceId::kTokenSizeMax>());
    VV_ASSERT(fresh.has_value());
    return {*fresh, greeting_->prefix};
}

std::optional<lobby::ResumeCommand> Connection::verify(const Moment& at, const crypto::P256PublicKey& key,
                                                       const ResumeRequest& request) const {
    const auto contents = context_.sealer.open(request.token);
    if (!contents || contents->expiry <= at.wall || contents->thumbprint != thumbprint_) return std::nullopt;
    const ByteBuffer message = resume_proof_message(greeting_->host, greeting_->nonce, request.token);
    if (!crypto::p256_verify(key, message, request.proof)) return std::nullopt;
    auto call = contents->call;
    if (call && !contents->room.empty()) call->room = context_.settings.rooms.find(contents->room);
    return lobby::ResumeCommand{.session = contents->session,
                                .token_number = contents->number,
                                .epoch = contents->epoch,
                                .call = call,
                                .have = request.have,
                                .blocked = contents->blocked,
                                .blocked_by = contents->blocked_by,
                                .person = {}};
}

void Connection::handle_command(const Moment& at, ClientType type, lobby::Command command) {
    confirmed_ = true; // the lobby confirms at every command
    if (const auto wait = take_prefix_rate(at.now, command)) {
        at.out.commands.emplace_back(lobby::ConfirmCommand{});
        return refuse(at, neighbours_error(type, *wait));
    }
    // It ends the call whether or not it is kept, so the lobby has it in any case. Before both have accepted none is
    // kept.
    auto* const report = std::get_if<lobby::ReportCommand>(&command);
    if (report != nullptr && !asked_) {
        report->wait = reports_.wait_for(at.now, lobby::kReportRate);
        if (!report->wait) report->wait = take_from_prefix(at.now, LimitKind::kReports);
        if (!report->wait) reports_.take(at.now, lobby::kReportRate);
    }
    at.out.commands.push_back(std::move(command));
}

// A session's own bucket first, so that one who floods does not use up what others at the same address share.
std::optional<ErrorEvent> Connection::refuse_by_rate(Instant now, std::size_t bytes) {
    const auto size = static_cast<std::int64_t>(bytes);
    if (const auto wait = take_own_rates(now, size)) return error_of(ErrorCode::kRate, {}, wait);
    auto wait = take_from_prefix(now, LimitKind::kMessages);
    if (!wait) wait = take_from_prefix(now, LimitKind::kBytes, size);
    if (wait) return neighbours_error({}, *wait);
    return std::nullopt;
}

std::optional<Duration> Connection::take_own_rates(Instant now, std::int64_t bytes) {
    const SessionRates& rates = context_.settings.rates;
    const auto message_wait = messages_.wait_for(now, rates.messages);
    const auto byte_wait = bytes_.wait_for(now, rates.bytes, bytes);
    if (message_wait || byte_wait) return std::max(message_wait.value_or(0s), byte_wait.value_or(0s));
    messages_.take(now, rates.messages);
    bytes_.take(now, rates.bytes, bytes);
    return std::nullopt;
}

std::optional<Duration> Connection::take_from_prefix(Instant now, LimitKind kind, std::int64_t units) {
    return context_.prefixes.take(now, lease_, kind, units);
}

// asked_ may lag behind the lobby by what is on its way; then a skip is counted that was none.
std::optional<Duration> Connection::take_prefix_rate(Instant now, const lobby::Command& command) {
    if (std::holds_alternative<lobby::SeekCommand>(command)) return take_from_prefix(now, LimitKind::kSeeks);
    if (std::holds_alternative<lobby::OpenCommand>(command)) return take_from_prefix(now, LimitKind::kOpens);
    if (std::holds_alternative<lobby::DeclineCommand>(command)) return take_from_prefix(now, LimitKind::kSkips);
    if (const auto* const leave = std::get_if<lobby::LeaveCommand>(&command)) {
        if (leave->reason == lobby::LeaveReason::kNext || asked_) return take_from_prefix(now, LimitKind::kSkips);
    }
    const bool complains =
        std::holds_alternative<lobby::BlockCommand>(command) || std::holds_alternative<lobby::ReportCommand>(command);
    // Counted as the skip it is, but never refused because of others.
    if (complains && asked_) (void)take_from_prefix(now, LimitKind::kSkips);
    return std::nullopt;
}

/// Words the lobby's events, one call for each kind.
class Connection::EventHandler {
public:
    EventHandler(Connection& connection, const Moment& at) : self_(connection), at_(at) {}

    void operator()(lobby::WelcomeEvent& event) const {
        self_.state_ = State::kOpen;
        self_.session_ = event.session;
        self_.deadline_ = at_.now + kTokenRenewal;
        if (event.ledger) self_.ledger_->add(*event.ledger);
        send(ServerType::kWelcome, write_welcome(event, self_.seal(at_, event.token), self_.stun_urls(), settings()));
    }
    void operator()(const lobby::ResumeRefusedEvent&) const {
        end(ErrorCode::kResumeRefused, CloseCode::kResumeRefused, "resume refused");
    }
    void operator()(const lobby::ServerFullEvent&) const {
        end(ErrorCode::kServerFull, CloseCode::kServerFull, "server full");
    }
    void operator()(const lobby::SupersededEvent&) const {
        self_.hand_over_ledger(at_.out);
        self_.close(at_.out, CloseCode::kSuperseded, "came back elsewhere");
    }
    void operator()(const lobby::LedgerEvent& event) const {
        if (event.ledger) self_.ledger_->add(*event.ledger);
    }
    void operator()(const lobby::TokenEvent& event) const {
        self_.deadline_ = at_.now + kTokenRenewal;
        send(ServerType::kToken, write_token(self_.seal(at_, event.token)));
    }
    void operator()(const lobby::WaitingEvent& event) const {
        send(ServerType::kWaiting, write_waiting(event, settings()));
    }
    void operator()(const lobby::MatchedEvent& event) const {
        self_.asked_ = true;
        send(ServerType::kMatched, write_matched(event, settings()));
    }
    void operator()(const lobby::JoinedEvent& event) const { send(ServerType::kJoined, write_joined(event)); }
    void operator()(const lobby::FullEvent&) const { send(ServerType::kFull, write_full()); }
    void operator()(const lobby::AcceptedEvent& event) const {
        self_.asked_ = false;
        const auto urls = self_.urls_of_best(event.relays);
        send(ServerType::kAccepted, write_accepted(event, self_.ice_servers(at_.wall, event.call, urls)));
    }
    // Whoever asks in a call has lost the way or holds old credentials. In the first case the relay may be what is
    // gone, and who asks once more is to hear of another.
    void operator()(const lobby::ServersEvent& event) const {
        if (const auto region = self_.best_region(event.relays)) self_.context_.regions->look_again(*region);
        const auto urls = self_.urls_to_come_back(event.relays);
        send(ServerType::kServers, write_servers(event.call, self_.ice_servers(at_.wall, event.call, urls)));
    }
    void operator()(const lobby::LeftEvent& event) const {
        self_.asked_ = false;
        send(ServerType::kLeft, write_left(event));
    }
    void operator()(const lobby::AckEvent& event) const { send(ServerType::kAck, write_ack(event)); }
    void operator()(const lobby::RelayEvent& event) const {
        send(ServerType::kRelay, write_relay(event, settings().epoch));
    }
    void operator()(const lobby::BackEvent& event) const { send(ServerType::kBack, write_back(event)); }
    void operator()(const lobby::NotedEvent& event) const { send(ServerType::kNoted, write_noted(event)); }
    void operator()(const lobby::PongEvent&) const { send(ServerType::kPong, write_pong()); }
    void operator()(const lobby::RoomsEvent& event) const { send(ServerType::kRooms, write_rooms(event, settings())); }
    void operator()(const ErrorEvent& event) const { self_.refuse(at_, event); }

private:
    [[nodiscard]] const Settings& settings() const { return self_.context_.settings; }
    void send(ServerType type, std::string text) const { self_.send(at_.out, type, std::move(text)); }
    void end(ErrorCode error, CloseCode code, std::string_view reason) const {
        self_.in_lobby_ = false; // the lobby has made no session of this connection
        send(ServerType::kError, write_error(error_of(error, ClientType::kHello)));
        self_.close(at_.out, code, reason);
    }

    Connection& self_;
    const Moment& at_;
};

void Connection::handle_lobby_event(Instant now, WallTime wall, lobby::Event event, Output& out) {
    if (state_ == State::kClosed) return;
    const Moment at{now, wall, out};
    std::visit(EventHandler(*this, at), event.body);
}

void Connection::handle_timeout(Instant now, Output& out) {
    const auto deadline = poll_timeout();
    if (!deadline || now < *deadline) return;
    if (state_ == State::kOpen) {
        deadline_ = now + kTokenRenewal;
        out.commands.emplace_back(lobby::RenewTokenCommand{});
        return;
    }
    send(out, ServerType::kError, write_error(error_of(ErrorCode::kHelloFirst)));
    close(out, CloseCode::kNoHello, "no hello in time");
}

void Connection::handle_going_away(Instant /*now*/, Duration retry_after, Output& out) {
    if (state_ == State::kClosed) return;
    send(out, ServerType::kError, write_error(error_of(ErrorCode::kGoingAway, {}, retry_after)));
    close(out, CloseCode::kGoingAway, "going away");
}

void Connection::handle_closed(Instant /*now*/, Output& out) {
    state_ = State::kClosed;
    if (in_lobby_) hand_over_ledger(out);
}

std::optional<Instant> Connection::poll_timeout() const {
    if (state_ == State::kChallenged || state_ == State::kOpen) return deadline_;
    return std::nullopt;
}

void Connection::send(Output& out, ServerType type, std::string text) {
    ledger_->count_out(type, text.size());
    out.texts.push_back(std::move(text));
}

void Connection::refuse(const Moment& at, const ErrorEvent& error, std::string_view text) {
    send(at.out, ServerType::kError, write_error(error, text));
    if (is_misconduct(error)) count_refusal(at.now, at.out);
}

void Connection::count_refusal(Instant now, Output& out) {
    if (refused_ == 0 || now - refused_since_ >= kRefusedWindow) {
        refused_ = 0;
        refused_since_ = now;
    }
    if (++refused_ >= kRefusedMax) close(out, CloseCode::kTooManyRefused, "too many refused messages");
}

void Connection::close(Output& out, CloseCode code, std::string_view reason) {
    if (state_ == State::kClosed) return;
    state_ = State::kClosed;
    out.close = Close{code, reason};
}

void Connection::confirm(Output& out) {
    if (!std::exchange(confirmed_, true)) out.commands.emplace_back(lobby::ConfirmCommand{});
}

void Connection::hand_over_ledger(Output& out) {
    in_lobby_ = false;
    const bool known = session_ != lobby::SessionId{};
    out.commands.emplace_back(lobby::DetachCommand{known ? std::optional(session_) : std::nullopt, std::move(ledger_)});
    ledger_ = std::make_unique<lobby::Ledger>(); // what is said after this belongs to nobody
}

std::string Connection::seal(const Moment& at, const lobby::TokenGrant& grant) const {
    const auto room = grant.call ? grant.call->room : std::nullopt;
    return context_.sealer.seal({.session = session_,
                                 .number = grant.number,
                                 .thumbprint = thumbprint_,
                                 .epoch = context_.settings.epoch,
                                 .expiry = at.wall + kTokenLifetime,
                                 .call = grant.call,
                                 .room = room ? context_.settings.rooms.at(*room).tag : std::string(),
                                 .blocked = grant.blocked,
                                 .blocked_by = grant.blocked_by},
                                context_.rng);
}

// The same for every credential of one end of one call: the relay counts allocations by it, and asking for fresh
// credentials must not bring a fresh share. An HMAC, so that it tells nobody which call or session it is.
std::string Connection::relay_leg(const std::optional<lobby::CallId>& call) const {
    constexpr std::size_t kLegSize = 9;
    const std::string name = "visavis/1 leg " + write_id(session_) + (call ? " " + write_id(*call) : "");
    const auto digest = crypto::hmac_sha256(context_.settings.state_key, as_bytes(name));
    return base64url_encode(ByteView(digest).first(kLegSize));
}

std::vector<std::string> Connection::own_urls() const {
    const Settings& settings = context_.settings;
    const bool is_told_ipv6 = over_ipv6_ && !settings.ice_urls_ipv6.empty();
    std::vector<std::string> urls = is_told_ipv6 ? settings.ice_urls_ipv6 : settings.ice_urls;
    if (turns_url_.empty()) return urls;
    // Both ways for who is let out to the web's ports alone: the one where TLS is broken open, the other where what is
    // no TLS or HTTP is stopped. Without a STUN that TURN on the same place stands for, since pages know that each UDP
    // port of the relay is one for STUN too; any other is the only way over UDP in its family, and stays.
    if (std::ranges::any_of(urls, is_on_web_port)) {
        std::erase_if(urls, [given = urls](const std::string& url) { return is_told_as_turn(url, given); });
    }
    urls.resize(std::min(urls.size(), kIceUrlsMax - 1));
    urls.push_back(turns_url_);
    return urls;
}

// Without one of its own, TURN over UDP on the same place stands for it, as pages know too.
std::vector<std::string> Connection::stun_urls() const {
    constexpr std::string_view kTurn = "turn:";
    constexpr std::string_view kUdp = "?transport=udp";
    std::vector<std::string> urls = own_urls();
    const auto relay = std::ranges::find_if(
        urls, [&](const std::string& url) { return url.starts_with(kTurn) && url.ends_with(kUdp); });
    std::string instead;
    if (relay != urls.end())
        instead = "stun:" + relay->substr(kTurn.size(), relay->size() - kTurn.size() - kUdp.size());
    std::erase_if(urls, [](const std::string& url) { return !url.starts_with("stun:"); });
    if (urls.empty() && !instead.empty()) urls.push_back(std::move(instead));
    return urls;
}

// The best for the two of those that work. This server's own works, since it is this program, until it drains.
std::vector<std::string> Connection::urls_of_best(const lobby::RelayOrder& order) const {
    const auto region = best_region(order);
    return region ? context_.settings.regions[*region].ice_urls : own_urls();
}

// For a call that stands. Its region's relay may be gone without our knowing yet, and a browser that restarts ICE with
// that one alone gives up before the next restart: so our own relay goes along, in place of STUN, which a call that
// needs a relay can miss. Of ours the last URLs, which reach furthest.
std::vector<std::string> Connection::urls_to_come_back(const lobby::RelayOrder& order) const {
    const auto region = best_region(order);
    if (!region) return own_urls();
    if (!own_relay_is_up()) return context_.settings.regions[*region].ice_urls;
    const auto is_stun = [](const std::string& url) { return url.starts_with("stun"); };
    std::vector<std::string> urls = context_.settings.regions[*region].ice_urls;
    std::vector<std::string> own = own_urls();
    std::erase_if(urls, is_stun);
    std::erase_if(own, is_stun);
    urls.resize(std::min(urls.size(), kIceUrlsMax - 1));
    const std::size_t room = std::min(own.size(), kIceUrlsMax - urls.size());
    urls.insert(urls.end(), own.end() - static_cast<std::ptrdiff_t>(room), own.end());
    return urls;
}

bool Connection::own_relay_is_up() const {
    return context_.regions == nullptr || context_.regions->is_own_up();
}

// Nothing: this server's own, which is also what is left where none works.
std::optional<std::size_t> Connection::best_region(const lobby::RelayOrder& order) const {
    for (const std::uint8_t relay : order) {
        if (relay == 0 && own_relay_is_up()) return std::nullopt;
        if (relay == 0) continue;
        const std::size_t region = relay - 1U;
        const bool is_known = region < context_.settings.regions.size() && context_.regions != nullptr;
        if (is_known && context_.regions->is_up(region)) return region;
    }
    return std::nullopt;
}

std::vector<IceServer> Connection::ice_servers(WallTime wall, const std::optional<lobby::CallId>& call,
                                               const std::vector<std::string>& urls) const {
    const Settings& settings = context_.settings;
    const bool probe = !call;
    IceServer stun;
    IceServer turn;
    for (const auto& url : urls) {
        (url.starts_with("stun") ? stun : turn).urls.push_back(url);
    }
    std::vector<IceServer> servers;
    if (!stun.urls.empty()) servers.push_back(std::move(stun));
    if (turn.urls.empty() || settings.turn_secret.empty()) return servers;
    const WallTime expiry = wall + (probe ? kProbeCredentialTime : kCallCredentialTime);
    auto credential = turn::make_rest_credential(
        settings.turn_secret.view(), expiry, probe ? kProbeCredentialTime : kAllocationLifeMax,
        probe ? CredentialClass::kProbe : CredentialClass::kCall, relay_leg(call));
    turn.username = std::move(credential.username);
    turn.credential = std::move(credential.password);
    servers.push_back(std::move(turn));
    return servers;
}

} // namespace vv::signal
