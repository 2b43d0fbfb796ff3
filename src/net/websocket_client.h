// A WebSocket that this end opens, over ws or wss, on the thread of an event loop: one
// connection, from the name to its end.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "net/http_url.h"
#include "net/name_lookup.h"
#include "net/send_queue.h"
#include "net/stream.h"
#include "net/stream_dial.h"
#include "net/timer_queue.h"
#include "net/websocket_frame.h"
#include "net/websocket_opening.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vv::net {

/// What a browser says of a connection that ended without a close frame (RFC 6455 §7.1.5).
inline constexpr std::uint16_t kClosedAbnormally = 1006;
inline constexpr std::uint16_t kClosedWithoutCode = 1005;

struct WebSocketEnd {
    std::uint16_t code = kClosedAbnormally;
    std::optional<FetchError> why{}; // nothing: the server has closed with that code
    int status = 0;                  // of an answer that was no WebSocket; 0: there was none
};

class WebSocketClientHandler {
public:
    WebSocketClientHandler() = default;
    WebSocketClientHandler(const WebSocketClientHandler&) = delete;
    WebSocketClientHandler& operator=(const WebSocketClientHandler&) = delete;
    virtual void handle_text(std::string_view text) = 0;
    /// The last of all, once; also for a connection that did not come about.
    virtual void handle_end(const WebSocketEnd& end) = 0;

protected:
    ~WebSocketClientHandler() = default;
};

struct WebSocketClientOptions {
    std::string subprotocol;
    std::size_t message_max = std::size_t{64} * 1024;  // of the server's
    std::size_t unsent_max = std::size_t{1024} * 1024; // more is not kept for a server that takes nothing
    Duration opening_time = std::chrono::seconds(10);  // from the name to the WebSocket
    std::string trusted_pem{};                         // certificates to trust in place of the system's
    NameLookup::Resolve resolve = net::resolve;
};

class WebSocketClient final : EventHandler, TimerHandler {
public:
    /// url: of the WebSocket; https stands for wss. Begins at once; the handler is called from later rounds of the
    /// loop, and out of such a call this may be destroyed by EventLoop::defer() only. Loop, rng (cryptographic) and
    /// handler outlive it.
    WebSocketClient(EventLoop& loop, Rng& rng, HttpUrl url, WebSocketClientOptions options,
                    WebSocketClientHandler& handler);
    WebSocketClient(const WebSocketClient&) = delete;
    WebSocketClient& operator=(const WebSocketClient&) = delete;
    ~WebSocketClient() { abandon(); }

    /// Says goodbye to the server if it can at once; the handler hears nothing more.
    void abandon();
    /// Once the first text has come. Afterwards, and after the end, it is dropped.
    void send_text(std::string_view text);

private:
    enum class State : std::uint8_t { kDialing, kOpening, kOpen, kEnded };

    void handle_ready(std::uint32_t events) override;
    void handle_timeout(Timer& timer, Instant now) override;
    void begin_opening(Result<Dialed, FetchError> dialed);
    void read();
    /// False: it has ended.
    bool take(std::span<std::uint8_t> bytes);
    bool take_frames(std::span<std::uint8_t> bytes);
    void send_frame(Opcode opcode, ByteView payload);
    void flush();
    void watch_for(std::uint32_t events);
    void fail(FetchFailure failure, std::string detail = {}, int status = 0);
    void end(const WebSocketEnd& how);
    void release();

    EventLoop& loop_;
    Rng& rng_;
    const HttpUrl url_;
    const WebSocketClientOptions options_;
    WebSocketClientHandler& handler_;
    State state_ = State::kDialing;
    Timer deadline_; // of the opening
    StreamDial dial_;
    std::unique_ptr<Stream> stream_;
    WebSocketOpening opening_;
    WebSocketReader reader_;
    SendQueue unsent_;
    std::uint32_t watched_ = 0;
};

} // namespace vv::net
