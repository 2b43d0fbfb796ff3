// Chunks that have been sent and not acknowledged for good: what a SACK says of
// them, which of them are lost, and which are given up (RFC 9260 §6.2.1, §6.3.3,
// §7.2.4; RFC 3758 §3.5).
#pragma once

#include "base/instant.h"
#include "sctp/data_chunk.h"
#include "sctp/send_queue.h"
#include "sctp/sequence.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace vv::sctp {

/// RFC 9260 §7.2.4: SACKs that miss a chunk before it counts as lost.
inline constexpr unsigned kMissesMax = 3;
/// What a chunk takes in memory besides its bytes, about.
inline constexpr std::size_t kChunkCost = 64;

struct OutgoingChunk {
    enum class State : std::uint8_t {
        kInFlight,
        kAcked, ///< by a gap block, which the other end may take back (RFC 9260 §6.2.1)
        kLost,  ///< to be sent again
        kAbandoned,
    };

    Fragment fragment;
    Instant sent;
    Instant first_sent;
    Tsn newest; ///< the last TSN that had been sent when this was sent last
    State state = State::kInFlight;
    std::uint8_t misses = 0;
    std::uint16_t retransmissions = 0;

    /// What it takes of a window: many small ones are as much of a burden as few large ones (RFC 9260 counts payload
    /// only).
    [[nodiscard]] std::size_t size() const { return kDataHeaderSize + padded(fragment.size); }
    /// What it takes in memory, with its part of the message; the message itself goes with its first chunk.
    [[nodiscard]] std::size_t cost() const { return fragment.size + (fragment.is_begin() ? kMessageCost : kChunkCost); }
};

class Outstanding {
public:
    /// next: the first TSN.
    explicit Outstanding(Tsn next) : first_(next) {}

    /// The other end can be told what will not come (RFC 3758); without that nothing is given up.
    void permit_abandoning() { can_abandon_ = true; }

    /// A part of a message that is being sent. Its TSN.
    Tsn add(Instant now, const Fragment& fragment);
    [[nodiscard]] DataChunk describe(Tsn tsn) const;

    struct Acked {
        std::size_t bytes = 0; ///< of chunks that are covered for the first time
        bool is_advanced = false;
        bool is_loss = false; ///< with this SACK the window shrinks
        std::optional<Duration> round_trip{};
    };
    /// Nothing if it is older than what is known, or speaks of what was never sent.
    [[nodiscard]] std::optional<Acked> handle_sack(Instant now, const SackView& sack);
    /// The same of SHUTDOWN, which says nothing of what has come beyond the first gap (RFC 9260 §9.2).
    [[nodiscard]] std::optional<Acked> handle_cumulative(Instant now, std::uint32_t cumulative_tsn);
    /// T3 has expired: all that is on its way counts as lost.
    void handle_timeout(Instant now);

    /// The first that is to be sent again; what has expired meanwhile is given up instead.
    [[nodiscard]] std::optional<Tsn> next_lost(Instant now);
    [[nodiscard]] std::size_t size_of(Tsn tsn) const { return at(tsn).size(); }
    void note_sent_again(Instant now, Tsn tsn);

    /// RFC 3758 §3.5: up to where everything is given up, if that is beyond what is acknowledged.
    struct Forward {
        Tsn tsn;
        std::vector<SkippedStream> streams;
    };
    /// streams_max: more do not fit into the chunk; then it goes less far.
    [[nodiscard]] std::optional<Forward> forward(std::size_t streams_max) const;
    [[nodiscard]] bool has_forward() const {
        return !chunks_.empty() && chunks_.front().state == OutgoingChunk::State::kAbandoned;
    }

    /// Of the stream's last chunk; cumulative() if it has none here.
    [[nodiscard]] Tsn last_of(StreamId stream) const;
    [[nodiscard]] bool is_empty() const { return chunks_.empty(); }
    [[nodiscard]] Tsn cumulative() const { return first_ - 1; }
    /// Of the chunk that is sent next.
    [[nodiscard]] Tsn next() const { return first_ + static_cast<std::int64_t>(chunks_.size()); }
    [[nodiscard]] std::size_t flight() const { return flight_; }
    [[nodiscard]] bool has_lost() const { return lost_ > 0; }
    [[nodiscard]] bool is_recovering() const { return recovery_end_.has_value(); }
    /// What the chunks take, their costs included.
    [[nodiscard]] std::size_t cost() const { return cost_; }

private:
    using State = OutgoingChunk::State;

    [[nodiscard]] OutgoingChunk& at(Tsn tsn) { return chunks_[static_cast<std::size_t>(tsn - first_)]; }
    [[nodiscard]] const OutgoingChunk& at(Tsn tsn) const { return chunks_[static_cast<std::size_t>(tsn - first_)]; }
    [[nodiscard]] bool is_possible(Tsn cumulative) const { return cumulative + 1 >= first_ && cumulative < next(); }
    void ack(Instant now, Tsn tsn, Acked& acked);
    [[nodiscard]] std::optional<Duration> measure_doubtful(Instant now, const SackView& sack);
    void ack_up_to(Instant now, Tsn cumulative, Acked& acked);
    void ack_gaps(Instant now, const SackView& sack, Tsn cumulative, Acked& acked);
    void count_misses(Instant now, Tsn end, Tsn reference, Acked& acked);
    void lose(Instant now, Tsn tsn);
    void abandon_message_of(Tsn tsn);
    void leave_state(OutgoingChunk& chunk);
    [[nodiscard]] bool is_given_up(Instant now, const OutgoingChunk& chunk) const;

    bool can_abandon_ = false;
    Tsn first_;
    std::deque<OutgoingChunk> chunks_; // of first_ and the ones behind it
    std::size_t cost_ = 0;             // of all chunks
    std::size_t flight_ = 0;           // of those in flight
    std::size_t lost_ = 0;             // chunks
    Tsn lost_hint_;                    // no chunk before it is lost
    Tsn acked_end_;                    // no chunk from it on is acknowledged by a gap block
    std::optional<Tsn> newly_acked_;   // the highest that the present SACK covers first
    std::optional<Tsn> timed_;         // whose round trip is measured, one at a time
    struct Doubtful {
        Tsn tsn;
        Duration elapsed; // from the first time it was sent to its acknowledgement
        Instant sent;     // the last time
    };
    std::optional<Doubtful> doubtful_; // acknowledged, after it had been sent more than once
    std::optional<Tsn> recovery_end_;  // RFC 9260 §7.2.4: until this is acknowledged no further loss shrinks the window
};

} // namespace vv::sctp
