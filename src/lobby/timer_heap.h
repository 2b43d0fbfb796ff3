// All deadlines of the lobby in one binary heap, at most one for each owner. Arming
// again moves a deadline and cancelling removes it, so nothing stale is kept.
#pragma once

#include "base/instant.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace vv::lobby {

class TimerHeap {
public:
    /// Owners are small numbers: memory grows with the largest one.
    using Owner = std::uint32_t;

    /// Replaces an earlier deadline of the same owner.
    void arm(Owner owner, Instant when);
    /// Brings a deadline forward; harmless if it is earlier, or nothing is armed.
    void hasten(Owner owner, Instant when);
    /// Harmless if nothing is armed.
    void cancel(Owner owner);
    [[nodiscard]] std::optional<Instant> next() const;
    /// The owner of the earliest deadline at or before `now`; it is no longer armed.
    [[nodiscard]] std::optional<Owner> pop_due(Instant now);
    [[nodiscard]] std::size_t size() const { return heap_.size(); }

private:
    struct Entry {
        Instant when;
        Owner owner = 0;
    };
    static constexpr std::uint32_t kNotArmed = 0xffffffff;

    void place(std::size_t position, Entry entry);
    void rise(std::size_t position);
    void sink(std::size_t position);
    void remove_at(std::size_t position);

    std::vector<Entry> heap_;
    std::vector<std::uint32_t> positions_; // by owner
};

} // namespace vv::lobby
