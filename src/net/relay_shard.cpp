#include "net/relay_shard.h"

#include "base/assert.h"
#include "base/overloaded.h"
#include "net/clock.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

// Most are dropped by their rate later; reading them must not keep the others waiting either.
constexpr std::size_t kErrorsPerRound = 16;
constexpr Duration kPublishInterval = 1s;
constexpr const char* kPortsHelp = "Relay ports in use now, by family.";

turn::ServerConfig with_live_ports(turn::ServerConfig config, const LiveRelayPorts& live_ports) {
    config.is_live_elsewhere = [&live_ports](const turn::RelaySocket& relay) { return live_ports.is_live(relay); };
    return config;
}

UdpSocket& reporting(UdpSocket& socket) {
    if (!socket.report_errors()) throw std::runtime_error("cannot hear of errors on " + socket.bound().to_string());
    return socket;
}

} // namespace

// A socket whose datagrams are handed to its receiver: by the ring, or with the others of its queue.
class RelayShard::Watch final : public EventHandler, public ReadyQueue::Reader {
public:
    // ring: null for none.
    Watch(RelayShard& shard, UdpSocket& socket, UdpReceiver& receiver, ReadyQueue& queue, UdpRing* ring)
        : shard_(shard),
          socket_(socket),
          receiver_(receiver),
          queue_(queue),
          ring_(ring) {
        // The ring does not tell of errors; epoll does, whatever else it is asked for.
        if (!shard_.loop_.watch(socket.fd(), ring_ != nullptr ? 0U : std::uint32_t{EPOLLIN}, *this))
            throw std::runtime_error("cannot watch UDP on " + socket.bound().to_string());
        if (ring_ != nullptr) watch_ = ring_->watch(socket, receiver);
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() override {
        shard_.loop_.unwatch(socket_.fd(), *this);
        queue_.remove(*this);
        if (ring_ != nullptr) ring_->unwatch(watch_);
    }

    void handle_ready(std::uint32_t events) override {
        shard_.begin_round();
        if ((events & EPOLLERR) != 0) receiver_.handle_errors();
        if (ring_ == nullptr) queue_.add(*this);
    }
    std::size_t read(std::size_t most) override {
        return socket_.receive(shard_.buffers_, most,
                               [this](const ReceivedDatagram& in) { receiver_.handle_datagram(in); });
    }

private:
    RelayShard& shard_;
    UdpSocket& socket_;
    UdpReceiver& receiver_;
    ReadyQueue& queue_;
    UdpRing* ring_;
    UdpRing::Watch watch_ = 0;
};

class RelayShard::RingReader final : public EventHandler {
public:
    explicit RingReader(RelayShard& shard) : shard_(shard) {
        if (!shard_.loop_.watch(shard_.ring_->fd(), EPOLLIN | EPOLLET, *this))
            throw std::runtime_error("cannot watch the relay's ring");
        // The loop may belong to another thread than the one that makes the shard, and run on when the shard has gone.
        shard_.loop_.defer([held = std::weak_ptr(shard_.ring_)] {
            if (const auto ring = held.lock()) ring->enable();
        });
        shard_.loop_.at_end([held = std::weak_ptr(shard_.ring_)] {
            if (const auto ring = held.lock()) ring->end();
        });
    }
    RingReader(const RingReader&) = delete;
    RingReader& operator=(const RingReader&) = delete;
    ~RingReader() { shard_.loop_.unwatch(shard_.ring_->fd(), *this); }

    void handle_ready(std::uint32_t /*events*/) override {
        shard_.begin_round();
        shard_.is_ring_ready_ = true;
    }

private:
    RelayShard& shard_;
};

// Of what allocations of other shards send to this one's.
class RelayShard::InboxReader final : public EventHandler {
public:
    InboxReader(RelayShard& shard, RelayInbox& inbox) : shard_(shard), inbox_(inbox) {
        if (!shard_.loop_.watch(inbox_.fd(), EPOLLIN | EPOLLET, *this))
            throw std::runtime_error("cannot watch the relay's inbox");
    }
    InboxReader(const InboxReader&) = delete;
    InboxReader& operator=(const InboxReader&) = delete;
    ~InboxReader() { shard_.loop_.unwatch(inbox_.fd(), *this); }

    void handle_ready(std::uint32_t /*events*/) override {
        shard_.begin_round();
        is_ready_ = true;
    }
    // Gives how many it were. Once in a round, since payloads must stay until its end.
    std::size_t read(std::size_t most) {
        if (!std::exchange(is_ready_, false)) return 0;
        const std::size_t count =
            inbox_.take(most, [this](const turn::ForwardToRelay& packet) { shard_.handle_other_shard(packet); });
        is_ready_ = inbox_.has_left();
        return count;
    }
    [[nodiscard]] bool has_left() const { return is_ready_; }

private:
    RelayShard& shard_;
    RelayInbox& inbox_;
    bool is_ready_ = false;
};

// Not by the ring: for a single socket it is no gain, and relay ports that are never dry could use up what it has.
class RelayShard::Listener final : public UdpReceiver {
public:
    Listener(RelayShard& shard, const SocketAddress& address)
        : shard_(shard),
          socket_(address, true),
          watch_(shard, socket_, *this, shard.listeners_ready_, nullptr) {}

    void handle_datagram(const ReceivedDatagram& in) override { shard_.handle_client(*this, in); }
    [[nodiscard]] const UdpSocket& socket() const { return socket_; }
    [[nodiscard]] UdpSocket& socket() { return socket_; }

private:
    RelayShard& shard_;
    UdpSocket socket_;
    Watch watch_;
};

class RelayShard::RelayEndpoint final : public UdpReceiver {
public:
    // ring: null for none.
    RelayEndpoint(RelayShard& shard, const turn::RelaySocket& relay, const SocketAddress& address, UdpRing* ring)
        : shard_(shard),
          relay_(relay),
          socket_(address, false, UdpSocket::Destination::kBound),
          watch_(shard, reporting(socket_), *this, shard.endpoints_ready_, ring) {}

    void handle_datagram(const ReceivedDatagram& in) override { shard_.handle_peer(relay_, client_, in); }
    void handle_errors() override {
        socket_.receive_errors(kErrorsPerRound,
                               [this](const ReceivedIcmp& icmp) { shard_.handle_peer_error(relay_, icmp); });
    }
    [[nodiscard]] const UdpSocket& socket() const { return socket_; }
    [[nodiscard]] UdpSocket& socket() { return socket_; }

private:
    RelayShard& shard_;
    turn::RelaySocket relay_;
    UdpSocket socket_;
    Watch watch_;
    TurnStreams::KnownConnection client_; // if it comes over a stream
};

// What the kernel has thrown away because a socket's buffer was full. It counts for each socket and tells when asked;
// the many sockets towards peers are asked in turns.
class RelayShard::BufferDrops {
public:
    explicit BufferDrops(Metrics& metrics)
        : from_clients_(metrics.counter(kName, kHelp, R"(from="clients")")),
          from_peers_(metrics.counter(kName, kHelp, R"(from="peers")")) {}

    void note_listener(UdpSocket& socket) { from_clients_.add(socket.take_drops()); }
    void note_endpoint(UdpSocket& socket) { from_peers_.add(socket.take_drops()); }
    /// The next few of the endpoints; all of them within kRounds calls.
    void note_some(std::span<const Placed<RelayEndpoint>> endpoints);

private:
    static constexpr const char* kName = "visavis_udp_buffer_drops_total";
    static constexpr const char* kHelp = "Datagrams the kernel dropped because a receive buffer was full.";
    static constexpr std::size_t kRounds = 10;

    Counter& from_clients_;
    Counter& from_peers_;
    std::size_t next_ = 0;
};

void RelayShard::BufferDrops::note_some(std::span<const Placed<RelayEndpoint>> endpoints) {
    const std::size_t count = (endpoints.size() + kRounds - 1) / kRounds;
    for (std::size_t i = 0; i < count; ++i) {
        next_ = (next_ + 1) % endpoints.size();
        if (endpoints[next_]) note_endpoint(endpoints[next_]->socket());
    }
}

RelayShard::RelayShard(EventLoop& loop, Rng& rng, const Shared& shared, RelayShardOptions options)
    : loop_(loop),
      live_ports_(shared.live_ports),
      memory_(shared.memory),
      number_(options.number),
      ports_(options.turn.shard_ports),
      ipv4_(options.turn.ipv4),
      ipv6_(options.turn.ipv6),
      machine_(with_live_ports(std::move(options.turn), shared.live_ports), rng, shared.quota, shared.reservations,
               shared.strangers, allocation_memory_),
      streams_(loop, rng, shared.metrics, *this, options.streams),
      ring_(open_ring(options.io)),
      inboxes_(shared.inboxes),
      buffers_([this] { flush(); }),
      sends_(ring_.get()),
      datagrams_per_round_(options.datagrams_per_round),
      endpoints_(ports_.size() * 2),
      machine_timer_(loop.timers(), *this),
      publish_timer_(loop.timers(), *this),
      metrics_(shared.metrics),
      lost_(shared.metrics.counter("visavis_udp_lost_total", "Datagrams the kernel would not send.")),
      dropped_no_allocation_(shared.metrics.counter(kDroppedName, kDroppedHelp, R"(reason="no_allocation")")),
      dropped_busy_thread_(shared.metrics.counter(kDroppedName, kDroppedHelp, R"(reason="busy_thread")")),
      drops_(std::make_unique<BufferDrops>(shared.metrics)),
      ports_open_{&shared.metrics.gauge("visavis_turn_relay_ports_open", kPortsHelp, R"(family="ipv4")"),
                  &shared.metrics.gauge("visavis_turn_relay_ports_open", kPortsHelp, R"(family="ipv6")")} {
    if (ring_) ring_reader_ = std::make_unique<RingReader>(*this);
    if (inboxes_ != nullptr) inbox_reader_ = std::make_unique<InboxReader>(*this, inboxes_->at(number_));
    shared.metrics
        .gauge("visavis_turn_io", "Threads of the relay, by how its datagrams go in and out.",
               ring_ ? "io=\"io_uring\"" : "io=\"epoll\"")
        .add(1);
    shared.metrics.gauge("visavis_turn_relay_ports", "Relay ports there are, of each family.")
        .add(static_cast<std::int64_t>(ports_.size()));
    if (shared.auth_log != nullptr) auth_log_.emplace(*shared.auth_log, shared.metrics, rng);
    for (const auto& address : options.listen)
        listeners_.push_back(std::make_unique<Listener>(*this, address));
}

RelayShard::~RelayShard() = default;

std::shared_ptr<UdpRing> RelayShard::open_ring(RelayIo io) {
    if (io == RelayIo::kEpoll) return nullptr;
    auto opened = UdpRing::open([this] { flush(); });
    ring_error_ = opened.error;
    return std::move(opened.ring);
}

Gauge& RelayShard::ports_open(AddressFamily family) {
    return *ports_open_.at(family == AddressFamily::kIpv4 ? 0 : 1);
}

std::vector<SocketAddress> RelayShard::addresses() const {
    std::vector<SocketAddress> addresses;
    addresses.reserve(listeners_.size());
    for (const auto& listener : listeners_)
        addresses.push_back(listener->socket().bound());
    return addresses;
}

void RelayShard::handle_timeout(Timer& timer, Instant now) {
    if (&timer == &publish_timer_) {
        metrics_.publish(machine_.counters());
        // The allocator keeps what small things leave between others; here nobody soon wants it again.
        if (allocations_.has_ebbed(machine_.counters().allocations_live) && memory_ != nullptr) memory_->begin();
        for (const auto& listener : listeners_)
            drops_->note_listener(listener->socket());
        drops_->note_some(endpoints_);
        return;
    }
    begin_round(); // for what the machine may have to send
    machine_.handle_timeout(now);
    run_commands();
}

void RelayShard::begin_round() {
    if (is_in_round_) return;
    is_in_round_ = true;
    wall_ = wall_now(); // only to the second: once for all that came together
    loop_.defer([this, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) finish_round();
    });
}

void RelayShard::finish_round() {
    read_sockets();
    flush(); // while these are on their way, what streams have to say costs fewer wake-ups
    streams_.handle_round_end();
    flush(); // of what those have read only now
    closed_.clear();
    buffers_.reuse();
    if (ring_) ring_->reuse();
    rearm(loop_.now());
    loop_.rest(pacer_.after_round(loop_.now(), monotonic_now(), std::exchange(datagrams_in_round_, 0)));
    is_in_round_ = false;
    if (streams_.is_waiting() || (inbox_reader_ && inbox_reader_->has_left())) begin_round();
}

void RelayShard::flush() {
    sends_.flush();
    lost_.add(sends_.take_lost());
    for (RelayInbox* inbox : to_wake_)
        inbox->wake();
    to_wake_.clear();
}

void RelayShard::read_sockets() {
    const std::size_t half = datagrams_per_round_ / 2;
    std::size_t handled = listeners_ready_.serve(half);
    // At least the other half, even if the last bundle was more than the first one has.
    const auto left = [&] { return datagrams_per_round_ - std::min(handled, datagrams_per_round_); };
    std::size_t for_peers = std::max(left(), half);
    if (inbox_reader_) {
        const std::size_t from_shards = inbox_reader_->read(for_peers / 2);
        handled += from_shards;
        for_peers -= from_shards;
    }
    if (std::exchange(is_ring_ready_, false)) {
        const std::size_t by_ring = ring_->receive(endpoints_ready_.is_empty() ? for_peers : for_peers / 2);
        handled += by_ring;
        for_peers -= std::min(by_ring, for_peers);
    }
    handled += endpoints_ready_.serve(for_peers);
    (void)listeners_ready_.serve(left());
}

void RelayShard::handle_client(Listener& listener, const ReceivedDatagram& in) {
    ++datagrams_in_round_;
    const turn::FiveTuple path{{in.local, listener.socket().bound().port}, ClientAddress(in.remote)};
    carry_out(machine_.handle_client_input(loop_.now(), wall_, path, in.payload), &path);
    run_commands();
}

void RelayShard::handle_peer(const turn::RelaySocket& relay, TurnStreams::KnownConnection& client,
                             const ReceivedDatagram& in) {
    ++datagrams_in_round_;
    carry_out(machine_.handle_peer_input(loop_.now(), relay, PeerAddress(in.remote), in.payload), nullptr, &client);
    run_commands();
}

// As if the relay port's socket had received it from the other's.
void RelayShard::handle_other_shard(const turn::ForwardToRelay& packet) {
    ++datagrams_in_round_;
    carry_out(
        machine_.handle_peer_input(loop_.now(), packet.to, PeerAddress(bound_address(packet.from)), packet.payload),
        nullptr);
    run_commands();
}

void RelayShard::handle_peer_error(const turn::RelaySocket& relay, const ReceivedIcmp& icmp) {
    if (icmp.type > stun::kIcmpTypeMax) return;
    // The machine writes each indication where the one before it was.
    is_payload_passing_ = true;
    carry_out(
        machine_.handle_peer_error(loop_.now(), relay, PeerAddress(icmp.remote), {icmp.type, icmp.code, icmp.mtu}),
        nullptr);
    is_payload_passing_ = false;
    run_commands();
}

void RelayShard::take_stream(OpenedStream opened) {
    streams_.take(std::move(opened));
}

void RelayShard::handle_stream_frame(const turn::FiveTuple& path, ByteView frame) {
    begin_round();
    ++datagrams_in_round_; // it costs a round as much as one
    is_payload_passing_ = true;
    carry_out(machine_.handle_client_input(loop_.now(), wall_, path, frame), &path);
    is_payload_passing_ = false;
    run_commands();
}

void RelayShard::handle_stream_closed(const turn::FiveTuple& path) {
    begin_round();
    machine_.handle_path_closed(loop_.now(), path);
    run_commands();
}

bool RelayShard::has_allocation(const turn::FiveTuple& path) const {
    return machine_.has_allocation(path);
}

void RelayShard::carry_out(const turn::Action& action, const turn::FiveTuple* path,
                           TurnStreams::KnownConnection* client) {
    std::visit(Overloaded{
                   [](const turn::Ignore&) {},
                   [&](const turn::Reply& reply) {
                       VV_ASSERT(path != nullptr);
                       answer(*path, reply.bytes);
                   },
                   [&](const turn::ForwardToPeer& forward) {
                       const auto& endpoint = endpoint_at(forward.from);
                       if (!endpoint) return lost_.add();
                       send_to_peer(endpoint->socket(), forward);
                   },
                   [&](const turn::ForwardToRelay& packet) { send_to_other_shard(packet); },
                   [&](const turn::ForwardToClient& forward) { send_to_client(forward, client); },
               },
               action);
}

void RelayShard::send_to_peer(const UdpSocket& socket, const turn::ForwardToPeer& forward) {
    const SocketAddress& to = forward.to.value();
    if (!forward.dont_fragment) {
        sends_.add({socket, IpAddress(), to, {}, forward.payload, 0, is_payload_passing_});
    } else {
        flush(); // what came before it leaves before it
        if (!socket.send_whole(to, forward.payload)) lost_.add();
    }
}

void RelayShard::send_to_other_shard(const turn::ForwardToRelay& packet) {
    if (inboxes_ == nullptr) {
        const PeerAddress to(bound_address(packet.to));
        return carry_out(turn::ForwardToPeer{packet.from, to, packet.payload, packet.dont_fragment}, nullptr);
    }
    const auto shard = live_ports_.shard_of(packet.to);
    if (!shard) return dropped_no_allocation_.add(); // has ended since the machine asked
    RelayInbox& inbox = inboxes_->at(*shard);
    const auto put = inbox.put(packet);
    if (put == RelayInbox::Put::kRefused) dropped_busy_thread_.add();
    if (put == RelayInbox::Put::kQueuedFirst) to_wake_.push_back(&inbox);
}

void RelayShard::answer(const turn::FiveTuple& to, ByteView bytes) {
    if (!turn::is_stream(to.transport)) {
        send_datagram(to, {}, bytes, 0, true); // the machine writes its next answer where this one is
    } else if (!streams_.send(to, nullptr, MediaQueue::Kind::kAnswer, bytes, {}, {})) {
        lost_.add();
    }
}

void RelayShard::send_to_client(const turn::ForwardToClient& forward, TurnStreams::KnownConnection* client) {
    const ByteView header = forward.header.view();
    if (!turn::is_stream(forward.to.transport)) {
        send_datagram(forward.to, header, forward.payload, forward.padding.size(), is_payload_passing_);
    } else if (!streams_.send(forward.to, client, MediaQueue::Kind::kMedia, header, forward.payload, forward.padding)) {
        lost_.add();
    }
}

void RelayShard::send_datagram(const turn::FiveTuple& to, ByteView header, ByteView payload, std::size_t zeros,
                               bool payload_passes) {
    const Listener* listener = find_listener(to.server);
    if (listener == nullptr) return lost_.add();
    sends_.add({listener->socket(), to.server.ip, to.client.value(), header, payload, zeros, payload_passes});
}

void RelayShard::run_commands() {
    while (auto command = machine_.poll_command()) {
        std::visit(Overloaded{
                       [&](const turn::OpenRelayPort& open) { open_relay(open); },
                       [&](const turn::CloseRelayPort& close) { close_relay(close.relay); },
                       [&](const turn::SendToClient& send) { answer(send.to, send.bytes); },
                       [&](const turn::AuthRefused& refused) {
                           if (auth_log_) auth_log_->note(loop_.now(), refused);
                       },
                   },
                   *command);
    }
}

void RelayShard::open_relay(const turn::OpenRelayPort& open) {
    const turn::RelaySocket& relay = open.relay;
    // For the few busy sockets of clients over streams a packet costs a sixth less by epoll than by the ring, for many
    // of clients over UDP a third more (docs/relay-bench.md).
    UdpRing* ring = turn::is_stream(open.client) ? nullptr : ring_.get();
    try {
        endpoint_at(relay) = place_in<RelayEndpoint>(allocation_memory_, *this, relay, bound_address(relay), ring);
    } catch (const std::runtime_error&) {
        // Somebody else on this machine has the port, or descriptors ran out: the machine tries another or says 508.
        machine_.handle_relay_port_failed(loop_.now(), relay);
        return;
    }
    live_ports_.open(relay, number_);
    ports_open(relay.family).add(1);
    machine_.handle_relay_port_opened(loop_.now(), relay);
}

void RelayShard::close_relay(const turn::RelaySocket& relay) {
    live_ports_.close(relay);
    // The socket may be the one whose datagram is being handled, and has datagrams to send: it goes at the round's end.
    begin_round();
    if (auto endpoint = take_endpoint(relay)) {
        ports_open(relay.family).add(-1);
        drops_->note_endpoint(endpoint->socket());
        closed_.push_back(std::move(endpoint));
    }
}

void RelayShard::rearm(Instant now) {
    if (const auto deadline = machine_.poll_timeout()) {
        machine_timer_.arm(*deadline);
    } else {
        machine_timer_.cancel();
    }
    if (!publish_timer_.is_armed()) publish_timer_.arm(now + kPublishInterval);
}

SocketAddress RelayShard::bound_address(const turn::RelaySocket& relay) const {
    const auto& address = relay.family == AddressFamily::kIpv4 ? ipv4_ : ipv6_;
    VV_ASSERT(address.has_value());
    return {address->local, relay.port.value()};
}

RelayShard::Listener* RelayShard::find_listener(const SocketAddress& server) {
    for (const auto& listener : listeners_) {
        const SocketAddress& bound = listener->socket().bound();
        const bool same_ip = bound.ip == server.ip || bound.ip.is_unspecified();
        if (bound.port == server.port && bound.ip.family() == server.ip.family() && same_ip) return listener.get();
    }
    return nullptr;
}

Placed<RelayShard::RelayEndpoint>& RelayShard::endpoint_at(const turn::RelaySocket& relay) {
    if (!ports_.contains(relay.port.value())) return adopted_[relay];
    const std::size_t offset = relay.family == AddressFamily::kIpv4 ? 0 : ports_.size();
    return endpoints_.at(offset + relay.port.value() - ports_.first);
}

Placed<RelayShard::RelayEndpoint> RelayShard::take_endpoint(const turn::RelaySocket& relay) {
    auto endpoint = std::move(endpoint_at(relay));
    adopted_.erase(relay);
    return endpoint;
}

} // namespace vv::net
