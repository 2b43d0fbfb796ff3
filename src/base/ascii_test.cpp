#include "base/ascii.h"

#include <gtest/gtest.h>

namespace vv {
namespace {

TEST(Ascii, LowersLettersAndNothingElse) {
    EXPECT_EQ(ascii_lowered("AZaz09@[`{\xC3\x84"), "azaz09@[`{\xC3\x84");
    EXPECT_TRUE(equal_ignoring_case("WebSocket", "websocket"));
    EXPECT_FALSE(equal_ignoring_case("websocket", "websockets"));
    EXPECT_FALSE(equal_ignoring_case("[", "{")) << "these differ by the same bit";
}

TEST(Ascii, TrimsSpacesAndTabs) {
    EXPECT_EQ(trimmed(" \t a b\t"), "a b");
    EXPECT_EQ(trimmed("\na"), "\na");
    EXPECT_EQ(trimmed(" \t "), "");
    EXPECT_EQ(trimmed(""), "");
}

} // namespace
} // namespace vv
