// How an association ends (RFC 9260 §9), and how it is found out that the other end
// is not there any more (§8).
#include "sctp/association.h"

namespace vv::sctp {

// ---- by agreement

void Association::shutdown(Instant now) {
    now_ = now;
    if (state_ < State::kEstablished) return abort(now);
    if (state_ != State::kEstablished) return;
    state_ = State::kShutdownPending;
    timers_.set(Timer::kGuard, now_ + kShutdownGuard);
    go_on_with_shutdown();
}

// Once everything has been acknowledged.
void Association::go_on_with_shutdown() {
    if (state_ != State::kShutdownPending && state_ != State::kShutdownReceived) return;
    if (!outstanding_.is_empty() || queue_.next_size(now_)) return;
    state_ = state_ == State::kShutdownPending ? State::kShutdownSent : State::kShutdownAckSent;
    shutdown_due_ = true;
    timers_.stop(Timer::kHeartbeat);
    timers_.set(Timer::kShutdown, now_ + rto_.value());
}

void Association::handle_shutdown(const Chunk& chunk) {
    ByteReader reader(chunk.value);
    const auto tsn = reader.read_u32();
    if (!tsn) {
        ++stats_.chunks_dropped;
        return;
    }
    if (state_ == State::kEstablished || state_ == State::kShutdownPending) {
        state_ = State::kShutdownReceived;
        timers_.set(Timer::kGuard, now_ + kShutdownGuard);
    } else if (state_ == State::kShutdownSent) { // both at once
        state_ = State::kShutdownAckSent;
        shutdown_due_ = true;
    } else if (state_ == State::kShutdownAckSent) {
        shutdown_due_ = true;
    }
    const std::size_t flight_before = outstanding_.flight();
    if (const auto acked = outstanding_.handle_cumulative(now_, *tsn)) {
        apply(*acked, flight_before);
    } else {
        ++stats_.chunks_dropped; // of what it says; that it ends stands
    }
    go_on_with_shutdown();
}

// RFC 9260 §9.2, and §8.4 for one that comes again because the answer was lost.
void Association::handle_shutdown_ack() {
    if (state_ != State::kShutdownSent && state_ != State::kShutdownAckSent && state_ != State::kEnded) return;
    PacketWriter packet(header(), config_.packet_size);
    write_chunk(packet.chunks(), ChunkType::kShutdownComplete);
    reply_ = packet.finish();
    end(EndReason::kShutdown);
}

// ---- at once

void Association::abort(Instant now) {
    now_ = now;
    if (state_ == State::kEnded) return;
    if (peer_) write_abort(kCauseUserAbort);
    end(EndReason::kAborted);
}

// cause: 0 for none.
void Association::write_abort(std::uint16_t cause) {
    PacketWriter packet(header(), config_.packet_size);
    {
        const ChunkScope chunk(packet.chunks(), ChunkType::kAbort);
        if (cause != 0) {
            const ParameterScope none(packet.chunks(), cause);
        }
    }
    reply_ = packet.finish();
}

void Association::end_by_violation(std::uint16_t cause) {
    write_abort(cause);
    end(EndReason::kPeerViolation);
}

void Association::handle_abort() {
    if (state_ == State::kClosed) return;
    end(EndReason::kPeerAborted);
}

void Association::handle_error(const Chunk& chunk) {
    ParameterReader causes(chunk.value);
    while (const auto cause = causes.next()) {
        if (cause->type == kCauseStaleCookie) handle_stale_cookie();
    }
}

// ---- is it there?

void Association::handle_heartbeat(const Chunk& chunk) {
    ByteBuffer ack;
    write_chunk(ack, ChunkType::kHeartbeatAck, chunk.value);
    add_control(ack);
}

void Association::arm_heartbeat() {
    timers_.set(Timer::kHeartbeat, now_ + kHeartbeatInterval + rto_.value());
}

// Nothing has been sent for long.
void Association::handle_heartbeat_time() {
    if (heartbeat_nonce_) {
        rto_.back_off();
        count_error();
        if (state_ == State::kEnded) return;
    }
    heartbeat_nonce_ = rng_.next_u64();
    heartbeat_sent_ = now_;
    heartbeat_due_ = true;
    arm_heartbeat();
}

void Association::handle_heartbeat_ack(const Chunk& chunk) {
    const auto info = ParameterReader(chunk.value).next();
    ByteReader reader(info && info->type == kHeartbeatInfo ? info->value : ByteView{});
    const auto nonce = reader.read_u64();
    if (!nonce || nonce != heartbeat_nonce_) {
        ++stats_.chunks_dropped;
        return;
    }
    heartbeat_nonce_.reset();
    errors_ = 0;
    rto_.note_round_trip(now_ - heartbeat_sent_);
}

} // namespace vv::sctp
