#include "net/connection_limits.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::net {
namespace {

IpAddress ip(const std::string& text) {
    return *IpAddress::parse(text);
}

TEST(ConnectionLimits, CountsInAll) {
    ConnectionLimits limits(2, 10);
    auto first = limits.enter(ip("127.0.0.1"));
    auto second = limits.enter(ip("127.0.0.1"));
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(limits.enter(ip("192.0.2.1")));
    first.reset();
    EXPECT_EQ(limits.open(), 1U);
    EXPECT_TRUE(limits.enter(ip("192.0.2.1")));
    EXPECT_EQ(limits.open(), 1U) << "the seat that nobody kept is free again";
}

TEST(ConnectionLimits, CountsPerIpv4AddressButNotOnLoopback) {
    ConnectionLimits limits(100, 2);
    std::vector<ConnectionLimits::Seat> seats;
    for (int i = 0; i < 2; ++i)
        seats.push_back(*limits.enter(ip("192.0.2.1")));
    EXPECT_FALSE(limits.enter(ip("192.0.2.1")));
    EXPECT_TRUE(limits.enter(ip("192.0.2.2")));
    for (int i = 0; i < 10; ++i)
        seats.push_back(*limits.enter(ip(i % 2 == 0 ? "127.0.0.1" : "::1")));
    EXPECT_EQ(limits.open(), 12U);
}

TEST(ConnectionLimits, CountsIpv6ByHouseholdAndBySite) {
    ConnectionLimits limits(100, 2);
    std::vector<ConnectionLimits::Seat> seats;
    seats.push_back(*limits.enter(ip("2001:db8:0:1::1")));
    seats.push_back(*limits.enter(ip("2001:db8:0:1::2")));
    EXPECT_FALSE(limits.enter(ip("2001:db8:0:1:ffff::3")));
    for (int i = 2; i < 2 + 6; ++i)
        seats.push_back(*limits.enter(ip("2001:db8:0:" + std::to_string(i) + "::1")));
    EXPECT_FALSE(limits.enter(ip("2001:db8:0:99::1"))) << "four times the limit in one /48";
    EXPECT_TRUE(limits.enter(ip("2001:db8:1::1")));
    seats.clear();
    EXPECT_EQ(limits.open(), 0U);
    EXPECT_TRUE(limits.enter(ip("2001:db8:0:99::1")));
}

TEST(ConnectionLimits, ANewLimitHoldsForWhoComesFromThenOn) {
    ConnectionLimits limits(3, 2);
    std::vector<ConnectionLimits::Seat> seats;
    for (int i = 0; i < 2; ++i)
        seats.push_back(*limits.enter(ip("192.0.2.1")));
    limits.set(3, 1);
    EXPECT_EQ(limits.open(), 2U) << "nobody is turned out";
    EXPECT_FALSE(limits.enter(ip("192.0.2.1")));
    limits.set(3, 3);
    seats.push_back(*limits.enter(ip("192.0.2.1")));
    limits.set(4, 4);
    seats.push_back(*limits.enter(ip("192.0.2.1")));
    EXPECT_FALSE(limits.enter(ip("192.0.2.2"))) << "four in all";
}

} // namespace
} // namespace vv::net
