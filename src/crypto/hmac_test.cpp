#include "base/encoding.h"
#include "crypto/hmac.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::crypto {
namespace {

ByteBuffer repeat(std::uint8_t byte, std::size_t count) {
    return ByteBuffer(count, byte);
}

struct HmacCase {
    ByteBuffer key;
    ByteBuffer message;
    std::string expected;
};
ByteBuffer text(std::string_view t) {
    return {as_bytes(t).begin(), as_bytes(t).end()};
}

TEST(HmacSha256, MatchesRfc4231) {
    const std::array<HmacCase, 6> cases{{
        {repeat(0x0B, 20), text("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {text("Jefe"), text("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {repeat(0xAA, 20), repeat(0xDD, 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {*hex_decode("0102030405060708090a0b0c0d0e0f10111213141516171819"), repeat(0xCD, 50),
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {repeat(0xAA, 131), text("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {repeat(0xAA, 131),
         text("This is a test using a larger than block-size key and a larger than block-size data. The key needs to "
              "be hashed before being used by the HMAC algorithm."),
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    }};
    for (const HmacCase& c : cases)
        EXPECT_EQ(hex_encode(hmac_sha256(c.key, c.message)), c.expected);
}

TEST(HmacSha1, MatchesRfc2202) {
    const std::array<HmacCase, 4> cases{{
        {repeat(0x0B, 20), text("Hi There"), "b617318655057264e28bc0b6fb378c8ef146be00"},
        {text("Jefe"), text("what do ya want for nothing?"), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
        {repeat(0xAA, 20), repeat(0xDD, 50), "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
        {repeat(0xAA, 80), text("Test Using Larger Than Block-Size Key - Hash Key First"),
         "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
    }};
    for (const HmacCase& c : cases)
        EXPECT_EQ(hex_encode(hmac_sha1(c.key, c.message)), c.expected);
}

TEST(Hmac, TakesTheEmptyKey) {
    EXPECT_EQ(hex_encode(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    EXPECT_EQ(hex_encode(hmac_sha1({}, {})), "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
}

TEST(Hmac, JoinsItsParts) {
    const ByteBuffer key = text("k");
    EXPECT_EQ(hmac_sha256(key, ByteParts{as_bytes("ab"), as_bytes(""), as_bytes("c")}),
              hmac_sha256(key, as_bytes("abc")));
    EXPECT_EQ(hmac_sha1(key, ByteParts{as_bytes("ab"), as_bytes("c")}), hmac_sha1(key, as_bytes("abc")));
}

TEST(HkdfSha256, MatchesRfc5869) {
    const ByteBuffer ikm = repeat(0x0B, 22);
    EXPECT_EQ(hex_encode(
                  hkdf_sha256(ikm, *hex_decode("000102030405060708090a0b0c"), *hex_decode("f0f1f2f3f4f5f6f7f8f9"), 42)),
              "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    EXPECT_EQ(hex_encode(hkdf_sha256(ikm, {}, {}, 42)),
              "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(HkdfSha256, MatchesRfc5869LongInputs) {
    ByteBuffer ikm;
    ByteBuffer salt;
    ByteBuffer info;
    for (std::uint8_t i = 0; i < 80; ++i) {
        ikm.push_back(i);
        salt.push_back(static_cast<std::uint8_t>(0x60 + i));
        info.push_back(static_cast<std::uint8_t>(0xB0 + i));
    }
    EXPECT_EQ(hex_encode(hkdf_sha256(ikm, salt, info, 82)),
              "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
              "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

TEST(HkdfSha256, GivesAnySizeUpToItsMost) {
    const ByteBuffer longest = hkdf_sha256(text("key"), {}, {}, kHkdfOutputMax);
    ASSERT_EQ(longest.size(), kHkdfOutputMax);
    const ByteBuffer shortest = hkdf_sha256(text("key"), {}, {}, 1);
    EXPECT_EQ(shortest, ByteBuffer(longest.begin(), longest.begin() + 1));
    EXPECT_DEATH((void)hkdf_sha256(text("key"), {}, {}, kHkdfOutputMax + 1), "assertion failed");
}

} // namespace
} // namespace vv::crypto
