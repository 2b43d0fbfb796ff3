// Reports, and what follows from them.
#include "lobby/test_hall.h"

namespace vv::lobby {
namespace {

using safety::ReportCategory;
using safety::ReportId;

/// These two connections in a call that both have accepted; who waits is a.
TestHall::Pair live(TestHall& hall, ConnectionId a, ConnectionId b) {
    hall.send(a, SeekCommand{RoomIndex(0), {}});
    hall.take<WaitingEvent>(a);
    hall.send(b, SeekCommand{RoomIndex(0), {}});
    const TestHall::Pair pair{a, b, hall.take<MatchedEvent>(a).call};
    hall.take<MatchedEvent>(b);
    hall.accept_both(pair);
    return pair;
}

/// The same for new sessions of two persons.
TestHall::Pair live(TestHall& hall, const safety::Person& a, const safety::Person& b) {
    const ConnectionId first = hall.enter_as(a);
    return live(hall, first, hall.enter_as(b));
}

/// A new session of this person meets the one who is meant and reports; both then go.
void meet_and_report(TestHall& hall, const safety::Person& reporter, const safety::Person& meant) {
    const auto pair = live(hall, meant, reporter);
    hall.send(pair.b, ReportCommand{pair.call, ReportCategory::kHate});
    hall.lose(pair.a);
    hall.lose(pair.b);
    hall.pass(kResumeTime);
    hall.drain();
}

ErrorEvent seek_error(TestHall& hall, ConnectionId page) {
    hall.send(page, SeekCommand{RoomIndex(0), {}});
    const auto error = hall.take<ErrorEvent>(page);
    EXPECT_EQ(error.about, ClientType::kSeek);
    return error;
}

bool may_seek(TestHall& hall, const safety::Person& person) {
    const ConnectionId page = hall.enter_as(person);
    hall.pass(safety::kSlowedSeekTime);
    hall.send(page, SeekCommand{RoomIndex(1), {}});
    const bool waits = hall.lobby().stats().waiting > 0;
    hall.drain();
    hall.send(page, UnseekCommand{});
    return waits;
}

TEST(LobbyReports, HoldWhatWasSaidAndWhoIsMeantAsHashes) {
    TestHall hall;
    const auto pair = live(hall, TestHall::person(1), TestHall::person(2));
    hall.send(pair.b, ReportCommand{pair.call, ReportCategory::kSexual, "a note"});
    ASSERT_EQ(hall.filed.size(), 1U);
    const FiledReport& report = hall.filed[0];
    EXPECT_EQ(report.category, ReportCategory::kSexual);
    EXPECT_EQ(report.note, "a note");
    EXPECT_EQ(report.room, RoomIndex(0));
    const auto meant = hall.ban(TestHall::person(1), 1h).whom;
    EXPECT_EQ(report.meant.key, meant.key);
    EXPECT_EQ(report.meant.device, meant.device);
    EXPECT_EQ(report.meant.prefix, meant.prefix);
}

TEST(LobbyReports, EndTheCallAtOnceAndAreNotedWhenKept) {
    TestHall hall;
    hall.answers_reports = false;
    const auto pair = hall.live();
    hall.send(pair.a, ReportCommand{pair.call, ReportCategory::kSpam});
    EXPECT_EQ(hall.take<LeftEvent>(pair.a).reason, LeftReason::kYou);
    EXPECT_EQ(hall.take<LeftEvent>(pair.b).reason, LeftReason::kLeft);
    hall.take<TokenEvent>(pair.a);
    hall.take<TokenEvent>(pair.b);
    EXPECT_TRUE(hall.is_quiet(pair.a));
    hall.answer_report(hall.filed.at(0).ticket, ReportId(1));
    EXPECT_EQ(hall.take<NotedEvent>(pair.a).what, ClientType::kReport);
    EXPECT_TRUE(hall.is_quiet(pair.b));
    hall.answer_report(hall.filed[0].ticket, ReportId(2)); // an answer comes once
    EXPECT_TRUE(hall.is_quiet(pair.a));
    EXPECT_EQ(hall.lobby().stats().reports[static_cast<std::size_t>(ReportCategory::kSpam)], 1U);
}

TEST(LobbyReports, MayBeSentAgainWhenTheyCouldNotBeKept) {
    TestHall hall;
    hall.keeps_reports = false;
    const auto pair = hall.live();
    hall.send(pair.a, ReportCommand{pair.call, ReportCategory::kSpam});
    hall.take<LeftEvent>(pair.a);
    hall.take<TokenEvent>(pair.a);
    const auto error = hall.take<ErrorEvent>(pair.a);
    EXPECT_EQ(error.code, ErrorCode::kNotKept);
    EXPECT_EQ(error.about, ClientType::kReport);
    EXPECT_EQ(hall.lobby().stats().reports_not_kept, 1U);
    hall.keeps_reports = true;
    hall.send(pair.a, ReportCommand{pair.call, ReportCategory::kSpam});
    hall.take<NotedEvent>(pair.a);
}

TEST(LobbyReports, AreFiledOnceForEachCallAndMember) {
    TestHall hall;
    const auto pair = hall.live();
    for (int i = 0; i < 3; ++i)
        hall.send(pair.a, ReportCommand{pair.call, ReportCategory::kHate});
    hall.send(pair.b, ReportCommand{pair.call, ReportCategory::kHate});
    EXPECT_EQ(hall.filed.size(), 2U);
    hall.take<LeftEvent>(pair.a);
    hall.take<TokenEvent>(pair.a);
    for (int i = 0; i < 3; ++i)
        hall.take<NotedEvent>(pair.a);
}

TEST(LobbyReports, OneThatIsBeingKeptIsAnsweredOnce) {
    TestHall hall;
    hall.answers_reports = false;
    const auto pair = hall.live();
    for (int i = 0; i < 3; ++i)
        hall.send(pair.a, ReportCommand{pair.call, ReportCategory::kHate});
    ASSERT_EQ(hall.filed.size(), 1U);
    hall.drain();
    hall.answer_report(hall.filed[0].ticket, ReportId(1));
    hall.take<NotedEvent>(pair.a);
    EXPECT_TRUE(hall.is_quiet(pair.a));
}

TEST(LobbyReports, AnAnswerWaitsForAReporterWhoIsAway) {
    TestHall hall;
    hall.answers_reports = false;
    const auto pair = hall.live();
    hall.send(pair.a, ReportCommand{pair.call, ReportCategory::kOther});
    hall.lose(pair.a);
    hall.answer_report(hall.filed.at(0).ticket, ReportId(1));
    const ConnectionId again = hall.come_back(pair.a);
    hall.take<WelcomeEvent>(again);
    EXPECT_EQ(hall.take<NotedEvent>(again).what, ClientType::kReport);
    EXPECT_TRUE(hall.is_quiet(again));
}

TEST(LobbyReports, OnlySoManyAnswersWaitForAReporterWhoIsAway) {
    const auto answers_heard = [](std::size_t reports) {
        LobbyConfig config = TestHall::default_config();
        config.reports = config.seeks = per_second(1000, 1000);
        TestHall hall(config);
        hall.answers_reports = false;
        const ConnectionId page = hall.enter_as(TestHall::person(1));
        for (std::uint32_t i = 0; i < reports; ++i) {
            hall.drain();
            const auto pair = live(hall, hall.enter_as(TestHall::person(2 + i)), page);
            hall.send(page, ReportCommand{pair.call, ReportCategory::kOther});
        }
        EXPECT_EQ(hall.filed.size(), reports);
        hall.lose(page);
        for (const FiledReport& report : hall.filed)
            hall.answer_report(report.ticket, hall.next_report());
        const ConnectionId again = hall.come_back(page);
        hall.take<WelcomeEvent>(again);
        std::size_t heard = 0;
        for (; !hall.is_quiet(again); ++heard)
            hall.take<NotedEvent>(again);
        return heard;
    };
    EXPECT_EQ(answers_heard(kAnswersKeptMax), kAnswersKeptMax);
    EXPECT_EQ(answers_heard(kAnswersKeptMax + 1), kAnswersKeptMax);
}

TEST(LobbyReports, AnAnswerToOneWhoIsGoneIsDropped) {
    TestHall hall;
    hall.answers_reports = false;
    const auto pair = hall.live();
    hall.send(pair.a, ReportCommand{pair.call, ReportCategory::kOther});
    hall.lose(pair.a);
    hall.pass(kResumeTime);
    hall.answer_report(hall.filed.at(0).ticket, ReportId(1));
    EXPECT_EQ(hall.lobby().stats().reports[static_cast<std::size_t>(ReportCategory::kOther)], 1U);
}

TEST(LobbyReports, BeforeBothHaveAcceptedEndTheIntroductionAndAreNotKept) {
    TestHall hall;
    const auto pair = hall.match();
    hall.send(pair.a, ReportCommand{pair.call, ReportCategory::kSpam});
    EXPECT_EQ(hall.take<LeftEvent>(pair.a).reason, LeftReason::kYou);
    EXPECT_EQ(hall.take<ErrorEvent>(pair.a).code, ErrorCode::kNotAccepted);
    EXPECT_TRUE(hall.is_quiet(pair.b));
    hall.pass(kNotMetDelayMax);
    EXPECT_EQ(hall.take<LeftEvent>(pair.b).reason, LeftReason::kNotMet);
    EXPECT_TRUE(hall.filed.empty());
}

TEST(LobbyReports, NameThePartnerWhoIsLongGone) {
    TestHall hall;
    const auto pair = live(hall, TestHall::person(1), TestHall::person(2));
    hall.lose(pair.a);
    hall.pass(kCallResumeTime + 1min);
    hall.send(pair.b, ReportCommand{pair.call, ReportCategory::kHarassment});
    ASSERT_EQ(hall.filed.size(), 1U);
    EXPECT_EQ(hall.filed[0].meant.device, hall.ban(TestHall::person(1), 1h).whom.device);
}

TEST(LobbyReports, OfAPrivateCallHaveNoRoomAndCountTowardsNoCooldown) {
    TestHall hall;
    for (std::uint32_t i = 2; i < 6; ++i) {
        const ConnectionId a = hall.enter_as(TestHall::person(1));
        const ConnectionId b = hall.enter_as(TestHall::person(i));
        const PrivateId id(Bytes16{static_cast<std::uint8_t>(i)});
        hall.send(a, OpenCommand{id, SeatId({1}), "n", {}});
        hall.send(b, OpenCommand{id, SeatId({2}), "n", {}});
        hall.take<WaitingEvent>(b);
        const TestHall::Pair pair{a, b, hall.take<JoinedEvent>(b).call};
        hall.drain();
        hall.accept_both(pair);
        hall.send(b, ReportCommand{pair.call, ReportCategory::kHate});
    }
    ASSERT_EQ(hall.filed.size(), 4U);
    EXPECT_EQ(hall.filed[0].room, std::nullopt);
    EXPECT_EQ(hall.lobby().stats().cooldowns, 0U);
}

TEST(LobbyReports, HaveARate) {
    LobbyConfig config = TestHall::default_config();
    config.pair_cooldown = 0s;
    config.skips = config.seeks = per_second(1000, 1000);
    TestHall hall(config);
    const ConnectionId page = hall.enter_as(TestHall::person(1));
    for (std::int64_t i = 0; i <= kReportRate.burst; ++i) {
        hall.drain();
        const auto pair = live(hall, hall.enter_as(TestHall::person(2)), page);
        hall.send(page, ReportCommand{pair.call, ReportCategory::kSpam});
    }
    EXPECT_EQ(hall.filed.size(), static_cast<std::size_t>(kReportRate.burst));
    hall.take<LeftEvent>(page);
    hall.take<TokenEvent>(page);
    const auto error = hall.take<ErrorEvent>(page);
    EXPECT_EQ(error.code, ErrorCode::kRate);
    EXPECT_EQ(error.about, ClientType::kReport);
}

TEST(LobbyReports, OnlySoManyWaitToBeKept) {
    TestHall hall;
    hall.answers_reports = false;
    for (std::size_t i = 0; i <= kReportsPendingMax; ++i) {
        hall.drain();
        const auto pair = hall.live();
        hall.send(pair.a, ReportCommand{pair.call, ReportCategory::kSpam});
        if (i < kReportsPendingMax) continue;
        hall.take<LeftEvent>(pair.a);
        hall.take<TokenEvent>(pair.a);
        EXPECT_EQ(hall.take<ErrorEvent>(pair.a).code, ErrorCode::kNotKept);
    }
    EXPECT_EQ(hall.filed.size(), kReportsPendingMax);
}

TEST(LobbyCooldown, ComesOfThreeDifferentPeople) {
    TestHall hall;
    for (std::uint32_t i = 2; i < 4; ++i)
        meet_and_report(hall, TestHall::person(i), TestHall::person(1));
    EXPECT_TRUE(may_seek(hall, TestHall::person(1)));
    meet_and_report(hall, TestHall::person(4), TestHall::person(1));
    const auto error = seek_error(hall, hall.enter_as(TestHall::person(1)));
    EXPECT_EQ(error.code, ErrorCode::kCooldown);
    EXPECT_LE(error.retry_after, 24h);
    EXPECT_GT(error.retry_after, 23h);
    EXPECT_EQ(hall.lobby().stats().cooldowns, 1U);
    EXPECT_EQ(hall.lobby().stats().cooldowns_begun, 1U);
    EXPECT_TRUE(may_seek(hall, TestHall::person(2)));
    hall.pass(24h);
    EXPECT_TRUE(may_seek(hall, TestHall::person(1)));
}

TEST(LobbyCooldown, DoesNotComeOfOnePlaceHoweverManyDevices) {
    TestHall hall;
    for (std::uint32_t i = 2; i < 12; ++i)
        meet_and_report(hall, TestHall::person(i, 7), TestHall::person(1));
    EXPECT_TRUE(may_seek(hall, TestHall::person(1)));
    EXPECT_EQ(hall.filed.size(), 10U) << "all are kept for the operator";
}

TEST(LobbyCooldown, DoesNotComeOfReportsThatWereNotKept) {
    TestHall hall;
    hall.keeps_reports = false;
    for (std::uint32_t i = 2; i < 8; ++i)
        meet_and_report(hall, TestHall::person(i), TestHall::person(1));
    EXPECT_TRUE(may_seek(hall, TestHall::person(1)));
}

TEST(LobbyCooldown, TakesOtherTabsOutOfTheLine) {
    TestHall hall;
    for (std::uint32_t i = 2; i < 4; ++i)
        meet_and_report(hall, TestHall::person(i), TestHall::person(1));
    const ConnectionId other_tab = hall.enter_as(TestHall::person(1));
    hall.send(other_tab, SeekCommand{RoomIndex(1), {}});
    hall.take<WaitingEvent>(other_tab);
    const auto pair = live(hall, TestHall::person(1), TestHall::person(4));
    hall.send(pair.b, ReportCommand{pair.call, ReportCategory::kHate});
    hall.pass(1ns);
    EXPECT_EQ(hall.take<ErrorEvent>(other_tab).code, ErrorCode::kCooldown);
    EXPECT_EQ(hall.lobby().stats().waiting, 0U);
}

TEST(LobbyBans, RefuseToSeekUntilTheyEnd) {
    TestHall hall;
    const ConnectionId page = hall.enter_as(TestHall::person(1));
    hall.keep_record({hall.ban(TestHall::person(1), 2h)});
    const auto error = seek_error(hall, page);
    EXPECT_EQ(error.code, ErrorCode::kBanned);
    EXPECT_EQ(error.retry_after, 2h);
    EXPECT_EQ(hall.lobby().stats().bans, 1U);
    EXPECT_EQ(hall.lobby().stats().seeks_banned, 1U);
    hall.pass(2h);
    hall.send(page, SeekCommand{RoomIndex(0), {}});
    hall.take<WaitingEvent>(page);
}

TEST(LobbyBans, LeavePrivateCallsOpen) {
    TestHall hall;
    hall.keep_record({hall.ban(TestHall::person(1), 2h)});
    const ConnectionId page = hall.enter_as(TestHall::person(1));
    hall.send(page, OpenCommand{PrivateId(Bytes16{1}), SeatId({1}), "n", {}});
    hall.take<WaitingEvent>(page);
}

TEST(LobbyBans, TakeOutOfTheLineAndAreTold) {
    TestHall hall;
    const ConnectionId page = hall.enter_as(TestHall::person(1));
    hall.send(page, SeekCommand{RoomIndex(0), {}});
    hall.take<WaitingEvent>(page);
    hall.keep_record({hall.ban(TestHall::person(1), 1h), hall.ban(TestHall::person(5), 1h)});
    hall.pass(1ns);
    EXPECT_EQ(hall.take<ErrorEvent>(page).code, ErrorCode::kBanned);
    EXPECT_EQ(hall.lobby().stats().waiting, 0U);
    const ConnectionId other = hall.enter_waiting();
    EXPECT_TRUE(hall.is_quiet(page));
    EXPECT_TRUE(hall.is_quiet(other));
}

TEST(LobbyBans, EndAnIntroductionAsIfItCameToNothing) {
    TestHall hall;
    const auto pair = hall.match();
    const ConnectionId page = hall.enter_as(TestHall::person(1));
    const ConnectionId partner = hall.enter_as(TestHall::person(2));
    hall.send(page, SeekCommand{RoomIndex(1), {}});
    hall.send(partner, SeekCommand{RoomIndex(1), {}});
    hall.drain();
    hall.keep_record({hall.ban(TestHall::person(1), 1h)});
    hall.pass(1ns);
    EXPECT_EQ(hall.take<LeftEvent>(page).reason, LeftReason::kNotMet);
    EXPECT_EQ(hall.take<ErrorEvent>(page).code, ErrorCode::kBanned);
    EXPECT_TRUE(hall.is_quiet(partner));
    hall.pass(kNotMetDelayMax);
    EXPECT_EQ(hall.take<LeftEvent>(partner).reason, LeftReason::kNotMet);
    hall.take<WaitingEvent>(partner);
    EXPECT_TRUE(hall.is_quiet(page));
    EXPECT_TRUE(hall.is_quiet(pair.a));
}

TEST(LobbyBans, DoNotTouchACallThatStands) {
    TestHall hall;
    const auto pair = live(hall, TestHall::person(1), TestHall::person(2));
    hall.keep_record({hall.ban(TestHall::person(1), 1h)});
    hall.pass(1min);
    EXPECT_TRUE(hall.is_quiet(pair.a));
    EXPECT_EQ(hall.lobby().stats().calls, 1U);
    hall.send(pair.a, LeaveCommand{pair.call, LeaveReason::kNext});
    hall.take<LeftEvent>(pair.a);
    hall.take<TokenEvent>(pair.a);
    EXPECT_EQ(seek_error(hall, pair.a).code, ErrorCode::kBanned);
}

TEST(LobbyBans, MeetWhoeverWouldReturnToTheLine) {
    TestHall hall;
    const auto pair = hall.match(); // both have the device of person {}
    hall.send(pair.a, AcceptCommand{pair.call, "intro"});
    hall.send(pair.b, DeclineCommand{pair.call});
    hall.take<LeftEvent>(pair.b);
    // The record comes at the very moment at which a would wait again.
    hall.pass(kNotMetDelayMin - 1ns);
    hall.keep_record({hall.ban({}, 1h)});
    hall.pass(kNotMetDelayMax);
    EXPECT_EQ(hall.take<LeftEvent>(pair.a).reason, LeftReason::kNotMet);
    EXPECT_EQ(hall.take<ErrorEvent>(pair.a).code, ErrorCode::kBanned);
    EXPECT_TRUE(hall.is_quiet(pair.a));
}

TEST(LobbyBans, HoldWhenTheSessionComesBackWithAnotherToken) {
    TestHall hall;
    hall.keep_record({hall.ban(TestHall::person(1), 1h)});
    const ConnectionId page = hall.enter_as(TestHall::person(1));
    hall.lose(page);
    ResumeCommand resume = hall.resume_command(page);
    resume.person = TestHall::person(99);
    const ConnectionId again = hall.connection();
    hall.send(again, std::move(resume));
    hall.take<WelcomeEvent>(again);
    EXPECT_EQ(seek_error(hall, again).code, ErrorCode::kBanned);
}

TEST(LobbyBans, LookAtEverybodyHoweverManyThereAre) {
    TestHall hall;
    std::vector<ConnectionId> waiting;
    for (std::size_t i = 0; i < 3 * kRecheckSlice; ++i) {
        // Sound only, wanting to see: nobody here meets another.
        const ConnectionId page = hall.enter_as(TestHall::person(i % 2 == 0 ? 1 : static_cast<std::uint32_t>(i + 2)));
        hall.send(page, SeekCommand{RoomIndex(0), {Media::kSound, Need::kVideo, {}}});
        hall.take<WaitingEvent>(page);
        waiting.push_back(page);
    }
    hall.keep_record({hall.ban(TestHall::person(1), 1h)});
    hall.pass(1ns);
    EXPECT_EQ(hall.lobby().stats().waiting, waiting.size() / 2);
    for (std::size_t i = 0; i < waiting.size(); ++i)
        EXPECT_EQ(hall.is_quiet(waiting[i]), i % 2 == 1) << i;
}

TEST(LobbySlowed, ASessionAtThePlaceOfABanSeeksOnceAMinute) {
    TestHall hall;
    hall.keep_record({hall.ban(TestHall::person(1, 7), 1h)});
    const ConnectionId page = hall.enter_as(TestHall::person(2, 7));
    hall.pass(10s);
    const auto error = seek_error(hall, page);
    EXPECT_EQ(error.code, ErrorCode::kRate);
    EXPECT_EQ(error.retry_after, 50s) << "a new token or a reload does not help";
    hall.pass(50s);
    hall.send(page, SeekCommand{RoomIndex(0), {}});
    hall.take<WaitingEvent>(page);
    hall.send(page, UnseekCommand{});
    hall.pass(1min - 1ns);
    EXPECT_EQ(seek_error(hall, page).retry_after, 1ns);
    hall.pass(1ns);
    hall.send(page, SeekCommand{RoomIndex(0), {}});
    hall.take<WaitingEvent>(page);
    EXPECT_EQ(hall.lobby().stats().seeks_slowed, 2U);
}

TEST(LobbySlowed, NobodyWaitsForOthersOfTheSamePlace) {
    TestHall hall;
    hall.keep_record({hall.ban(TestHall::person(1, 7), 1h)});
    for (std::uint32_t i = 2; i < 6; ++i) {
        const ConnectionId page = hall.enter_as(TestHall::person(i, 7));
        hall.pass(1min);
        hall.send(page, SeekCommand{RoomIndex(0), {Media::kSound, Need::kVideo, {}}});
        hall.take<WaitingEvent>(page);
    }
}

} // namespace
} // namespace vv::lobby
