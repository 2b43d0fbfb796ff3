#include "sim/edge.h"

#include <array>
#include <optional>
#include <utility>

namespace vv::sim {
namespace {

constexpr std::array kBehaviours{Behaviour::kEndpointIndependent, Behaviour::kAddressDependent,
                                 Behaviour::kAddressAndPortDependent};

NatConfig nat(Behaviour mapping, Behaviour filtering, bool hairpins = false) {
    NatConfig config;
    config.mapping = mapping;
    config.filtering = filtering;
    config.hairpins = hairpins;
    return config;
}

std::string name_of(const NatConfig& config) {
    return std::string(sim::name_of(config.mapping)) + "/" + std::string(sim::name_of(config.filtering)) +
           (config.hairpins ? "+hairpin" : "");
}

std::vector<Edge> firewalled_edges() {
    std::vector<Edge> edges;
    edges.reserve(kBehaviours.size() + 5);
    for (const Behaviour filtering : kBehaviours)
        edges.push_back(firewall_edge({.filtering = filtering}, true, false));
    Edge no_udp = firewall_edge({.blocks_udp = true}, true, true);
    no_udp.name = "no UDP";
    Edge only_443 = firewall_edge({.blocks_udp = true, .tcp_ports = {443}}, true, false);
    only_443.name = "TCP 443 alone";
    Edge nothing = firewall_edge({.blocks_udp = true, .tcp_ports = {80}}, true, true);
    nothing.name = "web alone";
    // A filter, and no line with a small MTU: what ICE and TURN send of themselves is below it and goes through.
    Edge small = firewall_edge({.udp_payload_max = 600}, true, false);
    small.name = "no large packets";
    Edge six = firewall_edge({}, false, true);
    six.name = "IPv6 alone";
    edges.insert(edges.end(), {no_udp, only_443, nothing, small, six});
    return edges;
}

// Behind one NAT, behind one carrier with and without homes of their own, in each way that hairpinning may be.
std::vector<Meeting> shared_meetings() {
    std::vector<Meeting> meetings;
    for (const bool hairpins : {false, true}) {
        for (const Behaviour mapping : kBehaviours) {
            for (const Behaviour filtering : kBehaviours) {
                const NatConfig outer = nat(mapping, filtering, hairpins);
                const Edge under = nat_edge(mapping, filtering, hairpins);
                meetings.push_back({under, under, 1});
                for (const NatConfig& home :
                     {nat(Behaviour::kEndpointIndependent, Behaviour::kEndpointIndependent),
                      nat(Behaviour::kEndpointIndependent, Behaviour::kAddressDependent),
                      nat(Behaviour::kAddressAndPortDependent, Behaviour::kAddressAndPortDependent)}) {
                    meetings.push_back({carrier_edge(home, outer), carrier_edge(home, outer), 1});
                    meetings.push_back({carrier_edge(home, outer), under, 1});
                }
            }
        }
    }
    return meetings;
}

} // namespace

std::string Meeting::name() const {
    const std::string how = are_neighbours() ? " beside " : shared > 0 ? " under one roof with " : " to ";
    return a.name + how + b.name;
}

Edge open_edge() {
    return {.name = "open"};
}

Edge nat_edge(Behaviour mapping, Behaviour filtering, bool hairpins) {
    const NatConfig config = nat(mapping, filtering, hairpins);
    return {.name = "NAT " + name_of(config), .boxes = {config}};
}

Edge carrier_edge(const NatConfig& home, const NatConfig& carrier) {
    return {.name = "NAT " + name_of(home) + " in NAT " + name_of(carrier), .boxes = {home, carrier}};
}

Edge firewall_edge(const FirewallConfig& config, bool has_v4, bool has_v6) {
    const std::string filter = config.filtering ? std::string(sim::name_of(*config.filtering)) : "none";
    return {.name = "filter " + filter, .has_v4 = has_v4, .has_v6 = has_v6, .boxes = {config}};
}

Edge dual_stack_edge(const NatConfig& config) {
    return {
        .name = "dual stack " + name_of(config), .has_v4 = true, .has_v6 = true, .boxes = {FirewallConfig{}, config}};
}

std::vector<Edge> all_edges() {
    std::vector<Edge> edges{open_edge()};
    for (const Behaviour mapping : kBehaviours) {
        for (const Behaviour filtering : kBehaviours)
            edges.push_back(nat_edge(mapping, filtering));
    }
    const auto ei = Behaviour::kEndpointIndependent;
    const auto ad = Behaviour::kAddressDependent;
    const auto apd = Behaviour::kAddressAndPortDependent;
    edges.push_back(carrier_edge(nat(ei, apd), nat(ei, ei)));
    edges.push_back(carrier_edge(nat(ei, ad), nat(ad, ei))); // laxer together than the strictest of each
    edges.push_back(carrier_edge(nat(apd, ei), nat(ei, ad)));
    edges.push_back(carrier_edge(nat(ei, apd), nat(apd, apd)));
    const std::vector<Edge> firewalled = firewalled_edges();
    edges.insert(edges.end(), firewalled.begin(), firewalled.end());
    edges.push_back(dual_stack_edge(nat(ei, apd)));
    edges.push_back(dual_stack_edge(nat(apd, apd)));
    return edges;
}

std::vector<Meeting> all_meetings() {
    std::vector<Meeting> meetings;
    const std::vector<Edge> edges = all_edges();
    for (const Edge& a : edges) {
        for (const Edge& b : edges)
            meetings.push_back({a, b, 0});
    }
    const std::vector<Meeting> shared = shared_meetings();
    meetings.insert(meetings.end(), shared.begin(), shared.end());
    return meetings;
}

} // namespace vv::sim
