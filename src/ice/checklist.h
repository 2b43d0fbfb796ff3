// The pairs of one generation and the order in which they are checked (RFC 8445
// §6.1.2, §6.1.4.2; RFC 8838 §12 for those that trickle in). A pair is a local
// base and a remote address. Checks themselves are the session's.
#pragma once

#include "base/instant.h"
#include "base/tagged.h"
#include "ice/candidate.h"
#include "ice/gathering.h"
#include "ice/path.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vv::ice {

using PairId = Tagged<std::uint32_t, struct PairIdTag>;

/// RFC 8445 §6.1.2.6.
enum class PairState : std::uint8_t { kFrozen, kWaiting, kInProgress, kSucceeded, kFailed };

struct Pair {
    PairId id;
    Route route;
    LocalCandidate local;
    Candidate remote;
    std::uint64_t priority = 0;
    PairState state = PairState::kFrozen;
    /// The controlling end wants it (RFC 8445 §7.3.1.5); it counts once the pair has succeeded.
    bool peer_nominates = false;
    int conflicts = 0; ///< checks that ended in one of roles
    /// Of a pair that has succeeded: this end as the other sees it, and when it last answered, which is its consent.
    SocketAddress mapped;
    Instant answered_at;

    [[nodiscard]] bool is_pending() const {
        return state == PairState::kFrozen || state == PairState::kWaiting || state == PairState::kInProgress;
    }
    [[nodiscard]] bool is_relayed() const {
        return local.type == CandidateType::kRelayed || remote.type == CandidateType::kRelayed;
    }
    [[nodiscard]] bool has_foundation_of(const Pair& other) const {
        return local.foundation == other.local.foundation && remote.foundation == other.remote.foundation;
    }
};

class Checklist {
public:
    explicit Checklist(bool controlling) : controlling_(controlling) {}

    void add_local(const LocalCandidate& base);
    void remove_local(TransportId via);
    /// A candidate that checks have shown before takes on what is said of it now.
    void add_remote(const Candidate& candidate);
    /// RFC 8445 §7.3.1.3, §7.3.1.4: the pair a check has come by, with a new peer-reflexive candidate if its source is
    /// not known. Nothing: the limits are reached, or the transport is gone.
    Pair* find_or_add(const Route& route, std::uint32_t priority);
    void set_controlling(bool controlling);

    [[nodiscard]] Pair* find(PairId id);
    [[nodiscard]] const Pair* find(PairId id) const;
    [[nodiscard]] const Pair* find(const Route& route) const;
    [[nodiscard]] std::size_t remote_count() const { return remotes_.size(); }
    /// The best first.
    [[nodiscard]] std::span<const Pair> pairs() const { return pairs_; }
    /// The best that has succeeded.
    [[nodiscard]] const Pair* best_valid() const;
    /// One that could still succeed, of a priority above this.
    [[nodiscard]] bool has_pending_above(std::uint64_t priority) const;
    [[nodiscard]] bool has_pending() const;

    /// Puts a check of this pair before the ordinary ones (RFC 8445 §6.1.4.1), whatever its state.
    void trigger(PairId id);
    /// The pair to check next; its state is then up to the caller.
    [[nodiscard]] std::optional<PairId> next_to_check();
    [[nodiscard]] bool has_next() const;
    [[nodiscard]] std::size_t waiting_count() const;

    /// RFC 8445 §7.2.5.3.3: pairs of its foundation need not wait any more.
    void handle_success(Pair& pair);
    /// RFC 8445 §8.1.2: the others have lost. Those above this priority stay.
    void drop_waiting_below(std::uint64_t priority);

private:
    [[nodiscard]] std::uint64_t pair_priority(const LocalCandidate& local, const Candidate& remote) const;
    [[nodiscard]] bool has_room_for_reflexive(TransportId via) const;
    Pair* pair_up(const LocalCandidate& base, const Candidate& remote);
    [[nodiscard]] bool make_room_for(std::uint64_t priority);
    [[nodiscard]] bool is_foundation_busy(const Pair& pair) const;
    [[nodiscard]] const Pair* next_ordinary() const;
    void erase(PairId id);
    void sort();

    bool controlling_;
    std::vector<LocalCandidate> locals_;
    std::vector<Candidate> remotes_;
    std::vector<Pair> pairs_; // by falling priority
    std::deque<PairId> triggered_;
    std::uint32_t next_id_ = 1;
    std::uint32_t next_reflexive_ = 1;
};

} // namespace vv::ice
