#include "rtp/nack_generator.h"

#include <algorithm>
#include <utility>

namespace vv::rtp {

void NackGenerator::handle_packet(Instant now, std::uint16_t sequence) {
    const std::int64_t number = sequences_.unwrap(sequence);
    if (highest_ && number <= *highest_) {
        missing_.erase(number);
        return;
    }
    if (highest_) note_gap(now, *highest_ + 1, number);
    highest_ = number;
}

void NackGenerator::note_gap(Instant now, std::int64_t first, std::int64_t end) {
    if (missing_.size() + static_cast<std::size_t>(end - first) > kMissingMax) return give_up();
    for (; first < end; ++first)
        missing_[first] = {now + kReorderWait};
}

void NackGenerator::give_up() {
    missing_.clear();
    due_.clear();
    given_up_ = true;
}

void NackGenerator::handle_timeout(Instant now) {
    for (auto entry = missing_.begin(); entry != missing_.end();) {
        auto& [number, missing] = *entry;
        if (missing.ask_at > now || due_.size() == kMissingMax) {
            ++entry;
        } else if (missing.asked == kNacksMax) {
            entry = missing_.erase(entry);
            given_up_ = true;
        } else {
            ++missing.asked;
            missing.ask_at = now + retry_after_;
            due_.push_back(static_cast<std::uint16_t>(number));
            ++entry;
        }
    }
}

std::optional<Instant> NackGenerator::poll_timeout() const {
    std::optional<Instant> first;
    for (const auto& [number, missing] : missing_)
        first = std::min(first.value_or(missing.ask_at), missing.ask_at);
    return first;
}

std::vector<std::uint16_t> NackGenerator::poll_nack() {
    return std::exchange(due_, {});
}

bool NackGenerator::poll_given_up() {
    return std::exchange(given_up_, false);
}

void NackGenerator::set_round_trip(Duration round_trip) {
    retry_after_ = std::max<Duration>(round_trip, kNackRetryMin);
}

void NackGenerator::forget_before(std::uint16_t sequence) {
    missing_.erase(missing_.begin(), missing_.lower_bound(sequences_.peek(sequence)));
}

} // namespace vv::rtp
