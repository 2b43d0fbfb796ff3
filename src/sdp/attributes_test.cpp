#include "sdp/attributes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::sdp {
namespace {

TEST(SdpNumber, IsDigitsAndFits) {
    EXPECT_EQ(parse_number<std::uint8_t>("0"), 0);
    EXPECT_EQ(parse_number<std::uint8_t>("255"), 255);
    EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551615"), UINT64_MAX);
    for (const std::string_view text : {"", "256", "-1", "+1", " 1", "1 ", "0x1", "1.0", "-0"})
        EXPECT_EQ(parse_number<std::uint8_t>(text), std::nullopt) << text;
}

TEST(SdpSplit, LeavesNothingOut) {
    using Parts = std::vector<std::string_view>;
    EXPECT_EQ(split("a b", ' '), (Parts{"a", "b"}));
    EXPECT_EQ(split(" a  b ", ' '), (Parts{"", "a", "", "b", ""}));
    EXPECT_EQ(split("", ' '), (Parts{""}));
    EXPECT_EQ(split_once("a:b:c", ':'), (std::pair<std::string_view, std::string_view>{"a", "b:c"}));
    EXPECT_EQ(split_once("a", ':'), (std::pair<std::string_view, std::string_view>{"a", ""}));
}

TEST(SdpIceText, HasTheSizesAndLettersOfItsRfc) {
    EXPECT_TRUE(is_ufrag("bpJW"));
    EXPECT_FALSE(is_ufrag("bpJ"));
    EXPECT_TRUE(is_ufrag(std::string(256, 'a')));
    EXPECT_FALSE(is_ufrag(std::string(257, 'a')));
    EXPECT_TRUE(is_pwd("lySw7jEvn2OMzc/egIh5+s"));
    EXPECT_FALSE(is_pwd("lySw7jEvn2OMzc/egIh5+"));
    EXPECT_FALSE(is_ufrag("ab c"));
    EXPECT_FALSE(is_ufrag("ab=c"));
    EXPECT_FALSE(is_ufrag("ab\xC3\xA4"));
}

TEST(SdpToken, IsOfPrintableLettersWithoutSeparators) {
    EXPECT_TRUE(is_token("{f83b2d60-992d}"));
    EXPECT_TRUE(is_token("-"));
    for (const std::string_view text : {"", "a b", "a:b", "a/b", "a\"b", "a\tb"})
        EXPECT_FALSE(is_token(text)) << text;
}

TEST(SdpDirection, IsTwoAnswersInOneWord) {
    for (const auto direction :
         {Direction::kInactive, Direction::kSendOnly, Direction::kRecvOnly, Direction::kSendRecv}) {
        EXPECT_EQ(parse_direction(name_of(direction)), direction);
        EXPECT_EQ(direction_of(sends(direction), receives(direction)), direction);
        EXPECT_EQ(mirrored(mirrored(direction)), direction);
    }
    EXPECT_EQ(mirrored(Direction::kSendOnly), Direction::kRecvOnly);
    EXPECT_EQ(mirrored(Direction::kSendRecv), Direction::kSendRecv);
    EXPECT_EQ(parse_direction("SENDRECV"), std::nullopt);
}

TEST(SdpSetup, IsOneOfFour) {
    for (const auto setup : {Setup::kActPass, Setup::kActive, Setup::kPassive, Setup::kHoldConn})
        EXPECT_EQ(parse_setup(name_of(setup)), setup);
    EXPECT_EQ(parse_setup(""), std::nullopt);
    EXPECT_EQ(parse_setup("both"), std::nullopt);
}

TEST(SdpRtpMap, HasNameRateAndChannels) {
    const auto opus = parse_rtp_map("111 opus/48000/2");
    ASSERT_TRUE(opus);
    EXPECT_EQ(opus->payload_type, 111);
    EXPECT_EQ(opus->name, "opus");
    EXPECT_EQ(opus->clock_rate, 48'000U);
    EXPECT_EQ(opus->channels, 2U);
    EXPECT_EQ(write_rtp_map(*opus), "111 opus/48000/2");
    EXPECT_EQ(write_rtp_map(parse_rtp_map("9 G722/8000/1").value()), "9 G722/8000");
    EXPECT_TRUE(parse_rtp_map("127 x/1"));
    for (const std::string_view text : {"128 x/1", "1 x", "1 x/", "1 x/0", "1 x/1/", "1 x/1/0", "1 x/1/2/3", "1 /1",
                                        "x/1", "", "1  x/1", "-1 x/1", "1 x/4294967296"}) {
        EXPECT_FALSE(parse_rtp_map(text)) << text;
    }
}

TEST(SdpOfPayloadType, NamesOneOrAll) {
    const auto one = parse_of_payload_type("96 nack pli");
    ASSERT_TRUE(one);
    EXPECT_EQ(one->payload_type, 96);
    EXPECT_EQ(one->text, "nack pli");
    EXPECT_EQ(parse_of_payload_type("* nack").value().payload_type, std::nullopt);
    for (const std::string_view text : {"", "96", "96 ", "nack", "128 nack"})
        EXPECT_FALSE(parse_of_payload_type(text)) << text;
}

TEST(SdpExtension, HasANumberADirectionAndAName) {
    for (const std::string_view text : {"1 urn:x", "14 urn:x", "16 urn:x", "255 urn:x", "4096 urn:x", "4351 urn:x",
                                        "2/recvonly urn:x", "2/sendrecv urn:x with attributes"}) {
        const auto extension = parse_extension(text);
        ASSERT_TRUE(extension) << text;
        EXPECT_EQ(write_extension(*extension), text);
        EXPECT_EQ(extension->uri, "urn:x");
    }
    EXPECT_EQ(parse_extension("2/recvonly urn:x").value().direction, Direction::kRecvOnly);
    for (const std::string_view text :
         {"0 urn:x", "15 urn:x", "256 urn:x", "4095 urn:x", "4352 urn:x", "1", "1 ", "1/ urn:x", "1/both urn:x", ""}) {
        EXPECT_FALSE(parse_extension(text)) << text;
    }
}

TEST(SdpMsid, HasAStreamAndPerhapsATrack) {
    EXPECT_EQ(parse_msid("s t"), (Msid{"s", "t"}));
    EXPECT_EQ(parse_msid("-"), (Msid{"-", ""}));
    EXPECT_FALSE(parse_msid(""));
    EXPECT_FALSE(parse_msid("a b c"));
}

TEST(SdpSourceGroup, HasANameAndNumbers) {
    EXPECT_EQ(parse_source_group("FID 1 4294967295"), (SourceGroup{"FID", {1, UINT32_MAX}}));
    for (const std::string_view text : {"", "FID", "FID ", "FID x", "FID 1 ", "FID 4294967296"})
        EXPECT_FALSE(parse_source_group(text)) << text;
}

} // namespace
} // namespace vv::sdp
