// Watches this server's relays in other regions, on a thread of its own: each is
// tried every 15 s by a real allocation and a packet through it (turn/relay_probe),
// and only those that worked the last time are given to calls. One that is slow, or
// whose name is, keeps none of the others waiting.
#pragma once

#include "base/bytes.h"
#include "crypto/secret_bytes.h"
#include "net/log.h"
#include "net/metrics.h"
#include "net/name_lookup.h"
#include "net/os_rng.h"
#include "net/region_trial.h"
#include "net/unique_fd.h"
#include "signal/settings.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace vv::net {

/// Between the beginnings of two trials of a region, however many ask for one.
inline constexpr std::chrono::milliseconds kLookAgainMin{2'000};
/// Addresses of a name that are tried before its region is down: of both families, if it has them.
inline constexpr std::size_t kPlacesMax = 4;

/// Where a region's relay answers TURN over UDP.
struct WatchedRelay {
    std::string name; // for log and metrics
    std::string host; // a name or an address
    std::uint16_t port = 3478;
};

class RegionWatch final : public signal::RegionHealth {
public:
    struct Options {
        std::vector<WatchedRelay> relays;           // at most signal::kRegionsMax
        crypto::SecretBytes secret;                 // that the relays know too
        std::chrono::milliseconds interval{15'000}; // between the beginnings of two trials
        NameLookup::Resolve resolve = net::resolve;
    };

    /// log and metrics outlive it. Throws std::runtime_error if the kernel has no descriptor left.
    RegionWatch(Options options, Log& log, Metrics& metrics);
    RegionWatch(const RegionWatch&) = delete;
    RegionWatch& operator=(const RegionWatch&) = delete;
    ~RegionWatch() override;

    /// Begins with a trial of each at once; none is up before it.
    void start();
    /// Waits for the thread, which waits for nobody: not for a name that is being looked up either.
    void stop();
    /// What credentials are made with from the next trial on. Any thread.
    void set_secret(crypto::SecretBytes secret);
    /// This server's own relay takes no more allocations. Any thread.
    void set_own_down() { is_own_down_ = true; }
    [[nodiscard]] bool is_up(std::size_t region) const override;
    [[nodiscard]] bool is_own_up() const override { return !is_own_down_; }
    /// All are tried at once, or kLookAgainMin after the time before.
    void look_again(std::size_t region) override;

private:
    struct Region;

    void run();
    void wake();
    void tend(Region& region, Instant now);
    void begin_trial(Region& region, Instant now);
    void end_trial(Region& region);
    void take_places(Region& region, std::vector<SocketAddress> found, Instant now);
    void note(Region& region, bool works, std::string_view why);
    /// Until something is due, has come, or somebody wants something.
    void wait();

    Options options_;
    std::mutex mutex_; // guards options_.secret
    Log& log_;
    OsRng rng_;
    std::array<std::atomic<bool>, signal::kRegionsMax> up_{};
    std::atomic<bool> is_stopping_ = false;
    std::atomic<bool> is_doubted_ = false;
    std::atomic<bool> is_own_down_ = false;
    std::shared_ptr<const UniqueFd> wake_;
    std::vector<std::unique_ptr<Region>> regions_; // the thread's, as what follows
    bool is_wait_failing_ = false;
    std::jthread thread_;
};

} // namespace vv::net
