#include "sim/turn_host.h"

#include "base/overloaded.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace vv::sim {

TurnHost::TurnHost(Host& its_host, const turn::ServerConfig& config, std::vector<TurnPlace> places,
                   std::size_t machines)
    : App(its_host),
      places_(std::move(places)),
      rng_(its_host.world().new_seed()) {
    VV_ASSERT(machines > 0);
    const turn::PortRange all = config.server_ports;
    const std::size_t each = all.size() / machines;
    for (std::size_t i = 0; i < machines; ++i) {
        turn::ServerConfig part = config;
        const auto first = static_cast<std::uint16_t>(all.first + i * each);
        part.shard_ports = {first, i + 1 < machines ? static_cast<std::uint16_t>(first + each - 1) : all.last};
        part.is_live_elsewhere = [this](turn::RelaySocket relay) { return relays_.contains(local_address(relay)); };
        machines_.push_back({std::move(part), nullptr});
    }
    restart();
}

void TurnHost::restart() {
    for (const auto& [stream, client] : std::exchange(streams_, {}))
        host().streams().reset(stream);
    by_path_.clear();
    for (const auto& [address, relay] : std::exchange(relays_, {}))
        host().unbind(address);
    const auto nonce_key = rng_.bytes<crypto::kSipHashKeySize>();
    for (Machine& machine : machines_) {
        machine.config.nonce_key = nonce_key;
        machine.server = std::make_unique<turn::Server>(machine.config, rng_);
    }
    listen();
    reschedule();
}

void TurnHost::listen() {
    for (const TurnPlace& place : places_) {
        if (turn::is_stream(place.transport)) {
            host().streams().stop_listening(place.address);
            VV_ASSERT(host().streams().listen(place.address, *this));
        } else {
            host().unbind(place.address);
            VV_ASSERT(host().bind(place.address, *this));
        }
    }
}

turn::Server& TurnHost::server_of(const turn::FiveTuple& path) const {
    return *machines_[path.client.value().port % machines_.size()].server;
}

void TurnHost::handle_datagram(Instant now, const Datagram& in) {
    const auto found = relays_.find(in.local);
    if (found != relays_.end()) {
        const auto [relay, server] = found->second;
        carry_out(now, nullptr, server->handle_peer_input(now, relay, PeerAddress(in.remote), in.payload));
    } else {
        const turn::FiveTuple path{in.local, ClientAddress(in.remote), turn::Transport::kUdp};
        carry_out(now, &path, server_of(path).handle_client_input(now, host().wall(), path, in.payload));
    }
    run_commands(now);
}

void TurnHost::handle_timeout(Instant now) {
    for (const Machine& machine : machines_)
        machine.server->handle_timeout(now);
    run_commands(now);
}

std::optional<Instant> TurnHost::poll_timeout() const {
    std::optional<Instant> next;
    for (const Machine& machine : machines_) {
        const auto at = machine.server->poll_timeout();
        if (at && (!next || *at < *next)) next = at;
    }
    return next;
}

void TurnHost::handle_stream_accepted(Instant /*now*/, StreamId stream, const SocketAddress& local,
                                      const SocketAddress& remote) {
    const auto place = std::ranges::find_if(places_, [&](const TurnPlace& candidate) {
        return candidate.address == local && turn::is_stream(candidate.transport);
    });
    VV_ASSERT(place != places_.end());
    const turn::FiveTuple path{local, ClientAddress(remote), place->transport};
    streams_[stream].path = path;
    by_path_[path] = stream;
}

void TurnHost::handle_stream_data(Instant now, StreamId stream, ByteView bytes) {
    while (true) {
        const auto client = streams_.find(stream);
        if (client == streams_.end()) return;
        const turn::FiveTuple path = client->second.path;
        turn::Server& server = server_of(path);
        const std::size_t size_max = server.has_allocation(path) ? turn::kFrameSizeMax : turn::kStrangerFrameSizeMax;
        const auto frame = client->second.framer.poll_frame(bytes, size_max);
        if (!frame) {
            host().streams().reset(stream);
            return handle_stream_closed(now, stream);
        }
        const std::optional<ByteView>& whole = *frame;
        if (!whole) return;
        carry_out(now, &path, server.handle_client_input(now, host().wall(), path, *whole));
        run_commands(now);
    }
}

void TurnHost::handle_stream_closed(Instant now, StreamId stream) {
    const auto client = streams_.find(stream);
    if (client == streams_.end()) return;
    server_of(client->second.path).handle_path_closed(now, client->second.path);
    by_path_.erase(client->second.path);
    streams_.erase(client);
    run_commands(now);
}

void TurnHost::carry_out(Instant now, const turn::FiveTuple* from, const turn::Action& action) {
    std::visit(Overloaded{
                   [](const turn::Ignore&) {},
                   [&](const turn::Reply& reply) {
                       VV_ASSERT(from != nullptr);
                       send_to_client(*from, reply.bytes);
                   },
                   [&](const turn::ForwardToPeer& packet) {
                       host().send(local_address(packet.from), packet.to.value(), packet.payload, packet.dont_fragment);
                   },
                   [&](const turn::ForwardToRelay& packet) { hand_over(now, packet); },
                   [&](const turn::ForwardToClient& packet) { send_to_client(packet); },
               },
               action);
}

// The payload is the packet's that was handed in, which no machine writes to.
void TurnHost::hand_over(Instant now, const turn::ForwardToRelay& packet) {
    const auto to = relays_.find(local_address(packet.to));
    VV_ASSERT(to != relays_.end()); // the machine has just asked
    const PeerAddress from(local_address(packet.from));
    carry_out(now, nullptr, to->second.server->handle_peer_input(now, packet.to, from, packet.payload));
}

void TurnHost::send_to_client(const turn::ForwardToClient& packet) {
    frame_.assign(packet.header.view().begin(), packet.header.view().end());
    frame_.insert(frame_.end(), packet.payload.begin(), packet.payload.end());
    frame_.insert(frame_.end(), packet.padding.begin(), packet.padding.end());
    send_to_client(packet.to, frame_);
}

void TurnHost::send_to_client(const turn::FiveTuple& to, ByteView bytes) {
    if (!turn::is_stream(to.transport)) {
        host().send(to.server, to.client.value(), bytes);
        return;
    }
    const auto stream = by_path_.find(to);
    if (stream != by_path_.end()) host().streams().write(stream->second, bytes);
}

SocketAddress TurnHost::local_address(turn::RelaySocket relay) const {
    const turn::ServerConfig& config = machines_.front().config;
    const auto& own = relay.family == AddressFamily::kIpv4 ? config.ipv4 : config.ipv6;
    VV_ASSERT(own.has_value());
    return {own->local, relay.port.value()};
}

void TurnHost::run_commands(Instant now) {
    for (const Machine& machine : machines_) {
        while (const auto command = machine.server->poll_command()) {
            std::visit(Overloaded{
                           [&](const turn::OpenRelayPort& port) { open(now, *machine.server, port.relay); },
                           [&](const turn::CloseRelayPort& port) { close(port.relay); },
                           [&](const turn::SendToClient& answer) { send_to_client(answer.to, answer.bytes); },
                           [](const turn::AuthRefused&) {}, // for a log
                       },
                       *command);
        }
    }
}

void TurnHost::open(Instant now, turn::Server& server, turn::RelaySocket relay) {
    const SocketAddress address = local_address(relay);
    if (!host().bind(address, *this)) return server.handle_relay_port_failed(now, relay);
    relays_[address] = {relay, &server};
    server.handle_relay_port_opened(now, relay);
}

void TurnHost::close(turn::RelaySocket relay) {
    const SocketAddress address = local_address(relay);
    if (relays_.erase(address) > 0) host().unbind(address);
}

} // namespace vv::sim
