#include "base/rng.h"

#include <gtest/gtest.h>

namespace vv {
namespace {

TEST(SeededRng, RepeatsForTheSameSeedOnly) {
    SeededRng a(1);
    SeededRng b(1);
    SeededRng c(2);
    const auto first = a.bytes<32>();
    EXPECT_EQ(first, b.bytes<32>());
    EXPECT_NE(first, c.bytes<32>());
    EXPECT_NE(first, a.bytes<32>());
}

TEST(Rng, BelowReachesEveryValueAndNoOther) {
    SeededRng rng(7);
    std::array<int, 5> seen{};
    for (int i = 0; i < 1000; ++i)
        ++seen.at(rng.below(5));
    for (const int count : seen)
        EXPECT_GT(count, 100);
}

} // namespace
} // namespace vv
