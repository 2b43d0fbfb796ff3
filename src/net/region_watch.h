// Watches this server's relays in other regions, on a thread of its own: each is
// tried every 15 s by a real allocation and a packet through it (turn/relay_probe),
// and only those that worked the last time are given to calls.
#pragma once

#include "base/bytes.h"
#include "crypto/secret_bytes.h"
#include "net/log.h"
#include "net/metrics.h"
#include "net/os_rng.h"
#include "net/unique_fd.h"
#include "signal/settings.h"
#include "turn/relay_probe.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace vv::net {

/// Between the beginnings of two rounds, however many ask for one.
inline constexpr std::chrono::milliseconds kLookAgainMin{2'000};

/// Where a region's relay answers TURN over UDP.
struct WatchedRelay {
    std::string name; // for log and metrics
    std::string host; // a name or an address
    std::uint16_t port = 3478;
};

class RegionWatch final : public signal::RegionHealth {
public:
    struct Options {
        std::vector<WatchedRelay> relays; // at most signal::kRegionsMax
        crypto::SecretBytes secret;       // that the relays know too
        std::chrono::milliseconds interval{15'000};
    };

    /// log and metrics outlive it. Throws std::runtime_error if the kernel has no descriptor left.
    RegionWatch(Options options, Log& log, Metrics& metrics);
    RegionWatch(const RegionWatch&) = delete;
    RegionWatch& operator=(const RegionWatch&) = delete;
    ~RegionWatch() override;

    /// Begins with a round at once; none is up before it.
    void start();
    /// Waits for the thread, at most as long as a name takes to be looked up.
    void stop();
    /// What credentials are made with from the next round on. Any thread.
    void set_secret(crypto::SecretBytes secret);
    [[nodiscard]] bool is_up(std::size_t region) const override;
    /// The next round begins at once, or kLookAgainMin after the one before.
    void look_again(std::size_t region) override;

private:
    struct Trial;

    void run();
    void wake();
    void try_all();
    void begin(Trial& trial);
    void exchange(Trial& trial, bool readable);
    void note(std::size_t region, bool works, std::string_view why);
    /// Until the next round. False if it has been told to stop.
    [[nodiscard]] bool rest(Instant began);
    /// For so long, or until somebody wants something. False if it has been told to stop.
    [[nodiscard]] bool wait(std::chrono::milliseconds time, std::vector<Trial>& trials);

    Options options_;
    std::mutex mutex_; // guards options_.secret
    Log& log_;
    OsRng rng_;
    std::array<std::atomic<bool>, signal::kRegionsMax> up_{};
    std::array<bool, signal::kRegionsMax> is_known_{}; // the thread's
    std::vector<Gauge*> gauges_;
    std::atomic<bool> is_stopping_ = false;
    std::atomic<bool> is_doubted_ = false;
    UniqueFd wake_;
    std::jthread thread_;
};

} // namespace vv::net
