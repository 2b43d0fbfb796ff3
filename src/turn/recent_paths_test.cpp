#include "turn/recent_paths.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

namespace vv::turn {
namespace {

using namespace test;

const SocketAddress kServer = at("11.0.0.1:3478");

FiveTuple path_of(std::uint32_t number, Transport transport = Transport::kUdp) {
    return {kServer, ClientAddress({IpAddress::v4(0x0C00'0000U + number), 1000}), transport};
}

TEST(RecentPaths, FindsWhatItWasToldOfUntilThatIsForgotten) {
    RecentPaths recent;
    Allocation allocation;
    allocation.path = path_of(1);
    EXPECT_EQ(recent.find(allocation.path), nullptr);
    recent.note(allocation);
    EXPECT_EQ(recent.find(allocation.path), &allocation);
    EXPECT_EQ(recent.find(path_of(1, Transport::kTcp)), nullptr) << "another path of the same addresses";
    recent.forget(allocation);
    EXPECT_EQ(recent.find(allocation.path), nullptr);
}

TEST(RecentPaths, WhoSharesAPlaceIsNotTakenForTheOther) {
    RecentPaths recent;
    Allocation one;
    one.path = path_of(0);
    recent.note(one);
    Allocation other;
    // Of 100 000 addresses some have the same place.
    for (std::uint32_t number = 1; recent.find(one.path) == &one && number < 100'000; ++number) {
        other.path = path_of(number);
        EXPECT_EQ(recent.find(other.path), nullptr);
        recent.note(other);
        if (recent.find(one.path) == &one) recent.forget(other);
    }
    ASSERT_EQ(recent.find(one.path), nullptr) << "they share a place";
    EXPECT_EQ(recent.find(other.path), &other);
    recent.forget(one);
    EXPECT_EQ(recent.find(other.path), &other) << "the place is the other's now";
}

// An allocation that ends and is made again on the same path is another one; the sanitizer sees who looks at the
// former.
TEST(RecentPaths, APathMeetsTheAllocationItHasNow) {
    TestRelay relay;
    TestEndpoint client(relay, "12.0.0.1:1000", call_credential());
    ASSERT_TRUE(client.allocate().is_success());
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(client.refresh(0).is_success());
        EXPECT_FALSE(relay.server.has_allocation(client.path()));
        EXPECT_EQ(client.refresh(600).error(), 437) << "there is none";
        ASSERT_TRUE(client.allocate().is_success());
    }
}

} // namespace
} // namespace vv::turn
