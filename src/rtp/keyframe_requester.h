// Asks for a whole picture until one comes (RFC 4585 §6.3.1). A request can be lost, and so can the answer; and a
// picture takes a round trip and is large, so asking more often would only cost.
#pragma once

#include "base/instant.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace vv::rtp {

inline constexpr std::chrono::milliseconds kPictureRequestInterval{300};

class KeyframeRequester {
public:
    /// Without a whole picture nothing more can be decoded.
    void handle_need(Instant now) {
        if (!ask_at_) ask_at_ = std::max(now, not_before_);
    }
    void handle_keyframe() { ask_at_.reset(); }
    void handle_timeout(Instant now) {
        if (!ask_at_ || now < *ask_at_) return;
        is_due_ = true;
        not_before_ = now + interval_;
        ask_at_ = not_before_;
    }
    [[nodiscard]] std::optional<Instant> poll_timeout() const { return ask_at_; }
    /// True: a PLI is to be sent now.
    [[nodiscard]] bool poll_request() { return std::exchange(is_due_, false); }

    void set_round_trip(Duration round_trip) {
        interval_ = std::max<Duration>(kPictureRequestInterval, round_trip + round_trip / 2);
    }

private:
    std::optional<Instant> ask_at_;
    Instant not_before_{Duration::min()};
    Duration interval_ = kPictureRequestInterval;
    bool is_due_ = false;
};

} // namespace vv::rtp
