// AES in Galois/counter mode (NIST SP 800-38D) with a 96-bit nonce and a
// 128-bit tag. The sealed form is ciphertext followed by tag. A nonce must
// never serve twice under one key: counter or 96 random bits, the caller's duty.
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <cstdint>
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

} // namespace vv::crypto
