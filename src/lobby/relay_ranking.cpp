#include "lobby/relay_ranking.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace vv::lobby {
namespace {

constexpr std::uint32_t kUnreached = 4 * std::uint32_t{kRelayMillisecondsMax};

// What one end alone says counts twice, and stands behind all that both have said.
std::uint32_t cost(const std::optional<std::uint16_t>& a, const std::optional<std::uint16_t>& b) {
    if (a && b) return std::uint32_t{*a} + *b;
    if (a || b) return kUnreached + 2 * std::uint32_t{a ? *a : *b};
    return 2 * kUnreached;
}

} // namespace

RelayOrder unranked() {
    RelayOrder order{};
    std::iota(order.begin(), order.end(), std::uint8_t{0});
    return order;
}

RelayOrder rank_relays(const RelayTimes& a, const RelayTimes& b) {
    RelayOrder order = unranked();
    std::ranges::sort(order, {}, [&](std::uint8_t relay) { return std::pair(cost(a.at(relay), b.at(relay)), relay); });
    return order;
}

} // namespace vv::lobby
