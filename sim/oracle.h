// What two ends can come to, by thinking alone: from RFC 4787's words for
// NATs and the way RFC 5128 goes through hole punching, without a packet and
// without anything of the ICE that it judges.
//
// The thinking is about addresses with names in place of numbers: "what A's boxes make of A towards that". Both ends
// keep asking every address they know of, and learn from what reaches them; what cannot be learned in some rounds
// cannot be learned.
#pragma once

#include "base/socket_address.h"
#include "sim/edge.h"

#include <cstdint>
#include <string_view>

namespace vv::sim {

enum class Path : std::uint8_t { kDirect, kRelayed, kImpossible };

[[nodiscard]] constexpr std::string_view name_of(Path path) {
    switch (path) {
    case Path::kDirect:
        return "direct";
    case Path::kRelayed:
        return "relayed";
    case Path::kImpossible:
        break;
    }
    return "impossible";
}

/// The best there is for them.
[[nodiscard]] Path predict(const Meeting& meeting, const Relay& relay);

/// Whether they come to each other directly in this family.
[[nodiscard]] bool is_direct_possible(const Meeting& meeting, AddressFamily family);

} // namespace vv::sim
