#include "apps/other_place.h"

#include <gtest/gtest.h>

namespace vv::apps {
namespace {

using net::Place;

TEST(OtherPlace, IsChosenWithTheOptionOfWhatCannotBeHad) {
    const auto way_out = [](Place place) { return with_way_out({place, "it is taken"}); };
    EXPECT_EQ(way_out(Place::kPages), "it is taken; choose another with --listen");
    EXPECT_EQ(way_out(Place::kRedirect), "it is taken; choose another with --redirect-listen");
    EXPECT_EQ(way_out(Place::kMetrics), "it is taken; choose another with --metrics-listen");
    EXPECT_EQ(way_out(Place::kRelay), "it is taken; choose another with --turn-listen");
    EXPECT_EQ(way_out(Place::kTurnTcp), "it is taken; choose another with --turn-tcp-listen");
    EXPECT_EQ(way_out(Place::kNatDiscovery), "it is taken; choose another with --turn-nat-discovery-listen");
    EXPECT_EQ(way_out(Place::kStateDirectory), "it is taken; choose another with --state-dir");
    EXPECT_EQ(way_out(Place::kStateLock), "it is taken; stop it, or choose another with --state-dir");
}

} // namespace
} // namespace vv::apps
