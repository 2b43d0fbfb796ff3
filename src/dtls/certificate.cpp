#include "dtls/certificate.h"

#include "base/assert.h"
#include "dtls/openssl_ptr.h"
#include "dtls/partner_check.h"
#include "dtls/session_limits.h"
#include "dtls/srtp_keys.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <utility>

namespace vv::dtls {
namespace {

// As libwebrtc has it; a name of ours would tell a network what program this is.
constexpr const char* kName = "WebRTC";
constexpr int kSerialBits = 64;

// ECDHE and an AEAD, nothing else. RSA is for partners that have such a certificate.
constexpr const char* kCiphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                 "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                 "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr const char* kSignatures = "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:"
                                    "RSA-PSS+SHA384:RSA+SHA384:RSA-PSS+SHA512:RSA+SHA512";
constexpr int kSecurityLevel = 2; // 112 bits: RSA of 2048

void set_serial(X509& certificate) {
    BIGNUM* number = BN_new();
    VV_ASSERT(number != nullptr && BN_rand(number, kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1);
    VV_ASSERT(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(&certificate)) != nullptr);
    BN_free(number);
}

void set_name(X509& certificate) {
    X509_NAME* name = X509_get_subject_name(&certificate);
    const auto* text = reinterpret_cast<const unsigned char*>(kName);
    VV_ASSERT(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, text, -1, -1, 0) == 1);
    VV_ASSERT(X509_set_issuer_name(&certificate, name) == 1);
}

X509Ptr make_x509(EVP_PKEY& key, WallTime now) {
    X509Ptr certificate(X509_new());
    VV_ASSERT(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
    set_serial(*certificate);
    set_name(*certificate);
    const auto seconds = [](WallTime time) { return static_cast<time_t>(time.time_since_epoch().count()); };
    VV_ASSERT(ASN1_TIME_set(X509_getm_notBefore(certificate.get()), seconds(now - kCertificateLifeBefore)) != nullptr);
    VV_ASSERT(ASN1_TIME_set(X509_getm_notAfter(certificate.get()), seconds(now + kCertificateLife)) != nullptr);
    VV_ASSERT(X509_set_pubkey(certificate.get(), &key) == 1);
    VV_ASSERT(X509_sign(certificate.get(), &key, EVP_sha256()) > 0);
    return certificate;
}

ByteBuffer der_of(const X509& certificate) {
    const int size = i2d_X509(&certificate, nullptr);
    VV_ASSERT(size > 0);
    ByteBuffer der(static_cast<std::size_t>(size));
    std::uint8_t* out = der.data();
    VV_ASSERT(i2d_X509(&certificate, &out) == size);
    return der;
}

void set_algorithms(SSL_CTX& context) {
    VV_ASSERT(SSL_CTX_set_min_proto_version(&context, DTLS1_2_VERSION) == 1);
    VV_ASSERT(SSL_CTX_set_max_proto_version(&context, DTLS1_2_VERSION) == 1);
    SSL_CTX_set_security_level(&context, kSecurityLevel);
    VV_ASSERT(SSL_CTX_set_cipher_list(&context, kCiphers) == 1);
    VV_ASSERT(SSL_CTX_set1_groups_list(&context, kGroups) == 1);
    VV_ASSERT(SSL_CTX_set1_sigalgs_list(&context, kSignatures) == 1);
    VV_ASSERT(SSL_CTX_set_tlsext_use_srtp(&context, kSrtpProfiles) == 0); // zero is success
}

ContextPtr make_context(X509& certificate, EVP_PKEY& key) {
    ContextPtr context(SSL_CTX_new(DTLS_method()));
    VV_ASSERT(context != nullptr);
    set_algorithms(*context);
    // Nothing is resumed: a call has one handshake. The path is proven by ICE, so nobody is asked for a cookie. The
    // size of datagrams is said by the session, which also lowers it.
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_QUERY_MTU |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_cert_verify_callback(context.get(), PartnerCheck::verify, nullptr);
    SSL_CTX_set_max_cert_list(context.get(), static_cast<long>(kPartnerCertificatesSizeMax));
    VV_ASSERT(SSL_CTX_set_max_send_fragment(context.get(), kMtuMax) == 1); // its write buffer has this size
    VV_ASSERT(SSL_CTX_use_certificate(context.get(), &certificate) == 1);
    VV_ASSERT(SSL_CTX_use_PrivateKey(context.get(), &key) == 1);
    return context;
}

} // namespace

struct Certificate::State {
    ContextPtr context;
    ByteBuffer der;
    crypto::Fingerprint fingerprint;
};

Certificate::Certificate(std::shared_ptr<const State> state) : state_(std::move(state)) {}

Certificate Certificate::make(WallTime now) {
    const PkeyPtr key(EVP_EC_gen(SN_X9_62_prime256v1));
    VV_ASSERT(key != nullptr);
    const X509Ptr certificate = make_x509(*key, now);
    auto state = std::make_shared<State>();
    state->context = make_context(*certificate, *key);
    state->der = der_of(*certificate);
    state->fingerprint = crypto::fingerprint_of(crypto::FingerprintHash::kSha256, state->der);
    return Certificate(std::move(state));
}

const crypto::Fingerprint& Certificate::fingerprint() const {
    return state_->fingerprint;
}
ByteView Certificate::bytes() const {
    return state_->der;
}
SSL_CTX& Certificate::context() const {
    return *state_->context;
}

} // namespace vv::dtls
