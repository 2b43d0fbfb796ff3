// Published packets: RFC 3711 appendix B.2, RFC 7714 §16 and §17. They give session keys, and so meet the ciphers
// without the key derivation.
#include "srtp/cm.h"
#include "srtp/gcm.h"
#include "srtp/keys_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace vv::srtp {
namespace {

using test::secret;

const std::string kKey128 = "000102030405060708090a0b0c0d0e0f";
const std::string kKey256 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

SessionKeys quid_pro_quo(const std::string& key) {
    return {.cipher_key = secret(key), .auth_key = {}, .salt = secret("517569642070726f2071756f")};
}

// RFC 7714 §16: a header, and "Gallia est omnis divisa in partes tres".
const std::string kRtpHeader = "8040f17b8041f8d35501a0b2";
const std::string kRtpText = "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";
constexpr std::uint64_t kRtpIndex = 0xF17B;
const rtp::Ssrc kRtpSsrc(0x5501A0B2);
constexpr std::size_t kTagSize = 16;

struct RtpVector {
    std::string key;
    std::string sealed;
};
const RtpVector kRtp128{kKey128, "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
                                 "899d7f27beb16a9152cf765ee4390cce"};
const RtpVector kRtp256{kKey256, "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b"
                                 "7aa3db36dfffd6b0f9bb7878d7a76c13"};

TEST(GcmVectors, SealAndOpenRtpAsRfc7714Does) {
    for (const RtpVector& vector : {kRtp128, kRtp256}) {
        ByteBuffer packet = hex_decode(kRtpHeader + kRtpText).value();
        packet.resize(packet.size() + kTagSize);
        GcmSealer(quid_pro_quo(vector.key)).seal_rtp(packet, 12, kRtpSsrc, kRtpIndex);
        EXPECT_EQ(hex_encode(packet), kRtpHeader + vector.sealed);
        ASSERT_TRUE(GcmOpener(quid_pro_quo(vector.key)).open_rtp(packet, 12, kRtpSsrc, kRtpIndex));
        EXPECT_EQ(hex_encode(ByteView(packet).first(packet.size() - kTagSize)), kRtpHeader + kRtpText);
    }
}

TEST(GcmVectors, BindTheIndexAndTheSource) {
    ByteBuffer packet = hex_decode(kRtpHeader + kRtp128.sealed).value();
    ByteBuffer copy = packet;
    EXPECT_FALSE(GcmOpener(quid_pro_quo(kKey128)).open_rtp(copy, 12, kRtpSsrc, kRtpIndex + 0x10000));
    copy = packet;
    EXPECT_FALSE(GcmOpener(quid_pro_quo(kKey128)).open_rtp(copy, 12, rtp::Ssrc(0x5501A0B3), kRtpIndex));
}

// RFC 7714 §16.1.3: everything in clear, which here is a packet that is all header.
TEST(GcmVectors, TagWhatIsAllClearAsRfc7714Does) {
    ByteBuffer packet = hex_decode(kRtpHeader + kRtpText).value();
    const std::size_t clear = packet.size();
    packet.resize(clear + kTagSize);
    GcmSealer(quid_pro_quo(kKey128)).seal_rtp(packet, clear, kRtpSsrc, kRtpIndex);
    EXPECT_EQ(hex_encode(ByteView(packet).last(kTagSize)), "22493f82d2bce397e9d79e3b19aa4216");
    GcmSealer(quid_pro_quo(kKey256)).seal_rtp(packet, clear, kRtpSsrc, kRtpIndex);
    EXPECT_EQ(hex_encode(ByteView(packet).last(kTagSize)), "a866d5910f887463067ceefec45215d4");
}

// RFC 7714 §17: a sender report of the source "Mars".
const std::string kRtcpHeader = "81c8000d4d617273";
const std::string kRtcpText =
    "4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";
constexpr std::uint32_t kRtcpIndex = 0x5D4;
const rtp::Ssrc kRtcpSsrc(0x4D617273);
constexpr std::size_t kTrailerSize = 20;

TEST(GcmVectors, SealAndOpenRtcpAsRfc7714Does) {
    const std::string sealed128 =
        "63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b"
        "c84aa45896cf4d2fc5abf87245d9eade"
        "800005d4";
    const std::string sealed256 =
        "d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad"
        "1d1eb30c4446839f57ff6f6cb26ac3be"
        "800005d4";
    for (const auto& [key, sealed] : {std::pair(kKey128, sealed128), std::pair(kKey256, sealed256)}) {
        ByteBuffer packet = hex_decode(kRtcpHeader + kRtcpText).value();
        packet.resize(packet.size() + kTrailerSize);
        GcmSealer(quid_pro_quo(key)).seal_rtcp(packet, kRtcpSsrc, kRtcpIndex);
        EXPECT_EQ(hex_encode(packet), kRtcpHeader + sealed);
        ASSERT_TRUE(GcmOpener(quid_pro_quo(key)).open_rtcp(packet, kRtcpSsrc));
        EXPECT_EQ(hex_encode(ByteView(packet).first(packet.size() - kTrailerSize)), kRtcpHeader + kRtcpText);
    }
}

// §17.3 and §17.4: the flag E is not set.
TEST(GcmVectors, OpenUnencryptedRtcpAsRfc7714Does) {
    for (const auto& [key, tag] : {std::pair(kKey128, std::string("841dd9683dd78ec92ae58790125f62b3")),
                                   std::pair(kKey256, std::string("91db4afbfeee5a978fab4393ed2615fe"))}) {
        ByteBuffer packet = hex_decode(kRtcpHeader + kRtcpText + tag + "000005d4").value();
        ASSERT_TRUE(GcmOpener(quid_pro_quo(key)).open_rtcp(packet, kRtcpSsrc));
        EXPECT_EQ(hex_encode(ByteView(packet).first(52)), kRtcpHeader + kRtcpText);
        packet.back() ^= 1U;
        EXPECT_FALSE(GcmOpener(quid_pro_quo(key)).open_rtcp(packet, kRtcpSsrc));
    }
}

// RFC 3711 appendix B.2: the key stream of source 0, index 0, which a payload of zeros becomes.
TEST(CmVectors, KeyStreamIsRfc3711s) {
    const SessionKeys keys{.cipher_key = secret("2b7e151628aed2a6abf7158809cf4f3c"),
                           .auth_key = secret("00"),
                           .salt = secret("f0f1f2f3f4f5f6f7f8f9fafbfcfd")};
    constexpr std::size_t kBlocks = 0xFF02;
    ByteBuffer packet(12 + kBlocks * 16 + kCmTagSize, 0);
    CmCipher cipher(keys);
    cipher.seal_rtp(packet, 12, rtp::Ssrc(0), 0);
    const auto block = [&](std::size_t number) { return hex_encode(ByteView(packet).subspan(12 + number * 16, 16)); };
    EXPECT_EQ(block(0), "e03ead0935c95e80e166b16dd92b4eb4");
    EXPECT_EQ(block(1), "d23513162b02d0f72a43a2fe4a5f97ab");
    EXPECT_EQ(block(2), "41e95b3bb0a2e8dd477901e4fca894c0");
    EXPECT_EQ(block(0xFEFF), "ec8cdf7398607cb0f2d21675ea9ea1e4");
    EXPECT_EQ(block(0xFF00), "362b7c3c6773516318a077d7fc5073ae");
    EXPECT_EQ(block(0xFF01), "6a2cc3787889374fbeb4c81b17ba6c44");
    ASSERT_TRUE(cipher.open_rtp(packet, 12, rtp::Ssrc(0), 0));
    EXPECT_EQ(block(0xFF01), std::string(32, '0'));
}

} // namespace
} // namespace vv::srtp
