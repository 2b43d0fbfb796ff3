#include "caller/client.h"

#include "base/encoding.h"
#include "base/overloaded.h"
#include "caller/own_relays.h"
#include "signal/settings.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace vv::caller {

using lobby::LeaveReason;
using lobby::LeftReason;

namespace {

// Whether the server carries a body, plain and sealed: what is told in plain may have to be told again, sealed. One
// that it refuses would stand in the way of every later one.
bool is_carried(std::string_view call, const Body& body) {
    constexpr std::uint64_t kLongestId = std::numeric_limits<std::uint64_t>::max();
    const std::string text = write_body(body, kLongestId);
    return sealed_size(text.size()) <= signal::kBodyBytesMax &&
           write_relay(call, {kLongestId, text}).size() <= signal::kMessageBytesMax;
}

} // namespace

Client::Client(SessionConfig config, Rng& rng) : rng_(rng), session_(std::move(config), rng) {}

void Client::start(Instant now) {
    session_.start(now);
    pump(now);
}

void Client::stop(Instant now) {
    leave(now);
    session_.stop();
    pump(now);
}

void Client::handle_text(Instant now, std::string_view text) {
    session_.handle_text(now, text);
    pump(now);
}

void Client::handle_closed(Instant now, std::uint16_t code) {
    session_.handle_closed(now, code);
    pump(now);
}

void Client::check(Instant now) {
    session_.check(now);
    pump(now);
}

void Client::handle_timeout(Instant now) {
    session_.handle_timeout(now);
    pump(now);
    const auto is_due = [now](std::optional<Instant>& at) {
        if (!at || *at > now) return false;
        at.reset();
        return true;
    };
    if (is_due(connect_by_) && phase_ == Phase::kConnecting) fail(now);
    if (is_due(lost_at_) && in_call() && standing_ == Standing::kGone) end(EndReason::kLost);
    if (is_due(answer_by_)) {
        if (phase_ == Phase::kCard) {
            session_.send(write_decline(call_));
            end(EndReason::kSilent);
        } else if (phase_ == Phase::kAccepting) {
            prepare_round(UnmetReason::kNotMet);
            if (session_.is_open()) send_wish();
        }
    }
    if (is_due(retry_at_)) {
        if (phase_ == Phase::kSeeking && session_.is_open()) send_wish();
        if (phase_ == Phase::kAccepting && !last_accept_.empty()) session_.send(last_accept_);
    }
}

std::optional<Instant> Client::poll_timeout() const {
    std::optional<Instant> first = session_.poll_timeout();
    for (const auto& at : {answer_by_, connect_by_, retry_at_, lost_at_}) {
        if (at && (!first || *at < *first)) first = at;
    }
    return first;
}

std::optional<ClientEvent> Client::poll_event() {
    if (events_.empty()) return std::nullopt;
    ClientEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
}

void Client::pump(Instant now) {
    while (auto event = session_.poll_event()) {
        std::visit(Overloaded{
                       [&](SessionUp& up) { handle_up(now, std::move(up.welcome)); },
                       [&](const SessionDown&) {
                           tell_owner(Offline{});
                           if (in_call() && standing_ != Standing::kGone) set_standing(Standing::kAway);
                       },
                       [&](const SessionClosed& closed) {
                           is_over_ = true;
                           tell_owner(SessionOver{closed.why});
                           if (in_call()) handle_given_up(now);
                           if (is_looking()) end(EndReason::kSession);
                       },
                       [&](SessionHeard& heard) { handle_server(now, heard.message); },
                   },
                   *event);
    }
}

// ---- the person

void Client::seek(Instant now, std::string room, Wish wish) {
    leave(now);
    room_ = std::move(room);
    link_.reset();
    wish_ = std::move(wish);
    start_seeking(now);
}

void Client::open(Instant now, const LinkKey& key, const lobby::Bytes16& seat, Wish wish) {
    leave(now);
    room_.clear();
    link_ = PrivateLink{{}, seat};
    link_->key.append(key);
    wish_ = std::move(wish);
    start_seeking(now);
}

void Client::start_seeking(Instant now) {
    relay_only_ = wish_.hides_address;
    busy_retries_ = 0;
    ask(now);
}

void Client::accept(const OwnDescription& own) {
    const bool is_awaited = phase_ == Phase::kCard || (phase_ == Phase::kAccepting && is_private());
    if (!is_awaited || !last_accept_.empty()) return;
    phase_ = Phase::kAccepting;
    std::string intro;
    if (!is_private()) {
        intro = write_intro({.fingerprint = own.fingerprint,
                             .ufrag = own.ufrag,
                             .pwd = own.pwd,
                             .sdp = own.sdp.empty() ? std::nullopt : std::optional(own.sdp),
                             .makes_double_offer = false,
                             .relay_only = relay_only_});
    } else if (offers_) {
        auto sealed = door_->answer(write_sealed_intro({own.sdp, relay_only_}));
        // The partner, who holds the key, has made an ephemeral key of no use.
        if (!sealed) return fail_meeting(EndReason::kFailed);
        intro = *std::move(sealed);
    }
    std::string accepts = write_accept(call_, intro);
    // The server would refuse it, however often it is said.
    if (intro.size() > signal::kIntroBytesMax || accepts.size() > signal::kMessageBytesMax)
        return fail_meeting(EndReason::kFailed);
    last_accept_ = std::move(accepts);
    session_.send(last_accept_);
}

void Client::decline() {
    if (!is_meeting()) return;
    // In a private call `decline` would say that the other does not hold the key.
    session_.send(is_private() ? write_leave(call_, LeaveReason::kLeft) : write_decline(call_));
    end(EndReason::kYou);
}

void Client::leave(Instant now, LeaveReason reason) {
    if (phase_ == Phase::kSeeking) {
        session_.send(write_unseek());
        end(EndReason::kYou);
    } else if (is_meeting()) {
        decline();
    } else if (in_call()) {
        finish(now, reason, EndReason::kYou);
    }
}

void Client::next(Instant now) {
    if (phase_ == Phase::kIdle) return;
    leave(now, LeaveReason::kNext);
    start_seeking(now);
}

// ---- looking for somebody

void Client::ask(Instant) {
    if (is_over_) return end(EndReason::kSession);
    prepare_round(std::nullopt);
    if (session_.is_open()) send_wish();
}

// Whatever still comes of a former call is not heard.
void Client::prepare_round(std::optional<UnmetReason> unmet) {
    drop();
    offers_ = partner_relay_only_ = false;
    relay_only_ = relay_only_ || must_relay_;
    phase_ = Phase::kSeeking;
    if (unmet) tell_owner(Unmet{*unmet});
}

void Client::send_wish() {
    wish_heard_ = false;
    retry_at_.reset();
    if (!link_) {
        session_.send(write_seek(room_, wish_.prefs));
        return;
    }
    // A message 1 serves one `joined`.
    door_ = std::make_unique<Door>(link_->key.view().first<kLinkKeySize>(), session_.host(), rng_,
                                   write_knock({relay_only_}));
    session_.send(write_open(
        {.id = door_->id(), .door = door_->door(), .seat = base64url_encode(link_->seat), .noise = door_->noise()},
        wish_.prefs.media));
}

void Client::reopen_soon(Instant now, UnmetReason why) {
    prepare_round(why);
    retry_at_ = now + kReopenTime;
}

void Client::meet(Instant now, Phase phase, std::string call) {
    wish_heard_ = true;
    busy_retries_ = 0;
    phase_ = phase;
    call_ = std::move(call);
    session_.begin_call(call_);
    answer_by_ = now + answer_time_ + kAnswerGrace;
}

// ---- the server

void Client::handle_up(Instant now, WelcomeMessage welcome) {
    answer_time_ = welcome.answer_time;
    must_relay_ = must_relay_ || welcome.features.relay_only;
    // A call that stands has told its addresses already; every one that is still to come about is held to it.
    if (must_relay_ && is_looking()) relay_only_ = true;
    const std::optional<ResumedCall> standing = welcome.resumed ? welcome.call : std::nullopt;
    const bool is_same = standing && standing->call == call_;
    tell_owner(Online{std::move(welcome)});
    // The server holds a call that this end has left while it was away.
    if (standing && !is_same) session_.send(write_leave(standing->call, LeaveReason::kLeft));
    if (in_call()) {
        if (!is_same) return handle_given_up(now);
        set_standing(standing->is_half ? Standing::kHalf : Standing::kLive);
    } else if (is_meeting() && !is_same) {
        prepare_round(UnmetReason::kNotMet);
        send_wish();
    } else if (phase_ == Phase::kSeeking) {
        send_wish();
    }
}

void Client::handle_server(Instant now, ServerMessage& message) {
    std::visit(Overloaded{
                   [&](WaitingMessage& waiting) {
                       if (phase_ != Phase::kSeeking) return;
                       wish_heard_ = true;
                       busy_retries_ = 0;
                       tell_owner(Waiting{waiting.ahead, waiting.estimate});
                   },
                   [&](MatchedMessage& matched) { handle_matched(now, matched); },
                   [&](JoinedMessage& joined) { handle_joined(now, joined); },
                   [&](AcceptedMessage& accepted) {
                       // Not before this end has, whatever the server says.
                       const bool has_accepted = phase_ == Phase::kAccepting && !last_accept_.empty();
                       if (has_accepted && accepted.call == call_) handle_accepted(now, accepted);
                   },
                   [&](RelayMessage& relay) { handle_relay(relay); },
                   [&](LeftMessage& left) {
                       if (left.call == call_) handle_left(now, left.reason);
                   },
                   [&](BackMessage& back) {
                       if (back.call == call_ && in_call()) set_standing(Standing::kLive);
                   },
                   [&](FullMessage&) {
                       if (is_private() && is_looking()) end(EndReason::kFull);
                   },
                   [&](ServersMessage& servers) {
                       if (servers.call == call_ && in_call())
                           tell_owner(ServersRenewed{allowed(std::move(servers.ice_servers))});
                   },
                   [&](ProbeMessage& probe) { tell_owner(Probed{std::move(probe.ice_servers)}); },
                   [&](ErrorMessage& error) { handle_error(now, error); },
                   [](auto&) {}, // what the session has dealt with, and how many wait elsewhere
               },
               message);
}

void Client::handle_matched(Instant now, MatchedMessage& matched) {
    if (phase_ != Phase::kSeeking || is_private()) {
        session_.send(write_decline(matched.call)); // crossed a change of mind
        return;
    }
    meet(now, Phase::kCard, std::move(matched.call));
    offers_ = matched.role == lobby::Role::kA;
    tell_owner(Met{.call = call_,
                   .kind = lobby::CallKind::kRoom,
                   .offers = offers_,
                   .relay_only = relay_only_,
                   .media = matched.media,
                   .topics = std::move(matched.topics),
                   .answer_by = now + answer_time_});
}

void Client::handle_joined(Instant now, JoinedMessage& joined) {
    if (phase_ != Phase::kSeeking || !is_private() || !door_) {
        session_.send(write_leave(joined.call, LeaveReason::kLeft)); // `decline` would speak of the key
        return;
    }
    meet(now, Phase::kAccepting, std::move(joined.call));
    const auto greeting = door_->handle_knock(joined.noise);
    const auto knock = greeting ? parse_knock(greeting->payload) : std::nullopt;
    if (!knock) {
        session_.send(write_decline(call_));
        return reopen_soon(now, UnmetReason::kKey);
    }
    offers_ = greeting->answers;
    partner_relay_only_ = knock->relay_only;
    tell_owner(Met{.call = call_,
                   .kind = lobby::CallKind::kPrivate,
                   .offers = offers_,
                   .relay_only = relay_only_,
                   .media = joined.media,
                   .answer_by = now + answer_time_});
}

void Client::handle_accepted(Instant now, AcceptedMessage& accepted) {
    phase_ = Phase::kConnecting;
    answer_by_.reset();
    retry_at_.reset();
    connect_by_ = now + kConnectTime;
    path_lost_since_ = now;
    standing_ = Standing::kLive;
    accepted.ice_servers = allowed(std::move(accepted.ice_servers));
    if (relay_only_ && !has_relay(accepted.ice_servers)) return fail(now, EndReason::kNoRelay);
    if (is_private()) return handle_private_accepted(now, accepted);
    auto intro = parse_intro(accepted.intro);
    if (!intro || (!offers_ && !intro->sdp)) return fail(now);
    // We make no double offer. So where we offer, the one that a page has made in the same place counts for nothing,
    // nor does what it has found for that: it answers ours from another connection.
    PartnerDescription partner;
    partner.fingerprint = std::move(intro->fingerprint);
    partner.relay_only = intro->relay_only;
    if (!offers_) {
        partner.sdp = std::move(intro->sdp);
        partner.candidates = std::move(intro->candidates);
    }
    begin(std::move(accepted.ice_servers), std::move(partner));
}

void Client::handle_private_accepted(Instant now, AcceptedMessage& accepted) {
    PartnerDescription partner;
    partner.relay_only = partner_relay_only_;
    if (!offers_) {
        const auto opened = door_->handle_answer(accepted.intro);
        auto intro = opened ? parse_sealed_intro(*opened) : std::nullopt;
        if (!intro) {
            session_.post(write_leave(call_, LeaveReason::kKey));
            return reopen_soon(now, UnmetReason::kKey);
        }
        partner.sdp = std::move(intro->sdp);
        partner.relay_only = intro->relay_only;
    }
    begin(std::move(accepted.ice_servers), std::move(partner));
}

void Client::begin(std::vector<IceServer> servers, PartnerDescription partner) {
    tell_owner(Begun{std::move(servers), std::move(partner), relay_only_});
}

void Client::handle_left(Instant now, LeftReason reason) {
    if (is_meeting()) {
        // The server has put this end back in the queue, at the old place.
        if (reason == LeftReason::kNotMet && !is_private()) return prepare_round(UnmetReason::kNotMet);
        if (reason == LeftReason::kReload) return reopen_soon(now, UnmetReason::kReload);
        if (reason == LeftReason::kNotMet || reason == LeftReason::kGone) return reopen_soon(now, UnmetReason::kNotMet);
        // The two do not hold the same key, whichever of them says so first.
        if (reason == LeftReason::kKey && is_private()) return reopen_soon(now, UnmetReason::kKey);
        if (reason == LeftReason::kSilent) return end(EndReason::kSilent);
        if (reason == LeftReason::kKey) return end(EndReason::kKey);
        return end(reason == LeftReason::kYou ? EndReason::kYou : EndReason::kLeft);
    }
    if (!in_call()) return;
    const bool was_connected = phase_ == Phase::kConnected;
    switch (reason) {
    case LeftReason::kReload:
        return is_private() ? reopen_soon(now, UnmetReason::kReload) : end(EndReason::kLeft);
    case LeftReason::kGone:
        set_standing(Standing::kGone);
        // The server has given the partner up; the path between the two has not.
        if (was_connected && !path_lost_since_) return;
        return end(EndReason::kGone);
    case LeftReason::kFailed:
        return end(was_connected ? EndReason::kLost : EndReason::kFailed);
    case LeftReason::kNext:
        return end(EndReason::kNext);
    case LeftReason::kKey:
        return end(EndReason::kKey);
    case LeftReason::kYou:
        return end(EndReason::kYou);
    case LeftReason::kLeft:
    case LeftReason::kNotMet:
    case LeftReason::kSilent:
        return end(EndReason::kLeft);
    }
}

void Client::handle_error(Instant now, ErrorMessage& error) {
    tell_owner(Refused{error});
    const std::string& code = error.code;
    const bool is_asking = phase_ == Phase::kSeeking;
    if (code == "replaced" && is_private() && (is_looking() || in_call())) return end(EndReason::kReplaced);
    if ((code == "cooldown" || code == "banned") && is_asking && !is_private())
        return end(code == "banned" ? EndReason::kBanned : EndReason::kCooldown, error.retry_after);
    if ((code == "unknown_room" || code == "rooms_closed" || code == "private_closed") && is_asking)
        return end(EndReason::kClosed);
    if (code == "rate" && may_be_unread(error.about)) retry_at_ = now + error.retry_after.value_or(kStayAwayTime);
    if (code == "busy" && is_asking) return handle_busy(now);
    if (code == "not_member" && error.about == "accept" && phase_ == Phase::kAccepting) {
        prepare_round(UnmetReason::kNotMet);
        send_wish();
    }
}

// Whether what this end is waiting for may be due to the refusal; empty: of any message, since the server did not read
// it.
bool Client::may_be_unread(const std::string& about) const {
    if (phase_ == Phase::kSeeking) return about.empty() ? !wish_heard_ : about == "seek" || about == "open";
    return phase_ == Phase::kAccepting && !last_accept_.empty() && (about.empty() || about == "accept");
}

// An answer crossed something, or a `leave` was refused for haste.
void Client::handle_busy(Instant now) {
    if (busy_retries_ == kBusyRetriesMax) return end(EndReason::kFailed);
    if (!former_.empty()) session_.send(write_leave(former_, LeaveReason::kLeft));
    session_.send(write_unseek());
    retry_at_ = now + kBusyRetryTime * (1U << busy_retries_++);
}

// ---- bodies: sealed where the call has keys, and plain only where it has none

bool Client::tell(const Body& body) {
    if (!in_call() || !is_carried(call_, body)) return false;
    if (is_private()) {
        session_.relay(door_->seal(call_, write_body(body)));
    } else if (sealing_.seals()) {
        session_.relay(sealing_.seal(call_, body));
    } else if (const auto id = session_.relay(write_body(body))) {
        sealing_.note_told({*id, body});
    }
    return true;
}

void Client::handle_relay(const RelayMessage& relay) {
    // Before both have accepted nothing of a partner is listened to.
    if (relay.call != call_ || !in_call()) return;
    const auto text = is_private() ? door_->open(call_, relay.body) : sealing_.open(call_, relay.id, relay.body);
    auto body = text ? parse_body(*text) : std::nullopt;
    if (body) tell_owner(BodyHeard{*std::move(body)});
}

void Client::handle_code_agreed(const Agreed& agreed) {
    if (!is_private() && in_call()) sealing_.handle_agreed(agreed);
}

void Client::handle_code_done(std::uint64_t taken) {
    if (is_private() || !in_call() || !sealing_.has_keys()) return;
    for (const auto& told : sealing_.handle_done(taken))
        session_.relay(sealing_.seal(call_, told.body, told.id));
}

void Client::handle_code_sealed() {
    if (!is_private() && in_call()) sealing_.handle_sealed();
}

bool Client::ask_servers() {
    return in_call() && session_.send(write_servers(call_));
}

bool Client::ask_probe() {
    return session_.send(write_probe());
}

// ---- the connection

void Client::handle_path(Instant now, bool stands) {
    if (!in_call()) return;
    if (stands) {
        phase_ = Phase::kConnected;
        connect_by_.reset();
        path_lost_since_.reset();
        lost_at_.reset();
        return;
    }
    if (!path_lost_since_) path_lost_since_ = now;
    plan_loss(now);
}

void Client::fail(Instant now, EndReason why) {
    if (in_call()) return finish(now, LeaveReason::kFailed, why);
    if (is_meeting()) fail_meeting(why);
}

void Client::fail_meeting(EndReason why) {
    session_.send(is_private() ? write_leave(call_, LeaveReason::kFailed) : write_decline(call_));
    end(why);
}

void Client::handle_bye(Instant now, EndReason why) {
    if (in_call()) finish(now, LeaveReason::kLeft, why);
}

// The server knows nothing of the call, or this end nothing of the server: the path is all there is.
void Client::handle_given_up(Instant now) {
    set_standing(Standing::kGone);
    plan_loss(now);
}

// Another path is agreed on through the server. Without both the call is lost once there was none for long enough.
void Client::plan_loss(Instant now) {
    if (standing_ == Standing::kGone && path_lost_since_) lost_at_ = std::max(now, *path_lost_since_ + kLostTime);
}

// ---- ending

void Client::finish(Instant, LeaveReason reason, EndReason shown) {
    session_.post(write_leave(call_, reason));
    end(shown);
}

void Client::end(EndReason why, std::optional<Duration> retry_after) {
    drop();
    phase_ = Phase::kEnded;
    tell_owner(Ended{why, retry_after});
}

void Client::drop() {
    if (!call_.empty()) former_ = std::exchange(call_, {});
    session_.end_call();
    door_.reset();
    sealing_ = {};
    last_accept_.clear();
    standing_ = Standing::kLive;
    path_lost_since_.reset();
    answer_by_.reset();
    connect_by_.reset();
    retry_at_.reset();
    lost_at_.reset();
}

void Client::set_standing(Standing standing) {
    if (std::exchange(standing_, standing) != standing) tell_owner(StandingChanged{standing});
}

// With the address hidden no machine is asked that would not have been asked anyway.
std::vector<IceServer> Client::allowed(std::vector<IceServer> servers) const {
    return relay_only_ ? own_relays(servers, session_.host()) : std::move(servers);
}

} // namespace vv::caller
