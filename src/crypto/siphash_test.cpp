#include "crypto/siphash.h"

#include <gtest/gtest.h>

#include <numeric>

namespace vv::crypto {
namespace {

// The paper's appendix A (15 bytes) and the authors' vectors: key 00..0f, message 00, 01, 02, ...
TEST(SipHash, MatchesTheAuthorsVectors) {
    SipHashKey key{};
    std::iota(key.begin(), key.end(), std::uint8_t{0});
    ByteBuffer message(15);
    std::iota(message.begin(), message.end(), std::uint8_t{0});
    EXPECT_EQ(siphash(key, {}), 0x726FDB47DD0E0E31U);
    EXPECT_EQ(siphash(key, ByteView(message).first(1)), 0x74F839C593DC67FDU);
    EXPECT_EQ(siphash(key, ByteView(message).first(8)), 0x93F5F5799A932462U);
    EXPECT_EQ(siphash(key, message), 0xA129CA6149BE45E5U);
}

TEST(SipHash, DependsOnTheKey) {
    const ByteBuffer message{1, 2, 3};
    EXPECT_NE(siphash({1}, message), siphash({2}, message));
}

} // namespace
} // namespace vv::crypto
