#include "net/caller_line.h"

#include "base/overloaded.h"
#include "net/clock.h"
#include "net/mark.h"
#include "signal/settings.h"

#include <utility>

namespace vv::net {

HttpUrl signaling_url(const HttpUrl& page) {
    HttpUrl url = page;
    url.target = "/ws";
    return url;
}

CallerLine::CallerLine(EventLoop& loop, const HttpUrl& page, ByteBuffer device, std::string trusted_pem,
                       Listener listener)
    : loop_(loop),
      url_(signaling_url(page)),
      options_{.subprotocol = std::string(signal::kSubprotocol),
               .message_max = caller::kServerMessageMax,
               .trusted_pem = std::move(trusted_pem)},
      listener_(std::move(listener)),
      client_({page.authority(), std::move(device)}, rng_),
      timer_(loop.timers(), *this) {}

void CallerLine::act(const std::function<void(caller::Client&, Instant now)>& what) {
    what(client_, monotonic_now());
    drain();
}

void CallerLine::handle_timeout(Timer&, Instant now) {
    client_.handle_timeout(now);
    drain();
}

void CallerLine::handle_text(std::string_view text) {
    client_.handle_text(monotonic_now(), text);
    drain();
}

void CallerLine::handle_end(const WebSocketEnd& end) {
    last_end_ = end;
    drop_socket();
    client_.handle_closed(monotonic_now(), end.code);
    drain();
}

// Whoever is told may act at once; what comes of it is done here, after what is being done.
void CallerLine::drain() {
    if (is_draining_) return;
    const Mark draining(is_draining_);
    for (bool is_busy = true; is_busy;) {
        is_busy = false;
        while (const auto command = client_.poll_command()) {
            is_busy = true;
            carry_out(*command);
        }
        while (auto event = client_.poll_event()) {
            is_busy = true;
            listener_(*std::move(event));
        }
    }
    if (const auto due = client_.poll_timeout())
        timer_.arm(*due);
    else
        timer_.cancel();
}

void CallerLine::carry_out(const caller::SessionCommand& command) {
    std::visit(Overloaded{
                   [this](const caller::Connect&) {
                       drop_socket();
                       WebSocketClientHandler& handler = *this;
                       socket_ = std::make_unique<WebSocketClient>(loop_, rng_, url_, options_, handler);
                   },
                   [this](const caller::SendText& send) {
                       if (socket_) socket_->send_text(send.text);
                   },
                   [this](const caller::Disconnect&) { drop_socket(); },
               },
               command);
}

// It may be the one that is calling.
void CallerLine::drop_socket() {
    if (!socket_) return;
    socket_->abandon();
    loop_.defer([socket = std::move(socket_)] {});
}

} // namespace vv::net
