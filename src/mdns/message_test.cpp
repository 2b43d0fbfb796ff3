#include "mdns/message.h"

#include <gtest/gtest.h>

#include <array>

namespace vv::mdns {
namespace {

const std::string kName = "1f4712db-ea17-4bcf-a596-105139dfd8bf.local";
const IpAddress kV4 = IpAddress::parse("192.0.2.7").value();
const IpAddress kV6 = IpAddress::parse("2001:db8::7").value();

// A head with so many questions and answers.
ByteBuffer head(std::uint16_t flags, std::uint16_t questions, std::uint16_t answers) {
    ByteBuffer bytes;
    ByteWriter out(bytes);
    for (const std::uint16_t value : {std::uint16_t{0}, flags, questions, answers, std::uint16_t{0}, std::uint16_t{0}})
        out.write_u16(value);
    return bytes;
}

void append(ByteBuffer& to, std::string_view text) {
    const ByteView view = as_bytes(text);
    to.insert(to.end(), view.begin(), view.end());
}

TEST(MdnsMessageTest, AQuestionThatIsWrittenIsRead) {
    const auto message = parse(write_query(std::array{kName}));
    ASSERT_TRUE(message.has_value());
    EXPECT_FALSE(message->is_answer);
    EXPECT_EQ(message->questions, (std::vector<Question>{{kName, true, false}, {kName, false, true}}));
}

TEST(MdnsMessageTest, AnAnswerThatIsWrittenIsRead) {
    const std::vector<AddressRecord> records{{kName, kV4, kTtl}, {"other.local", kV6, 0}};
    const auto message = parse(write_answer(records));
    ASSERT_TRUE(message.has_value());
    EXPECT_TRUE(message->is_answer);
    EXPECT_EQ(message->records, records);
}

// RFC 1035 §4.1.4.
TEST(MdnsMessageTest, NamesThatEndFurtherToTheFrontAreReadInSmallLetters) {
    ByteBuffer bytes = head(0x8400, 0, 2);
    append(bytes, std::string_view("\4Host\5local\0\0\1\200\1\0\0\0\170\0\4\300\0\2\7", 26));
    append(bytes, std::string_view("\1b\300\21\0\1\0\1\0\0\0\170\0\4\300\0\2\10", 18)); // 17: where "local" stands
    const auto message = parse(bytes);
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->records, (std::vector<AddressRecord>{{"host.local", kV4, 120},
                                                            {"b.local", IpAddress::parse("192.0.2.8").value(), 120}}));
}

TEST(MdnsMessageTest, NamesThatPointAtThemselvesOrForwardAreRefused) {
    for (const std::string_view name : {"\300\14", "\300\16", "\1a\300\14", "\300\377"}) {
        ByteBuffer bytes = head(0, 1, 0);
        append(bytes, name);
        append(bytes, std::string_view("\0\1\0\1", 4));
        EXPECT_FALSE(parse(bytes).has_value()) << testing::PrintToString(name);
    }
}

TEST(MdnsMessageTest, WhatIsAboutSomethingElseIsLeftOut) {
    ByteBuffer bytes = head(0x8400, 2, 3);
    append(bytes, std::string_view("\1a\0\0\20\0\1", 7));                      // the texts of a name
    append(bytes, std::string_view("\1a\0\0\1\0\3", 7));                       // in another class
    append(bytes, std::string_view("\1a\0\0\20\0\1\0\0\0\1\0\2hi", 15));       // a text
    append(bytes, std::string_view("\1a\0\0\1\0\1\0\0\0\1\0\3\1\2\3", 16));    // an address of three bytes
    append(bytes, std::string_view("\1a\0\0\34\0\3\0\0\0\1\0\4\1\2\3\4", 17)); // another class, and too short
    const auto message = parse(bytes);
    ASSERT_TRUE(message.has_value());
    EXPECT_TRUE(message->questions.empty());
    EXPECT_TRUE(message->records.empty());
}

TEST(MdnsMessageTest, EveryBeginningOfAMessageIsRefused) {
    for (const ByteBuffer& whole :
         {write_query(std::array{kName}), write_answer(std::array{AddressRecord{kName, kV6}})}) {
        for (std::size_t size = 0; size < whole.size(); ++size)
            EXPECT_FALSE(parse(ByteView(whole).first(size)).has_value()) << size;
    }
}

TEST(MdnsMessageTest, AsManyEntriesAsMayBeAreReadAndOneMoreIsNot) {
    for (const std::size_t count : {kEntriesMax, kEntriesMax + 1}) {
        ByteBuffer bytes = head(0, static_cast<std::uint16_t>(count), 0);
        for (std::size_t i = 0; i < count; ++i)
            append(bytes, std::string_view("\1a\0\0\1\0\1", 7));
        const auto message = parse(bytes);
        ASSERT_EQ(message.has_value(), count == kEntriesMax);
        if (message) {
            EXPECT_EQ(message->questions.size(), kEntriesMax);
        }
    }
}

TEST(MdnsMessageTest, OtherOperationsAndErrorsAreRefused) {
    EXPECT_TRUE(parse(head(0, 0, 0)).has_value());
    EXPECT_FALSE(parse(head(0x0800, 0, 0)).has_value());
    EXPECT_FALSE(parse(head(0x8403, 0, 0)).has_value()) << "an error";
}

TEST(MdnsMessageTest, LabelsAndNamesHaveTheirLengths) {
    const std::string label(kLabelSizeMax, 'a');
    EXPECT_TRUE(is_name(label + ".local"));
    EXPECT_FALSE(is_name(label + "a.local"));
    std::string longest = label + "." + label + "." + label + ".";
    longest += std::string(kNameSizeMax - longest.size(), 'b');
    EXPECT_TRUE(is_name(longest));
    EXPECT_FALSE(is_name(longest + "b"));
    for (const std::string_view none : {"", ".", "a..b", ".a", "a."})
        EXPECT_FALSE(is_name(none)) << none;
    const auto read = parse(write_query(std::array{longest}));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->questions.front().name, longest);
}

} // namespace
} // namespace vv::mdns
