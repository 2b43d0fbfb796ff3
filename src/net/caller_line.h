// A caller (src/caller) on an event loop: its WebSocket, its deadlines, its randomness.
#pragma once

#include "caller/client.h"
#include "net/event_loop.h"
#include "net/http_url.h"
#include "net/os_rng.h"
#include "net/timer_queue.h"
#include "net/websocket_client.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vv::net {

/// Where the signaling of the server is that has this page.
[[nodiscard]] HttpUrl signaling_url(const HttpUrl& page);

class CallerLine final : TimerHandler, WebSocketClientHandler {
public:
    /// What the caller is told; called from rounds of the loop and out of act(). It may call act().
    using Listener = std::function<void(caller::ClientEvent)>;

    /// page: any address of the server. trusted_pem: as in WebSocketClientOptions. The loop outlives it. Out of a call
    /// of its listener it may be destroyed by EventLoop::defer() only.
    CallerLine(EventLoop& loop, const HttpUrl& page, ByteBuffer device, std::string trusted_pem, Listener listener);
    CallerLine(const CallerLine&) = delete;
    CallerLine& operator=(const CallerLine&) = delete;
    ~CallerLine() = default;

    /// Does something with the caller, and then whatever follows from it.
    void act(const std::function<void(caller::Client&, Instant now)>& what);
    [[nodiscard]] const caller::Client& client() const { return client_; }
    /// Whoever has called it calls drain() then.
    [[nodiscard]] caller::Client& client() { return client_; }
    /// Does what follows from what the caller was told.
    void drain();
    /// Why the newest connection that has ended did; nothing: none has.
    [[nodiscard]] const std::optional<WebSocketEnd>& last_end() const { return last_end_; }

private:
    void handle_timeout(Timer& timer, Instant now) override;
    void handle_text(std::string_view text) override;
    void handle_end(const WebSocketEnd& end) override;
    void carry_out(const caller::SessionCommand& command);
    void drop_socket();

    EventLoop& loop_;
    HttpUrl url_;
    WebSocketClientOptions options_;
    Listener listener_;
    OsRng rng_;
    caller::Client client_;
    Timer timer_;
    std::unique_ptr<WebSocketClient> socket_;
    std::optional<WebSocketEnd> last_end_;
    bool is_draining_ = false;
};

} // namespace vv::net
