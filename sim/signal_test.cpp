// Calls from the beginning: two find each other at the real signaling server and
// lobby, and stay in their call whatever becomes of the server, of the lines to
// it, and of the places where they are.
#include "sim/scenario_for_test.h"
#include "sim/signaled_call_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace vv::sim {
namespace {

using namespace std::chrono_literals;
using ice::State;

const Behaviour kEi = Behaviour::kEndpointIndependent;
const Behaviour kApd = Behaviour::kAddressAndPortDependent;

Meeting at_home() {
    return {nat_edge(kEi, kApd), nat_edge(kEi, kApd), 0};
}

/// Of ends in one family: who has both is told of the servers of one of them only.
const std::vector<Meeting>& meetings() {
    static const std::vector<Meeting> kAll = [] {
        std::vector<Meeting> all = all_meetings();
        const auto is_other = [](const Edge& edge) { return edge.has_v4 && edge.has_v6; };
        std::erase_if(all, [&](const Meeting& one) { return is_other(one.a) || is_other(one.b); });
        return all;
    }();
    return kAll;
}

TEST(Signaling, TwoMeetInARoomAndFindTheirWay) {
    for_each_seed(8, [](World& world) {
        const Meeting& meeting = meetings()[world.new_seed() % meetings().size()];
        const Path predicted = predict(meeting, {});
        SCOPED_TRACE(meeting.name() + ", predicted " + std::string(name_of(predicted)));
        SignaledCall call(world, meeting, {.delay = 20ms});
        ASSERT_TRUE(world.run_for(3s, [&] { return call.a.has_ice() && call.b.has_ice(); }));
        EXPECT_EQ(call.server.stats().calls_accepted, 1U);
        EXPECT_NE(call.a.ice().agent().is_controlling(), call.b.ice().agent().is_controlling());
        ASSERT_TRUE(call.complete(5s));
        EXPECT_EQ(name_of(way_of(call.a.ice())), name_of(predicted));
        call.expect_it_carries();
        EXPECT_TRUE(call.a.signal().errors.empty());
        EXPECT_TRUE(call.b.signal().errors.empty());
    });
}

TEST(Signaling, TwoMeetByAPrivateName) {
    World world(1);
    SignaledCall call(world, at_home(), {.delay = 20ms}, open_wish(1, 11), open_wish(1, 12));
    Host& third = world.add_host("third", World::internet(), {IpAddress::v4({20, 9, 0, 1})});
    const SignaledEnd other(third, {kAuthority, {{IpAddress::v4({12, 0, 0, 9}), kPagePort}}}, open_wish(2, 13));
    ASSERT_TRUE(call.complete(3s));
    EXPECT_EQ(call.server.stats().joins, 1U);
    EXPECT_FALSE(other.has_ice());
    call.expect_it_carries();
}

TEST(Signaling, TwoMeetOverLinesThatLose) {
    for_each_seed(4, [](World& world) {
        SignaledCall call(world, at_home(), {.delay = 40ms, .jitter = 30ms, .loss = 0.1, .duplicate = 0.05});
        ASSERT_TRUE(call.complete(90s));
        call.expect_it_carries();
        world.run_for(20s);
        EXPECT_EQ(call.a.signal().bodies_waiting() + call.b.signal().bodies_waiting(), 0U);
    });
}

// Whoever was in a call comes back into it, with what was told meanwhile.
TEST(Signaling, AServerThatIsKilledTakesNoCallWithIt) {
    for_each_seed(4, [](World& world) {
        SignaledCall call(world, at_home(), {.delay = 20ms});
        ASSERT_TRUE(call.complete(3s));
        call.server.kill();
        world.run_for(2s);
        EXPECT_FALSE(call.a.signal().is_connected());
        EXPECT_TRUE(call.are_both(State::kCompleted)) << "the call has no need of it";
        call.expect_it_carries();
        call.net.b_nats.front()->reboot();
        call.restart(); // which waits for the server
        world.run_for(3s);
        call.server.begin();
        ASSERT_TRUE(world.run_for(15s, [&] { return call.are_both_connected(); }));
        EXPECT_EQ(call.a.signal().welcomes, (std::vector{false, true}));
        EXPECT_EQ(call.server.stats().sessions_recreated, 2U);
        world.run_for(1s);
        ASSERT_TRUE(call.complete(5s));
        call.expect_it_carries();
        EXPECT_FALSE(call.a.signal().left || call.b.signal().left);
    });
}

// A restart of ICE goes through the server that has just come back to the one who has not.
TEST(Signaling, WhatIsToldToSomebodyWhoIsAwayWaitsAtTheServer) {
    World world(1);
    SignaledCall call(world, at_home(), {.delay = 20ms});
    ASSERT_TRUE(call.complete(3s));
    call.net.b.set_line_up(false);
    world.run_for(5s);
    call.restart();
    world.run_for(15s);
    EXPECT_EQ(call.a.signal().bodies_waiting(), 0U) << "the server has them";
    EXPECT_FALSE(call.a.is_in(State::kCompleted));
    call.net.b.set_line_up(true);
    ASSERT_TRUE(call.complete(40s));
    call.expect_it_carries();
}

// In the new network it comes back on another connection, and the one that the server still takes for good is closed.
TEST(Signaling, AnEndThatRoamsComesBackWhereItsOldConnectionStillStands) {
    for_each_seed(4, [](World& world) {
        SignaledCall call(world, at_home(), {.delay = 20ms});
        ASSERT_TRUE(call.complete(3s));
        const auto mobile = world.add_nat("mobile", World::internet(), {}, {IpAddress::v4({21, 0, 0, 1})});
        call.net.b.roam(mobile.network, {IpAddress::v4({192, 168, 1, 2})}, {.delay = 50ms});
        world.run_for(10ms);
        EXPECT_EQ(call.server.connections(), 2U) << "nobody has told the server";
        ASSERT_TRUE(world.run_for(3s, [&] { return call.are_both_connected(); }));
        EXPECT_EQ(call.server.superseded(), 1U);
        EXPECT_EQ(call.server.connections(), 2U);
        world.run_for(1s);
        ASSERT_TRUE(call.complete(8s));
        call.expect_it_carries();
        EXPECT_EQ(call.b.signal().welcomes, (std::vector{false, true}));
    });
}

// The box forgets the stream as well: it looks open at either end and carries nothing.
TEST(Signaling, AConnectionThatCarriesNothingIsFoundOut) {
    World world(1);
    Meeting meeting = at_home();
    std::get<NatConfig>(meeting.b.boxes.front()).ports = PortChoice::kRandom;
    SignaledCall call(world, meeting, {.delay = 20ms});
    ASSERT_TRUE(call.complete(3s));
    call.net.b_nats.front()->reboot();
    ASSERT_TRUE(world.run_for(60s, [&] { return call.b.signal().welcomes.size() == 2; }));
    EXPECT_FALSE(call.b.signal().left);
    call.b.ice().restart(); // asks the other end for it, through the new connection
    ASSERT_TRUE(world.run_for(10s, [&] { return call.are_both(State::kCompleted); }));
    call.expect_it_carries();
}

TEST(Signaling, WhoeverDoesNotComeBackIsMissedAndTheCallIsOver) {
    World world(1);
    SignaledCall call(world, at_home(), {.delay = 20ms});
    ASSERT_TRUE(call.complete(3s));
    call.net.b.set_line_up(false);
    ASSERT_TRUE(world.run_for(6min, [&] { return call.a.signal().left.has_value(); }));
    EXPECT_EQ(*call.a.signal().left, "gone");
}

/// What may happen to a call and the server it came from.
class Fortune {
public:
    explicit Fortune(World& world) : world_(world), rng_(world.new_seed()), call_(world, at_home(), any_line()) {}

    [[nodiscard]] SignaledCall& call() { return call_; }
    void strike() {
        SignaledEnd& end = rng_.below(2) == 0 ? call_.a : call_.b;
        switch (rng_.below(6)) {
        case 0:
            if (!call_.server.runs()) return;
            call_.server.kill();
            return world_.at(world_.time() + some(20'000ms), [this] { call_.server.begin(); });
        case 1:
            return move(end);
        case 2:
            return (&end == &call_.a ? call_.net.a_nats : call_.net.b_nats).front()->reboot();
        case 3:
            end.host().set_line_up(false);
            return world_.at(world_.time() + some(20'000ms), [&end] { end.host().set_line_up(true); });
        case 4:
            return end.host().set_line(any_line());
        default:
            return end.ice().restart();
        }
    }
    void let_pass() { world_.run_for(some(15'000ms)); }
    void calm_down() {
        for (Host* host : {&call_.net.a, &call_.net.b})
            host->set_line({.delay = 10ms});
        world_.run_for(1min);
    }

private:
    [[nodiscard]] Duration some(std::chrono::milliseconds most) {
        return std::chrono::milliseconds(rng_.below(static_cast<std::uint64_t>(most.count())));
    }
    [[nodiscard]] LinkConfig any_line() {
        return {.delay = some(100ms), .jitter = some(30ms), .loss = 0.02 * static_cast<double>(rng_.below(6))};
    }
    void move(SignaledEnd& end) {
        ++moves_;
        const auto home = world_.add_nat("elsewhere", World::internet(), {}, {IpAddress::v4({21, 0, 0, moves_})});
        end.host().roam(home.network, {IpAddress::v4({192, 168, 1, 2})}, any_line());
        (&end == &call_.a ? call_.net.a_nats : call_.net.b_nats) = {&home.box};
    }

    World& world_;
    SeededRng rng_;
    SignaledCall call_;
    std::uint8_t moves_ = 0;
};

void live_through_anything(World& world) {
    Fortune fortune(world);
    SignaledCall& call = fortune.call();
    ASSERT_TRUE(world.run_for(2min, [&] { return call.a.has_ice() && call.b.has_ice(); }));
    const auto mishaps = world.new_seed() % 8;
    for (std::uint64_t i = 0; i < mishaps; ++i) {
        fortune.let_pass();
        fortune.strike();
    }
    fortune.calm_down();
    ASSERT_TRUE(call.server.runs());
    ASSERT_TRUE(call.are_both_connected());
    ASSERT_FALSE(call.a.signal().left) << *call.a.signal().left;
    ASSERT_FALSE(call.b.signal().left) << *call.b.signal().left;
    EXPECT_EQ(call.a.signal().bodies_waiting() + call.b.signal().bodies_waiting(), 0U);
    EXPECT_EQ(call.server.stats().calls, 1U);
    call.restart();
    call.b.ice().restart(); // whichever leads
    world.run_for(1s);
    ASSERT_TRUE(call.complete(8s));
    call.expect_it_carries();
}

TEST(SignalingAtRandom, ACallLivesThroughWhateverHappensToItAndToItsServer) {
    for_each_seed(4, live_through_anything);
}

// An end was back more than half a minute after the other, once each for another reason.
TEST(Signaling, ACallLivesThroughWhatHasEndedIt) {
    constexpr std::array<std::uint64_t, 4> kSeeds{300001191, 300003195, 300004835, 300005869};
    for (const std::uint64_t seed : kSeeds)
        for_seed(seed, live_through_anything);
}

// Its page hears nothing of the restart, then nothing of the answer to its first attempt, and only then comes back.
TEST(Signaling, WhoComesBackLateAfterARestartComesBackIntoTheCall) {
    for_each_seed(4, [](World& world) {
        SignaledCall call(world, at_home(), {.delay = 20ms});
        ASSERT_TRUE(call.complete(3s));
        call.net.b.set_line_up(false);
        call.server.kill();
        call.server.begin();
        ASSERT_TRUE(world.run_for(5s, [&] { return call.a.signal().welcomes.size() == 2; }));
        world.run_for(45s);
        EXPECT_FALSE(call.b.signal().is_connected());
        call.net.b.set_line_up(true);
        ASSERT_TRUE(world.run_for(20s, [&] { return call.are_both_connected(); }));
        world.run_for(1s);
        EXPECT_FALSE(call.a.signal().left || call.b.signal().left);
        call.restart();
        ASSERT_TRUE(world.run_for(10s, [&] { return call.are_both(State::kCompleted); }));
        call.expect_it_carries();
    });
}

// Bodies that were on their way are of no call any more, and who went on telling them would be closed on for good.
TEST(Signaling, WhoComesBackTooLateAfterARestartStaysConnected) {
    World world(1);
    SignaledCall call(world, at_home(), {.delay = 20ms});
    ASSERT_TRUE(call.complete(3s));
    call.net.b.set_line_up(false);
    call.server.kill();
    call.server.begin();
    for (int i = 0; i < 40; ++i)
        call.b.signal().tell(write_signal({0, RestartWish{}}));
    ASSERT_TRUE(world.run_for(3min, [&] { return call.a.signal().left.has_value(); }));
    call.net.b.set_line_up(true);
    ASSERT_TRUE(world.run_for(20s, [&] { return call.b.signal().left.has_value(); }));
    const std::size_t came_back = call.b.signal().welcomes.size();
    world.run_for(1min);
    EXPECT_TRUE(call.b.signal().is_connected());
    EXPECT_EQ(call.b.signal().welcomes.size(), came_back);
}

std::uint64_t packets_of_a_call(std::uint64_t seed) {
    World world(seed);
    SignaledCall call(world, at_home(), {.delay = 20ms, .jitter = 10ms, .loss = 0.1});
    EXPECT_TRUE(call.complete(90s));
    world.run_for(30s);
    return world.events();
}

TEST(Signaling, ASeedReplaysACall) {
    EXPECT_EQ(packets_of_a_call(5), packets_of_a_call(5));
    EXPECT_NE(packets_of_a_call(5), packets_of_a_call(6));
}

} // namespace
} // namespace vv::sim
