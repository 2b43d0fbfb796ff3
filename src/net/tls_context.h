// What every TLS connection of a server shares: certificate, key, versions and
// ciphers. One per shard, so that the threads do not meet on its reference counts.
#pragma once

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
    // What errors call the two: where they were named, and their files.
    std::string certificate_name = "the TLS certificate";
    std::string key_name = "the TLS key";
};

/// Accepting connections only. TLS 1.2 and 1.3; buffers are freed while a connection is idle,
/// renegotiation is refused. No sessions and no tickets: with TLS 1.3 coming back by ticket saves no
/// round trip, each costs every connection a write, and a ticket lets one visit be linked to another. Throws
/// std::runtime_error with one clear line if the texts cannot be used or do not belong together.
[[nodiscard]] SslContextPtr make_server_context(const TlsCredentials& credentials);

/// The newest error in OpenSSL's queue as text; empties the queue.
[[nodiscard]] std::string take_openssl_error();

} // namespace vv::net
