// This machine's addresses as they come and go: a new lease, a tunnel that comes
// up, tomorrow's temporary IPv6 address. What is behind them must not be a peer of
// the relay, whenever they came.
#pragma once

#include "base/socket_address.h"
#include "net/event_loop.h"
#include "net/for_all_loops.h"
#include "net/interfaces.h"
#include "net/log.h"
#include "net/unique_fd.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace vv::net {

class OwnAddressWatch final : EventHandler, TimerHandler {
public:
    /// Throws as interface_addresses().
    using Read = std::function<std::vector<IpAddress>()>;
    /// On each loop's thread, with its place among all: all that the machine has now.
    using Take = std::function<void(std::size_t, const std::vector<IpAddress>&)>;

    /// On the thread of the first loop; all outlive this. Looks once the kernel says that something has changed, and
    /// each interval whatever it says. The first look hands out what it finds, each later one what is new; the log says
    /// of those what came and what went (`own-addresses-changed`).
    OwnAddressWatch(const std::vector<EventLoop*>& loops, Log& log, Take take,
                    Duration interval = std::chrono::minutes(1), Read read = interface_addresses);
    OwnAddressWatch(const OwnAddressWatch&) = delete;
    OwnAddressWatch& operator=(const OwnAddressWatch&) = delete;
    ~OwnAddressWatch();

private:
    void handle_ready(std::uint32_t events) override;
    void handle_timeout(Timer& timer, Instant now) override;
    void look();
    void hand_out();

    EventLoop& loop_;
    Log& log_;
    Take take_;
    Duration interval_;
    Read read_;
    UniqueFd news_; // closed: the kernel tells us nothing
    std::vector<IpAddress> known_;
    bool has_looked_ = false;
    ForAllLoops others_;
    Timer timer_;
};

} // namespace vv::net
