#include "sim/apps_for_test.h"
#include "sim/nat_box.h"

#include <gtest/gtest.h>

#include <set>

namespace vv::sim {
namespace {

using namespace std::chrono_literals;

const IpAddress kOuter = ip("11.0.0.1");
const SocketAddress kInside = at("192.168.1.2:5000");
const SocketAddress kServer = at("12.0.0.1:3478");
const SocketAddress kServerOtherPort = at("12.0.0.1:3479");
const SocketAddress kOther = at("12.0.0.2:3478");

Packet packet(const SocketAddress& from, const SocketAddress& to, Protocol protocol = Protocol::kUdp) {
    Packet made;
    made.from = from;
    made.to = to;
    made.protocol = protocol;
    return made;
}

class NatTest : public testing::Test {
protected:
    void use(const NatConfig& config, std::vector<IpAddress> outer = {kOuter}) {
        box = std::make_unique<NatBox>(config, std::move(outer), 7);
    }
    /// Where the packet seems to come from; nothing: it did not get out.
    std::optional<SocketAddress> out(const SocketAddress& from, const SocketAddress& to,
                                     Protocol protocol = Protocol::kUdp) {
        Packet made = packet(from, to, protocol);
        last = box->handle_outbound(now, made);
        return last == Fate::kTranslated ? std::optional(made.from) : std::nullopt;
    }
    /// Whom it reaches inside; nothing: nobody.
    std::optional<SocketAddress> in(const SocketAddress& from, const SocketAddress& to,
                                    Protocol protocol = Protocol::kUdp) {
        Packet made = packet(from, to, protocol);
        last = box->handle_inbound(now, made);
        return last == Fate::kTranslated ? std::optional(made.to) : std::nullopt;
    }

    std::unique_ptr<NatBox> box;
    Instant now{1h};
    Fate last = Fate::kSent;
};

TEST_F(NatTest, EndpointIndependentMappingIsTheSameForEverybody) {
    use({.mapping = Behaviour::kEndpointIndependent});
    const auto mapped = out(kInside, kServer);
    EXPECT_EQ(mapped, at("11.0.0.1:5000"));
    EXPECT_EQ(out(kInside, kServerOtherPort), mapped);
    EXPECT_EQ(out(kInside, kOther), mapped);
    EXPECT_EQ(box->mappings(), 1U);
}

TEST_F(NatTest, AddressDependentMappingIsAnotherForEachAddress) {
    use({.mapping = Behaviour::kAddressDependent});
    const auto mapped = out(kInside, kServer);
    EXPECT_EQ(out(kInside, kServerOtherPort), mapped);
    EXPECT_NE(out(kInside, kOther), mapped);
    EXPECT_EQ(box->mappings(), 2U);
}

TEST_F(NatTest, AddressAndPortDependentMappingIsAnotherForEachPort) {
    use({.mapping = Behaviour::kAddressAndPortDependent});
    const auto mapped = out(kInside, kServer);
    EXPECT_NE(out(kInside, kServerOtherPort), mapped);
    EXPECT_NE(out(kInside, kOther), mapped);
    EXPECT_EQ(out(kInside, kServer), mapped);
    EXPECT_EQ(box->mappings(), 3U);
}

TEST_F(NatTest, EndpointIndependentFilterLetsEverybodyIn) {
    use({.filtering = Behaviour::kEndpointIndependent});
    const auto mapped = out(kInside, kServer).value();
    EXPECT_EQ(in(kServer, mapped), kInside);
    EXPECT_EQ(in(kOther, mapped), kInside);
}

TEST_F(NatTest, AddressDependentFilterLetsAnAddressIn) {
    use({.filtering = Behaviour::kAddressDependent});
    const auto mapped = out(kInside, kServer).value();
    EXPECT_EQ(in(kServerOtherPort, mapped), kInside);
    EXPECT_EQ(in(kOther, mapped), std::nullopt);
    EXPECT_EQ(last, Fate::kFiltered);
}

TEST_F(NatTest, AddressAndPortDependentFilterLetsOneEndpointIn) {
    use({.filtering = Behaviour::kAddressAndPortDependent});
    const auto mapped = out(kInside, kServer).value();
    EXPECT_EQ(in(kServer, mapped), kInside);
    EXPECT_EQ(in(kServerOtherPort, mapped), std::nullopt);
    EXPECT_EQ(last, Fate::kFiltered);
    (void)out(kInside, kServerOtherPort);
    EXPECT_EQ(in(kServerOtherPort, mapped), kInside);
}

TEST_F(NatTest, NobodyGetsInWithoutAMapping) {
    use({.filtering = Behaviour::kEndpointIndependent});
    EXPECT_EQ(in(kServer, at("11.0.0.1:5000")), std::nullopt);
    EXPECT_EQ(last, Fate::kNoMapping);
    (void)out(kInside, kServer, Protocol::kTcp);
    EXPECT_EQ(in(kServer, at("11.0.0.1:5000")), std::nullopt) << "that mapping is TCP's";
    EXPECT_EQ(in(kServer, at("11.0.0.1:5000"), Protocol::kTcp), kInside);
}

TEST_F(NatTest, AMappingLivesAsLongAsItIsUsedFromInside) {
    use({.udp_timeout = 30s});
    const auto mapped = out(kInside, kServer).value();
    now += 30s - 1ns;
    EXPECT_EQ(in(kServer, mapped), kInside) << "which does not refresh it";
    now += 1ns;
    EXPECT_EQ(in(kServer, mapped), std::nullopt);
    EXPECT_EQ(last, Fate::kNoMapping);
    EXPECT_TRUE(out(kInside, kServer).has_value());
    now += 20s;
    EXPECT_TRUE(out(kInside, kServer).has_value());
    now += 20s;
    EXPECT_EQ(in(kServer, mapped), kInside);
}

TEST_F(NatTest, WhatComesInRefreshesWhereThatCounts) {
    use({.udp_timeout = 30s, .inbound_refreshes = true});
    const auto mapped = out(kInside, kServer).value();
    for (int i = 0; i < 10; ++i) {
        now += 20s;
        EXPECT_EQ(in(kServer, mapped), kInside);
    }
}

TEST_F(NatTest, APinholeClosesBeforeItsMapping) {
    use({.filtering = Behaviour::kAddressDependent, .udp_timeout = 30s});
    const auto mapped = out(kInside, kServer).value();
    now += 20s;
    (void)out(kInside, kOther);
    now += 20s;
    EXPECT_EQ(in(kOther, mapped), kInside);
    EXPECT_EQ(in(kServer, mapped), std::nullopt);
    EXPECT_EQ(last, Fate::kFiltered);
}

TEST_F(NatTest, TwoHostsWithOnePortGetTwo) {
    use({.ports = PortChoice::kPreserving});
    const auto first = out(kInside, kServer);
    const auto second = out(at("192.168.1.3:5000"), kServer);
    EXPECT_EQ(first, at("11.0.0.1:5000"));
    EXPECT_EQ(second, at("11.0.0.1:5001"));
    EXPECT_EQ(in(kServer, *second), at("192.168.1.3:5000"));
}

TEST_F(NatTest, PortsAreInOrderOrAreNot) {
    use({.mapping = Behaviour::kAddressAndPortDependent, .ports = PortChoice::kSequential, .first_port = 2000});
    EXPECT_EQ(out(kInside, kServer), at("11.0.0.1:2000"));
    EXPECT_EQ(out(kInside, kOther), at("11.0.0.1:2001"));
    use({.mapping = Behaviour::kAddressAndPortDependent, .ports = PortChoice::kRandom, .first_port = 2000});
    std::set<std::uint16_t> ports;
    for (std::uint16_t i = 1; i <= 100; ++i)
        ports.insert(out(kInside, {kServer.ip, i})->port);
    EXPECT_EQ(ports.size(), 100U);
    EXPECT_GT(*ports.rbegin() - *ports.begin(), 10'000);
}

TEST_F(NatTest, HasAsManyMappingsAsPortsAndNotOneMore) {
    use({.first_port = 2000, .last_port = 2009});
    for (std::uint16_t port = 1; port <= 10; ++port)
        EXPECT_TRUE(out({kInside.ip, port}, kServer).has_value());
    EXPECT_EQ(out({kInside.ip, 11}, kServer), std::nullopt);
    EXPECT_EQ(last, Fate::kNoPortLeft);
    now += 1h;
    EXPECT_TRUE(out({kInside.ip, 11}, kServer).has_value()) << "the others have expired";
}

TEST_F(NatTest, HasAsManyMappingsAsItsTableAndNotOneMore) {
    use({.udp_timeout = 30s, .mappings_max = 3});
    for (std::uint16_t port = 1; port <= 3; ++port)
        EXPECT_TRUE(out({kInside.ip, port}, kServer).has_value());
    EXPECT_EQ(out({kInside.ip, 4}, kServer), std::nullopt);
    EXPECT_EQ(last, Fate::kTableFull);
    now += 30s;
    EXPECT_TRUE(out({kInside.ip, 4}, kServer).has_value());
    EXPECT_EQ(box->mappings(), 1U);
}

TEST_F(NatTest, HairpinsByTheAddressOutside) {
    use({.filtering = Behaviour::kEndpointIndependent, .hairpins = true});
    const auto target = out(kInside, kServer).value();
    Packet between = packet(at("192.168.1.3:6000"), target);
    EXPECT_EQ(box->handle_outbound(now, between), Fate::kHairpinned);
    EXPECT_EQ(between.to, kInside);
    EXPECT_EQ(between.from, at("11.0.0.1:6000")) << "RFC 4787 REQ-9a";
}

TEST_F(NatTest, FiltersWhatItHairpins) {
    use({.filtering = Behaviour::kAddressAndPortDependent, .hairpins = true});
    const auto a = out(kInside, kServer).value();
    const auto b = out(at("192.168.1.3:6000"), kServer).value();
    Packet first = packet(at("192.168.1.3:6000"), a);
    EXPECT_EQ(box->handle_outbound(now, first), Fate::kFiltered);
    Packet second = packet(kInside, b);
    EXPECT_EQ(box->handle_outbound(now, second), Fate::kHairpinned) << "the first has opened the way";
}

TEST_F(NatTest, WithoutHairpinningNothingTurnsAround) {
    use({.filtering = Behaviour::kEndpointIndependent});
    const auto target = out(kInside, kServer).value();
    EXPECT_EQ(out(at("192.168.1.3:6000"), target), std::nullopt);
    EXPECT_EQ(last, Fate::kNoHairpin);
}

TEST_F(NatTest, ARebootForgetsEverything) {
    use({.ports = PortChoice::kSequential});
    const auto before = out(kInside, kServer);
    box->reboot();
    EXPECT_EQ(box->mappings(), 0U);
    EXPECT_EQ(in(kServer, *before), std::nullopt);
    EXPECT_NE(out(kInside, kServer), before);
}

TEST_F(NatTest, APairedHostKeepsItsAddressOutside) {
    use({.mapping = Behaviour::kAddressAndPortDependent, .pooling = Pooling::kPaired},
        {ip("11.0.0.1"), ip("11.0.0.2")});
    std::set<IpAddress> of_first;
    std::set<IpAddress> of_second;
    for (std::uint16_t i = 1; i <= 20; ++i) {
        of_first.insert(out(kInside, {kServer.ip, i})->ip);
        of_second.insert(out(at("192.168.1.3:5000"), {kServer.ip, i})->ip);
    }
    EXPECT_EQ(of_first.size(), 1U);
    EXPECT_EQ(of_second.size(), 1U);
    EXPECT_NE(of_first, of_second);
    use({.mapping = Behaviour::kAddressAndPortDependent, .pooling = Pooling::kArbitrary},
        {ip("11.0.0.1"), ip("11.0.0.2")});
    for (std::uint16_t i = 1; i <= 20; ++i)
        of_first.insert(out(kInside, {kServer.ip, i})->ip);
    EXPECT_EQ(of_first.size(), 2U);
}

TEST_F(NatTest, LeavesIpv6Alone) {
    use({});
    Packet made = packet(at("[2600::2]:1"), at("[2601::1]:2"));
    EXPECT_EQ(box->handle_outbound(now, made), Fate::kSent);
    EXPECT_EQ(made.from, at("[2600::2]:1"));
    EXPECT_EQ(box->handle_inbound(now, made), Fate::kSent);
    EXPECT_EQ(box->mappings(), 0U);
}

TEST(Pinholes, KeepTheirLimitAndForgetTheOldest) {
    Pinholes pinholes;
    const Instant now{1h};
    for (std::size_t i = 0; i < kPinholesMax; ++i)
        pinholes.note(now + i * 1us, {kServer.ip, static_cast<std::uint16_t>(i + 1)}, 30s);
    EXPECT_EQ(pinholes.size(), kPinholesMax);
    EXPECT_TRUE(pinholes.admits(now, Behaviour::kAddressAndPortDependent, {kServer.ip, 1}));
    pinholes.note(now + 1s, kOther, 30s);
    EXPECT_EQ(pinholes.size(), kPinholesMax);
    EXPECT_FALSE(pinholes.admits(now, Behaviour::kAddressAndPortDependent, {kServer.ip, 1}));
    EXPECT_TRUE(pinholes.admits(now, Behaviour::kAddressAndPortDependent, {kServer.ip, 2}));
    EXPECT_TRUE(pinholes.admits(now, Behaviour::kAddressAndPortDependent, kOther));
}

} // namespace
} // namespace vv::sim
