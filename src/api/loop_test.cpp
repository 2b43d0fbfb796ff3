#include "visavis/loop.h"
#include "visavis/peer_connection.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
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

TEST(LoopTest, WhatTasksAndHandlersHoldEndsBeforeTheLoop) {
    std::optional<Loop> loop(std::in_place);
    const PeerOptions options{.addresses = {"127.0.0.1"}};
    std::vector<std::weak_ptr<PeerConnection>> made;
    const auto make = [&](PeerHandlers handlers = {}) {
        auto peer = std::make_shared<PeerConnection>(*loop, options, std::move(handlers));
        made.push_back(peer);
        return peer;
    };
    EXPECT_TRUE(loop->post([posted = make()] {}));
    loop->after(1h, [late = make()] {});
    // Its handlers are there for a round more than it is itself, and so is what they hold.
    (void)make({.gathered = [held = make()] {}});
    loop.reset();
    ASSERT_EQ(made.size(), 4U);
    for (const auto& peer : made)
        EXPECT_TRUE(peer.expired());
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
