// Who is asking? The long-term credential mechanism (RFC 8489 §9.2.4) with
// passwords made from shared secrets (rest_credential.h), so no user database,
// and a few users that were configured.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "stun/message.h"
#include "turn/config.h"
#include "turn/long_term_key.h"
#include "turn/nonce.h"
#include "turn/rest_credential.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::turn {

enum class Integrity : std::uint8_t { kSha1, kSha256 };

/// How to protect an answer: the way its request was.
struct ReplyStyle {
    Integrity integrity = Integrity::kSha1;
    bool fingerprint = false;
    LongTermKey key;
};

/// Someone who knows the password of this name. The views point into the request, or where the request has the
/// hash of a name, to where that name is kept.
struct Caller {
    std::string_view username;
    /// Nothing for a configured user: such a name does not expire.
    std::optional<WallTime> expiry;
    /// The most an allocation may live; nothing: what its class allows.
    std::optional<std::chrono::seconds> cap;
    CredentialClass credential_class = CredentialClass::kCall;
    /// What quotas count by; empty for a name that names nobody (RestName).
    std::string_view user;
    /// Whether its peers must consent (Secret, User).
    bool consent = true;
    ReplyStyle style;
    /// The request names the algorithm its password was hashed with, as the nonce had promised it may.
    bool has_algorithm = false;
};

enum class AuthError : std::uint8_t {
    kNoCredentials, ///< 401
    kBadRequest,    ///< 400: integrity without a name, realm or nonce, one too long, or not what the nonce promised
    kStaleNonce,    ///< 438
    kUnknownName,   ///< 401: not a name of ours
    kWrongPassword, ///< 401
    kNameless,      ///< 401: the password is right, but by a secret under which a name has to name somebody (Secret)
};

/// The key of a standing allocation, good for its name even if the secret behind it has been retired.
struct StandingKey {
    std::string_view username;
    LongTermKey key;
};

class Authenticator {
public:
    explicit Authenticator(const ServerConfig& config);

    /// standing: null if the path has no allocation. Expiry is the caller's to judge.
    [[nodiscard]] Result<Caller, AuthError> authenticate(Instant now, const ClientAddress& client,
                                                         const stun::Message& request,
                                                         const StandingKey* standing) const;
    /// features: 0, or what is promised together with PASSWORD-ALGORITHMS.
    [[nodiscard]] std::string new_nonce(Instant now, const ClientAddress& client, SecurityFeatures features) const {
        return nonces_.issue(now, client, features);
    }
    /// What a challenge that has room for it promises (RFC 8489 §9.2).
    [[nodiscard]] SecurityFeatures features() const;
    [[nodiscard]] const std::string& realm() const { return realm_; }

private:
    /// A configured user. The password itself is not kept.
    struct KnownUser {
        std::string name;
        crypto::Sha256Digest userhash;
        LongTermKey md5;
        LongTermKey sha256;
        bool consent;
    };

    [[nodiscard]] const KnownUser* find_user(std::string_view name) const;
    [[nodiscard]] bool describe(Caller& caller, const StandingKey* standing) const;
    [[nodiscard]] Result<void, AuthError> find_key(Caller& caller, const stun::Message& request, PasswordHash hash,
                                                   const StandingKey* standing) const;
    [[nodiscard]] std::optional<std::string_view> name_of(const stun::Message& request,
                                                          const StandingKey* standing) const;

    std::string realm_;
    std::vector<Secret> secrets_;
    std::vector<KnownUser> users_;
    NonceIssuer nonces_;
};

} // namespace vv::turn
