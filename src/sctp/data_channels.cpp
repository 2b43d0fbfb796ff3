#include "sctp/data_channels.h"

#include "base/overloaded.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <vector>

namespace vv::sctp {
namespace {

/// W3C's maxPacketLifeTime is an unsigned short.
constexpr std::chrono::milliseconds kLifetimeMax{65'535};

Failure<OpenError> refused(OpenError error) {
    return Failure<OpenError>(error);
}

} // namespace

std::optional<OpenError> fault_of(const ChannelOptions& options) {
    if (options.label.size() > kLabelSizeMax || options.protocol.size() > kLabelSizeMax) return OpenError::kTooLong;
    if (options.retransmissions_max && options.lifetime_max) return OpenError::kBadOptions;
    const bool is_in_range =
        !options.lifetime_max || (options.lifetime_max->count() >= 0 && *options.lifetime_max <= kLifetimeMax);
    return is_in_range ? std::nullopt : std::optional(OpenError::kBadOptions);
}

// RFC 8832 §6.
bool DataChannels::is_own(ChannelId id) const {
    return (id.value() % 2 == 0) == (role_ == DtlsRole::kClient);
}

std::uint16_t DataChannels::channel_streams() const {
    return std::min(association_.outbound_streams(), association_.inbound_streams());
}

std::optional<ChannelId> DataChannels::free_id() const {
    const std::uint16_t first = role_ == DtlsRole::kClient ? 0 : 1;
    for (unsigned id = first; id < channel_streams(); id += 2) {
        const ChannelId candidate(static_cast<std::uint16_t>(id));
        if (!channels_.contains(candidate) && !association_.is_resetting(candidate)) return candidate;
    }
    return std::nullopt;
}

bool DataChannels::is_open(ChannelId id) const {
    const auto found = channels_.find(id);
    return found != channels_.end() && !found->second.is_closing;
}

Result<ChannelId, OpenError> DataChannels::open(Instant now, const ChannelOptions& options) {
    now_ = now;
    if (const auto fault = fault_of(options)) return refused(*fault);
    if (association_.has_ended()) return refused(OpenError::kEnded);
    const auto id = channels_.size() < kChannelsMax ? free_id() : std::nullopt;
    if (!id) return refused(OpenError::kTooMany);
    const ByteBuffer message = write_channel_open(options);
    const auto sent =
        association_.send(now_, {.stream = *id, .ppid = Ppid::kDcep, .payload = message, .is_control = true});
    if (!sent) return refused(sent.error() == SendError::kBufferFull ? OpenError::kBufferFull : OpenError::kEnded);
    channels_.emplace(*id, Channel{.options = options});
    return *id;
}

Result<void, OpenError> DataChannels::open_negotiated(ChannelId id, const ChannelOptions& options) {
    if (const auto fault = fault_of(options)) return refused(*fault);
    if (association_.has_ended()) return refused(OpenError::kEnded);
    if (channels_.contains(id) || association_.is_resetting(id)) return refused(OpenError::kTaken);
    if (channels_.size() >= kChannelsMax || id.value() >= channel_streams()) {
        return refused(OpenError::kTooMany);
    }
    channels_.emplace(id, Channel{.options = options, .is_confirmed = true});
    return {};
}

Result<void, SendError> DataChannels::send(Instant now, ChannelId id, PayloadKind kind, ByteView payload) {
    now_ = now;
    const auto found = channels_.find(id);
    if (found == channels_.end() || found->second.is_closing) return Failure<SendError>(SendError::kNotOpen);
    const Channel& channel = found->second;
    // RFC 8831 §6.6: nothing is sent as one byte that is said to be nothing.
    constexpr std::array<std::uint8_t, 1> kNothing{0};
    const bool is_text = kind == PayloadKind::kText;
    Message message{.stream = id,
                    .ppid = is_text ? Ppid::kString : Ppid::kBinary,
                    .payload = payload,
                    .is_ordered = channel.options.is_ordered || !channel.is_confirmed,
                    .retransmissions_max = channel.options.retransmissions_max,
                    .lifetime = channel.options.lifetime_max};
    if (payload.empty()) {
        message.ppid = is_text ? Ppid::kStringEmpty : Ppid::kBinaryEmpty;
        message.payload = kNothing;
    }
    return association_.send(now_, message);
}

void DataChannels::close(Instant now, ChannelId id) {
    now_ = now;
    const auto found = channels_.find(id);
    if (found == channels_.end() || found->second.is_closing) return;
    found->second.is_silent = true;
    begin_closing(id, found->second);
}

// RFC 8831 §6.7: our direction is reset once everything has been sent, and the other end then resets its own.
void DataChannels::begin_closing(ChannelId id, Channel& channel) {
    channel.is_closing = true;
    association_.reset_stream(now_, id);
}

void DataChannels::finish_if_closed(Channels::iterator channel) {
    if (!channel->second.is_outgoing_reset || !channel->second.is_incoming_reset) return;
    (void)erase(channel);
}

// The next one on its stream has no low mark yet.
DataChannels::Channels::iterator DataChannels::erase(Channels::iterator channel) {
    events_.emplace_back(ChannelClosedEvent{channel->first});
    association_.set_low_mark(channel->first, 0);
    return channels_.erase(channel);
}

void DataChannels::handle_input(Instant now, ByteView packet) {
    now_ = now;
    association_.handle_input(now, packet);
}

void DataChannels::handle_timeout(Instant now) {
    now_ = now;
    association_.handle_timeout(now);
}

// One by one as they are fetched: what nobody fetches stays in the association's window, and slows the sender down.
std::optional<ChannelsEvent> DataChannels::poll_event() {
    while (events_.empty()) {
        auto event = association_.poll_event();
        if (!event) return std::nullopt;
        handle(*event);
    }
    ChannelsEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
}

// ---- what the association says

void DataChannels::handle(AssociationEvent& event) {
    std::visit(Overloaded{
                   [&](const BufferedLowEvent& low) {
                       if (is_open(low.stream)) events_.emplace_back(ChannelBufferedLowEvent{low.stream});
                   },
                   [&](const EndedEvent& ended) {
                       channels_.clear();
                       events_.emplace_back(ChannelsEndedEvent{ended.reason});
                   },
                   [&](ReceivedMessage& message) { handle_message(message); },
                   [&](const ConnectedEvent&) { handle_connected(); },
                   [&](const StreamsResetEvent& reset) { handle_streams_reset(reset); },
                   [&](const StreamResetDoneEvent& done) { handle_reset_done(done); },
               },
               event);
}

// Channels that the other end has no streams for are gone before they were there.
void DataChannels::handle_connected() {
    events_.emplace_back(ChannelsReadyEvent{});
    for (auto channel = channels_.lower_bound(ChannelId(channel_streams())); channel != channels_.end();)
        channel = erase(channel);
}

void DataChannels::handle_message(ReceivedMessage& message) {
    if (message.ppid == Ppid::kDcep) return handle_dcep(message.stream, message.payload);
    give_message(message.stream, message);
}

void DataChannels::give_message(ChannelId id, ReceivedMessage& message) {
    const auto found = channels_.find(id);
    if (found == channels_.end()) return; // of a channel that we have refused
    confirm(id, found->second);
    if (found->second.is_silent) return;
    switch (message.ppid) {
    case Ppid::kString:
    case Ppid::kBinary:
        break;
    case Ppid::kStringEmpty:
    case Ppid::kBinaryEmpty:
        message.payload.clear();
        break;
    default:
        return; // RFC 8831 §8 has no others that are still in use
    }
    const bool is_text = message.ppid == Ppid::kString || message.ppid == Ppid::kStringEmpty;
    events_.emplace_back(
        ChannelMessageEvent{id, is_text ? PayloadKind::kText : PayloadKind::kBytes, std::move(message.payload)});
}

void DataChannels::confirm(ChannelId id, Channel& channel) {
    if (std::exchange(channel.is_confirmed, true) || channel.is_closing) return;
    events_.emplace_back(ChannelOpenedEvent{id, false});
}

void DataChannels::handle_dcep(ChannelId id, ByteView bytes) {
    auto message = parse_dcep(bytes);
    auto found = channels_.find(id);
    if (found != channels_.end() && found->second.is_incoming_reset) {
        // The other end uses the stream again, so it has begun ours anew as well; only its answer has been lost.
        association_.assume_reset(id);
        found->second.is_outgoing_reset = true;
        finish_if_closed(found);
        found = channels_.end();
    }
    if (message && std::holds_alternative<ChannelOpen>(*message) && found == channels_.end() && !is_own(id) &&
        channels_.size() < kChannelsMax) {
        return handle_open(id, std::get<ChannelOpen>(std::move(*message)));
    }
    if (message && std::holds_alternative<ChannelAck>(*message)) {
        if (found != channels_.end()) confirm(id, found->second);
        return;
    }
    // RFC 8832 §7: what makes no sense, is on a stream of ours or one too many closes the channel.
    if (found == channels_.end()) {
        association_.reset_stream(now_, id);
    } else if (!found->second.is_closing) {
        begin_closing(id, found->second);
    }
}

void DataChannels::handle_open(ChannelId id, ChannelOpen open) {
    const ByteBuffer ack = write_channel_ack();
    const auto sent = association_.send(
        now_, {.stream = id, .ppid = Ppid::kDcep, .payload = ack, .is_control = true, .may_use_reserve = true});
    if (!sent) return association_.reset_stream(now_, id);
    Channel& channel = channels_.emplace(id, Channel{.options = std::move(open.options)}).first->second;
    channel.is_confirmed = true;
    events_.emplace_back(ChannelOpenedEvent{id, true, channel.options});
}

void DataChannels::handle_streams_reset(const StreamsResetEvent& event) {
    std::vector<StreamId> streams = event.streams;
    if (streams.empty()) {
        for (const auto& [id, channel] : channels_)
            streams.push_back(id);
    }
    for (const StreamId id : streams) {
        const auto channel = channels_.find(id);
        if (channel != channels_.end()) handle_incoming_reset(channel);
    }
}

void DataChannels::handle_incoming_reset(Channels::iterator channel) {
    channel->second.is_incoming_reset = true;
    if (!channel->second.is_closing) begin_closing(channel->first, channel->second);
    finish_if_closed(channel);
}

void DataChannels::handle_reset_done(const StreamResetDoneEvent& event) {
    const auto channel = channels_.find(event.stream);
    if (channel == channels_.end()) return;
    // What was refused has not begun anew: the channel stays as it is, so that nobody uses its stream again.
    if (event.is_performed || !event.is_known) channel->second.is_outgoing_reset = true;
    if (!event.is_known) channel->second.is_incoming_reset = true; // nothing will come of it
    finish_if_closed(channel);
}

} // namespace vv::sctp
