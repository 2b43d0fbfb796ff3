// Nonces that the server need not remember (RFC 8489 §9.2): the time and a
// keyed tag over time and client address. One from another address, or an old
// one, is stale; nobody without the key can make one.
#pragma once

#include "base/instant.h"
#include "base/socket_address.h"
#include "crypto/siphash.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace vv::turn {

/// base64url of 4 bytes of time and 8 of tag.
inline constexpr std::size_t kNonceSize = 16;

class NonceIssuer {
public:
    NonceIssuer(const crypto::SipHashKey& key, std::chrono::seconds lifetime) : key_(key), lifetime_(lifetime) {}

    [[nodiscard]] std::string issue(Instant now, const ClientAddress& client) const;
    [[nodiscard]] bool is_fresh(std::string_view nonce, Instant now, const ClientAddress& client) const;

private:
    [[nodiscard]] ByteBuffer make(std::uint32_t seconds, const ClientAddress& client) const;

    crypto::SipHashKey key_;
    std::chrono::seconds lifetime_;
};

} // namespace vv::turn
