// STUN and TURN of one shard: the sockets around one relay machine. Datagrams and
// frames of streams go in; what the machine decides about each leaves at the end
// of the loop's round together with the others', and only streams queue longer. A
// send that fails is a lost packet and never the end of an allocation.
#pragma once

#include "base/rng.h"
#include "base/slab_memory.h"
#include "base/socket_address.h"
#include "net/auth_log.h"
#include "net/event_loop.h"
#include "net/high_water.h"
#include "net/live_relay_ports.h"
#include "net/memory_return.h"
#include "net/metrics.h"
#include "net/page_memory.h"
#include "net/ready_queue.h"
#include "net/relay_inbox.h"
#include "net/relay_metrics.h"
#include "net/round_pacer.h"
#include "net/timer_queue.h"
#include "net/turn_streams.h"
#include "net/udp_ring.h"
#include "net/udp_send_queue.h"
#include "net/udp_socket.h"
#include "turn/config.h"
#include "turn/server.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace vv::net {

/// How datagrams go in and out.
enum class RelayIo : std::uint8_t {
    kAuto,  ///< io_uring where the kernel allows it, else as below
    kEpoll, ///< epoll, recvmmsg and sendmmsg
};

struct RelayShardOptions {
    /// Where STUN and TURN listen for datagrams; the shards share these through SO_REUSEPORT.
    std::vector<SocketAddress> listen;
    /// is_live_elsewhere is filled in by the shard.
    turn::ServerConfig turn;
    TurnStreamLimits streams = {};
    RelayIo io = RelayIo::kAuto;
    /// Handled in one round of the loop: some five milliseconds of work. What never runs dry must not keep the shard's
    /// other sockets, its streams and its timers waiting. Half of them are kept for the sockets clients send to and
    /// half for those peers send to, and each half is shared out; what one half leaves the other may use. A bundle that
    /// the kernel has coalesced is not divided. What other shards send counts as from peers, up to half of theirs. At
    /// least 4.
    std::size_t datagrams_per_round = 1024;
    /// Which of the server's shards it is.
    std::size_t number = 0;
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
        turn::StrangerKeeper* strangers = nullptr;
        MemoryReturn* memory = nullptr;            // without one what ended allocations had stays with the allocator
        std::deque<RelayInbox>* inboxes = nullptr; // by the shards' numbers; without them packets from one shard's
                                                   // allocation to another's go through the sockets
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
    /// By io_uring, or by epoll.
    [[nodiscard]] bool uses_ring() const { return ring_ != nullptr; }
    /// Why not by io_uring (an errno), though it was to be tried; else 0.
    [[nodiscard]] int ring_error() const { return ring_error_; }
    /// Takes what may change while allocations stand (turn::Server::reconfigure). Throws std::invalid_argument, and
    /// changes nothing, for a configuration that cannot be used.
    void reconfigure(turn::ServerConfig config) {
        begin_round(); // for what the machine may have to send
        machine_.reconfigure(loop_.now(), std::move(config));
        run_commands();
    }
    void set_stream_limits(const TurnStreamLimits& limits) { streams_.set_limits(limits); }
    /// All further addresses this host has now (turn::ServerConfig::own_addresses).
    void set_own_addresses(std::vector<IpAddress> addresses) { machine_.set_own_addresses(std::move(addresses)); }
    /// From now on nobody gets an allocation; what stands goes on for as long as the process does.
    void begin_stop() {
        machine_.stop_allocating();
        streams_.begin_stop();
    }

private:
    class Listener;
    class RelayEndpoint;
    class BufferDrops;
    class Watch;
    class RingReader;
    class InboxReader;

    void handle_timeout(Timer& timer, Instant now) override;
    void handle_stream_frame(const turn::FiveTuple& path, ByteView frame) override;
    void handle_stream_closed(const turn::FiveTuple& path) override;
    void handle_stream_waiting() override { begin_round(); }
    [[nodiscard]] bool has_allocation(const turn::FiveTuple& path) const override;
    void handle_client(Listener& listener, const ReceivedDatagram& in);
    void handle_peer(const turn::RelaySocket& relay, TurnStreams::KnownConnection& client, const ReceivedDatagram& in);
    void handle_peer_error(const turn::RelaySocket& relay, const ReceivedIcmp& icmp);
    void handle_other_shard(const turn::ForwardToRelay& packet);
    /// path: of who is answered, if anybody may be. client: where the client of the relay port was found, if known.
    void carry_out(const turn::Action& action, const turn::FiveTuple* path,
                   TurnStreams::KnownConnection* client = nullptr);
    void answer(const turn::FiveTuple& to, ByteView bytes);
    void send_to_client(const turn::ForwardToClient& forward, TurnStreams::KnownConnection* client);
    void send_datagram(const turn::FiveTuple& to, ByteView header, ByteView payload, std::size_t zeros,
                       bool payload_passes);
    void send_to_peer(const UdpSocket& socket, const turn::ForwardToPeer& forward);
    void send_to_other_shard(const turn::ForwardToRelay& packet);
    /// Before the first datagram of a round.
    void begin_round();
    void finish_round();
    void flush();
    /// As much of what has come as a round may take.
    void read_sockets();
    [[nodiscard]] std::shared_ptr<UdpRing> open_ring(RelayIo io);
    void run_commands();
    void open_relay(const turn::OpenRelayPort& open);
    void close_relay(const turn::RelaySocket& relay);
    void rearm(Instant now);
    [[nodiscard]] Gauge& ports_open(AddressFamily family);

    /// Where its socket is bound, on whichever shard.
    [[nodiscard]] SocketAddress bound_address(const turn::RelaySocket& relay) const;
    [[nodiscard]] Listener* find_listener(const SocketAddress& server);
    [[nodiscard]] Placed<RelayEndpoint>& endpoint_at(const turn::RelaySocket& relay);
    [[nodiscard]] Placed<RelayEndpoint> take_endpoint(const turn::RelaySocket& relay);

    EventLoop& loop_;
    LiveRelayPorts& live_ports_;
    MemoryReturn* memory_;
    std::size_t number_;
    turn::PortRange ports_;
    std::optional<turn::RelayAddress> ipv4_;
    std::optional<turn::RelayAddress> ipv6_;
    PageMemory pages_;
    SlabMemory allocation_memory_{pages_}; // outlives all that follows
    turn::Server machine_;
    TurnStreams streams_;
    int ring_error_ = 0;            // why there is none
    std::shared_ptr<UdpRing> ring_; // null: epoll
    std::unique_ptr<RingReader> ring_reader_;
    bool is_ring_ready_ = false;
    std::deque<RelayInbox>* inboxes_;
    std::unique_ptr<InboxReader> inbox_reader_; // null: without inboxes
    std::vector<RelayInbox*> to_wake_;          // at the end of the round
    ReadyQueue listeners_ready_;
    ReadyQueue endpoints_ready_; // without a ring
    UdpReceiveBuffers buffers_;
    UdpSendQueue sends_;
    std::size_t datagrams_per_round_;
    RoundPacer pacer_;
    std::size_t datagrams_in_round_ = 0;
    bool is_in_round_ = false;
    bool is_payload_passing_ = false; // what is being handled holds for the call only, not for the round
    WallTime wall_{};
    HighWater allocations_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    /// By port, IPv4 first; a shard's part of the relay ports is contiguous.
    std::vector<Placed<RelayEndpoint>> endpoints_;
    /// On ports of other shards, which a client of this one had reserved there.
    std::map<turn::RelaySocket, Placed<RelayEndpoint>> adopted_;
    std::vector<Placed<RelayEndpoint>> closed_;                              // go at the end of the round
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true); // for what the loop runs later
    Timer machine_timer_;
    Timer publish_timer_;
    RelayMetrics metrics_;
    Counter& lost_;
    Counter& dropped_no_allocation_;
    Counter& dropped_busy_thread_;
    std::unique_ptr<BufferDrops> drops_;
    std::array<Gauge*, 2> ports_open_; // IPv4 first
    std::optional<AuthLog> auth_log_;
};

} // namespace vv::net
