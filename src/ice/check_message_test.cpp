#include "ice/check_message.h"
#include "stun/attributes.h"
#include "stun/builder.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vv::ice {
namespace {

using stun::AttributeType;
using stun::ErrorCode;
using stun::MessageBuilder;
using stun::MessageClass;
using stun::Method;

const stun::TransactionId kId{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
const CredentialPair kBetween{{"left", "password of the left end"}, {"right", "password of the right end"}};

ByteBuffer request(const std::function<void(MessageBuilder&)>& fill) {
    ByteBuffer bytes;
    MessageBuilder builder(bytes, Method::kBinding, MessageClass::kRequest, kId);
    fill(builder);
    builder.add_message_integrity(kBetween.remote.key());
    return bytes;
}

TEST(CheckMessage, ARequestIsReadAsItWasWritten) {
    for (const bool use : {true, false}) {
        for (const std::optional<Role>& role :
             {std::optional<Role>(), std::optional(Role{true, 7}), std::optional(Role{false, 8})}) {
            const ByteBuffer bytes = write_check(kId, {.priority = 99, .use_candidate = use, .role = role}, kBetween);
            const auto message = stun::parse_message(bytes);
            ASSERT_TRUE(message.has_value());
            EXPECT_EQ(addressee_of(*message), "right");
            EXPECT_TRUE(is_authentic(*message, kBetween.remote.key()));
            EXPECT_FALSE(is_authentic(*message, kBetween.local.key()));
            const auto check = parse_check(*message);
            ASSERT_TRUE(check.has_value());
            EXPECT_EQ(check->priority, 99U);
            EXPECT_EQ(check->use_candidate, use);
            EXPECT_EQ(check->role, role);
        }
    }
}

TEST(CheckMessage, AnswersAreReadAsTheyWereWritten) {
    const SocketAddress mapped = SocketAddress::parse("[2001:db8::1]:77").value();
    const ByteBuffer success = write_check_answer(kId, mapped, kBetween.local.key());
    EXPECT_EQ(parse_check_answer(stun::parse_message(success).value())->mapped, mapped);
    const ByteBuffer refusal = write_check_refusal(kId, ErrorCode::kRoleConflict, {}, kBetween.local.key());
    EXPECT_EQ(parse_check_answer(stun::parse_message(refusal).value())->error, ErrorCode::kRoleConflict);
}

TEST(CheckMessage, AWrongFingerprintSpoilsARightMessageAndNoneDoesNot) {
    ByteBuffer bytes = write_check(kId, {.priority = 1}, kBetween);
    bytes.back() ^= 1U;
    EXPECT_FALSE(is_authentic(stun::parse_message(bytes).value(), kBetween.remote.key()));
    const ByteBuffer without = request([](MessageBuilder& builder) { builder.add_u32(AttributeType::kPriority, 1); });
    EXPECT_TRUE(is_authentic(stun::parse_message(without).value(), kBetween.remote.key()));
}

TEST(CheckMessage, ARequestWithoutAPriorityIsABadOne) {
    for (const ByteBuffer& bytes : {request([](MessageBuilder&) {}), request([](MessageBuilder& builder) {
                                        builder.add(AttributeType::kPriority, ByteBuffer{1, 2});
                                    })}) {
        const auto check = parse_check(stun::parse_message(bytes).value());
        ASSERT_FALSE(check.has_value());
        EXPECT_EQ(check.error().code, ErrorCode::kBadRequest);
    }
}

TEST(CheckMessage, WhatMustBeUnderstoodAndIsNotIsNamed) {
    const auto strange = static_cast<AttributeType>(0x7FF1);
    const ByteBuffer bytes = request([&](MessageBuilder& builder) {
        builder.add_u32(AttributeType::kPriority, 1).add_u32(strange, 1).add_u32(static_cast<AttributeType>(0xC057), 1);
    });
    const auto check = parse_check(stun::parse_message(bytes).value());
    ASSERT_FALSE(check.has_value());
    EXPECT_EQ(check.error().code, ErrorCode::kUnknownAttribute);
    EXPECT_EQ(check.error().unknown, std::vector{strange});
}

TEST(CheckMessage, ANameWithoutAColonIsForNobody) {
    const auto addressee = [](std::string_view name) {
        const ByteBuffer bytes =
            request([&](MessageBuilder& builder) { builder.add_text(AttributeType::kUsername, name); });
        const auto message = stun::parse_message(bytes).value();
        const auto found = addressee_of(message);
        return found ? std::optional(std::string(*found)) : std::nullopt;
    };
    EXPECT_EQ(addressee("a:b"), "a");
    EXPECT_EQ(addressee(":b"), "");
    EXPECT_EQ(addressee("a:b:c"), "a");
    EXPECT_EQ(addressee("ab"), std::nullopt);
    EXPECT_EQ(addressee(std::string(stun::kUsernameSizeMax - 2, 'a') + ":b"),
              std::string(stun::kUsernameSizeMax - 2, 'a'));
    EXPECT_EQ(addressee(std::string(stun::kUsernameSizeMax - 1, 'a') + ":b"), std::nullopt);
    const ByteBuffer nameless = request([](MessageBuilder&) {});
    EXPECT_EQ(addressee_of(stun::parse_message(nameless).value()), std::nullopt);
}

TEST(CheckMessage, AnAnswerWithoutWhatMakesItOneIsNone) {
    for (const auto message_class : {MessageClass::kSuccess, MessageClass::kError}) {
        ByteBuffer bytes;
        MessageBuilder(bytes, Method::kBinding, message_class, kId).add_message_integrity(kBetween.local.key());
        EXPECT_FALSE(parse_check_answer(stun::parse_message(bytes).value()).has_value());
    }
}

} // namespace
} // namespace vv::ice
