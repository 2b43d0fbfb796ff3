#include "stun/nat_discovery.h"

#include "base/assert.h"
#include "stun/attributes.h"
#include "stun/binding_server.h"
#include "stun/builder.h"
#include "stun/integrity.h"

#include <algorithm>
#include <array>

namespace vv::stun {
namespace {

constexpr std::array kUnderstood{AttributeType::kUsername,
                                 AttributeType::kRealm,
                                 AttributeType::kNonce,
                                 AttributeType::kUserhash,
                                 AttributeType::kPasswordAlgorithm,
                                 AttributeType::kChangeRequest,
                                 AttributeType::kResponsePort,
                                 AttributeType::kPadding};

// RFC 5780 §7.2.
constexpr std::uint32_t kChangeIp = 0x04;
constexpr std::uint32_t kChangePort = 0x02;

} // namespace

NatDiscovery::NatDiscovery(const NatDiscoveryPlaces& places, const crypto::SipHashKey& key)
    : places_(places),
      limiter_(kNatDiscoveryRate, key) {
    VV_ASSERT(places.port != 0 && places.other_port != 0 && places.port != places.other_port);
    VV_ASSERT(!places.other_ip || (places.other_ip->family() == places.ip.family() && *places.other_ip != places.ip));
}

// Nothing if one of them is malformed, or if PADDING is to go to a port that has not asked for it (RFC 5780 §6.1).
std::optional<NatDiscovery::Wish> NatDiscovery::parse_wish(const Message& request) {
    Wish wish;
    if (const auto value = request.find(AttributeType::kChangeRequest)) {
        const auto flags = parse_u32(*value);
        if (!flags) return std::nullopt;
        wish.change_ip = (*flags & kChangeIp) != 0;
        wish.change_port = (*flags & kChangePort) != 0;
    }
    if (const auto value = request.find(AttributeType::kResponsePort)) {
        wish.response_port = parse_u16_padded(*value);
        if (!wish.response_port || *wish.response_port == 0) return std::nullopt;
    }
    if (const auto value = request.find(AttributeType::kPadding)) wish.padding = value->size();
    if (wish.response_port && wish.padding) return std::nullopt;
    return wish;
}

SocketAddress NatDiscovery::other(const SocketAddress& place, bool ip, bool port) const {
    SocketAddress changed = place;
    if (ip) {
        VV_ASSERT(places_.other_ip.has_value());
        changed.ip = place.ip == places_.ip ? *places_.other_ip : places_.ip;
    }
    if (port) changed.port = place.port == places_.port ? places_.other_port : places_.port;
    return changed;
}

void NatDiscovery::write_error(const Message& request, ErrorCode code, std::span<const AttributeType> unknown) {
    MessageBuilder builder(answer_, Method::kBinding, MessageClass::kError, request.transaction_id());
    builder.add_error_code(code);
    if (!unknown.empty()) builder.add_unknown_attributes(unknown);
    if (request.fingerprint_offset()) builder.add_fingerprint();
}

void NatDiscovery::write_success(const Message& request, const SocketAddress& place, const SocketAddress& from,
                                 const ClientAddress& client, std::optional<std::size_t> padding) {
    MessageBuilder builder(answer_, Method::kBinding, MessageClass::kSuccess, request.transaction_id());
    // Both forms: what differs between them shows a gateway that rewrites addresses in payloads (RFC 5780 §4.6).
    builder.add_xor_address(AttributeType::kXorMappedAddress, client.value())
        .add_address(AttributeType::kMappedAddress, client.value())
        .add_address(AttributeType::kResponseOrigin, from);
    if (places_.other_ip) builder.add_address(AttributeType::kOtherAddress, other(place, true, true));
    const std::size_t fingerprint = request.fingerprint_offset() ? kAttributeHeaderSize + 4 : 0;
    const std::size_t size = answer_.size() + kAttributeHeaderSize + fingerprint;
    if (padding && request.bytes().size() > size) {
        const std::size_t room = (request.bytes().size() - size) & ~std::size_t{3};
        builder.add(AttributeType::kPadding, ByteBuffer(std::min(*padding, room)));
    }
    if (fingerprint != 0) builder.add_fingerprint();
}

std::optional<NatDiscovery::Answer> NatDiscovery::handle_input(Instant now, const SocketAddress& place,
                                                               const ClientAddress& client, ByteView datagram) {
    if (datagram.empty() || !looks_like_stun(datagram[0]) || client.value().port == 0) return std::nullopt;
    const auto request = parse_message(datagram);
    if (!request || request->method() != Method::kBinding || request->message_class() != MessageClass::kRequest) {
        return std::nullopt;
    }
    if (request->fingerprint_offset() && !verify_fingerprint(*request)) return std::nullopt;
    if (!limiter_.admit(now, client.value().ip)) return std::nullopt;
    const ClientAddress source({client.value().ip.unmapped(), client.value().port});
    const auto unknown = unknown_attributes(*request, kUnderstood);
    const auto wish = parse_wish(*request);
    SocketAddress from = place;
    SocketAddress to = source.value();
    if (!unknown.empty()) {
        write_error(*request, ErrorCode::kUnknownAttribute, unknown);
    } else if (!wish) {
        write_error(*request, ErrorCode::kBadRequest, {});
    } else if (wish->change_ip && !places_.other_ip) {
        constexpr std::array kNotHere{AttributeType::kChangeRequest};
        write_error(*request, ErrorCode::kUnknownAttribute, kNotHere);
    } else {
        from = other(place, wish->change_ip, wish->change_port);
        if (wish->response_port) to.port = *wish->response_port;
        write_success(*request, place, from, source, wish->padding);
    }
    return Answer{from, to, answer_};
}

} // namespace vv::stun
