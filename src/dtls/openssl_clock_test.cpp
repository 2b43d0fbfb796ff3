#include "dtls/openssl_clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <sys/time.h>
#include <thread>

namespace vv::dtls {
namespace {

using namespace std::chrono_literals;

std::chrono::microseconds heard() {
    timeval time{};
    EXPECT_EQ(gettimeofday(&time, nullptr), 0);
    return openssl_time(&time);
}

bool is_system_time(std::chrono::microseconds time) {
    return std::chrono::abs(std::chrono::system_clock::now().time_since_epoch() - time) < 1min;
}

TEST(OpensslClock, IsHeardWhileItLives) {
    {
        const OpensslClock clock(1'000'000'000'001us);
        EXPECT_EQ(heard(), 1'000'000'000'001us);
        EXPECT_EQ(heard(), 1'000'000'000'001us);
    }
    EXPECT_TRUE(is_system_time(heard()));
}

TEST(OpensslClock, IsHeardOnItsOwnThreadOnly) {
    const OpensslClock clock(7s);
    bool others_hear_the_system = false;
    std::thread([&] { others_hear_the_system = is_system_time(heard()); }).join();
    EXPECT_TRUE(others_hear_the_system);
    EXPECT_EQ(heard(), 7s);
}

} // namespace
} // namespace vv::dtls
