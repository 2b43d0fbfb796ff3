// The TURN connections over TCP and TLS of one shard, found by their paths. What
// they say in a round goes out at its end, many frames in one write.
#pragma once

#include "base/rng.h"
#include "net/event_loop.h"
#include "net/media_queue.h"
#include "net/metrics.h"
#include "net/opened_stream.h"
#include "turn/action.h"
#include "turn/path_hash.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace vv::net {

class TurnConnection;

struct TurnStreamLimits {
    Duration silence = std::chrono::seconds(60); ///< between messages of a client without an allocation
    Duration stall = std::chrono::seconds(30);   ///< without the client taking any of the bytes it is sent
    /// Bytes that wait for a client; at least MediaQueue::kSizeLeast.
    std::size_t queue = MediaQueue::kSizeDefault;

    friend bool operator==(const TurnStreamLimits&, const TurnStreamLimits&) = default;
};

struct TurnStreamCounters {
    explicit TurnStreamCounters(Metrics& metrics);

    struct OfTransport {
        Counter& opened;
        Gauge& open;
        Counter& frames_in;
        Counter& frames_out;
        Counter& bytes_in;
        Counter& bytes_out;
    };
    [[nodiscard]] OfTransport& of(turn::Transport transport) { return transport == turn::Transport::kTls ? tls : tcp; }

    OfTransport tcp;
    OfTransport tls;
    Counter& dropped; ///< media frames for clients that do not keep up
    Counter& silent;  ///< connections cut off by us, by reason
    Counter& slow;
    Counter& broken;
};

/// What stands behind the connections: the relay machine and its driver.
class TurnStreamHandler {
public:
    TurnStreamHandler() = default;
    TurnStreamHandler(const TurnStreamHandler&) = delete;
    TurnStreamHandler& operator=(const TurnStreamHandler&) = delete;

    /// frame: as a datagram would be; holds for the call.
    virtual void handle_stream_frame(const turn::FiveTuple& path, ByteView frame) = 0;
    virtual void handle_stream_closed(const turn::FiveTuple& path) = 0;
    /// TurnStreams::handle_round_end() is to be called at the end of this round, behind whatever queues frames.
    virtual void handle_stream_waiting() = 0;
    [[nodiscard]] virtual bool has_allocation(const turn::FiveTuple& path) const = 0;

protected:
    ~TurnStreamHandler() = default;
};

class TurnStreams {
public:
    /// All references outlive this.
    TurnStreams(EventLoop& loop, Rng& rng, Metrics& metrics, TurnStreamHandler& handler, TurnStreamLimits limits = {});
    TurnStreams(const TurnStreams&) = delete;
    TurnStreams& operator=(const TurnStreams&) = delete;
    ~TurnStreams();

    /// Where a client's connection was found the last time, kept by whoever sends it much: looking it up by its path
    /// costs more than anything else on the way of a frame.
    class KnownConnection {
        friend class TurnStreams;
        TurnConnection* connection_ = nullptr;
        std::uint64_t releases_ = 0; // before it was found; it is good until the next
    };

    /// A connection that stood at the same path has been lost by whoever brought it, and ends.
    void take(OpenedStream opened);
    /// One frame to the client at that path, at the end of the round. False: nobody is there.
    /// known: null, or what is always given with this path.
    [[nodiscard]] bool send(const turn::FiveTuple& to, KnownConnection* known, MediaQueue::Kind kind, ByteView header,
                            ByteView payload, ByteView padding);
    /// Writes what has been queued, and reads what was left for later: what the handler has been asked for.
    void handle_round_end();
    /// True if handle_round_end() has something to do.
    [[nodiscard]] bool is_waiting() const { return !to_call_.empty(); }
    /// Ends those without an allocation.
    void begin_stop();
    /// For connections that stand as well, from their next deadline and their next frame on.
    void set_limits(const TurnStreamLimits& limits) { limits_ = limits; }

private:
    friend class TurnConnection;
    /// Read at once: several records, many frames.
    static constexpr std::size_t kScratchSize = 65'536;

    [[nodiscard]] TurnConnection* find(const turn::FiveTuple& path, KnownConnection* known) const;
    void call_later(TurnConnection& connection);
    void release(TurnConnection& connection);

    EventLoop& loop_;
    TurnStreamHandler& handler_;
    TurnStreamLimits limits_;
    TurnStreamCounters counters_;
    std::vector<std::uint8_t> scratch_;
    std::unordered_map<turn::FiveTuple, std::unique_ptr<TurnConnection>, turn::PathHash> connections_;
    std::uint64_t releases_ = 0;
    std::vector<TurnConnection*> to_call_; // at the end of the round
    std::vector<TurnConnection*> called_;  // while it ends
};

} // namespace vv::net
