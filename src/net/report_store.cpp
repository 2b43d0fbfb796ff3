#include "net/report_store.h"

#include <algorithm>

namespace vv::net {
namespace {

template <typename Mark>
Mark mark_of(const Statement& row, int column) {
    const ByteBuffer bytes = row.bytes(column);
    safety::Mark mark{};
    if (bytes.size() != mark.size()) throw DatabaseError("a hash among the reports is damaged");
    std::ranges::copy(bytes, mark.begin());
    return Mark(mark);
}

} // namespace

ReportStore::ReportStore(const std::filesystem::path& directory, std::int64_t reports_max)
    : database_(open_reports(directory, Database::Mode::kCreate)),
      reports_max_(reports_max) {}

std::int64_t ReportStore::single(const char* sql) {
    Statement statement = database_.prepare(sql);
    return statement.step() ? statement.integer(0) : 0;
}

safety::ReportId ReportStore::add(const NewReport& report, WallTime now, std::chrono::seconds retention) {
    if (single("SELECT count(*) FROM reports") >= reports_max_) {
        throw DatabaseError("there are " + std::to_string(reports_max_) + " reports already");
    }
    database_
        .prepare("INSERT INTO reports (made, expires, category, note, room, key, device, prefix)"
                 " VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(seconds_of(now))
        .bind(seconds_of(now + retention))
        .bind(safety::name_of(report.category))
        .bind(std::string_view(report.note))
        .bind(report.room)
        .bind(report.meant.key)
        .bind(ByteView(report.meant.device.value()))
        .bind(ByteView(report.meant.prefix.value()))
        .run();
    return safety::ReportId(database_.last_row());
}

void ReportStore::keep_only(WallTime now, std::chrono::seconds retention, const safety::KeyRing& keys) {
    Database::Transaction transaction(database_);
    bool deleted = delete_due(database_, now);
    database_.prepare("DELETE FROM reports WHERE made <= ?").bind(seconds_of(now - retention)).run();
    deleted = database_.changes() > 0 || deleted;
    // A row of a clock that was ahead is kept for one retention from now on, no longer.
    database_.prepare("UPDATE reports SET made = ?1, expires = ?2 WHERE made > ?1")
        .bind(seconds_of(now))
        .bind(seconds_of(now + retention))
        .run();
    Statement used = database_.prepare("SELECT DISTINCT key FROM reports");
    while (used.step()) {
        const auto number = static_cast<std::uint32_t>(used.integer(0));
        if (keys.has(number)) continue;
        database_.prepare("DELETE FROM reports WHERE key = ?").bind(number).run();
        deleted = true;
    }
    used = database_.prepare("SELECT 1"); // a statement that is open holds the transaction
    transaction.commit();
    is_scrubbed_ = is_scrubbed_ && !deleted;
    if (is_scrubbed_) return;
    scrub(database_);
    is_scrubbed_ = true;
}

bool ReportStore::has_under(std::uint32_t key, WallTime now, std::chrono::seconds retention) {
    return database_.prepare("SELECT 1 FROM reports WHERE key = ? AND made > ? AND expires > ? LIMIT 1")
        .bind(key)
        .bind(seconds_of(now - retention))
        .bind(seconds_of(now))
        .step();
}

std::optional<WallTime> ReportStore::next_due() {
    Statement statement = database_.prepare(
        "SELECT min(at) FROM (SELECT min(expires) AS at FROM reports UNION ALL SELECT min(until) FROM bans)");
    if (!statement.step() || statement.is_null(0)) return std::nullopt;
    return wall_time(statement.integer(0));
}

std::vector<KeptBan> ReportStore::bans(WallTime now) {
    Statement statement =
        database_.prepare("SELECT key, device, prefix, until FROM bans JOIN reports ON reports.id = report"
                          " WHERE until > ?");
    statement.bind(seconds_of(now));
    std::vector<KeptBan> bans;
    while (statement.step()) {
        bans.push_back({{static_cast<std::uint32_t>(statement.integer(0)), mark_of<safety::DeviceMark>(statement, 1),
                         mark_of<safety::PrefixMark>(statement, 2)},
                        wall_time(statement.integer(3))});
    }
    return bans;
}

std::vector<safety::ReportId> ReportStore::dismissed() {
    Statement statement = database_.prepare("SELECT id FROM reports WHERE decision = 'dismissed'");
    std::vector<safety::ReportId> ids;
    while (statement.step())
        ids.emplace_back(statement.integer(0));
    return ids;
}

std::int64_t ReportStore::version() {
    return single("PRAGMA data_version");
}

} // namespace vv::net
