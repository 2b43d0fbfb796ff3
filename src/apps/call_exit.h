// What `visavis call` ends with. Programs that watch a service go by these numbers: none is ever given another meaning.
#pragma once

#include "caller/client.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace vv::apps {

/// Their meanings: exit_codes_text(), docs/call.md.
enum class CallExit : std::uint8_t {
    kWell = 0,
    kHere = 1,
    kUsage = 2,
    kServer = 3,
    kNobody = 4,
    kNoConnection = 5,
    kUnsafe = 6,
    kTurnedAway = 7,
    kInterrupted = 130,
};

/// "ended_well", for programs.
[[nodiscard]] std::string_view name_of(CallExit how);
/// was_connected: there was a call before it ended so.
[[nodiscard]] CallExit exit_of(caller::EndReason why, bool was_connected);
/// Whatever else ended it: whoever stands in between gets no other code by breaking the call.
[[nodiscard]] CallExit exit_by_code(CallExit how, bool is_code_wrong);
/// After a signal that comes when all is over but the goodbye. was_by_signal: what ended it was one too.
[[nodiscard]] CallExit exit_by_signal(CallExit how, bool was_by_signal);
/// All of them for a person, one a line.
[[nodiscard]] std::string exit_codes_text();

} // namespace vv::apps
