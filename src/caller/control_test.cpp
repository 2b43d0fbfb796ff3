#include "caller/control.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::caller {
namespace {

std::string parsed(std::string_view text) {
    const auto control = parse_control(text);
    return control ? write_control(*control) : "none";
}

// As a page writes them (web/core/bodies.ts): what is read is written again alike.
TEST(Control, IsReadAndWrittenAsAPageDoes) {
    for (const std::string_view text : {
             R"({"kind":"path","relay":true,"leg":"tls"})",
             R"({"kind":"path","relay":false,"leg":null})",
             R"({"kind":"ends","to":"192.0.2.1","met":null})",
             R"({"kind":"bye","reason":"next"})",
             R"({"kind":"media","video":true,"sound":false,"screen":true})",
             R"({"kind":"ping","n":7})",
             R"({"kind":"pong","n":0})",
             R"({"kind":"body","body":{"kind":"offer_wanted","restart":true,"round":2,"renew":false}})",
             R"({"kind":"limit","most":{"height":360,"fps":15}})",
             R"({"kind":"limit","most":null})",
             R"({"kind":"still","on":true})",
             R"({"kind":"hears","sound":false})",
             R"({"kind":"undecoded","codec":"h264"})",
         })
        EXPECT_EQ(parsed(text), text);
}

TEST(Control, WhatIsMissingIsWhatItHasMeantSoFar) {
    EXPECT_EQ(parsed(R"({"kind":"bye"})"), R"({"kind":"bye","reason":"left"})");
    EXPECT_EQ(parsed(R"({"kind":"bye","reason":null})"), R"({"kind":"bye","reason":"left"})");
    EXPECT_EQ(parsed(R"({"kind":"path","relay":true})"), R"({"kind":"path","relay":true,"leg":null})");
    EXPECT_EQ(parsed(R"({"kind":"media","video":true,"sound":true})"),
              R"({"kind":"media","video":true,"sound":true,"screen":false})");
    EXPECT_EQ(parsed(R"({"kind":"ends"})"), R"({"kind":"ends","to":null,"met":null})");
}

TEST(Control, WhatIsNoneIsPassedOver) {
    for (const std::string_view text : {
             "",
             "path",
             "[]",
             R"({"kind":5})",
             R"({"kind":"toString"})",
             R"({"kind":"path"})",
             R"({"kind":"ping"})",
             R"({"kind":"ping","n":-1})",
             R"({"kind":"ping","n":1.5})",
             R"({"kind":"body"})",
             R"({"kind":"body","body":{"kind":"song"}})",
             R"({"kind":"limit"})",
             R"({"kind":"limit","most":{"height":8641,"fps":15}})",
             R"({"kind":"limit","most":{"height":1,"fps":241}})",
             R"({"kind":"media","video":1,"sound":true})",
             // What may be missing and is there must fit.
             R"({"kind":"bye","reason":"bored"})",
             R"({"kind":"path","relay":true,"leg":"pigeon"})",
             R"({"kind":"media","video":true,"sound":true,"screen":1})",
             R"({"kind":"ends","to":5})",
             "{\"kind\":\"undecoded\",\"codec\":\"\xFF\"}",
             R"({"kind":"code","step":"sealed"})",
         })
        EXPECT_EQ(parsed(text), "none") << text;
}

TEST(Control, OnlyABodyMayBeLong) {
    const auto padded = [](std::string text, std::size_t size) {
        text.insert(text.size() - 1, R"(,"x":")" + std::string(size - text.size() - 7, 'x') + '"');
        return text;
    };
    const std::string ping = R"({"kind":"ping","n":1})";
    const std::string body = R"({"kind":"body","body":{"kind":"candidates","list":[],"end":true}})";
    EXPECT_EQ(padded(ping, kControlSizeMax).size(), kControlSizeMax);
    EXPECT_NE(parsed(padded(ping, kControlSizeMax)), "none");
    EXPECT_EQ(parsed(padded(ping, kControlSizeMax + 1)), "none");
    EXPECT_NE(parsed(padded(body, kControlBodySizeMax)), "none");
    EXPECT_EQ(parsed(padded(body, kControlBodySizeMax + 1)), "none");
}

TEST(Control, TextsAreMeasuredAsPagesMeasureThem) {
    EXPECT_EQ(utf16_size(""), 0U);
    EXPECT_EQ(utf16_size("abc"), 3U);
    EXPECT_EQ(utf16_size("é€"), 2U);
    EXPECT_EQ(utf16_size("🐘"), 2U);
    for (const std::string_view wrong : {"\x80", "\xC0\x80", "\xC3", "\xE2\x82", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                                         "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3("})
        EXPECT_FALSE(utf16_size(wrong)) << wrong;
}

} // namespace
} // namespace vv::caller
