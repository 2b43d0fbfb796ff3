#include "base/socket_address.h"

#include <gtest/gtest.h>

namespace vv {
namespace {

TEST(IpAddress, PrintsShortestForm) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"::", "::"},
        {"::1", "::1"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"1::", "1::"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
        {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
    };
    for (const auto& [text, expected] : cases) {
        const auto address = IpAddress::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->to_string(), expected);
        EXPECT_EQ(IpAddress::parse(address->to_string()), address);
    }
}

TEST(IpAddress, RefusesWhatIsNoAddress) {
    for (const std::string_view text :
         {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", ":", ":::", "1::2::3", "1:2:3:4:5:6:7",
          "1:2:3:4:5:6:7:8:9", "12345::", "fe80::1%eth0", "1.2.3.4::", "1:2:3:4:5:6:7::8", "g::1", "1:2:3:4:5:6:7:"}) {
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    }
}

TEST(IpAddress, DiffersInEachOfItsBytesAndInItsFamily) {
    const IpAddress::V6 bytes{0x26, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        IpAddress::V6 other = bytes;
        other.at(i) ^= 0x80U;
        EXPECT_FALSE(IpAddress::v6(bytes) == IpAddress::v6(other)) << "byte " << i;
    }
    EXPECT_EQ(IpAddress::v6(bytes), IpAddress::v6(bytes));
    EXPECT_NE(IpAddress(), IpAddress::v6({})) << "0.0.0.0 is not ::";
}

TEST(IpAddress, UnmapsOnlyMappedAddresses) {
    EXPECT_EQ(IpAddress::parse("::ffff:10.0.0.1")->unmapped(), IpAddress::parse("10.0.0.1"));
    EXPECT_EQ(IpAddress::parse("::10.0.0.1")->unmapped(), IpAddress::parse("::10.0.0.1"));
}

TEST(AddressBlock, IsAnIpv4AddressOrAnIpv6Prefix) {
    const auto block = [](const char* text, unsigned length) {
        return address_block(IpAddress::parse(text).value(), length).to_string();
    };
    EXPECT_EQ(block("192.0.2.1", 64), "192.0.2.1");
    EXPECT_EQ(block("::ffff:192.0.2.1", 48), "192.0.2.1");
    EXPECT_EQ(block("2001:db8:1:2:3:4:5:6", 64), "2001:db8:1:2::");
    EXPECT_EQ(block("2001:db8:1:23ff:3:4:5:6", 56), "2001:db8:1:2300::");
    EXPECT_EQ(block("2001:db8:1:2:3:4:5:6", 48), "2001:db8:1::");
}

TEST(SocketAddress, RoundTrips) {
    for (const std::string_view text : {"192.0.2.1:3478", "[2001:db8::1]:65535", "[::]:0"}) {
        const auto address = SocketAddress::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->to_string(), text);
    }
    for (const std::string_view text :
         {"192.0.2.1", "2001:db8::1:3478", "[192.0.2.1]:1", "192.0.2.1:65536", "192.0.2.1:"}) {
        EXPECT_FALSE(SocketAddress::parse(text)) << text;
    }
}

TEST(IpPrefix, ContainsExactlyItsBlock) {
    const auto prefix = IpPrefix::parse("172.16.0.0/12");
    ASSERT_TRUE(prefix);
    EXPECT_FALSE(prefix->contains(*IpAddress::parse("172.15.255.255")));
    EXPECT_TRUE(prefix->contains(*IpAddress::parse("172.16.0.0")));
    EXPECT_TRUE(prefix->contains(*IpAddress::parse("172.31.255.255")));
    EXPECT_FALSE(prefix->contains(*IpAddress::parse("172.32.0.0")));
    EXPECT_FALSE(prefix->contains(*IpAddress::parse("::ffff:172.16.0.1")));
}

TEST(IpPrefix, HandlesOddIpv6LengthsAndBothEnds) {
    const auto prefix = IpPrefix::parse("3fff::/20");
    ASSERT_TRUE(prefix);
    EXPECT_FALSE(prefix->contains(*IpAddress::parse("3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff")));
    EXPECT_TRUE(prefix->contains(*IpAddress::parse("3fff::")));
    EXPECT_TRUE(prefix->contains(*IpAddress::parse("3fff:0fff:ffff:ffff:ffff:ffff:ffff:ffff")));
    EXPECT_FALSE(prefix->contains(*IpAddress::parse("3fff:1000::")));
    EXPECT_TRUE(IpPrefix::parse("::/0")->contains(*IpAddress::parse("ffff::")));
    EXPECT_FALSE(IpPrefix::parse("::/129"));
    EXPECT_FALSE(IpPrefix::parse("0.0.0.0/33"));
}

} // namespace
} // namespace vv
