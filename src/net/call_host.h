// A whole call on an event loop (call/call.h): the line to the server, the sockets and
// relays of the connection, names, certificates, time.
//
//   net::EventLoop loop;
//   loop.run_once({});
//   net::CallHost host(loop, {.page = *page, .call = {.place = call::Room{"ta"}, .accepts = true}}, listener);
//   host.start();
//   loop.run();
//
// The listener hears each call::Event; it may call the host, but not destroy it.
#pragma once

#include "base/bytes.h"
#include "base/socket_address.h"
#include "call/call.h"
#include "net/event_loop.h"
#include "net/http_url.h"
#include "net/interfaces.h"
#include "net/websocket_client.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::net {

class CallHost final {
public:
    struct Options {
        HttpUrl page;              ///< any address of the server
        std::string trusted_pem{}; ///< certificates in place of the system's; empty: the system's
        ByteBuffer device{};       ///< 16 to 32 bytes by which the server knows the device; empty: a new device
        call::Options call{};
        /// Where sockets are opened; empty: as PeerHost chooses.
        std::vector<IpAddress> addresses{};
        /// Of this machine; as net::interface_addresses() is.
        std::function<std::vector<IpAddress>()> interfaces = interface_addresses;
    };
    using Told = std::function<void(call::Event event)>;

    /// The loop outlives it and has run_once() behind it. Where this machine has no descriptor left for a connection
    /// the call ends as kFailed.
    CallHost(EventLoop& loop, Options options, Told told);
    CallHost(const CallHost&) = delete;
    CallHost& operator=(const CallHost&) = delete;
    /// At once: nobody is told. leave() first, for those who are to be.
    ~CallHost();

    // As call::Call has them.
    void start();
    void accept();
    void decline();
    void next();
    /// call::Over follows, and then gone() is called once what was to be said to the partner has left, or has had its
    /// time. Called again, it may replace gone().
    void leave(std::function<void()> gone = {});
    void handle_network_changed();
    [[nodiscard]] Result<void, call::ChatError> chat(std::string_view text);
    [[nodiscard]] Result<void, peer::MediaError> send_audio(std::uint32_t media_time, ByteView packet);
    [[nodiscard]] Result<void, peer::MediaError> send_video(std::uint32_t media_time, ByteView picture);
    void request_keyframe();
    void confirm_code(bool is_same);

    [[nodiscard]] call::Report report() const;
    [[nodiscard]] bool is_connected() const;
    [[nodiscard]] Instant now() const;
    /// Why the newest connection to the server that has ended did; nothing: none has.
    [[nodiscard]] const std::optional<WebSocketEnd>& last_end() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace vv::net
