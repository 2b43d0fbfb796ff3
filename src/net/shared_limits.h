// Limits that hold over all shards: the counting of src/turn and src/lobby behind a
// mutex. Held for a few hundred nanoseconds, so that threads hardly ever meet there.
#pragma once

#include "lobby/prefix_limits.h"
#include "turn/quota_book.h"
#include "turn/reservation_book.h"

#include <mutex>

namespace vv::net {

class SharedQuota final : public turn::QuotaKeeper {
public:
    explicit SharedQuota(const turn::Quotas& quotas) : book_(quotas) {}

    [[nodiscard]] turn::QuotaVerdict take(std::string_view user, const IpAddress& source) override {
        const std::lock_guard lock(mutex_);
        return book_.take(user, source);
    }
    void give_back(std::string_view user, const IpAddress& source) override {
        const std::lock_guard lock(mutex_);
        book_.give_back(user, source);
    }
    void set_quotas(const turn::Quotas& quotas) {
        const std::lock_guard lock(mutex_);
        book_.set_quotas(quotas);
    }

private:
    std::mutex mutex_;
    turn::QuotaBook book_;
};

class SharedReservations final : public turn::ReservationKeeper {
public:
    [[nodiscard]] bool has_room(std::string_view owner) const override {
        const std::lock_guard lock(mutex_);
        return book_.has_room(owner);
    }
    [[nodiscard]] bool add(const stun::ReservationToken& token, std::string_view owner,
                           turn::RelaySocket relay) override {
        const std::lock_guard lock(mutex_);
        return book_.add(token, owner, relay);
    }
    [[nodiscard]] std::optional<turn::RelaySocket> take(const stun::ReservationToken& token,
                                                        std::string_view owner) override {
        const std::lock_guard lock(mutex_);
        return book_.take(token, owner);
    }
    [[nodiscard]] bool release(turn::RelaySocket relay) override {
        const std::lock_guard lock(mutex_);
        return book_.release(relay);
    }
    [[nodiscard]] std::optional<stun::ReservationToken> token_of(turn::RelaySocket relay,
                                                                 std::string_view owner) const override {
        const std::lock_guard lock(mutex_);
        return book_.token_of(relay, owner);
    }
    void send_home(turn::RelaySocket relay) override {
        const std::lock_guard lock(mutex_);
        book_.send_home(relay);
    }
    [[nodiscard]] std::vector<turn::RelaySocket> collect(turn::PortRange range) override {
        const std::lock_guard lock(mutex_);
        return book_.collect(range);
    }

private:
    mutable std::mutex mutex_;
    turn::ReservationBook book_;
};

class SharedPrefixLimits final : public lobby::PrefixKeeper {
public:
    explicit SharedPrefixLimits(const lobby::PrefixLimitsConfig& config) : limits_(config) {}

    [[nodiscard]] std::optional<Lease> open(Instant now, const IpAddress& address) override {
        const std::lock_guard lock(mutex_);
        return limits_.open(now, address);
    }
    void close(Instant now, const Lease& lease) override {
        const std::lock_guard lock(mutex_);
        limits_.close(now, lease);
    }
    [[nodiscard]] std::optional<Duration> take(Instant now, const Lease& lease, lobby::LimitKind kind,
                                               std::int64_t units) override {
        const std::lock_guard lock(mutex_);
        return limits_.take(now, lease, kind, units);
    }
    void set_connections(std::size_t connections) {
        const std::lock_guard lock(mutex_);
        limits_.set_connections(connections);
    }

private:
    std::mutex mutex_;
    lobby::PrefixLimits limits_;
};

} // namespace vv::net
