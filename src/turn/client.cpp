#include "turn/client.h"

#include "stun/attributes.h"
#include "stun/builder.h"

#include <algorithm>
#include <utility>

namespace vv::turn {
namespace {

using stun::AttributeType;

/// The largest UDP payload that still fits behind a Send indication's header, DONT-FRAGMENT in it.
constexpr std::size_t kPayloadMax = 65'507 - kHeaderBytesMax - 4 - 3;

} // namespace

Client::Client(ClientConfig config, Rng& rng)
    : config_(std::move(config)),
      rng_(rng),
      credentials_(config_.username, config_.password) {
    VV_ASSERT(!config_.username.empty() && config_.username.size() <= stun::kUsernameSizeMax);
    VV_ASSERT(!(config_.dual && config_.family));
}

void Client::start(Instant now) {
    VV_ASSERT(state_ == State::kIdle);
    state_ = State::kAllocating;
    ask(now, Purpose::kAllocate);
}

std::optional<FromPeer> Client::handle_input(Instant now, ByteView& input) {
    const bool is_listening = state_ != State::kIdle && state_ != State::kEnded;
    if (!is_listening || !is_stream(config_.transport)) {
        const ByteView datagram = std::exchange(input, {});
        return is_listening ? handle_frame(now, datagram) : std::nullopt;
    }
    // Without a relay there is nothing long to be said.
    const auto frame = framer_.poll_frame(input, is_allocated() ? kFrameSizeMax : kStrangerFrameSizeMax);
    if (!frame) {
        input = {};
        end(Ended::Why::kBroken);
        return std::nullopt;
    }
    return *frame ? handle_frame(now, **frame) : std::nullopt;
}

std::optional<FromPeer> Client::handle_frame(Instant now, ByteView frame) {
    if (frame.empty()) return std::nullopt;
    if (looks_like_channel_data(frame[0], kChannelLast)) return handle_channel_data(frame);
    const auto message = stun::parse_message(frame);
    if (!message) return std::nullopt;
    if (message->message_class() == stun::MessageClass::kIndication) return handle_indication(*message);
    handle_answer(now, *message);
    return std::nullopt;
}

// RFC 8656 §12.6: it may come before the answer to the ChannelBind does.
std::optional<FromPeer> Client::handle_channel_data(ByteView frame) const {
    const auto data = parse_channel_data(frame, kChannelLast);
    if (!data || state_ != State::kAllocated) return std::nullopt;
    const std::size_t index = data->channel.value() - std::size_t{kChannelFirst};
    if (index >= channels_.size()) return std::nullopt;
    return FromPeer{channels_[index].peer, data->payload};
}

// RFC 8656 §11.4: who was not let in is not heard, though the server should have seen to that.
std::optional<FromPeer> Client::handle_indication(const stun::Message& message) {
    if (message.method() != stun::Method::kData || state_ != State::kAllocated) return std::nullopt;
    const auto peer_value = message.find(AttributeType::kXorPeerAddress);
    const auto peer = peer_value ? stun::parse_xor_address(*peer_value, message.transaction_id()) : std::nullopt;
    if (!peer || find_permission(peer->ip) == nullptr) return std::nullopt;
    if (const auto data = message.find(AttributeType::kData)) return FromPeer{PeerAddress(*peer), *data};
    const auto icmp_value = message.find(AttributeType::kIcmp);
    const auto icmp = icmp_value ? stun::parse_icmp(*icmp_value) : std::nullopt;
    if (icmp && events_.size() < kClientEventsMax) events_.emplace_back(PeerUnreachable{PeerAddress(*peer), *icmp});
    return std::nullopt;
}

void Client::handle_path_closed() {
    if (state_ == State::kIdle || state_ == State::kEnded) return; // between two servers, or long over
    end(state_ == State::kReleasing ? release_why_ : Ended::Why::kBroken);
}

Client::Permission* Client::find_permission(const IpAddress& peer) {
    const auto found = std::ranges::find(permissions_, peer, &Permission::peer);
    return found != permissions_.end() ? &*found : nullptr;
}

std::optional<std::size_t> Client::find_channel(const PeerAddress& peer) const {
    const auto found = std::ranges::find(channels_, peer, &Channel::peer);
    if (found == channels_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - channels_.begin());
}

bool Client::is_permitted(const IpAddress& peer) const {
    const auto found = std::ranges::find(permissions_, peer, &Permission::peer);
    return found != permissions_.end() && found->is_granted;
}

bool Client::has_channel(const PeerAddress& peer) const {
    const auto index = find_channel(peer);
    return index && channels_[*index].is_bound;
}

bool Client::is_asking(Purpose purpose, std::size_t index) const {
    return std::ranges::any_of(
        pending_, [&](const Pending& request) { return request.purpose == purpose && request.index == index; });
}

// A new one, else that of an address that was refused and is not being asked for again.
std::optional<std::size_t> Client::place_for_permission() const {
    if (permissions_.size() < kClientPermissionsMax) return permissions_.size();
    for (std::size_t i = 0; i < permissions_.size(); ++i) {
        const Permission& permission = permissions_[i];
        if (!permission.is_granted && !permission.ask_at && !is_asking(Purpose::kPermission, i)) return i;
    }
    return std::nullopt;
}

std::optional<std::size_t> Client::place_for_channel(Instant now) const {
    if (channels_.size() < kClientChannelsMax) return channels_.size();
    for (std::size_t i = 0; i < channels_.size(); ++i) {
        const Channel& channel = channels_[i];
        const bool has_ended = channel.free_at && now >= *channel.free_at;
        if (has_ended && !channel.is_bound && !channel.ask_at && !is_asking(Purpose::kChannel, i)) return i;
    }
    return std::nullopt;
}

bool Client::permit(Instant now, const IpAddress& peer) {
    if (is_leaving()) return false;
    const Permission* known = find_permission(peer);
    const auto place =
        known != nullptr ? static_cast<std::size_t>(known - permissions_.data()) : place_for_permission();
    if (!place) return false;
    if (*place == permissions_.size()) permissions_.emplace_back();
    Permission& permission = permissions_[*place];
    if (known == nullptr) permission = {peer, false, std::nullopt};
    if (!permission.is_granted && !is_asking(Purpose::kPermission, *place)) permission.ask_at = now;
    ask_what_is_due(now);
    return true;
}

bool Client::bind_channel(Instant now, const PeerAddress& peer) {
    const auto known = find_channel(peer);
    const auto place = known ? known : place_for_channel(now);
    if (!place || !permit(now, peer.value().ip)) return false;
    if (*place == channels_.size()) channels_.push_back({.peer = peer, .ask_at = {}, .free_at = {}});
    Channel& channel = channels_[*place];
    if (!known) channel = {.peer = peer, .ask_at = {}, .free_at = {}};
    if (!channel.is_bound && !is_asking(Purpose::kChannel, *place)) channel.ask_at = now;
    ask_what_is_due(now);
    return true;
}

bool Client::send(const PeerAddress& peer, ByteView payload, bool dont_fragment) {
    if (state_ != State::kAllocated || !is_permitted(peer.value().ip)) return false;
    if (packets_.size() == kClientPacketsMax || payload.size() > kPayloadMax) return false;
    ByteBuffer& packet = packets_.emplace_back();
    const auto channel = find_channel(peer);
    if (channel && channels_[*channel].is_bound && !dont_fragment) {
        const auto header = write_channel_data_header(Channel::number_of(*channel), payload.size());
        packet.reserve(kChannelDataHeaderSize + stun::padded_size(payload.size()));
        ByteWriter writer(packet);
        writer.write(header);
        writer.write(payload);
        // RFC 8656 §12.5: a must on a stream, over UDP left out.
        if (is_stream(config_.transport)) writer.write_zeros(stun::padded_size(payload.size()) - payload.size());
        return true;
    }
    stun::MessageBuilder builder(packet, stun::Method::kSend, stun::MessageClass::kIndication,
                                 stun::TransactionId(rng_.bytes<stun::kTransactionIdSize>()));
    builder.add_xor_address(AttributeType::kXorPeerAddress, peer.value());
    if (dont_fragment) builder.add_flag(AttributeType::kDontFragment);
    builder.add(AttributeType::kData, payload);
    return true;
}

// Who has signed an Allocate may have a relay without knowing it yet, and waits to hear before letting go of it. It
// does not ask again, which might get it one that it has not got.
void Client::close(Instant now) {
    switch (state_) {
    case State::kIdle:
        return end(Ended::Why::kClosed);
    case State::kAllocating:
        if (!credentials_.is_ready()) return end(Ended::Why::kClosed);
        is_closing_ = true;
        for (Pending& request : pending_)
            request.transaction.stop_sending(now);
        return;
    case State::kAllocated:
        return release(now, Ended::Why::kClosed);
    case State::kReleasing:
    case State::kEnded:
        return;
    }
}

void Client::release(Instant now, Ended::Why why) {
    state_ = State::kReleasing;
    release_why_ = why;
    refresh_at_.reset();
    keepalive_at_.reset();
    pending_.clear();
    packets_.clear();
    ask(now, Purpose::kRelease);
}

void Client::end(Ended::Why why, std::uint16_t code) {
    VV_ASSERT(state_ != State::kEnded);
    state_ = State::kEnded;
    pending_.clear();
    packets_.clear();
    relayed_.clear();
    permissions_.clear();
    channels_.clear();
    refresh_at_.reset();
    keepalive_at_.reset();
    events_.emplace_back(Ended{is_closing_ ? Ended::Why::kClosed : why, is_closing_ ? std::uint16_t{0} : code});
}

void Client::ask_what_is_due(Instant now) {
    if (state_ != State::kAllocated) return;
    const auto take_due = [now](std::optional<Instant>& at) {
        if (!at || now < *at) return false;
        at.reset();
        return true;
    };
    if (take_due(refresh_at_)) ask(now, Purpose::kRefresh);
    for (std::size_t i = 0; i < permissions_.size() && has_room_to_ask(); ++i) {
        if (take_due(permissions_[i].ask_at)) ask(now, Purpose::kPermission, i);
    }
    for (std::size_t i = 0; i < channels_.size() && has_room_to_ask(); ++i) {
        if (take_due(channels_[i].ask_at)) ask(now, Purpose::kChannel, i);
    }
}

// A Binding indication: nobody answers it (RFC 8489 §2).
void Client::keep_alive(Instant now) {
    if (!keepalive_at_ || now < *keepalive_at_) return;
    keepalive_at_ = now + kKeepaliveInterval;
    if (packets_.size() == kClientPacketsMax) return;
    stun::MessageBuilder(packets_.emplace_back(), stun::Method::kBinding, stun::MessageClass::kIndication,
                         stun::TransactionId(rng_.bytes<stun::kTransactionIdSize>()));
}

void Client::handle_timeout(Instant now) {
    for (Pending& request : pending_)
        request.transaction.handle_timeout(now);
    while (true) {
        const auto found =
            std::ranges::find_if(pending_, [](const Pending& request) { return request.transaction.has_timed_out(); });
        if (found == pending_.end()) break;
        const Purpose purpose = found->purpose;
        const std::size_t index = found->index;
        pending_.erase(found);
        handle_no_answer(now, purpose, index);
    }
    ask_what_is_due(now);
    keep_alive(now);
}

std::optional<Transmit> Client::poll_transmit() {
    for (Pending& request : pending_) {
        if (const auto bytes = request.transaction.poll_transmit()) {
            return Transmit{config_.local, config_.server, {bytes->begin(), bytes->end()}};
        }
    }
    if (packets_.empty()) return std::nullopt;
    Transmit transmit{config_.local, config_.server, std::move(packets_.front())};
    packets_.pop_front();
    return transmit;
}

std::optional<ClientEvent> Client::poll_event() {
    if (events_.empty()) return std::nullopt;
    ClientEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
}

std::optional<Instant> Client::poll_timeout() const {
    std::optional<Instant> first;
    const auto consider = [&first](const std::optional<Instant>& at) {
        if (at && (!first || *at < *first)) first = at;
    };
    for (const Pending& request : pending_)
        consider(request.transaction.poll_timeout());
    if (state_ != State::kAllocated) return first;
    consider(refresh_at_);
    consider(keepalive_at_);
    if (!has_room_to_ask()) return first; // an answer, or the end of waiting for it, makes room
    for (const Permission& permission : permissions_)
        consider(permission.ask_at);
    for (const Channel& channel : channels_)
        consider(channel.ask_at);
    return first;
}

} // namespace vv::turn
