#include "peer/channels.h"

#include "base/overloaded.h"
#include "peer/config.h"

#include <algorithm>
#include <utility>

namespace vv::peer {

void Channels::begin(Instant now, const DataAgreement& agreement, dtls::Role role, std::size_t packet_max) {
    if (data_ || has_ended_) return;
    const sctp::AssociationConfig config{
        .local_port = agreement.local_port,
        .remote_port = agreement.remote_port,
        .packet_size = std::clamp(packet_max, sctp::kPacketSizeMin, sctp::kPacketSize),
        .send_message_max = agreement.send_message_max,
    };
    const bool is_client = role == dtls::Role::kActive;
    data_ = std::make_unique<sctp::DataChannels>(config, is_client ? sctp::DtlsRole::kClient : sctp::DtlsRole::kServer,
                                                 rng_);
    data_->connect(now);
    for (const Held& held : std::exchange(held_, {})) {
        const auto stream = open_held(now, held);
        if (!stream) {
            events_.emplace_back(ChannelClosed{held.id});
            continue;
        }
        streams_[held.id] = *stream;
        ids_[*stream] = held.id;
        data_->set_buffered_low(*stream, held.low_mark);
    }
}

void Channels::handle_input(Instant now, ByteView packet) {
    if (data_) data_->handle_input(now, packet);
}

void Channels::handle_timeout(Instant now) {
    if (data_) data_->handle_timeout(now);
}

std::optional<ByteBuffer> Channels::poll_transmit() {
    return data_ ? data_->poll_transmit() : std::nullopt;
}

std::optional<Instant> Channels::poll_timeout() const {
    return data_ ? data_->poll_timeout() : std::nullopt;
}

std::optional<Event> Channels::poll_event() {
    while (events_.empty()) {
        auto event = data_ ? data_->poll_event() : std::nullopt;
        if (!event) return std::nullopt;
        translate(*event);
    }
    Event event = std::move(events_.front());
    events_.pop_front();
    return event;
}

void Channels::translate(sctp::ChannelsEvent& event) {
    std::visit(Overloaded{
                   [](const sctp::ChannelsReadyEvent&) {},
                   [&](sctp::ChannelOpenedEvent& opened) {
                       const auto known = ids_.find(opened.id);
                       const ChannelId id = known != ids_.end() ? known->second : add(opened.id);
                       events_.emplace_back(ChannelOpened{id, opened.is_remote, std::move(opened.options)});
                   },
                   [&](sctp::ChannelMessageEvent& message) {
                       const auto id = channel_on(message.id);
                       if (!id) return; // closed by us in between
                       events_.emplace_back(ChannelMessage{*id, message.kind, std::move(message.payload)});
                   },
                   [&](const sctp::ChannelBufferedLowEvent& low) {
                       if (const auto id = channel_on(low.id)) events_.emplace_back(ChannelBufferedLow{*id});
                   },
                   [&](const sctp::ChannelClosedEvent& closed) {
                       if (reopened_.erase(closed.id) == 0) note_closed(closed.id);
                   },
                   [&](const sctp::ChannelsEndedEvent& ended) { close_all(ended.reason); },
               },
               event);
}

ChannelId Channels::add(sctp::ChannelId stream) {
    const ChannelId id(++last_id_);
    streams_[id] = stream;
    ids_[stream] = id;
    return id;
}

std::optional<ChannelId> Channels::channel_on(sctp::ChannelId stream) const {
    const auto found = ids_.find(stream);
    return found != ids_.end() && !reopened_.contains(stream) ? std::optional(found->second) : std::nullopt;
}

void Channels::note_closed(sctp::ChannelId stream) {
    const auto known = ids_.find(stream);
    if (known == ids_.end()) return;
    events_.emplace_back(ChannelClosed{known->second});
    streams_.erase(known->second);
    ids_.erase(known);
}

std::optional<sctp::ChannelId> Channels::stream_of(ChannelId id) const {
    const auto found = streams_.find(id);
    return found != streams_.end() ? std::optional(found->second) : std::nullopt;
}

Result<ChannelId, sctp::OpenError> Channels::open(Instant now, const sctp::ChannelOptions& options) {
    if (has_ended_) return Failure(sctp::OpenError::kEnded);
    if (data_) {
        const auto stream = data_->open(now, options);
        if (!stream) return Failure(stream.error());
        // The stream is free, so the channel that was on it has ended, though nobody has fetched that yet.
        if (ids_.contains(*stream)) {
            note_closed(*stream);
            reopened_.insert(*stream);
        }
        return add(*stream);
    }
    return hold({.id = {}, .options = options});
}

Result<ChannelId, sctp::OpenError> Channels::open_negotiated(sctp::ChannelId stream,
                                                             const sctp::ChannelOptions& options) {
    if (has_ended_) return Failure(sctp::OpenError::kEnded);
    if (!data_) {
        const bool is_taken = std::ranges::any_of(held_, [&](const Held& held) { return held.stream == stream; });
        if (is_taken) return Failure(sctp::OpenError::kTaken);
        return hold({.id = {}, .options = options, .stream = stream});
    }
    if (ids_.contains(stream)) return Failure(sctp::OpenError::kTaken);
    if (const auto opened = data_->open_negotiated(stream, options); !opened) return Failure(opened.error());
    return add(stream);
}

Result<ChannelId, sctp::OpenError> Channels::hold(Held held) {
    if (const auto fault = sctp::fault_of(held.options)) return Failure(*fault);
    if (held_.size() == kHeldChannelsMax) return Failure(sctp::OpenError::kTooMany);
    const ChannelId id = held.id = ChannelId(++last_id_);
    // In front of those whose stream is ours to choose.
    held_.insert(held.stream ? held_.begin() : held_.end(), std::move(held));
    return id;
}

Result<sctp::ChannelId, sctp::OpenError> Channels::open_held(Instant now, const Held& held) {
    if (!held.stream) return data_->open(now, held.options);
    if (const auto opened = data_->open_negotiated(*held.stream, held.options); !opened) return Failure(opened.error());
    return *held.stream;
}

Result<void, sctp::SendError> Channels::send(Instant now, ChannelId id, sctp::PayloadKind kind, ByteView payload) {
    const auto stream = stream_of(id);
    if (!stream || has_ended_) return Failure(sctp::SendError::kNotOpen);
    return data_->send(now, *stream, kind, payload);
}

bool Channels::is_held(ChannelId id) const {
    return std::ranges::any_of(held_, [&](const Held& held) { return held.id == id; });
}

std::size_t Channels::buffered(ChannelId id) const {
    const auto stream = stream_of(id);
    return stream ? data_->buffered(*stream) : 0;
}

void Channels::set_buffered_low(ChannelId id, std::size_t bytes) {
    if (const auto stream = stream_of(id)) data_->set_buffered_low(*stream, bytes);
    for (Held& held : held_) {
        if (held.id == id) held.low_mark = bytes;
    }
}

void Channels::close(Instant now, ChannelId id) {
    if (const auto stream = stream_of(id)) data_->close(now, *stream);
    if (std::erase_if(held_, [&](const Held& held) { return held.id == id; }) > 0) {
        events_.emplace_back(ChannelClosed{id});
    }
}

void Channels::abort(Instant now) {
    if (data_) data_->abort(now);
}

void Channels::end(sctp::EndReason reason) {
    close_all(reason);
}

void Channels::close_all(sctp::EndReason reason) {
    if (std::exchange(has_ended_, true)) return;
    for (const auto& [id, stream] : std::exchange(streams_, {}))
        events_.emplace_back(ChannelClosed{id});
    for (const Held& held : std::exchange(held_, {}))
        events_.emplace_back(ChannelClosed{held.id});
    ids_.clear();
    if (data_) events_.emplace_back(ChannelsEnded{reason});
}

} // namespace vv::peer
