#include "net/clock.h"
#include "net/event_loop.h"

#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <functional>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

struct Handler final : EventHandler, TimerHandler {
    std::function<void()> then;
    int calls = 0;
    void handle_ready(std::uint32_t) override { called(); }
    void handle_timeout(Timer&, Instant) override { called(); }
    void called() {
        ++calls;
        if (then) then();
    }
};

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) std::abort();
        read_end.reset(ends[0]);
        write_end.reset(ends[1]);
    }
    void write() const { ASSERT_EQ(::write(write_end.value(), "x", 1), 1); }
    UniqueFd read_end;
    UniqueFd write_end;
};

TEST(EventLoop, CallsTheHandlerOfAReadyDescriptor) {
    EventLoop loop;
    Pipe pipe;
    Handler handler;
    ASSERT_TRUE(loop.watch(pipe.read_end.value(), EPOLLIN, handler));
    loop.run_once(0s);
    EXPECT_EQ(handler.calls, 0);
    pipe.write();
    loop.run_once(10s);
    EXPECT_EQ(handler.calls, 1);
    loop.unwatch(pipe.read_end.value(), handler);
}

TEST(EventLoop, AnUnwatchedHandlerIsNotCalledEvenIfItsEventWasAlreadyFetched) {
    EventLoop loop;
    Pipe first_pipe;
    Pipe second_pipe;
    Handler first;
    Handler second;
    ASSERT_TRUE(loop.watch(first_pipe.read_end.value(), EPOLLIN, first));
    ASSERT_TRUE(loop.watch(second_pipe.read_end.value(), EPOLLIN, second));
    // Whichever runs first removes the other.
    first.then = [&] { loop.unwatch(second_pipe.read_end.value(), second); };
    second.then = [&] { loop.unwatch(first_pipe.read_end.value(), first); };
    first_pipe.write();
    second_pipe.write();
    loop.run_once(10s);
    EXPECT_EQ(first.calls + second.calls, 1);
}

TEST(EventLoop, ATimerEndsTheWait) {
    EventLoop loop;
    Handler handler;
    Timer timer(loop.timers(), handler);
    timer.arm(monotonic_now() + 5ms);
    while (handler.calls == 0)
        loop.run_once(10s);
    EXPECT_GE(loop.now(), timer.deadline());
}

TEST(EventLoop, PostedTasksRunOnTheLoopsThreadInOrder) {
    EventLoop loop;
    std::vector<int> order;
    std::thread::id ran_on;
    std::thread loop_thread([&] { loop.run(); });
    const auto loop_id = loop_thread.get_id();
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(loop.post([&, i] {
            order.push_back(i);
            ran_on = std::this_thread::get_id();
            if (i == 99) loop.stop();
        }));
    }
    loop_thread.join();
    ASSERT_EQ(order.size(), 100U);
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
    EXPECT_EQ(ran_on, loop_id);
    EXPECT_FALSE(loop.post([] {}));
}

TEST(EventLoop, AFullMailboxRefuses) {
    EventLoop loop(2);
    int ran = 0;
    EXPECT_TRUE(loop.post([&] { ++ran; }));
    EXPECT_TRUE(loop.post([&] { ++ran; }));
    EXPECT_FALSE(loop.post([&] { ++ran; }));
    loop.run_once(10s);
    EXPECT_EQ(ran, 2);
    EXPECT_TRUE(loop.post([&] { ++ran; }));
}

TEST(EventLoop, DeferredTasksRunAtTheEndOfTheRound) {
    EventLoop loop;
    std::vector<int> order;
    ASSERT_TRUE(loop.post([&] {
        loop.defer([&] {
            order.push_back(2);
            loop.defer([&] { order.push_back(3); });
        });
        order.push_back(1);
    }));
    loop.run_once(10s);
    EXPECT_EQ(order, (std::vector<int>{1, 2}));
    loop.run_once(10s);
    EXPECT_EQ(order, (std::vector<int>{1, 2, 3})) << "what a deferred task defers waits a round, without sleeping";
}

TEST(EventLoop, TasksForTheEndComeLastAndOnItsThread) {
    EventLoop loop;
    std::vector<std::string> order;
    std::thread::id ended_on;
    loop.at_end([&] {
        order.emplace_back("end");
        ended_on = std::this_thread::get_id();
    });
    loop.defer([&] {
        order.emplace_back("deferred");
        ASSERT_TRUE(loop.post([&] { order.emplace_back("posted"); }));
        loop.stop();
    });
    std::thread thread([&] { loop.run(); });
    const auto runs_on = thread.get_id();
    thread.join();
    EXPECT_EQ(order, (std::vector<std::string>{"deferred", "posted", "end"}));
    EXPECT_EQ(ended_on, runs_on);
}

TEST(EventLoop, NoTaskHoldsItsEnd) {
    EventLoop loop;
    int runs = 0;
    std::function<void()> again = [&] {
        ++runs;
        loop.defer([&] { again(); });
    };
    loop.defer([&] { again(); });
    loop.stop();
    loop.run();
    EXPECT_EQ(runs, EventLoop::kLastRoundsMax);
}

TEST(EventLoop, ARestPutsTheNextRoundOffOnce) {
    EventLoop loop;
    loop.rest(EventLoop::kRestMax);
    const Instant begin = monotonic_now();
    loop.run_once(Duration::zero());
    EXPECT_GE(monotonic_now() - begin, EventLoop::kRestMax);
    // With a rest in each these would take five times as long as they may.
    constexpr int kRounds = 5000;
    const Instant rested = monotonic_now();
    for (int i = 0; i < kRounds; ++i)
        loop.run_once(Duration::zero());
    EXPECT_LT(monotonic_now() - rested, 1s);
}

TEST(EventLoop, ARestIsCutToItsMost) {
    EventLoop loop;
    loop.rest(10s);
    const Instant begin = monotonic_now();
    loop.run_once(Duration::zero());
    EXPECT_LT(monotonic_now() - begin, 5s);
}

} // namespace
} // namespace vv::net
