// The one SQLite file in which reports and bans are kept, as both its users open it:
// the server and, beside it, the operator's commands. What a report holds is all there
// is: what was said, when, in which room, and who is meant as two keyed hashes. Never
// who said it, no address, no session. Each row carries the moment of its deletion.
#pragma once

#include "base/instant.h"
#include "net/database.h"

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace vv::net {

inline constexpr const char* kReportsFile = "reports.db";

/// What has become of a report; as the file has it, open is null.
enum class Decision : std::uint8_t { kOpen, kDismissed, kBanned, kLifted };
[[nodiscard]] std::string_view name_of(Decision decision);

/// Opens the file in this directory, and makes it with kCreate. Throws DatabaseError.
[[nodiscard]] Database open_reports(const std::filesystem::path& directory, Database::Mode mode);

/// Deletes what is due. True if there was anything; the caller then has to scrub().
bool delete_due(Database& reports, WallTime now);
/// Writes the file anew: SQLite overwrites what is deleted, but not the copies it left when it moved rows between
/// pages.
void scrub(Database& reports);

[[nodiscard]] inline std::int64_t seconds_of(WallTime time) {
    return time.time_since_epoch().count();
}
[[nodiscard]] inline WallTime wall_time(std::int64_t seconds) {
    return WallTime(std::chrono::seconds(seconds));
}

} // namespace vv::net
