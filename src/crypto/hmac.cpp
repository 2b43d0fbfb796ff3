#include "crypto/hmac.h"

#include "base/assert.h"
#include "crypto/openssl_ptr.h"
#include "crypto/secret.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

namespace vv::crypto {
namespace {

using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeWith<EVP_MAC_CTX_free>>;

// A context with the digest chosen but no key. Made once per digest and then
// duplicated, since choosing looks the digest up by name every time.
MacContext make_keyless_context(std::string digest) {
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    VV_ASSERT(mac != nullptr);
    MacContext context(EVP_MAC_CTX_new(mac));
    EVP_MAC_free(mac); // the context holds its own reference
    VV_ASSERT(context != nullptr);
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
    VV_ASSERT(EVP_MAC_CTX_set_params(context.get(), parameters.data()) == 1);
    return context;
}

template <typename Digest>
Digest mac_parts(const MacContext& keyless, ByteView key, ByteParts parts) {
    // OpenSSL takes a null key for "the key of before", so the empty key needs an address of its own.
    constexpr std::uint8_t kEmptyKey = 0;
    const std::uint8_t* key_bytes = key.empty() ? &kEmptyKey : key.data();
    const MacContext context(EVP_MAC_CTX_dup(keyless.get()));
    VV_ASSERT(context != nullptr);
    VV_ASSERT(EVP_MAC_init(context.get(), key_bytes, key.size(), nullptr) == 1);
    for (const ByteView part : parts)
        VV_ASSERT(part.empty() || EVP_MAC_update(context.get(), part.data(), part.size()) == 1);
    Digest digest{};
    std::size_t size = 0;
    VV_ASSERT(EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1 && size == digest.size());
    return digest;
}

} // namespace

Sha1Digest hmac_sha1(ByteView key, ByteParts message_parts) {
    static const MacContext kKeyless = make_keyless_context("SHA1");
    return mac_parts<Sha1Digest>(kKeyless, key, message_parts);
}

Sha1Digest hmac_sha1(ByteView key, ByteView message) {
    return hmac_sha1(key, ByteParts{message});
}

Sha256Digest hmac_sha256(ByteView key, ByteParts message_parts) {
    static const MacContext kKeyless = make_keyless_context("SHA256");
    return mac_parts<Sha256Digest>(kKeyless, key, message_parts);
}

Sha256Digest hmac_sha256(ByteView key, ByteView message) {
    return hmac_sha256(key, ByteParts{message});
}

ByteBuffer hkdf_sha256(ByteView input_key, ByteView salt, ByteView info, std::size_t size) {
    VV_ASSERT(size > 0 && size <= kHkdfOutputMax);
    // RFC 5869 §2.2: HMAC pads a short key with zeros, so an empty salt is already the 32 zero bytes it stands for.
    Sha256Digest extracted = hmac_sha256(salt, input_key);
    ByteBuffer output;
    output.reserve(size);
    Sha256Digest block{};
    std::size_t block_size = 0; // RFC 5869 §2.3: T(0) is empty
    for (std::uint8_t counter = 1; output.size() < size; ++counter) {
        const std::array<std::uint8_t, 1> suffix{counter};
        block = hmac_sha256(extracted, ByteParts{ByteView(block).first(block_size), info, suffix});
        block_size = block.size();
        const std::size_t wanted = std::min(block_size, size - output.size());
        output.insert(output.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(wanted));
    }
    secure_wipe(extracted);
    secure_wipe(block);
    return output;
}

} // namespace vv::crypto
