#include "net/interfaces.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vv::net {
namespace {

IpAddress ip(std::string_view text) {
    return *IpAddress::parse(text);
}

const std::vector<IpAddress> kInterfaces{ip("127.0.0.1"), ip("::1"), ip("172.17.0.1"), ip("192.0.2.5"),
                                         ip("2001:db8::5")};

TEST(AdvertisedAddress, PrefersWhatTheOperatorSays) {
    const std::vector<IpAddress> configured{ip("2001:db8::9"), ip("198.51.100.7")};
    const auto chosen = choose_advertised_address(AddressFamily::kIpv4, configured, ip("192.0.2.5"), kInterfaces);
    ASSERT_TRUE(chosen);
    EXPECT_EQ(chosen->ip, ip("198.51.100.7"));
    EXPECT_EQ(chosen->reason, AddressReason::kConfigured);
    EXPECT_EQ(chosen->others, (std::vector<IpAddress>{ip("172.17.0.1"), ip("192.0.2.5")}));
}

TEST(AdvertisedAddress, ThenTheDefaultRouteThenAnInterfaceThenLoopback) {
    const auto route = choose_advertised_address(AddressFamily::kIpv4, {}, ip("192.0.2.5"), kInterfaces);
    ASSERT_TRUE(route);
    EXPECT_EQ(route->ip, ip("192.0.2.5"));
    EXPECT_EQ(route->reason, AddressReason::kDefaultRoute);
    EXPECT_EQ(route->others, std::vector<IpAddress>{ip("172.17.0.1")});

    const auto first = choose_advertised_address(AddressFamily::kIpv4, {}, std::nullopt, kInterfaces);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->ip, ip("172.17.0.1"));
    EXPECT_EQ(first->reason, AddressReason::kFirstInterface);

    const std::vector<IpAddress> loopback_only{ip("127.0.0.1")};
    const auto loopback = choose_advertised_address(AddressFamily::kIpv4, {}, std::nullopt, loopback_only);
    ASSERT_TRUE(loopback);
    EXPECT_EQ(loopback->reason, AddressReason::kLoopback);
    EXPECT_FALSE(choose_advertised_address(AddressFamily::kIpv6, {}, std::nullopt, loopback_only));
}

TEST(InterfaceAddresses, HoldLoopbackAndNoLinkLocalAddress) {
    const auto addresses = interface_addresses();
    EXPECT_TRUE(std::ranges::any_of(addresses, &IpAddress::is_loopback));
    for (const auto& address : addresses)
        EXPECT_FALSE(address.to_string().starts_with("fe8")) << address.to_string();
}

} // namespace
} // namespace vv::net
