#include "api/ice_servers.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace vv::api {
namespace {

using namespace std::chrono_literals;

IceServers read(const std::string& url) {
    return read_ice_servers({{.url = url, .username = "somebody", .credential = "secret"}});
}

TEST(IceServersTest, AddressesAreTakenApart) {
    EXPECT_EQ(read("stun:192.0.2.1").stun, (std::vector{caller::IceUrl{.host = "192.0.2.1", .port = 3478}}));
    const auto relays = read("turn:relay.example.org:443?transport=tcp").relays;
    ASSERT_EQ(relays.size(), 1U);
    EXPECT_EQ(relays[0].host, "relay.example.org");
    EXPECT_EQ(relays[0].server.port, 443);
    EXPECT_EQ(relays[0].transport, turn::Transport::kTcp);
    EXPECT_EQ(relays[0].username, "somebody");
    const auto secure = read_ice_servers({{.url = "turns:[2001:db8::1]",
                                           .username = "somebody",
                                           .credential = "secret",
                                           .trusted_pem = "a certificate"}});
    EXPECT_EQ(secure.relays.at(0).transport, turn::Transport::kTls);
    EXPECT_EQ(secure.relays.at(0).server, SocketAddress::parse("[2001:db8::1]:5349"));
    EXPECT_EQ(secure.relays.at(0).trusted_pem, "a certificate");
}

TEST(IceServersTest, WhatIsNoneIsRefused) {
    for (const char* url : {"", "stun", "stun:", "http://example.org", "stun:a b", "stun:192.0.2.1:0", "stun:[::1",
                            "stun:192.0.2.1?transport=udp", "turn:h?x", "turns:h?transport=udp"})
        EXPECT_THROW((void)read(url), std::invalid_argument) << url;
    EXPECT_THROW((void)read_ice_servers({{.url = "turn:192.0.2.1"}}), std::invalid_argument) << "no credential";
}

struct StunPlacesTest : testing::Test {
    std::vector<SocketAddress> find(const std::vector<std::string>& urls, net::NameLookup::Resolve resolve) {
        std::vector<caller::IceUrl> servers;
        for (const std::string& url : urls)
            servers.push_back(caller::parse_ice_url(url).value());
        StunPlaces places(
            loop, std::move(servers),
            [this](const std::vector<SocketAddress>& found) {
                EXPECT_EQ(ends, 0);
                told.insert(told.end(), found.begin(), found.end());
            },
            [this] { ++ends; }, std::move(resolve));
        places.begin();
        if (begun) begun();
        for (int i = 0; i < 100 && ends == 0; ++i)
            loop.run_once(100ms);
        EXPECT_EQ(ends, 1);
        return told;
    }

    net::EventLoop loop;
    std::vector<SocketAddress> told;
    int ends = 0;
    std::function<void()> begun;
};

TEST_F(StunPlacesTest, AddressesNeedNoLookup) {
    const auto places = find({"stun:192.0.2.1"}, [](const auto&, auto) -> std::vector<SocketAddress> {
        ADD_FAILURE() << "nobody is asked";
        return {};
    });
    EXPECT_EQ(places, std::vector{*SocketAddress::parse("192.0.2.1:3478")});
}

TEST_F(StunPlacesTest, NamesAreLookedUpAndUnknownOnesLeftOut) {
    const auto places =
        find({"stun:both", "stun:192.0.2.2:99", "stun:unknown"}, [](const std::string& host, std::uint16_t port) {
            if (host == "unknown") return std::vector<SocketAddress>();
            return std::vector{SocketAddress{*IpAddress::parse("192.0.2.1"), port},
                               SocketAddress{*IpAddress::parse("2001:db8::1"), port}};
        });
    EXPECT_EQ(places.size(), 3U);
}

TEST_F(StunPlacesTest, AServerSaidByNumberWaitsForNoName) {
    std::promise<void> asked;
    begun = [&] {
        EXPECT_EQ(told, std::vector{*SocketAddress::parse("192.0.2.2:99")});
        EXPECT_EQ(ends, 0);
        asked.set_value();
    };
    const auto places = find({"stun:slow", "stun:192.0.2.2:99"},
                             [answer = asked.get_future().share()](const std::string& /*host*/, std::uint16_t port) {
                                 answer.wait();
                                 return std::vector{SocketAddress{*IpAddress::parse("192.0.2.1"), port}};
                             });
    EXPECT_EQ(places, (std::vector{*SocketAddress::parse("192.0.2.2:99"), *SocketAddress::parse("192.0.2.1:3478")}));
}

TEST_F(StunPlacesTest, OfAServerWithManyAddressesOneOfEachFamilyIsAsked) {
    const auto places = find({"stun:many"}, [](const std::string& /*host*/, std::uint16_t port) {
        std::vector<SocketAddress> found;
        for (const char* ip : {"2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4", "192.0.2.1", "192.0.2.2"})
            found.push_back({*IpAddress::parse(ip), port});
        return found;
    });
    EXPECT_EQ(places,
              (std::vector{*SocketAddress::parse("[2001:db8::1]:3478"), *SocketAddress::parse("192.0.2.1:3478")}));
}

} // namespace
} // namespace vv::api
