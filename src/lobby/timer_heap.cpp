#include "lobby/timer_heap.h"

namespace vv::lobby {

void TimerHeap::arm(Owner owner, Instant when) {
    if (owner >= positions_.size()) positions_.resize(owner + std::size_t{1}, kNotArmed);
    const std::uint32_t position = positions_[owner];
    if (position == kNotArmed) {
        heap_.push_back({});
        place(heap_.size() - 1, {when, owner});
        rise(heap_.size() - 1);
        return;
    }
    heap_[position].when = when;
    rise(position);
    sink(positions_[owner]);
}

void TimerHeap::hasten(Owner owner, Instant when) {
    if (owner >= positions_.size() || positions_[owner] == kNotArmed) return;
    if (when < heap_[positions_[owner]].when) arm(owner, when);
}

void TimerHeap::cancel(Owner owner) {
    if (owner >= positions_.size() || positions_[owner] == kNotArmed) return;
    remove_at(positions_[owner]);
}

std::optional<Instant> TimerHeap::next() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().when;
}

std::optional<TimerHeap::Owner> TimerHeap::pop_due(Instant now) {
    if (heap_.empty() || heap_.front().when > now) return std::nullopt;
    const Owner owner = heap_.front().owner;
    remove_at(0);
    return owner;
}

void TimerHeap::place(std::size_t position, Entry entry) {
    heap_[position] = entry;
    positions_[entry.owner] = static_cast<std::uint32_t>(position);
}

void TimerHeap::rise(std::size_t position) {
    const Entry entry = heap_[position];
    while (position > 0) {
        const std::size_t parent = (position - 1) / 2;
        if (heap_[parent].when <= entry.when) break;
        place(position, heap_[parent]);
        position = parent;
    }
    place(position, entry);
}

void TimerHeap::sink(std::size_t position) {
    const Entry entry = heap_[position];
    while (true) {
        std::size_t child = 2 * position + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1].when < heap_[child].when) ++child;
        if (entry.when <= heap_[child].when) break;
        place(position, heap_[child]);
        position = child;
    }
    place(position, entry);
}

void TimerHeap::remove_at(std::size_t position) {
    positions_[heap_[position].owner] = kNotArmed;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (position == heap_.size()) return;
    place(position, last);
    rise(position);
    sink(positions_[last.owner]);
}

} // namespace vv::lobby
