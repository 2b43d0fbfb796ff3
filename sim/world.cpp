#include "sim/world.h"

#include "sim/host.h"

#include <algorithm>
#include <utility>

namespace vv::sim {

World::World(std::uint64_t seed, std::size_t packets_max) : seed_(seed), rng_(seed), pool_(packets_max) {
    networks_.emplace_back(); // the internet
}

// The programs first: as they go they reset their streams, which concerns every host.
World::~World() {
    for (const auto& host : hosts_)
        host->stop_all();
}

NetworkId World::add_network(std::string name, NetworkId outside, std::unique_ptr<Box> box, const LinkConfig& link) {
    VV_ASSERT(outside.value() < networks_.size());
    const NetworkId inside(static_cast<std::uint32_t>(networks_.size()));
    const auto index = static_cast<std::uint32_t>(gateways_.size());
    networks_.emplace_back().gateway = index;
    const std::vector<IpAddress> addresses = box->outer_addresses();
    gateways_.push_back(std::make_unique<Gateway>(std::move(name), inside, outside, std::move(box), link, new_seed()));
    for (const IpAddress& ip : addresses)
        add_routes(outside, ip, {true, index});
    return inside;
}

World::Inside<NatBox> World::add_nat(std::string name, NetworkId outside, const NatConfig& config,
                                     std::vector<IpAddress> outer, const LinkConfig& link) {
    auto box = std::make_unique<NatBox>(config, std::move(outer), new_seed());
    NatBox& nat = *box;
    return {add_network(std::move(name), outside, std::move(box), link), nat};
}

World::Inside<Firewall> World::add_firewall(std::string name, NetworkId outside, FirewallConfig config,
                                            const LinkConfig& link) {
    auto box = std::make_unique<Firewall>(std::move(config));
    Firewall& firewall = *box;
    return {add_network(std::move(name), outside, std::move(box), link), firewall};
}

Host& World::add_host(std::string name, NetworkId network, std::vector<IpAddress> addresses, const LinkConfig& link) {
    hosts_.push_back(std::make_unique<Host>(*this, std::move(name)));
    Host& host = *hosts_.back();
    host.attach(network, std::move(addresses), link);
    return host;
}

void World::set_line(NetworkId network, const LinkConfig& link) {
    const auto gateway = networks_.at(network.value()).gateway;
    VV_ASSERT(gateway.has_value());
    gateways_[*gateway]->line.reconfigure(link);
}

void World::set_line_up(NetworkId network, bool is_up) {
    const auto gateway = networks_.at(network.value()).gateway;
    VV_ASSERT(gateway.has_value());
    gateways_[*gateway]->line.set_up(is_up);
}

WallTime World::wall() const {
    return kWallBeginning + std::chrono::floor<WallClock::duration>(time_ - kBeginning);
}

void World::run_until(Instant end) {
    while (run_next(end)) {
    }
    time_ = std::max(time_, end);
}

bool World::run_next(Instant end) {
    if (queue_.is_empty() || queue_.next_at() > end) return false;
    time_ = queue_.next_at();
    ++events_;
    carry_out(queue_.take());
    return true;
}

void World::carry_out(const What& what) {
    switch (what.kind) {
    case Kind::kAtNetwork:
        return at_network(NetworkId(what.target), *what.packet, From::kInside);
    case Kind::kAtGateway:
        return at_gateway_outside(what.target, *what.packet);
    case Kind::kAtHost:
        return at_host(what.target, *what.packet);
    case Kind::kWake:
        return wake(what.target);
    case Kind::kCall:
        return call(what.target);
    }
}

void World::at(Instant when, std::function<void()> what) {
    if (free_calls_.empty()) {
        free_calls_.push_back(static_cast<std::uint32_t>(calls_.size()));
        calls_.emplace_back();
    }
    const std::uint32_t index = free_calls_.back();
    free_calls_.pop_back();
    calls_[index] = std::move(what);
    queue_.add(std::max(when, time_), {Kind::kCall, index, nullptr});
}

void World::call(std::uint32_t index) {
    const auto what = std::exchange(calls_[index], {});
    free_calls_.push_back(index);
    what();
}

std::size_t World::add_wakeable(Wakeable& who) {
    if (free_wakes_.empty()) {
        free_wakes_.push_back(wakes_.size());
        wakes_.emplace_back();
    }
    const std::size_t slot = free_wakes_.back();
    free_wakes_.pop_back();
    wakes_[slot] = {&who, std::nullopt, time_, 0};
    return slot;
}

void World::remove_wakeable(std::size_t slot) {
    wakes_[slot].who = nullptr;
    free_wakes_.push_back(slot);
}

// A later wake than the scheduled one is asked for again when that comes: machines move their deadlines with every
// packet, and most of the time further away.
void World::reschedule(std::size_t slot) {
    WakeSlot& wake = wakes_[slot];
    const auto wished = wake.who->next_wake();
    if (!wished) return;
    const Instant at = std::max(*wished, time_);
    if (wake.scheduled && *wake.scheduled <= at) return;
    wake.scheduled = at;
    queue_.add(at, {Kind::kWake, static_cast<std::uint32_t>(slot), nullptr});
}

void World::wake(std::uint32_t slot) {
    WakeSlot& wake = wakes_[slot];
    if (wake.who == nullptr || wake.scheduled != time_) return; // of somebody who is gone, or has been woken since
    wake.scheduled.reset();
    const auto wished = wake.who->next_wake();
    if (!wished) return;
    if (*wished <= time_) {
        wake.wakes_at_once = wake.last_wake == time_ ? wake.wakes_at_once + 1 : 0;
        wake.last_wake = time_;
        VV_ASSERT(wake.wakes_at_once < kWakesAtOnceMax); // a machine asks for ever for a time that has passed
        wake.who->wake(time_);
    }
    // The slots may have moved, and whoever was woken may be gone.
    if (wakes_[slot].who != nullptr) reschedule(slot);
}

Wakeable::Wakeable(World& world) : world_(world), slot_(world.add_wakeable(*this)) {}

Wakeable::~Wakeable() {
    world_.remove_wakeable(slot_);
}

void Wakeable::reschedule() {
    world_.reschedule(slot_);
}

} // namespace vv::sim
