#include "net/connection.h"

#include "base/assert.h"

#include <algorithm>
#include <utility>

namespace vv::net {
namespace {

// Head and body go out in one write up to this size.
constexpr std::size_t kJoinedMax = 8192;
// Said in one go, it fills a TLS record.
constexpr std::size_t kCorkMax = 16384;
// What a peer may still send after we have closed, before we stop listening to it.
constexpr std::uint32_t kDroppedMax = 256 * 1024;
// TLS records handled for one connection before the others get their turn.
constexpr int kReadsPerRound = 4;

constexpr const char* kProxyHelp = "Connections refused for what a proxy should have said, by reason.";

Stream make_stream(UniqueFd fd, SSL_CTX* tls) {
    return tls == nullptr ? Stream(std::move(fd)) : Stream(std::move(fd), *tls);
}

} // namespace

ConnectionCounters::ConnectionCounters(Metrics& metrics)
    : accepted(metrics.counter("visavis_connections_accepted_total", "TCP connections taken in.")),
      refused(metrics.counter("visavis_connections_refused_total", "TCP connections refused at a limit.")),
      handshakes_failed(
          metrics.counter("visavis_tls_handshakes_failed_total", "TLS handshakes that did not end well.")),
      requests(metrics.counter("visavis_http_requests_total", "HTTP requests answered.")),
      websockets(metrics.counter("visavis_websockets_total", "WebSockets opened.")),
      websockets_refused(metrics.counter("visavis_websockets_refused_total", "WebSockets refused at a limit.")),
      accept_pauses(
          metrics.counter("visavis_accept_pauses_total", "Pauses in accepting for want of descriptors or memory.")),
      messages_in(metrics.counter("visavis_websocket_messages_in_total", "Text messages from clients.")),
      messages_out(metrics.counter("visavis_websocket_messages_out_total", "Text messages to clients.")),
      slow_readers(metrics.counter("visavis_connections_cut_total", "Connections cut off by us.", "reason=\"slow\"")),
      silent(metrics.counter("visavis_connections_cut_total", "Connections cut off by us.", "reason=\"silent\"")),
      protocol_errors(
          metrics.counter("visavis_connections_cut_total", "Connections cut off by us.", "reason=\"protocol\"")),
      proxy_strangers(metrics.counter("visavis_proxy_refused_total", kProxyHelp, "reason=\"source\"")),
      proxy_headers_bad(metrics.counter("visavis_proxy_refused_total", kProxyHelp, "reason=\"header\"")),
      proxy_headers_late(metrics.counter("visavis_proxy_refused_total", kProxyHelp, "reason=\"late\"")),
      open(metrics.gauge("visavis_connections", "TCP connections open.")),
      websockets_open(metrics.gauge("visavis_websockets", "WebSockets open.")) {}

Connection::Connection(ConnectionHost& host, const Site& site, ConnectionId id, Accepted accepted)
    : host_(host),
      site_(site),
      id_(id),
      stream_(make_stream(std::move(accepted.fd), site.tls)),
      timer_(host.loop.timers(), *this),
      reader_(WebSocketRole::kServer, static_cast<std::uint32_t>(host.message_max)),
      seat_(std::move(accepted.seat)),
      remote_(accepted.remote) {
    host_.counters.accepted.add();
    host_.counters.open.add(1);
    interest_ = EPOLLIN;
    if (!host_.loop.watch(stream_.fd(), interest_, *this)) {
        abandon();
        return;
    }
    if (site_.proxies.on) {
        proxy_ = std::make_unique<ProxyHeaderReader>();
        arm(host_.times.handshake);
    } else {
        begin_handshake();
    }
}

Connection::~Connection() {
    // The shard's end may come before the connection's own.
    if (state_ != State::kGone) {
        leave_websocket();
        host_.loop.unwatch(stream_.fd(), *this);
    }
    host_.counters.open.add(-1);
}

// ---- readiness and time

void Connection::handle_ready(std::uint32_t events) {
    // What is said while input is handled goes out together: one record, one system call.
    host_.corked_by = this;
    dispatch(events);
    uncork();
    host_.corked_by = nullptr;
    update_interest();
}

void Connection::dispatch(std::uint32_t events) {
    switch (state_) {
    case State::kProxy:
        read_proxy_header();
        break;
    case State::kHandshake:
        continue_handshake();
        break;
    case State::kOpening:
    case State::kHttp:
    case State::kWebSocket:
        if ((events & EPOLLOUT) != 0 && unsent_ != nullptr) flush();
        if ((events & EPOLLIN) != 0 || ((events & EPOLLOUT) != 0 && read_wants_write_)) {
            read_input();
        } else if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
            abandon();
        }
        break;
    case State::kClosing:
        if ((events & EPOLLOUT) != 0 && unsent_ != nullptr) flush();
        if (state_ == State::kClosing && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) drop_input();
        break;
    case State::kGone:
        break;
    }
}

void Connection::handle_timeout(Timer&, Instant now) {
    switch (state_) {
    case State::kProxy:
        host_.counters.proxy_headers_late.add();
        abandon();
        break;
    case State::kOpening:
        if (opening_.taken().empty()) {
            finish_after_flush();
        } else {
            host_.counters.silent.add();
            abandon();
        }
        break;
    case State::kHandshake:
        host_.counters.handshakes_failed.add();
        host_.counters.silent.add();
        abandon();
        break;
    case State::kHttp:
        if (unsent_ != nullptr) {
            host_.counters.slow_readers.add();
            abandon();
        } else if (parser_ != nullptr) {
            host_.counters.silent.add();
            parser_.reset();
            respond(plain_response(408, "The request did not come in full in time."), false, true);
        } else {
            finish_after_flush();
        }
        break;
    case State::kWebSocket:
        continue_pinging(now);
        break;
    case State::kClosing:
        if (unsent_ != nullptr) host_.counters.slow_readers.add();
        abandon();
        break;
    case State::kGone:
        break;
    }
    update_interest();
}

void Connection::continue_handshake() {
    switch (stream_.handshake().status) {
    case IoStatus::kDone:
        read_wants_write_ = false;
        begin_opening();
        // TLS may have taken the request from the socket with the last of the handshake.
        if (stream_.has_pending()) read_input();
        break;
    case IoStatus::kWantRead:
        read_wants_write_ = false;
        break;
    case IoStatus::kWantWrite:
        read_wants_write_ = true;
        break;
    case IoStatus::kPlainHttp: {
        const auto response = plain_response(400, "This port speaks HTTPS: write https:// in the address.");
        stream_.write_raw(as_bytes(write_head(response, host_.date(), false) + response.body));
        host_.counters.handshakes_failed.add();
        finish_after_flush();
        break;
    }
    case IoStatus::kEnd:
    case IoStatus::kFailed:
        host_.counters.handshakes_failed.add();
        abandon();
        break;
    }
}

// ---- input

void Connection::read_input() {
    for (int i = 0; i < kReadsPerRound; ++i) {
        if (!takes_input()) return;
        const IoResult result = stream_.read(host_.scratch);
        read_wants_write_ = result.status == IoStatus::kWantWrite;
        if (result.status == IoStatus::kDone) {
            if (result.size > 0) take_input(host_.scratch.first(result.size));
            // The loop tells when the socket has more, but not what TLS has already taken from it.
            if (!takes_input() || !stream_.has_pending()) return;
            continue;
        }
        if (result.status == IoStatus::kEnd) handle_end();
        if (result.status == IoStatus::kFailed) abandon();
        return;
    }
    // TLS holds more than a fair share: come back after the others.
    host_.read_later(id_);
}

// The peer will say no more. What it asked for last may still be on its way out.
void Connection::handle_end() {
    if (state_ == State::kWebSocket) {
        abandon(); // which ends with a close frame, or is broken
        return;
    }
    input_ended_ = true;
    finish_after_flush();
}

bool Connection::takes_input() const {
    // One HTTP answer after the other: the next request waits until this one is taken.
    return state_ == State::kWebSocket || state_ == State::kOpening || (state_ == State::kHttp && unsent_ == nullptr);
}

void Connection::take_input(std::span<std::uint8_t> bytes) {
    if (state_ == State::kOpening) bytes = take_opening(bytes);
    while (!bytes.empty() && state_ == State::kHttp) {
        if (unsent_ != nullptr) {
            held_input_ = std::make_unique<ByteBuffer>(bytes.begin(), bytes.end());
            return;
        }
        bytes = take_request(bytes);
    }
    if (state_ == State::kWebSocket) take_frames(bytes);
}

// Feeds one request; returns what follows it.
std::span<std::uint8_t> Connection::take_request(std::span<std::uint8_t> bytes) {
    if (parser_ == nullptr) {
        parser_ = std::make_unique<HttpRequestParser>(host_.http_limits);
        arm(host_.times.head);
    }
    const auto taken = parser_->handle_input(bytes);
    if (!taken) {
        host_.counters.protocol_errors.add();
        parser_.reset();
        respond(taken.error(), false, true);
        return {};
    }
    if (parser_->is_complete()) {
        const auto parser = std::exchange(parser_, nullptr);
        answer(parser->request());
    }
    return bytes.subspan(*taken);
}

void Connection::answer(const HttpRequest& request) {
    host_.counters.requests.add();
    if (!site_.websocket_path.empty() && request.path() == site_.websocket_path) {
        upgrade(request);
        return;
    }
    const HttpResponse response = site_.handler->handle_request(request);
    respond(response, request.keep_alive, !request.is_head());
}

void Connection::upgrade(const HttpRequest& request) {
    HttpResponse response = answer_upgrade(request, site_.upgrade);
    const std::string_view host = request.header("host").value_or("");
    if (response.status == 101 && host_.stopping) {
        response = plain_response(503, "This server is stopping; come back soon.");
    } else if (response.status == 101 && !site_.application->handle_request(id_, remote_.ip, host)) {
        host_.counters.websockets_refused.add();
        response = plain_response(429, "There are too many connections from this address.");
    }
    if (response.status != 101) {
        respond(response, request.keep_alive, !request.is_head());
        return;
    }
    state_ = State::kWebSocket;
    host_.counters.websockets.add();
    host_.counters.websockets_open.add(1);
    send(write_head(response, host_.date(), true));
    if (state_ != State::kWebSocket) return;
    arm(ping_interval());
    site_.application->handle_open(id_);
}

void Connection::respond(const HttpResponse& response, bool keep_alive, bool with_body) {
    const bool stays = keep_alive && !response.close && !host_.stopping;
    std::string head = write_head(response, host_.date(), stays);
    if (!with_body || response.status == 304) {
        send(head);
    } else if (head.size() + response.body_size() <= kJoinedMax) {
        head += response.lasting_body.empty() ? std::string_view(response.body) : as_text(response.lasting_body);
        send(head);
    } else {
        send(head);
        if (response.lasting_body.empty()) {
            send(response.body);
        } else {
            send_lasting(response.lasting_body);
        }
    }
    if (state_ != State::kHttp) return;
    if (!stays) {
        finish_after_flush();
    } else {
        arm(unsent_ != nullptr ? host_.times.stall : host_.times.keep_alive);
    }
}

// ---- output

void Connection::send(std::string_view bytes) {
    if (state_ == State::kGone) return;
    if (unsent_ != nullptr) {
        unsent_->push(bytes);
    } else if (host_.corked_by == this) {
        host_.cork += bytes;
        if (host_.cork.size() >= kCorkMax) uncork();
    } else {
        const ByteView rest = write_now(as_bytes(bytes));
        if (!rest.empty()) queue().push(as_text(rest));
    }
}

void Connection::send_lasting(ByteView bytes) {
    uncork();
    if (state_ == State::kGone) return;
    const ByteView rest = unsent_ != nullptr ? bytes : write_now(bytes);
    if (!rest.empty()) queue().push_lasting(rest);
}

void Connection::uncork() {
    if (host_.corked_by != this || host_.cork.empty()) return;
    const ByteView rest = write_now(as_bytes(host_.cork));
    if (!rest.empty()) queue().push(as_text(rest));
    host_.cork.clear();
    if (unsent_ != nullptr && state_ == State::kHttp) arm(host_.times.stall);
}

ByteView Connection::write_now(ByteView bytes) {
    while (!bytes.empty()) {
        const IoResult result = stream_.write(bytes);
        if (result.status == IoStatus::kDone) {
            bytes = bytes.subspan(result.size);
        } else if (result.status == IoStatus::kWantWrite) {
            return bytes;
        } else {
            abandon();
            return {};
        }
    }
    return bytes;
}

void Connection::flush() {
    while (unsent_ != nullptr && !unsent_->is_empty()) {
        const std::size_t before = unsent_->front().size();
        const std::size_t left = write_now(unsent_->front()).size();
        if (state_ == State::kGone) return;
        if (left < before) {
            unsent_->pop(before - left, host_.loop.now());
            if (state_ != State::kWebSocket) arm(host_.times.stall);
        }
        if (left > 0) return;
    }
    unsent_.reset();
    handle_flushed();
}

void Connection::handle_flushed() {
    if (finishing_) {
        stream_.finish_writing();
        arm(host_.times.linger);
        if (input_ended_) abandon();
    } else if (state_ == State::kHttp && host_.stopping) {
        finish_after_flush();
    } else if (state_ == State::kHttp) {
        arm(host_.times.keep_alive);
        if (const auto held = std::exchange(held_input_, nullptr)) take_input(*held);
        if (takes_input() && stream_.has_pending()) host_.read_later(id_);
    }
}

SendQueue& Connection::queue() {
    if (unsent_ == nullptr) unsent_ = std::make_unique<SendQueue>(host_.loop.now());
    return *unsent_;
}

// ---- the end

void Connection::begin_stop() {
    if (state_ == State::kProxy || state_ == State::kHandshake ||
        (state_ == State::kOpening && !opening_.taken().empty())) {
        abandon();
    }
    if (state_ == State::kOpening) finish_after_flush();
    if (state_ == State::kHttp && parser_ == nullptr && unsent_ == nullptr) finish_after_flush();
    update_interest();
}

// What is unsent goes out, then FIN; then the peer has a moment to read it. Closing at once would reset the
// connection if input were waiting, and the peer would lose our last words.
void Connection::finish_after_flush() {
    uncork();
    if (state_ == State::kGone) return;
    state_ = State::kClosing;
    finishing_ = true;
    parser_.reset();
    held_input_.reset();
    if (unsent_ == nullptr) {
        handle_flushed();
    } else {
        arm(host_.times.stall);
    }
}

void Connection::drop_input() {
    while (true) {
        const IoResult result = stream_.read_raw(host_.scratch);
        dropped_ += static_cast<std::uint32_t>(result.size);
        if (result.status == IoStatus::kWantRead) return;
        if (result.status == IoStatus::kEnd && unsent_ != nullptr) {
            input_ended_ = true; // it has said all it wanted and may still be reading
            return;
        }
        if (result.status != IoStatus::kDone || dropped_ > kDroppedMax) {
            abandon();
            return;
        }
    }
}

void Connection::abandon() {
    if (state_ == State::kGone) return;
    leave_websocket();
    state_ = State::kGone;
    if (host_.corked_by == this) host_.cork.clear();
    timer_.cancel();
    host_.loop.unwatch(stream_.fd(), *this);
    host_.release(id_);
}

void Connection::update_interest() {
    if (state_ == State::kGone) return;
    // Without EPOLLIN while an HTTP answer is stuck: the next request can wait in the kernel.
    const bool paused = input_ended_ || (state_ == State::kHttp && unsent_ != nullptr);
    const std::uint32_t wanted = (paused ? 0U : static_cast<std::uint32_t>(EPOLLIN)) |
                                 (unsent_ != nullptr || read_wants_write_ ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
    if (wanted == interest_) return;
    interest_ = wanted;
    host_.loop.change(stream_.fd(), interest_, *this);
}

} // namespace vv::net
