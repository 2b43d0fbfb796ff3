#include "sdp/captured_for_test.h"
#include "sdp/document.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::sdp {
namespace {

using namespace test;

constexpr std::string_view kHead = "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nt=0 0\n";

std::string crlf(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\n') out += '\r';
        out += c;
    }
    return out;
}

Error error_of(const std::string& text) {
    const auto document = parse_document(text);
    return document ? Error{0, "none"} : document.error();
}
Error after_head(std::string_view lines) {
    return error_of(std::string(kHead).append(lines));
}

TEST(SdpDocument, ComesBackAsItWas) {
    for (const Captured& each : kCaptured) {
        const auto document = parse_document(each.text);
        ASSERT_TRUE(document) << each.name << ' ' << document.error().line << ' ' << document.error().why;
        EXPECT_EQ(write_document(*document), crlf(each.text)) << each.name;
        EXPECT_EQ(parse_document(crlf(each.text)), document) << each.name;
    }
}

TEST(SdpDocument, KeepsLinesThatNobodyKnows) {
    const std::string text =
        std::string(kHead) + "a=strange\na=\na=x:y:z  \nm=what 1 ever x\ni=a title\nb=AS:5\na=more\n";
    EXPECT_EQ(write_document(parse_document(text).value()), crlf(text));
}

TEST(SdpDocument, MayEndWithoutALineEnd) {
    const auto document = parse_document(std::string(kHead) + "a=last");
    ASSERT_TRUE(document);
    EXPECT_EQ(document->session.back(), (Line{'a', "last"}));
}

TEST(SdpDocument, HasSectionsFromEachMediaLineOn) {
    const auto document = parse_document(std::string(kHead) + "m=a 1 x 0\na=1\nm=b 2 x 0\nm=c 3 x 0\na=3\n");
    ASSERT_TRUE(document);
    EXPECT_EQ(document->session.size(), 4U);
    ASSERT_EQ(document->media.size(), 3U);
    EXPECT_EQ(document->media[0].size(), 2U);
    EXPECT_EQ(document->media[1].size(), 1U);
    EXPECT_EQ(document->media[2][1].value, "3");
}

TEST(SdpDocument, SaysWhichLineIsWrong) {
    EXPECT_EQ(error_of("o=- 1 1 IN IP4 1.1.1.1\n"), (Error{1, "does not begin with v="}));
    EXPECT_EQ(after_head("nonsense\n"), (Error{5, "not a letter and ="}));
    EXPECT_EQ(after_head("a=x\n\na=y\n"), (Error{6, "not a letter and ="}));
    EXPECT_EQ(after_head("a=x\nx=y\n"), (Error{6, "a type that SDP does not have here"}));
    EXPECT_EQ(after_head("m=a 1 x 0\no=x\n"), (Error{6, "a type that SDP does not have here"}));
    EXPECT_EQ(after_head("a=x\nb=AS:1\n"), (Error{6, "a line after those it belongs before"}));
    EXPECT_EQ(after_head("m=a 1 x 0\na=x\nc=IN IP4 1.1.1.1\n"), (Error{7, "a line after those it belongs before"}));
    EXPECT_EQ(error_of("v=0\nv=0\n"), (Error{2, "a second line of a type that stands once"}));
    EXPECT_EQ(after_head("a=x\ry\n"), (Error{5, "a NUL or CR in a line"}));
    EXPECT_EQ(after_head(std::string_view("a=x\0y\n", 6)), (Error{5, "a NUL or CR in a line"}));
}

TEST(SdpDocument, HasTheFourLinesThatAreNeeded) {
    for (const std::string_view missing : {"o=- 1 1 IN IP4 127.0.0.1\n", "s=-\n", "t=0 0\n"})
        EXPECT_EQ(error_of(with(kHead, missing, "")), (Error{0, "v=, o=, s= or t= is missing"}));
    EXPECT_EQ(error_of(""), (Error{0, "v=, o=, s= or t= is missing"}));
    EXPECT_EQ(error_of(std::string(kHead)).why, "none");
}

TEST(SdpDocument, HasLinesOfLimitedSize) {
    const std::string longest = "a=" + std::string(kLineSizeMax - 2, 'x');
    EXPECT_EQ(after_head(longest + "\n").why, "none");
    EXPECT_EQ(after_head(longest + "\r\n").why, "none");
    EXPECT_EQ(after_head(longest + "x\n"), (Error{5, "a line of more than 4096 bytes"}));
}

TEST(SdpDocument, HasALimitedNumberOfLines) {
    std::string text(kHead);
    for (std::size_t i = 4; i < kLinesMax; ++i)
        text += "a=x\n";
    EXPECT_EQ(error_of(text).why, "none");
    EXPECT_EQ(error_of(text + "a=x\n"), (Error{kLinesMax + 1, "more than 2048 lines"}));
}

TEST(SdpDocument, HasALimitedSize) {
    std::string text(kHead);
    while (text.size() + 103 <= kTextSizeMax)
        text += "a=" + std::string(100, 'x') + "\n";
    text += "a=" + std::string(kTextSizeMax - text.size() - 3, 'x') + "\n";
    ASSERT_EQ(text.size(), kTextSizeMax);
    EXPECT_EQ(error_of(text).why, "none");
    EXPECT_EQ(error_of(text + "\n"), (Error{0, "longer than 65536 bytes"}));
}

TEST(SdpDocument, HasALimitedNumberOfSections) {
    std::string text(kHead);
    for (std::size_t i = 0; i < kMediaMax; ++i)
        text += "m=a 1 x 0\n";
    EXPECT_EQ(error_of(text).why, "none");
    EXPECT_EQ(error_of(text + "m=a 1 x 0\n").why, "more than 32 m= lines");
}

} // namespace
} // namespace vv::sdp
