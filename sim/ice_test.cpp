// Calls by ICE over the simulated internet: whether they find the way that the
// oracle predicts, and what becomes of them when the lines, the boxes or the
// places change. The agents, the relay and its clients are the real ones.
#include "sim/ice_call_for_test.h"
#include "sim/scenario_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <set>
#include <string>
#include <vector>

namespace vv::sim {
namespace {

using namespace std::chrono_literals;
using ice::State;

const Behaviour kEi = Behaviour::kEndpointIndependent;
const Behaviour kApd = Behaviour::kAddressAndPortDependent;

/// Every meeting there is once. With sanitizers the first of them are played, in which each edge meets two others far
/// away, as either end, and two are under each kind of NAT that can be shared; `./dev test sim` plays all.
class Meetings {
public:
    Meetings()
        : all_(all_meetings()),
          edges_(all_edges().size()),
          near_each_((all_.size() - edges_ * edges_) / kRoofs) {
        add_far(0);
        add_near(0);
        for (std::size_t turn = 1; turn < edges_; ++turn)
            add_far(turn);
        for (std::size_t turn = 1; turn < near_each_; ++turn)
            add_near(turn);
        VV_ASSERT(std::set(in_turn_.begin(), in_turn_.end()).size() == all_.size());
    }
    [[nodiscard]] const Meeting& of(const World& world) const {
        return all_[in_turn_[(world.seed() - 1) % in_turn_.size()]];
    }
    [[nodiscard]] std::uint64_t daily() const { return edges_ + kRoofs; }

private:
    /// Three mappings, three filters, with and without hairpins.
    static constexpr std::size_t kRoofs = 18;
    /// From one edge to the one it meets first, which is another kind of the same.
    static constexpr std::size_t kStep = 4;

    void add_far(std::size_t turn) {
        for (std::size_t a = 0; a < edges_; ++a)
            in_turn_.push_back(a * edges_ + (a + kStep + turn) % edges_);
    }
    void add_near(std::size_t turn) {
        for (std::size_t roof = 0; roof < kRoofs; ++roof)
            in_turn_.push_back(edges_ * edges_ + roof * near_each_ + (roof + turn) % near_each_);
    }

    std::vector<Meeting> all_;
    std::size_t edges_;
    std::size_t near_each_; // under one roof
    std::vector<std::size_t> in_turn_;
};

/// Both behind a NAT that lets them punch holes.
Meeting at_home() {
    return {nat_edge(kEi, kApd), nat_edge(kEi, kApd), 0};
}
/// Both behind NATs that take another port for each destination.
Meeting far_from_each_other() {
    return {nat_edge(kApd, kApd), nat_edge(kApd, kApd), 0};
}

TEST(Ice, FindsTheWayThatWasPredicted) {
    const Meetings meetings;
    for_each_seed(meetings.daily(), [&](World& world) {
        const Meeting& meeting = meetings.of(world);
        const Path predicted = predict(meeting, {});
        SCOPED_TRACE(meeting.name() + ", predicted " + std::string(name_of(predicted)));
        IceCall call(world, meeting, {.delay = 10ms});
        if (predicted == Path::kImpossible) {
            EXPECT_TRUE(world.run_for(1min, [&] { return call.are_both(State::kFailed); }));
            return;
        }
        ASSERT_TRUE(call.complete(predicted == Path::kDirect ? 1s : 3s));
        EXPECT_EQ(name_of(way_of(call.a)), name_of(predicted));
        expect_it_carries(call);
    });
}

// Where packets are lost a way may be found too late to be taken; but there is one, and none that cannot be. Where none
// are, it is the one that was predicted, however late and in whatever order they come.
TEST(Ice, FindsAWayWhateverTheLinesDo) {
    const Meetings meetings;
    for_each_seed(8, [&](World& world) {
        const Meeting& meeting = meetings.of(world);
        const Path predicted = predict(meeting, {});
        SCOPED_TRACE(meeting.name() + ", predicted " + std::string(name_of(predicted)));
        const double loss = 0.03 * static_cast<double>(world.new_seed() % 6); // of either end's line
        IceCall call(world, meeting, {.delay = 40ms, .jitter = 30ms, .loss = loss, .duplicate = 0.05, .reorder = 0.1});
        if (predicted == Path::kImpossible) {
            world.run_for(1min);
            EXPECT_EQ(name_of(way_of(call.a)), "impossible");
            EXPECT_EQ(name_of(way_of(call.b)), "impossible");
            return;
        }
        ASSERT_TRUE(call.complete(30s));
        // What the one end has given up and nominated instead reaches the other a little later.
        ASSERT_TRUE(world.run_for(15s, [&] { return way_of(call.a) == way_of(call.b); }));
        expect_it_carries(call);
        EXPECT_TRUE(way_of(call.a) == predicted || (loss > 0 && way_of(call.a) == Path::kRelayed));
    });
}

/// Loses what an end answers to nominations that came straight from the other.
class LossOfGrants final : public Witness {
public:
    using Witness::Witness;
    [[nodiscard]] int grants() const { return grants_; }

private:
    // The answer leaves within the event that this one begins.
    void see(const TraceEntry& entry) override {
        const IceCall& the_call = call();
        if (entry.what != Fate::kDelivered || entry.where != the_call.net.b.name()) return;
        const auto message = stun::parse_message(entry.packet.payload);
        if (!message || !message->find(stun::AttributeType::kUseCandidate)) return;
        ++grants_;
        Host& b = the_call.net.b;
        b.set_line_up(false);
        the_call.world.at(the_call.world.time(), [&b] { b.set_line_up(true); });
    }

    int grants_ = 0;
};

// RFC 8445 §8.1.1: by the nomination alone an end cannot tell whether the other has followed it.
TEST(Ice, EndsOnOnePairThoughEveryAnswerToANominationIsLost) {
    for_each_seed(4, [](World& world) {
        IceCall call(world, at_home(), {.delay = 20ms, .jitter = 5ms});
        {
            const LossOfGrants loss(call);
            world.run_for(50s);
            EXPECT_GT(loss.grants(), 10); // more than one transaction
            EXPECT_TRUE(call.b.is_in(State::kCompleted));
        }
        ASSERT_TRUE(call.complete(15s));
        world.run_for(15s);
        EXPECT_TRUE(call.are_both(State::kCompleted));
        expect_it_carries(call);
    });
}

// However many are lost, once both have completed they are on one way, or soon will be.
TEST(Ice, BothEndsAreOnOnePairAfterMuchLoss) {
    for_each_seed(10, [](World& world) {
        IceCall call(world, at_home(), {.delay = 40ms, .jitter = 30ms, .loss = 0.25});
        ASSERT_TRUE(call.complete(2min));
        for (Host* host : {&call.net.a, &call.net.b})
            host->set_line({.delay = 20ms});
        world.run_for(20s);
        ASSERT_TRUE(call.are_both(State::kCompleted));
        expect_it_carries(call);
    });
}

// RFC 8445 §7.3.1.1: both think they have made the offer, or neither does.
TEST(Ice, SettlesWhoControls) {
    for_each_seed(4, [](World& world) {
        const bool both = world.seed() % 2 == 0;
        IceCall call(world, at_home(), {.delay = 20ms, .jitter = 10ms, .loss = 0.1}, {both, both});
        ASSERT_TRUE(call.complete(30s));
        EXPECT_NE(call.a.agent().is_controlling(), call.b.agent().is_controlling());
        expect_it_carries(call);
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
        expect_it_carries(call);
        EXPECT_EQ(name_of(way_of(call.a)), "direct");
    });
}

/// Counts what the two send but to the server.
class WitnessOfTheDirectWay final : public Witness {
public:
    using Witness::Witness;
    [[nodiscard]] int packets() const { return packets_; }

private:
    void see(const TraceEntry& entry) override {
        const BuiltMeeting& net = call().net;
        const bool is_of_one = entry.where == net.a.name() || entry.where == net.b.name();
        if (entry.what != Fate::kSent || !is_of_one) return;
        const std::vector<IpAddress> servers = net.server.addresses();
        if (std::ranges::find(servers, entry.packet.to.ip) == servers.end()) ++packets_;
    }

    int packets_ = 0;
};

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
        {
            const WitnessOfTheDirectWay witness(call);
            world.run_for(20s);
            EXPECT_EQ(witness.packets(), 0);
        }
        call.a.restart();
        ASSERT_TRUE(call.complete(5s));
        expect_it_carries(call);
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
        expect_it_carries(call);
        world.run_for(10min);
        EXPECT_TRUE(call.are_both(State::kCompleted));
        expect_it_carries(call);
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
        expect_it_carries(call);
        EXPECT_EQ(way_of(call.a), way);
    }
}

// Out of the house, into another network, and back to a way of its own.
TEST(Ice, FollowsAHostIntoAnotherNetwork) {
    for_each_seed(6, [](World& world) {
        IceCall call(world, world.seed() % 2 == 0 ? at_home() : far_from_each_other(), {.delay = 20ms});
        ASSERT_TRUE(call.complete(3s));
        const auto mobile = world.add_nat("mobile", World::internet(), {}, {IpAddress::v4({21, 0, 0, 1})});
        call.net.a.roam(mobile.network, {IpAddress::v4({192, 168, 1, 2})}, {.delay = 50ms});
        world.run_for(100ms);
        ASSERT_TRUE(call.complete(5s));
        expect_it_carries(call);
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
        expect_it_carries(call);
    });
}

// The address that every home has is told, and no relay lets anybody send there.
TEST(Ice, NothingWaitsForAPeerThatTheRelayRefuses) {
    World world(1);
    IceCall call(world, far_from_each_other(), {.delay = 20ms});
    ASSERT_TRUE(call.complete(3s));
    world.run_for(10s);
    EXPECT_EQ(call.a.packets_waiting() + call.b.packets_waiting(), 0U);
}

TEST(Ice, ASleeperHearsWhatItWasToldWhenItWakes) {
    for_each_seed(2, [](World& world) {
        IceCall call(world, at_home(), {.delay = 20ms});
        call.net.b.fall_asleep();
        world.run_for(5s);
        EXPECT_FALSE(call.b.agent().path().has_value());
        EXPECT_TRUE(call.b.states.empty());
        call.net.b.wake_up(world.seed() % 2 == 0);
        ASSERT_TRUE(call.complete(5s));
        EXPECT_EQ(name_of(way_of(call.a)), "direct");
        expect_it_carries(call);
    });
}

std::deque<std::string> lines_of_a_call(std::uint64_t seed) {
    TraceLog log;
    World world(seed);
    world.trace_to(&log);
    IceCall call(world, far_from_each_other(), {.delay = 20ms, .jitter = 10ms, .loss = 0.1, .reorder = 0.05});
    EXPECT_TRUE(call.complete(30s));
    EXPECT_TRUE(call.carries());
    call.net.a_nats.front()->reboot();
    call.a.restart();
    world.run_for(5s);
    return log.lines();
}

TEST(Ice, ASeedReplaysACallPacketForPacket) {
    const std::deque<std::string> lines = lines_of_a_call(7);
    EXPECT_EQ(lines_of_a_call(7), lines);
    EXPECT_NE(lines_of_a_call(8), lines);
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
    expect_it_carries(call);
}

} // namespace
} // namespace vv::sim
