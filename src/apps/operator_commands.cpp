#include "apps/operator_commands.h"

#include "apps/terminal_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace vv::apps {
namespace {

using Json = nlohmann::ordered_json;
using net::Decision;
using net::ReportEntry;

constexpr std::size_t kNoteCharactersShown = 60;
constexpr std::size_t kNoteCellsMax = 64; // and what stands before it: less than the 80 columns of any terminal

net::ReportDesk open_desk(const std::filesystem::path& directory, WallTime now) {
    if (const std::error_code error = net::reports_access_error(directory)) {
        const auto file = directory / net::kReportsFile;
        if (error == std::errc::permission_denied) {
            throw net::DatabaseError("this user may not open " + file.string() +
                                     "; run this as root or as the user the server runs as");
        }
        if (error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory) {
            throw net::DatabaseError("the reports in " + file.string() + " cannot be used: " + error.message());
        }
        throw net::DatabaseError("there is no " + std::string(net::kReportsFile) + " in " + directory.string() +
                                 "; is that the server's state directory? (--state-dir)");
    }
    return {directory, now};
}

std::string room_of(const ReportEntry& report) {
    return report.room ? harmless_line(*report.room, 12) : "private";
}

std::string state_of(const ReportEntry& report, WallTime now) {
    std::string state(net::name_of(report.decision));
    if (!report.banned_until) return state;
    if (report.decision != Decision::kBanned) state += ", banned";
    return state + " for " + roughly(*report.banned_until - now);
}

// Every letter outside ASCII is escaped, so that no terminal reads anything into it.
std::string text_of(const Json& json) {
    return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

Json as_json(const ReportEntry& report) {
    return {{"id", report.id.value()},
            {"made", iso_time(report.made)},
            {"deleted", iso_time(report.expires)},
            {"room", report.room ? Json(*report.room) : Json(nullptr)},
            {"category", report.category},
            {"note", report.note},
            {"device", report.device},
            {"reports_of_device", report.reports_of_device},
            {"state", net::name_of(report.decision)},
            {"banned_until", report.banned_until ? Json(iso_time(*report.banned_until)) : Json(nullptr)}};
}

Json as_json(const net::BanEntry& ban) {
    return {{"id", ban.id.value()},
            {"made", iso_time(ban.made)},
            {"until", iso_time(ban.until)},
            {"report", as_json(ban.report)}};
}

template <typename Entry>
std::string as_json_list(const std::vector<Entry>& entries) {
    Json list = Json::array();
    for (const auto& entry : entries)
        list.push_back(as_json(entry));
    return text_of(list);
}

std::string table_of(const std::vector<ReportEntry>& reports, WallTime now) {
    std::vector<std::vector<std::string>> rows = {
        {" ID", "WHEN", "ROOM", "CATEGORY", "DEVICE", " REPORTS", "STATE", "NOTE"}};
    for (const ReportEntry& report : reports) {
        rows.push_back({std::to_string(report.id.value()), ago(now, report.made), room_of(report),
                        harmless_line(report.category, 12), report.device, std::to_string(report.reports_of_device),
                        state_of(report, now), harmless_line(report.note, kNoteCharactersShown)});
    }
    return columns(rows);
}

std::string list(net::ReportDesk& desk, const ReportsCommand& command, WallTime now) {
    const auto reports = desk.reports(command.all);
    if (command.json) return as_json_list(reports);
    if (!reports.empty()) return table_of(reports, now);
    const std::string what = command.all ? "No reports" : "No open reports";
    return what + " in " + command.directory.string() + ".\n";
}

std::string described(const ReportEntry& report, WallTime now) {
    std::string text = "report " + std::to_string(report.id.value()) + "\n";
    const auto line = [&](const char* name, const std::string& value) {
        text += "  " + std::string(name) + std::string(10 - std::string_view(name).size(), ' ') + value + "\n";
    };
    line("made", date_and_time(report.made) + ", " + ago(now, report.made));
    line("room", report.room ? harmless_line(*report.room, 64) : "a private call");
    line("category", harmless_line(report.category, 64));
    line("device", report.device + ", reports: " + std::to_string(report.reports_of_device));
    line("state", state_of(report, now));
    line("deleted", date_and_time(report.expires) + ", in " + roughly(report.expires - now));
    const char* heading = "note";
    // Each line is marked, and short enough to stay one at the terminal, so that none can pass for one of ours.
    for (std::size_t start = 0; start < report.note.size();) {
        const std::size_t end = std::min(report.note.find('\n', start), report.note.size());
        for (const auto& part : folded(std::string_view(report.note).substr(start, end - start), kNoteCellsMax))
            line(std::exchange(heading, ""), "| " + part);
        start = end + 1;
    }
    return text;
}

std::vector<ReportEntry> wanted(net::ReportDesk& desk, const ReportsCommand& command) {
    std::vector<ReportEntry> reports;
    reports.reserve(command.ids.size());
    for (const safety::ReportId id : command.ids)
        reports.push_back(desk.wanted(id));
    return reports;
}

std::string show(net::ReportDesk& desk, const ReportsCommand& command, WallTime now) {
    const auto reports = wanted(desk, command);
    if (command.json) return as_json_list(reports);
    std::string text;
    for (const ReportEntry& report : reports)
        text += described(report, now);
    return text;
}

std::string dismiss(net::ReportDesk& desk, const ReportsCommand& command) {
    desk.dismiss(command.ids);
    if (command.json) return as_json_list(wanted(desk, command));
    std::string text;
    for (const safety::ReportId id : command.ids)
        text += "Report " + std::to_string(id.value()) + " is dismissed.\n";
    return text;
}

std::string ban(net::ReportDesk& desk, const ReportsCommand& command, WallTime now) {
    const auto bans = desk.ban(command.ids, command.ban_time);
    if (command.json) return as_json_list(bans);
    std::string text;
    for (const net::BanEntry& ban : bans) {
        const bool to_the_end = ban.until == ban.report.expires;
        text += "Ban " + std::to_string(ban.id.value()) + ": the device of report " +
                std::to_string(ban.report.id.value()) + " is kept out of the rooms until " + date_and_time(ban.until) +
                " (for " + roughly(ban.until - now) + (to_the_end ? ", as long as the report is kept" : "") + ").\n";
    }
    return text;
}

std::string table_of(const std::vector<net::BanEntry>& bans, WallTime now) {
    std::vector<std::vector<std::string>> rows = {
        {" ID", "SINCE", "UNTIL", "DEVICE", " REPORTS", " REPORT", "CATEGORY", "NOTE"}};
    for (const net::BanEntry& ban : bans) {
        rows.push_back({std::to_string(ban.id.value()), ago(now, ban.made), "in " + roughly(ban.until - now),
                        ban.report.device, std::to_string(ban.report.reports_of_device),
                        std::to_string(ban.report.id.value()), harmless_line(ban.report.category, 12),
                        harmless_line(ban.report.note, kNoteCharactersShown)});
    }
    return columns(rows);
}

} // namespace

std::string carry_out(const ReportsCommand& command, WallTime now) {
    net::ReportDesk desk = open_desk(command.directory, now);
    switch (command.action) {
    case ReportsCommand::Action::kList:
        return list(desk, command, now);
    case ReportsCommand::Action::kShow:
        return show(desk, command, now);
    case ReportsCommand::Action::kDismiss:
        return dismiss(desk, command);
    case ReportsCommand::Action::kBan:
        return ban(desk, command, now);
    }
    return {};
}

std::string carry_out(const BansCommand& command, WallTime now) {
    net::ReportDesk desk = open_desk(command.directory, now);
    if (command.action == BansCommand::Action::kList) {
        const auto bans = desk.bans();
        if (command.json) return as_json_list(bans);
        return bans.empty() ? "No bans in " + command.directory.string() + ".\n" : table_of(bans, now);
    }
    const auto lifted = desk.lift(command.ids);
    if (command.json) return as_json_list(lifted);
    const auto left = desk.bans();
    std::string text;
    for (const net::BanEntry& ban : lifted) {
        text += "Ban " + std::to_string(ban.id.value()) + " is lifted";
        const auto other =
            std::ranges::find(left, ban.report.device, [](const net::BanEntry& b) { return b.report.device; });
        if (other != left.end())
            text += "; ban " + std::to_string(other->id.value()) + " still holds for the same device";
        text += ".\n";
    }
    return text;
}

} // namespace vv::apps
