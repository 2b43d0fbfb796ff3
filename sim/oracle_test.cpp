// The oracle's reasoning, for cases whose answers are known from RFC 5128 and
// from the tables that have been drawn from it.
#include "sim/oracle.h"

#include <gtest/gtest.h>

#include <array>

namespace vv::sim {
namespace {

constexpr auto kEi = Behaviour::kEndpointIndependent;
constexpr auto kAd = Behaviour::kAddressDependent;
constexpr auto kApd = Behaviour::kAddressAndPortDependent;
constexpr std::array kAll{kEi, kAd, kApd};
const Relay kRelay{};

NatConfig nat(Behaviour mapping, Behaviour filtering, bool hairpins = false) {
    NatConfig config;
    config.mapping = mapping;
    config.filtering = filtering;
    config.hairpins = hairpins;
    return config;
}

// What the RFCs called these before RFC 4787 did (RFC 3489 §5).
const Edge kFullCone = nat_edge(kEi, kEi);
const Edge kRestricted = nat_edge(kEi, kAd);
const Edge kPortRestricted = nat_edge(kEi, kApd);
const Edge kSymmetric = nat_edge(kApd, kApd);

TEST(Oracle, KnowsTheClassicTable) {
    for (const Edge& cone : {kFullCone, kRestricted, kPortRestricted}) {
        for (const Edge& other : {open_edge(), kFullCone, kRestricted, kPortRestricted})
            EXPECT_EQ(predict({cone, other}, kRelay), Path::kDirect) << cone.name << " to " << other.name;
    }
    EXPECT_EQ(predict({kSymmetric, open_edge()}, kRelay), Path::kDirect);
    EXPECT_EQ(predict({kSymmetric, kFullCone}, kRelay), Path::kDirect);
    EXPECT_EQ(predict({kSymmetric, kRestricted}, kRelay), Path::kDirect);
    EXPECT_EQ(predict({kSymmetric, kPortRestricted}, kRelay), Path::kRelayed);
    EXPECT_EQ(predict({kSymmetric, kSymmetric}, kRelay), Path::kRelayed);
}

/// The same in closed form, for one NAT each. Both map the same for everybody: each knows where the other is, and
/// opens its filter by asking there. One does not: the other has to let in an address whose port it cannot know.
/// Neither does: one has to let everybody in, or nobody is ever heard; the other to let in an address whatever its
/// port; and one of the two to keep its port for all of an address, or each answer comes from another port than was
/// asked.
bool direct_in_closed_form(const NatConfig& a, const NatConfig& b) {
    const bool a_steady = a.mapping == kEi;
    const bool b_steady = b.mapping == kEi;
    if (a_steady && b_steady) return true;
    if (a_steady) return a.filtering != kApd;
    if (b_steady) return b.filtering != kApd;
    const auto lets_come = [](const NatConfig& open, const NatConfig& other) {
        return open.filtering == kEi && other.filtering != kApd && (open.mapping == kAd || other.mapping == kAd);
    };
    return lets_come(a, b) || lets_come(b, a);
}

TEST(Oracle, AgreesWithTheClosedFormForOneNatEach) {
    int direct = 0;
    for (const auto mapping_a : kAll)
        for (const auto filtering_a : kAll)
            for (const auto mapping_b : kAll)
                for (const auto filtering_b : kAll) {
                    const Meeting meeting{nat_edge(mapping_a, filtering_a), nat_edge(mapping_b, filtering_b)};
                    const bool expected =
                        direct_in_closed_form(nat(mapping_a, filtering_a), nat(mapping_b, filtering_b));
                    EXPECT_EQ(is_direct_possible(meeting, AddressFamily::kIpv4), expected) << meeting.name();
                    direct += expected ? 1 : 0;
                }
    EXPECT_EQ(direct, 42) << "of 81";
}

TEST(Oracle, DoesNotCareWhoIsWho) {
    for (const Meeting& meeting : all_meetings()) {
        const Meeting turned{meeting.b, meeting.a, meeting.shared};
        EXPECT_EQ(predict(meeting, kRelay), predict(turned, kRelay)) << meeting.name();
    }
}

TEST(Oracle, TakesTwoNatsInARowForTheStricterMapping) {
    const Edge carried = carrier_edge(nat(kEi, kEi), nat(kApd, kApd));
    EXPECT_EQ(predict({carried, kPortRestricted}, kRelay), Path::kRelayed);
    EXPECT_EQ(predict({carried, kRestricted}, kRelay), Path::kDirect);
    const Edge turned = carrier_edge(nat(kApd, kEi), nat(kEi, kEi));
    EXPECT_EQ(predict({turned, kPortRestricted}, kRelay), Path::kRelayed) << "the order does not matter";
}

// The inner box has one mapping for all, whose filter any packet to an address opens; the outer one lets everybody in.
// One box that were both would keep the other end out.
TEST(Oracle, KnowsThatEachOfTwoNatsHasAFilterOfItsOwn) {
    const Edge lax = carrier_edge(nat(kEi, kAd), nat(kAd, kEi));
    EXPECT_EQ(predict({lax, nat_edge(kAd, kAd)}, kRelay), Path::kDirect);
    EXPECT_EQ(predict({nat_edge(kAd, kAd), nat_edge(kAd, kAd)}, kRelay), Path::kRelayed);
}

TEST(Oracle, NeighboursAlwaysComeTogether) {
    EXPECT_EQ(predict({kSymmetric, kSymmetric, 1}, kRelay), Path::kDirect);
    const Edge web_alone = firewall_edge({.blocks_udp = true, .tcp_ports = {80}}, true, false);
    EXPECT_EQ(predict({web_alone, web_alone, 1}, kRelay), Path::kDirect);
}

TEST(Oracle, UnderOneCarrierItTakesAHairpin) {
    const NatConfig home = nat(kEi, kApd);
    for (const bool hairpins : {false, true}) {
        const Edge end = carrier_edge(home, nat(kEi, kApd, hairpins));
        EXPECT_EQ(predict({end, end, 1}, kRelay), hairpins ? Path::kDirect : Path::kRelayed);
        const Edge strict = carrier_edge(home, nat(kApd, kApd, hairpins));
        EXPECT_EQ(predict({strict, strict, 1}, kRelay), Path::kRelayed);
        // Who has no NAT at home is on the carrier's network itself, and can be asked there.
        const Edge bare = nat_edge(kApd, kApd, hairpins);
        EXPECT_EQ(predict({strict, bare, 1}, kRelay), Path::kDirect);
    }
}

TEST(Oracle, ASecondFamilyHelps) {
    const Edge both = dual_stack_edge(nat(kApd, kApd));
    EXPECT_EQ(predict({both, both}, kRelay), Path::kDirect) << "a filter alone is punched through";
    EXPECT_EQ(predict({both, kSymmetric}, kRelay), Path::kRelayed);
    const Edge six = firewall_edge({}, false, true);
    EXPECT_EQ(predict({six, both}, kRelay), Path::kDirect);
    EXPECT_EQ(predict({six, open_edge()}, kRelay), Path::kRelayed) << "the relay has both";
    EXPECT_EQ(predict({six, open_edge()}, {.has_v6 = false}), Path::kImpossible) << "one cannot reach it";
    Edge both_ways = open_edge();
    both_ways.has_v6 = true;
    EXPECT_EQ(predict({six, both_ways}, kRelay), Path::kDirect);
}

TEST(Oracle, WithoutUdpItTakesTheRelayOverTcp) {
    const Edge no_udp = firewall_edge({.blocks_udp = true}, true, false);
    const Edge only_443 = firewall_edge({.blocks_udp = true, .tcp_ports = {443}}, true, false);
    const Edge web = firewall_edge({.blocks_udp = true, .tcp_ports = {80}}, true, false);
    EXPECT_EQ(predict({no_udp, open_edge()}, kRelay), Path::kRelayed);
    EXPECT_EQ(predict({no_udp, only_443}, kRelay), Path::kRelayed);
    EXPECT_EQ(predict({only_443, open_edge()}, {.by_tcp_443 = false}), Path::kImpossible);
    EXPECT_EQ(predict({no_udp, open_edge()}, {.by_tcp = false, .by_tcp_443 = false}), Path::kImpossible);
    EXPECT_EQ(predict({web, open_edge()}, kRelay), Path::kImpossible);
    EXPECT_EQ(predict({web, web}, kRelay), Path::kImpossible);
}

TEST(Oracle, WithoutARelayNothingIsRelayed) {
    const Relay none{.by_udp = false, .by_tcp = false, .by_tcp_443 = false};
    EXPECT_EQ(predict({kSymmetric, kSymmetric}, none), Path::kImpossible);
    EXPECT_EQ(predict({kSymmetric, kRestricted}, none), Path::kDirect);
}

TEST(Matrix, HasEveryVerdictAndNoNameTwice) {
    std::array<int, 3> verdicts{};
    for (const Meeting& meeting : all_meetings())
        ++verdicts.at(static_cast<std::size_t>(predict(meeting, kRelay)));
    for (const int count : verdicts)
        EXPECT_GT(count, 20);
    const std::vector<Edge> edges = all_edges();
    for (std::size_t i = 0; i < edges.size(); ++i)
        for (std::size_t k = 0; k < i; ++k)
            EXPECT_NE(edges[i].name, edges[k].name);
}

} // namespace
} // namespace vv::sim
