#include "sctp/sequence.h"

#include <gtest/gtest.h>

namespace vv::sctp {
namespace {

TEST(Sequence, GoesOnBeyondItsWrap) {
    Tsn tsn(0xFFFFFFFE);
    ++tsn;
    EXPECT_EQ(tsn.wire(), 0xFFFFFFFFU);
    const Tsn last = tsn;
    ++tsn;
    EXPECT_EQ(tsn.wire(), 0U);
    EXPECT_GT(tsn, last);
    EXPECT_EQ(tsn - last, 1);
    EXPECT_EQ(last - tsn, -1);
    EXPECT_EQ(tsn - 2, last - 1);
}

TEST(Sequence, FindsTheNearestNumber) {
    const Tsn tsn(0xFFFFFFF0);
    EXPECT_EQ(tsn.nearest(0xFFFFFFF0), tsn);
    EXPECT_EQ(tsn.nearest(0x00000010) - tsn, 0x20);
    EXPECT_EQ(tsn.nearest(0xFFFFFFE0) - tsn, -0x10);
    EXPECT_EQ(tsn.nearest(0x7FFFFFEF) - tsn, 0x7FFFFFFF);
    EXPECT_EQ(tsn.nearest(0x7FFFFFF0) - tsn, -0x80000000LL); // as far either way: behind
}

TEST(Sequence, LooksBackFromItsFirstNumber) {
    const Ssn first(0);
    EXPECT_EQ(first.nearest(0xFFFF) - first, -1);
    EXPECT_EQ((first - 1).wire(), 0xFFFF);
    EXPECT_EQ(first.nearest(0x7FFF) - first, 0x7FFF);
    EXPECT_EQ(first.nearest(0x8000) - first, -0x8000);
}

} // namespace
} // namespace vv::sctp
