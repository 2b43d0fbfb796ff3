// What happens in `visavis call` as lines of JSON, for programs (docs/call.md): one object for each event and one that
// sums up. No address of anybody stands in them, and nothing in them but ASCII, so that a terminal shows them unharmed.
#pragma once

#include "apps/call_summary.h"
#include "base/instant.h"
#include "call/event.h"

#include <optional>
#include <string>
#include <string_view>

namespace vv::apps {

/// `at`: since the start. Nothing for what only this program itself has to know, such as each packet of sound. A line
/// end stands behind it.
[[nodiscard]] std::optional<std::string> json_line(const call::Event& event, Duration at);
[[nodiscard]] std::string json_link(std::string_view link, Duration at);
/// To be answered by a line of input, y or n.
[[nodiscard]] std::string json_question(Duration left, Duration at);
/// Something that went wrong and is not the end: a message that was not sent, a file that is full.
[[nodiscard]] std::string json_problem(std::string_view what, Duration at);
[[nodiscard]] std::string json_summary(const CallSummary& summary);

} // namespace vv::apps
