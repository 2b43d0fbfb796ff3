// What the people who run a community do at the command line: read reports, decide,
// look at bans and lift them. Beside a running server, or without one.
#pragma once

#include "base/instant.h"
#include "net/report_desk.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vv::apps {

struct ReportsCommand {
    enum class Action : std::uint8_t { kList, kShow, kDismiss, kBan };
    Action action = Action::kList;
    std::filesystem::path directory; // the server's state directory
    bool all = false;                // decided ones too
    bool json = false;
    std::vector<safety::ReportId> ids;
    std::optional<std::chrono::seconds> ban_time; // nothing: as long as the report is kept
};

struct BansCommand {
    enum class Action : std::uint8_t { kList, kLift };
    Action action = Action::kList;
    std::filesystem::path directory;
    bool json = false;
    std::vector<net::BanId> ids;
};

/// What to print. Throws net::DatabaseError with one line if it cannot be done; nothing has been changed then.
[[nodiscard]] std::string carry_out(const ReportsCommand& command, WallTime now);
[[nodiscard]] std::string carry_out(const BansCommand& command, WallTime now);

} // namespace vv::apps
