#include "sim/turn_host.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace vv::sim {

TurnHost::TurnHost(Host& its_host, turn::ServerConfig config, std::vector<TurnPlace> places)
    : App(its_host),
      config_(std::move(config)),
      places_(std::move(places)),
      rng_(its_host.world().new_seed()) {
    restart();
}

void TurnHost::restart() {
    for (const auto& [stream, client] : std::exchange(streams_, {}))
        host().streams().reset(stream);
    by_path_.clear();
    for (const auto& [address, relay] : std::exchange(relays_, {}))
        host().unbind(address);
    config_.nonce_key = rng_.bytes<crypto::kSipHashKeySize>();
    server_ = std::make_unique<turn::Server>(config_, rng_);
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

void TurnHost::handle_datagram(Instant now, const Datagram& in) {
    const auto relay = relays_.find(in.local);
    if (relay != relays_.end()) {
        carry_out(nullptr, server_->handle_peer_input(now, relay->second, PeerAddress(in.remote), in.payload));
    } else {
        const turn::FiveTuple path{in.local, ClientAddress(in.remote), turn::Transport::kUdp};
        carry_out(&path, server_->handle_client_input(now, host().wall(), path, in.payload));
    }
    run_commands(now);
}

void TurnHost::handle_timeout(Instant now) {
    server_->handle_timeout(now);
    run_commands(now);
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
        const std::size_t size_max = server_->has_allocation(path) ? turn::kFrameSizeMax : turn::kStrangerFrameSizeMax;
        const auto frame = client->second.framer.poll_frame(bytes, size_max);
        if (!frame) {
            host().streams().reset(stream);
            return handle_stream_closed(now, stream);
        }
        if (!*frame) return;
        carry_out(&path, server_->handle_client_input(now, host().wall(), path, **frame));
        run_commands(now);
    }
}

void TurnHost::handle_stream_closed(Instant now, StreamId stream) {
    const auto client = streams_.find(stream);
    if (client == streams_.end()) return;
    server_->handle_path_closed(now, client->second.path);
    by_path_.erase(client->second.path);
    streams_.erase(client);
    run_commands(now);
}

void TurnHost::carry_out(const turn::FiveTuple* from, const turn::Action& action) {
    if (const auto* reply = std::get_if<turn::Reply>(&action)) {
        VV_ASSERT(from != nullptr);
        send_to_client(*from, reply->bytes);
    } else if (const auto* out = std::get_if<turn::ForwardToPeer>(&action)) {
        host().send(local_address(out->from), out->to.value(), out->payload, out->dont_fragment);
    } else if (const auto* in = std::get_if<turn::ForwardToClient>(&action)) {
        frame_.assign(in->header.view().begin(), in->header.view().end());
        frame_.insert(frame_.end(), in->payload.begin(), in->payload.end());
        frame_.insert(frame_.end(), in->padding.begin(), in->padding.end());
        send_to_client(in->to, frame_);
    }
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
    const auto& own = relay.family == AddressFamily::kIpv4 ? config_.ipv4 : config_.ipv6;
    VV_ASSERT(own.has_value());
    return {own->local, relay.port.value()};
}

void TurnHost::run_commands(Instant now) {
    while (const auto command = server_->poll_command())
        std::visit([&](const auto& one) { run(now, one); }, *command);
}

void TurnHost::run(Instant now, const turn::OpenRelayPort& command) {
    const SocketAddress address = local_address(command.relay);
    if (!host().bind(address, *this)) return server_->handle_relay_port_failed(now, command.relay);
    relays_[address] = command.relay;
    server_->handle_relay_port_opened(now, command.relay);
}

void TurnHost::run(Instant /*now*/, const turn::CloseRelayPort& command) {
    const SocketAddress address = local_address(command.relay);
    if (relays_.erase(address) > 0) host().unbind(address);
}

void TurnHost::run(Instant /*now*/, const turn::SendToClient& command) {
    send_to_client(command.to, command.bytes);
}

void TurnHost::run(Instant /*now*/, const turn::AuthRefused& /*command*/) {}

} // namespace vv::sim
