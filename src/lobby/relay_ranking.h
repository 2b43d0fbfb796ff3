// Which relay a call would best go through: each end has timed the way to each of
// them, and a relayed packet goes both ways.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::lobby {

/// The server's own relay is the first, those of its regions follow.
inline constexpr std::size_t kRelaysMax = 8;
/// A way that takes longer serves no call.
inline constexpr std::uint16_t kRelayMillisecondsMax = 10'000;

/// Round trips that one end has measured, in milliseconds; nothing for a relay it has not reached.
using RelayTimes = std::array<std::optional<std::uint16_t>, kRelaysMax>;
/// All relays by their place, the best first.
using RelayOrder = std::array<std::uint8_t, kRelaysMax>;

/// In the order of configuration, for a call of which nothing has been measured.
[[nodiscard]] RelayOrder unranked();
/// First those that both have reached, by the sum of their ways; then those that one has; then the rest. Among equals
/// the one configured first.
[[nodiscard]] RelayOrder rank_relays(const RelayTimes& a, const RelayTimes& b);

} // namespace vv::lobby
