#include "apps/config_load.h"
#include "apps/service_config.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::apps {
namespace {

using Urls = std::vector<std::string>;

Config config_of(const std::string& text) {
    Config config;
    apply_toml(config, "[turn]\nlisten = [\"127.0.0.1:3478\"]\nsecrets = [\"a secret of the tests\"]\n" + text, "f");
    check_together(config);
    return config;
}

net::ServiceConfig described(const std::string& text) {
    const Config config = config_of(text);
    return describe_service(config, plan_relay(config), {}, true).service;
}

TEST(ServiceConfig, ARegionIsTimedWatchedAndGivenOutByEachWayToIt) {
    const auto service = described("regions = [\"eu=eu.example.org\", \"in=in.example.org:8443/3479\"]\n");
    ASSERT_EQ(service.signal.regions.size(), 2U);
    const signal::Region& eu = service.signal.regions[0];
    EXPECT_EQ(eu.name, "eu");
    EXPECT_EQ(eu.origin, "https://eu.example.org");
    EXPECT_EQ(eu.ice_urls, (Urls{"stun:eu.example.org:3478", "turn:eu.example.org:3478?transport=udp",
                                 "turns:eu.example.org:443?transport=tcp"}));
    const signal::Region& in = service.signal.regions[1];
    EXPECT_EQ(in.origin, "https://in.example.org:8443");
    EXPECT_EQ(in.ice_urls, (Urls{"stun:in.example.org:3479", "turn:in.example.org:3479?transport=udp",
                                 "turns:in.example.org:8443?transport=tcp"}));
    ASSERT_TRUE(service.regions);
    ASSERT_EQ(service.regions->relays.size(), 2U);
    EXPECT_EQ(service.regions->relays[1].name, "in");
    EXPECT_EQ(service.regions->relays[1].host, "in.example.org");
    EXPECT_EQ(service.regions->relays[1].port, 3479);
    EXPECT_EQ(as_text(service.regions->secret.view()), "a secret of the tests");
}

// Firefox takes no address in turns:.
TEST(ServiceConfig, ARegionByAddressHasNoTurnOverTls) {
    const auto service = described("regions = [\"four=192.0.2.1\", \"six=[2001:db8::1]:8443\"]\n");
    EXPECT_EQ(service.signal.regions.at(0).ice_urls,
              (Urls{"stun:192.0.2.1:3478", "turn:192.0.2.1:3478?transport=udp"}));
    EXPECT_EQ(service.signal.regions.at(1).ice_urls,
              (Urls{"stun:[2001:db8::1]:3478", "turn:[2001:db8::1]:3478?transport=udp"}));
    EXPECT_EQ(service.signal.regions.at(1).origin, "https://[2001:db8::1]:8443");
    EXPECT_EQ(service.regions.value().relays.at(1).host, "2001:db8::1") << "as resolvers want it";
}

TEST(ServiceConfig, TopicsAreTheUsualOnesUnlessSaidOtherwise) {
    EXPECT_EQ(described("").signal.topics.size(), 12U);
    EXPECT_EQ(described("[rooms]\ntopics = [\"stars\"]\n").signal.topics, Urls{"stars"});
    EXPECT_TRUE(described("[rooms]\ntopics = []\n").signal.topics.empty());
}

TEST(ServiceConfig, AQuarterOfAnAddresssConnectionsAreNotForWebSockets) {
    EXPECT_EQ(described("").connections_per_address, 512U);
    EXPECT_EQ(described("").prefixes.connections, 384U);
    const auto four = described("[http]\nconnections_per_address = 4\n");
    EXPECT_EQ(four.connections_per_address, 4U);
    EXPECT_EQ(four.prefixes.connections, 3U);
    EXPECT_EQ(described("[http]\nconnections_per_address = 1\n").prefixes.connections, 1U);
}

TEST(ServiceConfig, PlainHttpLeadsToWhereThePageIs) {
    const auto port_with = [](const std::string& listen) {
        const auto service = described("[http]\nlisten = [" + listen + "]\nredirect_listen = [\"127.0.0.1:80\"]\n" +
                                       "[tls]\nmode = \"self-signed\"\n");
        EXPECT_EQ(service.redirect_listen, std::vector{*SocketAddress::parse("127.0.0.1:80")});
        return service.redirect_to_port;
    };
    EXPECT_EQ(port_with("\"127.0.0.1:443\""), 443);
    EXPECT_EQ(port_with("\"127.0.0.1:8443\", \"127.0.0.1:443\""), 443) << "where browsers look";
    EXPECT_EQ(port_with("\"127.0.0.1:8443\", \"127.0.0.1:9443\""), 8443);
}

} // namespace
} // namespace vv::apps
