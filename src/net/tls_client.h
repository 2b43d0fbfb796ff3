// The connecting end of TLS: whom it trusts, and by which name.
#pragma once

#include "net/tls_context.h"

#include <cstdint>
#include <string>

namespace vv::net {

/// What is offered to be spoken (RFC 7301). Nothing by clients of TURN, as browsers have it.
enum class ClientAlpn : std::uint8_t { kHttp11, kNone };

/// TLS 1.2 and 1.3. Certificates are verified against the system's store, or, if that is not empty,
/// against these alone (PEM). Nothing if that cannot be set up: take_openssl_error() says why.
[[nodiscard]] SslContextPtr make_client_context(const std::string& trusted_pem = {},
                                                ClientAlpn alpn = ClientAlpn::kHttp11);
/// Which name the certificate must be for (RFC 9110 §4.3.4). False if OpenSSL does not take it.
[[nodiscard]] bool expect_host(SSL& ssl, const std::string& host);

} // namespace vv::net
