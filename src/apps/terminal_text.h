// Text for a person at a terminal: what strangers wrote cannot move the cursor, change
// colours, ring, turn the direction of reading or pretend to be the program's own.
#pragma once

#include "base/instant.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vv::apps {

/// Control characters, invisible ones and those that turn the direction of reading are written as what they are,
/// "\u{1b}"; bytes that are not UTF-8 as U+FFFD.
[[nodiscard]] std::string harmless(std::string_view text);
/// The same on one line, at most so many characters long, and with no two blanks beside each other.
[[nodiscard]] std::string harmless_line(std::string_view text, std::size_t characters_max);
/// The same on as many lines as it takes, so that no terminal of more columns than this breaks them itself.
[[nodiscard]] std::vector<std::string> folded(std::string_view text, std::size_t cells_max);

/// "2026-01-31 12:00 UTC".
[[nodiscard]] std::string date_and_time(WallTime time);
/// "2026-01-31T12:00:00Z".
[[nodiscard]] std::string iso_time(WallTime time);
/// "5 min", rounded, in the largest unit that makes sense; "a moment" below a second.
[[nodiscard]] std::string roughly(std::chrono::seconds time);
/// "5 min ago".
[[nodiscard]] std::string ago(WallTime now, WallTime then);

/// Rows of cells in columns, the first row in capitals. Numbers are flush right if the heading starts with a blank.
[[nodiscard]] std::string columns(const std::vector<std::vector<std::string>>& rows);

} // namespace vv::apps
