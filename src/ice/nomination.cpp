#include "ice/nomination.h"

#include <algorithm>

namespace vv::ice {
namespace {

// A relay may stand in for a direct path that is about to be found; between direct ones a few round trips tell.
Duration wait_with(const Pair& best, std::optional<Duration> round_trip, Duration repeat) {
    if (best.is_relayed()) { // not measured: something was repeated already
        if (!round_trip) return kRelayedWaitMax;
        return std::clamp<Duration>(repeat + kRoundTripsToADirectPair * *round_trip, kNominationWaitMax,
                                    kRelayedWaitMax);
    }
    if (!round_trip) return kNominationWaitMax;
    return std::clamp<Duration>(3 * *round_trip, kNominationWaitMin, kNominationWaitMax);
}

} // namespace

std::optional<PairId> Nomination::choose(Instant now, const Checklist& checklist, bool all_known,
                                         std::optional<Duration> round_trip, Duration repeat) {
    if (asking_ && checklist.find(*asking_) == nullptr) asking_.reset(); // gone with its transport
    const Pair* best = checklist.best_valid();
    if (selected_ || asking_ || best == nullptr) {
        decide_at_.reset();
        return std::nullopt;
    }
    if (!valid_since_) valid_since_ = now;
    const bool may_be_surpassed = checklist.has_pending_above(best->priority) || (best->is_relayed() && !all_known);
    decide_at_ = *valid_since_ + wait_with(*best, round_trip, repeat);
    if (may_be_surpassed && now < *decide_at_) return std::nullopt;
    decide_at_.reset();
    asking_ = best->id;
    return asking_;
}

void Nomination::handle_granted(PairId id) {
    asking_.reset();
    selected_ = id;
}

void Nomination::handle_failed(PairId id) {
    if (asking_ == id) asking_.reset();
}

void Nomination::withdraw() {
    asking_.reset();
    decide_at_.reset();
}

// Of several the best, as RFC 5245 §8.1.1.2 had it for peers that nominate aggressively. Browsers do, and name only the
// pair they use from then on, which may be a worse one after the better has broken.
void Nomination::handle_peer_nomination(Instant now, const Pair& pair, const Checklist& checklist) {
    const Pair* current = selected_ ? checklist.find(*selected_) : nullptr;
    const bool takes_over = current == nullptr || pair.priority > current->priority ||
                            current->state != PairState::kSucceeded || now >= named_at_ + kNominationStale;
    if (pair.id != selected_ && !takes_over) return;
    selected_ = pair.id;
    named_at_ = now;
}

std::optional<Instant> Nomination::poll_timeout() const {
    return decide_at_;
}

} // namespace vv::ice
