#include "turn/authenticator.h"

#include "stun/integrity.h"

namespace vv::turn {
namespace {

using stun::AttributeType;

bool verify(const stun::Message& request, const ReplyStyle& style) {
    return style.integrity == Integrity::kSha256 ? stun::verify_message_integrity_sha256(request, style.key)
                                                 : stun::verify_message_integrity(request, style.key);
}

} // namespace

Authenticator::Authenticator(const ServerConfig& config)
    : realm_(config.realm),
      secrets_(config.secrets),
      nonces_(config.nonce_key, config.nonce_lifetime) {}

bool Authenticator::find_key(Caller& caller, const stun::Message& request, const StandingKey* standing) const {
    if (standing != nullptr && standing->username == caller.username) {
        caller.style.key = standing->key;
        return verify(request, caller.style);
    }
    for (const ByteBuffer& secret : secrets_) {
        caller.style.key = stun::long_term_key(caller.username, realm_, rest_password(secret, caller.username));
        if (verify(request, caller.style)) return true;
    }
    return false;
}

Result<Caller, AuthError> Authenticator::authenticate(Instant now, const ClientAddress& client,
                                                      const stun::Message& request, const StandingKey* standing) const {
    const bool sha256 = request.integrity_sha256_offset().has_value();
    if (!sha256 && !request.integrity_offset()) return Failure<AuthError>(AuthError::kNoCredentials);
    const auto username = request.find(AttributeType::kUsername);
    const auto nonce = request.find(AttributeType::kNonce);
    if (!username || !nonce || !request.has(AttributeType::kRealm)) return Failure<AuthError>(AuthError::kBadRequest);
    if (username->size() > stun::kUsernameSizeMax) return Failure<AuthError>(AuthError::kBadRequest);
    if (!nonces_.is_fresh(as_text(*nonce), now, client)) return Failure<AuthError>(AuthError::kStaleNonce);
    const auto name = parse_rest_name(as_text(*username));
    if (!name) return Failure<AuthError>(AuthError::kUnknownName);
    Caller caller{as_text(*username), *name, {}};
    caller.style.integrity = sha256 ? Integrity::kSha256 : Integrity::kSha1;
    caller.style.fingerprint = request.fingerprint_offset().has_value();
    if (!find_key(caller, request, standing)) return Failure<AuthError>(AuthError::kWrongPassword);
    return caller;
}

} // namespace vv::turn
