// Clients over TCP and TLS: what is another there than over UDP (RFC 8656 §3.1, §12.5), and that nothing else is.
#include "stun/builder.h"
#include "turn/server.h"
#include "turn/stream_framer.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using stun::MessageBuilder;
using stun::MessageClass;
using stun::Method;

const SocketAddress kPeer = at("8.8.8.8:5000");

class RelayStream : public testing::TestWithParam<Transport> {
protected:
    [[nodiscard]] const Counters& counters() const { return relay_.server.counters(); }
    TestEndpoint client(std::string_view address, std::string_view leg, Transport transport) {
        return {relay_, address, call_credential(leg), transport};
    }

    TestRelay relay_;
    TestEndpoint alice_{relay_, "12.0.0.1:1111", call_credential("YWxpY2U"), GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Over, RelayStream, testing::Values(Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(RelayStream, PadsChannelDataToFourBytes) {
    ASSERT_TRUE(alice_.allocate().is_success());
    ASSERT_TRUE(alice_.bind(0x4000, kPeer).is_success());
    for (std::size_t size = 0; size <= 9; ++size) {
        const ByteBuffer payload(size, 0xAB);
        relay_.peer_sends(alice_.relay_socket(), kPeer, payload);
        ByteBuffer expected = TestClient::channel_data(0x4000, payload);
        expected.resize(stun::padded_size(expected.size()), 0);
        EXPECT_EQ(relay_.to_clients.back().datagram, expected) << size;
        EXPECT_EQ(relay_.to_clients.back().to, alice_.path());
    }
}

TEST_P(RelayStream, IsCountedUnderItsOwnTransport) {
    ASSERT_TRUE(alice_.allocate().is_success());
    ASSERT_TRUE(alice_.bind(0x4000, kPeer).is_success());
    EXPECT_FALSE(alice_.send(TestClient::channel_data(0x4000, ByteBuffer(4))));
    relay_.peer_sends(alice_.relay_socket(), kPeer, ByteBuffer(7));
    const Traffic& own = GetParam() == Transport::kTcp ? counters().tcp : counters().tls;
    EXPECT_EQ(own.packets_to_peers, 1U);
    EXPECT_EQ(own.bytes_to_peers, 4U);
    EXPECT_EQ(own.packets_to_clients, 1U);
    EXPECT_EQ(own.bytes_to_clients, 7U);
    EXPECT_EQ(counters().udp.packets_to_peers + counters().udp.packets_to_clients, 0U);
}

TEST_P(RelayStream, WhatItSendsCanBeCutIntoFramesAgain) {
    ASSERT_TRUE(alice_.allocate().is_success());
    ASSERT_TRUE(alice_.bind(0x4000, kPeer).is_success());
    ByteBuffer stream;
    for (std::size_t size = 0; size < 20; ++size) {
        relay_.peer_sends(alice_.relay_socket(), size % 2 == 0 ? kPeer : at("8.8.8.8:1"), ByteBuffer(size, 1));
        const ByteBuffer& sent = relay_.to_clients.back().datagram;
        stream.insert(stream.end(), sent.begin(), sent.end());
    }
    StreamFramer framer;
    ByteView input(stream);
    std::size_t frames = 0;
    while (framer.poll_frame(input).value())
        ++frames;
    EXPECT_EQ(frames, 20U);
    EXPECT_TRUE(input.empty() && framer.is_idle());
}

TEST_P(RelayStream, TakesChannelDataWithAndWithoutItsPadding) {
    ASSERT_TRUE(alice_.allocate().is_success());
    ASSERT_TRUE(alice_.bind(0x4000, kPeer).is_success());
    ByteBuffer frame = TestClient::channel_data(0x4000, bytes_of("hello"));
    EXPECT_FALSE(alice_.send(frame));
    frame.resize(stun::padded_size(frame.size()), 0);
    EXPECT_FALSE(alice_.send(frame));
    ASSERT_EQ(relay_.to_peers.size(), 2U);
    EXPECT_EQ(relay_.to_peers[0].payload, bytes_of("hello"));
    EXPECT_EQ(relay_.to_peers[1].payload, bytes_of("hello"));
}

TEST_P(RelayStream, DropsWhatNoDatagramCouldCarry) {
    ServerConfig config = test_config();
    config.call.bytes_per_second = 1'000'000;
    config.call.burst_bytes = 10'000'000;
    TestRelay relay(config);
    TestEndpoint client(relay, "12.0.0.1:1", call_credential(), GetParam());
    ASSERT_TRUE(client.allocate().is_success());
    ASSERT_TRUE(client.bind(0x4000, kPeer).is_success());
    EXPECT_FALSE(client.send(TestClient::channel_data(0x4000, ByteBuffer(65'507))));
    EXPECT_EQ(relay.to_peers.size(), 1U);
    EXPECT_FALSE(client.send(TestClient::channel_data(0x4000, ByteBuffer(65'508))));
    EXPECT_EQ(relay.to_peers.size(), 1U);
    EXPECT_EQ(relay.server.counters().dropped_too_large, 1U);
}

TEST_P(RelayStream, TheAllocationEndsWithItsStream) {
    ASSERT_TRUE(alice_.allocate().is_success());
    ASSERT_TRUE(alice_.permit(kPeer).is_success());
    EXPECT_TRUE(relay_.server.has_allocation(alice_.path()));
    relay_.server.handle_path_closed(relay_.now, alice_.path());
    relay_.run_commands();
    EXPECT_FALSE(relay_.server.has_allocation(alice_.path()));
    EXPECT_TRUE(relay_.open.empty()) << "its relay socket is closed";
    EXPECT_TRUE(relay_.server.is_empty()) << "and its quota given back";
    EXPECT_EQ(counters().allocations_live, 0U);
    relay_.peer_sends(alice_.relay_socket(), kPeer, bytes_of("late"));
    EXPECT_TRUE(relay_.to_clients.empty());
    relay_.advance(600s); // by then it has earned back all it has spent
    EXPECT_FALSE(relay_.server.poll_timeout()) << "no deadline of it is left";
}

TEST_P(RelayStream, AStreamWithoutAllocationEndsQuietly) {
    relay_.server.handle_path_closed(relay_.now, alice_.path());
    EXPECT_FALSE(relay_.server.poll_command());
    ASSERT_TRUE(alice_.allocate().is_success());
    FiveTuple other = alice_.path();
    other.transport = Transport::kUdp;
    relay_.server.handle_path_closed(relay_.now, other);
    EXPECT_TRUE(relay_.server.has_allocation(alice_.path())) << "the same addresses over UDP are another path";
}

TEST_P(RelayStream, AStreamThatEndsBeforeItsRelaySocketIsOpenLeavesNothing) {
    alice_.learn_nonce();
    const ByteBuffer request = alice_.client().request(Method::kAllocate, TestClient::want_udp);
    (void)relay_.server.handle_client_input(relay_.now, relay_.wall, alice_.path(), request);
    EXPECT_TRUE(relay_.server.has_allocation(alice_.path()));
    relay_.server.handle_path_closed(relay_.now, alice_.path());
    EXPECT_TRUE(relay_.server.is_empty());
    std::optional<RelaySocket> wanted;
    while (const auto command = relay_.server.poll_command()) {
        if (const auto* open = std::get_if<OpenRelayPort>(&*command)) wanted = open->relay;
    }
    ASSERT_TRUE(wanted);
    relay_.server.handle_relay_port_opened(relay_.now, *wanted);
    EXPECT_FALSE(relay_.server.poll_command()) << "nobody is left to answer";
}

TEST_P(RelayStream, TheDriverLearnsOverWhatTheClientOfARelayPortComes) {
    alice_.learn_nonce();
    const ByteBuffer request = alice_.client().request(Method::kAllocate, TestClient::want_udp);
    (void)relay_.server.handle_client_input(relay_.now, relay_.wall, alice_.path(), request);
    const auto command = relay_.server.poll_command();
    ASSERT_TRUE(command);
    const auto* open = std::get_if<OpenRelayPort>(&*command);
    ASSERT_NE(open, nullptr);
    EXPECT_EQ(open->client, GetParam());
}

TEST_P(RelayStream, TheSameAddressesOverAnotherTransportAreAnotherPath) {
    TestEndpoint udp = client("12.0.0.1:1111", "YWxpY2U", Transport::kUdp);
    ASSERT_TRUE(alice_.allocate().is_success());
    ASSERT_TRUE(udp.allocate().is_success());
    EXPECT_NE(alice_.relayed(), udp.relayed());
    ASSERT_TRUE(alice_.bind(0x4000, kPeer).is_success());
    EXPECT_FALSE(udp.send(TestClient::channel_data(0x4000, bytes_of("x")))) << "its channels are its own";
    EXPECT_TRUE(relay_.to_peers.empty());
}

TEST_P(RelayStream, AnswersBindings) {
    ByteBuffer request;
    MessageBuilder(request, Method::kBinding, MessageClass::kRequest, alice_.client().new_id());
    const auto answer = alice_.send(request);
    ASSERT_TRUE(answer && answer->is_success());
    EXPECT_EQ(answer->address(stun::AttributeType::kXorMappedAddress), at("12.0.0.1:1111"));
}

// A stranger's source is not forged here, so an answer may be larger than its request.
TEST_P(RelayStream, AnswersTheShortestAllocate) {
    ServerConfig config = test_config();
    config.realm = std::string(kRealmSizeMax, 'r');
    TestRelay relay(config);
    TestEndpoint stranger(relay, "12.0.0.1:1", call_credential(), GetParam());
    ByteBuffer request;
    MessageBuilder(request, Method::kAllocate, MessageClass::kRequest, stranger.client().new_id());
    const auto answer = stranger.send(request);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->error(), 401);
    EXPECT_GT(answer->bytes().size(), 3 * request.size());
    EXPECT_EQ(relay.server.counters().dropped_amplifying, 0U);
}

TEST_P(RelayStream, ChallengesAreCappedPerSourceOverAllItsStreams) {
    ServerConfig config = test_config();
    config.challenges = {1, 5};
    TestRelay relay(config);
    int answered = 0;
    for (unsigned port = 1; port <= 20; ++port) {
        TestEndpoint stranger(relay, "12.0.0.1:" + std::to_string(port), call_credential(),
                              port % 2 == 0 ? GetParam() : Transport::kUdp);
        if (stranger.send(stranger.client().bare_allocate())) ++answered;
    }
    EXPECT_EQ(answered, 5);
    EXPECT_EQ(relay.server.counters().dropped_reply_limit, 15U);
    TestEndpoint other(relay, "12.0.0.2:1", call_credential(), GetParam());
    EXPECT_TRUE(other.send(other.client().bare_allocate()));
}

TEST_P(RelayStream, QuotasCountAcrossTransports) {
    ServerConfig config = test_config();
    config.quotas = {.per_user = 3, .per_source = 5, .total = 100};
    TestRelay relay(config);
    const std::array transports{Transport::kUdp, Transport::kTcp, Transport::kTls};
    for (const Transport transport : transports) {
        TestEndpoint one(relay, "12.0.0.1:1", call_credential("b25l"), transport);
        EXPECT_TRUE(one.allocate().is_success());
    }
    TestEndpoint fourth(relay, "12.0.0.1:2", call_credential("b25l"), GetParam());
    EXPECT_EQ(fourth.allocate().error(), 486) << "of one user";
    TestEndpoint second_user(relay, "12.0.0.1:3", call_credential("dHdv"), Transport::kUdp);
    TestEndpoint second_user_too(relay, "12.0.0.1:3", call_credential("dHdv"), GetParam());
    EXPECT_TRUE(second_user.allocate().is_success());
    EXPECT_TRUE(second_user_too.allocate().is_success());
    TestEndpoint third_user(relay, "12.0.0.1:4", call_credential("dGhyZWU"), GetParam());
    EXPECT_EQ(third_user.allocate().error(), 486) << "of one source";
    relay.server.handle_path_closed(relay.now, second_user_too.path());
    relay.run_commands();
    EXPECT_TRUE(third_user.allocate().is_success()) << "what a closed stream had is given back";
}

// Both ends of a call at one relay, each on its own transport.
TEST_P(RelayStream, MeetsEveryTransportWithinTheRelay) {
    ASSERT_TRUE(alice_.allocate().is_success());
    for (const Transport transport : {Transport::kUdp, Transport::kTcp, Transport::kTls}) {
        relay_.to_clients.clear();
        TestEndpoint bob = client("12.0.0.2:2", "Ym9i", transport);
        ASSERT_TRUE(bob.allocate().is_success());
        ASSERT_TRUE(alice_.permit(bob.relayed()).is_success());
        ASSERT_TRUE(bob.bind(0x4001, alice_.relayed()).is_success());
        EXPECT_FALSE(alice_.send(alice_.client().send_indication(bob.relayed(), bytes_of("hi!"))));
        ASSERT_EQ(relay_.to_clients.size(), 1U);
        EXPECT_EQ(relay_.to_clients[0].to, bob.path());
        EXPECT_EQ(relay_.to_clients[0].datagram.size(), is_stream(transport) ? 8U : 7U);
        EXPECT_FALSE(bob.send(TestClient::channel_data(0x4001, bytes_of("ho"))));
        ASSERT_EQ(relay_.to_clients.size(), 2U);
        EXPECT_EQ(relay_.to_clients[1].to, alice_.path());
    }
}

} // namespace
} // namespace vv::turn::test
