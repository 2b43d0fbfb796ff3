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
#include <memory>
#include <memory_resource>
#include <tuple>
#include <utility>

namespace vv::turn {

/// Entry: has `live`, a count, and full_at(), from when on an entry without anything live is worth nothing.
template <typename Key, typename Entry>
class ShareTable {
public:
    ShareTable(std::size_t resting_max, std::pmr::memory_resource& memory)
        : resting_max_(resting_max),
          places_(&memory),
          resting_(&memory) {}

    /// Null if there is none.
    template <typename Lookup>
    [[nodiscard]] const Entry* find(const Lookup& key) const {
        const auto found = places_.find(key);
        return found != places_.end() ? &found->second.entry : nullptr;
    }
    /// Makes one where there is none. After any change to it: settle().
    template <typename Lookup>
    [[nodiscard]] Entry& open(const Lookup& key) {
        auto found = places_.lower_bound(key);
        if (found == places_.end() || key < found->first) {
            found = places_.emplace_hint(found, std::piecewise_construct, std::forward_as_tuple(key),
                                         std::forward_as_tuple(resting_.end()));
        }
        return found->second.entry;
    }
    template <typename Lookup>
    void settle(Instant now, const Lookup& key) {
        const auto found = places_.find(key);
        VV_ASSERT(found != places_.end());
        Place& place = found->second;
        if (place.rest != resting_.end()) resting_.erase(std::exchange(place.rest, resting_.end()));
        if (place.entry.live > 0) return;
        const Instant full_at = place.entry.full_at();
        if (full_at <= now) {
            places_.erase(found);
            return;
        }
        place.rest = resting_.emplace(full_at, &found->first);
        if (resting_.size() > resting_max_) forget_first();
    }
    /// At most so many of those that have earned back what was spent.
    void forget_rested(Instant now, std::size_t most) {
        for (std::size_t i = 0; i < most && !resting_.empty() && resting_.begin()->first <= now; ++i)
            forget_first();
    }
    [[nodiscard]] bool has_resting() const { return !resting_.empty(); }
    [[nodiscard]] bool has_rested(Instant now) const { return !resting_.empty() && resting_.begin()->first <= now; }
    [[nodiscard]] std::size_t size() const { return places_.size(); }

private:
    /// The keys are those of places_. Of several with the same time the first to come goes first.
    using Resting = std::pmr::multimap<Instant, const Key*>;

    struct Place {
        // NOLINTNEXTLINE(readability-identifier-naming): what containers look for
        using allocator_type = std::pmr::polymorphic_allocator<>;
        Place(typename Resting::iterator nowhere, const allocator_type& allocator)
            : entry(std::make_obj_using_allocator<Entry>(allocator)),
              rest(nowhere) {}

        Entry entry;
        typename Resting::iterator rest; // the end: it does not rest
    };

    void forget_first() {
        places_.erase(places_.find(*resting_.begin()->second));
        resting_.erase(resting_.begin());
    }

    std::size_t resting_max_;
    std::pmr::map<Key, Place, std::less<>> places_;
    Resting resting_;
};

} // namespace vv::turn
