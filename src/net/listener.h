// A listening socket in a loop. Takes what the kernel has ready, within the
// limits, and hands it on; when descriptors run out it rests instead of spinning.
#pragma once

#include "net/connection_limits.h"
#include "net/event_loop.h"
#include "net/metrics.h"

#include <functional>

namespace vv::net {

struct Accepted {
    UniqueFd fd;
    SocketAddress remote;
    ConnectionLimits::Seat seat;
};

class Listener final : EventHandler, TimerHandler {
public:
    using Handler = std::function<void(Accepted)>;
    struct Counters {
        Counter& refused; // at a limit
        Counter& pauses;  // for want of descriptors or memory
    };

    /// Throws std::system_error if the kernel refuses to watch the socket.
    Listener(EventLoop& loop, UniqueFd fd, ConnectionLimits& limits, Counters counters, Handler handler);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();

    [[nodiscard]] SocketAddress address() const;

private:
    static constexpr int kAcceptsPerRound = 32;
    static constexpr Duration kRest = std::chrono::milliseconds(200);

    void handle_ready(std::uint32_t events) override;
    void handle_timeout(Timer& timer, Instant now) override;
    void rest();

    EventLoop& loop_;
    UniqueFd fd_;
    ConnectionLimits& limits_;
    Counters counters_;
    Handler handler_;
    Timer timer_;
    int batch_ = 1;
    std::uint64_t round_ = 0;
};

} // namespace vv::net
