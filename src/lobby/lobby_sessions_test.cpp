// Sessions: beginning, coming back, what a restart leaves, what is refused.
#include "lobby/session.h"
#include "lobby/test_hall.h"

namespace vv::lobby {
namespace {

TEST(LobbySessions, WelcomeNamesSessionTokenAndRooms) {
    TestHall hall;
    const ConnectionId page = hall.connection();
    hall.send(page, HelloCommand{});
    const auto welcome = hall.take<WelcomeEvent>(page);
    EXPECT_FALSE(welcome.resumed);
    EXPECT_EQ(welcome.token.number, 1U);
    EXPECT_FALSE(welcome.token.call);
    EXPECT_FALSE(welcome.resumed_call);
    EXPECT_EQ(welcome.rooms.size(), 3U);
    EXPECT_EQ(hall.lobby().stats().sessions, 1U);
}

TEST(LobbySessions, AreLimitedInNumber) {
    LobbyConfig config = TestHall::default_config();
    config.sessions_max = 2;
    TestHall hall(config);
    const ConnectionId first = hall.enter();
    hall.enter();
    const ConnectionId third = hall.connection();
    hall.send(third, HelloCommand{});
    hall.take<ServerFullEvent>(third);
    hall.lose(first);
    hall.pass(kResumeTime);
    const ConnectionId fourth = hall.connection();
    hall.send(fourth, HelloCommand{});
    hall.take<WelcomeEvent>(fourth);
}

TEST(LobbySessions, ComeBackWithinThirtySeconds) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    hall.lose(page);
    EXPECT_EQ(hall.lobby().stats().sessions_away, 1U);
    hall.pass(kResumeTime - 1ns);
    const ConnectionId again = hall.come_back(page);
    const auto welcome = hall.take<WelcomeEvent>(again);
    EXPECT_TRUE(welcome.resumed);
    EXPECT_EQ(welcome.session, hall.session(page));
    EXPECT_EQ(welcome.token.number, 2U);
    ASSERT_TRUE(welcome.ledger);
    hall.pass(1h);
    EXPECT_EQ(hall.lobby().stats().sessions, 1U);
}

TEST(LobbySessions, AreGoneAfterThirtySeconds) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    hall.lose(page);
    hall.pass(kResumeTime);
    EXPECT_EQ(hall.lobby().stats().sessions, 0U);
    const ConnectionId again = hall.come_back(page);
    hall.take<ResumeRefusedEvent>(again);
}

TEST(LobbySessions, ComingBackClosesTheOldConnection) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    const ConnectionId again = hall.come_back(page);
    hall.take<SupersededEvent>(page);
    EXPECT_TRUE(hall.take<WelcomeEvent>(again).resumed);
    // What the old connection still sends is dropped, its ledger is handed on.
    hall.send(page, SeekCommand{RoomIndex(0), {}});
    EXPECT_TRUE(hall.is_quiet(page));
    auto ledger = std::make_unique<Ledger>();
    ledger->bytes_in = 123;
    hall.send(page, DetachCommand{hall.session(page), std::move(ledger)});
    EXPECT_EQ(hall.take<LedgerEvent>(again).ledger->bytes_in, 123U);
    EXPECT_EQ(hall.lobby().stats().sessions_away, 0U);
}

TEST(LobbySessions, TokenStaysValidUntilTheFirstMessageAfterWelcome) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    // The welcome is lost, twice; the page still has token 1.
    ResumeCommand with_one = hall.resume_command(page);
    const ConnectionId second = hall.connection();
    hall.send(second, with_one);
    EXPECT_EQ(hall.take<WelcomeEvent>(second).token.number, 2U);
    const ConnectionId third = hall.connection();
    hall.send(third, with_one);
    EXPECT_EQ(hall.take<WelcomeEvent>(third).token.number, 3U);
    hall.send(third, ConfirmCommand{});
    const ConnectionId fourth = hall.connection();
    hall.send(fourth, with_one);
    hall.take<ResumeRefusedEvent>(fourth);
    EXPECT_TRUE(hall.is_quiet(third));
    EXPECT_EQ(hall.lobby().stats().resumes_refused, 1U);
}

TEST(LobbySessions, TokensBelowTheOneUsedAreRefused) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    const ResumeCommand with_one = hall.resume_command(page);
    hall.send(page, RenewTokenCommand{});
    EXPECT_EQ(hall.take<TokenEvent>(page).token.number, 2U);
    hall.lose(page);
    const ConnectionId again = hall.come_back(page);
    hall.take<WelcomeEvent>(again);
    const ConnectionId thief = hall.connection();
    hall.send(thief, with_one);
    hall.take<ResumeRefusedEvent>(thief);
}

TEST(LobbySessions, ARenewalIsNoMessage) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    const ResumeCommand with_one = hall.resume_command(page);
    hall.send(page, ConfirmCommand{});
    const ConnectionId second = hall.connection();
    hall.send(second, with_one);
    hall.take<WelcomeEvent>(second);
    hall.send(second, RenewTokenCommand{});
    hall.take<TokenEvent>(second);
    const ConnectionId third = hall.connection();
    hall.send(third, with_one);
    EXPECT_TRUE(hall.take<WelcomeEvent>(third).resumed);
}

TEST(LobbySessions, AreMadeAgainAfterARestart) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    const ResumeCommand token = hall.resume_command(page);
    hall.restart();
    const ConnectionId again = hall.connection();
    hall.send(again, token);
    const auto welcome = hall.take<WelcomeEvent>(again);
    EXPECT_TRUE(welcome.resumed);
    EXPECT_EQ(welcome.session, token.session);
    EXPECT_EQ(welcome.token.number, token.token_number + 1);
    EXPECT_EQ(hall.lobby().stats().sessions_recreated, 1U);
}

TEST(LobbySessions, OfAnotherNodeAreRefused) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    ResumeCommand token = hall.resume_command(page);
    token.session.node = 9;
    hall.restart();
    const ConnectionId again = hall.connection();
    hall.send(again, token);
    hall.take<ResumeRefusedEvent>(again);
}

TEST(LobbySessions, AFullServerMakesNoneAgain) {
    LobbyConfig config = TestHall::default_config();
    config.sessions_max = 1;
    TestHall hall(config);
    const ConnectionId page = hall.enter();
    const ResumeCommand token = hall.resume_command(page);
    hall.restart();
    hall.enter();
    const ConnectionId again = hall.connection();
    hall.send(again, token);
    hall.take<ServerFullEvent>(again);
}

TEST(LobbySessions, ASecondHelloAndStrangersAreDropped) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    hall.send(page, HelloCommand{});
    hall.send(page, hall.resume_command(page));
    EXPECT_TRUE(hall.is_quiet(page));
    EXPECT_EQ(hall.lobby().stats().sessions, 1U);
    const ConnectionId stranger = hall.connection();
    hall.send(stranger, PingCommand{});
    hall.send(stranger, DetachCommand{});
    EXPECT_TRUE(hall.is_quiet(stranger));
}

TEST(LobbySessions, PongTellsRoomsThatChanged) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    hall.send(page, PingCommand{});
    hall.take<PongEvent>(page);
    EXPECT_TRUE(hall.is_quiet(page));

    const ConnectionId other = hall.enter();
    hall.send(other, SeekCommand{RoomIndex(2), {}});
    hall.send(page, PingCommand{});
    hall.take<PongEvent>(page);
    EXPECT_EQ(hall.take<RoomsEvent>(page).rooms, (std::vector<RoomChange>{{RoomIndex(2), 1, 1}}));
    hall.send(page, PingCommand{});
    hall.take<PongEvent>(page);
    EXPECT_TRUE(hall.is_quiet(page));

    hall.send(other, UnseekCommand{});
    hall.send(page, PingCommand{});
    hall.take<PongEvent>(page);
    EXPECT_EQ(hall.take<RoomsEvent>(page).rooms, (std::vector<RoomChange>{{RoomIndex(2), 0, std::nullopt}}));
}

TEST(LobbySessions, AreSmallWhileIdle) {
    // The lobby's two tables add some 80 bytes.
    EXPECT_LE(sizeof(Session), 192U);
}

} // namespace
} // namespace vv::lobby
