// A relay of a native peer against our own relay, over real sockets.
#include "net/clock.h"
#include "net/os_rng.h"
#include "net/socket.h"
#include "net/turn_link.h"
#include "net/turn_server_for_test.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vv::net {
namespace {

TurnLogin login_at(const SocketAddress& server, std::string_view secret = kTurnSecret) {
    auto credential =
        turn::make_rest_credential(as_bytes(secret), wall_now() + 600s, 3600s, turn::CredentialClass::kCall, "leg1");
    TurnLogin login;
    login.server = server;
    login.username = credential.username;
    login.password = credential.password;
    return login;
}

NameLookup::Resolve always(std::vector<SocketAddress> places) {
    return [places = std::move(places)](const std::string&, std::uint16_t) { return places; };
}

// The way of each transport to the test's relay, which over TLS has a certificate for this name.
TurnLogin login_over(turn::Transport transport, const TurnServer& server) {
    TurnLogin login = login_at(transport == turn::Transport::kUdp   ? server.udp
                               : transport == turn::Transport::kTcp ? server.turn_only
                                                                    : server.page);
    login.transport = transport;
    if (transport == turn::Transport::kTls) {
        login.trusted_pem = TestClient(server.page, true).certificate();
        login.host = "localhost";
        login.resolve = always({server.page});
    }
    return login;
}

struct TurnLinkTest : testing::Test {
    void begin(const TurnLogin& login) {
        loop.run_once({});
        link.emplace(loop, login,
                     TurnLink::Owner{.event = [this](const turn::ClientEvent& event) { events.push_back(event); },
                                     .heard = [this](const SocketAddress& peer,
                                                     ByteView payload) { heard.emplace_back(peer, as_text(payload)); }},
                     rng);
        link->start();
    }
    // The next event of that kind that has not been waited for.
    template <typename Event>
    std::optional<Event> wait_for() {
        std::optional<Event> found;
        run_until([&] {
            for (; !found && seen < events.size(); ++seen)
                if (const auto* event = std::get_if<Event>(&events[seen])) found = *event;
            return found.has_value();
        });
        return found;
    }
    void run_until(const std::function<bool()>& condition) {
        const Instant limit = monotonic_now() + 10s;
        while (!condition() && monotonic_now() < limit)
            loop.run_once(100ms);
    }

    EventLoop loop;
    OsRng rng;
    std::vector<turn::ClientEvent> events;
    std::vector<std::pair<SocketAddress, std::string>> heard;
    std::size_t seen = 0;
    std::optional<TurnLink> link;
};

struct TurnLinkEachWay : TurnLinkTest, testing::WithParamInterface<turn::Transport> {};
INSTANTIATE_TEST_SUITE_P(Transports, TurnLinkEachWay,
                         testing::Values(turn::Transport::kUdp, turn::Transport::kTcp, turn::Transport::kTls));

TEST_P(TurnLinkEachWay, WhatPeersAndThisEndSendGoesThroughTheRelay) {
    const TurnServer server({.tls = true});
    begin(login_over(GetParam(), server));
    const auto there = wait_for<turn::Allocated>();
    ASSERT_TRUE(there.has_value());
    ASSERT_EQ(there->relayed.size(), 1U);

    const UniqueFd peer = bind_udp({kPeerIp, 0}, false);
    const SocketAddress peer_address = local_address(peer.value());
    EXPECT_FALSE(link->is_permitted(kPeerIp));
    link->permit(kPeerIp);
    ASSERT_TRUE(wait_for<turn::PermissionGranted>().has_value());
    EXPECT_TRUE(link->is_permitted(kPeerIp));

    for (const bool has_channel : {false, true}) {
        if (has_channel) {
            link->bind_channel(peer_address);
            ASSERT_TRUE(wait_for<turn::ChannelBound>().has_value());
        }
        link->send(peer_address, as_bytes("to the peer"));
        std::array<std::uint8_t, 100> buffer{};
        pollfd readable{peer.value(), POLLIN, 0};
        ASSERT_EQ(::poll(&readable, 1, 10'000), 1);
        NativeAddress from;
        const ssize_t size = ::recvfrom(peer.value(), buffer.data(), buffer.size(), 0, from.pointer(), &from.size);
        ASSERT_GT(size, 0);
        EXPECT_EQ(as_text(ByteView(buffer).first(static_cast<std::size_t>(size))), "to the peer");
        EXPECT_EQ(from.address(), there->relayed.front());

        heard.clear();
        const NativeAddress relayed(there->relayed.front());
        ASSERT_EQ(::sendto(peer.value(), "back", 4, 0, relayed.pointer(), relayed.size), 4);
        run_until([this] { return !heard.empty(); });
        ASSERT_EQ(heard.size(), 1U);
        EXPECT_EQ(heard.front().first, peer_address);
        EXPECT_EQ(heard.front().second, "back");
    }

    link->close();
    const auto ended = wait_for<turn::Ended>();
    ASSERT_TRUE(ended.has_value());
    EXPECT_EQ(ended->why, turn::Ended::Why::kClosed);
}

TEST_F(TurnLinkTest, ARelayThatRefusesIsSaidTo) {
    const TurnServer server({});
    begin(login_at(server.udp, "another secret"));
    const auto ended = wait_for<turn::Ended>();
    ASSERT_TRUE(ended.has_value());
    EXPECT_EQ(ended->why, turn::Ended::Why::kRefused);
    EXPECT_EQ(ended->code, 401);
}

TEST_F(TurnLinkTest, PacketsOfAnySizeAreOnAStreamWhatTheyWere) {
    const TurnServer server({.tls = true});
    begin(login_over(turn::Transport::kTls, server));
    ASSERT_TRUE(wait_for<turn::Allocated>().has_value());
    UdpEnd peer;
    link->bind_channel(peer.address());
    ASSERT_TRUE(wait_for<turn::ChannelBound>().has_value());
    for (std::size_t size = 1; size <= 9; ++size) {
        const ByteBuffer sent(size, static_cast<std::uint8_t>(size));
        link->send(peer.address(), sent);
        EXPECT_EQ(peer.receive(), sent) << "without the padding of the stream";
    }
}

TEST_F(TurnLinkTest, AStreamThatBreaksTakesTheRelayAlong) {
    std::optional<TurnServer> server(std::in_place, TurnServer::Options{});
    begin(login_over(turn::Transport::kTcp, *server));
    ASSERT_TRUE(wait_for<turn::Allocated>().has_value());
    server.reset();
    const auto ended = wait_for<turn::Ended>();
    ASSERT_TRUE(ended.has_value());
    EXPECT_EQ(ended->why, turn::Ended::Why::kBroken);
    ASSERT_TRUE(link->failure().has_value());
    EXPECT_EQ(link->failure()->failure, FetchFailure::kBroken);
    link->send({kPeerIp, 9}, as_bytes("to nowhere"));
    link->close();
}

TEST_F(TurnLinkTest, ACertificateForAnotherNameIsNotTrusted) {
    const TurnServer server({.tls = true});
    TurnLogin login = login_over(turn::Transport::kTls, server);
    login.host = "relay.example.org";
    begin(login);
    const auto ended = wait_for<turn::Ended>();
    ASSERT_TRUE(ended.has_value());
    EXPECT_EQ(ended->why, turn::Ended::Why::kBroken);
    ASSERT_TRUE(link->failure().has_value());
    EXPECT_EQ(link->failure()->failure, FetchFailure::kNotTrusted);
}

TEST_F(TurnLinkTest, ANameIsLookedUpAndAnAddressThatRefusesIsPassedOver) {
    const TurnServer server({});
    const SocketAddress nobody = local_address(bind_udp({kPeerIp, 0}, false).value()); // closed again
    for (const turn::Transport transport : {turn::Transport::kUdp, turn::Transport::kTcp}) {
        TurnLogin login = login_over(transport, server);
        login.host = "relay.example.org";
        login.resolve = turn::is_stream(transport) ? always({nobody, login.server}) : always({login.server});
        begin(login);
        ASSERT_TRUE(wait_for<turn::Allocated>().has_value());
        EXPECT_EQ(link->server(), login.server);
        link->close();
        ASSERT_TRUE(wait_for<turn::Ended>().has_value());
    }
}

TEST_F(TurnLinkTest, ANameThatIsUnknownAndWhoIsClosedMeanwhileEndOnce) {
    TurnLogin login = login_at({{}, 3478});
    login.host = "relay.example.org";
    login.resolve = always({});
    for (const turn::Transport transport : {turn::Transport::kUdp, turn::Transport::kTcp}) {
        login.transport = transport;
        begin(login);
        const auto unknown = wait_for<turn::Ended>();
        ASSERT_TRUE(unknown.has_value());
        EXPECT_EQ(unknown->why, turn::Ended::Why::kBroken);
        EXPECT_EQ(link->failure().value().failure, FetchFailure::kNoSuchHost);
        begin(login);
        link->close();
        const auto closed = wait_for<turn::Ended>();
        ASSERT_TRUE(closed.has_value());
        EXPECT_EQ(closed->why, turn::Ended::Why::kClosed);
    }
    loop.run_once(50ms);
    EXPECT_EQ(events.size(), 4U);
}

TEST_F(TurnLinkTest, ARelayToWhichNoWayLeadsIsSaidToHaveNone) {
    // A link-local address without a scope leads nowhere on any machine.
    begin(login_at(*SocketAddress::parse("[fe80::1]:3478")));
    ASSERT_EQ(events.size(), 1U);
    ASSERT_TRUE(std::holds_alternative<turn::Ended>(events.front()));
    EXPECT_EQ(std::get<turn::Ended>(events.front()).why, turn::Ended::Why::kBroken);
    link->permit(kPeerIp);
    link->send({kPeerIp, 9}, as_bytes("to nowhere"));
    link->close();
    EXPECT_FALSE(link->is_permitted(kPeerIp));
    EXPECT_EQ(events.size(), 1U);
}

} // namespace
} // namespace vv::net
