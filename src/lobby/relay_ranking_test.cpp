#include "lobby/relay_ranking.h"

#include <gtest/gtest.h>

namespace vv::lobby {
namespace {

TEST(RelayRanking, TheShortestWayForBothIsFirst) {
    const RelayTimes a{10, 80, 40};
    const RelayTimes b{200, 20, 40};
    EXPECT_EQ(rank_relays(a, b), (RelayOrder{2, 1, 0, 3, 4, 5, 6, 7}));
    EXPECT_EQ(rank_relays(b, a), rank_relays(a, b));
}

TEST(RelayRanking, EqualsAndTheUnmeasuredKeepTheirOrder) {
    EXPECT_EQ(rank_relays({}, {}), unranked());
    EXPECT_EQ(unranked(), (RelayOrder{0, 1, 2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(rank_relays({30, 30, 30}, {30, 30, 30}), unranked());
}

TEST(RelayRanking, WhatOnlyOneHasReachedComesAfterWhatBothHave) {
    const RelayTimes a{std::nullopt, 1, kRelayMillisecondsMax, 5};
    const RelayTimes b{std::nullopt, std::nullopt, kRelayMillisecondsMax, std::nullopt};
    EXPECT_EQ(rank_relays(a, b), (RelayOrder{2, 1, 3, 0, 4, 5, 6, 7}));
}

TEST(RelayRanking, TheSlowestThatOneHasReachedIsBetterThanNone) {
    const RelayTimes a{std::nullopt, kRelayMillisecondsMax};
    EXPECT_EQ(rank_relays(a, {}).front(), 1);
}

} // namespace
} // namespace vv::lobby
