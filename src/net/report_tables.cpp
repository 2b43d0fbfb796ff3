#include "net/report_tables.h"

#include <array>
#include <string>

namespace vv::net {
namespace {

constexpr std::int64_t kFormat = 1;

constexpr const char* kTables = R"(
CREATE TABLE reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    made INTEGER NOT NULL,    -- seconds since 1970
    expires INTEGER NOT NULL, -- the same
    category TEXT NOT NULL,
    note TEXT NOT NULL,
    room TEXT,                -- null: a private call
    key INTEGER NOT NULL,     -- the key of the two hashes
    device BLOB NOT NULL,     -- HMAC-SHA-256, who is meant
    prefix BLOB NOT NULL,     -- the same
    decision TEXT             -- null: open
) STRICT;
CREATE INDEX reports_device ON reports (key, device);
CREATE INDEX reports_expires ON reports (expires);
CREATE TABLE bans (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    report INTEGER NOT NULL UNIQUE REFERENCES reports (id) ON DELETE CASCADE,
    made INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;
PRAGMA user_version = 1;
)";

std::int64_t format_of(Database& database) {
    Statement statement = database.prepare("PRAGMA user_version");
    return statement.step() ? statement.integer(0) : 0;
}

void make_tables(Database& database) {
    Database::Transaction transaction(database);
    // Another process may have been first.
    if (format_of(database) == 0) database.run(kTables);
    transaction.commit();
}

} // namespace

std::string_view name_of(Decision decision) {
    constexpr std::array<std::string_view, 4> kNames = {"open", "dismissed", "banned", "lifted"};
    return kNames.at(static_cast<std::size_t>(decision));
}

Database open_reports(const std::filesystem::path& directory, Database::Mode mode) {
    const auto file = directory / kReportsFile;
    try {
        Database database(file, mode);
        if (format_of(database) == 0) make_tables(database);
        if (format_of(database) != kFormat) {
            throw DatabaseError("it was written by a newer visavis; use that one, or move the file away");
        }
        return database;
    } catch (const DatabaseError& error) {
        throw DatabaseError("the reports in " + file.string() + " cannot be used: " + error.what());
    }
}

bool delete_due(Database& reports, WallTime now) {
    std::int64_t deleted = 0;
    for (const char* sql : {"DELETE FROM bans WHERE until <= ?", "DELETE FROM reports WHERE expires <= ?"}) {
        reports.prepare(sql).bind(seconds_of(now)).run();
        deleted += reports.changes();
    }
    return deleted > 0;
}

void scrub(Database& reports) {
    reports.run("VACUUM");
}

} // namespace vv::net
