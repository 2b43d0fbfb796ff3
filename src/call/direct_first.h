// Direct first: the relay is not asked for until direct checks have had a fair chance. A
// near relay answers sooner than two home routers do, and some browsers settle on the
// first pair that works; a call that could be direct would then run over the relay for
// its whole life.
//
// A pure policy, as web/core/direct_first.ts is: what happens to the connection goes in,
// whether and when the relay gets its turn comes out.
#pragma once

#include "base/instant.h"

#include <chrono>
#include <optional>

namespace vv::call {

/// A fair chance, from the moment both descriptions are known.
inline constexpr std::chrono::milliseconds kHoldTime{800};
/// Once a direct pair works: for the handshake over it. Where it takes longer the pair carries the small packets of
/// checks and not the large ones of a handshake: there are such networks.
inline constexpr std::chrono::seconds kSecureTime{4};

class DirectFirst {
public:
    /// is_chosen: the relay is somebody's choice, and there is nothing to wait for.
    explicit DirectFirst(bool is_chosen = false) : is_chosen_(is_chosen), is_needed_(is_chosen) {}

    /// Whether the relay may be asked for. A pair that works takes it back if only the time was up.
    [[nodiscard]] bool is_released() const { return is_needed_ || has_lapsed_; }
    /// The direct pair that was found carries no handshake: it would be chosen again if it were tried again.
    [[nodiscard]] bool must_avoid_direct() const { return has_stalled_; }

    /// One of the two tells no direct candidate, checks have failed, or a path that worked no longer does.
    void handle_relay_needed() { is_needed_ = true; }
    /// The partner restarts ICE, before a handshake has come about over the pair that was found.
    void handle_partners_restart(Instant now) {
        if (!is_settled_ && found_ && now - *found_ >= kSecureTime / 2) has_stalled_ = true;
    }
    /// Both descriptions are known.
    void handle_checks_began(Instant now) {
        if (!began_) began_ = now;
    }
    /// A pair works. The handshake is still to come, and may not.
    void handle_pair_found(Instant now) {
        if (!found_) found_ = now;
        has_lapsed_ = false;
    }
    /// It leads to nothing any more, or its handshake was given up: neither is a handshake that does not come.
    void handle_pair_lost() { found_.reset(); }
    /// Another connection begins, and the relay is there from the start.
    void handle_renewed() {
        found_.reset();
        has_stalled_ = false;
    }
    void handle_connected() {
        is_settled_ = true;
        has_lapsed_ = false;
    }
    void handle_timeout(Instant now) {
        const auto due = poll_timeout();
        if (!due || now < *due) return;
        has_lapsed_ = true;
        has_stalled_ = has_stalled_ || found_.has_value();
    }
    [[nodiscard]] std::optional<Instant> poll_timeout() const {
        if (is_chosen_ || is_settled_ || has_stalled_) return std::nullopt;
        if (found_) return *found_ + kSecureTime;
        return is_released() || !began_ ? std::nullopt : std::optional(*began_ + kHoldTime);
    }

private:
    bool is_chosen_ = false;
    bool is_needed_ = false;
    bool has_lapsed_ = false;
    bool is_settled_ = false;
    bool has_stalled_ = false;
    std::optional<Instant> began_;
    std::optional<Instant> found_;
};

} // namespace vv::call
