#include "base/allocations_for_test.h"
#include "base/encoding.h"
#include "crypto/aes_ctr.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace vv::crypto {
namespace {

CounterBlock block_from_hex(std::string_view text) {
    CounterBlock block{};
    std::ranges::copy(hex_decode(text).value(), block.begin());
    return block;
}

// NIST SP 800-38A appendix F.5: the same four blocks under each key.
constexpr std::string_view kFirst = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
constexpr std::string_view kPlain = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                                    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

TEST(AesCtr, MatchesNistVectorsFor128Bits) {
    AesCtr cipher(hex_decode("2b7e151628aed2a6abf7158809cf4f3c").value());
    ByteBuffer bytes = hex_decode(kPlain).value();
    cipher.apply(block_from_hex(kFirst), bytes);
    EXPECT_EQ(hex_encode(bytes), "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
                                 "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee");
}

TEST(AesCtr, MatchesNistVectorsFor256Bits) {
    AesCtr cipher(hex_decode("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4").value());
    ByteBuffer bytes = hex_decode(kPlain).value();
    cipher.apply(block_from_hex(kFirst), bytes);
    EXPECT_EQ(hex_encode(bytes), "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
                                 "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6");
}

TEST(AesCtr, StartsAnewWithEachMessage) {
    AesCtr cipher(ByteBuffer(16, 7));
    const CounterBlock first = block_from_hex(kFirst);
    ByteBuffer a(5, 0x61);
    cipher.apply(first, a); // not a whole block: the rest of its key stream must not be used
    ByteBuffer b(5, 0x61);
    cipher.apply(first, b);
    EXPECT_EQ(a, b);
    cipher.apply(first, a);
    EXPECT_EQ(a, ByteBuffer(5, 0x61)); // twice is not at all
}

TEST(AesCtr, LetsAnEmptyMessageBe) {
    AesCtr cipher(ByteBuffer(16, 7));
    ByteBuffer nothing;
    cipher.apply(block_from_hex(kFirst), nothing);
    EXPECT_TRUE(nothing.empty());
}

#if defined(__SANITIZE_ADDRESS__)
TEST(AesCtr, TakesNoMemoryForAMessage) {
    AesCtr cipher(ByteBuffer(16, 7));
    ByteBuffer bytes(1200, 1);
    const CounterBlock first = block_from_hex(kFirst);
    EXPECT_EQ(allocations_of([&] { cipher.apply(first, bytes); }), 0U);
}
#endif

} // namespace
} // namespace vv::crypto
