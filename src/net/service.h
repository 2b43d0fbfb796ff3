// The whole server as one object: page, signaling, STUN, TURN and metrics over
// one event loop per shard. Configured by a plain value, started by the
// constructor, run until told to stop.
#pragma once

#include "lobby/lobby.h"
#include "lobby/prefix_limits.h"
#include "net/assets.h"
#include "net/connection.h"
#include "net/log.h"
#include "net/mailbox.h"
#include "net/metrics.h"
#include "net/region_watch.h"
#include "net/relay_shard.h"
#include "net/report_keeper.h"
#include "net/tls_context.h"
#include "signal/settings.h"
#include "stun/nat_discovery.h"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vv::net {

struct ServiceConfig {
    /// Threads; at most kShardsMax.
    std::size_t shards = 1;

    /// Page and signaling. A port of 0 is chosen by the kernel, the same for all shards.
    std::vector<SocketAddress> http_listen;
    /// HTTPS and WSS if set, HTTP and WS if not.
    std::optional<TlsCredentials> tls;
    /// Where plain HTTP is answered by the way to HTTPS, and TURN over TCP beside it; only with tls.
    std::vector<SocketAddress> redirect_listen;
    /// The port that this way leads to, where host does not say.
    std::uint16_t redirect_to_port = 443;
    /// Strict-Transport-Security; only with a certificate that browsers trust.
    bool strict_transport = false;
    /// The page's files; outlives the service. None: a relay alone, without page and signaling.
    const AssetStore* assets = nullptr;
    /// Origins that may connect besides the page's own, "https://example.org".
    std::vector<std::string> origins;
    /// The page's authority as browsers write it, "example.org:8443"; empty: each request's Host header.
    std::string host;
    std::size_t connections_max = 16000;
    /// From one IPv4 address or IPv6 /64, loopback excepted.
    std::size_t connections_per_address = 512;
    ConnectionTimes times;

    /// Prometheus text at /metrics, plain HTTP; empty: none.
    std::vector<SocketAddress> metrics_listen;

    /// settings.epoch and lobby.epoch are drawn by the service; lobby.rooms follows settings.rooms.
    signal::Settings signal;
    lobby::LobbyConfig lobby;
    lobby::PrefixLimitsConfig prefixes = lobby::PrefixLimitsConfig::defaults();

    /// Where reports are kept, and for how long; none: they are not, and who reports is told so.
    std::optional<ReportKeeperOptions> reports;

    /// Connections to http_listen come through a proxy that tells whose they are.
    ProxyRule proxies;

    /// STUN and TURN, also on http_listen; none: neither is offered. turn.shard_ports, turn.nonce_key,
    /// turn.service_ports and turn.is_live_elsewhere are filled in by the service; turn.quotas hold over all shards
    /// together.
    std::optional<RelayShardOptions> relay;
    /// NAT behaviour discovery, on ports of its own; one for each family at most.
    std::vector<stun::NatDiscoveryPlaces> nat_discovery;

    /// Where TURN over TCP without TLS, and nothing else, is served.
    std::vector<SocketAddress> turn_tcp_listen;
    /// Relays in other regions, in the order of signal.regions; none: there are none.
    std::optional<RegionWatch::Options> regions;

    /// SIGTERM and SIGINT stop the service. Off in tests that run several.
    bool handle_signals = true;
    /// Called on SIGHUP if signals are handled, to read the configuration again, on the thread of run(). Must not
    /// throw.
    std::function<void()> on_hangup;
    /// Called when watched_files have been replaced, and on SIGHUP behind the one above: to load a certificate anew.
    /// Returns whether it could be used; if not it is called again after a while. Must not throw.
    std::function<bool()> on_files;
    std::vector<std::filesystem::path> watched_files; // none: on_files is not called
    /// How long a drain, from its beginning, waits for the relay's allocations before it stops all the same.
    std::chrono::milliseconds drain_time_max{std::chrono::hours(1)};
    /// After this a stop no longer waits for anybody.
    std::chrono::milliseconds stop_time_max{5000};
    /// Tasks a thread may have waiting from the others before it refuses more.
    std::size_t mailbox_max = EventLoop::kMailboxMax;
    /// Clients are told to come back after a random time between these.
    std::chrono::milliseconds come_back_min{500};
    std::chrono::milliseconds come_back_max{3000};
};

/// What a service takes from another configuration while it runs (base/reloadable.h). Where the one has no relay or no
/// regions and the other has, it stays so.
template <typename To, typename Visit>
void each_reloadable(To& to, const ServiceConfig& from, Visit visit) {
    visit(to.connections_max, from.connections_max);
    visit(to.connections_per_address, from.connections_per_address);
    visit(to.prefixes.connections, from.prefixes.connections);
    visit(to.drain_time_max, from.drain_time_max);
    visit(to.watched_files, from.watched_files);
    each_reloadable(to.times, from.times, visit);
    each_reloadable(to.signal, from.signal, visit);
    if (to.relay && from.relay) {
        each_reloadable(to.relay->turn, from.relay->turn, visit);
        visit(to.relay->streams, from.relay->streams);
    }
    if (to.regions && from.regions) visit(to.regions->secret, from.regions->secret);
}

inline constexpr std::size_t kShardsMax = 64;

class Service {
public:
    /// Binds every socket and loads the certificate. Throws std::runtime_error with one clear line
    /// if anything cannot be had, PlaceError if it could be elsewhere. log outlives the service.
    Service(ServiceConfig config, Log& log);
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service();

    /// Serves until stop(), SIGTERM or SIGINT, and until clients have been told or stop_time_max has
    /// passed. The calling thread becomes shard 0. Once.
    void run();
    /// Any thread, also a second time. Nothing new is accepted from here on.
    void stop();
    /// Any thread, also SIGUSR1: the relay takes no new allocations and /healthz says so; once the relay is empty, or
    /// after drain_time_max, the service stops.
    void drain();

    /// New connections get this certificate. On the thread of run(), so from on_files. Throws std::runtime_error and
    /// keeps the old one if it cannot be used; only for a service that was started with one. done: on that thread too,
    /// once every thread has taken it, or a later one.
    void reload_tls(const TlsCredentials& credentials, Task done);

    /// Takes from the configuration what may change while it runs (each_reloadable), and leaves everybody and every
    /// allocation where they are: it is for who connects or calls from then on. Whoever waits in a room that closes
    /// goes on waiting; a drain's time counts from its beginning. On the thread of run(), so from on_hangup. Throws
    /// std::invalid_argument, and changes nothing, if it cannot be used. done: on that thread too, once every thread
    /// has taken it, or a later one.
    void reload(ServiceConfig config, Task done);

    /// As bound, in the order of the configuration.
    [[nodiscard]] std::vector<SocketAddress> http_addresses() const;
    [[nodiscard]] std::vector<SocketAddress> redirect_addresses() const;
    [[nodiscard]] std::vector<SocketAddress> metrics_addresses() const;
    [[nodiscard]] std::vector<SocketAddress> relay_addresses() const;
    [[nodiscard]] std::vector<SocketAddress> turn_tcp_addresses() const;
    [[nodiscard]] Metrics& metrics();

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

} // namespace vv::net
