// From a master key to the keys that packets are protected with (RFC 3711 §4.3; for 256 bits RFC 6188 §3). We derive
// once: a key derivation rate is not negotiable in DTLS-SRTP.
#pragma once

#include "crypto/secret_bytes.h"
#include "srtp/profile.h"

#include <cstddef>
#include <cstdint>

namespace vv::srtp {

/// RFC 3711 §5.2: the key of HMAC-SHA1.
inline constexpr std::size_t kAuthKeySize = 20;

struct SessionKeys {
    crypto::SecretBytes cipher_key;
    crypto::SecretBytes auth_key; ///< empty for the profiles whose cipher authenticates
    crypto::SecretBytes salt;
};

/// RFC 3711 §4.3.2; RTCP's are the next three numbers.
enum class KeyLabel : std::uint8_t { kCipher = 0, kAuth = 1, kSalt = 2 };

/// One of them, of any size: the key stream of AES-CM under the master key. The salt has 14 bytes or, RFC 7714's, 12.
[[nodiscard]] crypto::SecretBytes derive_key(const MasterKey& master, std::uint8_t label, std::size_t size);

[[nodiscard]] SessionKeys derive_rtp_keys(Profile profile, const MasterKey& master);
[[nodiscard]] SessionKeys derive_rtcp_keys(Profile profile, const MasterKey& master);

} // namespace vv::srtp
