#include "apps/advertised.h"

#include <gtest/gtest.h>

namespace vv::apps {
namespace {

IpAddress ip(std::string_view text) {
    return *IpAddress::parse(text);
}

TEST(RelayPlan, ListensOnTheAddressItTells) {
    Config config;
    config.turn_listen = {*SocketAddress::parse("127.0.0.1:4000")};
    const RelayPlan plan = plan_relay(config);
    ASSERT_TRUE(plan.ipv4);
    EXPECT_FALSE(plan.ipv6);
    EXPECT_EQ(plan.ipv4->advertised.ip, ip("127.0.0.1"));
    EXPECT_EQ(plan.ipv4->local, ip("127.0.0.1"));
    EXPECT_EQ(ice_urls(plan), (std::vector<std::string>{"stun:127.0.0.1:4000", "turn:127.0.0.1:4000?transport=udp"}));
}

TEST(RelayPlan, BehindNatThePublicAddressIsToldAndTheOwnOneBound) {
    Config config;
    config.turn_listen = {*SocketAddress::parse("127.0.0.1:4000")};
    config.public_addresses = {ip("198.51.100.7")};
    const RelayPlan plan = plan_relay(config);
    ASSERT_TRUE(plan.ipv4);
    EXPECT_EQ(plan.ipv4->advertised.ip, ip("198.51.100.7"));
    EXPECT_EQ(plan.ipv4->local, ip("127.0.0.1"));
    EXPECT_NE(describe(*plan.ipv4).find("as configured"), std::string::npos);
}

TEST(RelayPlan, TellsAtMostThreeUrls) {
    RelayPlan plan;
    plan.ipv4 = RelayPlace{{ip("192.0.2.1"), net::AddressReason::kDefaultRoute, {}}, ip("192.0.2.1"), 3478};
    plan.ipv6 = RelayPlace{{ip("2001:db8::1"), net::AddressReason::kDefaultRoute, {}}, ip("2001:db8::1"), 3478};
    EXPECT_EQ(ice_urls(plan), (std::vector<std::string>{"stun:192.0.2.1:3478", "turn:192.0.2.1:3478?transport=udp",
                                                        "turn:[2001:db8::1]:3478?transport=udp"}));
}

TEST(RelayPlan, NamesWhatElseCouldBeChosen) {
    const RelayPlace place{
        {ip("192.0.2.1"), net::AddressReason::kDefaultRoute, {ip("172.17.0.1")}}, ip("192.0.2.1"), 3478};
    EXPECT_EQ(describe(place), "UDP port 3478, told to browsers as 192.0.2.1 (the address of the default route); "
                               "--public-address chooses another, such as 172.17.0.1");
}

} // namespace
} // namespace vv::apps
