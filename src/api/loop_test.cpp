#include "visavis/loop.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace visavis {
namespace {

using namespace std::chrono_literals;

TEST(LoopTest, WhatOtherThreadsPostIsDoneInItsOrderAndStopEndsTheRun) {
    Loop loop;
    std::vector<int> done;
    std::thread other([&] {
        for (int i = 0; i < 3; ++i)
            EXPECT_TRUE(loop.post([&done, i] { done.push_back(i); }));
        loop.stop();
    });
    loop.run();
    other.join();
    EXPECT_EQ(done, (std::vector{0, 1, 2}));
}

TEST(LoopTest, AStopBeforeTheRunEndsItAtOnceAndItMayRunAgain) {
    Loop loop;
    int done = 0;
    EXPECT_TRUE(loop.post([&] { ++done; }));
    loop.stop();
    loop.run();
    EXPECT_EQ(done, 1);
    loop.after(1ms, [&] {
        ++done;
        loop.stop();
    });
    loop.run();
    EXPECT_EQ(done, 2);
}

TEST(LoopTest, AStopInTheLastRoundIsOfTheSameRun) {
    Loop loop;
    EXPECT_TRUE(loop.post([&] { loop.stop(); }));
    loop.stop();
    loop.run();
    int done = 0;
    loop.after(1ms, [&] {
        ++done;
        loop.stop();
    });
    loop.run();
    EXPECT_EQ(done, 1);
}

TEST(LoopTest, TasksWaitForTheirTime) {
    Loop loop;
    std::string order;
    loop.after(20ms, [&] { order += 'c'; });
    loop.after(1ms, [&] {
        order += 'a';
        loop.after(1ms, [&] { order += 'b'; });
    });
    loop.after(1h, [&] { order += 'x'; }); // dropped with the loop
    const auto since = std::chrono::steady_clock::now();
    loop.run_for(50ms);
    EXPECT_GE(std::chrono::steady_clock::now() - since, 50ms);
    EXPECT_EQ(order, "abc");
}

TEST(LoopTest, TheLongestTimesArePastNoSoonerThanOthers) {
    Loop loop;
    int done = 0;
    loop.after(std::chrono::nanoseconds::max(), [&] { done += 10; });
    loop.after(1ms, [&] {
        ++done;
        loop.stop();
    });
    loop.run_for(std::chrono::nanoseconds::max());
    EXPECT_EQ(done, 1);
}

TEST(LoopTest, TheTimeThatMayBeWaitedIsKnown) {
    Loop loop;
    EXPECT_FALSE(loop.timeout().has_value());
    loop.after(1h, [] {});
    EXPECT_GT(loop.timeout().value(), 59min);
    loop.after(0ms, [] {});
    EXPECT_EQ(loop.timeout().value(), 0ms);
}

} // namespace
} // namespace visavis
