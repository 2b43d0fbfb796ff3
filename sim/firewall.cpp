#include "sim/firewall.h"

#include <algorithm>
#include <utility>

namespace vv::sim {

Firewall::Firewall(FirewallConfig config) : config_(std::move(config)) {
    VV_ASSERT(config_.sessions_max > 0);
}

// What no state can allow. A TCP connection is judged by its first packet out.
bool Firewall::forbids_out(const Packet& packet) const {
    if (packet.protocol == Protocol::kUdp) return forbids_udp(packet);
    const bool opens = packet.tcp.syn && !packet.tcp.ack;
    return opens && !config_.tcp_ports.empty() &&
           std::ranges::find(config_.tcp_ports, packet.to.port) == config_.tcp_ports.end();
}

bool Firewall::forbids_udp(const Packet& packet) const {
    if (packet.protocol != Protocol::kUdp) return false;
    const bool is_too_large = config_.udp_payload_max > 0 && packet.payload.size() > config_.udp_payload_max;
    return config_.blocks_udp || is_too_large;
}

Firewall::Session* Firewall::open(Instant now, const Endpoint& inside) {
    const auto known = sessions_.find(inside);
    if (known != sessions_.end()) return &known->second;
    if (sessions_.size() >= config_.sessions_max) {
        std::erase_if(sessions_, [&](const auto& session) { return session.second.expiry <= now; });
    }
    if (sessions_.size() >= config_.sessions_max) return nullptr;
    return &sessions_[inside];
}

Fate Firewall::handle_outbound(Instant now, Packet& packet) {
    if (forbids_out(packet)) return Fate::kBlocked;
    if (!config_.filtering) return Fate::kSent;
    Session* session = open(now, {packet.from, packet.protocol});
    if (session == nullptr) return Fate::kTableFull;
    const Duration lifetime = config_.timeout(packet.protocol);
    session->expiry = now + lifetime;
    session->pinholes.note(now, packet.to, lifetime);
    return Fate::kSent;
}

Fate Firewall::handle_inbound(Instant now, Packet& packet) {
    if (forbids_udp(packet)) return Fate::kBlocked;
    if (!config_.filtering) return Fate::kSent;
    const auto session = sessions_.find({packet.to, packet.protocol});
    if (session == sessions_.end()) return Fate::kFiltered;
    return session->second.pinholes.admits(now, *config_.filtering, packet.from) ? Fate::kSent : Fate::kFiltered;
}

} // namespace vv::sim
