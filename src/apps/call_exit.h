// What `visavis call` ends with. Programs that watch a service go by these numbers: none is ever given another meaning.
#pragma once

#include "caller/client.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace vv::apps {

enum class CallExit : std::uint8_t {
    kWell = 0,          ///< there was a call, and it ended as calls do
    kHere = 1,          ///< this machine: a file, standard output, its network
    kUsage = 2,         ///< a wrong command line, as everywhere
    kServer = 3,        ///< the server cannot be reached, or is none that this program can talk to
    kNobody = 4,        ///< nobody came in time, or one of the two did not want to talk
    kNoConnection = 5,  ///< none came about, or it broke and did not mend
    kUnsafe = 6,        ///< a certificate is not to be trusted, or somebody stands in between
    kTurnedAway = 7,    ///< the room or the link is closed to this end
    kInterrupted = 130, ///< before there was a call, or at once
};

/// "ended_well", for programs.
[[nodiscard]] std::string_view name_of(CallExit how);
/// was_connected: there was a call before it ended so.
[[nodiscard]] CallExit exit_of(caller::EndReason why, bool was_connected);
/// All of them for a person, one a line.
[[nodiscard]] std::string exit_codes_text();

} // namespace vv::apps
