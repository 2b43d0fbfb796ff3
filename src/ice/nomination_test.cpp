#include "ice/nomination.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::ice {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1000s};

class NominationTest : public testing::Test {
protected:
    NominationTest() {
        list_.add_local({.via = TransportId(1),
                         .type = CandidateType::kHost,
                         .address = SocketAddress::parse("192.0.2.1:1").value(),
                         .foundation = "1",
                         .priority = 1000,
                         .reflexive_priority = 1000});
    }
    /// Higher ports are better.
    PairId add(std::uint16_t port, PairState state, CandidateType type = CandidateType::kHost) {
        const SocketAddress address{IpAddress::v4(0xC0000202), port};
        list_.add_remote({.foundation = std::to_string(port), .priority = port, .type = type, .address = address});
        Pair& pair = *list_.find_or_add({TransportId(1), address}, 0);
        pair.state = state;
        return pair.id;
    }
    std::optional<std::uint16_t> choose(Instant now, bool all_known = false, std::optional<Duration> round_trip = {},
                                        Duration repeat = 100ms) {
        const auto id = nomination_.choose(now, list_, all_known, round_trip, repeat);
        return id ? std::optional(list_.find(*id)->route.remote.port) : std::nullopt;
    }

    Checklist list_{true};
    Nomination nomination_;
};

TEST_F(NominationTest, TheBestIsNominatedAtOnceIfNothingBetterCanCome) {
    add(2, PairState::kSucceeded);
    add(1, PairState::kInProgress);
    add(3, PairState::kFailed);
    EXPECT_EQ(choose(kStart), 2);
    EXPECT_EQ(choose(kStart), std::nullopt) << "it is being asked for";
}

TEST_F(NominationTest, ABetterOneThatIsBeingCheckedIsWaitedForALittle) {
    add(1, PairState::kSucceeded);
    add(2, PairState::kInProgress);
    EXPECT_EQ(choose(kStart), std::nullopt);
    EXPECT_EQ(nomination_.poll_timeout(), kStart + kNominationWaitMax);
    EXPECT_EQ(choose(kStart + kNominationWaitMax - 1ns), std::nullopt);
    EXPECT_EQ(choose(kStart + kNominationWaitMax), 1);
    EXPECT_EQ(nomination_.poll_timeout(), std::nullopt);
}

TEST_F(NominationTest, OnAQuickPathLessLong) {
    add(1, PairState::kSucceeded);
    add(2, PairState::kInProgress);
    EXPECT_EQ(choose(kStart, false, 1ms), std::nullopt);
    EXPECT_EQ(nomination_.poll_timeout(), kStart + kNominationWaitMin);
    EXPECT_EQ(choose(kStart, false, 60ms), std::nullopt);
    EXPECT_EQ(nomination_.poll_timeout(), kStart + 180ms);
}

TEST_F(NominationTest, ABetterOneThatSucceedsMeanwhileIsTaken) {
    add(1, PairState::kSucceeded);
    const PairId better = add(2, PairState::kInProgress);
    EXPECT_EQ(choose(kStart), std::nullopt);
    list_.find(better)->state = PairState::kSucceeded;
    EXPECT_EQ(choose(kStart + 1ms), 2);
}

TEST_F(NominationTest, ARelayIsWaitedWithUntilAllIsKnown) {
    add(1, PairState::kSucceeded, CandidateType::kRelayed);
    EXPECT_EQ(choose(kStart, false, 1ms), std::nullopt);
    EXPECT_EQ(nomination_.poll_timeout(), kStart + kNominationWaitMax) << "quick as it is";
    EXPECT_EQ(choose(kStart + 1ms, true, 1ms), 1);
}

TEST_F(NominationTest, OnASlowPathARelayIsWaitedWithForADirectOneThatTakesSeveralChecks) {
    add(2, PairState::kInProgress);
    add(1, PairState::kSucceeded, CandidateType::kRelayed);
    EXPECT_EQ(choose(kStart, true, 40ms, 400ms), std::nullopt);
    EXPECT_EQ(nomination_.poll_timeout(), kStart + 600ms);
    EXPECT_EQ(choose(kStart, true, 150ms, 400ms), std::nullopt);
    EXPECT_EQ(nomination_.poll_timeout(), kStart + kRelayedWaitMax) << "but not for ever";
    EXPECT_EQ(choose(kStart, true, std::nullopt, 400ms), std::nullopt);
    EXPECT_EQ(nomination_.poll_timeout(), kStart + kRelayedWaitMax) << "something was repeated";
    EXPECT_EQ(choose(kStart + kRelayedWaitMax, true, 150ms, 400ms), 1);
}

TEST_F(NominationTest, ARefusedOneIsFollowedByTheNext) {
    const PairId best = add(2, PairState::kSucceeded);
    add(1, PairState::kSucceeded);
    EXPECT_EQ(choose(kStart), 2);
    list_.find(best)->state = PairState::kFailed;
    nomination_.handle_failed(best);
    EXPECT_EQ(choose(kStart + 1s), 1);
}

TEST_F(NominationTest, OneThatIsGrantedIsTheOnlyOne) {
    add(1, PairState::kSucceeded);
    EXPECT_EQ(choose(kStart), 1);
    nomination_.handle_granted(list_.pairs()[0].id);
    add(2, PairState::kSucceeded);
    EXPECT_EQ(choose(kStart + 60s), std::nullopt);
    EXPECT_EQ(list_.find(*nomination_.selected())->route.remote.port, 1);
}

TEST_F(NominationTest, AfterAChangeOfRolesNothingIsAskedFor) {
    add(1, PairState::kSucceeded);
    EXPECT_EQ(choose(kStart), 1);
    nomination_.withdraw();
    EXPECT_FALSE(nomination_.is_asking(list_.pairs()[0].id));
    EXPECT_EQ(choose(kStart), 1) << "and again, should it change back";
}

// ---- controlled

TEST_F(NominationTest, ThePeersBestCounts) {
    const PairId two = add(2, PairState::kSucceeded);
    const PairId one = add(1, PairState::kSucceeded);
    const PairId three = add(3, PairState::kSucceeded);
    const auto name = [&](PairId id, Instant now) {
        nomination_.handle_peer_nomination(now, *list_.find(id), list_);
        return list_.find(*nomination_.selected())->route.remote.port;
    };
    EXPECT_EQ(name(two, kStart), 2);
    EXPECT_EQ(name(one, kStart + 1s), 2);
    EXPECT_EQ(name(three, kStart + 2s), 3);
    // The best is named all the while, a worse one now and then: it stays.
    EXPECT_EQ(name(three, kStart + 6s), 3);
    EXPECT_EQ(name(one, kStart + 8s), 3);
    // It is named no more.
    EXPECT_EQ(name(one, kStart + 6s + kNominationStale - 1ns), 3);
    EXPECT_EQ(name(one, kStart + 6s + kNominationStale), 1);
}

TEST_F(NominationTest, AWorseIsTakenAtOnceIfTheBetterHasBroken) {
    const PairId two = add(2, PairState::kSucceeded);
    const PairId one = add(1, PairState::kSucceeded);
    nomination_.handle_peer_nomination(kStart, *list_.find(two), list_);
    list_.find(two)->state = PairState::kFailed;
    nomination_.handle_peer_nomination(kStart + 1s, *list_.find(one), list_);
    EXPECT_EQ(nomination_.selected(), one);
}

} // namespace
} // namespace vv::ice
