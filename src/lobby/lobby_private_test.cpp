// Private calls: two seats, who may take them, what a reload or a missing key does.
#include "lobby/test_hall.h"

namespace vv::lobby {
namespace {

const PrivateId kLink(Bytes16{7});

SeatId seat(std::uint8_t number) {
    return SeatId(Bytes16{number});
}

OpenCommand open_with(std::uint8_t number, Media media = Media::kVideo) {
    return {kLink, seat(number), "noise " + std::to_string(number), {media, Need::kAny, {}}};
}

void expect_waiting(TestHall& hall, ConnectionId page) {
    const auto waiting = hall.take<WaitingEvent>(page);
    EXPECT_FALSE(waiting.room);
    EXPECT_EQ(waiting.ahead, 0U);
    EXPECT_FALSE(waiting.estimate_seconds);
}

/// A new session that opens the link and waits.
ConnectionId opener(TestHall& hall, std::uint8_t number) {
    const ConnectionId page = hall.enter();
    hall.send(page, open_with(number));
    expect_waiting(hall, page);
    return page;
}

/// Seats 1 and 2, joined.
TestHall::Pair join(TestHall& hall) {
    TestHall::Pair pair{opener(hall, 1), opener(hall, 2), {}};
    pair.call = hall.take<JoinedEvent>(pair.a).call;
    EXPECT_EQ(hall.take<JoinedEvent>(pair.b).call, pair.call);
    return pair;
}

TestHall::Pair seated(TestHall& hall) {
    const auto pair = join(hall);
    hall.accept_both(pair);
    return pair;
}

LeftReason take_left(TestHall& hall, ConnectionId page) {
    return hall.take<LeftEvent>(page).reason;
}

TEST(LobbyPrivate, JoinsTwoWithEachOthersNoise) {
    TestHall hall;
    const ConnectionId first = opener(hall, 1);
    const ConnectionId second = hall.enter();
    hall.send(second, open_with(2, Media::kSound));
    expect_waiting(hall, second);
    const auto a = hall.take<JoinedEvent>(first);
    const auto b = hall.take<JoinedEvent>(second);
    EXPECT_EQ(a.call, b.call);
    EXPECT_NE(a.role, b.role);
    EXPECT_EQ(a.noise, "noise 2");
    EXPECT_EQ(b.noise, "noise 1");
    EXPECT_EQ(a.partner_media, Media::kSound);
    EXPECT_EQ(b.partner_media, Media::kVideo);
}

TEST(LobbyPrivate, KeepsLinksApart) {
    TestHall hall;
    opener(hall, 1);
    const ConnectionId other = hall.enter();
    OpenCommand command = open_with(2);
    command.id = PrivateId(Bytes16{8});
    hall.send(other, std::move(command));
    expect_waiting(hall, other);
    EXPECT_TRUE(hall.is_quiet(other));
}

TEST(LobbyPrivate, AThirdGetsFullOnceSeatsAreTaken) {
    TestHall hall;
    seated(hall);
    const ConnectionId third = hall.enter();
    hall.send(third, open_with(3));
    hall.take<FullEvent>(third);
    // It is in no call and may go elsewhere.
    hall.send(third, SeekCommand{RoomIndex(0), {}});
    hall.take<WaitingEvent>(third);
}

TEST(LobbyPrivate, AThirdWaitsWhileTwoHaveNotAccepted) {
    TestHall hall;
    const auto pair = join(hall);
    const ConnectionId third = opener(hall, 3);
    hall.send(pair.a, AcceptCommand{pair.call, "a"});
    EXPECT_TRUE(hall.is_quiet(third));
    hall.send(pair.b, AcceptCommand{pair.call, "b"});
    hall.take<FullEvent>(third);
    hall.send(third, UnseekCommand{});
    EXPECT_EQ(hall.lobby().stats().waiting_private, 0U);
}

TEST(LobbyPrivate, EightWaitAndNoMore) {
    TestHall hall;
    join(hall);
    for (std::uint8_t i = 0; i < kPrivateWaitersMax; ++i)
        opener(hall, static_cast<std::uint8_t>(10 + i));
    const ConnectionId one_more = hall.enter();
    hall.send(one_more, open_with(99));
    hall.take<FullEvent>(one_more);
    EXPECT_EQ(hall.lobby().stats().waiting_private, kPrivateWaitersMax);
}

TEST(LobbyPrivate, WhoWaitsIsJoinedWhenTheOthersComeToNothing) {
    TestHall hall;
    const auto pair = join(hall);
    const ConnectionId third = opener(hall, 3);
    const ConnectionId fourth = opener(hall, 4);
    hall.send(pair.a, LeaveCommand{pair.call, LeaveReason::kLeft});
    hall.take<JoinedEvent>(third);
    hall.take<JoinedEvent>(fourth);
}

TEST(LobbyPrivate, TwoOfWhomOneDeclinedAreKeptApartForAMinute) {
    for (const bool by_leave : {false, true}) {
        TestHall hall;
        const auto pair = join(hall);
        if (by_leave) {
            hall.send(pair.a, LeaveCommand{pair.call, LeaveReason::kKey});
        } else {
            hall.send(pair.a, DeclineCommand{pair.call});
        }
        EXPECT_EQ(take_left(hall, pair.a), LeftReason::kYou);
        EXPECT_EQ(take_left(hall, pair.b), LeftReason::kKey);
        hall.send(pair.b, open_with(2));
        expect_waiting(hall, pair.b);
        hall.send(pair.a, open_with(1));
        expect_waiting(hall, pair.a);
        hall.pass(kSeatRefusalTime - 1ns);
        EXPECT_TRUE(hall.is_quiet(pair.a) && hall.is_quiet(pair.b));
        hall.pass(1ns); // nobody else comes, and they are not left waiting for each other
        hall.take<JoinedEvent>(pair.a);
        hall.take<JoinedEvent>(pair.b);
    }
}

// Seat 9 has got into the room without holding the key.
TEST(LobbyPrivate, WhoDoesNotHoldTheKeyCannotPartThoseWhoDo) {
    for (const bool intruder_declines_first : {true, false}) {
        TestHall hall;
        const ConnectionId intruder = opener(hall, 9);
        const ConnectionId first = opener(hall, 1);
        const ConnectionId second = opener(hall, 2);
        for (const ConnectionId holder : {first, second}) {
            const CallId call = hall.take<JoinedEvent>(holder).call;
            hall.take<JoinedEvent>(intruder);
            hall.send(intruder_declines_first ? intruder : holder, DeclineCommand{call});
            hall.drain();
            for (const ConnectionId page : {intruder, holder})
                hall.send(page, open_with(page == intruder ? 9 : page == first ? 1 : 2));
            hall.take<WaitingEvent>(intruder);
            hall.take<WaitingEvent>(holder);
            if (holder == first) {
                // The intruder is joined with the other holder now, while this one waits.
                EXPECT_TRUE(hall.is_quiet(first));
            }
        }
        TestHall::Pair pair{first, second, hall.take<JoinedEvent>(first).call};
        EXPECT_EQ(hall.take<JoinedEvent>(second).call, pair.call);
        hall.accept_both(pair);
        hall.take<FullEvent>(intruder);
    }
}

TEST(LobbyPrivate, ApartInOneLinkOnly) {
    TestHall hall;
    const auto pair = join(hall);
    hall.send(pair.a, DeclineCommand{pair.call});
    hall.drain();
    for (const ConnectionId page : {pair.a, pair.b}) {
        OpenCommand other = open_with(page == pair.a ? 1 : 2);
        other.id = PrivateId(Bytes16{8});
        hall.send(page, std::move(other));
        expect_waiting(hall, page);
    }
    hall.take<JoinedEvent>(pair.b);
}

TEST(LobbyPrivate, AnInvalidMessageTwoEndsWithKeyAndRefusesNobody) {
    TestHall hall;
    const auto pair = seated(hall);
    hall.send(pair.a, LeaveCommand{pair.call, LeaveReason::kKey});
    EXPECT_EQ(take_left(hall, pair.a), LeftReason::kYou);
    EXPECT_EQ(take_left(hall, pair.b), LeftReason::kKey);
    hall.drain();
    hall.send(pair.b, open_with(2));
    expect_waiting(hall, pair.b);
}

TEST(LobbyPrivate, SilenceEndsAtTwentySecondsAndNobodyReturnsByHimself) {
    TestHall hall;
    const auto pair = join(hall);
    hall.send(pair.a, AcceptCommand{pair.call, "a"});
    hall.pass(kAnswerTime - 1ns);
    EXPECT_TRUE(hall.is_quiet(pair.a));
    hall.pass(1ns);
    EXPECT_EQ(take_left(hall, pair.a), LeftReason::kNotMet);
    EXPECT_EQ(take_left(hall, pair.b), LeftReason::kSilent);
    EXPECT_TRUE(hall.is_quiet(pair.a));
    EXPECT_EQ(hall.lobby().stats().waiting_private, 0U);
    hall.send(pair.a, open_with(1));
    expect_waiting(hall, pair.a);
}

TEST(LobbyPrivate, ALostConnectionEndsAJoinAtOnce) {
    TestHall hall;
    const auto pair = join(hall);
    hall.lose(pair.a);
    EXPECT_EQ(take_left(hall, pair.b), LeftReason::kNotMet);
    EXPECT_TRUE(hall.is_quiet(pair.b));
}

TEST(LobbyPrivate, ALostConnectionEndsWaiting) {
    TestHall hall;
    const ConnectionId page = opener(hall, 1);
    hall.lose(page);
    EXPECT_EQ(hall.lobby().stats().waiting_private, 0U);
    opener(hall, 2);
}

TEST(LobbyPrivate, TheSameSeatReplacesAWaitingOne) {
    TestHall hall;
    const ConnectionId old = opener(hall, 1);
    const ConnectionId reloaded = opener(hall, 1);
    EXPECT_EQ(hall.take<ErrorEvent>(old).code, ErrorCode::kReplaced);
    EXPECT_TRUE(hall.is_quiet(reloaded)) << "nobody is joined with himself";
    EXPECT_EQ(hall.lobby().stats().waiting_private, 1U);
}

TEST(LobbyPrivate, TheSameSeatReplacesItsCall) {
    TestHall hall;
    const auto pair = seated(hall);
    const ConnectionId reloaded = opener(hall, 1);
    EXPECT_EQ(hall.take<ErrorEvent>(pair.a).code, ErrorCode::kReplaced);
    EXPECT_FALSE(hall.take<TokenEvent>(pair.a).token.call);
    EXPECT_EQ(take_left(hall, pair.b), LeftReason::kReload);
    hall.take<TokenEvent>(pair.b);
    hall.send(pair.b, open_with(2));
    expect_waiting(hall, pair.b);
    hall.take<JoinedEvent>(pair.b);
    hall.take<JoinedEvent>(reloaded);
}

TEST(LobbyPrivate, TheSameSeatReplacesAJoin) {
    TestHall hall;
    const auto pair = join(hall);
    const ConnectionId reloaded = opener(hall, 2);
    EXPECT_EQ(take_left(hall, pair.a), LeftReason::kReload);
    EXPECT_EQ(hall.take<ErrorEvent>(pair.b).code, ErrorCode::kReplaced);
    EXPECT_TRUE(hall.is_quiet(reloaded));
    EXPECT_EQ(hall.lobby().stats().calls, 0U);
}

TEST(LobbyPrivate, OpensAreLimited) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    for (int i = 0; i < kOpenRate.burst; ++i) {
        hall.send(page, open_with(1));
        expect_waiting(hall, page);
        hall.send(page, UnseekCommand{});
    }
    hall.send(page, open_with(1));
    const auto error = hall.take<ErrorEvent>(page);
    EXPECT_EQ(error.code, ErrorCode::kRate);
    EXPECT_EQ(error.retry_after, 5s);
}

TEST(LobbyPrivate, BlockedAreNotJoined) {
    TestHall hall;
    const auto pair = seated(hall);
    hall.send(pair.a, BlockCommand{pair.call});
    hall.drain();
    hall.send(pair.a, open_with(1));
    hall.send(pair.b, open_with(2));
    expect_waiting(hall, pair.b);
    EXPECT_TRUE(hall.is_quiet(pair.b));
    const ConnectionId third = opener(hall, 3);
    hall.take<JoinedEvent>(third);
}

TEST(LobbyPrivate, BlockedAreNotJoinedWhoeverOfThemCameFirst) {
    TestHall hall;
    const auto pair = seated(hall);
    hall.send(pair.b, BlockCommand{pair.call});
    hall.drain();
    hall.send(pair.a, open_with(1));
    hall.send(pair.b, open_with(2));
    expect_waiting(hall, pair.a);
    EXPECT_TRUE(hall.is_quiet(pair.a));
}

TEST(LobbyPrivate, ARestartKeepsTheSeats) {
    TestHall hall;
    const auto pair = seated(hall);
    const ResumeCommand a_token = hall.resume_command(pair.a);
    const ResumeCommand b_token = hall.resume_command(pair.b);
    ASSERT_EQ(a_token.call->private_id, kLink);
    hall.restart();
    const ConnectionId early = opener(hall, 3);
    const ConnectionId a = hall.connection();
    hall.send(a, a_token);
    EXPECT_EQ(hall.take<WelcomeEvent>(a).resumed_call->state, CallState::kHalf);
    hall.take<FullEvent>(early);
    const ConnectionId third = hall.enter();
    hall.send(third, open_with(4));
    hall.take<FullEvent>(third);
    const ConnectionId b = hall.connection();
    hall.send(b, b_token);
    EXPECT_EQ(hall.take<WelcomeEvent>(b).resumed_call->state, CallState::kLive);
    hall.take<BackEvent>(a);
}

TEST(LobbyPrivate, AfterARestartAReloadedPageTakesItsSeat) {
    TestHall hall;
    const auto pair = seated(hall);
    const ResumeCommand a_token = hall.resume_command(pair.a);
    hall.restart();
    const ConnectionId a = hall.connection();
    hall.send(a, a_token);
    hall.take<WelcomeEvent>(a);
    opener(hall, 2);
    EXPECT_EQ(take_left(hall, a), LeftReason::kReload);
}

TEST(LobbyPrivate, AfterARestartSeatsTakenByOthersStayTaken) {
    TestHall hall;
    const auto pair = seated(hall);
    const ResumeCommand a_token = hall.resume_command(pair.a);
    hall.restart();
    TestHall::Pair others{opener(hall, 5), opener(hall, 6), {}};
    others.call = hall.take<JoinedEvent>(others.a).call;
    hall.take<JoinedEvent>(others.b);
    hall.accept_both(others);
    const ConnectionId a = hall.connection();
    hall.send(a, a_token);
    EXPECT_FALSE(hall.take<WelcomeEvent>(a).resumed_call);
    EXPECT_EQ(take_left(hall, a), LeftReason::kGone);
}

TEST(LobbyPrivate, AfterARestartTwoWhoWereMerelyJoinedGiveWayToACallThatStood) {
    TestHall hall;
    const auto pair = seated(hall);
    const ResumeCommand a_token = hall.resume_command(pair.a);
    const ResumeCommand b_token = hall.resume_command(pair.b);
    hall.restart();
    const ConnectionId early = opener(hall, 5);
    const ConnectionId earlier = opener(hall, 6);
    const ConnectionId waiting = opener(hall, 7);
    const CallId join = hall.take<JoinedEvent>(early).call;
    hall.take<JoinedEvent>(earlier);
    hall.send(early, AcceptCommand{join, "x"});
    const ConnectionId a = hall.connection();
    hall.send(a, a_token);
    EXPECT_EQ(hall.take<WelcomeEvent>(a).resumed_call->state, CallState::kHalf);
    EXPECT_EQ(take_left(hall, early), LeftReason::kNotMet);
    EXPECT_EQ(take_left(hall, earlier), LeftReason::kNotMet);
    hall.take<FullEvent>(waiting);
    hall.send(early, open_with(5));
    hall.take<FullEvent>(early);
    const ConnectionId b = hall.connection();
    hall.send(b, b_token);
    EXPECT_EQ(hall.take<WelcomeEvent>(b).resumed_call->state, CallState::kLive);
    EXPECT_EQ(hall.lobby().stats().held_bytes, 0U);
}

TEST(LobbyPrivate, NothingIsKeptOnceAllHaveGone) {
    TestHall hall;
    const auto pair = join(hall);
    hall.send(pair.a, DeclineCommand{pair.call});
    opener(hall, 3);
    for (const ConnectionId page : {ConnectionId(1), ConnectionId(2), ConnectionId(3)}) {
        hall.send(page, DetachCommand{});
    }
    hall.pass(2min);
    const LobbyStats stats = hall.lobby().stats();
    EXPECT_EQ(stats.sessions, 0U);
    EXPECT_EQ(stats.waiting_private, 0U);
    EXPECT_EQ(stats.timers, 0U);
}

} // namespace
} // namespace vv::lobby
