// Peers of other kinds: of the same role, lite, aggressive, old.
#include "ice/scripted_peer_for_test.h"

#include <set>

namespace vv::ice::test {
namespace {

const SocketAddress kLeft = at("198.51.100.1:1000");
constexpr Role kControlling{true, 1};
constexpr Role kControlled{false, 1};

AgentConfig role(bool controlling) {
    return {.controlling = controlling, .stun_servers = {}};
}

std::vector<std::uint16_t> ports(std::initializer_list<std::uint16_t> list) {
    return list;
}

// ---- roles

TEST(AgentRoles, TwoThatBothControlOrBothDoNotAgree) {
    for (const bool both : {true, false}) {
        for (std::uint64_t seed = 1; seed <= 50; ++seed) {
            TestLink link(seed, role(both), role(both));
            link.loss_percent = seed % 3 * 10;
            link.connect_hosts();
            ASSERT_TRUE(link.run_to_completion()) << "seed " << seed;
            EXPECT_NE(link.left.agent.is_controlling(), link.right.agent.is_controlling()) << "seed " << seed;
            link.loss_percent = 0;
            link.expect_data_flows();
        }
    }
}

TEST(AgentRoles, TheLargerTieBreakerControls) {
    for (const bool both : {true, false}) {
        for (const bool peer_is_larger : {true, false}) {
            TestLink link(1, role(both));
            link.add_host(link.left, 1, "198.51.100.1:1000");
            ScriptedPeer peer(link, "198.51.100.2:2000");
            peer.answers = false;
            const std::uint64_t breaker = peer_is_larger ? ~std::uint64_t{0} : 0;
            peer.check(kLeft, 2000, {.priority = 5, .role = Role{both, breaker}});
            link.run_for(1s);
            EXPECT_EQ(link.left.agent.is_controlling(), !peer_is_larger);
            // Whoever has to change is told by a 487; who changes by itself answers.
            const bool peer_has_to_change = peer_is_larger != both;
            EXPECT_EQ(peer.answered, std::vector<std::string>{peer_has_to_change ? "487" : "success"});
        }
    }
}

TEST(AgentRoles, A487ChangesTheRoleAndTheCheckIsMadeAgain) {
    TestLink link;
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    peer.refuses_with = stun::ErrorCode::kRoleConflict;
    peer.tell(1000, 2000);
    ASSERT_TRUE(link.run_until([&] { return !peer.heard.empty(); }));
    peer.refuses_with.reset();
    ASSERT_TRUE(link.run_until([&] { return link.left.agent.path().has_value(); }));
    ASSERT_GE(peer.heard.size(), 2U);
    EXPECT_TRUE(peer.heard[0].check.role->controlling);
    EXPECT_FALSE(peer.heard[1].check.role->controlling);
    EXPECT_NE(peer.heard[0].check.role->tie_breaker, peer.heard[1].check.role->tie_breaker);
    EXPECT_FALSE(link.left.agent.is_controlling());
}

TEST(AgentRoles, APeerThatIsContentWithNeitherRoleIsNotAskedForEver) {
    TestLink link;
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    peer.refuses_with = stun::ErrorCode::kRoleConflict;
    peer.tell(1000, 2000);
    link.run_for(kPacTimer + 1s);
    EXPECT_EQ(peer.heard.size(), static_cast<std::size_t>(kConflictsMax + 1));
    EXPECT_EQ(link.left.agent.state(), State::kFailed);
}

// The pair works; only the request to use it has had no answer, and is not this end's to make any more.
TEST(AgentRoles, ANominationFromBeforeAChangeThatIsNotAnsweredLeavesThePairValid) {
    TestLink link(1, role(true));
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    peer.tell(1000, 2000);
    ASSERT_TRUE(link.run_until([&] { return link.left.agent.path().has_value(); }));
    peer.answers = false;
    ASSERT_TRUE(link.run_until([&] { return peer.heard.back().check.use_candidate; }));
    peer.check(kLeft, 2000, {.priority = 5, .role = Role{true, ~std::uint64_t{0}}});
    link.run_for(25s); // it is given up, and consent is not over yet
    EXPECT_FALSE(link.left.agent.is_controlling());
    peer.check(kLeft, 2000, {.priority = 5, .use_candidate = true, .role = Role{true, ~std::uint64_t{0}}});
    link.run_for(100ms);
    EXPECT_EQ(link.left.agent.state(), State::kCompleted);
}

TEST(AgentRoles, APeerWithoutARoleIsAnsweredAllTheSame) {
    TestLink link;
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    peer.check(kLeft, 2000, {.priority = 5, .role = {}});
    link.run_for(1s);
    EXPECT_EQ(peer.answered, std::vector<std::string>{"success"});
    EXPECT_EQ(link.left.agent.state(), State::kCompleted);
}

// ---- lite

TEST(AgentLite, ThisEndControlsChecksAndNominates) {
    TestLink link(1, role(false));
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer lite(link, "198.51.100.2:2000", true);
    lite.tell(1000, 2000);
    EXPECT_TRUE(link.left.agent.is_controlling());
    ASSERT_TRUE(link.run_until([&] { return TestLink::is_completed(link.left); }));
    ASSERT_EQ(lite.heard.size(), 2U);
    EXPECT_FALSE(lite.heard[0].check.use_candidate) << "regular nomination";
    EXPECT_TRUE(lite.heard[1].check.use_candidate);
    link.run_for(60s);
    EXPECT_EQ(link.left.agent.state(), State::kCompleted) << "its answers are consent";
}

// ---- aggressive

// The peer has told both and named both; the second is the better.
struct TwoNamedPairs {
    TestLink link{1, role(false)};
    ScriptedPeer peer = [this] {
        link.add_host(link.left, 1, "198.51.100.1:1000");
        return ScriptedPeer(link, "198.51.100.2:2000");
    }();

    TwoNamedPairs() {
        peer.tell(1000, 2001);
        peer.tell(2000, 2002);
        for (const std::uint16_t port : ports({2002, 2001}))
            peer.check(kLeft, port, {.priority = 5, .use_candidate = true, .role = kControlling});
    }
};

TEST(AgentAggressivePeer, TheBestOfAllItNominatesIsUsed) {
    TestLink link(1, role(false));
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    for (const std::uint16_t port : ports({2001, 2002, 2003}))
        peer.tell(1000U + port, port);
    for (const std::uint16_t port : ports({2001, 2003, 2002})) {
        peer.check(kLeft, port, {.priority = 5, .use_candidate = true, .role = kControlling});
        link.run_for(100ms);
    }
    EXPECT_EQ(link.left.agent.state(), State::kCompleted);
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2003);
    EXPECT_TRUE(link.left.agent.path()->nominated);
}

TEST(AgentAggressivePeer, ABetterPairIsStillCheckedAfterAWorseWasNominated) {
    TestLink link(1, role(false));
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    peer.tell(1000, 2001);
    peer.check(kLeft, 2001, {.priority = 5, .use_candidate = true, .role = kControlling});
    link.run_for(1s);
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2001);
    peer.tell(2000, 2002);
    link.run_for(1s);
    EXPECT_EQ(peer.heard.back().at.port, 2002) << "a NAT may have to be opened from here";
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2001);
    peer.check(kLeft, 2002, {.priority = 5, .use_candidate = true, .role = kControlling});
    link.run_for(1s);
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2002);
}

// As browsers do when the pair they use has broken.
TEST(AgentAggressivePeer, AWorsePairIsFollowedOnceTheBetterIsNamedNoMore) {
    TwoNamedPairs named;
    auto& [link, peer] = named;
    link.run_for(1s);
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2002);
    link.run_for(kNominationStale);
    peer.check(kLeft, 2001, {.priority = 5, .use_candidate = true, .role = kControlling});
    link.run_for(1s);
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2001);
}

// As a peer does whose nomination of the better was never answered.
TEST(AgentAggressivePeer, AWorsePairIsFollowedOnceThePeerSendsByThatOneAlone) {
    TwoNamedPairs named;
    auto& [link, peer] = named;
    for (int i = 0; i < 3; ++i) {
        link.run_for(4s);
        for (const std::uint16_t port : ports({2002, 2001}))
            peer.check(kLeft, port, {.priority = 5, .role = kControlling});
    }
    link.run_for(1s);
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2002) << "it sends by both";
    link.run_for(kSilenceMax - 2s);
    peer.check(kLeft, 2001, {.priority = 5, .role = kControlling});
    link.run_for(1s);
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2002) << "it may have lost a request";
    link.run_for(1s);
    peer.check(kLeft, 2001, {.priority = 5, .role = kControlling});
    link.run_for(1s);
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2001);
    EXPECT_EQ(link.left.agent.state(), State::kCompleted);
}

TEST(AgentAggressivePeer, APairItHasNotNamedIsNotFollowed) {
    TestLink link(1, role(false));
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    peer.tell(1000, 2001);
    peer.tell(2000, 2002);
    link.run_for(1s);
    peer.check(kLeft, 2002, {.priority = 5, .use_candidate = true, .role = kControlling});
    link.run_for(2 * kSilenceMax);
    peer.check(kLeft, 2001, {.priority = 5, .role = kControlling});
    link.run_for(1s);
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2002);
}

// Nobody has asked it since, so that its old answer is no consent any more.
TEST(AgentAggressivePeer, APairThatWasProvenLongAgoIsProvenAnewBeforeItIsUsed) {
    TwoNamedPairs named;
    auto& [link, peer] = named;
    link.run_for(40s);
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2002);
    peer.check(kLeft, 2001, {.priority = 5, .use_candidate = true, .role = kControlling});
    link.run_for(1s);
    ASSERT_EQ(link.left.agent.state(), State::kCompleted);
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2001);
    link.run_for(40s);
    EXPECT_EQ(link.left.agent.state(), State::kCompleted);
}

TEST(AgentAggressivePeer, APairWhoseConsentIsAboutToEndIsProvenAnewToo) {
    TwoNamedPairs named;
    auto& [link, peer] = named;
    link.run_for(kConsentTimeout - 100ms);
    link.delay = 400ms; // no answer to a request from now on comes before the thirty seconds are over
    peer.check(kLeft, 2001, {.priority = 5, .use_candidate = true, .role = kControlling});
    link.run_for(2s);
    ASSERT_EQ(link.left.agent.state(), State::kCompleted);
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2001);
}

TEST(AgentAggressivePeer, ANominationCountsOnlyOnceThisEndsCheckIsAnswered) {
    TestLink link(1, role(false));
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    peer.answers = false;
    peer.tell(1000, 2000);
    peer.check(kLeft, 2000, {.priority = 5, .use_candidate = true, .role = kControlling});
    link.run_for(200ms);
    EXPECT_EQ(link.left.agent.state(), State::kChecking);
    peer.answers = true;
    link.run_for(1s);
    EXPECT_EQ(link.left.agent.state(), State::kCompleted);
}

TEST(AgentAggressivePeer, TheControlledEndOfAnotherDoesNotNominateHere) {
    TestLink link(1, role(true));
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    peer.tell(1, 2001);
    peer.check(kLeft, 2001, {.priority = 5, .use_candidate = true, .role = kControlled});
    peer.tell(2000, 2000);
    ASSERT_TRUE(link.run_until([&] { return TestLink::is_completed(link.left); }));
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2000);
}

// ---- before anything is nominated

TEST(AgentBeforeNomination, WhereThePathBreaksAPairThatWasProvenLongAgoIsProvenAnew) {
    TestLink link(1, role(false));
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    peer.tell(1000, 2001);
    peer.tell(2000, 2002);
    link.run_for(1s);
    ASSERT_EQ(link.left.agent.path()->route.remote.port, 2002);
    link.drop = [](const SocketAddress& from, const SocketAddress& to, ByteView) {
        return from.port == 2002 || to.port == 2002;
    };
    link.run_for(kConsentTimeout + 5s);
    ASSERT_TRUE(link.left.agent.path().has_value());
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2001);
    EXPECT_EQ(link.left.agent.state(), State::kConnected);
}

// ---- nominating

TEST(AgentNomination, ANominationThatIsRefusedPassesToTheNextBestPair) {
    TestLink link(1, role(true));
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    peer.tell(1000, 2001);
    peer.tell(2000, 2002);
    ASSERT_TRUE(link.run_until([&] { return link.left.agent.path().has_value(); }));
    peer.refuses_with = stun::ErrorCode::kServerError;
    ASSERT_TRUE(link.run_until([&] { return peer.heard.size() == 3; }));
    EXPECT_EQ(peer.heard[2].at.port, 2002);
    EXPECT_TRUE(peer.heard[2].check.use_candidate);
    peer.refuses_with.reset();
    ASSERT_TRUE(link.run_until([&] { return TestLink::is_completed(link.left); }));
    EXPECT_EQ(link.left.agent.path()->route.remote.port, 2001);
}

/// Loses each answer to a nomination of the pair that was nominated first.
class LossOfGrants {
public:
    explicit LossOfGrants(TestLink& link) {
        link.drop = [this](const SocketAddress& from, const SocketAddress& to, ByteView bytes) {
            const auto message = stun::parse_message(bytes);
            if (!message) return false;
            if (message->find(stun::AttributeType::kUseCandidate)) {
                if (!nominated_) nominated_ = to;
                asked_.insert(message->transaction_id());
            }
            return on && from == nominated_ && asked_.contains(message->transaction_id());
        };
    }
    bool on = true;

private:
    std::optional<SocketAddress> nominated_;
    std::set<stun::TransactionId> asked_;
};

// Whether a request or its answer is lost looks alike from here. To nominate another pair would leave the other end,
// which has followed, on this one.
TEST(AgentNomination, WhereThePairLivesAndNoAnswerComesTheSameOneIsAskedForAgain) {
    TestLink link;
    link.add_host(link.left, 1, "198.51.100.1:1000");
    link.add_host(link.right, 1, "198.51.100.2:2000");
    link.add_host(link.right, 2, "198.51.100.2:2001");
    LossOfGrants loss(link);
    link.introduce();
    link.run_for(60s);
    ASSERT_EQ(link.right.agent.state(), State::kCompleted);
    EXPECT_EQ(link.left.agent.state(), State::kConnected);
    loss.on = false;
    ASSERT_TRUE(link.run_to_completion(5s));
    EXPECT_EQ(link.left.agent.path()->route.remote, link.right.sockets.at(link.right.agent.path()->route.via));
    EXPECT_EQ(link.right.paths.back().route, link.right.paths.front().route);
    link.expect_data_flows();
}

TEST(AgentNomination, OnceNominatedNothingElseIsChecked) {
    TestLink link(1, role(true));
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    peer.tell(1000, 2000);
    ASSERT_TRUE(link.run_until([&] { return TestLink::is_completed(link.left); }));
    const std::size_t before = peer.heard.size();
    peer.check(kLeft, 2009, {.priority = 2'000'000'000, .role = kControlled});
    link.run_for(3s);
    EXPECT_EQ(peer.answered, std::vector<std::string>{"success"}) << "it is answered";
    EXPECT_EQ(peer.heard.size(), before);
}

TEST(AgentNomination, OnceNominatedWhatTricklesInIsNotCheckedEither) {
    TestLink link(1, role(true));
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    peer.tell(1000, 2000);
    ASSERT_TRUE(link.run_until([&] { return TestLink::is_completed(link.left); }));
    const std::size_t before = peer.heard.size();
    peer.tell(2000, 2001);
    link.run_for(3s);
    EXPECT_EQ(peer.heard.size(), before);
}

// ---- answers that are odd

TEST(AgentAnswers, FromAnotherAddressThePairFails) {
    TestLink link;
    link.add_host(link.left, 1, "198.51.100.1:1000");
    ScriptedPeer peer(link, "198.51.100.2:2000");
    peer.answers_from = at("198.51.100.2:2999");
    peer.tell(1000, 2000);
    link.run_for(1s);
    EXPECT_EQ(peer.heard.size(), 1U);
    EXPECT_EQ(link.left.agent.path(), std::nullopt);
}

TEST(AgentAnswers, WithSomethingUnknownThatMustBeUnderstoodTheyFailAndOtherwiseNot) {
    for (const bool required : {true, false}) {
        TestLink link;
        link.add_host(link.left, 1, "198.51.100.1:1000");
        ScriptedPeer peer(link, "198.51.100.2:2000");
        peer.adds = [&](stun::MessageBuilder& builder) {
            builder.add_u32(static_cast<stun::AttributeType>(required ? 0x7FF0 : 0xC057), 1);
        };
        peer.tell(1000, 2000);
        link.run_for(1s);
        EXPECT_EQ(link.left.agent.path().has_value(), !required);
    }
}

} // namespace
} // namespace vv::ice::test
