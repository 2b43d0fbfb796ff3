#include "apps/serve.h"

#include "apps/advertised.h"
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

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
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

std::string read_file(const std::filesystem::path& file, const char* what) {
    std::ifstream stream(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (!stream || text.empty()) throw ConfigError(std::string("cannot read ") + what + " " + file.string());
    return text;
}

struct Certificate {
    net::TlsCredentials credentials;
    std::string fingerprint; // of a self-signed one
};

Certificate self_signed(const net::StateDir& state, const RelayPlan& plan) {
    std::vector<std::string> names{"localhost"};
    if (const std::string name = net::host_name(); !name.empty() && name != "localhost") names.push_back(name);
    std::vector<IpAddress> addresses = net::interface_addresses();
    for (const auto& place : {plan.ipv4, plan.ipv6}) {
        if (place) addresses.push_back(place->advertised.ip);
    }
    auto kept = net::keep_self_signed(state, names, addresses, net::wall_now());
    return {{std::move(kept.certificate), std::move(kept.key)}, std::move(kept.fingerprint)};
}

net::TlsCredentials read_certificate(const Config& config) {
    return {read_file(config.tls_cert, "the certificate"), read_file(config.tls_key, "the certificate's key")};
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
        turn.secrets.emplace_back(secret.begin(), secret.end());
    turn.ipv4 = relay_address(plan.ipv4);
    turn.ipv6 = relay_address(plan.ipv6);
    turn.server_ports = {config.relay_ports.first, config.relay_ports.last};
    turn.own_addresses = net::interface_addresses();
    turn.allow_peers = config.turn_allow_peers;
    turn.deny_peers = config.turn_deny_peers;
    turn.quotas = {config.turn_allocations_per_user, config.turn_allocations_per_address, config.turn_allocations_max};
    constexpr std::uint64_t kBytesPerKilobit = 125;
    turn.call.bytes_per_second = config.turn_call_kbps * kBytesPerKilobit;
    turn.call.burst_bytes = turn.call.bytes_per_second;
    turn.legacy_channels = config.turn_legacy_channels;
    return options;
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
    if (settings.topics.size() > lobby::kTopicsMax) {
        throw ConfigError("rooms.topics takes at most " + std::to_string(lobby::kTopicsMax) + " topics");
    }
    if (!config.rooms_languages.empty()) {
        auto rooms = lobby::RoomList::from_tags(config.rooms_languages);
        if (!rooms) throw ConfigError("rooms.languages: " + rooms.error());
        settings.rooms = *std::move(rooms);
    }
    settings.ice_urls = ice_urls(plan);
    settings.turn_secret = turn_secret;
    return settings;
}

std::vector<SocketAddress> metrics_listen(const Config& config) {
    if (!config.metrics_on) return {};
    if (!config.metrics_listen.empty()) return config.metrics_listen;
    return {{IpAddress::v4(0x7F000001), kMetricsPort}};
}

// Without IPv6 on the machine the default must not fail for want of it; what an operator wrote is taken at its word.
std::vector<SocketAddress> http_listen(const Config& config) {
    auto listen = http_listen_or_default(config);
    if (!config.http_listen.empty()) return listen;
    const auto interfaces = net::interface_addresses();
    std::erase_if(listen, [&](const SocketAddress& address) {
        return std::ranges::find(interfaces, address.ip.family(), &IpAddress::family) == interfaces.end();
    });
    return listen;
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

void print_start(const Config& config, const net::Service& service, const RelayPlan& plan,
                 const std::optional<Certificate>& certificate, const RoomsGate& rooms,
                 const std::filesystem::path& state) {
    std::string text = "visavis is ready\n";
    std::vector<std::string> urls;
    for (const auto& address : service.http_addresses()) {
        const std::string url = page_url(address, certificate.has_value(), plan);
        if (!url.empty() && std::ranges::find(urls, url) == urls.end()) urls.push_back(url);
    }
    for (const auto& url : urls)
        text += "  page     " + url + "\n";
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
    text += std::string("  rooms    ") + (rooms.closed ? "closed: " + rooms.why : "open") + "\n";
    text += "  state    " + state.string() + "\n";
    const bool plain_outside = config.tls_mode == TlsMode::kOff &&
                               std::ranges::any_of(service.http_addresses(), [](const SocketAddress& address) {
                                   return !address.ip.is_loopback();
                               });
    if (plain_outside)
        text += "  note     browsers give the camera to https:// pages only; put TLS in front or use --tls\n";
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
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

int serve(const Config& given, const Environment& environment, std::span<const EmbeddedAsset> embedded) {
    const Config config = with_rules_read(given);
    net::raise_descriptor_limit();
    net::OsRng rng;
    net::Log log(log_options(config));
    const net::StateDir state(config.state_dir.empty() ? default_state_dir(environment) : config.state_dir);
    const net::ServerKey key = state.server_key(rng);
    const RelayPlan plan = plan_relay(config);
    const auto certificate = certificate_for(config, state, plan);
    const auto secrets = turn_secrets(config, key);
    const EmbeddedAssetStore assets(embedded);

    net::ServiceConfig service_config;
    service_config.shards =
        config.threads != 0 ? config.threads : std::clamp(std::thread::hardware_concurrency(), 1U, 64U);
    service_config.http_listen = http_listen(config);
    if (certificate) service_config.tls = certificate->credentials;
    service_config.strict_transport = config.tls_mode == TlsMode::kFiles;
    service_config.assets = &assets;
    service_config.origins = config.http_origins;
    service_config.host = config.http_host;
    service_config.connections_max = config.http_connections_max;
    service_config.connections_per_address = config.http_connections_per_address;
    service_config.prefixes.connections = config.http_connections_per_address;
    service_config.metrics_listen = metrics_listen(config);
    service_config.signal = signal_settings(config, plan, key, secrets.front());
    const RoomsGate rooms = rooms_gate(config, service_config.http_listen);
    service_config.signal.rooms_closed = rooms.closed;
    service_config.relay = relay_options(config, plan, secrets);

    net::Service* running = nullptr;
    service_config.on_hangup = [&] {
        if (config.tls_mode != TlsMode::kFiles || running == nullptr) return;
        try {
            running->reload_tls(read_certificate(config));
            log.info("certificate-reloaded");
        } catch (const std::exception& error) {
            log.error("certificate-not-reloaded", {{"why", error.what()}});
        }
    };
    net::Service service(std::move(service_config), log);
    running = &service;
    print_start(config, service, plan, certificate, rooms, state.path());
    service.run();
    return 0;
}

} // namespace vv::apps
