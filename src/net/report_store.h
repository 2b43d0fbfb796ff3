// The server's side of the file of reports: adds them, deletes them in time, and says
// which bans hold.
#pragma once

#include "base/instant.h"
#include "net/report_tables.h"
#include "safety/guard.h"
#include "safety/report.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vv::net {

/// One more is not kept. Some 50 MB, at most 300.
inline constexpr std::int64_t kReportsMax = 100'000;

struct NewReport {
    safety::ReportCategory category = safety::ReportCategory::kOther;
    std::string note;
    std::optional<std::string> room; // tag; nothing: a private call
    safety::Marks meant;
};

/// As in the file: until a time of day.
struct KeptBan {
    safety::Marks whom;
    WallTime until;
};

class ReportStore {
public:
    /// Throws DatabaseError, as every function here.
    explicit ReportStore(const std::filesystem::path& directory, std::int64_t reports_max = kReportsMax);

    safety::ReportId add(const NewReport& report, WallTime now, std::chrono::seconds retention);
    /// Deletes what is due, what is older than the retention (which may have become shorter), and what lies under a key
    /// that is not among these.
    void keep_only(WallTime now, std::chrono::seconds retention, const safety::KeyRing& keys);
    /// Whether something lies under this key that keep_only() would leave.
    [[nodiscard]] bool has_under(std::uint32_t key, WallTime now, std::chrono::seconds retention);
    /// When something is next to be deleted.
    [[nodiscard]] std::optional<WallTime> next_due();
    [[nodiscard]] std::vector<KeptBan> bans(WallTime now);
    [[nodiscard]] std::vector<safety::ReportId> dismissed();
    /// Changes when somebody else has changed something.
    [[nodiscard]] std::int64_t version();
    /// Somebody else may have deleted something without overwriting it: the next keep_only() writes the file anew.
    void handle_change() { is_scrubbed_ = false; }

private:
    [[nodiscard]] std::int64_t single(const char* sql);

    Database database_;
    std::int64_t reports_max_;
    bool is_scrubbed_ = false; // an earlier life may have ended before it could
};

} // namespace vv::net
