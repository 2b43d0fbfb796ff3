// The data channels of a connection, from before there is anything to open them
// on: sctp/data_channels.h numbers channels by streams, and which of these are
// ours is known only once DTLS has its roles.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "base/rng.h"
#include "peer/agreement.h"
#include "peer/event.h"
#include "sctp/data_channels.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace vv::peer {

class Channels {
public:
    /// rng outlives this.
    explicit Channels(Rng& rng) : rng_(rng) {}

    /// Keys are there, and a section of data; what was opened before is opened now. packet_max: what DTLS carries.
    void begin(Instant now, const DataAgreement& agreement, dtls::Role role, std::size_t packet_max);
    /// There are no channels any more, and none will be: a connection has one association.
    [[nodiscard]] bool has_ended() const { return has_ended_ || (data_ && data_->association().has_ended()); }

    void handle_input(Instant now, ByteView packet);
    void handle_timeout(Instant now);
    /// A packet of SCTP.
    [[nodiscard]] std::optional<ByteBuffer> poll_transmit();
    [[nodiscard]] std::optional<Event> poll_event();
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

    [[nodiscard]] Result<ChannelId, sctp::OpenError> open(Instant now, const sctp::ChannelOptions& options);
    [[nodiscard]] Result<ChannelId, sctp::OpenError> open_negotiated(sctp::ChannelId stream,
                                                                     const sctp::ChannelOptions& options);
    [[nodiscard]] Result<void, sctp::SendError> send(Instant now, ChannelId id, sctp::PayloadKind kind,
                                                     ByteView payload);
    /// It is opened once there is an association.
    [[nodiscard]] bool is_held(ChannelId id) const;
    [[nodiscard]] std::size_t buffered(ChannelId id) const;
    void set_buffered_low(ChannelId id, std::size_t bytes);
    void close(Instant now, ChannelId id);
    /// What remains to be said is in poll_transmit().
    void abort(Instant now);
    /// There will be no packets any more.
    void end(sctp::EndReason reason);

    /// For figures; null before begin().
    [[nodiscard]] const sctp::Association* association() const { return data_ ? &data_->association() : nullptr; }

private:
    struct Held {
        ChannelId id;
        sctp::ChannelOptions options;
        std::optional<sctp::ChannelId> stream{}; ///< of one that is agreed on by other means
        std::size_t low_mark = 0;
    };

    [[nodiscard]] Result<ChannelId, sctp::OpenError> hold(Held held);
    [[nodiscard]] Result<sctp::ChannelId, sctp::OpenError> open_held(Instant now, const Held& held);
    [[nodiscard]] ChannelId add(sctp::ChannelId stream);
    [[nodiscard]] std::optional<sctp::ChannelId> stream_of(ChannelId id) const;
    [[nodiscard]] std::optional<ChannelId> channel_on(sctp::ChannelId stream) const;
    void note_closed(sctp::ChannelId stream);
    void translate(sctp::ChannelsEvent& event);
    void close_all(sctp::EndReason reason);

    Rng& rng_;
    std::unique_ptr<sctp::DataChannels> data_;
    std::vector<Held> held_;
    std::map<ChannelId, sctp::ChannelId> streams_;
    std::map<sctp::ChannelId, ChannelId> ids_;
    std::set<sctp::ChannelId> reopened_; // what is told of them up to the next end is of the channel before
    std::deque<Event> events_;
    std::uint32_t last_id_ = 0;
    bool has_ended_ = false;
};

} // namespace vv::peer
