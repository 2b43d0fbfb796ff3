#include "turn/server.h"

#include "base/reloadable.h"
#include "stun/integrity.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace vv::turn {
namespace {

void require(bool condition, const char* complaint) {
    if (!condition) throw std::invalid_argument(complaint);
}

bool is_realm(const std::string& realm) {
    return !realm.empty() && realm.size() <= kRealmSizeMax &&
           std::ranges::all_of(realm, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_sound(const User& user) {
    return !user.name.empty() && user.name.size() <= stun::kUsernameSizeMax && is_printable(user.name) &&
           user.name.find(':') == std::string::npos && user.password.text().size() >= kUserPasswordSizeMin &&
           is_printable(user.password.text());
}

bool are_distinct(const std::vector<User>& users) {
    std::set<std::string_view> names;
    return std::ranges::all_of(users, [&](const User& user) { return names.insert(user.name).second; });
}

bool is_sane(const ClassLimits& limits) {
    return limits.life_max.count() > 0 && limits.bytes_per_second > 0 && limits.burst_bytes > 0 &&
           limits.packets_per_second > 0;
}

bool is_sane(const ConsentLimits& limits) {
    return limits.checks_per_peer > 0 && limits.checks_per_allocation > 0 && limits.closed_peers > 0 &&
           limits.lifetime.count() > 0 && limits.bytes_per_packet_in > 0;
}

ServerConfig validated(ServerConfig config) {
    require(is_realm(config.realm), "the TURN realm must be 1 to 32 printable ASCII characters without quotes");
    require(config.secrets.size() <= kSecretsMax, "at most 4 TURN secrets can be in use at once");
    require(std::ranges::none_of(config.secrets, [](const Secret& secret) { return secret.bytes.empty(); }),
            "a TURN secret must not be empty");
    require(config.users.size() <= kUsersMax, "at most 64 TURN users are possible");
    require(std::ranges::all_of(config.users, is_sound),
            "a TURN user needs a name without a colon and a password of at least 12 characters, both printable ASCII");
    require(are_distinct(config.users), "two TURN users have the same name");
    require(config.ipv4 || config.ipv6, "the relay needs an IPv4 or an IPv6 address to relay from");
    require(!config.ipv4 || (config.ipv4->advertised.is_v4() && config.ipv4->local.is_v4()),
            "the relay's IPv4 addresses must be IPv4");
    require(!config.ipv6 || !(config.ipv6->advertised.is_v4() || config.ipv6->local.is_v4()),
            "the relay's IPv6 addresses must be IPv6");
    require(config.shard_ports.first > 0 && config.shard_ports.first <= config.shard_ports.last &&
                config.server_ports.contains(config.shard_ports.first) &&
                config.server_ports.contains(config.shard_ports.last),
            "a shard's relay ports must be a part of the server's");
    require(is_sane(config.call) && is_sane(config.probe), "the limits of a TURN credential class must be above zero");
    require(config.peers.permissions > 0 && config.peers.channels > 0 && config.peers.new_permissions > 0,
            "the limits on peers of a TURN allocation must be above zero");
    require(is_sane(config.consent), "the limits of the consent gate must be above zero");
    require(config.credential_ttl_max.count() > 0, "the longest lifetime of TURN credentials must be above zero");
    require(config.challenges.per_second > 0 && config.bindings.per_second > 0 && config.guesses.per_second > 0 &&
                config.source_guesses.per_second > 0,
            "limits on STUN and TURN answers must be above zero");
    return config;
}

std::size_t family_index(AddressFamily family) {
    return family == AddressFamily::kIpv4 ? 0 : 1;
}

} // namespace

Server::Server(ServerConfig config, Rng& rng, QuotaKeeper* shared_quota, ReservationKeeper* shared_reservations,
               StrangerKeeper* shared_strangers, std::pmr::memory_resource& memory)
    : config_(validated(std::move(config))),
      rng_(rng),
      memory_(memory),
      authenticator_(config_),
      policy_(config_),
      call_pace_(config_.call),
      probe_pace_(config_.probe),
      own_quota_(config_.quotas, kRestingMax, memory),
      quota_(shared_quota != nullptr ? *shared_quota : own_quota_),
      own_strangers_(shared_strangers == nullptr ? std::make_unique<StrangerLimits>(config_, rng) : nullptr),
      strangers_(shared_strangers != nullptr ? *shared_strangers : *own_strangers_),
      guesses_(config_.guesses.rate(), rng.bytes<crypto::kSipHashKeySize>()),
      allocations_(0, PathHash{rng.bytes<crypto::kSipHashKeySize>()}, &memory),
      ports_{PortPool(config_.shard_ports), PortPool(config_.shard_ports)},
      reservations_(shared_reservations != nullptr ? *shared_reservations : own_reservations_),
      deadlines_(&memory),
      indication_key_(rng.bytes<crypto::kSipHashKeySize>()) {
    for (auto& slots : by_relay_)
        slots.resize(config_.shard_ports.size(), nullptr);
}

const std::optional<RelayAddress>& Server::relay_address(AddressFamily family) const {
    return family == AddressFamily::kIpv4 ? config_.ipv4 : config_.ipv6;
}

SocketAddress Server::relayed_address(RelaySocket relay) const {
    const auto& address = relay_address(relay.family);
    VV_ASSERT(address.has_value());
    return {address->advertised, relay.port.value()};
}

const ClassLimits& Server::limits(CredentialClass credential_class) const {
    return credential_class == CredentialClass::kProbe ? config_.probe : config_.call;
}

PortPool& Server::ports(AddressFamily family) {
    return ports_[family_index(family)];
}

// allocation: null when nobody has it any more.
void Server::set_relay_slot(RelaySocket relay, Allocation* allocation) {
    if (!is_adopted(relay)) {
        by_relay_[family_index(relay.family)][relay.port.value() - std::size_t{config_.shard_ports.first}] = allocation;
    } else if (allocation != nullptr) {
        adopted_[relay] = allocation;
    } else {
        adopted_.erase(relay);
    }
}

Allocation* Server::find_by_path(const FiveTuple& path) {
    if (Allocation* recent = recent_paths_.find(path)) return recent;
    const auto found = allocations_.find(path);
    if (found == allocations_.end()) return nullptr;
    recent_paths_.note(*found->second);
    return found->second.get();
}

Allocation* Server::find_by_relay(RelaySocket relay) const {
    if (!is_adopted(relay)) {
        return by_relay_[family_index(relay.family)][relay.port.value() - std::size_t{config_.shard_ports.first}];
    }
    const auto found = adopted_.find(relay);
    return found != adopted_.end() ? found->second : nullptr;
}

std::optional<RelayPort> Server::take_port(Instant now, const Allocation& allocation, AddressFamily family) {
    collect_ports(now);
    PortPool& pool = ports(family);
    switch (allocation.port_wish) {
    case PortWish::kAny:
    case PortWish::kEven: {
        const auto port = pool.take(now, rng_, allocation.port_wish == PortWish::kEven);
        if (!port) ++counters_.no_port_left;
        return port;
    }
    case PortWish::kReserved:
        return std::nullopt;
    case PortWish::kPair:
        break;
    }
    const std::string owner = allocation.reservation_owner();
    // Asked first, so that who may not reserve does not send ports to rest.
    if (!reservations_.has_room(owner)) return std::nullopt;
    const auto port = pool.take_pair(now, rng_);
    if (!port) {
        ++counters_.no_port_left;
        return std::nullopt;
    }
    const RelaySocket next = port_above({family, *port});
    if (reservations_.add(rng_.bytes<stun::ReservationToken().size()>(), owner, next)) {
        held_.push_back({next, now + kReservationTime});
        return port;
    }
    pool.give_back(now, *port); // another thread was faster
    pool.give_back(now, next.port);
    return std::nullopt;
}

RelaySocket Server::port_above(RelaySocket relay) {
    return {relay.family, RelayPort(static_cast<std::uint16_t>(relay.port.value() + 1))};
}

// Those that other machines had come by and have finished with.
void Server::collect_ports(Instant now) {
    for (const RelaySocket& relay : reservations_.collect(config_.shard_ports))
        ports(relay.family).give_back(now, relay.port);
}

// The port goes from the reservation to the allocation without a rest in the pool.
bool Server::assign_reserved(Allocation& allocation, const stun::ReservationToken& token) {
    const auto relay = reservations_.take(token, allocation.reservation_owner());
    if (!relay) return false;
    allocation.relay = *relay;
    std::erase_if(held_, [&](const Held& held) { return held.relay == *relay; });
    set_relay_slot(*relay, &allocation);
    commands_.emplace_back(OpenRelayPort{*relay, allocation.path.transport});
    return true;
}

// The pair comes to nothing, since the lower port could not be bound.
void Server::release_reservation(Instant now, const Allocation& allocation) {
    if (allocation.port_wish != PortWish::kPair) return;
    const RelaySocket above = port_above(allocation.relay);
    std::erase_if(held_, [&](const Held& held) { return held.relay == above; });
    if (reservations_.release(above)) ports(above.family).give_back(now, above.port);
}

// What has been taken in time is its allocation's, on whichever machine.
void Server::end_reservations(Instant now) {
    while (!held_.empty() && held_.front().expiry <= now) {
        const RelaySocket relay = held_.front().relay;
        held_.pop_front();
        if (reservations_.release(relay)) ports(relay.family).give_back(now, relay.port);
    }
}

// socket: one of the allocation's two.
bool Server::assign_port(Instant now, Allocation& allocation, RelaySocket& socket) {
    const auto port = take_port(now, allocation, socket.family);
    if (!port) return false;
    socket.port = *port;
    set_relay_slot(socket, &allocation);
    commands_.emplace_back(OpenRelayPort{socket, allocation.path.transport});
    return true;
}

// RFC 8656 §7.2 step 9: who cannot have both addresses gets one and is told about the other.
void Server::assign_second(Instant now, Allocation& allocation) {
    if (!config_.ipv4 || !config_.ipv6) {
        allocation.refusal = FamilyRefusal{config_.ipv4 ? AddressFamily::kIpv6 : AddressFamily::kIpv4,
                                           stun::ErrorCode::kAddressFamilyNotSupported};
        return;
    }
    allocation.second = place_in<SecondRelay>(memory_);
    allocation.second->socket.family = AddressFamily::kIpv6;
    if (assign_port(now, allocation, allocation.second->socket)) {
        ++allocation.sockets_pending;
        return;
    }
    allocation.second.reset();
    allocation.refusal = FamilyRefusal{AddressFamily::kIpv6, stun::ErrorCode::kInsufficientCapacity};
}

// To the pool it came from, which may be another machine's.
void Server::return_port(Instant now, RelaySocket relay) {
    if (is_adopted(relay)) {
        reservations_.send_home(relay);
    } else {
        ports(relay.family).give_back(now, relay.port);
    }
}

void Server::give_back_port(Instant now, const Allocation& allocation, RelaySocket socket) {
    if (find_by_relay(socket) != &allocation) return; // so after its last port could not be bound
    set_relay_slot(socket, nullptr);
    return_port(now, socket);
    commands_.emplace_back(CloseRelayPort{socket});
}

void Server::drop_second(Instant now, Allocation& allocation) {
    give_back_port(now, allocation, allocation.second->socket);
    deadlines_.erase({allocation.next_expiry(), allocation.id});
    allocation.second.reset();
    deadlines_.emplace(Deadline{allocation.next_expiry(), allocation.id}, &allocation);
}

// The first address is gone, and the second takes its place.
void Server::promote_second(Allocation& allocation) {
    deadlines_.erase({allocation.next_expiry(), allocation.id});
    allocation.relay = allocation.second->socket;
    allocation.told = allocation.second->told;
    allocation.expiry = allocation.second->expiry;
    allocation.second.reset();
    deadlines_.emplace(Deadline{allocation.next_expiry(), allocation.id}, &allocation);
}

void Server::set_expiry(Allocation& allocation, std::optional<AddressFamily> family, Instant expiry) {
    deadlines_.erase({allocation.next_expiry(), allocation.id});
    if (!family || *family == allocation.relay.family) allocation.expiry = expiry;
    if (allocation.second != nullptr && (!family || *family == allocation.second->socket.family)) {
        allocation.second->expiry = expiry;
    }
    deadlines_.emplace(Deadline{allocation.next_expiry(), allocation.id}, &allocation);
}

// Of a dual allocation one half ends without touching the other (RFC 8656 §8.1); of any other, all of it.
void Server::end_family(Instant now, Allocation& allocation, AddressFamily family) {
    if (allocation.second == nullptr) {
        remove(now, allocation);
        return;
    }
    allocation.peers.forget(family);
    if (allocation.relay.family == family) {
        give_back_port(now, allocation, allocation.relay);
        promote_second(allocation);
    } else {
        drop_second(now, allocation);
    }
}

void Server::expire(Instant now, Allocation& allocation) {
    const bool first_ended = allocation.expiry <= now;
    const bool all_ended = first_ended && (allocation.second == nullptr || allocation.second->expiry <= now);
    if (all_ended) {
        remove(now, allocation);
    } else {
        end_family(now, allocation, first_ended ? allocation.relay.family : allocation.second->socket.family);
    }
}

// Ends an allocation in every table. Its memory goes with it.
void Server::remove(Instant now, Allocation& allocation) {
    give_back_port(now, allocation, allocation.relay);
    if (allocation.second != nullptr) give_back_port(now, allocation, allocation.second->socket);
    deadlines_.erase({allocation.next_expiry(), allocation.id});
    give_back_quota(now, allocation.user, allocation.path.client.value().ip, allocation.spent());
    --counters_.allocations_live;
    recent_paths_.forget(allocation);
    const FiveTuple path = allocation.path;
    allocations_.erase(path);
}

void Server::handle_relay_port_opened(Instant now, RelaySocket relay) {
    Allocation* allocation = find_by_relay(relay);
    if (allocation == nullptr || allocation->is_open) return;
    --allocation->sockets_pending;
    finish_opening(now, *allocation);
}

// Answers once nothing is pending any more.
void Server::finish_opening(Instant now, Allocation& allocation) {
    if (allocation.sockets_pending > 0) return;
    allocation.is_open = true;
    ++counters_.allocations_total;
    allocation.told = relayed_address(allocation.relay).ip;
    if (allocation.second != nullptr) allocation.second->told = relayed_address(allocation.second->socket).ip;
    SendToClient answer{allocation.path, {}};
    write_allocate_success(now, allocation, answer.bytes);
    commands_.emplace_back(std::move(answer));
}

void Server::handle_relay_port_failed(Instant now, RelaySocket relay) {
    Allocation* allocation = find_by_relay(relay);
    if (allocation == nullptr || allocation->is_open) return;
    ++counters_.relay_ports_failed;
    set_relay_slot(relay, nullptr);
    return_port(now, relay);               // rests before anyone tries it again
    release_reservation(now, *allocation); // of the port above this one
    const bool is_first = allocation->relay == relay;
    RelaySocket& socket = is_first ? allocation->relay : allocation->second->socket;
    if (--allocation->port_attempts_left > 0 && assign_port(now, *allocation, socket)) return;
    if (allocation->second != nullptr) {
        allocation->refusal = FamilyRefusal{relay.family, stun::ErrorCode::kInsufficientCapacity};
        --allocation->sockets_pending;
        if (is_first) {
            promote_second(*allocation);
        } else {
            drop_second(now, *allocation);
        }
        finish_opening(now, *allocation);
        return;
    }
    SendToClient answer{allocation->path, {}};
    write_allocate_failure(*allocation, stun::ErrorCode::kInsufficientCapacity, answer.bytes);
    commands_.emplace_back(std::move(answer));
    remove(now, *allocation);
}

void Server::handle_path_closed(Instant now, const FiveTuple& path) {
    handle_timeout(now);
    if (Allocation* allocation = find_by_path(path)) remove(now, *allocation);
}

void Server::handle_timeout(Instant now) {
    while (!deadlines_.empty() && deadlines_.begin()->first.first <= now)
        expire(now, *deadlines_.begin()->second);
    end_reservations(now);
    end_former_addresses(now);
    forget_rested(now);
}

void Server::give_back_quota(Instant now, std::string_view user, const IpAddress& source, const Spent& spent) {
    quota_.give_back(now, user, source, spent);
    if (!forgetting_at_) forgetting_at_ = now + kForgettingInterval;
}

// By whichever machine was the last to end an allocation, if they share a book.
void Server::forget_rested(Instant now) {
    if (forgetting_at_ && *forgetting_at_ <= now) forgetting_at_ = quota_.forget_rested(now);
}

void Server::reconfigure(Instant now, ServerConfig config) {
    config = validated(std::move(config));
    handle_timeout(now);
    keep_former(now, config_.ipv4, config.ipv4);
    keep_former(now, config_.ipv6, config.ipv6);
    take_reloadable(config_, config);
    authenticator_ = Authenticator(config_);
    call_pace_ = FlowPace(config_.call);
    own_quota_.set_quotas(config_.quotas);
    if (own_strangers_ != nullptr) own_strangers_->set_limits(config_);
    guesses_.set_rate(config_.guesses.rate());
    renew_policy();
}

void Server::set_own_addresses(std::vector<IpAddress> addresses) {
    config_.own_addresses = std::move(addresses);
    renew_policy();
}

// Clients and peers of standing allocations go on using the address they were told.
void Server::keep_former(Instant now, const std::optional<RelayAddress>& own,
                         const std::optional<RelayAddress>& wished) {
    if (!own || !wished || own->advertised == wished->advertised) return;
    former_.insert(former_.begin(), {own->advertised, now + config_.call.life_max});
    std::erase_if(former_, [&](const FormerAddress& former) { return former.ip == wished->advertised; });
    // Of each family, so that changes of the one do not push out the other's.
    std::size_t kept = 0;
    std::erase_if(former_, [&](const FormerAddress& former) {
        return former.ip.family() == wished->advertised.family() && ++kept > kFormerAddressesMax;
    });
}

// Somebody else may have the address by now, and is a peer like any other.
void Server::end_former_addresses(Instant now) {
    if (std::erase_if(former_, [&](const FormerAddress& former) { return former.expiry <= now; }) > 0) renew_policy();
}

void Server::renew_policy() {
    std::vector<IpAddress> former;
    former.reserve(former_.size());
    for (const FormerAddress& address : former_)
        former.push_back(address.ip);
    const PeerPolicy before = std::exchange(policy_, PeerPolicy(config_, former));
    // What was permitted as an address of ours must not reach whoever has it next without being asked for again.
    const auto may_stay = [&](const IpAddress& ip) {
        return policy_.permits_address(ip) && (policy_.is_own_relay_address(ip) || !before.is_own_relay_address(ip));
    };
    for (const auto& [path, allocation] : allocations_) {
        allocation->peers.revoke(
            [&, &client = *allocation](const IpAddress& ip) { return may_stay(ip) || hears_itself(client, ip); });
    }
}

std::optional<Instant> Server::poll_timeout() const {
    std::optional<Instant> first = forgetting_at_;
    const auto consider = [&first](Instant deadline) { first = first ? std::min(*first, deadline) : deadline; };
    if (!deadlines_.empty()) consider(deadlines_.begin()->first.first);
    if (!held_.empty()) consider(held_.front().expiry);
    return first;
}

std::optional<Command> Server::poll_command() {
    if (commands_.empty()) return std::nullopt;
    Command command = std::move(commands_.front());
    commands_.pop_front();
    return command;
}

Action Server::handle_client_input(Instant now, WallTime wall, const FiveTuple& from, ByteView datagram) {
    handle_timeout(now);
    // Nobody can be answered at port 0; such a source is forged.
    if (datagram.empty() || from.client.value().port == 0) return drop(counters_.dropped_malformed);
    if (looks_like_channel_data(datagram[0], last_channel())) return handle_channel_data(now, from, datagram);
    if (!stun::looks_like_stun(datagram[0])) return drop(counters_.dropped_malformed);
    const auto message = stun::parse_message(datagram);
    if (!message) return drop(counters_.dropped_malformed);
    if (message->fingerprint_offset() && !stun::verify_fingerprint(*message)) {
        return drop(counters_.dropped_malformed);
    }
    switch (message->message_class()) {
    case stun::MessageClass::kRequest:
        if (message->method() == stun::Method::kBinding) return handle_binding(now, from, *message);
        return handle_request(now, wall, from, *message);
    case stun::MessageClass::kIndication:
        return handle_indication(now, from, *message);
    case stun::MessageClass::kSuccess:
    case stun::MessageClass::kError:
        break;
    }
    return drop(counters_.dropped_unexpected);
}

} // namespace vv::turn
