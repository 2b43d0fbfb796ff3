#include "ice/checklist.h"
#include "ice/limits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vv::ice {
namespace {

SocketAddress at(std::string_view text) {
    return SocketAddress::parse(text).value();
}

LocalCandidate base(std::uint32_t id, std::string_view address, std::uint32_t priority = 1000,
                    std::string foundation = {}) {
    return {.via = TransportId(id),
            .type = CandidateType::kHost,
            .address = at(address),
            .foundation = foundation.empty() ? std::to_string(id) : std::move(foundation),
            .priority = priority,
            .reflexive_priority = priority};
}
Candidate remote(std::string_view address, std::uint32_t priority, std::string foundation) {
    return {.foundation = std::move(foundation),
            .priority = priority,
            .type = CandidateType::kHost,
            .address = at(address)};
}
Candidate numbered(std::uint16_t i, std::uint32_t priority) {
    return {.foundation = std::to_string(i),
            .priority = priority,
            .type = CandidateType::kHost,
            .address = {IpAddress::v4(0xC0000200), i}};
}

class ChecklistTest : public testing::Test {
protected:
    ChecklistTest() { list_.add_local(base(1, "192.0.2.1:1")); }
    /// Takes the next and marks it as begun.
    std::uint16_t next() {
        const auto id = list_.next_to_check();
        if (!id) return 0;
        Pair* pair = list_.find(*id);
        pair->state = PairState::kInProgress;
        return pair->route.remote.port;
    }
    Pair& pair_to(std::uint16_t port) {
        const auto found =
            std::ranges::find_if(list_.pairs(), [&](const Pair& pair) { return pair.route.remote.port == port; });
        return *list_.find(found->id);
    }

    Checklist list_{true};
};

TEST_F(ChecklistTest, PriorityOfAPairIsThatOfTheRfc) {
    // RFC 8445 §6.1.2.3: 2^32 * MIN(G, D) + 2 * MAX(G, D) + (G > D ? 1 : 0)
    list_.add_remote(remote("192.0.2.2:2", 500, "1"));
    EXPECT_EQ(list_.pairs()[0].priority, (std::uint64_t{500} << 32U) + 2001);
    list_.set_controlling(false);
    EXPECT_EQ(list_.pairs()[0].priority, (std::uint64_t{500} << 32U) + 2000);
}

TEST_F(ChecklistTest, BothEndsOrderTheirPairsAlike) {
    Checklist other(false);
    other.add_local(base(1, "192.0.2.2:2", 500));
    other.add_remote(remote("192.0.2.1:1", 1000, "1"));
    list_.add_remote(remote("192.0.2.2:2", 500, "1"));
    EXPECT_EQ(list_.pairs()[0].priority, other.pairs()[0].priority);
}

TEST_F(ChecklistTest, PairsAreOfOneFamilyAndLinkLocalOnlyWithItsLike) {
    list_.add_local(base(2, "[2001:db8::1]:1"));
    list_.add_local(base(3, "[fe80::1]:1"));
    list_.add_remote(remote("192.0.2.2:2", 1, "1"));
    list_.add_remote(remote("[2001:db8::2]:2", 1, "2"));
    list_.add_remote(remote("[fe80::2]:2", 1, "3"));
    ASSERT_EQ(list_.pairs().size(), 3U);
    for (const Pair& pair : list_.pairs())
        EXPECT_EQ(std::to_string(pair.route.via.value()), pair.remote.foundation);
}

TEST_F(ChecklistTest, TheSameAddressTwiceIsOnePair) {
    list_.add_remote(remote("192.0.2.2:2", 1, "1"));
    list_.add_remote(remote("192.0.2.2:2", 9, "2"));
    ASSERT_EQ(list_.pairs().size(), 1U);
    EXPECT_EQ(list_.pairs()[0].remote.priority, 1U);
}

TEST_F(ChecklistTest, TheBestIsCheckedFirst) {
    list_.add_remote(remote("192.0.2.2:2", 2, "2"));
    list_.add_remote(remote("192.0.2.2:3", 3, "3"));
    list_.add_remote(remote("192.0.2.2:1", 1, "1"));
    EXPECT_EQ(next(), 3);
    EXPECT_EQ(next(), 2);
    EXPECT_EQ(next(), 1);
    EXPECT_EQ(next(), 0);
}

TEST_F(ChecklistTest, OfOneFoundationTheOthersWaitForTheFirst) {
    list_.add_remote(remote("192.0.2.2:3", 3, "same"));
    list_.add_remote(remote("192.0.2.2:2", 2, "same"));
    list_.add_remote(remote("192.0.2.2:1", 1, "other"));
    EXPECT_EQ(pair_to(2).state, PairState::kFrozen);
    EXPECT_EQ(next(), 3);
    EXPECT_EQ(next(), 1);
    EXPECT_FALSE(list_.has_next());
    list_.handle_success(pair_to(3));
    EXPECT_EQ(pair_to(2).state, PairState::kWaiting);
    EXPECT_EQ(next(), 2);
}

TEST_F(ChecklistTest, AFailureLetsTheNextOfItsFoundationGo) {
    list_.add_remote(remote("192.0.2.2:3", 3, "same"));
    list_.add_remote(remote("192.0.2.2:2", 2, "same"));
    EXPECT_EQ(next(), 3);
    EXPECT_FALSE(list_.has_next());
    pair_to(3).state = PairState::kFailed;
    EXPECT_EQ(next(), 2);
}

TEST_F(ChecklistTest, TriggeredChecksComeFirstAndOnce) {
    list_.add_remote(remote("192.0.2.2:3", 3, "3"));
    list_.add_remote(remote("192.0.2.2:2", 2, "2"));
    pair_to(2).state = PairState::kFailed;
    list_.trigger(pair_to(2).id);
    list_.trigger(pair_to(2).id);
    EXPECT_EQ(next(), 2);
    EXPECT_EQ(next(), 3);
    EXPECT_EQ(next(), 0);
}

TEST_F(ChecklistTest, AnUnknownSourceBecomesAPeerReflexiveCandidate) {
    const Pair* pair = list_.find_or_add({TransportId(1), at("192.0.2.9:9")}, 77);
    ASSERT_NE(pair, nullptr);
    EXPECT_EQ(pair->remote.type, CandidateType::kPeerReflexive);
    EXPECT_EQ(pair->remote.priority, 77U);
    const Pair* second = list_.find_or_add({TransportId(1), at("192.0.2.9:10")}, 77);
    EXPECT_NE(second->remote.foundation, list_.find(Route{TransportId(1), at("192.0.2.9:9")})->remote.foundation);
    EXPECT_EQ(list_.find_or_add({TransportId(8), at("192.0.2.9:9")}, 77), nullptr) << "there is no such transport";
}

TEST_F(ChecklistTest, WhatChecksHaveShownTakesOnWhatIsToldOfIt) {
    list_.find_or_add({TransportId(1), at("192.0.2.9:9")}, 77);
    list_.add_remote(remote("192.0.2.9:9", 5000, "f"));
    ASSERT_EQ(list_.pairs().size(), 1U);
    EXPECT_EQ(list_.pairs()[0].remote.type, CandidateType::kHost);
    EXPECT_EQ(list_.pairs()[0].priority, (std::uint64_t{1000} << 32U) + 10000);
}

TEST_F(ChecklistTest, WhatIsToldAfterItWasSeenIsPairedWithEveryLocalCandidate) {
    list_.add_local(base(2, "192.0.2.7:1"));
    list_.find_or_add({TransportId(2), at("192.0.2.9:9")}, 77);
    ASSERT_EQ(list_.find(Route{TransportId(1), at("192.0.2.9:9")}), nullptr);
    list_.add_remote(remote("192.0.2.9:9", 5000, "f"));
    EXPECT_NE(list_.find(Route{TransportId(1), at("192.0.2.9:9")}), nullptr);
    EXPECT_EQ(list_.pairs().size(), 2U);
}

TEST_F(ChecklistTest, ATransportThatGoesTakesItsPairsAlong) {
    list_.add_local(base(2, "192.0.2.7:1"));
    list_.add_remote(remote("192.0.2.2:2", 2, "2"));
    for (const Pair& pair : list_.pairs())
        list_.trigger(pair.id);
    list_.remove_local(TransportId(1));
    ASSERT_EQ(list_.pairs().size(), 1U);
    EXPECT_EQ(list_.pairs()[0].route.via, TransportId(2));
    EXPECT_EQ(next(), 2);
    EXPECT_EQ(next(), 0);
}

TEST_F(ChecklistTest, DroppingKeepsWhatIsBetterAndWhatHasBegun) {
    for (std::uint16_t i = 1; i <= 4; ++i)
        list_.add_remote(numbered(i, i));
    pair_to(1).state = PairState::kSucceeded;
    list_.trigger(pair_to(2).id);
    list_.drop_waiting_below(pair_to(3).priority);
    std::vector<std::uint16_t> left;
    for (const Pair& pair : list_.pairs())
        left.push_back(pair.route.remote.port);
    EXPECT_EQ(left, (std::vector<std::uint16_t>{4, 3, 1}));
    EXPECT_EQ(next(), 4) << "what was triggered is gone";
}

// ---- limits

TEST_F(ChecklistTest, RemoteCandidatesHaveALimit) {
    for (std::uint16_t i = 1; i <= kRemoteCandidatesMax + 1; ++i)
        list_.add_remote(numbered(i, i));
    EXPECT_EQ(list_.remote_count(), kRemoteCandidatesMax);
    EXPECT_EQ(list_.find(Route{TransportId(1), {IpAddress::v4(0xC0000200), kRemoteCandidatesMax + 1}}), nullptr);
    EXPECT_EQ(list_.find_or_add({TransportId(1), at("192.0.2.9:9")}, 77), nullptr);
}

TEST_F(ChecklistTest, PeerReflexiveCandidatesHaveALimitOfTheirOwn) {
    for (std::uint16_t i = 1; i <= kPeerReflexiveMax; ++i)
        EXPECT_NE(list_.find_or_add({TransportId(1), {IpAddress::v4(0xC0000200), i}}, 1), nullptr);
    EXPECT_EQ(list_.find_or_add({TransportId(1), at("192.0.2.9:9")}, 1), nullptr);
    list_.add_remote(numbered(1000, 1));
    EXPECT_NE(list_.find(Route{TransportId(1), {IpAddress::v4(0xC0000200), 1000}}), nullptr) << "what is told has room";
}

TEST_F(ChecklistTest, PeerReflexiveCandidatesOfOneTransportLeaveRoomToOthers) {
    for (std::uint32_t id = 2; id <= 3; ++id)
        list_.add_local(base(id, "192.0.2." + std::to_string(id) + ":1"));
    for (std::uint32_t id = 1; id <= 2; ++id) {
        for (std::uint16_t i = 1; i <= kPeerReflexiveMax; ++i)
            EXPECT_NE(list_.find_or_add({TransportId(id), {IpAddress::v4(0xC0000200 + id), i}}, 1), nullptr);
    }
    static_assert(2 * kPeerReflexiveMax == kPeerReflexiveInAllMax);
    EXPECT_EQ(list_.find_or_add({TransportId(3), at("192.0.2.9:9")}, 1), nullptr);
}

class FullChecklistTest : public ChecklistTest {
protected:
    FullChecklistTest() {
        list_.add_local(base(2, "192.0.2.7:1"));
        for (std::uint16_t i = 1; i <= kPairsMax / 2; ++i)
            list_.add_remote(numbered(i, 100U + i));
    }
};

TEST_F(FullChecklistTest, HoldsAHundredPairs) {
    EXPECT_EQ(list_.pairs().size(), kPairsMax);
    list_.add_remote(numbered(999, 1));
    EXPECT_EQ(list_.pairs().size(), kPairsMax);
    EXPECT_EQ(list_.find(Route{TransportId(1), {IpAddress::v4(0xC0000200), 999}}), nullptr) << "it is the worst";
}

TEST_F(FullChecklistTest, ABetterOneTakesThePlaceOfTheWorst) {
    list_.add_remote(numbered(999, 900));
    EXPECT_EQ(list_.pairs().size(), kPairsMax);
    EXPECT_NE(list_.find(Route{TransportId(1), {IpAddress::v4(0xC0000200), 999}}), nullptr);
    EXPECT_EQ(list_.find(Route{TransportId(1), {IpAddress::v4(0xC0000200), 1}}), nullptr);
}

TEST_F(FullChecklistTest, WhatHasFailedGivesWayFirstAndWhatRunsDoesNot) {
    while (next() != 0) {
    }
    list_.add_remote(numbered(999, 900));
    EXPECT_EQ(list_.find(Route{TransportId(1), {IpAddress::v4(0xC0000200), 999}}), nullptr) << "all are running";
    pair_to(50).state = PairState::kFailed;
    list_.add_remote(numbered(998, 1));
    EXPECT_TRUE(list_.find(Route{TransportId(1), {IpAddress::v4(0xC0000200), 998}}) != nullptr ||
                list_.find(Route{TransportId(2), {IpAddress::v4(0xC0000200), 998}}) != nullptr);
    EXPECT_EQ(list_.pairs().size(), kPairsMax);
}

} // namespace
} // namespace vv::ice
