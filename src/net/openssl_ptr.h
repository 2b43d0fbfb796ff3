// Owners for OpenSSL's objects.
#pragma once

#include "crypto/openssl_ptr.h"

#include <openssl/bio.h>
#include <openssl/x509.h>

#include <memory>

namespace vv::net {

using crypto::PkeyPtr;
using crypto::X509Ptr;
using BioPtr = std::unique_ptr<BIO, crypto::FreeWith<BIO_free_all>>;
using X509ExtensionPtr = std::unique_ptr<X509_EXTENSION, crypto::FreeWith<X509_EXTENSION_free>>;

} // namespace vv::net
