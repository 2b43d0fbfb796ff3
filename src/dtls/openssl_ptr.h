// Owners for OpenSSL's objects of DTLS.
#pragma once

#include "crypto/openssl_ptr.h"

#include <openssl/ssl.h>

#include <memory>

namespace vv::dtls {

using crypto::PkeyPtr;
using crypto::X509Ptr;
using ContextPtr = std::unique_ptr<SSL_CTX, crypto::FreeWith<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, crypto::FreeWith<SSL_free>>;

} // namespace vv::dtls
