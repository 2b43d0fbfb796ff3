// The Binding messages of a connectivity check (RFC 8445 §7): requests under the
// other end's password, answers under the password of whoever answers.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/socket_address.h"
#include "ice/credentials.h"
#include "stun/message.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace vv::ice {

/// Who nominates (RFC 8445 §6.1.1), and the number that settles it if both ends claim to, or neither.
struct Role {
    bool controlling = false;
    std::uint64_t tie_breaker = 0;

    friend bool operator==(const Role&, const Role&) = default;
};

struct Check {
    std::uint32_t priority = 0; ///< of the peer-reflexive candidate that this request may show (RFC 8445 §7.1.1)
    bool use_candidate = false;
    std::optional<Role> role{}; ///< nothing: from an end that is older than roles
};

/// Both ends of one generation, as this end sees them.
struct CredentialPair {
    Credentials local;
    Credentials remote;
};

[[nodiscard]] ByteBuffer write_check(const stun::TransactionId& id, const Check& check, const CredentialPair& between);
[[nodiscard]] ByteBuffer write_check_answer(const stun::TransactionId& id, const SocketAddress& mapped, ByteView key);
/// unknown: for kUnknownAttribute, else empty.
[[nodiscard]] ByteBuffer write_check_refusal(const stun::TransactionId& id, stun::ErrorCode code,
                                             std::span<const stun::AttributeType> unknown, ByteView key);

/// Of a request: the name of the end it is for, the first half of USERNAME (RFC 8445 §7.2.2).
[[nodiscard]] std::optional<std::string_view> addressee_of(const stun::Message& request);
/// The integrity is right under this key, and so is the fingerprint if there is one. It is not asked for: the
/// integrity says more.
[[nodiscard]] bool is_authentic(const stun::Message& message, ByteView key);

/// What an authentic request that cannot be read is refused with.
struct Refusal {
    stun::ErrorCode code;
    std::vector<stun::AttributeType> unknown;
};
[[nodiscard]] Result<Check, Refusal> parse_check(const stun::Message& request);

struct CheckAnswer {
    /// Where the request came from, as the other end saw it; nothing in an error.
    std::optional<SocketAddress> mapped;
    /// Of an error.
    std::optional<stun::ErrorCode> error;
};
/// Nothing: not to be made sense of, or with something in it that would have to be understood (RFC 8489 §6.3.3).
[[nodiscard]] std::optional<CheckAnswer> parse_check_answer(const stun::Message& answer);

} // namespace vv::ice
