// Restarts of ICE, and how the connection is.

#include "call/partner.h"
#include "caller/own_relays.h"

#include <algorithm>
#include <utility>

namespace vv::call {

using caller::EndReason;

// ---- restarts

// With fresh servers, where those there are may be of no use.
void Partner::begin_restart(Instant now, Pending pending) {
    if (is_over_ || pending_) return;
    pending_ = std::move(pending);
    const bool is_doubted = with_relay_ && mending_.was_connected();
    if (servers_.must_ask(now, is_doubted)) {
        const bool hurries = mending_.has_sign() || mending_.trouble() == Trouble::kFailed;
        servers_.handle_asked(now, can_tell() && client_.ask_servers(), hurries);
    }
    go_on(now);
}

// As far as nothing is waited for.
void Partner::go_on(Instant now) {
    if (is_over_ || !pending_ || servers_.wait_until() || is_making_) return;
    if (!pending_->is_prepared) {
        // A pair may have come to work while this waited.
        if (!pending_->why && !may_restart(now)) {
            pending_.reset();
        } else {
            pending_->is_prepared = true;
            const RestartReason why = pending_->why.value_or(reason());
            if (!pending_->offer && must_avoid_direct()) mending_.handle_renewal_wanted();
            const bool renews = pending_->offer ? pending_->offer->renewed : mending_.take_renewal(now);
            prepare_restart(now, why, renews);
            if (renews) return renew(now); // and attach() comes back here
        }
    }
    if (const auto pending = std::exchange(pending_, std::nullopt)) {
        if (pending->offer) {
            answer(now, *pending->offer);
        } else {
            offer(now, peer::IceRestart::kYes);
        }
    }
    while (!waiting_.empty() && !pending_ && !is_making_ && !is_over_) {
        const caller::Body body = std::move(waiting_.front());
        waiting_.pop_front();
        take(now, body);
    }
    flush_candidates(now);
}

// Whoever restarts ICE, both ends gather anew, with the relay.
void Partner::prepare_restart(Instant now, RestartReason why, bool is_renewed) {
    ++report_.restarts;
    if (is_renewed) ++report_.renewals;
    say_event(Restarted{why, is_renewed});
    candidates_.handle_restart();
    own_hosts_.clear();
    avoids_direct_ = avoids_direct_ || (is_renewed && must_avoid_direct());
    mending_.handle_restart(now);
    direct_.handle_relay_needed();
    with_relay_ = true;
    if (!is_renewed) gather();
}

// Under the same certificate, which the partner knows, and with the relay from the start.
void Partner::renew(Instant now) {
    // The former connection is not looked at any more, and the new one may never say anything.
    const bool was_connected = mending_.was_connected();
    if (was_connected) mending_.handle_interrupted(now);
    mending_.handle_renewed(now);
    direct_.handle_renewed();
    far_end_.leave();
    follow_far_end(now);
    if (has_limit_) handle_limit({}); // what a page wants over the new connection it says anew, if it wants anything
    path_.reset();
    connection_ = nullptr;
    control_.reset();
    chat_.reset();
    awaits_answer_ = false;
    is_new_ = is_making_ = true;
    commands_.emplace_back(MakeConnection{.has_new_certificate = false});
    if (was_connected) break_path(now);
}

void Partner::consider_restart(Instant now) {
    if (is_over_ || pending_ || is_making_ || !may_restart(now)) return;
    if (!offers_.is_mine()) return ask_for_restart(now);
    begin_restart(now, {.offer = std::nullopt, .why = std::nullopt});
}

// An offer that waits for a way to the partner would come when the path may be back: a broken connection is mended
// while there is one.
bool Partner::wants_restart(Instant now) const {
    if (!is_negotiated_) return false;
    const bool wants_relay =
        (direct_.is_released() && !with_relay_ && !has_asked_) || (must_avoid_direct() && !has_asked_to_avoid_);
    const bool has_way = can_tell() || is_connected();
    return wants_relay || (has_way && (mending_.wants_renewal(now) || mending_.wants_restart(now)));
}

bool Partner::may_restart(Instant now) const {
    return wants_restart(now) && (!offers_.is_mine() || offers_.may_offer(!awaits_answer_, now, mending_.has_sign()));
}

// A pair that carries no handshake would win again: the relay is tried alone, and over another connection.
bool Partner::must_avoid_direct() const {
    return direct_.must_avoid_direct() && caller::has_relay(servers_.list()) && !avoids_direct_;
}

RestartReason Partner::reason() const {
    if (mending_.has_sign()) return RestartReason::kSign;
    switch (mending_.trouble()) {
    case Trouble::kFailed:
        return RestartReason::kFailed;
    case Trouble::kInterrupted:
        return RestartReason::kInterrupted;
    case Trouble::kNone:
        break;
    }
    return must_avoid_direct() ? RestartReason::kHandshake : RestartReason::kRelay;
}

void Partner::ask_for_restart(Instant now) {
    has_asked_ = true;
    say_event(Restarted{reason(), false});
    has_asked_to_avoid_ = has_asked_to_avoid_ || direct_.must_avoid_direct();
    if (must_avoid_direct()) mending_.handle_renewal_wanted();
    mending_.handle_restart(now);
    tell(now, caller::OfferWantedBody{true, offers_.round(), mending_.take_renewal(now)});
}

// What was broken already is mended at once. The path itself is asked for by ICE.
void Partner::handle_sign(Instant now) {
    if (is_over_ || !has_begun_) return;
    mending_.handle_sign(now);
    consider_restart(now);
    plan_mending(now);
}

// ---- how the connection is

void Partner::handle_state(Instant now, const peer::StateChanged& change) {
    using peer::State;
    using Why = peer::Fault::Why;
    switch (change.state) {
    case State::kNew:
        return;
    case State::kConnecting:
        mending_.handle_checking();
        return;
    case State::kConnected:
        mending_.handle_connected(now);
        direct_.handle_connected();
        client_.handle_path(now, true);
        if (!std::exchange(is_up_, true)) say_event(Connected{});
        handle_channels_open(now);
        return;
    case State::kDisconnected:
        mending_.handle_interrupted(now);
        break;
    case State::kFailed:
        if (change.fault && (change.fault->why == Why::kWrongFingerprint || change.fault->why == Why::kNoCertificate))
            return fail(now, EndReason::kFingerprint);
        mending_.handle_failed(now, change.fault && !change.fault->can_restart());
        direct_.handle_pair_lost();
        direct_.handle_relay_needed();
        break;
    case State::kClosed:
        // By the partner, and without a goodbye: its DTLS is gone, and perhaps nothing else.
        mending_.handle_failed(now, true);
        break;
    }
    break_path(now);
    consider_restart(now);
}

void Partner::break_path(Instant now) {
    if (std::exchange(is_up_, false)) say_event(Interrupted{});
    client_.handle_path(now, false);
}

void Partner::handle_no_path(Instant now) {
    direct_.handle_relay_needed();
    consider_restart(now);
}

std::optional<Instant> Partner::release_at() const {
    const auto due = is_negotiated_ ? direct_.poll_timeout() : std::nullopt;
    if (!due || offers_.is_mine()) return due;
    return *due + kSecondAskTime;
}

void Partner::plan_mending(Instant now) {
    const auto due = mending_.poll_timeout();
    if (!due) {
        mend_at_.reset();
    } else if (*due > now) {
        mend_at_ = due;
    } else if (!mend_at_ || *mend_at_ <= now) {
        mend_at_ = now + kRetryTime;
    }
}

} // namespace vv::call
