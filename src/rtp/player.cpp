#include "rtp/player.h"

#include "rtp/ticks.h"

#include <algorithm>

namespace vv::rtp {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

} // namespace

void Player::start(Instant now) {
    is_playing_ = true;
    since_ = now;
    next_ = 0;
    round_ = 0;
    given_ = -1;
    whole_given_at_.reset();
}

// In whole seconds and the rest of one, as ticks_of() has them.
Instant Player::due() const {
    const std::int64_t at = due_ticks();
    const std::int64_t rate = recording_.clock_rate;
    // Rounded up, so that by then it is due.
    const std::int64_t rest = (at % rate * kNanoseconds + rate - 1) / rate;
    return since_ + std::chrono::seconds(at / rate) + std::chrono::nanoseconds(rest);
}

std::int64_t Player::ticks_until(Instant now) const {
    return ticks_of(now - since_, recording_.clock_rate);
}

std::optional<Instant> Player::poll_timeout() const {
    return is_playing_ ? std::optional(due()) : std::nullopt;
}

std::optional<Player::Due> Player::poll(Instant now) {
    if (!is_playing_ || now < due()) return std::nullopt;
    const Recording::Packet& out = packet();
    if (now - due() > kPlayerLatenessMax) round_ = ticks_until(now) - static_cast<std::int64_t>(out.time);
    given_ = due_ticks();
    if (out.is_whole) whole_given_at_ = now;
    const Due given{static_cast<std::uint32_t>(given_), out.bytes};
    if (++next_ == recording_.packets.size()) {
        next_ = 0;
        round_ += static_cast<std::int64_t>(recording_.length);
    }
    return given;
}

void Player::want_whole(Instant now) {
    if (!is_playing_ || (whole_given_at_ && now - *whole_given_at_ < kWholePicturePause)) return;
    const std::size_t count = recording_.packets.size();
    std::size_t at = next_;
    std::int64_t wraps = 0;
    while (!recording_.packets[at].is_whole) { // the first is
        if (++at == count) {
            at = 0;
            wraps = static_cast<std::int64_t>(recording_.length);
        }
    }
    const auto time = static_cast<std::int64_t>(recording_.packets[at].time);
    const std::int64_t soon = ticks_until(now) + kWholePictureWait.count() * recording_.clock_rate;
    if (round_ + wraps + time <= soon) return;
    // When the next would have been due, or now if that is far off, as among pictures that stand for long.
    const std::int64_t when = due_ticks() <= soon ? due_ticks() : std::max(ticks_until(now), given_ + 1);
    round_ = when - time;
    next_ = at;
}

} // namespace vv::rtp
