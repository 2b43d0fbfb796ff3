#include "net/websocket_client.h"

#include "net/clock.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace vv::net {
namespace {

constexpr std::size_t kBlockSize = 16384;

} // namespace

WebSocketClient::WebSocketClient(EventLoop& loop, Rng& rng, HttpUrl url, WebSocketClientOptions options,
                                 WebSocketClientHandler& handler)
    : loop_(loop),
      rng_(rng),
      url_(std::move(url)),
      options_(std::move(options)),
      handler_(handler),
      deadline_(loop.timers(), *this),
      dial_(loop, {.host = url_.host, .port = url_.port, .is_tls = url_.is_tls},
            {.trusted_pem = options_.trusted_pem, .time_max = options_.opening_time, .resolve = options_.resolve},
            [this](Result<Dialed, FetchError> dialed) { begin_opening(std::move(dialed)); }),
      opening_(url_, options_.subprotocol, rng),
      reader_(WebSocketRole::kClient, static_cast<std::uint32_t>(options_.message_max)),
      unsent_(monotonic_now()) {
    deadline_.arm(monotonic_now() + options_.opening_time);
}

void WebSocketClient::abandon() {
    if (state_ == State::kOpen) send_frame(Opcode::kClose, close_payload(CloseCode::kNormal, ""));
    release();
}

void WebSocketClient::handle_ready(std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) flush();
    if (state_ != State::kEnded && (events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) read();
}

void WebSocketClient::begin_opening(Result<Dialed, FetchError> dialed) {
    if (!dialed) return fail(dialed.error().failure, dialed.error().detail);
    stream_ = std::move(dialed->stream);
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
    if (watched_ != 0)
        loop_.change(stream_->fd(), events, *this);
    else if (!loop_.watch(stream_->fd(), events, *this))
        return fail(FetchFailure::kNobodyAnswers, std::generic_category().message(errno)); // only ever the first time
    watched_ = events;
}

void WebSocketClient::handle_timeout(Timer&, Instant) {
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
    dial_.cancel();
    if (watched_ != 0) loop_.unwatch(stream_->fd(), *this);
    watched_ = 0;
    if (stream_) stream_->finish_writing();
    stream_.reset();
}

} // namespace vv::net
