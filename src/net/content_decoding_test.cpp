#include "base/encoding.h"
#include "net/content_decoding.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::net {
namespace {

constexpr std::string_view kText = "hello hello hello hello\n";
constexpr std::size_t kRoom = 1000;

// By Node's zlib.
const ByteBuffer kGzip = *hex_decode("1f8b0800000000000003cb48cdc9c957c84027b9000088590b18000000");
const ByteBuffer kBrotli = *hex_decode("1b1700f88d946ede445586d60a206c6f4a1179e280ae16");
// 100 000 times the letter a.
constexpr std::size_t kBombSize = 100'000;
const ByteBuffer kBrotliBomb = *hex_decode("5b9f86815f222c1e0b04b2fc0200");

ByteBuffer gzip_bomb() {
    return *hex_decode("1f8b0800000000000003edc13101000000c2a0aceb5fc21a1e4001" + std::string(192, '0') +
                       "af0687fae21ba0860100");
}

std::string decoded(std::string_view coding, ByteView bytes, std::size_t size_max = kRoom) {
    const auto out = decode_content(coding, bytes, size_max);
    if (out) return std::string(as_text(*out));
    return out.error() == DecodeFault::kUnknown  ? "unknown"
           : out.error() == DecodeFault::kBroken ? "broken"
                                                 : "too large";
}

TEST(ContentDecoding, TakesOffWhatBrowsersTake) {
    EXPECT_EQ(decoded("gzip", kGzip), kText);
    EXPECT_EQ(decoded("X-GZIP", kGzip), kText);
    EXPECT_EQ(decoded("br", kBrotli), kText);
    EXPECT_EQ(decoded("identity", as_bytes(kText)), kText);
    EXPECT_EQ(decoded("", as_bytes(kText)), kText);
    EXPECT_EQ(decoded("deflate", as_bytes(kText)), "unknown");
    EXPECT_EQ(decoded("gzip, br", as_bytes(kText)), "unknown");
}

TEST(ContentDecoding, WhatIsNotWholeOrHasMoreBehindItIsBroken) {
    for (const auto& [coding, bytes] : {std::pair("gzip", kGzip), std::pair("br", kBrotli)}) {
        for (std::size_t size = 0; size < bytes.size(); ++size)
            EXPECT_EQ(decoded(coding, ByteView(bytes).first(size)), "broken") << coding << size;
        ByteBuffer more = bytes;
        more.push_back(0);
        EXPECT_EQ(decoded(coding, more), "broken") << coding;
        EXPECT_EQ(decoded(coding, as_bytes(kText)), "broken") << coding;
    }
    ByteBuffer wrong_sum = kGzip;
    wrong_sum[wrong_sum.size() - 6] ^= 1;
    EXPECT_EQ(decoded("gzip", wrong_sum), "broken");
}

TEST(ContentDecoding, StopsAtTheLimit) {
    for (const auto& [coding, bytes] : {std::pair("gzip", gzip_bomb()), std::pair("br", kBrotliBomb)}) {
        EXPECT_EQ(decoded(coding, bytes, kBombSize), std::string(kBombSize, 'a')) << coding;
        EXPECT_EQ(decoded(coding, bytes, kBombSize - 1), "too large") << coding;
    }
    EXPECT_EQ(decoded("", as_bytes(kText), kText.size()), kText);
    EXPECT_EQ(decoded("", as_bytes(kText), kText.size() - 1), "too large");
}

} // namespace
} // namespace vv::net
