// How a connection begins: what a proxy says about it, TLS, and whether it speaks
// HTTP or TURN.
#include "base/assert.h"
#include "net/connection.h"
#include "net/socket.h"

#include <array>
#include <utility>

namespace vv::net {

void Connection::read_proxy_header() {
    std::array<std::uint8_t, kProxyFixedSize + kProxyRestMax> bytes{};
    while (state_ == State::kProxy) {
        // Never past the header: what follows is for TLS to read.
        const IoResult input = stream_.read_raw(std::span(bytes).first(proxy_->wanted()));
        if (input.status == IoStatus::kWantRead) return;
        if (input.status != IoStatus::kDone) {
            if (!proxy_->is_empty()) host_.counters.proxy_headers_bad.add();
            abandon();
            return;
        }
        const auto header = proxy_->handle_input(ByteView(bytes).first(input.size));
        if (!header) {
            host_.counters.proxy_headers_bad.add();
            abandon();
            return;
        }
        if (*header) handle_proxy_header(**header);
    }
}

void Connection::handle_proxy_header(const ProxyHeader& header) {
    proxy_.reset();
    if (header.told) {
        remote_ = header.told->client;
        server_ = std::make_unique<SocketAddress>(header.told->server);
    }
    if (!seat_.place(remote_.ip)) {
        host_.counters.refused.add();
        abandon();
        return;
    }
    begin_handshake();
}

void Connection::begin_handshake() {
    if (stream_.is_tls()) {
        state_ = State::kHandshake;
        arm(host_.times.handshake);
    } else {
        begin_opening();
    }
}

void Connection::begin_opening() {
    if (site_.turn == nullptr) {
        begin_http();
    } else {
        state_ = State::kOpening;
    }
    arm(host_.times.head);
}

void Connection::begin_http() {
    state_ = State::kHttp;
}

// Returns what is left for HTTP.
std::span<std::uint8_t> Connection::take_opening(std::span<std::uint8_t> bytes) {
    bytes = bytes.subspan(opening_.handle_input(bytes));
    const auto protocol = opening_.protocol();
    if (!protocol) return {};
    if (*protocol == OpeningProtocol::kTurn) {
        hand_over(bytes);
        return {};
    }
    if (site_.handler == nullptr) {
        host_.counters.protocol_errors.add();
        abandon();
        return {};
    }
    begin_http();
    const auto taken = opening_.taken();
    const auto rest = taken.empty() ? std::span<std::uint8_t>() : take_request(taken);
    VV_ASSERT(rest.empty()); // the first of these bytes is none of a request: it has been refused
    return state_ == State::kHttp ? bytes : std::span<std::uint8_t>();
}

// The relay of this shard has it from here on.
void Connection::hand_over(ByteView bytes) {
    ByteBuffer opening(opening_.taken().begin(), opening_.taken().end());
    opening.insert(opening.end(), bytes.begin(), bytes.end());
    state_ = State::kGone;
    host_.loop.unwatch(stream_.fd(), *this);
    const SocketAddress server = server_ != nullptr ? *server_ : local_address(stream_.fd());
    const Instant deadline = timer_.deadline();
    timer_.cancel();
    host_.release(id_);
    site_.turn->take_stream({.stream = std::move(stream_),
                             .server = server,
                             .client = remote_,
                             .seat = std::move(seat_),
                             .opening = std::move(opening),
                             .first_message_by = deadline});
}

} // namespace vv::net
