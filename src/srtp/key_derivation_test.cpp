#include "srtp/key_derivation.h"
#include "srtp/keys_for_test.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::srtp {
namespace {

using test::secret;

// RFC 3711 appendix B.3.
TEST(KeyDerivation, MatchesRfc3711) {
    const MasterKey master{secret("e1f97a0d3e018be0d64fa32c06de4139"), secret("0ec675ad498afeebb6960b3aabe6")};
    const SessionKeys keys = derive_rtp_keys(Profile::kAes128CmSha1, master);
    EXPECT_EQ(hex_encode(keys.cipher_key.view()), "c61e7a93744f39ee10734afe3ff7a087");
    EXPECT_EQ(hex_encode(keys.salt.view()), "30cbbc08863d8c85d49db34a9ae1");
    EXPECT_EQ(hex_encode(keys.auth_key.view()), "cebe321f6ff7716b6fd4ab49af256a156d38baa4");
}

// The same appendix derives a longer one, which takes more than one block.
TEST(KeyDerivation, MatchesRfc3711OverSeveralBlocks) {
    const MasterKey master{secret("e1f97a0d3e018be0d64fa32c06de4139"), secret("0ec675ad498afeebb6960b3aabe6")};
    EXPECT_EQ(hex_encode(derive_key(master, 1, 94).view()),
              "cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbcee049646c43d9327ad175578ef7227098"
              "6371c10c9a369ac2f94a8c5fbcdddc256d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2");
}

// RFC 6188 §7.2. RFC 7714 uses this derivation with a shorter salt; libsrtp_test.cpp shows that others read it so too.
TEST(KeyDerivation, MatchesRfc6188For256Bits) {
    const MasterKey master{secret("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6"),
                           secret("3b04803de51ee7c96423ab5b78d2")};
    EXPECT_EQ(hex_encode(derive_key(master, 0, 32).view()),
              "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4");
    EXPECT_EQ(hex_encode(derive_key(master, 1, 20).view()), "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05");
    EXPECT_EQ(hex_encode(derive_key(master, 2, 14).view()), "fa31791685ca444a9e07c6c64e93");
}

TEST(KeyDerivation, GivesRtcpKeysOfItsOwn) {
    for (const Profile profile : test::kProfiles) {
        const MasterKey master = test::random_key(profile);
        const SessionKeys rtp = derive_rtp_keys(profile, master);
        const SessionKeys rtcp = derive_rtcp_keys(profile, master);
        EXPECT_FALSE(rtp.cipher_key == rtcp.cipher_key);
        EXPECT_FALSE(rtp.salt == rtcp.salt);
        EXPECT_EQ(rtp.auth_key.empty(), is_aead(profile));
        EXPECT_EQ(rtcp.cipher_key.view().size(), key_size(profile));
        EXPECT_EQ(rtcp.salt.view().size(), salt_size(profile));
        EXPECT_EQ(rtp.auth_key == rtcp.auth_key, is_aead(profile)); // of which there are none
    }
}

} // namespace
} // namespace vv::srtp
