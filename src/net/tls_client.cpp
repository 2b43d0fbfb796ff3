#include "net/tls_client.h"

#include "base/socket_address.h"
#include "net/openssl_ptr.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

namespace vv::net {
namespace {

bool trust(SSL_CTX& context, const std::string& pem) {
    if (pem.empty()) return SSL_CTX_set_default_verify_paths(&context) == 1;
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    bool has_any = false;
    while (const X509Ptr certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), certificate.get()) != 1) return false;
        has_any = true;
    }
    if (has_any) ERR_clear_error(); // the end of the text is an error to the PEM reader
    return has_any;
}

} // namespace

SslContextPtr make_client_context(const std::string& trusted_pem, ClientAlpn alpn) {
    constexpr std::array<unsigned char, 9> kHttp11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SslContextPtr context(SSL_CTX_new(TLS_client_method()));
    if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
        !trust(*context, trusted_pem)) {
        return nullptr;
    }
    if (alpn == ClientAlpn::kHttp11 && SSL_CTX_set_alpn_protos(context.get(), kHttp11.data(), kHttp11.size()) != 0) {
        return nullptr;
    }
    // As at the other end (tls_context.cpp), and for its reasons: once a handshake is done its keys are forgotten.
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
}

// An address is no name to send ahead (RFC 6066 §3).
bool expect_host(SSL& ssl, const std::string& host) {
    if (IpAddress::parse(host)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(&ssl), host.c_str()) == 1;
    std::string name = host; // SSL_set_tlsext_host_name is a cast of the old style
    return SSL_set1_host(&ssl, host.c_str()) == 1 &&
           SSL_ctrl(&ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
}

} // namespace vv::net
