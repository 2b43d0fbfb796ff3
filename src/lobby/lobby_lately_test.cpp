// How many have looked for someone in a room within the last hour.
#include "lobby/test_hall.h"

#include <array>
#include <vector>

namespace vv::lobby {
namespace {

RoomCount count_of(TestHall& hall, std::uint16_t room) {
    const ConnectionId page = hall.connection();
    hall.send(page, HelloCommand{});
    return hall.take<WelcomeEvent>(page).rooms.at(room);
}

TEST(LobbyLately, CountsWhoWaitsAndWhoHasStopped) {
    TestHall hall;
    const ConnectionId page = hall.enter_waiting();
    EXPECT_EQ(count_of(hall, 0), (RoomCount{RoomIndex(0), 1, 1}));
    hall.send(page, UnseekCommand{});
    EXPECT_EQ(count_of(hall, 0), (RoomCount{RoomIndex(0), 0, 1}));
    EXPECT_EQ(count_of(hall, 1), (RoomCount{RoomIndex(1), 0, 0}));
}

TEST(LobbyLately, CountsEachSessionOnceInARoom) {
    TestHall hall;
    const ConnectionId page = hall.enter_waiting();
    for (const std::uint16_t room : std::array<std::uint16_t, 3>{0, 1, 0}) {
        hall.send(page, UnseekCommand{});
        hall.pass(5min);
        hall.send(page, SeekCommand{RoomIndex(room), {}});
    }
    EXPECT_EQ(count_of(hall, 0), (RoomCount{RoomIndex(0), 1, 1}));
    EXPECT_EQ(count_of(hall, 1), (RoomCount{RoomIndex(1), 0, 1}));
}

TEST(LobbyLately, CountsBothOfAPairThatNeverWaitedLong) {
    TestHall hall;
    hall.live();
    EXPECT_EQ(count_of(hall, 0), (RoomCount{RoomIndex(0), 0, 2}));
}

TEST(LobbyLately, ForgetsAnHourAfterTheyStoppedLooking) {
    TestHall hall;
    const ConnectionId page = hall.enter_waiting();
    hall.pass(2h);
    EXPECT_EQ(count_of(hall, 0).lately, 1U) << "somebody waits";
    hall.send(page, UnseekCommand{});
    hall.pass(kLatelyTime - 1min);
    EXPECT_EQ(count_of(hall, 0).lately, 1U);
    hall.pass(1min);
    EXPECT_EQ(count_of(hall, 0).lately, 0U);
}

TEST(LobbyLately, OutlivesTheSessionButNotTheHour) {
    TestHall hall;
    hall.lose(hall.enter_waiting());
    hall.pass(kResumeTime);
    EXPECT_EQ(hall.lobby().stats().sessions, 0U);
    EXPECT_EQ(count_of(hall, 0), (RoomCount{RoomIndex(0), 0, 1}));
    hall.drain();
    hall.pass(kLatelyTime);
    EXPECT_EQ(count_of(hall, 0).lately, 0U);
    EXPECT_EQ(hall.lobby().poll_timeout(), std::nullopt) << "nothing is left to wake up for";
}

TEST(LobbyLately, ASessionRemembersSixteenRooms) {
    LobbyConfig config = TestHall::default_config();
    config.rooms = kLookedRoomsMax + 1;
    config.seeks = per_second(1000, 1000);
    TestHall hall(config);
    const ConnectionId page = hall.enter();
    const auto look = [&](std::size_t room) {
        hall.send(page, SeekCommand{RoomIndex(static_cast<std::uint16_t>(room)), {}});
        hall.send(page, UnseekCommand{});
    };
    for (std::size_t room = 0; room < kLookedRoomsMax; ++room)
        look(room);
    look(0);
    EXPECT_EQ(count_of(hall, 0).lately, 1U);
    look(kLookedRoomsMax); // the longest ago, room 1, is forgotten
    look(1);
    EXPECT_EQ(count_of(hall, 1).lately, 2U);
}

TEST(LobbyLately, PassingTimeIsToldToo) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    const ConnectionId other = hall.enter_waiting();
    hall.send(other, UnseekCommand{});
    hall.send(page, PingCommand{});
    hall.take<PongEvent>(page);
    EXPECT_EQ(hall.take<RoomsEvent>(page).rooms, (std::vector<RoomChange>{{RoomIndex(0), 0, 1}}));
    hall.pass(kLatelyTime);
    hall.send(page, PingCommand{});
    hall.take<PongEvent>(page);
    EXPECT_EQ(hall.take<RoomsEvent>(page).rooms, (std::vector<RoomChange>{{RoomIndex(0), std::nullopt, 0}}));
}

} // namespace
} // namespace vv::lobby
