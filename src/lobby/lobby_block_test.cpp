// Blocks that hold: over reloads, restarts of the server, and whoever comes back first.
#include "lobby/history.h"
#include "lobby/test_hall.h"

namespace vv::lobby {
namespace {

/// They wait in one room, with nobody else, for as long as it takes.
void expect_never_matched(TestHall& hall, ConnectionId a, ConnectionId b) {
    const auto before = hall.lobby().stats().matches;
    hall.drain();
    for (const ConnectionId page : {a, b})
        hall.send(page, SeekCommand{RoomIndex(2), {}});
    hall.pass(3h);
    EXPECT_EQ(hall.lobby().stats().matches, before);
    EXPECT_EQ(hall.lobby().stats().waiting, 2U);
}

TEST(LobbyBlock, HoldsWhoeverComesBackAndInWhateverOrder) {
    for (const bool blocker_is_lost : {true, false}) {
        TestHall hall;
        auto pair = hall.live();
        hall.send(pair.a, BlockCommand{pair.call});
        ConnectionId& lost = blocker_is_lost ? pair.a : pair.b;
        hall.lose(lost);
        hall.pass(10s);
        lost = hall.come_back(lost);
        expect_never_matched(hall, pair.a, pair.b);
    }
}

TEST(LobbyBlock, HoldsWhenItComesWhileTheOtherIsAway) {
    TestHall hall;
    auto pair = hall.live();
    hall.lose(pair.b);
    hall.send(pair.a, BlockCommand{pair.call});
    pair.b = hall.come_back(pair.b);
    expect_never_matched(hall, pair.a, pair.b);
}

/// Two of whom each has a device of its own, in a call.
TestHall::Pair live_with_devices(TestHall& hall) {
    TestHall::Pair pair{hall.enter_as(TestHall::person(1)), hall.enter_as(TestHall::person(2)), {}};
    for (const ConnectionId page : {pair.a, pair.b})
        hall.send(page, SeekCommand{RoomIndex(0), {}});
    hall.take<WaitingEvent>(pair.a);
    pair.call = hall.take<MatchedEvent>(pair.a).call;
    hall.take<MatchedEvent>(pair.b);
    hall.accept_both(pair);
    return pair;
}

TEST(LobbyBlock, HoldsOverAReloadOfEitherPage) {
    for (const bool blocker_reloads : {true, false}) {
        for (const bool during_the_call : {true, false}) {
            TestHall hall;
            auto pair = live_with_devices(hall);
            if (!during_the_call) hall.send(pair.b, LeaveCommand{pair.call, LeaveReason::kLeft});
            hall.send(pair.a, BlockCommand{pair.call});
            ConnectionId& reloaded = blocker_reloads ? pair.a : pair.b;
            hall.lose(reloaded);
            hall.pass(kResumeTime);
            reloaded = hall.enter_as(TestHall::person(blocker_reloads ? 1 : 2));
            expect_never_matched(hall, pair.a, pair.b);
        }
    }
}

TEST(LobbyBlock, HoldsOverAReloadOfEitherPageAfterARestartOfTheServer) {
    for (const bool blocker_reloads : {true, false}) {
        TestHall hall;
        auto pair = live_with_devices(hall);
        hall.send(pair.a, BlockCommand{pair.call});
        hall.restart();
        ConnectionId& stays = blocker_reloads ? pair.b : pair.a;
        ConnectionId& reloaded = blocker_reloads ? pair.a : pair.b;
        stays = hall.come_back(stays);
        reloaded = hall.enter_as(TestHall::person(blocker_reloads ? 1 : 2));
        expect_never_matched(hall, pair.a, pair.b);
    }
}

TEST(LobbyBlock, AfterTheEndIsInTheOthersNextToken) {
    TestHall hall;
    auto pair = live_with_devices(hall);
    hall.send(pair.b, LeaveCommand{pair.call, LeaveReason::kLeft});
    hall.drain();
    hall.send(pair.a, BlockCommand{pair.call});
    EXPECT_TRUE(hall.is_quiet(pair.b)) << "a token of its own would tell that somebody blocked";
    hall.send(pair.b, RenewTokenCommand{});
    hall.take<TokenEvent>(pair.b);
    hall.restart();
    pair.b = hall.come_back(pair.b);
    pair.a = hall.enter_as(TestHall::person(1));
    expect_never_matched(hall, pair.a, pair.b);
}

TEST(LobbyBlock, ByAReloadedPageHoldsOverSeveralRestarts) {
    TestHall hall;
    auto pair = live_with_devices(hall);
    hall.send(pair.a, BlockCommand{pair.call});
    for (int i = 0; i < 3; ++i) {
        hall.restart();
        pair.b = hall.come_back(pair.b);
    }
    pair.a = hall.enter_as(TestHall::person(1));
    expect_never_matched(hall, pair.a, pair.b);
}

TEST(LobbyBlock, HoldsOverARestartOfTheServer) {
    for (const bool during_the_call : {true, false}) {
        for (const bool blocker_first : {true, false}) {
            TestHall hall;
            auto pair = hall.live();
            if (!during_the_call) hall.send(pair.b, LeaveCommand{pair.call, LeaveReason::kLeft});
            hall.send(pair.a, BlockCommand{pair.call});
            hall.restart();
            if (blocker_first) pair.a = hall.come_back(pair.a);
            pair.b = hall.come_back(pair.b);
            if (!blocker_first) pair.a = hall.come_back(pair.a);
            expect_never_matched(hall, pair.a, pair.b);
        }
    }
}

TEST(LobbyBlock, HoldsOverSeveralRestarts) {
    TestHall hall;
    auto pair = hall.live();
    hall.send(pair.b, BlockCommand{pair.call});
    for (int i = 0; i < 3; ++i) {
        hall.restart();
        pair.a = hall.come_back(pair.a);
        pair.b = hall.come_back(pair.b);
    }
    expect_never_matched(hall, pair.a, pair.b);
}

TEST(LobbyBlock, OutlivesThatOthersFillTheListOfWhoeverWasBlocked) {
    LobbyConfig config = TestHall::default_config();
    config.seeks = config.skips = per_second(1000, 5000);
    TestHall hall(config);
    const auto pair = hall.live();
    hall.send(pair.a, BlockCommand{pair.call});
    for (std::size_t i = 0; i < kBlockedMax; ++i) {
        hall.drain();
        const ConnectionId other = hall.enter();
        hall.send(pair.b, SeekCommand{RoomIndex(0), {}});
        hall.take<WaitingEvent>(pair.b);
        hall.send(other, SeekCommand{RoomIndex(0), {}});
        const CallId call = hall.take<MatchedEvent>(pair.b).call;
        hall.send(other, BlockCommand{call});
        hall.lose(other);
        hall.pass(kNotMetDelayMax);
        hall.send(pair.b, UnseekCommand{});
    }
    expect_never_matched(hall, pair.a, pair.b);
}

TEST(LobbyBlock, ATokenCarriesTheNewest) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    for (std::size_t i = 0; i < kBlockedInTokenMax + 2; ++i) {
        hall.drain();
        const ConnectionId other = hall.enter_waiting();
        hall.pass(6s); // within the rates
        hall.send(page, SeekCommand{RoomIndex(0), {}});
        const CallId call = hall.take<MatchedEvent>(page).call;
        hall.send(page, BlockCommand{call});
        hall.take<NotedEvent>(page);
        hall.lose(other);
        hall.pass(kNotMetDelayMax);
    }
    hall.lose(page);
    const ConnectionId again = hall.come_back(page);
    EXPECT_EQ(hall.take<WelcomeEvent>(again).token.blocked.size(), kBlockedInTokenMax);
}

TEST(LobbyBlock, ATokenCarriesTheNewestWhoBlockedItsHolder) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    std::uint64_t last = 0;
    for (std::size_t i = 0; i <= kBlockedInTokenMax; ++i) {
        hall.drain();
        const ConnectionId other = hall.enter_waiting();
        hall.pass(6s); // within the rates
        hall.send(page, SeekCommand{RoomIndex(0), {}});
        hall.send(other, BlockCommand{hall.take<MatchedEvent>(page).call});
        last = key_of(hall.session(other));
        hall.lose(other);
        hall.pass(kNotMetDelayMax);
        hall.send(page, UnseekCommand{});
    }
    hall.lose(page);
    const ConnectionId again = hall.come_back(page);
    const TokenGrant token = hall.take<WelcomeEvent>(again).token;
    EXPECT_EQ(token.blocked_by.size(), kBlockedInTokenMax);
    EXPECT_EQ(token.blocked_by.back().session, last);
    EXPECT_TRUE(token.blocked.empty());
}

} // namespace
} // namespace vv::lobby
