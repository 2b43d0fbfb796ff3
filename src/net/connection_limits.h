// How many connections are open, in all and from one place: shared by all shards
// and asked once per accepted connection. IPv4 counts by address; IPv6 by /64, what
// one household has, and by /48 with a multiple (lobby/limits.h). Loopback is not counted
// by place: a proxy on this machine brings everybody.
#pragma once

#include "base/socket_address.h"

#include <cstddef>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace vv::net {

class ConnectionLimits {
public:
    ConnectionLimits(std::size_t total_max, std::size_t per_address_max)
        : total_max_(total_max),
          per_address_max_(per_address_max) {}
    ConnectionLimits(const ConnectionLimits&) = delete;
    ConnectionLimits& operator=(const ConnectionLimits&) = delete;
    ~ConnectionLimits() = default;

    /// One open connection; counted until destroyed.
    class Seat {
    public:
        /// ip: nothing for one that is counted by no place yet.
        Seat(ConnectionLimits& limits, const std::optional<IpAddress>& ip) : limits_(&limits), ip_(ip) {}
        Seat(Seat&& other) noexcept : limits_(std::exchange(other.limits_, nullptr)), ip_(other.ip_) {}
        Seat& operator=(Seat&&) = delete;
        Seat(const Seat&) = delete;
        Seat& operator=(const Seat&) = delete;
        ~Seat() {
            if (limits_ != nullptr) limits_->leave(ip_);
        }
        /// Counts one from enter_unplaced() by its place too, once that is known. False if that place is full.
        [[nodiscard]] bool place(const IpAddress& ip);

    private:
        ConnectionLimits* limits_;
        std::optional<IpAddress> ip_;
    };

    /// Any thread. Nothing if a limit is reached.
    [[nodiscard]] std::optional<Seat> enter(const IpAddress& ip);
    /// The same for one whose place a proxy will tell: counted in all only.
    [[nodiscard]] std::optional<Seat> enter_unplaced();
    [[nodiscard]] std::size_t open() const;
    /// For who comes from now on; nobody is turned out. Any thread.
    void set(std::size_t total_max, std::size_t per_address_max);

private:
    [[nodiscard]] bool take_place(const IpAddress& ip);
    void leave(const std::optional<IpAddress>& ip);

    std::size_t total_max_;
    std::size_t per_address_max_;
    mutable std::mutex mutex_;
    std::size_t total_ = 0;
    std::unordered_map<IpAddress, std::size_t> narrow_;
    std::unordered_map<IpAddress, std::size_t> wide_;
};

} // namespace vv::net
