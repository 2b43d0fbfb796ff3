// One accepted TCP connection on its shard: perhaps a proxy's word on whose it is,
// TLS handshake, then HTTP requests one after another, then perhaps a WebSocket
// until the end. One whose first bytes are TURN's (opening_reader.h) goes to the relay
// instead. What a phase needs is allocated when its first byte comes and freed with its last, so a connection
// that waits holds this object and its TLS state only.
#pragma once

#include "base/instant.h"
#include "base/rate.h"
#include "lobby/ids.h"
#include "net/connection_limits.h"
#include "net/event_loop.h"
#include "net/http_request_parser.h"
#include "net/listener.h"
#include "net/log.h"
#include "net/metrics.h"
#include "net/opened_stream.h"
#include "net/opening_reader.h"
#include "net/page_handler.h"
#include "net/proxy_header.h"
#include "net/send_queue.h"
#include "net/stream.h"
#include "net/websocket_frame.h"
#include "net/websocket_upgrade.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace vv::net {

using namespace std::chrono_literals;

using lobby::ConnectionId;

/// WebSocket frames of one connection: messages, their fragments, pings and pongs. Messages alone have a lower
/// limit of their own (docs/protocol.md).
inline constexpr Rate kFrameRate = per_second(100, 400);

struct ConnectionTimes {
    Duration handshake = 10s;  // for what a proxy says, from accepting, and as much again for TLS
    Duration head = 10s;       // for a request, from its first byte; also for the first message of all
    Duration keep_alive = 60s; // between requests
    Duration stall = 30s;      // without the peer taking any of the bytes it is sent
    Duration linger = 2s;      // for the peer to read our last bytes and close
    Duration ping = 25s;       // between pings to a WebSocket, and up to ping_spread more
    Duration ping_spread = 5s;
    Duration pong = 10s;    // for any sign of life after a ping
    Duration message = 30s; // for a WebSocket message, from its first byte to its last
    Duration close = 5s;    // for the peer's half of the closing handshake
};

/// What of them may change under connections (base/reloadable.h), from the next deadline on.
template <typename To, typename Visit>
void each_reloadable(To& to, const ConnectionTimes& from, Visit visit) {
    visit(to.handshake, from.handshake);
    visit(to.head, from.head);
}

/// What speaks WebSocket behind a connection; called on the connection's thread.
class WebSocketApplication {
public:
    WebSocketApplication() = default;
    WebSocketApplication(const WebSocketApplication&) = delete;
    WebSocketApplication& operator=(const WebSocketApplication&) = delete;
    virtual ~WebSocketApplication() = default;

    /// host: as the request's Host header says, checked. False refuses with 429.
    [[nodiscard]] virtual bool handle_request(ConnectionId id, const IpAddress& remote, std::string_view host) = 0;
    /// The 101 is on its way; from here on the application may send.
    virtual void handle_open(ConnectionId id) = 0;
    virtual void handle_text(ConnectionId id, std::string_view text) = 0;
    /// Once, unless the application itself closed the connection.
    virtual void handle_closed(ConnectionId id) = 0;
};

/// What one kind of listener serves; shared by its connections and outliving them.
struct Site {
    const HttpHandler* handler = nullptr; // none: TURN only
    StreamTaker* turn = nullptr;          // none: HTTP only
    ProxyRule proxies;
    SSL_CTX* tls = nullptr;     // none: plain
    std::string websocket_path; // empty: no WebSocket here
    UpgradePolicy upgrade;
    WebSocketApplication* application = nullptr;
};

struct ConnectionCounters {
    explicit ConnectionCounters(Metrics& metrics);

    Counter& accepted;
    Counter& refused;
    Counter& handshakes_failed;
    Counter& requests;
    Counter& websockets;
    Counter& websockets_refused;
    Counter& accept_pauses;
    Counter& messages_in;
    Counter& messages_out;
    Counter& slow_readers;
    Counter& silent;
    Counter& protocol_errors;
    Counter& proxy_strangers;
    Counter& proxy_headers_bad;
    Counter& proxy_headers_late;
    Gauge& open;
    Gauge& websockets_open;
};

class Connection;

/// What a connection needs from its shard.
struct ConnectionHost {
    EventLoop& loop;
    ConnectionCounters& counters;
    Log& log;
    ConnectionTimes times;
    HttpLimits http_limits;
    std::size_t message_max = kWebSocketMessageMax;
    std::size_t unsent_max = std::size_t{256} * 1024; // of a WebSocket; a slower reader is cut off
    std::span<std::uint8_t> scratch;                  // at least one TLS record, 16 KiB
    bool stopping = false;
    std::string cork; // what the connection now handling input has said so far
    Connection* corked_by = nullptr;
    std::function<std::string_view()> date;    // now, for the Date header
    std::function<void(ConnectionId)> release; // destroys the connection, not at once
    /// Calls continue_reading() at the end of the round, if the connection still stands then.
    std::function<void(ConnectionId)> read_later;
};

class Connection final : EventHandler, TimerHandler {
public:
    Connection(ConnectionHost& host, const Site& site, ConnectionId id, Accepted accepted);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    [[nodiscard]] ConnectionId id() const { return id_; }
    [[nodiscard]] bool is_websocket() const { return state_ == State::kWebSocket && !close_sent_; }
    /// Bytes the socket has not taken yet.
    [[nodiscard]] std::size_t unsent() const { return unsent_ == nullptr ? 0 : unsent_->size(); }

    /// In one record. Dropped unless the WebSocket is open.
    void send_texts(std::span<const std::string> texts);
    /// By the application; it is not told again.
    void close_websocket(std::uint16_t code, std::string_view reason);
    /// The server stops: ends what is idle; a request under way gets its answer first. WebSockets are the
    /// application's to close.
    void begin_stop();
    /// Takes input that TLS has already fetched from the socket, which will not announce it again.
    void continue_reading() { handle_ready(EPOLLIN); }

private:
    enum class State : std::uint8_t { kProxy, kHandshake, kOpening, kHttp, kWebSocket, kClosing, kGone };

    void handle_ready(std::uint32_t events) override;
    void handle_timeout(Timer& timer, Instant now) override;

    void dispatch(std::uint32_t events);
    void read_proxy_header();
    void handle_proxy_header(const ProxyHeader& header);
    void begin_handshake();
    void continue_handshake();
    void begin_opening();
    std::span<std::uint8_t> take_opening(std::span<std::uint8_t> bytes);
    void begin_http();
    void hand_over(ByteView bytes);
    void read_input();
    [[nodiscard]] bool takes_input() const;
    void handle_end();
    void take_input(std::span<std::uint8_t> bytes);
    std::span<std::uint8_t> take_request(std::span<std::uint8_t> bytes);
    void answer(const HttpRequest& request);
    void upgrade(const HttpRequest& request);
    void respond(const HttpResponse& response, bool keep_alive, bool with_body);

    void take_frames(std::span<std::uint8_t> bytes);
    [[nodiscard]] bool admit_frames(std::uint16_t count);
    [[nodiscard]] bool is_message_late();
    void handle_message(const WebSocketMessage& message);
    void handle_close_frame(ByteView payload);
    void fail_websocket(const WebSocketFailure& failure);
    void answer_ping(ByteView payload);
    void send_frame(Opcode opcode, ByteView payload);
    void send_frames(ByteView frames);
    void continue_pinging(Instant now);
    [[nodiscard]] Duration ping_interval() const;

    void send(std::string_view bytes);
    void send_lasting(ByteView bytes);
    /// Writes what the socket takes at once; returns what is left. Nothing is left of a connection that broke.
    ByteView write_now(ByteView bytes);
    void uncork();
    void flush();
    void handle_flushed();
    SendQueue& queue();

    void finish_after_flush();
    void drop_input();
    void leave_websocket();
    void abandon();
    void update_interest();
    void arm(Duration wait) { timer_.arm(host_.loop.now() + wait); }

    ConnectionHost& host_;
    const Site& site_;
    ConnectionId id_;
    Stream stream_;
    Timer timer_;
    std::unique_ptr<ProxyHeaderReader> proxy_;  // while a proxy's header comes in
    std::unique_ptr<SocketAddress> server_;     // where the client has connected to, if a proxy has told
    std::unique_ptr<HttpRequestParser> parser_; // while a request comes in
    std::unique_ptr<ByteBuffer> held_input_;    // pipelined requests that wait for an answer to be taken
    std::unique_ptr<SendQueue> unsent_;         // while the socket is full
    WebSocketReader reader_;
    RateGate frames_;
    std::optional<Instant> message_since_; // when the message that is coming in began
    ConnectionLimits::Seat seat_;
    SocketAddress remote_;
    OpeningReader opening_;
    std::uint32_t interest_ = 0;
    std::uint32_t dropped_ = 0; // input bytes ignored since closing
    State state_ = State::kProxy;
    bool read_wants_write_ = false; // TLS cannot read on before it has written
    bool close_sent_ = false;       // our close frame is out; the peer's is awaited
    bool pinged_ = false;           // the timer stands for the pong's deadline
    bool awaiting_pong_ = false;
    bool input_ended_ = false;
    bool finishing_ = false; // what is unsent is the last we say
};

} // namespace vv::net
