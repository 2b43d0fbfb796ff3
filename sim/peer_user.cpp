#include "sim/peer_user.h"

#include "base/overloaded.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vv::sim {
namespace {

using peer::MediaKind;

/// Packets to one relay that wait for their peer to be let in; what comes on top is lost.
constexpr std::size_t kWaitingMax = 64;

constexpr std::size_t kSoundSize = 80;
constexpr std::size_t kPictureSize = 4'000;
constexpr std::uint32_t kSoundTicks = 960; // 20 ms
constexpr std::uint32_t kPictureTicks = 1'800;

// Of Opus and VP8 what RTP looks at: 20 ms in one frame, and whether a picture is whole.
ByteBuffer sound() {
    ByteBuffer packet(kSoundSize, 0xAB);
    packet.front() = 0x78;
    return packet;
}
ByteBuffer picture(bool is_key) {
    ByteBuffer bytes(kPictureSize, 0xCD);
    const ByteBuffer head =
        is_key ? ByteBuffer{0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0x00} : ByteBuffer{0x11, 0, 0};
    std::ranges::copy(head, bytes.begin());
    return bytes;
}

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

PeerUser::PeerUser(Host& its_host, PeerSetup setup, const dtls::Certificate& certificate)
    : App(its_host),
      setup_(std::move(setup)),
      rng_(its_host.world().new_seed()),
      connection_(its_host.time(), {.stun_servers = setup_.stun_servers}, certificate, rng_) {
    connection_.want_data();
    if (!setup_.has_media) return;
    for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo})
        connection_.want(kind, sdp::Direction::kSendRecv);
}

void PeerUser::signal_to(PeerUser& other, Duration delay) {
    other_ = &other;
    signaling_delay_ = delay;
}

void PeerUser::start() {
    const Instant now = host().time();
    open_sockets(now);
    begin_relays();
    if (setup_.offers) {
        channel_ = connection_.open_channel(now, {.label = "echo"}).value();
        offer(now, peer::IceRestart::kNo);
    }
    flush(now);
}

void PeerUser::restart() {
    if (!setup_.offers) return tell(OfferWish{});
    wants_restart_ = awaits_answer_; // one round after the other
    if (wants_restart_) return;
    const Instant now = host().time();
    offer(now, peer::IceRestart::kYes);
    flush(now);
}

void PeerUser::close() {
    const Instant now = host().time();
    connection_.close(now);
    flush(now);
}

bool PeerUser::say(std::string_view text) {
    const Instant now = host().time();
    const bool is_said = channel_ && connection_.send_text(now, *channel_, text).has_value();
    flush(now);
    return is_said;
}

bool PeerUser::send_media() {
    const Instant now = host().time();
    const bool is_heard = connection_.send_audio(now, kSoundTicks * frames_sent_, sound()).has_value();
    const bool is_seen = connection_.send_video(now, kPictureTicks * frames_sent_, picture(is_key_due_)).has_value();
    if (is_seen) is_key_due_ = false;
    ++frames_sent_;
    flush(now);
    return is_heard && is_seen;
}

// ---- transports

// IPv6 first (RFC 8421 §4).
void PeerUser::open_sockets(Instant now) {
    std::vector<IpAddress> addresses;
    for (const bool v4 : {false, true})
        std::ranges::copy_if(host().addresses(), std::back_inserter(addresses),
                             [v4](const IpAddress& ip) { return ip.is_v4() == v4; });
    for (const IpAddress& ip : addresses) {
        const auto socket = host().bind_any(ip, *this);
        VV_ASSERT(socket.has_value());
        const ice::TransportId id = next_id();
        if (connection_.add_host(now, {id, *socket, {}})) {
            sockets_[id] = *socket;
        } else {
            host().unbind(*socket);
        }
    }
}

void PeerUser::begin_relays() {
    finished_ = false;
    connection_.expect_transports();
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

void PeerUser::handle_relays(Instant now) {
    for (Relay& relay : relays_) {
        for (const turn::ClientEvent& event : std::exchange(relay.user->events, {}))
            handle(now, relay, event);
        for (const TurnUser::Heard& packet : std::exchange(relay.user->heard, {})) {
            const auto id = relay.ids.find(packet.from.ip.family());
            if (id == relay.ids.end()) continue;
            connection_.handle_input(now, {id->second, packet.from}, packet.payload);
            flush(now);
        }
    }
}

void PeerUser::handle(Instant now, Relay& relay, const turn::ClientEvent& event) {
    if (const auto* there = std::get_if<turn::Allocated>(&event)) {
        for (const SocketAddress& relayed : there->relayed) {
            const ice::TransportId id = next_id();
            const ice::RelayTransport transport{.id = id,
                                                .relayed = relayed,
                                                .mapped = there->mapped,
                                                .server = relay.user->client().server().ip,
                                                .protocol = protocol_of(relay.transport)};
            if (!connection_.add_relay(now, transport)) continue;
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

void PeerUser::remove(Instant now, Relay& relay) {
    for (const auto& [family, id] : std::exchange(relay.ids, {})) {
        by_id_.erase(id);
        connection_.remove_transport(now, id);
    }
    relay.waiting.clear();
}

// Sockets of addresses that are gone are gone. A new network is a new generation (RFC 8445 §9).
void PeerUser::move(Instant now) {
    const std::vector<IpAddress> addresses = host().addresses();
    for (const auto& [id, socket] : std::exchange(sockets_, {})) {
        if (std::ranges::find(addresses, socket.ip) != addresses.end()) host().unbind(socket);
        connection_.remove_transport(now, id);
    }
    for (Relay& relay : relays_)
        remove(now, relay);
    open_sockets(now);
    begin_relays();
    restart();
}

void PeerUser::transmit(const ice::Transmit& out) {
    const auto socket = sockets_.find(out.route.via);
    if (socket != sockets_.end()) {
        host().send(socket->second, out.route.remote, out.payload);
        return;
    }
    const auto relay = by_id_.find(out.route.via);
    if (relay != by_id_.end()) send_through(*relay->second, out);
}

void PeerUser::send_through(Relay& relay, const ice::Transmit& out) {
    const IpAddress& peer = out.route.remote.ip;
    if (relay.user->client().is_permitted(peer)) return relay.user->send(out.route.remote, out.payload);
    if (relay.waiting.size() < kWaitingMax) relay.waiting.push_back(out);
    relay.user->permit(peer);
}

void PeerUser::handle_datagram(Instant now, const Datagram& in) {
    const auto socket = std::ranges::find_if(sockets_, [&](const auto& one) { return one.second == in.local; });
    if (socket == sockets_.end()) return;
    connection_.handle_input(now, {socket->first, in.remote}, in.payload);
    flush(now);
}

void PeerUser::handle_timeout(Instant now) {
    for (PeerSignal& signal : std::exchange(missed_, {}))
        handle_signal(signal);
    if (std::exchange(has_moved_, false)) move(now);
    if (std::exchange(relays_have_news_, false)) handle_relays(now);
    connection_.handle_timeout(now);
    flush(now);
}

std::optional<Instant> PeerUser::poll_timeout() const {
    if (has_moved_ || relays_have_news_ || !missed_.empty()) return host().time();
    return connection_.poll_timeout();
}

// Not at once: the other programs hear that their sockets are gone first.
void PeerUser::handle_addresses_changed(Instant /*now*/) {
    has_moved_ = true; // and the host asks when to wake this
}

// ---- what the connection says, and signaling

void PeerUser::flush(Instant now) {
    const bool has_all = std::ranges::all_of(relays_, &Relay::has_answered);
    if (has_all && !std::exchange(finished_, true)) connection_.finish_gathering(now);
    while (true) {
        if (auto event = connection_.poll_event()) {
            handle(*event);
        } else if (const auto out = connection_.poll_transmit()) {
            transmit(*out);
        } else {
            break;
        }
    }
    reschedule();
}

void PeerUser::handle(peer::Event& event) {
    std::visit(Overloaded{
                   [&](peer::StateChanged& change) { states.push_back(change); },
                   [&](peer::Candidate& candidate) { tell(std::move(candidate)); },
                   [&](peer::ChannelOpened& opened) { channel_ = opened.id; },
                   [&](peer::ChannelMessage& message) { heard.emplace_back(as_text(message.payload)); },
                   [&](peer::AudioFrame&) { ++sounds; }, [&](peer::VideoFrame&) { ++pictures; },
                   [&](peer::KeyframeWanted&) { is_key_due_ = true; }, [](auto&) {}, // the test asks the connection
               },
               event);
}

void PeerUser::offer(Instant now, peer::IceRestart restart) {
    const auto made = connection_.make_offer(now, restart);
    if (!made) return; // it has ended
    awaits_answer_ = true;
    tell(Offer{*made});
}

void PeerUser::tell(PeerSignal signal) {
    VV_ASSERT(other_ != nullptr);
    World& world = host().world();
    world.at(world.time() + signaling_delay_,
             [other = other_, told = std::move(signal)]() mutable { other->handle_signal(told); });
}

// Signaling waits for a host that sleeps, which asks when to wake this once it is awake.
void PeerUser::handle_signal(PeerSignal& signal) {
    if (!host().is_awake()) {
        missed_.push_back(std::move(signal));
        return;
    }
    const Instant now = host().time();
    std::visit(Overloaded{
                   [&](const Offer& offered) {
                       if (!connection_.take_offer(now, offered.sdp)) return; // it has ended
                       tell(Answer{connection_.make_answer(now).value()});
                   },
                   [&](const Answer& answered) {
                       (void)connection_.take_answer(now, answered.sdp); // unless it has ended
                       awaits_answer_ = false;
                       if (std::exchange(wants_restart_, false)) restart();
                   },
                   [&](const OfferWish&) { restart(); },
                   [&](const peer::Candidate& candidate) { connection_.add_remote_candidate(now, candidate); },
               },
               signal);
    flush(now);
}

} // namespace vv::sim
