// A call that lives: restarts, consent, networks that come and go.
#include "ice/limits.h"
#include "ice/scripted_peer_for_test.h"

namespace vv::ice::test {
namespace {

bool drops_all(const SocketAddress&, const SocketAddress&, ByteView) {
    return true;
}

class AgentLife : public testing::Test {
protected:
    void connect() {
        link_.connect_hosts();
        ASSERT_TRUE(link_.run_to_completion());
    }
    /// The left end restarts, tells its credentials, and the other answers with its own.
    void restart_both() {
        link_.left.agent.restart(link_.now);
        link_.drain(link_.left);
        link_.finish(link_.left);
        link_.tell_credentials(link_.left, 20ms);
        link_.later(20ms, [this] {
            link_.finish(link_.right);
            link_.tell_credentials(link_.right, 20ms);
        });
    }
    static bool is_for(const Credentials& credentials, ByteView bytes) {
        const auto message = stun::parse_message(bytes);
        return message && message->message_class() == stun::MessageClass::kRequest &&
               addressee_of(*message) == credentials.ufrag;
    }
    /// The present generation gets through at other addresses only.
    void drop_new_checks_at(const SocketAddress& address) {
        link_.drop = [this, address](const SocketAddress& from, const SocketAddress& to, ByteView bytes) {
            const bool is_new = is_for(link_.left.agent.local_credentials(), bytes) ||
                                is_for(link_.right.agent.local_credentials(), bytes);
            return is_new && (from == address || to == address);
        };
    }

    TestLink link_;
};

// ---- restart

TEST_F(AgentLife, ARestartMakesNewCredentialsAndTellsCandidatesAnew) {
    connect();
    const Credentials left = link_.left.agent.local_credentials();
    const Credentials right = link_.right.agent.local_credentials();
    restart_both();
    link_.run_for(3s);
    EXPECT_TRUE(TestLink::is_completed(link_.left) && TestLink::is_completed(link_.right));
    EXPECT_NE(link_.left.agent.local_credentials(), left);
    EXPECT_NE(link_.right.agent.local_credentials(), right);
    EXPECT_EQ(link_.left.lines.size(), 2U);
    EXPECT_EQ(link_.left.gathering_done, 2);
    EXPECT_TRUE(link_.left.lines[1].ends_with("ufrag " + link_.left.agent.local_credentials().ufrag));
    link_.expect_data_flows();
}

TEST_F(AgentLife, TheOldPathCarriesUntilTheNewOneIsNominated) {
    connect();
    const Credentials left = link_.left.agent.local_credentials();
    restart_both();
    // No check of the new generation gets through for a long time.
    link_.drop = [&](const SocketAddress&, const SocketAddress&, ByteView bytes) {
        return is_for(link_.left.agent.local_credentials(), bytes) ||
               is_for(link_.right.agent.local_credentials(), bytes);
    };
    for (int i = 0; i < 20; ++i) { // longer than consent lasts
        link_.run_for(2s);
        link_.expect_data_flows();
    }
    EXPECT_EQ(link_.left.agent.state(), State::kConnected);
    EXPECT_NE(link_.left.agent.local_credentials(), left);
    EXPECT_TRUE(link_.left.agent.path()->nominated);
    link_.drop = nullptr;
    // By then the new checks have been given up; the next restart gets through, and the path still carries.
    restart_both();
    ASSERT_TRUE(link_.run_to_completion());
    link_.expect_data_flows();
    for (const Side* side : {&link_.left, &link_.right}) {
        EXPECT_FALSE(side->has_been(State::kFailed));
        EXPECT_FALSE(side->has_been(State::kDisconnected));
    }
}

TEST_F(AgentLife, WhatIsUnderWayOnTheOldPathStillArrivesForAWhile) {
    connect();
    link_.add_host(link_.left, 2, "198.51.100.7:1002");
    restart_both();
    // The new generation gets through on the other socket only.
    const SocketAddress old = at("198.51.100.1:1000");
    drop_new_checks_at(old);
    ASSERT_TRUE(link_.run_until([&] { return TestLink::is_completed(link_.left); }));
    EXPECT_EQ(link_.left.agent.path()->route.via, TransportId(2));
    link_.launch(at("198.51.100.2:2000"), old, {0x80, 1});
    link_.run_for(kPreviousLinger);
    EXPECT_EQ(link_.left.received.size(), 1U);
    link_.launch(at("198.51.100.2:2000"), old, {0x80, 2});
    link_.run_for(1s);
    EXPECT_EQ(link_.left.received.size(), 1U) << "but not for ever";
}

TEST_F(AgentLife, APathThatWasLeftDoesNotComeBackAfterTheNextOneHasBroken) {
    connect();
    link_.add_host(link_.left, 2, "198.51.100.7:1002");
    restart_both();
    const SocketAddress old = at("198.51.100.1:1000");
    drop_new_checks_at(old);
    ASSERT_TRUE(link_.run_to_completion());
    ASSERT_EQ(link_.left.agent.path()->route.via, TransportId(2));
    link_.left.agent.remove_transport(link_.now, TransportId(2));
    link_.left.agent.restart(link_.now);
    link_.drain(link_.left);
    EXPECT_EQ(link_.left.agent.path(), std::nullopt);
}

TEST_F(AgentLife, ARestartMovesTheCallToAnotherNetwork) {
    connect();
    link_.add_host(link_.left, 2, "198.51.100.77:7000");
    link_.left.agent.remove_transport(link_.now, TransportId(1));
    link_.drain(link_.left);
    EXPECT_EQ(link_.left.agent.state(), State::kFailed);
    EXPECT_FALSE(link_.send(link_.left, "into nothing"));
    restart_both();
    ASSERT_TRUE(link_.run_to_completion());
    EXPECT_EQ(link_.left.agent.path()->route.via, TransportId(2));
    EXPECT_EQ(link_.right.agent.path()->route.remote, at("198.51.100.77:7000"));
    link_.expect_data_flows();
}

TEST_F(AgentLife, ARestartFindsAWayAgainAfterARouterHasForgottenEverything) {
    link_.left.nat = std::make_shared<Nat>("203.0.113.1", false);
    link_.add_host(link_.left, 1, "10.0.0.1:1000");
    link_.add_host(link_.right, 1, "198.51.100.2:2000");
    link_.introduce();
    ASSERT_TRUE(link_.run_to_completion());
    link_.left.nat->reboot();
    link_.run_for(70s); // the right end hears the left one for a while yet
    EXPECT_EQ(link_.left.agent.state(), State::kFailed) << "its packets come from a stranger now";
    restart_both();
    ASSERT_TRUE(link_.run_to_completion());
    link_.expect_data_flows();
}

TEST_F(AgentLife, TheOtherEndsRestartRestartsThisOne) {
    connect();
    const Credentials right = link_.right.agent.local_credentials();
    link_.left.agent.restart(link_.now);
    EXPECT_TRUE(link_.right.agent.set_remote(link_.now, link_.left.agent.local_credentials()));
    EXPECT_NE(link_.right.agent.local_credentials(), right);
    const Credentials again = link_.right.agent.local_credentials();
    EXPECT_TRUE(link_.right.agent.set_remote(link_.now, link_.left.agent.local_credentials()));
    EXPECT_EQ(link_.right.agent.local_credentials(), again) << "the same once more is no restart";
}

TEST_F(AgentLife, CandidatesOfAnotherGenerationAreNotTaken) {
    connect();
    restart_both();
    const std::string old = link_.left.lines.front();
    ASSERT_NE(old.find("ufrag"), std::string::npos);
    ASSERT_TRUE(link_.run_to_completion());
    link_.run_for(1s);
    EXPECT_FALSE(link_.right.agent.add_remote_candidate(link_.now, old).value());
}

TEST_F(AgentLife, TheRoleStaysOverARestart) {
    connect();
    restart_both();
    ASSERT_TRUE(link_.run_to_completion());
    EXPECT_TRUE(link_.left.agent.is_controlling());
    EXPECT_FALSE(link_.right.agent.is_controlling());
}

// ---- consent

TEST_F(AgentLife, ConsentIsAskedForEveryFiveSecondsOrSo) {
    connect();
    const std::size_t before = link_.sent;
    link_.run_for(600s);
    EXPECT_TRUE(TestLink::is_completed(link_.left) && TestLink::is_completed(link_.right));
    // Two ends, a request and an answer each time.
    const auto requests = static_cast<double>(link_.sent - before) / 4;
    EXPECT_NEAR(requests, 120, 6);
}

TEST_F(AgentLife, WithoutAnswersNothingIsSentAfterThirtySeconds) {
    connect();
    link_.drop = drops_all;
    link_.run_for(kSilenceMax + 1s);
    EXPECT_EQ(link_.left.agent.state(), State::kDisconnected);
    EXPECT_TRUE(link_.send(link_.left, "\x80 may still go out"));
    link_.run_for(30s - kSilenceMax - 1s);
    EXPECT_EQ(link_.left.agent.state(), State::kFailed);
    EXPECT_FALSE(link_.send(link_.left, "must not"));
    const std::size_t sent = link_.sent;
    link_.drop = nullptr;
    link_.run_for(300s);
    EXPECT_EQ(link_.sent, sent) << "nobody says anything any more";
    EXPECT_EQ(link_.left.agent.poll_timeout(), std::nullopt);
}

TEST_F(AgentLife, AGapIsSurvived) {
    connect();
    link_.drop = drops_all;
    link_.run_for(20s);
    EXPECT_EQ(link_.right.agent.state(), State::kDisconnected);
    link_.drop = nullptr;
    link_.run_for(7s);
    EXPECT_EQ(link_.left.agent.state(), State::kCompleted);
    EXPECT_EQ(link_.right.agent.state(), State::kCompleted);
    link_.expect_data_flows();
}

TEST_F(AgentLife, ConsentSurvivesThirtyPercentLoss) {
    connect();
    link_.loss_percent = 30;
    link_.run_for(120s);
    EXPECT_FALSE(link_.left.has_been(State::kFailed));
    EXPECT_FALSE(link_.right.has_been(State::kFailed));
}

TEST_F(AgentLife, OneWayAnswersAreNotEnough) {
    connect();
    // The left end is heard, but hears nothing.
    link_.drop = [](const SocketAddress&, const SocketAddress& to, ByteView) { return to == at("198.51.100.1:1000"); };
    link_.run_for(31s);
    EXPECT_EQ(link_.left.agent.state(), State::kFailed);
    EXPECT_EQ(link_.left.agent.path(), std::nullopt);
}

TEST_F(AgentLife, DataIsASignOfLife) {
    connect();
    link_.drop = [](const SocketAddress&, const SocketAddress&, ByteView bytes) { return bytes[0] < 4; };
    for (int i = 0; i < 20; ++i) {
        link_.run_for(1s);
        link_.expect_data_flows();
    }
    EXPECT_FALSE(link_.left.has_been(State::kDisconnected));
}

TEST(AgentConsent, ARefusalIsNoConsent) {
    TestLink link;
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    peer.tell(1000, 2000);
    ASSERT_TRUE(link.run_until([&] { return TestLink::is_completed(link.left); }));
    peer.refuses_with = stun::ErrorCode::kForbidden;
    link.run_for(31s);
    EXPECT_EQ(link.left.agent.state(), State::kFailed);
}

TEST(AgentConsent, APathThatWasLostIsToldAgainWhenItIsFoundAgain) {
    TestLink link(1, {});
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    const Check nomination{.priority = 5, .use_candidate = true, .role = Role{true, 1}};
    peer.check(at("198.51.100.1:1000"), 2000, nomination);
    ASSERT_TRUE(link.run_until([&] { return TestLink::is_completed(link.left); }));
    ASSERT_EQ(link.left.paths.size(), 1U);
    peer.answers = false;
    link.run_for(31s);
    ASSERT_EQ(link.left.agent.state(), State::kFailed);
    peer.answers = true;
    link.left.agent.restart(link.now);
    EXPECT_TRUE(link.left.agent.set_remote(link.now, peer.own()));
    link.drain(link.left);
    peer.check(at("198.51.100.1:1000"), 2000, nomination);
    ASSERT_TRUE(link.run_until([&] { return TestLink::is_completed(link.left); }));
    ASSERT_EQ(link.left.paths.size(), 2U);
    EXPECT_EQ(link.left.paths[0], link.left.paths[1]);
}

// ---- mappings

TEST(AgentMappings, AreKeptWhileSomebodyThinksAboutTheCall) {
    const AgentConfig config{.controlling = true, .stun_servers = {kStunServer}};
    TestLink link(1, config);
    link.add_host(link.left, 1, "198.51.100.1:1000");
    link.finish(link.left);
    link.run_for(150s);
    EXPECT_EQ(link.sent, 2U * 10) << "a request and an answer every fifteen seconds";
}

TEST(AgentMappings, AreLetGoOnceACallIsMade) {
    const AgentConfig config{.controlling = true, .stun_servers = {kStunServer}};
    TestLink link(1, config);
    int asked = 0;
    link.drop = [&](const SocketAddress&, const SocketAddress& to, ByteView) {
        return to == kStunServer && ++asked < 0;
    };
    link.connect_hosts();
    ASSERT_TRUE(link.run_to_completion());
    link.run_for(120s);
    EXPECT_EQ(asked, 1);
}

} // namespace
} // namespace vv::ice::test
