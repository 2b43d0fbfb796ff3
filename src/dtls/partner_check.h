// What OpenSSL asks and tells about the partner while it shakes hands: whether
// that is its certificate, and with which alert it gave up.
#pragma once

#include "crypto/fingerprint.h"
#include "crypto/hash.h"

#include <openssl/ssl.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace vv::dtls {

class PartnerCheck {
public:
    explicit PartnerCheck(std::vector<crypto::Fingerprint> expected) : expected_(std::move(expected)) {}

    /// Becomes what ssl asks; outlives it.
    void attach(SSL& ssl);
    /// For SSL_CTX_set_cert_verify_callback: for every SSL to which one is attached.
    static int verify(X509_STORE_CTX* store, void* unused);

    [[nodiscard]] bool is_wrong() const { return is_wrong_; }
    /// The digest of the one that was accepted.
    [[nodiscard]] const crypto::Sha256Digest& certificate() const { return certificate_; }
    /// The partner's.
    [[nodiscard]] std::optional<std::uint8_t> fatal_alert() const { return fatal_alert_; }

private:
    static PartnerCheck& of(const SSL* ssl);
    static void note_alert(const SSL* ssl, int where, int value);
    [[nodiscard]] bool accepts(const X509* certificate);

    std::vector<crypto::Fingerprint> expected_;
    crypto::Sha256Digest certificate_{};
    bool is_wrong_ = false;
    std::optional<std::uint8_t> fatal_alert_;
};

} // namespace vv::dtls
