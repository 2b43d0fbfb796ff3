// TURN over TCP and TLS, on the page's own port, with real sockets.
#include "net/turn_server_for_test.h"

#include <gtest/gtest.h>

#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <vector>

namespace vv::net {
namespace {

// On the page's port, plain and over TLS.
class TurnStream : public testing::TestWithParam<bool> {
protected:
    static TurnServer::Options options() {
        TurnServer::Options options;
        options.tls = GetParam();
        return options;
    }
    [[nodiscard]] static TurnClient client(const TurnServer& server, std::uint64_t seed, int receive_buffer = 0) {
        return {server.page, GetParam(), seed, receive_buffer};
    }
    [[nodiscard]] static std::string transport() { return GetParam() ? "transport=\"tls\"" : "transport=\"tcp\""; }
};

INSTANTIATE_TEST_SUITE_P(Over, TurnStream, testing::Bool(),
                         [](const auto& given) { return given.param ? "Tls" : "Tcp"; });

TEST_P(TurnStream, SharesThePagesPort) {
    TurnServer server(options());
    TurnClient turn = client(server, 1);
    EXPECT_TRUE(turn.ask(binding_request()).is_success());
    TestClient http(server.page, GetParam());
    EXPECT_EQ(http.get("/").body, "<p>hello");
    EXPECT_TRUE(turn.ask(binding_request()).is_success()) << "one beside the other";
    EXPECT_EQ(http.get("/").status, 200);
    EXPECT_EQ(server.metrics.count_of("visavis_turn_streams_total", transport()), 1U);
}

TEST_P(TurnStream, TellsTheAddressItCameFrom) {
    TurnServer server(options());
    TurnClient turn = client(server, 1);
    EXPECT_EQ(turn.ask(binding_request()).address(stun::AttributeType::kXorMappedAddress),
              local_address(turn.stream.fd()));
}

TEST_P(TurnStream, RelaysToAPeerAndBack) {
    TurnServer server(options());
    TurnClient alice = client(server, 1);
    UdpEnd peer;
    const SocketAddress relayed = alice.allocate();
    ASSERT_EQ(alice.bind(0x4000, peer.address()), 0);
    alice.stream.send(stream_channel_data(0x4000, "hello"));
    EXPECT_EQ(as_text(peer.receive()), "hello");
    peer.send(relayed, as_bytes("and back"));
    EXPECT_EQ(alice.next_text(0x4000), "and back");
    alice.stream.send(alice.turn.send_indication(peer.address(), as_bytes("indicated")));
    EXPECT_EQ(as_text(peer.receive()), "indicated");
}

TEST_P(TurnStream, ReadsMessagesByteByByte) {
    TurnServer server(options());
    TurnClient alice = client(server, 1);
    UdpEnd peer;
    for (const std::uint8_t byte : binding_request())
        alice.stream.send(ByteBuffer{byte});
    const auto answer = alice.next_frame();
    ASSERT_TRUE(answer);
    EXPECT_TRUE(turn::test::Answer(*answer).is_success());
    (void)alice.allocate();
    ASSERT_EQ(alice.bind(0x4000, peer.address()), 0);
    for (const std::uint8_t byte : stream_channel_data(0x4000, "slowly"))
        alice.stream.send(ByteBuffer{byte});
    EXPECT_EQ(as_text(peer.receive()), "slowly");
}

TEST_P(TurnStream, ReadsManyFramesOfOneRead) {
    TurnServer server(options());
    TurnClient alice = client(server, 1);
    UdpEnd peer;
    (void)alice.allocate();
    ASSERT_EQ(alice.bind(0x4000, peer.address()), 0);
    ByteBuffer all;
    for (int i = 0; i < 100; ++i) {
        const ByteBuffer frame = stream_channel_data(0x4000, std::to_string(i));
        all.insert(all.end(), frame.begin(), frame.end());
    }
    alice.stream.send(all);
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(as_text(peer.receive()), std::to_string(i));
}

TEST_P(TurnStream, RelaysMoreThanOneReadHoldsInOrder) {
    TurnServer server(options());
    TurnClient alice = client(server, 1);
    TurnClient bob = client(server, 2);
    const SocketAddress alice_relayed = alice.allocate();
    ASSERT_EQ(alice.bind(0x4000, bob.allocate()), 0);
    ASSERT_EQ(bob.bind(0x4001, alice_relayed), 0);
    for (int round = 0; round < 50; ++round) {
        ByteBuffer all;
        for (int i = 0; i < 100; ++i) {
            const ByteBuffer frame =
                stream_channel_data(0x4000, std::to_string(round * 100 + i) + std::string(1000, 'x'));
            all.insert(all.end(), frame.begin(), frame.end());
        }
        alice.stream.send(all); // within what the queue holds
        for (int i = 0; i < 100; ++i)
            ASSERT_EQ(std::atoi(bob.next_text(0x4001).c_str()), round * 100 + i);
    }
    EXPECT_EQ(server.dropped(), 0U);
}

TEST_P(TurnStream, MeetsAClientOverUdpWithinTheShard) {
    TurnServer server(options());
    TurnClient alice = client(server, 1);
    const SocketAddress alice_relayed = alice.allocate();
    UdpEnd bob;
    turn::test::TestClient bob_turn = turn_client(2);
    const auto ask = [&](const ByteBuffer& request) {
        bob.send(server.udp, request);
        return turn::test::Answer(bob.receive());
    };
    const SocketAddress bob_relayed = allocate(bob_turn, ask);
    ASSERT_EQ(alice.bind(0x4000, bob_relayed), 0);
    ASSERT_EQ(ask(bob_turn.request(stun::Method::kChannelBind, turn::test::TestClient::binding(0x4001, alice_relayed)))
                  .error(),
              0);
    alice.stream.send(stream_channel_data(0x4000, "from a stream"));
    EXPECT_EQ(bob.receive(), turn::test::TestClient::channel_data(0x4001, as_bytes("from a stream")));
    bob.send(server.udp, turn::test::TestClient::channel_data(0x4001, as_bytes("to a stream")));
    EXPECT_EQ(alice.next_text(0x4000), "to a stream");
}

TEST_P(TurnStream, TheAllocationEndsWithTheConnection) {
    TurnServer server(options());
    SocketAddress relayed;
    {
        TurnClient alice = client(server, 1);
        relayed = alice.allocate();
        EXPECT_TRUE(server.is_live(relayed));
        EXPECT_EQ(server.open_streams(), 1);
    }
    server.wait_until([&] { return !server.is_live(relayed) && server.open_streams() == 0; });
    EXPECT_EQ(server.cut("silent") + server.cut("slow") + server.cut("protocol"), 0U);
}

TEST_P(TurnStream, ReadsWhatCameBeforeTheEnd) {
    TurnServer server(options());
    UdpEnd peer;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) { // the end may come with the last words or behind them
        TurnClient alice = client(server, seed);
        (void)alice.allocate();
        ASSERT_EQ(alice.bind(0x4000, peer.address()), 0);
        alice.stream.send(stream_channel_data(0x4000, "and good-bye"));
        alice.stream.half_close();
        EXPECT_EQ(as_text(peer.receive()), "and good-bye");
        EXPECT_TRUE(alice.is_closed());
    }
    server.wait_until([&] { return server.open_streams() == 0; });
}

// More than one client may have read in a round.
TEST_P(TurnStream, ReadsToTheEndWhatTheLoopTellsOfOnce) {
    TurnServer server(options());
    TurnClient alice = client(server, 1);
    UdpEnd peer;
    (void)alice.allocate();
    ASSERT_EQ(alice.bind(0x4000, peer.address()), 0);
    ByteBuffer all;
    const ByteBuffer nowhere = stream_channel_data(0x4001, std::string(1000, 'x'));
    while (all.size() < 1'000'000)
        all.insert(all.end(), nowhere.begin(), nowhere.end());
    const ByteBuffer last = stream_channel_data(0x4000, "the last");
    all.insert(all.end(), last.begin(), last.end());
    for (int i = 0; i < 10; ++i) {
        alice.stream.send(all);
        EXPECT_EQ(as_text(peer.receive()), "the last");
    }
}

TEST_P(TurnStream, WhatIsNoFrameEndsTheConnection) {
    TurnServer server(options());
    TurnClient alice = client(server, 1);
    EXPECT_TRUE(alice.ask(binding_request()).is_success());
    alice.stream.send(ByteBuffer{0x80, 0, 0, 0});
    EXPECT_TRUE(alice.is_closed());
    server.wait_until([&] { return server.cut("protocol") == 1; });
}

// "GET " reads as ChannelData of 21 536 bytes, which nobody without an allocation may send.
TEST_P(TurnStream, HttpBehindTurnEndsTheConnection) {
    TurnServer server(options());
    TurnClient alice = client(server, 1);
    EXPECT_TRUE(alice.ask(binding_request()).is_success());
    alice.stream.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(alice.is_closed());
    server.wait_until([&] { return server.cut("protocol") == 1; });
}

TEST_P(TurnStream, OnlyAClientWithAnAllocationMaySendLongFrames) {
    TurnServer server(options());
    const auto header = [](std::size_t padded) {
        return turn::write_channel_data_header(turn::ChannelNumber(0x4000), padded - turn::kChannelDataHeaderSize);
    };
    for (const std::size_t size : {turn::kStrangerFrameSizeMax, turn::kStrangerFrameSizeMax + 4}) {
        TurnClient stranger = client(server, 1);
        EXPECT_TRUE(stranger.ask(binding_request()).is_success());
        ByteBuffer frame(size);
        std::ranges::copy(header(size), frame.begin());
        stranger.stream.send(frame);
        stranger.stream.send(binding_request());
        EXPECT_EQ(stranger.next_frame().has_value(), size == turn::kStrangerFrameSizeMax);
    }
    TurnClient alice = client(server, 2);
    UdpEnd peer;
    (void)alice.allocate();
    ASSERT_EQ(alice.bind(0x4000, peer.address()), 0);
    alice.stream.send(stream_channel_data(0x4000, std::string(60'000, 'l')));
    EXPECT_EQ(peer.receive().size(), 60'000U);
}

// What begins like STUN and is not goes to the HTTP parser, which refuses it.
TEST_P(TurnStream, AFirstByteOfStunWithoutTheCookieIsABadRequest) {
    TurnServer server(options());
    for (const std::size_t piece : {std::size_t{1}, std::size_t{8}, std::size_t{28}}) {
        TestClient client(server.page, GetParam());
        ByteBuffer classic = binding_request();
        classic[4] = 0;
        classic.resize(28, 'x');
        for (std::size_t i = 0; i < classic.size(); i += piece)
            client.send(as_text(ByteView(classic).subspan(i, std::min(piece, classic.size() - i))));
        EXPECT_EQ(client.read_response().status, 400) << piece;
    }
    EXPECT_EQ(server.metrics.count_of("visavis_turn_streams_total", transport()), 0U);
}

TEST_P(TurnStream, HalfAHeaderHasADeadline) {
    auto given = options();
    given.times.head = 1s; // all of them have arrived by then
    TurnServer server(given);
    std::vector<std::unique_ptr<TurnClient>> clients;
    for (const std::size_t size : {1U, 7U, 8U, 19U}) {
        clients.push_back(std::make_unique<TurnClient>(server.page, GetParam(), size));
        clients.back()->stream.send(as_text(ByteView(binding_request()).first(size)));
    }
    for (const auto& client : clients)
        EXPECT_TRUE(client->is_closed());
    server.wait_until([&] { return server.counters.silent.value() == 2 && server.cut("silent") == 2; });
    server.wait_until([&] { return server.seats() == 0; });
}

// Whoever says nothing at all is let go in peace, once TLS is done: it may be a browser that has connected in advance.
TEST_P(TurnStream, NoByteOfAHeaderHasADeadlineToo) {
    auto given = options();
    given.times.head = 100ms;
    given.times.linger = 100ms;
    TurnServer server(given);
    TurnClient silent = client(server, 1);
    EXPECT_TRUE(silent.is_closed());
    server.wait_until([&] { return server.seats() == 0; });
    EXPECT_EQ(server.counters.silent.value(), 0U);
    EXPECT_EQ(server.open_streams(), 0);
}

// A byte behind whole messages is the beginning of one that does not come.
TEST_P(TurnStream, NothingBehindAMessageHasADeadlineToo) {
    auto given = options();
    given.streams.silence = 100ms;
    TurnServer server(given);
    TurnClient talker = client(server, 1);
    EXPECT_TRUE(talker.ask(binding_request()).is_success());
    talker.stream.send(ByteBuffer{0});
    EXPECT_TRUE(talker.is_closed());
    server.wait_until([&] { return server.cut("silent") == 1 && server.seats() == 0; });
}

TEST_P(TurnStream, WithoutAnAllocationSilenceHasADeadline) {
    auto given = options();
    given.streams.silence = 100ms;
    TurnServer server(given);
    TurnClient with = client(server, 1);
    const SocketAddress relayed = with.allocate();
    TurnClient without = client(server, 2);
    EXPECT_TRUE(without.ask(binding_request()).is_success());
    EXPECT_TRUE(without.is_closed());
    TurnClient later = client(server, 3); // by then the first has been silent twice as long
    EXPECT_TRUE(later.ask(binding_request()).is_success());
    EXPECT_TRUE(later.is_closed());
    EXPECT_TRUE(server.is_live(relayed));
    EXPECT_TRUE(with.ask(binding_request()).is_success());
    EXPECT_EQ(server.cut("silent"), 2U);
    const auto refresh = with.turn.request(stun::Method::kRefresh, [](stun::MessageBuilder& builder) {
        builder.add_u32(stun::AttributeType::kLifetime, 0);
    });
    EXPECT_TRUE(with.ask(refresh).is_success());
    EXPECT_TRUE(with.is_closed()) << "it has none any more";
}

TEST_P(TurnStream, AClientThatDoesNotReadLosesTheOldestMediaAndNoAnswer) {
    TurnServer server(options());
    TurnClient alice = client(server, 1, 4096);
    UdpEnd peer;
    const SocketAddress relayed = alice.allocate();
    ASSERT_EQ(alice.bind(0x4000, peer.address()), 0);
    int sent = 0;
    const auto flood = [&] {
        const std::uint64_t before = server.dropped();
        while (server.dropped() < before + 50) {
            for (int i = 0; i < 20; ++i)
                peer.send(relayed, as_bytes(std::to_string(sent++) + ":" + std::string(1000, 'm')));
            server.settle();
            ASSERT_LT(sent, 1'000'000);
        }
    };
    flood();
    alice.stream.send(binding_request());
    server.settle();
    flood();
    peer.send(relayed, as_bytes("the last"));
    server.settle();
    int last = -1;
    int received = 0;
    bool answered = false;
    for (std::string text; text != "the last";) {
        const auto frame = alice.next_frame();
        ASSERT_TRUE(frame);
        if (stun::looks_like_stun(frame->front())) {
            answered = true;
            continue;
        }
        text = std::string(as_text(turn::parse_channel_data(*frame, turn::kChannelLast)->payload));
        if (text == "the last") break;
        EXPECT_GT(std::atoi(text.c_str()), last) << "in order";
        EXPECT_TRUE(text.ends_with(std::string(1000, 'm'))) << "and whole";
        last = std::atoi(text.c_str());
        ++received;
    }
    EXPECT_TRUE(answered);
    EXPECT_LT(received, sent);
    EXPECT_EQ(server.cut("slow"), 0U);
}

// Far more than the kernel holds for a client (tcp_wmem), and than waits unless the operator says so.
TEST_P(TurnStream, AsMuchWaitsForAClientThatDoesNotReadAsItsOwnerSays) {
    constexpr std::uint64_t kFrames = 1'500;
    const std::string text(8'000, 'm');
    auto given = options();
    given.streams.queue = std::size_t{64} * 1024 * 1024;
    TurnServer server(given);
    TurnClient alice = client(server, 1, 4096);
    UdpEnd peer;
    const SocketAddress relayed = alice.allocate();
    ASSERT_EQ(alice.bind(0x4000, peer.address()), 0);
    const auto queued = [&] {
        return server.metrics.count_of("visavis_turn_stream_frames_total", transport() + ",direction=\"out\"");
    };
    for (int round = 0; queued() < kFrames && server.dropped() == 0; ++round) {
        for (int i = 0; i < 10; ++i)
            peer.send(relayed, as_bytes(text));
        server.settle();
        ASSERT_LT(round, 10'000);
    }
    EXPECT_EQ(server.dropped(), 0U);
    EXPECT_EQ(alice.next_text(0x4000), text);
}

TEST_P(TurnStream, AClientThatTakesNothingForTooLongIsCut) {
    auto given = options();
    given.streams.stall = 100ms;
    TurnServer server(given);
    TurnClient alice = client(server, 1, 4096);
    UdpEnd peer;
    const SocketAddress relayed = alice.allocate();
    ASSERT_EQ(alice.bind(0x4000, peer.address()), 0);
    // On a slow machine its time may be over before its queue is full.
    while (server.dropped() == 0 && server.cut("slow") == 0) {
        for (int i = 0; i < 20; ++i)
            peer.send(relayed, ByteBuffer(1000));
        server.settle();
    }
    server.wait_until([&] { return server.cut("slow") == 1; });
    server.wait_until([&] { return !server.is_live(relayed); });
}

TEST_P(TurnStream, AClientThatAsksWithoutReadingIsCut) {
    TurnServer server(options());
    TurnClient alice = client(server, 1, 4096);
    (void)alice.allocate();
    ByteBuffer requests;
    const ByteBuffer one = alice.turn.request(stun::Method::kCreatePermission,
                                              turn::test::TestClient::peer(*SocketAddress::parse("8.8.8.8:1")));
    for (int i = 0; i < 100; ++i)
        requests.insert(requests.end(), one.begin(), one.end());
    for (int i = 0; i < 10'000 && server.cut("slow") == 0; ++i)
        alice.stream.send(requests);
    EXPECT_EQ(server.cut("slow"), 1U);
}

TEST_P(TurnStream, AConnectionCountsAgainstTheLimitUntilItsEnd) {
    auto given = options();
    given.connections_max = 2;
    TurnServer server(given);
    {
        TurnClient one = client(server, 1);
        TurnClient two = client(server, 2);
        EXPECT_TRUE(one.ask(binding_request()).is_success());
        EXPECT_TRUE(two.ask(binding_request()).is_success());
        EXPECT_EQ(server.seats(), 2U);
        TestClient third(server.page);
        EXPECT_EQ(third.read_all(), "");
        EXPECT_EQ(server.counters.refused.value(), 1U);
    }
    server.wait_until([&] { return server.seats() == 0; });
    TurnClient again = client(server, 3);
    EXPECT_TRUE(again.ask(binding_request()).is_success());
}

// Before the first message, and before TLS, too: whoever only connects has no more than its place.
TEST_P(TurnStream, AConnectionThatSaysNothingCountsToo) {
    auto given = options();
    given.connections_max = 2;
    TurnServer server(given);
    {
        const TestClient one(server.page);
        const TestClient two(server.page);
        server.wait_until([&] { return server.seats() == 2; });
        TestClient third(server.page);
        EXPECT_EQ(third.read_all(), "");
        EXPECT_EQ(server.counters.refused.value(), 1U);
        EXPECT_EQ(server.seats(), 2U);
    }
    server.wait_until([&] { return server.seats() == 0; });
}

TEST_P(TurnStream, AStopEndsThoseWithoutAnAllocation) {
    TurnServer server(options());
    TurnClient with = client(server, 1);
    const SocketAddress relayed = with.allocate();
    TurnClient without = client(server, 2);
    EXPECT_TRUE(without.ask(binding_request()).is_success());
    server.begin_stop();
    EXPECT_TRUE(without.is_closed());
    EXPECT_TRUE(server.is_live(relayed));
    EXPECT_TRUE(with.ask(binding_request()).is_success());
}

TEST(TurnOnlyStream, ServesNoPage) {
    TurnServer server({});
    TurnClient turn(server.turn_only, false, 1);
    EXPECT_TRUE(turn.ask(binding_request()).is_success());
    TestClient http(server.turn_only);
    http.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(http.read_all(), "");
    server.wait_until([&] { return server.counters.protocol_errors.value() == 1; });
}

// RFC 7443: browsers send no ALPN for turns:, and what is agreed on does not bind.
TEST(TurnAlpn, IsAHintAndNoCondition) {
    TurnServer server({.tls = true});
    const std::vector<std::pair<std::string, std::string>> offers{{"", ""},
                                                                  {"\x09stun.turn", "stun.turn"},
                                                                  {"\x08http/1.1", "http/1.1"},
                                                                  {"\x09stun.turn\x08http/1.1", "http/1.1"},
                                                                  {"\x02h2", ""},
                                                                  {"\x0estun.nat-disco", ""}};
    for (const auto& [offer, agreed] : offers) {
        TurnClient turn(server.page, false, 1);
        turn.stream.begin_tls(TLS1_3_VERSION, offer);
        EXPECT_EQ(turn.stream.protocol(), agreed);
        EXPECT_TRUE(turn.ask(binding_request()).is_success()) << agreed;
        TestClient http(server.page, false);
        http.begin_tls(TLS1_2_VERSION, offer);
        EXPECT_EQ(http.get("/").status, 200) << agreed;
    }
}

TEST(TurnTls, RefusesOldVersionsAndRenegotiation) {
    TurnServer server({.tls = true});
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
        TestClient old(server.page, false);
        old.begin_tls(version);
        EXPECT_FALSE(old.is_encrypted());
    }
    TestClient good(server.page, false);
    good.begin_tls(TLS1_2_VERSION);
    EXPECT_TRUE(good.is_encrypted());
    EXPECT_FALSE(good.renegotiate());
}

// A message of TLS's own may come with frames behind it, and nothing further tells of those.
TEST(TurnTls, ReadsOnBehindNewKeys) {
    TurnServer server({.tls = true});
    TurnClient client(server.page, true, 1);
    EXPECT_TRUE(client.ask(binding_request()).is_success());
    const auto cork = [&](int on) {
        EXPECT_EQ(::setsockopt(client.stream.fd(), IPPROTO_TCP, TCP_CORK, &on, sizeof on), 0);
    };
    for (int i = 0; i < 10; ++i) {
        cork(1);
        ASSERT_TRUE(client.stream.update_keys());
        client.stream.send(binding_request());
        cork(0);
        ASSERT_TRUE(client.next_frame());
    }
}

TEST(TurnTls, TakesNoEarlyData) {
    TurnServer server({.tls = true});
    TurnClient client(server.page, true, 1);
    EXPECT_TRUE(client.ask(binding_request()).is_success()); // a ticket would have come with the answer
    EXPECT_EQ(client.stream.early_data_max(), 0U);
}

} // namespace
} // namespace vv::net
