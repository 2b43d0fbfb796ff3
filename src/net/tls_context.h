// What every TLS connection of a server shares: certificate, key, versions and
// ciphers. One per shard, so that the threads do not meet on its reference
// counts; the ticket key is common, so a client may resume on any shard.
#pragma once

#include "base/bytes.h"
#include "base/rng.h"

#include <array>
#include <memory>
#include <string>

using SSL_CTX = struct ssl_ctx_st;
using SSL = struct ssl_st;

namespace vv::net {

struct SslContextDelete {
    void operator()(SSL_CTX* context) const;
};
struct SslDelete {
    void operator()(SSL* ssl) const;
};
using SslContextPtr = std::unique_ptr<SSL_CTX, SslContextDelete>;
using SslPtr = std::unique_ptr<SSL, SslDelete>;

/// PEM texts: the certificate with its chain, leaf first, and the leaf's private key.
struct TlsCredentials {
    std::string certificate_chain;
    std::string private_key;
};

/// Seals session tickets; 80 bytes as OpenSSL takes them (name, HMAC key, AES key).
using TicketKey = std::array<std::uint8_t, 80>;

/// Accepting connections only. TLS 1.2 and 1.3; no session is kept in memory, buffers are
/// freed while a connection is idle, renegotiation is refused. Throws std::runtime_error with
/// one clear line if the texts cannot be used or do not belong together.
[[nodiscard]] SslContextPtr make_server_context(const TlsCredentials& credentials, const TicketKey& ticket_key);

/// New tickets are sealed with this key, tickets under the old one lead to a full handshake.
void set_ticket_key(SSL_CTX& context, const TicketKey& ticket_key);

/// The newest error in OpenSSL's queue as text; empties the queue.
[[nodiscard]] std::string take_openssl_error();

} // namespace vv::net
