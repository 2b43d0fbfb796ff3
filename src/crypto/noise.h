// Noise_NNpsk0_25519_AESGCM_SHA256 (The Noise Protocol Framework, revision 34):
//
//   -> psk, e      message 1, made by the initiator
//   <- e, ee       message 2, made by the responder
//
// Nothing is negotiated. Neither end is known but by the key that both hold.
#pragma once

#include "base/bytes.h"
#include "crypto/counter_cipher.h"
#include "crypto/hash.h"
#include "crypto/secret_bytes.h"
#include "crypto/x25519.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace vv::crypto {

inline constexpr std::string_view kNoiseName = "Noise_NNpsk0_25519_AESGCM_SHA256";
inline constexpr std::size_t kNoisePskSize = 32;
/// Of either message, with an empty payload.
inline constexpr std::size_t kNoiseMessageMin = kX25519KeySize + kGcmTagSize;

/// After the handshake.
struct NoiseTransport {
    CounterCipher send;
    CounterCipher receive;
    Sha256Digest hash{}; // the handshake's, the same at both ends
};

struct NoiseSetup {
    ByteBuffer prologue;
    SecretBytes psk; // kNoisePskSize bytes
};

class NoiseSymmetricState;

/// The end that makes message 1. It reads one message 2, valid or not, and then its private key is gone.
class NoiseInitiator {
public:
    NoiseInitiator(const NoiseSetup& setup, X25519Pair ephemeral, ByteView payload);
    NoiseInitiator(NoiseInitiator&&) noexcept;
    NoiseInitiator& operator=(NoiseInitiator&&) noexcept;
    ~NoiseInitiator();

    [[nodiscard]] const ByteBuffer& message() const { return message_; }
    [[nodiscard]] const X25519PublicKey& public_key() const { return public_key_; }
    struct Read {
        ByteBuffer payload;
        NoiseTransport transport;
    };
    /// Nothing when message 2 is not valid, and for every message after the first.
    [[nodiscard]] std::optional<Read> read(ByteView message);

private:
    struct Secret;
    std::unique_ptr<Secret> secret_;
    X25519PublicKey public_key_{};
    ByteBuffer message_;
};

/// The end that answers a message 1, once.
class NoiseResponder {
public:
    /// Nothing when message 1 was not made with this key and prologue.
    [[nodiscard]] static std::optional<NoiseResponder> read(const NoiseSetup& setup, ByteView message);
    NoiseResponder(NoiseResponder&&) noexcept;
    NoiseResponder& operator=(NoiseResponder&&) noexcept;
    ~NoiseResponder();

    [[nodiscard]] const ByteBuffer& payload() const { return payload_; }
    struct Answer {
        ByteBuffer message;
        NoiseTransport transport;
    };
    /// Nothing when the initiator's key is no use, and on every call after the first.
    [[nodiscard]] std::optional<Answer> answer(const X25519Pair& ephemeral, ByteView payload);

private:
    NoiseResponder(std::unique_ptr<NoiseSymmetricState> state, const X25519PublicKey& theirs, ByteBuffer payload);

    std::unique_ptr<NoiseSymmetricState> state_;
    X25519PublicKey theirs_{};
    ByteBuffer payload_;
};

} // namespace vv::crypto
