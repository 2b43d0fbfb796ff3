#include "sim/ice_user.h"

#include "base/overloaded.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vv::sim {
namespace {

// What RTP begins with (RFC 7983): a relay lets nothing else through but what calls are made of.
constexpr std::uint8_t kMediaByte = 0x80;

ice::RelayProtocol protocol_of(turn::Transport transport) {
    switch (transport) {
    case turn::Transport::kUdp:
        return ice::RelayProtocol::kUdp;
    case turn::Transport::kTcp:
        return ice::RelayProtocol::kTcp;
    case turn::Transport::kTls:
        break;
    }
    return ice::RelayProtocol::kTls;
}

} // namespace

IceUser::IceUser(Host& its_host, IceSetup setup)
    : App(its_host),
      setup_(std::move(setup)),
      rng_(its_host.world().new_seed()),
      agent_({.controlling = setup_.controlling, .stun_servers = setup_.stun_servers}, rng_) {}

template <typename What>
void IceUser::tell(What what) {
    VV_ASSERT(carry_ != nullptr);
    carry_({generation_, std::move(what)});
}

void IceUser::signal_to(IceUser& other, Duration delay, bool leads) {
    World& world = host().world();
    signal_by(
        [&world, &other, delay](const IceSignal& signal) {
            world.at(world.time() + delay, [&other, signal] { other.handle_signal(signal); });
        },
        leads);
}

void IceUser::signal_by(std::function<void(const IceSignal&)> carry, bool leads) {
    carry_ = std::move(carry);
    leads_ = leads;
}

void IceUser::start() {
    const Instant now = host().time();
    open_sockets(now);
    begin_relays();
    flush(now);
}

void IceUser::restart() {
    if (!leads_) return tell(RestartWish{});
    const Instant now = host().time();
    ++generation_;
    agent_.restart(now);
    flush(now);
}

void IceUser::send(std::string_view text) {
    const auto path = agent_.path();
    if (!path) return;
    ByteBuffer bytes{kMediaByte};
    bytes.insert(bytes.end(), text.begin(), text.end());
    transmit({path->route, std::move(bytes)});
}

// ---- transports

// IPv6 first (RFC 8421 §4).
void IceUser::open_sockets(Instant now) {
    std::vector<IpAddress> addresses;
    for (const bool v4 : {false, true})
        std::ranges::copy_if(host().addresses(), std::back_inserter(addresses),
                             [v4](const IpAddress& ip) { return ip.is_v4() == v4; });
    for (const IpAddress& ip : addresses) {
        const auto socket = host().bind_any(ip, *this);
        VV_ASSERT(socket.has_value());
        const ice::TransportId id = next_id();
        if (agent_.add_host(now, {id, *socket, {}})) {
            sockets_[id] = *socket;
        } else {
            host().unbind(*socket);
        }
    }
}

void IceUser::begin_relays() {
    for (const TurnLogin& login : setup_.relays) {
        TurnUser& user = host().run<TurnUser>(login);
        relays_.push_back({.user = &user, .transport = login.transport});
        user.when_news = [this] {
            relays_have_news_ = true;
            reschedule();
        };
        user.start();
    }
}

void IceUser::renew_relays() {
    const Instant now = host().time();
    for (Relay& relay : relays_) {
        remove(now, relay);
        if (!relay.user->ended()) relay.user->close();
    }
    begin_relays();
    flush(now);
}

void IceUser::handle_relays(Instant now) {
    for (Relay& relay : relays_) {
        for (const turn::ClientEvent& event : std::exchange(relay.user->events, {}))
            handle(now, relay, event);
        for (const TurnUser::Heard& packet : std::exchange(relay.user->heard, {})) {
            const auto id = relay.ids.find(packet.from.ip.family());
            if (id != relay.ids.end()) hear(now, {id->second, packet.from}, packet.payload);
        }
    }
}

void IceUser::handle(Instant now, Relay& relay, const turn::ClientEvent& event) {
    if (const auto* there = std::get_if<turn::Allocated>(&event)) {
        for (const SocketAddress& relayed : there->relayed) {
            const ice::TransportId id = next_id();
            const ice::RelayTransport transport{.id = id,
                                                .relayed = relayed,
                                                .mapped = there->mapped,
                                                .server = relay.user->client().server().ip,
                                                .protocol = protocol_of(relay.transport)};
            if (!agent_.add_relay(now, transport)) continue;
            relay.ids[relayed.ip.family()] = id;
            by_id_[id] = &relay;
        }
    } else if (const auto* let_in = std::get_if<turn::PermissionGranted>(&event)) {
        for (const ice::Transmit& packet : std::exchange(relay.waiting, {})) {
            if (packet.route.remote.ip == let_in->peer) {
                relay.user->send(packet.route.remote, packet.payload);
            } else {
                relay.waiting.push_back(packet);
            }
        }
    } else if (const auto* refused = std::get_if<turn::PermissionRefused>(&event)) {
        std::erase_if(relay.waiting,
                      [&](const ice::Transmit& packet) { return packet.route.remote.ip == refused->peer; });
    } else if (std::holds_alternative<turn::Ended>(event)) {
        remove(now, relay);
    }
}

void IceUser::remove(Instant now, Relay& relay) {
    for (const auto& [family, id] : std::exchange(relay.ids, {})) {
        by_id_.erase(id);
        agent_.remove_transport(now, id);
    }
    relay.waiting.clear();
}

// Sockets of addresses that are gone are gone. A new network is a new generation (RFC 8445 §9).
void IceUser::move(Instant now) {
    const std::vector<IpAddress> addresses = host().addresses();
    for (const auto& [id, socket] : std::exchange(sockets_, {})) {
        if (std::ranges::find(addresses, socket.ip) != addresses.end()) host().unbind(socket);
        agent_.remove_transport(now, id);
    }
    for (Relay& relay : relays_)
        remove(now, relay);
    open_sockets(now);
    begin_relays();
    restart();
}

// ---- packets

void IceUser::hear(Instant now, const ice::Route& route, ByteView packet) {
    if (const auto data = agent_.handle_input(now, route, packet)) note(*data);
}

void IceUser::note(ByteView data) {
    VV_ASSERT(!data.empty() && data.front() == kMediaByte);
    heard.emplace_back(as_text(data.subspan(1)));
}

void IceUser::transmit(const ice::Transmit& out) {
    const auto socket = sockets_.find(out.route.via);
    if (socket != sockets_.end()) {
        host().send(socket->second, out.route.remote, out.payload);
        return;
    }
    const auto relay = by_id_.find(out.route.via);
    if (relay != by_id_.end()) send_through(*relay->second, out);
}

void IceUser::send_through(Relay& relay, const ice::Transmit& out) {
    const IpAddress& peer = out.route.remote.ip;
    if (relay.user->client().is_permitted(peer)) return relay.user->send(out.route.remote, out.payload);
    if (relay.waiting.size() < kIceWaitingMax) relay.waiting.push_back(out);
    relay.user->permit(peer);
}

std::size_t IceUser::packets_waiting() const {
    std::size_t waiting = 0;
    for (const Relay& relay : relays_)
        waiting += relay.waiting.size();
    return waiting;
}

void IceUser::handle_datagram(Instant now, const Datagram& in) {
    const auto socket = std::ranges::find_if(sockets_, [&](const auto& one) { return one.second == in.local; });
    if (socket == sockets_.end()) return;
    hear(now, {socket->first, in.remote}, in.payload);
    flush(now);
}

void IceUser::handle_timeout(Instant now) {
    for (const IceSignal& signal : std::exchange(missed_, {}))
        handle_signal(signal);
    if (std::exchange(has_moved_, false)) move(now);
    if (std::exchange(relays_have_news_, false)) handle_relays(now);
    agent_.handle_timeout(now);
    flush(now);
}

std::optional<Instant> IceUser::poll_timeout() const {
    if (has_moved_ || relays_have_news_ || !missed_.empty()) return host().time();
    return agent_.poll_timeout();
}

// Not at once: the other programs hear that their sockets are gone first.
void IceUser::handle_addresses_changed(Instant /*now*/) {
    has_moved_ = true; // and the host asks when to wake this
}

// ---- what the agent says, and signaling

void IceUser::flush(Instant now) {
    if (told_ufrag_ != agent_.local_credentials().ufrag) { // a new generation, here or at the other end
        told_ufrag_ = agent_.local_credentials().ufrag;
        finished_ = false;
        tell(agent_.local_credentials());
    }
    const bool has_all = std::ranges::all_of(relays_, &Relay::has_answered);
    if (has_all && !std::exchange(finished_, true)) agent_.finish_gathering(now);
    while (const auto event = agent_.poll_event())
        handle(*event);
    while (const auto out = agent_.poll_transmit())
        transmit(*out);
    reschedule();
}

void IceUser::handle(const ice::Event& event) {
    std::visit(Overloaded{
                   [&](const ice::CandidateFound& found) { tell(ice::write_candidate(found.candidate)); },
                   [&](const ice::GatheringDone&) { tell(EndOfCandidates{}); },
                   [](const ice::NameToResolve&) {}, // nobody in here hides behind a name
                   [&](const ice::StateChanged& change) {
                       states.push_back(change.state);
                       if (change.state == ice::State::kCompleted) keep_channel();
                   },
                   [](const ice::PathChanged&) {},
                   [&](const ice::EarlyPacket& packet) { note(packet.bytes); },
               },
               event);
}

// Four bytes in place of thirty-six on every packet from then on.
void IceUser::keep_channel() {
    const auto path = agent_.path();
    if (!path) return;
    const auto relay = by_id_.find(path->route.via);
    if (relay != by_id_.end()) relay->second->user->bind_channel(path->route.remote);
}

// False: it is of one that is over.
bool IceUser::begin_generation_of(const IceSignal& signal) {
    if (!leads_) generation_ = std::max(generation_, signal.generation);
    return signal.generation == generation_;
}

// Signaling waits for a host that sleeps, which asks when to wake this once it is awake.
void IceUser::handle_signal(const IceSignal& signal) {
    if (!host().is_awake()) {
        missed_.push_back(signal);
        return;
    }
    if (!begin_generation_of(signal)) return;
    const Instant now = host().time();
    std::visit(Overloaded{
                   [&](const ice::Credentials& credentials) { VV_ASSERT(agent_.set_remote(now, credentials)); },
                   [&](const std::string& line) { VV_ASSERT(agent_.add_remote_candidate(now, line).has_value()); },
                   [&](const EndOfCandidates&) { agent_.end_of_remote_candidates(now); },
                   [&](const RestartWish&) { restart(); },
               },
               signal.what);
    flush(now);
}

} // namespace vv::sim
