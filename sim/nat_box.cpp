#include "sim/nat_box.h"

#include <algorithm>
#include <utility>

namespace vv::sim {

NatBox::NatBox(const NatConfig& config, std::vector<IpAddress> outer, std::uint64_t seed)
    : config_(config),
      outer_(std::move(outer)),
      rng_(seed),
      next_port_(config.first_port) {
    VV_ASSERT(!outer_.empty() && std::ranges::all_of(outer_, &IpAddress::is_v4));
    VV_ASSERT(config_.first_port > 0 && config_.first_port <= config_.last_port && config_.mappings_max > 0);
}

Fate NatBox::handle_outbound(Instant now, Packet& packet) {
    if (!packet.from.ip.is_v4()) return Fate::kSent;
    const bool to_ourselves = is_outer(packet.to.ip);
    if (to_ourselves && !config_.hairpins) return Fate::kNoHairpin;
    const Fate fate = translate_source(now, packet);
    if (fate != Fate::kTranslated || !to_ourselves) return fate;
    // RFC 4787 REQ-9a: the other host sees the address outside, and its filter judges by that.
    const Fate let_in_fate = let_in(now, packet);
    return let_in_fate == Fate::kTranslated ? Fate::kHairpinned : let_in_fate;
}

Fate NatBox::handle_inbound(Instant now, Packet& packet) {
    if (!packet.to.ip.is_v4()) return Fate::kSent;
    return let_in(now, packet);
}

void NatBox::reboot() {
    slots_.clear();
    free_.clear();
    by_inside_.clear();
    by_outside_.clear();
    paired_.clear();
    const std::size_t ports = std::size_t{config_.last_port} - config_.first_port + 1;
    next_port_ = static_cast<std::uint16_t>(config_.first_port + rng_.below(ports));
}

NatBox::Key NatBox::key_of(const Packet& packet) const {
    Key key{{packet.from, packet.protocol}, {}};
    if (config_.mapping != Behaviour::kEndpointIndependent) key.remote.ip = packet.to.ip;
    if (config_.mapping == Behaviour::kAddressAndPortDependent) key.remote.port = packet.to.port;
    return key;
}

bool NatBox::is_outer(const IpAddress& ip) const {
    return std::ranges::find(outer_, ip) != outer_.end();
}

NatBox::Mapping* NatBox::find_inside(Instant now, const Key& key) {
    const auto found = by_inside_.find(key);
    if (found == by_inside_.end()) return nullptr;
    Mapping& mapping = slots_[found->second];
    if (mapping.expiry > now) return &mapping;
    remove(found->second);
    return nullptr;
}

NatBox::Mapping* NatBox::find_outside(Instant now, const Endpoint& outside) {
    const auto found = by_outside_.find(outside);
    if (found == by_outside_.end()) return nullptr;
    Mapping& mapping = slots_[found->second];
    if (mapping.expiry > now) return &mapping;
    remove(found->second);
    return nullptr;
}

Result<NatBox::Mapping*, Fate> NatBox::make(Instant now, const Key& key) {
    if (by_inside_.size() >= config_.mappings_max) remove_expired(now);
    if (by_inside_.size() >= config_.mappings_max) return Failure(Fate::kTableFull);
    const auto outside = pick_endpoint(now, key.inside);
    if (!outside) return Failure(Fate::kNoPortLeft);
    if (free_.empty()) {
        free_.push_back(slots_.size());
        slots_.emplace_back();
    }
    const std::size_t slot = free_.back();
    free_.pop_back();
    slots_[slot] = {key, *outside, now, {}, true};
    by_inside_.emplace(key, slot);
    by_outside_.emplace(*outside, slot);
    return &slots_[slot];
}

const IpAddress& NatBox::pick_outer(const IpAddress& inside) {
    if (outer_.size() == 1) return outer_.front();
    if (config_.pooling == Pooling::kArbitrary) return outer_[rng_.below(outer_.size())];
    const auto [pair, is_new] = paired_.try_emplace(inside, paired_.size() % outer_.size());
    return outer_[pair->second];
}

std::uint16_t NatBox::first_try(std::uint16_t inside_port) {
    const std::size_t ports = std::size_t{config_.last_port} - config_.first_port + 1;
    switch (config_.ports) {
    case PortChoice::kPreserving:
        if (inside_port >= config_.first_port && inside_port <= config_.last_port) return inside_port;
        break;
    case PortChoice::kSequential: {
        const std::uint16_t port = next_port_;
        next_port_ = port == config_.last_port ? config_.first_port : static_cast<std::uint16_t>(port + 1);
        return port;
    }
    case PortChoice::kRandom:
        break;
    }
    return static_cast<std::uint16_t>(config_.first_port + rng_.below(ports));
}

// RFC 4787 REQ-3: no two endpoints share a port. From the first try upwards, once around.
std::optional<Endpoint> NatBox::pick_endpoint(Instant now, const Endpoint& inside) {
    const std::size_t ports = std::size_t{config_.last_port} - config_.first_port + 1;
    Endpoint outside{{pick_outer(inside.address.ip), first_try(inside.address.port)}, inside.protocol};
    for (std::size_t tries = 0; tries < ports; ++tries) {
        if (find_outside(now, outside) == nullptr) return outside;
        std::uint16_t& port = outside.address.port;
        port = port == config_.last_port ? config_.first_port : static_cast<std::uint16_t>(port + 1);
    }
    return std::nullopt;
}

Fate NatBox::translate_source(Instant now, Packet& packet) {
    const Key key = key_of(packet);
    Mapping* mapping = find_inside(now, key);
    if (mapping == nullptr) {
        const auto made = make(now, key);
        if (!made) return made.error();
        mapping = *made;
    }
    const Duration lifetime = config_.timeout(packet.protocol);
    mapping->expiry = now + lifetime;
    mapping->pinholes.note(now, packet.to, lifetime);
    packet.from = mapping->outside.address;
    return Fate::kTranslated;
}

Fate NatBox::let_in(Instant now, Packet& packet) {
    Mapping* mapping = find_outside(now, {packet.to, packet.protocol});
    if (mapping == nullptr) return Fate::kNoMapping;
    if (!mapping->pinholes.admits(now, config_.filtering, packet.from)) return Fate::kFiltered;
    if (config_.inbound_refreshes) {
        const Duration lifetime = config_.timeout(packet.protocol);
        mapping->expiry = now + lifetime;
        mapping->pinholes.note(now, packet.from, lifetime);
    }
    packet.to = mapping->key.inside.address;
    return Fate::kTranslated;
}

void NatBox::remove(std::size_t slot) {
    Mapping& mapping = slots_[slot];
    by_inside_.erase(mapping.key);
    by_outside_.erase(mapping.outside);
    mapping = {};
    free_.push_back(slot);
}

// In the order of slots, so that which of them are free next does not depend on a hash.
void NatBox::remove_expired(Instant now) {
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
        if (slots_[slot].is_used && slots_[slot].expiry <= now) remove(slot);
    }
}

} // namespace vv::sim
