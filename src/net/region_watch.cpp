#include "net/region_watch.h"

#include "base/encoding.h"
#include "net/clock.h"
#include "turn/rest_credential.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vv::net {
namespace {

// A name of its own for each trial: what one user may make anew is for a person's browser, and several servers may
// watch one relay every few seconds.
constexpr std::string_view kLeg = "watch";
constexpr std::size_t kLegBytes = 6;

// Long enough for a relay whose clock is some minutes off.
constexpr std::chrono::minutes kCredentialTime{10};
constexpr std::chrono::seconds kAllocationLife{30};

// Where the kernel does not even let us wait.
constexpr std::chrono::milliseconds kPause{100};

// The one that worked the last time first; then the families in turn, since a machine may have lost one of them whole.
std::vector<SocketAddress> in_order(std::vector<SocketAddress> found, const std::optional<SocketAddress>& worked) {
    std::vector<SocketAddress> places;
    if (worked && std::erase(found, *worked) > 0) places.push_back(*worked);
    while (!found.empty() && places.size() < kPlacesMax) {
        const auto is_other = [&](const SocketAddress& place) {
            return places.empty() || place.ip.family() != places.back().ip.family();
        };
        auto next = std::ranges::find_if(found, is_other);
        if (next == found.end()) next = found.begin();
        places.push_back(*next);
        found.erase(next);
    }
    return places;
}

} // namespace

struct RegionWatch::Region {
    Region(std::size_t at, const WatchedRelay& relay, const std::shared_ptr<const UniqueFd>& wake,
           NameLookup::Resolve resolve, Gauge& shown)
        : number(at),
          lookup(relay.host, relay.port, wake, std::move(resolve)),
          gauge(shown) {
        const auto ip = IpAddress::parse(relay.host);
        if (!ip) return;
        places = {{*ip, relay.port}};
        is_address = true;
    }

    std::size_t number; // its place among the options' relays
    NameLookup lookup;
    Gauge& gauge;
    bool is_address = false;
    std::vector<SocketAddress> places; // as last found: a name that cannot be looked up now is where it was
    std::optional<SocketAddress> worked;
    std::unique_ptr<RegionTrial> trial; // while it is tried
    bool waits_for_name = false;        // with its trial
    bool is_known = false;              // whether it works
    bool is_put_off = false;
    Instant began{};
    Instant next{};
};

RegionWatch::RegionWatch(Options options, Log& log, Metrics& metrics)
    : options_(std::move(options)),
      log_(log),
      wake_(std::make_shared<const UniqueFd>(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
    if (!wake_->is_open()) throw std::system_error(errno, std::generic_category(), "cannot watch the regions' relays");
    for (const WatchedRelay& relay : options_.relays) {
        Gauge& gauge = metrics.gauge("visavis_region_up", "Whether the relay of a region worked when last tried.",
                                     "region=\"" + relay.name + "\"");
        regions_.push_back(std::make_unique<Region>(regions_.size(), relay, wake_, options_.resolve, gauge));
    }
}

RegionWatch::~RegionWatch() {
    stop();
}

void RegionWatch::start() {
    thread_ = std::jthread([this] { run(); });
}

void RegionWatch::wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_->value(), &one, sizeof one); // full: it is awake already
}

void RegionWatch::stop() {
    is_stopping_ = true;
    wake();
    if (thread_.joinable()) thread_.join();
}

void RegionWatch::set_secret(crypto::SecretBytes secret) {
    const std::lock_guard lock(mutex_);
    options_.secret = std::move(secret);
}

bool RegionWatch::is_up(std::size_t region) const {
    return region < up_.size() && up_.at(region).load(std::memory_order_relaxed);
}

void RegionWatch::look_again(std::size_t /*region*/) {
    if (!is_doubted_.exchange(true)) wake();
}

void RegionWatch::run() {
    while (!is_stopping_) {
        const bool is_doubted = is_doubted_.exchange(false);
        for (const auto& region : regions_) {
            if (is_doubted) region->next = std::min(region->next, region->began + kLookAgainMin);
            tend(*region, monotonic_now());
        }
        wait();
    }
}

void RegionWatch::tend(Region& region, Instant now) {
    if (auto found = region.lookup.take()) take_places(region, *std::move(found), now);
    if (!region.trial && now >= region.next) begin_trial(region, now);
    if (!region.trial) return;
    region.trial->exchange(now, false);
    if (region.trial->state() != RegionTrial::State::kRunning) end_trial(region);
}

void RegionWatch::begin_trial(Region& region, Instant now) {
    region.began = now;
    region.next = now + options_.interval;
    if (!region.is_address) region.lookup.begin();
    region.waits_for_name = region.places.empty();
    if (region.waits_for_name) return;
    const auto make_credential = [this] {
        const std::lock_guard lock(mutex_);
        return turn::make_rest_credential(options_.secret.view(), wall_now() + kCredentialTime, kAllocationLife,
                                          turn::CredentialClass::kProbe,
                                          std::string(kLeg) + hex_encode(rng_.bytes<kLegBytes>()));
    };
    region.trial = std::make_unique<RegionTrial>(now, in_order(region.places, region.worked), make_credential, rng_);
}

void RegionWatch::take_places(Region& region, std::vector<SocketAddress> found, Instant now) {
    const bool waited = std::exchange(region.waits_for_name, false);
    if (found.empty()) {
        if (waited && region.places.empty()) note(region, false, "its name leads nowhere");
        return;
    }
    region.places = std::move(found);
    if (region.trial) {
        region.trial->add_places(in_order(region.places, region.worked)); // it may have moved
    } else if (waited) {
        begin_trial(region, now);
    }
}

void RegionWatch::end_trial(Region& region) {
    const RegionTrial& trial = *region.trial;
    const bool is_put_off = trial.state() == RegionTrial::State::kPutOff;
    if (is_put_off) {
        if (!region.is_put_off) {
            log_.warn("region-not-tried", {{"region", options_.relays[region.number].name}, {"why", trial.why()}});
        }
    } else {
        const bool works = trial.state() == RegionTrial::State::kWorks;
        if (works) region.worked = trial.place();
        note(region, works, trial.why());
    }
    region.is_put_off = is_put_off;
    region.trial.reset();
}

void RegionWatch::wait() {
    std::vector<pollfd> waits{{wake_->value(), POLLIN, 0}};
    std::vector<Region*> waiting;
    Instant until = Instant::max();
    for (const auto& region : regions_) {
        until = std::min(until, region->trial ? region->trial->deadline() : region->next);
        if (!region->trial) continue;
        waits.push_back({region->trial->fd(), POLLIN, 0});
        waiting.push_back(region.get());
    }
    // Nothing of ours waits for longer than this.
    constexpr std::chrono::milliseconds kLongest{std::chrono::hours(1)};
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(std::min<Duration>(until - monotonic_now(), kLongest));
    const auto time = std::max(left, std::chrono::milliseconds(0));
    if (::poll(waits.data(), waits.size(), static_cast<int>(time.count())) < 0 && errno != EINTR) {
        // For want of memory, or of the right to wait for so many. All goes on once that is over.
        if (!std::exchange(is_wait_failing_, true)) {
            log_.warn("regions-not-watched", {{"why", ::strerrordesc_np(errno)}});
        }
        std::this_thread::sleep_for(kPause);
        return;
    }
    is_wait_failing_ = false;
    std::uint64_t wakes = 0;
    if (waits[0].revents != 0) [[maybe_unused]]
        const ssize_t size = ::read(wake_->value(), &wakes, sizeof wakes);
    const Instant now = monotonic_now();
    for (std::size_t i = 0; i < waiting.size(); ++i)
        waiting[i]->trial->exchange(now, waits[i + 1].revents != 0);
}

void RegionWatch::note(Region& region, bool works, std::string_view why) {
    const bool is_news = !std::exchange(region.is_known, true) || up_.at(region.number) != works;
    up_.at(region.number).store(works, std::memory_order_relaxed);
    region.gauge.set(works ? 1 : 0);
    if (!is_news) return;
    const std::string& name = options_.relays[region.number].name;
    if (works) {
        log_.info("region-up", {{"region", name}});
    } else {
        log_.warn("region-down", {{"region", name}, {"why", why}});
    }
}

} // namespace vv::net
