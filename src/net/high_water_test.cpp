#include "net/high_water.h"

#include <gtest/gtest.h>

namespace vv::net {
namespace {

TEST(HighWater, EbbsOnceHalfIsGone) {
    HighWater water;
    EXPECT_FALSE(water.has_ebbed(2 * HighWater::kFloodMin));
    EXPECT_FALSE(water.has_ebbed(HighWater::kFloodMin + 1));
    EXPECT_TRUE(water.has_ebbed(HighWater::kFloodMin));
    EXPECT_FALSE(water.has_ebbed(HighWater::kFloodMin)) << "only once";
    EXPECT_TRUE(water.has_ebbed(HighWater::kFloodMin / 2)) << "and again after the next half";
}

TEST(HighWater, SmallFloodsDoNotCount) {
    HighWater water;
    EXPECT_FALSE(water.has_ebbed(HighWater::kFloodMin - 1));
    EXPECT_FALSE(water.has_ebbed(0));
    EXPECT_FALSE(water.has_ebbed(HighWater::kFloodMin));
    EXPECT_TRUE(water.has_ebbed(0));
}

} // namespace
} // namespace vv::net
