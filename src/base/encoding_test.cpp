#include "base/encoding.h"

#include <gtest/gtest.h>

namespace vv {
namespace {

TEST(Base64Url, MatchesRfc4648Vectors) {
    const std::pair<std::string_view, std::string_view> vectors[] = {
        {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        EXPECT_EQ(base64url_encode(as_bytes(plain)), encoded);
        const auto decoded = base64url_decode(encoded);
        ASSERT_TRUE(decoded);
        EXPECT_EQ(as_text(*decoded), plain);
    }
}

TEST(Base64Url, RefusesWhatTwoReadersCouldReadDifferently) {
    for (const std::string_view text : {"Zg==", "Zh", "Z", "Zm9v+", "Zm/v", "Zm9v\n", "Zm 9v"}) {
        EXPECT_FALSE(base64url_decode(text)) << text;
    }
}

TEST(Base64, PadsToFour) {
    EXPECT_EQ(base64_encode(as_bytes("f")), "Zg==");
    EXPECT_EQ(base64_encode(as_bytes("foobar")), "Zm9vYmFy");
}

TEST(Hex, RoundTripsAndRefusesRubbish) {
    const ByteBuffer bytes{0x00, 0x7F, 0xFF};
    EXPECT_EQ(hex_encode(bytes), "007fff");
    EXPECT_EQ(hex_decode("007FfF"), bytes);
    EXPECT_FALSE(hex_decode("0"));
    EXPECT_FALSE(hex_decode("0g"));
}

TEST(Utf8, AcceptsWellFormedText) {
    EXPECT_TRUE(is_valid_utf8(as_bytes("")));
    EXPECT_TRUE(is_valid_utf8(as_bytes("plain")));
    EXPECT_TRUE(is_valid_utf8(as_bytes("\xE0\xAE\xA4\xE0\xAE\xAE\xE0\xAE\xBF\xE0\xAE\xB4\xE0\xAF\x8D")));
    EXPECT_TRUE(is_valid_utf8(as_bytes("\xF4\x8F\xBF\xBF")));
}

TEST(Utf8, RefusesOverlongSurrogateTruncatedAndTooLarge) {
    for (const std::string_view text : {"\xC0\x80", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82",
                                        "\x80", "\xFF", "\xF8\x88\x80\x80\x80"}) {
        EXPECT_FALSE(is_valid_utf8(as_bytes(text)));
    }
}

TEST(Utf8, CountsCharactersNotBytes) {
    EXPECT_EQ(count_characters(""), 0U);
    EXPECT_EQ(count_characters("plain"), 5U);
    EXPECT_EQ(count_characters("\xE0\xAE\xA4\xE0\xAE\xAE\xF0\x9F\x99\x82"), 3U);
}

} // namespace
} // namespace vv
