#include "ice/check_message.h"

#include "stun/attributes.h"
#include "stun/binding_server.h"
#include "stun/builder.h"
#include "stun/integrity.h"

#include <array>

namespace vv::ice {
namespace {

using stun::AttributeType;
using stun::ErrorCode;
using stun::MessageBuilder;
using stun::MessageClass;
using stun::Method;

constexpr std::array kUnderstoodInRequests{AttributeType::kUsername, AttributeType::kPriority,
                                           AttributeType::kUseCandidate};
constexpr std::array kUnderstoodInAnswers{AttributeType::kXorMappedAddress, AttributeType::kMappedAddress,
                                          AttributeType::kErrorCode, AttributeType::kUnknownAttributes,
                                          AttributeType::kUsername};

std::optional<std::uint64_t> u64_in(const stun::Message& message, AttributeType type) {
    const auto value = message.find(type);
    return value ? stun::parse_u64(*value) : std::nullopt;
}

std::optional<Role> role_in(const stun::Message& message) {
    if (const auto breaker = u64_in(message, AttributeType::kIceControlling)) return Role{true, *breaker};
    if (const auto breaker = u64_in(message, AttributeType::kIceControlled)) return Role{false, *breaker};
    return std::nullopt;
}

} // namespace

ByteBuffer write_check(const stun::TransactionId& id, const Check& check, const CredentialPair& between) {
    ByteBuffer bytes;
    MessageBuilder builder(bytes, Method::kBinding, MessageClass::kRequest, id);
    builder.add_text(AttributeType::kUsername, between.remote.ufrag + ":" + between.local.ufrag)
        .add_u32(AttributeType::kPriority, check.priority);
    if (check.role) {
        builder.add_u64(check.role->controlling ? AttributeType::kIceControlling : AttributeType::kIceControlled,
                        check.role->tie_breaker);
    }
    if (check.use_candidate) builder.add_flag(AttributeType::kUseCandidate);
    builder.add_message_integrity(between.remote.key()).add_fingerprint();
    return bytes;
}

ByteBuffer write_check_answer(const stun::TransactionId& id, const SocketAddress& mapped, ByteView key) {
    ByteBuffer bytes;
    MessageBuilder(bytes, Method::kBinding, MessageClass::kSuccess, id)
        .add_xor_address(AttributeType::kXorMappedAddress, mapped)
        .add_message_integrity(key)
        .add_fingerprint();
    return bytes;
}

ByteBuffer write_check_refusal(const stun::TransactionId& id, ErrorCode code, std::span<const AttributeType> unknown,
                               ByteView key) {
    ByteBuffer bytes;
    MessageBuilder builder(bytes, Method::kBinding, MessageClass::kError, id);
    builder.add_error_code(code);
    if (!unknown.empty()) builder.add_unknown_attributes(unknown);
    builder.add_message_integrity(key).add_fingerprint();
    return bytes;
}

std::optional<std::string_view> addressee_of(const stun::Message& request) {
    const auto value = request.find(AttributeType::kUsername);
    if (!value || value->size() > stun::kUsernameSizeMax) return std::nullopt;
    const std::string_view name = as_text(*value);
    const std::size_t colon = name.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    return name.substr(0, colon);
}

bool is_authentic(const stun::Message& message, ByteView key) {
    const bool is_intact = !message.fingerprint_offset() || stun::verify_fingerprint(message);
    return is_intact && stun::verify_message_integrity(message, key);
}

Result<Check, Refusal> parse_check(const stun::Message& request) {
    auto unknown = stun::unknown_attributes(request, kUnderstoodInRequests);
    if (!unknown.empty()) return Failure<Refusal>({ErrorCode::kUnknownAttribute, std::move(unknown)});
    const auto value = request.find(AttributeType::kPriority);
    const auto priority = value ? stun::parse_u32(*value) : std::nullopt;
    if (!priority) return Failure<Refusal>({ErrorCode::kBadRequest, {}});
    return Check{*priority, request.has(AttributeType::kUseCandidate), role_in(request)};
}

std::optional<CheckAnswer> parse_check_answer(const stun::Message& answer) {
    if (!stun::unknown_attributes(answer, kUnderstoodInAnswers).empty()) return std::nullopt;
    CheckAnswer out;
    if (answer.message_class() == MessageClass::kError) {
        const auto value = answer.find(AttributeType::kErrorCode);
        const auto error = value ? stun::parse_error_code(*value) : std::nullopt;
        if (!error) return std::nullopt;
        out.error = static_cast<ErrorCode>(error->code);
        return out;
    }
    const auto value = answer.find(AttributeType::kXorMappedAddress);
    out.mapped = value ? stun::parse_xor_address(*value, answer.transaction_id()) : std::nullopt;
    if (!out.mapped) return std::nullopt;
    return out;
}

} // namespace vv::ice
