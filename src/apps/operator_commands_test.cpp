#include "apps/operator_commands.h"
#include "base/encoding.h"
#include "net/reports_for_test.h"

#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <unistd.h>

namespace vv::apps {
namespace {

using namespace std::chrono_literals;
using net::BanId;
using nlohmann::json;
using safety::ReportId;
using Reports = ReportsCommand::Action;
using Bans = BansCommand::Action;

class OperatorCommands : public net::ReportFiles {
protected:
    ReportId add(std::uint32_t number, std::string note = "", std::optional<std::string> room = "ta") {
        return store_.add(about(number, std::move(note), std::move(room)), kNow, kRetention);
    }
    [[nodiscard]] ReportsCommand reports(Reports action, std::vector<ReportId> ids = {}) const {
        return {.action = action, .directory = directory_.path(), .ids = std::move(ids), .ban_time = std::nullopt};
    }
    [[nodiscard]] BansCommand bans(Bans action, std::vector<BanId> ids = {}) const {
        return {.action = action, .directory = directory_.path(), .ids = std::move(ids)};
    }
    template <typename OperatorCommand>
    [[nodiscard]] std::string printed(const OperatorCommand& command) const {
        return carry_out(command, kNow + after_);
    }
    template <typename OperatorCommand>
    [[nodiscard]] json as_json(OperatorCommand command) const {
        command.json = true;
        return json::parse(printed(command));
    }
    template <typename OperatorCommand>
    [[nodiscard]] std::string error(const OperatorCommand& command) const {
        try {
            return "no error, but: " + printed(command);
        } catch (const net::DatabaseError& error) {
            return error.what();
        }
    }
    [[nodiscard]] std::string device(std::uint32_t number) const {
        return hex_encode(ByteView(marks(number).device.value()).first(4));
    }

    net::ReportStore store_{directory_.path()};
    std::chrono::seconds after_ = 5min; // since the reports were made
};

TEST_F(OperatorCommands, ListsOpenReportsAsATable) {
    add(1, "first words\nand more");
    add(2, "", std::nullopt);
    add(1, "again", "pt-BR");
    EXPECT_EQ(printed(reports(Reports::kList)), " ID  WHEN       ROOM     CATEGORY  DEVICE     REPORTS  STATE  NOTE\n"
                                                "  1  5 min ago  ta       hate      " +
                                                    device(1) +
                                                    "         2  open   first words and more\n"
                                                    "  2  5 min ago  private  hate      " +
                                                    device(2) +
                                                    "         1  open\n"
                                                    "  3  5 min ago  pt-BR    hate      " +
                                                    device(1) + "         2  open   again\n");
}

TEST_F(OperatorCommands, SaysWhenThereIsNothing) {
    EXPECT_EQ(printed(reports(Reports::kList)), "No open reports in " + directory_.path().string() + ".\n");
    auto all = reports(Reports::kList);
    all.all = true;
    EXPECT_EQ(printed(all), "No reports in " + directory_.path().string() + ".\n");
    EXPECT_EQ(printed(bans(Bans::kList)), "No bans in " + directory_.path().string() + ".\n");
    EXPECT_EQ(as_json(reports(Reports::kList)), json::array());
    EXPECT_EQ(as_json(bans(Bans::kList)), json::array());
}

TEST_F(OperatorCommands, ShowsAllThatIsKept) {
    const auto id = add(1, "first line\n\nlast line");
    EXPECT_EQ(printed(reports(Reports::kShow, {id})), "report 1\n"
                                                      "  made      2027-01-15 08:00 UTC, 5 min ago\n"
                                                      "  room      ta\n"
                                                      "  category  hate\n"
                                                      "  device    " +
                                                          device(1) +
                                                          ", reports: 1\n"
                                                          "  state     open\n"
                                                          "  deleted   2027-02-14 08:00 UTC, in 30 d\n"
                                                          "  note      | first line\n"
                                                          "            | \n"
                                                          "            | last line\n");
    EXPECT_EQ(as_json(reports(Reports::kShow, {id}))[0], json({{"id", 1},
                                                               {"made", "2027-01-15T08:00:00Z"},
                                                               {"deleted", "2027-02-14T08:00:00Z"},
                                                               {"room", "ta"},
                                                               {"category", "hate"},
                                                               {"note", "first line\n\nlast line"},
                                                               {"device", device(1)},
                                                               {"reports_of_device", 1},
                                                               {"state", "open"},
                                                               {"banned_until", nullptr}}));
}

// A note may hold whatever a stranger can send: it moves nothing at the terminal and passes for nothing of ours.
TEST_F(OperatorCommands, ANoteReachesNoTerminalRaw) {
    const std::string nasty = std::string(1, '\0') + "\x1b]0;title\x07\x1b[2J\r\b\x7f\xC2\x9B"
                                                     "31m\xE2\x80\xAEtxt\xE2\x81\xA6\xE2\x80\x8F\xEF\xBB\xBF";
    const auto id = add(1, nasty);
    const auto banned = bans(Bans::kList);
    net::ReportDesk(directory_.path(), kNow).ban(std::vector{id}, std::nullopt);
    auto listed = reports(Reports::kList);
    listed.all = true;
    auto listed_json = listed;
    listed_json.json = true;
    for (const std::string& text :
         {printed(listed), printed(listed_json), printed(reports(Reports::kShow, {id})), printed(banned)}) {
        EXPECT_NE(text.find("title"), std::string::npos) << text;
        for (const char c : text.substr(0, text.find("…"))) // ours, where the note is cut
            ASSERT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7F)) << static_cast<int>(c) << " in " << text;
    }
    EXPECT_EQ(json::parse(printed(listed_json))[0]["note"], nasty) << "whole for programs, escaped";
}

TEST_F(OperatorCommands, ALongNoteBreaksNoLine) {
    const std::string row = "  9  1 min ago  ta";
    const auto id = add(1, std::string(68, 'x') + row + std::string(400, 'y'));
    const std::string text = printed(reports(Reports::kShow, {id}));
    std::istringstream lines(text);
    std::size_t of_note = 0;
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LT(line.size(), 80U) << line;
        if (line.find("| ") == 12) ++of_note;
    }
    EXPECT_EQ(of_note, (68 + row.size() + 400 + 63) / 64);
    EXPECT_EQ(printed(reports(Reports::kList)).find("  9  "), std::string::npos) << "no row of its own";
}

TEST_F(OperatorCommands, Dismisses) {
    const auto first = add(1);
    const auto second = add(2);
    EXPECT_EQ(printed(reports(Reports::kDismiss, {first})), "Report 1 is dismissed.\n");
    EXPECT_EQ(as_json(reports(Reports::kDismiss, {second}))[0]["state"], "dismissed");
    EXPECT_EQ(printed(reports(Reports::kList)), "No open reports in " + directory_.path().string() + ".\n");
    auto all = reports(Reports::kList);
    all.all = true;
    EXPECT_EQ(as_json(all).size(), 2U);
}

TEST_F(OperatorCommands, BansForATimeOrAsLongAsTheReportIsKept) {
    const auto first = add(1);
    const auto second = add(2);
    auto week = reports(Reports::kBan, {first});
    week.ban_time = 7 * 24h;
    EXPECT_EQ(printed(week),
              "Ban 1: the device of report 1 is kept out of the rooms until 2027-01-22 08:05 UTC (for 7 d).\n");
    EXPECT_EQ(printed(reports(Reports::kBan, {second})),
              "Ban 2: the device of report 2 is kept out of the rooms until 2027-02-14 08:00 UTC (for 30 d, as long as "
              "the report is kept).\n");
    after_ += 1h;
    EXPECT_EQ(printed(bans(Bans::kList)), " ID  SINCE       UNTIL    DEVICE     REPORTS   REPORT  CATEGORY  NOTE\n"
                                          "  1  60 min ago  in 7 d   " +
                                              device(1) +
                                              "         1        1  hate\n"
                                              "  2  60 min ago  in 30 d  " +
                                              device(2) + "         1        2  hate\n");
    const json ban = as_json(bans(Bans::kList))[0];
    EXPECT_EQ(ban["until"], "2027-01-22T08:05:00Z");
    EXPECT_EQ(ban["report"]["banned_until"], ban["until"]);
    EXPECT_NE(printed(reports(Reports::kShow, {first})).find("  state     banned for 7 d\n"), std::string::npos);
}

TEST_F(OperatorCommands, ADismissedReportOfABannedDeviceSaysBoth) {
    const auto first = add(1);
    const auto second = add(1);
    (void)printed(reports(Reports::kDismiss, {first}));
    (void)printed(reports(Reports::kBan, {second}));
    EXPECT_NE(printed(reports(Reports::kShow, {first})).find("  state     dismissed, banned for 30 d\n"),
              std::string::npos);
}

TEST_F(OperatorCommands, Lifts) {
    (void)printed(reports(Reports::kBan, {add(1), add(2)}));
    EXPECT_EQ(printed(bans(Bans::kLift, {BanId(1), BanId(1)})), "Ban 1 is lifted.\n");
    EXPECT_EQ(as_json(bans(Bans::kLift, {BanId(2)}))[0]["report"]["id"], 2);
    EXPECT_EQ(printed(bans(Bans::kList)), "No bans in " + directory_.path().string() + ".\n");
}

TEST_F(OperatorCommands, WhatCannotBeDoneIsOneLineThatSaysWhatToDo) {
    (void)printed(reports(Reports::kBan, {add(1)}));
    EXPECT_EQ(error(reports(Reports::kShow, {ReportId(1), ReportId(7)})),
              "there is no report 7; 'visavis reports --all' lists those there are");
    EXPECT_EQ(error(reports(Reports::kDismiss, {ReportId(1)})),
              "report 1 has led to a ban; lift that first ('visavis bans' has its number)");
    EXPECT_EQ(error(bans(Bans::kLift, {BanId(7)})), "there is no ban 7; 'visavis bans' lists those in force");
    auto elsewhere = reports(Reports::kList);
    elsewhere.directory = "/nowhere";
    EXPECT_EQ(error(elsewhere),
              "there is no reports.db in /nowhere; is that the server's state directory? (--state-dir)");
}

/// For as long as it lives, this process may not look into the directory.
class WithoutRights {
public:
    explicit WithoutRights(const std::filesystem::path& directory) : directory_(directory) {
        constexpr uid_t kNobody = 65534;
        EXPECT_EQ(is_root_ ? ::seteuid(kNobody) : ::chmod(directory_.c_str(), 0), 0);
    }
    WithoutRights(const WithoutRights&) = delete;
    WithoutRights& operator=(const WithoutRights&) = delete;
    ~WithoutRights() { EXPECT_EQ(is_root_ ? ::seteuid(0) : ::chmod(directory_.c_str(), S_IRWXU), 0); }

private:
    std::filesystem::path directory_;
    bool is_root_ = ::geteuid() == 0;
};

TEST_F(OperatorCommands, AUserWithoutTheRightIsToldWhoHasIt) {
    const WithoutRights without(directory_.path());
    EXPECT_EQ(error(reports(Reports::kList)), "this user may not open " + (directory_ / net::kReportsFile).string() +
                                                  "; run this as root or as the user the server runs as");
}

TEST_F(OperatorCommands, WhatIsDueIsGoneWhoeverLooks) {
    (void)printed(reports(Reports::kBan, {add(1, "the note")}));
    after_ = kRetention;
    EXPECT_EQ(as_json(bans(Bans::kList)), json::array());
    EXPECT_FALSE(is_found("the note"));
    EXPECT_NE(error(reports(Reports::kShow, {ReportId(1)})).find("there is no report 1"), std::string::npos);
}

} // namespace
} // namespace vv::apps
