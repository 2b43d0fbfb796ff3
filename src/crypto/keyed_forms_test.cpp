// The forms of AES-GCM and HMAC that keep their key, against the one-shot ones.
#include "base/allocations_for_test.h"
#include "base/rng.h"
#include "crypto/aead.h"
#include "crypto/hmac.h"
#include "crypto/keyed_hmac.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace vv::crypto {
namespace {

const std::array<std::uint8_t, kGcmNonceSize> kNonce{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

ByteBuffer joined(ByteView bytes, const GcmTag& tag) {
    ByteBuffer whole(bytes.begin(), bytes.end());
    whole.insert(whole.end(), tag.begin(), tag.end());
    return whole;
}

TEST(AesGcmSealer, SealsAsTheOneShotFormDoes) {
    SeededRng rng(1);
    const auto key128 = rng.bytes<kAes128KeySize>();
    const auto key256 = rng.bytes<kAes256KeySize>();
    AesGcmSealer sealer128(key128);
    AesGcmSealer sealer256(key256);
    for (std::size_t size = 0; size < 70; ++size) {
        ByteBuffer plain(size, static_cast<std::uint8_t>(size));
        const auto nonce = rng.bytes<kGcmNonceSize>();
        const ByteBuffer associated(size % 21, 9);
        ByteBuffer bytes = plain;
        const GcmTag tag = sealer128.seal(nonce, {associated}, bytes);
        EXPECT_EQ(joined(bytes, tag), aes128_gcm_seal(key128, nonce, associated, plain)) << size;
        bytes = plain;
        const GcmTag tag256 = sealer256.seal(nonce, {associated}, bytes);
        EXPECT_EQ(joined(bytes, tag256), aes256_gcm_seal(key256, nonce, associated, plain)) << size;
    }
}

TEST(AesGcmSealer, JoinsTheAssociatedParts) {
    AesGcmSealer sealer(ByteBuffer(16, 3));
    ByteBuffer a(9, 1);
    ByteBuffer b(9, 1);
    EXPECT_EQ(sealer.seal(kNonce, {as_bytes("he"), ByteView(), as_bytes("ader")}, a),
              sealer.seal(kNonce, {as_bytes("header")}, b));
}

TEST(AesGcmOpener, OpensAndRefuses) {
    const ByteBuffer key(32, 5);
    AesGcmSealer sealer(key);
    AesGcmOpener opener(key);
    const ByteBuffer plain{1, 2, 3, 4, 5, 6, 7};
    ByteBuffer sealed = plain;
    const GcmTag tag = sealer.seal(kNonce, {as_bytes("header")}, sealed);
    for (std::size_t i = 0; i < tag.size(); ++i) {
        GcmTag changed = tag;
        changed.at(i) ^= 0x80U;
        ByteBuffer bytes = sealed;
        EXPECT_FALSE(opener.open(kNonce, {as_bytes("header")}, bytes, changed)) << i;
        EXPECT_EQ(bytes, ByteBuffer(plain.size(), 0)); // nothing unsigned is left to be read
    }
    ByteBuffer bytes = sealed;
    EXPECT_FALSE(opener.open(kNonce, {as_bytes("Header")}, bytes, tag));
    bytes = sealed;
    ASSERT_TRUE(opener.open(kNonce, {as_bytes("header")}, bytes, tag)); // a refusal does not spoil the next one
    EXPECT_EQ(bytes, plain);
}

TEST(AesGcmOpener, AuthenticatesAnEmptyMessage) {
    const ByteBuffer key(16, 5);
    ByteBuffer nothing;
    const GcmTag tag = AesGcmSealer(key).seal(kNonce, {as_bytes("all of it")}, nothing);
    AesGcmOpener opener(key);
    EXPECT_TRUE(opener.open(kNonce, {as_bytes("all of it")}, nothing, tag));
    EXPECT_FALSE(opener.open(kNonce, {as_bytes("all of it!")}, nothing, tag));
}

TEST(HmacSha1, DigestsAsTheOneShotFormDoes) {
    for (const std::size_t key_size : {0U, 1U, 20U, 63U, 64U, 65U, 200U}) { // a block is 64
        const ByteBuffer key(key_size, 0x0B);
        HmacSha1 keyed(key);
        for (const std::size_t size : {0U, 1U, 55U, 64U, 1200U}) {
            const ByteBuffer message(size, 7);
            EXPECT_EQ(keyed.digest({message}), hmac_sha1(key, message)) << key_size << ' ' << size;
        }
        EXPECT_EQ(keyed.digest({as_bytes("a"), ByteView(), as_bytes("bc")}), hmac_sha1(key, as_bytes("abc")));
    }
}

#if defined(__SANITIZE_ADDRESS__)
TEST(KeyedForms, TakeNoMemoryForAMessage) {
    const ByteBuffer key(16, 5);
    AesGcmSealer sealer(key);
    AesGcmOpener opener(key);
    HmacSha1 mac(key);
    ByteBuffer bytes(1200, 1);
    EXPECT_EQ(allocations_of([&] {
                  const GcmTag tag = sealer.seal(kNonce, {key}, bytes);
                  (void)opener.open(kNonce, {key}, bytes, tag);
                  (void)mac.digest({bytes, key});
              }),
              0U);
}
#endif

} // namespace
} // namespace vv::crypto
