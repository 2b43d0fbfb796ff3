#include "ice/agent.h"

#include "ice/limits.h"

#include <algorithm>
#include <utility>

namespace vv::ice {

Agent::Agent(const AgentConfig& config, Rng& rng)
    : rng_(rng),
      gathering_(config.stun_servers, rng),
      role_{config.controlling, rng.next_u64()} {
    begin_session();
}

void Agent::begin_session() {
    session_ = std::make_unique<Session>(make_credentials(rng_), role_, rng_);
    for (const LocalCandidate& base : gathering_.bases())
        session_->add_local(base);
}

// ---- this end

void Agent::set_controlling(bool controlling) {
    if (session_->has_remote()) return;
    session_->set_controlling(controlling);
    role_.controlling = controlling;
}

bool Agent::add_stun_server(Instant now, const SocketAddress& server) {
    if (!gathering_.add_server(now, server)) return false;
    settle(now);
    return true;
}

bool Agent::add_host(Instant now, const HostTransport& host) {
    const LocalCandidate* base = gathering_.add_host(now, host);
    if (base == nullptr) return false;
    session_->add_local(*base);
    settle(now);
    return true;
}

bool Agent::add_relay(Instant now, const RelayTransport& relay) {
    const LocalCandidate* base = gathering_.add_relay(relay);
    if (base == nullptr) return false;
    session_->add_local(*base);
    settle(now);
    return true;
}

void Agent::remove_transport(Instant now, TransportId via) {
    gathering_.remove(via);
    session_->remove_local(via);
    if (previous_ && previous_->info().route.via == via) previous_.reset();
    settle(now);
}

void Agent::finish_gathering(Instant now) {
    gathering_.finish();
    settle(now);
}

void Agent::restart(Instant now) {
    const auto path = session_path();
    // A generation that got nowhere leaves the path that still carries; one that had followed it and broke does not.
    if (path && (path->nominated || !previous_)) {
        previous_.emplace(*session_, *path);
    } else if (previous_ends_at_) {
        previous_.reset();
    }
    previous_ends_at_.reset();
    role_ = session_->role();
    remotes_.clear();
    unvalidated_.clear();
    remote_ended_ = false;
    done_told_ = false;
    begin_session();
    gathering_.restart(now);
    settle(now);
}

// ---- the other end, as signaled

bool Agent::set_remote(Instant now, const Credentials& remote, bool is_lite) {
    if (!are_valid(remote)) return false;
    if (session_->has_remote()) {
        if (session_->remote_credentials() == remote) return true;
        restart(now);
    }
    session_->set_remote(now, remote, is_lite);
    remotes_.set_ufrag(remote.ufrag);
    settle(now);
    return true;
}

Result<bool, CandidateError> Agent::add_remote_candidate(Instant now, std::string_view line) {
    auto candidate = parse_candidate(line);
    if (!candidate) return Failure<CandidateError>(candidate.error());
    if (session_->checklist().remote_count() == kRemoteCandidatesMax) return false;
    const bool added = remotes_.add(std::move(*candidate));
    settle(now);
    return added;
}

void Agent::end_of_remote_candidates(Instant now) {
    remote_ended_ = true;
    settle(now);
}

void Agent::handle_resolved(Instant now, std::string_view name, const std::optional<IpAddress>& ip) {
    remotes_.handle_resolved(name, ip);
    settle(now);
}

// ---- packets and time

std::optional<ByteView> Agent::handle_input(Instant now, const Route& route, ByteView packet) {
    if (gathering_.find(route.via) == nullptr) {
        ++counters_.unknown_transport;
        return std::nullopt;
    }
    if (packet.empty() || !stun::looks_like_stun(packet.front())) return handle_data(now, route, packet);
    if (const auto message = stun::parse_message(packet)) {
        handle_message(now, route, *message);
        settle(now);
    } else {
        ++counters_.malformed;
    }
    return std::nullopt;
}

std::optional<ByteView> Agent::handle_data(Instant now, const Route& route, ByteView packet) {
    if (session_->is_valid(route)) {
        session_->handle_sign_of_life(now, route);
        return packet;
    }
    if (previous_ && previous_->is_valid(route)) {
        previous_->handle_sign_of_life(now, route);
        return packet;
    }
    const Pair* pair = session_->checklist().find(route);
    const bool may_become_valid = pair != nullptr && pair->is_pending() && !session_->has_failed();
    if (!may_become_valid || !unvalidated_.keep(route, packet)) ++counters_.unvalidated;
    return std::nullopt;
}

void Agent::handle_message(Instant now, const Route& route, const stun::Message& message) {
    if (message.method() != stun::Method::kBinding) {
        ++counters_.unexpected;
        return;
    }
    if (message.message_class() == stun::MessageClass::kRequest) return handle_request(now, route, message);
    if (message.message_class() == stun::MessageClass::kIndication) { // RFC 8445 §11: a keepalive of older peers
        return session_->handle_sign_of_life(now, route);
    }
    if (gathering_.handle_answer(now, route, message) || session_->handle_answer(now, route, message)) return;
    if (previous_ && previous_->handle_answer(now, route, message)) return;
    ++counters_.unexpected;
}

// What is not authentic is not answered: RFC 8489 §9.1.3 has 400 and 401 for it, which nobody but a stranger would get.
void Agent::handle_request(Instant now, const Route& route, const stun::Message& request) {
    const auto addressee = addressee_of(request);
    const auto is_for = [&](const Credentials& local) {
        return addressee == local.ufrag && is_authentic(request, local.key());
    };
    if (is_for(session_->local_credentials())) {
        session_->handle_request(now, route, request);
    } else if (previous_ && is_for(previous_->local_credentials())) {
        previous_->handle_request(now, route, request);
    } else {
        ++counters_.unauthenticated;
    }
}

void Agent::handle_timeout(Instant now) {
    gathering_.handle_timeout(now);
    session_->handle_timeout(now);
    if (previous_) previous_->handle_timeout(now);
    settle(now);
}

void Agent::settle(Instant now) {
    while (auto candidate = remotes_.poll_candidate())
        session_->add_remote(*candidate);
    session_->set_all_known(remote_ended_ && remotes_.is_empty() && gathering_.is_done());
    session_->settle(now);
    start_next(now);
    while (const auto route = session_->poll_validated())
        unvalidated_.release(*route);
    if (session_->is_nominated()) gathering_.let_mappings_go();
    let_previous_go(now);
}

void Agent::let_previous_go(Instant now) {
    if (!previous_) return;
    if (session_->is_nominated() && !previous_ends_at_) previous_ends_at_ = now + kPreviousLinger;
    const bool is_over = previous_ends_at_ && now >= *previous_ends_at_;
    if (!is_over && !previous_->consent().has_expired()) return;
    previous_.reset();
    previous_ends_at_.reset();
}

// RFC 8445 §14.2: one new transaction at a time, asking servers and checking pairs together.
void Agent::start_next(Instant now) {
    if (now < next_start_) return;
    if (gathering_.start_next(now) || session_->start_next(now)) next_start_ = now + pace(now);
}

// The default protects the network from long lists at many agents at once. Short ones are over before it matters, and
// on a path that answers quickly a check is answered before the next one leaves.
Duration Agent::pace(Instant now) const {
    if (gathering_.waiting_count(now) + session_->waiting_count() <= kSmallList) return kPaceMin;
    const auto round_trip = session_->round_trip();
    if (!round_trip) return kPaceDefault;
    return std::clamp<Duration>(*round_trip, kPaceMin, kPaceDefault);
}

std::optional<Transmit> Agent::poll_transmit() {
    if (auto checking = session_->poll_transmit()) return checking;
    if (previous_) {
        if (auto keeping = previous_->poll_transmit(session_->role())) return keeping;
    }
    return gathering_.poll_transmit();
}

std::optional<Instant> Agent::poll_timeout() const {
    std::optional<Instant> next = session_->poll_timeout();
    const auto consider = [&](std::optional<Instant> at) {
        if (at && (!next || *at < *next)) next = at;
    };
    consider(gathering_.poll_timeout());
    if (previous_) {
        consider(previous_->poll_timeout());
        consider(previous_ends_at_);
    }
    if (session_->can_start()) consider(next_start_);
    if (const auto asking = gathering_.next_start()) consider(std::max(*asking, next_start_));
    return next;
}

// ---- the result

std::optional<PathInfo> Agent::session_path() const {
    const Pair* pair = session_->path();
    if (pair == nullptr) return std::nullopt;
    return PathInfo{pair->route, gathering_.type_of(pair->local, pair->mapped), pair->remote.type,
                    session_->is_nominated(), pair->local.relay};
}

const PreviousPath* Agent::carrying_previous() const {
    if (!previous_ || session_->is_nominated() || previous_->consent().has_expired()) return nullptr;
    return &*previous_;
}

std::optional<PathInfo> Agent::path() const {
    const PreviousPath* previous = carrying_previous();
    return previous != nullptr ? previous->info() : session_path();
}

State Agent::state() const {
    if (const PreviousPath* previous = carrying_previous()) {
        return previous->consent().is_silent() ? State::kDisconnected : State::kConnected;
    }
    if (session_->has_failed()) return State::kFailed;
    if (session_->path() != nullptr) {
        const Consent* consent = session_->consent();
        if (consent != nullptr && consent->is_silent()) return State::kDisconnected;
        return session_->is_nominated() ? State::kCompleted : State::kConnected;
    }
    return session_->has_remote() ? State::kChecking : State::kNew;
}

// Apart from packets that were kept, events are not queued: they are what differs from what was told.
std::optional<Event> Agent::poll_event() {
    if (auto candidate = gathering_.poll_candidate()) {
        candidate->ufrag = local_credentials().ufrag;
        return CandidateFound{std::move(*candidate)};
    }
    if (gathering_.is_done() && !std::exchange(done_told_, true)) return GatheringDone{};
    if (auto name = remotes_.poll_name()) return NameToResolve{std::move(*name)};
    const auto now_on = path();
    if (!now_on) path_told_.reset(); // the same one found again is news
    if (now_on && now_on != path_told_) {
        path_told_ = now_on;
        return PathChanged{*now_on};
    }
    if (const State now_in = state(); now_in != state_told_) {
        state_told_ = now_in;
        return StateChanged{now_in};
    }
    if (auto packet = unvalidated_.poll()) return EarlyPacket{std::move(*packet)};
    return std::nullopt;
}

} // namespace vv::ice
