// Nonces that the server need not remember (RFC 8489 §9.2): the time and a
// keyed tag over time, client address and promised features. One from another
// address, an altered one or an old one is stale; nobody without the key can
// make one.
#pragma once

#include "base/instant.h"
#include "base/socket_address.h"
#include "crypto/siphash.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vv::turn {

/// base64url of 4 bytes of time and 8 of tag.
inline constexpr std::size_t kNonceSize = 16;
/// RFC 8489 §9.2: how a nonce that promises features begins, before 24 bits of them in base64.
inline constexpr std::string_view kNonceCookie = "obMatJos2";
inline constexpr std::size_t kFeaturesSize = 4;
inline constexpr std::size_t kFeatureNonceSize = kNonceCookie.size() + kFeaturesSize + kNonceSize;

/// RFC 8489 §18.1 with its erratum 6290: bit 0 is the lowest.
using SecurityFeatures = std::uint32_t;
inline constexpr SecurityFeatures kPasswordAlgorithmsFeature = 1U << 0U;
inline constexpr SecurityFeatures kUsernameAnonymityFeature = 1U << 1U;

class NonceIssuer {
public:
    NonceIssuer(const crypto::SipHashKey& key, std::chrono::seconds lifetime) : key_(key), lifetime_(lifetime) {}

    /// Without features it has no cookie either and is kNonceSize characters long, else kFeatureNonceSize.
    /// features: at most 24 bits.
    [[nodiscard]] std::string issue(Instant now, const ClientAddress& client, SecurityFeatures features = 0) const;
    /// The features a fresh nonce promised; nothing for a stale one.
    [[nodiscard]] std::optional<SecurityFeatures> read(std::string_view nonce, Instant now,
                                                       const ClientAddress& client) const;
    [[nodiscard]] bool is_fresh(std::string_view nonce, Instant now, const ClientAddress& client) const {
        return read(nonce, now, client).has_value();
    }

private:
    [[nodiscard]] ByteBuffer make(std::uint32_t seconds, const ClientAddress& client, SecurityFeatures features) const;

    crypto::SipHashKey key_;
    std::chrono::seconds lifetime_;
};

} // namespace vv::turn
