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

void finish(MessageBuilder& builder, const ReplyStyle& style) {
    if (style.integrity == Integrity::kSha256) {
        builder.add_message_integrity_sha256(style.key);
    } else {
        builder.add_message_integrity(style.key);
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
Action Server::challenge(Instant now, const FiveTuple& from, const stun::Message& message, ErrorCode code) {
    if (!challenges_.admit(now, from.client.value().ip)) return drop(counters_.dropped_reply_limit);
    MessageBuilder builder(reply_, message.method(), MessageClass::kError, message.transaction_id());
    builder.add_error_code(code);
    if (code != ErrorCode::kBadRequest) {
        builder.add_text(AttributeType::kRealm, authenticator_.realm())
            .add_text(AttributeType::kNonce, authenticator_.new_nonce(now, from.client));
    }
    if (message.fingerprint_offset()) builder.add_fingerprint();
    // Over a stream the source is not forged: nobody else gets the answer.
    const bool amplifies = reply_.size() > kAmplificationMax * message.bytes().size();
    if (amplifies && !is_stream(from.transport)) return drop(counters_.dropped_amplifying);
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
    builder.add_xor_address(AttributeType::kXorRelayedAddress, relayed_address(allocation))
        .add_u32(AttributeType::kLifetime, whole_seconds(allocation.expiry - now))
        .add_xor_address(AttributeType::kXorMappedAddress, {client.ip.unmapped(), client.port});
    if (allocation.second_family_refused) {
        builder.add_address_error(AddressFamily::kIpv6, ErrorCode::kAddressFamilyNotSupported);
    }
    finish(builder, allocation.style);
}

void Server::write_allocate_failure(const Allocation& allocation, ErrorCode code, ByteBuffer& out) {
    count_error(code);
    MessageBuilder builder(out, stun::Method::kAllocate, MessageClass::kError, allocation.request_id);
    builder.add_error_code(code);
    finish(builder, allocation.style);
}

} // namespace vv::turn
