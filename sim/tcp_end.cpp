#include "sim/tcp_end.h"

#include <algorithm>
#include <utility>

namespace vv::sim {
namespace {

using namespace std::chrono_literals;

// RFC 6298 has a second; Linux, which most ends are, has this.
constexpr Duration kRtoMin = 200ms;
constexpr Duration kRtoMax = 60s;
constexpr int kDuplicatesMax = 3; // RFC 5681 §3.2

} // namespace

TcpEnd::TcpEnd(Instant now, Role role) : role_(role), opening_due_(true), timed_since_(now) {
    arm(now);
}

bool TcpEnd::write(ByteView bytes) {
    if (state_ == State::kClosed || is_closing_ || written() - acknowledged_ + bytes.size() > kTcpBufferMax)
        return false;
    to_send_.insert(to_send_.end(), bytes.begin(), bytes.end());
    return true;
}

ByteBuffer TcpEnd::take_received() {
    return std::exchange(received_bytes_, {});
}

void TcpEnd::open(Instant now) {
    state_ = State::kOpen;
    take_measure(now, 0);
    opening_due_ = false;
    repeats_ = 0;
    deadline_.reset();
}

void TcpEnd::break_off() {
    state_ = State::kClosed;
    was_broken_ = true;
    deadline_.reset();
}

void TcpEnd::arm(Instant now) {
    deadline_ = now + rto_;
}

void TcpEnd::handle_segment(Instant now, const TcpHeader& header, ByteView payload) {
    if (state_ == State::kClosed) return;
    if (header.rst) return break_off();
    if (header.syn) {
        handle_syn(now);
        return;
    }
    if (state_ == State::kOpening) {
        if (role_ == Role::kConnecting) return; // nothing of this stream yet
        open(now);
    }
    const bool is_bare = payload.empty() && !header.fin;
    if (header.ack) handle_acknowledged(now, header.acknowledged, is_bare);
    if (!payload.empty()) handle_payload(header.position, payload);
    if (header.fin) ended_at_ = header.position;
    if (!is_bare) ack_due_ = true;
    if (fin_acknowledged_ && ended_at_ == received_) state_ = State::kClosed;
}

void TcpEnd::handle_syn(Instant now) {
    if (role_ == Role::kConnecting) {
        if (state_ == State::kOpening) open(now);
        ack_due_ = true;
    } else if (state_ == State::kOpening) {
        opening_due_ = true; // again, since the answer to the first was lost
    } else {
        break_off(); // the other end has forgotten this stream and begins another one
    }
}

void TcpEnd::take_measure(Instant now, std::uint64_t acknowledged) {
    if (timed_since_ && acknowledged >= timed_end_) {
        measured_rto_ = std::clamp<Duration>(2 * (now - *timed_since_), kRtoMin, kRtoMax);
        timed_since_.reset();
    }
    rto_ = measured_rto_;
}

// FIN takes one position behind the last byte.
void TcpEnd::handle_acknowledged(Instant now, std::uint64_t acknowledged, bool is_bare) {
    const std::uint64_t end = written();
    if (acknowledged > end + (fin_sent_ ? 1 : 0)) return; // of something else
    if (fin_sent_ && acknowledged == end + 1) fin_acknowledged_ = true;
    const std::uint64_t bytes_through = std::min(acknowledged, end);
    if (bytes_through < acknowledged_) return;
    if (bytes_through == acknowledged_ && !fin_acknowledged_) {
        if (is_bare && next_ > acknowledged_ && ++duplicates_ == kDuplicatesMax) repeat_due_ = true;
        return;
    }
    take_measure(now, bytes_through);
    head_ += bytes_through - acknowledged_;
    acknowledged_ = bytes_through;
    next_ = std::max(next_, acknowledged_);
    if (head_ * 2 > to_send_.size()) {
        to_send_.erase(to_send_.begin(), to_send_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
    }
    duplicates_ = 0;
    repeats_ = 0;
    const bool is_waiting = next_ > acknowledged_ || (fin_sent_ && !fin_acknowledged_);
    deadline_ = is_waiting ? std::optional(now + rto_) : std::nullopt;
}

void TcpEnd::handle_payload(std::uint64_t position, ByteView payload) {
    const std::uint64_t end = position + payload.size();
    if (end <= received_) return;
    if (position > received_) {
        if (early_bytes_ + payload.size() > kTcpWindow) return;
        if (early_.try_emplace(position, payload.begin(), payload.end()).second) early_bytes_ += payload.size();
        return;
    }
    take_fresh(position, payload);
    while (!early_.empty() && early_.begin()->first <= received_) {
        const auto held = early_.extract(early_.begin());
        early_bytes_ -= held.mapped().size();
        take_fresh(held.key(), held.mapped());
    }
}

// As much of it as has not come by another segment: repeats are not cut as the first ones were.
void TcpEnd::take_fresh(std::uint64_t position, ByteView payload) {
    const std::uint64_t end = position + payload.size();
    if (end <= received_) return;
    const ByteView fresh = payload.subspan(received_ - position);
    received_bytes_.insert(received_bytes_.end(), fresh.begin(), fresh.end());
    received_ = end;
}

void TcpEnd::handle_timeout(Instant now) {
    if (!deadline_ || now < *deadline_) return;
    const int repeats_max = state_ == State::kOpening ? kTcpOpeningsMax : kTcpRepeatsMax;
    if (++repeats_ >= repeats_max) {
        reset_due_ = state_ == State::kOpen;
        return break_off();
    }
    rto_ = std::min(2 * rto_, kRtoMax);
    timed_since_.reset(); // Karn's rule
    if (state_ == State::kOpening) {
        opening_due_ = true;
    } else {
        next_ = acknowledged_;
        fin_sent_ = false;
    }
    arm(now);
}

std::optional<Instant> TcpEnd::poll_timeout() const {
    return state_ == State::kClosed ? std::nullopt : deadline_;
}

TcpEnd::Segment TcpEnd::make(std::uint64_t position, std::size_t size) {
    Segment segment;
    segment.header.ack = true;
    segment.header.position = position;
    segment.header.acknowledged = received_ + (ended_at_ == received_ ? 1 : 0);
    segment.payload = ByteView(to_send_).subspan(head_ + (position - acknowledged_), size);
    ack_due_ = false;
    return segment;
}

std::optional<TcpEnd::Segment> TcpEnd::poll_opening(Instant now) {
    if (!std::exchange(opening_due_, false)) return std::nullopt;
    if (!deadline_) arm(now);
    Segment segment;
    segment.header.syn = true;
    segment.header.ack = role_ == Role::kAccepting;
    return segment;
}

std::optional<TcpEnd::Segment> TcpEnd::poll_data(Instant now) {
    const std::uint64_t end = written();
    if (std::exchange(repeat_due_, false) && acknowledged_ < end) {
        timed_since_.reset();
        return make(acknowledged_, std::min<std::uint64_t>(end - acknowledged_, kTcpSegmentMax));
    }
    const std::uint64_t limit = std::min<std::uint64_t>(end, acknowledged_ + kTcpWindow);
    if (next_ < limit) {
        const std::uint64_t position = next_;
        next_ += std::min<std::uint64_t>(limit - next_, kTcpSegmentMax);
        if (!timed_since_ && repeats_ == 0) {
            timed_since_ = now;
            timed_end_ = next_;
        }
        if (!deadline_) arm(now);
        return make(position, next_ - position);
    }
    if (is_closing_ && next_ == end && !fin_sent_ && !fin_acknowledged_) {
        fin_sent_ = true;
        if (!deadline_) arm(now);
        Segment segment = make(end, 0);
        segment.header.fin = true;
        return segment;
    }
    return std::nullopt;
}

std::optional<TcpEnd::Segment> TcpEnd::poll_segment(Instant now) {
    if (std::exchange(reset_due_, false)) {
        Segment reset;
        reset.header.rst = true;
        return reset;
    }
    if (state_ == State::kOpening) return poll_opening(now);
    if (state_ == State::kOpen) {
        if (auto segment = poll_data(now)) return segment;
    }
    if (ack_due_ && !was_broken_) return make(next_, 0);
    return std::nullopt;
}

} // namespace vv::sim
