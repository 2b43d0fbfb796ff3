// Attributes in the wrong place, twice, or too many, for what server_attack_test.cpp does not have: families, ports,
// algorithms, hashed names and checksums.
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace vv::turn::test {
namespace {

using stun::AttributeType;
using stun::MessageBuilder;
using stun::MessageClass;
using stun::Method;

constexpr std::array kIntegrities{Integrity::kSha1, Integrity::kSha256};

const SocketAddress kPeer = at("8.8.8.8:1");
const ByteBuffer kData = bytes_of("attack");
const RestCredential kTalk{"talk", "a password of an application"};

class RelayAttributes : public testing::TestWithParam<Transport> {
protected:
    static ServerConfig config() {
        ServerConfig config = test_config();
        config.users = {{kTalk.username, crypto::SecretBytes(kTalk.password)}};
        return config;
    }
    static std::size_t relayed(const Answer& answer) {
        return answer.addresses(AttributeType::kXorRelayedAddress).size();
    }
    ByteBuffer binding() {
        ByteBuffer bytes;
        MessageBuilder(bytes, Method::kBinding, MessageClass::kRequest, mallory_.client().new_id());
        return bytes;
    }
    ByteBuffer signed_request(Method method, const TestClient::Fill& fill = [](MessageBuilder&) {}) {
        return mallory_.client().request(method, fill);
    }

    TestRelay relay_{config()};
    TestEndpoint mallory_{relay_, "12.0.0.1:1111", call_credential("NA"), GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Over, RelayAttributes, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

// What nobody has signed asks for nothing.
TEST_P(RelayAttributes, BehindIntegrityAreNotObeyed) {
    for (const Integrity integrity : kIntegrities) {
        mallory_.learn_nonce();
        mallory_.client().integrity = integrity;
        ByteBuffer allocate = signed_request(Method::kAllocate, TestClient::want_udp);
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
        ByteBuffer refresh = signed_request(Method::kRefresh);
        append_raw(refresh, AttributeType::kRequestedAddressFamily, {2, 0, 0, 0});
        EXPECT_TRUE(mallory_.send(refresh)->is_success()) << "not 443";
        ASSERT_TRUE(mallory_.refresh(0).is_success());
    }
}

// Each by itself, so that none is taken for harmless because another one spoils the request.
TEST_P(RelayAttributes, NoneBehindIntegrityIsObeyed) {
    const std::vector<std::pair<AttributeType, ByteBuffer>> unsigned_ones{
        {AttributeType::kRequestedAddressFamily, {2, 0, 0, 0}},
        {AttributeType::kAdditionalAddressFamily, {2, 0, 0, 0}},
        {AttributeType::kEvenPort, {0x80}},
        {AttributeType::kReservationToken, ByteBuffer(8)},
        {AttributeType::kLifetime, {0, 0, 0x0E, 0x10}},
        {AttributeType::kUserhash, ByteBuffer(32)},
        {AttributeType::kPasswordAlgorithm, {0, 2, 0, 0}}};
    for (const Integrity integrity : kIntegrities) {
        mallory_.client().integrity = integrity;
        for (const auto& [type, value] : unsigned_ones) {
            mallory_.learn_nonce();
            const auto number = static_cast<int>(type);
            ByteBuffer allocate = signed_request(Method::kAllocate, TestClient::want_udp);
            append_raw(allocate, type, value);
            const auto answer = mallory_.send(allocate);
            ASSERT_TRUE(answer) << number;
            ASSERT_EQ(answer->error(), 0) << number;
            EXPECT_EQ(answer->lifetime(), 600U) << number;
            EXPECT_EQ(relayed(*answer), 1U) << number;
            EXPECT_EQ(answer->address(AttributeType::kXorRelayedAddress)->ip, ip("11.0.0.1")) << number;
            EXPECT_FALSE(answer->message().has(AttributeType::kReservationToken)) << number;
            ByteBuffer end = signed_request(
                Method::kRefresh, [](MessageBuilder& builder) { builder.add_u32(AttributeType::kLifetime, 0); });
            append_raw(end, type, value);
            EXPECT_EQ(mallory_.send(end)->error(), 0) << number;
            EXPECT_TRUE(relay_.server.is_empty()) << number;
        }
    }
}

TEST_P(RelayAttributes, NoPeerIsNamedBehindIntegrity) {
    ASSERT_TRUE(mallory_.allocate().is_success());
    const ByteBuffer evil{0, 1, 0, 0, 10 ^ 0x21, 0 ^ 0x12, 0 ^ 0xA4, 1 ^ 0x42}; // 10.0.0.1
    for (const Integrity integrity : kIntegrities) {
        mallory_.client().integrity = integrity;
        ByteBuffer permission = signed_request(Method::kCreatePermission, TestClient::peer(kPeer));
        append_raw(permission, AttributeType::kXorPeerAddress, evil);
        EXPECT_EQ(mallory_.send(permission)->error(), 0) << "nobody has asked for the other one";
        ByteBuffer nobody = signed_request(Method::kCreatePermission);
        append_raw(nobody, AttributeType::kXorPeerAddress, evil);
        EXPECT_EQ(mallory_.send(nobody)->error(), 400);
        ByteBuffer unbound = signed_request(Method::kChannelBind, [](MessageBuilder& builder) {
            builder.add_u16_padded(AttributeType::kChannelNumber, 0x4000);
        });
        append_raw(unbound, AttributeType::kXorPeerAddress, evil);
        EXPECT_EQ(mallory_.send(unbound)->error(), 400);
        ByteBuffer numberless = signed_request(Method::kChannelBind, TestClient::peer(kPeer));
        append_raw(numberless, AttributeType::kChannelNumber, {0x40, 0, 0, 0});
        EXPECT_EQ(mallory_.send(numberless)->error(), 400);
        EXPECT_FALSE(mallory_.send(TestClient::channel_data(0x4000, kData)));
        EXPECT_TRUE(relay_.to_peers.empty());
    }
}

TEST_P(RelayAttributes, OfTwoTheFirstCounts) {
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

    TestEndpoint other(relay_, "12.0.0.2:1", call_credential("bw"), GetParam());
    const Answer pair = other.allocate([](MessageBuilder& builder) {
        TestClient::want_udp(builder);
        builder.add(AttributeType::kEvenPort, ByteBuffer{0x80}).add(AttributeType::kEvenPort, ByteBuffer{0});
    });
    const std::string token = pair.text(AttributeType::kReservationToken);
    TestEndpoint control(relay_, "12.0.0.2:2", call_credential("bw"), GetParam());
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

TEST_P(RelayAttributes, OfTwoFamiliesTheFirstCounts) {
    const auto allocate = [&](AttributeType type, std::uint8_t first, std::uint8_t second) {
        return mallory_.allocate([=](MessageBuilder& builder) {
            TestClient::want_udp(builder);
            builder.add_u8_padded(type, first).add_u8_padded(type, second);
        });
    };
    EXPECT_EQ(allocate(AttributeType::kRequestedAddressFamily, 9, stun::kFamilyIpv6).error(), 440);
    EXPECT_EQ(allocate(AttributeType::kAdditionalAddressFamily, stun::kFamilyIpv4, stun::kFamilyIpv6).error(), 400);
    EXPECT_EQ(relayed(allocate(AttributeType::kAdditionalAddressFamily, stun::kFamilyIpv6, stun::kFamilyIpv4)), 2U);
    const auto refresh = [&](std::uint8_t first, std::uint8_t second) {
        return mallory_.ask(Method::kRefresh, [=](MessageBuilder& builder) {
            builder.add_u32(AttributeType::kLifetime, 0)
                .add_u8_padded(AttributeType::kRequestedAddressFamily, first)
                .add_u8_padded(AttributeType::kRequestedAddressFamily, second);
        });
    };
    EXPECT_EQ(refresh(9, stun::kFamilyIpv4).error(), 443);
    ASSERT_EQ(refresh(stun::kFamilyIpv4, stun::kFamilyIpv6).error(), 0);
    ASSERT_EQ(relay_.open.size(), 1U);
    EXPECT_EQ(relay_.open.begin()->family, AddressFamily::kIpv6);
}

TEST_P(RelayAttributes, OfTwoNamesTheFirstCounts) {
    TestEndpoint talk(relay_, "12.0.0.3:1", kTalk, GetParam());
    talk.learn_nonce();
    const std::string nonce = talk.client().nonce;
    const auto error = [&](AttributeType type, const ByteBuffer& first, const ByteBuffer& second) {
        ByteBuffer bytes;
        MessageBuilder builder(bytes, Method::kAllocate, MessageClass::kRequest, talk.client().new_id());
        TestClient::want_udp(builder);
        if (type == AttributeType::kNonce) builder.add_text(AttributeType::kUsername, kTalk.username);
        builder.add(type, first).add(type, second).add_text(AttributeType::kRealm, kRealm);
        if (type != AttributeType::kNonce) builder.add_text(AttributeType::kNonce, nonce);
        builder.add_message_integrity(talk.client().key());
        const auto answer = talk.send(bytes);
        if (answer && answer->is_success()) {
            EXPECT_TRUE(talk.refresh(0).is_success());
        }
        return answer ? answer->error() : -1;
    };
    const auto hash_of = [](std::string_view name) {
        const auto hash = stun::userhash(name, kRealm);
        return ByteBuffer(hash.begin(), hash.end());
    };
    EXPECT_EQ(error(AttributeType::kUserhash, hash_of("nobody"), hash_of("talk")), 401);
    EXPECT_EQ(error(AttributeType::kUserhash, hash_of("talk"), hash_of("nobody")), 0);
    EXPECT_EQ(error(AttributeType::kUsername, bytes_of("nobody"), bytes_of("talk")), 401);
    EXPECT_EQ(error(AttributeType::kUsername, bytes_of("talk"), bytes_of("nobody")), 0);
    EXPECT_EQ(error(AttributeType::kNonce, bytes_of("stale"), bytes_of(nonce)), 438);
    EXPECT_EQ(error(AttributeType::kNonce, bytes_of(nonce), bytes_of("stale")), 0);
}

// The list of what was not understood is no longer than it must be.
TEST_P(RelayAttributes, ManyUnknownOnesAreNamedInPart) {
    const auto named = [](const Answer& answer) {
        EXPECT_EQ(answer.error(), 420);
        const stun::Message message = answer.message();
        const auto list = message.find(AttributeType::kUnknownAttributes);
        return list ? stun::parse_unknown_attributes(*list).value() : std::vector<AttributeType>{};
    };
    const auto expect_first_ones = [](const std::vector<AttributeType>& types, std::size_t count) {
        ASSERT_EQ(types.size(), count);
        for (std::size_t i = 0; i < count; ++i)
            EXPECT_EQ(types[i], static_cast<AttributeType>(0x7000 + i));
    };
    const auto unknown = [](std::size_t count) {
        return [count](MessageBuilder& builder) {
            for (std::size_t i = 0; i < count; ++i)
                builder.add_flag(static_cast<AttributeType>(0x7000 + i)).add_flag(static_cast<AttributeType>(0x7000));
        };
    };
    const std::size_t most = stun::kUnknownAttributesMax;
    for (const std::size_t count : {std::size_t{1}, most - 1, most, most + 1, std::size_t{25}}) {
        const std::size_t expected = std::min(count, most);
        for (const Method method :
             {Method::kAllocate, Method::kRefresh, Method::kCreatePermission, Method::kChannelBind})
            expect_first_ones(named(mallory_.ask(method, unknown(count))), expected);
        ByteBuffer request;
        MessageBuilder builder(request, Method::kBinding, MessageClass::kRequest, mallory_.client().new_id());
        unknown(count)(builder);
        const auto answer = mallory_.send(request);
        ASSERT_TRUE(answer);
        expect_first_ones(named(*answer), expected);
        EXPECT_LE(answer->bytes().size() * 10, request.size() * 16) << "no lever, as every answer to a Binding";
    }
}

// RFC 8489 §14.7: the last one, or the message is none.
TEST_P(RelayAttributes, NothingFollowsAFingerprint) {
    ASSERT_TRUE(mallory_.allocate().is_success() && mallory_.permit(kPeer).is_success());
    const std::vector<std::pair<AttributeType, std::size_t>> behind{{AttributeType::kSoftware, 4},
                                                                    {AttributeType::kLifetime, 4},
                                                                    {static_cast<AttributeType>(0x7ABC), 0},
                                                                    {AttributeType::kMessageIntegrity, 20},
                                                                    {AttributeType::kMessageIntegritySha256, 32},
                                                                    {AttributeType::kFingerprint, 4}};
    const std::uint64_t before = relay_.server.counters().dropped_malformed;
    std::uint64_t dropped = 0;
    for (const ByteBuffer& message : {binding(), mallory_.client().bare_allocate(), signed_request(Method::kRefresh),
                                      signed_request(Method::kCreatePermission, TestClient::peer(kPeer)),
                                      signed_request(Method::kChannelBind, TestClient::binding(0x4000, kPeer)),
                                      mallory_.client().send_indication(kPeer, kData)}) {
        ByteBuffer good = message;
        append_fingerprint(good);
        for (const auto& [type, size] : behind) {
            ByteBuffer bad = good;
            append_raw(bad, type, ByteBuffer(size));
            EXPECT_FALSE(mallory_.send(bad)) << static_cast<int>(type);
            ++dropped;
        }
        ByteBuffer wrong = good;
        wrong.back() ^= 1U;
        EXPECT_FALSE(mallory_.send(wrong));
        ++dropped;
        EXPECT_EQ(relay_.server.counters().dropped_malformed - before, dropped);
        EXPECT_TRUE(relay_.to_peers.empty());
        const bool is_answered = mallory_.send(good).has_value();
        EXPECT_NE(is_answered, !relay_.to_peers.empty()) << "without all that it is heard";
    }
}

TEST_P(RelayAttributes, WhoFingerprintsIsAnsweredWithOneAtTheEnd) {
    const auto error = [&](ByteBuffer request) {
        append_fingerprint(request);
        const auto answer = mallory_.send(request);
        if (!answer) return -1;
        EXPECT_EQ(answer->message().fingerprint_offset(), answer->bytes().size() - 8);
        EXPECT_TRUE(stun::verify_fingerprint(answer->message()));
        return answer->error();
    };
    const auto unknown = [](MessageBuilder& builder) { builder.add_flag(static_cast<AttributeType>(0x7ABC)); };
    EXPECT_EQ(error(binding()), 0);
    ByteBuffer odd;
    MessageBuilder builder(odd, Method::kBinding, MessageClass::kRequest, mallory_.client().new_id());
    unknown(builder);
    EXPECT_EQ(error(odd), 420);
    EXPECT_EQ(error(mallory_.client().bare_allocate()), 401);
    EXPECT_EQ(error(signed_request(Method::kRefresh)), 438) << "there is no nonce in it yet";
    ByteBuffer nameless;
    MessageBuilder(nameless, Method::kAllocate, MessageClass::kRequest, mallory_.client().new_id())
        .add_message_integrity(kData);
    EXPECT_EQ(error(nameless), 400);
    for (const Integrity integrity : kIntegrities) {
        mallory_.client().integrity = integrity;
        mallory_.learn_nonce();
        EXPECT_EQ(error(signed_request(Method::kAllocate)), 400);
        EXPECT_EQ(error(signed_request(Method::kAllocate, unknown)), 420);
        EXPECT_EQ(error(signed_request(Method::kRefresh)), 437);
        const ByteBuffer allocate = signed_request(Method::kAllocate, TestClient::want_udp);
        EXPECT_EQ(error(allocate), 0);
        EXPECT_EQ(error(allocate), 0) << "sent again";
        EXPECT_EQ(error(signed_request(Method::kCreatePermission, TestClient::peer(kPeer))), 0);
        EXPECT_EQ(error(signed_request(Method::kChannelBind, TestClient::binding(0x4000, kPeer))), 0);
        EXPECT_EQ(error(signed_request(Method::kCreatePermission, TestClient::peer(at("10.0.0.1:1")))), 403);
        ASSERT_TRUE(mallory_.refresh(0).is_success());
    }
    EXPECT_FALSE(mallory_.send(binding())->message().fingerprint_offset()) << "and who does not is not";
    EXPECT_FALSE(mallory_.send(mallory_.client().bare_allocate())->message().fingerprint_offset());
}

// Answers are written one after the other into the same memory, and what was there must not show.
class RelayPadding : public RelayAttributes {
protected:
    static std::vector<std::size_t> padding_of(const ByteBuffer& message) {
        std::vector<std::size_t> places;
        for (std::size_t offset = stun::kHeaderSize; offset < message.size();) {
            const std::size_t size = (std::size_t{message[offset + 2]} << 8U) | message[offset + 3];
            offset += stun::kAttributeHeaderSize;
            for (std::size_t i = offset + size; i < offset + stun::padded_size(size); ++i)
                places.push_back(i);
            offset += stun::padded_size(size);
        }
        return places;
    }
    /// Fills that memory, for longer than the answers that are looked at, and answers what is in it.
    ByteBuffer soil() {
        mallory_.client().integrity = Integrity::kSha256;
        const Answer long_one = mallory_.ask(Method::kRefresh, [](MessageBuilder& builder) {
            for (std::uint16_t i = 0; i < stun::kUnknownAttributesMax; ++i)
                builder.add_flag(static_cast<AttributeType>(0x7EE0 + i)); // no byte of the list is zero
        });
        EXPECT_EQ(long_one.error(), 420);
        mallory_.client().integrity = Integrity::kSha1;
        return long_one.bytes();
    }
    /// Bytes of padding in the answer to what is sent next; each would show what was there before.
    std::size_t clean_padding(const ByteBuffer& request) {
        const ByteBuffer before = soil();
        const auto answer = mallory_.send(request);
        if (!answer) return 0;
        const auto places = padding_of(answer->bytes());
        for (const std::size_t i : places) {
            EXPECT_TRUE(i < before.size() && before[i] != 0) << "nothing would show at " << i;
            EXPECT_EQ(answer->bytes()[i], 0) << i;
        }
        return places.size();
    }
};

INSTANTIATE_TEST_SUITE_P(Over, RelayPadding, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(RelayPadding, InAnswersIsZero) {
    const auto unknown = [](std::size_t count) {
        return [count](MessageBuilder& builder) {
            for (std::size_t i = 0; i < count; ++i)
                builder.add_flag(static_cast<AttributeType>(0x7AB0 + i));
        };
    };
    mallory_.learn_nonce();
    constexpr std::size_t kOfRealm = 1; // of seven characters
    constexpr std::size_t kOfNonce = 3; // of 29
    EXPECT_EQ(clean_padding(mallory_.client().padded_allocate(32)), kOfRealm + kOfNonce);
    EXPECT_EQ(clean_padding(mallory_.client().bare_allocate()), kOfRealm + (is_stream(GetParam()) ? kOfNonce : 0));
    for (const std::size_t count : {1U, 3U, 5U, 7U}) {
        for (const Method method :
             {Method::kAllocate, Method::kRefresh, Method::kCreatePermission, Method::kChannelBind})
            EXPECT_EQ(clean_padding(signed_request(method, unknown(count))), 2U) << count;
        ByteBuffer request;
        MessageBuilder builder(request, Method::kBinding, MessageClass::kRequest, mallory_.client().new_id());
        unknown(count)(builder);
        EXPECT_EQ(clean_padding(request), 2U) << count;
    }
}

// What goes to the client behind a payload is not in that memory, but in that of the packet before it.
TEST_P(RelayPadding, BehindPayloadsIsZero) {
    ASSERT_TRUE(mallory_.allocate().is_success() && mallory_.permit(kPeer).is_success());
    const auto expect_clean = [&](std::size_t header) {
        for (std::size_t size = 0; size <= 8; ++size) {
            const ByteBuffer memory(1400, 0xEE);
            relay_.peer_sends(mallory_.relay_socket(), kPeer, ByteView(memory).first(size));
            ASSERT_EQ(relay_.to_clients.size(), 1U);
            const ByteBuffer datagram = std::exchange(relay_.to_clients, {}).front().datagram;
            const bool is_padded = header != kChannelDataHeaderSize || is_stream(GetParam());
            ASSERT_EQ(datagram.size(), header + (is_padded ? stun::padded_size(size) : size));
            for (std::size_t i = header; i < datagram.size(); ++i)
                EXPECT_EQ(datagram[i], i < header + size ? 0xEE : 0) << size;
        }
    };
    expect_clean(stun::kHeaderSize + 12 + stun::kAttributeHeaderSize);
    ASSERT_TRUE(mallory_.bind(0x4000, kPeer).is_success());
    expect_clean(kChannelDataHeaderSize);
}

} // namespace
} // namespace vv::turn::test
