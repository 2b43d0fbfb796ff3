#include "base/rng.h"
#include "stun/builder.h"
#include "turn/consent_gate.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace vv::turn {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;
using stun::MessageBuilder;
using stun::MessageClass;
using stun::Method;
using Verdict = ConsentVerdict;

constexpr ConsentLimits kConsent{};

const ByteBuffer kRtp(200, 0x80);
const ByteBuffer kDtls(200, 22);

SocketAddress peer_at(unsigned port) {
    return SocketAddress::parse("8.8.8.8:" + std::to_string(port)).value();
}
const SocketAddress kPeer = peer_at(5000);

/// What a message may lack.
struct Parts {
    bool username = true;
    bool integrity = true;
    bool fingerprint = true;
};

class ConsentGateTest : public testing::Test {
protected:
    stun::TransactionId new_id() { return stun::TransactionId(rng_.bytes<stun::kTransactionIdSize>()); }

    static ByteBuffer message(Method method, MessageClass message_class, const stun::TransactionId& id,
                              const Parts& parts = {}) {
        ByteBuffer bytes;
        MessageBuilder builder(bytes, method, message_class, id);
        if (parts.username && message_class == MessageClass::kRequest) {
            builder.add_text(AttributeType::kUsername, "them:us");
        }
        if (parts.integrity) builder.add_message_integrity(as_bytes(std::string_view("a password of the call")));
        if (parts.fingerprint) builder.add_fingerprint();
        return bytes;
    }
    static ByteBuffer check(const stun::TransactionId& id, const Parts& parts = {}) {
        return message(Method::kBinding, MessageClass::kRequest, id, parts);
    }
    static ByteBuffer success(const stun::TransactionId& id, const Parts& parts = {}) {
        return message(Method::kBinding, MessageClass::kSuccess, id, parts);
    }
    /// With something in it, as DTLS may be.
    static ByteBuffer sized(MessageClass message_class, const stun::TransactionId& id, std::size_t size) {
        ByteBuffer bytes;
        const ByteBuffer bare = message(Method::kBinding, message_class, id);
        MessageBuilder builder(bytes, Method::kBinding, message_class, id);
        builder.add(AttributeType::kSoftware, ByteBuffer(size - bare.size() - stun::kAttributeHeaderSize));
        if (message_class == MessageClass::kRequest) builder.add_text(AttributeType::kUsername, "them:us");
        builder.add_message_integrity(as_bytes(std::string_view("a password of the call"))).add_fingerprint();
        EXPECT_EQ(bytes.size(), size);
        return bytes;
    }
    Verdict send_check(const SocketAddress& peer = kPeer) { return gate_.admit(now_, kConsent, peer, check(new_id())); }
    Verdict send(const ByteBuffer& payload, const SocketAddress& peer = kPeer) {
        return gate_.admit(now_, kConsent, peer, payload);
    }
    void hear(const ByteBuffer& payload, const SocketAddress& peer = kPeer) {
        gate_.handle_input(now_, kConsent, peer, payload);
    }
    /// One check and its answer.
    void consent(const SocketAddress& peer = kPeer) {
        const auto id = new_id();
        ASSERT_EQ(gate_.admit(now_, kConsent, peer, check(id)), Verdict::kPass);
        hear(success(id), peer);
    }

    ConsentGate gate_;
    Instant now_{1h};

private:
    SeededRng rng_{7};
};

TEST_F(ConsentGateTest, ClosedLetsOnlyWholeChecksThrough) {
    EXPECT_EQ(send(check(new_id())), Verdict::kPass);
    EXPECT_EQ(send(check(new_id(), {.username = false})), Verdict::kNoConsent);
    EXPECT_EQ(send(check(new_id(), {.integrity = false})), Verdict::kNoConsent);
    EXPECT_EQ(send(check(new_id(), {.fingerprint = false})), Verdict::kNoConsent);
    ByteBuffer forged = check(new_id());
    forged.back() ^= 1U;
    EXPECT_EQ(send(forged), Verdict::kNoConsent) << "a fingerprint that does not fit";
    EXPECT_EQ(send(message(Method::kBinding, MessageClass::kIndication, new_id())), Verdict::kNoConsent);
    EXPECT_EQ(send(message(Method::kAllocate, MessageClass::kRequest, new_id())), Verdict::kNoConsent);
    EXPECT_EQ(send(kRtp), Verdict::kNoConsent);
    EXPECT_EQ(send(kDtls), Verdict::kNoConsent);
    EXPECT_EQ(send({}), Verdict::kNoConsent);
    EXPECT_EQ(send({0x12, 0x34, 0x01, 0x00}), Verdict::kNoConsent) << "a DNS query, say";
}

TEST_F(ConsentGateTest, AnAnswerToOurCheckOpens) {
    consent();
    EXPECT_TRUE(gate_.is_open(now_, kPeer));
    EXPECT_EQ(send(kRtp), Verdict::kPass);
    EXPECT_EQ(send(kDtls), Verdict::kPass);
    EXPECT_EQ(send(check(new_id(), {.integrity = false})), Verdict::kPass) << "any Binding message, once open";
    EXPECT_EQ(send(kRtp, peer_at(5001)), Verdict::kNoConsent) << "another port has consented to nothing";
}

TEST_F(ConsentGateTest, OpenLetsOnlyWhatACallIsMadeOf) {
    consent();
    for (int first = 0; first < 256; ++first) {
        const bool is_call = (first >= 20 && first <= 63) || (first >= 128 && first <= 191);
        const ByteBuffer payload(40, static_cast<std::uint8_t>(first));
        EXPECT_EQ(send(payload), is_call ? Verdict::kPass : Verdict::kNoConsent) << first;
    }
    EXPECT_EQ(send(message(Method::kAllocate, MessageClass::kRequest, new_id())), Verdict::kNoConsent);
    EXPECT_EQ(send({}), Verdict::kNoConsent);
}

TEST_F(ConsentGateTest, NothingElseOpens) {
    const auto id = new_id();
    ASSERT_EQ(send(check(id)), Verdict::kPass);
    hear(success(id, {.integrity = false}));
    EXPECT_FALSE(gate_.is_open(now_, kPeer)) << "a public STUN server's answer";
    hear(success(id, {.fingerprint = false}));
    EXPECT_FALSE(gate_.is_open(now_, kPeer));
    hear(message(Method::kBinding, MessageClass::kError, id));
    EXPECT_FALSE(gate_.is_open(now_, kPeer)) << "an error answer";
    hear(success(new_id()));
    EXPECT_FALSE(gate_.is_open(now_, kPeer)) << "nobody asked for it";
    hear(success(id), peer_at(5001));
    EXPECT_FALSE(gate_.is_open(now_, kPeer)) << "from another port";
    EXPECT_FALSE(gate_.is_open(now_, peer_at(5001)));
    hear(check(new_id()));
    hear(kRtp);
    EXPECT_FALSE(gate_.is_open(now_, kPeer)) << "what a peer sends is no consent";
    hear(success(id));
    EXPECT_TRUE(gate_.is_open(now_, kPeer)) << "the true answer still counts";
}

TEST_F(ConsentGateTest, AnAnswerCountsOnceAndInTime) {
    const auto late = new_id();
    ASSERT_EQ(send(check(late)), Verdict::kPass);
    now_ += kCheckLifetime;
    hear(success(late));
    EXPECT_FALSE(gate_.is_open(now_, kPeer));
    const auto id = new_id();
    ASSERT_EQ(send(check(id)), Verdict::kPass);
    now_ += kCheckLifetime - 1ns;
    hear(success(id));
    EXPECT_TRUE(gate_.is_open(now_, kPeer));
    now_ += kConsent.lifetime;
    hear(success(id));
    EXPECT_FALSE(gate_.is_open(now_, kPeer)) << "the same answer again";
}

TEST_F(ConsentGateTest, ConsentEndsAndIsRenewed) {
    consent();
    now_ += kConsent.lifetime - 1ns;
    EXPECT_EQ(send(kRtp), Verdict::kPass);
    const auto id = new_id();
    ASSERT_EQ(send(check(id)), Verdict::kPass);
    hear(success(id));
    now_ += kConsent.lifetime - 1ns;
    EXPECT_EQ(send(kRtp), Verdict::kPass) << "renewed by a check made while open";
    now_ += 1ns;
    EXPECT_EQ(send(kRtp), Verdict::kNoConsent);
    hear(kRtp);
    EXPECT_EQ(send(kRtp), Verdict::kNoConsent) << "media from the peer renews nothing";
    consent();
    EXPECT_EQ(send(kRtp), Verdict::kPass) << "a restart of ICE opens it again";
}

TEST_F(ConsentGateTest, TheLastSixtyFourChecksCanBeAnswered) {
    consent(); // while open there is no rate for checks
    std::vector<stun::TransactionId> ids;
    for (std::size_t i = 0; i <= kChecksRemembered; ++i) {
        ids.push_back(new_id());
        ASSERT_EQ(send(check(ids.back())), Verdict::kPass);
    }
    now_ += kConsent.lifetime - 1s;
    hear(success(ids.front()));
    now_ += 1s;
    EXPECT_FALSE(gate_.is_open(now_, kPeer)) << "pushed out by the newer ones";
    now_ -= 1s;
    hear(success(ids.at(1)));
    now_ += 1s;
    EXPECT_TRUE(gate_.is_open(now_, kPeer)) << "the oldest that is still remembered";
}

// What an end may lose to a closed gate that stood still for so long that what it says is about a check 64 others
// ago. The next says it again.
TEST_F(ConsentGateTest, WhoIsSixtyFourChecksLateIsHeldForAMoment) {
    std::vector<stun::TransactionId> ours;
    std::vector<stun::TransactionId> theirs;
    for (std::size_t i = 0; i <= kChecksRemembered; ++i) {
        now_ += kConsent.peer_rate().time_of(1);
        ours.push_back(new_id());
        ASSERT_EQ(send(check(ours.back())), Verdict::kPass);
        theirs.push_back(new_id());
        hear(check(theirs.back()));
    }
    EXPECT_EQ(send(success(theirs.front())), Verdict::kUnasked);
    EXPECT_EQ(send(success(theirs.at(1))), Verdict::kPass);
    // Our client takes the first answer for one: it has not forgotten its check, and may send at once.
    hear(success(ours.front()));
    EXPECT_EQ(send(kRtp), Verdict::kNoConsent);
    hear(success(ours.at(1)));
    EXPECT_EQ(send(kRtp), Verdict::kPass);
}

// Two ends behind this relay: each gate sees its own client's answers before any of its checks was answered.
TEST_F(ConsentGateTest, AnswersToThePeersChecksPassOnceEach) {
    const auto asked = new_id();
    hear(check(asked));
    EXPECT_EQ(send(success(new_id())), Verdict::kUnasked);
    EXPECT_EQ(send(success(asked), peer_at(5001)), Verdict::kUnasked);
    EXPECT_EQ(send(success(asked)), Verdict::kPass);
    EXPECT_EQ(send(success(asked)), Verdict::kUnasked) << "once";
    const auto refused = new_id();
    hear(check(refused));
    EXPECT_EQ(send(message(Method::kBinding, MessageClass::kError, refused)), Verdict::kPass) << "487 counts too";
    const auto old = new_id();
    hear(check(old));
    now_ += kCheckLifetime;
    EXPECT_EQ(send(success(old)), Verdict::kUnasked);
    EXPECT_FALSE(gate_.is_open(now_, kPeer));
}

// Whatever sends back what it gets, on port 7 or by mistake.
TEST_F(ConsentGateTest, AnEchoConsentsToNothing) {
    const auto id = new_id();
    ASSERT_EQ(send(check(id)), Verdict::kPass);
    hear(check(id));
    EXPECT_EQ(send(success(id)), Verdict::kUnasked) << "the echo would make an answer of it";
    EXPECT_FALSE(gate_.is_open(now_, kPeer));
}

TEST_F(ConsentGateTest, ChecksToOnePeerHaveARate) {
    for (int i = 0; i < kConsent.peer_rate().burst; ++i)
        ASSERT_EQ(send_check(), Verdict::kPass) << i;
    EXPECT_EQ(send_check(), Verdict::kTooMany);
    now_ += 50ms;
    EXPECT_EQ(send_check(), Verdict::kPass);
    EXPECT_EQ(send_check(), Verdict::kTooMany);
    EXPECT_EQ(send_check(peer_at(5001)), Verdict::kPass) << "each peer its own";
}

TEST_F(ConsentGateTest, ChecksOfOneAllocationHaveARate) {
    int passed = 0;
    for (unsigned peer = 0; peer < kConsent.closed_peers; ++peer) {
        for (int i = 0; i < 10; ++i)
            passed += send_check(peer_at(1000 + peer)) == Verdict::kPass ? 1 : 0;
    }
    EXPECT_EQ(passed, kConsent.allocation_rate().burst);
    now_ += 10ms;
    EXPECT_EQ(send_check(peer_at(1000)), Verdict::kPass);
    EXPECT_EQ(send_check(peer_at(1001)), Verdict::kTooMany);
}

// A scan.
TEST_F(ConsentGateTest, ThereAreSoManyClosedPeers) {
    for (unsigned i = 0; i < kConsent.closed_peers; ++i)
        ASSERT_EQ(send_check(peer_at(1000 + i)), Verdict::kPass) << i;
    EXPECT_EQ(send_check(peer_at(2000)), Verdict::kTooMany);
    EXPECT_EQ(gate_.size(), kConsent.closed_peers);
    EXPECT_EQ(send_check(peer_at(1000)), Verdict::kPass) << "the known ones go on";
    now_ += kCheckLifetime;
    EXPECT_EQ(send_check(peer_at(2000)), Verdict::kPass) << "who is no longer checked makes room";
}

// Whoever is not checked for a while and then again is a new one, as is each new one.
TEST_F(ConsentGateTest, SoManyPeersMayBeBegunInAWhile) {
    const Duration each = kConsent.asked_rate().time_of(1);
    for (unsigned i = 0; i < kConsent.closed_peers; ++i)
        ASSERT_EQ(send_check(peer_at(1000 + i)), Verdict::kPass) << i;
    now_ += kCheckLifetime; // the table is empty again
    for (unsigned i = 0; i < kConsent.closed_peers; ++i)
        ASSERT_EQ(send_check(peer_at(2000 + i)), Verdict::kPass) << i;
    ConsentGate next;
    next.resume(gate_.spent());
    gate_ = next;
    EXPECT_EQ(send_check(peer_at(3000)), Verdict::kTooMany);
    now_ += each - 1ns;
    EXPECT_EQ(send_check(peer_at(3000)), Verdict::kTooMany);
    now_ += 1ns;
    EXPECT_EQ(send_check(peer_at(3000)), Verdict::kPass);
    EXPECT_EQ(send_check(peer_at(3000)), Verdict::kPass) << "known by now";
    EXPECT_EQ(send_check(peer_at(3001)), Verdict::kTooMany);
}

TEST_F(ConsentGateTest, WhoConsentsIsNoneOfThem) {
    for (unsigned round = 0; round < 3; ++round) {
        for (unsigned i = 0; i < kOpenPeersMax; ++i)
            consent(peer_at(1000 + i));
        now_ += kConsent.lifetime;
    }
    for (unsigned i = 0; i < kConsent.closed_peers; ++i)
        ASSERT_EQ(send_check(peer_at(2000 + i)), Verdict::kPass) << i;
    EXPECT_EQ(send_check(peer_at(3000)), Verdict::kTooMany);
}

// One gate after the other, as one allocation after the other has them, lets out what one may.
TEST_F(ConsentGateTest, ANewGateGoesOnWhereTheLastOneEnded) {
    int passed = 0;
    const auto renew = [&] {
        ConsentGate next;
        next.resume(gate_.spent());
        gate_ = next;
    };
    for (int cycle = 0; cycle < 1000; ++cycle) {
        passed += send_check() == Verdict::kPass ? 1 : 0;
        renew();
    }
    EXPECT_EQ(passed, kConsent.peer_rate().burst) << "to one peer";
    // Who it was is forgotten, so for a moment each new peer counts as the one.
    EXPECT_EQ(send_check(peer_at(5001)), Verdict::kTooMany);
    now_ += kCheckLifetime;
    passed = 0;
    for (unsigned cycle = 0; cycle < 1000; ++cycle) {
        passed += send_check(peer_at(6000 + cycle % 20)) == Verdict::kPass ? 1 : 0;
        renew();
    }
    EXPECT_EQ(passed, kConsent.peer_rate().burst) << "each of twenty may be the one";
    now_ += kCheckLifetime;
    passed = 0;
    for (unsigned i = 0; i < 2 * kConsent.allocation_rate().burst; ++i)
        passed += send_check(peer_at(7000 + i % 20)) == Verdict::kPass ? 1 : 0;
    EXPECT_EQ(passed, kConsent.allocation_rate().burst);
    renew();
    now_ += kConsent.allocation_rate().time_of(1) - 1ns;
    EXPECT_EQ(send_check(peer_at(8000)), Verdict::kTooMany);
}

TEST_F(ConsentGateTest, AWholeRateComesBackInASecond) {
    while (send_check() == Verdict::kPass) {
    }
    ConsentGate next;
    next.resume(gate_.spent());
    gate_ = next;
    now_ += 1s;
    for (int i = 0; i < kConsent.peer_rate().burst; ++i)
        ASSERT_EQ(send_check(peer_at(5001)), Verdict::kPass) << i;
}

// DTLS may travel in them: there is a limit of how much goes out in all.
TEST_F(ConsentGateTest, ChecksAndTheirAnswersMayBeOfAnySize) {
    for (const std::size_t size : {1'200U, 1'472U, 1'476U, 9'000U, 65'504U}) {
        EXPECT_EQ(send(sized(MessageClass::kRequest, new_id(), size)), Verdict::kPass) << size;
        const auto asked = new_id();
        hear(sized(MessageClass::kRequest, asked, size));
        EXPECT_EQ(send(sized(MessageClass::kSuccess, asked, size)), Verdict::kPass) << size;
        EXPECT_EQ(send(sized(MessageClass::kSuccess, asked, size)), Verdict::kUnasked) << "once, of any size";
    }
    const auto ours = new_id();
    ASSERT_EQ(send(check(ours)), Verdict::kPass);
    hear(sized(MessageClass::kSuccess, ours, 9'000));
    EXPECT_TRUE(gate_.is_open(now_, kPeer));
}

// The largest that a usual path takes, as fast as checks may be and each answered: a handshake in them is not held up.
TEST_F(ConsentGateTest, ASecondOfUsualChecksAndOneOfAnswersPassAtOnceAndNoByteMore) {
    const auto size = static_cast<std::size_t>(kCheckSizeUsual);
    for (int i = 0; i < kConsent.checks_per_allocation; ++i) {
        const SocketAddress peer = peer_at(1000 + static_cast<unsigned>(i % 20));
        ASSERT_EQ(send(sized(MessageClass::kRequest, new_id(), size), peer), Verdict::kPass) << i;
        const auto asked = new_id();
        hear(check(asked), peer);
        ASSERT_EQ(send(sized(MessageClass::kSuccess, asked, size), peer), Verdict::kPass) << i;
    }
    const auto asked = new_id();
    hear(check(asked));
    EXPECT_EQ(send(success(asked)), Verdict::kTooMany) << "an answer counts as a check does";
    const auto small = static_cast<std::int64_t>(success(asked).size());
    now_ += kConsent.closed_byte_rate().time_of(small) - 1us;
    EXPECT_EQ(send(success(asked)), Verdict::kTooMany);
    now_ += 1us;
    EXPECT_EQ(send(success(asked)), Verdict::kPass) << "and is not used up by being refused";
}

TEST_F(ConsentGateTest, ChecksOfAnySizeTakeOfTheirBytes) {
    const Rate rate = kConsent.closed_byte_rate();
    const std::size_t size = 60'000;
    std::int64_t passed = 0;
    for (unsigned i = 0; i < 20; ++i) {
        const bool went = send(sized(MessageClass::kRequest, new_id(), size), peer_at(1000 + i)) == Verdict::kPass;
        passed += went ? static_cast<std::int64_t>(size) : 0;
        ConsentGate next; // as one allocation after the other has it
        next.resume(gate_.spent());
        gate_ = next;
    }
    EXPECT_LE(passed, rate.burst);
    EXPECT_GT(passed, rate.burst - static_cast<std::int64_t>(size));
    now_ += rate.time_of(rate.burst);
    EXPECT_EQ(send(sized(MessageClass::kRequest, new_id(), size)), Verdict::kPass) << "earned again";
}

TEST_F(ConsentGateTest, TheLargestCheckPassesHoweverFewThereMayBe) {
    const ConsentLimits one{.checks_per_peer = 1, .checks_per_allocation = 1};
    const ByteBuffer largest = sized(MessageClass::kRequest, new_id(), 65'524);
    EXPECT_EQ(gate_.admit(now_, one, kPeer, largest), Verdict::kPass);
    now_ += 1s;
    EXPECT_EQ(gate_.admit(now_, one, kPeer, sized(MessageClass::kRequest, new_id(), 2'000)), Verdict::kTooMany);
}

// What was taken of it is given back, not what one takes by now.
TEST_F(ConsentGateTest, WhoConsentsAfterAReloadGivesBackWhatItTook) {
    ConsentLimits fewer = kConsent;
    fewer.closed_peers = 2; // so one is sixteen times as long in earning
    ConsentLimits more = kConsent;
    more.closed_peers = 32;
    const auto id = new_id();
    for (unsigned i = 0; i < more.closed_peers; ++i)
        ASSERT_EQ(gate_.admit(now_, more, peer_at(1000 + i), check(i == 0 ? id : new_id())), Verdict::kPass);
    const Instant full_at = gate_.spent().peers.full_at();
    gate_.handle_input(now_, fewer, peer_at(1000), success(id));
    ASSERT_TRUE(gate_.is_open(now_, peer_at(1000)));
    EXPECT_EQ(gate_.spent().peers.full_at(), full_at - more.asked_rate().time_of(1));
}

// The name in a check is the two ends' affair (RFC 8445 §7.2.2): a new one opens nothing and shuts nothing, and neither
// does a second one in the same check.
TEST_F(ConsentGateTest, ANewUserFragmentChangesNothing) {
    const auto named = [&](const stun::TransactionId& id, std::initializer_list<const char*> names) {
        ByteBuffer bytes;
        MessageBuilder builder(bytes, Method::kBinding, MessageClass::kRequest, id);
        for (const char* name : names)
            builder.add_text(AttributeType::kUsername, name);
        builder.add_message_integrity(as_bytes(std::string_view("a password of the call"))).add_fingerprint();
        return bytes;
    };
    int passed = 0;
    for (int i = 0; i < 2 * kConsent.peer_rate().burst; ++i) {
        const std::string name = "ufrag" + std::to_string(i) + ":us";
        passed += send(named(new_id(), {name.c_str()})) == Verdict::kPass ? 1 : 0;
    }
    EXPECT_EQ(passed, kConsent.peer_rate().burst) << "no rate of its own";
    EXPECT_EQ(send(kRtp), Verdict::kNoConsent);
    now_ += 1s;
    const auto id = new_id();
    ASSERT_EQ(send(named(id, {"one:us", "another:us"})), Verdict::kPass);
    hear(success(id));
    EXPECT_EQ(send(kRtp), Verdict::kPass);
    EXPECT_EQ(send(named(new_id(), {"restarted:us"})), Verdict::kPass);
    EXPECT_EQ(send(kRtp), Verdict::kPass) << "consent is the address's";
    EXPECT_EQ(send(kRtp, peer_at(5001)), Verdict::kNoConsent);
}

TEST_F(ConsentGateTest, OpenPeersTakeNoClosedPlaces) {
    consent();
    for (unsigned i = 0; i < kConsent.closed_peers; ++i)
        ASSERT_EQ(send_check(peer_at(1000 + i)), Verdict::kPass) << i;
    EXPECT_EQ(send(kRtp), Verdict::kPass);
}

TEST_F(ConsentGateTest, StrangersAtThePeersAddressCannotFillTheTable) {
    for (unsigned i = 0; i < 1000; ++i)
        hear(check(new_id()), peer_at(10000 + i));
    EXPECT_LE(gate_.size(), kConsent.closed_peers);
    EXPECT_EQ(send_check(), Verdict::kPass);
    for (unsigned i = 0; i < 1000; ++i)
        hear(check(new_id()), peer_at(20000 + i));
    consent();
    EXPECT_TRUE(gate_.is_open(now_, kPeer)) << "whom our client checks is not pushed out by who only sends";
    EXPECT_LE(gate_.size(), kConsent.closed_peers + 1);
}

TEST_F(ConsentGateTest, ThereAreSoManyOpenPeers) {
    for (unsigned i = 0; i < kOpenPeersMax; ++i) {
        consent(peer_at(1000 + i));
        now_ += 10ms;
    }
    consent(peer_at(2000));
    EXPECT_FALSE(gate_.is_open(now_, peer_at(2000)));
    EXPECT_TRUE(gate_.is_open(now_, peer_at(1000)));
}

TEST_F(ConsentGateTest, ASilentPeerGetsSoMuch) {
    consent();
    const ByteBuffer big(32768, 0x80);
    for (std::size_t sent = 0; sent < kConsent.bytes_per_packet_in; sent += big.size())
        ASSERT_EQ(send(big), Verdict::kPass) << sent;
    EXPECT_EQ(send({0x80}), Verdict::kUnheard);
    hear({0x80});
    EXPECT_EQ(send(big), Verdict::kPass) << "any packet from it will do";
}

// Each of them is what decides, and may change while peers are known.
TEST_F(ConsentGateTest, ItsOwnersLimitsHold) {
    const ConsentLimits few{.checks_per_peer = 3,
                            .checks_per_allocation = 7,
                            .closed_peers = 2,
                            .lifetime = 100s,
                            .bytes_per_packet_in = 1000};
    const auto send_with = [&](const ConsentLimits& limits, const ByteBuffer& payload, const SocketAddress& peer) {
        return gate_.admit(now_, limits, peer, payload);
    };
    const auto passed_to = [&](unsigned port, const ConsentLimits& limits) {
        int passed = 0;
        while (passed < 1000 && send_with(limits, check(new_id()), peer_at(port)) == Verdict::kPass)
            ++passed;
        return passed;
    };
    EXPECT_EQ(passed_to(1, few), 3) << "to one peer";
    EXPECT_EQ(passed_to(2, few), 3);
    EXPECT_EQ(passed_to(3, few), 0) << "a third closed peer";
    now_ += kCheckLifetime;
    ConsentLimits more = few;
    more.closed_peers = 4;
    EXPECT_EQ(passed_to(4, more) + passed_to(5, more) + passed_to(6, more), 7) << "to all peers";

    now_ += kCheckLifetime;
    const auto id = new_id();
    ASSERT_EQ(send_with(few, check(id), kPeer), Verdict::kPass);
    gate_.handle_input(now_, few, kPeer, success(id));
    EXPECT_EQ(send_with(few, ByteBuffer(1000, 0x80), kPeer), Verdict::kPass);
    EXPECT_EQ(send_with(few, {0x80}, kPeer), Verdict::kUnheard);
    EXPECT_EQ(send_with(kConsent, {0x80}, kPeer), Verdict::kPass);
    EXPECT_TRUE(gate_.is_open(now_ + 100s - 1ns, kPeer));
    EXPECT_FALSE(gate_.is_open(now_ + 100s, kPeer));
}

TEST_F(ConsentGateTest, MemoryIsBounded) {
    for (int round = 0; round < 50; ++round) {
        for (unsigned i = 0; i < 200; ++i) {
            hear(check(new_id()), peer_at(10000 + i));
            (void)send_check(peer_at(1000 + i));
        }
        now_ += 1s;
    }
    EXPECT_LE(gate_.size(), kConsent.closed_peers + kOpenPeersMax);
}

} // namespace
} // namespace vv::turn
