// Whether the language rooms may open. Where strangers come together, somebody has to be
// reachable and has to have said what holds: without an operator's contact and rules
// there are rooms only for those who sit at this machine.
#pragma once

#include "apps/config.h"
#include "signal/settings.h"

#include <optional>
#include <span>
#include <string>

namespace vv::apps {

struct RoomsGate {
    std::optional<signal::RoomsClosed> closed; // nothing: open
    std::string why;                           // one sentence for the operator's log
};

/// listen: where the page is served.
[[nodiscard]] RoomsGate rooms_gate(const Config& config, std::span<const SocketAddress> listen);

/// The configuration with the text of rooms.rules_file in place of its name. Throws ConfigError.
[[nodiscard]] Config with_rules_read(Config config);

} // namespace vv::apps
