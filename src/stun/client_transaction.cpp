#include "stun/client_transaction.h"

#include <algorithm>
#include <utility>

namespace vv::stun {

ClientTransaction::ClientTransaction(Instant now, const TransactionId& id, ByteBuffer request,
                                     const RequestTiming& timing)
    : id_(id),
      request_(std::move(request)),
      timing_(timing),
      interval_(std::min(timing.rto, timing.interval_max)) {
    VV_ASSERT(request_.size() >= kHeaderSize && timing_.requests_max > 0 && interval_ > Duration::zero());
    send(now);
}

bool ClientTransaction::is_answer(const Message& message) const {
    const bool answers =
        message.message_class() == MessageClass::kSuccess || message.message_class() == MessageClass::kError;
    if (!answers || message.transaction_id() != id_) return false;
    const auto type = ByteReader(request_).read_u16();
    return type == message_type(message.method(), MessageClass::kRequest);
}

Duration ClientTransaction::last_wait() const {
    return std::min(Duration(kLastWaitFactor * timing_.rto), timing_.last_wait_max);
}

// RFC 8489 §6.2.1: the waits double, and the one behind the last request is Rm times the first.
void ClientTransaction::send(Instant now) {
    repeated_ = repeated_ || sends_ > 0;
    ++sends_;
    is_due_ = true;
    sent_at_ = now;
    if (timing_.over_stream) {
        due_at_ = now + kStreamTimeout;
    } else if (sends_ == timing_.requests_max) {
        due_at_ = now + last_wait();
    } else {
        due_at_ = now + interval_;
        interval_ = std::min(2 * interval_, timing_.interval_max);
    }
}

void ClientTransaction::handle_timeout(Instant now) {
    if (timed_out_ || now < due_at_) return;
    const bool is_last = timing_.over_stream || stopped_ || sends_ == timing_.requests_max;
    if (!is_last) return send(now);
    timed_out_ = true;
    is_due_ = false;
}

std::optional<ByteView> ClientTransaction::poll_transmit() {
    if (!std::exchange(is_due_, false)) return std::nullopt;
    return request_;
}

std::optional<Instant> ClientTransaction::poll_timeout() const {
    if (timed_out_) return std::nullopt;
    return due_at_;
}

void ClientTransaction::repeat(Instant now) {
    if (timed_out_ || timing_.over_stream) return;
    repeated_ = true;
    stopped_ = false;
    sends_ = 0;
    interval_ = std::min(timing_.rto, timing_.interval_max);
    send(now);
}

void ClientTransaction::stop_sending(Instant now) {
    if (std::exchange(stopped_, true)) return;
    is_due_ = false;
    due_at_ = now + last_wait();
}

std::optional<Duration> ClientTransaction::round_trip(Instant now) const {
    if (repeated_ || now < sent_at_) return std::nullopt;
    return now - sent_at_;
}

} // namespace vv::stun
