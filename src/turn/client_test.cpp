// A client against the real server: what it gets, keeps and gives back.
#include "turn/client.h"
#include "turn/client_link_for_test.h"

#include <gtest/gtest.h>

#include <set>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;

const SocketAddress kPeer = at("8.8.8.8:4000");
const SocketAddress kPeer6 = at("[2606:4700:4700::1111]:4000");

class OverEach : public testing::TestWithParam<Transport> {
protected:
    ClientLink link{client_config(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(Client, OverEach, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& one) { return name_of(one.param); });

TEST_P(OverEach, GetsARelayByTheNewerHash) {
    link.start();
    const auto allocated = link.all<Allocated>();
    ASSERT_EQ(allocated.size(), 1U);
    ASSERT_EQ(allocated[0].relayed.size(), 1U);
    EXPECT_EQ(allocated[0].relayed[0].ip, ip("11.0.0.1"));
    EXPECT_EQ(allocated[0].mapped, at("12.0.0.1:1000"));
    EXPECT_EQ(link.client->relayed(), allocated[0].relayed);
    EXPECT_EQ(link.client->password_hash(), PasswordHash::kSha256);
    EXPECT_EQ(link.sent.size(), 2U) << "one to be challenged, one to be answered";
}

TEST_P(OverEach, SendsAndHearsByIndicationsAndByAChannel) {
    link.start();
    EXPECT_FALSE(link.client->send(PeerAddress(kPeer), as_bytes("too soon")));
    EXPECT_TRUE(link.client->permit(link.now, kPeer.ip));
    link.exchange();
    EXPECT_EQ(link.all<PermissionGranted>().size(), 1U);
    for (const bool by_channel : {false, true}) {
        SCOPED_TRACE(by_channel);
        if (by_channel) {
            EXPECT_TRUE(link.client->bind_channel(link.now, PeerAddress(kPeer)));
            link.exchange();
            EXPECT_EQ(link.all<ChannelBound>().size(), 1U);
        }
        link.relay->to_peers.clear();
        link.heard.clear();
        for (const std::string_view text : {"", "a", "abc", "abcd"}) {
            EXPECT_TRUE(link.client->send(PeerAddress(kPeer), as_bytes(text)));
            link.exchange();
            ASSERT_EQ(link.relay->to_peers.size(), 1U);
            EXPECT_EQ(as_text(link.relay->to_peers[0].payload), text);
            EXPECT_EQ(link.relay->to_peers[0].to, kPeer);
            link.relay->to_peers.clear();
            link.peer_sends(kPeer, text);
            ASSERT_EQ(link.heard.size(), 1U);
            EXPECT_EQ(link.heard[0], std::pair(kPeer, std::string(text)));
            link.heard.clear();
        }
        EXPECT_EQ(looks_like_channel_data(link.sent.back()[0], kChannelLast), by_channel);
        EXPECT_EQ(link.sent.back().size() % 4, 0U);
    }
}

TEST_P(OverEach, KeepsEverythingForHours) {
    link.start();
    EXPECT_TRUE(link.client->permit(link.now, ip("9.9.9.9")));
    EXPECT_TRUE(link.client->bind_channel(link.now, PeerAddress(kPeer)));
    for (int hours = 0; hours < 6; ++hours) {
        link.run_for(1h);
        link.relay->to_peers.clear();
        EXPECT_TRUE(link.client->send(PeerAddress(kPeer), as_bytes("by channel")));
        EXPECT_TRUE(link.client->send(PeerAddress(at("9.9.9.9:1")), as_bytes("by indication")));
        link.exchange();
        EXPECT_EQ(link.relay->to_peers.size(), 2U);
        link.peer_sends(kPeer, "hello");
    }
    EXPECT_EQ(link.heard.size(), 6U);
    EXPECT_EQ(link.relay->server.counters().allocations_total, 1U);
    EXPECT_GT(link.relay->server.counters().error_438, 0U) << "nonces last an hour";
    EXPECT_EQ(link.events.size(), 4U) << "an allocation, two permissions, a channel, and nothing more";
}

TEST_P(OverEach, AWrongPasswordEndsIt) {
    ClientConfig config = client_config(GetParam());
    config.password = crypto::SecretBytes("another password");
    ClientLink wrong(config);
    wrong.start();
    EXPECT_EQ(wrong.ended().why, Ended::Why::kRefused);
    EXPECT_EQ(wrong.ended().code, 401);
    EXPECT_EQ(wrong.sent.size(), 2U);
    EXPECT_EQ(wrong.client->poll_timeout(), std::nullopt);
}

TEST_P(OverEach, GivesTheRelayBack) {
    link.start();
    EXPECT_TRUE(link.client->permit(link.now, kPeer.ip));
    link.exchange();
    EXPECT_EQ(link.relay->server.counters().allocations_live, 1U);
    link.client->close(link.now);
    EXPECT_FALSE(link.client->send(PeerAddress(kPeer), as_bytes("too late")));
    link.exchange();
    EXPECT_EQ(link.ended().why, Ended::Why::kClosed);
    EXPECT_EQ(link.relay->server.counters().allocations_live, 0U);
    EXPECT_TRUE(link.client->relayed().empty());
    link.client->close(link.now);
    link.client->handle_timeout(link.now + 1h);
    link.exchange();
    EXPECT_EQ(link.all<Ended>().size(), 1U);
}

TEST_P(OverEach, NoAnswerEndsItAfterSomeForty) {
    link.is_cut = true;
    link.start();
    link.run_for((is_stream(GetParam()) ? 39'500ms : 37'500ms) - 1ms);
    EXPECT_TRUE(link.all<Ended>().empty());
    link.run_for(1ms);
    EXPECT_EQ(link.ended().why, Ended::Why::kNoAnswer);
    EXPECT_EQ(link.sent.size(), is_stream(GetParam()) ? 1U : kClientRequestsMax);
}

TEST_P(OverEach, ARestartedServerEndsItAtTheNextRefresh) {
    link.start();
    ServerConfig config = test_config();
    config.nonce_key = {9};
    link.relay = std::make_unique<TestRelay>(config);
    link.run_for(9min - 1s);
    EXPECT_TRUE(link.all<Ended>().empty());
    link.run_for(1s);
    EXPECT_EQ(link.ended().why, Ended::Why::kRefused);
    EXPECT_EQ(link.ended().code, 437);
}

TEST(Client, GetsItsRelayWhateverIsLost) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        SCOPED_TRACE(seed);
        ClientLink link;
        link.loss_percent = 30;
        link.skip_luck(seed * 1000);
        link.start();
        link.run_for(60s);
        EXPECT_TRUE(link.client->permit(link.now, kPeer.ip));
        EXPECT_TRUE(link.client->bind_channel(link.now, PeerAddress(kPeer)));
        link.run_for(60s);
        EXPECT_EQ(link.all<Allocated>().size(), 1U);
        EXPECT_EQ(link.all<PermissionGranted>().size(), 1U);
        EXPECT_EQ(link.all<ChannelBound>().size(), 1U);
        link.client->close(link.now);
        link.run_for(1h);
        EXPECT_EQ(link.ended().why, Ended::Why::kClosed);
        EXPECT_EQ(link.relay->server.counters().allocations_live, 0U);
    }
}

TEST(Client, KeepsItsPathAliveOverUdpAlone) {
    ClientLink udp;
    ClientLink tcp(client_config(Transport::kTcp));
    for (ClientLink* link : {&udp, &tcp}) {
        link->start();
        link->run_for(1min);
    }
    EXPECT_EQ(udp.sent.size(), 2U + 3U);
    EXPECT_EQ(tcp.sent.size(), 2U);
    const auto last = stun::parse_message(udp.sent.back());
    EXPECT_EQ(last->message_class(), stun::MessageClass::kIndication);
    EXPECT_EQ(last->method(), stun::Method::kBinding);
}

TEST(Client, AsksForWhatWasWishedOnceItHasARelay) {
    ClientLink link;
    EXPECT_TRUE(link.client->permit(link.now, kPeer.ip));
    EXPECT_TRUE(link.client->bind_channel(link.now, PeerAddress(at("9.9.9.9:1"))));
    link.start();
    EXPECT_EQ(link.all<PermissionGranted>().size(), 2U);
    EXPECT_EQ(link.all<ChannelBound>().size(), 1U);
    EXPECT_EQ(link.sent.size(), 5U);
    EXPECT_TRUE(link.client->permit(link.now, kPeer.ip)) << "it is there already";
    link.exchange();
    EXPECT_EQ(link.sent.size(), 5U);
}

TEST(Client, HearsWhomTheServerDoesNotLetIn) {
    ClientLink link;
    link.start();
    EXPECT_TRUE(link.client->permit(link.now, ip("10.0.0.1")));
    link.exchange();
    const auto refused = link.all<PermissionRefused>();
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].peer, ip("10.0.0.1"));
    EXPECT_EQ(refused[0].code, 403);
    EXPECT_TRUE(link.client->is_allocated());
    EXPECT_FALSE(link.client->send(PeerAddress(at("10.0.0.1:1")), as_bytes("x")));
    EXPECT_TRUE(link.client->permit(link.now, ip("10.0.0.1"))) << "may be asked for again";
    link.exchange();
    EXPECT_EQ(link.all<PermissionRefused>().size(), 2U);
}

TEST(Client, ASilentServerEndsItWithTheNextRefresh) {
    ClientLink link;
    link.start();
    EXPECT_TRUE(link.client->permit(link.now, kPeer.ip));
    link.exchange();
    link.is_cut = true;
    link.run_for(10min);
    EXPECT_EQ(link.ended().why, Ended::Why::kNoAnswer);
    ASSERT_EQ(link.all<PermissionRefused>().size(), 1U);
    EXPECT_EQ(link.all<PermissionRefused>()[0].code, 0);
}

// However slow the server has been before: what is not refreshed in time is gone there already.
TEST(Client, ARequestIsGivenUpBeforeWhatItRefreshesEnds) {
    ClientLink link;
    link.client->start(link.now);
    while (const auto out = link.client->poll_transmit()) { // seconds there and back
        link.now += 3s;
        link.carry(out->payload);
    }
    link.exchange();
    ASSERT_TRUE(link.client->is_allocated());
    ASSERT_GE(link.client->round_trip(), 3s);
    link.is_cut = true;
    link.run_for(10min - 1s);
    EXPECT_EQ(link.ended().why, Ended::Why::kNoAnswer);
}

TEST(Client, GetsBothFamiliesOrTheOtherOne) {
    ClientConfig config = client_config();
    config.dual = true;
    ClientLink dual(config);
    dual.start();
    ASSERT_EQ(dual.client->relayed().size(), 2U);
    EXPECT_EQ(dual.client->relayed()[0].ip, ip("11.0.0.1"));
    EXPECT_EQ(dual.client->relayed()[1].ip, ip("2600::1"));
    EXPECT_TRUE(dual.client->permit(dual.now, kPeer6.ip));
    EXPECT_TRUE(dual.client->bind_channel(dual.now, PeerAddress(kPeer)));
    dual.exchange();
    EXPECT_TRUE(dual.client->send(PeerAddress(kPeer6), as_bytes("x")));
    EXPECT_TRUE(dual.client->send(PeerAddress(kPeer), as_bytes("y")));
    dual.exchange();
    EXPECT_EQ(dual.relay->to_peers.size(), 2U);
    dual.run_for(2h);
    EXPECT_EQ(dual.relay->open.size(), 2U) << "both are kept";

    ServerConfig v4_only = test_config();
    v4_only.ipv6.reset();
    ClientLink half(config, v4_only);
    half.start();
    ASSERT_EQ(half.client->relayed().size(), 1U);

    config.dual = false;
    config.family = AddressFamily::kIpv6;
    ClientLink six(config);
    six.start();
    ASSERT_EQ(six.client->relayed().size(), 1U);
    EXPECT_EQ(six.client->relayed()[0].ip, ip("2600::1"));
    ClientLink none(config, v4_only);
    none.start();
    EXPECT_EQ(none.ended().code, 440);
}

TEST(Client, TellsOfWhatIcmpSays) {
    ClientLink link;
    link.start();
    EXPECT_TRUE(link.client->permit(link.now, kPeer.ip));
    link.exchange();
    const SocketAddress relayed = link.client->relayed()[0];
    const auto fail = [&] {
        link.relay->peer_fails({AddressFamily::kIpv4, RelayPort(relayed.port)}, kPeer, {3, 3, 0});
        link.deliver_from_peers();
        link.exchange();
    };
    link.relay->now = link.now;
    fail();
    ASSERT_EQ(link.all<PeerUnreachable>().size(), 1U);
    EXPECT_EQ(link.all<PeerUnreachable>()[0].icmp, (stun::IcmpValue{3, 3, 0}));
    EXPECT_EQ(link.all<PeerUnreachable>()[0].peer, PeerAddress(kPeer));
}

TEST(Client, SaysWhatTheServerRefuses) {
    ServerConfig config = test_config();
    config.quotas.per_user = 1;
    ClientLink link(client_config(), config);
    link.start();
    SeededRng rng(9);
    Client second(client_config(), rng); // on the same path
    second.start(link.now);
    link.client = nullptr;
    while (const auto out = second.poll_transmit()) {
        const auto answer = link.relay->client_sends(link.path(), out->payload);
        ByteView bytes = answer->bytes();
        (void)second.handle_input(link.now, bytes);
    }
    const auto ended = second.poll_event();
    ASSERT_TRUE(ended && std::holds_alternative<Ended>(*ended));
    EXPECT_EQ(std::get<Ended>(*ended).code, 437);

    ClientConfig elsewhere = client_config();
    elsewhere.local.port = 1001;
    ClientLink full(elsewhere, config);
    full.relay = std::move(link.relay);
    full.start();
    EXPECT_EQ(full.ended().code, 486);

    ClientLink stopping;
    stopping.relay->server.stop_allocating();
    stopping.start();
    EXPECT_EQ(stopping.ended().code, 508);
}

/// A client whose signed Allocate has arrived, closed before the answer comes, which is returned.
ByteBuffer close_while_allocating(ClientLink& link) {
    link.client->start(link.now);
    link.carry(link.client->poll_transmit()->payload);
    ByteBuffer answer;
    link.on_the_way_back = [&](ByteBuffer& bytes) { answer = std::exchange(bytes, {}); };
    link.carry(link.client->poll_transmit()->payload);
    link.on_the_way_back = nullptr;
    link.client->close(link.now);
    return answer;
}

TEST(Client, ClosedWhileItAsksItGivesARelayBackUnderANewerNonce) {
    ServerConfig server = test_config();
    server.nonce_lifetime = 1s;
    ClientLink link(client_config(), server);
    const ByteBuffer answer = close_while_allocating(link);
    link.now += 5s;
    link.deliver(answer);
    link.exchange();
    EXPECT_GT(link.relay->server.counters().error_438, 0U);
    EXPECT_EQ(link.ended().why, Ended::Why::kClosed);
    EXPECT_EQ(link.relay->server.counters().allocations_live, 0U);
}

TEST(Client, ClosedWhileItAsksItWaitsAndDoesNotAskAgain) {
    ClientLink link;
    const ByteBuffer answer = close_while_allocating(link);
    ASSERT_FALSE(answer.empty());
    link.is_cut = true;
    link.run_for(10s);
    EXPECT_TRUE(link.sent.empty());
    EXPECT_EQ(link.ended().why, Ended::Why::kClosed);
}

TEST(Client, ClosedWhileItAsksLeavesNothingBehind) {
    ClientLink link;
    link.client->start(link.now);
    link.client->close(link.now);
    link.exchange();
    EXPECT_EQ(link.ended().why, Ended::Why::kClosed) << "nobody knows it yet";
    EXPECT_TRUE(link.sent.empty());

    ClientLink signing;
    const ByteBuffer answer = close_while_allocating(signing);
    signing.exchange();
    EXPECT_EQ(signing.relay->server.counters().allocations_live, 1U);
    EXPECT_TRUE(signing.events.empty());
    signing.deliver(answer);
    signing.exchange();
    EXPECT_EQ(signing.ended().why, Ended::Why::kClosed);
    EXPECT_EQ(signing.relay->server.counters().allocations_live, 0U);
}

TEST(Client, WaitsForTheEndOfItsRelayOnlyShortly) {
    ClientLink link;
    link.start();
    link.is_cut = true;
    link.client->close(link.now);
    link.run_for(10s);
    EXPECT_EQ(link.ended().why, Ended::Why::kClosed);
}

TEST(Client, LetsInAsManyAddressesAsItMayAndNotOneMore) {
    ServerConfig config = test_config();
    config.peers = {.permissions = 100, .channels = 100, .new_permissions = 100};
    ClientLink link(client_config(), config);
    link.start();
    for (std::uint32_t i = 0; i < kClientPermissionsMax; ++i)
        EXPECT_TRUE(link.client->permit(link.now, IpAddress::v4(0x08080000 + i)));
    EXPECT_FALSE(link.client->permit(link.now, kPeer.ip));
    EXPECT_FALSE(link.client->bind_channel(link.now, PeerAddress(kPeer)));
    link.exchange();
    EXPECT_EQ(link.all<PermissionGranted>().size(), kClientPermissionsMax);
}

TEST(Client, TakesAsManyChannelsAsItMayAndNotOneMore) {
    ServerConfig config = test_config();
    config.peers = {.permissions = 100, .channels = 100, .new_permissions = 100};
    ClientLink link(client_config(), config);
    link.start();
    for (std::uint16_t i = 0; i < kClientChannelsMax; ++i)
        EXPECT_TRUE(link.client->bind_channel(link.now, PeerAddress({kPeer.ip, static_cast<std::uint16_t>(i + 1)})));
    EXPECT_FALSE(link.client->bind_channel(link.now, PeerAddress({kPeer.ip, 100})));
    link.exchange();
    EXPECT_EQ(link.all<ChannelBound>().size(), kClientChannelsMax);
    EXPECT_TRUE(link.client->bind_channel(link.now, PeerAddress({kPeer.ip, 1}))) << "it has one";
    EXPECT_TRUE(link.client->send(PeerAddress({kPeer.ip, 100}), as_bytes("without a channel")));
}

TEST(Client, WhoWasRefusedTakesNobodysPlace) {
    ServerConfig config = test_config();
    config.peers = {.permissions = 100, .channels = 100, .new_permissions = 200};
    ClientLink link(client_config(), config);
    link.start();
    for (std::uint32_t i = 0; i < kClientPermissionsMax; ++i)
        EXPECT_TRUE(link.client->permit(link.now, IpAddress::v4(0x0A000000 + i)));
    EXPECT_FALSE(link.client->permit(link.now, kPeer.ip)) << "the others are being asked for";
    link.exchange();
    EXPECT_EQ(link.all<PermissionRefused>().size(), kClientPermissionsMax);
    EXPECT_TRUE(link.client->permit(link.now, kPeer.ip));
    link.exchange();
    EXPECT_TRUE(link.client->is_permitted(kPeer.ip));
}

TEST(Client, AsksAgainForAChannelThatWasRefused) {
    ClientLink link;
    link.start();
    EXPECT_TRUE(link.client->permit(link.now, kPeer.ip));
    link.exchange();
    link.is_cut = true;
    EXPECT_TRUE(link.client->bind_channel(link.now, PeerAddress(kPeer)));
    link.run_for(1min);
    link.is_cut = false;
    EXPECT_FALSE(link.client->has_channel(PeerAddress(kPeer)));
    EXPECT_TRUE(link.client->bind_channel(link.now, PeerAddress(kPeer)));
    link.exchange();
    EXPECT_TRUE(link.client->has_channel(PeerAddress(kPeer)));
}

TEST(Client, ANumberThatWasRefusedRestsBeforeItStandsForAnotherPeer) {
    ServerConfig config = test_config();
    config.peers = {.permissions = 100, .channels = 1, .new_permissions = 100};
    ClientLink link(client_config(), config);
    link.start();
    const auto peer = [](std::size_t i) { return PeerAddress({kPeer.ip, static_cast<std::uint16_t>(i + 1)}); };
    for (std::size_t i = 0; i < kClientChannelsMax; ++i)
        EXPECT_TRUE(link.client->bind_channel(link.now, peer(i)));
    link.exchange();
    ASSERT_EQ(link.all<ChannelBound>().size(), 1U) << "the server has no more";
    link.run_for(kChannelLifetime + kChannelRest - 1s);
    EXPECT_FALSE(link.client->bind_channel(link.now, peer(99))) << "it might still have it bound";
    link.run_for(1s);
    EXPECT_TRUE(link.client->bind_channel(link.now, peer(99)));
}

TEST(Client, WhoLeavesAsksForNothingMore) {
    ClientLink link;
    link.start();
    link.is_cut = true;
    link.client->close(link.now);
    EXPECT_FALSE(link.client->permit(link.now, kPeer.ip));
    EXPECT_FALSE(link.client->bind_channel(link.now, PeerAddress(kPeer)));
    link.run_for(1min);
    EXPECT_EQ(link.ended().why, Ended::Why::kClosed);
    EXPECT_FALSE(link.client->permit(link.now, kPeer.ip));
    EXPECT_FALSE(link.client->bind_channel(link.now, PeerAddress(kPeer)));
}

TEST(Client, AsksForTenThingsAtOnceAtMost) {
    ServerConfig config = test_config();
    config.peers = {.permissions = 100, .channels = 100, .new_permissions = 100};
    ClientLink link(client_config(), config);
    link.start();
    link.is_cut = true;
    link.run_for(9min - 10s);
    const auto asked = [&, before = link.sent.size()] {
        std::set<stun::TransactionId> ids;
        for (std::size_t i = before; i < link.sent.size(); ++i) {
            const auto message = stun::parse_message(link.sent[i]).value();
            if (message.message_class() == stun::MessageClass::kRequest) ids.insert(message.transaction_id());
        }
        return ids.size();
    };
    for (std::uint32_t i = 0; i < kClientPermissionsMax; ++i)
        EXPECT_TRUE(link.client->permit(link.now, IpAddress::v4(0x08080000 + i)));
    link.run_for(9s);
    EXPECT_EQ(asked(), kClientRequestsAtOnceMax - 1);
    link.run_for(2s);
    EXPECT_EQ(asked(), kClientRequestsAtOnceMax) << "the refresh has a place of its own";
    link.is_cut = false;
    link.run_for(1min);
    EXPECT_EQ(link.all<PermissionGranted>().size(), kClientPermissionsMax);
}

TEST(Client, HoldsAsManyPacketsAsItMayAndNotOneMore) {
    ClientLink link;
    link.start();
    EXPECT_TRUE(link.client->permit(link.now, kPeer.ip));
    link.exchange();
    for (std::size_t i = 0; i < kClientPacketsMax; ++i)
        EXPECT_TRUE(link.client->send(PeerAddress(kPeer), as_bytes("x")));
    EXPECT_FALSE(link.client->send(PeerAddress(kPeer), as_bytes("x")));
    (void)link.client->poll_transmit();
    EXPECT_TRUE(link.client->send(PeerAddress(kPeer), as_bytes("x")));
    EXPECT_FALSE(link.client->send(PeerAddress(kPeer), ByteBuffer(65'507)));
}

TEST(Client, WhatItSendsFitsIntoADatagram) {
    ClientConfig config = client_config();
    config.family = AddressFamily::kIpv6; // the longest header
    for (const bool dont_fragment : {false, true}) {
        ClientLink link(config);
        link.start();
        EXPECT_TRUE(link.client->permit(link.now, kPeer6.ip));
        link.exchange();
        std::size_t size = 65'507;
        while (!link.client->send(PeerAddress(kPeer6), ByteBuffer(size), dont_fragment))
            --size;
        EXPECT_GT(size, 65'400U);
        EXPECT_LE(link.client->poll_transmit()->payload.size(), 65'507U);
    }
}

TEST(Client, AnOlderServerIsSpokenToInItsWay) {
    ClientLink link;
    link.on_the_way_back = [](ByteBuffer& bytes) { // as one that knows RFC 5766 alone would say it
        const Answer answer(bytes);
        if (answer.error() != 401) return;
        SeededRng rng(1);
        const NonceIssuer nonces(test_config().nonce_key, test_config().nonce_lifetime);
        const std::string nonce = nonces.issue(Instant(1h), ClientAddress(at("12.0.0.1:1000")));
        ByteBuffer older;
        stun::MessageBuilder(older, stun::Method::kAllocate, stun::MessageClass::kError,
                             answer.message().transaction_id())
            .add_error_code(stun::ErrorCode::kUnauthenticated)
            .add_text(stun::AttributeType::kRealm, kRealm)
            .add_text(stun::AttributeType::kNonce, nonce);
        bytes = older;
    };
    link.start();
    EXPECT_TRUE(link.client->is_allocated());
    EXPECT_EQ(link.client->password_hash(), PasswordHash::kMd5);
    link.run_for(3h);
    EXPECT_TRUE(link.client->is_allocated());
}

TEST(Client, HidesItsNameWhereTheServerKnowsAllNames) {
    ServerConfig server = test_config();
    server.secrets.clear();
    server.users = {{"app", crypto::SecretBytes("a password of the tests"), false}};
    ClientConfig config = client_config();
    config.username = "app";
    config.password = crypto::SecretBytes("a password of the tests");
    ClientLink link(config, server);
    link.start();
    EXPECT_TRUE(link.client->is_allocated());
    const auto request = stun::parse_message(link.sent[1]);
    EXPECT_FALSE(request->has(stun::AttributeType::kUsername));
    EXPECT_TRUE(request->has(stun::AttributeType::kUserhash));
    link.run_for(3h);
    EXPECT_TRUE(link.client->is_allocated());
}

} // namespace
} // namespace vv::turn::test
