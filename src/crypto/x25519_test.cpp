#include "base/encoding.h"
#include "crypto/x25519.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::crypto {
namespace {

ByteBuffer hex(std::string_view text) {
    return hex_decode(text).value();
}

X25519Pair pair_of(std::string_view secret) {
    const ByteBuffer bytes = hex(secret);
    return X25519Pair(std::span(bytes).first<kX25519KeySize>());
}

std::string agreed(const X25519Pair& own, ByteView theirs) {
    const auto shared = own.agree(theirs);
    return shared ? hex_encode(shared->view()) : "nothing";
}

TEST(X25519, SingleVectorsOfRfc7748Section52) {
    EXPECT_EQ(agreed(pair_of("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                     hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")),
              "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
    EXPECT_EQ(agreed(pair_of("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"),
                     hex("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493")),
              "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

TEST(X25519, AThousandRoundsOfRfc7748Section52) {
    ByteBuffer k = hex("0900000000000000000000000000000000000000000000000000000000000000");
    ByteBuffer u = k;
    for (int round = 0; round < 1000; ++round) {
        const auto next = X25519Pair(std::span(k).first<kX25519KeySize>()).agree(u);
        ASSERT_TRUE(next);
        u = k;
        k.assign(next->view().begin(), next->view().end());
    }
    EXPECT_EQ(hex_encode(k), "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

TEST(X25519, AliceAndBobOfRfc7748Section61) {
    const X25519Pair alice = pair_of("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    const X25519Pair bob = pair_of("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    EXPECT_EQ(hex_encode(alice.public_key()), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    EXPECT_EQ(hex_encode(bob.public_key()), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    const std::string shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    EXPECT_EQ(agreed(alice, bob.public_key()), shared);
    EXPECT_EQ(agreed(bob, alice.public_key()), shared);
}

TEST(X25519, RefusesKeysOfNoUse) {
    SeededRng rng(1);
    const X25519Pair own = X25519Pair::generate(rng);
    // RFC 7748 §6.1: points of small order lead to zero. 0, 1, the two of order 8, p - 1, p, p + 1.
    for (const char* point : {"0000000000000000000000000000000000000000000000000000000000000000",
                              "0100000000000000000000000000000000000000000000000000000000000000",
                              "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                              "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                              "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
        ByteBuffer key = hex(point);
        EXPECT_EQ(agreed(own, key), "nothing") << point;
        key.back() |= 0x80U; // which does not count
        EXPECT_EQ(agreed(own, key), "nothing") << point;
    }
    EXPECT_EQ(agreed(own, ByteBuffer(31, 9)), "nothing");
    EXPECT_EQ(agreed(own, ByteBuffer(33, 9)), "nothing");
    EXPECT_NE(X25519Pair::generate(rng).public_key(), own.public_key());
}

} // namespace
} // namespace vv::crypto
