#include "net/event_loop.h"

#include "base/assert.h"
#include "net/clock.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <limits>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <system_error>
#include <utility>

namespace vv::net {

using namespace std::chrono_literals;

EventLoop::EventLoop(std::size_t mailbox_capacity)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      mailbox_(mailbox_capacity),
      now_(monotonic_now()) {
    if (!epoll_.is_open() || !wake_.is_open()) {
        throw std::system_error(errno, std::generic_category(), "cannot create an event loop");
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = this; // the wake-up itself; everything else is a handler
    if (::epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, wake_.value(), &event) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot watch the wake-up descriptor");
    }
}

bool EventLoop::watch(int fd, std::uint32_t events, EventHandler& handler) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &handler;
    return ::epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void EventLoop::change(int fd, std::uint32_t events, EventHandler& handler) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &handler;
    // Only a descriptor that is not watched makes this fail, which is our own mistake.
    VV_ASSERT(::epoll_ctl(epoll_.value(), EPOLL_CTL_MOD, fd, &event) == 0);
}

void EventLoop::unwatch(int fd, const EventHandler& handler) {
    ::epoll_ctl(epoll_.value(), EPOLL_CTL_DEL, fd, nullptr);
    for (std::size_t i = event_; i < event_count_; ++i) {
        if (events_[i].data.ptr == &handler) events_[i].data.ptr = nullptr;
    }
}

bool EventLoop::post(Task task) {
    if (stopped_.load(std::memory_order_acquire)) return false;
    const auto posted = mailbox_.post(std::move(task));
    if (posted == Mailbox::Posted::kRefused) return false;
    if (posted == Mailbox::Posted::kQueuedFirst) ::eventfd_write(wake_.value(), 1);
    return true;
}

void EventLoop::stop() {
    stopped_.store(true, std::memory_order_release);
    ::eventfd_write(wake_.value(), 1);
}

void EventLoop::run() {
    // A rest of 200 us must not become one of 250: the kernel may otherwise round up by as much.
    constexpr unsigned long kSlackNanoseconds = 1000;
    (void)::prctl(PR_SET_TIMERSLACK, kSlackNanoseconds, 0, 0, 0);
    while (!stopped_.load(std::memory_order_acquire))
        run_once(1h);
    run_posted();
    for (int i = 0; i < kLastRoundsMax && !deferred_.empty(); ++i)
        run_deferred();
    deferred_.clear();
    for (auto& task : std::exchange(at_end_, {}))
        task();
}

void EventLoop::run_once(Duration wait_max) {
    if (const auto rest = std::exchange(rest_, Duration::zero()); rest > Duration::zero()) {
        // A signal ends it early, which is fine: no promise is broken by looking sooner.
        const timespec length{0, static_cast<long>(rest.count())};
        (void)::clock_nanosleep(CLOCK_MONOTONIC, 0, &length, nullptr);
    }
    const int count =
        ::epoll_wait(epoll_.value(), events_.data(), static_cast<int>(events_.size()), wait_milliseconds(wait_max));
    now_ = monotonic_now();
    ++round_;
    event_count_ = count > 0 ? static_cast<std::size_t>(count) : 0; // a signal is a round with no events
    for (event_ = 0; event_ < event_count_;) {
        const epoll_event event = events_[event_++];
        if (event.data.ptr == this) woken_ = true;
        if (event.data.ptr == nullptr || event.data.ptr == this) continue;
        static_cast<EventHandler*>(event.data.ptr)->handle_ready(event.events);
    }
    event_count_ = 0;
    event_ = 0;
    if (std::exchange(woken_, false)) run_posted();
    timers_.run_due(now_);
    run_deferred();
}

void EventLoop::drop_tasks() {
    while (true) {
        const auto posted = mailbox_.take();
        const auto deferred = std::exchange(deferred_, {});
        if (posted.empty() && deferred.empty()) return;
    }
}

void EventLoop::catch_up() {
    now_ = monotonic_now();
}

std::optional<Duration> EventLoop::wait() const {
    if (!deferred_.empty()) return Duration::zero();
    const auto deadline = timers_.next_deadline();
    if (!deadline) return std::nullopt;
    return std::max(Duration::zero(), *deadline - monotonic_now());
}

int EventLoop::wait_milliseconds(Duration wait_max) const {
    const Duration longest = std::min(wait_max, wait().value_or(wait_max));
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(longest).count();
    return static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, std::numeric_limits<int>::max()));
}

void EventLoop::run_posted() {
    eventfd_t ignored = 0;
    // Read before taking: a task posted in between wakes the next round, which is harmless.
    (void)::eventfd_read(wake_.value(), &ignored);
    for (auto& task : mailbox_.take())
        task();
}

void EventLoop::run_deferred() {
    // What these defer runs in the next round, so that they cannot hold the loop.
    auto tasks = std::exchange(deferred_, {});
    for (auto& task : tasks)
        task();
}

} // namespace vv::net
