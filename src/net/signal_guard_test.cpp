#include "net/signal_guard.h"
#include "net/signal_source.h"

#include <gtest/gtest.h>

#include <csignal>
#include <unistd.h>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

constexpr int kCode = 130;

/// A loop that hangs for longer than a test has time, unless somebody ends the process.
[[noreturn]] void hang(int signal) {
    EventLoop loop;
    const SignalSource signals(loop, {.stop = [] {}, .drain = [] {}, .hangup = {}});
    const SignalGuard guard(10ms, kCode);
    (void)::kill(::getpid(), signal);
    ::sleep(20);
    ::_exit(1);
}

/// One that does not.
[[noreturn]] void take_signals() {
    EventLoop loop;
    int taken = 0;
    const SignalSource signals(loop, {.stop = [&taken] { ++taken; }, .drain = [] {}, .hangup = {}});
    const SignalGuard guard(10ms, kCode);
    for (int i = 1; i <= 10; ++i) {
        (void)::kill(::getpid(), SIGINT);
        while (taken < i)
            loop.run_once(1s);
    }
    ::_exit(0);
}

TEST(SignalGuard, EndsAProcessThatHangs) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(hang(SIGINT), testing::ExitedWithCode(kCode), "");
    EXPECT_EXIT(hang(SIGTERM), testing::ExitedWithCode(kCode), "");
}

TEST(SignalGuard, LeavesOneAloneThatTakesItsSignals) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(take_signals(), testing::ExitedWithCode(0), "");
}

} // namespace
} // namespace vv::net
