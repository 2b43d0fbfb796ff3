#include "dtls/datagram_bio.h"
#include "dtls/link_for_test.h"
#include "dtls/session.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace vv::dtls {
namespace {

using namespace test;

crypto::Fingerprint wrong_fingerprint() {
    return certificate(2).fingerprint();
}

TEST(DtlsSession, ConnectsInTwoRoundTrips) {
    Link link;
    const Instant begin = link.now;
    link.start();
    ASSERT_TRUE(link.connect());
    EXPECT_EQ(link.now - begin, 4 * 20ms);
    EXPECT_EQ(link.active.connected->cipher, "ECDHE-ECDSA-AES128-GCM-SHA256");
    EXPECT_EQ(link.passive.connected->cipher, link.active.connected->cipher);
    EXPECT_EQ(link.active.session.counters().retransmissions, 0U);
    EXPECT_EQ(link.passive.session.counters().retransmissions, 0U);
    EXPECT_LE(link.largest, kMtuDefault);
}

TEST(DtlsSession, GivesBothEndsTheSameKeys) {
    Link link;
    link.start();
    ASSERT_TRUE(link.connect());
    const SrtpKeys& active = link.active.connected->srtp.value();
    const SrtpKeys& passive = link.passive.connected->srtp.value();
    EXPECT_EQ(active.profile, srtp::Profile::kAes128Gcm);
    EXPECT_EQ(passive.profile, active.profile);
    EXPECT_EQ(active.local, passive.remote);
    EXPECT_EQ(active.remote, passive.local);
    EXPECT_NE(active.local, active.remote);
}

TEST(DtlsSession, GivesEachCallOtherKeys) {
    Link one;
    Link other;
    one.start();
    other.start();
    ASSERT_TRUE(one.connect() && other.connect());
    EXPECT_NE(one.active.connected->srtp->local, other.active.connected->srtp->local);
}

TEST(DtlsSession, CarriesDataBothWays) {
    Link link;
    link.start();
    ASSERT_TRUE(link.connect());
    ASSERT_TRUE(link.active.session.send(as_bytes("from the active end")));
    ASSERT_TRUE(link.passive.session.send(as_bytes("one")));
    ASSERT_TRUE(link.passive.session.send(as_bytes("two")));
    link.collect();
    link.run();
    EXPECT_EQ(link.passive.received, (Texts{"from the active end"}));
    EXPECT_EQ(link.active.received, (Texts{"one", "two"}));
}

TEST(DtlsSession, SendsADatagramForEachPieceOfData) {
    Link link;
    link.start();
    ASSERT_TRUE(link.connect());
    Session& session = link.active.session;
    const ByteBuffer most(session.data_max(), 7);
    ASSERT_TRUE(session.send(most));
    ASSERT_TRUE(session.send(ByteBuffer{8}));
    EXPECT_EQ(session.poll_transmit()->size(), kMtuDefault);
    EXPECT_EQ(session.poll_transmit()->size(), 1 + kRecordOverhead);
    EXPECT_EQ(session.poll_transmit(), std::nullopt);
}

TEST(DtlsSession, RefusesDataThatFitsNoDatagram) {
    Link link;
    EXPECT_EQ(link.active.session.send(as_bytes("early")).error(), SendError::kNotConnected);
    link.start();
    EXPECT_EQ(link.active.session.send(as_bytes("early")).error(), SendError::kNotConnected);
    ASSERT_TRUE(link.connect());
    EXPECT_EQ(link.active.session.send({}).error(), SendError::kBadSize);
    EXPECT_EQ(link.active.session.send(ByteBuffer(link.active.session.data_max() + 1)).error(), SendError::kBadSize);
}

TEST(DtlsSession, WaitsForItsQueueToBeFetched) {
    Link link;
    link.start();
    ASSERT_TRUE(link.connect());
    Session& session = link.active.session;
    for (std::size_t i = 0; i < kTransmitQueueMax; ++i)
        ASSERT_TRUE(session.send(as_bytes("x")));
    EXPECT_EQ(session.send(as_bytes("x")).error(), SendError::kQueueFull);
    ASSERT_TRUE(session.poll_transmit());
    EXPECT_TRUE(session.send(as_bytes("x")));
    EXPECT_EQ(session.counters().dropped_out, 0U);
}

TEST(DtlsSession, DropsDataThatNobodyFetches) {
    Link link;
    link.start();
    ASSERT_TRUE(link.connect());
    Session& to = link.passive.session;
    for (std::size_t i = 0; i <= kReceivedMax; ++i) {
        ASSERT_TRUE(link.active.session.send(as_bytes("x")));
        EXPECT_EQ(to.counters().dropped_data, 0U);
        to.handle_input(link.now, *link.active.session.poll_transmit());
    }
    EXPECT_EQ(to.counters().dropped_data, 1U);
    link.passive.take_events();
    EXPECT_EQ(link.passive.received.size(), kReceivedMax);
    ASSERT_TRUE(link.active.session.send(as_bytes("x")));
    to.handle_input(link.now, *link.active.session.poll_transmit());
    link.passive.take_events();
    EXPECT_EQ(link.passive.received.size(), kReceivedMax + 1);
}

TEST(DtlsSession, KeepsSoManyBytesAtMost) {
    Link link;
    SessionConfig config = active_config();
    config.mtu = 1024 + kRecordOverhead;
    link.start(config);
    ASSERT_TRUE(link.connect());
    for (std::size_t size = 0; size <= kReceivedSizeMax; size += 1024) {
        EXPECT_EQ(link.passive.session.counters().dropped_data, 0U);
        ASSERT_TRUE(link.active.session.send(ByteBuffer(1024)));
        link.passive.session.handle_input(link.now, *link.active.session.poll_transmit());
    }
    EXPECT_EQ(link.passive.session.counters().dropped_data, 1U);
}

TEST(DtlsSession, HearsItsPartnerEndIt) {
    Link link;
    link.start();
    ASSERT_TRUE(link.connect());
    link.active.session.close();
    link.collect();
    link.run();
    EXPECT_TRUE(link.passive.is_closed);
    EXPECT_FALSE(link.active.is_closed);
    EXPECT_FALSE(link.passive.session.is_connected());
    EXPECT_FALSE(link.active.session.is_connected());
    EXPECT_EQ(link.passive.session.send(as_bytes("late")).error(), SendError::kNotConnected);
    EXPECT_FALSE(link.active.failed || link.passive.failed);
    link.active.session.close();
    EXPECT_EQ(link.active.session.poll_transmit(), std::nullopt);
}

TEST(DtlsSession, ClosedBeforeItIsConnectedSaysNothing) {
    Link link;
    link.active.session.close();
    link.active.session.start(link.now, active_config());
    EXPECT_EQ(link.active.session.poll_transmit(), std::nullopt);
    EXPECT_EQ(link.active.session.poll_timeout(), std::nullopt);
    link.passive.session.start(link.now, passive_config());
    link.passive.session.close();
    EXPECT_EQ(link.passive.session.poll_transmit(), std::nullopt);
    EXPECT_EQ(link.passive.session.poll_timeout(), std::nullopt);
    EXPECT_EQ(link.passive.session.poll_event(), std::nullopt);
}

TEST(DtlsSession, TakesNoPartnerOfAnotherFingerprint) {
    Link link;
    SessionConfig config = active_config();
    config.partner = {wrong_fingerprint()};
    link.start(config);
    link.run();
    EXPECT_EQ(link.active.failed.value().why, Failed::Why::kWrongFingerprint);
    EXPECT_EQ(link.passive.failed.value().why, Failed::Why::kAlert);
    EXPECT_EQ(link.passive.failed.value().alert, 42); // bad_certificate
    EXPECT_FALSE(link.active.connected || link.passive.connected);
}

TEST(DtlsSession, TakesNoPartnerOfAnotherFingerprintAsThePassiveEnd) {
    Link link;
    SessionConfig config = passive_config();
    config.partner = {wrong_fingerprint()};
    link.start(active_config(), config);
    link.run();
    EXPECT_EQ(link.passive.failed.value().why, Failed::Why::kWrongFingerprint);
    EXPECT_EQ(link.active.failed.value().why, Failed::Why::kAlert);
    EXPECT_EQ(link.active.failed.value().alert, 42);
    EXPECT_FALSE(link.active.connected || link.passive.connected);
}

TEST(DtlsSession, KnowsItsPartnerByALongerDigest) {
    for (const auto hash : {crypto::FingerprintHash::kSha384, crypto::FingerprintHash::kSha512}) {
        Link link;
        SessionConfig config = active_config();
        config.partner = {wrong_fingerprint(), crypto::fingerprint_of(hash, passive_certificate().bytes())};
        link.start(config);
        EXPECT_TRUE(link.connect());
    }
}

TEST(DtlsSession, OfTwoActiveEndsComesToNothing) {
    Link link;
    SessionConfig config = passive_config();
    config.role = Role::kActive;
    link.start(active_config(), config);
    link.run();
    EXPECT_EQ(link.active.failed.value().why, Failed::Why::kProtocol);
    EXPECT_FALSE(link.active.connected || link.passive.connected);
}

TEST(DtlsSession, EndsInLimitedTimeWhenNobodyAnswers) {
    Link link;
    link.filter = [](bool, const ByteBuffer&) { return false; };
    const Instant begin = link.now;
    link.start();
    ASSERT_TRUE(link.run_until([&] { return link.active.failed.has_value(); }));
    EXPECT_EQ(link.active.failed->why, Failed::Why::kTimeout);
    EXPECT_GT(link.now - begin, 25s);
    EXPECT_LT(link.now - begin, 45s);
    link.run();
    EXPECT_EQ(link.passive.failed.value().why, Failed::Why::kTimeout);
    EXPECT_EQ(link.now - begin, kHandshakeTimeMax);
    EXPECT_EQ(link.active.session.poll_timeout(), std::nullopt);
}

TEST(DtlsSession, TakesWakeUpsAtAnyTime) {
    Link link;
    link.passive.session.handle_timeout(link.now);
    link.start();
    int sent = 0;
    link.filter = [&](bool, const ByteBuffer&) { return ++sent, true; };
    for (int i = 0; i < 10; ++i) {
        link.active.session.handle_timeout(link.now + i * 1ms);
        link.passive.session.handle_timeout(link.now + i * 1ms);
        link.collect();
    }
    EXPECT_EQ(sent, 0); // it is not time to send anything again
    EXPECT_TRUE(link.connect());
    link.active.session.handle_timeout(link.now + 24h);
    EXPECT_TRUE(link.active.session.is_connected());
}

TEST(DtlsSession, KeepsWhatComesBeforeItsStart) {
    Link link;
    link.active.session.start(link.now, active_config());
    const auto hello = link.active.session.poll_transmit();
    ASSERT_TRUE(hello);
    link.passive.session.handle_input(link.now, *hello);
    EXPECT_EQ(link.passive.session.poll_transmit(), std::nullopt);
    link.passive.session.start(link.now, passive_config());
    link.collect();
    ASSERT_TRUE(link.connect());
    EXPECT_EQ(link.active.session.counters().retransmissions, 0U);
}

TEST(DtlsSession, KeepsLittleOfWhatComesBeforeItsStart) {
    Link link;
    link.active.session.start(link.now, active_config());
    const ByteBuffer hello = *link.active.session.poll_transmit();
    Session& session = link.passive.session;
    session.handle_input(link.now, ByteBuffer(kEarlyDatagramSizeMax + 1, 22));
    EXPECT_EQ(session.counters().dropped_in, 1U);
    session.handle_input(link.now, ByteBuffer(kEarlyDatagramSizeMax, 22));
    for (std::size_t i = 1; i < kEarlyDatagramsMax; ++i)
        session.handle_input(link.now, hello);
    EXPECT_EQ(session.counters().dropped_in, 1U);
    session.handle_input(link.now, hello);
    EXPECT_EQ(session.counters().dropped_in, 2U);
    session.start(link.now, passive_config());
    link.collect();
    EXPECT_TRUE(link.connect());
}

TEST(DtlsSession, LooksAtNothingButDtls) {
    Link link;
    link.start();
    const std::vector<ByteBuffer> others = {{}, {0, 1}, {19}, {64, 0}, {0x80, 0x60}};
    for (const ByteBuffer& other : others)
        link.active.session.handle_input(link.now, other);
    EXPECT_EQ(link.active.session.counters().dropped_in, others.size());
    link.active.session.handle_input(link.now, ByteBuffer(kDatagramSizeMax, 22));
    EXPECT_EQ(link.active.session.counters().dropped_in, others.size());
    link.active.session.handle_input(link.now, ByteBuffer(kDatagramSizeMax + 1, 22));
    EXPECT_EQ(link.active.session.counters().dropped_in, others.size() + 1);
    EXPECT_TRUE(link.connect());
}

TEST(DtlsSession, IsNotDisturbedByRecordsThatAreNotItsPartners) {
    Link link;
    link.start();
    ASSERT_TRUE(link.connect());
    SeededRng rng(5);
    ASSERT_TRUE(link.active.session.send(as_bytes("true")));
    ByteBuffer forged = *link.active.session.poll_transmit();
    const ByteBuffer real = forged;
    for (std::size_t at = 13; at < forged.size(); ++at) {
        forged = real;
        forged[at] ^= static_cast<std::uint8_t>(1 + rng.below(255));
        link.passive.session.handle_input(link.now, forged);
    }
    link.passive.take_events();
    EXPECT_TRUE(link.passive.received.empty());
    link.passive.session.handle_input(link.now, real);
    link.passive.session.handle_input(link.now, real); // a replay
    link.passive.take_events();
    EXPECT_EQ(link.passive.received, (Texts{"true"}));
    EXPECT_TRUE(link.passive.session.is_connected());
}

TEST(DtlsSession, TakesDataThatOvertakesTheEndOfTheHandshake) {
    Link link;
    std::vector<ByteBuffer> held;
    link.start();
    link.filter = [&](bool from_active, const ByteBuffer& datagram) {
        if (from_active || !link.passive.session.is_connected()) return true;
        held.push_back(datagram);
        return false;
    };
    ASSERT_TRUE(link.run_until([&] { return link.passive.connected.has_value(); }));
    ASSERT_TRUE(link.passive.session.send(as_bytes("first")));
    link.collect();
    ASSERT_EQ(held.size(), 2U); // the last flight and the data
    link.active.session.handle_input(link.now, held[1]);
    EXPECT_FALSE(link.active.session.is_connected());
    link.active.session.handle_input(link.now, held[0]);
    link.active.take_events();
    EXPECT_TRUE(link.active.connected.has_value());
    EXPECT_EQ(link.active.received, (Texts{"first"}));
}

TEST(LooksLikeDtls, IsTheRangeOfRfc7983) {
    EXPECT_FALSE(looks_like_dtls(19));
    EXPECT_TRUE(looks_like_dtls(20));
    EXPECT_TRUE(looks_like_dtls(63));
    EXPECT_FALSE(looks_like_dtls(64));
}

} // namespace
} // namespace vv::dtls
