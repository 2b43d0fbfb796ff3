#include "turn/quota_book.h"

#include "base/assert.h"

#include <optional>

namespace vv::turn {
namespace {

constexpr unsigned kSiteLength = 48;

// A provider gives each customer a /64 to a /48; who has 65536 of the first must not have as many quotas.
std::optional<IpAddress> site_of(const IpAddress& source) {
    if (source.unmapped().is_v4()) return std::nullopt;
    return address_block(source, kSiteLength);
}

template <typename Map, typename Key>
std::size_t count_of(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? 0 : found->second;
}

template <typename Map, typename Key>
void count_down(Map& map, const Key& key) {
    const auto found = map.find(key);
    VV_ASSERT(found != map.end());
    if (--found->second == 0) map.erase(found);
}

} // namespace

QuotaVerdict QuotaBook::take(std::string_view user, const IpAddress& source) {
    if (total_ >= quotas_.total) return QuotaVerdict::kTotalFull;
    const std::size_t user_max = user.empty() ? quotas_.nameless : quotas_.per_user;
    if (count_of(users_, user) >= user_max) return QuotaVerdict::kUserFull;
    const IpAddress block = address_block(source);
    const auto site = site_of(source);
    if (count_of(sources_, block) >= quotas_.per_source) return QuotaVerdict::kSourceFull;
    if (site && count_of(sites_, *site) >= quotas_.per_source * kSiteFactor) return QuotaVerdict::kSourceFull;
    ++users_[std::string(user)];
    ++sources_[block];
    if (site) ++sites_[*site];
    ++total_;
    return QuotaVerdict::kTaken;
}

void QuotaBook::give_back(std::string_view user, const IpAddress& source) {
    VV_ASSERT(total_ > 0);
    count_down(users_, user);
    count_down(sources_, address_block(source));
    if (const auto site = site_of(source)) count_down(sites_, *site);
    --total_;
}

} // namespace vv::turn
