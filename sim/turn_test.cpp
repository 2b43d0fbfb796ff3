// The TURN client and server machines over the simulated internet: loss,
// hours, a restarted server, a rebooted NAT, a host that moves or sleeps.
#include "sim/apps_for_test.h"
#include "sim/scenario_for_test.h"
#include "sim/turn_login_for_test.h"

#include <gtest/gtest.h>

#include <array>

namespace vv::sim {
namespace {

using namespace std::chrono_literals;
using turn::Ended;
using turn::Transport;

const SocketAddress kPeer = at("13.0.0.1:4000");

/// A client at home, the server, a peer that sends everything back.
struct Net {
    explicit Net(World& its_world, const LinkConfig& link = {.delay = 20ms}, const NatConfig& config = {})
        : world(its_world),
          nat(world.add_nat("home", World::internet(), config, {ip("11.0.0.1")}, link)),
          alice(world.add_host("alice", nat.network, {ip("192.168.1.2")})),
          server(run_turn_server(world.add_host("server", World::internet(), {ip("12.0.0.1")}))),
          peer(world.add_host("peer", World::internet(), {kPeer.ip})) {
        peer.run<Echo>("13.0.0.1:4000");
    }
    TurnUser& use(Transport transport = Transport::kUdp) {
        const std::uint16_t port = transport == Transport::kTls ? kTlsPort : kStunPort;
        TurnUser& user = alice.run<TurnUser>(test_login({ip("12.0.0.1"), port}, transport));
        user.start();
        return user;
    }
    /// A packet there and back; again where some are lost.
    bool reaches_peer(TurnUser& user) {
        user.heard.clear();
        for (int i = 0; i < 50 && user.heard.empty(); ++i) {
            user.send(kPeer, as_bytes("hello"));
            world.run_for(300ms);
        }
        return !user.heard.empty() && as_text(user.heard.front().payload) == "hello";
    }

    World& world;
    World::Inside<NatBox> nat;
    Host& alice;
    TurnHost& server;
    Host& peer;
};

class Turn : public testing::TestWithParam<Transport> {};
std::string name_of(const testing::TestParamInfo<Transport>& one) {
    if (one.param == Transport::kUdp) return "Udp";
    return one.param == Transport::kTcp ? "Tcp" : "Tls";
}
INSTANTIATE_TEST_SUITE_P(Sim, Turn, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls), name_of);

// Where one packet of a stream is lost again and again TCP gives up, which the client says; then there is no more to
// ask.
TEST_P(Turn, RelaysWhateverTheLinesDo) {
    for_each_seed(8, [](World& world) {
        Net net(world, {.delay = 20ms, .jitter = 10ms, .loss = 0.2, .duplicate = 0.05, .reorder = 0.05});
        TurnUser& user = net.use(GetParam());
        const auto has_broken = [&] { return turn::is_stream(GetParam()) && user.ended().has_value(); };
        ASSERT_TRUE(world.run_for(3min, [&] { return user.is_there() || has_broken(); }));
        if (has_broken()) return;
        EXPECT_EQ(user.client().password_hash(), turn::PasswordHash::kSha256);
        user.permit(kPeer.ip);
        ASSERT_TRUE(world.run_for(3min, [&] { return user.client().is_permitted(kPeer.ip) || has_broken(); }));
        if (has_broken()) return;
        EXPECT_TRUE(net.reaches_peer(user));
        user.bind_channel(kPeer);
        const PeerAddress peer(kPeer);
        ASSERT_TRUE(world.run_for(3min, [&] { return user.client().has_channel(peer) || has_broken(); }));
        if (has_broken()) return;
        EXPECT_TRUE(net.reaches_peer(user));
        user.close();
        EXPECT_TRUE(world.run_for(20min, [&] { return net.server.server().counters().allocations_live == 0; }));
    });
}

TEST_P(Turn, LastsForHours) {
    World world(1);
    Net net(world);
    TurnUser& user = net.use(GetParam());
    world.run_for(1s);
    user.bind_channel(kPeer);
    for (int hours = 0; hours < 12; ++hours) {
        world.run_for(1h);
        ASSERT_TRUE(net.reaches_peer(user)) << hours;
    }
    EXPECT_EQ(net.server.server().counters().allocations_total, 1U);
}

TEST_P(Turn, ARestartedServerIsNoticed) {
    World world(1);
    Net net(world);
    TurnUser& user = net.use(GetParam());
    world.run_for(1min);
    ASSERT_TRUE(user.is_there());
    net.server.restart();
    world.run_for(9min);
    ASSERT_TRUE(user.ended().has_value());
    EXPECT_EQ(user.ended()->why, turn::is_stream(GetParam()) ? Ended::Why::kBroken : Ended::Why::kRefused);
    TurnUser& again = net.use(GetParam());
    world.run_for(1s);
    EXPECT_TRUE(again.is_there());
}

// RFC 8656 §8: the server sees another client, which has no relay.
TEST_P(Turn, ARebootedNatIsNoticed) {
    World world(1);
    Net net(world, {.delay = 20ms}, {.ports = PortChoice::kSequential});
    TurnUser& user = net.use(GetParam());
    world.run_for(1min);
    net.nat.box.reboot();
    world.run_for(10min);
    ASSERT_TRUE(user.ended().has_value());
    TurnUser& again = net.use(GetParam());
    world.run_for(1s);
    EXPECT_TRUE(again.is_there());
    world.run_for(20min);
    EXPECT_EQ(net.server.server().counters().allocations_live, 1U) << "the old one has expired";
}

TEST_P(Turn, AHostThatMovesAwayBeginsAnew) {
    World world(1);
    Net net(world);
    TurnUser& user = net.use(GetParam());
    world.run_for(1min);
    net.alice.roam(World::internet(), {ip("14.0.0.1")});
    ASSERT_TRUE(user.ended().has_value());
    EXPECT_EQ(user.ended()->why, Ended::Why::kBroken);
    TurnUser& again = net.use(GetParam());
    world.run_for(1s);
    EXPECT_TRUE(again.is_there());
}

TEST(TurnAcross, MachinesOfOneServerHandOverWhatTheyRelayToEachOther) {
    World world(1);
    TurnHost& server = run_turn_server(world.add_host("server", World::internet(), {ip("12.0.0.1")}), 2);
    Host& host = world.add_host("host", World::internet(), {ip("13.0.0.1")}, {.delay = 20ms});
    std::array<TurnUser*, 2> users{};
    for (TurnUser*& user : users) { // their ports follow one another
        user = &host.run<TurnUser>(test_login(at("12.0.0.1:3478")));
        user->start();
    }
    world.run_for(1s);
    for (std::size_t i = 0; i < users.size(); ++i) {
        ASSERT_TRUE(users.at(i)->is_there());
        ASSERT_EQ(server.server(i).counters().allocations_live, 1U);
        users.at(i)->permit(ip("12.0.0.1"));
    }
    world.run_for(1s);
    for (std::size_t i = 0; i < users.size(); ++i) {
        TurnUser& from = *users.at(i);
        TurnUser& to = *users.at(1 - i);
        const auto sent_before = world.count(Fate::kDelivered);
        from.send(to.relayed(AddressFamily::kIpv4).value(), as_bytes("across"));
        world.run_for(1s);
        ASSERT_EQ(to.heard.size(), 1U);
        EXPECT_EQ(as_text(to.heard.front().payload), "across");
        EXPECT_EQ(to.heard.front().from, from.relayed(AddressFamily::kIpv4));
        EXPECT_EQ(server.server(i).counters().packets_hairpinned, 1U);
        EXPECT_EQ(world.count(Fate::kDelivered) - sent_before, 2U) << "to the server and from it";
    }
    users.front()->close();
    world.run_for(1s);
    users.back()->send(at("12.0.0.1:49152"), as_bytes("nobody's"));
    world.run_for(1s);
    EXPECT_EQ(server.server(1).counters().dropped_no_allocation, 1U);
}

TEST(TurnOverTime, AClockThatJumpsAnHourOnlyAsksEarlier) {
    World world(1);
    Net net(world);
    TurnUser& user = net.use();
    world.run_for(1s);
    user.bind_channel(kPeer);
    world.run_for(1s);
    net.alice.jump_clock(1h);
    EXPECT_TRUE(net.reaches_peer(user));
    world.run_for(1h);
    EXPECT_TRUE(net.reaches_peer(user));
}

TEST(TurnOverTime, AnHourOfSleepCostsTheRelay) {
    World world(1);
    Net net(world);
    TurnUser& user = net.use();
    world.run_for(1s);
    net.alice.fall_asleep();
    world.run_for(1h);
    net.alice.wake_up(true);
    EXPECT_FALSE(user.ended().has_value()) << "it knows nothing of that hour";
    world.run_for(10min);
    ASSERT_TRUE(user.ended().has_value());
    EXPECT_EQ(user.ended()->code, 437);
}

TEST(TurnOverTime, WithoutAnAddressOfTheServersFamilyThereIsNoWay) {
    World world(1);
    Net net(world);
    TurnUser& user = net.alice.run<TurnUser>(test_login(at("[2600::1]:3478")));
    user.start();
    EXPECT_EQ(user.ended()->why, Ended::Why::kBroken);
}

} // namespace
} // namespace vv::sim
