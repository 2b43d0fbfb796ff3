// The operator's side of the file of reports: reads them and decides. Works beside a
// running server, which notices, and without one.
#pragma once

#include "base/instant.h"
#include "net/report_tables.h"
#include "safety/report.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace vv::net {

struct ReportEntry {
    safety::ReportId id;
    WallTime made;
    WallTime expires;
    std::string category;
    std::string note;
    std::optional<std::string> room;    // nothing: a private call
    std::string device;                 // the first letters of the hash: the same device has the same
    std::int64_t reports_of_device = 0; // this one included
    Decision decision = Decision::kOpen;
    std::optional<WallTime> banned_until; // the device, at present
};

using BanId = Tagged<std::int64_t, struct BanIdTag>;

struct BanEntry {
    BanId id;
    WallTime made;
    WallTime until;
    ReportEntry report; // that it follows from
};

/// What stands in the way of this user reading and writing the reports there: no error, permission denied, no such
/// file...
[[nodiscard]] std::error_code reports_access_error(const std::filesystem::path& directory);

class ReportDesk {
public:
    /// The file must be there. What is due is deleted. Throws DatabaseError, as every function here.
    ReportDesk(const std::filesystem::path& directory, WallTime now);

    /// Oldest first.
    [[nodiscard]] std::vector<ReportEntry> reports(bool decided_too);
    [[nodiscard]] std::optional<ReportEntry> report(safety::ReportId id);
    /// The same, and an error if there is none.
    [[nodiscard]] ReportEntry wanted(safety::ReportId id);
    [[nodiscard]] std::vector<BanEntry> bans();

    // All of them or none; the error names the first that cannot be.
    void dismiss(std::span<const safety::ReportId> ids);
    /// Bans the devices for so long, at most until the report is deleted, and answers until when, in the order of ids.
    /// The open reports of a banned device are decided with it.
    std::vector<BanEntry> ban(std::span<const safety::ReportId> ids, std::optional<std::chrono::seconds> time);
    /// Answers what they were, each with its report as it is now.
    std::vector<BanEntry> lift(std::span<const BanId> ids);

private:
    [[nodiscard]] std::vector<ReportEntry> select(const char* condition, std::optional<std::int64_t> value);
    [[nodiscard]] std::vector<BanEntry> select_bans(const char* condition, std::optional<std::int64_t> value);
    BanEntry ban_one(safety::ReportId id, std::optional<std::chrono::seconds> time);

    Database database_;
    WallTime now_;
};

} // namespace vv::net
