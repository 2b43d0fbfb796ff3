// Calls by ICE over the simulated internet: whether they find the way that the
// oracle predicts, and what becomes of them when the lines, the boxes or the
// places change. The agents, the relay and its clients are the real ones.
#include "sim/ice_call_for_test.h"
#include "sim/scenario_for_test.h"

#include <gtest/gtest.h>

namespace vv::sim {
namespace {

using namespace std::chrono_literals;
using ice::State;

/// A sample, the same each time; VISAVIS_SIM_RUNS=1000 plays every meeting there is.
constexpr std::uint64_t kMatrixRuns = 24;
/// From one seed to the next in the list of meetings: far, so that neighbouring ones are not alike.
constexpr std::uint64_t kStride = 311;

const Behaviour kAny = Behaviour::kEndpointIndependent;
const Behaviour kStrict = Behaviour::kAddressAndPortDependent;

Meeting meeting_of(const World& world, const std::vector<Meeting>& meetings) {
    return meetings[world.seed() * kStride % meetings.size()];
}
/// Both behind a NAT that lets them punch holes.
Meeting at_home() {
    return {nat_edge(kAny, kStrict), nat_edge(kAny, kStrict), 0};
}
/// Both behind NATs that take another port for each destination.
Meeting far_from_each_other() {
    return {nat_edge(kStrict, kStrict), nat_edge(kStrict, kStrict), 0};
}

TEST(Ice, FindsTheWayThatWasPredicted) {
    const std::vector<Meeting> meetings = all_meetings();
    for_each_seed(kMatrixRuns, [&](World& world) {
        const Meeting meeting = meeting_of(world, meetings);
        const Path predicted = predict(meeting, {});
        SCOPED_TRACE(meeting.name() + ", predicted " + std::string(name_of(predicted)));
        IceCall call(world, meeting, {.delay = 10ms});
        if (predicted == Path::kImpossible) {
            EXPECT_TRUE(world.run_for(1min, [&] { return call.are_both(State::kFailed); }));
            return;
        }
        ASSERT_TRUE(call.complete(predicted == Path::kDirect ? 1s : 3s));
        EXPECT_EQ(name_of(way_of(call.a)), name_of(predicted));
        EXPECT_EQ(name_of(way_of(call.b)), name_of(predicted));
        EXPECT_TRUE(call.carries());
    });
}

// Where packets are lost a way may be found too late to be taken; but there is one, and none that cannot be.
TEST(Ice, FindsAWayWhateverTheLinesDo) {
    const std::vector<Meeting> meetings = all_meetings();
    for_each_seed(8, [&](World& world) {
        const Meeting meeting = meeting_of(world, meetings);
        const Path predicted = predict(meeting, {});
        SCOPED_TRACE(meeting.name() + ", predicted " + std::string(name_of(predicted)));
        const double loss = 0.03 * static_cast<double>(world.seed() % 6); // of either end's line
        IceCall call(world, meeting, {.delay = 40ms, .jitter = 30ms, .loss = loss, .duplicate = 0.05, .reorder = 0.1});
        if (predicted == Path::kImpossible) {
            world.run_for(1min);
            EXPECT_EQ(name_of(way_of(call.a)), "impossible");
            EXPECT_EQ(name_of(way_of(call.b)), "impossible");
            return;
        }
        ASSERT_TRUE(call.complete(30s));
        EXPECT_TRUE(call.carries());
        EXPECT_EQ(name_of(way_of(call.a)), name_of(way_of(call.b)));
        EXPECT_TRUE(predicted == Path::kDirect || way_of(call.a) == Path::kRelayed);
    });
}

// RFC 8445 §7.3.1.1: both think they have made the offer, or neither does.
TEST(Ice, SettlesWhoControls) {
    for_each_seed(4, [](World& world) {
        const bool both = world.seed() % 2 == 0;
        IceCall call(world, at_home(), {.delay = 20ms, .jitter = 10ms, .loss = 0.1}, {both, both});
        ASSERT_TRUE(call.complete(30s));
        EXPECT_NE(call.a.agent().is_controlling(), call.b.agent().is_controlling());
        EXPECT_TRUE(call.carries());
    });
}

// The box forgets what it let in; whoever is behind it goes out at another port, and the other end cannot answer there.
TEST(Ice, ARebootedNatIsNoticedAndARestartFindsAWay) {
    for_each_seed(4, [](World& world) {
        Meeting meeting = at_home();
        std::get<NatConfig>(meeting.a.boxes.front()).ports = PortChoice::kRandom;
        IceCall call(world, meeting, {.delay = 20ms});
        ASSERT_TRUE(call.complete(1s));
        call.net.a_nats.front()->reboot();
        ASSERT_TRUE(world.run_for(20s, [&] { return call.b.is_in(State::kDisconnected); }));
        call.b.restart();
        ASSERT_TRUE(call.complete(5s));
        EXPECT_TRUE(call.carries());
        EXPECT_EQ(name_of(way_of(call.a)), "direct");
    });
}

// RFC 7675 §5.1: who has no answer for 30 s sends nothing any more, and says so.
TEST(Ice, WithoutConsentNothingIsSent) {
    for_each_seed(4, [](World& world) {
        IceCall call(world, at_home(), {.delay = 20ms});
        ASSERT_TRUE(call.complete(1s));
        const Instant cut = world.time();
        call.net.b.set_line_up(false);
        ASSERT_TRUE(world.run_for(10s, [&] { return call.a.is_in(State::kDisconnected); }));
        EXPECT_TRUE(call.a.agent().path().has_value()) << "it may yet come back";
        ASSERT_TRUE(world.run_for(30s, [&] { return call.a.is_in(State::kFailed); }));
        EXPECT_GE(world.time() - cut, 24s); // the last answer came at most 6 s before
        EXPECT_FALSE(call.a.agent().path().has_value());
        call.net.b.set_line_up(true);
        call.a.heard.clear();
        call.b.heard.clear();
        for (int i = 0; i < 100; ++i) {
            call.a.send("from a");
            world.run_for(200ms);
        }
        EXPECT_TRUE(call.b.heard.empty());
        call.a.restart();
        ASSERT_TRUE(call.complete(5s));
        EXPECT_TRUE(call.carries());
    });
}

TEST(Ice, AShortSilenceEndsNothing) {
    for_each_seed(2, [](World& world) {
        IceCall call(world, at_home(), {.delay = 20ms});
        ASSERT_TRUE(call.complete(1s));
        call.net.b.set_line_up(false);
        world.run_for(15s);
        call.net.b.set_line_up(true);
        ASSERT_TRUE(call.complete(5s));
        EXPECT_TRUE(call.carries());
        world.run_for(10min);
        EXPECT_TRUE(call.are_both(State::kCompleted));
        EXPECT_TRUE(call.carries());
    });
}

TEST(Ice, LastsAsLongAsItIsWanted) {
    for (const Meeting& meeting : {at_home(), far_from_each_other()}) {
        World world(1);
        IceCall call(world, meeting, {.delay = 20ms, .jitter = 10ms, .loss = 0.05});
        ASSERT_TRUE(call.complete(10s));
        const Path way = way_of(call.a);
        world.run_for(11min); // longer than permissions, allocations and channels last by themselves
        EXPECT_TRUE(call.are_both(State::kCompleted));
        EXPECT_TRUE(call.carries());
        EXPECT_EQ(way_of(call.a), way);
    }
}

// Out of the house, into another network, and back to a way of its own.
TEST(Ice, FollowsAHostIntoAnotherNetwork) {
    for_each_seed(6, [](World& world) {
        IceCall call(world, world.seed() % 2 == 0 ? at_home() : far_from_each_other(), {.delay = 20ms});
        ASSERT_TRUE(call.complete(3s));
        const auto mobile = world.add_nat("mobile", World::internet(), {}, {IpAddress::v4({21, 0, 0, 1})});
        call.net.a.roam(mobile.network, {IpAddress::v4({10, 99, 0, 2})}, {.delay = 50ms});
        world.run_for(100ms);
        ASSERT_TRUE(call.complete(5s));
        EXPECT_TRUE(call.carries());
    });
}

// Both ends have lost their relays; each finds out from its own client.
TEST(Ice, ARestartedRelayIsNoticedAndReplaced) {
    for_each_seed(2, [](World& world) {
        IceCall call(world, far_from_each_other(), {.delay = 20ms});
        ASSERT_TRUE(call.complete(3s));
        ASSERT_EQ(name_of(way_of(call.a)), "relayed");
        call.server.restart();
        ASSERT_TRUE(world.run_for(40s, [&] { return call.are_both(State::kFailed); }));
        call.a.renew_relays();
        call.b.renew_relays();
        call.a.restart();
        ASSERT_TRUE(call.complete(5s));
        EXPECT_TRUE(call.carries());
    });
}

// A clock that was put forward has nobody's consent any more: the agent cannot know that nothing was missed.
TEST(Ice, AClockThatJumpsCostsTheGenerationAndNoMore) {
    World world(1);
    IceCall call(world, at_home(), {.delay = 20ms});
    ASSERT_TRUE(call.complete(1s));
    call.net.a.jump_clock(1h);
    world.run_for(1s);
    EXPECT_TRUE(call.a.is_in(State::kFailed));
    call.a.restart();
    ASSERT_TRUE(call.complete(5s));
    EXPECT_TRUE(call.carries());
}

} // namespace
} // namespace vv::sim
