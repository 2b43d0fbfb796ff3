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
    return {server, credential.username, credential.password};
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

TEST_F(TurnLinkTest, WhatPeersAndThisEndSendGoesThroughTheRelay) {
    const TurnServer server({});
    begin(login_at(server.udp));
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
