// The data path (RFC 8656 §11, §12.5 to §12.7): every packet is a decision made
// in place. Nothing here copies or queues a payload.
#include "stun/attributes.h"
#include "stun/binding_server.h"
#include "stun/builder.h"
#include "turn/server.h"

#include <algorithm>
#include <array>
#include <optional>

namespace vv::turn {
namespace {

using stun::AttributeType;

constexpr std::array kUnderstoodInSend{AttributeType::kXorPeerAddress, AttributeType::kData,
                                       AttributeType::kDontFragment};
constexpr std::array<std::uint8_t, 3> kPadding{};
/// What still fits into a UDP datagram over IPv4 with a Data indication's header and padding.
constexpr std::size_t kPayloadMax = 65'507 - kHeaderBytesMax - 3;
/// What fits into a UDP datagram over IPv4. A stream's frame may hold a few bytes more.
constexpr std::size_t kPeerPayloadMax = 65'507;

ByteView padding_of(std::size_t size) {
    return ByteView(kPadding).first(stun::padded_size(size) - size);
}

// RFC 8656 §11.5: destination unreachable and time exceeded; of IPv6, packet too big as well.
bool is_relayed_error(AddressFamily family, std::uint8_t type) {
    return family == AddressFamily::kIpv4 ? type == 3 || type == 11 : type >= 1 && type <= 3;
}

} // namespace

Action Server::drop(std::uint64_t& counter) {
    ++counter;
    return Ignore{};
}

std::uint64_t& Server::refusals_of(ConsentVerdict verdict) {
    switch (verdict) {
    case ConsentVerdict::kUnasked:
        return counters_.dropped_unasked;
    case ConsentVerdict::kTooMany:
        return counters_.dropped_checks;
    case ConsentVerdict::kUnheard:
        return counters_.dropped_unheard;
    case ConsentVerdict::kNoConsent:
    case ConsentVerdict::kPass:
        break;
    }
    return counters_.dropped_no_consent;
}

Action Server::handle_channel_data(Instant now, const FiveTuple& from, ByteView datagram) {
    Allocation* allocation = find_by_path(from);
    if (allocation == nullptr || !allocation->is_open) return drop(counters_.dropped_no_allocation);
    const auto data = parse_channel_data(datagram, last_channel());
    if (!data) return drop(counters_.dropped_malformed);
    const auto peer = allocation->peers.peer_of(now, data->channel);
    if (!peer) return drop(counters_.dropped_no_channel);
    return send_to_peer(now, *allocation, *peer, data->payload, false);
}

// RFC 8656 §11.2. An indication is never answered, whatever is wrong with it.
Action Server::handle_indication(Instant now, const FiveTuple& from, const stun::Message& message) {
    if (message.method() != stun::Method::kSend) return drop(counters_.dropped_unexpected);
    Allocation* allocation = find_by_path(from);
    if (allocation == nullptr || !allocation->is_open) return drop(counters_.dropped_no_allocation);
    const auto peer_value = message.find(AttributeType::kXorPeerAddress);
    const auto data = message.find(AttributeType::kData);
    if (!peer_value || !data || !stun::unknown_attributes(message, kUnderstoodInSend).empty()) {
        return drop(counters_.dropped_malformed);
    }
    const auto peer = stun::parse_xor_address(*peer_value, message.transaction_id());
    if (!peer) return drop(counters_.dropped_malformed);
    return send_to_peer(now, *allocation, PeerAddress(*peer), *data, message.has(AttributeType::kDontFragment));
}

Action Server::send_to_peer(Instant now, Allocation& allocation, const PeerAddress& peer, ByteView payload,
                            bool dont_fragment) {
    const SocketAddress& to = peer.value();
    // A permission exists only for an address that passed the policy and has a family of the allocation, or is only
    // heard (hears_itself); what is left to ask is that and the port.
    const RelaySocket* relay = allocation.relay_of(to.ip.family());
    if (relay == nullptr || !allocation.peers.has_permission(now, to.ip)) return drop(counters_.dropped_no_permission);
    const bool is_own = policy_.is_own_relay_address(to.ip);
    const bool may_be_sent_to =
        is_own ? config_.server_ports.contains(to.port)
               : !limits(allocation.credential_class).own_relays_only && !policy_.is_own_service(to);
    if (to.port == 0 || !may_be_sent_to) {
        return drop(counters_.dropped_peer_denied);
    }
    if (payload.size() > kPeerPayloadMax) return drop(counters_.dropped_too_large);
    // The gate last, since it takes what it lets pass for sent.
    const FlowPace& rates = pace(allocation.credential_class);
    if (!rates.has_room(now, allocation.to_peers, payload.size())) return drop(counters_.dropped_rate);
    if (allocation.consent) {
        const ConsentVerdict verdict = allocation.gate.admit(now, config_.consent, to, payload);
        if (verdict != ConsentVerdict::kPass) return drop(refusals_of(verdict));
    }
    rates.take(now, allocation.to_peers, payload.size());
    Traffic& traffic = counters_.of(allocation.path.transport);
    ++traffic.packets_to_peers;
    traffic.bytes_to_peers += payload.size();
    if (is_own) return send_to_own_relay(now, {*relay, {relay->family, RelayPort(to.port)}, payload, dont_fragment});
    return ForwardToPeer{*relay, peer, payload, dont_fragment};
}

// Both ends are relayed here, so no socket is needed. Within a shard the packet goes straight to the other allocation,
// else to the machine that has it; after the same checks as one that came through its socket.
Action Server::send_to_own_relay(Instant now, const ForwardToRelay& packet) {
    if (const Allocation* receiver = find_by_relay(packet.to)) {
        ++counters_.packets_hairpinned;
        return send_to_client(now, packet.to, PeerAddress(known_to(now, receiver, packet.from)), packet.payload);
    }
    // A port of ours may be with another machine that came by it through a token.
    const bool is_live = config_.is_live_elsewhere ? config_.is_live_elsewhere(packet.to) : is_adopted(packet.to);
    if (!is_live) return drop(counters_.dropped_no_allocation);
    ++counters_.packets_hairpinned;
    return packet;
}

// By which address of ours a client knows another relay port. After a change of the advertised address that may be a
// former one: what the other's client was told, if it is a client of this machine. Else what this one has let in, and
// of several that by which it has spoken with just this port.
SocketAddress Server::known_to(Instant now, const Allocation* client, RelaySocket relay) const {
    const SocketAddress present = relayed_address(relay);
    if (former_.empty() || client == nullptr) return present;
    const auto is_let_in = [&](const IpAddress& ip) { return client->peers.has_permission(now, ip); };
    if (const Allocation* other = find_by_relay(relay); other != nullptr && is_let_in(other->told_in(relay.family))) {
        return {other->told_in(relay.family), present.port};
    }
    std::optional<SocketAddress> first_let_in;
    const auto is_spoken_with = [&](const SocketAddress& address) {
        if (!is_let_in(address.ip)) return false;
        if (!first_let_in) first_let_in = address;
        return client->peers.channel_of(now, PeerAddress(address)) || client->gate.knows(address);
    };
    if (is_spoken_with(present)) return present;
    for (const FormerAddress& former : former_) {
        const SocketAddress address{former.ip, present.port};
        if (former.ip.family() == relay.family && is_spoken_with(address)) return address;
    }
    return first_let_in.value_or(present);
}

// Packets of our other shards come as from the address their sockets are bound to; clients know them by the advertised
// one, which behind 1:1 NAT is another.
SocketAddress Server::as_advertised(Instant now, RelaySocket relay, const PeerAddress& peer) const {
    const auto& own = relay_address(relay.family);
    const SocketAddress& source = peer.value();
    if (!own || source.ip != own->local || !config_.server_ports.contains(source.port)) return source;
    return known_to(now, find_by_relay(relay), {relay.family, RelayPort(source.port)});
}

Action Server::handle_peer_input(Instant now, RelaySocket relay, const PeerAddress& peer, ByteView payload) {
    handle_timeout(now);
    return send_to_client(now, relay, PeerAddress(as_advertised(now, relay, peer)), payload);
}

// RFC 8656 §11.5. What the client learns is that its own packet did not arrive; who may be asked about is decided by
// the permission, as for every packet.
Action Server::handle_peer_error(Instant now, RelaySocket relay, const PeerAddress& peer, const stun::IcmpValue& icmp) {
    handle_timeout(now);
    Allocation* allocation = find_by_relay(relay);
    if (allocation == nullptr || !allocation->is_open) return drop(counters_.dropped_no_allocation);
    const SocketAddress target = as_advertised(now, relay, peer);
    if (!is_relayed_error(relay.family, icmp.type) || !allocation->peers.has_permission(now, target.ip)) {
        return drop(counters_.dropped_icmp);
    }
    if (allocation->icmp.try_take(now, kIcmpRate)) return drop(counters_.dropped_icmp);
    stun::MessageBuilder(reply_, stun::Method::kData, stun::MessageClass::kIndication, next_indication_id())
        .add_xor_address(AttributeType::kXorPeerAddress, target)
        .add_icmp(icmp);
    ++counters_.icmp_to_clients;
    return ForwardToClient{allocation->path, {}, reply_, {}};
}

Action Server::send_to_client(Instant now, RelaySocket relay, const PeerAddress& peer, ByteView payload) {
    Allocation* allocation = find_by_relay(relay);
    if (allocation == nullptr || !allocation->is_open) return drop(counters_.dropped_no_allocation);
    if (!allocation->peers.has_permission(now, peer.value().ip) || peer.value().port == 0) {
        return drop(counters_.dropped_no_permission);
    }
    if (payload.size() > kPayloadMax) return drop(counters_.dropped_too_large);
    if (allocation->consent) allocation->gate.handle_input(now, config_.consent, peer.value(), payload);
    const FlowPace& rates = pace(allocation->credential_class);
    if (!rates.has_room(now, allocation->to_client, payload.size())) return drop(counters_.dropped_rate);
    rates.take(now, allocation->to_client, payload.size());
    Traffic& traffic = counters_.of(allocation->path.transport);
    ++traffic.packets_to_clients;
    traffic.bytes_to_clients += payload.size();
    if (const auto channel = allocation->peers.channel_of(now, peer)) {
        const HeaderBytes header(write_channel_data_header(*channel, payload.size()));
        // RFC 8656 §12.5: padded on a stream, where the next frame must be found; over UDP it need not be.
        const bool padded = is_stream(allocation->path.transport);
        return ForwardToClient{allocation->path, header, payload, padded ? padding_of(payload.size()) : ByteView{}};
    }
    return ForwardToClient{allocation->path, data_indication_header(peer, payload.size()), payload,
                           padding_of(payload.size())};
}

// Unique without a draw from the operating system for each packet, and no guide to the next one.
stun::TransactionId Server::next_indication_id() {
    std::array<std::uint8_t, stun::kTransactionIdSize> bytes{};
    std::array<std::uint8_t, 8> count{};
    for (std::size_t i = 0; i < count.size(); ++i)
        count[i] = static_cast<std::uint8_t>(indications_sent_ >> (8 * i));
    ++indications_sent_;
    const std::uint64_t random = crypto::siphash(indication_key_, count);
    for (std::size_t i = 0; i < 8; ++i)
        bytes[i] = static_cast<std::uint8_t>(random >> (8 * i));
    std::copy_n(count.begin(), 4, bytes.begin() + 8);
    return stun::TransactionId(bytes);
}

// RFC 8656 §11.4. Not by MessageBuilder, because the payload behind it is not copied.
HeaderBytes Server::data_indication_header(const PeerAddress& peer, std::size_t payload_size) {
    const std::size_t address_size = peer.value().ip.is_v4() ? 8 : 20;
    const std::size_t length =
        stun::kAttributeHeaderSize + address_size + stun::kAttributeHeaderSize + stun::padded_size(payload_size);
    const stun::TransactionId id = next_indication_id();
    reply_.clear();
    ByteWriter writer(reply_);
    writer.write_u16(stun::message_type(stun::Method::kData, stun::MessageClass::kIndication));
    writer.write_u16(static_cast<std::uint16_t>(length));
    writer.write_u32(stun::kMagicCookie);
    writer.write(id.value());
    writer.write_u16(static_cast<std::uint16_t>(AttributeType::kXorPeerAddress));
    writer.write_u16(static_cast<std::uint16_t>(address_size));
    stun::write_xor_address(writer, peer.value(), id);
    writer.write_u16(static_cast<std::uint16_t>(AttributeType::kData));
    writer.write_u16(static_cast<std::uint16_t>(payload_size));
    return HeaderBytes(reply_);
}

} // namespace vv::turn
