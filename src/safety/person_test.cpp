#include "safety/person.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vv::safety {
namespace {

AddressPrefix prefix(const char* address) {
    return AddressPrefix::of(IpAddress::parse(address).value());
}

TEST(DeviceId, IsOfATokenOfSixteenToThirtyTwoBytes) {
    EXPECT_FALSE(DeviceId::of_token(ByteBuffer(15, 1)));
    EXPECT_TRUE(DeviceId::of_token(ByteBuffer(16, 1)));
    EXPECT_TRUE(DeviceId::of_token(ByteBuffer(32, 1)));
    EXPECT_FALSE(DeviceId::of_token(ByteBuffer(33, 1)));
}

TEST(DeviceId, IsTheSameForTheSameTokenOnly) {
    const ByteBuffer token(16, 1);
    ByteBuffer longer = token;
    longer.push_back(0);
    EXPECT_EQ(DeviceId::of_token(token), DeviceId::of_token(token));
    EXPECT_NE(DeviceId::of_token(token), DeviceId::of_token(longer));
    EXPECT_NE(DeviceId::of_token(token), DeviceId::of_token(ByteBuffer(16, 2)));
}

TEST(DeviceId, DoesNotHoldTheToken) {
    const ByteBuffer token{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    EXPECT_FALSE(std::ranges::equal(DeviceId::of_token(token).value().bytes(), token));
}

TEST(AddressPrefix, IsAnIpv4AddressOrAnIpv6Slash64) {
    EXPECT_EQ(prefix("192.0.2.1"), prefix("192.0.2.1"));
    EXPECT_NE(prefix("192.0.2.1"), prefix("192.0.2.2"));
    EXPECT_EQ(prefix("2001:db8:1:2::1"), prefix("2001:db8:1:2:ffff::9"));
    EXPECT_NE(prefix("2001:db8:1:2::1"), prefix("2001:db8:1:3::1"));
    EXPECT_EQ(prefix("::ffff:192.0.2.1"), prefix("192.0.2.1"));
}

TEST(AddressPrefix, OneSiteHasManyIpv6Prefixes) {
    EXPECT_EQ(prefix("2001:db8:1:2::1").site(), prefix("2001:db8:1:3::1").site());
    EXPECT_NE(prefix("2001:db8:1:2::1").site(), prefix("2001:db8:2:2::1").site());
    EXPECT_NE(prefix("192.0.2.1").site(), prefix("192.0.2.2").site());
}

TEST(AddressPrefix, HasBytesOfItsOwn) {
    EXPECT_NE(prefix("192.0.2.1").bytes(), prefix("::c000:201:0:0:0:0").bytes());
    EXPECT_NE(prefix("2001:db8::").bytes(), prefix("2001:db8:0:1::").bytes());
}

TEST(AddressPrefix, KnowsTheMachineItself) {
    EXPECT_TRUE(prefix("127.0.0.1").is_this_machine());
    EXPECT_TRUE(prefix("::1").is_this_machine());
    EXPECT_FALSE(prefix("127.0.0.2").is_this_machine());
    EXPECT_FALSE(prefix("::2").is_this_machine());
}

} // namespace
} // namespace vv::safety
