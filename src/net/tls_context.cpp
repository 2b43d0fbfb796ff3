#include "net/tls_context.h"

#include "net/openssl_ptr.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <stdexcept>
#include <string_view>

namespace vv::net {
namespace {

// What TLS may agree on to be spoken inside, with its length before it (RFC 7301 §3.1).
// stun.turn says TURN (RFC 7443); whatever is agreed on, the first bytes decide.
constexpr std::string_view kAlpn = "\x08http/1.1\x09stun.turn";

BioPtr memory_bio(const std::string& text) {
    return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

X509Ptr read_certificate(BIO* bio) {
    return X509Ptr(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
}

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + " (" + take_openssl_error() + ")");
}

// A passphrase would be asked for on the terminal, where nobody sits.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

void use_certificate_chain(SSL_CTX& context, const TlsCredentials& credentials) {
    const std::string& name = credentials.certificate_name;
    const BioPtr bio = memory_bio(credentials.certificate_chain);
    const X509Ptr leaf = read_certificate(bio.get());
    if (!leaf) fail(name + " is not a certificate in PEM");
    if (SSL_CTX_use_certificate(&context, leaf.get()) != 1) fail(name + " cannot be used");
    while (X509Ptr issuer = read_certificate(bio.get())) {
        if (SSL_CTX_add0_chain_cert(&context, issuer.get()) != 1) fail(name + " has a chain that cannot be used");
        (void)issuer.release(); // the context owns it now
    }
    ERR_clear_error(); // the end of the text is an error to the PEM reader
}

void use_private_key(SSL_CTX& context, const TlsCredentials& credentials) {
    const std::string& name = credentials.key_name;
    const BioPtr bio = memory_bio(credentials.private_key);
    const PkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    if (!key) fail(name + " is not an unencrypted PEM key");
    if (SSL_CTX_use_PrivateKey(&context, key.get()) != 1 || SSL_CTX_check_private_key(&context) != 1) {
        fail(name + " does not belong to the certificate");
    }
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                    void*) {
    unsigned char* chosen = nullptr;
    const auto* ours = reinterpret_cast<const unsigned char*>(kAlpn.data());
    if (SSL_select_next_proto(&chosen, out_size, ours, kAlpn.size(), in, in_size) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK; // not refused: such a client may still turn out to speak one of them
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

} // namespace

void SslContextDelete::operator()(SSL_CTX* context) const {
    SSL_CTX_free(context);
}
void SslDelete::operator()(SSL* ssl) const {
    SSL_free(ssl);
}

SslContextPtr make_server_context(const TlsCredentials& credentials) {
    SslContextPtr context(SSL_CTX_new(TLS_server_method()));
    if (!context) fail("TLS cannot be set up");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                           SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // Else a peer that sends nothing but messages of the handshake (KeyUpdate) would keep one read from ever returning.
    SSL_CTX_clear_mode(context.get(), SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context.get(), 0);
    // One system call for all that has come instead of two for each record.
    SSL_CTX_set_read_ahead(context.get(), 1);
    if (SSL_CTX_set1_groups_list(context.get(), "X25519:P-256:P-384") != 1 ||
        SSL_CTX_set_ciphersuites(context.get(),
                                 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") != 1 ||
        SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) {
        fail("the TLS ciphers cannot be set");
    }
    SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
    use_certificate_chain(*context, credentials);
    use_private_key(*context, credentials);
    return context;
}

std::string take_openssl_error() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    if (code == 0) return "no further reason is known";
    const char* reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
}

} // namespace vv::net
