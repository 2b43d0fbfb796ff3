// One thread's loop: epoll, timers, and tasks posted by other threads. Level
// triggered unless a handler asks otherwise (EPOLLET), because one that stops half
// way must be called again.
#pragma once

#include "base/instant.h"
#include "net/mailbox.h"
#include "net/timer_queue.h"
#include "net/unique_fd.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <sys/epoll.h>
#include <vector>

namespace vv::net {

class EventHandler {
public:
    EventHandler() = default;
    EventHandler(const EventHandler&) = delete;
    EventHandler& operator=(const EventHandler&) = delete;
    /// events: EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR, ... as epoll_wait gives them.
    virtual void handle_ready(std::uint32_t events) = 0;

protected:
    ~EventHandler() = default;
};

class EventLoop {
public:
    static constexpr std::size_t kMailboxMax = 65536;

    /// Throws std::system_error if the kernel has no descriptor left.
    explicit EventLoop(std::size_t mailbox_capacity = kMailboxMax);
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;
    ~EventLoop() = default;

    /// False if the kernel refuses to watch one more descriptor.
    [[nodiscard]] bool watch(int fd, std::uint32_t events, EventHandler& handler);
    void change(int fd, std::uint32_t events, EventHandler& handler);
    /// After this the handler is not called again, not even for an event already fetched.
    void unwatch(int fd, const EventHandler& handler);

    [[nodiscard]] TimerQueue& timers() { return timers_; }
    /// The time at which the present round began; cheap.
    [[nodiscard]] Instant now() const { return now_; }

    /// For who calls what stands on this loop between two rounds: now() is the time of this call.
    void catch_up();
    /// Readable when there is something to do, but for deadlines and what is deferred. Only to be waited for.
    [[nodiscard]] int descriptor() const { return epoll_.value(); }
    /// How long from now the next round may wait for the descriptor, never below zero. Nothing: for as long as it
    /// takes.
    [[nodiscard]] std::optional<Duration> wait() const;

    /// Counts the rounds, for handlers that want to know whether they are called in every one.
    [[nodiscard]] std::uint64_t round() const { return round_; }

    /// The next round begins this much later, so that more has come together by then. Once; at most kRestMax.
    void rest(Duration duration) { rest_ = std::min(duration, kRestMax); }
    static constexpr Duration kRestMax = std::chrono::milliseconds(1);

    /// Runs the task at the end of this round (of the next, if called from such a task), on this thread: for
    /// destroying what is still on the stack.
    void defer(Task task) { deferred_.push_back(std::move(task)); }
    /// Runs the task on this thread when run() ends, the last of all: for what no other thread can give back.
    void at_end(Task task) { at_end_.push_back(std::move(task)); }
    /// Any thread. False if the mailbox is full or the loop has ended; the task is then dropped.
    [[nodiscard]] bool post(Task task);

    /// Until stop(). Tasks posted before stop() are still run, and what is deferred, for at most kLastRoundsMax rounds:
    /// what is left then is dropped.
    void run();
    static constexpr int kLastRoundsMax = 100;
    /// Any thread, any time.
    void stop();
    /// Destroys, without running them, the tasks that are posted or deferred, and those that doing so posts or defers:
    /// for the end of a loop, while timers and what stands on it may still be touched.
    void drop_tasks();
    /// One round, waiting at most this long for something to do.
    void run_once(Duration wait_max);

private:
    static constexpr std::size_t kEventsMax = 256;

    [[nodiscard]] int wait_milliseconds(Duration wait_max) const;
    void run_posted();
    void run_deferred();

    UniqueFd epoll_;
    UniqueFd wake_;
    Mailbox mailbox_;
    TimerQueue timers_;
    std::vector<Task> deferred_;
    std::vector<Task> at_end_;
    std::array<epoll_event, kEventsMax> events_{};
    std::size_t event_ = 0;
    std::size_t event_count_ = 0;
    bool woken_ = false;
    std::uint64_t round_ = 0;
    Instant now_{};
    Duration rest_{};
    std::atomic<bool> stopped_ = false;
};

} // namespace vv::net
