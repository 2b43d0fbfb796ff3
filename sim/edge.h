// What stands between somebody and the internet, as a description: the world
// is built from it, and the oracle reasons about the same thing.
#pragma once

#include "sim/firewall.h"
#include "sim/nat_box.h"

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace vv::sim {

using BoxSpec = std::variant<NatConfig, FirewallConfig>;

struct Edge {
    std::string name;
    bool has_v4 = true;
    bool has_v6 = false;
    /// From the host outwards; none: right on the internet.
    std::vector<BoxSpec> boxes{};
};

/// Two ends, and how many of their outermost boxes are the same ones. Where all are, the two are neighbours.
struct Meeting {
    Edge a;
    Edge b;
    std::size_t shared = 0;

    /// As many as both have, so that they have the innermost network in common.
    [[nodiscard]] bool are_neighbours() const {
        return shared > 0 && shared == a.boxes.size() && shared == b.boxes.size();
    }
    [[nodiscard]] std::string name() const;
};

/// How the relay can be reached, and where it relays from.
struct Relay {
    bool has_v4 = true;
    bool has_v6 = true;
    bool by_udp = true;
    bool by_tcp = true; ///< on its own port
    bool by_tcp_443 = true;
};

// ---- what there is to choose from

[[nodiscard]] Edge open_edge();
/// Behind one NAT.
[[nodiscard]] Edge nat_edge(Behaviour mapping, Behaviour filtering, bool hairpins = false);
/// Behind a NAT at home and a carrier's around that.
[[nodiscard]] Edge carrier_edge(const NatConfig& home, const NatConfig& carrier);
/// With a stateful filter and no NAT, in one family or both.
[[nodiscard]] Edge firewall_edge(const FirewallConfig& config, bool has_v4, bool has_v6);
/// At home with both families: a NAT for one, a filter for the other.
[[nodiscard]] Edge dual_stack_edge(const NatConfig& config);

/// Every kind of edge that the matrix has.
[[nodiscard]] std::vector<Edge> all_edges();
/// Every pair of them far apart, and the ways in which two can share boxes.
[[nodiscard]] std::vector<Meeting> all_meetings();

} // namespace vv::sim
