// Runs a task once, after a while.
#pragma once

#include "net/event_loop.h"

#include <utility>

namespace vv::net {

class AlarmClock final : TimerHandler {
public:
    /// The task may not destroy the clock that calls it; EventLoop::defer() may.
    AlarmClock(EventLoop& loop, Duration wait, Task task) : task_(std::move(task)), timer_(loop.timers(), *this) {
        timer_.arm(loop.now() + wait);
    }

private:
    void handle_timeout(Timer&, Instant) override { task_(); }

    Task task_;
    Timer timer_;
};

} // namespace vv::net
