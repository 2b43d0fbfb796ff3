// What an operator changes while the relay runs, and what that leaves alone.
#include "base/allocations_for_test.h"
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <variant>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;

const ByteBuffer kData = bytes_of("hello");
const ByteBuffer kNewSecret = bytes_of("the secret after it");
const SocketAddress kPeer = at("20.0.0.1:5000");

RestCredential credential_of(const ByteBuffer& secret, std::string_view leg) {
    return make_rest_credential(secret, kStart + 10min, 2h, CredentialClass::kCall, leg);
}

ByteBuffer ice_check() {
    ByteBuffer bytes;
    stun::MessageBuilder(bytes, stun::Method::kBinding, stun::MessageClass::kRequest, stun::TransactionId())
        .add_text(stun::AttributeType::kUsername, "them:us")
        .add_message_integrity(as_bytes(std::string_view("a password of the call")))
        .add_fingerprint();
    return bytes;
}

class Reload : public testing::Test {
protected:
    Reload() {
        EXPECT_TRUE(alice_.allocate().is_success());
        EXPECT_TRUE(alice_.bind(0x4000, kPeer).is_success());
    }
    void reload() { relay_.server.reconfigure(relay_.now, config_); }
    int allocate_as(const RestCredential& credential) {
        TestEndpoint client(relay_, "12.0.0.9:" + std::to_string(next_port_++), credential);
        return client.allocate().error();
    }
    void expect_relays() {
        relay_.to_peers.clear();
        relay_.to_clients.clear();
        EXPECT_FALSE(alice_.send(TestClient::channel_data(0x4000, kData)));
        EXPECT_EQ(relay_.to_peers.size(), 1U);
        relay_.peer_sends(alice_.relay_socket(), kPeer, kData);
        EXPECT_EQ(relay_.to_clients.size(), 1U);
    }

    ServerConfig config_ = test_config();
    TestRelay relay_;
    TestEndpoint alice_{relay_, "12.0.0.1:1111", call_credential("YWxpY2U")};
    std::uint16_t next_port_ = 1000;
};

TEST_F(Reload, ASecretThatIsGoneLetsNobodyInAndEndsNothing) {
    config_.secrets = {{.bytes = kNewSecret}};
    reload();
    expect_relays();
    EXPECT_TRUE(alice_.refresh(600).is_success());
    EXPECT_TRUE(alice_.permit(at("20.0.0.2:1")).is_success());
    EXPECT_EQ(allocate_as(call_credential("Ym9i")), 401);
    EXPECT_EQ(allocate_as(credential_of(kNewSecret, "Ym9i")), 0);
}

TEST_F(Reload, ANonceFromBeforeIsStillFresh) {
    TestEndpoint bob(relay_, "12.0.0.2:2222", credential_of(kNewSecret, "Ym9i"));
    bob.learn_nonce();
    config_.secrets = {{.bytes = kNewSecret}};
    reload();
    const auto answer = bob.send(bob.client().request(stun::Method::kAllocate, TestClient::want_udp));
    ASSERT_TRUE(answer.has_value());
    EXPECT_TRUE(answer->is_success());
}

TEST_F(Reload, AUserWhoIsGoneKeepsTheAllocation) {
    const RestCredential talk{"talk", "a long password"};
    EXPECT_EQ(allocate_as(talk), 401);
    config_.users = {{talk.username, crypto::SecretBytes(talk.password)}};
    reload();
    TestEndpoint before(relay_, "12.0.0.2:2222", talk);
    ASSERT_TRUE(before.allocate().is_success());
    config_.users.clear();
    reload();
    EXPECT_EQ(allocate_as(talk), 401);
    EXPECT_TRUE(before.refresh(600).is_success());
}

TEST_F(Reload, QuotasHoldForWhatIsAskedFromThenOn) {
    config_.quotas.total = 1;
    reload();
    EXPECT_EQ(allocate_as(call_credential("Ym9i")), 508);
    config_.quotas.total = 2;
    reload();
    EXPECT_EQ(allocate_as(call_credential("Ym9i")), 0);
    config_.quotas.total = 1;
    reload();
    expect_relays();
    EXPECT_EQ(relay_.server.counters().allocations_live, 2U) << "who has more than the new quota keeps it";
}

TEST_F(Reload, LimitsOfCallsHoldForStandingOnes) {
    config_.call.packets_per_second = 3;
    reload();
    for (int i = 0; i < 4; ++i)
        EXPECT_FALSE(alice_.send(TestClient::channel_data(0x4000, kData)));
    EXPECT_EQ(relay_.to_peers.size(), 3U);
    EXPECT_EQ(relay_.server.counters().dropped_rate, 1U);
}

TEST_F(Reload, LimitsOfPeersHoldForStandingOnes) {
    config_.peers = {.permissions = 2, .channels = 1, .new_permissions = 64};
    reload();
    EXPECT_TRUE(alice_.permit(at("20.0.0.2:1")).is_success());
    EXPECT_EQ(alice_.permit(at("20.0.0.3:1")).error(), 508);
    EXPECT_EQ(alice_.bind(0x4001, at("20.0.0.2:1")).error(), 508) << "a second channel";
    config_.peers.channels = 2;
    reload();
    EXPECT_TRUE(alice_.bind(0x4001, at("20.0.0.2:1")).is_success());
}

TEST_F(Reload, WhatStandsIsRefreshedThoughThereMayBeFewerPeersByNow) {
    const SocketAddress second = at("20.0.0.2:1");
    ASSERT_TRUE(alice_.bind(0x4001, second).is_success());
    config_.peers = {.permissions = 1, .channels = 1, .new_permissions = 64};
    reload();
    relay_.advance(200s);
    EXPECT_TRUE(alice_.permit(second).is_success());
    EXPECT_TRUE(alice_.bind(0x4000, kPeer).is_success());
    EXPECT_EQ(alice_.permit(at("20.0.0.3:1")).error(), 508);
    relay_.advance(200s);
    expect_relays();
}

TEST_F(Reload, TheGatesLimitsHoldForStandingOnes) {
    config_.secrets.front().consent = true;
    config_.consent.checks_per_peer = 2;
    reload();
    TestEndpoint bob(relay_, "12.0.0.9:1", call_credential("Ym9i"));
    ASSERT_TRUE(bob.allocate().is_success());
    ASSERT_TRUE(bob.bind(0x4000, kPeer).is_success());
    const auto passed = [&] {
        relay_.to_peers.clear();
        for (int i = 0; i < 50; ++i)
            EXPECT_FALSE(bob.send(TestClient::channel_data(0x4000, ice_check())));
        return relay_.to_peers.size();
    };
    EXPECT_EQ(passed(), 2U);
    config_.consent.checks_per_peer = 5;
    reload();
    relay_.advance(1s);
    EXPECT_EQ(passed(), 5U);
}

TEST_F(Reload, RatesOfStrangersAndTheLongestNameHoldFromThenOn) {
    config_.bindings = {3, 3};
    config_.challenges = {2, 2};
    config_.credential_ttl_max = 5min;
    reload();
    TestEndpoint stranger(relay_, "12.0.0.9:1", call_credential("Ym9i"));
    const auto answers_to = [&](const ByteBuffer& request) {
        int answers = 0;
        for (int i = 0; i < 50; ++i)
            answers += stranger.send(request) ? 1 : 0;
        return answers;
    };
    ByteBuffer binding;
    stun::MessageBuilder(binding, stun::Method::kBinding, stun::MessageClass::kRequest, stun::TransactionId());
    EXPECT_EQ(answers_to(binding), 3);
    EXPECT_EQ(answers_to(stranger.client().bare_allocate()), 2);
    relay_.advance(1s);
    EXPECT_EQ(stranger.allocate().error(), 401) << "good for ten minutes";
    EXPECT_EQ(relay_.server.counters().credentials_too_long, 1U);
}

TEST_F(Reload, GuessesHaveTheNewRate) {
    config_.guesses = {4, 4};
    reload();
    TestEndpoint guesser(relay_, "12.0.0.9:1", credential_of(bytes_of("not the secret at all"), "Ym9i"));
    guesser.learn_nonce();
    int answers = 0;
    for (int i = 0; i < 50; ++i)
        answers += guesser.send(guesser.client().request(stun::Method::kAllocate, TestClient::want_udp)) ? 1 : 0;
    EXPECT_EQ(answers, 4);
    EXPECT_EQ(relay_.server.counters().passwords_wrong, 4U);
}

TEST_F(Reload, APeerThatIsDeniedNowLosesItsPermissionAndChannel) {
    const SocketAddress other = at("20.0.1.1:5000");
    ASSERT_TRUE(alice_.permit(other).is_success());
    config_.deny_peers = {IpPrefix::parse("20.0.0.0/24").value()};
    reload();
    EXPECT_FALSE(alice_.send(TestClient::channel_data(0x4000, kData)));
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(kPeer, kData)));
    relay_.peer_sends(alice_.relay_socket(), kPeer, kData);
    EXPECT_TRUE(relay_.to_peers.empty());
    EXPECT_TRUE(relay_.to_clients.empty());
    EXPECT_EQ(alice_.permit(kPeer).error(), 403);
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(other, kData)));
    EXPECT_EQ(relay_.to_peers.size(), 1U) << "nobody else is touched";
    config_.deny_peers.clear();
    reload();
    EXPECT_TRUE(alice_.bind(0x4000, kPeer).is_success());
}

TEST_F(Reload, AllowsPeersAndNoAddressesOfItsOwn) {
    EXPECT_EQ(alice_.permit(at("10.0.0.1:1")).error(), 403);
    config_.allow_peers = {IpPrefix::parse("10.0.0.0/8").value()};
    relay_.server.set_own_addresses({ip("10.0.0.2")});
    reload();
    EXPECT_TRUE(alice_.permit(at("10.0.0.1:1")).is_success());
    EXPECT_EQ(alice_.permit(at("10.0.0.2:1")).error(), 403);
}

TEST_F(Reload, WhatCannotBeUsedChangesNothing) {
    config_.secrets = {{.bytes = kNewSecret}};
    config_.users = {{"talk", crypto::SecretBytes("short")}};
    EXPECT_THROW(reload(), std::invalid_argument);
    EXPECT_EQ(allocate_as(call_credential("Ym9i")), 0);
    EXPECT_EQ(allocate_as(credential_of(kNewSecret, "Ym9i")), 401);
}

TEST_F(Reload, RealmPortsAndBoundAddressesStay) {
    config_.realm = "another";
    config_.shard_ports = config_.server_ports = {40'000, 40'001};
    config_.ipv4->local = ip("11.0.0.9");
    config_.ipv6.reset();
    reload();
    TestEndpoint bob(relay_, "12.0.0.2:2222", call_credential("Ym9i"));
    ASSERT_TRUE(bob.allocate(AddressFamily::kIpv6).is_success()) << "the client's key has the first realm";
    EXPECT_GE(bob.relayed().port, 49'152);
    EXPECT_EQ(alice_.permit(at("11.0.0.9:1")).error(), 0) << "nothing of ours";
}

class NewAddress : public testing::Test {
protected:
    static ServerConfig config(PortRange ports, std::string_view advertised) {
        ServerConfig config = test_config();
        config.server_ports = {50'000, 50'199};
        config.shard_ports = ports;
        config.ipv4 = RelayAddress{ip(advertised), ip("10.0.0.5")};
        return config;
    }
    static constexpr PortRange kAll{50'000, 50'199};

    void tell(std::string_view advertised) { relay_.server.reconfigure(relay_.now, config(kAll, advertised)); }
    SocketAddress source_of(const ToClient& out) {
        const auto message = stun::parse_message(out.datagram).value();
        return stun::parse_xor_address(message.find(stun::AttributeType::kXorPeerAddress).value(),
                                       message.transaction_id())
            .value();
    }

    TestRelay relay_{config(kAll, "11.0.0.1")};
    TestEndpoint alice_{relay_, "12.0.0.1:1111", call_credential("YWxpY2U")};
    TestEndpoint bob_{relay_, "12.0.0.2:2222", call_credential("Ym9i")};
};

TEST_F(NewAddress, IsToldFromThenOn) {
    ASSERT_TRUE(alice_.allocate().is_success());
    EXPECT_EQ(alice_.relayed().ip, ip("11.0.0.1"));
    tell("11.0.0.2");
    ASSERT_TRUE(bob_.allocate().is_success());
    EXPECT_EQ(bob_.relayed().ip, ip("11.0.0.2"));
    EXPECT_TRUE(alice_.permit(kPeer).is_success());
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(kPeer, kData)));
    EXPECT_EQ(relay_.to_peers.size(), 1U);
}

// Each knows the other by the address that was told when it allocated.
TEST_F(NewAddress, TheFormerOneStaysGoodBetweenTwoOfOurAllocations) {
    ASSERT_TRUE(alice_.allocate().is_success());
    ASSERT_TRUE(bob_.allocate().is_success());
    ASSERT_TRUE(alice_.permit(bob_.relayed()).is_success() && bob_.permit(alice_.relayed()).is_success());
    tell("11.0.0.2");
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(bob_.relayed(), kData)));
    ASSERT_EQ(relay_.to_clients.size(), 1U);
    EXPECT_EQ(source_of(relay_.to_clients[0]), alice_.relayed());
    EXPECT_TRUE(relay_.to_peers.empty()) << "nothing goes to what may be somebody else's by now";
    EXPECT_EQ(alice_.bind(0x4000, {ip("11.0.0.1"), 22}).error(), 403) << "only relay ports, as ever";
}

// Bob has let both of our addresses in, each for somebody else.
TEST_F(NewAddress, OfTwoThatAreLetInASenderHasTheOneItWasTold) {
    ASSERT_TRUE(alice_.allocate().is_success());
    ASSERT_TRUE(bob_.allocate().is_success());
    tell("11.0.0.2");
    TestEndpoint carol(relay_, "12.0.0.3:3333", call_credential("Y2Fyb2w"));
    ASSERT_TRUE(carol.allocate().is_success());
    for (TestEndpoint* client : {&alice_, &carol}) {
        ASSERT_TRUE(bob_.permit(client->relayed()).is_success());
        ASSERT_TRUE(client->permit(bob_.relayed()).is_success());
        relay_.to_clients.clear();
        EXPECT_FALSE(client->send(client->client().send_indication(bob_.relayed(), kData)));
        ASSERT_EQ(relay_.to_clients.size(), 1U);
        EXPECT_EQ(source_of(relay_.to_clients[0]), client->relayed());
    }
    relay_.to_clients.clear();
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(bob_.relayed(), kData)));
    ASSERT_EQ(relay_.to_clients.size(), 1U);
    EXPECT_EQ(source_of(relay_.to_clients[0]), alice_.relayed()) << "also once both are let in";
}

// What the sender was told is known on its own thread only; here it is where Bob has spoken with it before.
TEST_F(NewAddress, OfTwoThatAreLetInTheOneSpokenWithCountsForASenderOfAnotherThread) {
    for (const bool by_channel : {true, false}) {
        const PortRange bobs{50'100, 50'199};
        ServerConfig first = config(bobs, "11.0.0.1");
        first.secrets[0].consent = !by_channel;
        first.is_live_elsewhere = [](const RelaySocket&) { return true; };
        TestRelay relay(first);
        TestEndpoint bob(relay, "12.0.0.2:2222", call_credential("Ym9i"));
        ASSERT_TRUE(bob.allocate().is_success());
        const SocketAddress alice = at("11.0.0.1:50001");
        const SocketAddress carol = at("11.0.0.2:50003");
        const auto speak = [&](const SocketAddress& peer, std::uint16_t channel) {
            if (by_channel) return bob.bind(channel, peer).is_success();
            EXPECT_TRUE(bob.permit(peer).is_success());
            return !bob.send(bob.client().send_indication(peer, ice_check())).has_value();
        };
        ASSERT_TRUE(speak(alice, 0x4000));
        first.ipv4->advertised = ip("11.0.0.2");
        relay.server.reconfigure(relay.now, first);
        ASSERT_TRUE(speak(carol, 0x4001));
        for (const SocketAddress& peer : {alice, carol}) {
            relay.to_clients.clear();
            relay.peer_sends(bob.relay_socket(), {ip("10.0.0.5"), peer.port}, kData);
            ASSERT_EQ(relay.to_clients.size(), 1U);
            if (by_channel) {
                EXPECT_EQ(relay.to_clients[0].datagram[1], peer == alice ? 0 : 1) << "the channel";
            } else {
                EXPECT_EQ(source_of(relay.to_clients[0]), peer);
            }
        }
    }
}

#if defined(__SANITIZE_ADDRESS__)
// For as long as a former address is known this is asked for each packet between two of our allocations.
TEST_F(NewAddress, PacketsTakeNoMemoryWhileAFormerOneIsKnown) {
    const ServerConfig first = config({50'100, 50'199}, "11.0.0.1");
    TestRelay relay(first);
    TestEndpoint bob(relay, "12.0.0.2:2222", call_credential("Ym9i"));
    ASSERT_TRUE(bob.allocate().is_success());
    for (const char* former : {"11.0.0.2", "11.0.0.3"})
        relay.server.reconfigure(relay.now, config({50'100, 50'199}, former));
    for (const char* address : {"11.0.0.1", "11.0.0.2", "11.0.0.3"})
        ASSERT_TRUE(bob.permit({ip(address), 50'001}).is_success());
    const PeerAddress alice({ip("10.0.0.5"), 50'001}); // on another thread
    const auto send = [&] {
        const Action action = relay.server.handle_peer_input(relay.now, bob.relay_socket(), alice, kData);
        EXPECT_TRUE(std::holds_alternative<ForwardToClient>(action));
    };
    send(); // the first answer makes room for the others
    EXPECT_EQ(allocations_of([&] {
                  for (int i = 0; i < 100; ++i)
                      send();
              }),
              0U);
    EXPECT_GT(allocations_of([] { (void)std::make_unique<int>(1); }), 0U) << "they would be counted";
}
#endif

TEST_F(NewAddress, ARetransmittedAllocateIsToldTheSameAgain) {
    alice_.learn_nonce();
    const ByteBuffer request = alice_.client().request(stun::Method::kAllocate, TestClient::want_udp);
    const auto first = alice_.send(request);
    tell("11.0.0.2");
    const auto again = alice_.send(request);
    ASSERT_TRUE(first && again);
    EXPECT_EQ(first->bytes(), again->bytes());
}

TEST_F(NewAddress, TheFormerOneIsKnownWhateverThreadTheOtherIsOn) {
    TestRelay one(config({50'000, 50'099}, "11.0.0.1"));
    TestRelay two(config({50'100, 50'199}, "11.0.0.1"));
    TestEndpoint alice(one, "12.0.0.1:1111", call_credential("YWxpY2U"));
    TestEndpoint bob(two, "12.0.0.2:2222", call_credential("Ym9i"));
    ASSERT_TRUE(alice.allocate().is_success() && bob.allocate().is_success());
    ASSERT_TRUE(alice.permit(bob.relayed()).is_success() && bob.permit(alice.relayed()).is_success());
    one.server.reconfigure(one.now, config({50'000, 50'099}, "11.0.0.2"));
    two.server.reconfigure(two.now, config({50'100, 50'199}, "11.0.0.2"));
    EXPECT_FALSE(alice.send(alice.client().send_indication(bob.relayed(), kData)));
    ASSERT_EQ(one.to_relays.size(), 1U);
    EXPECT_EQ(one.to_relays[0].to, bob.relay_socket());
    two.peer_sends(bob.relay_socket(), {ip("10.0.0.5"), alice.relayed().port}, kData);
    ASSERT_EQ(two.to_clients.size(), 1U);
    EXPECT_EQ(source_of(two.to_clients[0]), alice.relayed());
}

TEST_F(NewAddress, TheFormerOneIsForgottenWithTheLastThatCanHaveIt) {
    ASSERT_TRUE(alice_.allocate().is_success());
    tell("11.0.0.2");
    relay_.advance(24h - 1s);
    TestEndpoint carol(relay_, "12.0.0.3:3333",
                       make_rest_credential(kSecret, relay_.wall + 10min, 2h, CredentialClass::kCall, "Y2Fyb2w"));
    ASSERT_TRUE(carol.allocate().is_success());
    EXPECT_EQ(carol.bind(0x4000, at("11.0.0.1:22")).error(), 403);
    ASSERT_TRUE(carol.permit(at("11.0.0.1:22")).is_success());
    relay_.advance(1s);
    EXPECT_TRUE(carol.bind(0x4000, at("11.0.0.1:22")).is_success()) << "it may be anybody's now";
}

TEST_F(NewAddress, OnlySoManyFormerOnesAreKept) {
    ASSERT_TRUE(alice_.allocate().is_success());
    for (std::size_t i = 0; i < kFormerAddressesMax; ++i)
        tell("11.0.0." + std::to_string(i + 2));
    EXPECT_EQ(alice_.bind(0x4000, at("11.0.0.1:22")).error(), 403) << "still ours";
    tell("11.0.0.200");
    EXPECT_TRUE(alice_.bind(0x4000, at("11.0.0.1:22")).is_success());
    EXPECT_EQ(alice_.bind(0x4001, at("11.0.0.2:22")).error(), 403);
}

// It may be anybody's by then, and was let in as ours.
TEST_F(NewAddress, WhatWasLetInAsAnAddressOfOursIsNotOnceItIsForgotten) {
    ASSERT_TRUE(alice_.allocate().is_success());
    ASSERT_TRUE(bob_.allocate().is_success());
    ASSERT_TRUE(alice_.permit(bob_.relayed()).is_success());
    ASSERT_TRUE(alice_.permit(kPeer).is_success());
    for (std::size_t i = 0; i <= kFormerAddressesMax; ++i)
        tell("11.0.0." + std::to_string(i + 2));
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(bob_.relayed(), kData)));
    EXPECT_TRUE(relay_.to_peers.empty() && relay_.to_clients.empty());
    EXPECT_EQ(relay_.server.counters().dropped_no_permission, 1U);
    EXPECT_FALSE(alice_.send(alice_.client().send_indication(kPeer, kData)));
    EXPECT_EQ(relay_.to_peers.size(), 1U) << "nobody else is touched";
}

TEST_F(NewAddress, SoManyAreKeptOfEachFamily) {
    ASSERT_TRUE(alice_.allocate().is_success());
    ServerConfig next = config(kAll, "11.0.0.2");
    for (std::size_t i = 0; i <= kFormerAddressesMax + 1; ++i) {
        next.ipv6->advertised = ip("2600::" + std::to_string(i + 2));
        relay_.server.reconfigure(relay_.now, next);
    }
    EXPECT_EQ(alice_.bind(0x4000, at("11.0.0.1:22")).error(), 403) << "still ours, whatever IPv6 does";
    TestEndpoint carol(relay_, "12.0.0.3:3333", call_credential("Y2Fyb2w"));
    ASSERT_TRUE(carol.allocate(AddressFamily::kIpv6).is_success());
    EXPECT_TRUE(carol.bind(0x4000, at("[2600::2]:22")).is_success());
    EXPECT_EQ(carol.bind(0x4001, at("[2600::3]:22")).error(), 403);
}

TEST_F(NewAddress, AReturnToAFormerOneIsNoFormerOne) {
    for (int i = 0; i < 10; ++i) {
        tell("11.0.0.2");
        tell("11.0.0.1");
    }
    tell("11.0.0.3");
    ASSERT_TRUE(alice_.allocate().is_success());
    EXPECT_EQ(alice_.bind(0x4000, at("11.0.0.1:22")).error(), 403);
    EXPECT_EQ(alice_.bind(0x4000, at("11.0.0.2:22")).error(), 403);
}

// It came after the start: a lease, a tunnel, a temporary address.
TEST_F(Reload, AnAddressThatHasBecomeOursIsNoPeerFromThenOn) {
    expect_relays();
    relay_.server.set_own_addresses({kPeer.ip});
    relay_.to_peers.clear();
    relay_.to_clients.clear();
    EXPECT_FALSE(alice_.send(TestClient::channel_data(0x4000, kData)));
    relay_.peer_sends(alice_.relay_socket(), kPeer, kData);
    EXPECT_TRUE(relay_.to_peers.empty() && relay_.to_clients.empty());
    EXPECT_EQ(alice_.permit(kPeer).error(), 403);
    EXPECT_EQ(alice_.bind(0x4000, kPeer).error(), 403);
    EXPECT_TRUE(alice_.permit(at("20.0.0.2:1")).is_success()) << "others are as they were";
    relay_.server.set_own_addresses({});
    ASSERT_TRUE(alice_.bind(0x4000, kPeer).is_success());
    expect_relays();
}

} // namespace
} // namespace vv::turn::test
