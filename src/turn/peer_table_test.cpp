#include "turn/peer_table.h"

#include <gtest/gtest.h>

namespace vv::turn {
namespace {

using namespace std::chrono_literals;

constexpr PeerLimits kPeers{};
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
    ASSERT_TRUE(table.grant(kNow, kPeers, {&kIp, 1}));
    EXPECT_TRUE(table.has_permission(kNow, kIp));
    EXPECT_FALSE(table.has_permission(kNow, kOther.value().ip));
    EXPECT_TRUE(table.has_permission(kNow + 300s - 1ns, kIp));
    EXPECT_FALSE(table.has_permission(kNow + 300s, kIp));
    ASSERT_TRUE(table.grant(kNow + 299s, kPeers, {&kIp, 1}));
    EXPECT_TRUE(table.has_permission(kNow + 598s, kIp));
}

TEST(PeerTable, TakesSixtyFourPermissionsAllOrNothing) {
    PeerTable table;
    ASSERT_TRUE(table.grant(kNow, kPeers, addresses(0, kPeers.permissions - 1)));
    const auto two = addresses(1000, 2);
    EXPECT_FALSE(table.grant(kNow, kPeers, two));
    EXPECT_FALSE(table.has_permission(kNow, two[0]));
    EXPECT_TRUE(table.grant(kNow, kPeers, {two.data(), 1}));
    EXPECT_FALSE(table.grant(kNow, kPeers, {&two[1], 1}));
    EXPECT_TRUE(table.grant(kNow, kPeers, addresses(0, kPeers.permissions - 1))) << "refreshing needs no room";
    EXPECT_TRUE(table.grant(kNow + 300s, kPeers, addresses(2000, kPeers.permissions))) << "the old ones have expired";
}

TEST(PeerTable, CountsAnAddressGivenTwiceOnce) {
    PeerTable table;
    std::vector<IpAddress> many(1000, kIp);
    EXPECT_TRUE(table.grant(kNow, kPeers, many));
}

TEST(PeerTable, ChannelsLastSixHundredSecondsAndBringAPermission) {
    PeerTable table;
    ASSERT_EQ(table.bind(kNow, kPeers, kChannel, kPeer), BindResult::kBound);
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
    ASSERT_EQ(table.bind(kNow, kPeers, kChannel, kPeer), BindResult::kBound);
    EXPECT_EQ(table.bind(kNow, kPeers, kChannel, kOther), BindResult::kConflict);
    EXPECT_EQ(table.bind(kNow, kPeers, kNext, kPeer), BindResult::kConflict);
    EXPECT_FALSE(table.has_permission(kNow, kOther.value().ip)) << "a refusal grants nothing";
    EXPECT_EQ(table.bind(kNow + 1s, kPeers, kChannel, kPeer), BindResult::kBound);
    EXPECT_EQ(table.peer_of(kNow + 600s, kChannel), kPeer) << "it was refreshed";
    EXPECT_EQ(table.bind(kNow, kPeers, kNext, kSameIp), BindResult::kBound);
}

TEST(PeerTable, AnExpiredBindingIsFreeAgain) {
    PeerTable table;
    ASSERT_EQ(table.bind(kNow, kPeers, kChannel, kPeer), BindResult::kBound);
    EXPECT_EQ(table.bind(kNow + 600s, kPeers, kChannel, kOther), BindResult::kBound);
    EXPECT_EQ(table.bind(kNow + 600s, kPeers, kNext, kPeer), BindResult::kBound);
}

TEST(PeerTable, TakesSixtyFourChannels) {
    PeerTable table;
    const auto list = addresses(0, kPeers.channels);
    for (std::uint16_t i = 0; i < kPeers.channels; ++i)
        ASSERT_EQ(
            table.bind(kNow, kPeers, ChannelNumber(static_cast<std::uint16_t>(0x4000 + i)), PeerAddress({list[i], 1})),
            BindResult::kBound);
    EXPECT_EQ(table.bind(kNow, kPeers, ChannelNumber(0x4FFF), PeerAddress({list[0], 2})), BindResult::kFull);
    EXPECT_EQ(table.bind(kNow, kPeers, kChannel, PeerAddress({list[0], 1})), BindResult::kBound)
        << "a refresh needs no room";
    EXPECT_EQ(table.bind(kNow + 600s, kPeers, ChannelNumber(0x4FFF), PeerAddress({list[0], 2})), BindResult::kBound);
}

TEST(PeerTable, AFullPermissionTableStopsAChannelToo) {
    PeerTable table;
    ASSERT_TRUE(table.grant(kNow, kPeers, addresses(0, kPeers.permissions)));
    EXPECT_EQ(table.bind(kNow, kPeers, kChannel, kPeer), BindResult::kFull);
    EXPECT_EQ(table.peer_of(kNow, kChannel), std::nullopt);
}

// Of the peer that was looked up last the table remembers the answer; it must not outlive what it is made of.

TEST(PeerTable, WhatWasLookedUpEndsWithItsPermissionAndItsChannel) {
    PeerTable table;
    ASSERT_EQ(table.bind(kNow, kPeers, kChannel, kPeer), BindResult::kBound);
    ASSERT_EQ(table.peer_of(kNow, kChannel), kPeer);
    EXPECT_TRUE(table.has_permission(kNow + 300s - 1ns, kIp));
    EXPECT_FALSE(table.has_permission(kNow + 300s, kIp));
    EXPECT_EQ(table.peer_of(kNow + 300s, kChannel), kPeer) << "the channel lasts longer";
    EXPECT_FALSE(table.has_permission(kNow + 300s, kIp)) << "looking it up grants nothing";

    ASSERT_TRUE(table.grant(kNow + 599s, kPeers, {&kIp, 1}));
    ASSERT_EQ(table.channel_of(kNow + 599s, kPeer), kChannel);
    EXPECT_EQ(table.channel_of(kNow + 600s, kPeer), std::nullopt);
    EXPECT_EQ(table.peer_of(kNow + 600s, kChannel), std::nullopt);
    EXPECT_TRUE(table.has_permission(kNow + 600s, kIp)) << "the permission lasts longer";
}

TEST(PeerTable, WhatWasLookedUpIsRefreshedWithTheRest) {
    PeerTable table;
    ASSERT_EQ(table.bind(kNow, kPeers, kChannel, kPeer), BindResult::kBound);
    ASSERT_EQ(table.peer_of(kNow, kChannel), kPeer);
    ASSERT_TRUE(table.grant(kNow + 200s, kPeers, {&kIp, 1}));
    EXPECT_TRUE(table.has_permission(kNow + 400s, kIp));
    ASSERT_EQ(table.bind(kNow + 400s, kPeers, kChannel, kPeer), BindResult::kBound);
    EXPECT_EQ(table.peer_of(kNow + 900s, kChannel), kPeer);
}

TEST(PeerTable, WhatWasLookedUpEndsWithItsFamilyAndWhenItIsRevoked) {
    for (const bool is_revoked : {false, true}) {
        PeerTable table;
        ASSERT_EQ(table.bind(kNow, kPeers, kChannel, kPeer), BindResult::kBound);
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
    ASSERT_EQ(table.bind(kNow, kPeers, kChannel, kPeer), BindResult::kBound);
    ASSERT_EQ(table.bind(kNow, kPeers, kNext, kOther), BindResult::kBound);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(table.peer_of(kNow, kChannel), kPeer);
        EXPECT_EQ(table.channel_of(kNow, kOther), kNext);
        EXPECT_EQ(table.channel_of(kNow, kPeer), kChannel);
        EXPECT_EQ(table.peer_of(kNow, kNext), kOther);
        EXPECT_EQ(table.channel_of(kNow, kSameIp), std::nullopt);
        EXPECT_TRUE(table.has_permission(kNow, kIp));
    }
}

TEST(PeerTable, ItsOwnersLimitsHold) {
    PeerTable table;
    const PeerLimits few{.permissions = 3, .channels = 2, .new_permissions = 4};
    const auto list = addresses(0, 10);
    const auto all = std::span(list);
    EXPECT_FALSE(table.grant(kNow, few, all.first(4)));
    EXPECT_TRUE(table.grant(kNow, few, all.first(3)));
    const auto bind = [&](std::uint16_t channel, std::size_t peer) {
        return table.bind(kNow, few, ChannelNumber(channel), PeerAddress({list[peer], 1}));
    };
    EXPECT_EQ(bind(0x4000, 0), BindResult::kBound);
    EXPECT_EQ(bind(0x4001, 1), BindResult::kBound);
    EXPECT_EQ(bind(0x4002, 2), BindResult::kFull);
    const PeerLimits more{.permissions = 10, .channels = 10, .new_permissions = 4};
    EXPECT_TRUE(table.grant(kNow, more, all.subspan(3, 1))) << "the fourth in five minutes";
    EXPECT_FALSE(table.grant(kNow, more, all.subspan(4, 1))) << "the fifth";
    EXPECT_TRUE(table.grant(kNow + 75s, more, all.subspan(4, 1))) << "a quarter of that time later";
}

TEST(PeerTable, WhatStandsIsRefreshedThoughThereMayBeFewerByNow) {
    PeerTable table;
    const PeerLimits fewer{.permissions = 1, .channels = 1};
    const auto list = addresses(0, 4);
    ASSERT_TRUE(table.grant(kNow, kPeers, {list.data(), 3}));
    ASSERT_EQ(table.bind(kNow, kPeers, kChannel, PeerAddress({list[0], 1})), BindResult::kBound);
    ASSERT_EQ(table.bind(kNow, kPeers, kNext, PeerAddress({list[1], 1})), BindResult::kBound);

    EXPECT_TRUE(table.grant(kNow + 200s, fewer, {list.data(), 3}));
    EXPECT_FALSE(table.grant(kNow + 200s, fewer, {&list[3], 1})) << "a new one";
    EXPECT_FALSE(table.grant(kNow + 200s, fewer, list)) << "with a new one among them";
    EXPECT_TRUE(table.has_permission(kNow + 499s, list[2]));
    EXPECT_EQ(table.bind(kNow + 400s, fewer, kChannel, PeerAddress({list[0], 1})), BindResult::kBound);
    EXPECT_EQ(table.bind(kNow + 400s, fewer, kNext, PeerAddress({list[1], 1})), BindResult::kBound);
    EXPECT_EQ(table.peer_of(kNow + 999s, kNext), PeerAddress({list[1], 1}));
}

} // namespace
} // namespace vv::turn
