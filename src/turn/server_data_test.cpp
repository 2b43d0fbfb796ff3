// What is relayed, to whom, in which form, and for how long (RFC 8656 §9 to §12).
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;

const SocketAddress kPeer = at("8.8.8.8:5000");
const SocketAddress kPeer6 = at("[2606:4700:4700::1111]:5000");
const ByteBuffer kData = bytes_of("hello");

class RelayData : public testing::TestWithParam<Transport> {
protected:
    RelayData() { EXPECT_TRUE(alice_.allocate().is_success()); }
    [[nodiscard]] const Counters& counters() const { return relay_.server.counters(); }
    std::size_t sent_to_peers() {
        const std::size_t count = relay_.to_peers.size();
        relay_.to_peers.clear();
        return count;
    }
    std::size_t sent_to_clients() {
        const std::size_t count = relay_.to_clients.size();
        relay_.to_clients.clear();
        return count;
    }

    TestRelay relay_;
    TestEndpoint alice_{relay_, "12.0.0.1:1111", call_credential("YWxpY2U"), GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Over, RelayData, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(RelayData, SendsIndicationsToPermittedPeers) {
    ASSERT_TRUE(alice_.permit(kPeer).is_success());
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(kPeer, kData)));
    ASSERT_EQ(relay_.to_peers.size(), 1U);
    EXPECT_EQ(relay_.to_peers[0].from, alice_.relay_socket());
    EXPECT_EQ(relay_.to_peers[0].to, kPeer);
    EXPECT_EQ(relay_.to_peers[0].payload, kData);
    Counters counted = counters();
    EXPECT_EQ(counted.of(GetParam()).packets_to_peers, 1U);
    EXPECT_EQ(counted.of(GetParam()).bytes_to_peers, kData.size());
}

// RFC 8489 §6.3.2: an indication is never answered; what it must not be understood without ends it.
TEST_P(RelayData, ASendIndicationWithWhatItDoesNotUnderstandIsDroppedInSilence) {
    ASSERT_TRUE(alice_.permit(kPeer).is_success());
    const auto send = [&](std::uint16_t type) {
        ByteBuffer bytes = alice_.client().send_indication(kPeer, kData);
        append_raw(bytes, static_cast<AttributeType>(type), ByteBuffer(4));
        EXPECT_FALSE(alice_.send(bytes)) << type;
        return std::exchange(relay_.to_peers, {}).size();
    };
    for (const auto required : std::to_array<std::uint16_t>({0x0002, 0x7777, 0x7FFF}))
        EXPECT_EQ(send(required), 0U) << required;
    EXPECT_EQ(relay_.server.counters().dropped_malformed, 3U);
    EXPECT_EQ(relay_.server.counters().error_420, 0U);
    for (const auto optional : std::to_array<std::uint16_t>({0x8000, 0xC0DE}))
        EXPECT_EQ(send(optional), 1U) << optional;
}

TEST_P(RelayData, WrapsWhatPeersSendIntoDataIndications) {
    ASSERT_TRUE(alice_.permit(kPeer).is_success());
    for (std::size_t size = 0; size <= 9; ++size) {
        relay_.to_clients.clear();
        const ByteBuffer payload(size, 0xAB);
        relay_.peer_sends(alice_.relay_socket(), kPeer, payload);
        ASSERT_EQ(relay_.to_clients.size(), 1U);
        EXPECT_EQ(relay_.to_clients[0].to, alice_.path());
        const auto message = stun::parse_message(relay_.to_clients[0].datagram);
        ASSERT_TRUE(message) << size;
        EXPECT_EQ(message->method(), stun::Method::kData);
        EXPECT_EQ(message->message_class(), stun::MessageClass::kIndication);
        EXPECT_EQ(
            stun::parse_xor_address(message->find(AttributeType::kXorPeerAddress).value(), message->transaction_id()),
            kPeer);
        const ByteView data = message->find(AttributeType::kData).value();
        EXPECT_EQ(ByteBuffer(data.begin(), data.end()), payload);
        const std::size_t padding = stun::padded_size(size) - size;
        EXPECT_EQ(ByteBuffer(message->bytes().end() - static_cast<std::ptrdiff_t>(padding), message->bytes().end()),
                  ByteBuffer(padding, 0));
    }
}

TEST_P(RelayData, DataIndicationsHaveIdsOfTheirOwn) {
    ASSERT_TRUE(alice_.permit(kPeer).is_success());
    std::set<stun::TransactionId> ids;
    for (int i = 0; i < 100; ++i)
        relay_.peer_sends(alice_.relay_socket(), kPeer, kData);
    for (const ToClient& out : relay_.to_clients)
        ids.insert(stun::parse_message(out.datagram)->transaction_id());
    EXPECT_EQ(ids.size(), 100U);
}

TEST_P(RelayData, UsesTheChannelBothWays) {
    ASSERT_TRUE(alice_.bind(0x4123, kPeer).is_success());
    EXPECT_FALSE(alice_.send(TestClient::channel_data(0x4123, kData)));
    ASSERT_EQ(relay_.to_peers.size(), 1U);
    EXPECT_EQ(relay_.to_peers[0].to, kPeer);
    EXPECT_EQ(relay_.to_peers[0].payload, kData);
    relay_.peer_sends(alice_.relay_socket(), kPeer, kData);
    ASSERT_EQ(relay_.to_clients.size(), 1U);
    ByteBuffer expected = TestClient::channel_data(0x4123, kData);
    if (is_stream(GetParam())) expected.resize(stun::padded_size(expected.size()), 0);
    EXPECT_EQ(relay_.to_clients[0].datagram, expected);
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(kPeer, kData)));
    EXPECT_EQ(relay_.to_peers.size(), 2U) << "indications work beside a channel";
}

TEST_P(RelayData, AChannelIsForOnePortAndAPermissionForAll) {
    ASSERT_TRUE(alice_.bind(0x4123, kPeer).is_success());
    relay_.peer_sends(alice_.relay_socket(), at("8.8.8.8:5001"), kData);
    ASSERT_EQ(relay_.to_clients.size(), 1U);
    EXPECT_TRUE(stun::parse_message(relay_.to_clients[0].datagram));
}

TEST_P(RelayData, CarriesIpv6) {
    TestEndpoint six(relay_, "[2600:1::9]:5", call_credential("c2l4"), GetParam());
    ASSERT_TRUE(six.allocate(AddressFamily::kIpv6).is_success());
    ASSERT_TRUE(six.permit(kPeer6).is_success());
    EXPECT_FALSE(six.send(six.client().send_indication(kPeer6, kData)));
    ASSERT_EQ(relay_.to_peers.size(), 1U);
    EXPECT_EQ(relay_.to_peers[0].to, kPeer6);
    EXPECT_EQ(relay_.to_peers[0].from.family, AddressFamily::kIpv6);
    relay_.peer_sends(six.relay_socket(), kPeer6, kData);
    const auto message = stun::parse_message(relay_.to_clients.at(0).datagram);
    ASSERT_TRUE(message);
    EXPECT_EQ(stun::parse_xor_address(message->find(AttributeType::kXorPeerAddress).value(), message->transaction_id()),
              kPeer6);
}

TEST_P(RelayData, DropsWhatHasNoPermission) {
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(kPeer, kData)));
    relay_.peer_sends(alice_.relay_socket(), kPeer, kData);
    EXPECT_EQ(sent_to_peers() + sent_to_clients(), 0U);
    EXPECT_EQ(counters().dropped_no_permission, 2U);
    ASSERT_TRUE(alice_.permit(kPeer).is_success());
    relay_.peer_sends(alice_.relay_socket(), at("8.8.4.4:5000"), kData);
    EXPECT_EQ(sent_to_clients(), 0U);
}

TEST_P(RelayData, PermissionsEndAfterThreeHundredSeconds) {
    ASSERT_TRUE(alice_.permit(kPeer).is_success());
    relay_.advance(300s - 1ns);
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(kPeer, kData)));
    relay_.peer_sends(alice_.relay_socket(), kPeer, kData);
    EXPECT_EQ(sent_to_peers(), 1U);
    EXPECT_EQ(sent_to_clients(), 1U);
    relay_.advance(1ns);
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(kPeer, kData)));
    relay_.peer_sends(alice_.relay_socket(), kPeer, kData);
    EXPECT_EQ(sent_to_peers() + sent_to_clients(), 0U);
}

TEST_P(RelayData, ChannelsEndAfterSixHundredSeconds) {
    ASSERT_TRUE(alice_.refresh(3600).is_success());
    ASSERT_TRUE(alice_.bind(0x4000, kPeer).is_success());
    relay_.advance(299s);
    ASSERT_TRUE(alice_.permit(kPeer).is_success());
    relay_.advance(299s);
    ASSERT_TRUE(alice_.permit(kPeer).is_success());
    EXPECT_FALSE(alice_.send(TestClient::channel_data(0x4000, kData)));
    EXPECT_EQ(sent_to_peers(), 1U);
    relay_.advance(2s);
    EXPECT_FALSE(alice_.send(TestClient::channel_data(0x4000, kData)));
    EXPECT_EQ(sent_to_peers(), 0U);
    EXPECT_EQ(counters().dropped_no_channel, 1U);
    relay_.peer_sends(alice_.relay_socket(), kPeer, kData);
    ASSERT_EQ(relay_.to_clients.size(), 1U);
    EXPECT_TRUE(stun::parse_message(relay_.to_clients[0].datagram)) << "the permission outlived the channel";
}

TEST_P(RelayData, AChannelWithoutItsPermissionIsSilent) {
    ASSERT_TRUE(alice_.bind(0x4000, kPeer).is_success());
    relay_.advance(301s);
    EXPECT_FALSE(alice_.send(TestClient::channel_data(0x4000, kData)));
    relay_.peer_sends(alice_.relay_socket(), kPeer, kData);
    EXPECT_EQ(sent_to_peers() + sent_to_clients(), 0U);
    ASSERT_TRUE(alice_.bind(0x4000, kPeer).is_success());
    EXPECT_FALSE(alice_.send(TestClient::channel_data(0x4000, kData)));
    EXPECT_EQ(sent_to_peers(), 1U) << "ChannelBind refreshes both";
}

TEST_P(RelayData, SendingDoesNotProlongAPermission) {
    ASSERT_TRUE(alice_.permit(kPeer).is_success());
    relay_.advance(200s);
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(kPeer, kData)));
    relay_.advance(101s);
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(kPeer, kData)));
    EXPECT_EQ(sent_to_peers(), 1U);
}

TEST_P(RelayData, OneCreatePermissionMayNameSeveralPeers) {
    const auto answer = alice_.ask(stun::Method::kCreatePermission, [](stun::MessageBuilder& builder) {
        builder.add_xor_address(AttributeType::kXorPeerAddress, kPeer)
            .add_xor_address(AttributeType::kXorPeerAddress, at("9.9.9.9:1"));
    });
    EXPECT_TRUE(answer.is_success());
    for (const SocketAddress& peer : {kPeer, at("9.9.9.9:7")})
        EXPECT_FALSE(alice_.send(alice_.client().send_indication(peer, kData)));
    EXPECT_EQ(sent_to_peers(), 2U);
}

TEST_P(RelayData, OneBadPeerSpoilsTheWholeCreatePermission) {
    const auto answer = alice_.ask(stun::Method::kCreatePermission, [](stun::MessageBuilder& builder) {
        builder.add_xor_address(AttributeType::kXorPeerAddress, kPeer)
            .add_xor_address(AttributeType::kXorPeerAddress, at("10.0.0.1:1"));
    });
    EXPECT_EQ(answer.error(), 403);
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(kPeer, kData)));
    EXPECT_EQ(sent_to_peers(), 0U);
}

TEST_P(RelayData, WhatIsNotForAnAllocationIsDropped) {
    TestEndpoint stranger(relay_, "12.0.0.9:9", call_credential(), GetParam());
    EXPECT_FALSE(stranger.send(stranger.client().send_indication(kPeer, kData)));
    EXPECT_FALSE(stranger.send(TestClient::channel_data(0x4000, kData)));
    relay_.peer_sends({AddressFamily::kIpv4, RelayPort(50'000)}, kPeer, kData);
    relay_.peer_sends({AddressFamily::kIpv4, RelayPort(80)}, kPeer, kData);
    relay_.peer_sends({AddressFamily::kIpv6, alice_.relay_socket().port}, kPeer6, kData);
    EXPECT_EQ(counters().dropped_no_allocation, 5U);
    EXPECT_EQ(sent_to_peers() + sent_to_clients(), 0U);
}

TEST_P(RelayData, ExtraBytesBehindChannelDataAreNotRelayed) {
    ASSERT_TRUE(alice_.bind(0x4000, kPeer).is_success());
    ByteBuffer padded = TestClient::channel_data(0x4000, kData);
    padded.insert(padded.end(), {0, 0, 0});
    EXPECT_FALSE(alice_.send(padded));
    EXPECT_EQ(relay_.to_peers.at(0).payload, kData);
}

TEST_P(RelayData, RelaysTheLargestPayloadAndNotOneByteMore) {
    ASSERT_TRUE(alice_.permit(kPeer).is_success());
    const std::size_t largest = 65'507 - kHeaderBytesMax - 3;
    relay_.peer_sends(alice_.relay_socket(), kPeer, ByteBuffer(largest, 1));
    ASSERT_EQ(relay_.to_clients.size(), 1U);
    EXPECT_TRUE(stun::parse_message(relay_.to_clients[0].datagram));
    EXPECT_LE(relay_.to_clients[0].datagram.size(), 65'507U);
    relay_.peer_sends(alice_.relay_socket(), kPeer, ByteBuffer(largest + 1, 1));
    EXPECT_EQ(relay_.to_clients.size(), 1U);
    EXPECT_EQ(counters().dropped_too_large, 1U);
    ASSERT_TRUE(alice_.bind(0x4000, kPeer).is_success());
    EXPECT_FALSE(alice_.send(TestClient::channel_data(0x4000, ByteBuffer(65'503, 1))));
    EXPECT_EQ(relay_.to_peers.at(0).payload.size(), 65'503U);
}

TEST(RelayRate, HoldsAClassToItsRate) {
    ServerConfig config = test_config();
    config.call.bytes_per_second = 10'000;
    config.call.burst_bytes = 10'000;
    TestRelay relay(config);
    TestEndpoint client(relay, "12.0.0.1:1", call_credential());
    ASSERT_TRUE(client.allocate().is_success());
    ASSERT_TRUE(client.bind(0x4000, kPeer).is_success());
    const ByteBuffer payload(972);
    for (int i = 0; i < 10'000; ++i) {
        EXPECT_FALSE(client.send(TestClient::channel_data(0x4000, payload)));
        relay.peer_sends(client.relay_socket(), kPeer, payload);
        relay.advance(1ms);
    }
    for (const std::size_t relayed : {relay.to_peers.size(), relay.to_clients.size()}) {
        EXPECT_GE(relayed, 100U);
        EXPECT_LE(relayed, 110U); // ten seconds and the burst
    }
    const std::size_t relayed = relay.to_peers.size() + relay.to_clients.size();
    EXPECT_EQ(relay.server.counters().dropped_rate, 20'000 - relayed);
}

TEST(RelayRate, AFloodFromAPeerLeavesTheClientItsOwnRate) {
    ServerConfig config = test_config();
    config.call.bytes_per_second = 10'000;
    config.call.burst_bytes = 10'000;
    TestRelay relay(config);
    TestEndpoint client(relay, "12.0.0.1:1", call_credential());
    ASSERT_TRUE(client.allocate().is_success());
    ASSERT_TRUE(client.bind(0x4000, kPeer).is_success());
    const ByteBuffer payload(972);
    for (int second = 0; second < 20; ++second) {
        for (int i = 0; i < 100; ++i)
            relay.peer_sends(client.relay_socket(), kPeer, payload);
        for (int i = 0; i < 10; ++i)
            EXPECT_FALSE(client.send(TestClient::channel_data(0x4000, payload)));
        relay.advance(1s);
    }
    EXPECT_EQ(relay.to_peers.size(), 200U);
}

TEST(RelayRate, PacketsHaveARateOfTheirOwnEachWay) {
    ServerConfig config = test_config();
    config.call.packets_per_second = 50;
    TestRelay relay(config);
    TestEndpoint client(relay, "12.0.0.1:1", call_credential());
    ASSERT_TRUE(client.allocate().is_success());
    ASSERT_TRUE(client.bind(0x4000, kPeer).is_success());
    for (int i = 0; i < 60; ++i) {
        EXPECT_FALSE(client.send(TestClient::channel_data(0x4000, kData)));
        relay.peer_sends(client.relay_socket(), kPeer, kData);
    }
    EXPECT_EQ(relay.to_peers.size(), 50U);
    EXPECT_EQ(relay.to_clients.size(), 50U);
    EXPECT_EQ(relay.server.counters().dropped_rate, 20U);
    relay.advance(20ms);
    EXPECT_FALSE(client.send(TestClient::channel_data(0x4000, kData)));
    EXPECT_FALSE(client.send(TestClient::channel_data(0x4000, kData)));
    EXPECT_EQ(relay.to_peers.size(), 51U);
}

TEST(RelayRate, EmptyPacketsCountToo) {
    ServerConfig config = test_config();
    config.call.bytes_per_second = 2'800;
    config.call.burst_bytes = 2'800;
    TestRelay relay(config);
    TestEndpoint client(relay, "12.0.0.1:1", call_credential());
    ASSERT_TRUE(client.allocate().is_success());
    ASSERT_TRUE(client.bind(0x4000, kPeer).is_success());
    for (int i = 0; i < 1'000; ++i)
        EXPECT_FALSE(client.send(TestClient::channel_data(0x4000, {})));
    EXPECT_EQ(relay.to_peers.size(), 2'800 / kPacketOverhead);
}

} // namespace
} // namespace vv::turn::test
