#include "turn/quota_book.h"

#include "base/assert.h"

namespace vv::turn {
namespace {

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
    if (count_of(users_, user) >= quotas_.per_user) return QuotaVerdict::kUserFull;
    if (count_of(sources_, source) >= quotas_.per_source) return QuotaVerdict::kSourceFull;
    ++users_[std::string(user)];
    ++sources_[source];
    ++total_;
    return QuotaVerdict::kTaken;
}

void QuotaBook::give_back(std::string_view user, const IpAddress& source) {
    VV_ASSERT(total_ > 0);
    count_down(users_, user);
    count_down(sources_, source);
    --total_;
}

} // namespace vv::turn
