#include "base/encoding.h"
#include "crypto/crc32.h"
#include "crypto/hash.h"
#include "crypto/secret.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::crypto {
namespace {

TEST(Sha256, MatchesFips180) {
    EXPECT_EQ(hex_encode(sha256(as_bytes(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex_encode(sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex_encode(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(hex_encode(sha256(as_bytes(std::string(1'000'000, 'a')))),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, JoinsItsParts) {
    EXPECT_EQ(sha256(ByteParts{as_bytes("a"), as_bytes(""), as_bytes("bc")}), sha256(as_bytes("abc")));
}

TEST(Sha1, MatchesFips180) {
    EXPECT_EQ(hex_encode(sha1(as_bytes(""))), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_EQ(hex_encode(sha1(as_bytes("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(hex_encode(sha1(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
              "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

TEST(Md5, MatchesRfc1321) {
    EXPECT_EQ(hex_encode(md5(as_bytes(""))), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(hex_encode(md5(as_bytes("abc"))), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(hex_encode(md5(as_bytes("message digest"))), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(Crc32, MatchesTheCheckValue) {
    EXPECT_EQ(crc32(as_bytes("123456789")), 0xCBF43926U);
    EXPECT_EQ(crc32(as_bytes("")), 0U);
}

TEST(Crc32, ContinuesOverParts) {
    EXPECT_EQ(crc32_update(crc32(as_bytes("1234")), as_bytes("56789")), 0xCBF43926U);
}

TEST(ConstantTimeEqual, ComparesSizesAndEveryByte) {
    const ByteBuffer a{1, 2, 3};
    EXPECT_TRUE(constant_time_equal(a, a));
    EXPECT_TRUE(constant_time_equal({}, {}));
    EXPECT_FALSE(constant_time_equal(a, ByteView(a).first(2)));
    EXPECT_FALSE(constant_time_equal(a, ByteBuffer{9, 2, 3}));
    EXPECT_FALSE(constant_time_equal(a, ByteBuffer{1, 2, 9}));
}

TEST(SecureWipe, LeavesZeros) {
    ByteBuffer secret{1, 2, 3};
    secure_wipe(secret);
    EXPECT_EQ(secret, (ByteBuffer{0, 0, 0}));
}

} // namespace
} // namespace vv::crypto
