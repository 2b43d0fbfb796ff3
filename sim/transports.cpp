#include "sim/transports.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

namespace vv::sim {
namespace {

ice::RelayProtocol protocol_of(turn::Transport transport) {
    switch (transport) {
    case turn::Transport::kUdp:
        return ice::RelayProtocol::kUdp;
    case turn::Transport::kTcp:
        return ice::RelayProtocol::kTcp;
    case turn::Transport::kTls:
        break;
    }
    return ice::RelayProtocol::kTls;
}

} // namespace

Transports::Transports(Host& host, App& app, Owner& owner, std::vector<TurnLogin> relays, std::size_t waiting_most)
    : host_(host),
      app_(app),
      owner_(owner),
      logins_(std::move(relays)),
      waiting_most_(waiting_most) {}

void Transports::open_sockets(Instant now) {
    std::vector<IpAddress> addresses;
    for (const bool v4 : {false, true})
        std::ranges::copy_if(host_.addresses(), std::back_inserter(addresses),
                             [v4](const IpAddress& ip) { return ip.is_v4() == v4; });
    for (const IpAddress& ip : addresses) {
        const auto socket = host_.bind_any(ip, app_);
        VV_ASSERT(socket.has_value());
        const ice::TransportId id = next_id();
        if (owner_.add_host(now, {id, *socket, {}})) {
            sockets_[id] = *socket;
        } else {
            host_.unbind(*socket);
        }
    }
}

void Transports::begin_relays() {
    for (const TurnLogin& login : logins_) {
        TurnUser& user = host_.run<TurnUser>(login);
        relays_.push_back(
            {.user = &user, .transport = login.transport, .waiting = ice::UnpermittedPackets(waiting_most_)});
        user.when_news = [this] {
            has_news_ = true;
            app_.reschedule();
        };
        user.start();
    }
}

void Transports::renew_relays(Instant now) {
    for (Relay& relay : relays_) {
        remove(now, relay);
        if (!relay.user->ended()) relay.user->close();
    }
    begin_relays();
}

// Sockets of addresses that are gone are gone.
void Transports::move(Instant now) {
    const std::vector<IpAddress> addresses = host_.addresses();
    for (const auto& [id, socket] : std::exchange(sockets_, {})) {
        if (std::ranges::find(addresses, socket.ip) != addresses.end()) host_.unbind(socket);
        owner_.remove_transport(now, id);
    }
    for (Relay& relay : relays_)
        remove(now, relay);
    open_sockets(now);
    begin_relays();
}

void Transports::handle_datagram(Instant now, const Datagram& in) {
    const auto socket = std::ranges::find_if(sockets_, [&](const auto& one) { return one.second == in.local; });
    if (socket != sockets_.end()) owner_.hear(now, {socket->first, in.remote}, in.payload);
}

bool Transports::handle_relays(Instant now) {
    if (!std::exchange(has_news_, false)) return false;
    for (Relay& relay : relays_) {
        for (const turn::ClientEvent& event : std::exchange(relay.user->events, {}))
            handle(now, relay, event);
        for (const TurnUser::Heard& packet : std::exchange(relay.user->heard, {})) {
            const auto id = relay.ids.find(packet.from.ip.family());
            if (id != relay.ids.end()) owner_.hear(now, {id->second, packet.from}, packet.payload);
        }
    }
    return true;
}

void Transports::handle(Instant now, Relay& relay, const turn::ClientEvent& event) {
    if (const auto* there = std::get_if<turn::Allocated>(&event)) {
        add(now, relay, *there);
    } else if (const auto* let_in = std::get_if<turn::PermissionGranted>(&event)) {
        for (const ice::Transmit& packet : relay.waiting.take(let_in->peer))
            relay.user->send(packet.route.remote, packet.payload);
    } else if (const auto* refused = std::get_if<turn::PermissionRefused>(&event)) {
        (void)relay.waiting.take(refused->peer);
    } else if (std::holds_alternative<turn::Ended>(event)) {
        remove(now, relay);
    }
}

void Transports::add(Instant now, Relay& relay, const turn::Allocated& there) {
    for (const SocketAddress& relayed : there.relayed) {
        const ice::TransportId id = next_id();
        const ice::RelayTransport transport{.id = id,
                                            .relayed = relayed,
                                            .mapped = there.mapped,
                                            .server = relay.user->client().server().ip,
                                            .protocol = protocol_of(relay.transport)};
        if (!owner_.add_relay(now, transport)) continue;
        relay.ids[relayed.ip.family()] = id;
        by_id_[id] = &relay;
    }
}

void Transports::remove(Instant now, Relay& relay) {
    for (const auto& [family, id] : std::exchange(relay.ids, {})) {
        by_id_.erase(id);
        owner_.remove_transport(now, id);
    }
    relay.waiting.clear();
}

void Transports::send(const ice::Transmit& out) {
    if (const auto socket = sockets_.find(out.route.via); socket != sockets_.end()) {
        host_.send(socket->second, out.route.remote, out.payload);
        return;
    }
    const auto found = by_id_.find(out.route.via);
    if (found == by_id_.end()) return;
    Relay& relay = *found->second;
    const IpAddress& peer = out.route.remote.ip;
    if (relay.user->client().is_permitted(peer)) return relay.user->send(out.route.remote, out.payload);
    relay.waiting.push(out);
    relay.user->permit(peer);
}

void Transports::keep_channel(const ice::Route& route) {
    const auto relay = by_id_.find(route.via);
    if (relay != by_id_.end()) relay->second->user->bind_channel(route.remote);
}

bool Transports::has_all_relays() const {
    return std::ranges::all_of(
        relays_, [](const Relay& relay) { return relay.user->is_there() || relay.user->ended().has_value(); });
}

std::size_t Transports::packets_waiting() const {
    std::size_t waiting = 0;
    for (const Relay& relay : relays_)
        waiting += relay.waiting.size();
    return waiting;
}

} // namespace vv::sim
