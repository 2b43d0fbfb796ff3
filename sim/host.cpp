#include "sim/host.h"

#include <algorithm>

namespace vv::sim {

Host::Host(World& world, std::string name) : world_(world), name_(std::move(name)), streams_(*this) {}

Host::~Host() = default;

void Host::stop(const App& app) {
    const auto found = std::ranges::find(apps_, &app, &std::unique_ptr<App>::get);
    VV_ASSERT(found != apps_.end());
    apps_.erase(found);
}

Interface& Host::attach(NetworkId network, std::vector<IpAddress> addresses, const LinkConfig& link) {
    VV_ASSERT(!addresses.empty());
    const auto index = static_cast<std::uint32_t>(world_.interfaces_.size());
    world_.interfaces_.push_back(
        std::make_unique<Interface>(*this, index, network, std::move(addresses), link, world_.new_seed()));
    Interface& interface = *world_.interfaces_.back();
    interfaces_.push_back(&interface);
    world_.attach(interface);
    tell_addresses_changed();
    return interface;
}

void Host::detach(Interface& interface) {
    const std::vector<IpAddress> lost = interface.addresses;
    std::erase(interfaces_, &interface);
    world_.detach(interface);
    for (const IpAddress& ip : lost)
        streams_.handle_address_lost(ip);
    std::erase_if(sockets_, [&](const auto& socket) { return std::ranges::find(lost, socket.first.ip) != lost.end(); });
    tell_addresses_changed();
}

Interface& Host::roam(NetworkId network, std::vector<IpAddress> addresses, const LinkConfig& link) {
    while (!interfaces_.empty())
        detach(*interfaces_.back());
    return attach(network, std::move(addresses), link);
}

std::vector<IpAddress> Host::addresses() const {
    std::vector<IpAddress> all;
    for (const Interface* interface : interfaces_)
        all.insert(all.end(), interface->addresses.begin(), interface->addresses.end());
    return all;
}

std::optional<IpAddress> Host::address(AddressFamily family) const {
    for (const IpAddress& ip : addresses()) {
        if (ip.family() == family) return ip;
    }
    return std::nullopt;
}

void Host::set_line(const LinkConfig& link) {
    for (Interface* interface : interfaces_) {
        interface->line.reconfigure(link);
    }
}

void Host::set_line_up(bool is_up) {
    for (Interface* interface : interfaces_) {
        interface->line.set_up(is_up);
    }
}

WallTime Host::wall() const {
    return world_.wall() + std::chrono::floor<WallClock::duration>(clock_offset_);
}

// Backwards is no clock's way that promises to be monotonic.
void Host::jump_clock(Duration forward) {
    VV_ASSERT(forward >= Duration::zero());
    clock_offset_ += forward;
    reschedule_all();
}

void Host::fall_asleep() {
    VV_ASSERT(is_awake_);
    is_awake_ = false;
    slept_since_ = world_.time();
}

void Host::wake_up(bool clock_stood) {
    VV_ASSERT(!is_awake_);
    is_awake_ = true;
    if (clock_stood) clock_offset_ -= world_.time() - slept_since_;
    reschedule_all();
}

void Host::reschedule_all() {
    for (const auto& app : apps_)
        app->reschedule();
    streams_.reschedule();
}

Interface* Host::interface_of(const IpAddress& ip) const {
    for (Interface* interface : interfaces_) {
        if (interface->has(ip)) return interface;
    }
    return nullptr;
}

bool Host::bind(const SocketAddress& local, App& app) {
    const std::uint8_t first = local.ip.bytes()[0];
    const bool is_group = local.ip.is_v4() ? first >= 224 && first < 240 : first == 0xFF;
    if (local.port == 0 || (!is_group && interface_of(local.ip) == nullptr)) return false;
    return sockets_.try_emplace(local, &app).second;
}

std::uint16_t Host::next_own_port() {
    const std::uint16_t port = own_port_;
    own_port_ = port == 65'535 ? kFirstOwnPort : static_cast<std::uint16_t>(port + 1);
    return port;
}

std::optional<SocketAddress> Host::bind_any(const IpAddress& local, App& app) {
    if (interface_of(local) == nullptr) return std::nullopt;
    for (std::size_t tries = 0; tries <= 65'535U - kFirstOwnPort; ++tries) {
        const SocketAddress address{local, next_own_port()};
        if (bind(address, app)) return address;
    }
    return std::nullopt;
}

bool Host::send(const SocketAddress& local, const SocketAddress& remote, ByteView payload, bool dont_fragment) {
    VV_ASSERT(is_awake_);
    Packet* packet = new_packet(local, remote, payload);
    if (packet == nullptr) return true; // as far as a sender can tell
    packet->protocol = Protocol::kUdp;
    packet->dont_fragment = dont_fragment;
    return send(*packet);
}

void Host::send_segment(const SocketAddress& local, const SocketAddress& remote, const TcpHeader& header,
                        ByteView payload) {
    Packet* packet = new_packet(local, remote, payload);
    if (packet == nullptr) return; // it will be repeated
    packet->protocol = Protocol::kTcp;
    packet->dont_fragment = false;
    packet->tcp = header;
    (void)send(*packet);
}

Packet* Host::new_packet(const SocketAddress& from, const SocketAddress& to, ByteView payload) {
    Packet* packet = world_.pool_.take();
    if (packet == nullptr) {
        ++world_.counts_[static_cast<std::size_t>(Fate::kWorldFull)];
        return nullptr;
    }
    packet->from = from;
    packet->to = to;
    packet->payload.assign(payload.begin(), payload.end());
    return packet;
}

bool Host::send(Packet& packet) {
    Interface* interface = interface_of(packet.from.ip);
    if (interface == nullptr) {
        world_.end(Fate::kWrongSource, name_, packet);
        return false;
    }
    world_.send(*interface, packet);
    return true;
}

void Host::handle_packet(Packet& packet) {
    if (packet.protocol == Protocol::kTcp) {
        world_.note(Fate::kDelivered, name_, packet);
        streams_.handle_packet(packet);
        world_.pool_.give_back(packet);
        return;
    }
    const auto socket = sockets_.find(packet.to);
    if (socket == sockets_.end()) return world_.end(Fate::kNoSocket, name_, packet);
    App& app = *socket->second;
    world_.note(Fate::kDelivered, name_, packet);
    app.handle_datagram(time(), {packet.to, packet.from, packet.payload});
    app.reschedule();
    world_.pool_.give_back(packet);
}

void Host::forget(App& app) {
    std::erase_if(sockets_, [&](const auto& socket) { return socket.second == &app; });
    streams_.forget(app);
}

void Host::tell_addresses_changed() {
    for (const auto& app : apps_) {
        app->handle_addresses_changed(time());
        app->reschedule();
    }
}

App::App(Host& host) : Wakeable(host.world()), host_(host) {}

App::~App() {
    host_.forget(*this);
}

void App::wake(Instant /*now*/) {
    if (host_.is_awake()) handle_timeout(host_.time());
}

std::optional<Instant> App::next_wake() const {
    if (!host_.is_awake()) return std::nullopt;
    const auto own = poll_timeout();
    return own ? std::optional(host_.world_time_of(*own)) : std::nullopt;
}

} // namespace vv::sim
