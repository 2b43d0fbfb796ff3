#include "base/rng.h"
#include "stun/builder.h"
#include "stun/message.h"

#include <gtest/gtest.h>

#include <vector>

namespace vv::stun {
namespace {

const TransactionId kId{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
const ByteBuffer kKey{'k', 'e', 'y'};

ByteBuffer binding_request() {
    ByteBuffer out;
    MessageBuilder(out, Method::kBinding, MessageClass::kRequest, kId);
    return out;
}

// Appends an attribute by hand, in places and shapes the builder refuses.
void append_raw(ByteBuffer& message, AttributeType type, std::size_t claimed_size, const ByteBuffer& bytes) {
    ByteWriter writer(message);
    writer.write_u16(static_cast<std::uint16_t>(type));
    writer.write_u16(static_cast<std::uint16_t>(claimed_size));
    writer.write(bytes);
    writer.patch_u16(2, static_cast<std::uint16_t>(message.size() - kHeaderSize));
}

ParseError error_of(const ByteBuffer& bytes) {
    const auto message = parse_message(bytes);
    EXPECT_FALSE(message.has_value());
    return message.has_value() ? ParseError{0xFF} : message.error();
}

TEST(MessageType, MatchesTheRegistryForKnownMethods) {
    EXPECT_EQ(message_type(Method::kBinding, MessageClass::kRequest), 0x0001);
    EXPECT_EQ(message_type(Method::kBinding, MessageClass::kIndication), 0x0011);
    EXPECT_EQ(message_type(Method::kBinding, MessageClass::kSuccess), 0x0101);
    EXPECT_EQ(message_type(Method::kBinding, MessageClass::kError), 0x0111);
    EXPECT_EQ(message_type(Method::kAllocate, MessageClass::kError), 0x0113);
    EXPECT_EQ(message_type(Method::kSend, MessageClass::kIndication), 0x0016);
    EXPECT_EQ(message_type(Method::kData, MessageClass::kIndication), 0x0017);
    EXPECT_EQ(message_type(Method{kMethodMax}, MessageClass::kError), 0x3FFF);
}

TEST(ParseMessage, ReadsBackEveryMethodAndClass) {
    for (std::uint16_t method = 0; method <= kMethodMax; ++method) {
        for (std::uint8_t message_class = 0; message_class < 4; ++message_class) {
            ByteBuffer bytes;
            MessageBuilder(bytes, Method{method}, MessageClass{message_class}, kId);
            const auto message = parse_message(bytes);
            ASSERT_TRUE(message);
            ASSERT_EQ(message->method(), Method{method});
            ASSERT_EQ(message->message_class(), MessageClass{message_class});
            ASSERT_EQ(message->transaction_id(), kId);
        }
    }
}

TEST(ParseMessage, RefusesWhatIsNotStun) {
    const ByteBuffer good = binding_request();
    EXPECT_TRUE(parse_message(good));
    for (std::size_t size = 0; size < kHeaderSize; ++size)
        EXPECT_EQ(error_of({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}), ParseError::kNotStun);
    ByteBuffer top_bits = good;
    top_bits[0] = 0x40;
    EXPECT_EQ(error_of(top_bits), ParseError::kNotStun);
    ByteBuffer classic = good; // RFC 3489 had sixteen bytes of transaction id here
    classic[4] = 0x22;
    EXPECT_EQ(error_of(classic), ParseError::kNoCookie);
}

TEST(ParseMessage, RefusesLengthsThatLie) {
    ByteBuffer bytes = binding_request();
    append_raw(bytes, AttributeType::kSoftware, 4, {1, 2, 3, 4});
    ASSERT_TRUE(parse_message(bytes));
    for (const unsigned length : {0U, 1U, 4U, 7U, 9U, 12U, 0xFFFCU, 0xFFFFU}) {
        ByteBuffer lying = bytes;
        ByteWriter(lying).patch_u16(2, static_cast<std::uint16_t>(length));
        EXPECT_EQ(error_of(lying), ParseError::kBadLength) << length;
    }
    ByteBuffer longer = bytes;
    longer.push_back(0);
    EXPECT_EQ(error_of(longer), ParseError::kBadLength);
}

TEST(ParseMessage, RefusesAttributesThatRunPastTheEnd) {
    for (const std::size_t claimed : {5U, 8U, 1000U, 0xFFFFU}) {
        ByteBuffer bytes = binding_request();
        append_raw(bytes, AttributeType::kSoftware, claimed, {1, 2, 3, 4});
        EXPECT_EQ(error_of(bytes), ParseError::kBadAttribute) << claimed;
    }
    ByteBuffer padding_missing = binding_request();
    append_raw(padding_missing, AttributeType::kSoftware, 0, {});
    append_raw(padding_missing, AttributeType::kSoftware, 1, {1, 0, 0, 0});
    EXPECT_TRUE(parse_message(padding_missing));
}

TEST(ParseMessage, TakesAttributesOfEverySizeAndIgnoresTheirPadding) {
    for (std::size_t size = 0; size <= 9; ++size) {
        ByteBuffer value(size, 0xAA);
        ByteBuffer padded = value;
        padded.resize(padded_size(size), 0xEE);
        ByteBuffer bytes = binding_request();
        append_raw(bytes, AttributeType::kSoftware, size, padded);
        append_raw(bytes, AttributeType::kPriority, 4, {0, 0, 0, 9});
        const auto message = parse_message(bytes);
        ASSERT_TRUE(message) << size;
        const ByteView found = message->find(AttributeType::kSoftware).value();
        EXPECT_EQ(ByteBuffer(found.begin(), found.end()), value);
        EXPECT_TRUE(message->has(AttributeType::kPriority));
    }
}

TEST(ParseMessage, FirstOfDuplicatesWins) {
    ByteBuffer bytes = binding_request();
    append_raw(bytes, AttributeType::kLifetime, 4, {0, 0, 0, 1});
    append_raw(bytes, AttributeType::kLifetime, 4, {0, 0, 0, 2});
    EXPECT_EQ(parse_message(bytes)->find(AttributeType::kLifetime)->back(), 1);
}

TEST(ParseMessage, HidesWhatFollowsMessageIntegrity) {
    ByteBuffer bytes;
    MessageBuilder(bytes, Method::kRefresh, MessageClass::kRequest, kId)
        .add_text(AttributeType::kUsername, "u")
        .add_message_integrity(kKey);
    append_raw(bytes, AttributeType::kLifetime, 4, {0, 0, 0, 1});
    append_raw(bytes, AttributeType::kMessageIntegritySha256, 32, ByteBuffer(32));
    append_raw(bytes, AttributeType::kMessageIntegrity, 20, ByteBuffer(20));
    append_raw(bytes, AttributeType::kFingerprint, 4, ByteBuffer(4));
    const auto message = parse_message(bytes);
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->has(AttributeType::kUsername));
    EXPECT_FALSE(message->has(AttributeType::kLifetime));
    EXPECT_EQ(message->integrity_offset(), kHeaderSize + 8);
    EXPECT_TRUE(message->integrity_sha256_offset());
    EXPECT_TRUE(message->fingerprint_offset());
}

TEST(ParseMessage, BehindSha256IntegrityOnlyFingerprintCounts) {
    ByteBuffer bytes;
    MessageBuilder(bytes, Method::kRefresh, MessageClass::kRequest, kId).add_message_integrity_sha256(kKey);
    append_raw(bytes, AttributeType::kMessageIntegrity, 20, ByteBuffer(20));
    append_raw(bytes, AttributeType::kLifetime, 4, {0, 0, 0, 1});
    append_raw(bytes, AttributeType::kFingerprint, 4, ByteBuffer(4));
    const auto message = parse_message(bytes);
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->integrity_sha256_offset());
    EXPECT_FALSE(message->integrity_offset());
    EXPECT_FALSE(message->has(AttributeType::kLifetime));
    EXPECT_TRUE(message->fingerprint_offset());
}

TEST(ParseMessage, FingerprintMustBeLast) {
    ByteBuffer bytes = binding_request();
    append_raw(bytes, AttributeType::kFingerprint, 4, ByteBuffer(4));
    ASSERT_TRUE(parse_message(bytes));
    append_raw(bytes, AttributeType::kSoftware, 0, {});
    EXPECT_EQ(error_of(bytes), ParseError::kNotLast);
}

TEST(ParseMessage, RefusesIntegrityOfTheWrongSize) {
    for (const std::size_t size : {0U, 16U, 19U, 21U, 32U}) {
        ByteBuffer bytes = binding_request();
        append_raw(bytes, AttributeType::kMessageIntegrity, size, ByteBuffer(padded_size(size)));
        EXPECT_EQ(error_of(bytes), ParseError::kBadAttribute) << size;
    }
    for (const std::size_t size : {0U, 12U, 15U, 17U, 33U, 36U}) {
        ByteBuffer bytes = binding_request();
        append_raw(bytes, AttributeType::kMessageIntegritySha256, size, ByteBuffer(padded_size(size)));
        EXPECT_EQ(error_of(bytes), ParseError::kBadAttribute) << size;
    }
    for (const std::size_t size : {0U, 3U, 5U, 8U}) {
        ByteBuffer bytes = binding_request();
        append_raw(bytes, AttributeType::kFingerprint, size, ByteBuffer(padded_size(size)));
        EXPECT_EQ(error_of(bytes), ParseError::kBadAttribute) << size;
    }
}

TEST(ParseMessage, TakesAsManyAttributesAsItsLimit) {
    ByteBuffer bytes = binding_request();
    for (std::size_t i = 0; i < kAttributesMax; ++i)
        append_raw(bytes, AttributeType::kSoftware, 0, {});
    EXPECT_TRUE(parse_message(bytes));
    append_raw(bytes, AttributeType::kSoftware, 0, {});
    EXPECT_EQ(error_of(bytes), ParseError::kTooManyAttributes);
}

TEST(ParseMessage, SurvivesRandomBytesBehindAGoodHeader) {
    SeededRng rng(1);
    std::size_t parsed = 0;
    for (int round = 0; round < 20'000; ++round) {
        ByteBuffer bytes = binding_request();
        bytes.resize(kHeaderSize + 4 * rng.below(16));
        rng.fill(std::span(bytes).subspan(kHeaderSize));
        for (std::size_t i = kHeaderSize; i + 4 <= bytes.size(); i += 4)
            bytes[i + 2] = 0; // keep claimed sizes small, so that many get through
        ByteWriter(bytes).patch_u16(2, static_cast<std::uint16_t>(bytes.size() - kHeaderSize));
        const auto message = parse_message(bytes);
        if (!message) continue;
        ++parsed;
        std::size_t seen = 0;
        AttributeReader reader = message->attributes();
        while (const auto attribute = reader.next())
            seen += kAttributeHeaderSize + padded_size(attribute->value.size());
        ASSERT_LE(seen, bytes.size() - kHeaderSize);
    }
    EXPECT_GT(parsed, 100U);
}

} // namespace
} // namespace vv::stun
