// AES in Galois/counter mode (NIST SP 800-38D) with a 96-bit nonce and a
// 128-bit tag. The sealed form is ciphertext followed by tag. A nonce must
// never serve twice under one key: counter or 96 random bits, the caller's duty.
#pragma once

#include "base/bytes.h"
#include "crypto/cipher_context.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>

namespace vv::crypto {

inline constexpr std::size_t kAes128KeySize = 16;
inline constexpr std::size_t kAes256KeySize = 32;
inline constexpr std::size_t kGcmNonceSize = 12;
inline constexpr std::size_t kGcmTagSize = 16;

using Aes128Key = std::span<const std::uint8_t, kAes128KeySize>;
using Aes256Key = std::span<const std::uint8_t, kAes256KeySize>;
using GcmNonce = std::span<const std::uint8_t, kGcmNonceSize>;

[[nodiscard]] ByteBuffer aes128_gcm_seal(Aes128Key key, GcmNonce nonce, ByteView associated, ByteView plain);
[[nodiscard]] ByteBuffer aes256_gcm_seal(Aes256Key key, GcmNonce nonce, ByteView associated, ByteView plain);

/// Nothing if the tag does not match or the input is shorter than a tag; then no plaintext leaves.
[[nodiscard]] std::optional<ByteBuffer> aes128_gcm_open(Aes128Key key, GcmNonce nonce, ByteView associated,
                                                        ByteView sealed);
[[nodiscard]] std::optional<ByteBuffer> aes256_gcm_open(Aes256Key key, GcmNonce nonce, ByteView associated,
                                                        ByteView sealed);

using GcmTag = std::array<std::uint8_t, kGcmTagSize>;
/// The associated data, one part after the other, as if they were joined.
using AssociatedParts = std::initializer_list<ByteView>;

/// One end of many messages under one key, in place and without taking memory for any of them. The key is set up once.
class AesGcmSealer {
public:
    /// key: kAes128KeySize or kAes256KeySize bytes.
    explicit AesGcmSealer(ByteView key);
    /// Enciphers where the bytes stand; gives the tag.
    [[nodiscard]] GcmTag seal(GcmNonce nonce, AssociatedParts associated, std::span<std::uint8_t> bytes);

private:
    CipherContext context_;
};

/// The other end.
class AesGcmOpener {
public:
    explicit AesGcmOpener(ByteView key);
    /// Deciphers where the bytes stand. False if the tag does not match; the bytes are then zeros, so that nobody takes
    /// for a message what nobody has signed.
    [[nodiscard]] bool open(GcmNonce nonce, AssociatedParts associated, std::span<std::uint8_t> bytes,
                            const GcmTag& tag);

private:
    CipherContext context_;
};

} // namespace vv::crypto
