#include "base/rng.h"
#include "net/timer_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

struct Recorder final : TimerHandler {
    std::function<void(Timer&, Instant)> then;
    std::vector<Instant> fired;
    void handle_timeout(Timer& timer, Instant now) override {
        fired.push_back(timer.deadline());
        if (then) then(timer, now);
    }
};

TEST(TimerQueue, RunsInOrderOfDeadlineWhateverTheOrderOfArming) {
    TimerQueue queue;
    Recorder recorder;
    SeededRng rng(7);
    std::vector<std::unique_ptr<Timer>> timers;
    for (int i = 0; i < 500; ++i) {
        timers.push_back(std::make_unique<Timer>(queue, recorder));
        timers.back()->arm(Instant(std::chrono::milliseconds(rng.below(1000))));
    }
    for (int i = 0; i < 500; i += 3)
        timers[static_cast<std::size_t>(i)]->arm(Instant(std::chrono::milliseconds(rng.below(1000))));
    for (int i = 1; i < 500; i += 3)
        timers[static_cast<std::size_t>(i)]->cancel();
    const std::size_t armed = queue.size();
    while (const auto deadline = queue.next_deadline())
        queue.run_due(*deadline);
    EXPECT_EQ(recorder.fired.size(), armed);
    EXPECT_TRUE(std::ranges::is_sorted(recorder.fired));
}

TEST(TimerQueue, NothingRunsBeforeItsDeadline) {
    TimerQueue queue;
    Recorder recorder;
    Timer timer(queue, recorder);
    timer.arm(Instant(10ms));
    queue.run_due(Instant(9ms));
    EXPECT_TRUE(recorder.fired.empty());
    queue.run_due(Instant(10ms));
    EXPECT_EQ(recorder.fired.size(), 1U);
    EXPECT_FALSE(timer.is_armed());
}

TEST(TimerQueue, ATimerThatArmsItselfForNowDoesNotHoldTheLoop) {
    TimerQueue queue;
    Recorder recorder;
    Timer timer(queue, recorder);
    recorder.then = [](Timer& self, Instant now) { self.arm(now); };
    timer.arm(Instant(1ms));
    queue.run_due(Instant(1ms));
    EXPECT_EQ(recorder.fired.size(), 1U);
    EXPECT_TRUE(timer.is_armed());
}

TEST(TimerQueue, AHandlerMayCancelAndDestroyOthersThatAreDueToo) {
    TimerQueue queue;
    Recorder recorder;
    Timer first(queue, recorder);
    auto second = std::make_unique<Timer>(queue, recorder);
    Timer third(queue, recorder);
    recorder.then = [&](Timer&, Instant) {
        second.reset();
        third.cancel();
    };
    first.arm(Instant(1ms));
    second->arm(Instant(2ms));
    third.arm(Instant(3ms));
    queue.run_due(Instant(5ms));
    EXPECT_EQ(recorder.fired.size(), 1U);
    EXPECT_EQ(queue.size(), 0U);
}

} // namespace
} // namespace vv::net
