// Every limit of an allocation, and every quota, at the limit and one past it, whatever the client comes over.
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;
using stun::MessageBuilder;
using stun::MessageClass;
using stun::Method;

const SocketAddress kPeer = at("8.8.8.8:5000");

class RelayLimits : public testing::TestWithParam<Transport> {
protected:
    static Transport other() { return GetParam() == Transport::kUdp ? Transport::kTls : Transport::kUdp; }
    /// What an Allocate is answered; a success stands for as long as the relay does.
    static int allocate(TestRelay& relay, std::string_view address, std::string_view leg, Transport transport) {
        return TestEndpoint(relay, address, call_credential(leg), transport).allocate().error();
    }
    /// 486 by what it was that had no room.
    struct Refusals {
        std::uint64_t user = 0;
        std::uint64_t address = 0;
        std::uint64_t nameless = 0;
        std::uint64_t too_often = 0;
    };
    static void expect_refusals(const TestRelay& relay, const Refusals& expected) {
        const Counters& counters = relay.server.counters();
        EXPECT_EQ(counters.user_reached, expected.user);
        EXPECT_EQ(counters.source_reached, expected.address);
        EXPECT_EQ(counters.nameless_reached, expected.nameless);
        EXPECT_EQ(counters.made_too_often, expected.too_often);
        EXPECT_EQ(counters.error_486, expected.user + expected.address + expected.nameless + expected.too_often);
    }
    static std::size_t sent(TestRelay& relay, TestEndpoint& client, std::size_t packets, const ByteBuffer& payload) {
        relay.to_peers.clear();
        for (std::size_t i = 0; i < packets; ++i)
            EXPECT_FALSE(client.send(TestClient::channel_data(0x4000, payload)));
        return relay.to_peers.size();
    }
    static std::size_t heard(TestRelay& relay, TestEndpoint& client, std::size_t packets, const ByteBuffer& payload) {
        relay.to_clients.clear();
        for (std::size_t i = 0; i < packets; ++i)
            relay.peer_sends(client.relay_socket(), kPeer, payload);
        return relay.to_clients.size();
    }
};

INSTANTIATE_TEST_SUITE_P(Over, RelayLimits, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

// ---- quotas: each counts what came over another transport as well

TEST_P(RelayLimits, QuotaOfAUser) {
    ServerConfig config = test_config();
    config.quotas = {.per_user = 2, .per_source = 100, .total = 100};
    TestRelay relay(config);
    EXPECT_EQ(allocate(relay, "12.0.0.1:1", "dQ", GetParam()), 0);
    EXPECT_EQ(allocate(relay, "12.0.0.2:1", "dQ", other()), 0);
    EXPECT_EQ(allocate(relay, "12.0.0.3:1", "dQ", GetParam()), 486);
    EXPECT_EQ(allocate(relay, "12.0.0.3:2", "dg", GetParam()), 0) << "another user";
    expect_refusals(relay, {.user = 1});
}

TEST_P(RelayLimits, QuotaOfAnIpv4Address) {
    ServerConfig config = test_config();
    config.quotas = {.per_user = 100, .per_source = 2, .total = 100};
    TestRelay relay(config);
    EXPECT_EQ(allocate(relay, "12.0.0.1:1", "YQ", GetParam()), 0);
    EXPECT_EQ(allocate(relay, "12.0.0.1:2", "Yg", other()), 0);
    EXPECT_EQ(allocate(relay, "12.0.0.1:3", "Yw", GetParam()), 486);
    EXPECT_EQ(allocate(relay, "12.0.0.2:3", "Yw", GetParam()), 0) << "its neighbour";
    expect_refusals(relay, {.address = 1});
}

TEST_P(RelayLimits, QuotaOfAnIpv6NetworkAndOfItsSite) {
    ServerConfig config = test_config();
    config.quotas = {.per_user = 100, .per_source = 2, .total = 100};
    TestRelay relay(config);
    for (std::size_t network = 0; network < kSiteFactor; ++network) {
        const std::string prefix = "[2600:1:0:" + std::to_string(network) + "::";
        EXPECT_EQ(allocate(relay, prefix + "1]:1", "YQ", GetParam()), 0);
        EXPECT_EQ(allocate(relay, prefix + "2]:1", "Yg", other()), 0);
        EXPECT_EQ(allocate(relay, prefix + "3]:1", "Yw", GetParam()), 486) << "of the /64";
    }
    EXPECT_EQ(allocate(relay, "[2600:1:0:9::1]:1", "ZA", GetParam()), 486) << "of the /48";
    EXPECT_EQ(allocate(relay, "[2600:1:1::1]:1", "ZA", GetParam()), 0) << "the next /48";
    expect_refusals(relay, {.address = kSiteFactor + 1});
}

TEST_P(RelayLimits, QuotaInTotal) {
    ServerConfig config = test_config();
    config.quotas = {.per_user = 100, .per_source = 100, .total = 2};
    TestRelay relay(config);
    TestEndpoint first(relay, "12.0.0.1:1", call_credential("YQ"), GetParam());
    EXPECT_EQ(first.allocate().error(), 0);
    EXPECT_EQ(allocate(relay, "12.0.0.2:1", "Yg", other()), 0);
    EXPECT_EQ(allocate(relay, "12.0.0.3:1", "Yw", GetParam()), 508);
    ASSERT_TRUE(first.refresh(0).is_success());
    EXPECT_EQ(allocate(relay, "12.0.0.3:1", "Yw", GetParam()), 0) << "what was given back";
    EXPECT_EQ(relay.server.counters().total_reached, 1U);
    EXPECT_EQ(relay.server.counters().no_port_left, 0U);
}

// What an operator can mend is counted apart from what one client has brought upon itself: all of it is 508.
TEST_P(RelayLimits, PortsOfTheServer) {
    ServerConfig config = test_config();
    config.shard_ports = config.server_ports = {50'000, 50'002};
    TestRelay relay(config);
    const Counters& counters = relay.server.counters();
    TestEndpoint first(relay, "12.0.0.1:1", call_credential("YQ"), GetParam());
    ASSERT_EQ(first.allocate().error(), 0);
    EXPECT_EQ(allocate(relay, "12.0.0.2:1", "Yg", other()), 0);
    EXPECT_EQ(allocate(relay, "12.0.0.3:1", "Yw", other()), 0);
    EXPECT_EQ(allocate(relay, "12.0.0.4:1", "ZA", GetParam()), 508);
    EXPECT_EQ(counters.no_port_left, 1U);
    TestEndpoint even(relay, "12.0.0.4:2", call_credential("ZA"), GetParam());
    for (const std::uint8_t reserves : std::to_array<std::uint8_t>({0x00, 0x80})) {
        EXPECT_EQ(even.allocate([&](MessageBuilder& builder) {
                          TestClient::want_udp(builder);
                          builder.add(AttributeType::kEvenPort, ByteBuffer{reserves});
                      })
                      .error(),
                  508);
    }
    EXPECT_EQ(counters.no_port_left, 3U);
    EXPECT_EQ(even.allocate([](MessageBuilder& builder) {
                      TestClient::want_udp(builder);
                      builder.add(AttributeType::kReservationToken, ByteBuffer(8));
                  })
                  .error(),
              508)
        << "nobody's token";
    for (std::size_t i = 0; i <= kPeers.permissions; ++i)
        EXPECT_EQ(first.permit({IpAddress::v4(0x0E000000U + static_cast<std::uint32_t>(i)), 1}).error(),
                  i < kPeers.permissions ? 0 : 508);
    relay.server.stop_allocating();
    EXPECT_EQ(even.allocate().error(), 508) << "draining";
    EXPECT_EQ(counters.no_port_left, 3U);
    EXPECT_EQ(counters.total_reached, 0U);
    EXPECT_EQ(counters.error_508, 6U);
    EXPECT_EQ(counters.refused_draining, 1U);
}

// The error of who asks for an allocation from there under no name.
int allocate_nameless(TestRelay& relay, std::string_view address, Transport transport) {
    const std::string name = std::to_string((kStart + 1h).time_since_epoch().count());
    const RestCredential nobody{name, rest_password(kSecret, name)};
    return TestEndpoint(relay, address, nobody, transport).allocate().error();
}

TEST_P(RelayLimits, QuotaOfThoseWithoutANameAtOneAddress) {
    ServerConfig config = test_config();
    config.quotas = {.per_user = 1, .per_source = 100, .total = 100, .nameless = 2 * kNamelessShares};
    TestRelay relay(config);
    EXPECT_EQ(allocate_nameless(relay, "12.0.0.1:1", GetParam()), 0);
    EXPECT_EQ(allocate_nameless(relay, "12.0.0.1:2", other()), 0);
    EXPECT_EQ(allocate_nameless(relay, "12.0.0.1:3", GetParam()), 486);
    EXPECT_EQ(allocate_nameless(relay, "12.0.0.2:1", GetParam()), 0) << "there is room for others";
    EXPECT_EQ(allocate(relay, "12.0.0.1:4", "YQ", GetParam()), 0) << "who has a name is not meant";
    expect_refusals(relay, {.address = 1});
}

TEST_P(RelayLimits, QuotaOfAllWithoutANameTogether) {
    ServerConfig config = test_config();
    config.quotas = {.per_user = 8, .per_source = 100, .total = 100, .nameless = 2};
    TestRelay relay(config);
    EXPECT_EQ(allocate_nameless(relay, "12.0.0.1:1", GetParam()), 0);
    EXPECT_EQ(allocate_nameless(relay, "12.0.0.2:1", other()), 0);
    EXPECT_EQ(allocate_nameless(relay, "12.0.0.3:1", GetParam()), 486);
    EXPECT_EQ(allocate(relay, "12.0.0.3:2", "YQ", GetParam()), 0) << "who has a name is not meant";
    expect_refusals(relay, {.nameless = 1});
}

// ---- of one allocation

TEST_P(RelayLimits, BytesOfASecondEachWay) {
    ServerConfig config = test_config();
    config.call.bytes_per_second = config.call.burst_bytes = 10 * (972 + static_cast<std::int64_t>(kPacketOverhead));
    TestRelay relay(config);
    TestEndpoint client(relay, "12.0.0.1:1", call_credential(), GetParam());
    ASSERT_TRUE(client.allocate().is_success() && client.bind(0x4000, kPeer).is_success());
    for (int second = 0; second < 3; ++second) {
        EXPECT_EQ(sent(relay, client, 11, ByteBuffer(972)), 10U);
        EXPECT_EQ(heard(relay, client, 11, ByteBuffer(972)), 10U);
        relay.advance(1s);
    }
    EXPECT_EQ(relay.server.counters().dropped_rate, 6U);
}

TEST_P(RelayLimits, PacketsOfASecondEachWay) {
    ServerConfig config = test_config();
    config.call.packets_per_second = 10;
    TestRelay relay(config);
    TestEndpoint client(relay, "12.0.0.1:1", call_credential(), GetParam());
    ASSERT_TRUE(client.allocate().is_success() && client.bind(0x4000, kPeer).is_success());
    for (int second = 0; second < 3; ++second) {
        EXPECT_EQ(sent(relay, client, 11, {1}), 10U);
        EXPECT_EQ(heard(relay, client, 11, {1}), 10U);
        relay.advance(1s);
    }
    EXPECT_EQ(relay.server.counters().dropped_rate, 6U);
}

// A permission lasts for five minutes, so that many new peers there are in five minutes, whatever becomes of the old.
TEST_P(RelayLimits, NewPeersOfFiveMinutes) {
    TestRelay relay;
    TestEndpoint client(relay, "12.0.0.1:1", call_credential(), GetParam());
    ASSERT_TRUE(client.allocate().is_success());
    std::uint32_t next = 0x0E000000U;
    const auto new_peers = [&] {
        std::size_t granted = 0;
        while (granted <= kPeers.permissions && client.permit({IpAddress::v4(next), 1}).is_success()) {
            ++granted;
            ++next;
        }
        ++next;
        return granted;
    };
    EXPECT_EQ(new_peers(), kPeers.permissions);
    relay.advance(kPermissionLifetime - 1s);
    EXPECT_EQ(new_peers(), 0U);
    relay.advance(1s);
    EXPECT_EQ(new_peers(), kPeers.permissions);
}

// Where peers must consent, a port is a peer of its own.
TEST_P(RelayLimits, NewPeersWithoutConsentOfHalfAMinute) {
    ServerConfig config = test_config();
    config.secrets = {{.bytes = kSecret}};
    TestRelay relay(config);
    TestEndpoint client(relay, "12.0.0.1:1", call_credential(), GetParam());
    ASSERT_TRUE(client.allocate().is_success() && client.permit(kPeer).is_success());
    std::uint16_t next = 1;
    const auto checked = [&](std::size_t ports) {
        relay.to_peers.clear();
        for (std::size_t i = 0; i < ports; ++i) {
            ByteBuffer check;
            MessageBuilder(check, Method::kBinding, MessageClass::kRequest, client.client().new_id())
                .add_text(AttributeType::kUsername, "them:us")
                .add_message_integrity(as_bytes(std::string_view("a password of the call")))
                .add_fingerprint();
            EXPECT_FALSE(client.send(client.client().send_indication({kPeer.ip, next++}, check)));
        }
        return relay.to_peers.size();
    };
    EXPECT_EQ(checked(kConsent.closed_peers + 1), kConsent.closed_peers);
    relay.advance(kCheckLifetime - 1s);
    EXPECT_EQ(checked(1), 0U);
    relay.advance(1s);
    EXPECT_EQ(checked(kConsent.closed_peers + 1), kConsent.closed_peers);
    EXPECT_EQ(relay.server.counters().dropped_checks, 3U);
}

// ---- strangers, counted together over all they come by

TEST_P(RelayLimits, BindingsOfOneSource) {
    ServerConfig config = test_config();
    config.bindings = {10, 10};
    TestRelay relay(config);
    const auto answered = [&](std::string_view network) {
        int answers = 0;
        for (int i = 0; i < 11; ++i) {
            TestEndpoint stranger(relay, std::string(network) + std::to_string(i) + "]:1", call_credential(),
                                  i % 2 == 0 ? GetParam() : other());
            ByteBuffer request;
            MessageBuilder(request, Method::kBinding, MessageClass::kRequest, stranger.client().new_id());
            if (const auto answer = stranger.send(request)) {
                EXPECT_LE(answer->bytes().size() * 10, request.size() * 22);
                ++answers;
            }
        }
        return answers;
    };
    EXPECT_EQ(answered("[2600:1::"), 10);
    EXPECT_EQ(answered("[2600:2::"), 10) << "another /64";
    EXPECT_EQ(relay.server.counters().dropped_reply_limit, 2U);
}

TEST_P(RelayLimits, ChallengesOfOneSource) {
    ServerConfig config = test_config();
    config.challenges = {10, 10};
    TestRelay relay(config);
    const auto answered = [&](std::string_view network) {
        int answers = 0;
        for (int i = 0; i < 11; ++i) {
            TestEndpoint stranger(relay, std::string(network) + std::to_string(i) + "]:1", call_credential(),
                                  i % 2 == 0 ? GetParam() : other());
            if (stranger.send(stranger.client().bare_allocate())) ++answers;
        }
        return answers;
    };
    EXPECT_EQ(answered("[2600:1::"), 10);
    EXPECT_EQ(answered("[2600:2::"), 10) << "another /64";
    EXPECT_EQ(relay.server.counters().dropped_reply_limit, 2U);
    EXPECT_TRUE(relay.server.is_empty());
}

} // namespace
} // namespace vv::turn::test
