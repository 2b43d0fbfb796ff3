// Limits that hold over all shards: the counting of src/turn and src/lobby behind a
// mutex. Held for a microsecond or so, and for some tens while resting entries are
// forgotten: threads hardly ever meet there.
#pragma once

#include "base/slab_memory.h"
#include "lobby/prefix_limits.h"
#include "net/page_memory.h"
#include "net/shared_rate_gate.h"
#include "turn/quota_book.h"
#include "turn/reservation_book.h"
#include "turn/stranger_limits.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

namespace vv::net {

class SharedQuota final : public turn::QuotaKeeper {
public:
    explicit SharedQuota(const turn::Quotas& quotas) : book_(quotas, turn::kRestingMax, memory_) {}

    [[nodiscard]] turn::QuotaGrant take(Instant now, std::string_view user, const IpAddress& source) override {
        const std::lock_guard lock(mutex_);
        return book_.take(now, user, source);
    }
    void give_back(Instant now, std::string_view user, const IpAddress& source, const turn::Spent& spent) override {
        const std::lock_guard lock(mutex_);
        book_.give_back(now, user, source, spent);
    }
    [[nodiscard]] std::optional<Instant> forget_rested(Instant now) override {
        const std::lock_guard lock(mutex_);
        return book_.forget_rested(now);
    }
    void set_quotas(const turn::Quotas& quotas) {
        const std::lock_guard lock(mutex_);
        book_.set_quotas(quotas);
    }

private:
    std::mutex mutex_;
    PageMemory pages_;
    SlabMemory memory_{pages_};
    turn::QuotaBook book_;
};

/// Without a lock, since strangers are many.
class SharedStrangers final : public turn::StrangerKeeper {
public:
    SharedStrangers(const turn::ServerConfig& config, Rng& rng) {
        set_limits(config);
        for (Table& table : tables_)
            table.key = rng.bytes<crypto::kSipHashKeySize>();
    }
    /// Any thread.
    void set_limits(const turn::ServerConfig& config) {
        const auto limits = turn::stranger_limits(config);
        for (std::size_t i = 0; i < limits.size(); ++i)
            limits_.at(i).store(limits.at(i), std::memory_order_relaxed);
    }

    [[nodiscard]] bool admit(Instant now, turn::StrangerLimit limit, const IpAddress& source) override {
        Table& table = tables_.at(static_cast<std::size_t>(limit));
        return !table.gates[table.place_of(source)].try_take(now, rate_of(limit));
    }
    [[nodiscard]] bool has_room(Instant now, turn::StrangerLimit limit, const IpAddress& source) const override {
        const Table& table = tables_.at(static_cast<std::size_t>(limit));
        return table.gates[table.place_of(source)].has_room(now, rate_of(limit));
    }

private:
    // For all threads: forged sources that fill the places crowd out newcomers, and must be many for that.
    static constexpr std::size_t kPlaces = 65'536;

    struct Table {
        crypto::SipHashKey key{};
        std::vector<SharedRateGate> gates = std::vector<SharedRateGate>(kPlaces);

        [[nodiscard]] std::size_t place_of(const IpAddress& source) const {
            return stun::SourceLimiter::place_in_table(key, source, kPlaces);
        }
    };

    static_assert(std::atomic<turn::ReplyLimit>::is_always_lock_free);

    [[nodiscard]] Rate rate_of(turn::StrangerLimit limit) const {
        return limits_.at(static_cast<std::size_t>(limit)).load(std::memory_order_relaxed).rate();
    }

    std::array<std::atomic<turn::ReplyLimit>, turn::kStrangerLimits> limits_{}; // by StrangerLimit
    std::array<Table, turn::kStrangerLimits> tables_;
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

/// What the relay's machines have in common.
struct SharedRelayLimits {
    SharedRelayLimits(const turn::ServerConfig& config, Rng& rng) : quota(config.quotas), strangers(config, rng) {}

    SharedQuota quota;
    SharedReservations reservations;
    SharedStrangers strangers;
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
