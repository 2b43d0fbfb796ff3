#include "base/encoding.h"
#include "crypto/aead.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace vv::crypto {
namespace {

// McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B.
constexpr std::string_view kKeyText = "feffe9928665731c6d6a8f9467308308";
constexpr std::string_view kNonceText = "cafebabefacedbaddecaf888";
constexpr std::string_view kPlainText = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
constexpr std::string_view kAssociatedText = "feedfacedeadbeeffeedfacedeadbeefabaddad2";

template <std::size_t N>
std::array<std::uint8_t, N> array_from_hex(std::string_view text) {
    const ByteBuffer bytes = hex_decode(text).value();
    std::array<std::uint8_t, N> out{};
    EXPECT_EQ(bytes.size(), N);
    std::copy_n(bytes.begin(), std::min(N, bytes.size()), out.begin());
    return out;
}

const auto kKey128 = array_from_hex<16>(kKeyText);
const auto kKey256 = array_from_hex<32>(std::string(kKeyText) + std::string(kKeyText));
const auto kNonce = array_from_hex<12>(kNonceText);
const ByteBuffer kPlain = hex_decode(kPlainText).value();
const ByteBuffer kAssociated = hex_decode(kAssociatedText).value();

TEST(Aes128Gcm, MatchesPublishedVectors) {
    const std::array<std::uint8_t, 16> zero_key{};
    const std::array<std::uint8_t, 12> zero_nonce{};
    const std::array<std::uint8_t, 16> zero_block{};
    EXPECT_EQ(hex_encode(aes128_gcm_seal(zero_key, zero_nonce, {}, {})), "58e2fccefa7e3061367f1d57a4e7455a");
    EXPECT_EQ(hex_encode(aes128_gcm_seal(zero_key, zero_nonce, {}, zero_block)),
              "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf");
    EXPECT_EQ(hex_encode(aes128_gcm_seal(kKey128, kNonce, kAssociated, kPlain)),
              "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05"
              "1ba30b396a0aac973d58e091"
              "5bc94fbc3221a5db94fae95ae7121a47");
}

TEST(Aes256Gcm, MatchesPublishedVectors) {
    const std::array<std::uint8_t, 32> zero_key{};
    const std::array<std::uint8_t, 12> zero_nonce{};
    EXPECT_EQ(hex_encode(aes256_gcm_seal(zero_key, zero_nonce, {}, {})), "530f8afbc74536b9a963b4f1c4cb738b");
    EXPECT_EQ(hex_encode(aes256_gcm_seal(kKey256, kNonce, kAssociated, kPlain)),
              "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
              "c5f61e6393ba7a0abcc9f662"
              "76fc6ece0f4e1768cddf8853bb2d551b");
}

TEST(AesGcm, OpensWhatItSealed) {
    const ByteBuffer sealed128 = aes128_gcm_seal(kKey128, kNonce, kAssociated, kPlain);
    EXPECT_EQ(aes128_gcm_open(kKey128, kNonce, kAssociated, sealed128), kPlain);
    const ByteBuffer sealed256 = aes256_gcm_seal(kKey256, kNonce, kAssociated, kPlain);
    EXPECT_EQ(aes256_gcm_open(kKey256, kNonce, kAssociated, sealed256), kPlain);
    EXPECT_EQ(aes256_gcm_open(kKey256, kNonce, {}, aes256_gcm_seal(kKey256, kNonce, {}, {})), ByteBuffer{});
}

TEST(AesGcm, RefusesEveryChangedByte) {
    const ByteBuffer sealed = aes256_gcm_seal(kKey256, kNonce, kAssociated, kPlain);
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        ByteBuffer changed = sealed;
        changed[i] ^= 0x01U;
        EXPECT_EQ(aes256_gcm_open(kKey256, kNonce, kAssociated, changed), std::nullopt) << i;
    }
}

TEST(AesGcm, RefusesOtherContextAndShortInput) {
    const ByteBuffer sealed = aes256_gcm_seal(kKey256, kNonce, kAssociated, kPlain);
    auto other_nonce = kNonce;
    other_nonce[11] ^= 1U;
    auto other_key = kKey256;
    other_key[0] ^= 1U;
    EXPECT_EQ(aes256_gcm_open(kKey256, kNonce, {}, sealed), std::nullopt);
    EXPECT_EQ(aes256_gcm_open(kKey256, other_nonce, kAssociated, sealed), std::nullopt);
    EXPECT_EQ(aes256_gcm_open(other_key, kNonce, kAssociated, sealed), std::nullopt);
    EXPECT_EQ(aes256_gcm_open(kKey256, kNonce, kAssociated, ByteView(sealed).first(kGcmTagSize - 1)), std::nullopt);
    EXPECT_EQ(aes256_gcm_open(kKey256, kNonce, kAssociated, {}), std::nullopt);
}

} // namespace
} // namespace vv::crypto
