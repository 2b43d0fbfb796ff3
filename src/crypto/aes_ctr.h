// AES in counter mode (NIST SP 800-38A §6.5) under one key: what SRTP's own ciphers and key derivation are made of
// (RFC 3711 §4.1.1, §4.3.3). It hides and does not authenticate. A counter block must never serve twice under one key.
#pragma once

#include "base/bytes.h"
#include "crypto/cipher_context.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace vv::crypto {

inline constexpr std::size_t kAesBlockSize = 16;

using CounterBlock = std::array<std::uint8_t, kAesBlockSize>;

class AesCtr {
public:
    /// key: kAes128KeySize or kAes256KeySize bytes.
    explicit AesCtr(ByteView key);

    /// Enciphers or deciphers where the bytes stand; takes no memory. first: the counter block of the first 16 bytes.
    void apply(const CounterBlock& first, std::span<std::uint8_t> bytes);

private:
    CipherContext context_;
};

} // namespace vv::crypto
