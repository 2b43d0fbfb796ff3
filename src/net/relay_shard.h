// STUN and TURN of one shard: the sockets around one relay machine. Datagrams and
// frames of streams go in, the machine's decision is carried out at once; only
// streams queue. A send that fails is a lost packet and never the end of an
// allocation.
#pragma once

#include "base/rng.h"
#include "base/socket_address.h"
#include "net/auth_log.h"
#include "net/event_loop.h"
#include "net/live_relay_ports.h"
#include "net/metrics.h"
#include "net/timer_queue.h"
#include "net/turn_streams.h"
#include "net/udp_socket.h"
#include "turn/config.h"
#include "turn/server.h"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace vv::net {

/// The gauge of allocations alive in all shards, as published about once a second.
inline constexpr const char* kAllocationsGauge = "visavis_turn_allocations";
inline constexpr const char* kAllocationsHelp = "Allocations alive now.";

struct RelayShardOptions {
    /// Where STUN and TURN listen for datagrams; the shards share these through SO_REUSEPORT.
    std::vector<SocketAddress> listen;
    /// is_live_elsewhere is filled in by the shard.
    turn::ServerConfig turn;
    TurnStreamTimes stream_times = {};
};

class RelayShard final : public StreamTaker, private TimerHandler, private TurnStreamHandler {
public:
    /// What all shards use; outlives them.
    struct Shared {
        LiveRelayPorts& live_ports;
        Metrics& metrics;
        turn::QuotaKeeper* quota = nullptr; // without one the shard counts for itself
        turn::ReservationKeeper* reservations = nullptr;
        AuthLogTotal* auth_log = nullptr; // without one nobody hears of refused passwords
    };

    /// All references outlive the shard. Throws std::runtime_error with one clear line if it cannot listen.
    RelayShard(EventLoop& loop, Rng& rng, const Shared& shared, RelayShardOptions options);
    RelayShard(const RelayShard&) = delete;
    RelayShard& operator=(const RelayShard&) = delete;
    ~RelayShard();

    /// From here on the connection is this shard's.
    void take_stream(OpenedStream opened) override;
    /// Where STUN and TURN listen for datagrams, as bound: a port of 0 has become the kernel's choice.
    [[nodiscard]] std::vector<SocketAddress> addresses() const;
    /// Takes what may change while allocations stand (turn::Server::reconfigure). Throws std::invalid_argument, and
    /// changes nothing, for a configuration that cannot be used.
    void reconfigure(turn::ServerConfig config) {
        machine_.reconfigure(loop_.now(), std::move(config));
        run_commands();
        rearm(loop_.now());
    }
    /// From now on nobody gets an allocation; what stands goes on for as long as the process does.
    void begin_stop() {
        machine_.stop_allocating();
        streams_.begin_stop();
    }

private:
    class Listener;
    class RelayEndpoint;
    class BufferDrops;
    struct Published;

    void handle_timeout(Timer& timer, Instant now) override;
    void handle_stream_frame(const turn::FiveTuple& path, ByteView frame) override;
    void handle_stream_paused() override;
    void handle_stream_closed(const turn::FiveTuple& path) override;
    [[nodiscard]] bool has_allocation(const turn::FiveTuple& path) const override;
    void handle_client(Listener& listener, const ReceivedDatagram& in);
    void handle_peer(const turn::RelaySocket& relay, const ReceivedDatagram& in);
    void handle_peer_error(const turn::RelaySocket& relay, const ReceivedIcmp& icmp);
    void carry_out(const turn::Action& action, const turn::FiveTuple* path);
    void answer(const turn::FiveTuple& to, ByteView bytes);
    void send_to_client(const turn::ForwardToClient& forward);
    void send_datagram(const turn::FiveTuple& to, ByteView header, ByteView payload, ByteView padding);
    void run_commands();
    void open_relay(const turn::RelaySocket& relay);
    void close_relay(const turn::RelaySocket& relay);
    void rearm(Instant now);
    [[nodiscard]] Gauge& ports_open(AddressFamily family);

    [[nodiscard]] Listener* find_listener(const SocketAddress& server);
    [[nodiscard]] std::unique_ptr<RelayEndpoint>& endpoint_at(const turn::RelaySocket& relay);
    [[nodiscard]] std::unique_ptr<RelayEndpoint> take_endpoint(const turn::RelaySocket& relay);

    EventLoop& loop_;
    LiveRelayPorts& live_ports_;
    turn::PortRange ports_;
    std::optional<turn::RelayAddress> ipv4_;
    std::optional<turn::RelayAddress> ipv6_;
    turn::Server machine_;
    TurnStreams streams_;
    UdpReceiveBuffers buffers_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    /// By port, IPv4 first; a shard's part of the relay ports is contiguous.
    std::vector<std::unique_ptr<RelayEndpoint>> endpoints_;
    /// On ports of other shards, which a client of this one had reserved there.
    std::map<turn::RelaySocket, std::unique_ptr<RelayEndpoint>> adopted_;
    Timer machine_timer_;
    Timer publish_timer_;
    std::unique_ptr<Published> published_;
    Counter& lost_;
    std::unique_ptr<BufferDrops> drops_;
    std::array<Gauge*, 2> ports_open_; // IPv4 first
    std::optional<AuthLog> auth_log_;
};

} // namespace vv::net
