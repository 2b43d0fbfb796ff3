// One allocation with a relayed address of each family (RFC 8656 §7.2, §8.1, §18.11).
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <vector>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;
using stun::MessageBuilder;
using stun::Method;

const SocketAddress kPeer4 = at("8.8.8.8:1");
const SocketAddress kPeer6 = at("[2606:4700:4700::1111]:1");
const ByteBuffer kData = bytes_of("both");

void want_both(MessageBuilder& builder) {
    TestClient::want_udp(builder);
    builder.add_u8_padded(AttributeType::kAdditionalAddressFamily, stun::kFamilyIpv6);
}

class RelayDual : public testing::TestWithParam<Transport> {
protected:
    void allocate() {
        const Answer answer = alice_.allocate(want_both);
        ASSERT_TRUE(answer.is_success());
        const auto relayed = answer.addresses(AttributeType::kXorRelayedAddress);
        ASSERT_EQ(relayed.size(), 2U);
        relay4_ = {AddressFamily::kIpv4, RelayPort(relayed[0].port)};
        relay6_ = {AddressFamily::kIpv6, RelayPort(relayed[1].port)};
        EXPECT_EQ(relayed[0].ip, ip("11.0.0.1"));
        EXPECT_EQ(relayed[1].ip, ip("2600::1"));
        EXPECT_EQ(answer.address_error(), std::pair(0, 0));
    }
    Answer refresh(std::uint8_t family, std::uint32_t seconds) {
        return alice_.ask(Method::kRefresh, [&](MessageBuilder& builder) {
            builder.add_u8_padded(AttributeType::kRequestedAddressFamily, family)
                .add_u32(AttributeType::kLifetime, seconds);
        });
    }
    // Where Send indications to both peers leave from.
    std::vector<RelaySocket> ways_out() {
        relay_.to_peers.clear();
        for (const SocketAddress& peer : {kPeer4, kPeer6})
            EXPECT_FALSE(alice_.send(alice_.client().send_indication(peer, kData)));
        std::vector<RelaySocket> from;
        for (const ToPeer& out : relay_.to_peers)
            from.push_back(out.from);
        return from;
    }
    std::size_t ways_in() {
        relay_.to_clients.clear();
        relay_.peer_sends(relay4_, kPeer4, kData);
        relay_.peer_sends(relay6_, kPeer6, kData);
        return relay_.to_clients.size();
    }

    TestRelay relay_;
    TestEndpoint alice_{relay_, "12.0.0.1:1111", call_credential("YWxpY2U"), GetParam()};
    RelaySocket relay4_;
    RelaySocket relay6_;
};

INSTANTIATE_TEST_SUITE_P(Over, RelayDual, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(RelayDual, ReachesPeersOfBothFamilies) {
    allocate();
    EXPECT_EQ(relay_.open, (std::set{relay4_, relay6_}));
    ASSERT_TRUE(alice_.permit(kPeer4).is_success());
    ASSERT_TRUE(alice_.bind(0x4000, kPeer6).is_success());
    EXPECT_EQ(ways_out(), (std::vector{relay4_, relay6_}));
    EXPECT_EQ(ways_in(), 2U);
    EXPECT_FALSE(alice_.send(TestClient::channel_data(0x4000, kData)));
    EXPECT_EQ(relay_.to_peers.back().to, kPeer6);
    EXPECT_EQ(alice_.permit(at("10.0.0.1:1")).error(), 403);
    EXPECT_EQ(alice_.permit(at("[fd00::1]:1")).error(), 403);
}

TEST_P(RelayDual, CountsOnce) {
    ServerConfig config = test_config();
    config.quotas.per_user = 1;
    QuotaBook book(config.quotas);
    TestRelay relay(config, &book);
    TestEndpoint client(relay, "12.0.0.1:1", call_credential(), GetParam());
    EXPECT_TRUE(client.allocate(want_both).is_success());
    EXPECT_EQ(book.total(), 1U);
    EXPECT_EQ(relay.server.counters().allocations_live, 1U);
    EXPECT_EQ(relay.server.counters().allocations_total, 1U);
    EXPECT_TRUE(client.refresh(0).is_success());
    EXPECT_TRUE(book.is_empty() && relay.open.empty() && relay.server.is_empty());
}

TEST_P(RelayDual, ItsAnswerIsRepeatedToARetransmission) {
    alice_.learn_nonce();
    const ByteBuffer request = alice_.client().request(Method::kAllocate, want_both);
    const auto first = alice_.send(request);
    const auto again = alice_.send(request);
    ASSERT_TRUE(first && again);
    EXPECT_EQ(first->bytes(), again->bytes());
    EXPECT_EQ(relay_.open.size(), 2U);
}

TEST_P(RelayDual, RefreshesBothOrOne) {
    allocate();
    EXPECT_EQ(refresh(stun::kFamilyIpv6, 1200).lifetime(), 1200U);
    relay_.advance(600s);
    EXPECT_EQ(relay_.open, std::set{relay6_}) << "IPv4 had not been refreshed";
    EXPECT_EQ(relay_.server.counters().allocations_live, 1U);
    EXPECT_EQ(refresh(stun::kFamilyIpv4, 600).error(), 443);
    EXPECT_EQ(alice_.permit(kPeer4).error(), 443);
    EXPECT_TRUE(alice_.permit(kPeer6).is_success());
    relay_.advance(600s);
    EXPECT_TRUE(relay_.open.empty() && relay_.server.is_empty());
}

TEST_P(RelayDual, RefreshedTogetherTheyEndTogether) {
    allocate();
    EXPECT_EQ(alice_.refresh(1000).lifetime(), 1000U);
    relay_.advance(999s);
    EXPECT_EQ(relay_.open.size(), 2U);
    relay_.advance(1s);
    EXPECT_TRUE(relay_.open.empty() && relay_.server.is_empty());
}

// RFC 8656 §8.1: what hangs on one family ends with it, and nothing of the other's.
TEST_P(RelayDual, OneHalfEndsAlone) {
    for (const std::uint8_t family : {stun::kFamilyIpv4, stun::kFamilyIpv6}) {
        allocate();
        ASSERT_TRUE(alice_.bind(0x4000, kPeer4).is_success());
        ASSERT_TRUE(alice_.bind(0x4001, kPeer6).is_success());
        const Answer ended = refresh(family, 0);
        EXPECT_TRUE(ended.is_success());
        EXPECT_EQ(ended.lifetime(), 0U);
        const RelaySocket left = family == stun::kFamilyIpv4 ? relay6_ : relay4_;
        EXPECT_EQ(relay_.open, std::set{left});
        EXPECT_EQ(ways_out(), std::vector{left});
        EXPECT_EQ(ways_in(), 1U);
        relay_.to_peers.clear();
        for (const auto channel : {std::uint16_t{0x4000}, std::uint16_t{0x4001}})
            EXPECT_FALSE(alice_.send(TestClient::channel_data(channel, kData)));
        ASSERT_EQ(relay_.to_peers.size(), 1U);
        EXPECT_EQ(relay_.to_peers[0].from, left);
        EXPECT_EQ(refresh(family, 0).error(), 443) << "it is gone";
        EXPECT_TRUE(refresh(family == stun::kFamilyIpv4 ? stun::kFamilyIpv6 : stun::kFamilyIpv4, 0).is_success());
        EXPECT_TRUE(relay_.open.empty() && relay_.server.is_empty());
    }
}

TEST_P(RelayDual, APartialOneNamesTheFamilyThatFailed) {
    relay_.unbindable = {AddressFamily::kIpv6};
    const Answer v4 = alice_.allocate(want_both);
    EXPECT_EQ(v4.addresses(AttributeType::kXorRelayedAddress).size(), 1U);
    EXPECT_TRUE(v4.address(AttributeType::kXorRelayedAddress)->ip.is_v4());
    EXPECT_EQ(v4.address_error(), std::pair(int{stun::kFamilyIpv6}, 508));
    EXPECT_TRUE(alice_.permit(kPeer4).is_success());
    EXPECT_EQ(alice_.permit(kPeer6).error(), 443);

    relay_.unbindable = {AddressFamily::kIpv4};
    TestEndpoint bob(relay_, "12.0.0.2:1", call_credential("Ym9i"), GetParam());
    const Answer v6 = bob.allocate(want_both);
    ASSERT_EQ(v6.addresses(AttributeType::kXorRelayedAddress).size(), 1U);
    EXPECT_FALSE(v6.address(AttributeType::kXorRelayedAddress)->ip.is_v4());
    EXPECT_EQ(v6.address_error(), std::pair(int{stun::kFamilyIpv4}, 508));
    EXPECT_TRUE(bob.permit(kPeer6).is_success());

    relay_.binds_nothing = true;
    TestEndpoint eve(relay_, "12.0.0.3:1", call_credential("ZXZl"), GetParam());
    EXPECT_EQ(eve.allocate(want_both).error(), 508);
    EXPECT_EQ(relay_.server.counters().allocations_live, 2U);
    relay_.advance(600s);
    EXPECT_TRUE(relay_.open.empty() && relay_.server.is_empty());
}

TEST_P(RelayDual, GoesWithoutTheFamilyWhosePortsAreOut) {
    ServerConfig config = test_config();
    config.shard_ports = config.server_ports = {50'000, 50'000};
    TestRelay relay(config);
    TestEndpoint first(relay, "12.0.0.1:1", call_credential("MQ"), GetParam());
    TestEndpoint second(relay, "12.0.0.1:2", call_credential("Mg"), GetParam());
    ASSERT_TRUE(first.allocate(AddressFamily::kIpv6).is_success());
    const Answer answer = second.allocate(want_both);
    EXPECT_EQ(answer.addresses(AttributeType::kXorRelayedAddress).size(), 1U);
    EXPECT_EQ(answer.address_error(), std::pair(int{stun::kFamilyIpv6}, 508));
}

TEST_P(RelayDual, BothOfItsAddressesAreReachedFromOtherRelays) {
    allocate();
    TestEndpoint bob(relay_, "[2600:1::9]:5", call_credential("Ym9i"), GetParam());
    ASSERT_TRUE(bob.allocate(want_both).is_success());
    const SocketAddress alice4{ip("11.0.0.1"), relay4_.port.value()};
    const SocketAddress alice6{ip("2600::1"), relay6_.port.value()};
    ASSERT_TRUE(alice_.permit(alice4).is_success() && alice_.permit(alice6).is_success());
    ASSERT_TRUE(bob.permit(alice4).is_success() && bob.permit(alice6).is_success());
    for (const SocketAddress& to : {alice4, alice6}) {
        relay_.to_clients.clear();
        EXPECT_FALSE(bob.send(bob.client().send_indication(to, kData)));
        ASSERT_EQ(relay_.to_clients.size(), 1U);
        EXPECT_EQ(relay_.to_clients[0].to, alice_.path());
        EXPECT_EQ(Answer(relay_.to_clients[0].datagram).address(AttributeType::kXorPeerAddress)->ip, to.ip);
    }
}

} // namespace
} // namespace vv::turn::test
