// What strangers, liars and broken peers send, and the limits they meet.
#include "ice/limits.h"
#include "ice/scripted_peer_for_test.h"

#include <map>
#include <set>

namespace vv::ice::test {
namespace {

const SocketAddress kLeft = at("198.51.100.1:1000");
constexpr Role kControlled{false, 1};

class AgentHostile : public testing::Test {
protected:
    AgentHostile() { link_.add_host(link_.left, 1, "198.51.100.1:1000"); }
    [[nodiscard]] const Counters& counters() const { return link_.left.agent.counters(); }
    /// What the left end does about these bytes: how much it sends.
    std::size_t sent_for(ByteBuffer bytes, const SocketAddress& from = at("198.51.100.66:6")) {
        const std::size_t before = link_.sent;
        link_.launch(from, kLeft, std::move(bytes));
        link_.run_for(1s);
        return link_.sent - before - 1;
    }
    ByteBuffer check_for(const Credentials& left, std::uint32_t priority = 1) {
        return write_check(stun::TransactionId(rng_.bytes<stun::kTransactionIdSize>()),
                           {.priority = priority, .role = kControlled}, {{"evil", "0123456789012345678901"}, left});
    }

    TestLink link_;
    SeededRng rng_{5};
};

TEST_F(AgentHostile, BytesThatAreNothingAreDropped) {
    EXPECT_EQ(sent_for({}), 0U);
    EXPECT_EQ(sent_for({0}), 0U);
    EXPECT_EQ(sent_for(ByteBuffer(20)), 0U);
    EXPECT_EQ(sent_for(ByteBuffer(1500, 1)), 0U);
    ByteBuffer cut = check_for(link_.left.agent.local_credentials());
    cut.resize(cut.size() - 4);
    EXPECT_EQ(sent_for(cut), 0U);
    EXPECT_EQ(counters().malformed, 4U);
    EXPECT_EQ(counters().unvalidated, 1U) << "the empty one is data of nobody";
}

TEST_F(AgentHostile, WhoDoesNotKnowThePasswordIsNotAnswered) {
    Credentials left = link_.left.agent.local_credentials();
    left.password[0] = left.password[0] == 'a' ? 'b' : 'a';
    EXPECT_EQ(sent_for(check_for(left)), 0U);
    left = link_.left.agent.local_credentials();
    left.ufrag += "x";
    EXPECT_EQ(sent_for(check_for(left)), 0U);
    // Without any integrity, and without a name.
    ByteBuffer bare;
    stun::MessageBuilder(bare, stun::Method::kBinding, stun::MessageClass::kRequest, {});
    EXPECT_EQ(sent_for(bare), 0U);
    ByteBuffer nameless;
    stun::MessageBuilder(nameless, stun::Method::kBinding, stun::MessageClass::kRequest, {})
        .add_message_integrity(link_.left.agent.local_credentials().key());
    EXPECT_EQ(sent_for(nameless), 0U);
    EXPECT_EQ(counters().unauthenticated, 4U);
    EXPECT_EQ(sent_for(check_for(link_.left.agent.local_credentials())), 1U) << "and who does is";
}

TEST_F(AgentHostile, OtherMethodsAndAnswersToNothingAreDropped) {
    const Credentials left = link_.left.agent.local_credentials();
    for (const auto method : {stun::Method::kAllocate, stun::Method::kSend, stun::Method::kData}) {
        ByteBuffer bytes;
        stun::MessageBuilder(bytes, method, stun::MessageClass::kRequest, {}).add_message_integrity(left.key());
        EXPECT_EQ(sent_for(bytes), 0U);
    }
    EXPECT_EQ(sent_for(write_check_answer({}, kLeft, left.key())), 0U);
    EXPECT_EQ(counters().unexpected, 4U);
}

TEST_F(AgentHostile, AForgedAnswerDoesNotEndACheck) {
    ScriptedPeer peer(link_, "198.51.100.2:2000");
    peer.answers = false;
    peer.tell(1000, 2000);
    const Credentials wrong{"right", "0123456789012345678901"};
    stun::TransactionId id;
    link_.stranger = [&](const SocketAddress&, const SocketAddress& to, ByteView bytes) {
        if (to != at("198.51.100.2:2000")) return false;
        id = stun::parse_message(bytes)->transaction_id();
        return true;
    };
    link_.run_for(50ms);
    // The attacker has seen the request, and answers in the peer's place: with success, with a conflict, without a key.
    peer.send(write_check_answer(id, kLeft, wrong.key()), kLeft, 2000);
    peer.send(write_check_refusal(id, stun::ErrorCode::kRoleConflict, {}, wrong.key()), kLeft, 2000);
    ByteBuffer keyless;
    stun::MessageBuilder(keyless, stun::Method::kBinding, stun::MessageClass::kSuccess, id)
        .add_xor_address(stun::AttributeType::kXorMappedAddress, kLeft);
    peer.send(keyless, kLeft, 2000);
    link_.run_for(50ms);
    EXPECT_EQ(link_.left.agent.path(), std::nullopt);
    EXPECT_TRUE(link_.left.agent.is_controlling());
    peer.send(write_check_answer(id, kLeft, peer.own().key()), kLeft, 2000);
    link_.run_for(50ms);
    EXPECT_TRUE(link_.left.agent.path().has_value()) << "the true one still counts";
}

TEST_F(AgentHostile, WhatItMustUnderstandAndDoesNotIsRefusedWith420) {
    ScriptedPeer peer(link_, "198.51.100.2:2000");
    peer.request(kLeft, 2000, [](stun::MessageBuilder& builder) {
        builder.add_u32(stun::AttributeType::kPriority, 1).add_u32(static_cast<stun::AttributeType>(0x7FFF), 1);
    });
    link_.run_for(1s);
    EXPECT_EQ(peer.answered, std::vector<std::string>{"420"});
    EXPECT_TRUE(peer.heard.empty()) << "no check in return";
}

TEST_F(AgentHostile, WhatItNeedNotUnderstandIsPassedOver) {
    ScriptedPeer peer(link_, "198.51.100.2:2000");
    peer.request(kLeft, 2000, [](stun::MessageBuilder& builder) {
        builder.add_u32(stun::AttributeType::kPriority, 1)
            .add_u32(static_cast<stun::AttributeType>(0xC057), 1)            // the network's cost, as browsers send it
            .add(static_cast<stun::AttributeType>(0xC070), ByteBuffer(300)); // DTLS inside STUN
    });
    link_.run_for(1s);
    EXPECT_EQ(peer.answered, std::vector<std::string>{"success"});
    EXPECT_FALSE(peer.heard.empty());
}

TEST_F(AgentHostile, ARequestWithoutAPriorityIsRefusedWith400) {
    ScriptedPeer peer(link_, "198.51.100.2:2000");
    peer.request(kLeft, 2000, [](stun::MessageBuilder&) {});
    link_.run_for(1s);
    EXPECT_EQ(peer.answered, std::vector<std::string>{"400"});
}

TEST_F(AgentHostile, PacketsOfTransportsThatAreNotThereAreDropped) {
    Agent& agent = link_.left.agent;
    EXPECT_EQ(agent.handle_input(link_.now, {TransportId(77), at("1.2.3.4:5")}, ByteBuffer{0x80}), std::nullopt);
    agent.remove_transport(link_.now, TransportId(1));
    EXPECT_EQ(agent.handle_input(link_.now, {TransportId(1), at("1.2.3.4:5")}, ByteBuffer{0x80}), std::nullopt);
    EXPECT_EQ(counters().unknown_transport, 2U);
}

TEST_F(AgentHostile, CredentialsThatAreNoneAreNotTaken) {
    EXPECT_FALSE(link_.left.agent.set_remote(link_.now, {"abc", "0123456789012345678901"}));
    EXPECT_FALSE(link_.left.agent.set_remote(link_.now, {"abcd", "short"}));
    EXPECT_EQ(link_.left.agent.state(), State::kNew);
    EXPECT_TRUE(link_.left.agent.set_remote(link_.now, {"abcd", "0123456789012345678901"}));
    const Credentials before = link_.left.agent.local_credentials();
    EXPECT_FALSE(link_.left.agent.set_remote(link_.now, {"", ""}));
    EXPECT_EQ(link_.left.agent.local_credentials(), before) << "nor do they restart anything";
}

// ---- limits

TEST_F(AgentHostile, SourcesOfChecksHaveALimit) {
    ScriptedPeer peer(link_, "198.51.100.2:2000");
    for (std::uint16_t port = 1; port <= kPeerReflexiveMax + 1; ++port)
        peer.check(kLeft, port, {.priority = port, .role = kControlled});
    peer.answers = false;
    link_.run_for(1s);
    EXPECT_EQ(peer.answered.size(), kPeerReflexiveMax) << "an answer would make the last one valid there alone";
    std::set<std::uint16_t> checked;
    for (const auto& heard : peer.heard)
        checked.insert(heard.at.port);
    EXPECT_EQ(checked.size(), kPeerReflexiveMax);
}

TEST_F(AgentHostile, TrickledCandidatesHaveALimit) {
    ScriptedPeer peer(link_, "198.51.100.2:2000");
    const auto tell = [&](std::size_t port) {
        return link_.left.agent
            .add_remote_candidate(link_.now, "candidate:1 1 udp 1 198.51.100.2 " + std::to_string(port) + " typ host")
            .value();
    };
    for (std::size_t port = 1; port <= kRemoteCandidatesMax; ++port)
        EXPECT_TRUE(tell(port));
    EXPECT_FALSE(tell(kRemoteCandidatesMax + 1));
}

TEST_F(AgentHostile, ChecksAtOneTimeHaveALimit) {
    for (std::uint32_t id = 2; id <= 4; ++id)
        link_.add_host(link_.left, id, "198.51.100.1" + std::to_string(id) + ":1000");
    ScriptedPeer peer(link_, "198.51.100.2:2000");
    peer.answers = false;
    for (std::uint16_t port = 1; port <= 25; ++port)
        link_.left.agent
            .add_remote_candidate(link_.now, "candidate:" + std::to_string(port) + " 1 udp 1 198.51.100.2 " +
                                                 std::to_string(port) + " typ host")
            .value();
    link_.drain(link_.left);
    std::set<stun::TransactionId> asked;
    link_.drop = [&](const SocketAddress&, const SocketAddress&, ByteView bytes) {
        asked.insert(stun::parse_message(bytes)->transaction_id());
        return true;
    };
    link_.run_for(8s); // none is given up so soon
    EXPECT_EQ(asked.size(), kChecksMax);
    link_.run_for(60s);
    EXPECT_EQ(asked.size(), kPairsMax) << "the others come when the first have failed";
}

TEST_F(AgentHostile, AnswersNobodyFetchesHaveALimit) {
    Agent& agent = link_.left.agent;
    const Route route{TransportId(1), at("198.51.100.2:2000")};
    for (std::size_t i = 0; i <= kAnswersMax; ++i)
        (void)agent.handle_input(link_.now, route, check_for(agent.local_credentials()));
    std::size_t answers = 0;
    while (agent.poll_transmit())
        ++answers;
    EXPECT_EQ(answers, kAnswersMax);
}

TEST_F(AgentHostile, EarlyDataOfStrangersIsNotKept) {
    ScriptedPeer peer(link_, "198.51.100.2:2000");
    peer.tell(1000, 2000);
    peer.answers = false;
    link_.launch(at("198.51.100.2:2000"), kLeft, {0x80});
    link_.launch(at("198.51.100.66:6"), kLeft, {0x80});
    link_.run_for(1s);
    EXPECT_EQ(counters().unvalidated, 1U);
    for (std::size_t i = 0; i < kUnvalidatedPacketsMax; ++i)
        link_.launch(at("198.51.100.2:2000"), kLeft, {0x80});
    link_.run_for(1s);
    EXPECT_EQ(counters().unvalidated, 2U) << "one past the limit";
    peer.answers = true;
    link_.run_for(3s);
    EXPECT_EQ(link_.left.early, static_cast<int>(kUnvalidatedPacketsMax));
}

// RFC 8445 §14.2 and §14.3.
TEST_F(AgentHostile, ALongListIsPacedAtFiftyMilliseconds) {
    ScriptedPeer peer(link_, "198.51.100.2:2000");
    peer.answers = false;
    for (std::uint16_t port = 1; port <= 40; ++port)
        peer.tell(1000U + port, port);
    std::set<stun::TransactionId> asked;
    link_.drop = [&](const SocketAddress&, const SocketAddress&, ByteView bytes) {
        asked.insert(stun::parse_message(bytes)->transaction_id());
        return true;
    };
    link_.run_for(1s);
    EXPECT_LE(asked.size(), 21U);
    EXPECT_GE(asked.size(), 19U);
}

/// How far apart new checks of a long list leave, once the first of them was answered after this long.
std::set<Duration> paces_after(Duration round_trip) {
    TestLink link(1, {.controlling = false, .stun_servers = {}});
    link.add_host(link.left, 1, "198.51.100.1:1000");
    link.delay = round_trip / 2;
    ScriptedPeer peer(link, "198.51.100.2:2000");
    for (std::uint16_t port = 1; port <= 40; ++port)
        peer.tell(1000U + port, port);
    std::map<stun::TransactionId, Instant> asked;
    std::optional<SocketAddress> first;
    link.drop = [&](const SocketAddress& from, const SocketAddress& to, ByteView bytes) {
        if (from != kLeft) return false;
        asked.try_emplace(stun::parse_message(bytes)->transaction_id(), link.now);
        if (!first) first = to;
        return to != *first;
    };
    const Instant began = link.now;
    link.run_for(round_trip + 500ms);
    std::vector<Instant> later;
    for (const auto& [id, when] : asked)
        if (when > began + round_trip + kPaceDefault) later.push_back(when);
    std::ranges::sort(later);
    std::set<Duration> apart;
    for (std::size_t i = 1; i < later.size(); ++i)
        apart.insert(later[i] - later[i - 1]);
    return apart;
}

// RFC 8445 §14.2: a pace that the network is known to carry.
TEST(AgentPace, ALongListIsPacedByTheRoundTripOnceItIsKnown) {
    EXPECT_EQ(paces_after(20ms), std::set<Duration>{20ms});
    EXPECT_EQ(paces_after(2ms), std::set<Duration>{kPaceMin});
    EXPECT_EQ(paces_after(200ms), std::set<Duration>{kPaceDefault}) << "and never more slowly than by default";
}

TEST_F(AgentHostile, AShortListIsPacedAtFiveMilliseconds) {
    ScriptedPeer peer(link_, "198.51.100.2:2000");
    peer.answers = false;
    std::vector<Instant> asked;
    link_.drop = [&](const SocketAddress&, const SocketAddress&, ByteView) {
        asked.push_back(link_.now);
        return true;
    };
    for (std::uint16_t port = 1; port <= 5; ++port)
        peer.tell(1000U + port, port);
    link_.run_for(100ms);
    ASSERT_EQ(asked.size(), 5U);
    for (std::size_t i = 1; i < asked.size(); ++i)
        EXPECT_EQ(asked[i] - asked[i - 1], kPaceMin);
}

} // namespace
} // namespace vv::ice::test
