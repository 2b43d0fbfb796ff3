// A partner of other habits than ours: OpenSSL with whatever a test sets, on the
// other side of a network that loses nothing.
#pragma once

#include "dtls/datagram_bio.h"
#include "dtls/link_for_test.h"
#include "dtls/openssl_ptr.h"
#include "dtls/session.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vv::dtls::test {

class RawPartner {
public:
    /// prepare: sets what the test wants, before anything is said. The partner of a passive session is the client.
    RawPartner(End& end, Role role_of_session, const std::function<void(SSL_CTX&)>& prepare)
        : end_(end),
          context_(SSL_CTX_new(DTLS_method())),
          is_client_(role_of_session == Role::kPassive) {
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
        prepare(*context_);
        ssl_.reset(SSL_new(context_.get()));
        BIO* bio = make_datagram_bio(port_);
        SSL_set_bio(ssl_.get(), bio, bio);
        SSL_set_options(ssl_.get(), SSL_OP_NO_QUERY_MTU);
        SSL_set_mtu(ssl_.get(), static_cast<long>(kMtuDefault));
        if (is_client_) {
            SSL_set_connect_state(ssl_.get());
        } else {
            SSL_set_accept_state(ssl_.get());
        }
        think();
    }

    /// Carries datagrams to and fro until both are silent.
    void talk() {
        think();
        bool has_moved = true;
        while (has_moved) {
            has_moved = false;
            for (; !port_.out.empty(); has_moved = true) {
                const ByteBuffer datagram = std::move(port_.out.front());
                port_.out.pop_front();
                end_.session.handle_input(now, datagram);
            }
            while (const auto datagram = end_.session.poll_transmit()) {
                port_.in = *datagram;
                think();
                has_moved = true;
            }
            end_.take_events();
        }
    }
    void say(std::string_view text) { SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())); }

    [[nodiscard]] bool is_connected() const { return SSL_is_init_finished(ssl_.get()) == 1; }
    [[nodiscard]] SSL& ssl() { return *ssl_; }
    [[nodiscard]] const std::string& heard() const { return heard_; }

    Instant now{1h};

private:
    void think() {
        ERR_clear_error();
        if (SSL_is_init_finished(ssl_.get()) != 1) SSL_do_handshake(ssl_.get());
        std::array<char, kDatagramSizeMax> buffer{};
        int size = 0;
        while ((size = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()))) > 0)
            heard_.append(buffer.data(), static_cast<std::size_t>(size));
        ERR_clear_error();
    }

    End& end_;
    DatagramPort port_;
    ContextPtr context_;
    bool is_client_;
    SslPtr ssl_;
    std::string heard_;
};

/// A key and a certificate of this type in the context; its fingerprint.
inline crypto::Fingerprint use_certificate(SSL_CTX& context, const PkeyPtr& key) {
    const X509Ptr certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    SSL_CTX_use_certificate(&context, certificate.get());
    SSL_CTX_use_PrivateKey(&context, key.get());
    std::uint8_t* der = nullptr;
    const int size = i2d_X509(certificate.get(), &der);
    auto fingerprint = crypto::fingerprint_of(crypto::FingerprintHash::kSha256, {der, static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    return fingerprint;
}

} // namespace vv::dtls::test
