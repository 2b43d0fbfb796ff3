// Puts messages together from the DATA chunks that have come, in whatever order,
// and gives them out as their streams want it (RFC 9260 §6.5, §6.6, §6.9).
//
// Chunks of one message have consecutive TSNs. So what has come of a message is one
// or more runs of chunks, which grow at their ends and join; a run with a beginning
// and an end is a message. All that is held is counted, with what holding it costs:
// the caller refuses chunks before this grows past its window.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "sctp/data_chunk.h"
#include "sctp/sequence.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <span>

namespace vv::sctp {

struct ReceivedMessage {
    StreamId stream;
    Ppid ppid{};
    ByteBuffer payload;
};

/// What holding a chunk or a message takes besides its bytes, about: so that a window of one-byte messages is no more
/// memory than one of long ones.
inline constexpr std::size_t kHoldingCost = 192;

[[nodiscard]] inline std::size_t cost_of(std::size_t payload_size) {
    return payload_size + kHoldingCost;
}

/// What a peer that means well does not send, and after which its data means nothing.
enum class DataViolation : std::uint8_t {
    kMixedFragments, ///< a chunk within a message contradicts the ones before or behind it
    kTooLong,        ///< the message is over the limit
};

class Reassembly {
public:
    /// message_size_max: of messages from the peer.
    explicit Reassembly(std::size_t message_size_max) : message_size_max_(message_size_max) {}

    /// A chunk that has not come before. Its stream has been checked to be one of the association's.
    [[nodiscard]] Result<void, DataViolation> handle_data(Tsn tsn, const DataChunk& data);
    /// RFC 3758 §3.6: nothing up to tsn is to be waited for any more, and in these streams no message up to these.
    void skip_to(Tsn tsn, std::span<const SkippedStream> streams);
    /// RFC 6525 §5.2.2: these streams begin anew; none: all. What waited in them for messages before it, which cannot
    /// come any more, is given out.
    void reset(std::span<const StreamId> streams);

    /// Nothing more comes: what is not whole, or waits, goes.
    void forget();

    /// In the order in which their streams have them. Until release(), a message counts as held.
    [[nodiscard]] std::optional<ReceivedMessage> poll_message();
    void release(std::size_t payload_size) { held_ -= cost_of(payload_size); }
    /// Bytes, with the costs of holding them.
    [[nodiscard]] std::size_t held() const { return held_; }
    [[nodiscard]] std::size_t dropped() const { return dropped_; }

private:
    struct Run {
        Tsn last;
        StreamId stream;
        std::uint16_t ssn = 0;
        Ppid ppid{};
        bool is_unordered = false;
        bool has_begin = false;
        bool has_end = false;
        std::size_t size = 0;         // of all pieces
        std::size_t chunks = 0;       // that they were
        std::list<ByteBuffer> pieces; // chunks that came in order are one piece
    };
    using Runs = std::map<Tsn, Run>; // by the first TSN
    struct Stream {
        Ssn next;
        std::map<Ssn, ReceivedMessage> waiting; // for the ones before them
    };

    [[nodiscard]] static bool continues(const Run& run, const DataChunk& data);
    [[nodiscard]] static bool belong_together(const Run& left, const Run& right);
    [[nodiscard]] static Run make_run(Tsn tsn, const DataChunk& data);
    [[nodiscard]] static Result<Runs::iterator, DataViolation> append(Runs::iterator at, Tsn tsn,
                                                                      const DataChunk& data);
    [[nodiscard]] Result<Runs::iterator, DataViolation> join_next(Runs::iterator at);
    void take_out(Runs::iterator at);
    void give_ordered(Ssn ssn, Stream& stream, ReceivedMessage message);
    void give_waiting(Stream& stream);
    void give_waiting_up_to(Stream& stream, Ssn ssn);
    void drop_message(std::size_t payload_size);
    void restart(Stream& stream);

    std::size_t message_size_max_;
    Runs runs_;
    std::map<StreamId, Stream> streams_; // those on which an ordered message has come
    std::list<ReceivedMessage> ready_;
    std::size_t held_ = 0;
    std::size_t dropped_ = 0; // messages that came twice, by a number that had been used
};

} // namespace vv::sctp
