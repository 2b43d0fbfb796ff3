// Messages that wait to be sent, a line for each stream. The streams take turns,
// message by message: without interleaving (RFC 8260) a message that has begun is
// sent to its end, but a chat need not wait for a whole file. What has expired or
// was given up is never begun.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "sctp/data_chunk.h"
#include "sctp/sequence.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>

namespace vv::sctp {

/// What a message takes in memory besides its bytes, about, from send() to its last acknowledgement.
inline constexpr std::size_t kMessageCost = 256;

/// A message on its way. Shared by its chunks, each of which is a part of it.
struct OutgoingMessage {
    StreamId stream;
    Ppid ppid{};
    bool is_ordered = true;
    bool is_control = false;                          ///< takes room, but is not what the interface calls buffered
    std::optional<std::uint16_t> retransmissions_max; ///< of each chunk (RFC 7496 §3.3.2)
    std::optional<Instant> expires_at;                ///< RFC 3758 §4.1
    ByteBuffer payload;

    std::uint16_t ssn = 0;     ///< once it has begun
    bool is_abandoned = false; ///< RFC 3758: what has been sent of it is not sent again, and the rest never

    [[nodiscard]] bool has_expired(Instant now) const { return expires_at && now >= *expires_at; }
};
using MessagePointer = std::shared_ptr<OutgoingMessage>;

/// A part of a message, to become a chunk.
struct Fragment {
    MessagePointer message;
    std::uint32_t offset = 0;
    std::uint32_t size = 0;

    [[nodiscard]] bool is_begin() const { return offset == 0; }
    [[nodiscard]] bool is_end() const { return offset + size == message->payload.size(); }
    [[nodiscard]] ByteView payload() const { return ByteView(message->payload).subspan(offset, size); }
};

class SendQueue {
public:
    void push(MessagePointer message);

    /// Bytes of the part that would be next; nothing if none waits. What has expired goes.
    [[nodiscard]] std::optional<std::size_t> next_size(Instant now);
    /// The next part, of at most size_max bytes. There is one, as next_size has just said.
    [[nodiscard]] Fragment take(std::size_t size_max);
    /// All that have expired and not begun, also those behind others.
    void drop_expired(Instant now);
    /// The other end has only so many streams: what waits in others goes.
    void drop_streams_from(std::uint16_t count);

    [[nodiscard]] bool is_empty() const { return turns_.empty(); }
    /// Of payload, of all streams.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    /// Of one, without what is control.
    [[nodiscard]] std::size_t bytes(StreamId stream) const;
    /// What waits takes, its costs included.
    [[nodiscard]] std::size_t cost() const { return bytes_ + messages_ * kMessageCost; }
    /// Nothing waits in this stream, and none of its messages has begun and not ended.
    [[nodiscard]] bool is_drained(StreamId stream) const;
    /// RFC 6525 §5.1.2: once the other end has agreed the numbers begin anew.
    void restart(StreamId stream);
    void set_low_mark(StreamId stream, std::size_t bytes);
    /// A stream whose bytes have fallen from above its low mark to it or below since it was last given.
    [[nodiscard]] std::optional<StreamId> poll_low();

private:
    struct Stream {
        Ssn next;
        std::list<MessagePointer> messages;
        std::size_t bytes = 0;
        std::size_t low_mark = 0;
        bool is_low_due = false;
    };
    using Messages = std::list<MessagePointer>;

    void lower(const OutgoingMessage& message, Stream& stream, std::size_t bytes);
    [[nodiscard]] Messages::iterator drop(StreamId id, Stream& stream, Messages::iterator message);
    void end_turn(const Stream& stream);
    void drop_useless(Instant now);

    std::map<StreamId, Stream> streams_;
    std::list<StreamId> turns_; // each stream with messages, once; the first is next
    std::list<StreamId> low_;   // each at most once
    std::size_t begun_ = 0;     // bytes taken of the first message of the first stream
    std::size_t bytes_ = 0;
    std::size_t messages_ = 0;
};

} // namespace vv::sctp
