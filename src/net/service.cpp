#include "net/service.h"

#include "base/assert.h"
#include "net/lobby_host.h"
#include "net/lobby_metrics.h"
#include "net/metrics_handler.h"
#include "net/os_rng.h"
#include "net/shard.h"
#include "net/signal_hub.h"
#include "net/signal_source.h"
#include "net/socket.h"
#include "signal/resume_token.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <utility>

namespace vv::net {
namespace {

constexpr std::string_view kWebSocketPath = "/ws";
// A scrape takes one; more than these are not from whoever runs this server.
constexpr std::size_t kMetricsConnectionsMax = 16;

// The n-th of count equal parts of the ports; the last takes what is left over.
turn::PortRange part_of(const turn::PortRange& all, std::size_t n, std::size_t count) {
    const std::size_t size = all.size() / count;
    const auto first = static_cast<std::uint16_t>(all.first + n * size);
    return {first, n + 1 == count ? all.last : static_cast<std::uint16_t>(first + size - 1)};
}

// The kernel chooses a port once; the other shards then share it.
void choose_udp_ports(std::vector<SocketAddress>& addresses) {
    for (auto& address : addresses) {
        if (address.port == 0) {
            address = local_address(bind_udp(address, false).value());
        } else {
            check_udp_is_free(address);
        }
    }
}

ServiceConfig completed(ServiceConfig config) {
    VV_ASSERT(config.assets != nullptr);
    VV_ASSERT(config.shards >= 1 && config.shards <= kShardsMax);
    OsRng rng;
    config.lobby.epoch = lobby::Epoch(rng.bytes<8>());
    config.lobby.rooms = config.signal.rooms.size();
    config.signal.epoch = config.lobby.epoch;
    config.signal.node = config.lobby.node;
    if (config.relay) {
        choose_udp_ports(config.relay->listen);
        rng.fill(config.relay->turn.nonce_key);
        if (config.relay->turn.server_ports.size() < config.shards) {
            throw std::runtime_error("there are fewer relay ports than threads");
        }
    }
    return config;
}

} // namespace

class Service::Implementation {
public:
    Implementation(ServiceConfig config, Log& log);
    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;
    ~Implementation();

    void run();
    void stop();
    void reload_tls(const TlsCredentials& credentials);
    [[nodiscard]] const std::vector<SocketAddress>& http_addresses() const { return http_addresses_; }
    [[nodiscard]] const std::vector<SocketAddress>& metrics_addresses() const { return metrics_addresses_; }
    [[nodiscard]] std::vector<SocketAddress> relay_addresses() const {
        return config_.relay ? config_.relay->listen : std::vector<SocketAddress>();
    }
    [[nodiscard]] Metrics& metrics() { return metrics_; }

private:
    // In the order in which each may use the ones before it.
    struct Member {
        Member(std::size_t index, Implementation& service)
            : shard(index, service.counters_, service.log_, service.config_.times) {}
        ~Member() {
            shard.drop_all(); // the hub hears of the last connections
        }
        Shard shard;
        SslContextPtr tls;
        Site page;
        std::unique_ptr<SignalHub> hub;
        std::unique_ptr<RelayShard> relay;
    };

    void make_member(std::size_t index);
    void make_relay(std::size_t index);
    void listen_for_pages();
    void listen_for_metrics();
    bool submit(LobbyCommands& commands);
    bool deliver(std::size_t shard, LobbyEvents& events);
    void begin_stop();
    void handle_member_stopped();
    void stop_loops();
    void on_member(Member& member, Task task);

    [[nodiscard]] EventLoop& main_loop() { return members_.front()->shard.loop(); }

    ServiceConfig config_;
    Log& log_;
    Metrics metrics_;
    ConnectionCounters counters_{metrics_};
    ConnectionLimits limits_;
    ConnectionLimits metrics_limits_{kMetricsConnectionsMax, kMetricsConnectionsMax};
    PageHandler pages_;
    MetricsHandler metrics_page_;
    Site metrics_site_;
    signal::TokenSealer sealer_;
    LiveRelayPorts live_ports_;
    OsRng rng_;
    std::vector<std::unique_ptr<Member>> members_;
    std::unique_ptr<LobbyHost> lobby_;
    std::unique_ptr<SignalSource> signals_;
    std::vector<SocketAddress> http_addresses_;
    std::vector<SocketAddress> metrics_addresses_;
    std::size_t members_stopping_ = 0; // on the main loop only
    bool stopping_ = false;            // likewise
};

// ---- building

Service::Implementation::Implementation(ServiceConfig config, Log& log)
    : config_(completed(std::move(config))),
      log_(log),
      limits_(config_.connections_max, config_.connections_per_address),
      pages_(*config_.assets, {.strict_transport = config_.strict_transport && config_.tls.has_value()}),
      metrics_page_(metrics_, [this] { publish_lobby_stats(metrics_, lobby_->stats()); }),
      sealer_(config_.signal.state_key) {
    ignore_broken_pipes();
    metrics_site_.handler = &metrics_page_;
    for (std::size_t i = 0; i < config_.shards; ++i)
        make_member(i);
    lobby_ =
        std::make_unique<LobbyHost>(main_loop(), config_.lobby, rng_, members_.size(),
                                    [this](std::size_t shard, LobbyEvents& events) { return deliver(shard, events); });
    if (config_.tls) reload_tls(*config_.tls);
    listen_for_pages();
    listen_for_metrics();
    for (std::size_t i = 0; i < members_.size(); ++i)
        make_relay(i);
}

Service::Implementation::~Implementation() {
    signals_.reset();
    // Connections tell their hubs, hubs would tell the lobby: both still stand, only the loops have ended.
    for (auto& member : members_)
        member->shard.drop_all();
    lobby_.reset();
}

void Service::Implementation::make_member(std::size_t index) {
    auto member = std::make_unique<Member>(index, *this);
    member->hub = std::make_unique<SignalHub>(member->shard,
                                              SignalHub::Options{.settings = config_.signal,
                                                                 .sealer = sealer_,
                                                                 .prefixes = config_.prefixes,
                                                                 .host = config_.host,
                                                                 .come_back_min = config_.come_back_min,
                                                                 .come_back_max = config_.come_back_max},
                                              [this](LobbyCommands& commands) { return submit(commands); });
    member->page.handler = &pages_;
    member->page.websocket_path = kWebSocketPath;
    member->page.upgrade = {std::string(signal::kSubprotocol), config_.origins};
    member->page.application = member->hub.get();
    members_.push_back(std::move(member));
}

void Service::Implementation::make_relay(std::size_t index) {
    if (!config_.relay) return;
    RelayShardOptions options = *config_.relay;
    options.turn.shard_ports = part_of(options.turn.server_ports, index, members_.size());
    options.turn.quotas.total = std::max<std::size_t>(1, options.turn.quotas.total / members_.size());
    Member& member = *members_[index];
    member.relay = std::make_unique<RelayShard>(member.shard.loop(), member.shard.rng(), live_ports_, metrics_,
                                                std::move(options));
}

void Service::Implementation::listen_for_pages() {
    for (const auto& wanted : config_.http_listen) {
        if (wanted.port != 0) check_tcp_is_free(wanted);
        SocketAddress address = wanted;
        for (auto& member : members_) {
            UniqueFd fd = listen_tcp(address);
            address = local_address(fd.value());
            member->shard.listen(std::move(fd), member->page, limits_);
        }
        http_addresses_.push_back(address);
    }
}

void Service::Implementation::listen_for_metrics() {
    for (const auto& wanted : config_.metrics_listen) {
        if (wanted.port != 0) check_tcp_is_free(wanted);
        UniqueFd fd = listen_tcp(wanted);
        metrics_addresses_.push_back(local_address(fd.value()));
        members_.front()->shard.listen(std::move(fd), metrics_site_, metrics_limits_);
    }
}

// ---- between the shards

bool Service::Implementation::submit(LobbyCommands& commands) {
    // A task that is refused is dropped with all it holds, so what must not be lost is held from outside too.
    const auto box = std::make_shared<LobbyCommands>(std::move(commands));
    if (main_loop().post([this, box] { lobby_->submit(std::move(*box)); })) return true;
    commands = std::move(*box);
    return false;
}

bool Service::Implementation::deliver(std::size_t shard, LobbyEvents& events) {
    Member& member = *members_[shard];
    if (shard == 0) {
        member.hub->handle_events(std::move(events));
        return true;
    }
    const auto box = std::make_shared<LobbyEvents>(std::move(events));
    if (member.shard.loop().post([&member, box] { member.hub->handle_events(std::move(*box)); })) return true;
    events = std::move(*box);
    return false;
}

// At once on the main loop's own shard, by mail elsewhere. Mail that is refused finds a loop that has ended.
void Service::Implementation::on_member(Member& member, Task task) {
    if (&member == members_.front().get()) {
        task();
    } else {
        (void)member.shard.loop().post(std::move(task));
    }
}

// ---- running and stopping

void Service::Implementation::run() {
    if (config_.handle_signals) {
        signals_ = std::make_unique<SignalSource>(main_loop(), [this] { begin_stop(); }, config_.on_hangup);
    }
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < members_.size(); ++i)
        threads.emplace_back([&loop = members_[i]->shard.loop()] { loop.run(); });
    main_loop().run();
}

void Service::Implementation::stop() {
    (void)main_loop().post([this] { begin_stop(); }); // refused: it has ended already
}

void Service::Implementation::begin_stop() {
    if (std::exchange(stopping_, true)) {
        // Asked twice: somebody does not want to wait.
        stop_loops();
        return;
    }
    log_.info("stopping", {{"connections", limits_.open()}});
    pages_.set_stopping();
    members_stopping_ = members_.size();
    for (auto& owned : members_) {
        Member& member = *owned;
        on_member(member, [this, &member] {
            member.hub->begin_stop();
            member.shard.begin_stop(config_.stop_time_max,
                                    [this] { (void)main_loop().post([this] { handle_member_stopped(); }); });
        });
    }
}

void Service::Implementation::handle_member_stopped() {
    if (--members_stopping_ == 0) stop_loops();
}

void Service::Implementation::stop_loops() {
    for (auto& member : members_)
        member->shard.loop().stop();
}

// ---- TLS

void Service::Implementation::reload_tls(const TlsCredentials& credentials) {
    std::vector<SslContextPtr> contexts;
    contexts.reserve(members_.size());
    for (std::size_t i = 0; i < members_.size(); ++i)
        contexts.push_back(make_server_context(credentials));
    for (std::size_t i = 0; i < members_.size(); ++i) {
        Member& member = *members_[i];
        const auto swap = [&member](SslContextPtr context) {
            member.tls = std::move(context); // connections hold the old one as long as they need it
            member.page.tls = member.tls.get();
        };
        if (member.tls == nullptr) {
            swap(std::move(contexts[i]));
        } else {
            (void)member.shard.loop().post(
                [swap, context = std::move(contexts[i])]() mutable { swap(std::move(context)); });
        }
    }
}

// ---- the public face

Service::Service(ServiceConfig config, Log& log)
    : implementation_(std::make_unique<Implementation>(std::move(config), log)) {}
Service::~Service() = default;

void Service::run() {
    implementation_->run();
}
void Service::stop() {
    implementation_->stop();
}
void Service::reload_tls(const TlsCredentials& credentials) {
    implementation_->reload_tls(credentials);
}
std::vector<SocketAddress> Service::http_addresses() const {
    return implementation_->http_addresses();
}
std::vector<SocketAddress> Service::metrics_addresses() const {
    return implementation_->metrics_addresses();
}
std::vector<SocketAddress> Service::relay_addresses() const {
    return implementation_->relay_addresses();
}
Metrics& Service::metrics() {
    return implementation_->metrics();
}

} // namespace vv::net
