#include "sim/link.h"

#include <gtest/gtest.h>

namespace vv::sim {
namespace {

using namespace std::chrono_literals;

constexpr Instant kNow{1h};

Packet packet_of(std::size_t payload, bool is_v4 = true) {
    Packet packet;
    packet.from = packet.to = {is_v4 ? IpAddress::v4(0x0B000001) : IpAddress::parse("2600::1").value(), 1};
    packet.payload.resize(payload);
    return packet;
}

TEST(Link, WithoutAFaultCarriesEverythingInItsDelay) {
    Link link({.delay = 20ms}, 1);
    const auto passage = link.carry(kNow, packet_of(100));
    ASSERT_TRUE(passage.has_value());
    EXPECT_EQ(passage->arrival, kNow + 20ms);
    EXPECT_FALSE(passage->duplicated || passage->reordered);
}

TEST(Link, LosesDuplicatesAndReordersItsPart) {
    Link link({.loss = 0.3, .duplicate = 0.1, .reorder = 0.2, .reorder_delay = 5ms}, 1);
    int lost = 0;
    int duplicated = 0;
    int reordered = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto passage = link.carry(kNow, packet_of(100));
        if (!passage) {
            EXPECT_EQ(passage.error(), Fate::kLost);
            ++lost;
            continue;
        }
        duplicated += passage->duplicated ? 1 : 0;
        reordered += passage->reordered ? 1 : 0;
        EXPECT_EQ(passage->arrival, kNow + (passage->reordered ? 5ms : 0ms));
    }
    EXPECT_NEAR(lost, 3000, 150);
    EXPECT_NEAR(duplicated, 700, 80);
    EXPECT_NEAR(reordered, 1400, 120);
}

TEST(Link, LosesNothingAndAllAtTheEnds) {
    Link never({.loss = 0}, 1);
    Link always({.loss = 1}, 1);
    for (int i = 0; i < 1000; ++i) {
        EXPECT_TRUE(never.carry(kNow, packet_of(1)).has_value());
        EXPECT_FALSE(always.carry(kNow, packet_of(1)).has_value());
    }
}

TEST(Link, JitterKeepsTheOrder) {
    Link link({.delay = 10ms, .jitter = 30ms}, 1);
    Instant last;
    Duration least = 1h;
    Duration most{};
    for (int i = 0; i < 1000; ++i) {
        const Instant sent = kNow + i * 100us;
        const Instant arrival = link.carry(sent, packet_of(1))->arrival;
        EXPECT_GE(arrival, last);
        last = arrival;
        least = std::min(least, arrival - sent);
        most = std::max(most, arrival - sent);
    }
    EXPECT_GE(least, 10ms);
    EXPECT_LE(most, 40ms);
    EXPECT_GT(most, 35ms);
}

TEST(Link, ARateMakesPacketsWaitForOneAnother) {
    Link link({.bytes_per_second = 100'000}, 1);
    EXPECT_EQ(link.carry(kNow, packet_of(972))->arrival, kNow + 10ms); // 1 000 bytes with their headers
    EXPECT_EQ(link.carry(kNow, packet_of(972))->arrival, kNow + 20ms);
    EXPECT_EQ(link.carry(kNow + 50ms, packet_of(472))->arrival, kNow + 55ms);
}

TEST(Link, AQueueHoldsWhatItMayAndNotOneMore) {
    Link link({.bytes_per_second = 100'000, .queue_bytes = 5000}, 1);
    int taken = 0;
    while (link.carry(kNow, packet_of(972)))
        ++taken;
    EXPECT_EQ(taken, 6) << "five that wait and one on the line";
    EXPECT_EQ(link.carry(kNow, packet_of(972)).error(), Fate::kQueueFull);
    EXPECT_TRUE(link.carry(kNow + 10ms, packet_of(972)).has_value()) << "one has left";
}

TEST(Link, WhatIsLargerThanTheMtuIsDividedOrDisappears) {
    Link link({.bytes_per_second = 1'000'000, .mtu = 1500}, 1);
    EXPECT_EQ(link.carry(kNow, packet_of(1472))->arrival, kNow + 1500us);
    EXPECT_EQ(link.carry(kNow + 1s, packet_of(1473))->arrival, kNow + 1s + 1521us) << "a second header";
    Packet whole = packet_of(1473);
    whole.dont_fragment = true;
    EXPECT_EQ(link.carry(kNow, whole).error(), Fate::kTooBig);
    link.reconfigure({.mtu = 1500, .fragments = false});
    EXPECT_TRUE(link.carry(kNow, packet_of(1472)).has_value());
    EXPECT_EQ(link.carry(kNow, packet_of(1473)).error(), Fate::kTooBig);
    EXPECT_TRUE(link.carry(kNow, packet_of(1452, false)).has_value());
    EXPECT_EQ(link.carry(kNow, packet_of(1453, false)).error(), Fate::kTooBig) << "IPv6 has the longer header";
}

// RFC 8200 §5.
TEST(Link, OnItsWayAnIpv6PacketIsNotDividedAnyMore) {
    Link wide({.bytes_per_second = 1'000'000, .mtu = 1500}, 1);
    Link narrow({.mtu = 1400}, 1);
    Packet sent = packet_of(1452, false);
    EXPECT_TRUE(wide.carry(kNow, sent).has_value());
    sent.hops = 1;
    EXPECT_EQ(narrow.carry(kNow, sent).error(), Fate::kTooBig);
    sent.hops = 0;
    EXPECT_TRUE(narrow.carry(kNow, sent).has_value()) << "its own line";
    Packet large = packet_of(1453, false);
    const auto passage = wide.carry(kNow + 2s, large);
    EXPECT_EQ(passage->arrival, kNow + 2s + 1557us) << "two headers, and one more in each part";
    EXPECT_EQ(passage->largest_part, 1500U);
    large.largest_part = passage->largest_part;
    large.hops = 1;
    EXPECT_TRUE(wide.carry(kNow + 3s, large).has_value()) << "in the parts that its source has made";
    EXPECT_EQ(narrow.carry(kNow + 3s, large).error(), Fate::kTooBig);
    Packet of_v4 = packet_of(1472);
    of_v4.hops = 1;
    EXPECT_TRUE(narrow.carry(kNow + 4s, of_v4).has_value()) << "IPv4 is another matter";
}

TEST(Link, ALostFragmentLosesThePacket) {
    Link link({.loss = 0.1}, 1);
    int whole = 0;
    for (int i = 0; i < 10'000; ++i)
        whole += link.carry(kNow, packet_of(4000)).has_value() ? 1 : 0;
    EXPECT_NEAR(whole, 7290, 150) << "all of three fragments";
}

TEST(Link, CarriesNothingWhileItIsDown) {
    Link link({}, 1);
    link.set_up(false);
    EXPECT_EQ(link.carry(kNow, packet_of(1)).error(), Fate::kLinkDown);
    link.set_up(true);
    EXPECT_TRUE(link.carry(kNow, packet_of(1)).has_value());
}

} // namespace
} // namespace vv::sim
