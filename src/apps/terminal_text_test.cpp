#include "apps/terminal_text.h"
#include "base/encoding.h"

#include <gtest/gtest.h>

namespace vv::apps {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

std::string utf8(char32_t code) {
    const auto byte = [](char32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
    if (code < 0x80) return {byte(code)};
    if (code < 0x800) return {byte(0xC0 | (code >> 6U)), byte(0x80 | (code & 0x3FU))};
    if (code < 0x10000) {
        return {byte(0xE0 | (code >> 12U)), byte(0x80 | ((code >> 6U) & 0x3FU)), byte(0x80 | (code & 0x3FU))};
    }
    return {byte(0xF0 | (code >> 18U)), byte(0x80 | ((code >> 12U) & 0x3FU)), byte(0x80 | ((code >> 6U) & 0x3FU)),
            byte(0x80 | (code & 0x3FU))};
}

TEST(TerminalText, NoControlCharacterComesThrough) {
    for (char32_t code = 0; code < 0xA0; ++code) {
        if (code >= 0x20 && code < 0x7F) continue;
        const std::string text = harmless("a" + utf8(code) + "b");
        EXPECT_TRUE(text.starts_with("a\\u{") && text.ends_with("}b")) << text;
    }
    EXPECT_EQ(harmless("\x1b[31mred\x1b[0m \x07 \r\n"), R"(\u{1b}[31mred\u{1b}[0m \u{7} \u{d}\u{a})");
    EXPECT_EQ(harmless("\xC2\x9B"
                       "31m"),
              R"(\u{9b}31m)")
        << "the one-byte beginning of a sequence, as UTF-8";
}

TEST(TerminalText, NothingTurnsTheDirectionOfReading) {
    for (const char32_t code : U"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"sv) {
        EXPECT_TRUE(harmless(utf8(code)).starts_with("\\u{")) << std::hex << static_cast<std::uint32_t>(code);
    }
    EXPECT_EQ(harmless("gpj.\xE2\x80\xAE"
                       "exe"),
              R"(gpj.\u{202e}exe)");
}

TEST(TerminalText, NothingIsInvisibleOrBreaksTheLine) {
    for (const char32_t code :
         U"\u00ad\u180e\u200b\u2028\u2029\u2060\u2064\u206a\u206f\ufeff\ufff9\ufffb\U000e0001\U000e007f"sv) {
        EXPECT_TRUE(harmless(utf8(code)).starts_with("\\u{")) << std::hex << static_cast<std::uint32_t>(code);
    }
}

TEST(TerminalText, WhatPeopleWriteStaysAsItIs) {
    // Tamil, Arabic, a joiner that Persian needs, a picture.
    for (const char* text : {"Hello, you! 50% ~ \\", "வணக்கம்", "مرحبا", "می‌خواهم", "é 日本 👋"})
        EXPECT_EQ(harmless(text), text);
}

TEST(TerminalText, BytesThatAreNotUtf8AreReplaced) {
    EXPECT_EQ(harmless("a\xFF\x1b\xC3"), "a\xEF\xBF\xBD\\u{1b}\xEF\xBF\xBD");
    EXPECT_EQ(harmless("\xC0\x9B"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "an escape in a form too long";
    for (int first = 0x80; first < 0x100; ++first) {
        const std::string text = harmless_line(std::string(1, static_cast<char>(first)) + "x", 10);
        EXPECT_TRUE(is_valid_utf8(as_bytes(text))) << first;
    }
}

TEST(TerminalText, ALineIsCutByCharacters) {
    EXPECT_EQ(harmless_line("வணக்கம்", 7), "வணக்கம்");
    EXPECT_EQ(harmless_line("வணக்கம்", 6), "வணக்க…");
    EXPECT_EQ(harmless_line("abc", 2), "a…");
    EXPECT_EQ(harmless_line("", 2), "");
    EXPECT_EQ(harmless_line("\x1b\x1b", 6), "\\u{1b…") << "what is cut is what would be shown";
}

// In a table two blanks part the columns: whoever could write them could write a row.
TEST(TerminalText, ALineHasNoTwoBlanksBesideEachOther) {
    EXPECT_EQ(harmless_line("a \n\n b\t\tc", 20), "a b c");
    EXPECT_EQ(harmless_line("a\xC2\xA0\xC2\xA0 \xE2\x80\x83"
                            "b\xE3\x80\x80",
                            20),
              "a b ");
    EXPECT_EQ(harmless_line("\xFF  \n b", 20), "\xEF\xBF\xBD \\u{a} b");
}

TEST(TerminalText, FoldsSoThatNoTerminalHasTo) {
    EXPECT_EQ(folded("", 4), std::vector<std::string>{""});
    EXPECT_EQ(folded("abcd", 4), std::vector<std::string>{"abcd"});
    EXPECT_EQ(folded("abcde", 4), (std::vector<std::string>{"abcd", "e"}));
    EXPECT_EQ(folded("日本語", 4), (std::vector<std::string>{"日本", "語"})) << "two columns each";
    EXPECT_EQ(folded("a\x1b", 4), (std::vector<std::string>{"a\\u{", "1b}"}));
}

TEST(TerminalText, Times) {
    const WallTime time{1'800'000'000s};
    EXPECT_EQ(date_and_time(time), "2027-01-15 08:00 UTC");
    EXPECT_EQ(iso_time(time), "2027-01-15T08:00:00Z");
    EXPECT_EQ(ago(time, time - 5min), "5 min ago");
    EXPECT_EQ(ago(time, time + 5min), "a moment ago") << "a clock that was put right";
}

TEST(TerminalText, DurationsInTheLargestUnitThatMakesSense) {
    EXPECT_EQ(roughly(0s), "a moment");
    EXPECT_EQ(roughly(1s), "1 s");
    EXPECT_EQ(roughly(119s), "119 s");
    EXPECT_EQ(roughly(120s), "2 min");
    EXPECT_EQ(roughly(2h - 1s), "120 min");
    EXPECT_EQ(roughly(2h), "2 h");
    EXPECT_EQ(roughly(48h - 1s), "48 h");
    EXPECT_EQ(roughly(48h), "2 d");
    EXPECT_EQ(roughly(7 * 24h - 1s), "7 d") << "what lasts a week is not called six days a second later";
    EXPECT_EQ(roughly(6 * 24h + 11h), "6 d");
}

TEST(TerminalText, ColumnsStandBelowEachOther) {
    EXPECT_EQ(columns({{" ID", "ROOM", "NOTE"}, {"7", "ta", "வணக்கம்"}, {"12345", "private", ""}}),
              "   ID  ROOM     NOTE\n"
              "    7  ta       வணக்கம்\n"
              "12345  private\n");
}

} // namespace
} // namespace vv::apps
