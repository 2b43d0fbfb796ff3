// The connecting end of TLS against OpenSSL's other end, in memory.
#include "net/openssl_ptr.h"
#include "net/service_for_test.h"
#include "net/tls_client.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <array>
#include <memory>

namespace vv::net {
namespace {

// A server that, unlike ours, may ask for another handshake, as TLS 1.2 has it.
SslContextPtr server_that_renegotiates(const TlsCredentials& credentials) {
    SslContextPtr context = make_server_context(credentials);
    SSL_CTX_clear_options(context.get(), SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
    return context;
}

TEST(TlsClient, TakesPartInNoSecondHandshake) {
    const TlsCredentials known = credentials();
    const SslContextPtr server_context = server_that_renegotiates(known);
    const SslContextPtr client_context = make_client_context(known.certificate_chain);
    ASSERT_TRUE(client_context);
    const SslPtr server(SSL_new(server_context.get()));
    const SslPtr client(SSL_new(client_context.get()));
    BIO* server_end = nullptr;
    BIO* client_end = nullptr;
    ASSERT_EQ(BIO_new_bio_pair(&server_end, 0, &client_end, 0), 1);
    SSL_set_bio(server.get(), server_end, server_end);
    SSL_set_bio(client.get(), client_end, client_end);
    SSL_set_accept_state(server.get());
    SSL_set_connect_state(client.get());
    for (int i = 0; i < 10; ++i) {
        SSL_do_handshake(client.get());
        SSL_do_handshake(server.get());
    }
    ASSERT_TRUE(SSL_is_init_finished(client.get()) && SSL_is_init_finished(server.get()));

    ASSERT_EQ(SSL_renegotiate(server.get()), 1);
    SSL_do_handshake(server.get()); // asks
    std::array<char, 16> block{};
    EXPECT_LE(SSL_read(client.get(), block.data(), block.size()), 0);
    EXPECT_TRUE(SSL_is_init_finished(client.get())) << "the client has begun it";
}

} // namespace
} // namespace vv::net
