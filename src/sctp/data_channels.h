// Data channels (RFC 8831) over one association: opened by either end, with a label,
// for text and bytes, and closed one by one. The contract is the association's:
// after each call drain poll_event() and poll_transmit() until both are empty; wake at
// poll_timeout().
// Answers to what comes are made as the events are fetched.
//
// Channels may be opened, and sent on, before the association stands: what is sent
// goes with its first packets.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/result.h"
#include "base/rng.h"
#include "sctp/association.h"
#include "sctp/dcep.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace vv::sctp {

/// At once, of both ends together.
inline constexpr std::size_t kChannelsMax = 256;

/// RFC 8832 §6: who opens channels on which streams.
enum class DtlsRole : std::uint8_t {
    kClient, ///< even ones
    kServer, ///< odd ones
};

/// The number of its stream in both directions, as the interface shows it.
using ChannelId = StreamId;

enum class PayloadKind : std::uint8_t { kText, kBytes };

enum class OpenError : std::uint8_t {
    kEnded,
    kTooMany,    ///< kChannelsMax, or no stream is free
    kTooLong,    ///< label or protocol over kLabelSizeMax
    kBadOptions, ///< both limits, or one out of its range
    kTaken,      ///< the stream that was asked for
    kBufferFull,
};

/// What is wrong with them, whatever channels there are.
[[nodiscard]] std::optional<OpenError> fault_of(const ChannelOptions& options);

struct ChannelsReadyEvent {};
/// The other end has opened a channel, or has said that it has ours.
struct ChannelOpenedEvent {
    ChannelId id;
    bool is_remote = false;
    ChannelOptions options{}; ///< of remote ones
};
struct ChannelMessageEvent {
    ChannelId id;
    PayloadKind kind{};
    ByteBuffer payload{};
};
/// Fallen to the channel's low mark or below.
struct ChannelBufferedLowEvent {
    ChannelId id;
};
/// Closed in both directions; its stream may be used again.
struct ChannelClosedEvent {
    ChannelId id;
};
/// All of them, and the association: the last event.
struct ChannelsEndedEvent {
    EndReason reason{};
};
using ChannelsEvent = std::variant<ChannelsReadyEvent, ChannelOpenedEvent, ChannelMessageEvent, ChannelBufferedLowEvent,
                                   ChannelClosedEvent, ChannelsEndedEvent>;

class DataChannels {
public:
    /// rng outlives this.
    DataChannels(const AssociationConfig& config, DtlsRole role, Rng& rng) : association_(config, rng), role_(role) {}

    void connect(Instant now) { association_.connect(now_ = now); }
    void handle_input(Instant now, ByteView packet);
    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<ByteBuffer> poll_transmit() { return association_.poll_transmit(); }
    [[nodiscard]] std::optional<ChannelsEvent> poll_event();
    [[nodiscard]] std::optional<Instant> poll_timeout() const { return association_.poll_timeout(); }

    /// Ready for messages at once, which arrive behind the opening.
    [[nodiscard]] Result<ChannelId, OpenError> open(Instant now, const ChannelOptions& options);
    /// Agreed on by other means (W3C's `negotiated`): both ends do the same, and nothing is said of it.
    [[nodiscard]] Result<void, OpenError> open_negotiated(ChannelId id, const ChannelOptions& options);
    [[nodiscard]] Result<void, SendError> send(Instant now, ChannelId id, PayloadKind kind, ByteView payload);
    [[nodiscard]] Result<void, SendError> send_text(Instant now, ChannelId id, std::string_view text) {
        return send(now, id, PayloadKind::kText, as_bytes(text));
    }
    /// What was sent is delivered first; what comes from now on is not given out.
    void close(Instant now, ChannelId id);
    void shutdown(Instant now) { association_.shutdown(now_ = now); }
    void abort(Instant now) { association_.abort(now_ = now); }

    /// Bytes of messages that have not been sent yet.
    [[nodiscard]] std::size_t buffered(ChannelId id) const { return association_.buffered(id); }
    /// Of a channel there is.
    void set_buffered_low(ChannelId id, std::size_t bytes) {
        if (channels_.contains(id)) association_.set_low_mark(id, bytes);
    }
    [[nodiscard]] bool is_open(ChannelId id) const;
    [[nodiscard]] std::size_t count() const { return channels_.size(); }
    [[nodiscard]] const Association& association() const { return association_; }

private:
    struct Channel {
        ChannelOptions options;
        bool is_confirmed = false; // the other end has it, so that its messages need no order (RFC 8832 §6)
        bool is_closing = false;
        bool is_silent = false; // closed by us: what comes is not given out
        bool is_outgoing_reset = false;
        bool is_incoming_reset = false;
    };
    using Channels = std::map<ChannelId, Channel>;

    [[nodiscard]] bool is_own(ChannelId id) const;
    /// Those that both ends can send on.
    [[nodiscard]] std::uint16_t channel_streams() const;
    [[nodiscard]] std::optional<ChannelId> free_id() const;
    void handle(AssociationEvent& event);
    void handle_connected();
    void handle_message(ReceivedMessage& message);
    void handle_streams_reset(const StreamsResetEvent& event);
    void handle_reset_done(const StreamResetDoneEvent& event);
    void handle_dcep(ChannelId id, ByteView bytes);
    void handle_open(ChannelId id, ChannelOpen open);
    void confirm(ChannelId id, Channel& channel);
    void give_message(ChannelId id, ReceivedMessage& message);
    void handle_incoming_reset(Channels::iterator channel);
    void begin_closing(ChannelId id, Channel& channel);
    void finish_if_closed(Channels::iterator channel);
    Channels::iterator erase(Channels::iterator channel);

    Association association_;
    DtlsRole role_;
    Instant now_{};
    Channels channels_;
    std::list<ChannelsEvent> events_;
};

} // namespace vv::sctp
