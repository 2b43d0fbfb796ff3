#include "sim/turn_user.h"

#include <algorithm>
#include <variant>

namespace vv::sim {

TurnUser::TurnUser(Host& its_host, TurnLogin login)
    : App(its_host),
      login_(std::move(login)),
      rng_(its_host.world().new_seed()) {}

void TurnUser::start() {
    VV_ASSERT(!client_);
    const bool is_stream = turn::is_stream(login_.transport);
    const auto own = host().address(login_.server.ip.family());
    const auto local =
        own && !is_stream ? host().bind_any(*own, *this) : std::optional(SocketAddress{own.value_or(IpAddress()), 0});
    if (!own || !local) return end_broken();
    local_ = *local;
    turn::ClientConfig config;
    config.local = local_;
    config.server = login_.server;
    config.transport = login_.transport;
    config.username = login_.username;
    config.password = crypto::SecretBytes(login_.password);
    config.family = login_.family;
    config.dual = login_.dual;
    client_ = std::make_unique<turn::Client>(std::move(config), rng_);
    if (is_stream) {
        connect(login_.server);
    } else {
        client_->start(host().time());
    }
    flush();
}

void TurnUser::connect(const SocketAddress& server) {
    if (stream_) host().streams().close(*stream_);
    const auto own = host().address(server.ip.family());
    stream_ = own ? host().streams().connect(*own, server, *this) : std::nullopt;
    if (!stream_) end_broken();
}

void TurnUser::end_broken() {
    ended_ = turn::Ended{turn::Ended::Why::kBroken, 0};
    events.emplace_back(*ended_);
    if (when_news) when_news();
}

std::optional<SocketAddress> TurnUser::relayed(AddressFamily family) const {
    if (!is_there()) return std::nullopt;
    for (const SocketAddress& address : client_->relayed()) {
        if (address.ip.family() == family) return address;
    }
    return std::nullopt;
}

void TurnUser::permit(const IpAddress& peer) {
    (void)client_->permit(host().time(), peer); // PermissionRefused is not said of what has no room; nothing comes then
    flush();
}

void TurnUser::bind_channel(const SocketAddress& peer) {
    (void)client_->bind_channel(host().time(), PeerAddress(peer));
    flush();
}

void TurnUser::send(const SocketAddress& peer, ByteView payload) {
    (void)client_->send(PeerAddress(peer), payload); // who is not let in yet loses a packet
    flush();
}

void TurnUser::close() {
    client_->close(host().time());
    flush();
}

void TurnUser::handle_datagram(Instant now, const Datagram& in) {
    if (in.remote == client_->server()) hear(now, in.payload);
}

void TurnUser::handle_timeout(Instant now) {
    client_->handle_timeout(now);
    flush();
}

std::optional<Instant> TurnUser::poll_timeout() const {
    return client_ ? client_->poll_timeout() : std::nullopt;
}

void TurnUser::handle_stream_opened(Instant now, StreamId stream) {
    if (stream != stream_ || client_->has_ended()) return; // closed before it was open
    client_->start(now);
    flush();
}

void TurnUser::handle_stream_data(Instant now, StreamId stream, ByteView bytes) {
    if (stream == stream_) hear(now, bytes);
}

void TurnUser::handle_stream_closed(Instant /*now*/, StreamId stream) {
    if (stream != stream_) return;
    stream_.reset();
    client_->handle_path_closed();
    flush();
    if (!ended_) end_broken(); // it was never open
}

// Its socket is gone. What became of the relay nobody can ask any more.
void TurnUser::handle_addresses_changed(Instant /*now*/) {
    if (!client_ || ended_ || turn::is_stream(login_.transport)) return;
    const std::vector<IpAddress> addresses = host().addresses();
    if (std::ranges::find(addresses, local_.ip) != addresses.end()) return;
    client_->handle_path_closed();
    flush();
}

void TurnUser::hear(Instant now, ByteView bytes) {
    while (!bytes.empty()) {
        if (const auto data = client_->handle_input(now, bytes)) {
            heard.push_back({data->peer.value(), {data->payload.begin(), data->payload.end()}});
        }
    }
    flush();
}

void TurnUser::flush() {
    while (const auto out = client_->poll_transmit()) {
        if (!turn::is_stream(login_.transport)) {
            host().send(out->local, out->remote, out->payload);
        } else if (stream_) {
            host().streams().write(*stream_, out->payload);
        }
    }
    while (auto event = client_->poll_event()) {
        if (const auto* end = std::get_if<turn::Ended>(&*event)) ended_ = *end;
        if (const auto* other = std::get_if<turn::TryAlternate>(&*event)) connect(other->server);
        events.push_back(std::move(*event));
    }
    if (when_news && !(heard.empty() && events.empty())) when_news();
    reschedule();
}

} // namespace vv::sim
