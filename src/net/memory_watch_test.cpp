#include "net/memory_watch.h"

#include <gtest/gtest.h>

#include <vector>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

// The watch, asked by hand: each look is at one count.
class MemoryWatchTest : public testing::Test {
protected:
    /// How often memory has been given back in all, after some looks at that count.
    int looked_at(std::uint64_t count) {
        count_ = count;
        for (const int before = looks_; looks_ < before + 3;)
            loop_.run_once(5ms);
        return given_back_;
    }

private:
    EventLoop loop_;
    std::uint64_t count_ = 0;
    int looks_ = 0;
    int given_back_ = 0;
    MemoryWatch watch_{loop_,
                       [this] {
                           ++looks_;
                           return count_;
                       },
                       [this] { ++given_back_; }, 1ms};
};

TEST_F(MemoryWatchTest, GivesBackOnceAFloodHasGone) {
    EXPECT_EQ(looked_at(HighWater::kFloodMin), 0);
    EXPECT_EQ(looked_at((HighWater::kFloodMin / 2) + 1), 0);
    EXPECT_EQ(looked_at(HighWater::kFloodMin / 2), 1);
    EXPECT_EQ(looked_at(HighWater::kFloodMin / 2), 1) << "once";
    EXPECT_EQ(looked_at(0), 1) << "and it had come to rest";
}

TEST_F(MemoryWatchTest, AWaveIsNoFlood) {
    EXPECT_EQ(looked_at(HighWater::kFloodMin - 1), 0);
    EXPECT_EQ(looked_at(0), 0);
}

TEST_F(MemoryWatchTest, EachFloodCounts) {
    for (int flood = 1; flood <= 3; ++flood) {
        EXPECT_EQ(looked_at(HighWater::kFloodMin), flood - 1);
        EXPECT_EQ(looked_at(0), flood);
    }
}

TEST(MemoryWatch, GivesBackAgainWhileTheFloodGoesOnFalling) {
    EventLoop loop;
    std::uint64_t count = 5 * HighWater::kFloodMin;
    std::vector<std::uint64_t> given_back_at;
    const MemoryWatch watch(
        loop, [&] { return count = count > 900 ? count - 700 : count / 2; }, [&] { given_back_at.push_back(count); },
        1ms);
    while (count > 0)
        loop.run_once(5ms);
    ASSERT_FALSE(given_back_at.empty());
    EXPECT_LE(given_back_at.front(), 5 * HighWater::kFloodMin / 2);
    EXPECT_EQ(given_back_at.back(), 0U) << "and not only where half of it had gone";
}

} // namespace
} // namespace vv::net
