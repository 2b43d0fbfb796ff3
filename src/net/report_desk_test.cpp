#include "net/reports_for_test.h"

namespace vv::net {
namespace {

using safety::ReportId;

class ReportDeskTest : public ReportFiles {
protected:
    ReportId add(std::uint32_t number, std::string note = "a note", Duration after = 0s) {
        return store_.add(about(number, std::move(note)),
                          kNow + std::chrono::duration_cast<std::chrono::seconds>(after), kRetention);
    }
    static std::vector<ReportId> ids(const std::vector<ReportEntry>& entries) {
        std::vector<ReportId> out;
        for (const ReportEntry& entry : entries)
            out.push_back(entry.id);
        return out;
    }
    template <typename Step>
    static std::string error_of(Step step) {
        try {
            step();
        } catch (const DatabaseError& error) {
            return error.what();
        }
        return "no error";
    }

    ReportStore store_{directory_.path()};
};

TEST_F(ReportDeskTest, ListsOpenReportsOldestFirst) {
    const auto first = add(1);
    const auto second = add(2);
    ReportDesk desk(directory_.path(), kNow);
    EXPECT_EQ(ids(desk.reports(false)), (std::vector{first, second}));
    desk.dismiss(std::vector{first});
    EXPECT_EQ(ids(desk.reports(false)), std::vector{second});
    EXPECT_EQ(ids(desk.reports(true)), (std::vector{first, second}));
    EXPECT_EQ(desk.report(first)->decision, Decision::kDismissed);
}

TEST_F(ReportDeskTest, TellsWhatIsKept) {
    const auto id = add(1, "Grüße\n\x1b[31m");
    store_.add(about(1, "", std::nullopt), kNow, kRetention);
    add(2);
    ReportDesk desk(directory_.path(), kNow + 1h);
    const auto report = desk.report(id).value();
    EXPECT_EQ(report.made, kNow);
    EXPECT_EQ(report.expires, kNow + kRetention);
    EXPECT_EQ(report.category, "hate");
    EXPECT_EQ(report.note, "Grüße\n\x1b[31m");
    EXPECT_EQ(report.room, "ta");
    EXPECT_EQ(report.reports_of_device, 2);
    EXPECT_EQ(report.device.size(), 8U);
    EXPECT_EQ(desk.reports(false)[1].room, std::nullopt);
    EXPECT_EQ(desk.reports(false)[1].device, report.device);
    EXPECT_NE(desk.reports(false)[2].device, report.device);
    EXPECT_EQ(desk.report(ReportId(77)), std::nullopt);
}

TEST_F(ReportDeskTest, ABanEndsWithItsReportAtTheLatest) {
    const auto id = add(1);
    ReportDesk desk(directory_.path(), kNow + 24h);
    EXPECT_EQ(desk.ban(std::vector{id}, 1h)[0].until, kNow + 25h);
    EXPECT_EQ(desk.ban(std::vector{id}, 40 * 24h)[0].until, kNow + kRetention);
    EXPECT_EQ(desk.ban(std::vector{id}, std::nullopt)[0].until, kNow + kRetention);
    EXPECT_EQ(desk.bans().size(), 1U) << "the same ban, decided anew";
    EXPECT_EQ(desk.report(id)->banned_until, kNow + kRetention);
    store_.keep_only(kNow + kRetention, kRetention, keys_);
    ReportDesk later(directory_.path(), kNow + kRetention);
    EXPECT_TRUE(later.bans().empty());
    EXPECT_TRUE(later.reports(true).empty());
}

TEST_F(ReportDeskTest, ABanDecidesTheOtherOpenReportsOfTheDevice) {
    const auto first = add(1);
    const auto second = add(1);
    const auto dismissed = add(1);
    const auto other = add(2);
    ReportDesk desk(directory_.path(), kNow);
    desk.dismiss(std::vector{dismissed});
    desk.ban(std::vector{first}, std::nullopt);
    EXPECT_EQ(ids(desk.reports(false)), std::vector{other});
    EXPECT_EQ(desk.report(second)->decision, Decision::kBanned);
    EXPECT_EQ(desk.report(dismissed)->decision, Decision::kDismissed);
    EXPECT_EQ(desk.report(dismissed)->banned_until, kNow + kRetention) << "the device is banned all the same";
}

TEST_F(ReportDeskTest, LiftingEndsTheBan) {
    const auto first = add(1);
    const auto second = add(1);
    ReportDesk desk(directory_.path(), kNow);
    const auto bans = desk.ban(std::vector{first, second}, std::nullopt);
    desk.lift(std::vector{bans[0].id});
    EXPECT_EQ(desk.bans().size(), 1U);
    EXPECT_EQ(desk.report(first)->decision, Decision::kLifted);
    EXPECT_EQ(desk.report(second)->decision, Decision::kBanned) << "its own ban holds";
    desk.lift(std::vector{bans[1].id});
    EXPECT_TRUE(desk.bans().empty());
    EXPECT_EQ(desk.report(second)->decision, Decision::kLifted);
    EXPECT_TRUE(store_.bans(kNow).empty());
}

TEST_F(ReportDeskTest, DecidesAllOrNothing) {
    const auto first = add(1);
    ReportDesk desk(directory_.path(), kNow);
    const ReportId unknown(77);
    const std::string kNoReport = "there is no report 77; 'visavis reports --all' lists those there are";
    EXPECT_EQ(error_of([&] { desk.dismiss(std::vector{first, unknown}); }), kNoReport);
    EXPECT_EQ(error_of([&] { desk.ban(std::vector{first, unknown}, 1h); }), kNoReport);
    EXPECT_EQ(ids(desk.reports(false)), std::vector{first});
    EXPECT_TRUE(desk.bans().empty());
    const auto bans = desk.ban(std::vector{first}, 1h);
    EXPECT_EQ(error_of([&] { desk.lift(std::vector{bans[0].id, BanId(99)}); }),
              "there is no ban 99; 'visavis bans' lists those in force");
    EXPECT_EQ(desk.bans().size(), 1U);
}

TEST_F(ReportDeskTest, ABanIsLiftedBeforeItsReportIsDismissed) {
    const auto id = add(1);
    ReportDesk desk(directory_.path(), kNow);
    const auto bans = desk.ban(std::vector{id}, std::nullopt);
    EXPECT_NE(error_of([&] { desk.dismiss(std::vector{id}); }).find("lift that first"), std::string::npos);
    const auto later = add(1);
    desk.dismiss(std::vector{later});
    EXPECT_EQ(desk.report(later)->decision, Decision::kDismissed) << "it has led to none, though its device is banned";
    desk.lift(std::vector{bans[0].id, bans[0].id});
    desk.dismiss(std::vector{id});
    EXPECT_EQ(desk.report(id)->decision, Decision::kDismissed);
    desk.ban(std::vector{id}, 1h); // minds may change
    EXPECT_EQ(desk.report(id)->decision, Decision::kBanned);
}

TEST_F(ReportDeskTest, OpeningDeletesWhatIsDueAlsoWithoutAServer) {
    add(1, "the old note");
    add(2, "the new note", 1h);
    const ReportDesk desk(directory_.path(), kNow + kRetention);
    EXPECT_FALSE(is_found("the old note"));
    EXPECT_FALSE(is_found(marks(1).device.value()));
    EXPECT_TRUE(is_found("the new note"));
}

TEST_F(ReportDeskTest, DoesNotMakeAFile) {
    std::filesystem::remove(directory_ / kReportsFile);
    EXPECT_THROW(ReportDesk(directory_.path(), kNow), DatabaseError);
    EXPECT_TRUE(files().empty());
}

TEST_F(ReportDeskTest, SaysWhatStandsInTheWayOfTheReports) {
    EXPECT_EQ(reports_access_error(directory_.path()), std::error_code());
    EXPECT_EQ(reports_access_error(directory_ / "none"), std::errc::no_such_file_or_directory);
    EXPECT_EQ(reports_access_error(directory_ / kReportsFile), std::errc::not_a_directory);
}

} // namespace
} // namespace vv::net
