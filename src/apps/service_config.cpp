#include "apps/service_config.h"

#include "apps/listen.h"
#include "apps/serve.h"
#include "base/bytes.h"
#include "base/encoding.h"
#include "crypto/hmac.h"
#include "crypto/secret_bytes.h"
#include "net/interfaces.h"
#include "signal/turns_url.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace vv::apps {
namespace {

const std::vector<std::string> kDefaultTopics = {"music",  "films", "books",      "games",   "sport",  "food",
                                                 "travel", "art",   "technology", "science", "nature", "learning"};

// A secret that outlives restarts without being configured. Text, since applications that share it want to type it.
std::vector<crypto::SecretBytes> turn_secrets(const Config& config, const net::ServerKey& key) {
    if (!config.turn_secrets.empty()) return config.turn_secrets;
    constexpr std::size_t kSecretSize = 32;
    const auto derived = crypto::hkdf_sha256(key, {}, as_bytes("visavis/1 turn-secret"), kSecretSize);
    return {crypto::SecretBytes(base64url_encode(derived))};
}

std::optional<turn::RelayAddress> relay_address(const std::optional<RelayPlace>& place) {
    if (!place) return std::nullopt;
    return turn::RelayAddress{place->advertised.ip, place->local};
}

net::RelayShardOptions relay_options(const Config& config, const RelayPlan& plan,
                                     std::span<const crypto::SecretBytes> secrets) {
    net::RelayShardOptions options{.listen = plan.listen, .turn = {}};
    auto& turn = options.turn;
    turn.realm = config.turn_realm;
    for (const auto& secret : secrets)
        turn.secrets.push_back({.bytes = secret});
    for (const auto& secret : config.turn_app_secrets)
        turn.secrets.push_back({.bytes = secret, .consent = false});
    turn.users = config.turn_users;
    turn.ipv4 = relay_address(plan.ipv4);
    turn.ipv6 = relay_address(plan.ipv6);
    turn.server_ports = {config.relay_ports.first, config.relay_ports.last};
    turn.own_addresses = net::interface_addresses();
    turn.allow_peers = config.turn_allow_peers;
    turn.deny_peers = config.turn_deny_peers;
    turn.quotas = {config.turn_allocations_per_user, config.turn_allocations_per_address, config.turn_allocations_max,
                   config.turn_allocations_nameless};
    turn.call.bytes_per_second = config.turn_call_kbps * kBytesPerKilobit;
    turn.call.burst_bytes = turn.call.bytes_per_second;
    turn.call.packets_per_second = config.turn_call_packets;
    turn.peers = {config.turn_permissions_per_allocation, config.turn_channels_per_allocation,
                  config.turn_new_peers_per_allocation};
    turn.consent = {.checks_per_peer = config.turn_consent_checks_per_peer,
                    .checks_per_allocation = config.turn_consent_checks_per_allocation,
                    .closed_peers = config.turn_consent_closed_peers,
                    .lifetime = std::chrono::seconds(config.turn_consent_seconds),
                    .bytes_per_packet_in = config.turn_consent_kib_per_packet * kBytesPerKibibyte};
    turn.bindings = turn.bindings.at_rate(config.turn_bindings_per_address);
    turn.challenges = turn.challenges.at_rate(config.turn_challenges_per_address);
    turn.source_guesses = turn.source_guesses.at_rate(config.turn_guesses_per_address);
    turn.guesses = turn.guesses.at_rate(config.turn_guesses_per_port);
    turn.credential_ttl_max = std::chrono::hours(config.turn_credential_hours);
    turn.legacy_channels = config.turn_legacy_channels;
    options.streams = {.silence = std::chrono::seconds(config.turn_stream_silence_seconds),
                       .stall = std::chrono::seconds(config.turn_stream_stall_seconds),
                       .queue = config.turn_stream_queue_kib * kBytesPerKibibyte};
    options.io = config.turn_io == TurnIo::kEpoll ? net::RelayIo::kEpoll : net::RelayIo::kAuto;
    return options;
}

signal::Region region_at(const RegionPlace& place) {
    const std::string udp = place.host + ":" + std::to_string(place.udp_port);
    const std::string https = place.host + ":" + std::to_string(place.https_port);
    std::vector<std::string> urls = {"stun:" + udp, "turn:" + udp + "?transport=udp"};
    if (auto turns = signal::turns_url(https)) urls.push_back(*std::move(turns));
    return {.name = place.name,
            .origin = "https://" + (place.https_port == 443 ? place.host : https),
            .ice_urls = std::move(urls)};
}

signal::Settings signal_settings(const Config& config, const RelayPlan& plan, const net::ServerKey& key,
                                 const crypto::SecretBytes& turn_secret) {
    signal::Settings settings;
    std::ranges::copy(key, settings.state_key.begin());
    settings.contact = config.rooms_contact;
    settings.rules = config.rooms_rules;
    settings.report_time = config.safety_retention;
    settings.relay_kbps = config.turn_call_kbps;
    settings.meeting = config.rooms_meeting == Meeting::kInstant ? signal::Meeting::kInstant : signal::Meeting::kAsk;
    settings.privacy =
        config.rooms_privacy == Privacy::kRelayOnly ? signal::Privacy::kRelayOnly : signal::Privacy::kDirect;
    settings.topics = config.rooms_topics.value_or(kDefaultTopics);
    if (config.rooms_languages) settings.rooms = *config.rooms_languages;
    settings.ice_urls = ice_urls(plan, AddressFamily::kIpv4);
    settings.ice_urls_ipv6 = ice_urls(plan, AddressFamily::kIpv6);
    // Only with a certificate that browsers trust: they have nobody to ask about one that they do not.
    settings.turns_on_page = config.tls_mode == TlsMode::kFiles;
    settings.turn_secret = turn_secret;
    for (const RegionPlace& place : config.turn_regions)
        settings.regions.push_back(region_at(place));
    return settings;
}

std::optional<net::RegionWatch::Options> region_watch(const Config& config, const crypto::SecretBytes& turn_secret) {
    if (config.turn_regions.empty()) return std::nullopt;
    net::RegionWatch::Options options;
    options.secret = turn_secret;
    for (const RegionPlace& place : config.turn_regions) {
        std::string host = place.host;
        if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
        options.relays.push_back({place.name, std::move(host), place.udp_port});
    }
    return options;
}

// Where browsers look for HTTPS by themselves, if the page is there.
std::uint16_t https_port(std::span<const SocketAddress> listen) {
    constexpr std::uint16_t kHttpsPort = 443;
    const bool is_usual = std::ranges::find(listen, kHttpsPort, &SocketAddress::port) != listen.end();
    return is_usual || listen.empty() ? kHttpsPort : listen.front().port;
}

// Nothing that follows from a report outlasts it.
safety::CooldownConfig cooldowns(const Config& config) {
    safety::CooldownConfig cooldowns;
    cooldowns.people = config.safety_cooldown_people;
    cooldowns.window = std::min(config.safety_cooldown_window, config.safety_retention);
    cooldowns.length = std::min(config.safety_cooldown, config.safety_retention);
    cooldowns.counted_per_reporter = config.safety_reports_counted;
    return cooldowns;
}

// The rest is for the page and its answers: who has all the WebSockets there may be is told so, and a connection past
// both would be closed before it is read.
std::size_t websockets_per_address(std::size_t connections) {
    return std::max<std::size_t>(connections * 3 / 4, 1);
}

} // namespace

net::LogOptions log_options(const Config& config) {
    static const std::map<std::string, net::LogLevel, std::less<>> kLevels = {{"debug", net::LogLevel::kDebug},
                                                                              {"info", net::LogLevel::kInfo},
                                                                              {"warn", net::LogLevel::kWarn},
                                                                              {"error", net::LogLevel::kError}};
    return {kLevels.at(config.log_level), config.log_format == LogFormat::kJson, config.log_show_addresses};
}

void check_relay(const Config& config) {
    if (config.turn_secrets.empty()) {
        throw ConfigError("a relay needs turn.secrets: the secret that its signaling server makes credentials with");
    }
}

ServiceDescription describe_service(const Config& config, const RelayPlan& plan, const net::ServerKey& key,
                                    bool with_rooms) {
    const auto secrets = turn_secrets(config, key);
    net::ServiceConfig service;
    service.shards = config.threads != 0 ? config.threads : std::clamp(std::thread::hardware_concurrency(), 1U, 64U);
    service.http_listen = without_absent_family(http_listen_or_default(config), net::interface_addresses());
    service.redirect_listen = without_absent_family(config.http_redirect_listen, net::interface_addresses());
    service.redirect_to_port = https_port(service.http_listen);
    service.strict_transport = config.tls_mode == TlsMode::kFiles;
    service.origins = config.http_origins;
    service.host = config.http_host;
    service.connections_max = config.http_connections_max;
    service.connections_per_address = config.http_connections_per_address;
    service.times.handshake = std::chrono::seconds(config.http_handshake_seconds);
    service.times.head = std::chrono::seconds(config.http_first_message_seconds);
    service.prefixes.connections = websockets_per_address(config.http_connections_per_address);
    service.metrics_listen = metrics_listen(config);
    service.signal = signal_settings(config, plan, key, secrets.front());
    service.regions = region_watch(config, secrets.front());
    std::optional<RoomsGate> rooms;
    if (with_rooms) {
        rooms = rooms_gate(config, service.http_listen);
        service.signal.rooms_closed = rooms->closed;
        service.lobby.cooldowns = cooldowns(config);
    }
    service.relay = relay_options(config, plan, secrets);
    service.nat_discovery = nat_discovery_places(config);
    service.turn_tcp_listen = plan.tcp_listen;
    service.proxies = {config.http_proxy_protocol, config.http_proxy_from};
    if (config.tls_mode == TlsMode::kFiles) service.watched_files = {config.tls_cert, config.tls_key};
    service.drain_time_max = std::chrono::minutes(config.turn_drain_minutes);
    return {std::move(service), std::move(rooms)};
}

} // namespace vv::apps
