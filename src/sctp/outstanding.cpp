#include "sctp/outstanding.h"

#include "base/assert.h"

#include <algorithm>

namespace vv::sctp {

Tsn Outstanding::add(Instant now, const Fragment& fragment) {
    const Tsn tsn = next();
    chunks_.push_back({.fragment = fragment, .sent = now, .first_sent = now, .newest = tsn});
    cost_ += chunks_.back().cost();
    flight_ += chunks_.back().size();
    if (!timed_) timed_ = tsn;
    return tsn;
}

DataChunk Outstanding::describe(Tsn tsn) const {
    const Fragment& fragment = at(tsn).fragment;
    const OutgoingMessage& message = *fragment.message;
    return {.tsn = tsn.wire(),
            .stream = message.stream,
            .ssn = message.ssn,
            .ppid = message.ppid,
            .is_unordered = !message.is_ordered,
            .is_begin = fragment.is_begin(),
            .is_end = fragment.is_end(),
            .payload = fragment.payload()};
}

Tsn Outstanding::last_of(StreamId stream) const {
    Tsn tsn = next() - 1;
    while (tsn >= first_ && at(tsn).fragment.message->stream != stream)
        tsn = tsn - 1;
    return tsn;
}

// Whatever state it goes to, it is not counted in the one it has.
void Outstanding::leave_state(OutgoingChunk& chunk) {
    if (chunk.state == State::kInFlight) flight_ -= chunk.size();
    if (chunk.state == State::kLost) --lost_;
}

// ---- what a SACK says

std::optional<Outstanding::Acked> Outstanding::handle_sack(Instant now, const SackView& sack) {
    const Tsn cumulative = this->cumulative().nearest(sack.cumulative_tsn);
    if (!is_possible(cumulative)) return std::nullopt;
    if (sack.gap_count() > 0 && cumulative + sack.gap(sack.gap_count() - 1).last >= next()) return std::nullopt;
    Acked acked;
    acked.round_trip = measure_doubtful(now, sack);
    newly_acked_.reset();
    ack_up_to(now, cumulative, acked);
    ack_gaps(now, sack, cumulative, acked);
    if (recovery_end_ && cumulative >= *recovery_end_) recovery_end_.reset();
    if (sack.gap_count() > 0) {
        const Tsn reported = cumulative + sack.gap(sack.gap_count() - 1).last;
        // RFC 9260 §7.2.4: while recovering, progress alone is reason to count all that is missing.
        if (is_recovering() && acked.is_advanced) {
            count_misses(now, reported, reported, acked);
        } else if (newly_acked_) {
            count_misses(now, *newly_acked_, *newly_acked_, acked);
        }
    }
    return acked;
}

// Where a chunk was sent again although it had only not come yet, the other end sees it twice and says so: a round trip
// after it was sent the last time, and then its first acknowledgement was that of the first. By this it is learnt that
// a path has become longer than the RTO, of which everything else is sent twice and measures nothing. What the path
// itself doubles comes twice too early to be taken for that.
std::optional<Duration> Outstanding::measure_doubtful(Instant now, const SackView& sack) {
    for (std::size_t i = 0; doubtful_ && i < sack.duplicate_count(); ++i) {
        const bool is_it = sack.duplicate(i) == doubtful_->tsn.wire();
        if (!is_it || now - doubtful_->sent < doubtful_->elapsed * 3 / 4) continue;
        const Duration elapsed = doubtful_->elapsed;
        doubtful_.reset();
        return elapsed;
    }
    return std::nullopt;
}

std::optional<Outstanding::Acked> Outstanding::handle_cumulative(Instant now, std::uint32_t cumulative_tsn) {
    const Tsn cumulative = this->cumulative().nearest(cumulative_tsn);
    if (!is_possible(cumulative)) return std::nullopt;
    Acked acked;
    ack_up_to(now, cumulative, acked);
    if (recovery_end_ && cumulative >= *recovery_end_) recovery_end_.reset();
    return acked;
}

void Outstanding::ack(Instant now, Tsn tsn, Acked& acked) {
    OutgoingChunk& chunk = at(tsn);
    if (chunk.state == State::kInFlight || chunk.state == State::kLost) {
        acked.bytes += chunk.size();
        if (chunk.retransmissions > 0) doubtful_ = Doubtful{tsn, now - chunk.first_sent, chunk.sent};
        newly_acked_ = tsn;
    }
    if (timed_ == tsn) {
        // RFC 9260 §6.3.1 C5 (Karn): only of what was sent once.
        if (chunk.retransmissions == 0 && chunk.state == State::kInFlight) acked.round_trip = now - chunk.sent;
        timed_.reset();
    }
    leave_state(chunk);
}

void Outstanding::ack_up_to(Instant now, Tsn cumulative, Acked& acked) {
    while (first_ <= cumulative) {
        ack(now, first_, acked);
        cost_ -= chunks_.front().cost();
        chunks_.pop_front();
        ++first_;
        acked.is_advanced = true;
    }
}

void Outstanding::ack_gaps(Instant now, const SackView& sack, Tsn cumulative, Acked& acked) {
    Tsn tsn = first_;
    const auto take_back_before = [&](Tsn end) {
        for (; tsn < end; ++tsn) {
            OutgoingChunk& chunk = at(tsn);
            if (chunk.state != State::kAcked) continue;
            chunk.state = State::kInFlight;
            chunk.misses = 0;
            flight_ += chunk.size();
        }
    };
    for (std::size_t i = 0; i < sack.gap_count(); ++i) {
        const GapBlock block = sack.gap(i);
        take_back_before(cumulative + block.first);
        for (; tsn <= cumulative + block.last; ++tsn) {
            OutgoingChunk& chunk = at(tsn);
            if (chunk.state == State::kAcked || chunk.state == State::kAbandoned) continue;
            ack(now, tsn, acked);
            chunk.state = State::kAcked;
        }
    }
    const Tsn end = tsn;
    take_back_before(std::max(tsn, std::min(acked_end_, next())));
    acked_end_ = end;
}

// Up to end, what is in flight has been missed once more, if something has come that was sent after it.
void Outstanding::count_misses(Instant now, Tsn end, Tsn reference, Acked& acked) {
    const Tsn newest = next() - 1;
    for (Tsn tsn = first_; tsn < end; ++tsn) {
        OutgoingChunk& chunk = at(tsn);
        if (chunk.state != State::kInFlight || reference <= chunk.newest) continue;
        if (++chunk.misses < kMissesMax) continue;
        lose(now, tsn);
        acked.is_loss = acked.is_loss || !is_recovering();
        if (!is_recovering()) recovery_end_ = newest;
    }
}

// ---- what is lost, and what is given up

bool Outstanding::is_given_up(Instant now, const OutgoingChunk& chunk) const {
    const OutgoingMessage& message = *chunk.fragment.message;
    return can_abandon_ && (message.has_expired(now) ||
                            (message.retransmissions_max && chunk.retransmissions >= *message.retransmissions_max));
}

void Outstanding::lose(Instant now, Tsn tsn) {
    OutgoingChunk& chunk = at(tsn);
    if (is_given_up(now, chunk)) return abandon_message_of(tsn);
    leave_state(chunk);
    chunk.state = State::kLost;
    chunk.misses = 0;
    lost_hint_ = lost_ == 0 ? tsn : std::min(lost_hint_, tsn);
    ++lost_;
    if (timed_ == tsn) timed_.reset();
}

// The chunks of a message stand next to each other.
void Outstanding::abandon_message_of(Tsn tsn) {
    const MessagePointer message = at(tsn).fragment.message;
    message->is_abandoned = true;
    Tsn first = tsn;
    while (first > first_ && at(first - 1).fragment.message == message)
        first = first - 1;
    for (; first < next() && at(first).fragment.message == message; ++first) {
        OutgoingChunk& chunk = at(first);
        leave_state(chunk);
        chunk.state = State::kAbandoned;
        if (timed_ == first) timed_.reset();
    }
}

void Outstanding::handle_timeout(Instant now) {
    recovery_end_.reset();
    for (Tsn tsn = first_; tsn < next(); ++tsn) {
        if (at(tsn).state == State::kInFlight) lose(now, tsn);
    }
}

std::optional<Tsn> Outstanding::next_lost(Instant now) {
    Tsn tsn = std::max(lost_hint_, first_);
    while (lost_ > 0) {
        VV_ASSERT(tsn < next());
        if (at(tsn).state == State::kLost) {
            lost_hint_ = tsn;
            if (!can_abandon_ || !at(tsn).fragment.message->has_expired(now)) return tsn;
            abandon_message_of(tsn);
        }
        ++tsn;
    }
    return std::nullopt;
}

void Outstanding::note_sent_again(Instant now, Tsn tsn) {
    OutgoingChunk& chunk = at(tsn);
    VV_ASSERT(chunk.state == State::kLost);
    leave_state(chunk);
    chunk.state = State::kInFlight;
    chunk.sent = now;
    chunk.newest = next() - 1;
    if (chunk.retransmissions < UINT16_MAX) ++chunk.retransmissions;
    flight_ += chunk.size();
}

std::optional<Outstanding::Forward> Outstanding::forward(std::size_t streams_max) const {
    if (!has_forward()) return std::nullopt;
    Forward forward{cumulative(), {}};
    for (Tsn tsn = first_; tsn < next() && at(tsn).state == State::kAbandoned; ++tsn) {
        const OutgoingMessage& message = *at(tsn).fragment.message;
        if (message.is_ordered) {
            // Later messages of a stream have later numbers: only the last one is told.
            const auto told = std::ranges::find(forward.streams, message.stream, &SkippedStream::stream);
            if (told != forward.streams.end()) {
                told->ssn = message.ssn;
            } else if (forward.streams.size() < streams_max) {
                forward.streams.push_back({message.stream, message.ssn});
            } else {
                break;
            }
        }
        forward.tsn = tsn;
    }
    return forward;
}

} // namespace vv::sctp
