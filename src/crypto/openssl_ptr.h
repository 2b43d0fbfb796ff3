// Owners for OpenSSL's objects; each folder names those that it alone has.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

namespace vv::crypto {

/// Of a pointer that OpenSSL's own function frees.
template <auto Free>
struct FreeWith {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};

using PkeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;

} // namespace vv::crypto
