#include "net/region_watch.h"

#include "net/clock.h"
#include "turn/rest_credential.h"

#include <algorithm>
#include <cerrno>
#include <netdb.h>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace vv::net {
namespace {

constexpr std::size_t kDatagramMax = 2048;
// The same for each region, so that an old allocation of ours counts against this one's quota and nobody else's.
constexpr std::string_view kLeg = "watch";

// Long enough for a relay whose clock is some minutes off.
constexpr std::chrono::minutes kCredentialTime{10};
constexpr std::chrono::seconds kAllocationLife{30};

/// A UDP socket that hears this relay only.
UniqueFd connect_udp(const WatchedRelay& relay) {
    addrinfo wish{};
    wish.ai_family = AF_UNSPEC;
    wish.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(relay.host.c_str(), std::to_string(relay.port).c_str(), &wish, &found) != 0) return {};
    UniqueFd fd;
    for (const addrinfo* place = found; place != nullptr && !fd.is_open(); place = place->ai_next) {
        UniqueFd candidate(::socket(place->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (candidate.is_open() && ::connect(candidate.value(), place->ai_addr, place->ai_addrlen) == 0) {
            fd = std::move(candidate);
        }
    }
    ::freeaddrinfo(found);
    return fd;
}

} // namespace

struct RegionWatch::Trial {
    std::size_t region = 0;
    UniqueFd fd;
    std::optional<turn::RelayProbe> probe; // none: over
};

RegionWatch::RegionWatch(Options options, Log& log, Metrics& metrics)
    : options_(std::move(options)),
      log_(log),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_.is_open()) throw std::system_error(errno, std::generic_category(), "cannot watch the regions' relays");
    for (const WatchedRelay& relay : options_.relays) {
        gauges_.push_back(&metrics.gauge("visavis_region_up", "Whether the relay of a region worked when last tried.",
                                         "region=\"" + relay.name + "\""));
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
    [[maybe_unused]] const ssize_t written = ::write(wake_.value(), &one, sizeof one); // full: it is awake already
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
    if (!is_doubted_.exchange(true)) wake(); // a round tries them all
}

void RegionWatch::run() {
    while (!is_stopping_) {
        const Instant began = monotonic_now();
        is_doubted_ = false;
        try_all();
        if (!rest(began)) return;
    }
}

bool RegionWatch::rest(Instant began) {
    std::vector<Trial> none;
    const Instant rested = monotonic_now() + options_.interval;
    for (;;) {
        const Instant until = is_doubted_ ? std::min(rested, began + kLookAgainMin) : rested;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - monotonic_now());
        if (left <= std::chrono::milliseconds(0)) return true;
        if (!wait(left, none)) return false;
    }
}

void RegionWatch::try_all() {
    std::vector<Trial> trials(options_.relays.size());
    // All names first: looking one up takes its time, and what has begun is timed.
    for (std::size_t i = 0; i < trials.size(); ++i) {
        if (is_stopping_) return;
        trials[i].region = i;
        trials[i].fd = connect_udp(options_.relays[i]);
    }
    for (Trial& trial : trials)
        begin(trial);
    while (std::ranges::any_of(trials, [](const Trial& trial) { return trial.probe.has_value(); })) {
        Instant next = Instant::max();
        for (const Trial& trial : trials) {
            if (trial.probe) next = std::min(next, trial.probe->poll_timeout().value_or(next));
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - monotonic_now());
        if (!wait(std::max(left, std::chrono::milliseconds(0)), trials)) return;
    }
}

void RegionWatch::begin(Trial& trial) {
    if (!trial.fd.is_open()) return note(trial.region, false, "its name leads nowhere");
    {
        const std::lock_guard lock(mutex_);
        trial.probe.emplace(monotonic_now(),
                            turn::make_rest_credential(options_.secret.view(), wall_now() + kCredentialTime,
                                                       kAllocationLife, turn::CredentialClass::kProbe, kLeg),
                            rng_);
    }
    exchange(trial, false);
}

void RegionWatch::exchange(Trial& trial, bool readable) {
    if (!trial.probe) return;
    turn::RelayProbe& probe = *trial.probe;
    const Instant now = monotonic_now();
    std::array<std::uint8_t, kDatagramMax> buffer{};
    while (readable) {
        const ssize_t size = ::recv(trial.fd.value(), buffer.data(), buffer.size(), 0);
        // An error here is that of a datagram sent before, such as a port nobody listens on: silence, to the probe.
        if (size < 0) break;
        probe.handle_input(now, ByteView(buffer).first(static_cast<std::size_t>(size)));
    }
    probe.handle_timeout(now);
    // What the kernel does not take is a lost datagram, and sent again.
    while (const auto datagram = probe.poll_transmit())
        (void)::send(trial.fd.value(), datagram->data(), datagram->size(), 0);
    if (probe.state() == turn::RelayProbe::State::kRunning) return;
    note(trial.region, probe.state() == turn::RelayProbe::State::kWorks, probe.why());
    trial.probe.reset();
}

bool RegionWatch::wait(std::chrono::milliseconds time, std::vector<Trial>& trials) {
    std::vector<pollfd> waits{{wake_.value(), POLLIN, 0}};
    std::vector<Trial*> waiting;
    for (Trial& trial : trials) {
        if (!trial.probe) continue;
        waits.push_back({trial.fd.value(), POLLIN, 0});
        waiting.push_back(&trial);
    }
    if (::poll(waits.data(), waits.size(), static_cast<int>(time.count())) < 0 && errno != EINTR) {
        throw std::system_error(errno, std::generic_category(), "cannot wait for the regions' relays");
    }
    std::uint64_t wakes = 0;
    if (waits[0].revents != 0) [[maybe_unused]]
        const ssize_t size = ::read(wake_.value(), &wakes, sizeof wakes);
    if (is_stopping_) return false;
    for (std::size_t i = 0; i < waiting.size(); ++i)
        exchange(*waiting[i], waits[i + 1].revents != 0);
    return true;
}

void RegionWatch::note(std::size_t region, bool works, std::string_view why) {
    const bool is_news = !std::exchange(is_known_.at(region), true) || up_.at(region) != works;
    up_.at(region).store(works, std::memory_order_relaxed);
    gauges_[region]->set(works ? 1 : 0);
    if (!is_news) return;
    const std::string& name = options_.relays[region].name;
    if (works) {
        log_.info("region-up", {{"region", name}});
    } else {
        log_.warn("region-down", {{"region", name}, {"why", why}});
    }
}

} // namespace vv::net
