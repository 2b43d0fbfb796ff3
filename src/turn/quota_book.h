// Counts who holds how many allocations. An entry exists only while its count
// is above zero, so the book is never larger than the allocations it counts.
// One book for the whole server: with one for each shard, whoever sends from
// many ports would have every quota as many times as there are shards.
#pragma once

#include "base/socket_address.h"
#include "turn/config.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace vv::turn {

enum class QuotaVerdict : std::uint8_t { kTaken, kUserFull, kSourceFull, kTotalFull };

/// What a machine asks before it makes an allocation. Machines on several threads share one that locks (src/net).
class QuotaKeeper {
public:
    QuotaKeeper() = default;
    QuotaKeeper(const QuotaKeeper&) = delete;
    QuotaKeeper& operator=(const QuotaKeeper&) = delete;
    virtual ~QuotaKeeper() = default;

    /// Counts one more allocation only if every quota allows it. user: empty for one who has no name; all of those
    /// share Quotas::nameless.
    [[nodiscard]] virtual QuotaVerdict take(std::string_view user, const IpAddress& source) = 0;
    /// Once for each successful take().
    virtual void give_back(std::string_view user, const IpAddress& source) = 0;
};

class QuotaBook final : public QuotaKeeper {
public:
    explicit QuotaBook(const Quotas& quotas) : quotas_(quotas) {}

    [[nodiscard]] QuotaVerdict take(std::string_view user, const IpAddress& source) override;
    void give_back(std::string_view user, const IpAddress& source) override;
    /// For what is asked from now on. Who has more than that keeps it.
    void set_quotas(const Quotas& quotas) { quotas_ = quotas; }

    [[nodiscard]] std::size_t total() const { return total_; }
    [[nodiscard]] bool is_empty() const { return total_ == 0 && users_.empty() && sources_.empty() && sites_.empty(); }

private:
    Quotas quotas_;
    std::map<std::string, std::size_t, std::less<>> users_; // who has no name under the empty one
    std::map<IpAddress, std::size_t> sources_;              // by address_block()
    std::map<IpAddress, std::size_t> sites_;                // IPv6 by /48
    std::size_t total_ = 0;
};

} // namespace vv::turn
