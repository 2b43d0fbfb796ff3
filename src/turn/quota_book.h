// Counts who holds how many allocations. An entry exists only while its count
// is above zero, so the book is never larger than the allocations it counts.
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

class QuotaBook {
public:
    explicit QuotaBook(const Quotas& quotas) : quotas_(quotas) {}

    /// Counts one more allocation only if all three quotas allow it. source: as source_block() gives it.
    [[nodiscard]] QuotaVerdict take(std::string_view user, const IpAddress& source);
    /// Once for each successful take().
    void give_back(std::string_view user, const IpAddress& source);

    [[nodiscard]] std::size_t total() const { return total_; }
    [[nodiscard]] bool is_empty() const { return total_ == 0 && users_.empty() && sources_.empty(); }

private:
    Quotas quotas_;
    std::map<std::string, std::size_t, std::less<>> users_;
    std::map<IpAddress, std::size_t> sources_;
    std::size_t total_ = 0;
};

} // namespace vv::turn
