#include "turn/peer_table.h"

#include <gtest/gtest.h>

namespace vv::turn {
namespace {

using namespace std::chrono_literals;
using BindResult = PeerTable::BindResult;

const Instant kNow{1h};
const IpAddress kIp = IpAddress::parse("11.1.1.1").value();
const PeerAddress kPeer{{kIp, 1000}};
const PeerAddress kSameIp{{kIp, 1001}};
const PeerAddress kOther{{IpAddress::parse("11.1.1.2").value(), 1000}};
const ChannelNumber kChannel{0x4000};
const ChannelNumber kNext{0x4001};

std::vector<IpAddress> addresses(std::uint32_t first, std::size_t count) {
    std::vector<IpAddress> list;
    for (std::uint32_t i = 0; i < count; ++i)
        list.push_back(IpAddress::v4(0x0C000000U + first + i));
    return list;
}

TEST(PeerTable, PermissionsLastThreeHundredSeconds) {
    PeerTable table;
    EXPECT_FALSE(table.has_permission(kNow, kIp));
    ASSERT_TRUE(table.grant(kNow, {&kIp, 1}));
    EXPECT_TRUE(table.has_permission(kNow, kIp));
    EXPECT_FALSE(table.has_permission(kNow, kOther.value().ip));
    EXPECT_TRUE(table.has_permission(kNow + 300s - 1ns, kIp));
    EXPECT_FALSE(table.has_permission(kNow + 300s, kIp));
    ASSERT_TRUE(table.grant(kNow + 299s, {&kIp, 1}));
    EXPECT_TRUE(table.has_permission(kNow + 598s, kIp));
}

TEST(PeerTable, TakesSixtyFourPermissionsAllOrNothing) {
    PeerTable table;
    ASSERT_TRUE(table.grant(kNow, addresses(0, kPermissionsMax - 1)));
    const auto two = addresses(1000, 2);
    EXPECT_FALSE(table.grant(kNow, two));
    EXPECT_FALSE(table.has_permission(kNow, two[0]));
    EXPECT_TRUE(table.grant(kNow, {two.data(), 1}));
    EXPECT_FALSE(table.grant(kNow, {&two[1], 1}));
    EXPECT_TRUE(table.grant(kNow, addresses(0, kPermissionsMax - 1))) << "refreshing needs no room";
    EXPECT_TRUE(table.grant(kNow + 300s, addresses(2000, kPermissionsMax))) << "the old ones have expired";
}

TEST(PeerTable, CountsAnAddressGivenTwiceOnce) {
    PeerTable table;
    std::vector<IpAddress> many(1000, kIp);
    EXPECT_TRUE(table.grant(kNow, many));
}

TEST(PeerTable, ChannelsLastSixHundredSecondsAndBringAPermission) {
    PeerTable table;
    ASSERT_EQ(table.bind(kNow, kChannel, kPeer), BindResult::kBound);
    EXPECT_TRUE(table.has_permission(kNow, kIp));
    EXPECT_EQ(table.peer_of(kNow, kChannel), kPeer);
    EXPECT_EQ(table.channel_of(kNow, kPeer), kChannel);
    EXPECT_EQ(table.channel_of(kNow, kSameIp), std::nullopt) << "a channel is for one port";
    EXPECT_FALSE(table.has_permission(kNow + 300s, kIp));
    EXPECT_EQ(table.peer_of(kNow + 600s - 1ns, kChannel), kPeer);
    EXPECT_EQ(table.peer_of(kNow + 600s, kChannel), std::nullopt);
    EXPECT_EQ(table.channel_of(kNow + 600s, kPeer), std::nullopt);
}

TEST(PeerTable, BindsOneToOne) {
    PeerTable table;
    ASSERT_EQ(table.bind(kNow, kChannel, kPeer), BindResult::kBound);
    EXPECT_EQ(table.bind(kNow, kChannel, kOther), BindResult::kConflict);
    EXPECT_EQ(table.bind(kNow, kNext, kPeer), BindResult::kConflict);
    EXPECT_FALSE(table.has_permission(kNow, kOther.value().ip)) << "a refusal grants nothing";
    EXPECT_EQ(table.bind(kNow + 1s, kChannel, kPeer), BindResult::kBound);
    EXPECT_EQ(table.peer_of(kNow + 600s, kChannel), kPeer) << "it was refreshed";
    EXPECT_EQ(table.bind(kNow, kNext, kSameIp), BindResult::kBound);
}

TEST(PeerTable, AnExpiredBindingIsFreeAgain) {
    PeerTable table;
    ASSERT_EQ(table.bind(kNow, kChannel, kPeer), BindResult::kBound);
    EXPECT_EQ(table.bind(kNow + 600s, kChannel, kOther), BindResult::kBound);
    EXPECT_EQ(table.bind(kNow + 600s, kNext, kPeer), BindResult::kBound);
}

TEST(PeerTable, TakesSixtyFourChannels) {
    PeerTable table;
    const auto list = addresses(0, kChannelsMax);
    for (std::uint16_t i = 0; i < kChannelsMax; ++i)
        ASSERT_EQ(table.bind(kNow, ChannelNumber(static_cast<std::uint16_t>(0x4000 + i)), PeerAddress({list[i], 1})),
                  BindResult::kBound);
    EXPECT_EQ(table.bind(kNow, ChannelNumber(0x4FFF), PeerAddress({list[0], 2})), BindResult::kFull);
    EXPECT_EQ(table.bind(kNow, kChannel, PeerAddress({list[0], 1})), BindResult::kBound) << "a refresh needs no room";
    EXPECT_EQ(table.bind(kNow + 600s, ChannelNumber(0x4FFF), PeerAddress({list[0], 2})), BindResult::kBound);
}

TEST(PeerTable, AFullPermissionTableStopsAChannelToo) {
    PeerTable table;
    ASSERT_TRUE(table.grant(kNow, addresses(0, kPermissionsMax)));
    EXPECT_EQ(table.bind(kNow, kChannel, kPeer), BindResult::kFull);
    EXPECT_EQ(table.peer_of(kNow, kChannel), std::nullopt);
}

// Of the peer that was looked up last the table remembers the answer; it must not outlive what it is made of.

TEST(PeerTable, WhatWasLookedUpEndsWithItsPermissionAndItsChannel) {
    PeerTable table;
    ASSERT_EQ(table.bind(kNow, kChannel, kPeer), BindResult::kBound);
    ASSERT_EQ(table.peer_of(kNow, kChannel), kPeer);
    EXPECT_TRUE(table.has_permission(kNow + 300s - 1ns, kIp));
    EXPECT_FALSE(table.has_permission(kNow + 300s, kIp));
    EXPECT_EQ(table.peer_of(kNow + 300s, kChannel), kPeer) << "the channel lasts longer";
    EXPECT_FALSE(table.has_permission(kNow + 300s, kIp)) << "looking it up grants nothing";

    ASSERT_TRUE(table.grant(kNow + 599s, {&kIp, 1}));
    ASSERT_EQ(table.channel_of(kNow + 599s, kPeer), kChannel);
    EXPECT_EQ(table.channel_of(kNow + 600s, kPeer), std::nullopt);
    EXPECT_EQ(table.peer_of(kNow + 600s, kChannel), std::nullopt);
    EXPECT_TRUE(table.has_permission(kNow + 600s, kIp)) << "the permission lasts longer";
}

TEST(PeerTable, WhatWasLookedUpIsRefreshedWithTheRest) {
    PeerTable table;
    ASSERT_EQ(table.bind(kNow, kChannel, kPeer), BindResult::kBound);
    ASSERT_EQ(table.peer_of(kNow, kChannel), kPeer);
    ASSERT_TRUE(table.grant(kNow + 200s, {&kIp, 1}));
    EXPECT_TRUE(table.has_permission(kNow + 400s, kIp));
    ASSERT_EQ(table.bind(kNow + 400s, kChannel, kPeer), BindResult::kBound);
    EXPECT_EQ(table.peer_of(kNow + 900s, kChannel), kPeer);
}

TEST(PeerTable, WhatWasLookedUpEndsWithItsFamilyAndWhenItIsRevoked) {
    for (const bool is_revoked : {false, true}) {
        PeerTable table;
        ASSERT_EQ(table.bind(kNow, kChannel, kPeer), BindResult::kBound);
        ASSERT_EQ(table.peer_of(kNow, kChannel), kPeer);
        if (is_revoked) {
            table.revoke([](const IpAddress& ip) { return ip != kIp; });
        } else {
            table.forget(AddressFamily::kIpv4);
        }
        EXPECT_FALSE(table.has_permission(kNow, kIp));
        EXPECT_EQ(table.peer_of(kNow, kChannel), std::nullopt);
        EXPECT_EQ(table.channel_of(kNow, kPeer), std::nullopt);
    }
}

TEST(PeerTable, LooksUpEachOfSeveralPeersAmongTheOthers) {
    PeerTable table;
    ASSERT_EQ(table.bind(kNow, kChannel, kPeer), BindResult::kBound);
    ASSERT_EQ(table.bind(kNow, kNext, kOther), BindResult::kBound);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(table.peer_of(kNow, kChannel), kPeer);
        EXPECT_EQ(table.channel_of(kNow, kOther), kNext);
        EXPECT_EQ(table.channel_of(kNow, kPeer), kChannel);
        EXPECT_EQ(table.peer_of(kNow, kNext), kOther);
        EXPECT_EQ(table.channel_of(kNow, kSameIp), std::nullopt);
        EXPECT_TRUE(table.has_permission(kNow, kIp));
    }
}

} // namespace
} // namespace vv::turn
