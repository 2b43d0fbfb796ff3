// The Binding method's server side (RFC 8489 §6.3, §10), without state: the
// answer depends on the request and its sender alone.
//
// Answers are kept small, so that a forged source address gains an attacker
// next to nothing: XOR-MAPPED-ADDRESS only, 32 bytes to a bare request of 20
// over IPv4, 44 over IPv6; FINGERPRINT only for a request that has one.
// RFC 3489 clients (no magic cookie) get no answer: without the cookie a
// datagram is barely recognisable as STUN, and no browser in use sends that.
#pragma once

#include "base/bytes.h"
#include "base/socket_address.h"
#include "stun/message.h"

#include <span>
#include <vector>

namespace vv::stun {

/// The comprehension-required attributes of a message that are not in `understood`, in order, each once,
/// at most kUnknownAttributesMax of them (RFC 8489 §6.3.1).
[[nodiscard]] std::vector<AttributeType> unknown_attributes(const Message& message,
                                                            std::span<const AttributeType> understood);

/// Fills `answer` and returns true if the message is a Binding request to be answered. Everything else
/// (responses, errors, indications, other methods, a wrong FINGERPRINT) stays without an answer.
[[nodiscard]] bool answer_binding(const Message& request, const ClientAddress& client, ByteBuffer& answer);

} // namespace vv::stun
