#include "visavis/loop.h"

#include "api/access.h"
#include "net/clock.h"

#include <algorithm>
#include <atomic>
#include <list>
#include <utility>

namespace visavis {

using namespace std::chrono_literals;

namespace {

// Longer than anybody waits, and short enough to be added to any time.
constexpr std::chrono::nanoseconds kLongest = std::chrono::years(1);

// What is called is a user's: nothing it throws may unwind through the loop.
void call(const std::function<void()>& task) noexcept {
    task();
}

// A task that waits for its time, in the list it takes itself out of.
class Later final : private vv::net::TimerHandler {
public:
    using List = std::list<std::unique_ptr<Later>>;

    Later(vv::net::EventLoop& loop, List& list, std::function<void()> task)
        : list_(list),
          task_(std::move(task)),
          timer_(loop.timers(), *this) {}

    void arm(List::iterator self, vv::Instant at) {
        self_ = self;
        timer_.arm(at);
    }

private:
    void handle_timeout(vv::net::Timer& /*timer*/, vv::Instant /*now*/) override {
        const std::unique_ptr<Later> self = std::move(*self_);
        list_.erase(self_);
        call(task_);
    }

    List& list_;
    List::iterator self_{};
    std::function<void()> task_;
    vv::net::Timer timer_;
};

} // namespace

struct Loop::Impl {
    vv::net::EventLoop loop;
    Later::List later;
    std::atomic<bool> is_stopping = false;

    /// What was posted before the end was asked for is done.
    [[nodiscard]] bool has_stopped() {
        if (!is_stopping.load(std::memory_order_acquire)) return false;
        loop.run_once({});
        // Now, so that whoever asks for the end in this last round does not end the next run.
        is_stopping.store(false, std::memory_order_release);
        return true;
    }
};

Loop::Loop() : impl_(std::make_unique<Impl>()) {}

// What tasks hold may be connections, and handlers of those: it ends while there is a loop to end on.
Loop::~Loop() {
    do {
        while (!impl_->later.empty())
            impl_->later.pop_front();
        impl_->loop.drop_tasks();
    } while (!impl_->later.empty());
}

void Loop::run() {
    while (!impl_->has_stopped())
        impl_->loop.run_once(1h);
}

void Loop::run_for(std::chrono::nanoseconds duration) {
    impl_->loop.catch_up();
    const vv::Instant end = impl_->loop.now() + std::clamp(duration, 0ns, kLongest);
    while (!impl_->has_stopped()) {
        const vv::Duration left = end - impl_->loop.now();
        if (left <= 0ns) return;
        impl_->loop.run_once(left);
    }
}

void Loop::stop() {
    impl_->is_stopping.store(true, std::memory_order_release);
    // Refused only by a mailbox that is full, which wakes the loop as well.
    (void)impl_->loop.post([] {});
}

bool Loop::post(std::function<void()> task) {
    return impl_->loop.post([task = std::move(task)] { call(task); });
}

void Loop::after(std::chrono::nanoseconds delay, std::function<void()> task) {
    impl_->loop.catch_up();
    auto& list = impl_->later;
    const auto place = list.insert(list.end(), std::make_unique<Later>(impl_->loop, list, std::move(task)));
    (*place)->arm(place, impl_->loop.now() + std::clamp(delay, 0ns, kLongest));
}

int Loop::descriptor() const {
    return impl_->loop.descriptor();
}

std::optional<std::chrono::nanoseconds> Loop::timeout() const {
    return impl_->loop.wait();
}

void Loop::run_ready() {
    impl_->loop.run_once({});
}

vv::net::EventLoop& detail::LoopAccess::of(Loop& loop) {
    return loop.impl_->loop;
}

} // namespace visavis
