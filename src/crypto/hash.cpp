#include "crypto/hash.h"

#include "base/assert.h"
#include "crypto/openssl_ptr.h"

#include <openssl/evp.h>

#include <memory>

namespace vv::crypto {
namespace {

// Only a broken or exhausted library can fail here, so failure is an assertion.
template <typename Digest>
Digest digest_parts(const EVP_MD* algorithm, ByteParts parts) {
    const std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    VV_ASSERT(context != nullptr);
    VV_ASSERT(EVP_DigestInit_ex(context.get(), algorithm, nullptr) == 1);
    for (const ByteView part : parts)
        VV_ASSERT(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
    Digest digest{};
    VV_ASSERT(EVP_MD_get_size(algorithm) == static_cast<int>(digest.size()));
    VV_ASSERT(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
    return digest;
}

// Looking an algorithm up by name costs more than a short digest, so each is looked up once.
const EVP_MD* fetch_digest(const char* name) {
    const EVP_MD* algorithm = EVP_MD_fetch(nullptr, name, nullptr);
    VV_ASSERT(algorithm != nullptr);
    return algorithm;
}

} // namespace

Md5Digest md5(ByteParts parts) {
    static const EVP_MD* const kAlgorithm = fetch_digest("MD5");
    return digest_parts<Md5Digest>(kAlgorithm, parts);
}

Md5Digest md5(ByteView bytes) {
    return md5(ByteParts{bytes});
}

Sha1Digest sha1(ByteView bytes) {
    static const EVP_MD* const kAlgorithm = fetch_digest("SHA1");
    return digest_parts<Sha1Digest>(kAlgorithm, {bytes});
}

Sha256Digest sha256(ByteParts parts) {
    static const EVP_MD* const kAlgorithm = fetch_digest("SHA256");
    return digest_parts<Sha256Digest>(kAlgorithm, parts);
}

Sha256Digest sha256(ByteView bytes) {
    return sha256(ByteParts{bytes});
}

} // namespace vv::crypto
