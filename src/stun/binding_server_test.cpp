#include "stun/attributes.h"
#include "stun/binding_server.h"
#include "stun/builder.h"
#include "stun/integrity.h"

#include <gtest/gtest.h>

namespace vv::stun {
namespace {

const TransactionId kId{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
const ClientAddress kClient4{SocketAddress::parse("198.51.100.7:4242").value()};
const ClientAddress kClient6{SocketAddress::parse("[2001:db8::7]:4242").value()};

ByteBuffer request() {
    ByteBuffer out;
    MessageBuilder(out, Method::kBinding, MessageClass::kRequest, kId);
    return out;
}

std::optional<ByteBuffer> answer(const ByteBuffer& bytes, const ClientAddress& client = kClient4) {
    const auto message = parse_message(bytes);
    EXPECT_TRUE(message.has_value());
    ByteBuffer out;
    if (!answer_binding(*message, client, out)) return std::nullopt;
    return out;
}

TEST(BindingServer, TellsTheClientItsAddress) {
    for (const ClientAddress& client : {kClient4, kClient6}) {
        const auto bytes = answer(request(), client);
        ASSERT_TRUE(bytes);
        const auto message = parse_message(*bytes);
        ASSERT_TRUE(message);
        EXPECT_EQ(message->method(), Method::kBinding);
        EXPECT_EQ(message->message_class(), MessageClass::kSuccess);
        EXPECT_EQ(message->transaction_id(), kId);
        EXPECT_EQ(parse_xor_address(message->find(AttributeType::kXorMappedAddress).value(), kId), client.value());
    }
}

TEST(BindingServer, AnswersABareRequestInTheFewestBytes) {
    EXPECT_EQ(answer(request(), kClient4)->size(), 32U);
    EXPECT_EQ(answer(request(), kClient6)->size(), 44U);
}

TEST(BindingServer, ShowsAMappedAddressAsTheIpv4ItIs) {
    const ClientAddress mapped{SocketAddress::parse("[::ffff:198.51.100.7]:4242").value()};
    EXPECT_EQ(answer(request(), mapped), answer(request(), kClient4));
}

TEST(BindingServer, FingerprintsOnlyWhoFingerprints) {
    ByteBuffer bytes;
    MessageBuilder(bytes, Method::kBinding, MessageClass::kRequest, kId).add_fingerprint();
    const auto reply = answer(bytes);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->size(), 40U);
    EXPECT_TRUE(verify_fingerprint(*parse_message(*reply)));
    bytes.back() ^= 1U;
    EXPECT_EQ(answer(bytes), std::nullopt);
}

TEST(BindingServer, NamesWhatItDoesNotUnderstand) {
    ByteBuffer bytes;
    MessageBuilder(bytes, Method::kBinding, MessageClass::kRequest, kId)
        .add_u32(AttributeType::kChangeRequest, 6)
        .add_flag(static_cast<AttributeType>(0x7FFF))
        .add_u32(AttributeType::kChangeRequest, 6)
        .add_flag(static_cast<AttributeType>(0x8FFF));
    const auto reply = answer(bytes);
    ASSERT_TRUE(reply);
    const auto message = parse_message(*reply);
    EXPECT_EQ(message->message_class(), MessageClass::kError);
    EXPECT_EQ(parse_error_code(message->find(AttributeType::kErrorCode).value())->code, 420);
    EXPECT_EQ(parse_unknown_attributes(message->find(AttributeType::kUnknownAttributes).value()),
              (std::vector{AttributeType::kChangeRequest, static_cast<AttributeType>(0x7FFF)}));
}

TEST(BindingServer, ListOfUnknownAttributesIsCapped) {
    ByteBuffer bytes;
    MessageBuilder builder(bytes, Method::kBinding, MessageClass::kRequest, kId);
    for (std::uint16_t i = 0; i < 100; ++i)
        builder.add_flag(static_cast<AttributeType>(0x0100 + i));
    const auto reply = answer(bytes);
    ASSERT_TRUE(reply);
    EXPECT_EQ(parse_unknown_attributes(*parse_message(*reply)->find(AttributeType::kUnknownAttributes))->size(),
              kUnknownAttributesMax);
}

TEST(BindingServer, NeverOutgrowsARequestBySixTenths) {
    for (std::uint16_t count = 0; count <= 20; ++count) {
        for (const bool fingerprint : {false, true}) {
            ByteBuffer bytes;
            MessageBuilder builder(bytes, Method::kBinding, MessageClass::kRequest, kId);
            for (std::uint16_t i = 0; i < count; ++i)
                builder.add_flag(static_cast<AttributeType>(0x0100 + i));
            if (fingerprint) builder.add_fingerprint();
            EXPECT_LE(answer(bytes)->size() * 10, bytes.size() * 16) << count;
            EXPECT_LE(answer(bytes, kClient6)->size() * 10, bytes.size() * 22) << count << " over IPv6";
        }
    }
}

TEST(BindingServer, NeverAnswersAnythingButARequest) {
    for (const auto message_class : {MessageClass::kIndication, MessageClass::kSuccess, MessageClass::kError}) {
        ByteBuffer bytes;
        MessageBuilder(bytes, Method::kBinding, message_class, kId);
        EXPECT_EQ(answer(bytes), std::nullopt);
    }
    ByteBuffer other;
    MessageBuilder(other, Method::kAllocate, MessageClass::kRequest, kId);
    EXPECT_EQ(answer(other), std::nullopt);
    EXPECT_EQ(answer(*answer(request())), std::nullopt); // its own answer
}

} // namespace
} // namespace vv::stun
