#include "turn/server.h"

#include "stun/integrity.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace vv::turn {
namespace {

void require(bool condition, const char* complaint) {
    if (!condition) throw std::invalid_argument(complaint);
}

bool is_realm(const std::string& realm) {
    return !realm.empty() && realm.size() <= kRealmSizeMax &&
           std::ranges::all_of(realm, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

bool is_sane(const ClassLimits& limits) {
    return limits.life_max.count() > 0 && limits.bytes_per_second > 0 && limits.burst_bytes > 0 &&
           limits.packets_per_second > 0;
}

ServerConfig validated(ServerConfig config) {
    require(is_realm(config.realm), "the TURN realm must be 1 to 32 printable ASCII characters without quotes");
    require(config.secrets.size() <= kSecretsMax, "at most 4 TURN secrets can be in use at once");
    require(std::ranges::none_of(config.secrets, &ByteBuffer::empty), "a TURN secret must not be empty");
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
    require(config.challenges.per_second > 0 && config.bindings.per_second > 0 && config.guesses.per_second > 0,
            "limits on STUN and TURN answers must be above zero");
    return config;
}

SourceLimiter make_limiter(const ReplyLimit& limit, Rng& rng) {
    return {per_second(limit.per_second, limit.burst), rng.bytes<crypto::kSipHashKeySize>()};
}

std::size_t family_index(AddressFamily family) {
    return family == AddressFamily::kIpv4 ? 0 : 1;
}

} // namespace

std::size_t Server::PathHash::operator()(const FiveTuple& path) const {
    // On the stack, since every packet of a client is looked up by its path. An IPv4 address leaves zeros behind it,
    // which at worst makes two paths share a place.
    std::array<std::uint8_t, 2 * (16 + 2) + 1> bytes{};
    auto out = bytes.begin();
    for (const SocketAddress* address : {&path.server, &path.client.value()}) {
        std::ranges::copy(address->ip.bytes(), out);
        out += 16;
        *out++ = static_cast<std::uint8_t>(address->port >> 8U);
        *out++ = static_cast<std::uint8_t>(address->port);
    }
    *out = static_cast<std::uint8_t>(path.transport);
    return crypto::siphash(key, bytes);
}

Server::Server(ServerConfig config, Rng& rng, QuotaKeeper* shared_quota)
    : config_(validated(std::move(config))),
      rng_(rng),
      authenticator_(config_),
      policy_(config_),
      own_quota_(config_.quotas),
      quota_(shared_quota != nullptr ? *shared_quota : own_quota_),
      challenges_(make_limiter(config_.challenges, rng)),
      bindings_(make_limiter(config_.bindings, rng)),
      guesses_(make_limiter(config_.guesses, rng)),
      allocations_(0, PathHash{rng.bytes<crypto::kSipHashKeySize>()}),
      ports_{PortPool(config_.shard_ports), PortPool(config_.shard_ports)},
      indication_key_(rng.bytes<crypto::kSipHashKeySize>()) {
    for (auto& slots : by_relay_)
        slots.resize(config_.shard_ports.size(), nullptr);
}

const std::optional<RelayAddress>& Server::relay_address(AddressFamily family) const {
    return family == AddressFamily::kIpv4 ? config_.ipv4 : config_.ipv6;
}

SocketAddress Server::relayed_address(const Allocation& allocation) const {
    const auto& address = relay_address(allocation.relay.family);
    VV_ASSERT(address.has_value());
    return {address->advertised, allocation.relay.port.value()};
}

const ClassLimits& Server::limits(CredentialClass credential_class) const {
    return credential_class == CredentialClass::kProbe ? config_.probe : config_.call;
}

PortPool& Server::ports(AddressFamily family) {
    return ports_[family_index(family)];
}

Allocation*& Server::relay_slot(RelaySocket relay) {
    VV_ASSERT(config_.shard_ports.contains(relay.port.value()));
    return by_relay_[family_index(relay.family)][relay.port.value() - std::size_t{config_.shard_ports.first}];
}

Allocation* Server::find_by_path(const FiveTuple& path) {
    const auto found = allocations_.find(path);
    return found != allocations_.end() ? found->second.get() : nullptr;
}

Allocation* Server::find_by_relay(RelaySocket relay) {
    return config_.shard_ports.contains(relay.port.value()) ? relay_slot(relay) : nullptr;
}

bool Server::assign_port(Instant now, Allocation& allocation) {
    const auto port = ports(allocation.relay.family).take(now, rng_, allocation.even_port);
    if (!port) return false;
    allocation.relay.port = *port;
    relay_slot(allocation.relay) = &allocation;
    commands_.emplace_back(OpenRelayPort{allocation.relay});
    return true;
}

void Server::set_expiry(Allocation& allocation, Instant expiry) {
    deadlines_.erase({allocation.expiry, allocation.id});
    allocation.expiry = expiry;
    deadlines_.emplace(Deadline{expiry, allocation.id}, &allocation);
}

// Ends an allocation in every table. Its memory goes with it.
void Server::remove(Instant now, Allocation& allocation) {
    if (relay_slot(allocation.relay) == &allocation) { // not so after the last port could not be bound
        relay_slot(allocation.relay) = nullptr;
        ports(allocation.relay.family).give_back(now, allocation.relay.port);
        commands_.emplace_back(CloseRelayPort{allocation.relay});
    }
    deadlines_.erase({allocation.expiry, allocation.id});
    quota_.give_back(allocation.user, allocation.path.client.value().ip);
    --counters_.allocations_live;
    const FiveTuple path = allocation.path;
    allocations_.erase(path);
}

void Server::handle_relay_port_opened(Instant now, RelaySocket relay) {
    Allocation* allocation = find_by_relay(relay);
    if (allocation == nullptr || allocation->is_open) return;
    allocation->is_open = true;
    ++counters_.allocations_total;
    SendToClient answer{allocation->path, {}};
    write_allocate_success(now, *allocation, answer.bytes);
    commands_.emplace_back(std::move(answer));
}

void Server::handle_relay_port_failed(Instant now, RelaySocket relay) {
    Allocation* allocation = find_by_relay(relay);
    if (allocation == nullptr || allocation->is_open) return;
    ++counters_.relay_ports_failed;
    relay_slot(relay) = nullptr;
    ports(relay.family).give_back(now, relay.port); // rests before anyone tries it again
    if (--allocation->port_attempts_left > 0 && assign_port(now, *allocation)) return;
    SendToClient answer{allocation->path, {}};
    write_allocate_failure(*allocation, stun::ErrorCode::kInsufficientCapacity, answer.bytes);
    commands_.emplace_back(std::move(answer));
    remove(now, *allocation);
}

void Server::handle_timeout(Instant now) {
    while (!deadlines_.empty() && deadlines_.begin()->first.first <= now)
        remove(now, *deadlines_.begin()->second);
}

std::optional<Instant> Server::poll_timeout() const {
    if (deadlines_.empty()) return std::nullopt;
    return deadlines_.begin()->first.first;
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
