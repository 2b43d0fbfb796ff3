// One TURN client over TCP or TLS (RFC 8656 §3.1): bytes into frames on the way
// in, frames into writes on the way out. It is handed over by net::Connection once
// the first bytes have told what it speaks. What it held for a busy client it gives
// back when it has been idle for a while.
#pragma once

#include "net/event_loop.h"
#include "net/media_queue.h"
#include "net/opened_stream.h"
#include "net/turn_streams.h"
#include "turn/stream_framer.h"

namespace vv::net {

class TurnConnection final : EventHandler, TimerHandler {
public:
    TurnConnection(TurnStreams& streams, const turn::FiveTuple& path, OpenedStream opened);
    TurnConnection(const TurnConnection&) = delete;
    TurnConnection& operator=(const TurnConnection&) = delete;
    ~TurnConnection();

    [[nodiscard]] const turn::FiveTuple& path() const { return path_; }

    /// Once, after the owner knows this connection: watches the socket and handles what has been read already.
    void start(ByteView opening);
    void send(MediaQueue::Kind kind, ByteView header, ByteView payload, ByteView padding);
    /// At the end of a round in which this connection asked for it: reads what TLS still holds, writes what waits.
    void handle_round_end();
    /// Ends it, and its allocation with it; it is destroyed at the end of the round.
    void close();

    bool is_called_later = false; ///< the owner's note

private:
    void handle_ready(std::uint32_t events) override;
    void handle_timeout(Timer& timer, Instant now) override;
    void read_input();
    void take_input(ByteView input);
    [[nodiscard]] std::size_t frame_size_max();
    void flush();
    void cut(Counter& reason);
    void abandon();
    void arm_sooner(Instant deadline);

    TurnStreams& streams_;
    TurnStreamCounters::OfTransport& counters_;
    turn::FiveTuple path_;
    Stream stream_;
    ConnectionLimits::Seat seat_;
    Timer timer_;
    turn::StreamFramer framer_;
    MediaQueue queue_;
    Instant heard_at_{};            // the last whole message
    Instant taken_at_{};            // while something waits: when the client last took any of it, or first did not
    bool allocated_ = false;        // it had an allocation when that was last asked
    bool heard_ = false;            // a whole message has come
    bool stuck_ = false;            // the socket takes no more now
    bool waits_ = false;            // something has waited since taken_at_
    bool read_wants_write_ = false; // TLS cannot read on before it has written
    bool unread_ = false;           // there may be input that the loop will not announce again
    bool gone_ = false;
};

} // namespace vv::net
