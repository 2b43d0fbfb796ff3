#include "net/service_member.h"

#include "base/reloadable.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace vv::net {
namespace {

// The n-th of count equal parts of the ports; the last takes what is left over.
turn::PortRange part_of(const turn::PortRange& all, std::size_t n, std::size_t count) {
    const std::size_t size = all.size() / count;
    const auto first = static_cast<std::uint16_t>(all.first + n * size);
    return {first, n + 1 == count ? all.last : static_cast<std::uint16_t>(first + size - 1)};
}

} // namespace

ServiceMember::ServiceMember(std::size_t own_index, ConnectionCounters& counters, Log& log, const ServiceConfig& config)
    : index(own_index),
      members(config.shards),
      shard(own_index, counters, log, config.times, config.mailbox_max),
      settings(config.signal) {}

ServiceMember::~ServiceMember() {
    shard.drop_all(); // the hub hears of the last connections
}

void ServiceMember::use_tls(SslContextPtr context) {
    tls = std::move(context);
    page.tls = tls.get();
}

turn::ServerConfig ServiceMember::relay_part(const turn::ServerConfig& whole) const {
    turn::ServerConfig part = whole;
    part.shard_ports = part_of(part.server_ports, index, members);
    return part;
}

std::vector<std::uint16_t> listening_ports(const ServiceConfig& config) {
    std::vector<std::uint16_t> ports;
    const auto add = [&](std::uint16_t port) {
        if (port != 0 && std::ranges::find(ports, port) == ports.end()) ports.push_back(port);
    };
    for (const auto* places :
         {&config.http_listen, &config.redirect_listen, &config.metrics_listen, &config.turn_tcp_listen}) {
        for (const SocketAddress& place : *places)
            add(place.port);
    }
    if (config.relay) {
        for (const SocketAddress& place : config.relay->listen)
            add(place.port);
    }
    for (const stun::NatDiscoveryPlaces& places : config.nat_discovery) {
        add(places.port);
        add(places.other_port);
    }
    return ports;
}

std::vector<EventLoop*> loops_of(const std::vector<std::unique_ptr<ServiceMember>>& members) {
    std::vector<EventLoop*> loops;
    loops.reserve(members.size());
    for (const auto& member : members)
        loops.push_back(&member->shard.loop());
    return loops;
}

void ServiceMember::reload(const ServiceConfig& wished) {
    if (relay != nullptr && wished.relay) {
        relay->reconfigure(relay_part(wished.relay->turn));
        relay->set_stream_limits(wished.relay->streams);
    }
    shard.take_times(wished.times);
    take_reloadable(settings, wished.signal);
}

} // namespace vv::net
