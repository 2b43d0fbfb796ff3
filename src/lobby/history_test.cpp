#include "lobby/history.h"
#include "lobby/limits.h"

#include <gtest/gtest.h>

namespace vv::lobby {
namespace {

CallId call(std::uint16_t number) {
    CallId id;
    id.random[0] = static_cast<std::uint8_t>(number >> 8U);
    id.random[1] = static_cast<std::uint8_t>(number);
    return id;
}

FormerCall with(std::uint64_t partner) {
    FormerCall former;
    former.partner = partner;
    return former;
}

TEST(History, RemembersAMeetingForTheCooldown) {
    History history;
    const Instant now(1h);
    history.add(now, kPairCooldown, call(1), with(77));
    EXPECT_EQ(history.met_until(now, kPairCooldown, 77), now + kPairCooldown);
    EXPECT_EQ(history.met_until(now + kPairCooldown - 1ns, kPairCooldown, 77), now + kPairCooldown);
    EXPECT_EQ(history.met_until(now + kPairCooldown, kPairCooldown, 77), std::nullopt);
    EXPECT_EQ(history.met_until(now, kPairCooldown, 78), std::nullopt);
}

TEST(History, RemembersACallForTenMinutes) {
    History history;
    const Instant now(1h);
    FormerCall ended = with(77);
    ended.was_accepted = true;
    history.add(now, kPairCooldown, call(1), ended);
    const FormerCall* const former = history.find_call(now + kFormerCallTime - 1ns, call(1));
    ASSERT_NE(former, nullptr);
    EXPECT_EQ(former->partner, 77U);
    EXPECT_EQ(former->ended, now);
    EXPECT_TRUE(former->was_accepted);
    EXPECT_EQ(history.find_call(now + kFormerCallTime, call(1)), nullptr);
    EXPECT_EQ(history.find_call(now, call(2)), nullptr);
}

TEST(History, KeepsPastMaxMeetingsAndThenTheNewest) {
    History history;
    Instant now(1h);
    for (std::uint16_t i = 1; i <= kPastMax; ++i)
        history.add(now += 1ms, kPairCooldown, call(i), with(i));
    EXPECT_TRUE(history.met_until(now, kPairCooldown, 1));
    EXPECT_EQ(history.calls(), kPastMax);
    history.add(now += 1ms, kPairCooldown, call(kPastMax + 1), with(kPastMax + 1));
    EXPECT_FALSE(history.met_until(now, kPairCooldown, 1));
    EXPECT_TRUE(history.met_until(now, kPairCooldown, 2));
    EXPECT_TRUE(history.met_until(now, kPairCooldown, kPastMax + 1));
    EXPECT_EQ(history.calls(), kPastMax);
    EXPECT_EQ(history.find_call(now, call(1)), nullptr);
    EXPECT_NE(history.find_call(now, call(2)), nullptr);
}

TEST(History, ForgetsOldCallsWhenNewOnesCome) {
    History history;
    Instant now(1h);
    for (std::uint16_t i = 1; i <= 20; ++i)
        history.add(now, kPairCooldown, call(i), with(i));
    history.add(now + kFormerCallTime, kPairCooldown, call(21), with(21));
    EXPECT_EQ(history.calls(), 1U);
}

TEST(History, NamesTheNewestBlocksForTheToken) {
    History history;
    EXPECT_TRUE(history.newest_blocked().empty());
    for (std::uint64_t other = 1; other <= kBlockedInTokenMax; ++other)
        history.block({other, 0});
    EXPECT_EQ(history.newest_blocked().size(), kBlockedInTokenMax);
    history.block({99, 0});
    const auto newest = history.newest_blocked();
    EXPECT_EQ(newest.size(), kBlockedInTokenMax);
    EXPECT_EQ(newest.front().session, 2U);
    EXPECT_EQ(newest.back().session, 99U);
}

TEST(History, NamesTheNewestWhoBlockedForTheTokenBesideItsOwn) {
    History history;
    history.block({500, 0});
    for (std::uint64_t other = 1; other <= kBlockedInTokenMax; ++other)
        history.be_blocked({other, 0});
    EXPECT_EQ(history.newest_blocked_by().size(), kBlockedInTokenMax);
    EXPECT_EQ(history.newest_blocked_by().front().session, 1U);
    history.be_blocked({99, 0});
    EXPECT_EQ(history.newest_blocked_by().size(), kBlockedInTokenMax);
    EXPECT_EQ(history.newest_blocked_by().front().session, 2U);
    EXPECT_EQ(history.newest_blocked_by().back().session, 99U);
    EXPECT_EQ(history.newest_blocked(), (std::vector<PersonKey>{{500, 0}})) << "others take none of its places";
}

TEST(History, BlocksOnceAndUpToItsLimit) {
    History history;
    history.block({5, 0});
    history.block({5, 0});
    EXPECT_EQ(history.blocked(), 1U);
    for (std::uint64_t other = 100; other < 100 + kBlockedMax - 1; ++other)
        history.block({other, 0});
    EXPECT_EQ(history.blocked(), kBlockedMax);
    EXPECT_TRUE(history.is_apart_from({5, 0}));
    history.block({9, 0});
    EXPECT_EQ(history.blocked(), kBlockedMax);
    EXPECT_FALSE(history.is_apart_from({5, 0}));
    EXPECT_TRUE(history.is_apart_from({9, 0}));
}

TEST(History, KnowsABlockedPersonByTheirSessionAndByTheirDevice) {
    History history;
    history.block({5, 50});
    history.be_blocked({6, 60});
    history.block({7, 0});
    EXPECT_TRUE(history.is_apart_from({5, 99}));
    EXPECT_TRUE(history.is_apart_from({99, 50}));
    EXPECT_TRUE(history.is_apart_from({99, 60}));
    EXPECT_FALSE(history.is_apart_from({99, 0})) << "no device is no device in common";
    EXPECT_FALSE(history.is_apart_from({98, 99}));
    EXPECT_EQ(history.newest_blocked(), (std::vector<PersonKey>{{5, 50}, {7, 0}})) << "one's own";
    EXPECT_EQ(history.newest_blocked_by(), (std::vector<PersonKey>{{6, 60}})) << "and others'";
}

} // namespace
} // namespace vv::lobby
