#include "lobby/limits.h"
#include "lobby/prefix_limits.h"

#include <gtest/gtest.h>

#include <vector>

namespace vv::lobby {
namespace {

constexpr Instant kStart(1h);

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

PrefixLimitsConfig small() {
    PrefixLimitsConfig config;
    config.connections = 2;
    config.rates.fill(per_second(1, 3));
    return config;
}

TEST(PrefixLimits, CountsConnectionsOfOneAddress) {
    PrefixLimits limits(small());
    const auto first = limits.open(kStart, ip("192.0.2.1"));
    ASSERT_TRUE(first);
    EXPECT_TRUE(limits.open(kStart, ip("::ffff:192.0.2.1")));
    EXPECT_FALSE(limits.open(kStart, ip("192.0.2.1")));
    EXPECT_TRUE(limits.open(kStart, ip("192.0.2.2")));
    limits.close(kStart, *first);
    EXPECT_TRUE(limits.open(kStart, ip("192.0.2.1")));
}

TEST(PrefixLimits, ANewNumberHoldsForWhoComesFromThenOn) {
    PrefixLimits limits(small());
    ASSERT_TRUE(limits.open(kStart, ip("192.0.2.1")));
    limits.set_connections(1);
    EXPECT_FALSE(limits.open(kStart, ip("192.0.2.1")));
    limits.set_connections(3);
    EXPECT_TRUE(limits.open(kStart, ip("192.0.2.1")));
    EXPECT_TRUE(limits.open(kStart, ip("192.0.2.1")));
    EXPECT_FALSE(limits.open(kStart, ip("192.0.2.1")));
}

TEST(PrefixLimits, DoNotHoldForLoopback) {
    PrefixLimits limits(small());
    for (const char* address : {"127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"}) {
        std::vector<PrefixLimits::Lease> leases;
        for (int i = 0; i < 10; ++i)
            leases.push_back(limits.open(kStart, ip(address)).value());
        for (int i = 0; i < 100; ++i)
            EXPECT_FALSE(limits.take(kStart, leases[0], LimitKind::kSeeks, 1));
        for (const auto& lease : leases)
            limits.close(kStart, lease);
    }
    EXPECT_EQ(limits.size(), 0U);
}

TEST(PrefixLimits, AnIpv6BlockHasFourTimesTheConnectionsOfOneSubnet) {
    PrefixLimits limits(small());
    const auto fill = [&](std::string_view prefix, int from, int to, std::string_view suffix = "::1") {
        int opened = 0;
        for (int i = from; i < to; ++i) {
            const std::string address = std::string(prefix) + std::to_string(i) + std::string(suffix);
            while (limits.open(kStart, ip(address)))
                ++opened;
        }
        return opened;
    };
    EXPECT_EQ(fill("2001:db8:1:", 10, 11), 2);          // one /64
    EXPECT_EQ(fill("2001:db8:1:", 11, 40), 6);          // the rest of its /56
    EXPECT_EQ(fill("2001:db8:1:", 10, 90, "00::1"), 0); // nothing for the rest of its /48, in other /56s
    EXPECT_EQ(fill("2001:db8:2:", 10, 90, "00::1"), 8); // a /48 with each in another /56
    EXPECT_EQ(fill("2001:db8:3:", 10, 11), 2);
}

TEST(PrefixLimits, RatesWidenFourTimesWithEachIpv6Level) {
    PrefixLimits limits(small());
    int taken = 0;
    for (int i = 10; i < 90; ++i) { // one /64 in each of many /56s
        const auto lease = limits.open(kStart, ip("2001:db8:1:" + std::to_string(i) + "00::1")).value();
        while (!limits.take(kStart, lease, LimitKind::kSeeks, 1))
            ++taken;
        limits.close(kStart, lease);
    }
    EXPECT_EQ(taken, 16 * 3);
}

TEST(PrefixLimits, TakesFromAllLevelsOrNone) {
    PrefixLimits limits(small());
    const auto a = limits.open(kStart, ip("2001:db8::1")).value();
    for (int i = 0; i < 3; ++i)
        EXPECT_FALSE(limits.take(kStart, a, LimitKind::kSeeks, 1));
    EXPECT_EQ(limits.take(kStart, a, LimitKind::kSeeks, 1), 1s);
    EXPECT_FALSE(limits.take(kStart, a, LimitKind::kOpens, 1));
    // The /56 has 12; 3 are gone, the refused one took nothing.
    int taken = 0;
    for (int i = 1; i < 10; ++i) {
        const auto other = limits.open(kStart, ip("2001:db8:0:" + std::to_string(i) + "::1"));
        if (!other) break;
        while (!limits.take(kStart, *other, LimitKind::kSeeks, 1))
            ++taken;
    }
    EXPECT_EQ(taken, 9);
}

TEST(PrefixLimits, RemembersSpentBucketsOfWhoIsGone) {
    PrefixLimits limits(small());
    const auto lease = limits.open(kStart, ip("192.0.2.1")).value();
    EXPECT_FALSE(limits.take(kStart, lease, LimitKind::kMessages, 3));
    limits.close(kStart, lease);
    EXPECT_EQ(limits.size(), 1U);
    const auto again = limits.open(kStart, ip("192.0.2.1")).value();
    EXPECT_TRUE(limits.take(kStart, again, LimitKind::kMessages, 1));
    limits.close(kStart, again);
}

TEST(PrefixLimits, ForgetsPrefixesWhoseBucketsAreFullAgain) {
    PrefixLimits limits(small());
    Instant now = kStart;
    for (int i = 0; i < 200; ++i) {
        const auto lease = limits.open(now, IpAddress::v4(0xC0000200U + static_cast<std::uint32_t>(i))).value();
        EXPECT_FALSE(limits.take(now, lease, LimitKind::kMessages, 3));
        limits.close(now, lease);
    }
    EXPECT_EQ(limits.size(), 200U);
    now += 3s;
    for (int i = 0; i < 200; ++i)
        limits.close(now, limits.open(now, ip("198.51.100.1")).value());
    EXPECT_EQ(limits.size(), 0U);
}

TEST(PrefixLimits, IsBoundedAtItsLimit) {
    PrefixLimitsConfig config = small();
    config.prefixes_max = 4;
    PrefixLimits limits(config);
    std::vector<PrefixLimits::Lease> leases;
    for (std::uint32_t i = 0; i < 4; ++i)
        leases.push_back(limits.open(kStart, IpAddress::v4(i + 1)).value());
    EXPECT_FALSE(limits.open(kStart, IpAddress::v4(99)));
    limits.close(kStart, leases[0]);
    EXPECT_TRUE(limits.open(kStart, IpAddress::v4(99)));
    EXPECT_EQ(limits.size(), 4U);
}

TEST(PrefixLimits, DefaultsAreTwentyTimesASession) {
    const auto config = PrefixLimitsConfig::defaults();
    EXPECT_EQ(config.connections, 384U);
    EXPECT_EQ(config.rates[static_cast<std::size_t>(LimitKind::kMessages)].burst, 1600);
    EXPECT_EQ(config.rates[static_cast<std::size_t>(LimitKind::kMessages)].time_of(1), 2500us);
    EXPECT_EQ(config.rates[static_cast<std::size_t>(LimitKind::kReports)].burst, 200);
    EXPECT_EQ(config.rates[static_cast<std::size_t>(LimitKind::kReports)].time_of(1), 30s);
}

} // namespace
} // namespace vv::lobby
