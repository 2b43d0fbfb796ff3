// Calls in which both ends are relayed by this server, within a shard,
// across shards, behind 1:1 NAT, and what must not get through that door.
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;

const ByteBuffer kData = bytes_of("across");

ServerConfig shard_config(PortRange ports) {
    ServerConfig config = test_config();
    config.server_ports = {50'000, 50'199};
    config.shard_ports = ports;
    return config;
}

class Hairpin : public testing::TestWithParam<Transport> {
protected:
    Hairpin() {
        EXPECT_TRUE(alice_.allocate().is_success());
        EXPECT_TRUE(bob_.allocate().is_success());
    }

    TestRelay relay_{shard_config({50'000, 50'199})};
    TestEndpoint alice_{relay_, "12.0.0.1:1111", call_credential("YWxpY2U"), GetParam()};
    TestEndpoint bob_{relay_, "12.0.0.2:2222", call_credential("Ym9i"), GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Over, Hairpin, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(Hairpin, GoesStraightFromOneClientToTheOther) {
    ASSERT_TRUE(alice_.permit(bob_.relayed()).is_success());
    ASSERT_TRUE(bob_.bind(0x4000, alice_.relayed()).is_success());
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(bob_.relayed(), kData)));
    EXPECT_TRUE(relay_.to_peers.empty()) << "no socket is used";
    ASSERT_EQ(relay_.to_clients.size(), 1U);
    EXPECT_EQ(relay_.to_clients[0].to, bob_.path());
    ByteBuffer expected = TestClient::channel_data(0x4000, kData);
    if (is_stream(GetParam())) expected.resize(stun::padded_size(expected.size()), 0);
    EXPECT_EQ(relay_.to_clients[0].datagram, expected);
    EXPECT_EQ(relay_.server.counters().packets_hairpinned, 1U);

    EXPECT_FALSE(bob_.send(TestClient::channel_data(0x4000, kData)));
    ASSERT_EQ(relay_.to_clients.size(), 2U);
    EXPECT_EQ(relay_.to_clients[1].to, alice_.path());
    const auto message = stun::parse_message(relay_.to_clients[1].datagram);
    EXPECT_EQ(
        stun::parse_xor_address(message->find(stun::AttributeType::kXorPeerAddress).value(), message->transaction_id()),
        bob_.relayed());
}

TEST_P(Hairpin, NeedsThePermissionOfBothEnds) {
    ASSERT_TRUE(alice_.permit(bob_.relayed()).is_success());
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(bob_.relayed(), kData)));
    EXPECT_TRUE(relay_.to_clients.empty());
    EXPECT_FALSE(bob_.send(bob_.client().send_indication(alice_.relayed(), kData)));
    EXPECT_TRUE(relay_.to_clients.empty());
    EXPECT_EQ(relay_.server.counters().dropped_no_permission, 2U);
}

TEST_P(Hairpin, ReachesOnlyLiveRelayPorts) {
    ASSERT_TRUE(alice_.permit(bob_.relayed()).is_success());
    ASSERT_TRUE(bob_.permit(alice_.relayed()).is_success());
    ASSERT_TRUE(bob_.refresh(0).is_success());
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(bob_.relayed(), kData)));
    for (std::uint16_t port = 50'000; port < 50'200; ++port) {
        if (port == alice_.relayed().port) continue;
        EXPECT_FALSE(alice_.send(alice_.client().send_indication({bob_.relayed().ip, port}, kData)));
    }
    EXPECT_TRUE(relay_.to_clients.empty());
    EXPECT_TRUE(relay_.to_peers.empty());
}

// Our own services, on every port that is no relay port. A permission has no port, so it is granted, and opens
// none of them.
TEST_P(Hairpin, NeverReachesOurOwnServices) {
    for (const unsigned port : {1U, 22U, 80U, 443U, 3478U, 8080U, 9100U, 49'999U, 50'200U, 65'535U}) {
        const SocketAddress own{bob_.relayed().ip, static_cast<std::uint16_t>(port)};
        EXPECT_TRUE(alice_.permit(own).is_success()) << port;
        EXPECT_FALSE(alice_.send(alice_.client().send_indication(own, kData)));
        EXPECT_EQ(alice_.bind(0x4001, own).error(), 403) << port;
        EXPECT_FALSE(alice_.send(TestClient::channel_data(0x4001, kData)));
    }
    EXPECT_TRUE(relay_.to_peers.empty() && relay_.to_clients.empty());
    EXPECT_EQ(relay_.server.counters().dropped_peer_denied, 10U);
    EXPECT_EQ(relay_.server.counters().dropped_no_channel, 10U);
}

// An allocation that talks to itself gets each packet once.
TEST_P(Hairpin, AnAllocationPermittedToItselfDoesNotLoop) {
    ASSERT_TRUE(alice_.bind(0x4000, alice_.relayed()).is_success());
    EXPECT_FALSE(alice_.send(TestClient::channel_data(0x4000, kData)));
    EXPECT_EQ(relay_.to_clients.size(), 1U);
    EXPECT_TRUE(relay_.to_peers.empty());
}

// Even if both clients echo everything, the class's rate ends the storm.
TEST_P(Hairpin, EchoingClientsAreHeldToTheRate) {
    TestEndpoint probe_a(relay_, "12.0.0.3:1", probe_credential("YQ"), GetParam());
    TestEndpoint probe_b(relay_, "12.0.0.4:1", probe_credential("Yg"), GetParam());
    ASSERT_TRUE(probe_a.allocate().is_success() && probe_b.allocate().is_success());
    ASSERT_TRUE(probe_a.bind(0x4000, probe_b.relayed()).is_success());
    ASSERT_TRUE(probe_b.bind(0x4000, probe_a.relayed()).is_success());
    EXPECT_FALSE(probe_a.send(TestClient::channel_data(0x4000, ByteBuffer(100))));
    std::size_t echoes = 0;
    while (echoes < relay_.to_clients.size()) {
        const ToClient out = relay_.to_clients[echoes++];
        ASSERT_LT(echoes, 1'000U);
        (void)relay_.client_sends(out.to, out.datagram);
    }
    EXPECT_LE(echoes, 2 * 8'000 / (100 + kPacketOverhead)); // each end's rate to the other
}

class HairpinAcrossShards : public testing::TestWithParam<Transport> {};

INSTANTIATE_TEST_SUITE_P(Over, HairpinAcrossShards, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(HairpinAcrossShards, GoesFromMachineToMachine) {
    ServerConfig first = shard_config({50'000, 50'099});
    ServerConfig second = shard_config({50'100, 50'199});
    // Behind 1:1 NAT: clients know 11.0.0.1, the sockets are bound to 10.0.0.5.
    first.ipv4 = second.ipv4 = RelayAddress{ip("11.0.0.1"), ip("10.0.0.5")};
    TestRelay one(first);
    TestRelay two(second);
    TestEndpoint alice(one, "12.0.0.1:1111", call_credential("YWxpY2U"), GetParam());
    TestEndpoint bob(two, "12.0.0.2:2222", call_credential("Ym9i"), GetParam());
    ASSERT_TRUE(alice.allocate().is_success() && bob.allocate().is_success());
    // What a driver does: the other machine hears it from the address our sockets are bound to.
    const auto hand_over = [](TestRelay& from, TestRelay& to) {
        for (const ToRelay& out : std::exchange(from.to_relays, {}))
            to.peer_sends(out.to, {ip("10.0.0.5"), out.from.port.value()}, out.payload);
    };

    EXPECT_FALSE(alice.send(alice.client().send_indication(bob.relayed(), kData)));
    EXPECT_TRUE(one.to_relays.empty()) << "without a permission";
    ASSERT_TRUE(alice.permit(bob.relayed()).is_success());
    EXPECT_FALSE(alice.send(alice.client().send_indication(bob.relayed(), kData)));
    ASSERT_EQ(one.to_relays.size(), 1U);
    EXPECT_EQ(one.to_relays[0].from, alice.relay_socket());
    EXPECT_EQ(one.to_relays[0].to, bob.relay_socket());
    EXPECT_EQ(one.to_relays[0].payload, kData);
    hand_over(one, two);
    EXPECT_TRUE(two.to_clients.empty()) << "without the other end's";
    EXPECT_EQ(two.server.counters().dropped_no_permission, 1U);
    ASSERT_TRUE(bob.permit(alice.relayed()).is_success());
    EXPECT_FALSE(alice.send(alice.client().send_indication(bob.relayed(), kData)));
    hand_over(one, two);
    ASSERT_EQ(two.to_clients.size(), 1U);
    EXPECT_EQ(two.to_clients[0].to, bob.path());
    EXPECT_EQ(Answer(two.to_clients[0].datagram).address(stun::AttributeType::kXorPeerAddress), alice.relayed());

    ASSERT_TRUE(alice.bind(0x4000, bob.relayed()).is_success());
    ASSERT_TRUE(bob.bind(0x4001, alice.relayed()).is_success());
    EXPECT_FALSE(bob.send(TestClient::channel_data(0x4001, kData)));
    ASSERT_EQ(two.to_relays.size(), 1U);
    hand_over(two, one);
    ASSERT_EQ(one.to_clients.size(), 1U);
    ByteBuffer expected = TestClient::channel_data(0x4000, kData);
    if (is_stream(GetParam())) expected.resize(stun::padded_size(expected.size()), 0);
    EXPECT_EQ(one.to_clients[0].datagram, expected) << "a channel is of the address clients know";

    EXPECT_TRUE(one.to_peers.empty() && two.to_peers.empty()) << "no socket is used";
    EXPECT_EQ(one.server.counters().packets_hairpinned, 2U);
    EXPECT_EQ(two.server.counters().packets_hairpinned, 1U);
    const auto passed = [&](const TestRelay& relay) { return Counters(relay.server.counters()).of(GetParam()); };
    EXPECT_EQ(passed(one).packets_to_peers, 2U);
    EXPECT_EQ(passed(one).packets_to_clients, 1U);
    EXPECT_EQ(passed(two).bytes_to_peers, kData.size());
    EXPECT_EQ(passed(two).bytes_to_clients, kData.size());
}

// The port's allocation may end while a packet is on its way.
TEST_P(HairpinAcrossShards, APacketForAPortThatHasBeenClosedIsDropped) {
    TestRelay relay(shard_config({50'100, 50'199}));
    TestEndpoint bob(relay, "12.0.0.2:2222", call_credential("Ym9i"), GetParam());
    ASSERT_TRUE(bob.allocate().is_success());
    ASSERT_TRUE(bob.permit(at("11.0.0.1:50000")).is_success());
    ASSERT_TRUE(bob.refresh(0).is_success());
    relay.peer_sends(bob.relay_socket(), at("11.0.0.1:50000"), kData);
    EXPECT_TRUE(relay.to_clients.empty());
    EXPECT_EQ(relay.server.counters().dropped_no_allocation, 1U);
}

TEST_P(HairpinAcrossShards, AsksWhetherThePortIsLive) {
    ServerConfig config = shard_config({50'000, 50'099});
    std::vector<RelaySocket> asked;
    config.is_live_elsewhere = [&](RelaySocket relay) {
        asked.push_back(relay);
        return relay.port.value() == 50'150;
    };
    TestRelay relay(config);
    TestEndpoint alice(relay, "12.0.0.1:1111", call_credential(), GetParam());
    ASSERT_TRUE(alice.allocate().is_success());
    ASSERT_TRUE(alice.permit(at("11.0.0.1:1")).is_success());
    EXPECT_FALSE(alice.send(alice.client().send_indication(at("11.0.0.1:50150"), kData)));
    EXPECT_FALSE(alice.send(alice.client().send_indication(at("11.0.0.1:50151"), kData)));
    EXPECT_EQ(relay.to_relays.size(), 1U);
    EXPECT_EQ(asked.size(), 2U);
    // A channel may be bound before the port is live, and is asked about with each packet.
    ASSERT_TRUE(alice.bind(0x4000, at("11.0.0.1:50150")).is_success());
    ASSERT_TRUE(alice.bind(0x4001, at("11.0.0.1:50151")).is_success());
    EXPECT_FALSE(alice.send(TestClient::channel_data(0x4000, kData)));
    EXPECT_FALSE(alice.send(TestClient::channel_data(0x4001, kData)));
    EXPECT_EQ(relay.to_relays.size(), 2U);
    EXPECT_EQ(asked.size(), 4U);
}

TEST(HairpinOnLoopback, WorksWithNoException) {
    ServerConfig config = shard_config({50'000, 50'199});
    config.ipv4 = RelayAddress{ip("127.0.0.1"), ip("127.0.0.1")};
    TestRelay relay(config);
    TestEndpoint alice(relay, "127.0.0.1:1111", call_credential("YWxpY2U"));
    TestEndpoint bob(relay, "127.0.0.1:2222", call_credential("Ym9i"));
    ASSERT_TRUE(alice.allocate().is_success() && bob.allocate().is_success());
    ASSERT_TRUE(alice.bind(0x4000, bob.relayed()).is_success());
    ASSERT_TRUE(bob.bind(0x4000, alice.relayed()).is_success());
    EXPECT_FALSE(alice.send(TestClient::channel_data(0x4000, kData)));
    EXPECT_EQ(relay.to_clients.size(), 1U);
    EXPECT_EQ(alice.permit(at("127.0.0.2:1")).error(), 403);
    EXPECT_EQ(alice.bind(0x4001, at("127.0.0.1:8080")).error(), 403);
}

} // namespace
} // namespace vv::turn::test
