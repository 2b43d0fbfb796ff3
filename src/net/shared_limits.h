// Limits that hold over all shards: the counting of src/turn and src/lobby behind a
// mutex. Held for a few hundred nanoseconds, so that threads hardly ever meet there.
#pragma once

#include "lobby/prefix_limits.h"
#include "turn/quota_book.h"

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

private:
    std::mutex mutex_;
    turn::QuotaBook book_;
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

private:
    std::mutex mutex_;
    lobby::PrefixLimits limits_;
};

} // namespace vv::net
