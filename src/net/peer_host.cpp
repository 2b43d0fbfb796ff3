#include "net/peer_host.h"

#include "net/interfaces.h"
#include "net/socket.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <ranges>
#include <sys/socket.h>
#include <utility>

namespace vv::net {
namespace {

// More than any network's packets: what is larger was put together from pieces, and is not of a call.
constexpr std::size_t kDatagramMax = 4096;
// So many of one socket's before others have their turn.
constexpr int kBatch = 64;

// IPv6 first (RFC 8421 §4), else in the kernel's order; loopback where there is nothing else.
std::vector<IpAddress> usable_of(const std::vector<IpAddress>& all) {
    const bool has_network = !std::ranges::all_of(all, &IpAddress::is_loopback);
    std::vector<IpAddress> usable;
    for (const bool v4 : {false, true})
        std::ranges::copy_if(all, std::back_inserter(usable), [&](const IpAddress& ip) {
            return ip.is_v4() == v4 && !(has_network && ip.is_loopback());
        });
    return usable;
}

bool is_same_relay(const TurnLogin& one, const TurnLogin& other) {
    return one.host == other.host && one.server == other.server && one.transport == other.transport;
}

ice::RelayProtocol protocol_of(turn::Transport transport) {
    switch (transport) {
    case turn::Transport::kUdp:
        break;
    case turn::Transport::kTcp:
        return ice::RelayProtocol::kTcp;
    case turn::Transport::kTls:
        return ice::RelayProtocol::kTls;
    }
    return ice::RelayProtocol::kUdp;
}

} // namespace

class PeerHost::Socket final : private EventHandler {
public:
    Socket(PeerHost& host, ice::TransportId id, UniqueFd fd) : host_(host), id_(id), fd_(std::move(fd)) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { retire(); }

    [[nodiscard]] bool begin() { return host_.loop_.watch(fd_.value(), EPOLLIN, *this); }
    [[nodiscard]] SocketAddress address() const { return local_address(fd_.value()); }
    /// Nothing more comes of it.
    void retire() {
        if (std::exchange(is_used_, false)) host_.loop_.unwatch(fd_.value(), *this);
    }

    void send(const SocketAddress& to, ByteView payload) const {
        const NativeAddress native(to);
        // What the kernel does not take is a lost datagram.
        (void)::sendto(fd_.value(), payload.data(), payload.size(), MSG_NOSIGNAL, native.pointer(), native.size);
    }

private:
    void handle_ready(std::uint32_t /*events*/) override {
        std::array<std::uint8_t, kDatagramMax> buffer{};
        for (int i = 0; i < kBatch; ++i) {
            NativeAddress from;
            const ssize_t size =
                ::recvfrom(fd_.value(), buffer.data(), buffer.size(), MSG_TRUNC, from.pointer(), &from.size);
            if (size < 0) break; // nothing more; or an ICMP error, which is silence
            if (static_cast<std::size_t>(size) > buffer.size()) continue;
            host_.hear({id_, from.address()}, ByteView(buffer).first(static_cast<std::size_t>(size)));
        }
        host_.flush();
    }

    PeerHost& host_;
    ice::TransportId id_;
    UniqueFd fd_;
    bool is_used_ = true;
};

PeerHost::PeerHost(EventLoop& loop, Options options, dtls::Certificate certificate, Rng& rng, Told told)
    : loop_(loop),
      options_(std::move(options)),
      rng_(rng),
      told_(std::move(told)),
      connection_(loop.now(), options_.connection, std::move(certificate), rng),
      generation_(connection_.ice().local_credentials().ufrag),
      renewal_(loop.timers(), *this),
      sweep_(loop.timers(), *this),
      timer_(loop.timers(), *this) {
    chooses_addresses_ = options_.addresses.empty();
    if (!chooses_addresses_) return;
    interfaces_ = options_.interfaces();
    options_.addresses = usable_of(interfaces_);
}

PeerHost::~PeerHost() = default;

void PeerHost::start() {
    if (!options_.is_relay_only) open_sockets();
    for (const TurnLogin& login : options_.relays)
        add_relay(login);
    // All are known before the first can fail: whether all have answered is asked then.
    for (Relay& relay : relays_)
        relay.link->start();
    flush();
}

void PeerHost::hide() {
    options_.is_relay_only = true;
}

void PeerHost::open_sockets() {
    for (const IpAddress& ip : options_.addresses) {
        if (!has_socket(ip)) open_socket(ip);
    }
}

void PeerHost::open_socket(const IpAddress& ip) {
    const NativeAddress native(SocketAddress{ip, 0});
    UniqueFd fd(::socket(native.pointer()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // An address may be gone by now, or not be there yet, and the other ones are as good.
    if (!fd.is_open() || ::bind(fd.value(), native.pointer(), native.size) != 0) return;
    const ice::TransportId id = next_id();
    auto socket = std::make_unique<Socket>(*this, id, std::move(fd));
    if (!socket->begin() || !connection_.add_host(now(), {id, socket->address(), {}})) return;
    sockets_[id] = std::move(socket);
}

// It may be the one that is calling.
void PeerHost::close_socket(ice::TransportId id) {
    const auto found = sockets_.find(id);
    found->second->retire();
    loop_.defer([closed = std::shared_ptr<Socket>(std::move(found->second))] {});
    sockets_.erase(found);
    connection_.remove_transport(now(), id);
}

bool PeerHost::has_socket(const IpAddress& ip) const {
    return std::ranges::any_of(sockets_, [&](const auto& socket) { return socket.second->address().ip == ip; });
}

bool PeerHost::lacks_socket() const {
    return chooses_addresses_ && !options_.is_relay_only &&
           !std::ranges::all_of(options_.addresses, [this](const IpAddress& ip) { return has_socket(ip); });
}

void PeerHost::look_again() {
    if (!chooses_addresses_) return;
    follow_addresses();
    flush();
}

void PeerHost::follow_addresses() {
    if (!chooses_addresses_) return;
    const std::vector<IpAddress> all = options_.interfaces();
    const auto before = std::exchange(interfaces_, all);
    options_.addresses = usable_of(all);
    const auto is_in = [](const std::vector<IpAddress>& addresses, const IpAddress& ip) {
        return std::ranges::find(addresses, ip) != addresses.end();
    };
    std::vector<ice::TransportId> gone;
    for (const auto& [id, socket] : sockets_) {
        if (!is_in(options_.addresses, socket->address().ip)) gone.push_back(id);
    }
    std::ranges::for_each(gone, [this](ice::TransportId id) { close_socket(id); });
    if (!options_.is_relay_only) open_sockets();
    const bool has_lost = !std::ranges::all_of(before, [&](const IpAddress& ip) { return is_in(all, ip); });
    std::vector<Relay*> cut_off;
    for (Relay& relay : relays_) {
        const auto from = relay.link->local_ip();
        // A way that is only looked for may be looked for from there.
        if (from ? !is_in(all, *from) : has_lost) cut_off.push_back(&relay);
    }
    const bool was_flushing = std::exchange(is_flushing_, true); // a link that closes would tell
    for (Relay* const relay : cut_off) {
        end(*relay);
        renewal_.arm(now()); // its link may be on the stack
    }
    is_flushing_ = was_flushing;
}

void PeerHost::add_servers(const std::vector<SocketAddress>& stun, const std::vector<TurnLogin>& relays) {
    for (const SocketAddress& server : stun)
        (void)connection_.add_stun_server(now(), server); // there are enough already
    std::vector<Relay*> added;
    for (const TurnLogin& login : relays) {
        Relay* const known = find_relay(login);
        const bool is_there = known != nullptr && !known->ids.empty();
        // Over UDP a relay that has begun anew says nothing to those whom it does not know any more.
        if (known == nullptr || (is_there && known->login.username != login.username && !carries(*known))) {
            added.push_back(&add_relay(login));
            added.back()->former = known;
        } else {
            known->login = login;
        }
    }
    if (!relays.empty()) {
        std::vector<Relay*> unnamed;
        for (Relay& relay : relays_) {
            const bool is_named =
                std::ranges::any_of(relays, [&](const TurnLogin& login) { return is_same_relay(relay.login, login); });
            if (relay.has_ended && !is_named) unnamed.push_back(&relay);
        }
        std::ranges::for_each(unnamed, [this](Relay* relay) { forget(*relay); });
    }
    if (!added.empty() && std::exchange(is_finished_, false)) connection_.expect_transports();
    for (Relay* const relay : added)
        relay->link->start();
    flush();
}

// The newest of those that lead to it.
PeerHost::Relay* PeerHost::find_relay(const TurnLogin& login) {
    for (Relay& relay : std::views::reverse(relays_)) {
        if (is_same_relay(relay.login, login)) return &relay;
    }
    return nullptr;
}

void PeerHost::expect_no_more_servers() {
    options_.expects_servers = false;
    flush();
}

PeerHost::Relay& PeerHost::add_relay(const TurnLogin& login) {
    Relay& relay = relays_.emplace_back();
    relay.login = login;
    relay.link = make_link(relay);
    return relay;
}

std::unique_ptr<TurnLink> PeerHost::make_link(Relay& relay) {
    TurnLink::Owner owner;
    owner.event = [this, &relay](const turn::ClientEvent& event) {
        handle(relay, event);
        flush();
    };
    owner.heard = [this, &relay](const SocketAddress& peer, ByteView payload) {
        const auto id = relay.ids.find(peer.ip.family());
        if (id == relay.ids.end()) return;
        hear({id->second, peer}, payload);
        flush();
    };
    return std::make_unique<TurnLink>(loop_, relay.login, std::move(owner), rng_);
}

void PeerHost::note_generation() {
    const std::string& ufrag = connection_.ice().local_credentials().ufrag;
    if (ufrag == generation_) return;
    generation_ = ufrag;
    if (relays_.empty()) return; // the connection knows by itself that it has all
    is_finished_ = false;
    for (Relay& relay : relays_) {
        if (!relay.has_ended) continue;
        relay.has_answered = false;
        renewal_.arm(now());
    }
}

void PeerHost::renew_relays() {
    std::vector<Relay*> renewed;
    for (Relay& relay : relays_) {
        if (!std::exchange(relay.has_ended, false)) continue;
        relay.has_answered = false;
        relay.link = make_link(relay);
        renewed.push_back(&relay);
    }
    if (renewed.empty()) return;
    is_finished_ = false;
    for (Relay* const relay : renewed)
        relay->link->start();
    flush();
}

// It is told to the other end beside the relayed address, for the curious (RFC 8839 §5.1). Whoever hides behind a relay
// hides that too, as browsers do (RFC 8828 §5.2).
SocketAddress PeerHost::told_mapped(const IpAddress& relayed, const SocketAddress& mapped) const {
    if (!options_.is_relay_only) return mapped;
    return {relayed.is_v4() ? IpAddress() : IpAddress::v6({}), 0};
}

void PeerHost::handle(Relay& relay, const turn::ClientEvent& event) {
    if (relay.has_ended) return; // another link takes its place
    if (const auto* there = std::get_if<turn::Allocated>(&event)) {
        handle_allocated(relay, *there);
    } else if (const auto* let_in = std::get_if<turn::PermissionGranted>(&event)) {
        for (const ice::Transmit& packet : relay.waiting.take(let_in->peer))
            relay.link->send(packet.route.remote, packet.payload);
    } else if (const auto* refused = std::get_if<turn::PermissionRefused>(&event)) {
        (void)relay.waiting.take(refused->peer);
    } else if (std::holds_alternative<turn::Ended>(event)) {
        end(relay);
    }
}

bool PeerHost::carries(const Relay& relay) const {
    const auto path = connection_.path();
    return path && connection_.state() == peer::State::kConnected &&
           std::ranges::any_of(relay.ids, [&](const auto& id) { return id.second == path->route.via; });
}

void PeerHost::handle_allocated(Relay& relay, const turn::Allocated& there) {
    relay.has_answered = true;
    if (relay.former != nullptr && carries(*relay.former)) return end(relay); // it has not forgotten this end
    if (Relay* const former = std::exchange(relay.former, nullptr)) forget(*former);
    for (const SocketAddress& relayed : there.relayed) {
        const ice::TransportId id = next_id();
        const ice::RelayTransport transport{.id = id,
                                            .relayed = relayed,
                                            .mapped = told_mapped(relayed.ip, there.mapped),
                                            .server = relay.link->server().ip,
                                            .protocol = protocol_of(relay.link->transport())};
        if (!connection_.add_relay(now(), transport)) continue;
        relay.ids[relayed.ip.family()] = id;
        by_id_[id] = &relay;
    }
}

// Of two that lead to one relay the other is left.
void PeerHost::end(Relay& relay) {
    const auto successor = std::ranges::find(relays_, &relay, &Relay::former);
    if (successor != relays_.end()) {
        successor->former = nullptr;
        forget(relay);
    } else if (relay.former != nullptr) {
        relay.former->login = relay.login;
        forget(relay);
    } else {
        lose(relay);
    }
}

// What it had at the server is given back.
void PeerHost::forget(Relay& relay) {
    lose(relay);
    relay.link->close();
    const auto found = std::ranges::find_if(relays_, [&](const Relay& one) { return &one == &relay; });
    forgotten_.splice(forgotten_.end(), relays_, found);
    sweep_.arm(now());
}

void PeerHost::lose(Relay& relay) {
    relay.has_answered = relay.has_ended = true;
    for (const auto& [family, id] : std::exchange(relay.ids, {})) {
        by_id_.erase(id);
        connection_.remove_transport(now(), id);
    }
    relay.waiting.clear();
}

void PeerHost::hear(const ice::Route& route, ByteView packet) {
    connection_.handle_input(now(), route, packet);
}

void PeerHost::transmit(const ice::Transmit& out) {
    if (const auto socket = sockets_.find(out.route.via); socket != sockets_.end()) {
        socket->second->send(out.route.remote, out.payload);
    } else if (const auto relay = by_id_.find(out.route.via); relay != by_id_.end()) {
        send_through(*relay->second, out);
    }
}

void PeerHost::send_through(Relay& relay, const ice::Transmit& out) {
    const IpAddress& peer = out.route.remote.ip;
    if (relay.link->is_permitted(peer)) return relay.link->send(out.route.remote, out.payload);
    if (relay.link->permit(peer)) relay.waiting.push(out);
}

void PeerHost::handle_timeout(Timer& timer, Instant /*now*/) {
    if (&timer == &renewal_) return renew_relays();
    if (&timer == &sweep_) return forgotten_.clear();
    // Whoever was called before in this round may have let the loop catch up, and the connection know of it.
    connection_.handle_timeout(now());
    flush();
}

// A relay's client that is called from here may call back, as may whoever is told of an event.
void PeerHost::flush() {
    if (std::exchange(is_flushing_, true)) return;
    for (bool is_idle = false; !is_idle;) {
        is_idle = true;
        note_generation();
        const bool has_all = !options_.expects_servers && std::ranges::all_of(relays_, &Relay::has_answered);
        if (has_all && !std::exchange(is_finished_, true)) {
            connection_.finish_gathering(now());
            // In the next generation those that are not there now may be, and those that are may be asked for anew.
            if (!relays_.empty()) connection_.expect_transports();
        }
        while (auto event = connection_.poll_event()) {
            note_event(*std::move(event));
            is_idle = false;
        }
        while (const auto out = connection_.poll_transmit()) {
            transmit(*out);
            is_idle = false;
        }
    }
    // Behind the farewell, which goes through them.
    if (connection_.state() == peer::State::kClosed) {
        std::vector<TurnLink*> links; // one that ends may be forgotten
        for (const Relay& relay : relays_)
            links.push_back(relay.link.get());
        std::ranges::for_each(links, &TurnLink::close);
    }
    is_flushing_ = false;
    if (const auto due = connection_.poll_timeout()) {
        timer_.arm(*due);
    } else {
        timer_.cancel();
    }
}

void PeerHost::note_event(peer::Event event) {
    // Four bytes in place of thirty-six on every packet from then on.
    if (const auto* change = std::get_if<peer::PathChanged>(&event)) {
        const auto relay = by_id_.find(change->path.route.via);
        if (relay != by_id_.end()) relay->second->link->bind_channel(change->path.route.remote);
    }
    if (const auto* name = std::get_if<peer::NameToResolve>(&event)) return resolve(name->name);
    told_(std::move(event));
}

void PeerHost::resolve(std::string_view name) {
    // To ask is to show oneself to everybody in this network, and no relay leads to what is in it.
    if (options_.is_relay_only) return connection_.handle_resolved(now(), name, std::nullopt);
    if (!mdns_) {
        mdns_ = std::make_unique<MdnsSocket>(loop_, [this](const mdns::Resolved& found) {
            connection_.handle_resolved(now(), found.name, found.address);
            flush();
        });
    }
    mdns_->resolve(name);
}

} // namespace vv::net
