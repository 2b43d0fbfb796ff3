// What can happen to a packet at one place. Every packet that does not arrive
// has exactly one of these as its reason; the world counts them, a trace tells.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vv::sim {

enum class Fate : std::uint8_t {
    // on its way
    kSent,
    kDelivered,
    kTranslated, ///< has got another address in a NAT, or its old one back
    kHairpinned, ///< turned around in a NAT, towards another host behind it
    kDuplicated,
    kReordered,
    // the end of it, on a link
    kLost,
    kQueueFull,
    kTooBig,
    kLinkDown,
    // in a box
    kNoMapping,
    kFiltered,
    kNoHairpin,
    kNoPortLeft,
    kTableFull,
    kBlocked, ///< by a firewall's rule
    // elsewhere
    kNoRoute,
    kNoSocket,
    kWrongSource, ///< from an address its host does not have (any more)
    kAsleep,
    kTooManyHops,
    kWorldFull, ///< as many packets on their way as may be
};
inline constexpr std::size_t kFates = static_cast<std::size_t>(Fate::kWorldFull) + 1;

[[nodiscard]] constexpr bool is_end(Fate fate) {
    return fate == Fate::kDelivered || fate >= Fate::kLost;
}

[[nodiscard]] constexpr std::string_view name_of(Fate fate) {
    constexpr std::array<std::string_view, kFates> kNames{
        "sent",         "delivered",    "translated",    "hairpinned", "duplicated", "reordered",
        "lost",         "queue full",   "too big",       "link down",  "no mapping", "filtered",
        "no hairpin",   "no port left", "table full",    "blocked",    "no route",   "no socket",
        "wrong source", "host asleep",  "too many hops", "world full"};
    return kNames.at(static_cast<std::size_t>(fate));
}

} // namespace vv::sim
