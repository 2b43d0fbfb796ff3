// OpenSSL's newer interface has no digest whose state can be copied or begun anew without a piece of heap for each
// message, and twice for HMAC; the older one, which it calls deprecated and runs on the same code, has a plain struct.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/keyed_hmac.h"

#include "base/assert.h"
#include "crypto/secret.h"

#include <algorithm>
#include <array>
#include <memory>

namespace vv::crypto {
namespace {

// RFC 2104 §2.
constexpr std::uint8_t kInnerPad = 0x36;
constexpr std::uint8_t kOuterPad = 0x5C;

using Block = std::array<std::uint8_t, SHA_CBLOCK>;

void digest_padded_key(SHA_CTX& state, Block key, std::uint8_t pad) {
    for (std::uint8_t& byte : key)
        byte ^= pad;
    VV_ASSERT(SHA1_Init(&state) == 1 && SHA1_Update(&state, key.data(), key.size()) == 1);
    secure_wipe(key);
}

} // namespace

void HmacSha1::Wipe::operator()(States* states) const {
    secure_wipe({reinterpret_cast<std::uint8_t*>(states), sizeof(States)});
    std::default_delete<States>()(states);
}

HmacSha1::HmacSha1(ByteView key) : states_(new States{}) {
    Block block{};
    if (key.size() > block.size()) {
        std::ranges::copy(sha1(key), block.begin());
    } else {
        std::ranges::copy(key, block.begin());
    }
    digest_padded_key(states_->inner, block, kInnerPad);
    digest_padded_key(states_->outer, block, kOuterPad);
    secure_wipe(block);
}

Sha1Digest HmacSha1::digest(ByteParts message_parts) const {
    Sha1Digest digest{};
    SHA_CTX state = states_->inner;
    for (const ByteView part : message_parts)
        VV_ASSERT(SHA1_Update(&state, part.data(), part.size()) == 1);
    VV_ASSERT(SHA1_Final(digest.data(), &state) == 1);
    state = states_->outer;
    VV_ASSERT(SHA1_Update(&state, digest.data(), digest.size()) == 1 && SHA1_Final(digest.data(), &state) == 1);
    return digest;
}

} // namespace vv::crypto
