#include "net/http_date.h"

#include <gtest/gtest.h>

namespace vv::net {
namespace {

TEST(HttpDate, WritesTheExampleOfTheRfc) {
    EXPECT_EQ(http_date(WallTime(std::chrono::seconds(784111777))), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(http_date(WallTime(std::chrono::seconds(0))), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(http_date(WallTime(std::chrono::seconds(1709210096))), "Thu, 29 Feb 2024 12:34:56 GMT");
}

} // namespace
} // namespace vv::net
