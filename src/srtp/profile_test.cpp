#include "srtp/keys_for_test.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <numeric>

namespace vv::srtp {
namespace {

TEST(Profile, IsKnownByItsNumber) {
    EXPECT_EQ(profile_from_number(0x0001), Profile::kAes128CmSha1);
    EXPECT_EQ(profile_from_number(0x0007), Profile::kAes128Gcm);
    EXPECT_EQ(profile_from_number(0x0008), Profile::kAes256Gcm);
    for (const std::uint16_t other :
         std::initializer_list<std::uint16_t>{0, 2, 5, 6, 9, 0xFFFF}) // among them SHA1_32 and those without a cipher
        EXPECT_EQ(profile_from_number(other), std::nullopt);
}

TEST(Profile, SaysHowMuchAPacketGrows) {
    for (const Profile profile : test::kProfiles) {
        EXPECT_LE(rtp_overhead(profile), kRtpOverheadMax);
        EXPECT_LE(rtcp_overhead(profile), kRtcpOverheadMax);
    }
    EXPECT_EQ(rtp_overhead(Profile::kAes128CmSha1), 10U);
    EXPECT_EQ(rtcp_overhead(Profile::kAes128CmSha1), 14U);
    EXPECT_EQ(rtp_overhead(Profile::kAes256Gcm), 16U);
}

// RFC 5764 §4.2: the client's key, the server's key, the client's salt, the server's.
TEST(Profile, SplitsWhatDtlsExports) {
    ByteBuffer exported(exported_size(Profile::kAes128CmSha1));
    ASSERT_EQ(exported.size(), 60U);
    std::iota(exported.begin(), exported.end(), std::uint8_t{0});
    const MasterKeys keys = split_exported(Profile::kAes128CmSha1, exported);
    EXPECT_EQ(keys.client.key.view().front(), 0);
    EXPECT_EQ(keys.server.key.view().front(), 16);
    EXPECT_EQ(keys.client.salt.view().front(), 32);
    EXPECT_EQ(keys.server.salt.view().front(), 46);
    EXPECT_EQ(keys.server.salt.view().back(), 59);
    EXPECT_EQ(exported_size(Profile::kAes128Gcm), 56U);
    EXPECT_EQ(exported_size(Profile::kAes256Gcm), 88U);
}

} // namespace
} // namespace vv::srtp
