// Which pair the call ends up on (RFC 8445 §8). The controlling end lets the
// checks run a little, then nominates the best pair that works, once. The
// controlled end follows, also a peer that nominates every pair it checks.
#pragma once

#include "base/instant.h"
#include "ice/checklist.h"

#include <chrono>
#include <optional>

namespace vv::ice {

/// How long a working pair waits for a better one that is still being checked. Data flows meanwhile.
inline constexpr std::chrono::milliseconds kNominationWaitMin{100};
inline constexpr std::chrono::milliseconds kNominationWaitMax{500};
/// A relayed one waits at least that, and on a slow way so much longer: between two NATs that take another port for
/// each destination a direct pair is found by one check after another, and the first of them may have to be repeated.
inline constexpr std::chrono::milliseconds kRelayedWaitMax{1000};
inline constexpr int kRoundTripsToADirectPair = 5;
/// A peer that names a worse pair while it has not named the better one for so long has moved to it.
inline constexpr std::chrono::seconds kNominationStale{5};

class Nomination {
public:
    /// Controlling: the pair to nominate now, which is then asked for until one of the next two is called.
    /// all_known: neither end will find another candidate. repeat: after so long a check without an answer is repeated.
    [[nodiscard]] std::optional<PairId> choose(Instant now, const Checklist& checklist, bool all_known,
                                               std::optional<Duration> round_trip, Duration repeat);
    [[nodiscard]] bool is_asking(PairId id) const { return asking_ == id; }
    void handle_granted(PairId id);
    void handle_failed(PairId id);

    /// Controlled: the peer nominates a pair that is valid.
    void handle_peer_nomination(Instant now, const Pair& pair, const Checklist& checklist);

    /// The role has changed: what was asked for is not ours to ask any more.
    void withdraw();

    [[nodiscard]] std::optional<PairId> selected() const { return selected_; }
    /// When to choose, if nothing happens before.
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

private:
    std::optional<Instant> valid_since_;
    std::optional<Instant> decide_at_;
    std::optional<PairId> asking_;
    std::optional<PairId> selected_;
    Instant named_at_; // the selected pair, by the peer, for the last time
};

} // namespace vv::ice
