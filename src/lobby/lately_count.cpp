#include "lobby/lately_count.h"

#include "base/assert.h"
#include "lobby/limits.h"

#include <algorithm>
#include <chrono>

namespace vv::lobby {

LatelyCount::Minute LatelyCount::minute_of(Instant now) {
    return std::chrono::floor<std::chrono::minutes>(now.time_since_epoch()).count();
}

LatelyCount::Minute LatelyCount::add(Instant now) {
    forget(now);
    ++by_minute_.at(static_cast<std::size_t>(newest_) % kMinutes);
    ++count_;
    return newest_;
}

void LatelyCount::remove(Instant now, Minute minute) {
    forget(now);
    if (newest_ - minute >= static_cast<Minute>(kMinutes)) return;
    std::uint32_t& here = by_minute_.at(static_cast<std::size_t>(minute) % kMinutes);
    VV_ASSERT(here > 0);
    --here;
    --count_;
}

void LatelyCount::forget(Instant now) {
    static_assert(kLatelyTime == std::chrono::minutes(kMinutes));
    const Minute minute = minute_of(now);
    const auto passed = std::min<Minute>(minute - newest_, kMinutes);
    for (Minute i = 0; i < passed; ++i) {
        std::uint32_t& oldest = by_minute_.at(static_cast<std::size_t>(minute - i) % kMinutes);
        count_ -= oldest;
        oldest = 0;
    }
    newest_ = std::max(newest_, minute);
}

std::optional<Instant> LatelyCount::poll_timeout() const {
    if (count_ == 0) return std::nullopt;
    return Instant(std::chrono::minutes(newest_ + 1));
}

} // namespace vv::lobby
