#include "net/timer_queue.h"

#include "base/assert.h"

#include <utility>

namespace vv::net {

void Timer::arm(Instant deadline) {
    cancel();
    deadline_ = deadline;
    queue_.insert(*this);
}

void Timer::cancel() {
    if (is_armed()) queue_.remove(*this);
}

TimerQueue::~TimerQueue() {
    VV_ASSERT(heap_.empty());
}

std::optional<Instant> TimerQueue::next_deadline() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front()->deadline_;
}

void TimerQueue::run_due(Instant now) {
    // Taken out first, so that a handler which arms itself for "now" cannot hold the loop.
    while (!heap_.empty() && heap_.front()->deadline_ <= now) {
        Timer* timer = heap_.front();
        remove(*timer);
        timer->slot_ = due_.size();
        due_.push_back(timer);
    }
    for (Timer*& entry : due_) { // handlers may null entries, never add any
        Timer* timer = std::exchange(entry, nullptr);
        if (timer == nullptr) continue;
        timer->slot_ = Timer::kNotArmed;
        timer->handler_.handle_timeout(*timer, now);
    }
    due_.clear();
}

void TimerQueue::insert(Timer& timer) {
    heap_.push_back(&timer);
    timer.slot_ = heap_.size() - 1;
    restore(timer.slot_);
}

void TimerQueue::remove(Timer& timer) {
    const std::size_t slot = timer.slot_;
    timer.slot_ = Timer::kNotArmed;
    if (slot < due_.size() && due_[slot] == &timer) {
        due_[slot] = nullptr;
        return;
    }
    VV_ASSERT(slot < heap_.size() && heap_[slot] == &timer);
    Timer* last = heap_.back();
    heap_.pop_back();
    if (last == &timer) return;
    place(slot, last);
    restore(slot);
}

// Moves the timer at slot up or down until the heap is one again.
void TimerQueue::restore(std::size_t slot) {
    Timer* timer = heap_[slot];
    while (slot > 0 && timer->deadline_ < heap_[(slot - 1) / 2]->deadline_) {
        place(slot, heap_[(slot - 1) / 2]);
        slot = (slot - 1) / 2;
    }
    while (true) {
        std::size_t child = 2 * slot + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1]->deadline_ < heap_[child]->deadline_) ++child;
        if (heap_[child]->deadline_ >= timer->deadline_) break;
        place(slot, heap_[child]);
        slot = child;
    }
    place(slot, timer);
}

void TimerQueue::place(std::size_t slot, Timer* timer) {
    heap_[slot] = timer;
    timer->slot_ = slot;
}

} // namespace vv::net
