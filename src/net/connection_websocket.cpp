// A connection once it speaks WebSocket: frames in and out, pings, closing.
#include "net/connection.h"

#include <algorithm>
#include <utility>

namespace vv::net {

void Connection::take_frames(std::span<std::uint8_t> bytes) {
    awaiting_pong_ = false; // whatever it is, somebody is there
    while (state_ == State::kWebSocket) {
        const std::uint16_t before = reader_.frames();
        const auto message = reader_.poll_message(bytes);
        if (!message) {
            fail_websocket(message.error());
            return;
        }
        if (!admit_frames(static_cast<std::uint16_t>(reader_.frames() - before))) {
            fail_websocket({CloseCode::kPolicyViolation, "too many frames"});
            return;
        }
        const std::optional<WebSocketMessage>& whole = *message;
        if (!whole) break;
        if (!reader_.in_message()) message_since_.reset();
        handle_message(*whole);
    }
    if (state_ == State::kWebSocket && is_message_late()) {
        fail_websocket({CloseCode::kPolicyViolation, "the message did not come in full in time"});
    }
}

bool Connection::admit_frames(std::uint16_t count) {
    return !frames_.try_take(host_.loop.now(), kFrameRate, count);
}

// Asked whenever something came; who sends nothing at all is found by a ping.
bool Connection::is_message_late() {
    if (reader_.is_idle()) {
        message_since_.reset();
    } else if (!message_since_) {
        message_since_ = host_.loop.now();
    }
    return message_since_ && host_.loop.now() - *message_since_ >= host_.times.message;
}

void Connection::handle_message(const WebSocketMessage& message) {
    switch (message.opcode) {
    case Opcode::kText:
        host_.counters.messages_in.add();
        if (!close_sent_) site_.application->handle_text(id_, as_text(message.payload));
        break;
    case Opcode::kPing:
        if (!close_sent_) answer_ping(message.payload);
        break;
    case Opcode::kPong:
        break;
    case Opcode::kClose:
        handle_close_frame(message.payload);
        break;
    case Opcode::kBinary:
    case Opcode::kContinuation:
        fail_websocket({CloseCode::kUnsupportedData, "only text is spoken here"});
        break;
    }
}

void Connection::handle_close_frame(ByteView payload) {
    const auto close = parse_close(payload);
    if (!close) {
        fail_websocket(close.error());
        return;
    }
    // RFC 6455 §5.5.1: the answer repeats the code; without one it is empty.
    if (!close_sent_) {
        const std::optional<std::uint16_t> code = close->code;
        send_frame(Opcode::kClose, code ? close_payload(static_cast<CloseCode>(*code), "") : ByteBuffer());
    }
    leave_websocket();
    finish_after_flush();
}

void Connection::fail_websocket(const WebSocketFailure& failure) {
    host_.counters.protocol_errors.add();
    host_.log.debug("websocket-failed", {{"from", Redacted(remote_)}, {"why", failure.reason}});
    if (!close_sent_) send_frame(Opcode::kClose, close_payload(failure.code, failure.reason));
    leave_websocket();
    finish_after_flush();
}

void Connection::send_texts(std::span<const std::string> texts) {
    if (!is_websocket()) return;
    host_.counters.messages_out.add(texts.size());
    ByteBuffer frames;
    for (const auto& text : texts)
        write_frame(frames, Opcode::kText, as_bytes(text));
    send_frames(frames);
    update_interest();
}

void Connection::close_websocket(std::uint16_t code, std::string_view reason) {
    if (!is_websocket()) return;
    close_sent_ = true;
    send_frame(Opcode::kClose, close_payload(static_cast<CloseCode>(code), reason));
    if (state_ != State::kWebSocket) return;
    arm(host_.times.close);
    update_interest();
}

// RFC 6455 §5.5.3: of several pings that wait, the newest alone needs an answer. So a peer that does not read
// cannot make answers pile up here.
void Connection::answer_ping(ByteView payload) {
    if (unsent_ == nullptr) {
        send_frame(Opcode::kPong, payload);
        return;
    }
    ByteBuffer pong;
    write_frame(pong, Opcode::kPong, payload);
    unsent_->set_last(std::string(as_text(pong)));
}

void Connection::send_frame(Opcode opcode, ByteView payload) {
    ByteBuffer frame;
    write_frame(frame, opcode, payload);
    if (opcode == Opcode::kClose && unsent_ != nullptr) unsent_->set_last({}); // nothing follows a close
    send_frames(frame);
}

void Connection::send_frames(ByteView frames) {
    send(as_text(frames));
    if (state_ == State::kWebSocket && unsent_ != nullptr && unsent_->size() > host_.unsent_max) {
        host_.counters.slow_readers.add();
        abandon();
    }
}

// The timer stands for the pong's deadline while a ping is out, for the next ping otherwise.
void Connection::continue_pinging(Instant now) {
    const bool stalled = unsent_ != nullptr && now - unsent_->taken_at() >= host_.times.stall;
    if (stalled) host_.counters.slow_readers.add();
    if (close_sent_ || stalled) {
        abandon();
    } else if (!pinged_) {
        pinged_ = true;
        awaiting_pong_ = true;
        timer_.arm(now + host_.times.pong);
        send_frame(Opcode::kPing, {});
    } else if (awaiting_pong_) {
        host_.counters.silent.add();
        abandon();
    } else {
        pinged_ = false;
        timer_.arm(now + std::max(ping_interval() - host_.times.pong, Duration::zero()));
    }
}

// Spread by the connection's number, so that a thousand that came together do not beat together.
Duration Connection::ping_interval() const {
    const auto spread = host_.times.ping_spread.count();
    if (spread <= 0) return host_.times.ping;
    const std::uint64_t mixed = id_.value() * 0x9E3779B97F4A7C15U;
    return host_.times.ping + Duration(static_cast<std::int64_t>((mixed >> 16U) % static_cast<std::uint64_t>(spread)));
}

void Connection::leave_websocket() {
    if (state_ != State::kWebSocket) return;
    state_ = State::kClosing;
    host_.counters.websockets_open.add(-1);
    if (!close_sent_) site_.application->handle_closed(id_);
}

} // namespace vv::net
