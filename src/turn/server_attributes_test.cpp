// Attributes in the wrong place, twice, or too many, for what server_attack_test.cpp does not have: families, ports,
// algorithms, hashed names and checksums.
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace vv::turn::test {
namespace {

using stun::AttributeType;
using stun::MessageBuilder;
using stun::Method;

class RelayAttributes : public testing::Test {
protected:
    static std::size_t relayed(const Answer& answer) {
        return answer.addresses(AttributeType::kXorRelayedAddress).size();
    }
    static void expect_zero_padding(const Answer& answer) {
        const ByteBuffer& bytes = answer.bytes();
        for (std::size_t offset = stun::kHeaderSize; offset < bytes.size();) {
            const std::size_t size = (std::size_t{bytes[offset + 2]} << 8U) | bytes[offset + 3];
            for (std::size_t i = offset + 4 + size; i < offset + 4 + stun::padded_size(size); ++i)
                EXPECT_EQ(bytes[i], 0);
            offset += 4 + stun::padded_size(size);
        }
    }

    TestRelay relay_;
    TestEndpoint mallory_{relay_, "12.0.0.1:1111", call_credential("NA")};
};

// what nobody has signed asks for nothing.
TEST_F(RelayAttributes, BehindIntegrityAreNotObeyed) {
    for (const Integrity integrity : {Integrity::kSha1, Integrity::kSha256}) {
        mallory_.learn_nonce();
        mallory_.client().integrity = integrity;
        ByteBuffer allocate = mallory_.client().request(Method::kAllocate, TestClient::want_udp);
        append_raw(allocate, AttributeType::kAdditionalAddressFamily, {2, 0, 0, 0});
        append_raw(allocate, AttributeType::kEvenPort, {0x80});
        append_raw(allocate, AttributeType::kReservationToken, ByteBuffer(8));
        append_raw(allocate, AttributeType::kUserhash, ByteBuffer(32));
        append_raw(allocate, AttributeType::kPasswordAlgorithm, {0, 2, 0, 0});
        append_raw(allocate, static_cast<AttributeType>(0x7ABC), {});
        const auto answer = mallory_.send(allocate);
        ASSERT_TRUE(answer && answer->is_success());
        EXPECT_EQ(relayed(*answer), 1U);
        EXPECT_FALSE(answer->message().has(AttributeType::kReservationToken));
        ByteBuffer refresh = mallory_.client().request(Method::kRefresh, [](MessageBuilder&) {});
        append_raw(refresh, AttributeType::kRequestedAddressFamily, {2, 0, 0, 0});
        EXPECT_TRUE(mallory_.send(refresh)->is_success()) << "not 443";
        ASSERT_TRUE(mallory_.refresh(0).is_success());
    }
}

//
TEST_F(RelayAttributes, OfTwoTheFirstCounts) {
    EXPECT_EQ(mallory_
                  .allocate([](MessageBuilder& builder) {
                      TestClient::want_udp(builder);
                      builder.add_u8_padded(AttributeType::kRequestedTransport, stun::kTransportTcp)
                          .add_u8_padded(AttributeType::kRequestedAddressFamily, stun::kFamilyIpv6)
                          .add_u8_padded(AttributeType::kRequestedAddressFamily, 9)
                          .add(AttributeType::kEvenPort, ByteBuffer{0})
                          .add(AttributeType::kEvenPort, ByteBuffer{0x80});
                  })
                  .error(),
              0);
    EXPECT_EQ(mallory_.relay_socket().family, AddressFamily::kIpv6);
    EXPECT_EQ(mallory_.relayed().port % 2, 0);
    EXPECT_TRUE(mallory_.refresh(0).is_success());
    EXPECT_TRUE(relay_.server.is_empty()) << "no port was reserved";

    TestEndpoint other(relay_, "12.0.0.2:1", call_credential("bw"));
    const Answer pair = other.allocate([](MessageBuilder& builder) {
        TestClient::want_udp(builder);
        builder.add(AttributeType::kEvenPort, ByteBuffer{0x80});
    });
    const std::string token = pair.text(AttributeType::kReservationToken);
    TestEndpoint control(relay_, "12.0.0.2:2", call_credential("bw"));
    const auto with_tokens = [&](const std::string& first, const std::string& second) {
        return control
            .allocate([&](MessageBuilder& builder) {
                TestClient::want_udp(builder);
                builder.add_text(AttributeType::kReservationToken, first)
                    .add_text(AttributeType::kReservationToken, second);
            })
            .error();
    };
    EXPECT_EQ(with_tokens("guessed!", token), 508);
    EXPECT_EQ(with_tokens(token, "guessed!"), 0);
}

// the list of what was not understood is no longer than it must be.
TEST_F(RelayAttributes, ManyUnknownOnesAreNamedInPart) {
    const Answer answer = mallory_.allocate([](MessageBuilder& builder) {
        for (std::uint16_t i = 0; i < 60; ++i)
            builder.add_flag(static_cast<AttributeType>(0x7000 + i / 2)); // each twice
    });
    EXPECT_EQ(answer.error(), 420);
    const stun::Message message = answer.message();
    const auto named = stun::parse_unknown_attributes(message.find(AttributeType::kUnknownAttributes).value());
    ASSERT_TRUE(named);
    EXPECT_EQ(named->size(), stun::kUnknownAttributesMax);
    EXPECT_EQ(named->front(), static_cast<AttributeType>(0x7000));
    EXPECT_EQ(named->back(), static_cast<AttributeType>(0x7000 + stun::kUnknownAttributesMax - 1));
}

//
TEST_F(RelayAttributes, PaddingInAnswersIsZero) {
    mallory_.learn_nonce();
    const ByteBuffer dirty(1400, 0xEE); // so that a reused buffer would show
    (void)mallory_.send(dirty);
    expect_zero_padding(*mallory_.send(mallory_.client().padded_allocate(32))); // a nonce of 29 characters
    expect_zero_padding(mallory_.allocate([](MessageBuilder& builder) {
        TestClient::want_udp(builder);
        builder.add_u8_padded(AttributeType::kAdditionalAddressFamily, stun::kFamilyIpv6);
    }));
    ASSERT_TRUE(mallory_.permit(at("8.8.8.8:1")).is_success());
    relay_.peer_fails(mallory_.relay_socket(), at("8.8.8.8:1"), {3, 3, 0});
    ASSERT_EQ(relay_.to_clients.size(), 1U);
    expect_zero_padding(Answer(relay_.to_clients[0].datagram));
}

} // namespace
} // namespace vv::turn::test
