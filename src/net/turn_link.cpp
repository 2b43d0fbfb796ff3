#include "net/turn_link.h"

#include "net/socket.h"

#include <array>
#include <sys/socket.h>
#include <utility>

namespace vv::net {
namespace {

// More than any network's packets: what is larger was put together from pieces, and is not of a call.
constexpr std::size_t kDatagramMax = 4096;

} // namespace

TurnLink::TurnLink(EventLoop& loop, const TurnLogin& login, Owner owner, Rng& rng)
    : loop_(loop),
      login_(login),
      owner_(std::move(owner)),
      rng_(rng),
      timer_(loop.timers(), *this) {}

TurnLink::~TurnLink() {
    if (fd_.is_open()) loop_.unwatch(fd_.value(), *this);
}

// Connected, so that the kernel says from which address, and passes only the server's answers on.
bool TurnLink::connect() {
    const NativeAddress native(login_.server);
    UniqueFd fd(::socket(native.pointer()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.is_open() || ::connect(fd.value(), native.pointer(), native.size) != 0) return false;
    if (!loop_.watch(fd.value(), EPOLLIN, *this)) return false;
    fd_ = std::move(fd);
    return true;
}

void TurnLink::start() {
    if (!connect()) return owner_.event(turn::Ended{turn::Ended::Why::kBroken, 0});
    turn::ClientConfig config;
    config.local = local_address(fd_.value());
    config.server = login_.server;
    config.username = login_.username;
    config.password = crypto::SecretBytes(login_.password);
    client_ = std::make_unique<turn::Client>(std::move(config), rng_);
    client_->start(loop_.now());
    flush();
}

void TurnLink::permit(const IpAddress& peer) {
    if (!client_) return;
    (void)client_->permit(loop_.now(), peer); // where there is no room nothing comes, as where the server refuses
    flush();
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
    for (;;) {
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
