#include "ice/gathering.h"
#include "ice/limits.h"
#include "stun/binding_server.h"
#include "stun/builder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::ice {
namespace {

using namespace std::chrono_literals;

SocketAddress at(std::string_view text) {
    return SocketAddress::parse(text).value();
}

class GatheringTest : public testing::Test {
protected:
    bool add_host(std::uint32_t id, std::string_view address, std::string name = {}) {
        return gathering_.add_host(now_, {TransportId(id), at(address), std::move(name)}) != nullptr;
    }
    bool add_relay(std::uint32_t id, std::string_view relayed, RelayProtocol protocol = RelayProtocol::kUdp) {
        return gathering_.add_relay({.id = TransportId(id),
                                     .relayed = at(relayed),
                                     .mapped = at("203.0.113.1:7"),
                                     .server = at("192.0.2.53:1").ip,
                                     .protocol = protocol}) != nullptr;
    }
    std::vector<Candidate> told() {
        std::vector<Candidate> out;
        while (auto candidate = gathering_.poll_candidate())
            out.push_back(std::move(*candidate));
        return out;
    }
    /// All that is due now.
    std::vector<Transmit> sent() {
        std::vector<Transmit> out;
        while (gathering_.start_next(now_)) {
        }
        while (auto transmit = gathering_.poll_transmit())
            out.push_back(std::move(*transmit));
        return out;
    }
    bool answer(const Transmit& request, std::string_view mapped) {
        ByteBuffer bytes;
        EXPECT_TRUE(
            stun::answer_binding(stun::parse_message(request.payload).value(), ClientAddress(at(mapped)), bytes));
        return gathering_.handle_answer(now_, request.route, stun::parse_message(bytes).value());
    }
    void wait_until(Instant end) {
        while (true) {
            const auto deadline = gathering_.poll_timeout();
            if (!deadline || *deadline > end) break;
            now_ = *deadline;
            gathering_.handle_timeout(now_);
            (void)sent();
        }
        now_ = end;
    }

    SeededRng rng_{1};
    Instant now_{100s};
    Gathering gathering_{{at("192.0.2.53:3478"), at("192.0.2.54:3478"), at("[2001:db8::53]:3478")}, rng_};
};

TEST_F(GatheringTest, EachSocketAsksEachServerOfItsFamily) {
    add_host(1, "10.0.0.1:1");
    add_host(2, "[2001:db8::1]:2");
    const auto requests = sent();
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_EQ(requests[0].route, (Route{TransportId(1), at("192.0.2.53:3478")}));
    EXPECT_EQ(requests[1].route, (Route{TransportId(1), at("192.0.2.54:3478")}));
    EXPECT_EQ(requests[2].route, (Route{TransportId(2), at("[2001:db8::53]:3478")}));
}

TEST_F(GatheringTest, AReflexiveCandidateNamesItsBase) {
    add_host(1, "10.0.0.1:1");
    EXPECT_TRUE(answer(sent()[0], "203.0.113.1:7"));
    const auto candidates = told();
    ASSERT_EQ(candidates.size(), 2U);
    EXPECT_EQ(candidates[0].type, CandidateType::kHost);
    EXPECT_EQ(candidates[1].type, CandidateType::kServerReflexive);
    EXPECT_EQ(candidates[1].address, at("203.0.113.1:7"));
    EXPECT_EQ(candidates[1].related, at("10.0.0.1:1"));
    EXPECT_LT(candidates[1].priority, candidates[0].priority);
    EXPECT_TRUE(told().empty()) << "each once";
}

TEST_F(GatheringTest, WhatTwoServersSeeAlikeIsToldOnce) {
    add_host(1, "10.0.0.1:1");
    for (const Transmit& request : sent())
        answer(request, "203.0.113.1:7");
    EXPECT_EQ(told().size(), 2U);
}

// As behind a NAT that takes another port for each server. What the first transport has still comes before the next.
TEST_F(GatheringTest, NoTwoReflexiveCandidatesHaveOnePriority) {
    add_host(1, "10.0.0.1:1");
    add_host(2, "10.0.0.2:1");
    std::uint16_t port = 7;
    for (const Transmit& request : sent())
        answer(request, "203.0.113.1:" + std::to_string(port++));
    std::vector<Candidate> reflexive;
    for (Candidate& candidate : told()) {
        if (candidate.type == CandidateType::kServerReflexive) reflexive.push_back(std::move(candidate));
    }
    ASSERT_EQ(reflexive.size(), 4U);
    for (std::size_t i = 1; i < reflexive.size(); ++i)
        EXPECT_GT(reflexive[i - 1].priority, reflexive[i].priority);
}

TEST_F(GatheringTest, WithoutANatThereIsNothingReflexive) {
    add_host(1, "198.51.100.1:1");
    for (const Transmit& request : sent())
        answer(request, "198.51.100.1:1");
    EXPECT_EQ(told().size(), 1U);
}

TEST_F(GatheringTest, ANameStandsForTheAddressEverywhere) {
    add_host(1, "10.0.0.1:1", "abc.local");
    answer(sent()[0], "203.0.113.1:7");
    for (const Candidate& candidate : told())
        EXPECT_EQ(write_candidate(candidate).find("10.0.0.1"), std::string::npos) << write_candidate(candidate);
}

// A socket with an IPv6 address is seen at the relay's server as what it is.
TEST_F(GatheringTest, ANameStandsForTheAddressInWhatARelayTellsToo) {
    add_host(1, "[2001:db8::1]:1", "abc.local");
    ASSERT_NE(gathering_.add_relay({.id = TransportId(2),
                                    .relayed = at("192.0.2.53:50000"),
                                    .mapped = at("[2001:db8::1]:7"),
                                    .server = at("[2001:db8::53]:1").ip}),
              nullptr);
    const auto candidates = told();
    ASSERT_EQ(candidates.size(), 2U);
    EXPECT_EQ(candidates[1].related, at("[::]:0"));
    add_relay(3, "192.0.2.53:50001");
    EXPECT_EQ(told()[0].related, at("203.0.113.1:7")) << "what a NAT shows is told";
}

TEST_F(GatheringTest, TransportsToldFirstAreBetterAndRelaysOverStreamsWorse) {
    add_host(1, "10.0.0.1:1");
    add_host(2, "10.0.0.2:1");
    add_relay(3, "192.0.2.53:50000", RelayProtocol::kTls);
    add_relay(4, "192.0.2.53:50001", RelayProtocol::kTcp);
    add_relay(5, "192.0.2.53:50002");
    const auto candidates = told();
    EXPECT_GT(candidates[0].priority, candidates[1].priority);
    EXPECT_GT(candidates[1].priority, candidates[4].priority);
    EXPECT_GT(candidates[4].priority, candidates[3].priority);
    EXPECT_GT(candidates[3].priority, candidates[2].priority);
}

// RFC 8445 §5.1.1.3.
TEST_F(GatheringTest, FoundationsAreAlikeWhereTypeBaseServerAndProtocolAre) {
    add_host(1, "10.0.0.1:1");
    add_host(2, "10.0.0.1:2");
    add_host(3, "10.0.0.2:1");
    add_relay(4, "192.0.2.53:50000");
    add_relay(5, "192.0.2.53:50001");
    add_relay(6, "192.0.2.53:50002", RelayProtocol::kTcp);
    const auto requests = sent();
    answer(requests[0], "203.0.113.1:7");
    answer(requests[2], "203.0.113.1:8"); // the second socket at the same server
    answer(requests[3], "203.0.113.1:9"); // and at the other
    const auto all = told();
    const auto foundation = [&](std::size_t i) { return all.at(i).foundation; };
    EXPECT_EQ(foundation(0), foundation(1));
    EXPECT_NE(foundation(0), foundation(2));
    EXPECT_EQ(foundation(3), foundation(4));
    EXPECT_NE(foundation(3), foundation(5));
    EXPECT_EQ(foundation(6), foundation(7));
    EXPECT_NE(foundation(6), foundation(8));
    EXPECT_NE(foundation(0), foundation(6));
}

TEST_F(GatheringTest, FoundationsDoNotGiveTheAddressAway) {
    SeededRng other_rng(2);
    Gathering other({}, other_rng);
    other.add_host(now_, {TransportId(1), at("10.0.0.1:1"), "abc.local"});
    add_host(1, "10.0.0.1:1", "abc.local");
    EXPECT_NE(told()[0].foundation, other.poll_candidate()->foundation);
}

TEST_F(GatheringTest, WhatThePeerSeesTellsWhatKindOfCandidateItIs) {
    add_host(1, "10.0.0.1:1");
    add_relay(2, "192.0.2.53:50000");
    answer(sent()[0], "203.0.113.1:7");
    const auto type = [&](std::uint32_t id, std::string_view mapped) {
        return gathering_.type_of(*gathering_.find(TransportId(id)), at(mapped));
    };
    EXPECT_EQ(type(1, "10.0.0.1:1"), CandidateType::kHost);
    EXPECT_EQ(type(1, "203.0.113.1:7"), CandidateType::kServerReflexive);
    EXPECT_EQ(type(1, "203.0.113.1:8"), CandidateType::kPeerReflexive);
    EXPECT_EQ(type(2, "192.0.2.53:50000"), CandidateType::kRelayed);
    EXPECT_EQ(type(2, "203.0.113.1:8"), CandidateType::kRelayed);
}

// ---- when it is done

TEST_F(GatheringTest, IsDoneWhenFinishedAndAllServersHaveAnsweredOrNever) {
    add_host(1, "10.0.0.1:1");
    const auto requests = sent();
    answer(requests[0], "203.0.113.1:7");
    EXPECT_FALSE(gathering_.is_done());
    gathering_.finish();
    EXPECT_FALSE(gathering_.is_done());
    wait_until(now_ + 15499ms);
    EXPECT_FALSE(gathering_.is_done());
    wait_until(now_ + 1ms);
    EXPECT_TRUE(gathering_.is_done()) << "the silent one is given up";
}

TEST_F(GatheringTest, ARefusalSettlesAServerToo) {
    add_host(1, "10.0.0.1:1");
    gathering_.finish();
    for (const Transmit& request : sent()) {
        ByteBuffer bytes;
        stun::MessageBuilder(bytes, stun::Method::kBinding, stun::MessageClass::kError,
                             stun::parse_message(request.payload)->transaction_id())
            .add_error_code(stun::ErrorCode::kForbidden);
        EXPECT_TRUE(gathering_.handle_answer(now_, request.route, stun::parse_message(bytes).value()));
    }
    EXPECT_TRUE(gathering_.is_done());
    EXPECT_EQ(told().size(), 1U);
}

TEST_F(GatheringTest, OnlyTheServerThatWasAskedAnswers) {
    add_host(1, "10.0.0.1:1");
    Transmit request = sent()[0];
    request.route.remote.port = 9;
    EXPECT_FALSE(answer(request, "6.6.6.6:6"));
    request.route = {TransportId(2), at("192.0.2.53:3478")};
    EXPECT_FALSE(answer(request, "6.6.6.6:6"));
    EXPECT_EQ(told().size(), 1U);
}

TEST_F(GatheringTest, AfterTheEndWasToldNothingNewIsFound) {
    add_host(1, "10.0.0.1:1");
    gathering_.finish();
    for (const Transmit& request : sent())
        answer(request, "203.0.113.1:7");
    EXPECT_TRUE(gathering_.is_done());
    EXPECT_EQ(told().size(), 2U);
    now_ += kMappingKeepalive;
    const auto again = sent();
    ASSERT_EQ(again.size(), 2U);
    answer(again[0], "203.0.113.1:8");
    EXPECT_TRUE(told().empty());
}

TEST_F(GatheringTest, MappingsAreKeptUntilTheyMayGo) {
    add_host(1, "10.0.0.1:1");
    for (int i = 0; i < 3; ++i) {
        const auto requests = sent();
        ASSERT_EQ(requests.size(), 2U);
        for (const Transmit& request : requests)
            answer(request, "203.0.113.1:7");
        EXPECT_EQ(gathering_.next_start(), now_ + kMappingKeepalive);
        now_ += kMappingKeepalive;
    }
    gathering_.let_mappings_go();
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(gathering_.next_start(), std::nullopt);
}

TEST_F(GatheringTest, ARestartTellsAndAsksAnew) {
    add_host(1, "10.0.0.1:1");
    gathering_.finish();
    for (const Transmit& request : sent())
        answer(request, "203.0.113.1:7");
    EXPECT_EQ(told().size(), 2U);
    gathering_.restart(now_);
    EXPECT_FALSE(gathering_.is_done());
    EXPECT_EQ(told().size(), 1U) << "what the server sees may be another now";
    for (const Transmit& request : sent())
        answer(request, "203.0.113.1:8");
    EXPECT_EQ(told()[0].address, at("203.0.113.1:8"));
    gathering_.finish();
    EXPECT_TRUE(gathering_.is_done());
}

TEST_F(GatheringTest, ATransportThatGoesIsNotAskedForAnyMore) {
    add_host(1, "10.0.0.1:1");
    const auto requests = sent();
    gathering_.remove(TransportId(1));
    EXPECT_FALSE(answer(requests[0], "203.0.113.1:7"));
    EXPECT_EQ(gathering_.poll_timeout(), std::nullopt);
    EXPECT_TRUE(told().empty());
    gathering_.finish();
    EXPECT_TRUE(gathering_.is_done());
}

// ---- limits

TEST_F(GatheringTest, TransportsHaveALimit) {
    for (std::uint32_t i = 1; i <= kTransportsMax; ++i)
        EXPECT_TRUE(add_host(i, "10.0.0.1:" + std::to_string(i)));
    EXPECT_FALSE(add_host(99, "10.0.0.1:99"));
    EXPECT_FALSE(add_relay(99, "192.0.2.53:50000"));
    gathering_.remove(TransportId(1));
    EXPECT_TRUE(add_relay(99, "192.0.2.53:50000"));
}

TEST_F(GatheringTest, ANumberIsTakenOnceAndAnAddressHasToBeOne) {
    EXPECT_TRUE(add_host(1, "10.0.0.1:1"));
    EXPECT_FALSE(add_host(1, "10.0.0.1:2"));
    EXPECT_FALSE(add_host(2, "0.0.0.0:2"));
    EXPECT_FALSE(add_relay(2, "192.0.2.53:0"));
}

TEST_F(GatheringTest, LocalCandidatesHaveALimit) {
    for (std::uint32_t i = 1; i <= kTransportsMax; ++i)
        add_host(i, "10.0.0.1:" + std::to_string(i));
    std::uint16_t port = 1000; // a NAT that shows each server another port
    for (const Transmit& request : sent())
        answer(request, "203.0.113.1:" + std::to_string(port++));
    EXPECT_EQ(told().size(), kLocalCandidatesMax);
}

TEST(GatheringServers, HaveALimit) {
    SeededRng rng(1);
    std::vector<SocketAddress> servers;
    for (std::uint16_t i = 1; i <= kStunServersMax + 1; ++i)
        servers.push_back({IpAddress::v4(0xC0000201), i});
    Gathering gathering(servers, rng);
    gathering.add_host({}, {TransportId(1), at("10.0.0.1:1"), {}});
    EXPECT_EQ(gathering.waiting_count({}), kStunServersMax);
}

} // namespace
} // namespace vv::ice
