// What ICMP says about packets to peers (RFC 8656 §11.5, §18.13).
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;
using stun::IcmpValue;

const SocketAddress kPeer4 = at("8.8.8.8:1");
const SocketAddress kPeer6 = at("[2606:4700:4700::1111]:1");
constexpr IcmpValue kPortClosed{3, 3, 0};

class RelayIcmp : public testing::TestWithParam<Transport> {
protected:
    RelayIcmp() {
        EXPECT_TRUE(alice_.allocate().is_success());
        EXPECT_TRUE(alice_.permit(kPeer4).is_success());
        EXPECT_TRUE(alice6_.allocate(AddressFamily::kIpv6).is_success());
        EXPECT_TRUE(alice6_.permit(kPeer6).is_success());
    }
    std::size_t told(const TestEndpoint& client, const SocketAddress& peer, const IcmpValue& icmp) {
        relay_.to_clients.clear();
        relay_.peer_fails(client.relay_socket(), peer, icmp);
        return relay_.to_clients.size();
    }

    TestRelay relay_;
    TestEndpoint alice_{relay_, "12.0.0.1:1111", call_credential("YWxpY2U"), GetParam()};
    TestEndpoint alice6_{relay_, "[2600:1::9]:5", call_credential("YWxpY2U2"), GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Over, RelayIcmp, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(RelayIcmp, IsTheClientsToKnow) {
    ASSERT_EQ(told(alice_, kPeer4, {3, 4, 1280}), 1U);
    EXPECT_EQ(relay_.to_clients[0].to, alice_.path());
    const Answer indication(relay_.to_clients[0].datagram);
    EXPECT_EQ(indication.message().method(), stun::Method::kData);
    EXPECT_EQ(indication.message().message_class(), stun::MessageClass::kIndication);
    EXPECT_EQ(indication.address(AttributeType::kXorPeerAddress), kPeer4);
    EXPECT_EQ(stun::parse_icmp(indication.message().find(AttributeType::kIcmp).value()), (IcmpValue{3, 4, 1280}));
    EXPECT_FALSE(indication.message().has(AttributeType::kData));
    ASSERT_EQ(told(alice6_, kPeer6, {2, 0, 1400}), 1U);
    EXPECT_EQ(Answer(relay_.to_clients[0].datagram).address(AttributeType::kXorPeerAddress), kPeer6);
    EXPECT_EQ(relay_.server.counters().icmp_to_clients, 2U);
}

TEST_P(RelayIcmp, OnlyErrorsAboutTheWayToAPeer) {
    for (unsigned type = 0; type <= stun::kIcmpTypeMax; ++type) {
        relay_.advance(1s); // under the rate, and the permission is renewed
        if (type % 100 == 0) {
            ASSERT_TRUE(alice_.permit(kPeer4).is_success() && alice6_.permit(kPeer6).is_success());
        }
        const IcmpValue icmp{static_cast<std::uint8_t>(type), 0, 0};
        EXPECT_EQ(told(alice_, kPeer4, icmp), type == 3 || type == 11 ? 1U : 0U) << type;
        EXPECT_EQ(told(alice6_, kPeer6, icmp), type >= 1 && type <= 3 ? 1U : 0U) << type;
    }
}

// Whoever the client may not ask about stays unknown to it.
TEST_P(RelayIcmp, NeedsAPermission) {
    EXPECT_EQ(told(alice_, at("9.9.9.9:1"), kPortClosed), 0U);
    EXPECT_EQ(told(alice_, at("10.0.0.1:1"), kPortClosed), 0U);
    EXPECT_EQ(told(alice_, at("8.8.8.8:2"), kPortClosed), 1U) << "a permission is for all ports";
    relay_.advance(kPermissionLifetime);
    EXPECT_EQ(told(alice_, kPeer4, kPortClosed), 0U);
    EXPECT_EQ(relay_.server.counters().dropped_icmp, 3U);
}

TEST_P(RelayIcmp, IsToldSeldom) {
    std::size_t all = 0;
    for (int i = 0; i < 100; ++i)
        all += told(alice_, kPeer4, kPortClosed);
    EXPECT_EQ(all, static_cast<std::size_t>(kIcmpRate.burst));
    EXPECT_EQ(told(alice6_, kPeer6, {1, 4, 0}), 1U) << "each allocation has its own";
    relay_.advance(1s);
    all = 0;
    for (int i = 0; i < 100; ++i)
        all += told(alice_, kPeer4, kPortClosed);
    EXPECT_EQ(all, static_cast<std::size_t>(kIcmpRate.units));
}

TEST_P(RelayIcmp, EndsNothing) {
    for (int i = 0; i < 1000; ++i)
        (void)told(alice_, kPeer4, kPortClosed);
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(kPeer4, bytes_of("still here"))));
    EXPECT_EQ(relay_.to_peers.size(), 1U);
    EXPECT_TRUE(alice_.refresh(600).is_success());
    ASSERT_TRUE(alice_.refresh(0).is_success());
    EXPECT_EQ(told(alice_, kPeer4, kPortClosed), 0U) << "nobody is there to be told";
}

} // namespace
} // namespace vv::turn::test
