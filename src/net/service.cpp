#include "net/service.h"

#include "base/assert.h"
#include "net/alarm_clock.h"
#include "net/file_watch.h"
#include "net/limit_watch.h"
#include "net/lobby_host.h"
#include "net/lobby_metrics.h"
#include "net/memory_return.h"
#include "net/memory_watch.h"
#include "net/metrics_handler.h"
#include "net/nat_discovery_host.h"
#include "net/os_rng.h"
#include "net/own_address_watch.h"
#include "net/place_error.h"
#include "net/redirect_page.h"
#include "net/relay_io_log.h"
#include "net/relay_page.h"
#include "net/service_member.h"
#include "net/service_reload.h"
#include "net/shared_limits.h"
#include "net/signal_hub.h"
#include "net/signal_source.h"
#include "net/socket.h"
#include "signal/resume_token.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace vv::net {
namespace {

constexpr std::string_view kWebSocketPath = "/ws";
// A scrape takes one; more than these are not from whoever runs this server.
constexpr std::size_t kMetricsConnectionsMax = 16;

// For a shard to say that it has stopped, beyond the time it has for stopping.
constexpr Duration kStopGrace = std::chrono::milliseconds(500);

// Between looks at whether the relay is empty.
constexpr Duration kDrainLook = std::chrono::seconds(2);

// Whether another address or port is what would mend it.
bool is_about_the_place(const std::error_code& error) {
    return error == std::errc::address_in_use || error == std::errc::address_not_available ||
           error == std::errc::permission_denied;
}

// Tells what stands in the way of the place itself from everything else that a socket may refuse.
template <typename Take>
auto take_place(Place place, Take take) {
    try {
        return take();
    } catch (const std::system_error& error) {
        if (!is_about_the_place(error.code())) throw;
        throw PlaceError(place, error.what());
    }
}

// The kernel chooses a port once; the other shards then share it.
void choose_udp_ports(std::vector<SocketAddress>& addresses) {
    for (auto& address : addresses) {
        take_place(Place::kRelay, [&] {
            if (address.port == 0) {
                address = local_address(bind_udp(address, false).value());
            } else {
                check_udp_is_free(address);
            }
        });
    }
}

ServiceConfig completed(ServiceConfig config) {
    VV_ASSERT(signal::is_sound(config.signal));
    static_assert(kShardsMax <= LiveRelayPorts::kShardsMax);
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
    void drain();
    [[nodiscard]] ServiceReload& reload() { return *reload_; }
    [[nodiscard]] const std::vector<SocketAddress>& http_addresses() const { return http_addresses_; }
    [[nodiscard]] const std::vector<SocketAddress>& redirect_addresses() const { return redirect_addresses_; }
    [[nodiscard]] const std::vector<SocketAddress>& metrics_addresses() const { return metrics_addresses_; }
    [[nodiscard]] std::vector<SocketAddress> relay_addresses() const {
        return config_.relay ? config_.relay->listen : std::vector<SocketAddress>();
    }
    [[nodiscard]] const std::vector<SocketAddress>& turn_tcp_addresses() const { return turn_tcp_addresses_; }
    [[nodiscard]] Metrics& metrics() { return metrics_; }

private:
    [[nodiscard]] PageHandler::Options page_options() const;
    void make_member(std::size_t index);
    void begin_tls(const TlsCredentials& credentials);
    void make_relay(std::size_t index);
    void handle_hangup();
    void listen_for_pages();
    void listen_for_turn();
    [[nodiscard]] SocketAddress listen_on_each(const SocketAddress& wanted, Site ServiceMember::* site, Place place);
    void listen_for_metrics();
    bool submit(LobbyCommands& commands);
    bool deliver(std::size_t shard, LobbyEvents& events);
    bool keep(lobby::FiledReport report);
    [[nodiscard]] ReportKeeper::Listener keeper_listener();
    void watch_own_addresses();
    void begin_drain();
    void continue_drain();
    void stop_allocating();
    void begin_stop();
    void cut_stop_short();
    void handle_member_stopped();
    void stop_loops();
    void on_member(ServiceMember& member, Task task);

    [[nodiscard]] EventLoop& main_loop() { return members_.front()->shard.loop(); }

    ServiceConfig config_;
    Log& log_;
    MemoryReturn memory_return_{log_};
    AuthLogTotal auth_log_{log_};
    Metrics metrics_;
    ConnectionCounters counters_{metrics_};
    ConnectionLimits limits_;
    SharedPrefixLimits prefixes_;
    std::optional<SharedRelayLimits> turn_;
    ConnectionLimits metrics_limits_{kMetricsConnectionsMax, kMetricsConnectionsMax};
    std::optional<PageHandler> pages_; // none: a relay alone
    RelayPage relay_page_;
    std::unique_ptr<RedirectPage> redirect_page_; // the same
    MetricsHandler metrics_page_;
    Site metrics_site_;
    signal::TokenSealer sealer_;
    LiveRelayPorts live_ports_;
    std::deque<RelayInbox> relay_inboxes_{config_.relay ? config_.shards : 0}; // by the members' indexes
    OsRng rng_;
    std::vector<std::unique_ptr<ServiceMember>> members_;
    std::unique_ptr<LobbyHost> lobby_;
    std::unique_ptr<ReportKeeper> keeper_;
    std::unique_ptr<RegionWatch> regions_;
    std::unique_ptr<SignalSource> signals_;
    std::unique_ptr<LimitWatch> watch_;
    std::unique_ptr<OwnAddressWatch> own_addresses_;
    std::unique_ptr<MemoryWatch> memory_;
    std::vector<std::unique_ptr<NatDiscoveryHost>> discovery_;
    std::vector<SocketAddress> http_addresses_;
    std::vector<SocketAddress> redirect_addresses_;
    std::vector<SocketAddress> metrics_addresses_;
    std::unique_ptr<FileWatch> files_;
    std::vector<SocketAddress> turn_tcp_addresses_;
    std::optional<AlarmClock> stop_timer_; // on the main loop only, as what follows
    std::optional<AlarmClock> drain_timer_;
    std::unique_ptr<ServiceReload> reload_;
    Instant drain_began_{};
    bool draining_ = false;
    std::size_t members_stopping_ = 0;
    bool stopping_ = false;
};

// ---- building

Service::Implementation::Implementation(ServiceConfig config, Log& log)
    : config_(completed(std::move(config))),
      log_(log),
      limits_(config_.connections_max, config_.connections_per_address),
      prefixes_(config_.prefixes),
      metrics_page_(metrics_, [this] { publish_lobby_stats(metrics_, lobby_->stats()); }),
      sealer_(config_.signal.state_key) {
    ignore_broken_pipes();
    if (config_.assets != nullptr) pages_.emplace(*config_.assets, page_options());
    if (pages_) redirect_page_ = std::make_unique<RedirectPage>(*pages_, config_.host, config_.redirect_to_port);
    if (config_.regions) regions_ = std::make_unique<RegionWatch>(*config_.regions, log_, metrics_);
    metrics_site_.handler = &metrics_page_;
    for (std::size_t i = 0; i < config_.shards; ++i)
        make_member(i);
    reload_ = std::make_unique<ServiceReload>(
        ServiceReload::Parts{config_, members_, limits_, prefixes_, turn_, regions_, files_});
    lobby_ = std::make_unique<LobbyHost>(
        main_loop(), config_.lobby, rng_, members_.size(),
        [this](std::size_t shard, LobbyEvents& events) { return deliver(shard, events); },
        [this](lobby::FiledReport report) { return keep(std::move(report)); });
    if (config_.reports) {
        keeper_ = std::make_unique<ReportKeeper>(*config_.reports, log_, keeper_listener());
        lobby_->handle_record(keeper_->record());
    }
    if (config_.tls) begin_tls(*config_.tls);
    listen_for_pages();
    listen_for_metrics();
    for (std::size_t i = 0; i < members_.size(); ++i)
        make_relay(i);
    if (config_.relay) {
        std::vector<const RelayShard*> relays;
        std::ranges::transform(members_, std::back_inserter(relays), [](const auto& m) { return m->relay.get(); });
        log_relay_io(log_, relays);
    }
    for (const auto& places : config_.nat_discovery) {
        discovery_.push_back(take_place(Place::kNatDiscovery, [&] {
            return std::make_unique<NatDiscoveryHost>(main_loop(), rng_, metrics_, places);
        }));
    }
    listen_for_turn();
    forget_secrets(config_);
    // From here on, not only once it runs: whoever reads that the service is ready may stop it at once.
    if (config_.handle_signals) {
        SignalSource::Handlers handlers{
            .stop = [this] { begin_stop(); }, .drain = [this] { begin_drain(); }, .hangup = {}};
        if (config_.on_hangup || !config_.watched_files.empty()) handlers.hangup = [this] { handle_hangup(); };
        signals_ = std::make_unique<SignalSource>(main_loop(), std::move(handlers));
    }
}

Service::Implementation::~Implementation() {
    signals_.reset();
    keeper_.reset(); // tells the lobby
    watch_.reset();
    own_addresses_.reset();
    memory_.reset();
    files_.reset();
    stop_timer_.reset();
    drain_timer_.reset();
    reload_.reset();
    // Connections tell their hubs, hubs would tell the lobby: both still stand, only the loops have ended.
    for (auto& member : members_)
        member->shard.drop_all();
    lobby_.reset();
}

PageHandler::Options Service::Implementation::page_options() const {
    PageHandler::Options options;
    options.strict_transport = config_.strict_transport && config_.tls.has_value();
    options.host = config_.host;
    for (const signal::Region& region : config_.signal.regions)
        options.relays.push_back(region.origin);
    return options;
}

void Service::Implementation::make_member(std::size_t index) {
    auto member = std::make_unique<ServiceMember>(index, counters_, log_, config_);
    member->hub = std::make_unique<SignalHub>(member->shard,
                                              SignalHub::Options{.settings = member->settings,
                                                                 .sealer = sealer_,
                                                                 .prefixes = prefixes_,
                                                                 .regions = regions_.get(),
                                                                 .host = config_.host,
                                                                 .come_back_min = config_.come_back_min,
                                                                 .come_back_max = config_.come_back_max},
                                              [this](LobbyCommands& commands) { return submit(commands); });
    if (pages_) {
        member->page.handler = &*pages_;
        member->page.websocket_path = kWebSocketPath;
        member->page.upgrade = {std::string(signal::kSubprotocol), config_.origins, config_.host};
        member->page.application = member->hub.get();
        member->redirect.handler = redirect_page_.get();
    } else {
        member->page.handler = member->redirect.handler = &relay_page_;
    }
    member->page.proxies = config_.proxies;
    members_.push_back(std::move(member));
}

void Service::Implementation::begin_tls(const TlsCredentials& credentials) {
    auto contexts = make_server_contexts(credentials, members_.size());
    auto context = contexts.begin();
    for (const auto& member : members_)
        member->use_tls(std::move(*context++));
}

void Service::Implementation::make_relay(std::size_t index) {
    if (!config_.relay) return;
    RelayShardOptions options = *config_.relay;
    ServiceMember& member = *members_[index];
    options.turn = member.relay_part(options.turn);
    options.turn.service_ports = listening_ports(config_);
    options.number = index;
    if (!turn_) turn_.emplace(options.turn, rng_);
    member.relay = std::make_unique<RelayShard>(member.shard.loop(), member.shard.rng(),
                                                RelayShard::Shared{live_ports_, metrics_, &turn_->quota,
                                                                   &turn_->reservations, &auth_log_, &turn_->strangers,
                                                                   &memory_return_, &relay_inboxes_},
                                                std::move(options));
    member.page.turn = member.relay.get();
    member.redirect.turn = member.relay.get();
    member.turn_only.turn = member.relay.get();
}

SocketAddress Service::Implementation::listen_on_each(const SocketAddress& wanted, Site ServiceMember::* site,
                                                      Place place) {
    return take_place(place, [&] {
        if (wanted.port != 0) check_tcp_is_free(wanted);
        SocketAddress address = wanted;
        for (auto& member : members_) {
            UniqueFd fd = listen_tcp(address);
            address = local_address(fd.value());
            member->shard.listen(std::move(fd), *member.*site, limits_);
        }
        return address;
    });
}

void Service::Implementation::listen_for_pages() {
    for (const auto& wanted : config_.http_listen)
        http_addresses_.push_back(listen_on_each(wanted, &ServiceMember::page, Place::kPages));
    for (const auto& wanted : config_.redirect_listen)
        redirect_addresses_.push_back(listen_on_each(wanted, &ServiceMember::redirect, Place::kRedirect));
}

void Service::Implementation::listen_for_turn() {
    if (!config_.relay) return;
    for (const auto& wanted : config_.turn_tcp_listen)
        turn_tcp_addresses_.push_back(listen_on_each(wanted, &ServiceMember::turn_only, Place::kTurnTcp));
}

void Service::Implementation::listen_for_metrics() {
    for (const auto& wanted : config_.metrics_listen) {
        UniqueFd fd = take_place(Place::kMetrics, [&] {
            if (wanted.port != 0) check_tcp_is_free(wanted);
            return listen_tcp(wanted);
        });
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
    ServiceMember& member = *members_[shard];
    if (shard == 0) {
        member.hub->handle_events(std::move(events));
        return true;
    }
    const auto box = std::make_shared<LobbyEvents>(std::move(events));
    if (member.shard.loop().post([&member, box] { member.hub->handle_events(std::move(*box)); })) return true;
    events = std::move(*box);
    return false;
}

bool Service::Implementation::keep(lobby::FiledReport report) {
    if (keeper_ == nullptr) return false;
    const auto room = report.room ? std::optional(config_.signal.rooms.at(*report.room).tag) : std::nullopt;
    return keeper_->keep(report.ticket, {report.category, std::move(report.note), room, report.meant});
}

ReportKeeper::Listener Service::Implementation::keeper_listener() {
    return {.kept =
                [this](std::uint64_t ticket, std::optional<safety::ReportId> report) {
                    return main_loop().post([this, ticket, report] { lobby_->handle_report_kept(ticket, report); });
                },
            .changed =
                [this](KeptRecord record) {
                    return main_loop().post(
                        [this, record = std::move(record)]() mutable { lobby_->handle_record(std::move(record)); });
                }};
}

// At once on the main loop's own shard, by mail elsewhere. A mailbox that is full refuses: such a shard is ended by
// the timer of the stop.
void Service::Implementation::on_member(ServiceMember& member, Task task) {
    if (&member == members_.front().get()) {
        task();
    } else {
        (void)member.shard.loop().post(std::move(task));
    }
}

// ---- running and stopping

void Service::Implementation::run() {
    if (keeper_ != nullptr) keeper_->start();
    if (regions_ != nullptr) regions_->start();
    watch_ = std::make_unique<LimitWatch>(main_loop(), metrics_, log_);
    memory_ = std::make_unique<MemoryWatch>(
        main_loop(), [this] { return limits_.open(); }, [this] { memory_return_.begin(); });
    if (config_.relay) watch_own_addresses();
    if (!config_.watched_files.empty()) {
        files_ = std::make_unique<FileWatch>(main_loop(), config_.watched_files, config_.on_files);
    }
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 1; i < members_.size(); ++i)
            threads.emplace_back([&loop = members_[i]->shard.loop()] { loop.run(); });
        main_loop().run();
        if (keeper_ != nullptr) keeper_->stop();
        if (regions_ != nullptr) regions_->stop();
    }
    watch_->report();
    log_.info("stopped", {{"connections", limits_.open()}});
}

void Service::Implementation::watch_own_addresses() {
    own_addresses_ = std::make_unique<OwnAddressWatch>(
        loops_of(members_), log_,
        [this](std::size_t i, const std::vector<IpAddress>& own) { members_[i]->relay->set_own_addresses(own); });
}

void Service::Implementation::stop() {
    // Refused: it has ended already, or has so much to do that it could not be told in order.
    if (!main_loop().post([this] { begin_stop(); })) stop_loops();
}

void Service::Implementation::drain() {
    if (!main_loop().post([this] { begin_drain(); })) stop_loops();
}

void Service::Implementation::handle_hangup() {
    if (config_.on_hangup) config_.on_hangup();
    if (files_ != nullptr) files_->tell();
}

void Service::Implementation::begin_drain() {
    if (stopping_ || std::exchange(draining_, true)) return;
    log_.info("draining");
    if (pages_) pages_->set_stopping();
    relay_page_.set_stopping();
    if (regions_ != nullptr) regions_->set_own_down();
    stop_allocating();
    drain_began_ = main_loop().now();
    drain_timer_.emplace(main_loop(), kDrainLook, [this] { continue_drain(); });
}

void Service::Implementation::stop_allocating() {
    for (auto& owned : members_) {
        ServiceMember& member = *owned;
        on_member(member, [&member] {
            if (member.relay) member.relay->begin_stop();
        });
    }
}

// The relays publish what they have about once a second, so what is asked here has settled.
void Service::Implementation::continue_drain() {
    if (stopping_) return;
    const auto left = metrics_.gauge(kAllocationsGauge, kAllocationsHelp).value();
    if (left == 0 || main_loop().now() - drain_began_ >= config_.drain_time_max) {
        log_.info("drained", {{"allocations", left}});
        return begin_stop();
    }
    stop_allocating(); // again, for a thread whose mailbox was full
    // Not while the alarm that called this is still at work.
    main_loop().defer([this] { drain_timer_.emplace(main_loop(), kDrainLook, [this] { continue_drain(); }); });
}

void Service::Implementation::begin_stop() {
    if (std::exchange(stopping_, true)) {
        // Asked twice: somebody does not want to wait.
        stop_loops();
        return;
    }
    log_.info("stopping", {{"connections", limits_.open()}});
    if (pages_) pages_->set_stopping();
    relay_page_.set_stopping();
    members_stopping_ = members_.size();
    stop_timer_.emplace(main_loop(), config_.stop_time_max + kStopGrace, [this] { cut_stop_short(); });
    for (auto& owned : members_) {
        ServiceMember& member = *owned;
        on_member(member, [this, &member] {
            member.hub->begin_stop();
            if (member.relay) member.relay->begin_stop();
            member.shard.begin_stop(config_.stop_time_max,
                                    [this] { (void)main_loop().post([this] { handle_member_stopped(); }); });
        });
    }
}

// A shard has not ended by its limit, or could not be told to end.
void Service::Implementation::cut_stop_short() {
    log_.warn("stop-cut-short", {{"threads", members_stopping_}, {"connections", limits_.open()}});
    stop_loops();
}

void Service::Implementation::handle_member_stopped() {
    if (--members_stopping_ == 0) stop_loops();
}

void Service::Implementation::stop_loops() {
    for (auto& member : members_)
        member->shard.loop().stop();
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
void Service::drain() {
    implementation_->drain();
}
void Service::reload_tls(const TlsCredentials& credentials, Task done) {
    implementation_->reload().reload_tls(credentials, std::move(done));
}
void Service::reload(ServiceConfig config, Task done) {
    implementation_->reload().reload(std::move(config), std::move(done));
}
std::vector<SocketAddress> Service::http_addresses() const {
    return implementation_->http_addresses();
}
std::vector<SocketAddress> Service::redirect_addresses() const {
    return implementation_->redirect_addresses();
}
std::vector<SocketAddress> Service::metrics_addresses() const {
    return implementation_->metrics_addresses();
}
std::vector<SocketAddress> Service::relay_addresses() const {
    return implementation_->relay_addresses();
}
std::vector<SocketAddress> Service::turn_tcp_addresses() const {
    return implementation_->turn_tcp_addresses();
}
Metrics& Service::metrics() {
    return implementation_->metrics();
}

} // namespace vv::net
