// Tells the log which limits were hit: how often, never by whom, and at most one line a minute for each, so that
// whoever runs into a limit cannot fill a disk with it.
#pragma once

#include "net/event_loop.h"
#include "net/log.h"
#include "net/metrics.h"

#include <chrono>
#include <cstdint>
#include <vector>

namespace vv::net {

class LimitWatch final : TimerHandler {
public:
    /// All references outlive the watch; on the loop's thread.
    LimitWatch(EventLoop& loop, const Metrics& metrics, Log& log, Duration interval = std::chrono::minutes(1));
    LimitWatch(const LimitWatch&) = delete;
    LimitWatch& operator=(const LimitWatch&) = delete;
    ~LimitWatch() = default;

    /// Logs what has changed since the last time.
    void report();

private:
    void handle_timeout(Timer& timer, Instant now) override;

    const Metrics& metrics_;
    Log& log_;
    Duration interval_;
    std::vector<std::uint64_t> seen_;
    Timer timer_;
};

} // namespace vv::net
