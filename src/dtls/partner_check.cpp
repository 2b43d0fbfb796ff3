#include "dtls/partner_check.h"

#include "base/bytes.h"

#include <openssl/ssl3.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <cstddef>

namespace vv::dtls {
namespace {

constexpr int kSecurityBitsMin = 112; // RSA of 2048; what its length tells of a key, a fingerprint does not

} // namespace

void PartnerCheck::attach(SSL& ssl) {
    SSL_set_app_data(&ssl, this);
    SSL_set_verify(&ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_set_info_callback(&ssl, note_alert);
}

PartnerCheck& PartnerCheck::of(const SSL* ssl) {
    return *static_cast<PartnerCheck*>(SSL_get_app_data(ssl));
}

bool PartnerCheck::accepts(const X509* certificate) {
    std::uint8_t* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    const ByteView bytes(der, size > 0 ? static_cast<std::size_t>(size) : 0);
    const bool is_one = size > 0 && is_certificate_of(expected_, bytes);
    if (is_one) certificate_ = crypto::sha256(bytes);
    OPENSSL_free(der);
    return is_one;
}

// In place of OpenSSL's own check of a chain: nobody has signed these certificates (RFC 8827 §6.5). An error becomes
// the alert bad_certificate.
int PartnerCheck::verify(X509_STORE_CTX* store, void* /*unused*/) {
    PartnerCheck& check =
        of(static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())));
    const X509* certificate = X509_STORE_CTX_get0_cert(store);
    if (!check.accepts(certificate)) {
        check.is_wrong_ = true;
        X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
        return 0;
    }
    const EVP_PKEY* key = X509_get0_pubkey(certificate);
    if (key != nullptr && EVP_PKEY_get_security_bits(key) >= kSecurityBitsMin) return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

void PartnerCheck::note_alert(const SSL* ssl, int where, int value) {
    if ((where & SSL_CB_READ_ALERT) != SSL_CB_READ_ALERT || (value >> 8) != SSL3_AL_FATAL) return;
    of(ssl).fatal_alert_ = static_cast<std::uint8_t>(value & 0xFF);
}

} // namespace vv::dtls
