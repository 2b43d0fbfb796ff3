#include "dtls/srtp_keys.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>

namespace vv::dtls {
namespace {

constexpr std::array kProfiles{srtp::Profile::kAes128CmSha1, srtp::Profile::kAes128Gcm, srtp::Profile::kAes256Gcm};

ByteBuffer exported_for(srtp::Profile profile) {
    ByteBuffer exported(srtp::exported_size(profile));
    std::iota(exported.begin(), exported.end(), std::uint8_t{0});
    return exported;
}
ByteBuffer bytes_of(const crypto::SecretBytes& secret) {
    return {secret.view().begin(), secret.view().end()};
}
ByteBuffer range(std::uint8_t from, std::uint8_t to) {
    ByteBuffer bytes(static_cast<std::size_t>(to - from));
    std::iota(bytes.begin(), bytes.end(), from);
    return bytes;
}

TEST(SrtpKeys, OfTheClientAreTheFirst) {
    const auto profile = srtp::Profile::kAes128CmSha1;
    const SrtpKeys keys = srtp_keys_from(profile, true, exported_for(profile));
    EXPECT_EQ(keys.profile, profile);
    EXPECT_EQ(bytes_of(keys.local.key), range(0, 16));
    EXPECT_EQ(bytes_of(keys.remote.key), range(16, 32));
    EXPECT_EQ(bytes_of(keys.local.salt), range(32, 46));
    EXPECT_EQ(bytes_of(keys.remote.salt), range(46, 60));
}

TEST(SrtpKeys, OfGcmHaveAShorterSalt) {
    const SrtpKeys small = srtp_keys_from(srtp::Profile::kAes128Gcm, true, exported_for(srtp::Profile::kAes128Gcm));
    EXPECT_EQ(bytes_of(small.local.salt), range(32, 44));
    EXPECT_EQ(bytes_of(small.remote.salt), range(44, 56));
    const SrtpKeys large = srtp_keys_from(srtp::Profile::kAes256Gcm, true, exported_for(srtp::Profile::kAes256Gcm));
    EXPECT_EQ(bytes_of(large.remote.key), range(32, 64));
    EXPECT_EQ(bytes_of(large.remote.salt), range(76, 88));
}

TEST(SrtpKeys, OfBothEndsAreTheSameTurnedRound) {
    for (const auto profile : kProfiles) {
        const SrtpKeys client = srtp_keys_from(profile, true, exported_for(profile));
        const SrtpKeys server = srtp_keys_from(profile, false, exported_for(profile));
        EXPECT_EQ(client.local, server.remote);
        EXPECT_EQ(client.remote, server.local);
        EXPECT_NE(client.local, client.remote);
    }
}

} // namespace
} // namespace vv::dtls
