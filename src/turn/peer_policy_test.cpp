// The policy alone; server_attack_test.cpp sends the same peers over the wire.
#include "turn/peer_policy.h"
#include "turn/test_peers.h"

#include <gtest/gtest.h>

namespace vv::turn {
namespace {

using test::ip;

ServerConfig config() {
    ServerConfig config;
    config.ipv4 = RelayAddress{ip("11.0.0.1"), ip("10.0.0.5")};
    config.ipv6 = RelayAddress{ip("2600::1"), ip("2600::1")};
    config.server_ports = {50'000, 50'999};
    config.own_addresses = {ip("11.0.0.2"), ip("2600::2")};
    return config;
}

TEST(PeerPolicy, PermitsThePublicInternet) {
    const PeerPolicy policy(config());
    for (const auto* list : {&test::kPublicV4, &test::kPublicV6}) {
        for (const std::string_view text : *list)
            EXPECT_TRUE(policy.permits_address(ip(text))) << text;
    }
}

TEST(PeerPolicy, RefusesEverythingSpecialPurpose) {
    const PeerPolicy policy(config());
    for (const auto* list : {&test::kDeniedV4, &test::kDeniedV6}) {
        for (const std::string_view text : *list) {
            EXPECT_FALSE(policy.permits_address(ip(text))) << text;
            EXPECT_FALSE(policy.permits({ip(text), 443})) << text;
        }
    }
}

TEST(PeerPolicy, SeesThroughEveryEncodingOfAnIpv4Address) {
    for (const std::string_view v4 : {"127.0.0.1", "10.1.2.3", "169.254.169.254", "8.8.8.8"}) {
        for (const IpAddress& encoded : test::encodings_of(ip(v4))) {
            EXPECT_EQ(embedded_v4(encoded), ip(v4)) << encoded.to_string();
            EXPECT_TRUE(is_special_purpose(encoded)) << encoded.to_string();
        }
    }
    EXPECT_EQ(embedded_v4(ip("2600::1")), std::nullopt);
    EXPECT_EQ(embedded_v4(ip("127.0.0.1")), std::nullopt);
}

TEST(PeerPolicy, AnAllowedTunnelDoesNotOpenWhatIsInsideIt) {
    ServerConfig open = config();
    open.allow_peers = {*IpPrefix::parse("64:ff9b::/96")};
    const PeerPolicy policy(open);
    EXPECT_TRUE(policy.permits_address(ip("64:ff9b::8.8.8.8")));
    EXPECT_FALSE(policy.permits_address(ip("64:ff9b::10.0.0.1")));
    EXPECT_FALSE(policy.permits_address(ip("64:ff9b::127.0.0.1")));
    EXPECT_FALSE(policy.permits_address(ip("64:ff9b::11.0.0.1"))) << "our own address, re-encoded";
    EXPECT_FALSE(policy.permits_address(ip("64:ff9b::11.0.0.2")));
}

TEST(PeerPolicy, PrefixesEndWhereTheyEnd) {
    const PeerPolicy policy(config());
    for (const test::Edges& edges : test::denied_edges()) {
        for (const IpAddress& inside : {edges.first, edges.last})
            EXPECT_FALSE(policy.permits_address(inside)) << inside.to_string();
        for (const auto& outside : {edges.before, edges.after})
            EXPECT_TRUE(!outside || policy.permits_address(*outside)) << outside->to_string();
    }
}

// That the edges in these tests are those of the blocks.
TEST(PeerPolicy, EdgesAreThoseOfTheBlock) {
    const auto expect_edges = [](std::string_view block, const std::vector<std::string_view>& expected) {
        const test::Edges edges = test::edges_of(block);
        EXPECT_EQ(edges.before, expected[0].empty() ? std::nullopt : std::optional(ip(expected[0]))) << block;
        EXPECT_EQ(edges.first, ip(expected[1])) << block;
        EXPECT_EQ(edges.last, ip(expected[2])) << block;
        EXPECT_EQ(edges.after, expected[3].empty() ? std::nullopt : std::optional(ip(expected[3]))) << block;
    };
    expect_edges("172.16.0.0/12", {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"});
    expect_edges("0.0.0.0/8", {"", "0.0.0.0", "0.255.255.255", "1.0.0.0"});
    expect_edges("168.63.129.16/32", {"168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17"});
    expect_edges("3fff::/20", {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                               "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"});
    expect_edges("8000::/1",
                 {"7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "8000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""});
    std::size_t neighbours = 0;
    for (const test::Edges& edges : test::denied_edges())
        neighbours += (edges.before ? 1U : 0U) + (edges.after ? 1U : 0U);
    EXPECT_EQ(neighbours, 34U + 12U) << "over IPv4 and IPv6";
}

TEST(PeerPolicy, ConfiguredPrefixesEndWhereTheyEndToo) {
    ServerConfig strict = config();
    strict.deny_peers = {*IpPrefix::parse("2a00:1450:4001:820::/61"), *IpPrefix::parse("8.8.8.0/23")};
    const PeerPolicy policy(strict);
    EXPECT_TRUE(policy.permits_address(ip("2a00:1450:4001:81f:ffff:ffff:ffff:ffff")));
    EXPECT_FALSE(policy.permits_address(ip("2a00:1450:4001:820::")));
    EXPECT_FALSE(policy.permits_address(ip("2a00:1450:4001:827:ffff:ffff:ffff:ffff")));
    EXPECT_TRUE(policy.permits_address(ip("2a00:1450:4001:828::")));
    EXPECT_TRUE(policy.permits_address(ip("8.8.7.255")));
    EXPECT_FALSE(policy.permits_address(ip("8.8.8.0")));
    EXPECT_FALSE(policy.permits_address(ip("8.8.9.255")));
    EXPECT_TRUE(policy.permits_address(ip("8.8.10.0")));
}

TEST(PeerPolicy, AllowOpensAndDenyIsStronger) {
    ServerConfig mixed = config();
    mixed.allow_peers = {*IpPrefix::parse("192.168.0.0/16"), *IpPrefix::parse("fd00::/8")};
    mixed.deny_peers = {*IpPrefix::parse("192.168.1.0/24")};
    const PeerPolicy policy(mixed);
    EXPECT_TRUE(policy.permits_address(ip("192.168.2.1")));
    EXPECT_FALSE(policy.permits_address(ip("192.168.1.1")));
    EXPECT_TRUE(policy.permits_address(ip("fd12::1")));
    EXPECT_FALSE(policy.permits_address(ip("fc12::1")));
    EXPECT_FALSE(policy.permits_address(ip("::ffff:192.168.2.1"))) << "allowed only as it is written";
}

TEST(PeerPolicy, OfOwnAddressesOnlyRelayPorts) {
    const PeerPolicy policy(config());
    for (const std::string_view own : {"11.0.0.1", "2600::1"}) {
        EXPECT_TRUE(policy.permits({ip(own), 50'000})) << own;
        EXPECT_TRUE(policy.permits({ip(own), 50'999})) << own;
        for (const unsigned port : {1U, 80U, 443U, 3478U, 8080U, 49'999U, 51'000U, 65'535U})
            EXPECT_FALSE(policy.permits({ip(own), static_cast<std::uint16_t>(port)})) << own << " " << port;
    }
    for (const std::string_view other : {"11.0.0.2", "2600::2", "10.0.0.5"})
        EXPECT_FALSE(policy.permits({ip(other), 50'000})) << other;
}

TEST(PeerPolicy, NoExceptionOpensOwnAddresses) {
    ServerConfig open = config();
    open.allow_peers = {*IpPrefix::parse("0.0.0.0/0"), *IpPrefix::parse("::/0")};
    const PeerPolicy policy(open);
    EXPECT_TRUE(policy.permits({ip("192.168.2.1"), 443}));
    EXPECT_FALSE(policy.permits({ip("11.0.0.1"), 443}));
    EXPECT_FALSE(policy.permits({ip("11.0.0.2"), 50'000}));
    EXPECT_FALSE(policy.permits({ip("10.0.0.5"), 50'000}));
    for (const std::string_view own : {"11.0.0.1", "11.0.0.2", "10.0.0.5"}) {
        for (const IpAddress& encoded : test::encodings_of(ip(own)))
            EXPECT_FALSE(policy.permits({encoded, 50'000})) << encoded.to_string();
    }
}

// A service that listens on every address answers on all of these, whatever the interfaces say.
TEST(PeerPolicy, NoExceptionOpensOwnServicesOnLoopback) {
    ServerConfig open = config();
    open.allow_peers = {*IpPrefix::parse("0.0.0.0/0"), *IpPrefix::parse("::/0")};
    open.service_ports = {3478, 8443};
    const PeerPolicy policy(open);
    std::vector<IpAddress> loopback{ip("::1")};
    for (const std::string_view text : {"127.0.0.1", "127.0.0.2", "127.8.9.10", "127.255.255.255"}) {
        loopback.push_back(ip(text));
        for (const IpAddress& encoded : test::encodings_of(ip(text)))
            loopback.push_back(encoded);
    }
    for (const IpAddress& address : loopback) {
        for (const std::uint16_t port : open.service_ports) {
            EXPECT_FALSE(policy.permits({address, port})) << address.to_string() << " " << port;
            EXPECT_TRUE(policy.is_own_service({address, port})) << address.to_string() << " " << port;
        }
        EXPECT_TRUE(policy.permits({address, 5000})) << address.to_string() << ": somebody else's service there";
    }
    EXPECT_TRUE(policy.permits({ip("192.168.2.1"), 3478})) << "another machine";
    for (const IpAddress& nowhere : {ip("0.0.0.0"), ip("::"), ip("::ffff:0.0.0.0")}) {
        EXPECT_FALSE(policy.permits_address(nowhere)) << nowhere.to_string();
        EXPECT_FALSE(policy.permits({nowhere, 5000})) << nowhere.to_string();
    }
}

TEST(PeerPolicy, AServerOnLoopbackStillRelaysToItself) {
    ServerConfig local = config();
    local.ipv4 = RelayAddress{ip("127.0.0.1"), ip("127.0.0.1")};
    const PeerPolicy policy(local);
    EXPECT_TRUE(policy.permits({ip("127.0.0.1"), 50'500}));
    EXPECT_FALSE(policy.permits({ip("127.0.0.1"), 3478}));
    EXPECT_FALSE(policy.permits({ip("127.0.0.2"), 50'500}));
    EXPECT_FALSE(policy.permits({ip("::1"), 50'500}));
}

TEST(PeerPolicy, NobodyIsAtPortZero) {
    const PeerPolicy policy(config());
    EXPECT_FALSE(policy.permits({ip("8.8.8.8"), 0}));
    EXPECT_TRUE(policy.permits({ip("8.8.8.8"), 1}));
}

} // namespace
} // namespace vv::turn
