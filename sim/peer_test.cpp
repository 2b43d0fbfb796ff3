// Whole native peers over the simulated internet: ICE, DTLS, SRTP and SCTP behind
// NATs and firewalls, over lines that lose. That a path is found is ice_test's
// matter; here it is whether data and media come through what was found.
#include "sim/meeting.h"
#include "sim/oracle.h"
#include "sim/peer_user.h"
#include "sim/scenario_for_test.h"
#include "sim/turn_login_for_test.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace vv::sim {
namespace {

using namespace std::chrono_literals;
using peer::Fault;
using peer::State;

/// One for all: making one takes longer than a call does.
const dtls::Certificate& certificate() {
    static const dtls::Certificate kCertificate = dtls::Certificate::make(kWallBeginning);
    return kCertificate;
}

enum class Relays : std::uint8_t { kNone, kAll };

PeerSetup peer_setup(const Host& server, bool offers, Relays relays) {
    PeerSetup setup{.offers = offers, .has_media = true};
    for (const IpAddress& ip : server.addresses())
        setup.stun_servers.push_back({ip, kStunPort});
    if (relays == Relays::kAll) setup.relays = test_logins(server);
    return setup;
}

struct PeerCall {
    PeerCall(World& its_world, const Meeting& meeting, const LinkConfig& line, Relays relays = Relays::kAll)
        : world(its_world),
          net(build(world, meeting, line)),
          server(run_turn_server(net.server, 2, true)),
          a(net.a.run<PeerUser>(peer_setup(net.server, true, relays), certificate())),
          b(net.b.run<PeerUser>(peer_setup(net.server, false, relays), certificate())) {
        a.signal_to(b, 30ms);
        b.signal_to(a, 30ms);
        a.start();
        b.start();
    }
    [[nodiscard]] bool are_both(State state) const { return a.is_in(state) && b.is_in(state); }
    bool connect(Duration within) {
        return world.run_for(within, [&] { return are_both(State::kConnected); });
    }
    /// A message each way, through a channel that loses none.
    bool echoes(Duration within) {
        a.heard.clear();
        b.heard.clear();
        const Instant end = world.time() + within;
        bool a_said = false;
        bool b_said = false;
        while (world.time() < end && (a.heard.empty() || b.heard.empty())) {
            a_said = a_said || a.say("from a");
            b_said = b_said || b.say("from b");
            world.run_for(50ms, [&] { return !a.heard.empty() && !b.heard.empty(); });
        }
        return a.heard == std::vector<std::string>{"from b"} && b.heard == std::vector<std::string>{"from a"};
    }
    /// Fifty of each a second, both ways.
    void send_media(Duration duration) {
        a.sounds = a.pictures = b.sounds = b.pictures = 0;
        const Instant end = world.time() + duration;
        while (world.time() < end) {
            if (a.connection().state() == State::kConnected) a.send_media();
            if (b.connection().state() == State::kConnected) b.send_media();
            world.run_for(20ms);
        }
    }

    World& world;
    BuiltMeeting net;
    TurnHost& server;
    PeerUser& a;
    PeerUser& b;
};

Path way_of(const PeerUser& user) {
    const auto path = user.connection().path();
    if (!path) return Path::kImpossible;
    const bool is_relayed = path->local == ice::CandidateType::kRelayed || path->remote == ice::CandidateType::kRelayed;
    return is_relayed ? Path::kRelayed : Path::kDirect;
}

const Behaviour kEi = Behaviour::kEndpointIndependent;
const Behaviour kApd = Behaviour::kAddressAndPortDependent;

Meeting at_home() {
    return {nat_edge(kEi, kApd), nat_edge(kEi, kApd), 0};
}
Meeting far_from_each_other() {
    return {nat_edge(kApd, kApd), nat_edge(kApd, kApd), 0};
}
Meeting behind_firewalls(std::size_t udp_payload_max) {
    const Edge edge = firewall_edge({.udp_payload_max = udp_payload_max}, true, false);
    return {edge, edge, 0};
}

TEST(Peer, CarriesEverythingOnTheWayThatWasPredicted) {
    const std::vector<Meeting> meetings = all_meetings();
    for_each_seed(8, [&](World& world) {
        const Meeting& meeting = meetings[world.new_seed() % meetings.size()];
        const Path predicted = predict(meeting, {});
        SCOPED_TRACE(meeting.name() + ", predicted " + std::string(name_of(predicted)));
        PeerCall call(world, meeting, {.delay = 10ms});
        if (predicted == Path::kImpossible) {
            EXPECT_TRUE(world.run_for(2min, [&] { return call.are_both(State::kFailed); }));
            EXPECT_EQ(call.a.states.back().fault, Fault{Fault::Why::kNoPath});
            return;
        }
        // A firewall that drops large packets costs DTLS three flights in vain, of each end.
        ASSERT_TRUE(call.connect(20s));
        EXPECT_TRUE(call.echoes(10s));
        world.run_for(2s); // the way may get better yet
        EXPECT_EQ(name_of(way_of(call.a)), name_of(predicted));
        call.send_media(1s);
        world.run_for(500ms);
        EXPECT_GE(call.a.sounds, 45U);
        EXPECT_GE(call.b.sounds, 45U);
        const bool has_large = meeting.a.name != "no large packets" && meeting.b.name != "no large packets";
        EXPECT_EQ(call.a.pictures >= 45, has_large);
    });
}

TEST(Peer, CarriesEverythingOverLinesThatLose) {
    const std::vector<Meeting> meetings{at_home(), far_from_each_other(), {open_edge(), nat_edge(kApd, kApd), 0}};
    for_each_seed(7, [&](World& world) {
        const double loss = 0.05 * static_cast<double>(world.seed() % 7); // 30 % of the way of both lines at most
        const double of_a_line = 1 - std::sqrt(1 - loss);
        PeerCall call(world, meetings[world.seed() % meetings.size()],
                      {.delay = 20ms, .jitter = 20ms, .loss = of_a_line, .duplicate = 0.02, .reorder = 0.05});
        ASSERT_TRUE(call.connect(40s));
        ASSERT_TRUE(call.echoes(60s));
        call.send_media(3s);
        world.run_for(2s);
        // What is lost of sound is lost. Pictures come again; where one takes too long a whole one is asked for, and
        // those between are passed over.
        const double sounds = 150 * (1 - loss) * 0.8;
        const double pictures = loss > 0.15 ? 30 : 110;
        for (const PeerUser* user : {&call.a, &call.b}) {
            EXPECT_GE(user->sounds, sounds);
            EXPECT_GE(user->pictures, pictures);
        }
        EXPECT_EQ(call.a.connection().counters().unprotected, 0U);
        EXPECT_GT(call.a.connection().counters().repeated, 0U);
    });
}

// An uplink of 0.3 to 2 Mbit/s with a queue of 32 KiB, and nothing larger than a tunnel lets through, where fragments
// are lost as well (RFC 8445 does not care: its packets are small; DTLS, SCTP and RTP keep to 1200 bytes).
TEST(Peer, CarriesEverythingOverNarrowLines) {
    const std::vector<std::int64_t> rates{40'000, 100'000, 250'000};
    for_each_seed(6, [&](World& world) {
        const std::int64_t rate = rates[world.seed() % rates.size()];
        const bool is_relayed = world.seed() % 2 == 0;
        SCOPED_TRACE(std::to_string(rate) + " bytes a second, " + (is_relayed ? "relayed" : "direct"));
        PeerCall call(world, is_relayed ? far_from_each_other() : at_home(),
                      {.delay = 20ms,
                       .bytes_per_second = rate,
                       .queue_bytes = std::size_t{32} * 1024,
                       .mtu = std::size_t{world.seed() % 4 < 2 ? 1280U : 1400U},
                       .fragments = false});
        ASSERT_TRUE(call.connect(10s));
        const std::string large(60'000, 'l');
        ASSERT_TRUE(call.a.say(large));
        ASSERT_TRUE(world.run_for(20s, [&] { return !call.b.heard.empty(); }));
        EXPECT_EQ(call.b.heard, std::vector<std::string>{large});
        EXPECT_TRUE(call.are_both(State::kConnected));
        // Nobody sends less where less arrives: on the others the queue would be full of what is sent here.
        if (rate != rates.back()) return;
        call.send_media(1s);
        world.run_for(1s);
        for (const PeerUser* user : {&call.a, &call.b}) {
            EXPECT_GE(user->sounds, 45U);
            EXPECT_GE(user->pictures, 45U);
        }
    });
}

// DTLS tries smaller datagrams, and they pass; so do small messages, and sound.
TEST(Peer, LargePacketsThatVanishAreLivedWith) {
    for_each_seed(2, [](World& world) {
        PeerCall call(world, behind_firewalls(600), {.delay = 10ms}, Relays::kNone);
        ASSERT_TRUE(call.connect(20s));
        EXPECT_TRUE(call.echoes(5s));
        EXPECT_GT(call.a.connection().dtls_counters().retransmissions, 0U);
        call.send_media(1s);
        world.run_for(1s);
        EXPECT_GE(call.b.sounds, 45U);
        EXPECT_EQ(call.b.pictures, 0U);
    });
}

// ICE's packets are small and have found a path; not even the smaller ones of DTLS come through it.
TEST(Peer, AHandshakeThatCannotBeIsTold) {
    for_each_seed(2, [](World& world) {
        PeerCall call(world, behind_firewalls(300), {.delay = 10ms}, Relays::kNone);
        ASSERT_TRUE(world.run_for(2min, [&] { return call.are_both(State::kFailed); }));
        for (const PeerUser* user : {&call.a, &call.b}) {
            EXPECT_EQ(user->states.back().fault, Fault{Fault::Why::kHandshakeTimeout});
            EXPECT_EQ(user->connection().poll_timeout(), std::nullopt);
        }
    });
}

TEST(Peer, ARestartOfIceDisturbsNothing) {
    for_each_seed(4, [](World& world) {
        PeerCall call(world, at_home(), {.delay = 20ms, .loss = 0.05});
        ASSERT_TRUE(call.connect(30s));
        (world.seed() % 2 == 0 ? call.a : call.b).restart();
        EXPECT_TRUE(call.echoes(10s));
        world.run_for(10s);
        EXPECT_TRUE(call.echoes(10s));
        EXPECT_TRUE(call.are_both(State::kConnected));
    });
}

TEST(Peer, AnotherNetworkIsFollowed) {
    for_each_seed(4, [](World& world) {
        PeerCall call(world, at_home(), {.delay = 20ms});
        ASSERT_TRUE(call.connect(5s));
        const auto cafe = world.add_nat("cafe", World::internet(), {}, {IpAddress::v4({20, 0, 1, 1})});
        (world.seed() % 2 == 0 ? call.net.a : call.net.b)
            .roam(cafe.network, {IpAddress::v4({192, 168, 7, 7})}, {.delay = 20ms});
        ASSERT_TRUE(world.run_for(10s, [&] { return call.are_both(State::kConnected); }));
        EXPECT_TRUE(call.echoes(20s));
        call.send_media(1s);
        world.run_for(1s);
        EXPECT_GE(call.a.sounds, 40U);
        EXPECT_GE(call.b.sounds, 40U);
    });
}

TEST(Peer, ARebootedNatIsMendedByARestart) {
    for_each_seed(2, [](World& world) {
        Meeting meeting = at_home();
        std::get<NatConfig>(meeting.a.boxes.front()).ports = PortChoice::kRandom;
        PeerCall call(world, meeting, {.delay = 20ms}, Relays::kNone);
        ASSERT_TRUE(call.connect(5s));
        call.net.a_nats.front()->reboot();
        ASSERT_TRUE(world.run_for(20s, [&] { return call.b.is_in(State::kDisconnected); }));
        call.b.restart();
        ASSERT_TRUE(world.run_for(10s, [&] { return call.are_both(State::kConnected); }));
        EXPECT_TRUE(call.echoes(40s));
    });
}

TEST(Peer, AGoodbyeIsHeard) {
    for_each_seed(2, [](World& world) {
        PeerCall call(world, far_from_each_other(), {.delay = 20ms});
        ASSERT_TRUE(call.connect(10s));
        ASSERT_TRUE(call.echoes(5s));
        call.b.close();
        EXPECT_TRUE(world.run_for(1s, [&] { return call.are_both(State::kClosed); }));
    });
}

} // namespace
} // namespace vv::sim
