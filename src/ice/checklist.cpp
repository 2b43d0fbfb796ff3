#include "ice/checklist.h"

#include "ice/limits.h"

#include <algorithm>

namespace vv::ice {
namespace {

// RFC 8445 §6.1.2.2: of one family, and a link-local address of IPv6 only with its like.
bool can_be_paired(const SocketAddress& local, const SocketAddress& remote) {
    return local.ip.family() == remote.ip.family() && is_link_local_v6(local.ip) == is_link_local_v6(remote.ip);
}

} // namespace

// ---- candidates

void Checklist::add_local(const LocalCandidate& base) {
    locals_.push_back(base);
    for (const Candidate& remote : remotes_) {
        if (can_be_paired(base.address, remote.address)) pair_up(base, remote);
    }
}

void Checklist::remove_local(TransportId via) {
    std::erase_if(locals_, [&](const LocalCandidate& base) { return base.via == via; });
    std::erase_if(pairs_, [&](const Pair& pair) { return pair.route.via == via; });
    std::erase_if(triggered_, [&](PairId id) { return find(id) == nullptr; });
}

void Checklist::add_remote(const Candidate& candidate) {
    const auto known = std::ranges::find(remotes_, candidate.address, &Candidate::address);
    if (known != remotes_.end()) {
        if (known->type != CandidateType::kPeerReflexive) return;
        *known = candidate;
        for (Pair& pair : pairs_) {
            if (pair.route.remote != candidate.address) continue;
            pair.remote = candidate;
            pair.priority = pair_priority(pair.local, candidate);
        }
        sort();
    } else {
        if (remotes_.size() == kRemoteCandidatesMax) return;
        remotes_.push_back(candidate);
    }
    // One that was seen before it was told has a pair with the local candidate that saw it, and with no other.
    for (const LocalCandidate& base : locals_) {
        const bool is_new = find(Route{base.via, candidate.address}) == nullptr;
        if (is_new && can_be_paired(base.address, candidate.address)) pair_up(base, candidate);
    }
}

bool Checklist::has_room_for_reflexive(TransportId via) const {
    const auto in_all = std::ranges::count(remotes_, CandidateType::kPeerReflexive, &Candidate::type);
    const auto by_this = std::ranges::count_if(pairs_, [&](const Pair& pair) {
        return pair.route.via == via && pair.remote.type == CandidateType::kPeerReflexive;
    });
    return remotes_.size() < kRemoteCandidatesMax && static_cast<std::size_t>(in_all) < kPeerReflexiveInAllMax &&
           static_cast<std::size_t>(by_this) < kPeerReflexiveMax;
}

Pair* Checklist::find_or_add(const Route& route, std::uint32_t priority) {
    if (const Pair* known = find(route)) return find(known->id);
    const auto local = std::ranges::find(locals_, route.via, &LocalCandidate::via);
    if (local == locals_.end()) return nullptr;
    auto remote = std::ranges::find(remotes_, route.remote, &Candidate::address);
    if (remote == remotes_.end()) {
        if (!has_room_for_reflexive(route.via)) return nullptr;
        // RFC 8445 §7.3.1.3: a foundation that no other candidate has. A blank cannot be in one that was told.
        remote = remotes_.insert(remotes_.end(), {.foundation = "seen " + std::to_string(next_reflexive_++),
                                                  .priority = priority,
                                                  .type = CandidateType::kPeerReflexive,
                                                  .address = route.remote});
    }
    return pair_up(*local, *remote);
}

// ---- pairs

// RFC 8445 §6.1.2.3.
std::uint64_t Checklist::pair_priority(const LocalCandidate& local, const Candidate& remote) const {
    const std::uint64_t controlling = controlling_ ? local.priority : remote.priority;
    const std::uint64_t controlled = controlling_ ? remote.priority : local.priority;
    return (std::min(controlling, controlled) << 32U) + 2 * std::max(controlling, controlled) +
           (controlling > controlled ? 1 : 0);
}

Pair* Checklist::pair_up(const LocalCandidate& base, const Candidate& remote) {
    const std::uint64_t priority = pair_priority(base, remote);
    if (!make_room_for(priority)) return nullptr;
    Pair pair{.id = PairId(next_id_++),
              .route = {base.via, remote.address},
              .local = base,
              .remote = remote,
              .priority = priority,
              .mapped = {},
              .answered_at = {}};
    pair.state = is_foundation_busy(pair) ? PairState::kFrozen : PairState::kWaiting;
    const PairId id = pair.id;
    pairs_.push_back(std::move(pair));
    sort();
    return find(id);
}

// RFC 8838 §10: when the list is full, first what has failed goes, then what is worse and has not begun.
bool Checklist::make_room_for(std::uint64_t priority) {
    if (pairs_.size() < kPairsMax) return true;
    auto victim = std::ranges::find(pairs_.rbegin(), pairs_.rend(), PairState::kFailed, &Pair::state);
    if (victim == pairs_.rend()) {
        victim = std::find_if(pairs_.rbegin(), pairs_.rend(), [&](const Pair& pair) {
            const bool has_begun = pair.state == PairState::kInProgress || pair.state == PairState::kSucceeded;
            return !has_begun && pair.priority < priority;
        });
    }
    if (victim == pairs_.rend()) return false;
    erase(victim->id);
    return true;
}

void Checklist::erase(PairId id) {
    std::erase_if(pairs_, [&](const Pair& pair) { return pair.id == id; });
    std::erase(triggered_, id);
}

// Of equal ones the older stays in front, so that a run can be repeated.
void Checklist::sort() {
    std::ranges::sort(pairs_, [](const Pair& left, const Pair& right) {
        return left.priority != right.priority ? left.priority > right.priority : left.id < right.id;
    });
}

void Checklist::set_controlling(bool controlling) {
    if (controlling_ == controlling) return;
    controlling_ = controlling;
    for (Pair& pair : pairs_)
        pair.priority = pair_priority(pair.local, pair.remote);
    sort();
}

Pair* Checklist::find(PairId id) {
    const auto found = std::ranges::find(pairs_, id, &Pair::id);
    return found == pairs_.end() ? nullptr : &*found;
}

const Pair* Checklist::find(PairId id) const {
    const auto found = std::ranges::find(pairs_, id, &Pair::id);
    return found == pairs_.end() ? nullptr : &*found;
}

const Pair* Checklist::find(const Route& route) const {
    const auto found = std::ranges::find(pairs_, route, &Pair::route);
    return found == pairs_.end() ? nullptr : &*found;
}

const Pair* Checklist::best_valid() const {
    const auto found = std::ranges::find(pairs_, PairState::kSucceeded, &Pair::state);
    return found == pairs_.end() ? nullptr : &*found;
}

bool Checklist::has_pending_above(std::uint64_t priority) const {
    return std::ranges::any_of(pairs_, [&](const Pair& pair) { return pair.is_pending() && pair.priority > priority; });
}

bool Checklist::has_pending() const {
    return std::ranges::any_of(pairs_, &Pair::is_pending);
}

// ---- order

void Checklist::trigger(PairId id) {
    Pair* pair = find(id);
    if (pair == nullptr || std::ranges::find(triggered_, id) != triggered_.end()) return;
    if (pair->state == PairState::kFrozen || pair->state == PairState::kFailed) pair->state = PairState::kWaiting;
    triggered_.push_back(id);
}

bool Checklist::is_foundation_busy(const Pair& pair) const {
    return std::ranges::any_of(pairs_, [&](const Pair& other) {
        const bool is_busy = other.state == PairState::kWaiting || other.state == PairState::kInProgress;
        return is_busy && other.id != pair.id && other.has_foundation_of(pair);
    });
}

// RFC 8445 §6.1.4.2: the best that waits, else the best that need not be frozen any more.
const Pair* Checklist::next_ordinary() const {
    const auto waiting = std::ranges::find(pairs_, PairState::kWaiting, &Pair::state);
    if (waiting != pairs_.end()) return &*waiting;
    const auto thawed = std::ranges::find_if(
        pairs_, [&](const Pair& pair) { return pair.state == PairState::kFrozen && !is_foundation_busy(pair); });
    return thawed == pairs_.end() ? nullptr : &*thawed;
}

std::optional<PairId> Checklist::next_to_check() {
    if (!triggered_.empty()) {
        const PairId id = triggered_.front();
        triggered_.pop_front();
        return id;
    }
    const Pair* next = next_ordinary();
    return next != nullptr ? std::optional(next->id) : std::nullopt;
}

bool Checklist::has_next() const {
    return !triggered_.empty() || next_ordinary() != nullptr;
}

std::size_t Checklist::waiting_count() const {
    return static_cast<std::size_t>(std::ranges::count_if(pairs_, [](const Pair& pair) {
        return pair.state == PairState::kFrozen || pair.state == PairState::kWaiting;
    }));
}

void Checklist::handle_success(Pair& pair) {
    pair.state = PairState::kSucceeded;
    for (Pair& other : pairs_) {
        if (other.state == PairState::kFrozen && other.has_foundation_of(pair)) other.state = PairState::kWaiting;
    }
}

void Checklist::drop_waiting_below(std::uint64_t priority) {
    std::erase_if(pairs_, [&](const Pair& pair) {
        const bool waits = pair.state == PairState::kFrozen || pair.state == PairState::kWaiting;
        return waits && pair.priority < priority;
    });
    std::erase_if(triggered_, [&](PairId id) { return find(id) == nullptr; });
}

} // namespace vv::ice
