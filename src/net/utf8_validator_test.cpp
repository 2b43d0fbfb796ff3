#include "base/encoding.h"
#include "base/rng.h"
#include "net/utf8_validator.h"

#include <gtest/gtest.h>

namespace vv::net {
namespace {

bool accepts_whole(ByteView bytes) {
    Utf8Validator validator;
    return validator.accept(bytes) && validator.is_complete();
}

TEST(Utf8Validator, AgreesWithTheWholeTextCheckOnEverySequenceOfUpToThreeBytes) {
    for (unsigned a = 0; a < 256; ++a) {
        for (unsigned b = 0; b < 256; b += 3) {
            for (const unsigned c : {0x00U, 0x7FU, 0x80U, 0x9FU, 0xA0U, 0xBFU, 0xC0U, 0xFFU}) {
                const ByteBuffer bytes{static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b),
                                       static_cast<std::uint8_t>(c)};
                for (std::size_t size = 1; size <= 3; ++size) {
                    const ByteView view = ByteView(bytes).first(size);
                    ASSERT_EQ(accepts_whole(view), is_valid_utf8(view)) << hex_encode(view);
                }
            }
        }
    }
}

TEST(Utf8Validator, FourByteFormsAtTheirBorders) {
    EXPECT_TRUE(accepts_whole(as_bytes("\xF0\x90\x80\x80")));
    EXPECT_TRUE(accepts_whole(as_bytes("\xF4\x8F\xBF\xBF")));
    EXPECT_FALSE(accepts_whole(as_bytes("\xF0\x8F\xBF\xBF")));
    EXPECT_FALSE(accepts_whole(as_bytes("\xF4\x90\x80\x80")));
    EXPECT_FALSE(accepts_whole(as_bytes("\xED\xA0\x80")));
}

TEST(Utf8Validator, CharactersMayBeCutAnywhere) {
    const std::string text = "a\xC3\xA9\xE0\xAE\xA4\xF0\x9F\x99\x82";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Utf8Validator validator;
        EXPECT_TRUE(validator.accept(as_bytes(text).first(cut)));
        EXPECT_TRUE(validator.accept(as_bytes(text).subspan(cut)));
        EXPECT_TRUE(validator.is_complete());
    }
    Utf8Validator validator;
    EXPECT_TRUE(validator.accept(as_bytes("\xF0\x9F")));
    EXPECT_FALSE(validator.is_complete());
    EXPECT_FALSE(validator.accept(as_bytes("a")));
}

} // namespace
} // namespace vv::net
