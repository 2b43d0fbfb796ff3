#include "apps/advertised.h"
#include "apps/config_load.h"

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
    EXPECT_EQ(plan.tcp_listen, config.turn_listen) << "TCP is where UDP is";
    EXPECT_EQ(ice_urls(plan, AddressFamily::kIpv4),
              (std::vector<std::string>{"stun:127.0.0.1:4000", "turn:127.0.0.1:4000?transport=udp",
                                        "turn:127.0.0.1:4000?transport=tcp"}));
}

TEST(RelayPlan, TcpIsWhereItIsSaidToBeOrNowhere) {
    Config config;
    config.turn_listen = {*SocketAddress::parse("127.0.0.1:4000")};
    config.turn_tcp_listen = {*SocketAddress::parse("127.0.0.1:80")};
    EXPECT_EQ(ice_urls(plan_relay(config), AddressFamily::kIpv4).back(), "turn:127.0.0.1:80?transport=tcp");
    config.turn_tcp_listen->clear();
    const RelayPlan plan = plan_relay(config);
    EXPECT_TRUE(plan.tcp_listen.empty());
    EXPECT_EQ(ice_urls(plan, AddressFamily::kIpv4),
              (std::vector<std::string>{"stun:127.0.0.1:4000", "turn:127.0.0.1:4000?transport=udp"}));
}

// UDP 443 beside the page on TCP 443: the page's listener serves TURN too.
TEST(RelayPlan, ThePagesPortNeedsNoListenerOfItsOwn) {
    Config config;
    config.turn_listen = {*SocketAddress::parse("127.0.0.1:443"), *SocketAddress::parse("127.0.0.1:3478")};
    config.http_listen = {*SocketAddress::parse("0.0.0.0:443")};
    RelayPlan plan = plan_relay(config);
    EXPECT_EQ(plan.listen, config.turn_listen);
    EXPECT_EQ(plan.tcp_listen, std::vector<SocketAddress>{config.turn_listen[1]});
    EXPECT_EQ(ice_urls(plan, AddressFamily::kIpv4),
              (std::vector<std::string>{"stun:127.0.0.1:443", "turn:127.0.0.1:443?transport=udp",
                                        "turn:127.0.0.1:443?transport=tcp"}));
    config.tls_mode = TlsMode::kFiles;
    EXPECT_EQ(ice_urls(plan_relay(config), AddressFamily::kIpv4).back(), "turn:127.0.0.1:3478?transport=tcp")
        << "443 speaks TLS";
}

// Port 80, which leads to the page beside it.
TEST(RelayPlan, APortThatLeadsToThePageServesTurnWithoutTls) {
    Config config;
    config.tls_mode = TlsMode::kFiles;
    config.turn_listen = {*SocketAddress::parse("127.0.0.1:4000")};
    config.http_listen = {*SocketAddress::parse("0.0.0.0:443")};
    config.http_redirect_listen = {*SocketAddress::parse("0.0.0.0:80")};
    EXPECT_EQ(ice_urls(plan_relay(config), AddressFamily::kIpv4).back(), "turn:127.0.0.1:4000?transport=tcp")
        << "nobody is told unless the operator says so";
    config.turn_tcp_listen = {*SocketAddress::parse("127.0.0.1:80")};
    const RelayPlan plan = plan_relay(config);
    EXPECT_TRUE(plan.tcp_listen.empty()) << "one listener serves both";
    EXPECT_EQ(ice_urls(plan, AddressFamily::kIpv4).back(), "turn:127.0.0.1:80?transport=tcp");
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

TEST(RelayPlan, TellsAPublicIpv6AddressInBrackets) {
    Config config;
    apply_toml(config,
               "[turn]\nlisten = [\"127.0.0.1:4000\", \"[::1]:4000\"]\ntcp_listen = []\n"
               "public_address = [\"2a00:1450::7\"]\n",
               "visavis.toml");
    const RelayPlan plan = plan_relay(config);
    ASSERT_TRUE(plan.ipv4 && plan.ipv6);
    EXPECT_EQ(plan.ipv6->advertised.ip, ip("2a00:1450::7"));
    EXPECT_EQ(plan.ipv6->advertised.reason, net::AddressReason::kConfigured);
    EXPECT_EQ(plan.ipv6->local, ip("::1")) << "which relay sockets are bound to";
    EXPECT_EQ(ice_urls(plan, AddressFamily::kIpv4),
              (std::vector<std::string>{"stun:127.0.0.1:4000", "turn:127.0.0.1:4000?transport=udp",
                                        "turn:[2a00:1450::7]:4000?transport=udp"}));
    config.turn_listen = {*SocketAddress::parse("[::1]:4000")};
    EXPECT_EQ(ice_urls(plan_relay(config), AddressFamily::kIpv6),
              (std::vector<std::string>{"stun:[2a00:1450::7]:4000", "turn:[2a00:1450::7]:4000?transport=udp"}));
}

TEST(RelayPlan, TellsAtMostThreeUrls) {
    RelayPlan plan;
    plan.ipv4 = RelayPlace{{ip("192.0.2.1"), net::AddressReason::kDefaultRoute, {}}, ip("192.0.2.1"), 3478};
    plan.ipv6 = RelayPlace{{ip("2001:db8::1"), net::AddressReason::kDefaultRoute, {}}, ip("2001:db8::1"), 3479};
    EXPECT_EQ(ice_urls(plan, AddressFamily::kIpv4),
              (std::vector<std::string>{"stun:192.0.2.1:3478", "turn:192.0.2.1:3478?transport=udp",
                                        "turn:[2001:db8::1]:3479?transport=udp"}));
    EXPECT_EQ(ice_urls(plan, AddressFamily::kIpv6),
              (std::vector<std::string>{"stun:192.0.2.1:3478", "turn:[2001:db8::1]:3479?transport=udp",
                                        "turn:192.0.2.1:3478?transport=udp"}));
}

TEST(RelayPlan, TellsOfTcpRatherThanOfTheOtherFamily) {
    RelayPlan plan;
    plan.ipv4 = RelayPlace{{ip("192.0.2.1"), net::AddressReason::kDefaultRoute, {}}, ip("192.0.2.1"), 3478, 3478};
    plan.ipv6 = RelayPlace{{ip("2001:db8::1"), net::AddressReason::kDefaultRoute, {}}, ip("2001:db8::1"), 3478, 443};
    EXPECT_EQ(ice_urls(plan, AddressFamily::kIpv4),
              (std::vector<std::string>{"stun:192.0.2.1:3478", "turn:192.0.2.1:3478?transport=udp",
                                        "turn:192.0.2.1:3478?transport=tcp"}));
    EXPECT_EQ(ice_urls(plan, AddressFamily::kIpv6),
              (std::vector<std::string>{"stun:192.0.2.1:3478", "turn:[2001:db8::1]:3478?transport=udp",
                                        "turn:192.0.2.1:3478?transport=tcp"}))
        << "behind a NAT of IPv4 STUN over IPv6 tells nothing";
    EXPECT_NE(describe(*plan.ipv4).find("UDP port 3478 and TCP port 3478"), std::string::npos);
}

TEST(RelayPlan, OneFamilyIsToldToEverybody) {
    RelayPlan plan;
    plan.ipv6 = RelayPlace{{ip("2001:db8::1"), net::AddressReason::kConfigured, {}}, ip("2001:db8::1"), 3478};
    EXPECT_EQ(ice_urls(plan, AddressFamily::kIpv4), ice_urls(plan, AddressFamily::kIpv6));
    EXPECT_EQ(ice_urls(plan, AddressFamily::kIpv4).front(), "stun:[2001:db8::1]:3478");
}

TEST(RelayPlan, BothPublicAddressesAreTold) {
    Config config;
    config.turn_listen = {*SocketAddress::parse("127.0.0.1:4000"), *SocketAddress::parse("[::1]:4000")};
    config.public_addresses = {ip("198.51.100.7"), ip("2001:db8::9")};
    const RelayPlan plan = plan_relay(config);
    ASSERT_TRUE(plan.ipv4 && plan.ipv6);
    EXPECT_EQ(plan.ipv6->local, ip("::1"));
    EXPECT_EQ(ice_urls(plan, AddressFamily::kIpv4)[1], "turn:198.51.100.7:4000?transport=udp");
    EXPECT_EQ(ice_urls(plan, AddressFamily::kIpv6)[1], "turn:[2001:db8::9]:4000?transport=udp");
}

TEST(RelayPlan, SaysWhichPublicAddressNobodyIsTold) {
    Config config;
    config.turn_listen = {*SocketAddress::parse("127.0.0.1:4000")};
    config.public_addresses = {ip("198.51.100.7"), ip("2001:db8::9")};
    const std::vector<IpAddress> both = {ip("127.0.0.1"), ip("::1")};
    const RelayPlan plan = plan_relay(config, both);
    EXPECT_FALSE(plan.ipv6);
    ASSERT_EQ(plan.untold, (std::vector<UntoldAddress>{{ip("2001:db8::9"), true}}));
    EXPECT_EQ(describe(plan.untold.front()),
              "2001:db8::9 is told to nobody, since STUN and TURN do not listen on IPv6; add such an address to "
              "turn.listen, or take this one out of turn.public_address");
    config.turn_listen.push_back(*SocketAddress::parse("[::1]:4000"));
    EXPECT_TRUE(plan_relay(config, both).untold.empty());
}

TEST(RelayPlan, SaysThatThisMachineLacksThePublicAddresssFamily) {
    Config config;
    config.public_addresses = {ip("198.51.100.7"), ip("2001:db8::9")};
    const std::vector<IpAddress> ipv4 = {ip("127.0.0.1")};
    for (const std::vector<std::string>& listen : {std::vector<std::string>{}, {"0.0.0.0:3478", "[::]:3478"}}) {
        config.turn_listen.clear();
        for (const std::string& address : listen)
            config.turn_listen.push_back(*SocketAddress::parse(address));
        const RelayPlan plan = plan_relay(config, ipv4);
        ASSERT_EQ(plan.untold, (std::vector<UntoldAddress>{{ip("2001:db8::9"), false}}));
        EXPECT_EQ(describe(plan.untold.front()),
                  "2001:db8::9 is told to nobody, since this machine has no IPv6 address; give it one and start anew, "
                  "or take this one out of turn.public_address");
    }
}

TEST(RelayPlan, NamesWhatElseCouldBeChosen) {
    const RelayPlace place{
        {ip("192.0.2.1"), net::AddressReason::kDefaultRoute, {ip("172.17.0.1")}}, ip("192.0.2.1"), 3478};
    EXPECT_EQ(describe(place), "UDP port 3478, told to browsers as 192.0.2.1 (the address of the default route); "
                               "--public-address chooses another, such as 172.17.0.1");
}

} // namespace
} // namespace vv::apps
