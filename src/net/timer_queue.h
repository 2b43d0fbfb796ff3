// Timers of one event loop: a binary heap of pointers to timers that live inside
// their owners, so that arming, moving and cancelling allocate nothing for an
// owner and an idle connection pays one small object.
#pragma once

#include "base/instant.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace vv::net {

class Timer;
class TimerQueue;

class TimerHandler {
public:
    TimerHandler() = default;
    TimerHandler(const TimerHandler&) = delete;
    TimerHandler& operator=(const TimerHandler&) = delete;
    /// Called once for each time armed, at or after the deadline.
    virtual void handle_timeout(Timer& timer, Instant now) = 0;

protected:
    ~TimerHandler() = default;
};

/// Belongs to one queue for life; cancelled by its destructor.
class Timer {
public:
    Timer(TimerQueue& queue, TimerHandler& handler) : queue_(queue), handler_(handler) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer() { cancel(); }

    /// Replaces an earlier deadline.
    void arm(Instant deadline);
    void cancel();
    [[nodiscard]] bool is_armed() const { return slot_ != kNotArmed; }
    /// Meaningful while armed.
    [[nodiscard]] Instant deadline() const { return deadline_; }

private:
    friend class TimerQueue;
    static constexpr std::size_t kNotArmed = static_cast<std::size_t>(-1);

    TimerQueue& queue_;
    TimerHandler& handler_;
    Instant deadline_{};
    std::size_t slot_ = kNotArmed;
};

class TimerQueue {
public:
    TimerQueue() = default;
    TimerQueue(const TimerQueue&) = delete;
    TimerQueue& operator=(const TimerQueue&) = delete;
    ~TimerQueue();

    [[nodiscard]] std::optional<Instant> next_deadline() const;
    /// Runs what is due. A handler may arm, cancel and destroy timers, its own too;
    /// what it arms for a time already past waits for the next call.
    void run_due(Instant now);
    [[nodiscard]] std::size_t size() const { return heap_.size(); }

private:
    friend class Timer;
    void insert(Timer& timer);
    void remove(Timer& timer);
    void restore(std::size_t slot);
    void place(std::size_t slot, Timer* timer);

    std::vector<Timer*> heap_;
    std::vector<Timer*> due_; // taken out of the heap, not yet run; a null was cancelled meanwhile
};

} // namespace vv::net
