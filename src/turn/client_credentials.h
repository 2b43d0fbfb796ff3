// The client's half of the long-term credential mechanism (RFC 8489 §9.2.3,
// §9.2.5): what a challenge asks for, which hash is agreed on, and whether an
// answer is the server's. Nobody on the path talks it down to the older hash by
// taking the server's list of algorithms out, which the nonce promises.
#pragma once

#include "crypto/secret_bytes.h"
#include "stun/builder.h"
#include "stun/message.h"
#include "turn/long_term_key.h"

#include <optional>
#include <string>
#include <utility>

namespace vv::turn {

/// Challenges to one request in a row; a server that needs more wants no answer.
inline constexpr int kChallengesMax = 3;

class ClientCredentials {
public:
    ClientCredentials(std::string username, crypto::SecretBytes password)
        : username_(std::move(username)),
          password_(std::move(password)) {}

    /// A 401 or a 438. False: it is not to be believed, or says nothing that could be answered, and is as good as lost.
    [[nodiscard]] bool handle_challenge(const stun::Message& challenge);
    /// Another server asks anew.
    void forget();

    /// There has been a challenge, so that requests can be signed.
    [[nodiscard]] bool is_ready() const { return key_.has_value(); }
    /// What proves who is asking; it closes the message.
    void sign(stun::MessageBuilder& request) const;
    /// By one who knows the password, in the way that was agreed on.
    [[nodiscard]] bool verifies(const stun::Message& answer) const;
    [[nodiscard]] PasswordHash hash() const { return key_ ? key_->hash() : PasswordHash::kMd5; }

private:
    struct Offer {
        std::string realm;
        std::string nonce;
        ByteBuffer algorithms; // PASSWORD-ALGORITHMS as it came; empty: the older mechanism
        PasswordHash hash = PasswordHash::kMd5;
        bool hides_name = false;
    };
    [[nodiscard]] static std::optional<Offer> parse_offer(const stun::Message& challenge);

    std::string username_;
    crypto::SecretBytes password_;
    Offer offer_;
    std::optional<LongTermKey> key_;
};

} // namespace vv::turn
