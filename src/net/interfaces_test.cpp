#include "net/descriptors_for_test.h"
#include "net/interfaces.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>

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

TEST(Interfaces, FindsTemporaryAddresses) {
    const auto found = temporary_addresses("00000000000000000000000000000001 01 80 10 80       lo\n"
                                           "20010db8000000000000000000000005 02 40 00 00     eth0\n"
                                           "20010db8000000004a5c11ffe8a1b2c3 02 40 00 01     eth0\n"
                                           "20010db8000000004a5c11ffe8a1b2c4 02 40 00 21     eth0\n"
                                           "nonsense\n");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].to_string(), "2001:db8::4a5c:11ff:e8a1:b2c3");
    EXPECT_TRUE(temporary_addresses("").empty());
}

TEST(Interfaces, LastingOnesAreAmongAll) {
    const auto all = interface_addresses();
    const auto lasting = lasting_interface_addresses();
    ASSERT_FALSE(lasting.empty());
    for (const auto& ip : lasting)
        EXPECT_NE(std::ranges::find(all, ip), all.end());
}

std::string complaint(const std::function<void()>& task) {
    try {
        const NoMoreDescriptors none;
        task();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "none";
}

// A machine that has no address and one that cannot be asked are not the same: a reload would give up what it knew.
TEST(InterfaceAddresses, SayThatTheyCannotBeHad) {
    const std::string said = "cannot find out this machine's addresses: Too many open files";
    EXPECT_EQ(complaint([] { (void)interface_addresses(); }), said);
    EXPECT_EQ(complaint([] { (void)choose_advertised_address(AddressFamily::kIpv4, {}); }), said)
        << "and no other one is told instead of the default route's";
    EXPECT_FALSE(interface_addresses().empty());
}

} // namespace
} // namespace vv::net
