// AES-256-GCM under one key of one direction, where the nonce is a number that the
// sender counts up: the transport messages of Noise with AESGCM (The Noise Protocol
// Framework, revision 34, §12.4), and what goes under the keys of the safety code.
#pragma once

#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/secret_bytes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace vv::crypto {

class CounterCipher {
public:
    explicit CounterCipher(Aes256Key key) { key_.append(key); }

    /// A number must never serve twice: the caller counts.
    [[nodiscard]] ByteBuffer seal(std::uint64_t counter, ByteView associated, ByteView plain) const {
        return aes256_gcm_seal(key(), nonce_of(counter), associated, plain);
    }
    /// Nothing when it was not sealed with this key, counter and associated data.
    [[nodiscard]] std::optional<ByteBuffer> open(std::uint64_t counter, ByteView associated, ByteView sealed) const {
        return aes256_gcm_open(key(), nonce_of(counter), associated, sealed);
    }

private:
    [[nodiscard]] Aes256Key key() const { return key_.view().first<kAes256KeySize>(); }
    static std::array<std::uint8_t, kGcmNonceSize> nonce_of(std::uint64_t counter) {
        std::array<std::uint8_t, kGcmNonceSize> nonce{}; // four zero bytes, then the number, big endian
        for (std::size_t i = nonce.size(); counter > 0; counter >>= 8U)
            nonce.at(--i) = static_cast<std::uint8_t>(counter);
        return nonce;
    }

    SecretBytes key_;
};

} // namespace vv::crypto
