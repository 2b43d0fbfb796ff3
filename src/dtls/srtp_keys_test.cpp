#include "dtls/srtp_keys.h"

#include <gtest/gtest.h>

#include <numeric>

namespace vv::dtls {
namespace {

ByteBuffer material_of(SrtpProfile profile) {
    ByteBuffer material(srtp_material_size(profile));
    std::iota(material.begin(), material.end(), std::uint8_t{0});
    return material;
}
ByteBuffer bytes_of(const crypto::SecretBytes& secret) {
    return {secret.view().begin(), secret.view().end()};
}
ByteBuffer range(std::uint8_t from, std::uint8_t to) {
    ByteBuffer bytes(static_cast<std::size_t>(to - from));
    std::iota(bytes.begin(), bytes.end(), from);
    return bytes;
}

TEST(SrtpKeys, LieInTheOrderOfTheRfc) {
    const auto profile = SrtpProfile::kAes128CmSha1Tag80;
    const SrtpKeys keys = split_srtp_material(profile, true, material_of(profile));
    EXPECT_EQ(keys.profile, profile);
    EXPECT_EQ(bytes_of(keys.local.key), range(0, 16));
    EXPECT_EQ(bytes_of(keys.remote.key), range(16, 32));
    EXPECT_EQ(bytes_of(keys.local.salt), range(32, 46));
    EXPECT_EQ(bytes_of(keys.remote.salt), range(46, 60));
}

TEST(SrtpKeys, OfGcmHaveAShorterSalt) {
    const SrtpKeys small =
        split_srtp_material(SrtpProfile::kAeadAes128Gcm, true, material_of(SrtpProfile::kAeadAes128Gcm));
    EXPECT_EQ(bytes_of(small.local.salt), range(32, 44));
    EXPECT_EQ(bytes_of(small.remote.salt), range(44, 56));
    const SrtpKeys large =
        split_srtp_material(SrtpProfile::kAeadAes256Gcm, true, material_of(SrtpProfile::kAeadAes256Gcm));
    EXPECT_EQ(bytes_of(large.remote.key), range(32, 64));
    EXPECT_EQ(bytes_of(large.remote.salt), range(76, 88));
}

TEST(SrtpKeys, OfBothEndsAreTheSameTurnedRound) {
    for (const auto profile :
         {SrtpProfile::kAes128CmSha1Tag80, SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAeadAes256Gcm}) {
        const SrtpKeys client = split_srtp_material(profile, true, material_of(profile));
        const SrtpKeys server = split_srtp_material(profile, false, material_of(profile));
        EXPECT_EQ(client.local, server.remote);
        EXPECT_EQ(client.remote, server.local);
        EXPECT_NE(client.local, client.remote);
    }
}

TEST(SrtpProfile, IsKnownByItsNumber) {
    for (const auto profile :
         {SrtpProfile::kAes128CmSha1Tag80, SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAeadAes256Gcm}) {
        EXPECT_EQ(srtp_profile(static_cast<std::uint64_t>(profile)), profile);
        EXPECT_FALSE(name_of(profile).empty());
    }
    EXPECT_EQ(srtp_profile(0x0002), std::nullopt); // a tag of 32 bits
    EXPECT_EQ(srtp_profile(0x0005), std::nullopt); // no encryption
    EXPECT_EQ(srtp_profile(0), std::nullopt);
    EXPECT_EQ(srtp_profile(0x1'0007), std::nullopt);
}

} // namespace
} // namespace vv::dtls
