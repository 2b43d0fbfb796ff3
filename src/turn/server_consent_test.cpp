// The consent gate in its place: what leaves for peers, over indications and channels, between two relayed ends, and
// across shards. The gate's own rules are tested in consent_gate_test.cpp.
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;
using stun::MessageBuilder;
using stun::MessageClass;
using stun::Method;

const SocketAddress kPeer = at("8.8.8.8:5000");
const ByteBuffer kRtp(100, 0x80);

ServerConfig gated() {
    ServerConfig config = test_config();
    config.secrets = {{.bytes = kSecret}};
    return config;
}

ByteBuffer ice(MessageClass message_class, const stun::TransactionId& id) {
    ByteBuffer bytes;
    MessageBuilder builder(bytes, Method::kBinding, message_class, id);
    if (message_class == MessageClass::kRequest) builder.add_text(AttributeType::kUsername, "them:us");
    builder.add_message_integrity(as_bytes(std::string_view("a password of the call"))).add_fingerprint();
    return bytes;
}

/// By channel or by indication, over each transport.
class RelayConsent : public testing::TestWithParam<std::tuple<bool, Transport>> {
protected:
    RelayConsent() {
        EXPECT_TRUE(alice_.allocate().is_success());
        EXPECT_TRUE(alice_.bind(0x4000, kPeer).is_success());
    }
    [[nodiscard]] const Counters& counters() const { return relay_.server.counters(); }
    [[nodiscard]] static Transport transport() { return std::get<Transport>(GetParam()); }
    /// How many packets left for a peer.
    std::size_t send(const ByteBuffer& payload) {
        relay_.to_peers.clear();
        EXPECT_FALSE(alice_.send(std::get<bool>(GetParam()) ? TestClient::channel_data(0x4000, payload)
                                                            : alice_.client().send_indication(kPeer, payload)));
        return relay_.to_peers.size();
    }
    void hear(const ByteBuffer& payload) { relay_.peer_sends(alice_.relay_socket(), kPeer, payload); }

    TestRelay relay_{gated()};
    TestEndpoint alice_{relay_, "12.0.0.1:1111", call_credential("YWxpY2U"), transport()};
};

INSTANTIATE_TEST_SUITE_P(Over, RelayConsent,
                         testing::Combine(testing::Bool(),
                                          testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls)),
                         [](const auto& given) {
                             return std::string(std::get<bool>(given.param) ? "Channel" : "Indication") +
                                    name_of(std::get<Transport>(given.param));
                         });

TEST_P(RelayConsent, MediaWaitsForThePeersAnswer) {
    EXPECT_EQ(send(kRtp), 0U);
    EXPECT_EQ(counters().dropped_no_consent, 1U);
    EXPECT_EQ(Counters(counters()).of(transport()).packets_to_peers, 0U);
    const auto id = alice_.client().new_id();
    EXPECT_EQ(send(ice(MessageClass::kRequest, id)), 1U);
    hear(ice(MessageClass::kSuccess, id));
    EXPECT_EQ(send(kRtp), 1U);
    relay_.advance(kConsent.lifetime);
    EXPECT_EQ(send(kRtp), 0U);
    EXPECT_EQ(relay_.to_clients.size(), 1U) << "what peers send needs a permission only";
    hear(kRtp);
    EXPECT_EQ(relay_.to_clients.size(), 2U);
}

TEST_P(RelayConsent, AnAnswerThatNobodyWaitsForIsCountedApart) {
    const auto id = alice_.client().new_id();
    hear(ice(MessageClass::kRequest, id));
    EXPECT_EQ(send(ice(MessageClass::kSuccess, id)), 1U);
    EXPECT_EQ(send(ice(MessageClass::kSuccess, id)), 0U) << "once";
    EXPECT_EQ(counters().dropped_unasked, 1U);
    EXPECT_EQ(counters().dropped_no_consent, 0U);
}

TEST_P(RelayConsent, ARefusedPeerConsentsToNothing) {
    const auto id = alice_.client().new_id();
    EXPECT_EQ(send(ice(MessageClass::kRequest, id)), 1U);
    relay_.advance(kPermissionLifetime - 1s);
    const auto again = alice_.client().new_id();
    EXPECT_EQ(send(ice(MessageClass::kRequest, again)), 1U);
    relay_.advance(1s);
    hear(ice(MessageClass::kSuccess, again));
    EXPECT_EQ(counters().dropped_no_permission, 1U) << "its answer came after the permission's end";
    ASSERT_TRUE(alice_.bind(0x4000, kPeer).is_success());
    EXPECT_EQ(send(kRtp), 0U);
}

TEST_P(RelayConsent, ChecksAndSilenceAreCounted) {
    for (int i = 0; i < kConsent.peer_rate().burst; ++i)
        ASSERT_EQ(send(ice(MessageClass::kRequest, alice_.client().new_id())), 1U);
    EXPECT_EQ(send(ice(MessageClass::kRequest, alice_.client().new_id())), 0U);
    EXPECT_EQ(counters().dropped_checks, 1U);
    relay_.advance(1s);
    const auto id = alice_.client().new_id();
    ASSERT_EQ(send(ice(MessageClass::kRequest, id)), 1U);
    hear(ice(MessageClass::kSuccess, id));
    std::size_t sent = 0;
    while (send(ByteBuffer(1000, 0x80)) == 1)
        sent += 1000;
    EXPECT_LE(sent, kConsent.bytes_per_packet_in);
    EXPECT_GT(sent + 1000, kConsent.bytes_per_packet_in);
    EXPECT_EQ(counters().dropped_unheard, 1U);
}

// What its rate holds back has not been sent, so nobody can answer it and nobody has been silent through it.
TEST_P(RelayConsent, OnlyWhatGoesOutIsRemembered) {
    ServerConfig config = gated();
    config.call.bytes_per_second = 10'000;
    config.call.burst_bytes = 10'000;
    TestRelay relay(config);
    TestEndpoint bob(relay, "12.0.0.2:1", call_credential("Ym9i"), transport());
    ASSERT_TRUE(bob.allocate().is_success() && bob.bind(0x4000, kPeer).is_success());
    const auto sends = [&](const ByteBuffer& payload) {
        relay.to_peers.clear();
        EXPECT_FALSE(bob.send(std::get<bool>(GetParam()) ? TestClient::channel_data(0x4000, payload)
                                                         : bob.client().send_indication(kPeer, payload)));
        return relay.to_peers.size() == 1;
    };
    const auto use_up = [&](std::uint8_t first) {
        while (sends(ByteBuffer(972, first))) {
        }
        while (sends(ByteBuffer(1, first))) {
        }
    };
    const auto id = bob.client().new_id();
    ASSERT_TRUE(sends(ice(MessageClass::kRequest, id)));
    relay.peer_sends(bob.relay_socket(), kPeer, ice(MessageClass::kSuccess, id));
    use_up(0x80);
    const std::uint64_t dropped = relay.server.counters().dropped_rate;
    for (std::size_t i = 0; i < 2 * kConsent.bytes_per_packet_in / 1000; ++i)
        EXPECT_FALSE(sends(ByteBuffer(1000, 0x80)));
    EXPECT_EQ(relay.server.counters().dropped_rate, dropped + 2 * kConsent.bytes_per_packet_in / 1000);
    const auto late = bob.client().new_id();
    EXPECT_FALSE(sends(ice(MessageClass::kRequest, late)));
    relay.advance(1s);
    EXPECT_TRUE(sends(kRtp)) << "the peer has not been silent for long";
    EXPECT_EQ(relay.server.counters().dropped_unheard, 0U);
    relay.advance(kConsent.lifetime - 2s);
    relay.peer_sends(bob.relay_socket(), kPeer, ice(MessageClass::kSuccess, late));
    relay.advance(1s);
    EXPECT_FALSE(sends(kRtp)) << "an answer to what never came to the peer";
}

// A client that echoes, and has its own reflexive address for a peer. What it sends would go round for ever.
TEST_P(RelayConsent, WhoTalksToItselfIsHeldToTheRateOfChecks) {
    const SocketAddress self = alice_.path().client.value();
    ASSERT_TRUE(alice_.bind(0x4001, self).is_success());
    const bool by_channel = std::get<bool>(GetParam());
    const auto go_round = [&](const ByteBuffer& first) {
        relay_.to_peers.clear();
        relay_.to_clients.clear();
        EXPECT_FALSE(alice_.send(by_channel ? TestClient::channel_data(0x4001, first)
                                            : alice_.client().send_indication(self, first)));
        std::size_t echoes = 0;
        while (echoes < relay_.to_peers.size() && echoes < 10'000) {
            const ByteBuffer echoed = relay_.to_peers[echoes++].payload;
            relay_.peer_sends(alice_.relay_socket(), self, echoed);              // from its socket, straight back
            EXPECT_FALSE(alice_.send(TestClient::channel_data(0x4001, echoed))); // and what the relay brought it
        }
        return echoes;
    };
    EXPECT_EQ(go_round(kRtp), 0U);
    const auto id = alice_.client().new_id();
    EXPECT_LE(go_round(ice(MessageClass::kRequest, id)), static_cast<std::size_t>(kConsent.peer_rate().burst));
    EXPECT_EQ(go_round(ice(MessageClass::kSuccess, id)), 0U) << "an echo consents to nothing";
    EXPECT_EQ(go_round(kRtp), 0U);
}

// Neither gate has been opened when the other's first check is to be answered.
class RelayConsentBothRelayed : public testing::TestWithParam<Transport> {};

INSTANTIATE_TEST_SUITE_P(Over, RelayConsentBothRelayed,
                         testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

// Two clients relayed by one shard or by two, each bound to the other.
struct Pair {
    explicit Pair(bool is_across, Transport transport)
        : across(is_across),
          one(shard({50'000, 50'099})),
          two(shard({50'100, 50'199})),
          alice(one, "12.0.0.1:1111", call_credential("YWxpY2U"), transport),
          bob(is_across ? two : one, "12.0.0.2:2222", call_credential("Ym9i"), transport) {
        EXPECT_TRUE(alice.allocate().is_success() && bob.allocate().is_success());
        EXPECT_TRUE(alice.bind(0x4000, bob.relayed()).is_success() && bob.bind(0x4000, alice.relayed()).is_success());
    }
    static ServerConfig shard(PortRange ports) {
        ServerConfig config = gated();
        config.server_ports = {50'000, 50'199};
        config.shard_ports = ports;
        // Behind 1:1 NAT: the gates know the other end by what the clients call it.
        config.ipv4 = RelayAddress{ip("11.0.0.1"), ip("10.0.0.5")};
        return config;
    }
    TestRelay& relay_of(const TestEndpoint& end) { return across && &end == &bob ? two : one; }
    TestEndpoint& other(const TestEndpoint& end) { return &end == &alice ? bob : alice; }
    bool passes(TestEndpoint& from, const ByteBuffer& payload) {
        TestRelay& near = relay_of(from);
        TestRelay& far = relay_of(other(from));
        near.to_relays.clear();
        far.to_clients.clear();
        EXPECT_FALSE(from.send(TestClient::channel_data(0x4000, payload)));
        for (const ToRelay& out : near.to_relays)
            far.peer_sends(out.to, {ip("10.0.0.5"), out.from.port.value()}, out.payload);
        return far.to_clients.size() == 1;
    }
    void open_gates() {
        for (TestEndpoint* end : {&alice, &bob}) {
            const auto id = end->client().new_id();
            EXPECT_TRUE(passes(*end, ice(MessageClass::kRequest, id)));
            EXPECT_TRUE(passes(other(*end), ice(MessageClass::kSuccess, id)));
        }
    }

    bool across;
    TestRelay one;
    TestRelay two;
    TestEndpoint alice;
    TestEndpoint bob;
};

TEST_P(RelayConsentBothRelayed, TwoEndsBehindTheSameRelayComeTogether) {
    TestRelay relay(gated());
    TestEndpoint alice(relay, "12.0.0.1:1111", call_credential("YWxpY2U"), GetParam());
    TestEndpoint bob(relay, "12.0.0.2:2222", call_credential("Ym9i"), GetParam());
    ASSERT_TRUE(alice.allocate().is_success() && bob.allocate().is_success());
    ASSERT_TRUE(alice.bind(0x4000, bob.relayed()).is_success() && bob.bind(0x4000, alice.relayed()).is_success());
    const auto arrives = [&](TestEndpoint& from, const ByteBuffer& payload) {
        relay.to_clients.clear();
        EXPECT_FALSE(from.send(TestClient::channel_data(0x4000, payload)));
        return relay.to_clients.size() == 1;
    };
    EXPECT_FALSE(arrives(alice, kRtp));
    const auto first = alice.client().new_id();
    EXPECT_TRUE(arrives(alice, ice(MessageClass::kRequest, first)));
    EXPECT_TRUE(arrives(bob, ice(MessageClass::kSuccess, first))) << "through bob's closed gate";
    EXPECT_TRUE(arrives(alice, kRtp)) << "alice's is open";
    EXPECT_FALSE(arrives(bob, kRtp)) << "bob's is not";
    const auto second = bob.client().new_id();
    EXPECT_TRUE(arrives(bob, ice(MessageClass::kRequest, second)));
    EXPECT_TRUE(arrives(alice, ice(MessageClass::kSuccess, second)));
    EXPECT_TRUE(arrives(bob, kRtp));
}

TEST_P(RelayConsentBothRelayed, AcrossShardsToo) {
    Pair pair(true, GetParam());
    const auto id = pair.alice.client().new_id();
    EXPECT_FALSE(pair.passes(pair.alice, kRtp));
    EXPECT_TRUE(pair.passes(pair.alice, ice(MessageClass::kRequest, id)));
    EXPECT_TRUE(pair.passes(pair.bob, ice(MessageClass::kSuccess, id)));
    EXPECT_TRUE(pair.passes(pair.alice, kRtp));
}

// Both gates are open, and both clients echo: each packet brought opens the way for the next, so the class's rates
// alone end it. Within a shard, and across two.
TEST_P(RelayConsentBothRelayed, EchoesThroughOpenGatesAreHeldToTheRate) {
    const std::size_t packets_at_once = static_cast<std::size_t>(kCallLimits.packet_rate().burst);
    for (const bool is_across : {false, true}) {
        Pair pair(is_across, GetParam());
        pair.open_gates();
        std::size_t echoes = 0;
        TestEndpoint* next = &pair.alice;
        while (pair.passes(*next, kRtp)) {
            next = &pair.other(*next);
            ASSERT_LE(++echoes, 2 * packets_at_once) << (is_across ? "across shards" : "within a shard");
        }
        // The check that opened each gate, and its answer, are of the same budget.
        EXPECT_GE(echoes, 2 * packets_at_once - 10) << "it is the rate that ends it";
        EXPECT_GT(Counters(pair.relay_of(*next).server.counters()).dropped_rate, 0U);
    }
}

} // namespace
} // namespace vv::turn::test
