// The key exchange X25519 (RFC 7748 §5). A key pair here is made for one exchange.
#pragma once

#include "base/bytes.h"
#include "base/rng.h"
#include "crypto/secret_bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace vv::crypto {

inline constexpr std::size_t kX25519KeySize = 32;
using X25519PublicKey = std::array<std::uint8_t, kX25519KeySize>;

/// One end's key pair.
class X25519Pair {
public:
    /// secret: random; its bits are set as RFC 7748 §5 wants them.
    explicit X25519Pair(std::span<const std::uint8_t, kX25519KeySize> secret);
    /// rng: cryptographic.
    static X25519Pair generate(Rng& rng);

    [[nodiscard]] const X25519PublicKey& public_key() const { return public_key_; }
    /// Nothing when the other's key is no use: of another size, or one that makes the result zero (RFC 7748 §6.1).
    [[nodiscard]] std::optional<SecretBytes> agree(ByteView theirs) const;

private:
    SecretBytes secret_;
    X25519PublicKey public_key_{};
};

} // namespace vv::crypto
