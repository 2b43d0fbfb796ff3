#include "base/encoding.h"
#include "crypto/ecdsa.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <string>

namespace vv::crypto {
namespace {

// RFC 6979 appendix A.2.5, curve P-256, SHA-256.
const std::string kPrivateHex = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const std::string kPublicHex = "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                               "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const std::string kSampleSignatureHex = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                                        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
const std::string kTestSignatureHex = "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
                                      "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083";
const std::string kOrderHex = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

const ByteBuffer kPublic = hex_decode(kPublicHex).value();
const ByteBuffer kSampleSignature = hex_decode(kSampleSignatureHex).value();

std::array<std::uint8_t, 32> scalar_from_hex(const std::string& text) {
    std::array<std::uint8_t, 32> scalar{};
    std::ranges::copy(hex_decode(text).value(), scalar.begin());
    return scalar;
}

TEST(P256Verify, MatchesRfc6979) {
    EXPECT_TRUE(p256_verify(kPublic, as_bytes("sample"), kSampleSignature));
    EXPECT_TRUE(p256_verify(kPublic, as_bytes("test"), hex_decode(kTestSignatureHex).value()));
    EXPECT_FALSE(p256_verify(kPublic, as_bytes("test"), kSampleSignature));
}

TEST(P256Verify, RefusesEveryChangedByteOfTheSignature) {
    for (std::size_t i = 0; i < kSampleSignature.size(); ++i) {
        ByteBuffer changed = kSampleSignature;
        changed[i] ^= 0x80U;
        EXPECT_FALSE(p256_verify(kPublic, as_bytes("sample"), changed)) << i;
    }
}

TEST(P256Verify, RefusesScalarsOutOfRange) {
    const ByteBuffer zero(32, 0);
    const ByteBuffer order = hex_decode(kOrderHex).value();
    for (const ByteBuffer& bad : {zero, order, ByteBuffer(32, 0xFF)}) {
        ByteBuffer bad_r = kSampleSignature;
        std::ranges::copy(bad, bad_r.begin());
        EXPECT_FALSE(p256_verify(kPublic, as_bytes("sample"), bad_r));
        ByteBuffer bad_s = kSampleSignature;
        std::ranges::copy(bad, bad_s.begin() + 32);
        EXPECT_FALSE(p256_verify(kPublic, as_bytes("sample"), bad_s));
    }
}

TEST(P256Verify, RefusesWrongSizes) {
    for (const std::size_t size : {0U, 1U, 63U, 65U}) {
        ByteBuffer signature = kSampleSignature;
        signature.resize(size);
        EXPECT_FALSE(p256_verify(kPublic, as_bytes("sample"), signature)) << size;
    }
    for (const std::size_t size : {0U, 1U, 33U, 64U, 66U}) {
        ByteBuffer point = kPublic;
        point.resize(size);
        EXPECT_FALSE(p256_verify(point, as_bytes("sample"), kSampleSignature)) << size;
    }
}

TEST(P256PublicKey, IsAPointOnTheCurve) {
    EXPECT_TRUE(is_p256_public_key(kPublic));
    ByteBuffer off_curve = kPublic;
    off_curve.back() ^= 1U;
    EXPECT_FALSE(is_p256_public_key(off_curve));
    ByteBuffer hybrid = kPublic; // SEC 1's compressed and hybrid forms are other encodings of the same point
    hybrid.front() = 0x07;
    EXPECT_FALSE(is_p256_public_key(hybrid));
    EXPECT_FALSE(is_p256_public_key(ByteBuffer(65, 0)));
    ByteBuffer infinity(65, 0);
    infinity.front() = 0x04;
    EXPECT_FALSE(is_p256_public_key(infinity));
    EXPECT_FALSE(is_p256_public_key({}));
}

TEST(P256Verify, LeavesNoErrorBehindForOthers) {
    EXPECT_FALSE(p256_verify(ByteBuffer(65, 4), as_bytes("x"), kSampleSignature));
    EXPECT_FALSE(p256_verify(kPublic, as_bytes("x"), kSampleSignature));
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(P256Signer, SignsWhatVerifyAccepts) {
    const auto signer = P256Signer::from_private_key(scalar_from_hex(kPrivateHex));
    ASSERT_TRUE(signer);
    EXPECT_EQ(hex_encode(signer->public_key()), kPublicHex);
    const auto signature = signer->sign(as_bytes("hello"));
    EXPECT_TRUE(p256_verify(kPublic, as_bytes("hello"), signature));
    EXPECT_FALSE(p256_verify(kPublic, as_bytes("hellp"), signature));
}

TEST(P256Signer, GeneratesKeysOfItsOwn) {
    const P256Signer a = P256Signer::generate();
    const P256Signer b = P256Signer::generate();
    EXPECT_NE(a.public_key(), b.public_key());
    EXPECT_TRUE(is_p256_public_key(a.public_key()));
    EXPECT_TRUE(p256_verify(a.public_key(), as_bytes(""), a.sign(as_bytes(""))));
    EXPECT_FALSE(p256_verify(b.public_key(), as_bytes(""), a.sign(as_bytes(""))));
}

TEST(P256Signer, RefusesScalarsOutOfRange) {
    EXPECT_FALSE(P256Signer::from_private_key(scalar_from_hex(std::string(64, '0'))));
    EXPECT_FALSE(P256Signer::from_private_key(scalar_from_hex(kOrderHex)));
}

} // namespace
} // namespace vv::crypto
