// Language rooms: who is matched with whom, and what happens until both have answered.
#include "lobby/test_hall.h"

#include <array>
#include <vector>

namespace vv::lobby {
namespace {

constexpr Preferences kVideoAny{Media::kVideo, Need::kAny, {}};
constexpr Preferences kSoundAny{Media::kSound, Need::kAny, {}};
constexpr Preferences kVideoOnly{Media::kVideo, Need::kVideo, {}};
constexpr Preferences kSoundWantsVideo{Media::kSound, Need::kVideo, {}};

Preferences with_topics(std::uint32_t topics) {
    return {Media::kVideo, Need::kAny, TopicSet(topics)};
}

LeftReason take_left(TestHall& hall, ConnectionId page, const CallId& call) {
    const auto left = hall.take<LeftEvent>(page);
    EXPECT_EQ(left.call, call);
    return left.reason;
}

TEST(LobbyRooms, MatchesTheOldestFirst) {
    TestHall hall;
    // People who may not meet one another: sound only, wanting to see.
    const ConnectionId first = hall.enter_waiting(kSoundWantsVideo);
    const ConnectionId second = hall.enter_waiting(kSoundWantsVideo);
    const ConnectionId newcomer = hall.enter();
    hall.send(newcomer, SeekCommand{RoomIndex(0), kVideoAny});
    const auto mine = hall.take<MatchedEvent>(newcomer);
    const auto theirs = hall.take<MatchedEvent>(first);
    EXPECT_EQ(mine.call, theirs.call);
    EXPECT_NE(mine.role, theirs.role);
    EXPECT_EQ(mine.partner_media, Media::kSound);
    EXPECT_EQ(theirs.partner_media, Media::kVideo);
    EXPECT_TRUE(hall.is_quiet(second));
}

TEST(LobbyRooms, TellsHowManyWaitLonger) {
    TestHall hall;
    for (std::uint32_t i = 0; i < 5; ++i) {
        const ConnectionId page = hall.enter();
        hall.send(page, SeekCommand{RoomIndex(1), kSoundWantsVideo});
        const auto waiting = hall.take<WaitingEvent>(page);
        EXPECT_EQ(waiting.room, RoomIndex(1));
        EXPECT_EQ(waiting.ahead, i);
        EXPECT_EQ(waiting.estimate_seconds, std::nullopt);
    }
}

TEST(LobbyRooms, EstimatesFromLateWaits) {
    TestHall hall;
    hall.enter_waiting();
    hall.pass(12s);
    const ConnectionId partner = hall.enter();
    hall.send(partner, SeekCommand{RoomIndex(0), {}});
    const ConnectionId next = hall.enter();
    hall.send(next, SeekCommand{RoomIndex(0), {}});
    EXPECT_EQ(hall.take<WaitingEvent>(next).estimate_seconds, 12U);
    hall.send(next, UnseekCommand{});
    hall.pass(10min + 1s);
    hall.send(next, SeekCommand{RoomIndex(0), {}});
    EXPECT_EQ(hall.take<WaitingEvent>(next).estimate_seconds, std::nullopt);
}

TEST(LobbyRooms, KeepsRoomsApart) {
    TestHall hall;
    hall.enter_waiting();
    const ConnectionId other = hall.enter();
    hall.send(other, SeekCommand{RoomIndex(1), {}});
    hall.take<WaitingEvent>(other);
}

TEST(LobbyRooms, KeepsNeedWithoutException) {
    struct Case {
        Preferences waiting;
        Preferences newcomer;
        bool matched = false;
    };
    for (const Case& c :
         {Case{kVideoAny, kVideoAny, true}, Case{kVideoAny, kSoundAny, true}, Case{kSoundAny, kSoundAny, true},
          Case{kVideoOnly, kVideoAny, true}, Case{kVideoOnly, kVideoOnly, true}, Case{kVideoOnly, kSoundAny, false},
          Case{kSoundAny, kVideoOnly, false}, Case{kSoundWantsVideo, kSoundAny, false},
          Case{kSoundWantsVideo, kVideoAny, true}, Case{kSoundWantsVideo, kVideoOnly, false},
          Case{kSoundWantsVideo, kSoundWantsVideo, false}}) {
        TestHall hall;
        hall.enter_waiting(c.waiting);
        const ConnectionId newcomer = hall.enter();
        hall.send(newcomer, SeekCommand{RoomIndex(0), c.newcomer});
        EXPECT_EQ(hall.lobby().stats().matches, c.matched ? 1U : 0U);
    }
}

TEST(LobbyRooms, PrefersTopicsInCommonThenAge) {
    TestHall hall;
    const Preferences sound{Media::kSound, Need::kVideo, {}};
    const auto wants = [&](std::uint32_t topics) {
        Preferences prefs = sound;
        prefs.topics = TopicSet(topics);
        return prefs;
    };
    hall.enter_waiting(wants(0b0001));
    const ConnectionId best = hall.enter_waiting(wants(0b0110));
    hall.enter_waiting(wants(0b0111));
    const ConnectionId newcomer = hall.enter();
    hall.send(newcomer, SeekCommand{RoomIndex(0), with_topics(0b1110)});
    EXPECT_EQ(hall.take<MatchedEvent>(best).common_topics, TopicSet(0b0110));
    EXPECT_EQ(hall.take<MatchedEvent>(newcomer).common_topics, TopicSet(0b0110));
}

TEST(LobbyRooms, LooksAtSixteenCandidatesAndNoMore) {
    for (const std::size_t before : {kCandidatesMax - 1, kCandidatesMax}) {
        TestHall hall;
        Preferences prefs = kSoundWantsVideo;
        const ConnectionId oldest = hall.enter_waiting(prefs);
        for (std::size_t i = 1; i < before; ++i)
            hall.enter_waiting(prefs);
        prefs.topics = TopicSet(1);
        const ConnectionId like_minded = hall.enter_waiting(prefs);
        const ConnectionId newcomer = hall.enter();
        hall.send(newcomer, SeekCommand{RoomIndex(0), with_topics(1)});
        hall.take<MatchedEvent>(before == kCandidatesMax ? oldest : like_minded);
    }
}

TEST(LobbyRooms, RefusesTheBusyAndUnknownRooms) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    hall.send(page, SeekCommand{RoomIndex(3), {}});
    EXPECT_EQ(hall.take<ErrorEvent>(page).code, ErrorCode::kUnknownRoom);
    hall.send(page, SeekCommand{RoomIndex(0), {}});
    hall.take<WaitingEvent>(page);
    hall.send(page, SeekCommand{RoomIndex(0), {}});
    EXPECT_EQ(hall.take<ErrorEvent>(page).code, ErrorCode::kBusy);
    hall.send(page, OpenCommand{});
    EXPECT_EQ(hall.take<ErrorEvent>(page).code, ErrorCode::kBusy);
    hall.send(page, UnseekCommand{});
    hall.send(page, UnseekCommand{});
    EXPECT_TRUE(hall.is_quiet(page));
    EXPECT_EQ(hall.lobby().stats().waiting, 0U);
    const auto pair = hall.match();
    hall.send(pair.a, SeekCommand{RoomIndex(0), {}});
    EXPECT_EQ(hall.take<ErrorEvent>(pair.a).code, ErrorCode::kBusy);
}

TEST(LobbyRooms, LimitsSeeks) {
    TestHall hall;
    const ConnectionId page = hall.enter();
    for (int i = 0; i < kSeekRate.burst; ++i) {
        hall.send(page, SeekCommand{RoomIndex(0), {}});
        hall.take<WaitingEvent>(page);
        hall.send(page, UnseekCommand{});
    }
    hall.send(page, SeekCommand{RoomIndex(0), {}});
    const auto error = hall.take<ErrorEvent>(page);
    EXPECT_EQ(error.code, ErrorCode::kRate);
    EXPECT_EQ(error.about, ClientType::kSeek);
    EXPECT_EQ(error.retry_after, 2s);
    hall.pass(2s);
    hall.send(page, SeekCommand{RoomIndex(0), {}});
    hall.take<WaitingEvent>(page);
}

TEST(LobbyAsking, BothAcceptAndGetEachOthersIntro) {
    TestHall hall;
    const auto pair = hall.match();
    hall.send(pair.a, AcceptCommand{pair.call, "intro a"});
    EXPECT_TRUE(hall.is_quiet(pair.a));
    EXPECT_TRUE(hall.is_quiet(pair.b)) << "nothing of one person reaches the other before both accepted";
    hall.send(pair.b, AcceptCommand{pair.call, "intro b"});
    const auto token = hall.take<TokenEvent>(pair.a);
    ASSERT_TRUE(token.token.call);
    EXPECT_EQ(token.token.call->partner, hall.session(pair.b));
    EXPECT_EQ(hall.take<AcceptedEvent>(pair.a).intro, "intro b");
    hall.take<TokenEvent>(pair.b);
    EXPECT_EQ(hall.take<AcceptedEvent>(pair.b).intro, "intro a");
    hall.pass(1h);
    EXPECT_TRUE(hall.is_quiet(pair.a));
    EXPECT_EQ(hall.lobby().stats().calls_accepted, 1U);
}

TEST(LobbyAsking, SilenceOfOneEndsAtTwentySeconds) {
    TestHall hall;
    const auto pair = hall.match();
    hall.send(pair.a, AcceptCommand{pair.call, "intro a"});
    hall.pass(kAnswerTime - 1ns);
    EXPECT_TRUE(hall.is_quiet(pair.a));
    EXPECT_TRUE(hall.is_quiet(pair.b));
    hall.pass(1ns);
    EXPECT_EQ(take_left(hall, pair.a, pair.call), LeftReason::kNotMet);
    hall.take<WaitingEvent>(pair.a);
    EXPECT_EQ(take_left(hall, pair.b, pair.call), LeftReason::kSilent);
    EXPECT_TRUE(hall.is_quiet(pair.b));
    EXPECT_EQ(hall.lobby().stats().waiting, 1U);
}

TEST(LobbyAsking, SilenceOfBothTakesBothOut) {
    TestHall hall;
    const auto pair = hall.match();
    hall.pass(kAnswerTime);
    EXPECT_EQ(take_left(hall, pair.a, pair.call), LeftReason::kSilent);
    EXPECT_EQ(take_left(hall, pair.b, pair.call), LeftReason::kSilent);
    EXPECT_EQ(hall.lobby().stats().waiting, 0U);
    EXPECT_EQ(hall.lobby().stats().calls, 0U);
}

TEST(LobbyAsking, AnAnswerAtTheMarkIsTooLate) {
    TestHall hall;
    const auto pair = hall.match();
    hall.send(pair.a, AcceptCommand{pair.call, "intro a"});
    hall.now += kAnswerTime;
    hall.send(pair.b, AcceptCommand{pair.call, "intro b"});
    EXPECT_EQ(take_left(hall, pair.b, pair.call), LeftReason::kSilent);
    EXPECT_TRUE(hall.take<ErrorEvent>(pair.b).excused);
}

/// How long after a decline (or another way to go) the other hears of it.
template <typename Go>
Duration not_met_delay(std::uint64_t seed, Duration answered_after, bool other_accepted, Go go) {
    TestHall hall(TestHall::default_config(), seed);
    const auto pair = hall.match();
    if (other_accepted) hall.send(pair.b, AcceptCommand{pair.call, "intro b"});
    hall.pass(answered_after);
    go(hall, pair);
    const Instant gone = hall.now;
    EXPECT_TRUE(hall.is_quiet(pair.b));
    while (hall.is_quiet(pair.b))
        hall.pass(*hall.lobby().poll_timeout() - hall.now);
    const LeftReason reason = take_left(hall, pair.b, pair.call);
    if (reason == LeftReason::kNotMet) {
        hall.take<WaitingEvent>(pair.b);
    } else {
        EXPECT_EQ(reason, LeftReason::kSilent);
        EXPECT_FALSE(other_accepted);
        EXPECT_EQ(hall.now - gone + answered_after, kAnswerTime);
    }
    return hall.now - gone;
}

void decline(TestHall& hall, const TestHall::Pair& pair) {
    hall.send(pair.a, DeclineCommand{pair.call});
    EXPECT_EQ(take_left(hall, pair.a, pair.call), LeftReason::kYou);
    EXPECT_TRUE(hall.is_quiet(pair.a));
}
void lose_connection(TestHall& hall, const TestHall::Pair& pair) {
    hall.lose(pair.a);
}
void leave_early(TestHall& hall, const TestHall::Pair& pair) {
    hall.send(pair.a, LeaveCommand{pair.call, LeaveReason::kNext});
    EXPECT_EQ(take_left(hall, pair.a, pair.call), LeftReason::kYou);
}
void block_early(TestHall& hall, const TestHall::Pair& pair) {
    hall.send(pair.a, BlockCommand{pair.call});
    EXPECT_EQ(hall.take<NotedEvent>(pair.a).what, ClientType::kBlock);
    EXPECT_EQ(take_left(hall, pair.a, pair.call), LeftReason::kYou);
    EXPECT_EQ(hall.take<TokenEvent>(pair.a).token.blocked.size(), 1U);
}

TEST(LobbyAsking, DeclineLossAndLeavingAllReadNotMetAfterOneToThreeSeconds) {
    Duration shortest = 1h;
    Duration longest{};
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        for (const auto go : {decline, lose_connection, leave_early, block_early}) {
            const Duration delay = not_met_delay(seed, 5s, seed % 2 == 0, go);
            shortest = std::min(shortest, delay);
            longest = std::max(longest, delay);
        }
    }
    EXPECT_GE(shortest, kNotMetDelayMin);
    EXPECT_LE(longest, kNotMetDelayMax);
    EXPECT_LT(shortest, kNotMetDelayMin + 200ms) << "the delay is spread";
    EXPECT_GT(longest, kNotMetDelayMax - 200ms) << "the delay is spread";
}

TEST(LobbyAsking, NotMetIsNeverLaterThanTheMark) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        EXPECT_EQ(not_met_delay(seed, 19500ms, true, decline), 500ms);
        EXPECT_EQ(not_met_delay(seed, 19500ms, false, decline), 500ms);
    }
}

TEST(LobbyAsking, TheOneWhoAcceptedReturnsWithTheOldPlace) {
    TestHall hall;
    const auto pair = hall.match();
    // Two who cannot be matched with the returner come later.
    for (int i = 0; i < 2; ++i) {
        const ConnectionId later = hall.enter();
        hall.send(later, SeekCommand{RoomIndex(0), {Media::kSound, Need::kVideo, {}}});
        hall.drain();
    }
    hall.send(pair.a, AcceptCommand{pair.call, "intro"});
    decline(hall, {pair.b, pair.a, pair.call});
    EXPECT_EQ(hall.lobby().stats().waiting, 2U);
    hall.pass(kNotMetDelayMax);
    EXPECT_EQ(take_left(hall, pair.a, pair.call), LeftReason::kNotMet);
    EXPECT_EQ(hall.take<WaitingEvent>(pair.a).ahead, 0U);
    hall.take<MatchedEvent>(pair.a); // with the oldest of those who came meanwhile
}

TEST(LobbyAsking, TheDeclinedMayAnswerMeanwhileAndLearnNothing) {
    TestHall hall;
    const auto pair = hall.match();
    decline(hall, pair);
    hall.send(pair.b, AcceptCommand{pair.call, "intro b"});
    EXPECT_TRUE(hall.is_quiet(pair.b));
    EXPECT_EQ(hall.lobby().stats().held_bytes, 0U);
    hall.pass(kNotMetDelayMax);
    EXPECT_EQ(take_left(hall, pair.b, pair.call), LeftReason::kNotMet);
}

TEST(LobbyAsking, BothMayDecline) {
    TestHall hall;
    const auto pair = hall.match();
    decline(hall, pair);
    decline(hall, {pair.b, pair.a, pair.call});
    hall.pass(1min);
    EXPECT_TRUE(hall.is_quiet(pair.a));
    EXPECT_TRUE(hall.is_quiet(pair.b));
    EXPECT_EQ(hall.lobby().stats().calls, 0U);
    EXPECT_EQ(hall.lobby().stats().timers, 0U);
}

TEST(LobbyAsking, RelayAndServersAreRefusedBeforeAccepted) {
    TestHall hall;
    const auto pair = hall.match();
    hall.send(pair.a, AcceptCommand{pair.call, "intro a"});
    hall.send(pair.a, RelayCommand{pair.call, 1, "early"});
    const auto error = hall.take<ErrorEvent>(pair.a);
    EXPECT_EQ(error.code, ErrorCode::kNotAccepted);
    EXPECT_EQ(error.id, 1U);
    hall.send(pair.b, ServersCommand{pair.call});
    EXPECT_EQ(hall.take<ErrorEvent>(pair.b).code, ErrorCode::kNotAccepted);
    EXPECT_TRUE(hall.is_quiet(pair.b));
}

TEST(LobbyAsking, ASecondAcceptIsRefused) {
    TestHall hall;
    const auto pair = hall.match();
    hall.send(pair.a, AcceptCommand{pair.call, "intro a"});
    hall.send(pair.a, AcceptCommand{pair.call, "another"});
    EXPECT_EQ(hall.take<ErrorEvent>(pair.a).code, ErrorCode::kBadMessage);
    hall.send(pair.b, AcceptCommand{pair.call, "intro b"});
    hall.take<TokenEvent>(pair.b);
    EXPECT_EQ(hall.take<AcceptedEvent>(pair.b).intro, "intro a");
}

TEST(LobbyAsking, IntrosCountTowardsTheServersMemory) {
    LobbyConfig config = TestHall::default_config();
    config.held_bytes_max = 10;
    TestHall hall(config);
    const auto pair = hall.match();
    hall.send(pair.a, AcceptCommand{pair.call, std::string(11, 'x')});
    EXPECT_EQ(hall.take<ErrorEvent>(pair.a).code, ErrorCode::kRate);
    hall.send(pair.a, AcceptCommand{pair.call, std::string(10, 'x')});
    EXPECT_TRUE(hall.is_quiet(pair.a));
    EXPECT_EQ(hall.lobby().stats().held_bytes, 10U);
}

TEST(LobbyAsking, DeclinesAreLimited) {
    LobbyConfig config = TestHall::default_config();
    config.skips = one_every(5s, 1);
    TestHall hall(config);
    const auto pair = hall.match();
    decline(hall, pair);
    hall.send(pair.a, SeekCommand{RoomIndex(1), {}});
    hall.take<WaitingEvent>(pair.a);
    const ConnectionId other = hall.enter();
    hall.send(other, SeekCommand{RoomIndex(1), {}});
    const CallId call = hall.take<MatchedEvent>(pair.a).call;
    hall.send(pair.a, DeclineCommand{call});
    const auto error = hall.take<ErrorEvent>(pair.a);
    EXPECT_EQ(error.code, ErrorCode::kRate);
    EXPECT_EQ(error.about, ClientType::kDecline);
    hall.pass(5s);
    decline(hall, {pair.a, other, call});
}

// A block or a report is never refused for haste, but it is no way around the limit either.
TEST(LobbyAsking, ABlockOrReportThatEndsAMatchIsASkip) {
    LobbyConfig config = TestHall::default_config();
    config.skips = one_every(5s, 1);
    for (const bool blocks : {true, false}) {
        TestHall hall(config);
        const ConnectionId page = hall.enter();
        const auto complain = [&] {
            const ConnectionId other = hall.enter_waiting();
            hall.send(page, SeekCommand{RoomIndex(0), {}});
            const CallId call = hall.take<MatchedEvent>(page).call;
            hall.send(page, blocks ? Command(BlockCommand{call}) : Command(ReportCommand{call, {}}));
            if (blocks) hall.take<NotedEvent>(page);
            EXPECT_EQ(take_left(hall, page, call), LeftReason::kYou);
            if (!blocks) {
                EXPECT_EQ(hall.take<ErrorEvent>(page).code, ErrorCode::kNotAccepted);
            }
            hall.lose(other);
            hall.drain();
        };
        complain();
        complain();
        hall.send(page, SeekCommand{RoomIndex(0), {}});
        const auto error = hall.take<ErrorEvent>(page);
        EXPECT_EQ(error.code, ErrorCode::kRate);
        EXPECT_EQ(error.about, ClientType::kSeek);
        EXPECT_EQ(error.retry_after, 5s);
        hall.pass(5s);
        hall.send(page, SeekCommand{RoomIndex(0), {}});
        hall.take<WaitingEvent>(page);
    }
}

TEST(LobbyPairs, DoNotMeetAgainForFiveMinutesThenMeetWithoutANewcomer) {
    TestHall hall;
    const auto pair = hall.live();
    hall.send(pair.a, LeaveCommand{pair.call, LeaveReason::kLeft});
    hall.drain();
    hall.send(pair.a, SeekCommand{RoomIndex(0), {}});
    hall.send(pair.b, SeekCommand{RoomIndex(0), {}});
    hall.take<WaitingEvent>(pair.a);
    EXPECT_EQ(hall.take<WaitingEvent>(pair.b).ahead, 1U);
    hall.pass(kPairCooldown - 1ns);
    EXPECT_TRUE(hall.is_quiet(pair.a));
    hall.pass(1ns);
    hall.take<MatchedEvent>(pair.a);
    hall.take<MatchedEvent>(pair.b);
}

TEST(LobbyPairs, ACooldownDoesNotKeepOthersWaiting) {
    TestHall hall;
    const auto pair = hall.live();
    hall.send(pair.a, LeaveCommand{pair.call, LeaveReason::kNext});
    hall.drain();
    hall.send(pair.a, SeekCommand{RoomIndex(0), {}});
    hall.send(pair.b, SeekCommand{RoomIndex(0), {}});
    hall.drain();
    const ConnectionId third = hall.enter();
    hall.send(third, SeekCommand{RoomIndex(0), {}});
    hall.take<MatchedEvent>(third);
    hall.take<MatchedEvent>(pair.a);
}

TEST(LobbyPairs, BlockedNeverMeetAgain) {
    for (const bool first_blocks : {true, false}) {
        TestHall hall;
        const auto pair = hall.live();
        hall.send(first_blocks ? pair.a : pair.b, BlockCommand{pair.call});
        hall.drain();
        hall.pass(kPairCooldown);
        hall.send(pair.a, SeekCommand{RoomIndex(0), {}});
        hall.send(pair.b, SeekCommand{RoomIndex(0), {}});
        hall.take<WaitingEvent>(pair.a);
        hall.take<WaitingEvent>(pair.b);
        hall.pass(24h);
        EXPECT_EQ(hall.lobby().stats().waiting, 2U);
    }
}

// What others do must not make somebody's own blocks be forgotten.
TEST(LobbyPairs, ABlockOutlivesAnyNumberOfBlocksByOthers) {
    LobbyConfig config = TestHall::default_config();
    config.seeks = config.skips = per_second(1000, 100'000);
    TestHall hall(config);
    const auto pair = hall.live();
    hall.send(pair.a, BlockCommand{pair.call});
    hall.drain();
    for (std::size_t i = 0; i < kBlockedMax + 1; ++i) {
        for (const ConnectionId victim : {pair.a, pair.b}) {
            hall.send(victim, SeekCommand{RoomIndex(1), {}});
            const ConnectionId other = hall.enter();
            hall.send(other, SeekCommand{RoomIndex(1), {}});
            hall.send(other, BlockCommand{hall.take<MatchedEvent>(other).call});
            hall.pass(kNotMetDelayMax);
            hall.send(victim, UnseekCommand{});
            hall.lose(other);
            hall.drain();
        }
    }
    for (const bool first_seeks : {true, false}) {
        hall.send(first_seeks ? pair.a : pair.b, SeekCommand{RoomIndex(0), {}});
        hall.send(first_seeks ? pair.b : pair.a, SeekCommand{RoomIndex(0), {}});
        hall.take<WaitingEvent>(pair.a);
        hall.take<WaitingEvent>(pair.b);
        hall.send(pair.a, UnseekCommand{});
        hall.send(pair.b, UnseekCommand{});
        EXPECT_TRUE(hall.is_quiet(pair.a) && hall.is_quiet(pair.b));
    }
}

TEST(LobbyRooms, WhoLosesTheConnectionWaitsNoMoreButKeepsThePlace) {
    TestHall hall;
    const ConnectionId page = hall.enter_waiting(kSoundWantsVideo);
    const ConnectionId later = hall.enter_waiting(kSoundWantsVideo);
    hall.lose(page);
    EXPECT_EQ(hall.lobby().stats().waiting, 1U);
    const ConnectionId again = hall.come_back(page);
    hall.take<WelcomeEvent>(again);
    hall.send(again, SeekCommand{RoomIndex(0), kSoundWantsVideo});
    EXPECT_EQ(hall.take<WaitingEvent>(again).ahead, 0U);
    hall.send(again, UnseekCommand{});
    hall.send(again, SeekCommand{RoomIndex(0), kSoundWantsVideo});
    EXPECT_EQ(hall.take<WaitingEvent>(again).ahead, 1U) << "the place is kept once";
    EXPECT_TRUE(hall.is_quiet(later));
}

TEST(LobbyRooms, ThePlaceIsKeptForTheSameRoomOnly) {
    TestHall hall;
    const ConnectionId page = hall.enter_waiting(kSoundWantsVideo);
    hall.enter_waiting(kSoundWantsVideo);
    hall.lose(page);
    const ConnectionId again = hall.come_back(page);
    hall.take<WelcomeEvent>(again);
    hall.send(again, SeekCommand{RoomIndex(1), kSoundWantsVideo});
    EXPECT_EQ(hall.take<WaitingEvent>(again).ahead, 0U);
    hall.send(again, UnseekCommand{});
    hall.send(again, SeekCommand{RoomIndex(0), kSoundWantsVideo});
    EXPECT_EQ(hall.take<WaitingEvent>(again).ahead, 1U);
}

} // namespace
} // namespace vv::lobby
