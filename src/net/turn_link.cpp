#include "net/turn_link.h"

#include "net/socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace vv::net {
namespace {

// More than any network's packets: what is larger was put together from pieces, and is not of a call.
constexpr std::size_t kDatagramMax = 4096;
constexpr std::size_t kBlockSize = 16'384;
// So many before others of the loop have their turn.
constexpr int kBatch = 64;
// RFC 8489 §14.3.
constexpr std::size_t kUsernameSizeMax = 508;

using Why = turn::Ended::Why;

// What a peer is sent, and may be lost as any datagram; requests are not sent again on a stream.
bool is_for_peer(ByteView frame) {
    if (!stun::looks_like_stun(frame.front())) return true;
    const auto message = stun::parse_message(frame);
    return message && message->message_class() == stun::MessageClass::kIndication;
}

} // namespace

TurnLink::TurnLink(EventLoop& loop, const TurnLogin& login, Owner owner, Rng& rng)
    : loop_(loop),
      login_(login),
      server_(login.server),
      owner_(std::move(owner)),
      rng_(rng),
      timer_(loop.timers(), *this),
      unsent_(loop.now()) {}

TurnLink::~TurnLink() {
    if (fd_.is_open()) loop_.unwatch(fd_.value(), *this);
    drop_stream();
}

void TurnLink::start() {
    if (login_.username.empty() || login_.username.size() > kUsernameSizeMax) {
        return end_without_client(Why::kRefused);
    }
    const std::string host = login_.host.empty() ? login_.server.ip.to_string() : login_.host;
    if (turn::is_stream(login_.transport)) return dial(host, login_.resolve);
    if (login_.host.empty()) return begin_udp({login_.server});
    search_ = std::make_unique<HostSearch>(loop_, host, login_.server.port, login_.resolve,
                                           [this](const std::vector<SocketAddress>& places) {
                                               search_.reset();
                                               begin_udp(places);
                                           });
}

std::optional<IpAddress> TurnLink::local_ip() const {
    if (stream_) return local_address(stream_->fd()).ip;
    if (fd_.is_open()) return local_address(fd_.value()).ip;
    return std::nullopt;
}

// ---- over UDP

void TurnLink::begin_udp(const std::vector<SocketAddress>& places) {
    if (has_ended_) return;
    failure_ = FetchError{FetchFailure::kNoSuchHost, {}};
    for (const SocketAddress& place : places) {
        if (open_socket(place)) {
            failure_.reset();
            return begin_client(local_address(fd_.value()));
        }
        failure_ = FetchError{FetchFailure::kNobodyAnswers, std::generic_category().message(errno)};
    }
    end_without_client(Why::kBroken);
}

// False, with errno.
bool TurnLink::open_socket(const SocketAddress& server) {
    const int domain = server.ip.is_v4() ? AF_INET : AF_INET6;
    fd_.reset(::socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (connect_to(server) && loop_.watch(fd_.value(), EPOLLIN, *this)) return true;
    const int error = errno;
    fd_.reset();
    errno = error;
    return false;
}

// Connected, so that the kernel says from which address, and passes only the server's answers on.
bool TurnLink::connect_to(const SocketAddress& server) {
    const NativeAddress native(server);
    server_ = server;
    return fd_.is_open() && ::connect(fd_.value(), native.pointer(), native.size) == 0;
}

void TurnLink::receive_datagrams(Instant now) {
    std::array<std::uint8_t, kDatagramMax> buffer{};
    for (int i = 0; i < kBatch; ++i) {
        const ssize_t size = ::recv(fd_.value(), buffer.data(), buffer.size(), MSG_TRUNC);
        if (size < 0) return; // nothing more; or that nobody is there, which silence says too
        if (static_cast<std::size_t>(size) > buffer.size()) continue;
        take(now, ByteView(buffer).first(static_cast<std::size_t>(size)));
    }
}

void TurnLink::send_datagram(const Transmit& out) {
    // Another server of the same family, by the word of the one before (RFC 8489 §10). No way there is silence.
    if (!fd_.is_open() || (out.remote != server_ && !connect_to(out.remote))) return;
    // What the kernel does not take is a lost datagram, and sent again where it matters.
    (void)::send(fd_.value(), out.payload.data(), out.payload.size(), MSG_NOSIGNAL);
}

// ---- over a stream

void TurnLink::dial(const std::string& host, NameLookup::Resolve resolve) {
    DialOptions options;
    options.trusted_pem = login_.trusted_pem;
    options.resolve = std::move(resolve);
    const DialTarget target{host, login_.server.port, login_.transport == turn::Transport::kTls};
    dial_ = std::make_unique<StreamDial>(loop_, target, std::move(options), [this](Result<Dialed, FetchError> dialed) {
        handle_dialed(std::move(dialed));
    });
}

void TurnLink::handle_dialed(Result<Dialed, FetchError> dialed) {
    if (has_ended_) return; // it was closed meanwhile
    if (!dialed) {
        failure_ = std::move(dialed.error());
        return end_without_client(Why::kBroken);
    }
    stream_ = std::move(dialed->stream);
    server_ = dialed->place;
    unsent_ = SendQueue(loop_.now());
    watched_ = 0;
    watch_stream();
    if (client_) {
        client_->start(loop_.now());
        return flush();
    }
    begin_client(local_address(stream_->fd()));
}

void TurnLink::receive_stream(Instant now) {
    std::array<std::uint8_t, kBlockSize> block{};
    // What TLS holds the socket does not announce again.
    for (int i = 0; stream_ && (i < kBatch || stream_->has_pending()); ++i) {
        const IoResult result = stream_->read(block);
        if (result.status == IoStatus::kWantRead) return;
        if (result.status != IoStatus::kDone) {
            failure_ = FetchError{FetchFailure::kBroken, {}};
            drop_stream();
            return client_->handle_path_closed();
        }
        take(now, ByteView(block).first(result.size));
        // Behind a word of the other server, or of the end, nothing counts that this one says.
        flush();
    }
}

void TurnLink::queue(const Transmit& out) {
    if (!stream_) return;
    if (unsent_.size() + out.payload.size() > kTurnStreamQueueMax && is_for_peer(out.payload)) return;
    unsent_.push(as_text(out.payload));
}

void TurnLink::write_queued() {
    while (stream_ && !unsent_.is_empty()) {
        const IoResult result = stream_->write(unsent_.front());
        if (result.status == IoStatus::kWantWrite) break;
        if (result.status != IoStatus::kDone) return break_stream();
        unsent_.pop(result.size, loop_.now());
    }
    if (stream_) watch_stream();
}

void TurnLink::watch_stream() {
    const std::uint32_t events = unsent_.is_empty() ? EPOLLIN : EPOLLIN | EPOLLOUT;
    if (watched_ == events) return;
    if (watched_ != 0)
        loop_.change(stream_->fd(), events, *this);
    else if (!loop_.watch(stream_->fd(), events, *this))
        return; // the client gives up in its time
    watched_ = events;
}

// Told from a round of its own: whoever is sending does not expect it.
void TurnLink::break_stream() {
    ::shutdown(stream_->fd(), SHUT_RDWR);
}

void TurnLink::drop_stream() {
    if (!stream_) return;
    if (watched_ != 0) loop_.unwatch(stream_->fd(), *this);
    watched_ = 0;
    stream_->finish_writing();
    stream_.reset();
}

// ---- both

void TurnLink::begin_client(const SocketAddress& local) {
    turn::ClientConfig config;
    config.local = local;
    config.server = server_;
    config.transport = login_.transport;
    config.username = login_.username;
    config.password = crypto::SecretBytes(login_.password);
    client_ = std::make_unique<turn::Client>(std::move(config), rng_);
    client_->start(loop_.now());
    flush();
}

void TurnLink::end_without_client(Why why) {
    if (std::exchange(has_ended_, true)) return;
    search_.reset();
    owner_.event(turn::Ended{why, 0});
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
    if (!client_) {
        if (search_ || dial_) end_without_client(Why::kClosed);
        return;
    }
    client_->close(loop_.now());
    flush();
}

void TurnLink::handle_ready(std::uint32_t events) {
    if (fd_.is_open()) {
        receive_datagrams(loop_.now());
    } else {
        if ((events & EPOLLOUT) != 0) write_queued();
        if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) receive_stream(loop_.now());
    }
    flush();
}

void TurnLink::handle_timeout(Timer& /*timer*/, Instant /*now*/) {
    client_->handle_timeout(loop_.now()); // which may be later than the round's: it never goes back
    flush();
}

void TurnLink::take(Instant now, ByteView input) {
    while (!input.empty()) {
        if (const auto data = client_->handle_input(now, input)) owner_.heard(data->peer.value(), data->payload);
    }
}

void TurnLink::flush() {
    while (const auto out = client_->poll_transmit()) {
        if (turn::is_stream(login_.transport)) {
            queue(*out);
        } else {
            send_datagram(*out);
        }
    }
    write_queued();
    while (const auto event = client_->poll_event())
        note(*event);
    if (const auto due = client_->poll_timeout()) {
        timer_.arm(*due);
    } else {
        timer_.cancel();
    }
}

void TurnLink::note(const turn::ClientEvent& event) {
    if (const auto* other = std::get_if<turn::TryAlternate>(&event)) {
        drop_stream();
        // The certificate stays that of the name that was asked first (RFC 8489 §10); a relay named by its address has
        // none, and the new address is what counts.
        server_ = other->server;
        login_.server.port = other->server.port;
        const bool is_address = login_.host.empty() || IpAddress::parse(login_.host).has_value();
        return dial(is_address ? other->server.ip.to_string() : login_.host,
                    [place = other->server](const std::string&, std::uint16_t) { return std::vector{place}; });
    }
    if (std::holds_alternative<turn::Ended>(event)) {
        if (std::exchange(has_ended_, true)) return;
        drop_stream();
    }
    owner_.event(event);
}

} // namespace vv::net
