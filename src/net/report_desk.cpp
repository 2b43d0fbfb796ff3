#include "net/report_desk.h"

#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace vv::net {
namespace {

// Four bytes of the hash are enough to tell devices apart, and easy to compare by eye.
constexpr const char* kReportColumns =
    "SELECT r.id, r.made, r.expires, r.category, r.note, r.room, substr(r.device, 1, 4), r.decision,"
    " counted.reports, banned.until FROM reports AS r"
    " JOIN (SELECT key, device, count(*) AS reports FROM reports GROUP BY key, device) AS counted"
    "  ON counted.key = r.key AND counted.device = r.device"
    " LEFT JOIN (SELECT key, device, max(until) AS until FROM bans JOIN reports ON reports.id = bans.report"
    "  WHERE until > ?1 GROUP BY key, device) AS banned ON banned.key = r.key AND banned.device = r.device ";

Decision decision_of(const Statement& row, int column) {
    const std::string text = row.text(column);
    for (const Decision decision : {Decision::kDismissed, Decision::kBanned, Decision::kLifted}) {
        if (text == name_of(decision)) return decision;
    }
    return Decision::kOpen;
}

std::optional<WallTime> time_of(const Statement& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return wall_time(row.integer(column));
}

ReportEntry entry_of(const Statement& row) {
    ReportEntry entry;
    entry.id = safety::ReportId(row.integer(0));
    entry.made = wall_time(row.integer(1));
    entry.expires = wall_time(row.integer(2));
    entry.category = row.text(3);
    entry.note = row.text(4);
    if (!row.is_null(5)) entry.room = row.text(5);
    entry.device = hex_encode(row.bytes(6));
    entry.decision = decision_of(row, 7);
    entry.reports_of_device = row.integer(8);
    entry.banned_until = time_of(row, 9);
    return entry;
}

} // namespace

std::error_code reports_access_error(const std::filesystem::path& directory) {
    // AT_EACCESS: as the user this program acts for now.
    if (::faccessat(AT_FDCWD, (directory / kReportsFile).c_str(), R_OK | W_OK, AT_EACCESS) == 0) return {};
    return {errno, std::generic_category()};
}

ReportDesk::ReportDesk(const std::filesystem::path& directory, WallTime now)
    : database_(open_reports(directory, Database::Mode::kExisting)),
      now_(now) {
    if (delete_due(database_, now)) scrub(database_);
}

std::vector<ReportEntry> ReportDesk::select(const char* condition, std::optional<std::int64_t> value) {
    Statement statement = database_.prepare(std::string(kReportColumns) + condition);
    statement.bind(seconds_of(now_));
    if (value) statement.bind(*value);
    std::vector<ReportEntry> entries;
    while (statement.step())
        entries.push_back(entry_of(statement));
    return entries;
}

std::vector<ReportEntry> ReportDesk::reports(bool decided_too) {
    return select(decided_too ? "ORDER BY r.id" : "WHERE r.decision IS NULL ORDER BY r.id", std::nullopt);
}

std::optional<ReportEntry> ReportDesk::report(safety::ReportId id) {
    auto found = select("WHERE r.id = ?2", id.value());
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

ReportEntry ReportDesk::wanted(safety::ReportId id) {
    auto found = report(id);
    if (!found) {
        throw DatabaseError("there is no report " + std::to_string(id.value()) +
                            "; 'visavis reports --all' lists those there are");
    }
    return *std::move(found);
}

void ReportDesk::dismiss(std::span<const safety::ReportId> ids) {
    Database::Transaction transaction(database_);
    for (const safety::ReportId id : ids) {
        (void)wanted(id);
        if (!select_bans("AND report = ?2", id.value()).empty()) {
            throw DatabaseError("report " + std::to_string(id.value()) +
                                " has led to a ban; lift that first ('visavis bans' has its number)");
        }
        database_.prepare("UPDATE reports SET decision = 'dismissed' WHERE id = ?").bind(id.value()).run();
    }
    transaction.commit();
}

std::vector<BanEntry> ReportDesk::ban(std::span<const safety::ReportId> ids, std::optional<std::chrono::seconds> time) {
    Database::Transaction transaction(database_);
    std::vector<BanEntry> bans;
    bans.reserve(ids.size());
    for (const safety::ReportId id : ids)
        bans.push_back(ban_one(id, time));
    transaction.commit();
    return bans;
}

BanEntry ReportDesk::ban_one(safety::ReportId id, std::optional<std::chrono::seconds> time) {
    const ReportEntry entry = wanted(id);
    const WallTime until = time ? std::min(now_ + *time, entry.expires) : entry.expires;
    database_
        .prepare("INSERT INTO bans (report, made, until) VALUES (?, ?, ?)"
                 " ON CONFLICT (report) DO UPDATE SET made = excluded.made, until = excluded.until")
        .bind(id.value())
        .bind(seconds_of(now_))
        .bind(seconds_of(until))
        .run();
    database_
        .prepare("UPDATE reports SET decision = 'banned' WHERE id = ?1 OR (decision IS NULL AND (key, device) ="
                 " (SELECT key, device FROM reports WHERE id = ?1))")
        .bind(id.value())
        .run();
    return select_bans("AND report = ?2", id.value()).front();
}

std::vector<BanEntry> ReportDesk::select_bans(const char* condition, std::optional<std::int64_t> value) {
    Statement statement = database_.prepare(std::string("SELECT id, report, made, until FROM bans WHERE until > ?1 ") +
                                            condition + " ORDER BY id");
    statement.bind(seconds_of(now_));
    if (value) statement.bind(*value);
    std::vector<BanEntry> bans;
    while (statement.step()) {
        bans.push_back({BanId(statement.integer(0)), wall_time(statement.integer(2)), wall_time(statement.integer(3)),
                        wanted(safety::ReportId(statement.integer(1)))});
    }
    return bans;
}

std::vector<BanEntry> ReportDesk::bans() {
    return select_bans("", std::nullopt);
}

std::vector<BanEntry> ReportDesk::lift(std::span<const BanId> ids) {
    Database::Transaction transaction(database_);
    std::vector<BanEntry> lifted;
    for (const BanId id : ids) {
        if (std::ranges::find(lifted, id, &BanEntry::id) != lifted.end()) continue;
        auto found = select_bans("AND id = ?2", id.value());
        if (found.empty()) {
            throw DatabaseError("there is no ban " + std::to_string(id.value()) +
                                "; 'visavis bans' lists those in force");
        }
        database_.prepare("DELETE FROM bans WHERE id = ?").bind(id.value()).run();
        database_
            .prepare("UPDATE reports SET decision = 'lifted' WHERE decision = 'banned' AND (key, device) ="
                     " (SELECT key, device FROM reports WHERE id = ?1) AND id NOT IN (SELECT report FROM bans)")
            .bind(found.front().report.id.value())
            .run();
        lifted.push_back(std::move(found.front()));
    }
    for (BanEntry& ban : lifted)
        ban.report = wanted(ban.report.id);
    transaction.commit();
    return lifted;
}

} // namespace vv::net
