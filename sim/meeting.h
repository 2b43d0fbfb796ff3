// Builds two ends of the internet as a description has them, with servers for
// both to ask.
#pragma once

#include "sim/edge.h"
#include "sim/host.h"
#include "sim/world.h"

#include <cstdint>
#include <vector>

namespace vv::sim {

/// Where the servers of a built meeting are.
inline constexpr std::uint16_t kStunPort = 3478;
inline constexpr std::uint16_t kTlsPort = 443;

struct BuiltMeeting {
    Host& a;
    Host& b;
    /// Has an address of each family and runs nothing yet.
    Host& server;
    /// From the inside outwards, of each end; what both share is in both.
    std::vector<NatBox*> a_nats;
    std::vector<NatBox*> b_nats;
};

/// line: of each end, to the network in which it is.
[[nodiscard]] BuiltMeeting build(World& world, const Meeting& meeting, const LinkConfig& line = {});

} // namespace vv::sim
