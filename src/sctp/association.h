// One SCTP association over one DTLS connection (RFC 9260, RFC 8261): messages in
// numbered streams, ordered or not, as reliable as each wants to be.
//
// Either end may connect(), and both may at once. After each call the caller drains
// poll_event() and poll_transmit() by turns until both are empty, since each may make
// something for the other, and wakes the machine at poll_timeout(). No
// path but the one below it, no answer to packets that are not of this association:
// DTLS has sorted those out.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/result.h"
#include "base/rng.h"
#include "sctp/config.h"
#include "sctp/congestion_window.h"
#include "sctp/cookie.h"
#include "sctp/data_chunk.h"
#include "sctp/init_chunk.h"
#include "sctp/outstanding.h"
#include "sctp/packet.h"
#include "sctp/reassembly.h"
#include "sctp/received_tsns.h"
#include "sctp/reconfig_chunk.h"
#include "sctp/retransmission_timeout.h"
#include "sctp/send_queue.h"
#include "sctp/stream_resets.h"
#include "sctp/timers.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <variant>
#include <vector>

namespace vv::sctp {

struct Message {
    StreamId stream{};
    Ppid ppid{};
    ByteView payload{};
    bool is_ordered = true;
    std::optional<std::uint16_t> retransmissions_max{};
    std::optional<Duration> lifetime{};
    bool is_control = false;      ///< the protocol's own: not counted as buffered
    bool may_use_reserve = false; ///< of the send buffer: what must not be refused
};

enum class SendError : std::uint8_t {
    kNotOpen,       ///< it is closing, or has ended
    kEmpty,         ///< SCTP cannot carry nothing (RFC 9260 §3.3.1)
    kTooLong,       ///< for the other end
    kNoSuchStream,  ///< the other end has fewer
    kStreamClosing, ///< a reset of it has been asked for
    kBufferFull,    ///< once some of what waits has been acknowledged there is room
};

enum class EndReason : std::uint8_t {
    kShutdown,      ///< both ends agreed
    kAborted,       ///< by this end
    kPeerAborted,   ///< by the other
    kNoAnswer,      ///< nobody answered the handshake
    kTimedOut,      ///< what was sent was not acknowledged any more
    kPeerViolation, ///< the other end sent what makes no sense
};

struct ConnectedEvent {
    std::uint16_t outbound_streams = 0;
    std::uint16_t inbound_streams = 0;
};
/// The other end has begun these streams anew: behind this event they count as new. None: all.
struct StreamsResetEvent {
    std::vector<StreamId> streams;
};
/// What reset_stream() asked for is done; or refused, or the other end does not know how.
struct StreamResetDoneEvent {
    StreamId stream;
    bool is_performed = false;
    bool is_known = true; ///< false: the other end resets no streams, its own neither
};
struct BufferedLowEvent {
    StreamId stream;
};
/// The last event.
struct EndedEvent {
    EndReason reason{};
};
using AssociationEvent = std::variant<ConnectedEvent, ReceivedMessage, StreamsResetEvent, StreamResetDoneEvent,
                                      BufferedLowEvent, EndedEvent>;

/// For tests, figures and the curious.
struct AssociationStats {
    std::uint64_t packets_dropped = 0; ///< not whole, or not of this association
    std::uint64_t chunks_dropped = 0;  ///< in a packet of this association, but of no use
    std::uint64_t data_refused = 0;    ///< no room, or too far ahead
    std::uint64_t chunks_sent_again = 0;
    std::uint64_t losses = 0; ///< that shrank the window, by SACKs
    std::uint64_t timeouts = 0;
};

class Association {
public:
    /// rng: secret and outliving this; asked only here and for heartbeats.
    Association(const AssociationConfig& config, Rng& rng);
    Association(const Association&) = delete;
    Association& operator=(const Association&) = delete;
    ~Association() = default;

    /// Without it the machine only answers.
    void connect(Instant now);
    void handle_input(Instant now, ByteView packet);
    void handle_timeout(Instant now);
    /// Also before the association stands. The payload is copied.
    [[nodiscard]] Result<void, SendError> send(Instant now, const Message& message);
    /// Once what waits in this stream has been sent. Nothing more can be sent in it until StreamResetDoneEvent.
    void reset_stream(Instant now, StreamId stream);
    /// The other end shows by what it does that it has begun this stream anew, though its answer has not come.
    void assume_reset(StreamId stream) {
        resets_.forget(stream);
        queue_.restart(stream);
    }
    void set_low_mark(StreamId stream, std::size_t bytes) { queue_.set_low_mark(stream, bytes); }
    /// Ends it once all that was accepted has been acknowledged.
    void shutdown(Instant now);
    /// Ends it now.
    void abort(Instant now);

    [[nodiscard]] std::optional<ByteBuffer> poll_transmit();
    [[nodiscard]] std::optional<AssociationEvent> poll_event();
    [[nodiscard]] std::optional<Instant> poll_timeout() const { return timers_.next(); }

    [[nodiscard]] bool is_established() const { return state_ == State::kEstablished; }
    [[nodiscard]] bool has_ended() const { return state_ == State::kEnded; }
    /// Accepted and not yet sent for the first time (RFC 8831's bufferedAmount).
    [[nodiscard]] std::size_t buffered(StreamId stream) const { return queue_.bytes(stream); }
    /// Of the other end once it is known, else those that it will be asked for.
    [[nodiscard]] std::uint16_t outbound_streams() const {
        return peer_ ? std::min(config_.streams, peer_->inbound_streams) : config_.streams;
    }
    [[nodiscard]] std::uint16_t inbound_streams() const {
        return peer_ ? std::min(config_.streams, peer_->outbound_streams) : config_.streams;
    }
    [[nodiscard]] bool is_resetting(StreamId stream) const { return resets_.is_wanted(stream); }
    [[nodiscard]] std::size_t held() const { return reassembly_.held(); }
    [[nodiscard]] std::size_t send_cost() const { return queue_.cost() + outstanding_.cost(); }
    [[nodiscard]] std::optional<Duration> round_trip() const { return rto_.round_trip(); }
    [[nodiscard]] const CongestionWindow& congestion_window() const { return window_; }
    [[nodiscard]] const AssociationStats& stats() const { return stats_; }

private:
    enum class State : std::uint8_t { // RFC 9260 §4
        kClosed,
        kCookieWait,
        kCookieEchoed,
        kEstablished,
        kShutdownPending,
        kShutdownSent,
        kShutdownReceived,
        kShutdownAckSent,
        kEnded,
    };

    // association.cpp
    [[nodiscard]] CommonHeader header() const;
    [[nodiscard]] bool is_for_us(const Packet& packet, const Chunk& first) const;
    /// False: the rest of the packet is not read.
    [[nodiscard]] bool handle_chunk(const Chunk& chunk);
    [[nodiscard]] bool handle_chunk_of_established(const Chunk& chunk);
    [[nodiscard]] bool handle_unknown(const Chunk& chunk);
    void handle_expired(Timer timer);
    [[nodiscard]] bool is_up() const;
    [[nodiscard]] bool may_send_data() const;
    [[nodiscard]] std::size_t free_window() const;
    void add_control(ByteView chunk);
    void end(EndReason reason);
    void count_error();

    // association_handshake.cpp
    void send_init_again();
    void handle_init(const Packet& packet, const Chunk& chunk);
    void handle_init_ack(const Chunk& chunk);
    void handle_cookie_echo(const Chunk& chunk);
    void handle_cookie_ack();
    void handle_stale_cookie();
    void measure_handshake();
    void adopt_peer(const InitParameters& peer);
    void establish();
    void report_stale_cookie(const CookieContents& contents);

    // association_receive.cpp
    void handle_data(const Chunk& chunk);
    [[nodiscard]] bool has_room_for(Tsn tsn, std::size_t payload_size) const;
    void store(Tsn tsn, const DataChunk& data);
    void report_invalid_stream(StreamId stream);
    void handle_sack(const Chunk& chunk);
    void apply(const Outstanding::Acked& acked, std::size_t flight_before);
    void handle_retransmit_time();
    void handle_forward_tsn(const Chunk& chunk);
    void handle_reconfig(const Chunk& chunk);
    void handle_reset_request(const OutgoingReset& reset);
    void answer_reset(const ReconfigResponse& response);
    void carry_out(const OutgoingReset& reset);
    void carry_out_due_reset();
    void finish_reset(const FinishedReset& finished);
    void collect_messages();
    void finish_data_packet();

    // association_send.cpp
    [[nodiscard]] bool has_data_to_send();
    [[nodiscard]] bool may_send_lost() const;
    [[nodiscard]] bool may_send_new(std::size_t size) const;
    [[nodiscard]] bool has_packet();
    [[nodiscard]] ByteBuffer write_init_packet();
    void add_due(PacketWriter& packet);
    void add_sack(PacketWriter& packet);
    void add_forward_tsn(PacketWriter& packet);
    void add_reset_request(PacketWriter& packet);
    void add_lost(PacketWriter& packet);
    void add_new(PacketWriter& packet);
    void note_data_sent();
    void start_retransmit_timer();
    void plan_reset_request();
    void plan_forward_tsn();
    void collect_low();

    // association_end.cpp
    void go_on_with_shutdown();
    void handle_abort();
    void handle_shutdown(const Chunk& chunk);
    void handle_shutdown_ack();
    void handle_error(const Chunk& chunk);
    void handle_heartbeat(const Chunk& chunk);
    void handle_heartbeat_ack(const Chunk& chunk);
    void handle_heartbeat_time();
    void arm_heartbeat();
    void write_abort(std::uint16_t cause);
    void end_by_violation(std::uint16_t cause);

    AssociationConfig config_;
    Rng& rng_;
    InitParameters local_;
    CookieSealer sealer_;
    State state_ = State::kClosed;
    Instant now_{};
    Timers timers_;
    RetransmissionTimeout rto_;
    CongestionWindow window_;
    SendQueue queue_;
    Outstanding outstanding_;
    StreamResets resets_;
    Reassembly reassembly_;
    std::optional<InitParameters> peer_; // once it has been heard
    ReceivedTsns received_{Tsn()};       // of no meaning before the peer has been heard
    std::list<AssociationEvent> events_;
    AssociationStats stats_;

    std::optional<ByteBuffer> reply_; // a packet outside of the association's state, which goes first
    ByteBuffer control_;              // whole chunks that go into the next packet
    ByteBuffer peer_cookie_;
    std::size_t peer_window_ = 0; // as the last SACK said it
    std::size_t told_window_ = 1; // as our last one did; not closed at first
    unsigned init_sends_ = 0;     // and then those of COOKIE ECHO
    unsigned stale_cookies_ = 0;
    unsigned errors_ = 0; // RFC 9260 §8.1
    unsigned packets_unacked_ = 0;
    Instant handshake_sent_{}; // INIT or COOKIE ECHO, the last time
    Instant last_data_sent_{};
    Instant forward_sent_{};
    std::optional<Tsn> forward_told_;
    std::optional<std::uint64_t> heartbeat_nonce_; // of the one that waits for its answer
    Instant heartbeat_sent_{};
    bool init_due_ = false;
    bool is_reset_unfetched_ = false; // a StreamsResetEvent: until then no further one is made
    bool cookie_echo_due_ = false;
    bool sack_due_ = false;
    bool forward_due_ = false;
    bool reset_due_ = false;
    bool heartbeat_due_ = false;
    bool shutdown_due_ = false; // SHUTDOWN or SHUTDOWN ACK, as the state says
    bool fast_due_ = false;     // RFC 9260 §7.2.4: one packet of what is lost goes whatever the window says
    bool saw_data_ = false;     // in the packet that is being read
    bool wants_sack_ = true;    // at once; also for the first data of all (RFC 9260 §5.1)
};

} // namespace vv::sctp
