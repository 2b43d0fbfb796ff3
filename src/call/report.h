// What is known of a call in figures: when it came to each phase, and how it goes.
#pragma once

#include "base/instant.h"
#include "call/event.h"
#include "caller/safety_code.h"
#include "peer/event.h"

#include <cstdint>
#include <optional>

namespace vv::call {

/// Since start(), of the newest partner; what has not come is nothing.
struct Phases {
    std::optional<Duration> online{};   ///< the server has greeted; of the first time
    std::optional<Duration> waiting{};  ///< looking for somebody
    std::optional<Duration> met{};      ///< somebody is there
    std::optional<Duration> accepted{}; ///< by this end
    std::optional<Duration> begun{};    ///< by both
    std::optional<Duration> path{};     ///< the first pair of candidates carries something
    std::optional<Duration> secured{};  ///< DTLS has made keys
    std::optional<Duration> code{};     ///< the safety code is there
    std::optional<Duration> media{};    ///< the first sound or picture has come
    std::optional<Duration> ended{};
};

struct Report {
    Phases phases{};
    std::optional<Path> path{}; ///< the newest
    std::optional<PartnerPath> partner_path{};
    bool is_proven_direct = false;
    std::optional<Secured> security{};
    std::optional<caller::SafetyCode> code{};
    std::optional<bool> is_code_same{};   ///< what confirm_code() was told
    std::optional<Duration> round_trip{}; ///< of the path
    peer::MediaStats sound{};             ///< of the newest connection
    peer::MediaStats picture{};
    std::uint64_t chats_sent = 0;
    std::uint64_t chats_heard = 0;
    unsigned restarts = 0;
    unsigned renewals = 0;
};

} // namespace vv::call
