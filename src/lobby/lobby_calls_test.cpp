// A call that both accepted: relaying, losing and finding each other again, ending, blocking, reporting.
#include "lobby/history.h"
#include "lobby/test_hall.h"

namespace vv::lobby {
namespace {

LeftReason take_left(TestHall& hall, ConnectionId page) {
    const auto left = hall.take<LeftEvent>(page);
    EXPECT_FALSE(hall.take<TokenEvent>(page).token.call);
    return left.reason;
}

std::string body_of(std::uint64_t id) {
    return "body " + std::to_string(id);
}

/// Sends and takes the answer.
void relay(TestHall& hall, ConnectionId from, const CallId& call, std::uint64_t id) {
    hall.send(from, RelayCommand{call, id, body_of(id)});
    EXPECT_EQ(hall.take<AckEvent>(from).id, id);
}

void expect_body(TestHall& hall, ConnectionId page, std::uint64_t sequence, std::uint64_t id) {
    const auto body = hall.take<RelayEvent>(page);
    EXPECT_EQ(body.sequence, sequence);
    EXPECT_EQ(body.id, id);
    EXPECT_EQ(body.body, body_of(id));
}

TEST(LobbyRelay, NumbersEachDirectionAndAcknowledges) {
    TestHall hall;
    const auto pair = hall.live();
    relay(hall, pair.a, pair.call, 1);
    relay(hall, pair.a, pair.call, 2);
    expect_body(hall, pair.b, 1, 1);
    expect_body(hall, pair.b, 2, 2);
    relay(hall, pair.b, pair.call, 1);
    expect_body(hall, pair.a, 1, 1);
    EXPECT_EQ(hall.lobby().stats().bodies_relayed, 3U);
}

TEST(LobbyRelay, TakesAnIdOnce) {
    TestHall hall;
    const auto pair = hall.live();
    relay(hall, pair.a, pair.call, 1);
    relay(hall, pair.a, pair.call, 1);
    expect_body(hall, pair.b, 1, 1);
    EXPECT_TRUE(hall.is_quiet(pair.b));
}

TEST(LobbyRelay, RefusesAGap) {
    TestHall hall;
    const auto pair = hall.live();
    hall.send(pair.a, RelayCommand{pair.call, 2, "x"});
    const auto error = hall.take<ErrorEvent>(pair.a);
    EXPECT_EQ(error.code, ErrorCode::kSkipped);
    EXPECT_EQ(error.id, 2U);
    EXPECT_TRUE(hall.is_quiet(pair.b));
}

TEST(LobbyRelay, IsForMembersOnlyAndTellsOthersNothing) {
    TestHall hall;
    const auto pair = hall.live();
    const ConnectionId stranger = hall.enter();
    const auto other = hall.live();
    CallId nobody = pair.call;
    nobody.random[0] ^= 1;
    for (const ConnectionId outsider : {stranger, other.a}) {
        for (const CallId& call : {pair.call, nobody}) {
            hall.send(outsider, RelayCommand{call, 1, "x"});
            hall.send(outsider, AcceptCommand{call, "x"});
            hall.send(outsider, DeclineCommand{call});
            hall.send(outsider, ServersCommand{call});
            hall.send(outsider, LeaveCommand{call, LeaveReason::kLeft});
            hall.send(outsider, BlockCommand{call});
            hall.send(outsider, ReportCommand{call, safety::ReportCategory::kSpam});
            for (int i = 0; i < 7; ++i) {
                const auto error = hall.take<ErrorEvent>(outsider);
                EXPECT_EQ(error.code, ErrorCode::kNotMember);
                EXPECT_FALSE(error.excused);
            }
        }
    }
    EXPECT_TRUE(hall.is_quiet(pair.a));
    EXPECT_TRUE(hall.is_quiet(pair.b));
    EXPECT_EQ(hall.lobby().stats().calls, 2U);
}

TEST(LobbyRelay, HoldsSixtyFourBodiesForWhoIsAway) {
    TestHall hall;
    const auto pair = hall.live();
    hall.lose(pair.b);
    for (std::uint64_t id = 1; id <= kQueueBodiesMax; ++id)
        relay(hall, pair.a, pair.call, id);
    hall.send(pair.a, RelayCommand{pair.call, 65, "x"});
    const auto error = hall.take<ErrorEvent>(pair.a);
    EXPECT_EQ(error.code, ErrorCode::kQueueFull);
    EXPECT_EQ(error.id, 65U);
    const ConnectionId again = hall.come_back(pair.b, Have{hall.epoch(), 0});
    hall.take<WelcomeEvent>(again);
    for (std::uint64_t id = 1; id <= kQueueBodiesMax; ++id)
        expect_body(hall, again, id, id);
    EXPECT_TRUE(hall.is_quiet(again));
    hall.take<BackEvent>(pair.a);
    hall.send(again, PingCommand{Have{hall.epoch(), 64}});
    hall.take<PongEvent>(again);
    relay(hall, pair.a, pair.call, 65);
    expect_body(hall, again, 65, 65);
}

TEST(LobbyRelay, ForgetsWhatTheReceiverHas) {
    TestHall hall;
    const auto pair = hall.live();
    hall.send(pair.b, PingCommand{Have{hall.epoch(), 0}});
    hall.send(pair.a, PingCommand{Have{hall.epoch(), 0}});
    EXPECT_EQ(hall.lobby().stats().held_bytes, 0U);
    hall.drain();
    for (std::uint64_t id = 1; id <= 4; ++id)
        relay(hall, pair.a, pair.call, id);
    EXPECT_EQ(hall.lobby().stats().held_bytes, 4 * body_of(1).size());
    hall.send(pair.b, PingCommand{Have{Epoch({9}), 4}}); // of another life of the server
    EXPECT_EQ(hall.lobby().stats().held_bytes, 4 * body_of(1).size());
    hall.send(pair.b, PingCommand{Have{hall.epoch(), 3}});
    EXPECT_EQ(hall.lobby().stats().held_bytes, body_of(1).size());
    hall.send(pair.b, PingCommand{Have{hall.epoch(), 1000}});
    EXPECT_EQ(hall.lobby().stats().held_bytes, 0U);
}

TEST(LobbyRelay, IsBoundedOverTheWholeServer) {
    LobbyConfig config = TestHall::default_config();
    config.held_bytes_max = 100 * kQueueShareOfFree;
    TestHall hall(config);
    const auto pair = hall.live();
    hall.send(pair.a, PingCommand{Have{hall.epoch(), 0}});
    hall.send(pair.b, PingCommand{Have{hall.epoch(), 0}});
    hall.drain();
    hall.send(pair.a, RelayCommand{pair.call, 1, std::string(100, 'x')});
    hall.take<AckEvent>(pair.a);
    hall.send(pair.a, RelayCommand{pair.call, 2, "x"});
    EXPECT_EQ(hall.take<ErrorEvent>(pair.a).code, ErrorCode::kQueueFull);
    hall.take<RelayEvent>(pair.b);
    hall.send(pair.b, PingCommand{Have{hall.epoch(), 1}});
    hall.take<PongEvent>(pair.b);
    hall.send(pair.a, RelayCommand{pair.call, 2, "x"});
    hall.take<AckEvent>(pair.a);
}

TEST(LobbyRelay, LeavesRoomForOthersBesideThoseWhoNeverSayWhatTheyHave) {
    LobbyConfig config = TestHall::default_config();
    config.held_bytes_max = 100 * kQueueShareOfFree;
    TestHall hall(config);
    for (int i = 0; i < 20; ++i) {
        const auto silent = hall.live();
        for (std::uint64_t id = 1; id <= kQueueBodiesMax; ++id)
            hall.send(silent.a, RelayCommand{silent.call, id, std::string(10, 'x')});
        hall.drain();
    }
    EXPECT_GT(hall.lobby().stats().held_bytes, config.held_bytes_max / 5);
    const auto pair = hall.live();
    hall.send(pair.a, RelayCommand{pair.call, 1, std::string(50, 'x')});
    hall.take<AckEvent>(pair.a);
}

TEST(LobbyCalls, ServersAreGrantedToMembers) {
    TestHall hall;
    const auto pair = hall.live();
    hall.send(pair.a, ServersCommand{pair.call});
    EXPECT_EQ(hall.take<ServersEvent>(pair.a).call, pair.call);
}

TEST(LobbyResume, GivesBackTheCallAndWhatIsMissing) {
    TestHall hall;
    const auto pair = hall.live();
    relay(hall, pair.a, pair.call, 1);
    relay(hall, pair.a, pair.call, 2);
    hall.lose(pair.b);
    relay(hall, pair.a, pair.call, 3);
    EXPECT_TRUE(hall.is_quiet(pair.a));
    hall.pass(29s);
    const ConnectionId again = hall.come_back(pair.b, Have{hall.epoch(), 1});
    const auto welcome = hall.take<WelcomeEvent>(again);
    ASSERT_TRUE(welcome.token.call);
    EXPECT_EQ(welcome.token.call->call, pair.call);
    EXPECT_EQ(welcome.token.call->role, Role::kB);
    ASSERT_TRUE(welcome.resumed_call);
    EXPECT_EQ(welcome.resumed_call->state, CallState::kLive);
    EXPECT_TRUE(welcome.resumed_call->partner_here);
    expect_body(hall, again, 2, 2);
    expect_body(hall, again, 3, 3);
    EXPECT_TRUE(hall.is_quiet(again));
    EXPECT_EQ(hall.take<BackEvent>(pair.a).call, pair.call);
}

TEST(LobbyResume, RepeatsAcceptedIfItMayHaveBeenLost) {
    TestHall hall;
    const auto pair = hall.live();
    const ConnectionId again = hall.come_back(pair.b);
    hall.take<WelcomeEvent>(again);
    EXPECT_EQ(hall.take<AcceptedEvent>(again).intro, "intro a");
    hall.take<BackEvent>(pair.a);
    // Whoever relays has seen `accepted`.
    relay(hall, again, pair.call, 1);
    hall.take<RelayEvent>(pair.a);
    const ConnectionId third = hall.come_back(again);
    hall.take<WelcomeEvent>(third);
    EXPECT_TRUE(hall.is_quiet(third));
}

TEST(LobbyResume, BothMayBeAwayAtOnce) {
    TestHall hall;
    const auto pair = hall.live();
    hall.lose(pair.a);
    hall.pass(10s);
    hall.lose(pair.b);
    const ConnectionId a = hall.come_back(pair.a, Have{hall.epoch(), 0});
    EXPECT_FALSE(hall.take<WelcomeEvent>(a).resumed_call->partner_here);
    relay(hall, a, pair.call, 1);
    const ConnectionId b = hall.come_back(pair.b, Have{hall.epoch(), 0});
    EXPECT_TRUE(hall.take<WelcomeEvent>(b).resumed_call->partner_here);
    expect_body(hall, b, 1, 1);
    hall.take<BackEvent>(a);
}

TEST(LobbyResume, WhoStaysAwayIsGone) {
    TestHall hall;
    const auto pair = hall.live();
    relay(hall, pair.a, pair.call, 1);
    hall.lose(pair.b);
    hall.pass(kResumeTime);
    EXPECT_TRUE(hall.is_quiet(pair.a)) << "a call is waited for longer than a session without one";
    hall.pass(kCallResumeTime - kResumeTime - 1ns);
    EXPECT_TRUE(hall.is_quiet(pair.a));
    hall.pass(1ns);
    EXPECT_EQ(take_left(hall, pair.a), LeftReason::kGone);
    EXPECT_EQ(hall.lobby().stats().calls, 0U);
    EXPECT_EQ(hall.lobby().stats().held_bytes, 0U);
    EXPECT_EQ(hall.lobby().stats().sessions, 1U);
    EXPECT_EQ(hall.lobby().stats().timers, 0U);
    hall.take<ResumeRefusedEvent>(hall.come_back(pair.b));
}

TEST(LobbyResume, IntoACallIsPossibleAfterFourMinutes) {
    TestHall hall;
    const auto pair = hall.live();
    relay(hall, pair.a, pair.call, 1);
    hall.lose(pair.b);
    hall.pass(2min);
    relay(hall, pair.a, pair.call, 2);
    hall.pass(2min);
    const ConnectionId again = hall.come_back(pair.b, Have{hall.epoch(), 1});
    const auto welcome = hall.take<WelcomeEvent>(again);
    EXPECT_TRUE(welcome.resumed);
    ASSERT_TRUE(welcome.resumed_call);
    EXPECT_EQ(welcome.resumed_call->state, CallState::kLive);
    EXPECT_TRUE(welcome.resumed_call->partner_here);
    ASSERT_TRUE(welcome.token.call);
    EXPECT_EQ(welcome.token.call->call, pair.call);
    expect_body(hall, again, 2, 2);
    EXPECT_EQ(hall.take<BackEvent>(pair.a).call, pair.call);
    hall.pass(1h);
    EXPECT_TRUE(hall.is_quiet(pair.a));
    EXPECT_EQ(hall.lobby().stats().calls, 1U);
}

TEST(LobbyResume, BothMayBeAwayForFourMinutes) {
    TestHall hall;
    const auto pair = hall.live();
    hall.lose(pair.a);
    hall.lose(pair.b);
    hall.pass(4min);
    const ConnectionId a = hall.come_back(pair.a, Have{hall.epoch(), 0});
    EXPECT_FALSE(hall.take<WelcomeEvent>(a).resumed_call->partner_here);
    const ConnectionId b = hall.come_back(pair.b, Have{hall.epoch(), 0});
    EXPECT_TRUE(hall.take<WelcomeEvent>(b).resumed_call->partner_here);
    hall.take<BackEvent>(a);
}

TEST(LobbyResume, OfASessionWhoseCallHasEndedMeanwhileIsPossibleForThirtySecondsMore) {
    for (const bool in_time : {true, false}) {
        TestHall hall;
        const auto pair = hall.live();
        hall.lose(pair.b);
        hall.pass(2min);
        hall.send(pair.a, LeaveCommand{pair.call, LeaveReason::kLeft});
        hall.pass(in_time ? kResumeTime - 1ns : kResumeTime);
        const ConnectionId again = hall.come_back(pair.b);
        if (!in_time) {
            hall.take<ResumeRefusedEvent>(again);
            continue;
        }
        EXPECT_FALSE(hall.take<WelcomeEvent>(again).resumed_call);
        EXPECT_EQ(hall.take<LeftEvent>(again).reason, LeftReason::kLeft);
    }
}

TEST(LobbyResume, TheEndOfACallGivesNobodyMoreTime) {
    TestHall hall;
    const auto pair = hall.live();
    hall.lose(pair.b);
    hall.pass(kCallResumeTime - 1s);
    hall.send(pair.a, LeaveCommand{pair.call, LeaveReason::kLeft});
    hall.pass(1s - 1ns);
    EXPECT_EQ(hall.lobby().stats().sessions, 2U);
    hall.pass(1ns);
    EXPECT_EQ(hall.lobby().stats().sessions, 1U);
    EXPECT_EQ(hall.lobby().stats().timers, 0U);
}

TEST(LobbyResume, WhereTheSessionsTakeMoreThanHalfOfTheTableACallIsWaitedForAsShortlyAsThey) {
    for (const std::size_t sessions_max : {4U, 3U}) {
        LobbyConfig config = TestHall::default_config();
        config.sessions_max = sessions_max;
        TestHall hall(config);
        const auto pair = hall.live();
        hall.lose(pair.b);
        hall.pass(kResumeTime);
        EXPECT_EQ(hall.lobby().stats().sessions, sessions_max == 4 ? 2U : 1U);
    }
}

TEST(LobbyResume, TellsWhoWasAwayHowTheCallEnded) {
    TestHall hall;
    const auto pair = hall.live();
    hall.lose(pair.b);
    hall.send(pair.a, LeaveCommand{pair.call, LeaveReason::kNext});
    EXPECT_EQ(take_left(hall, pair.a), LeftReason::kYou);
    const ConnectionId again = hall.come_back(pair.b);
    const auto welcome = hall.take<WelcomeEvent>(again);
    EXPECT_FALSE(welcome.resumed_call);
    EXPECT_FALSE(welcome.token.call);
    EXPECT_EQ(hall.take<LeftEvent>(again).reason, LeftReason::kNext);
    const ConnectionId third = hall.come_back(pair.b);
    hall.take<WelcomeEvent>(third);
    EXPECT_TRUE(hall.is_quiet(third));
}

TEST(LobbyResume, AMatchEndsWithALostConnection) {
    TestHall hall;
    const auto pair = hall.match();
    const ConnectionId again = hall.come_back(pair.b);
    EXPECT_FALSE(hall.take<WelcomeEvent>(again).resumed_call);
    hall.pass(kNotMetDelayMax);
    EXPECT_EQ(hall.take<LeftEvent>(pair.a).reason, LeftReason::kNotMet);
}

TEST(LobbyResume, AMatchIsNoCallYetToWaitFor) {
    for (const bool accepted : {true, false}) {
        TestHall hall;
        const auto pair = hall.match();
        if (accepted) hall.send(pair.b, AcceptCommand{pair.call, "intro b"});
        hall.lose(pair.b);
        hall.pass(kResumeTime - 1ns);
        EXPECT_EQ(hall.lobby().stats().sessions, 2U);
        hall.pass(1ns);
        EXPECT_EQ(hall.lobby().stats().sessions, 1U);
    }
}

TEST(LobbyRestart, ACallExistsAgainOnceBothAreBack) {
    TestHall hall;
    const auto pair = hall.live();
    for (std::uint64_t id = 1; id <= 3; ++id)
        relay(hall, pair.a, pair.call, id);
    const ResumeCommand a_token = hall.resume_command(pair.a);
    const ResumeCommand b_token = hall.resume_command(pair.b, Have{hall.epoch(), 2});
    hall.restart();

    const ConnectionId a = hall.connection();
    hall.send(a, a_token);
    const auto half = hall.take<WelcomeEvent>(a);
    ASSERT_TRUE(half.resumed_call);
    EXPECT_EQ(half.resumed_call->state, CallState::kHalf);
    EXPECT_FALSE(half.resumed_call->partner_here);
    EXPECT_EQ(half.token.call->call, pair.call);
    // On a new epoch a page resends all it still has; here from id 2.
    relay(hall, a, pair.call, 2);
    relay(hall, a, pair.call, 3);
    hall.pass(kHalfCallTime - 1ns);

    const ConnectionId b = hall.connection();
    hall.send(b, b_token);
    const auto live = hall.take<WelcomeEvent>(b);
    EXPECT_EQ(live.resumed_call->state, CallState::kLive);
    EXPECT_TRUE(live.resumed_call->partner_here);
    EXPECT_EQ(live.token.call->role, Role::kB);
    expect_body(hall, b, 1, 2);
    expect_body(hall, b, 2, 3);
    EXPECT_EQ(hall.take<BackEvent>(a).call, pair.call);
    hall.pass(1h);
    EXPECT_TRUE(hall.is_quiet(a));
    relay(hall, b, pair.call, 7);
    expect_body(hall, a, 1, 7);
}

TEST(LobbyRestart, OneAloneIsToldAfterTwoMinutes) {
    TestHall hall;
    const auto pair = hall.live();
    const ResumeCommand a_token = hall.resume_command(pair.a);
    const ResumeCommand b_token = hall.resume_command(pair.b);
    hall.restart();
    const ConnectionId a = hall.connection();
    hall.send(a, a_token);
    hall.take<WelcomeEvent>(a);
    hall.pass(kHalfCallTime - 1ns);
    EXPECT_TRUE(hall.is_quiet(a));
    hall.pass(1ns);
    EXPECT_EQ(take_left(hall, a), LeftReason::kGone);
    // The other comes too late and is in no call.
    const ConnectionId b = hall.connection();
    hall.send(b, b_token);
    EXPECT_FALSE(hall.take<WelcomeEvent>(b).resumed_call);
    const auto left = hall.take<LeftEvent>(b);
    EXPECT_EQ(left.call, pair.call) << "and hears that it is over";
    EXPECT_EQ(left.reason, LeftReason::kGone);
    EXPECT_TRUE(hall.is_quiet(b));
}

TEST(LobbyRestart, BlocksAreStillKnown) {
    for (const bool blocker_seeks_first : {true, false}) {
        TestHall hall;
        const auto pair = hall.live();
        hall.send(pair.a, BlockCommand{pair.call});
        const ResumeCommand a_token = hall.resume_command(pair.a);
        const ResumeCommand b_token = hall.resume_command(pair.b);
        EXPECT_EQ(a_token.blocked, (std::vector<PersonKey>{{key_of(hall.session(pair.b)), 0}}));
        EXPECT_TRUE(b_token.blocked.empty());
        EXPECT_EQ(b_token.blocked_by, (std::vector<PersonKey>{{key_of(hall.session(pair.a)), 0}}));
        hall.restart();
        const ConnectionId a = hall.connection();
        const ConnectionId b = hall.connection();
        hall.send(a, a_token);
        hall.send(b, b_token);
        hall.drain();
        hall.send(blocker_seeks_first ? a : b, SeekCommand{RoomIndex(0), {}});
        hall.send(blocker_seeks_first ? b : a, SeekCommand{RoomIndex(0), {}});
        hall.take<WaitingEvent>(a);
        hall.take<WaitingEvent>(b);
        hall.pass(1h);
        EXPECT_EQ(hall.lobby().stats().waiting, 2U);
        EXPECT_EQ(hall.token(a).blocked, a_token.blocked) << "and go into the next token";
    }
}

TEST(LobbyRestart, ABlockAfterTheEndIsInTheTokenToo) {
    TestHall hall;
    const auto pair = hall.live();
    hall.send(pair.b, LeaveCommand{pair.call, LeaveReason::kLeft});
    hall.drain();
    hall.send(pair.a, BlockCommand{pair.call});
    hall.take<NotedEvent>(pair.a);
    EXPECT_EQ(hall.take<TokenEvent>(pair.a).token.blocked.size(), 1U);
}

TEST(LobbyRestart, WhoeverReturnsToACallThatWasLeftIsInNone) {
    TestHall hall;
    const auto pair = hall.live();
    const ResumeCommand a_token = hall.resume_command(pair.a);
    const ResumeCommand b_token = hall.resume_command(pair.b);
    hall.restart();
    const ConnectionId a = hall.connection();
    hall.send(a, a_token);
    hall.take<WelcomeEvent>(a);
    hall.send(a, BlockCommand{pair.call});
    hall.take<NotedEvent>(a);
    EXPECT_EQ(take_left(hall, a), LeftReason::kYou);
    const ConnectionId b = hall.connection();
    hall.send(b, b_token);
    EXPECT_FALSE(hall.take<WelcomeEvent>(b).resumed_call);
    // Blocked while the other was not back yet: it holds all the same.
    hall.send(a, SeekCommand{RoomIndex(0), {}});
    hall.send(b, SeekCommand{RoomIndex(0), {}});
    hall.pass(1h);
    EXPECT_EQ(hall.lobby().stats().waiting, 2U);
}

TEST(LobbyRestart, AHalfCallEndsWithItsOnlyMember) {
    TestHall hall;
    const auto pair = hall.live();
    const ResumeCommand a_token = hall.resume_command(pair.a);
    hall.restart();
    const ConnectionId a = hall.connection();
    hall.send(a, a_token);
    hall.take<WelcomeEvent>(a);
    hall.send(a, DetachCommand{});
    hall.pass(kResumeTime);
    EXPECT_EQ(hall.lobby().stats().calls, 0U);
    EXPECT_EQ(hall.lobby().stats().sessions, 0U);
    EXPECT_EQ(hall.lobby().stats().timers, 0U);
}

TEST(LobbyRestart, TokensOfDifferentCallsMakeNoCommonOne) {
    TestHall hall;
    const auto pair = hall.live();
    ResumeCommand a_token = hall.resume_command(pair.a);
    ResumeCommand b_token = hall.resume_command(pair.b);
    b_token.call->call.random[3] ^= 1;
    hall.restart();
    const ConnectionId a = hall.connection();
    hall.send(a, a_token);
    hall.take<WelcomeEvent>(a);
    const ConnectionId b = hall.connection();
    hall.send(b, b_token);
    EXPECT_FALSE(hall.take<WelcomeEvent>(b).resumed_call);
    EXPECT_TRUE(hall.is_quiet(a));
}

TEST(LobbyCalls, LeaveTellsBothWithTheirReasons) {
    for (const auto& [reason, heard] :
         {std::pair{LeaveReason::kLeft, LeftReason::kLeft}, std::pair{LeaveReason::kNext, LeftReason::kNext},
          std::pair{LeaveReason::kFailed, LeftReason::kFailed}, std::pair{LeaveReason::kKey, LeftReason::kKey}}) {
        TestHall hall;
        const auto pair = hall.live();
        hall.send(pair.b, LeaveCommand{pair.call, reason});
        EXPECT_EQ(take_left(hall, pair.b), LeftReason::kYou);
        EXPECT_EQ(take_left(hall, pair.a), heard);
        hall.send(pair.a, RelayCommand{pair.call, 1, "late"});
        const auto error = hall.take<ErrorEvent>(pair.a);
        EXPECT_EQ(error.code, ErrorCode::kNotMember);
        EXPECT_TRUE(error.excused) << "in flight when the call ended, no misconduct";
    }
}

TEST(LobbyCalls, SkipsAreLimitedAndPlainLeavingIsNot) {
    LobbyConfig config = TestHall::default_config();
    config.skips = one_every(5s, 1);
    TestHall hall(config);
    auto pair = hall.live();
    hall.send(pair.a, LeaveCommand{pair.call, LeaveReason::kNext});
    EXPECT_EQ(take_left(hall, pair.a), LeftReason::kYou);
    hall.send(pair.a, SeekCommand{RoomIndex(0), {}});
    const ConnectionId other = hall.enter();
    hall.send(other, SeekCommand{RoomIndex(0), {}});
    hall.take<WaitingEvent>(pair.a);
    const CallId call = hall.take<MatchedEvent>(pair.a).call;
    hall.take<MatchedEvent>(other);
    hall.send(pair.a, AcceptCommand{call, "x"});
    hall.send(other, AcceptCommand{call, "y"});
    hall.drain();
    hall.send(pair.a, LeaveCommand{call, LeaveReason::kNext});
    EXPECT_EQ(hall.take<ErrorEvent>(pair.a).code, ErrorCode::kRate);
    EXPECT_TRUE(hall.is_quiet(other));
    hall.send(pair.a, LeaveCommand{call, LeaveReason::kLeft});
    EXPECT_EQ(take_left(hall, pair.a), LeftReason::kYou);
    EXPECT_EQ(take_left(hall, other), LeftReason::kLeft);
}

TEST(LobbyCalls, ADeclineThatCrossedTheAcceptLeaves) {
    TestHall hall;
    const auto pair = hall.live();
    hall.send(pair.a, DeclineCommand{pair.call});
    EXPECT_EQ(take_left(hall, pair.a), LeftReason::kYou);
    EXPECT_EQ(take_left(hall, pair.b), LeftReason::kLeft);
}

TEST(LobbyCalls, BlockAndReportEndAStandingCall) {
    TestHall hall;
    auto pair = hall.live();
    hall.send(pair.a, BlockCommand{pair.call});
    EXPECT_EQ(hall.take<NotedEvent>(pair.a).what, ClientType::kBlock);
    EXPECT_EQ(take_left(hall, pair.a), LeftReason::kYou);
    EXPECT_EQ(take_left(hall, pair.b), LeftReason::kLeft);
    pair = hall.live();
    hall.send(pair.b, ReportCommand{pair.call, safety::ReportCategory::kMinor});
    EXPECT_EQ(take_left(hall, pair.b), LeftReason::kYou);
    EXPECT_EQ(take_left(hall, pair.a), LeftReason::kLeft);
    EXPECT_EQ(hall.take<NotedEvent>(pair.b).what, ClientType::kReport);
    EXPECT_EQ(hall.lobby().stats().blocks, 1U);
    EXPECT_EQ(hall.lobby().stats().reports[static_cast<std::size_t>(safety::ReportCategory::kMinor)], 1U);
}

TEST(LobbyCalls, BlockAndReportStayValidForTenMinutes) {
    TestHall hall;
    const auto pair = hall.live();
    hall.send(pair.a, LeaveCommand{pair.call, LeaveReason::kLeft});
    hall.drain();
    hall.pass(kFormerCallTime - 1ns);
    hall.send(pair.a, BlockCommand{pair.call});
    EXPECT_EQ(hall.take<NotedEvent>(pair.a).what, ClientType::kBlock);
    hall.take<TokenEvent>(pair.a);
    EXPECT_TRUE(hall.is_quiet(pair.b)) << "who is blocked is not told";
    hall.send(pair.b, ReportCommand{pair.call, safety::ReportCategory::kOther});
    EXPECT_EQ(hall.take<NotedEvent>(pair.b).what, ClientType::kReport);
    hall.pass(1ns);
    hall.send(pair.a, BlockCommand{pair.call});
    EXPECT_EQ(hall.take<ErrorEvent>(pair.a).code, ErrorCode::kNotMember);
    hall.send(pair.b, ReportCommand{pair.call, safety::ReportCategory::kOther});
    EXPECT_EQ(hall.take<ErrorEvent>(pair.b).code, ErrorCode::kNotMember);
    // Blocked after the end counts as well, from both sides.
    hall.send(pair.b, SeekCommand{RoomIndex(0), {}});
    hall.send(pair.a, SeekCommand{RoomIndex(0), {}});
    hall.pass(1h);
    EXPECT_EQ(hall.lobby().stats().waiting, 2U);
}

} // namespace
} // namespace vv::lobby
