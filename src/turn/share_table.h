// Entries by key that count something, and that stay when it has come to nothing
// until they have earned back what was spent. Of those that only wait for that a
// limited number is kept; past it the one with the shortest wait goes early,
// which gives away the least.
#pragma once

#include "base/assert.h"
#include "base/instant.h"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace vv::turn {

/// Entry: has `live`, a count, and full_at(), from when on an entry without anything live is worth nothing.
template <typename Key, typename Entry>
class ShareTable {
public:
    explicit ShareTable(std::size_t resting_max) : resting_max_(resting_max) {}

    /// Null if there is none.
    template <typename Lookup>
    [[nodiscard]] const Entry* find(const Lookup& key) const {
        const auto found = places_.find(key);
        return found != places_.end() ? &found->second.entry : nullptr;
    }
    /// Makes one where there is none. After any change to it: settle().
    [[nodiscard]] Entry& open(const Key& key) { return places_[key].entry; }
    void settle(Instant now, const Key& key) {
        const auto found = places_.find(key);
        VV_ASSERT(found != places_.end());
        Place& place = found->second;
        if (place.rests_until) resting_.erase({*place.rests_until, key});
        place.rests_until.reset();
        if (place.entry.live > 0) return;
        const Instant full_at = place.entry.full_at();
        if (full_at <= now) {
            places_.erase(found);
            return;
        }
        place.rests_until = full_at;
        resting_.emplace(full_at, key);
        if (resting_.size() > resting_max_) forget_first();
    }
    void forget_rested(Instant now) {
        while (!resting_.empty() && resting_.begin()->first <= now)
            forget_first();
    }
    [[nodiscard]] std::size_t size() const { return places_.size(); }

private:
    struct Place {
        Entry entry;
        std::optional<Instant> rests_until; // in resting_ under this time
    };

    void forget_first() {
        places_.erase(resting_.begin()->second);
        resting_.erase(resting_.begin());
    }

    std::size_t resting_max_;
    std::map<Key, Place, std::less<>> places_;
    std::set<std::pair<Instant, Key>> resting_;
};

} // namespace vv::turn
