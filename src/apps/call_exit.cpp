#include "apps/call_exit.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace vv::apps {
namespace {

struct Code {
    CallExit how{};
    std::string_view name;
    std::string_view meaning;
};

constexpr std::array kCodes{
    Code{CallExit::kWell, "ended_well", "there was a call, and it ended as calls do: one of the two left"},
    Code{CallExit::kHere, "failed_here", "something on this machine: a full disk, standard output, the network"},
    Code{CallExit::kUsage, "usage", "the command line is wrong, or a file that it names cannot be used"},
    Code{CallExit::kServer, "server", "the server cannot be reached, or is no visavis that this program can talk to"},
    Code{CallExit::kNobody, "nobody", "nobody came in time, or one of the two did not want to talk"},
    Code{CallExit::kNoConnection, "no_connection", "no connection came about, or it broke and did not mend"},
    Code{CallExit::kUnsafe, "unsafe", "a certificate is not to be trusted, or somebody stands between the two"},
    Code{CallExit::kTurnedAway, "turned_away", "the room or the link is closed to you: the reason is said"},
    Code{CallExit::kInterrupted, "interrupted", "Ctrl-C or SIGTERM before there was a call, or a second one in it"},
};

} // namespace

std::string_view name_of(CallExit how) {
    for (const Code& code : kCodes) {
        if (code.how == how) return code.name;
    }
    std::unreachable();
}

CallExit exit_of(caller::EndReason why, bool was_connected) {
    using enum caller::EndReason;
    switch (why) {
    case kYou:
    case kLeft:
    case kNext:
        return was_connected ? CallExit::kWell : CallExit::kNobody;
    case kSilent:
        return CallExit::kNobody;
    case kFailed:
    case kLost:
    case kGone:
    case kNoRelay:
        return CallExit::kNoConnection;
    case kFingerprint:
    case kKey:
        return CallExit::kUnsafe;
    case kFull:
    case kReplaced:
    case kClosed:
    case kCooldown:
    case kBanned:
        return CallExit::kTurnedAway;
    case kSession:
        return CallExit::kServer;
    }
    std::unreachable();
}

CallExit exit_by_code(CallExit how, bool is_code_wrong) {
    return is_code_wrong ? CallExit::kUnsafe : how;
}

CallExit exit_by_signal(CallExit how, bool was_by_signal) {
    return was_by_signal && how != CallExit::kUnsafe ? CallExit::kInterrupted : how;
}

std::string exit_codes_text() {
    std::string text = "Ends with\n";
    for (const Code& code : kCodes)
        text += fmt::format("  {:>3}  {}\n", static_cast<int>(code.how), code.meaning);
    return text;
}

} // namespace vv::apps
