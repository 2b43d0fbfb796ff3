#include "apps/serve.h"

#include "apps/advertised.h"
#include "apps/certificate.h"
#include "apps/listen.h"
#include "apps/rooms_gate.h"
#include "base/bytes.h"
#include "base/encoding.h"
#include "crypto/hmac.h"
#include "net/clock.h"
#include "net/interfaces.h"
#include "net/log.h"
#include "net/os_rng.h"
#include "net/resources.h"
#include "net/self_signed.h"
#include "net/service.h"
#include "net/state_dir.h"
#include "signal/turns_url.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <thread>

namespace vv::apps {
namespace {

constexpr std::uint16_t kMetricsPort = 9478;
const std::vector<std::string> kDefaultTopics = {"music",  "films", "books",      "games",   "sport",  "food",
                                                 "travel", "art",   "technology", "science", "nature", "learning"};

class EmbeddedAssetStore final : public net::AssetStore {
public:
    explicit EmbeddedAssetStore(std::span<const EmbeddedAsset> assets) {
        for (const auto& asset : assets) {
            by_route_[asset.route] = {asset.content_type, asset.etag, asset.immutable,
                                      asset.identity,     asset.gzip, asset.brotli};
        }
    }
    [[nodiscard]] std::optional<net::Asset> find(std::string_view path) const override {
        const auto found = by_route_.find(path);
        if (found == by_route_.end()) return std::nullopt;
        return found->second;
    }

private:
    std::map<std::string_view, net::Asset> by_route_;
};

struct Certificate {
    net::TlsCredentials credentials;
    std::string fingerprint; // of a self-signed one
};

Certificate self_signed(const net::StateDir& state, const RelayPlan& plan) {
    std::vector<std::string> names{"localhost"};
    if (const std::string name = net::host_name(); !name.empty() && name != "localhost") names.push_back(name);
    // An address that is another tomorrow would make the certificate another too, and every exception made for it void.
    std::vector<IpAddress> addresses = net::lasting_interface_addresses();
    for (const auto& place : {plan.ipv4, plan.ipv6}) {
        if (place && place->advertised.reason == net::AddressReason::kConfigured) {
            addresses.push_back(place->advertised.ip);
        }
    }
    auto kept = net::keep_self_signed(state, names, addresses, net::wall_now());
    return {{std::move(kept.certificate), std::move(kept.key)}, std::move(kept.fingerprint)};
}

std::optional<Certificate> certificate_for(const Config& config, const net::StateDir& state, const RelayPlan& plan) {
    switch (config.tls_mode) {
    case TlsMode::kOff:
        return std::nullopt;
    case TlsMode::kSelfSigned:
        return self_signed(state, plan);
    case TlsMode::kFiles:
        return Certificate{read_certificate(config), {}};
    }
    return std::nullopt;
}

// A secret that outlives restarts without being configured. Text, since applications that share it want to type it.
std::vector<std::string> turn_secrets(const Config& config, const net::ServerKey& key) {
    if (!config.turn_secrets.empty()) return config.turn_secrets;
    constexpr std::size_t kSecretSize = 32;
    return {base64url_encode(crypto::hkdf_sha256(key, {}, as_bytes("visavis/1 turn-secret"), kSecretSize))};
}

std::optional<turn::RelayAddress> relay_address(const std::optional<RelayPlace>& place) {
    if (!place) return std::nullopt;
    return turn::RelayAddress{place->advertised.ip, place->local};
}

net::RelayShardOptions relay_options(const Config& config, const RelayPlan& plan,
                                     std::span<const std::string> secrets) {
    net::RelayShardOptions options{.listen = plan.listen, .turn = {}};
    auto& turn = options.turn;
    turn.realm = config.turn_realm;
    for (const auto& secret : secrets)
        turn.secrets.push_back({.bytes = {secret.begin(), secret.end()}});
    for (const auto& secret : config.turn_app_secrets)
        turn.secrets.push_back({.bytes = {secret.begin(), secret.end()}, .consent = false});
    turn.users = config.turn_users;
    turn.ipv4 = relay_address(plan.ipv4);
    turn.ipv6 = relay_address(plan.ipv6);
    turn.server_ports = {config.relay_ports.first, config.relay_ports.last};
    turn.own_addresses = net::interface_addresses();
    turn.allow_peers = config.turn_allow_peers;
    turn.deny_peers = config.turn_deny_peers;
    turn.quotas = {config.turn_allocations_per_user, config.turn_allocations_per_address, config.turn_allocations_max};
    turn.call.bytes_per_second = config.turn_call_kbps * kBytesPerKilobit;
    turn.call.burst_bytes = turn.call.bytes_per_second;
    turn.call.packets_per_second = config.turn_call_packets;
    turn.legacy_channels = config.turn_legacy_channels;
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
                                 const std::string& turn_secret) {
    signal::Settings settings;
    std::ranges::copy(key, settings.state_key.begin());
    settings.contact = config.rooms_contact;
    settings.rules = config.rooms_rules;
    settings.meeting = config.rooms_meeting == Meeting::kInstant ? signal::Meeting::kInstant : signal::Meeting::kAsk;
    settings.privacy =
        config.rooms_privacy == Privacy::kRelayOnly ? signal::Privacy::kRelayOnly : signal::Privacy::kDirect;
    settings.topics = config.rooms_topics.empty() ? kDefaultTopics : config.rooms_topics;
    if (config.rooms_languages) settings.rooms = *config.rooms_languages;
    settings.ice_urls = ice_urls(plan);
    // Only with a certificate that browsers trust: they have nobody to ask about one that they do not.
    settings.turns_on_page = config.tls_mode == TlsMode::kFiles;
    settings.turn_secret = turn_secret;
    for (const RegionPlace& place : config.turn_regions)
        settings.regions.push_back(region_at(place));
    return settings;
}

std::optional<net::RegionWatch::Options> region_watch(const Config& config, const std::string& turn_secret) {
    if (config.turn_regions.empty()) return std::nullopt;
    net::RegionWatch::Options options;
    options.secret.assign(turn_secret.begin(), turn_secret.end());
    for (const RegionPlace& place : config.turn_regions) {
        std::string host = place.host;
        if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
        options.relays.push_back({place.name, std::move(host), place.udp_port});
    }
    return options;
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

net::LogOptions log_options(const Config& config) {
    static const std::map<std::string, net::LogLevel, std::less<>> kLevels = {{"debug", net::LogLevel::kDebug},
                                                                              {"info", net::LogLevel::kInfo},
                                                                              {"warn", net::LogLevel::kWarn},
                                                                              {"error", net::LogLevel::kError}};
    return {kLevels.at(config.log_level), config.log_format == LogFormat::kJson, config.log_show_addresses};
}

// What to type into a browser for an address the page is served on.
std::string page_url(const SocketAddress& address, bool tls, const RelayPlan& plan) {
    std::string host = SocketAddress{address.ip, 0}.to_string();
    host.resize(host.rfind(':'));
    if (address.ip.is_loopback()) host = "localhost";
    if (address.ip.is_unspecified()) {
        const auto& place = address.ip.is_v4() ? plan.ipv4 : plan.ipv6;
        if (!place) return {};
        host = SocketAddress{place->advertised.ip, 0}.to_string();
        host.resize(host.rfind(':'));
    }
    return std::string(tls ? "https://" : "http://") + host + ":" + std::to_string(address.port);
}

// rooms: nothing for a relay alone.
void print_start(const Config& config, const net::Service& service, const RelayPlan& plan,
                 const std::optional<Certificate>& certificate, const std::optional<RoomsGate>& rooms,
                 const std::filesystem::path& state) {
    std::string text = rooms ? "visavis is ready\n" : "visavis relay is ready\n";
    std::vector<std::string> urls;
    for (const auto& address : service.http_addresses()) {
        const std::string url = page_url(address, certificate.has_value(), plan);
        if (!url.empty() && std::ranges::find(urls, url) == urls.end()) urls.push_back(url);
    }
    for (const auto& url : urls)
        text += (rooms ? "  page     " : "  health   ") + url + (rooms ? "\n" : "/healthz\n");
    if (certificate && !certificate->fingerprint.empty()) {
        text += "           browsers will warn once: the certificate is our own, SHA-256 " + certificate->fingerprint +
                "\n";
    }
    for (const auto& place : {plan.ipv4, plan.ipv6}) {
        if (place) text += "  relay    " + describe(*place) + "\n";
    }
    for (const auto& address : service.metrics_addresses()) {
        text += "  metrics  http://" + address.to_string() + "/metrics\n";
    }
    if (rooms) text += std::string("  rooms    ") + (rooms->closed ? "closed: " + rooms->why : "open") + "\n";
    text += "  state    " + state.string() + "\n";
    const bool plain_outside = config.tls_mode == TlsMode::kOff &&
                               std::ranges::any_of(service.http_addresses(), [](const SocketAddress& address) {
                                   return !address.ip.is_loopback();
                               });
    if (plain_outside && rooms)
        text += "  note     browsers give the camera to https:// pages only; put TLS in front or use --tls\n";
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

int run(const Config& config, const Environment& environment, const net::AssetStore* assets) {
    net::raise_descriptor_limit();
    net::OsRng rng;
    net::Log log(log_options(config));
    const net::StateDir state(config.state_dir.empty() ? default_state_dir(environment) : config.state_dir);
    const net::ServerKey key = state.server_key(rng);
    const RelayPlan plan = plan_relay(config);
    const auto certificate = certificate_for(config, state, plan);
    const auto secrets = turn_secrets(config, key);

    net::ServiceConfig service_config;
    const std::size_t threads =
        config.threads != 0 ? config.threads : std::clamp(std::thread::hardware_concurrency(), 1U, 64U);
    service_config.shards = threads;
    service_config.http_listen = without_absent_family(http_listen_or_default(config), net::interface_addresses());
    if (certificate) service_config.tls = certificate->credentials;
    service_config.strict_transport = config.tls_mode == TlsMode::kFiles;
    service_config.assets = assets;
    service_config.origins = config.http_origins;
    service_config.host = config.http_host;
    service_config.connections_max = config.http_connections_max;
    service_config.connections_per_address = config.http_connections_per_address;
    service_config.prefixes.connections = config.http_connections_per_address;
    service_config.metrics_listen = metrics_listen(config);
    service_config.signal = signal_settings(config, plan, key, secrets.front());
    service_config.regions = region_watch(config, secrets.front());
    std::optional<RoomsGate> rooms;
    if (assets != nullptr) {
        rooms = rooms_gate(config, service_config.http_listen);
        service_config.signal.rooms_closed = rooms->closed;
        service_config.lobby.cooldowns = cooldowns(config);
        service_config.reports = {state, config.safety_retention};
    }
    service_config.relay = relay_options(config, plan, secrets);
    service_config.nat_discovery = nat_discovery_places(config);
    service_config.turn_tcp_listen = plan.tcp_listen;
    service_config.proxies = {config.http_proxy_protocol, config.http_proxy_from};

    net::Service* running = nullptr;
    const auto reload_certificate = [&] {
        try {
            running->reload_tls(read_certificate(config));
            log.info("certificate-reloaded");
        } catch (const std::exception& error) {
            log.error("certificate-not-reloaded", {{"why", error.what()}});
        }
    };
    // Without files to read again a hangup is what it is elsewhere: the terminal has gone, and so does the program.
    if (config.tls_mode == TlsMode::kFiles) {
        service_config.on_hangup = reload_certificate;
        service_config.watched_files = {config.tls_cert, config.tls_key};
    }
    service_config.drain_time_max = std::chrono::minutes(config.turn_drain_minutes);
    net::Service service(std::move(service_config), log);
    running = &service;
    log.info("started", {{"version", VV_VERSION}, {"threads", threads}});
    print_start(config, service, plan, certificate, rooms, state.path());
    service.run();
    return 0;
}

} // namespace

std::filesystem::path default_state_dir(const Environment& environment) {
    if (const auto given = environment("STATE_DIRECTORY"); given && !given->empty()) {
        return given->substr(0, given->find(':')); // a service manager may list several
    }
    if (const auto state = environment("XDG_STATE_HOME"); state && !state->empty()) {
        return std::filesystem::path(*state) / "visavis";
    }
    if (const auto home = environment("HOME"); home && !home->empty()) {
        return std::filesystem::path(*home) / ".local" / "state" / "visavis";
    }
    throw ConfigError("no place for the server's key is known; set --state-dir");
}

std::vector<SocketAddress> metrics_listen(const Config& config) {
    if (!config.metrics_on) return {};
    if (!config.metrics_listen.empty()) {
        return without_absent_family(config.metrics_listen, net::interface_addresses());
    }
    return {{IpAddress::v4(0x7F000001), kMetricsPort}};
}

int serve(const Config& given, const Environment& environment, std::span<const EmbeddedAsset> embedded) {
    const EmbeddedAssetStore assets(embedded);
    return run(with_rules_read(given), environment, &assets);
}

int relay_only(const Config& given, const Environment& environment) {
    if (given.turn_secrets.empty()) {
        throw ConfigError("a relay needs turn.secrets: the secret that its signaling server makes credentials with");
    }
    return run(given, environment, nullptr);
}

} // namespace vv::apps
