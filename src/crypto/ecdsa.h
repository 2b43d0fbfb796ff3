// ECDSA over P-256 with SHA-256, in the raw forms that WebCrypto uses: a public
// key is the 65-byte uncompressed point, a signature the 64 bytes r || s.
#pragma once

#include "base/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace vv::crypto {

inline constexpr std::size_t kP256PublicKeySize = 65;
inline constexpr std::size_t kP256PrivateKeySize = 32;
inline constexpr std::size_t kP256SignatureSize = 64;

using P256PublicKey = std::array<std::uint8_t, kP256PublicKeySize>;
using P256Signature = std::array<std::uint8_t, kP256SignatureSize>;

/// True if the bytes are an uncompressed point on the curve, infinity excluded.
[[nodiscard]] bool is_p256_public_key(ByteView bytes);

/// False for anything wrong: sizes, a point off the curve, r or s out of range, a signature that does not match.
[[nodiscard]] bool p256_verify(ByteView public_key, ByteView message, ByteView signature);

/// The signing end, which the server does not have: a person's, of a native caller (src/caller) and in tests.
/// Draws its randomness from OpenSSL.
class P256Signer {
public:
    static P256Signer generate();
    /// Nothing if the scalar is zero or not below the group's order.
    static std::optional<P256Signer> from_private_key(std::span<const std::uint8_t, kP256PrivateKeySize> scalar);

    P256Signer(P256Signer&&) noexcept;
    P256Signer& operator=(P256Signer&&) noexcept;
    ~P256Signer();

    [[nodiscard]] P256PublicKey public_key() const;
    [[nodiscard]] P256Signature sign(ByteView message) const;

private:
    struct Key;
    explicit P256Signer(std::unique_ptr<Key> key);
    std::unique_ptr<Key> key_;
};

} // namespace vv::crypto
