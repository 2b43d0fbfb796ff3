#include "sctp/association.h"

#include "base/overloaded.h"

#include <algorithm>
#include <utility>

namespace vv::sctp {
namespace {

// RFC 9260 §3.2: the two highest bits of a chunk's type say what those do who do not know it.
constexpr unsigned kChunkReportBit = 0x40;
constexpr unsigned kChunkSkipBit = 0x80;

/// Of a chunk that is reported as unknown; a longer one is not reported.
constexpr std::size_t kReportedChunkMax = 256;

InitParameters own_parameters(const AssociationConfig& config, Rng& rng) {
    constexpr std::uint64_t kTags = 0xFFFFFFFFU; // zero is none
    return {.tag = VerificationTag(static_cast<std::uint32_t>(1 + rng.below(kTags))),
            .receive_window = static_cast<std::uint32_t>(config.receive_window),
            .outbound_streams = config.streams,
            .inbound_streams = config.streams,
            .initial_tsn = static_cast<std::uint32_t>(rng.next_u64()),
            .knows_forward_tsn = true,
            .knows_reconfig = true};
}

std::size_t chunks_size_of(const AssociationConfig& config) {
    return (config.packet_size - kCommonHeaderSize) & ~std::size_t{3};
}

} // namespace

Association::Association(const AssociationConfig& config, Rng& rng)
    : config_(config),
      rng_(rng),
      local_(own_parameters(config, rng)),
      sealer_(rng),
      window_(chunks_size_of(config)),
      outstanding_(Tsn(local_.initial_tsn)),
      resets_(local_.initial_tsn),
      reassembly_(config.receive_message_max) {
    VV_ASSERT(config.packet_size >= kPacketSizeMin && config.packet_size <= kPacketSizeMax);
    VV_ASSERT(config.streams > 0 && config.receive_window >= kReceiveWindowMin);
    VV_ASSERT(config.receive_message_max <= config.receive_window / 2); // else one message could not become whole
}

bool Association::is_up() const {
    return state_ >= State::kEstablished && state_ != State::kEnded;
}

// RFC 9260 §5.1: with the COOKIE ECHO the first data may go, and in the shutdown what was accepted before it.
bool Association::may_send_data() const {
    return state_ == State::kCookieEchoed || state_ == State::kEstablished || state_ == State::kShutdownPending ||
           state_ == State::kShutdownReceived;
}

std::size_t Association::free_window() const {
    return config_.receive_window - std::min(config_.receive_window, reassembly_.held());
}

CommonHeader Association::header() const {
    return {config_.local_port, config_.remote_port, peer_ ? peer_->tag : VerificationTag()};
}

void Association::connect(Instant now) {
    now_ = now;
    if (state_ != State::kClosed) return;
    state_ = State::kCookieWait;
    init_sends_ = 1;
    init_due_ = true;
    timers_.set(Timer::kInit, now_ + rto_.value());
}

Result<void, SendError> Association::send(Instant now, const Message& message) {
    now_ = now;
    const auto refuse = [](SendError error) { return Failure<SendError>(error); };
    if (state_ > State::kEstablished) return refuse(SendError::kNotOpen);
    if (message.payload.empty()) return refuse(SendError::kEmpty);
    if (message.payload.size() > config_.send_message_max) return refuse(SendError::kTooLong);
    if (message.stream.value() >= outbound_streams()) return refuse(SendError::kNoSuchStream);
    if (resets_.is_wanted(message.stream)) return refuse(SendError::kStreamClosing);
    const std::size_t limit = config_.send_buffer_max + (message.may_use_reserve ? kSendBufferReserve : 0);
    const std::size_t cost = message.payload.size() + kMessageCost;
    if (send_cost() + cost > limit) queue_.drop_expired(now_);
    if (send_cost() + cost > limit) return refuse(SendError::kBufferFull);
    auto outgoing = std::make_shared<OutgoingMessage>();
    outgoing->stream = message.stream;
    outgoing->ppid = message.ppid;
    outgoing->is_control = message.is_control;
    outgoing->is_ordered = message.is_ordered;
    outgoing->retransmissions_max = message.retransmissions_max;
    if (message.lifetime) outgoing->expires_at = now_ + *message.lifetime;
    outgoing->payload.assign(message.payload.begin(), message.payload.end());
    queue_.push(std::move(outgoing));
    return {};
}

void Association::reset_stream(Instant now, StreamId stream) {
    now_ = now;
    if (state_ == State::kEnded || resets_.is_wanted(stream) || stream.value() >= config_.streams) return;
    resets_.want(stream);
}

// RFC 9260 §8.5: the tag is ours; or, in the two chunks that say so, that of the other end as it was told us.
bool Association::is_for_us(const Packet& packet, const Chunk& first) const {
    if (packet.header.source_port != config_.remote_port || packet.header.destination_port != config_.local_port) {
        return false;
    }
    const bool may_reflect = first.type == ChunkType::kAbort || first.type == ChunkType::kShutdownComplete;
    if (may_reflect && (first.flags & kFlagTagReflected) != 0) return peer_ && packet.header.tag == peer_->tag;
    if (first.type == ChunkType::kInit) return packet.header.tag == VerificationTag();
    return packet.header.tag == local_.tag;
}

void Association::handle_input(Instant now, ByteView packet) {
    now_ = now;
    const auto parsed = parse_packet(packet);
    std::optional<Chunk> chunk;
    ChunkReader reader(parsed ? parsed->chunks : ByteView{});
    if (parsed) chunk = reader.next();
    if (!chunk || !is_for_us(*parsed, *chunk)) {
        ++stats_.packets_dropped;
        return;
    }
    if (chunk->type == ChunkType::kInit) {
        handle_init(*parsed, *chunk);
        return;
    }
    saw_data_ = false;
    while (chunk && handle_chunk(*chunk))
        chunk = reader.next();
    if (saw_data_) finish_data_packet();
}

bool Association::handle_chunk(const Chunk& chunk) {
    switch (chunk.type) {
    case ChunkType::kCookieEcho:
        handle_cookie_echo(chunk);
        break;
    case ChunkType::kInitAck:
        handle_init_ack(chunk);
        break;
    case ChunkType::kCookieAck:
        handle_cookie_ack();
        break;
    case ChunkType::kAbort:
        handle_abort();
        break;
    case ChunkType::kError:
        handle_error(chunk);
        break;
    case ChunkType::kShutdownAck: // also of use when all is over: the last answer may have been lost
        handle_shutdown_ack();
        break;
    case ChunkType::kInit: // RFC 9260 §4.3: never behind another
        ++stats_.chunks_dropped;
        return false;
    default:
        if (is_up()) return handle_chunk_of_established(chunk);
        ++stats_.chunks_dropped;
        break;
    }
    return state_ != State::kEnded;
}

bool Association::handle_chunk_of_established(const Chunk& chunk) {
    switch (chunk.type) {
    case ChunkType::kData:
        handle_data(chunk);
        break;
    case ChunkType::kSack:
        handle_sack(chunk);
        break;
    case ChunkType::kForwardTsn:
        handle_forward_tsn(chunk);
        break;
    case ChunkType::kReconfig:
        handle_reconfig(chunk);
        break;
    case ChunkType::kHeartbeat:
        handle_heartbeat(chunk);
        break;
    case ChunkType::kHeartbeatAck:
        handle_heartbeat_ack(chunk);
        break;
    case ChunkType::kShutdown:
        handle_shutdown(chunk);
        break;
    case ChunkType::kShutdownComplete:
        if (state_ == State::kShutdownAckSent) end(EndReason::kShutdown);
        break;
    default:
        return handle_unknown(chunk);
    }
    return state_ != State::kEnded;
}

bool Association::handle_unknown(const Chunk& chunk) {
    ++stats_.chunks_dropped;
    const auto type = static_cast<unsigned>(chunk.type);
    if ((type & kChunkReportBit) != 0 && chunk.bytes.size() <= kReportedChunkMax) {
        ByteBuffer report;
        {
            const ChunkScope error(report, ChunkType::kError);
            const ParameterScope cause(report, kCauseUnrecognizedChunk);
            ByteWriter(report).write(chunk.bytes);
        }
        add_control(report);
    }
    return (type & kChunkSkipBit) != 0;
}

// What does not fit is lost, as a packet might be; whoever waits for it asks again.
void Association::add_control(ByteView chunk) {
    if (control_.size() + chunk.size() > config_.packet_size - kCommonHeaderSize - 3) {
        ++stats_.chunks_dropped;
        return;
    }
    control_.insert(control_.end(), chunk.begin(), chunk.end());
}

void Association::handle_timeout(Instant now) {
    now_ = now;
    while (const auto timer = timers_.poll_expired(now_))
        handle_expired(*timer);
}

void Association::handle_expired(Timer timer) {
    switch (timer) {
    case Timer::kInit:
        send_init_again();
        break;
    case Timer::kRetransmit:
        handle_retransmit_time();
        break;
    case Timer::kShutdown:
        rto_.back_off();
        timers_.set(Timer::kShutdown, now_ + rto_.value());
        shutdown_due_ = true;
        count_error();
        break;
    case Timer::kGuard:
        write_abort(0);
        end(EndReason::kTimedOut);
        break;
    case Timer::kSack:
        sack_due_ = true;
        break;
    case Timer::kHeartbeat:
        handle_heartbeat_time();
        break;
    case Timer::kReconfig:
        rto_.back_off();
        reset_due_ = resets_.is_asking();
        count_error();
        break;
    }
}

// RFC 9260 §8.1.
void Association::count_error() {
    if (++errors_ > kErrorsMax) end(EndReason::kTimedOut);
}

void Association::end(EndReason reason) {
    if (state_ == State::kEnded) return;
    state_ = State::kEnded;
    timers_.stop_all();
    queue_ = SendQueue();
    outstanding_ = Outstanding(Tsn(local_.initial_tsn));
    reassembly_.forget(); // what is whole can still be fetched
    control_ = {};
    events_.emplace_back(EndedEvent{reason});
}

std::optional<AssociationEvent> Association::poll_event() {
    collect_low();
    if (events_.empty()) return std::nullopt;
    AssociationEvent event = std::move(events_.front());
    events_.pop_front();
    if (std::holds_alternative<StreamsResetEvent>(event)) is_reset_unfetched_ = false;
    if (const auto* const message = std::get_if<ReceivedMessage>(&event)) {
        reassembly_.release(message->payload.size());
        // RFC 9260 §6.2: who was told that there is no room has to hear that there is.
        if (told_window_ == 0 && is_up() && free_window() > config_.receive_window / 2) sack_due_ = true;
    }
    return event;
}

} // namespace vv::sctp
