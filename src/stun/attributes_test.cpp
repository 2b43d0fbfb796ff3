#include "base/rng.h"
#include "stun/attributes.h"
#include "stun/builder.h"
#include "stun/integrity.h"

#include <gtest/gtest.h>

namespace vv::stun {
namespace {

const TransactionId kId{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
const ByteBuffer kKey{'k', 'e', 'y'};

class AttributeValues : public testing::Test {
protected:
    AttributeValues() : builder_(bytes_, Method::kAllocate, MessageClass::kError, kId) {}
    ByteView value(AttributeType type) {
        message_ = parse_message(bytes_);
        EXPECT_TRUE(message_.has_value());
        return message_->find(type).value();
    }

    ByteBuffer bytes_;
    MessageBuilder builder_;
    Result<Message, ParseError> message_ = Failure<ParseError>(ParseError::kNotStun);
};

TEST_F(AttributeValues, Addresses) {
    for (const char* text : {"192.0.2.1:65535", "[2001:db8::1]:1", "0.0.0.0:0", "[::]:0"}) {
        const SocketAddress address = SocketAddress::parse(text).value();
        ByteBuffer plain;
        ByteWriter plain_writer(plain);
        write_address(plain_writer, address);
        EXPECT_EQ(parse_address(plain), address);
        ByteBuffer masked;
        ByteWriter masked_writer(masked);
        write_xor_address(masked_writer, address, kId);
        EXPECT_EQ(parse_xor_address(masked, kId), address);
        EXPECT_NE(plain, masked);
    }
}

TEST_F(AttributeValues, AddressesOfAWrongSizeOrFamilyAreRefused) {
    for (std::size_t size = 0; size <= 24; ++size) {
        ByteBuffer v4(size, 0);
        ByteBuffer v6(size, 0);
        ByteBuffer none(size, 0);
        if (size > 1) {
            v4[1] = kFamilyIpv4;
            v6[1] = kFamilyIpv6;
            none[1] = 3;
        }
        EXPECT_EQ(parse_address(v4).has_value(), size == 8) << size;
        EXPECT_EQ(parse_address(v6).has_value(), size == 20) << size;
        EXPECT_FALSE(parse_address(none)) << size;
    }
}

TEST_F(AttributeValues, ErrorCode) {
    builder_.add_error_code(ErrorCode::kStaleNonce, "Stale");
    const auto error = parse_error_code(value(AttributeType::kErrorCode));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, 438);
    EXPECT_EQ(error->reason, "Stale");
    EXPECT_FALSE(parse_error_code(ByteBuffer{0, 0, 2, 0}));
    EXPECT_FALSE(parse_error_code(ByteBuffer{0, 0, 7, 0}));
    EXPECT_FALSE(parse_error_code(ByteBuffer{0, 0, 4, 100}));
    EXPECT_FALSE(parse_error_code(ByteBuffer{0, 0, 4}));
    EXPECT_EQ(parse_error_code(ByteBuffer{0, 0, 6, 99})->code, 699);
}

TEST_F(AttributeValues, UnknownAttributesAreCapped) {
    std::vector<AttributeType> types;
    for (std::uint16_t i = 0; i <= kUnknownAttributesMax; ++i)
        types.push_back(static_cast<AttributeType>(0x100 + i));
    builder_.add_unknown_attributes(types);
    types.pop_back();
    EXPECT_EQ(parse_unknown_attributes(value(AttributeType::kUnknownAttributes)), types);
    EXPECT_FALSE(parse_unknown_attributes(ByteBuffer{1, 0, 1}));
}

TEST_F(AttributeValues, Numbers) {
    builder_.add_u32(AttributeType::kLifetime, 0xFFFFFFFF)
        .add_u64(AttributeType::kIceControlling, 0x0102030405060708)
        .add_u16_padded(AttributeType::kChannelNumber, 0x4FFF)
        .add_u8_padded(AttributeType::kRequestedTransport, kTransportUdp)
        .add_u8_padded(AttributeType::kRequestedAddressFamily, kFamilyIpv6);
    EXPECT_EQ(parse_u32(value(AttributeType::kLifetime)), 0xFFFFFFFFU);
    EXPECT_EQ(parse_u64(value(AttributeType::kIceControlling)), 0x0102030405060708U);
    EXPECT_EQ(parse_u16_padded(value(AttributeType::kChannelNumber)), 0x4FFF);
    EXPECT_EQ(parse_requested_transport(value(AttributeType::kRequestedTransport)), kTransportUdp);
    EXPECT_EQ(parse_family(value(AttributeType::kRequestedAddressFamily)), kFamilyIpv6);
    for (const std::size_t size : {0U, 3U, 5U, 7U, 9U}) {
        const ByteBuffer wrong(size);
        EXPECT_FALSE(parse_u32(wrong) || parse_u64(wrong) || parse_u16_padded(wrong));
        EXPECT_FALSE(parse_requested_transport(wrong) || parse_family(wrong));
    }
}

TEST_F(AttributeValues, EvenPortAndReservation) {
    EXPECT_EQ(parse_even_port(ByteBuffer{0x80}), true);
    EXPECT_EQ(parse_even_port(ByteBuffer{0x7F}), false);
    EXPECT_FALSE(parse_even_port({}));
    EXPECT_EQ(parse_reservation_token(ByteBuffer{1, 2, 3, 4, 5, 6, 7, 8}), (ReservationToken{1, 2, 3, 4, 5, 6, 7, 8}));
    EXPECT_FALSE(parse_reservation_token(ByteBuffer(7)));
}

TEST_F(AttributeValues, AddressErrorAndIcmp) {
    builder_.add_address_error(AddressFamily::kIpv6, ErrorCode::kAddressFamilyNotSupported).add_icmp({3, 4, 1280});
    const auto error = parse_address_error(value(AttributeType::kAddressErrorCode));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->family, kFamilyIpv6);
    EXPECT_EQ(error->code, 440);
    EXPECT_EQ(parse_icmp(value(AttributeType::kIcmp)), (IcmpValue{3, 4, 1280}));
    EXPECT_FALSE(parse_icmp(ByteBuffer(9)));
    EXPECT_FALSE(parse_address_error(ByteBuffer(3)));
}

// RFC 8489 §14.15, §14.16: in a 300 (Try Alternate), each once. A domain has at most 255 bytes.
TEST_F(AttributeValues, AnotherServerAndItsDomain) {
    const SocketAddress elsewhere = SocketAddress::parse("[2001:db8::7]:5349").value();
    const std::string domain(255, 'd');
    builder_.add_error_code(ErrorCode::kTryAlternate)
        .add_address(AttributeType::kAlternateServer, elsewhere)
        .add_text(AttributeType::kAlternateDomain, domain);
    EXPECT_EQ(parse_address(value(AttributeType::kAlternateServer)), elsewhere);
    const ByteView told = value(AttributeType::kAlternateDomain);
    EXPECT_EQ(std::string(told.begin(), told.end()), domain);
    EXPECT_FALSE(is_comprehension_required(AttributeType::kAlternateServer));
    EXPECT_FALSE(is_comprehension_required(AttributeType::kAlternateDomain));
}

TEST_F(AttributeValues, PasswordAlgorithms) {
    const std::vector<PasswordAlgorithm> algorithms{
        {kPasswordSha256, {}}, {0x1234, {1, 2, 3, 4, 5}}, {kPasswordMd5, {}}};
    builder_.add(AttributeType::kPasswordAlgorithms, write_password_algorithms(algorithms));
    EXPECT_EQ(parse_password_algorithms(value(AttributeType::kPasswordAlgorithms)), algorithms);
    EXPECT_FALSE(parse_password_algorithms({}));
    EXPECT_FALSE(parse_password_algorithms(ByteBuffer{0, 1, 0, 5, 1}));
    EXPECT_FALSE(parse_password_algorithm(ByteBuffer{0, 1, 0, 0, 0, 2, 0, 0}));
}

TEST(Integrity, CoversEveryByteBeforeIt) {
    ByteBuffer bytes;
    MessageBuilder(bytes, Method::kAllocate, MessageClass::kRequest, kId)
        .add_text(AttributeType::kUsername, "user")
        .add_message_integrity(kKey)
        .add_message_integrity_sha256(kKey)
        .add_fingerprint();
    const auto good = parse_message(bytes);
    EXPECT_TRUE(verify_message_integrity(*good, kKey) && verify_message_integrity_sha256(*good, kKey) &&
                verify_fingerprint(*good));
    for (std::size_t i = 0; i < *good->integrity_offset(); ++i) {
        ByteBuffer changed = bytes;
        changed[i] ^= 1U;
        const auto message = parse_message(changed);
        if (!message) continue; // the header's fixed parts, and attribute sizes
        EXPECT_FALSE(verify_message_integrity(*message, kKey)) << i;
        EXPECT_FALSE(verify_message_integrity_sha256(*message, kKey)) << i;
        EXPECT_FALSE(verify_fingerprint(*message)) << i;
    }
}

TEST(Integrity, AbsentIsNotGood) {
    ByteBuffer bytes;
    MessageBuilder(bytes, Method::kAllocate, MessageClass::kRequest, kId);
    const auto message = parse_message(bytes);
    EXPECT_FALSE(verify_message_integrity(*message, kKey));
    EXPECT_FALSE(verify_message_integrity_sha256(*message, kKey));
    EXPECT_FALSE(verify_fingerprint(*message));
}

TEST(Integrity, ShortSha256OnlyWhereAllowed) {
    for (std::size_t size = 16; size <= 32; size += 4) {
        ByteBuffer bytes;
        MessageBuilder(bytes, Method::kAllocate, MessageClass::kRequest, kId).add_message_integrity_sha256(kKey, size);
        const auto message = parse_message(bytes);
        ASSERT_TRUE(message);
        EXPECT_EQ(verify_message_integrity_sha256(*message, kKey), size == 32) << size;
        EXPECT_TRUE(verify_message_integrity_sha256(*message, kKey, 16)) << size;
        EXPECT_FALSE(verify_message_integrity_sha256(*message, ByteBuffer{1}, 16)) << size;
    }
}

TEST(MessageBuilder, RefusesAWrongOrder) {
    ByteBuffer bytes;
    MessageBuilder builder(bytes, Method::kAllocate, MessageClass::kRequest, kId);
    builder.add_message_integrity(kKey);
    EXPECT_DEATH(builder.add_u32(AttributeType::kLifetime, 1), "assertion failed");
    EXPECT_DEATH(builder.add_message_integrity(kKey), "assertion failed");
    builder.add_fingerprint();
    EXPECT_DEATH(builder.add_fingerprint(), "assertion failed");
    EXPECT_DEATH(builder.add_message_integrity_sha256(kKey), "assertion failed");
}

TEST(MessageBuilder, PadsWithZerosInAReusedBuffer) {
    ByteBuffer bytes(200, 0xEE);
    MessageBuilder(bytes, Method::kBinding, MessageClass::kRequest, kId).add_text(AttributeType::kSoftware, "abcde");
    ASSERT_EQ(bytes.size(), kHeaderSize + kAttributeHeaderSize + 8);
    EXPECT_EQ(ByteBuffer(bytes.end() - 3, bytes.end()), ByteBuffer(3, 0));
}

} // namespace
} // namespace vv::stun
