#include "ice/session.h"

#include "ice/limits.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace vv::ice {

Session::Session(Credentials local, Role role, Rng& rng)
    : between_{.local = std::move(local), .remote = {}},
      role_(role),
      rng_(rng),
      checklist_(role.controlling) {}

void Session::set_remote(Instant now, Credentials remote, bool is_lite) {
    VV_ASSERT(!has_remote_ && are_valid(remote));
    between_.remote = std::move(remote);
    has_remote_ = true;
    began_at_ = now;
    if (is_lite && !role_.controlling) switch_role(true);
}

void Session::remove_local(TransportId via) {
    checklist_.remove_local(via);
    std::erase_if(checks_, [&](const RunningCheck& check) { return check.route.via == via; });
    if (in_use_ && checklist_.find(in_use_->pair) == nullptr) lose_path();
}

// RFC 7675 §5.1: a selected pair that is lost ends the session, and ICE has to restart. Before one is selected another
// valid pair may do.
void Session::lose_path() {
    closed_ = in_use_ && nomination_.selected() == in_use_->pair;
    in_use_.reset();
    if (closed_) checks_.clear();
}

// ---- what is sent

// RFC 8445 §14.3: the more checks are on their way, the longer each waits before it is repeated.
stun::RequestTiming Session::check_timing() const {
    const auto running = static_cast<std::int64_t>(checklist_.waiting_count() + checks_.size());
    const Duration rto = estimate_.smoothed() ? estimate_.rto() : Duration(kCheckRtoInitial);
    const Duration crowd = running > static_cast<std::int64_t>(kSmallList) ? kRepeatPace * running : Duration::zero();
    return {.rto = std::max(rto, crowd),
            .interval_max = std::max<Duration>(kCheckIntervalMax, crowd),
            .last_wait_max = kCheckLastWaitMax,
            .requests_max = kCheckRequestsMax};
}

// RFC 8445 §8.1.2: who has nominated checks nothing more, nor what trickles in late.
bool Session::can_start() const {
    const bool is_done = role_.controlling && is_nominated();
    return has_remote_ && !closed_ && !is_done && checks_.size() < kChecksMax && checklist_.has_next();
}

bool Session::start_next(Instant now) {
    while (can_start()) {
        const auto id = checklist_.next_to_check();
        Pair* pair = id ? checklist_.find(*id) : nullptr;
        if (pair != nullptr && start(now, *pair)) return true;
    }
    return false;
}

// RFC 8445 §7.3.1.4 begins a new transaction where one is on its way already; asking the same again does the same for
// the path, and leaves none behind to be waited for.
bool Session::start(Instant now, Pair& pair) {
    const bool nominates = role_.controlling && nomination_.is_asking(pair.id);
    if (pair.state == PairState::kSucceeded && !nominates) return false;
    if (pair.state != PairState::kSucceeded) pair.state = PairState::kInProgress;
    const auto running = std::ranges::find_if(checks_, [&](const RunningCheck& check) {
        return check.pair == pair.id && check.nominates == nominates && check.controlling == role_.controlling;
    });
    if (running != checks_.end()) {
        running->transaction.repeat(now);
        return true;
    }
    const stun::TransactionId id(rng_.bytes<stun::kTransactionIdSize>());
    const Check check{.priority = pair.local.reflexive_priority, .use_candidate = nominates, .role = role_};
    checks_.push_back({.pair = pair.id,
                       .route = pair.route,
                       .transaction = {now, id, write_check(id, check, between_), check_timing()},
                       .began_at = now,
                       .controlling = role_.controlling,
                       .nominates = nominates});
    return true;
}

void Session::answer(const Route& route, ByteBuffer bytes) {
    if (answers_.size() < kAnswersMax) answers_.push_back({route, std::move(bytes)});
}

std::optional<Transmit> Session::poll_transmit() {
    if (!answers_.empty()) {
        Transmit next = std::move(answers_.front());
        answers_.pop_front();
        return next;
    }
    if (in_use_) {
        if (auto asking = in_use_->consent.poll_transmit(role_)) return asking;
    }
    for (RunningCheck& check : checks_) {
        if (const auto request = check.transaction.poll_transmit()) {
            return Transmit{check.route, {request->begin(), request->end()}};
        }
    }
    return std::nullopt;
}

// ---- what is heard

void Session::handle_request(Instant now, const Route& route, const stun::Message& request) {
    if (closed_) return;
    const stun::TransactionId& id = request.transaction_id();
    const auto check = parse_check(request);
    if (!check) {
        answer(route, write_check_refusal(id, check.error().code, check.error().unknown, between_.local.key()));
        return;
    }
    const std::optional<Role>& peer = check->role;
    if (peer && !settle_roles(*peer)) {
        answer(route, write_check_refusal(id, stun::ErrorCode::kRoleConflict, {}, between_.local.key()));
        return;
    }
    // Where there is no room for the pair it is not answered: that would make it valid to the peer alone, which might
    // then nominate what this end does not have.
    if (follow(now, route, *check)) answer(route, write_check_answer(id, route.remote, between_.local.key()));
}

// RFC 8445 §7.3.1.1. False: the peer has to change.
bool Session::settle_roles(const Role& peer) {
    if (peer.controlling != role_.controlling) return true;
    const bool this_end_has_the_larger = role_.tie_breaker >= peer.tie_breaker;
    if (this_end_has_the_larger == role_.controlling) return false;
    switch_role(!role_.controlling);
    return true;
}

void Session::switch_role(bool controlling) {
    role_.controlling = controlling;
    checklist_.set_controlling(controlling);
    nomination_.withdraw();
}

// Once a pair is selected a check is answered and no more, unless it may lead to a better one: a peer that nominates
// aggressively goes on, and its better pair may need a check from here before anything passes a NAT.
bool Session::wants(const Check& check, const Pair* pair) const {
    const auto selected = nomination_.selected();
    if (!selected) return true;
    if (role_.controlling) return false;
    const Pair* current = checklist_.find(*selected);
    return check.use_candidate || current == nullptr || (pair != nullptr && pair->priority > current->priority);
}

// Where every answer to its nomination was lost, the peer has given that pair up and nominated a worse one. It is
// believed once it sends by that one and no longer by the other, whose own requests would be at most 6 s apart.
bool Session::has_peer_moved_to(Instant now, const Pair* pair) const {
    const auto selected = nomination_.selected();
    return !role_.controlling && selected && in_use_ && pair != nullptr && pair->id != *selected &&
           pair->peer_nominates && now >= in_use_->used_at + kSilenceMax;
}

// RFC 8445 §7.3.1.3 to §7.3.1.5: what a check shows, a check in return, and what the peer has chosen. False: there is
// no room for its pair.
bool Session::follow(Instant now, const Route& route, const Check& check) {
    handle_sign_of_life(now, route);
    const bool has_moved = has_peer_moved_to(now, checklist_.find(route));
    if (!has_moved && !wants(check, checklist_.find(route))) return true;
    Pair* pair = checklist_.find_or_add(route, check.priority);
    if (pair == nullptr) return false;
    if ((check.use_candidate || has_moved) && !role_.controlling) {
        pair->peer_nominates = true;
        doubt(now, *pair);
        if (pair->state == PairState::kSucceeded) nomination_.handle_peer_nomination(now, *pair, checklist_);
    }
    if (pair->state != PairState::kSucceeded) checklist_.trigger(pair->id);
    return true;
}

// Consent is asked for on the path in use only (RFC 7675 §5.1), so that of any other pair the last answer gets old. To
// use it then would end the session where a check shows first whether it still works. True: it is to be checked.
bool Session::doubt(Instant now, Pair& pair) {
    const bool is_used = in_use_ && in_use_->pair == pair.id;
    if (is_used || pair.state != PairState::kSucceeded || now < pair.answered_at + kProofMax) return false;
    pair.state = PairState::kWaiting;
    checklist_.trigger(pair.id);
    return true;
}

void Session::handle_sign_of_life(Instant now, const Route& route) {
    if (!in_use_ || in_use_->consent.route() != route) return;
    in_use_->consent.handle_sign_of_life(now);
    in_use_->used_at = now;
}

// The pair may have failed since, by a nomination that was lost several times.
void Session::renew(const InUse& path) {
    Pair* pair = checklist_.find(path.pair);
    if (pair == nullptr) return;
    pair->answered_at = path.consent.granted_at();
    if (pair->state == PairState::kFailed) pair->state = PairState::kSucceeded;
}

bool Session::handle_answer(Instant now, const Route& route, const stun::Message& answer) {
    if (in_use_ && in_use_->consent.handle_answer(now, route, answer)) {
        renew(*in_use_);
        return true;
    }
    const auto asked =
        std::ranges::find_if(checks_, [&](const RunningCheck& check) { return check.transaction.is_answer(answer); });
    if (asked == checks_.end()) return false;
    if (!is_authentic(answer, between_.remote.key())) return true; // from somebody else: the right one may yet come
    const RunningCheck check = std::move(*asked);
    checks_.erase(asked);
    Pair* pair = checklist_.find(check.pair);
    if (pair == nullptr) return true;
    // RFC 8445 §7.2.5.2.1: if the way back is another, it has failed.
    const auto read = route == check.route ? parse_check_answer(answer) : std::nullopt;
    if (read && read->mapped) {
        if (const auto sample = check.transaction.round_trip(now)) estimate_.handle_sample(*sample);
        handle_success(now, check, *pair, *read->mapped);
    } else if (read && read->error == stun::ErrorCode::kRoleConflict) {
        handle_conflict(check);
    } else {
        handle_failure(check, *pair);
    }
    return true;
}

// RFC 8445 §7.2.5.3. The valid pair has the base and the remote address of the one checked, so it is that one; what
// the peer saw is noted with it.
void Session::handle_success(Instant now, const RunningCheck& check, Pair& pair, const SocketAddress& mapped) {
    pair.mapped = mapped;
    pair.answered_at = now;
    if (pair.state != PairState::kSucceeded) {
        checklist_.handle_success(pair);
        validated_.push_back(pair.route);
    }
    std::erase_if(checks_, [&](const RunningCheck& other) { return other.pair == pair.id && !other.nominates; });
    if (check.nominates && check.controlling && role_.controlling) nomination_.handle_granted(pair.id);
    if (pair.peer_nominates && !role_.controlling) nomination_.handle_peer_nomination(now, pair, checklist_);
}

// RFC 8445 §7.2.5.1. Not if the role has changed since the check left: then it is what the peer asks for already.
void Session::handle_conflict(const RunningCheck& check) {
    if (check.controlling == role_.controlling) {
        switch_role(!role_.controlling);
        role_.tie_breaker = rng_.next_u64();
    }
    Pair* pair = checklist_.find(check.pair); // only now: the list is in another order
    if (pair == nullptr || pair->state == PairState::kSucceeded) return;
    if (++pair->conflicts > kConflictsMax) { // a peer that is content with neither role
        pair->state = PairState::kFailed;
        return;
    }
    pair->state = PairState::kWaiting;
    checklist_.trigger(pair->id);
}

void Session::handle_failure(const RunningCheck& check, Pair& pair) {
    // What was asked for under another role has been withdrawn; that nobody answers it says nothing of a valid pair.
    const bool is_withdrawn = check.nominates && check.controlling != role_.controlling;
    if (is_withdrawn && pair.state == PairState::kSucceeded) return;
    if (check.nominates) nomination_.handle_failed(pair.id);
    pair.state = PairState::kFailed;
}

// A nomination that nobody answers on a pair that answers other requests has met nothing but loss, and the peer may
// well have followed it: the same pair is asked for again, since with another each end would be on one of its own.
void Session::handle_time_out(const RunningCheck& check, Pair& pair) {
    const bool is_ours = check.nominates && role_.controlling && check.controlling && nomination_.is_asking(pair.id);
    if (is_ours && pair.state == PairState::kSucceeded && pair.answered_at > check.began_at) {
        checklist_.trigger(pair.id);
    } else {
        handle_failure(check, pair);
    }
}

// ---- time, and what follows

void Session::handle_timeout(Instant now) {
    for (RunningCheck& check : checks_)
        check.transaction.handle_timeout(now);
    for (std::size_t i = 0; i < checks_.size();) {
        if (!checks_[i].transaction.has_timed_out()) {
            ++i;
            continue;
        }
        const RunningCheck check = std::move(checks_[i]);
        checks_.erase(checks_.begin() + static_cast<std::ptrdiff_t>(i));
        Pair* pair = checklist_.find(check.pair);
        if (pair != nullptr) handle_time_out(check, *pair);
    }
    if (began_at_ && now >= *began_at_ + kPacTimer) gave_up_waiting_ = true;
    if (!in_use_) return;
    in_use_->consent.handle_timeout(now);
    if (!in_use_->consent.has_expired()) return;
    if (Pair* pair = checklist_.find(in_use_->pair)) pair->state = PairState::kFailed;
    lose_path();
}

void Session::settle(Instant now) {
    if (in_use_ && checklist_.find(in_use_->pair) == nullptr) lose_path(); // gave way to another pair
    if (closed_) return;
    while (!is_nominated()) {
        const Pair* best = checklist_.best_valid();
        if (best == nullptr || !doubt(now, *checklist_.find(best->id))) break;
    }
    nominate(now);
    choose_path(now);
    retire_others(now);
}

void Session::nominate(Instant now) {
    if (!role_.controlling || !has_remote_) return;
    const bool all_known = all_known_ && !checklist_.has_pending();
    const auto chosen = nomination_.choose(now, checklist_, all_known, round_trip(), check_timing().rto);
    if (chosen) checklist_.trigger(*chosen);
}

void Session::choose_path(Instant now) {
    const auto selected = nomination_.selected();
    const Pair* best = selected ? checklist_.find(*selected) : checklist_.best_valid();
    if (best == nullptr || (in_use_ && best->id == in_use_->pair)) return;
    Consent::Subject subject{best->route, between_, best->local.reflexive_priority};
    in_use_.emplace(best->id, Consent(now, best->answered_at, std::move(subject), rng_), now);
}

// RFC 8445 §8.1.2. The controlled end goes on with what is better than the selected pair, for peers that upgrade.
void Session::retire_others(Instant now) {
    const auto selected = nomination_.selected();
    const Pair* kept = selected ? checklist_.find(*selected) : nullptr;
    if (kept == nullptr || retired_for_ == selected) return;
    retired_for_ = selected;
    const std::uint64_t bar = role_.controlling ? std::numeric_limits<std::uint64_t>::max() : kept->priority;
    for (RunningCheck& check : checks_) {
        const Pair* pair = checklist_.find(check.pair);
        if (pair == nullptr || (pair->id != kept->id && pair->priority < bar)) check.transaction.stop_sending(now);
    }
    checklist_.drop_waiting_below(bar);
}

std::optional<Instant> Session::poll_timeout() const {
    if (closed_) return std::nullopt;
    std::optional<Instant> next = nomination_.poll_timeout();
    const auto consider = [&](std::optional<Instant> at) {
        if (at && (!next || *at < *next)) next = at;
    };
    for (const RunningCheck& check : checks_)
        consider(check.transaction.poll_timeout());
    if (in_use_) consider(in_use_->consent.poll_timeout());
    if (began_at_ && !gave_up_waiting_) consider(*began_at_ + kPacTimer);
    return next;
}

std::optional<Route> Session::poll_validated() {
    if (validated_.empty()) return std::nullopt;
    const Route route = validated_.front();
    validated_.pop_front();
    return route;
}

std::optional<Duration> Session::round_trip() const {
    return in_use_ && in_use_->consent.round_trip() ? in_use_->consent.round_trip() : estimate_.smoothed();
}

const Pair* Session::path() const {
    return in_use_ ? checklist_.find(in_use_->pair) : nullptr;
}

bool Session::has_failed() const {
    return closed_ || (gave_up_waiting_ && !in_use_ && !checklist_.has_pending());
}

bool Session::is_valid(const Route& route) const {
    if (closed_) return false;
    if (in_use_ && in_use_->consent.route() == route) return true;
    const Pair* pair = checklist_.find(route);
    return pair != nullptr && pair->state == PairState::kSucceeded;
}

} // namespace vv::ice
