#include "caller/session.h"

#include "base/overloaded.h"
#include "caller/client_message.h"
#include "signal/resume_proof.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace vv::caller {
namespace {

// Close codes of the protocol.
constexpr std::uint16_t kResumeRefusedCode = 4001;
constexpr std::uint16_t kSupersededCode = 4002;
constexpr std::uint16_t kTooManyRefusedCode = 4003;
constexpr std::uint16_t kVersionCode = 4004;

crypto::P256Signer make_key(Rng& rng) {
    for (;;) {
        auto scalar = rng.bytes<crypto::kP256PrivateKeySize>();
        auto signer = crypto::P256Signer::from_private_key(scalar);
        crypto::secure_wipe(scalar);
        if (signer) return *std::move(signer); // all but one of 2^32 are below the group's order
    }
}

} // namespace

Session::Session(SessionConfig config, Rng& rng) : config_(std::move(config)), rng_(rng), key_(make_key(rng)) {}

void Session::start(Instant now) {
    if (state_ == State::kIdle) connect(now);
}

void Session::stop() {
    finish(SessionEnd::kStopped);
}

void Session::connect(Instant now) {
    retry_at_.reset();
    state_ = State::kConnecting;
    has_connection_ = true;
    has_greeted_ = false;
    greeting_by_ = now + kGreetingTime;
    commands_.emplace_back(Connect{});
}

void Session::handle_text(Instant now, std::string_view text) {
    if (!has_connection_) return;
    auto message = parse_server_message(text);
    if (state_ == State::kOpen) hear(now, message && std::holds_alternative<PongMessage>(*message));
    if (!message) return;
    std::visit(Overloaded{
                   [&](ChallengeMessage& challenge) { greet(challenge.nonce); },
                   [&](WelcomeMessage& welcome) { handle_welcome(now, std::move(welcome)); },
                   [&](ErrorMessage& error) { handle_error(now, std::move(error)); },
                   [&](TokenMessage& token) {
                       if (state_ == State::kOpen) token_ = std::move(token.resume);
                   },
                   [&](RelayMessage& relay) { handle_relay(now, std::move(relay)); },
                   [&](AckMessage& ack) {
                       if (mail_ && ack.call == mail_->call) mail_->out.handle_ack(ack.id);
                   },
                   [&](auto& other) {
                       if (state_ != State::kOpen) return;
                       using Other = std::remove_reference_t<decltype(other)>;
                       if constexpr (std::is_same_v<Other, AcceptedMessage>) {
                           if (mail_ && other.call == mail_->call) mail_->in.handle_accepted(epoch_);
                       }
                       if constexpr (std::is_same_v<Other, BackMessage>) {
                           if (mail_ && other.call == mail_->call) resend();
                       }
                       tell(std::move(other));
                   },
               },
               *message);
}

void Session::greet(const signal::Nonce& nonce) {
    if (state_ != State::kConnecting || std::exchange(has_greeted_, true)) return;
    std::optional<Resumption> resumption;
    if (!token_.empty()) {
        const auto proof = key_.sign(signal::resume_proof_message(config_.host, nonce, token_));
        resumption = Resumption{token_, proof, mail_ ? mail_->in.have() : std::nullopt};
    }
    write(write_hello(key_.public_key(), config_.device, resumption));
}

void Session::handle_welcome(Instant now, WelcomeMessage welcome) {
    if (state_ != State::kConnecting || !has_greeted_) return;
    greeting_by_.reset();
    const bool is_same_epoch = epoch_ == welcome.epoch;
    state_ = State::kOpen;
    token_ = welcome.resume;
    epoch_ = welcome.epoch;
    not_before_ = {};
    loss_told_ = false;
    watch(now);
    steady_at_ = now + kSteadyTime;
    for (std::string& text : std::exchange(posts_, {})) {
        if (welcome.resumed) write(std::move(text));
    }
    take_up_call(welcome, is_same_epoch);
    events_.emplace_back(SessionUp{std::move(welcome)});
}

// A call that exists for one member only takes no bodies yet: `back` says when it does.
void Session::take_up_call(const WelcomeMessage& welcome, bool is_same_epoch) {
    if (!mail_) return;
    if (!welcome.resumed || !welcome.call || welcome.call->call != mail_->call) {
        mail_->is_held = true;
        return;
    }
    mail_->sends_all = mail_->sends_all || !is_same_epoch;
    mail_->is_held = welcome.call->is_half;
    if (!mail_->is_held) resend();
}

void Session::resend() {
    resend_at_.reset();
    if (!mail_ || state_ != State::kOpen) return;
    const auto letters = mail_->out.to_resend(mail_->sends_all);
    mail_->is_held = mail_->sends_all = false;
    for (const Letter& letter : letters)
        write(write_relay(mail_->call, letter));
}

void Session::resend_later(Instant now, Duration wait) {
    if (!mail_) return;
    mail_->is_held = true;
    resend_at_ = now + wait;
}

void Session::handle_relay(Instant now, RelayMessage relay) {
    if (state_ != State::kOpen || !mail_ || relay.call != mail_->call) return;
    const auto incoming = mail_->in.handle_relay(relay.epoch, relay.sequence, relay.id, epoch_);
    if (mail_->in.is_time_to_tell()) ping(now, kPongTime);
    if (incoming == Inbox::Incoming::kNew) return tell(std::move(relay));
    if (incoming != Inbox::Incoming::kGap) return;
    // Something was lost on the way: coming back with `have` fetches it. Once for each place, so as not to go round in
    // circles.
    const auto have = mail_->in.have();
    std::string at = relay.epoch + ' ' + relay.call + ' ' + std::to_string(have ? have->sequence : 0);
    if (gap_at_ == at) return;
    gap_at_ = std::move(at);
    lose(now);
}

void Session::handle_error(Instant now, ErrorMessage error) {
    const std::string& code = error.code;
    if (code == "resume_refused") return forget_token();
    if (code == "bad_version") return finish(SessionEnd::kVersion);
    if (code == "queue_full") return resend_later(now, kQueueFullTime);
    if (code == "skipped") {
        // Follows a refusal of an earlier one, which may have planned that already.
        if (mail_ && !mail_->is_held) resend_later(now, kSkippedTime);
        return;
    }
    if (code == "going_away" || code == "server_full") stay_away(now, error.retry_after.value_or(kStayAwayTime));
    if (code == "rate") {
        // It may have been a ping that was not read: which answer belongs to which is not known any more.
        pings_.clear();
        // Without `about` nobody can say which message was not read: it may have been a body.
        const bool is_body = error.about == "relay";
        // What is named is the time for one more; so many bodies at once would be refused again, and that too often.
        if (is_body || error.about.empty())
            resend_later(now, std::max(error.retry_after.value_or(kHasteTime), Duration(kHasteTime)));
        if (is_body) return;
    }
    if (state_ == State::kOpen) tell(std::move(error));
}

void Session::handle_closed(Instant now, std::uint16_t code) {
    if (!std::exchange(has_connection_, false)) return;
    commands_.clear(); // what was still to go out on it
    if (code == kSupersededCode) return finish(SessionEnd::kElsewhere);
    if (code == kVersionCode) return finish(SessionEnd::kVersion);
    if (code == kResumeRefusedCode) forget_token();
    if (code == kTooManyRefusedCode) stay_away(now, kRefusedTime);
    // A router that has forgotten the connection ends it where something is sent: after a sign that is a question.
    lose(now, asks_for_sign());
}

void Session::handle_timeout(Instant now) {
    const auto is_due = [now](std::optional<Instant>& at) {
        if (!at || *at > now) return false;
        at.reset();
        return true;
    };
    if (is_due(retry_at_)) connect(now);
    if (is_due(greeting_by_)) lose(now);
    if (is_due(steady_at_)) backoff_.reset();
    if (is_due(resend_at_)) resend();
    if (!is_due(ping_at_)) return;
    const bool is_unanswered =
        std::ranges::any_of(pings_, [now](const Ping& ping) { return ping.by && *ping.by <= now; });
    if (is_unanswered)
        lose(now, asks_for_sign());
    else
        ping(now, kPongTime);
}

std::optional<Instant> Session::poll_timeout() const {
    std::optional<Instant> first;
    for (const auto& at : {greeting_by_, retry_at_, ping_at_, steady_at_, resend_at_}) {
        if (at && (!first || *at < *first)) first = at;
    }
    return first;
}

std::optional<SessionCommand> Session::poll_command() {
    if (commands_.empty()) return std::nullopt;
    SessionCommand command = std::move(commands_.front());
    commands_.pop_front();
    return command;
}

std::optional<SessionEvent> Session::poll_event() {
    if (events_.empty()) return std::nullopt;
    SessionEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
}

bool Session::send(std::string text) {
    if (state_ != State::kOpen) return false;
    write(std::move(text));
    return true;
}

void Session::post(std::string text) {
    if (state_ == State::kOpen)
        write(std::move(text));
    else if (state_ != State::kClosed && posts_.size() < kPostsMax)
        posts_.push_back(std::move(text));
}

void Session::begin_call(std::string_view call) {
    if (mail_ && mail_->call == call) return;
    end_call();
    mail_ = CallMail{.call = std::string(call)};
}

void Session::end_call() {
    mail_.reset();
    resend_at_.reset();
}

std::optional<std::uint64_t> Session::relay(std::string body) {
    if (!mail_) return std::nullopt;
    const Letter letter = mail_->out.add(std::move(body));
    if (state_ == State::kOpen && !mail_->is_held) write(write_relay(mail_->call, letter));
    return letter.id;
}

void Session::check(Instant now) {
    if (state_ == State::kOpen) ping(now, kCheckTime, true);
}

void Session::hear(Instant now, bool is_pong) {
    // It answers in order, so that what it said to an old question says nothing of a newer.
    if (is_pong && !pings_.empty()) pings_.pop_front();
    if (!is_pong) {
        for (Ping& ping : pings_)
            ping.by.reset();
    }
    watch(now);
}

// Until the first question that is not answered in time; without one, until the connection has been quiet for a while.
void Session::watch(Instant now) {
    std::optional<Instant> due;
    for (const Ping& ping : pings_) {
        if (ping.by && (!due || *ping.by < *due)) due = ping.by;
    }
    ping_at_ = due ? *due : now + kPingTime - drawn_below(rng_, kPingJitter);
}

void Session::ping(Instant now, Duration answer_time, bool is_sign) {
    write(write_ping(mail_ ? mail_->in.have() : std::nullopt));
    pings_.push_back({now + answer_time, is_sign});
    if (pings_.size() > kPingsMax) pings_.pop_front();
    watch(now);
}

bool Session::asks_for_sign() const {
    return std::ranges::any_of(pings_, &Ping::is_sign);
}

void Session::stay_away(Instant now, Duration wait) {
    not_before_ = std::max(not_before_, now + wait);
}

// The server is there and does not know this session: a new one need not wait.
void Session::forget_token() {
    if (token_.empty()) return;
    token_.clear();
    posts_.clear();
    backoff_.reset();
}

// at_once: this end alone has found out, and a first new attempt need not be spread.
void Session::lose(Instant now, bool at_once) {
    release();
    state_ = State::kWaiting;
    if (!std::exchange(loss_told_, true)) events_.emplace_back(SessionDown{});
    if (at_once && now >= not_before_) {
        backoff_.handle_try();
        return connect(now);
    }
    retry_at_ = now + backoff_.next(std::max(Duration(0), not_before_ - now), rng_);
}

void Session::release() {
    if (std::exchange(has_connection_, false)) commands_.emplace_back(Disconnect{});
    pings_.clear();
    greeting_by_.reset();
    ping_at_.reset();
    steady_at_.reset();
    resend_at_.reset();
}

void Session::finish(SessionEnd why) {
    if (state_ == State::kClosed) return;
    release();
    retry_at_.reset();
    state_ = State::kClosed;
    token_.clear();
    events_.emplace_back(SessionClosed{why});
}

} // namespace vv::caller
