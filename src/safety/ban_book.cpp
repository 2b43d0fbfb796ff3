#include "safety/ban_book.h"

#include <algorithm>

namespace vv::safety {

void BanBook::replace(std::span<const Ban> bans) {
    devices_.clear();
    prefixes_.clear();
    for (const Ban& ban : bans) {
        devices_.push_back({ban.whom.key, ban.whom.device, ban.until});
        prefixes_.push_back({ban.whom.key, ban.whom.prefix, ban.until});
    }
    std::ranges::sort(devices_);
    std::ranges::sort(prefixes_);
}

// Whom a mark names cannot be read from it, so the person is marked under each key that bans were made with.
template <typename Mark, typename Named>
std::optional<Instant> BanBook::find(const std::vector<Entry<Mark>>& entries, Instant now, const KeyRing& keys,
                                     const Named& named) {
    std::optional<Instant> until;
    for (const MarkKey& key : keys.keys()) {
        const auto of_key = std::ranges::equal_range(entries, key.number, {}, &Entry<Mark>::key);
        if (of_key.empty()) continue;
        const auto found = std::ranges::equal_range(of_key, key.mark(named), {}, &Entry<Mark>::mark);
        if (!found.empty() && found.front().until > now) until = std::max(until.value_or(now), found.front().until);
    }
    return until;
}

std::optional<Instant> BanBook::banned_until(Instant now, const KeyRing& keys, const DeviceId& device) const {
    return find(devices_, now, keys, device);
}

bool BanBook::is_slowed(Instant now, const KeyRing& keys, const AddressPrefix& prefix) const {
    return !prefix.is_this_machine() && find(prefixes_, now, keys, prefix).has_value();
}

std::size_t BanBook::active(Instant now) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(devices_, [now](const auto& entry) { return entry.until > now; }));
}

} // namespace vv::safety
