// Counts who holds how many allocations, how often they are made anew, and what
// the ones that have ended had used of their limits. An entry exists while its
// count is above zero, and after that until all it has spent is earned back; so
// the book is never larger than the allocations it counts and kRestingMax.
// One book for the whole server: with one for each shard, whoever sends from
// many ports would have every quota as many times as there are shards.
//
// Each holder has as many places as it may have allocations. A new allocation
// gets one nobody has used, or else the one that is the first to be as good as
// new, with what its last allocation has left of it. So however often somebody
// makes allocations and ends them, all of them together get no more than those
// a quota allows at one time.
#pragma once

#include "base/rate.h"
#include "base/socket_address.h"
#include "turn/config.h"
#include "turn/share_table.h"
#include "turn/spent.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::turn {

/// As many times as a quota allows may its allocations be made at once, and all of them once more in each kRemakeTime.
/// A browser makes one for each URL, network interface and family, and all of them anew for each restart of ICE.
inline constexpr std::int64_t kRemakesAtOnce = 4;
inline constexpr std::chrono::seconds kRemakeTime{10};
/// Users, and as many addresses, of whom no allocation is left but something to earn back.
inline constexpr std::size_t kRestingMax = 32'768;
/// So many of them, of each kind, are forgotten at a time, so that no packet waits for it.
inline constexpr std::size_t kForgottenAtOnce = 32;
/// How soon the next of those who have rested are forgotten, and how often it is looked whether any have.
inline constexpr std::chrono::milliseconds kForgettingPause{10};
inline constexpr std::chrono::seconds kForgettingInterval{5};

enum class QuotaVerdict : std::uint8_t {
    kTaken,
    kUserFull,
    kSourceFull,   ///< of the address, its /48, or one address's part of Quotas::nameless
    kNamelessFull, ///< all of Quotas::nameless
    kTotalFull,
    kTooOften, ///< allocations of this user or source have been made too often lately
};

struct QuotaGrant {
    QuotaVerdict verdict = QuotaVerdict::kTaken;
    /// Of kTaken: where the new allocation goes on.
    Spent spent = {};
};

/// Whose a share is: a user's, or of one who has no name its IPv4 address's or IPv6 /64's. The first letter keeps a
/// user from having another's address for a name.
[[nodiscard]] std::string quota_owner(std::string_view user, const IpAddress& source);

/// What a machine asks before it makes an allocation. Machines on several threads share one that locks (src/net).
class QuotaKeeper {
public:
    QuotaKeeper() = default;
    QuotaKeeper(const QuotaKeeper&) = delete;
    QuotaKeeper& operator=(const QuotaKeeper&) = delete;
    virtual ~QuotaKeeper() = default;

    /// Counts one more allocation only if every quota allows it. user: empty for one who has no name; all of those
    /// share Quotas::nameless, of which one IPv4 address or IPv6 /48 gets one of kNamelessShares.
    [[nodiscard]] virtual QuotaGrant take(Instant now, std::string_view user, const IpAddress& source) = 0;
    /// Once for each successful take(), with what the allocation has used since and before.
    virtual void give_back(Instant now, std::string_view user, const IpAddress& source, const Spent& spent) = 0;
    /// Forgets some of those who hold nothing and have earned back all they spent. When to do so again; nothing: when
    /// an allocation has ended.
    [[nodiscard]] virtual std::optional<Instant> forget_rested(Instant now) = 0;
};

class QuotaBook final : public QuotaKeeper {
public:
    /// memory outlives the book, whose entries are in it.
    explicit QuotaBook(const Quotas& quotas, std::size_t resting_max = kRestingMax,
                       std::pmr::memory_resource& memory = *std::pmr::get_default_resource());

    [[nodiscard]] QuotaGrant take(Instant now, std::string_view user, const IpAddress& source) override;
    void give_back(Instant now, std::string_view user, const IpAddress& source, const Spent& spent) override;
    [[nodiscard]] std::optional<Instant> forget_rested(Instant now) override;
    /// For what is asked from now on. Who has more than that keeps it.
    void set_quotas(const Quotas& quotas) { quotas_ = quotas; }

    [[nodiscard]] std::size_t total() const { return total_; }
    /// Whether nobody holds anything.
    [[nodiscard]] bool is_empty() const { return total_ == 0; }
    /// Holders and addresses there are entries of.
    [[nodiscard]] std::size_t size() const {
        return holders_.size() + sources_.size() + sites_.size() + nameless_sites_.size();
    }

private:
    struct Count {
        std::size_t live = 0;
        RateGate made;
        [[nodiscard]] Instant full_at() const { return made.full_at(); }
    };
    struct Holder : Count {
        // NOLINTNEXTLINE(readability-identifier-naming): what containers look for
        using allocator_type = std::pmr::polymorphic_allocator<>;
        explicit Holder(const allocator_type& allocator) : spent(allocator) {}

        [[nodiscard]] Instant full_at() const { return std::max(made.full_at(), last_full); }
        /// For one more allocation, of at most max at one time.
        [[nodiscard]] Spent take_place(Instant now, std::size_t max);
        void give_back_place(Instant now, const Spent& used);

        std::pmr::vector<Spent> spent; // a heap: in front the first to be as good as new
        Instant last_full{};           // when the last of them is, or was when it was taken
    };

    [[nodiscard]] static std::optional<QuotaVerdict> judge(Instant now, const Count* count, std::size_t max,
                                                           QuotaVerdict full);
    [[nodiscard]] std::optional<QuotaVerdict> judge_user(Instant now, std::string_view user,
                                                         const IpAddress& source) const;
    [[nodiscard]] std::optional<QuotaVerdict> judge_source(Instant now, bool is_nameless,
                                                           const IpAddress& source) const;
    [[nodiscard]] std::size_t nameless_share() const;
    [[nodiscard]] std::size_t owner_max(std::string_view user) const {
        return user.empty() ? nameless_share() : quotas_.per_user;
    }
    [[nodiscard]] std::size_t site_max() const { return quotas_.per_source * kSiteFactor; }
    void forget_some(Instant now);

    Quotas quotas_;
    ShareTable<std::pmr::string, Holder> holders_; // by quota_owner()
    ShareTable<IpAddress, Count> sources_;         // by address_block()
    ShareTable<IpAddress, Count> sites_;           // IPv6 by /48
    ShareTable<IpAddress, Count> nameless_sites_;  // the same, of those without a name
    Count nameless_;
    std::size_t total_ = 0;
};

} // namespace vv::turn
