// Makes packets out of what is due: control first, then what was lost, then what is
// new, as far as the windows allow (RFC 9260 §6.1).
#include "sctp/association.h"

#include <algorithm>
#include <utility>

namespace vv::sctp {
namespace {

/// A message is not cut for less room than this at the end of a packet.
constexpr std::size_t kFragmentSizeMin = 512;
constexpr std::size_t kForwardTsnFixedSize = 8;
/// More streams than this, and a FORWARD TSN goes less far.
constexpr std::size_t kForwardStreamsMax = 128;
/// The others have the next request: usrsctp does nothing at all for one of more than 248.
constexpr std::size_t kResetStreamsMax = 128;

} // namespace

std::optional<ByteBuffer> Association::poll_transmit() {
    if (reply_) return std::exchange(reply_, std::nullopt);
    if (state_ == State::kCookieWait && init_due_) return write_init_packet();
    if (state_ == State::kCookieEchoed ? !cookie_echo_due_ : !is_up()) return std::nullopt;
    plan_reset_request();
    plan_forward_tsn();
    if (!has_packet()) return std::nullopt;
    PacketWriter packet(header(), config_.packet_size);
    add_due(packet);
    if (may_send_data()) {
        add_lost(packet);
        add_new(packet);
    }
    collect_low();
    if (packet.is_empty()) return std::nullopt;
    return packet.finish();
}

ByteBuffer Association::write_init_packet() {
    init_due_ = false;
    handshake_sent_ = now_;
    PacketWriter packet({config_.local_port, config_.remote_port, VerificationTag()}, config_.packet_size);
    write_init(packet.chunks(), local_);
    return packet.finish();
}

bool Association::has_packet() {
    return cookie_echo_due_ || !control_.empty() || sack_due_ || forward_due_ || reset_due_ || heartbeat_due_ ||
           shutdown_due_ || has_data_to_send();
}

bool Association::has_data_to_send() {
    if (!may_send_data()) return false;
    if (outstanding_.next_lost(now_)) return may_send_lost();
    const auto size = queue_.next_size(now_);
    return size && may_send_new(std::min(*size, kFragmentSizeMin));
}

bool Association::may_send_lost() const {
    return fast_due_ || outstanding_.flight() < window_.bytes();
}

// RFC 9260 §6.1 A, B. With nothing on its way one chunk may go into a closed window: it finds out when that opens.
bool Association::may_send_new(std::size_t size) const {
    if (outstanding_.flight() == 0) return true;
    return outstanding_.flight() < window_.bytes() && outstanding_.flight() + size <= peer_window_;
}

void Association::add_due(PacketWriter& packet) {
    if (std::exchange(cookie_echo_due_, false)) {
        write_chunk(packet.chunks(), ChunkType::kCookieEcho, peer_cookie_);
        handshake_sent_ = now_;
    }
    if (control_.size() <= packet.room()) {
        ByteWriter(packet.chunks()).write(control_);
        control_.clear();
    }
    add_sack(packet);
    add_forward_tsn(packet);
    add_reset_request(packet);
    if (heartbeat_due_ && packet.room() >= kChunkHeaderSize + kParameterHeaderSize + sizeof(std::uint64_t)) {
        heartbeat_due_ = false;
        const ChunkScope chunk(packet.chunks(), ChunkType::kHeartbeat);
        const ParameterScope info(packet.chunks(), kHeartbeatInfo);
        ByteWriter(packet.chunks()).write_u64(heartbeat_nonce_.value_or(0));
    }
    if (shutdown_due_ && packet.room() >= kChunkHeaderSize + sizeof(std::uint32_t)) {
        shutdown_due_ = false;
        if (state_ == State::kShutdownSent) {
            const ChunkScope chunk(packet.chunks(), ChunkType::kShutdown);
            ByteWriter(packet.chunks()).write_u32(received_.cumulative().wire());
        } else if (state_ == State::kShutdownAckSent) {
            write_chunk(packet.chunks(), ChunkType::kShutdownAck);
        }
    }
}

// Alone if it is due, and with whatever goes there anyway.
void Association::add_sack(PacketWriter& packet) {
    if (!sack_due_ && (packets_unacked_ == 0 || !has_data_to_send())) return;
    const auto duplicates = received_.duplicates();
    const std::size_t fixed = kSackHeaderSize + duplicates.size() * sizeof(std::uint32_t);
    if (packet.room() < fixed) return;
    const auto gaps = received_.gap_blocks((packet.room() - fixed) / kGapBlockSize);
    // RFC 9260 §6.2: no crumbs. What is left may also not do for a packet with what holding it costs.
    told_window_ = free_window() < 2 * config_.packet_size ? 0 : free_window();
    write_sack(packet.chunks(),
               {received_.cumulative().wire(), static_cast<std::uint32_t>(told_window_), gaps, duplicates});
    received_.forget_duplicates();
    sack_due_ = false;
    packets_unacked_ = 0;
    timers_.stop(Timer::kSack);
}

// ---- what will not come, and streams that begin anew

void Association::plan_forward_tsn() {
    const auto forward = outstanding_.forward(kForwardStreamsMax);
    if (forward && (!forward_told_ || forward->tsn > *forward_told_)) forward_due_ = true;
}

void Association::add_forward_tsn(PacketWriter& packet) {
    if (!forward_due_) return;
    if (packet.room() < kForwardTsnFixedSize + kForwardStreamsMax * ForwardTsnView::kSkippedStreamSize) return;
    forward_due_ = false;
    const auto forward = outstanding_.forward(kForwardStreamsMax);
    if (!forward) return;
    write_forward_tsn(packet.chunks(), forward->tsn.wire(), forward->streams);
    forward_told_ = forward->tsn;
    forward_sent_ = now_;
    if (!timers_.is_running(Timer::kRetransmit)) start_retransmit_timer();
}

void Association::plan_reset_request() {
    if (state_ != State::kEstablished || resets_.wanted().empty()) return;
    if (!peer_ || !peer_->knows_reconfig) {
        for (const StreamId stream : resets_.take_wanted())
            events_.emplace_back(StreamResetDoneEvent{.stream = stream, .is_known = false});
        return;
    }
    if (resets_.is_asking()) return;
    // A stream's data has to be acknowledged first, and that is as far as the request speaks of: no peer then has to
    // wait for data before it carries it out, and usrsctp may wait for ever. RFC 6525 §4.1 would name the last TSN of
    // all.
    std::vector<StreamId> streams;
    for (auto& [stream, last_tsn] : resets_.wanted()) {
        if (!last_tsn && queue_.is_drained(stream)) last_tsn = outstanding_.last_of(stream);
        if (streams.size() < kResetStreamsMax && last_tsn && *last_tsn <= outstanding_.cumulative())
            streams.push_back(stream);
    }
    if (streams.empty()) return;
    resets_.ask(streams, outstanding_.cumulative());
    reset_due_ = true;
}

void Association::add_reset_request(PacketWriter& packet) {
    if (!reset_due_) return;
    const OutgoingReset request = resets_.request();
    if (outgoing_reset_size(request.streams.size()) > packet.room()) return;
    write_outgoing_reset(packet.chunks(), request);
    reset_due_ = false;
    timers_.set(Timer::kReconfig, now_ + rto_.value());
}

// ---- data

void Association::add_lost(PacketWriter& packet) {
    bool is_any = false;
    while (const auto tsn = outstanding_.next_lost(now_)) {
        if (!may_send_lost() || outstanding_.size_of(*tsn) > packet.room()) break;
        write_data(packet.chunks(), outstanding_.describe(*tsn));
        outstanding_.note_sent_again(now_, *tsn);
        ++stats_.chunks_sent_again;
        is_any = true;
        // RFC 9260 §6.3.2 R1, §7.2.4: the earliest one has its time from now.
        if (*tsn == outstanding_.cumulative() + 1) start_retransmit_timer();
    }
    if (is_any || !outstanding_.has_lost()) fast_due_ = false;
    if (is_any) note_data_sent();
}

void Association::add_new(PacketWriter& packet) {
    bool is_any = false;
    while (!outstanding_.has_lost()) {
        const auto left = queue_.next_size(now_);
        if (!left || packet.room() <= kDataHeaderSize) break;
        const std::size_t room = packet.room() - kDataHeaderSize;
        const std::size_t size = std::min(*left, room);
        if ((size < *left && room < kFragmentSizeMin) || !may_send_new(size)) break;
        if (outstanding_.is_empty() && now_ - last_data_sent_ > rto_.value()) window_.handle_idle();
        const Tsn tsn = outstanding_.add(now_, queue_.take(size));
        write_data(packet.chunks(), outstanding_.describe(tsn));
        is_any = true;
        last_data_sent_ = now_;
    }
    if (is_any) note_data_sent();
}

void Association::note_data_sent() {
    last_data_sent_ = now_;
    if (!timers_.is_running(Timer::kRetransmit)) start_retransmit_timer();
    if (is_up()) arm_heartbeat();
}

// T3. What goes with a COOKIE ECHO has T1 to look after it: one loss is not to be two.
void Association::start_retransmit_timer() {
    if (is_up()) timers_.set(Timer::kRetransmit, now_ + rto_.value());
}

void Association::collect_low() {
    while (const auto stream = queue_.poll_low())
        events_.emplace_back(BufferedLowEvent{*stream});
}

} // namespace vv::sctp
