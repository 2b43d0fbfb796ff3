#include "ice/limits.h"
#include "ice/unvalidated_data.h"

#include <gtest/gtest.h>

namespace vv::ice {
namespace {

Route route(std::uint16_t port) {
    return {TransportId(1), {IpAddress::v4(0xC0000201), port}};
}

TEST(UnvalidatedData, IsGivenOutInOrderOnceItsRouteIsValid) {
    UnvalidatedData early;
    EXPECT_TRUE(early.keep(route(1), ByteBuffer{1}));
    EXPECT_TRUE(early.keep(route(2), ByteBuffer{2}));
    EXPECT_TRUE(early.keep(route(1), ByteBuffer{3}));
    EXPECT_EQ(early.poll(), std::nullopt);
    early.release(route(1));
    EXPECT_EQ(early.poll(), ByteBuffer{1});
    EXPECT_EQ(early.poll(), ByteBuffer{3});
    EXPECT_EQ(early.poll(), std::nullopt);
}

TEST(UnvalidatedData, PacketsHaveALimitAndTheFirstStay) {
    UnvalidatedData early;
    for (std::size_t i = 0; i < kUnvalidatedPacketsMax; ++i)
        EXPECT_TRUE(early.keep(route(1), ByteBuffer{static_cast<std::uint8_t>(i)}));
    EXPECT_FALSE(early.keep(route(1), ByteBuffer{99}));
    early.release(route(1));
    EXPECT_EQ(early.poll(), ByteBuffer{0});
    EXPECT_TRUE(early.keep(route(1), ByteBuffer{99})) << "there is room again";
}

TEST(UnvalidatedData, BytesHaveALimit) {
    UnvalidatedData early;
    EXPECT_TRUE(early.keep(route(1), ByteBuffer(kUnvalidatedBytesMax - 1)));
    EXPECT_FALSE(early.keep(route(1), ByteBuffer(2)));
    EXPECT_TRUE(early.keep(route(1), ByteBuffer(1)));
    EXPECT_FALSE(early.keep(route(1), ByteBuffer(1)));
    early.clear();
    EXPECT_TRUE(early.keep(route(1), ByteBuffer(kUnvalidatedBytesMax)));
}

} // namespace
} // namespace vv::ice
