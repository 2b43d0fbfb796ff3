#include "base/encoding.h"
#include "lobby/language_tag.h"
#include "lobby/room_list.h"

#include <gtest/gtest.h>

namespace vv::lobby {
namespace {

TEST(LanguageTag, PutsCaseRight) {
    EXPECT_EQ(canonical_language_tag("TA"), "ta");
    EXPECT_EQ(canonical_language_tag("pt-br"), "pt-BR");
    EXPECT_EQ(canonical_language_tag("ZH-hANS-cn"), "zh-Hans-CN");
    EXPECT_EQ(canonical_language_tag("es-419"), "es-419");
    EXPECT_EQ(canonical_language_tag("SL-ROZAJ-1994"), "sl-rozaj-1994");
    EXPECT_EQ(canonical_language_tag("zh-yue-HK"), "zh-yue-HK");
    EXPECT_EQ(canonical_language_tag("en-US-x-TWAIN-ab"), "en-US-x-twain-ab");
    EXPECT_EQ(canonical_language_tag("de-u-CO-phonebk"), "de-u-co-phonebk");
}

TEST(LanguageTag, RefusesWhatIsNotATag) {
    for (const char* const bad :
         {"",          "t",         "-ta",      "ta-",        "ta--IN",  "ta_IN", "t4",        "ta-I",
          "ta-INDIA-", "x-private", "ta-IN-IN", "ta-u",       "ta-x",    "தமிழ்",  "ninechars", "ta-IN-ninechars1",
          "tami",      "tamil",     "english",  "english-GB", "portugue"}) {
        EXPECT_EQ(canonical_language_tag(bad), std::nullopt) << bad;
    }
}

TEST(LanguageTag, HasALongestLength) {
    std::string tag = "en-x-" + std::string(8, 'a') + "-" + std::string(8, 'b') + "-" + std::string(8, 'c') + "-";
    tag += std::string(kLanguageTagMax - tag.size(), 'd');
    ASSERT_EQ(tag.size(), kLanguageTagMax);
    EXPECT_TRUE(canonical_language_tag(tag));
    EXPECT_FALSE(canonical_language_tag(tag + "d"));
}

TEST(RoomList, DefaultsHaveManyLanguagesInTheirOwnScripts) {
    const RoomList rooms = RoomList::defaults();
    EXPECT_GE(rooms.size(), 24U);
    for (const char* const tag : {"hi", "bn", "mr", "te", "ta", "gu", "kn", "ml", "pa", "or", "as", "ur", "en"}) {
        EXPECT_TRUE(rooms.find(tag)) << tag;
    }
    EXPECT_EQ(rooms.at(*rooms.find("ta")).name, "தமிழ்");
    EXPECT_EQ(rooms.at(*rooms.find("ur")).direction, TextDirection::kRightToLeft);
    EXPECT_EQ(rooms.at(*rooms.find("hi")).direction, TextDirection::kLeftToRight);
}

TEST(RoomList, DefaultsAreCanonicalAndDistinct) {
    const RoomList rooms = RoomList::defaults();
    for (std::uint16_t i = 0; i < rooms.size(); ++i) {
        const Room& room = rooms.at(RoomIndex(i));
        EXPECT_EQ(canonical_language_tag(room.tag), room.tag);
        EXPECT_EQ(rooms.find(room.tag), RoomIndex(i)) << room.tag;
        EXPECT_TRUE(is_valid_utf8(as_bytes(room.name))) << room.tag;
    }
}

TEST(RoomList, TakesTagsInTheirOrder) {
    const std::vector<std::string> tags = {"ta", "PT-br", "es-MX", "tlh"};
    const auto rooms = RoomList::from_tags(tags);
    ASSERT_TRUE(rooms);
    EXPECT_EQ(rooms->find("pt-BR"), RoomIndex(1));
    EXPECT_EQ(rooms->find("PT-br"), std::nullopt);
    EXPECT_EQ(rooms->at(RoomIndex(1)).name, "Português (Brasil)");
    EXPECT_EQ(rooms->at(RoomIndex(2)).name, "Español (MX)");
    EXPECT_EQ(rooms->at(RoomIndex(3)).name, "tlh");
}

TEST(RoomList, AScriptDecidesTheDirectionAndTheName) {
    const std::vector<std::string> tags = {"pa-Arab", "pa-arab-PK", "sd-Deva", "ug",     "dv",
                                           "yi",      "ks-Deva-IN", "xx-Syrc", "az-Latn"};
    const auto rooms = RoomList::from_tags(tags).value();
    const auto expect = [&](std::uint16_t index, const char* name, TextDirection direction) {
        EXPECT_EQ(rooms.at(RoomIndex(index)).name, name);
        EXPECT_EQ(rooms.at(RoomIndex(index)).direction, direction) << name;
    };
    expect(0, "پنجابی", TextDirection::kRightToLeft);
    expect(1, "پنجابی (PK)", TextDirection::kRightToLeft);
    expect(2, "sd-Deva", TextDirection::kLeftToRight);
    expect(3, "ئۇيغۇرچە", TextDirection::kRightToLeft);
    expect(4, "ދިވެހި", TextDirection::kRightToLeft);
    expect(5, "ייִדיש", TextDirection::kRightToLeft);
    expect(6, "ks-Deva-IN", TextDirection::kLeftToRight);
    expect(7, "xx-Syrc", TextDirection::kRightToLeft);
    expect(8, "az-Latn", TextDirection::kLeftToRight);
}

TEST(LanguageTag, NamesItsScript) {
    EXPECT_EQ(script_of("pa-Arab-PK"), "Arab");
    EXPECT_EQ(script_of("zh-yue-Hant"), "Hant");
    for (const char* const none : {"ta", "pt-BR", "sl-rozaj-1994", "en-x-arab", "de-u-co-phonebk"})
        EXPECT_EQ(script_of(none), "") << none;
}

TEST(RoomList, SaysWhatIsWrong) {
    const std::vector<std::string> malformed = {"ta", "tamil language"};
    EXPECT_EQ(RoomList::from_tags(malformed).error(), "'tamil language' is not a language tag such as ta or pt-BR");
    const std::vector<std::string> twice = {"pt-BR", "PT-BR"};
    EXPECT_EQ(RoomList::from_tags(twice).error(), "'pt-BR' is listed twice");
    std::vector<std::string> many;
    for (std::size_t i = 0; i < kRoomsMax; ++i)
        many.push_back("en-x-" + std::to_string(i));
    EXPECT_TRUE(RoomList::from_tags(many));
    many.push_back("en");
    EXPECT_FALSE(RoomList::from_tags(many));
}

} // namespace
} // namespace vv::lobby
