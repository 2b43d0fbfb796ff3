#include "crypto/x25519.h"

#include "base/assert.h"
#include "crypto/openssl_ptr.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <functional>
#include <memory>
#include <numeric>
#include <utility>

namespace vv::crypto {
namespace {

using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;

PkeyPtr private_key(ByteView secret) {
    PkeyPtr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, secret.data(), secret.size()));
    VV_ASSERT(key != nullptr);
    return key;
}

// Over all bytes, whatever the first of them are (RFC 7748 §6.1).
bool is_zero(ByteView bytes) {
    return std::accumulate(bytes.begin(), bytes.end(), 0U, std::bit_or<>()) == 0;
}

} // namespace

X25519Pair::X25519Pair(std::span<const std::uint8_t, kX25519KeySize> secret) {
    secret_.append(secret);
    const PkeyPtr key = private_key(secret_.view());
    std::size_t size = public_key_.size();
    VV_ASSERT(EVP_PKEY_get_raw_public_key(key.get(), public_key_.data(), &size) == 1 && size == public_key_.size());
}

X25519Pair X25519Pair::generate(Rng& rng) {
    auto secret = rng.bytes<kX25519KeySize>();
    X25519Pair pair(secret);
    secure_wipe(secret);
    return pair;
}

std::optional<SecretBytes> X25519Pair::agree(ByteView theirs) const {
    if (theirs.size() != kX25519KeySize) return std::nullopt;
    const PkeyPtr own = private_key(secret_.view());
    const PkeyContext context(EVP_PKEY_CTX_new(own.get(), nullptr));
    VV_ASSERT(context != nullptr && EVP_PKEY_derive_init(context.get()) == 1);
    // Whatever the library has against the other's key is the other's doing. It refuses a result of zeros, and so do
    // we if it does not.
    ERR_set_mark();
    const PkeyPtr other(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, theirs.data(), theirs.size()));
    ByteBuffer shared(kX25519KeySize);
    std::size_t size = shared.size();
    const bool is_derived = other != nullptr && EVP_PKEY_derive_set_peer(context.get(), other.get()) == 1 &&
                            EVP_PKEY_derive(context.get(), shared.data(), &size) == 1;
    ERR_pop_to_mark();
    SecretBytes secret(std::move(shared));
    if (!is_derived || size != kX25519KeySize || is_zero(secret.view())) return std::nullopt;
    return secret;
}

} // namespace vv::crypto
