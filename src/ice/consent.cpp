#include "ice/consent.h"

#include <algorithm>
#include <utility>

namespace vv::ice {
namespace {

// RFC 7675 §5.1: by chance, so that the requests of many calls do not fall into step.
Duration about(Duration interval, Rng& rng) {
    constexpr std::uint64_t kLeast = 800;
    constexpr std::uint64_t kSpread = 401;
    return interval * static_cast<std::int64_t>(kLeast + rng.below(kSpread)) / 1000;
}

} // namespace

// A pair that has been valid for a while before it is used is asked at once.
Consent::Consent(Instant now, Instant granted_at, Subject subject, Rng& rng)
    : subject_(std::move(subject)),
      rng_(rng),
      granted_at_(granted_at),
      heard_at_(now),
      ask_at_(std::max(now, granted_at + about(kConsentInterval, rng))) {}

// RFC 7675 §5.1 would have the next request five seconds later also where this one is lost, and forbids less than four.
// We break that: with a loss of 30 % each way it ends a call within minutes, where a request a second lives through it.
// What the rule protects the network from, a request a second for at most thirty seconds is not, and while answers come
// the interval is the RFC's.
void Consent::ask(Instant now) {
    Request& request = requests_.at(asked_++ % kConsentRequestsMax);
    request = {stun::TransactionId(rng_.bytes<stun::kTransactionIdSize>()), now, true};
    due_ = request.id;
    ask_at_ = now + about(kConsentRetry, rng_);
}

void Consent::handle_timeout(Instant now) {
    if (expired_) return;
    expired_ = now >= granted_at_ + kConsentTimeout;
    silent_ = now >= heard_at_ + kSilenceMax;
    if (!expired_ && now >= ask_at_) ask(now);
}

std::optional<Transmit> Consent::poll_transmit(const Role& role) {
    const auto id = std::exchange(due_, std::nullopt);
    if (!id || expired_) return std::nullopt;
    const Check check{.priority = subject_.priority, .role = role};
    return Transmit{subject_.route, write_check(*id, check, subject_.between)};
}

bool Consent::handle_answer(Instant now, const Route& route, const stun::Message& answer) {
    const auto asked = std::ranges::find_if(
        requests_, [&](const Request& request) { return request.open && request.id == answer.transaction_id(); });
    if (asked == requests_.end() || route != subject_.route) return false;
    const bool is_over = expired_ || now >= granted_at_ + kConsentTimeout; // whether or not anybody has looked
    if (is_over || !is_authentic(answer, subject_.between.remote.key())) return true;
    handle_sign_of_life(now);
    const auto read = parse_check_answer(answer);
    if (!read || read->error) return true;
    asked->open = false;
    granted_at_ = now;
    ask_at_ = std::max(now, asked->sent_at + about(kConsentInterval, rng_));
    round_trip_ = std::max(now - asked->sent_at, Duration::zero());
    return true;
}

void Consent::handle_sign_of_life(Instant now) {
    heard_at_ = now;
    silent_ = false;
}

std::optional<Instant> Consent::poll_timeout() const {
    if (expired_) return std::nullopt;
    const Instant next = std::min(ask_at_, granted_at_ + kConsentTimeout);
    return silent_ ? next : std::min(next, heard_at_ + kSilenceMax);
}

} // namespace vv::ice
