// The way of a packet: from a host into its network, out through the boxes
// around it or down into the ones in it, and to the host that has the address.
#include "sim/host.h"
#include "sim/world.h"

#include <algorithm>

namespace vv::sim {
namespace {

// RFC 5771 and RFC 4291 §2.7.
bool is_multicast(const IpAddress& ip) {
    const std::uint8_t first = ip.bytes()[0];
    return ip.is_v4() ? first >= 224 && first < 240 : first == 0xFF;
}

} // namespace

void World::attach(Interface& interface) {
    networks_.at(interface.network.value()).interfaces.push_back(interface.index);
    for (const IpAddress& ip : interface.addresses)
        add_routes(interface.network, ip, {false, interface.index});
}

void World::detach(Interface& interface) {
    std::erase(networks_[interface.network.value()].interfaces, interface.index);
    for (const IpAddress& ip : interface.addresses)
        remove_routes(interface.network, ip);
    interface.addresses.clear();
}

// An address is known in its network, and in those around it as far as no box gives it another one.
void World::add_routes(NetworkId network, const IpAddress& ip, Route route) {
    while (true) {
        const bool is_new = networks_[network.value()].routes.try_emplace(ip, route).second;
        VV_ASSERT(is_new); // two have one address
        const auto index = networks_[network.value()].gateway;
        if (!index || gateways_[*index]->box->translates(ip.family())) return;
        route = {true, *index};
        network = gateways_[*index]->outside;
    }
}

void World::remove_routes(NetworkId network, const IpAddress& ip) {
    while (true) {
        networks_[network.value()].routes.erase(ip);
        const auto index = networks_[network.value()].gateway;
        if (!index || gateways_[*index]->box->translates(ip.family())) return;
        network = gateways_[*index]->outside;
    }
}

void World::note(Fate fate, std::string_view where, const Packet& packet) {
    ++counts_[static_cast<std::size_t>(fate)];
    if (sink_ != nullptr) sink_->note({time_, where, fate, packet});
}

void World::end(Fate fate, std::string_view where, Packet& packet) {
    note(fate, where, packet);
    pool_.give_back(packet);
}

void World::send(Interface& from, Packet& packet) {
    note(Fate::kSent, from.host.name(), packet);
    packet.hops = 0;
    packet.largest_part = 0;
    if (from.host.interface_of(packet.to.ip) != nullptr) { // never leaves the host
        queue_.add(time_, {Kind::kAtHost, from.index, &packet});
        return;
    }
    pass(from.line.up, packet, from.host.name(), {Kind::kAtNetwork, from.network.value(), &packet});
}

void World::pass(Link& link, Packet& packet, std::string_view where, What next) {
    const auto passage = link.carry(time_, packet);
    if (!passage) return end(passage.error(), where, packet);
    packet.largest_part = passage->largest_part;
    if (passage->reordered) note(Fate::kReordered, where, packet);
    if (passage->duplicated) {
        if (Packet* copy = pool_.copy(packet)) {
            note(Fate::kDuplicated, where, packet);
            queue_.add(passage->arrival, {next.kind, next.target, copy});
        }
    }
    // What takes no time goes on at once, but never into a host, which may be just sending it.
    if (passage->arrival == time_ && next.kind != Kind::kAtHost) {
        carry_out(next);
    } else {
        queue_.add(passage->arrival, next);
    }
}

// What its own box has let in never goes out by it again: whoever it was for has left, and nobody else is meant.
void World::at_network(NetworkId id, Packet& packet, From from) {
    const Network& network = networks_[id.value()];
    if (++packet.hops > kHopsMax) return end(Fate::kTooManyHops, "a network", packet);
    if (is_multicast(packet.to.ip)) return at_all_of(network, packet);
    const auto found = network.routes.find(packet.to.ip);
    if (found == network.routes.end()) {
        if (!network.gateway) return end(Fate::kNoRoute, "internet", packet);
        if (from == From::kItsBox) return end(Fate::kNoRoute, gateways_[*network.gateway]->name, packet);
        return at_gateway_inside(*network.gateway, packet);
    }
    const Route route = found->second;
    if (route.to_gateway) {
        Gateway& gateway = *gateways_[route.index];
        pass(gateway.line.down, packet, gateway.name, {Kind::kAtGateway, route.index, &packet});
    } else {
        Interface& interface = *interfaces_[route.index];
        pass(interface.line.down, packet, interface.host.name(), {Kind::kAtHost, route.index, &packet});
    }
}

// It stays in its network, and each of the others there gets one.
void World::at_all_of(const Network& network, Packet& packet) {
    for (const std::uint32_t index : network.interfaces) {
        Interface& interface = *interfaces_[index];
        if (interface.has(packet.from.ip)) continue;
        Packet* copy = pool_.copy(packet);
        if (copy == nullptr) break;
        pass(interface.line.down, *copy, interface.host.name(), {Kind::kAtHost, index, copy});
    }
    pool_.give_back(packet);
}

void World::at_gateway_inside(std::uint32_t index, Packet& packet) {
    Gateway& gateway = *gateways_[index];
    const Fate fate = gateway.box->handle_outbound(time_, packet);
    if (is_end(fate)) return end(fate, gateway.name, packet);
    if (fate != Fate::kSent) note(fate, gateway.name, packet);
    if (fate == Fate::kHairpinned) return at_network(gateway.inside, packet, From::kItsBox);
    pass(gateway.line.up, packet, gateway.name, {Kind::kAtNetwork, gateway.outside.value(), &packet});
}

void World::at_gateway_outside(std::uint32_t index, Packet& packet) {
    Gateway& gateway = *gateways_[index];
    const Fate fate = gateway.box->handle_inbound(time_, packet);
    if (is_end(fate)) return end(fate, gateway.name, packet);
    if (fate != Fate::kSent) note(fate, gateway.name, packet);
    at_network(gateway.inside, packet, From::kItsBox);
}

void World::at_host(std::uint32_t index, Packet& packet) {
    const Interface& interface = *interfaces_[index];
    Host& host = interface.host;
    if (!host.is_awake()) return end(Fate::kAsleep, host.name(), packet);
    if (!interface.has(packet.to.ip) && !is_multicast(packet.to.ip) && host.interface_of(packet.to.ip) == nullptr) {
        return end(Fate::kNoRoute, host.name(), packet); // it has left since
    }
    host.handle_packet(packet);
}

} // namespace vv::sim
