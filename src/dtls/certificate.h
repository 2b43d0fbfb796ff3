// Our end's certificate: made by itself, signed by itself, known by its
// fingerprint. Making one takes half a millisecond and one may serve any number
// of sessions; who must not be recognised from call to call makes a new one for
// each. With it comes all else that sessions have in common: versions, ciphers,
// SRTP profiles.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "crypto/fingerprint.h"

#include <chrono>
#include <memory>

// NOLINTNEXTLINE(readability-identifier-naming): OpenSSL's name
using SSL_CTX = struct ssl_ctx_st;

namespace vv::dtls {

/// A day for clocks that are wrong. Nobody is known to look at it: what counts is the fingerprint (RFC 8827 §6.5).
inline constexpr std::chrono::hours kCertificateLifeBefore{24};
inline constexpr std::chrono::hours kCertificateLife{30 * 24};

class Certificate {
public:
    /// A new P-256 key and its certificate, from OpenSSL's randomness.
    [[nodiscard]] static Certificate make(WallTime now);

    /// What to signal.
    [[nodiscard]] const crypto::Fingerprint& fingerprint() const;
    /// In DER.
    [[nodiscard]] ByteView bytes() const;
    /// For Session.
    [[nodiscard]] SSL_CTX& context() const;

private:
    struct State;
    explicit Certificate(std::shared_ptr<const State> state);
    std::shared_ptr<const State> state_;
};

} // namespace vv::dtls
