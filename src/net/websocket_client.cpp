#include "net/websocket_client.h"

#include "net/clock.h"
#include "net/socket.h"
#include "net/tls_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace vv::net {
namespace {

constexpr std::size_t kBlockSize = 16384;

std::string system_text(int error) {
    return std::generic_category().message(error);
}

int pending_error(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

} // namespace

WebSocketClient::WebSocketClient(EventLoop& loop, Rng& rng, HttpUrl url, WebSocketClientOptions options,
                                 WebSocketClientHandler& handler)
    : loop_(loop),
      rng_(rng),
      url_(std::move(url)),
      options_(std::move(options)),
      handler_(handler),
      open_by_(monotonic_now() + options_.opening_time),
      deadline_(loop.timers(), *this),
      wake_(*this),
      opening_(url_, options_.subprotocol, rng),
      reader_(WebSocketRole::kClient, static_cast<std::uint32_t>(options_.message_max)),
      unsent_(monotonic_now()) {
    deadline_.arm(open_by_);
    begin();
}

void WebSocketClient::abandon() {
    if (state_ == State::kOpen) send_frame(Opcode::kClose, close_payload(CloseCode::kNormal, ""));
    release();
}

// The lookup's end is an event of the loop, also where there is nothing to look up.
void WebSocketClient::begin() {
    wake_fd_ = std::make_shared<const UniqueFd>(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake_fd_->is_open() || !loop_.watch(wake_fd_->value(), EPOLLIN, wake_)) {
        last_failure_ = FetchError{FetchFailure::kNobodyAnswers, system_text(errno)};
        wake_fd_.reset();
        return deadline_.arm(monotonic_now()); // as every end it is told from a round of the loop
    }
    auto resolve = options_.resolve;
    if (const auto ip = IpAddress::parse(url_.host)) {
        resolve = [ip](const std::string&, std::uint16_t port) { return std::vector{SocketAddress{*ip, port}}; };
    }
    lookup_ = std::make_unique<NameLookup>(url_.host, url_.port, wake_fd_, std::move(resolve));
    lookup_->begin();
}

void WebSocketClient::handle_found() {
    auto found = lookup_->take();
    if (!found) return;
    loop_.unwatch(wake_fd_->value(), wake_);
    wake_fd_.reset();
    lookup_.reset();
    places_ = *std::move(found);
    std::ranges::reverse(places_);
    if (places_.empty()) return fail(FetchFailure::kNoSuchHost);
    try_next_place();
}

void WebSocketClient::try_next_place() {
    state_ = State::kConnecting;
    while (!places_.empty()) {
        // A share of the time for each: of two families often one leads nowhere.
        const Instant now = monotonic_now();
        deadline_.arm(now + (open_by_ - now) / static_cast<Duration::rep>(places_.size()));
        const NativeAddress native(places_.back());
        places_.pop_back();
        connecting_.reset(::socket(native.pointer()->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        const bool begins =
            connecting_.is_open() &&
            (::connect(connecting_.value(), native.pointer(), native.size) == 0 || errno == EINPROGRESS);
        if (begins) return watch_for(EPOLLOUT);
        last_failure_ = FetchError{FetchFailure::kNobodyAnswers, system_text(errno)};
    }
    const auto failure = last_failure_.value_or(FetchError{FetchFailure::kNobodyAnswers, {}});
    fail(failure.failure, failure.detail);
}

void WebSocketClient::leave_place() {
    loop_.unwatch(connecting_.value(), *this);
    watched_ = 0;
    connecting_.reset();
    try_next_place();
}

void WebSocketClient::handle_ready(std::uint32_t events) {
    switch (state_) {
    case State::kConnecting:
        return handle_connected();
    case State::kHandshake:
        return go_on_with_handshake();
    case State::kOpening:
    case State::kOpen:
        if ((events & EPOLLOUT) != 0) flush();
        if (state_ != State::kEnded && (events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) read();
        return;
    case State::kResolving:
    case State::kEnded:
        return;
    }
}

void WebSocketClient::handle_connected() {
    if (const int error = pending_error(connecting_.value()); error != 0) {
        last_failure_ = FetchError{FetchFailure::kNobodyAnswers, system_text(error)};
        return leave_place();
    }
    deadline_.arm(open_by_);
    const int on = 1;
    ::setsockopt(connecting_.value(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // without it, only slower
    if (!url_.is_tls) {
        stream_ = std::make_unique<Stream>(std::move(connecting_));
        return begin_opening();
    }
    context_ = make_client_context(options_.trusted_pem);
    if (!context_) return fail(FetchFailure::kNoTls, take_openssl_error());
    stream_ = std::make_unique<Stream>(std::move(connecting_), *context_, url_.host);
    state_ = State::kHandshake;
    go_on_with_handshake();
}

void WebSocketClient::go_on_with_handshake() {
    switch (stream_->handshake().status) {
    case IoStatus::kDone:
        return begin_opening();
    case IoStatus::kWantRead:
        return watch_for(EPOLLIN);
    case IoStatus::kWantWrite:
        return watch_for(EPOLLOUT);
    case IoStatus::kEnd:
    case IoStatus::kFailed:
    case IoStatus::kPlainHttp:
        break;
    }
    if (const std::string why = stream_->distrust(); !why.empty()) return fail(FetchFailure::kNotTrusted, why);
    fail(FetchFailure::kNoTls, take_openssl_error());
}

void WebSocketClient::begin_opening() {
    state_ = State::kOpening;
    unsent_.push(opening_.request());
    flush();
}

void WebSocketClient::read() {
    std::array<std::uint8_t, kBlockSize> block{};
    do {
        const IoResult result = stream_->read(block);
        if (result.status == IoStatus::kWantRead) return;
        if (result.status == IoStatus::kEnd) return fail(FetchFailure::kBroken, "the connection was closed");
        if (result.status != IoStatus::kDone) return fail(FetchFailure::kBroken, "the connection is broken");
        if (!take(std::span(block).first(result.size))) return;
    } while (stream_->has_pending());
}

bool WebSocketClient::take(std::span<std::uint8_t> bytes) {
    if (state_ == State::kOpen) return take_frames(bytes);
    const auto opened = opening_.handle_input(bytes);
    if (!opened) {
        const auto [fault, status] = opened.error();
        const bool is_refused = fault == OpeningFault::kRefused;
        fail(FetchFailure::kUnreadable, is_refused ? "the server opens no WebSocket" : "", status);
        return false;
    }
    if (!*opened) return true;
    state_ = State::kOpen;
    deadline_.cancel();
    std::string rest = opening_.take_rest();
    return take_frames({reinterpret_cast<std::uint8_t*>(rest.data()), rest.size()});
}

bool WebSocketClient::take_frames(std::span<std::uint8_t> bytes) {
    for (;;) {
        const auto message = reader_.poll_message(bytes);
        if (!message) {
            send_frame(Opcode::kClose, close_payload(message.error().code, message.error().reason));
            fail(FetchFailure::kUnreadable, std::string(message.error().reason));
            return false;
        }
        const auto& whole = *message;
        if (!whole) return true;
        const auto& [opcode, payload] = *whole;
        if (opcode == Opcode::kText) handler_.handle_text(as_text(payload));
        if (opcode == Opcode::kPing) send_frame(Opcode::kPong, payload);
        if (opcode == Opcode::kClose) {
            const auto close = parse_close(payload);
            // The answer to it is the same code (RFC 6455 §5.5.1).
            if (close) send_frame(Opcode::kClose, payload.first(std::min<std::size_t>(payload.size(), 2)));
            end({close ? close->code.value_or(kClosedWithoutCode) : kClosedAbnormally, {}, 0});
        }
        // A text may have led to more being sent than the connection takes.
        if (state_ == State::kEnded) return false;
    }
}

void WebSocketClient::send_text(std::string_view text) {
    if (state_ == State::kOpen) send_frame(Opcode::kText, as_bytes(text));
}

void WebSocketClient::send_frame(Opcode opcode, ByteView payload) {
    ByteBuffer frame;
    write_masked_frame(frame, opcode, payload, rng_.bytes<4>());
    unsent_.push(as_text(frame));
    flush();
}

void WebSocketClient::flush() {
    while (!unsent_.is_empty()) {
        const IoResult result = stream_->write(unsent_.front());
        if (result.status == IoStatus::kWantWrite) break;
        if (result.status != IoStatus::kDone) {
            // Told from a round of its own: whoever is sending does not expect it.
            ::shutdown(stream_->fd(), SHUT_RDWR);
            break;
        }
        unsent_.pop(result.size, loop_.now());
    }
    if (unsent_.size() > options_.unsent_max) ::shutdown(stream_->fd(), SHUT_RDWR);
    watch_for(unsent_.is_empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

void WebSocketClient::watch_for(std::uint32_t events) {
    if (watched_ == events) return;
    const int fd = stream_ ? stream_->fd() : connecting_.value();
    if (watched_ != 0)
        loop_.change(fd, events, *this);
    else if (!loop_.watch(fd, events, *this))
        return fail(FetchFailure::kNobodyAnswers, system_text(errno)); // only ever the first time, before it connects
    watched_ = events;
}

void WebSocketClient::handle_timeout(Timer&, Instant) {
    if (state_ == State::kConnecting && !places_.empty()) {
        last_failure_ = FetchError{FetchFailure::kTooSlow, "the connection"};
        return leave_place();
    }
    if (state_ == State::kResolving && last_failure_) return fail(last_failure_->failure, last_failure_->detail);
    fail(FetchFailure::kTooSlow);
}

void WebSocketClient::fail(FetchFailure failure, std::string detail, int status) {
    end({kClosedAbnormally, FetchError{failure, std::move(detail)}, status});
}

void WebSocketClient::end(const WebSocketEnd& how) {
    if (state_ == State::kEnded) return;
    release();
    handler_.handle_end(how);
}

void WebSocketClient::release() {
    state_ = State::kEnded;
    deadline_.cancel();
    if (wake_fd_) loop_.unwatch(wake_fd_->value(), wake_);
    wake_fd_.reset();
    lookup_.reset();
    if (watched_ != 0) loop_.unwatch(stream_ ? stream_->fd() : connecting_.value(), *this);
    watched_ = 0;
    if (stream_) stream_->finish_writing();
    stream_.reset();
    connecting_.reset();
}

} // namespace vv::net
