#include "call/mending.h"

#include <algorithm>

namespace vv::call {
namespace {

void keep_first(std::optional<Instant>& at, Instant now) {
    if (!at) at = now;
}

std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}

} // namespace

Trouble Mending::trouble() const {
    if (failed_) return Trouble::kFailed;
    return interrupted_ ? Trouble::kInterrupted : Trouble::kNone;
}

void Mending::handle_connected(Instant now) {
    has_connected_ = true;
    interrupted_.reset();
    failed_.reset();
    settle(now);
}

// Before the first connection nothing is broken then.
void Mending::handle_checking() {
    if (!has_connected_) since_.reset();
    failed_.reset();
}

void Mending::handle_sign(Instant now) {
    if (is_broken()) sign_ = now;
}

void Mending::handle_interrupted(Instant now) {
    if (!has_connected_) return;
    keep_first(interrupted_, now);
    begin_trouble(now);
}

void Mending::handle_failed(Instant now, bool is_dtls_over) {
    keep_first(failed_, now);
    begin_trouble(now);
    if (is_dtls_over) handle_dtls_over(now);
}

// What the partner cannot go on with is told by the partner; what is only due again is not, in a call that works by
// now.
bool Mending::wants_renewal(Instant now) const {
    return is_renewal_urgent_ || (renewal_at_ && now >= *renewal_at_ && since_);
}

void Mending::handle_renewal_wanted() {
    is_dead_ = is_renewal_urgent_ = true;
}

// The partner's restarts, which mend nothing then, would put off this end's own for good.
bool Mending::take_renewal(Instant now) {
    is_renewal_urgent_ = false;
    renewal_at_ = is_dead_ && has_connected_ ? std::optional(now + kRestartAgainTime) : std::nullopt;
    return is_dead_;
}

bool Mending::renews_too_often(Instant now) const {
    if (renewals_ < 2 * kRenewalsMax) return false;
    return !has_connected_ || (renewed_at_ && now < *renewed_at_ + kRestartAgainTime / 2);
}

void Mending::handle_renewed(Instant now) {
    ++renewals_;
    renewed_at_ = now;
    is_dead_ = is_dtls_over_ = is_renewal_urgent_ = false;
    renewal_at_.reset();
}

void Mending::handle_restart(Instant now) {
    restarted_ = now;
    ++restarts_;
    was_tried_ = true;
    sign_.reset();
}

bool Mending::wants_restart(Instant now) const {
    const auto due = restart_due();
    return due && now >= *due;
}

bool Mending::is_hopeless(Instant now) const {
    return since_ && !has_connected_ && now >= *since_ + kNeverTime;
}

std::optional<Instant> Mending::poll_timeout() const {
    if (!since_) return std::nullopt;
    if (!has_connected_) return *since_ + kNeverTime;
    return earlier(restart_due(), renewal_at_);
}

void Mending::handle_dtls_over(Instant now) {
    if (is_dtls_over_) return;
    is_dtls_over_ = true;
    const bool is_soon = renewals_wanted_ < kRenewalsMax;
    if (!is_soon && !has_connected_) return;
    ++renewals_wanted_;
    is_dead_ = true;
    renewal_at_ = now;
    if (is_soon || !renewed_at_) return;
    const Duration wait = renewals_ > kEagerRestarts ? Duration(kSlowRestartTime) : Duration(kRestartAgainTime);
    renewal_at_ = std::max(now, *renewed_at_ + wait);
}

void Mending::begin_trouble(Instant now) {
    if (since_) return;
    since_ = now;
    // The partner may have noticed first: what it began is of this trouble, and gets its time.
    was_tried_ = restarted_ && healed_ && *restarted_ > *healed_;
    if (!healed_ || now - *healed_ < kCalmTime) return;
    if (!was_tried_) restarted_.reset();
    restarts_ = was_tried_ ? 1 : 0;
    renewals_wanted_ = renewals_ = 0;
}

void Mending::settle(Instant now) {
    if (since_ || !healed_) healed_ = now;
    since_.reset();
    sign_.reset();
}

std::optional<Instant> Mending::restart_due() const {
    if (!since_ || !has_connected_) return std::nullopt;
    if (sign_) {
        const Instant due = restarted_ ? std::max(*sign_, *restarted_ + kSignAgainTime) : *sign_;
        return due + patience_;
    }
    const auto shaky = interrupted_ ? std::optional<Instant>(*interrupted_ + kShakyTime) : std::nullopt;
    // Checks that run by a restart take its failure back, not its cause.
    const Instant due = earlier(shaky, failed_).value_or(*since_);
    return std::max(due, restarted_ ? *restarted_ + pause() : due) + patience_;
}

// After the last restart.
Duration Mending::pause() const {
    if (was_tried_) return restarts_ > kEagerRestarts ? Duration(kSlowRestartTime) : Duration(kRestartAgainTime);
    constexpr unsigned kDoublingsMax = 3; // past which it is kRestartAgainTime in any case
    const unsigned doublings = std::min(restarts_ > 0 ? restarts_ - 1 : 0, kDoublingsMax);
    return std::min<Duration>(kRestartAgainTime, kFlappingTime * (1U << doublings));
}

} // namespace vv::call
