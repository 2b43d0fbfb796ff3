// A listening socket in a loop. Takes what the kernel has ready, within the
// limits, and hands it on; when descriptors run out it rests instead of spinning.
#pragma once

#include "net/connection_limits.h"
#include "net/event_loop.h"
#include "net/metrics.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

namespace vv::net {

struct Accepted {
    UniqueFd fd;
    SocketAddress remote;
    ConnectionLimits::Seat seat;
};

/// Whether connections come through a proxy that tells whose they are (proxy_header.h), and through which.
struct ProxyRule {
    bool on = false;
    std::vector<IpPrefix> from; ///< nobody else is let in

    [[nodiscard]] bool admits(const IpAddress& ip) const {
        return std::ranges::any_of(from, [&](const IpPrefix& prefix) { return prefix.contains(ip); });
    }
};

class Listener final : EventHandler, TimerHandler {
public:
    using Handler = std::function<void(Accepted)>;
    struct Counters {
        Counter& refused;   // at a limit
        Counter& pauses;    // for want of descriptors or memory
        Counter& strangers; // not from a proxy, where only those are let in
    };

    /// References outlive the listener. Throws std::system_error if the kernel refuses to watch the socket.
    Listener(EventLoop& loop, UniqueFd fd, ConnectionLimits& limits, const ProxyRule& proxies, Counters counters,
             Handler handler);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();

    [[nodiscard]] SocketAddress address() const;

private:
    static constexpr int kAcceptsPerRound = 32;
    static constexpr Duration kRest = std::chrono::milliseconds(200);

    void handle_ready(std::uint32_t events) override;
    void handle_timeout(Timer& timer, Instant now) override;
    [[nodiscard]] std::optional<ConnectionLimits::Seat> admit(const IpAddress& ip);
    void rest();

    EventLoop& loop_;
    UniqueFd fd_;
    ConnectionLimits& limits_;
    const ProxyRule& proxies_;
    Counters counters_;
    Handler handler_;
    Timer timer_;
    int batch_ = 1;
    std::uint64_t round_ = 0;
};

} // namespace vv::net
