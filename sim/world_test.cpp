#include "sim/apps_for_test.h"
#include "sim/scenario_for_test.h"
#include "sim/world.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

namespace vv::sim {
namespace {

using namespace std::chrono_literals;

TEST(World, ADatagramTakesAsLongAsItsLines) {
    World world(1);
    Notebook& alice = world.add_host("alice", World::internet(), {ip("11.0.0.1")}, {.delay = 10ms}).run<Notebook>();
    Host& server = world.add_host("server", World::internet(), {ip("12.0.0.1")}, {.delay = 25ms});
    Notebook& hearer = server.run<Notebook>();
    ASSERT_TRUE(server.bind(at("12.0.0.1:7"), hearer));
    EXPECT_TRUE(alice.say("11.0.0.1:5", "12.0.0.1:7", "hello"));
    world.run_for(35ms - 1ns);
    EXPECT_TRUE(hearer.heard.empty());
    world.run_for(1ns);
    ASSERT_EQ(hearer.heard.size(), 1U);
    EXPECT_EQ(hearer.heard[0].from, at("11.0.0.1:5"));
    EXPECT_EQ(hearer.heard[0].text, "hello");
    EXPECT_EQ(hearer.heard[0].at, kBeginning + 35ms);
    EXPECT_EQ(world.packets_in_flight(), 0U);
}

TEST(World, EveryPacketThatGoesNowhereHasAReason) {
    World world(1);
    Host& alice = world.add_host("alice", World::internet(), {ip("11.0.0.1")});
    world.add_host("server", World::internet(), {ip("12.0.0.1")});
    Notebook& app = alice.run<Notebook>();
    app.say("11.0.0.1:5", "12.0.0.1:7", "nobody listens");
    app.say("11.0.0.1:5", "13.0.0.1:7", "nobody is there");
    EXPECT_FALSE(app.say("11.0.0.2:5", "12.0.0.1:7", "not its address"));
    world.run_for(1s);
    EXPECT_EQ(world.count(Fate::kNoSocket), 1U);
    EXPECT_EQ(world.count(Fate::kNoRoute), 1U);
    EXPECT_EQ(world.count(Fate::kWrongSource), 1U);
    EXPECT_EQ(world.packets_in_flight(), 0U);
}

TEST(World, HoldsAsManyPacketsAsItMayAndNotOneMore) {
    World world(1, 3);
    Notebook& alice = world.add_host("alice", World::internet(), {ip("11.0.0.1")}, {.delay = 1s}).run<Notebook>();
    for (int i = 0; i < 3; ++i)
        alice.say("11.0.0.1:5", "12.0.0.1:7", "hello");
    EXPECT_EQ(world.count(Fate::kWorldFull), 0U);
    alice.say("11.0.0.1:5", "12.0.0.1:7", "hello");
    EXPECT_EQ(world.count(Fate::kWorldFull), 1U);
    world.run_for(1s);
    EXPECT_EQ(world.packets_in_flight(), 0U);
    alice.say("11.0.0.1:5", "12.0.0.1:7", "hello");
    EXPECT_EQ(world.count(Fate::kWorldFull), 1U);
}

/// A house behind a NAT of its own, that one behind a carrier's.
struct Nested {
    World world{1};
    World::Inside<NatBox> carrier = world.add_nat("carrier", World::internet(), {}, {ip("11.0.0.1")}, {.delay = 5ms});
    World::Inside<NatBox> home = world.add_nat("home", carrier.network, {}, {ip("100.64.0.2")}, {.delay = 5ms});
    Host& alice = world.add_host("alice", home.network, {ip("192.168.1.2")});
    Host& server = world.add_host("server", World::internet(), {ip("12.0.0.1")});
};

TEST(World, CarriesThroughTwoNatsAndBack) {
    Nested net;
    net.server.run<Echo>("12.0.0.1:7");
    Notebook& alice = net.alice.run<Notebook>();
    ASSERT_TRUE(net.alice.bind(at("192.168.1.2:5000"), alice));
    Notebook& witness = net.server.run<Notebook>();
    ASSERT_TRUE(net.server.bind(at("12.0.0.1:8"), witness));
    alice.say("192.168.1.2:5000", "12.0.0.1:7", "hello");
    alice.say("192.168.1.2:5000", "12.0.0.1:8", "hello");
    net.world.run_for(1s);
    ASSERT_EQ(witness.heard.size(), 1U);
    EXPECT_EQ(witness.heard[0].from, at("11.0.0.1:5000"));
    ASSERT_EQ(alice.heard.size(), 1U);
    EXPECT_EQ(alice.heard[0].from, at("12.0.0.1:7"));
    EXPECT_EQ(alice.heard[0].at, kBeginning + 20ms);
}

TEST(World, KnowsAnIpv6AddressThroughBoxesThatTranslateNone) {
    World world(1);
    const auto nat = world.add_nat("nat", World::internet(), {}, {ip("11.0.0.1")});
    const auto wall = world.add_firewall("wall", nat.network, {.filtering = std::nullopt});
    Host& alice = world.add_host("alice", wall.network, {ip("192.168.1.2"), ip("2600:1::2")});
    Notebook& hearer = alice.run<Notebook>();
    ASSERT_TRUE(alice.bind(at("[2600:1::2]:7"), hearer));
    Notebook& bob = world.add_host("bob", World::internet(), {ip("2600:2::2")}).run<Notebook>();
    bob.say("[2600:2::2]:5", "[2600:1::2]:7", "hello");
    world.run_for(1s);
    EXPECT_EQ(hearer.heard.size(), 1U);
    alice.roam(World::internet(), {ip("2600:3::2")});
    bob.say("[2600:2::2]:5", "[2600:1::2]:7", "hello");
    world.run_for(1s);
    EXPECT_EQ(world.count(Fate::kNoRoute), 1U) << "the old address is nowhere any more";
}

TEST(World, NeighboursReachOneAnotherWithoutTheBoxAroundThem) {
    Nested net;
    Host& bob = net.world.add_host("bob", net.home.network, {ip("192.168.1.3")});
    Notebook& hearer = bob.run<Notebook>();
    ASSERT_TRUE(bob.bind(at("192.168.1.3:7"), hearer));
    net.alice.run<Notebook>().say("192.168.1.2:5000", "192.168.1.3:7", "hello");
    net.world.run_for(0s);
    ASSERT_EQ(hearer.heard.size(), 1U);
    EXPECT_EQ(hearer.heard[0].from, at("192.168.1.2:5000"));
    EXPECT_EQ(net.home.box.mappings(), 0U);
}

TEST(World, AMulticastReachesTheOthersOfItsNetworkOnly) {
    Nested net;
    Host& bob = net.world.add_host("bob", net.home.network, {ip("192.168.1.3")});
    Notebook& at_bob = bob.run<Notebook>();
    Notebook& at_alice = net.alice.run<Notebook>();
    Notebook& at_server = net.server.run<Notebook>();
    for (auto& [host, app] :
         std::vector<std::pair<Host*, Notebook*>>{{&bob, &at_bob}, {&net.alice, &at_alice}, {&net.server, &at_server}})
        ASSERT_TRUE(host->bind(at("224.0.0.251:5353"), *app));
    at_alice.say("192.168.1.2:5353", "224.0.0.251:5353", "who is there?");
    net.world.run_for(1s);
    EXPECT_EQ(at_bob.heard.size(), 1U);
    EXPECT_TRUE(at_alice.heard.empty());
    EXPECT_TRUE(at_server.heard.empty());
    EXPECT_EQ(net.world.packets_in_flight(), 0U);
}

TEST(World, WhatANatLetsInForAHostThatIsGoneEndsThere) {
    World world(1);
    const auto nat = world.add_nat("nat", World::internet(),
                                   {.filtering = Behaviour::kEndpointIndependent, .hairpins = true}, {ip("11.0.0.1")});
    Host& alice = world.add_host("alice", nat.network, {ip("192.168.1.2")});
    Notebook& bob = world.add_host("bob", nat.network, {ip("192.168.1.3")}).run<Notebook>();
    Notebook& server = world.add_host("server", World::internet(), {ip("12.0.0.1")}).run<Notebook>();
    alice.run<Notebook>().say("192.168.1.2:5000", "12.0.0.1:7", "opens a mapping");
    world.run_for(1s);
    alice.roam(World::internet(), {ip("13.0.0.9")});
    server.say("12.0.0.1:7", "11.0.0.1:5000", "to where it was");
    world.run_for(1s);
    EXPECT_EQ(world.count(Fate::kNoRoute), 1U);
    EXPECT_EQ(nat.box.mappings(), 1U) << "nobody inside is 12.0.0.1";
    bob.say("192.168.1.3:5001", "11.0.0.1:5000", "around the NAT");
    world.run_for(1s);
    EXPECT_EQ(world.count(Fate::kNoRoute), 2U);
    EXPECT_EQ(nat.box.mappings(), 2U) << "alice's, and bob's own";
    EXPECT_EQ(world.packets_in_flight(), 0U);
}

TEST(World, NetworksLieInOneAnotherAsDeepAsTheyMayAndNotOneMore) {
    World world(1);
    Host& server = world.add_host("server", World::internet(), {ip("2600::1")});
    Notebook& hearer = server.run<Notebook>();
    ASSERT_TRUE(server.bind(at("[2600::1]:7"), hearer));
    NetworkId network = World::internet();
    for (int depth = 1; depth < kHopsMax; ++depth)
        network = world.add_firewall("wall", network, {}).network;
    Notebook& deep = world.add_host("deep", network, {ip("2600::2")}).run<Notebook>();
    network = world.add_firewall("one more", network, {}).network;
    Notebook& deeper = world.add_host("deeper", network, {ip("2600::3")}).run<Notebook>();
    deep.say("[2600::2]:5", "[2600::1]:7", "hello");
    world.run_for(1s);
    EXPECT_EQ(hearer.heard.size(), 1U);
    deeper.say("[2600::3]:5", "[2600::1]:7", "hello");
    world.run_for(1s);
    EXPECT_EQ(hearer.heard.size(), 1U);
    EXPECT_EQ(world.count(Fate::kTooManyHops), 1U);
    EXPECT_EQ(world.packets_in_flight(), 0U);
}

TEST(World, AHostReachesItselfAroundItsNat) {
    World world(1);
    const auto outer = world.add_nat(
        "outer", World::internet(), {.filtering = Behaviour::kEndpointIndependent, .hairpins = true}, {ip("11.0.0.1")});
    Host& alice = world.add_host("alice", outer.network, {ip("192.168.1.2")});
    Notebook& app = alice.run<Notebook>();
    ASSERT_TRUE(alice.bind(at("192.168.1.2:5000"), app));
    app.say("192.168.1.2:5000", "12.0.0.1:7", "opens a mapping");
    app.say("192.168.1.2:5000", "11.0.0.1:5000", "to itself, around the NAT");
    world.run_for(1s);
    ASSERT_EQ(app.heard.size(), 1U);
    EXPECT_EQ(app.heard[0].from, at("11.0.0.1:5000"));
    EXPECT_EQ(world.packets_in_flight(), 0U);
}

TEST(World, ARoamingHostLosesItsSocketsAndFindsNewOnes) {
    Nested net;
    net.server.run<Echo>("12.0.0.1:7");
    Notebook& alice = net.alice.run<Notebook>();
    ASSERT_TRUE(net.alice.bind(at("192.168.1.2:5000"), alice));
    alice.say("192.168.1.2:5000", "12.0.0.1:7", "hello");
    net.world.run_for(15ms); // the answer is on its way
    net.alice.roam(World::internet(), {ip("13.0.0.9")});
    EXPECT_EQ(alice.address_changes, 2) << "one lost, one new";
    net.world.run_for(1s);
    EXPECT_TRUE(alice.heard.empty());
    EXPECT_FALSE(alice.say("192.168.1.2:5000", "12.0.0.1:7", "from the old address"));
    ASSERT_TRUE(net.alice.bind(at("13.0.0.9:5000"), alice));
    alice.say("13.0.0.9:5000", "12.0.0.1:7", "hello");
    net.world.run_for(1s);
    EXPECT_EQ(alice.heard.size(), 1U);
}

TEST(World, ALineThatIsDownCarriesNothingUntilItIsUp) {
    Nested net;
    net.server.run<Echo>("12.0.0.1:7");
    Notebook& alice = net.alice.run<Notebook>();
    ASSERT_TRUE(net.alice.bind(at("192.168.1.2:5000"), alice));
    net.world.set_line_up(net.home.network, false);
    alice.say("192.168.1.2:5000", "12.0.0.1:7", "hello");
    net.world.run_for(1s);
    EXPECT_EQ(net.world.count(Fate::kLinkDown), 1U);
    net.world.set_line_up(net.home.network, true);
    net.world.set_line(net.home.network, {.delay = 500ms});
    alice.say("192.168.1.2:5000", "12.0.0.1:7", "hello");
    net.world.run_for(1s + 10ms - 1ns);
    EXPECT_TRUE(alice.heard.empty());
    net.world.run_for(1ns);
    EXPECT_EQ(alice.heard.size(), 1U);
}

TEST(Clock, AJumpBringsForwardWhatWasDueLater) {
    World world(1);
    Host& host = world.add_host("host", World::internet(), {ip("11.0.0.1")});
    Notebook& app = host.run<Notebook>();
    app.alarm = kBeginning + 1h;
    app.reschedule();
    world.run_for(10min);
    host.jump_clock(2h);
    world.run_for(0s);
    ASSERT_EQ(app.alarms.size(), 1U);
    EXPECT_EQ(app.alarms[0], kBeginning + 2h + 10min) << "as its own clock shows";
    EXPECT_EQ(host.wall() - world.wall(), 2h);
}

TEST(Clock, ASleepingHostHearsNothingAndDoesNothing) {
    World world(1);
    Host& host = world.add_host("host", World::internet(), {ip("11.0.0.1")});
    Notebook& app = host.run<Notebook>();
    ASSERT_TRUE(host.bind(at("11.0.0.1:7"), app));
    Notebook& other = world.add_host("other", World::internet(), {ip("12.0.0.1")}).run<Notebook>();
    app.alarm = kBeginning + 1min;
    app.reschedule();
    host.fall_asleep();
    other.say("12.0.0.1:1", "11.0.0.1:7", "hello");
    world.run_for(1h);
    EXPECT_EQ(world.count(Fate::kAsleep), 1U);
    EXPECT_TRUE(app.alarms.empty() && app.heard.empty());
    host.wake_up(true);
    world.run_for(1min - 1ns);
    EXPECT_TRUE(app.alarms.empty()) << "its clock stood still";
    world.run_for(1ns);
    EXPECT_EQ(app.alarms, std::vector{kBeginning + 1min});
    app.alarm = host.time() + 1min;
    app.reschedule();
    host.fall_asleep();
    world.run_for(1h);
    host.wake_up(false);
    world.run_for(0s);
    EXPECT_EQ(app.alarms.size(), 2U) << "its clock went on";
}

TEST(Clock, AnAlarmThatMovesRingsOnce) {
    World world(1);
    Host& host = world.add_host("host", World::internet(), {ip("11.0.0.1")});
    Notebook& app = host.run<Notebook>();
    for (const auto after : {10s, 20s, 5s, 15s}) {
        app.alarm = kBeginning + after;
        app.reschedule();
    }
    world.run_for(1min);
    EXPECT_EQ(app.alarms, std::vector{kBeginning + 15s});
}

class Restless : public App {
public:
    using App::App;
    [[nodiscard]] std::optional<Instant> poll_timeout() const override { return kBeginning; }
};

TEST(ClockDeathTest, AMachineThatAlwaysWantsToBeWokenIsAFault) {
    World world(1);
    world.add_host("host", World::internet(), {ip("11.0.0.1")}).run<Restless>();
    EXPECT_DEATH(world.run_for(1s), "kWakesAtOnceMax");
}

TEST(Events, OfOneMomentComeInTheirOrder) {
    World world(1);
    std::vector<int> order;
    for (int i = 0; i < 100; ++i)
        world.at(kBeginning + 1s, [&order, i] { order.push_back(i); });
    world.at(kBeginning, [&] { order.push_back(-1); });
    EXPECT_TRUE(world.run_for(1s, [&] { return order.size() == 50; }));
    EXPECT_EQ(order.back(), 48);
    EXPECT_FALSE(world.run_for(2s, [&] { return order.size() > 101; }));
    EXPECT_EQ(world.time(), kBeginning + 3s);
    EXPECT_TRUE(std::ranges::is_sorted(order));
}

std::deque<std::string> lines_of(std::uint64_t seed) {
    World world(seed);
    TraceLog log;
    world.trace_to(&log);
    const LinkConfig bad{.delay = 10ms, .jitter = 20ms, .loss = 0.2, .duplicate = 0.1, .reorder = 0.1};
    const auto nat = world.add_nat("nat", World::internet(), {.ports = PortChoice::kRandom}, {ip("11.0.0.1")}, bad);
    Host& alice = world.add_host("alice", nat.network, {ip("192.168.1.2")});
    world.add_host("server", World::internet(), {ip("12.0.0.1")}).run<Echo>("12.0.0.1:7");
    Notebook& app = alice.run<Notebook>();
    for (int i = 0; i < 100; ++i)
        world.at(kBeginning + i * 1ms, [&] { app.say("192.168.1.2:5", "12.0.0.1:7", "hello"); });
    world.run_for(10s);
    return log.lines();
}

TEST(Trace, ASeedReplaysARunPacketForPacket) {
    EXPECT_EQ(lines_of(7), lines_of(7));
    EXPECT_NE(lines_of(7), lines_of(8));
}

TEST(Trace, SaysWhenWhereAndWhat) {
    Nested net;
    TraceLog log;
    net.world.trace_to(&log);
    net.world.run_for(1500ms);
    net.alice.run<Notebook>().say("192.168.1.2:5000", "12.0.0.1:7", "hello");
    net.world.run_for(1s);
    EXPECT_EQ(log.lines(),
              (std::deque<std::string>{"+1.500000 alice: sent 192.168.1.2:5000 > 12.0.0.1:7 UDP bytes 5",
                                       "+1.500000 home: translated 100.64.0.2:5000 > 12.0.0.1:7 UDP bytes 5",
                                       "+1.505000 carrier: translated 11.0.0.1:5000 > 12.0.0.1:7 UDP bytes 5",
                                       "+1.510000 server: no socket 11.0.0.1:5000 > 12.0.0.1:7 UDP bytes 5"}));
}

TEST(Trace, KeepsItsLastLines) {
    TraceLog log;
    Packet packet;
    for (std::size_t i = 0; i < TraceLog::kLinesMax + 1; ++i)
        log.note({kBeginning + i * 1s, "place", Fate::kSent, packet});
    EXPECT_EQ(log.lines().size(), TraceLog::kLinesMax);
    EXPECT_TRUE(log.lines().front().starts_with("+1.0")) << log.lines().front();
}

TEST(Fates, HaveNames) {
    EXPECT_EQ(name_of(Fate::kSent), "sent");
    EXPECT_EQ(name_of(Fate::kLost), "lost");
    EXPECT_EQ(name_of(Fate::kBlocked), "blocked");
    EXPECT_EQ(name_of(Fate::kNoRoute), "no route");
    EXPECT_EQ(name_of(Fate::kWorldFull), "world full");
    EXPECT_TRUE(is_end(Fate::kDelivered) && is_end(Fate::kLost) && is_end(Fate::kWorldFull));
    EXPECT_FALSE(is_end(Fate::kSent) || is_end(Fate::kTranslated) || is_end(Fate::kHairpinned));
}

TEST(Replay, AFailureSaysTheSeedAndTheCommand) {
    const auto fail_at_three = [] { for_each_seed(5, [run = 0](World&) mutable { EXPECT_NE(++run, 3); }); };
    EXPECT_NONFATAL_FAILURE(fail_at_three(), "VISAVIS_SIM_SEED=3 VISAVIS_SIM_TRACE=1");
    EXPECT_NONFATAL_FAILURE(fail_at_three(), "--gtest_filter='Replay.AFailureSaysTheSeedAndTheCommand'");
}

TEST(ReplayDeathTest, AnAssertionSaysThemToo) {
    const auto break_at_three = [] { for_each_seed(5, [run = 0](World&) mutable { VV_ASSERT(++run != 3); }); };
    EXPECT_DEATH(break_at_three(), "VISAVIS_SIM_SEED=3 VISAVIS_SIM_TRACE=1 .*ReplayDeathTest.AnAssertionSaysThemToo");
}

} // namespace
} // namespace vv::sim
