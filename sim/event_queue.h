// What will happen in the world, in the order of time, and at one moment in
// the order it was put in: the only order there is, so that a seed replays a run.
#pragma once

#include "base/assert.h"
#include "base/instant.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace vv::sim {

/// What: a small value that is cheap to copy.
template <typename What>
class EventQueue {
public:
    void add(Instant at, const What& what) {
        events_.push_back({at, next_order_++, what});
        std::ranges::push_heap(events_, is_later);
    }
    [[nodiscard]] bool is_empty() const { return events_.empty(); }
    [[nodiscard]] std::size_t size() const { return events_.size(); }
    /// Only when there is one.
    [[nodiscard]] Instant next_at() const {
        VV_ASSERT(!events_.empty());
        return events_.front().at;
    }
    [[nodiscard]] What take() {
        VV_ASSERT(!events_.empty());
        std::ranges::pop_heap(events_, is_later);
        const What what = events_.back().what;
        events_.pop_back();
        return what;
    }

private:
    struct Event {
        Instant at;
        std::uint64_t order = 0;
        What what;
    };
    static bool is_later(const Event& a, const Event& b) { return a.at != b.at ? a.at > b.at : a.order > b.order; }

    std::vector<Event> events_;
    std::uint64_t next_order_ = 0;
};

} // namespace vv::sim
