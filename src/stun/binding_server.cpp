#include "stun/binding_server.h"

#include "stun/builder.h"
#include "stun/integrity.h"

#include <algorithm>
#include <array>

namespace vv::stun {
namespace {

// Credentials may come with a Binding request; a public server has no use for
// them but understands them. RFC 5780's attributes are not understood: their
// answers would be larger than what is asked here.
constexpr std::array kUnderstood{AttributeType::kUsername, AttributeType::kRealm, AttributeType::kNonce,
                                 AttributeType::kUserhash, AttributeType::kPasswordAlgorithm};

} // namespace

std::vector<AttributeType> unknown_attributes(const Message& message, std::span<const AttributeType> understood) {
    std::vector<AttributeType> unknown;
    AttributeReader reader = message.attributes();
    while (const auto attribute = reader.next()) {
        if (unknown.size() == kUnknownAttributesMax) break;
        if (!is_comprehension_required(attribute->type)) continue;
        if (std::ranges::find(understood, attribute->type) != understood.end()) continue;
        if (std::ranges::find(unknown, attribute->type) != unknown.end()) continue;
        unknown.push_back(attribute->type);
    }
    return unknown;
}

bool answer_binding(const Message& request, const ClientAddress& client, ByteBuffer& answer) {
    if (request.method() != Method::kBinding || request.message_class() != MessageClass::kRequest) return false;
    const bool fingerprinted = request.fingerprint_offset().has_value();
    if (fingerprinted && !verify_fingerprint(request)) return false;
    const auto unknown = unknown_attributes(request, kUnderstood);
    const auto answer_class = unknown.empty() ? MessageClass::kSuccess : MessageClass::kError;
    MessageBuilder builder(answer, Method::kBinding, answer_class, request.transaction_id());
    if (unknown.empty()) {
        const SocketAddress mapped{client.value().ip.unmapped(), client.value().port};
        builder.add_xor_address(AttributeType::kXorMappedAddress, mapped);
    } else {
        builder.add_error_code(ErrorCode::kUnknownAttribute).add_unknown_attributes(unknown);
    }
    if (fingerprinted) builder.add_fingerprint();
    return true;
}

} // namespace vv::stun
