#include "turn/authenticator.h"

#include "stun/integrity.h"

#include <algorithm>
#include <span>

namespace vv::turn {
namespace {

using stun::AttributeType;

// The stronger one counts where a request has both (RFC 8489 §9.2.4).
bool verify(const stun::Message& request, const LongTermKey& key) {
    return request.integrity_sha256_offset() ? stun::verify_message_integrity_sha256(request, key.view())
                                             : stun::verify_message_integrity(request, key.view());
}

struct Algorithm {
    PasswordHash hash = PasswordHash::kMd5;
    bool is_named = false;
};

// RFC 8489 §9.2.4 on a nonce that promised algorithms: a request names none, which means MD5, or gives back the list
// as it was and one from it. Nothing for all else: somebody has changed one of the two messages on its way.
std::optional<Algorithm> algorithm_of(const stun::Message& request, SecurityFeatures promised) {
    if ((promised & kPasswordAlgorithmsFeature) == 0) return Algorithm{};
    const auto list = request.find(AttributeType::kPasswordAlgorithms);
    const auto chosen = request.find(AttributeType::kPasswordAlgorithm);
    if (!list && !chosen) return Algorithm{};
    if (!list || !chosen || !std::ranges::equal(*list, kPasswordAlgorithmsOffered)) return std::nullopt;
    const auto hash = parse_password_hash(*chosen);
    if (!hash) return std::nullopt;
    return Algorithm{*hash, true};
}

// Exactly one of USERNAME and USERHASH, and neither of an impossible size.
bool names_somebody(const stun::Message& request) {
    const auto username = request.find(AttributeType::kUsername);
    const auto hash = request.find(AttributeType::kUserhash);
    if (username.has_value() == hash.has_value()) return false;
    return username ? username->size() <= stun::kUsernameSizeMax : hash->size() == crypto::kSha256Size;
}

} // namespace

Authenticator::Authenticator(const ServerConfig& config)
    : realm_(config.realm),
      secrets_(config.secrets),
      nonces_(config.nonce_key, config.nonce_lifetime) {
    for (const User& user : config.users) {
        users_.push_back({user.name, stun::userhash(user.name, realm_),
                          LongTermKey(PasswordHash::kMd5, user.name, realm_, user.password.text()),
                          LongTermKey(PasswordHash::kSha256, user.name, realm_, user.password.text()), user.consent});
    }
}

// Username anonymity obliges clients to send the hash of their name alone (RFC 8489 §9.2.5), and from that nobody can
// tell a name that was made for one call. So it is promised only where all names are known.
SecurityFeatures Authenticator::features() const {
    const bool knows_all = secrets_.empty() && !users_.empty();
    return knows_all ? kPasswordAlgorithmsFeature | kUsernameAnonymityFeature : kPasswordAlgorithmsFeature;
}

const Authenticator::KnownUser* Authenticator::find_user(std::string_view name) const {
    const auto found = std::ranges::find(users_, name, &KnownUser::name);
    return found != users_.end() ? &*found : nullptr;
}

// What a name says about its bearer, who has not proved anything yet. False for a name that is not one of ours.
bool Authenticator::describe(Caller& caller, const StandingKey* standing) const {
    caller.user = caller.username;
    if (const KnownUser* user = find_user(caller.username)) {
        caller.consent = user->consent;
        return true;
    }
    if (const auto name = parse_rest_name(caller.username)) {
        caller.expiry = name->expiry;
        caller.cap = name->cap;
        caller.credential_class = name->credential_class;
        caller.user = name->user;
        return true;
    }
    return standing != nullptr && standing->username == caller.username;
}

Result<void, AuthError> Authenticator::find_key(Caller& caller, const stun::Message& request, PasswordHash hash,
                                                const StandingKey* standing) const {
    const auto verified = [&](const LongTermKey& key) -> Result<void, AuthError> {
        caller.style.key = key;
        if (verify(request, key)) return {};
        return Failure<AuthError>(AuthError::kWrongPassword);
    };
    if (standing != nullptr && standing->username == caller.username && standing->key.hash() == hash) {
        return verified(standing->key);
    }
    if (const KnownUser* user = find_user(caller.username)) {
        return verified(hash == PasswordHash::kSha256 ? user->sha256 : user->md5);
    }
    auto failure = AuthError::kWrongPassword;
    // Of a user who has been taken out none is asked: no secret makes passwords for such a name.
    for (const Secret& secret : caller.expiry ? std::span(secrets_) : std::span<const Secret>()) {
        const LongTermKey key(hash, caller.username, realm_, rest_password(secret.bytes.view(), caller.username));
        if (!verified(key)) continue;
        caller.consent = secret.consent;
        // Ours name a leg of a call, so that its quota holds. The same secret may stand once more, for others.
        if (!caller.user.empty() || !secret.consent) return {};
        failure = AuthError::kNameless;
    }
    return Failure<AuthError>(failure);
}

std::optional<std::string_view> Authenticator::name_of(const stun::Message& request,
                                                       const StandingKey* standing) const {
    if (const auto username = request.find(AttributeType::kUsername)) return as_text(*username);
    const auto hash = request.find(AttributeType::kUserhash);
    if (!hash) return std::nullopt;
    for (const KnownUser& user : users_) {
        if (std::ranges::equal(*hash, user.userhash)) return user.name;
    }
    if (standing == nullptr) return std::nullopt;
    if (!std::ranges::equal(*hash, stun::userhash(standing->username, realm_))) return std::nullopt;
    return standing->username;
}

Result<Caller, AuthError> Authenticator::authenticate(Instant now, const ClientAddress& client,
                                                      const stun::Message& request, const StandingKey* standing) const {
    const bool sha256 = request.integrity_sha256_offset().has_value();
    if (!sha256 && !request.integrity_offset()) return Failure<AuthError>(AuthError::kNoCredentials);
    const auto nonce = request.find(AttributeType::kNonce);
    if (!nonce || !request.has(AttributeType::kRealm) || !names_somebody(request)) {
        return Failure<AuthError>(AuthError::kBadRequest);
    }
    const auto promised = nonces_.read(as_text(*nonce), now, client);
    if (!promised) return Failure<AuthError>(AuthError::kStaleNonce);
    const auto algorithm = algorithm_of(request, *promised);
    if (!algorithm) return Failure<AuthError>(AuthError::kBadRequest);
    const auto username = name_of(request, standing);
    if (!username) return Failure<AuthError>(AuthError::kUnknownName);
    Caller caller;
    caller.username = *username;
    caller.has_algorithm = algorithm->is_named;
    if (!describe(caller, standing)) return Failure<AuthError>(AuthError::kUnknownName);
    // RFC 8489 §9.2.4: whoever names an algorithm knows the newer integrity as well.
    caller.style.integrity = sha256 || algorithm->is_named ? Integrity::kSha256 : Integrity::kSha1;
    caller.style.fingerprint = request.fingerprint_offset().has_value();
    if (const auto found = find_key(caller, request, algorithm->hash, standing); !found) {
        return Failure<AuthError>(found.error());
    }
    return caller;
}

} // namespace vv::turn
