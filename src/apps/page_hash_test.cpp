#include "apps/page_hash.h"
#include "base/encoding.h"
#include "crypto/hash.h"

#include <gtest/gtest.h>

#include <array>

namespace vv::apps {
namespace {

EmbeddedAsset file(std::string_view route, std::string_view bytes, std::string_view gzip = {}) {
    return {route, "text/plain", "\"x\"", false, as_bytes(bytes), as_bytes(gzip), {}};
}

// sha256sum of "one\n" and of "two\n".
constexpr std::string_view kOne = "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806";
constexpr std::string_view kTwo = "27dd8ed44a83ff94d557f9fd0412ed5a8cbca69ea04922d88c01184a07300a5a";

TEST(PageHash, ListsEveryPathAsSha256sumDoes) {
    const std::array page{file("/p", "one\n"), file("/assets/a-1.js", "two\n"), file("/", "one\n")};
    const std::string list =
        std::string(kOne) + "  /\n" + std::string(kTwo) + "  /assets/a-1.js\n" + std::string(kOne) + "  /p\n";
    EXPECT_EQ(page_list(page), list);
    EXPECT_EQ(page_hash(page), hex_encode(crypto::sha256(as_bytes(list))));
}

TEST(PageHash, FollowsBytesAndPathsAndNothingElse) {
    const std::array page{file("/", "one\n"), file("/p", "two\n")};
    const std::array turned{file("/p", "two\n"), file("/", "one\n", "smaller")};
    EXPECT_EQ(page_hash(page), page_hash(turned)) << "another order, and a compressed copy";
    EXPECT_NE(page_hash(page), page_hash(std::array{file("/", "one\n"), file("/p", "two\r\n")}));
    EXPECT_NE(page_hash(page), page_hash(std::array{file("/", "one\n"), file("/q", "two\n")}));
    EXPECT_NE(page_hash(page), page_hash(std::array{file("/", "two\n"), file("/p", "one\n")}));
    EXPECT_NE(page_hash(page), page_hash(std::array{file("/", "one\n")}));
}

TEST(PageHash, TheVersionComesFirst) {
    const std::array page{file("/", "one\n")};
    EXPECT_EQ(version_text(page), "visavis " VV_VERSION "\npage " + page_hash(page) + "\n");
}

TEST(PageHash, WhatAServerSaysOfItselfIsReadAsItIsWritten) {
    const std::array page{file("/", "one\n")};
    const auto claim = read_page_claim(version_text(page));
    ASSERT_TRUE(claim.has_value());
    EXPECT_EQ(claim->version, VV_VERSION);
    EXPECT_EQ(claim->hash, page_hash(page));
    for (const std::string text : {"", "visavis 1", "visavis 1\npage x", "visavis 1\nhash x\n", "another 1\npage x\n"})
        EXPECT_FALSE(read_page_claim(text)) << text;
    EXPECT_FALSE(read_page_claim("visavis 1\npage " + std::string(200, 'x') + "\n"));
}

} // namespace
} // namespace vv::apps
