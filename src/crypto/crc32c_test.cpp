#include "base/rng.h"
#include "crypto/crc32c.h"

#include <gtest/gtest.h>

#include <numeric>

namespace vv::crypto {
namespace {

// The checksum by its definition, a bit at a time.
std::uint32_t by_bits(ByteView bytes) {
    std::uint32_t state = 0xFFFFFFFFU;
    for (const std::uint8_t byte : bytes) {
        state ^= byte;
        for (int bit = 0; bit < 8; ++bit)
            state = (state & 1U) != 0 ? (state >> 1U) ^ 0x82F63B78U : state >> 1U;
    }
    return ~state;
}

TEST(Crc32c, MatchesTheCheckValue) {
    EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
    EXPECT_EQ(crc32c({}), 0U);
}

// RFC 3720 §B.4, where the same checksum has its published examples.
TEST(Crc32c, MatchesRfc3720) {
    ByteBuffer bytes(32, 0);
    EXPECT_EQ(crc32c(bytes), 0x8A9136AAU);
    bytes.assign(32, 0xFF);
    EXPECT_EQ(crc32c(bytes), 0x62A8AB43U);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    EXPECT_EQ(crc32c(bytes), 0x46DD794EU);
}

TEST(Crc32c, IsTheSameForEveryLength) {
    SeededRng rng(3720);
    for (std::size_t size = 0; size < 100; ++size) {
        ByteBuffer bytes(size);
        rng.fill(bytes);
        EXPECT_EQ(crc32c(bytes), by_bits(bytes)) << size;
    }
}

TEST(Crc32c, ContinuesWhereItStopped) {
    const ByteView whole = as_bytes("a packet whose checksum is made in two steps");
    for (std::size_t cut = 0; cut <= whole.size(); ++cut)
        EXPECT_EQ(crc32c_update(crc32c(whole.first(cut)), whole.subspan(cut)), crc32c(whole)) << cut;
}

} // namespace
} // namespace vv::crypto
