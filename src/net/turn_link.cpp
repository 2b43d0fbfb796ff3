#include "net/turn_link.h"

#include "net/socket.h"

#include <array>
#include <sys/socket.h>
#include <utility>

namespace vv::net {
namespace {

// More than any network's packets: what is larger was put together from pieces, and is not of a call.
constexpr std::size_t kDatagramMax = 4096;
// So many before others of the loop have their turn.
constexpr int kBatch = 64;
// RFC 8489 §14.3.
constexpr std::size_t kUsernameSizeMax = 508;

} // namespace

TurnLink::TurnLink(EventLoop& loop, const TurnLogin& login, Owner owner, Rng& rng)
    : loop_(loop),
      login_(login),
      server_(login.server),
      owner_(std::move(owner)),
      rng_(rng),
      timer_(loop.timers(), *this) {}

TurnLink::~TurnLink() {
    if (fd_.is_open()) loop_.unwatch(fd_.value(), *this);
}

bool TurnLink::open() {
    const int domain = server_.ip.is_v4() ? AF_INET : AF_INET6;
    fd_.reset(::socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd_.is_open() && connect_to(server_) && loop_.watch(fd_.value(), EPOLLIN, *this)) return true;
    fd_.reset();
    return false;
}

// Connected, so that the kernel says from which address, and passes only the server's answers on.
bool TurnLink::connect_to(const SocketAddress& server) {
    const NativeAddress native(server);
    server_ = server;
    return ::connect(fd_.value(), native.pointer(), native.size) == 0;
}

void TurnLink::start() {
    if (login_.username.empty() || login_.username.size() > kUsernameSizeMax) {
        return owner_.event(turn::Ended{turn::Ended::Why::kRefused, 0});
    }
    if (!open()) return owner_.event(turn::Ended{turn::Ended::Why::kBroken, 0});
    turn::ClientConfig config;
    config.local = local_address(fd_.value());
    config.server = login_.server;
    config.username = login_.username;
    config.password = crypto::SecretBytes(login_.password);
    client_ = std::make_unique<turn::Client>(std::move(config), rng_);
    client_->start(loop_.now());
    flush();
}

bool TurnLink::permit(const IpAddress& peer) {
    if (!client_) return false;
    const bool is_asked = client_->permit(loop_.now(), peer);
    flush();
    return is_asked;
}

void TurnLink::bind_channel(const SocketAddress& peer) {
    if (!client_) return;
    (void)client_->bind_channel(loop_.now(), PeerAddress(peer)); // without it each packet is larger, and no more
    flush();
}

void TurnLink::send(const SocketAddress& peer, ByteView payload) {
    if (!client_) return;
    (void)client_->send(PeerAddress(peer), payload);
    flush();
}

void TurnLink::close() {
    if (!client_) return;
    client_->close(loop_.now());
    flush();
}

void TurnLink::handle_ready(std::uint32_t /*events*/) {
    receive(loop_.now());
    flush();
}

void TurnLink::handle_timeout(Timer& /*timer*/, Instant now) {
    client_->handle_timeout(now);
    flush();
}

void TurnLink::receive(Instant now) {
    std::array<std::uint8_t, kDatagramMax> buffer{};
    for (int i = 0; i < kBatch; ++i) {
        const ssize_t size = ::recv(fd_.value(), buffer.data(), buffer.size(), MSG_TRUNC);
        if (size < 0) return; // nothing more; or that nobody is there, which silence says too
        if (static_cast<std::size_t>(size) > buffer.size()) continue;
        ByteView input = ByteView(buffer).first(static_cast<std::size_t>(size));
        while (!input.empty()) {
            if (const auto data = client_->handle_input(now, input)) owner_.heard(data->peer.value(), data->payload);
        }
    }
}

void TurnLink::flush() {
    while (const auto out = client_->poll_transmit()) {
        // Another server of the same family, by the word of the one before (RFC 8489 §10). No way there is silence.
        if (out->remote != server_ && !connect_to(out->remote)) continue;
        // What the kernel does not take is a lost datagram, and sent again where it matters.
        (void)::send(fd_.value(), out->payload.data(), out->payload.size(), MSG_NOSIGNAL);
    }
    while (const auto event = client_->poll_event())
        owner_.event(*event);
    if (const auto due = client_->poll_timeout()) {
        timer_.arm(*due);
    } else {
        timer_.cancel();
    }
}

} // namespace vv::net
