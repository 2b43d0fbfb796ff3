// Answers. What is not authenticated is answered sparingly: a forged source
// must not make this server a weapon against whoever really has the address.
#include "stun/builder.h"
#include "turn/server.h"

namespace vv::turn {
namespace {

using stun::AttributeType;
using stun::ErrorCode;
using stun::MessageBuilder;
using stun::MessageClass;

/// Over UDP an unauthenticated answer is at most this many times as large as its request.
constexpr std::size_t kAmplificationMax = 3;
/// What an Allocate is that names its transport and nothing more (RFC 8656 §7.1). A shorter request cannot be an honest
/// client's first, and over UDP gets nothing.
constexpr std::size_t kStrangerRequestMin = 28;

void finish(MessageBuilder& builder, const ReplyStyle& style) {
    if (style.integrity == Integrity::kSha256) {
        builder.add_message_integrity_sha256(style.key.view());
    } else {
        builder.add_message_integrity(style.key.view());
    }
    if (style.fingerprint) builder.add_fingerprint();
}

std::uint32_t whole_seconds(Duration duration) {
    return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

} // namespace

void Server::count_error(ErrorCode code) {
    switch (code) {
    case ErrorCode::kBadRequest:
        ++counters_.error_400;
        break;
    case ErrorCode::kUnauthenticated:
        ++counters_.error_401;
        break;
    case ErrorCode::kForbidden:
        ++counters_.error_403;
        break;
    case ErrorCode::kUnknownAttribute:
        ++counters_.error_420;
        break;
    case ErrorCode::kAllocationMismatch:
        ++counters_.error_437;
        break;
    case ErrorCode::kStaleNonce:
        ++counters_.error_438;
        break;
    case ErrorCode::kAddressFamilyNotSupported:
        ++counters_.error_440;
        break;
    case ErrorCode::kWrongCredentials:
        ++counters_.error_441;
        break;
    case ErrorCode::kUnsupportedTransport:
        ++counters_.error_442;
        break;
    case ErrorCode::kPeerAddressFamilyMismatch:
        ++counters_.error_443;
        break;
    case ErrorCode::kAllocationQuotaReached:
        ++counters_.error_486;
        break;
    case ErrorCode::kInsufficientCapacity:
        ++counters_.error_508;
        break;
    case ErrorCode::kTryAlternate:
    case ErrorCode::kRoleConflict:
    case ErrorCode::kServerError:
        VV_ASSERT(false); // we never send these
    }
}

// RFC 8489 §9.2.4: 401 and 438 carry realm and nonce. No reason text and no SOFTWARE, to stay small.
void Server::write_challenge(Instant now, const FiveTuple& from, const stun::Message& message, ErrorCode code,
                             SecurityFeatures features) {
    MessageBuilder builder(reply_, message.method(), MessageClass::kError, message.transaction_id());
    builder.add_error_code(code);
    if (code != ErrorCode::kBadRequest) {
        builder.add_text(AttributeType::kRealm, authenticator_.realm())
            .add_text(AttributeType::kNonce, authenticator_.new_nonce(now, from.client, features));
        if (features != 0) builder.add(AttributeType::kPasswordAlgorithms, kPasswordAlgorithmsOffered);
    }
    if (message.fingerprint_offset()) builder.add_fingerprint();
}

// Who began without promises goes on without them: its key was made by the older hash.
SecurityFeatures Server::features_for(const stun::Message& message, ErrorCode code) const {
    const auto nonce = message.find(AttributeType::kNonce);
    const bool began_without = code == ErrorCode::kStaleNonce && nonce && !as_text(*nonce).starts_with(kNonceCookie);
    return began_without ? 0 : authenticator_.features();
}

// What a challenge promises takes 28 bytes. A bare Allocate leaves no room for them, and then the older, shorter
// challenge goes out: being no lever comes before the newer hash, which a client that pads its first request gets.
Action Server::challenge(Instant now, const FiveTuple& from, const stun::Message& message, ErrorCode code) {
    // Over a stream the source is not forged: nobody else gets the answer.
    const bool is_bounded = !is_stream(from.transport);
    const std::size_t size = message.bytes().size();
    if (is_bounded && size < kStrangerRequestMin) return drop(counters_.dropped_amplifying);
    if (!strangers_.admit(now, StrangerLimit::kChallenges, from.client.value().ip)) {
        return drop(counters_.dropped_reply_limit);
    }
    const std::size_t size_max = kAmplificationMax * size;
    write_challenge(now, from, message, code, features_for(message, code));
    if (is_bounded && reply_.size() > size_max) write_challenge(now, from, message, code, 0);
    if (is_bounded && reply_.size() > size_max) return drop(counters_.dropped_amplifying);
    count_error(code);
    return Reply{reply_};
}

Action Server::refuse(const Request& request, ErrorCode code) {
    count_error(code);
    MessageBuilder builder(reply_, request.message.method(), MessageClass::kError, request.message.transaction_id());
    builder.add_error_code(code);
    finish(builder, request.caller.style);
    return Reply{reply_};
}

Action Server::refuse_unknown(const Request& request, std::span<const AttributeType> unknown) {
    count_error(ErrorCode::kUnknownAttribute);
    MessageBuilder builder(reply_, request.message.method(), MessageClass::kError, request.message.transaction_id());
    builder.add_error_code(ErrorCode::kUnknownAttribute).add_unknown_attributes(unknown);
    finish(builder, request.caller.style);
    return Reply{reply_};
}

Action Server::confirm(const Request& request, std::optional<std::chrono::seconds> lifetime) {
    MessageBuilder builder(reply_, request.message.method(), MessageClass::kSuccess, request.message.transaction_id());
    if (lifetime) builder.add_u32(AttributeType::kLifetime, whole_seconds(*lifetime));
    finish(builder, request.caller.style);
    return Reply{reply_};
}

void Server::write_allocate_success(Instant now, const Allocation& allocation, ByteBuffer& out) const {
    const SocketAddress& client = allocation.path.client.value();
    MessageBuilder builder(out, stun::Method::kAllocate, MessageClass::kSuccess, allocation.request_id);
    builder.add_xor_address(AttributeType::kXorRelayedAddress, {allocation.told, allocation.relay.port.value()});
    if (const auto& second = allocation.second) {
        builder.add_xor_address(AttributeType::kXorRelayedAddress, {second->told, second->socket.port.value()});
    }
    if (allocation.port_wish == PortWish::kPair) {
        const auto token = reservations_.token_of(port_above(allocation.relay), allocation.reservation_owner());
        if (token) builder.add(AttributeType::kReservationToken, *token);
    }
    builder.add_u32(AttributeType::kLifetime, whole_seconds(allocation.expiry - now))
        .add_xor_address(AttributeType::kXorMappedAddress, {client.ip.unmapped(), client.port});
    if (allocation.refusal) builder.add_address_error(allocation.refusal->family, allocation.refusal->code);
    finish(builder, allocation.style);
}

void Server::write_allocate_failure(const Allocation& allocation, ErrorCode code, ByteBuffer& out) {
    count_error(code);
    MessageBuilder builder(out, stun::Method::kAllocate, MessageClass::kError, allocation.request_id);
    builder.add_error_code(code);
    finish(builder, allocation.style);
}

} // namespace vv::turn
