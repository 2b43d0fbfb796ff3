// The session over networks that are not kind to it.
#include "dtls/link_for_test.h"
#include "dtls/session.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace vv::dtls {
namespace {

using namespace test;

constexpr std::uint64_t kSeeds = 40;
constexpr std::size_t kDtlsHandshakeTypeOffset = 13;

// Both ends have the keys and can use them.
void expect_good(Link& link) {
    ASSERT_TRUE(link.connect());
    EXPECT_EQ(link.active.connected->srtp.value().local, link.passive.connected->srtp.value().remote);
    EXPECT_EQ(link.active.connected->srtp->remote, link.passive.connected->srtp->local);
    // Data is lost as well, so some of it has to do.
    for (int i = 0; i < 30; ++i) {
        ASSERT_TRUE(link.active.session.send(as_bytes("there")));
        ASSERT_TRUE(link.passive.session.send(as_bytes("back")));
        link.collect();
    }
    link.run();
    ASSERT_FALSE(link.passive.received.empty() || link.active.received.empty());
    EXPECT_EQ(link.passive.received.front(), "there");
    EXPECT_EQ(link.active.received.front(), "back");
    EXPECT_FALSE(link.active.failed || link.passive.failed);
}

void expect_good_with(const Faults& faults, const SessionConfig& active = active_config(),
                      const SessionConfig& passive = passive_config()) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Link link(seed, faults);
        link.start(active, passive);
        expect_good(link);
        EXPECT_LE(link.largest, std::max(active.mtu, passive.mtu));
    }
}

SessionConfig with_mtu(SessionConfig config, std::size_t mtu) {
    config.mtu = mtu;
    config.fallback_mtu = kMtuMin;
    return config;
}

TEST(DtlsLoss, OfATenthIsLivedThrough) {
    expect_good_with({.loss_percent = 10});
}

TEST(DtlsLoss, OfAThirdIsLivedThrough) {
    expect_good_with({.loss_percent = 30, .duplicate_percent = 10, .jitter = 30ms});
}

TEST(DtlsLoss, OfPiecesOfMessagesIsLivedThrough) {
    expect_good_with({.loss_percent = 10, .duplicate_percent = 10, .jitter = 30ms}, with_mtu(active_config(), kMtuMin),
                     with_mtu(passive_config(), kMtuMin));
}

TEST(DtlsReordering, OfEverythingIsLivedThrough) {
    expect_good_with({.jitter = 500ms}, with_mtu(active_config(), kMtuMin), with_mtu(passive_config(), kMtuMin));
}

TEST(DtlsDuplicates, ChangeNothing) {
    expect_good_with({.duplicate_percent = 100, .jitter = 1ms});
}

TEST(DtlsLoss, OfAnyOneDatagramIsLivedThrough) {
    for (int lost = 0; lost < 6; ++lost) {
        SCOPED_TRACE(lost);
        Link link;
        int sent = 0;
        link.filter = [&](bool, const ByteBuffer&) { return sent++ != lost; };
        link.start(with_mtu(active_config(), 512), with_mtu(passive_config(), 512));
        expect_good(link);
    }
}

// The passive end is done with its last flight and has no timer for it: it sends it again when it is asked to.
TEST(DtlsLoss, OfTheLastFlightIsLivedThrough) {
    Link link;
    int lost = 0;
    link.filter = [&](bool from_active, const ByteBuffer&) {
        if (from_active || !link.passive.session.is_connected() || lost == 3) return true;
        ++lost;
        return false;
    };
    link.start();
    expect_good(link);
    EXPECT_EQ(lost, 3); // what was one datagram is two when it is sent again
    EXPECT_EQ(link.active.session.counters().retransmissions, 2U);
}

TEST(DtlsTimer, SendsNothingTwiceWithinARoundTrip) {
    for (const Duration delay : std::vector<Duration>{25ms, 200ms, 900ms}) {
        Link link(1, {.delay = delay});
        SessionConfig active = active_config();
        SessionConfig passive = passive_config();
        active.round_trip = passive.round_trip = 2 * delay;
        link.start(active, passive);
        ASSERT_TRUE(link.connect());
        EXPECT_EQ(link.active.session.counters().retransmissions, 0U);
        EXPECT_EQ(link.passive.session.counters().retransmissions, 0U);
    }
}

TEST(DtlsTimer, FollowsTheRoundTripThatIceHasMeasured) {
    std::vector<std::int64_t> sent_at;
    Link link;
    const Instant begin = link.now;
    link.filter = [&](bool, const ByteBuffer&) {
        sent_at.push_back((link.now - begin) / 1ms);
        return false;
    };
    SessionConfig config = active_config();
    config.round_trip = 30ms;
    link.start(config);
    link.run_to(begin + 1s);
    EXPECT_EQ(sent_at, (std::vector<std::int64_t>{0, 60, 180, 420, 900}));
}

TEST(DtlsTimer, TakesARoundTripThatIsKnownLater) {
    std::vector<std::int64_t> sent_at;
    Link link;
    const Instant begin = link.now;
    link.start();
    link.active.session.set_round_trip(300ms);
    link.filter = [&](bool from_active, const ByteBuffer&) {
        if (from_active) sent_at.push_back((link.now - begin) / 1ms);
        return !from_active;
    };
    link.run_to(begin + 2s);
    // Its second flight, after the hello that was under way before.
    ASSERT_GE(sent_at.size(), 2U);
    EXPECT_EQ(sent_at[1] - sent_at[0], 600);
}

TEST(DtlsTimer, GivesTheSameTimesForTheSameSeed) {
    const auto outcome = [](std::uint64_t seed) {
        Link link(seed, {.loss_percent = 30, .duplicate_percent = 10, .jitter = 30ms});
        link.start();
        EXPECT_TRUE(link.connect());
        return std::tuple(link.now, link.active.session.counters().retransmissions,
                          link.passive.session.counters().retransmissions);
    };
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed)
        EXPECT_EQ(outcome(seed), outcome(seed)) << seed;
}

TEST(DtlsMtu, FallsBackWhereLargeDatagramsVanish) {
    Link link; // a certificate alone is larger than what passes
    link.filter = [](bool, const ByteBuffer& datagram) { return datagram.size() <= kMtuMin; };
    link.start(with_mtu(active_config(), kMtuDefault), with_mtu(passive_config(), kMtuDefault));
    expect_good(link);
    // The active end waits for the passive's flight as long as that needs, and then for an answer to its own.
    EXPECT_EQ(link.passive.session.counters().retransmissions, kRetransmissionsBeforeFallback + 1);
    EXPECT_EQ(link.active.session.counters().retransmissions, 2 * (kRetransmissionsBeforeFallback + 1));
    EXPECT_EQ(link.passive.session.data_max(), kMtuMin - kRecordOverhead);
    EXPECT_EQ(link.active.session.data_max(), kMtuMin - kRecordOverhead);
}

// Three flights may have been lost as any packets are, on a path that carries large ones.
TEST(DtlsMtu, DataMayStillBeAsLargeAsItWas) {
    Link link;
    link.filter = [](bool, const ByteBuffer& datagram) { return datagram.size() <= kMtuMin; };
    link.start(with_mtu(active_config(), kMtuDefault), with_mtu(passive_config(), kMtuDefault));
    ASSERT_TRUE(link.connect());
    link.filter = nullptr;
    EXPECT_EQ(link.active.session.send_max(), kMtuDefault - kRecordOverhead);
    ASSERT_TRUE(link.active.session.send(ByteBuffer(link.active.session.send_max(), 7)));
    EXPECT_EQ(link.active.session.send(ByteBuffer(link.active.session.send_max() + 1)).error(), SendError::kBadSize);
    link.collect();
    link.run();
    ASSERT_EQ(link.passive.received.size(), 1U);
    EXPECT_EQ(link.passive.received[0].size(), link.active.session.send_max());
}

TEST(DtlsMtu, StaysWhereSmallDatagramsVanishAsWell) {
    Link link;
    int lost = 0;
    link.filter = [&](bool, const ByteBuffer&) { return ++lost > 5; };
    link.start();
    expect_good(link);
    EXPECT_GT(link.active.session.counters().retransmissions, kRetransmissionsBeforeFallback);
    EXPECT_EQ(link.active.session.data_max(), kMtuDefault - kRecordOverhead);
}

TEST(DtlsMtu, IsKeptByEveryDatagram) {
    for (const std::size_t mtu : {kMtuMin, kMtuMin + 1, std::size_t{500}, kMtuDefault, kMtuMax}) {
        Link link;
        link.start(with_mtu(active_config(), mtu), with_mtu(passive_config(), mtu));
        expect_good(link);
        EXPECT_LE(link.largest, mtu);
    }
}

TEST(DtlsLink, CarriesRecordsOfHandshakesInTheClearAtFirst) {
    Link link; // lest the tests above filter something else than they say
    std::vector<std::uint8_t> first_types;
    link.filter = [&](bool, const ByteBuffer& datagram) {
        EXPECT_TRUE(looks_like_dtls(datagram.at(0)));
        first_types.push_back(datagram.at(kDtlsHandshakeTypeOffset));
        return true;
    };
    link.start();
    ASSERT_TRUE(link.connect());
    ASSERT_GE(first_types.size(), 3U);
    EXPECT_EQ(first_types[0], 1);  // ClientHello
    EXPECT_EQ(first_types[1], 2);  // ServerHello
    EXPECT_EQ(first_types[2], 11); // Certificate
}

} // namespace
} // namespace vv::dtls
