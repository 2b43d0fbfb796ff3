#include "apps/serve.h"

#include "apps/advertised.h"
#include "apps/certificate.h"
#include "apps/listen.h"
#include "apps/page_hash.h"
#include "apps/reload.h"
#include "apps/rooms_gate.h"
#include "apps/service_config.h"
#include "net/clock.h"
#include "net/interfaces.h"
#include "net/log.h"
#include "net/os_rng.h"
#include "net/resources.h"
#include "net/self_signed.h"
#include "net/service.h"
#include "net/state_dir.h"
#include "net/state_lock.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <utility>

namespace vv::apps {
namespace {

constexpr std::uint16_t kMetricsPort = 9478;

class EmbeddedAssetStore final : public net::AssetStore {
public:
    explicit EmbeddedAssetStore(std::span<const EmbeddedAsset> assets) : version_(version_text(assets)) {
        for (const auto& asset : assets) {
            by_route_[asset.route] = {asset.content_type, asset.etag, asset.immutable,
                                      asset.identity,     asset.gzip, asset.brotli};
        }
    }
    [[nodiscard]] std::optional<net::Asset> find(std::string_view path) const override {
        if (path == kVersionPath) {
            return net::Asset{"text/plain; charset=utf-8", {}, false, as_bytes(version_), {}, {}};
        }
        const auto found = by_route_.find(path);
        if (found == by_route_.end()) return std::nullopt;
        return found->second;
    }

private:
    std::map<std::string_view, net::Asset> by_route_;
    const std::string version_;
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

// state: there is one in every mode that keeps something.
std::optional<Certificate> certificate_for(const Config& config, const std::optional<net::StateDir>& state,
                                           const RelayPlan& plan) {
    switch (config.tls_mode) {
    case TlsMode::kOff:
        return std::nullopt;
    case TlsMode::kSelfSigned:
        if (state) return self_signed(*state, plan);
        break;
    case TlsMode::kFiles:
        return Certificate{read_certificate(config), {}};
    }
    return std::nullopt;
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

// The tags of rooms whose language has no name here.
std::string nameless_rooms(const Config& config) {
    std::string tags;
    if (!config.rooms_languages) return tags;
    for (std::size_t i = 0; i < config.rooms_languages->size(); ++i) {
        const lobby::Room& room = config.rooms_languages->at(lobby::RoomIndex(static_cast<std::uint16_t>(i)));
        if (room.name == room.tag) tags += (tags.empty() ? "" : ", ") + room.tag;
    }
    return tags;
}

// rooms: nothing for a relay alone.
void print_start(const Config& config, const net::Service& service, const RelayPlan& plan,
                 const std::optional<Certificate>& certificate, const std::optional<RoomsGate>& rooms,
                 const std::optional<net::StateDir>& state) {
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
    for (const UntoldAddress& address : plan.untold)
        text += "  note     " + describe(address) + "\n";
    for (const auto& address : service.metrics_addresses()) {
        text += "  metrics  http://" + address.to_string() + "/metrics\n";
    }
    if (rooms) text += std::string("  rooms    ") + (rooms->closed ? "closed: " + rooms->why : "open") + "\n";
    if (const std::string tags = nameless_rooms(config); rooms && !tags.empty()) {
        text += "  note     no name is known for " + tags + ": people see the tag; is it spelt as BCP 47 has it?\n";
    }
    if (state) text += "  state    " + state->path().string() + "\n";
    const bool plain_outside = config.tls_mode == TlsMode::kOff &&
                               std::ranges::any_of(service.http_addresses(), [](const SocketAddress& address) {
                                   return !address.ip.is_loopback();
                               });
    if (plain_outside && rooms)
        text += "  note     browsers give the camera to https:// pages only; put TLS in front or use --tls\n";
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

struct Program {
    Config given;
    ReadAgain read_again;
    const Environment& environment;
    const net::AssetStore* assets = nullptr; // none: a relay alone
};

// A relay alone has nothing to keep but a certificate that it has made itself: it may run where nothing can be written.
std::optional<net::StateDir> state_of(const Config& config, bool with_rooms, const Environment& environment) {
    if (!with_rooms && config.tls_mode != TlsMode::kSelfSigned) return std::nullopt;
    return std::make_optional<net::StateDir>(config.state_dir.empty() ? default_state_dir(environment)
                                                                      : config.state_dir);
}

// Without signaling nothing is signed that has to be good after a restart; the relay's secrets are configured.
net::ServerKey server_key(const std::optional<net::StateDir>& state, bool with_rooms, Rng& rng) {
    if (with_rooms && state) return state->server_key(rng);
    net::ServerKey key{};
    rng.fill(key);
    return key;
}

int run(Program program) {
    net::raise_descriptor_limit();
    net::OsRng rng;
    const bool with_rooms = program.assets != nullptr;
    Config config = with_rooms ? with_rules_read(program.given) : program.given;
    net::Log log(log_options(config));
    const std::optional<net::StateDir> state = state_of(config, with_rooms, program.environment);
    std::optional<net::StateLock> lock;
    if (state) lock.emplace(*state, log);
    const net::ServerKey key = server_key(state, with_rooms, rng);
    const RelayPlan plan = plan_relay(config);
    const auto certificate = certificate_for(config, state, plan);

    auto [service_config, rooms] = describe_service(config, plan, key, with_rooms);
    if (certificate) service_config.tls = certificate->credentials;
    service_config.assets = program.assets;
    if (with_rooms && state) service_config.reports = {*state, config.safety_retention};
    const std::size_t threads = service_config.shards;

    // Without anything to read again a hangup is what it is elsewhere: the terminal has gone, and so does the program.
    const bool reads_again = static_cast<bool>(program.read_again);
    Reloader reloader({std::move(program.given), plan, std::move(program.read_again), key, with_rooms}, log);
    if (reads_again) service_config.on_hangup = [&reloader] { reloader.reload(); };
    service_config.on_files = [&reloader] { return reloader.reload_certificate(); };
    net::Service service(std::move(service_config), log);
    reloader.begin(service);
    log.info("started", {{"version", VV_VERSION}, {"threads", threads}});
    if (rooms && rooms->closed) log.info("rooms-closed", {{"why", rooms->why}});
    print_start(config, service, plan, certificate, rooms, state);
    config = Config(); // the reloader and the service have their own, and let go of what is retired
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

int serve(ServeCommand command, const Environment& environment, std::span<const EmbeddedAsset> embedded) {
    const EmbeddedAssetStore assets(embedded);
    return run({std::move(command.config), std::move(command.read_again), environment, &assets});
}

int relay_only(RelayOnlyCommand command, const Environment& environment) {
    check_relay(command.config);
    return run({std::move(command.config), std::move(command.read_again), environment, nullptr});
}

} // namespace vv::apps
