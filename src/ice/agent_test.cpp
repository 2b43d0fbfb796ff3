#include "ice/scripted_peer_for_test.h"

namespace vv::ice::test {
namespace {

AgentConfig asks(bool controlling) {
    return {.controlling = controlling, .stun_servers = {kStunServer}};
}

// ---- two ends that see each other

TEST(Agent, TwoHostsFindEachOther) {
    TestLink link;
    link.connect_hosts();
    ASSERT_TRUE(link.run_to_completion());
    EXPECT_EQ(link.left.states, (std::vector{State::kChecking, State::kConnected, State::kCompleted}));
    EXPECT_EQ(link.right.states, (std::vector{State::kChecking, State::kConnected, State::kCompleted}));
    EXPECT_EQ(link.left.agent.path()->route, (Route{TransportId(1), at("198.51.100.2:2000")}));
    EXPECT_EQ(link.right.agent.path()->route, (Route{TransportId(1), at("198.51.100.1:1000")}));
    EXPECT_EQ(link.left.agent.path()->local, CandidateType::kHost);
    link.expect_data_flows();
}

TEST(Agent, ConnectsInTwoRoundTripsOnceBothKnow) {
    TestLink link;
    link.connect_hosts();
    link.run_for(2 * link.signaling_delay);
    const Instant known = link.now;
    ASSERT_TRUE(link.run_until([&] { return link.left.agent.path().has_value(); }));
    EXPECT_LE(link.now - known, 2 * link.delay) << "its first check is answered";
    ASSERT_TRUE(link.run_to_completion());
    EXPECT_LE(link.now - known, 4 * link.delay) << "and its second nominates";
    EXPECT_EQ(link.left.agent.round_trip(), 2 * link.delay);
}

TEST(Agent, OverIpv6Too) {
    TestLink link;
    link.add_host(link.left, 1, "[2001:db8::1]:1000");
    link.add_host(link.left, 2, "198.51.100.1:1000");
    link.add_host(link.right, 1, "[2001:db8::2]:2000");
    link.add_host(link.right, 2, "198.51.100.2:2000");
    link.introduce();
    ASSERT_TRUE(link.run_to_completion());
    EXPECT_EQ(link.left.agent.path()->route.remote, at("[2001:db8::2]:2000")) << "what was told first is preferred";
    link.expect_data_flows();
}

TEST(Agent, TakesTheFamilyThatWorks) {
    TestLink link;
    link.add_host(link.left, 1, "[2001:db8::1]:1000");
    link.add_host(link.left, 2, "198.51.100.1:1000");
    link.add_host(link.right, 1, "[2001:db8::2]:2000");
    link.add_host(link.right, 2, "198.51.100.2:2000");
    link.drop = [](const SocketAddress& from, const SocketAddress&, ByteView) { return !from.ip.is_v4(); };
    link.introduce();
    ASSERT_TRUE(link.run_to_completion(2s));
    EXPECT_EQ(link.left.agent.path()->route.remote, at("198.51.100.2:2000"));
}

// Every seed is another pattern of loss.
TEST(Agent, ConnectsUnderLoss) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        TestLink link(seed);
        link.loss_percent = 30;
        link.connect_hosts();
        ASSERT_TRUE(link.run_to_completion(30s)) << "seed " << seed;
        link.loss_percent = 0;
        link.expect_data_flows();
    }
}

TEST(Agent, ConnectsOverASlowPath) {
    TestLink link;
    link.delay = 900ms;
    link.connect_hosts();
    ASSERT_TRUE(link.run_to_completion(10s));
    link.expect_data_flows();
}

TEST(Agent, TheSameSeedIsTheSameRun) {
    const auto run = [](std::uint64_t seed) {
        TestLink link(seed);
        link.loss_percent = 20;
        link.connect_hosts();
        EXPECT_TRUE(link.run_to_completion());
        return std::pair(link.now, link.sent);
    };
    EXPECT_EQ(run(7), run(7));
}

TEST(Agent, RepeatedAndEarlyWakeUpsChangeNothing) {
    TestLink link;
    link.connect_hosts();
    for (int i = 0; i < 100; ++i) {
        for (Side* side : {&link.left, &link.right}) {
            side->agent.handle_timeout(link.now);
            side->agent.handle_timeout(link.now);
            link.drain(*side);
        }
        link.run_for(1ms);
    }
    EXPECT_TRUE(link.run_to_completion());
    EXPECT_LT(link.sent, 20U);
}

// ---- through NATs

TEST(Agent, BehindTwoNatsByWhatTheStunServerSees) {
    TestLink link(1, asks(true), asks(false));
    link.left.nat = std::make_shared<Nat>("203.0.113.1", false);
    link.right.nat = std::make_shared<Nat>("203.0.113.2", false);
    link.add_host(link.left, 1, "10.0.0.1:1000");
    link.add_host(link.right, 1, "10.0.0.1:1000");
    link.introduce();
    ASSERT_TRUE(link.run_to_completion());
    EXPECT_EQ(link.left.agent.path()->route.remote, at("203.0.113.2:40000"));
    EXPECT_EQ(link.left.agent.path()->local, CandidateType::kServerReflexive);
    EXPECT_EQ(link.left.agent.path()->remote, CandidateType::kServerReflexive);
    link.expect_data_flows();
}

TEST(Agent, ASymmetricNatIsPassedByAPeerReflexiveCandidate) {
    TestLink link(1, asks(true), asks(false));
    link.left.nat = std::make_shared<Nat>("203.0.113.1", true);
    link.add_host(link.left, 1, "10.0.0.1:1000");
    link.add_host(link.right, 1, "198.51.100.2:2000");
    link.introduce();
    ASSERT_TRUE(link.run_to_completion());
    EXPECT_EQ(link.left.agent.path()->local, CandidateType::kPeerReflexive);
    EXPECT_EQ(link.right.agent.path()->remote, CandidateType::kPeerReflexive);
    link.expect_data_flows();
}

TEST(Agent, BetweenTwoSymmetricNatsTheRelayIsUsed) {
    TestLink link(1, asks(true), asks(false));
    link.left.nat = std::make_shared<Nat>("203.0.113.1", true);
    link.right.nat = std::make_shared<Nat>("203.0.113.2", true);
    link.add_host(link.left, 1, "10.0.0.1:1000");
    link.add_host(link.right, 1, "10.0.0.1:1000");
    link.add_relay(link.left, 9, "192.0.2.99:50000");
    link.introduce();
    ASSERT_TRUE(link.run_to_completion());
    EXPECT_EQ(link.left.agent.path()->local, CandidateType::kRelayed);
    EXPECT_EQ(link.left.agent.path()->route.via, TransportId(9)) << "what is sent names the relay's transport";
    EXPECT_EQ(link.right.agent.path()->route.remote, at("192.0.2.99:50000"));
    link.expect_data_flows();
}

TEST(Agent, ADirectPathIsPreferredToARelayThatAnswersFirst) {
    TestLink link(1, asks(true), asks(false));
    link.add_relay(link.left, 9, "192.0.2.99:50000");
    link.add_host(link.left, 1, "198.51.100.1:1000");
    link.add_host(link.right, 1, "198.51.100.2:2000");
    // For a while nothing passes directly.
    const Instant from = link.now + 200ms;
    link.drop = [&](const SocketAddress& source, const SocketAddress& to, ByteView) {
        return link.now < from && (source == at("198.51.100.1:1000") || to == at("198.51.100.1:1000"));
    };
    link.introduce();
    ASSERT_TRUE(link.run_to_completion());
    EXPECT_EQ(link.left.paths.front().local, CandidateType::kRelayed) << "data could flow at once";
    EXPECT_FALSE(link.left.paths.front().nominated);
    EXPECT_EQ(link.left.agent.path()->local, CandidateType::kHost);
}

// ---- trickling and names

TEST(Agent, CandidatesMayComeBeforeTheCredentials) {
    TestLink link;
    link.add_host(link.left, 1, "198.51.100.1:1000");
    link.add_host(link.right, 1, "198.51.100.2:2000");
    link.run_for(5s);
    EXPECT_EQ(link.left.agent.state(), State::kNew);
    link.introduce();
    EXPECT_TRUE(link.run_to_completion());
}

TEST(Agent, CandidatesMayComeAfterEverythingElse) {
    TestLink link;
    link.introduce();
    link.run_for(5s);
    EXPECT_EQ(link.left.agent.state(), State::kChecking);
    link.add_host(link.left, 1, "198.51.100.1:1000");
    link.add_host(link.right, 1, "198.51.100.2:2000");
    EXPECT_TRUE(link.run_to_completion());
}

TEST(Agent, OneEndThatTellsNoneIsFoundByItsChecks) {
    TestLink link;
    link.left.trickles = false;
    link.connect_hosts();
    ASSERT_TRUE(link.run_to_completion());
    EXPECT_EQ(link.right.agent.path()->remote, CandidateType::kPeerReflexive);
    link.expect_data_flows();
}

TEST(Agent, ChecksThatComeBeforeTheAnswerAreAnsweredAndTakenUpLater) {
    TestLink link;
    link.right.trickles = false;
    link.add_host(link.left, 1, "198.51.100.1:1000");
    link.add_host(link.right, 1, "198.51.100.2:2000");
    link.run_for(1s);
    link.tell_credentials(link.left, 0ms);
    link.run_for(1s);
    EXPECT_EQ(link.right.agent.state(), State::kConnected) << "the left end answers though it knows no password yet";
    EXPECT_EQ(link.left.agent.state(), State::kNew);
    link.tell_credentials(link.right, 0ms);
    EXPECT_TRUE(link.run_to_completion(1s));
    EXPECT_EQ(link.left.agent.path()->remote, CandidateType::kPeerReflexive);
}

TEST(Agent, ANameIsAskedForAndUsedOnceItIsResolved) {
    TestLink link;
    link.right.nat = std::make_shared<Nat>("203.0.113.2", true); // so that its own checks do not give it away
    link.add_host(link.left, 1, "198.51.100.1:1000", "d1ce.local");
    link.add_host(link.right, 1, "10.0.0.1:2000");
    link.drop = [&](const SocketAddress&, const SocketAddress& to, ByteView) { return link.right.nat->is_own(to); };
    link.introduce();
    link.run_for(2s);
    EXPECT_EQ(link.left.lines.front().find("198.51.100.1"), std::string::npos) << link.left.lines.front();
    ASSERT_EQ(link.right.names, std::vector<std::string>{"d1ce.local"});
    EXPECT_EQ(link.right.agent.poll_timeout(), link.now - 2s + link.signaling_delay + kPacTimer)
        << "it has nothing to check";
    link.drop = nullptr;
    link.right.agent.handle_resolved(link.now, "D1CE.local", at("198.51.100.1:1").ip);
    link.drain(link.right);
    ASSERT_TRUE(link.run_to_completion());
    link.expect_data_flows();
}

TEST(Agent, EndOfCandidatesIsToldOnceTheServersHaveAnswered) {
    TestLink link(1, asks(true), asks(false));
    link.left.nat = std::make_shared<Nat>("203.0.113.1", false);
    link.add_host(link.left, 1, "10.0.0.1:1000");
    link.finish(link.left);
    EXPECT_EQ(link.left.gathering_done, 0);
    link.run_for(1s);
    EXPECT_EQ(link.left.gathering_done, 1);
    ASSERT_EQ(link.left.lines.size(), 2U);
    EXPECT_NE(link.left.lines[1].find("203.0.113.1 40000 typ srflx raddr 10.0.0.1 rport 1000"), std::string::npos);
    EXPECT_NE(link.left.lines[1].find("ufrag " + link.left.agent.local_credentials().ufrag), std::string::npos);
}

// ---- data

TEST(Agent, DataThatComesBeforeItsPairIsValidIsKeptAndDelivered) {
    TestLink link;
    // The right end's own checks get through only later, as when the first is lost.
    bool blocked = true;
    link.drop = [&](const SocketAddress& from, const SocketAddress& to, ByteView bytes) {
        const auto message = stun::parse_message(bytes);
        const bool is_request = message && message->message_class() == stun::MessageClass::kRequest;
        return blocked && is_request && from == at("198.51.100.2:2000") && to.ip.is_v4();
    };
    link.connect_hosts();
    ASSERT_TRUE(link.run_until([&] { return link.left.agent.path().has_value(); }));
    EXPECT_TRUE(link.send(link.left, "\x16 hello 1"));
    EXPECT_TRUE(link.send(link.left, "\x16 hello 2"));
    link.run_for(50ms);
    EXPECT_TRUE(link.right.received.empty()) << "its pair is not valid yet";
    blocked = false;
    ASSERT_TRUE(link.run_to_completion());
    EXPECT_EQ(link.right.received, (std::vector<std::string>{"\x16 hello 1", "\x16 hello 2"}));
    EXPECT_EQ(link.right.early, 2);
}

TEST(Agent, DataFromSomebodyElseIsDropped) {
    TestLink link;
    link.connect_hosts();
    ASSERT_TRUE(link.run_to_completion());
    link.launch(at("198.51.100.66:6"), at("198.51.100.2:2000"), {0x80, 1, 2});
    link.launch(at("198.51.100.1:1001"), at("198.51.100.2:2000"), {0x80, 1, 2});
    link.run_for(1s);
    EXPECT_TRUE(link.right.received.empty());
    EXPECT_EQ(link.right.agent.counters().unvalidated, 2U);
}

TEST(Agent, NoPathIsFailedOnlyAfterThePeerHasHadItsTime) {
    TestLink link;
    link.drop = [](const SocketAddress&, const SocketAddress&, ByteView) { return true; };
    link.connect_hosts();
    link.run_for(2 * link.signaling_delay + kPacTimer - 1s);
    EXPECT_EQ(link.left.agent.state(), State::kChecking);
    link.run_for(1s);
    EXPECT_EQ(link.left.agent.state(), State::kFailed);
    EXPECT_EQ(link.left.agent.path(), std::nullopt);
}

TEST(Agent, WhatComesAfterTheFailureIsAsGoodAsWhatComesInTime) {
    for (const bool by_check : {true, false}) {
        TestLink link;
        link.add_host(link.left, 1, "198.51.100.1:1000");
        ScriptedPeer peer(link, "198.51.100.2:2000");
        peer.answers = false;
        peer.tell(1000, 2000);
        link.run_for(kPacTimer);
        ASSERT_EQ(link.left.agent.state(), State::kFailed);
        peer.answers = true;
        peer.tell(1000, 2000);
        link.run_for(1s);
        EXPECT_EQ(link.left.agent.state(), State::kFailed) << "the same candidate again changes nothing";
        if (by_check) {
            peer.check(at("198.51.100.1:1000"), 2000, {.priority = 5, .role = Role{false, 1}});
        } else {
            peer.tell(1000, 2001);
        }
        link.run_for(1s);
        EXPECT_EQ(link.left.agent.state(), State::kCompleted);
    }
}

TEST(Agent, DataIsKeptOnlyForAPairThatMayBecomeValid) {
    TestLink link;
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    peer.refuses_with = stun::ErrorCode::kServerError;
    peer.tell(1000, 2001);
    link.run_for(1s);
    link.launch(at("198.51.100.2:2001"), at("198.51.100.1:1000"), {0x80});
    link.run_for(1s);
    EXPECT_EQ(link.left.agent.counters().unvalidated, 1U) << "its check has failed";
    peer.refuses_with.reset();
    peer.tell(2000, 2002);
    ASSERT_TRUE(link.run_until([&] { return TestLink::is_completed(link.left); }));
    peer.answers = false;
    link.run_for(31s);
    link.launch(at("198.51.100.2:2002"), at("198.51.100.1:1000"), {0x80});
    link.run_for(1s);
    EXPECT_EQ(link.left.agent.counters().unvalidated, 2U) << "the session has failed";
    EXPECT_EQ(link.left.early, 0);
}

// The relay's check is answered at once, the name is found a little later.
TEST(Agent, ARelayDoesNotWinWhileANameIsBeingResolved) {
    TestLink link;
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    Agent& agent = link.left.agent;
    peer.tell(1000, 2001, "relay raddr 0.0.0.0 rport 0");
    EXPECT_TRUE(agent.add_remote_candidate(link.now, "candidate:2 1 udp 2000 x.local 2002 typ host").value());
    agent.end_of_remote_candidates(link.now);
    link.finish(link.left);
    link.run_for(100ms);
    EXPECT_EQ(agent.state(), State::kConnected) << "over the relay meanwhile";
    agent.handle_resolved(link.now, "x.local", peer.address.ip);
    link.drain(link.left);
    ASSERT_TRUE(link.run_until([&] { return TestLink::is_completed(link.left); }));
    EXPECT_EQ(agent.path()->route.remote.port, 2002);
}

} // namespace
} // namespace vv::ice::test
