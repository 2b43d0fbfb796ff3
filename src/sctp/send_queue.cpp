#include "sctp/send_queue.h"

#include "base/assert.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vv::sctp {

void SendQueue::push(MessagePointer message) {
    VV_ASSERT(!message->payload.empty());
    const StreamId id = message->stream;
    Stream& stream = streams_[id];
    if (stream.messages.empty()) turns_.push_back(id);
    if (!message->is_control) stream.bytes += message->payload.size();
    bytes_ += message->payload.size();
    ++messages_;
    stream.messages.push_back(std::move(message));
}

std::size_t SendQueue::bytes(StreamId stream) const {
    const auto found = streams_.find(stream);
    return found == streams_.end() ? 0 : found->second.bytes;
}

bool SendQueue::is_drained(StreamId stream) const {
    const auto found = streams_.find(stream);
    return found == streams_.end() || found->second.messages.empty();
}

std::optional<std::size_t> SendQueue::next_size(Instant now) {
    drop_useless(now);
    if (turns_.empty()) return std::nullopt;
    return streams_[turns_.front()].messages.front()->payload.size() - begun_;
}

// At the front: messages that have been given up, or whose time is over before they have begun.
void SendQueue::drop_useless(Instant now) {
    while (!turns_.empty()) {
        const StreamId id = turns_.front();
        Stream& stream = streams_[id];
        const OutgoingMessage& message = *stream.messages.front();
        const bool is_useless = begun_ > 0 ? message.is_abandoned : message.has_expired(now);
        if (!is_useless) return;
        (void)drop(id, stream, stream.messages.begin());
        end_turn(stream);
    }
}

Fragment SendQueue::take(std::size_t size_max) {
    VV_ASSERT(!turns_.empty() && size_max > 0);
    const StreamId id = turns_.front();
    Stream& stream = streams_[id];
    const MessagePointer message = stream.messages.front();
    if (begun_ == 0 && message->is_ordered) {
        message->ssn = stream.next.wire();
        ++stream.next;
    }
    const std::size_t size = std::min(size_max, message->payload.size() - begun_);
    const Fragment fragment{message, static_cast<std::uint32_t>(begun_), static_cast<std::uint32_t>(size)};
    begun_ += size;
    lower(*message, stream, size);
    if (fragment.is_end()) {
        stream.messages.pop_front();
        --messages_;
        end_turn(stream);
    }
    return fragment;
}

// The first of the line has sent a message, or lost one: it goes to the end, or out.
void SendQueue::end_turn(const Stream& stream) {
    begun_ = 0;
    if (stream.messages.empty()) {
        turns_.pop_front();
    } else {
        turns_.splice(turns_.end(), turns_, turns_.begin());
    }
}

void SendQueue::lower(const OutgoingMessage& message, Stream& stream, std::size_t bytes) {
    bytes_ -= bytes;
    if (message.is_control) return;
    const bool was_above = stream.bytes > stream.low_mark;
    stream.bytes -= bytes;
    if (!was_above || stream.bytes > stream.low_mark || stream.is_low_due) return;
    stream.is_low_due = true;
    low_.push_back(message.stream);
}

SendQueue::Messages::iterator SendQueue::drop(StreamId id, Stream& stream, Messages::iterator message) {
    const bool has_begun = begun_ > 0 && id == turns_.front() && message == stream.messages.begin();
    lower(**message, stream, (*message)->payload.size() - (has_begun ? begun_ : 0));
    --messages_;
    return stream.messages.erase(message);
}

void SendQueue::drop_expired(Instant now) {
    drop_useless(now);
    for (auto turn = turns_.begin(); turn != turns_.end();) {
        Stream& stream = streams_[*turn];
        auto message = stream.messages.begin();
        if (begun_ > 0 && turn == turns_.begin()) ++message;
        while (message != stream.messages.end())
            message = (*message)->has_expired(now) ? drop(*turn, stream, message) : std::next(message);
        turn = stream.messages.empty() ? turns_.erase(turn) : std::next(turn);
    }
}

void SendQueue::drop_streams_from(std::uint16_t count) {
    VV_ASSERT(begun_ == 0);
    for (auto turn = turns_.begin(); turn != turns_.end();) {
        if (turn->value() < count) {
            ++turn;
            continue;
        }
        Stream& stream = streams_[*turn];
        while (!stream.messages.empty())
            (void)drop(*turn, stream, stream.messages.begin());
        turn = turns_.erase(turn);
    }
}

void SendQueue::restart(StreamId stream) {
    const auto found = streams_.find(stream);
    if (found != streams_.end()) found->second.next = Ssn();
}

void SendQueue::set_low_mark(StreamId stream, std::size_t bytes) {
    if (bytes > 0 || streams_.contains(stream)) streams_[stream].low_mark = bytes;
}

std::optional<StreamId> SendQueue::poll_low() {
    if (low_.empty()) return std::nullopt;
    const StreamId id = low_.front();
    low_.pop_front();
    streams_[id].is_low_due = false;
    return id;
}

} // namespace vv::sctp
