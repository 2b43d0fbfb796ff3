#include "sctp/association_for_test.h"

#include <gtest/gtest.h>

namespace vv::sctp::test {
namespace {

ChunkType first_chunk(ByteView bytes) {
    const auto packet = parse_packet(bytes);
    return packet ? packet->reader().next()->type : ChunkType{255};
}

TEST(AssociationHandshake, TakesTwoRoundTrips) {
    TestPair pair;
    const Instant begin = pair.path.now;
    pair.connect();
    EXPECT_EQ(pair.path.now - begin, 40ms);
    EXPECT_TRUE(pair.left.machine.is_established() && pair.right.machine.is_established());
    const auto connected = pair.right.all<ConnectedEvent>();
    ASSERT_EQ(connected.size(), 1U);
    EXPECT_EQ(connected[0].inbound_streams, kStreamsMax);
    EXPECT_EQ(connected[0].outbound_streams, kStreamsMax);
}

TEST(AssociationHandshake, CarriesDataWithTheCookie) {
    TestPair pair;
    ASSERT_TRUE(pair.send(pair.left, text_message("early")));
    const Instant begin = pair.path.now;
    pair.left.machine.connect(begin);
    ASSERT_TRUE(pair.path.run_until([&] { return !pair.right.messages.empty(); }));
    EXPECT_EQ(pair.path.now - begin, 30ms);
    EXPECT_EQ(pair.right.texts(), std::vector<std::string>{"early"});
    EXPECT_EQ(pair.right.messages[0].ppid, Ppid::kString);
}

// T1 answers for the data that goes with the cookie: it is one loss, not two.
TEST(AssociationHandshake, TakesOneLossForOne) {
    TestPair pair;
    std::size_t lost = 0;
    pair.path.to_right.loses = [&](ByteView packet) {
        return first_chunk(packet) == ChunkType::kCookieEcho && lost++ < 2;
    };
    ASSERT_TRUE(pair.send(pair.left, text_message("early")));
    pair.left.machine.connect(pair.path.now);
    ASSERT_TRUE(pair.path.run_until([&] { return !pair.right.messages.empty() && pair.left.is_connected(); }));
    pair.path.run_for(1s);
    EXPECT_EQ(lost, 3U);
    EXPECT_EQ(pair.left.machine.stats().timeouts, 0U);
    EXPECT_EQ(pair.left.machine.stats().chunks_sent_again, 2U);
    EXPECT_GE(pair.left.machine.congestion_window().bytes(), kInitialWindowPackets * (kPacketSize - kCommonHeaderSize));
    EXPECT_EQ(pair.right.texts(), std::vector<std::string>{"early"});
    EXPECT_EQ(pair.left.machine.send_cost(), 0U);
}

// The answer tells that the cookie has come, but not the data behind it.
TEST(AssociationHandshake, SendsItsEarlyDataAgainWhereOnlyTheCookieCame) {
    TestPair pair;
    ASSERT_TRUE(pair.send(pair.left, text_message("early")));
    pair.path.to_left.loses = [&](ByteView packet) { return first_chunk(packet) == ChunkType::kSack; };
    pair.left.machine.connect(pair.path.now);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.left.is_connected(); }));
    pair.path.to_left.loses = nullptr;
    ASSERT_TRUE(pair.path.run_until([&] { return pair.left.machine.send_cost() == 0; }, 3s));
    EXPECT_EQ(pair.right.texts(), std::vector<std::string>{"early"});
}

TEST(AssociationHandshake, MayBeBegunByBothAtOnce) {
    TestPair pair;
    ASSERT_TRUE(pair.send(pair.left, text_message("from the left")));
    ASSERT_TRUE(pair.send(pair.right, text_message("from the right")));
    pair.left.machine.connect(pair.path.now);
    pair.right.machine.connect(pair.path.now);
    ASSERT_TRUE(pair.path.run_until([&] { return !pair.left.messages.empty() && !pair.right.messages.empty(); }));
    pair.path.run_for(5s);
    EXPECT_EQ(pair.left.all<ConnectedEvent>().size(), 1U);
    EXPECT_EQ(pair.right.all<ConnectedEvent>().size(), 1U);
    EXPECT_EQ(pair.left.machine.stats().timeouts + pair.right.machine.stats().timeouts, 0U);
}

// RFC 9260 §5.2.4 B: whoever has answered an INIT keeps nothing of it, but with us the tag stays.
TEST(AssociationHandshake, MayBeBegunByTheOtherWhileItIsUnderWay) {
    for (const auto after : {1ms, 9ms, 11ms, 19ms, 21ms, 29ms, 31ms}) {
        TestPair pair;
        pair.left.machine.connect(pair.path.now);
        pair.path.run_for(after);
        pair.right.machine.connect(pair.path.now);
        EXPECT_TRUE(pair.path.run_until([&] { return pair.left.is_connected() && pair.right.is_connected(); }, 1s));
        ASSERT_TRUE(pair.send(pair.left, text_message("a")));
        ASSERT_TRUE(pair.send(pair.right, text_message("b")));
        EXPECT_TRUE(
            pair.path.run_until([&] { return pair.left.messages.size() == 1 && pair.right.messages.size() == 1; }, 1s));
    }
}

TEST(AssociationHandshake, SurvivesTheLossOfAnyOneOfItsPackets) {
    for (const bool both : {false, true}) {
        for (std::size_t lost = 0; lost < 10; ++lost) {
            TestPair pair;
            std::size_t count = 0;
            const auto loses = [&](ByteView) { return count++ == lost; };
            pair.path.to_left.loses = loses;
            pair.path.to_right.loses = loses;
            ASSERT_TRUE(pair.send(pair.left, text_message("through")));
            pair.left.machine.connect(pair.path.now);
            if (both) pair.right.machine.connect(pair.path.now);
            EXPECT_TRUE(pair.path.run_until(
                [&] { return pair.left.is_connected() && pair.right.is_connected() && !pair.right.messages.empty(); },
                3s))
                << lost;
        }
    }
}

TEST(AssociationHandshake, SurvivesADreadfulPath) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        TestPair pair({.delay = 30ms, .jitter = 60ms, .lost_per_1000 = 300, .doubled_per_1000 = 200}, seed);
        ASSERT_TRUE(pair.send(pair.left, text_message("l")));
        ASSERT_TRUE(pair.send(pair.right, text_message("r")));
        pair.left.machine.connect(pair.path.now);
        if (seed % 2 == 0) pair.right.machine.connect(pair.path.now);
        ASSERT_TRUE(pair.path.run_until([&] {
            return pair.left.messages.size() == 1 && pair.right.messages.size() == 1;
        })) << seed;
        pair.path.run_for(10s);
        EXPECT_EQ(pair.left.texts(), std::vector<std::string>{"r"}) << seed;
        EXPECT_EQ(pair.right.texts(), std::vector<std::string>{"l"}) << seed;
    }
}

TEST(AssociationHandshake, GivesUpAfterItsLastInit) {
    TestPair pair;
    std::size_t inits = 0;
    pair.path.to_right.loses = [&](ByteView packet) {
        inits += first_chunk(packet) == ChunkType::kInit ? 1U : 0U;
        return true;
    };
    pair.left.machine.connect(pair.path.now);
    const Instant begin = pair.path.now;
    ASSERT_TRUE(pair.path.run_until([&] { return pair.left.end_reason().has_value(); }));
    EXPECT_EQ(pair.left.end_reason(), EndReason::kNoAnswer);
    EXPECT_EQ(inits, kInitSendsMax);
    EXPECT_EQ(pair.path.now - begin, 500ms + 1s + 2s + 4s + 5 * 5s); // doubled up to kRtoMax
    EXPECT_EQ(pair.left.poll_timeout(), std::nullopt);
}

TEST(AssociationHandshake, GivesUpOnACookieThatNobodyAcknowledges) {
    TestPair pair;
    pair.path.to_right.loses = [&](ByteView packet) { return first_chunk(packet) == ChunkType::kCookieEcho; };
    pair.left.machine.connect(pair.path.now);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.left.end_reason().has_value(); }, 120s));
    EXPECT_EQ(pair.left.end_reason(), EndReason::kNoAnswer);
}

// The end that answers keeps nothing until the cookie comes back.
TEST(AssociationHandshake, AnswersInitsWithoutRememberingThem) {
    TestPair pair;
    pair.path.to_left.loses = [](ByteView) { return true; };
    pair.left.machine.connect(pair.path.now);
    pair.path.run_for(20s);
    EXPECT_GE(pair.path.to_left.packets, 4U); // INIT ACKs
    EXPECT_FALSE(pair.right.is_connected());
    EXPECT_EQ(pair.right.poll_timeout(), std::nullopt);
}

TEST(AssociationHandshake, BeginsAgainWhenItsCookieIsTooOld) {
    TestPair pair;
    std::vector<ByteBuffer> kept;
    bool keeps = true;
    pair.path.to_right.loses = [&](ByteView packet) {
        if (!keeps || first_chunk(packet) != ChunkType::kCookieEcho) return false;
        kept.emplace_back(packet.begin(), packet.end());
        return true;
    };
    pair.left.machine.connect(pair.path.now);
    ASSERT_TRUE(pair.path.run_until([&] { return !kept.empty(); }));
    // Not the left's timers: only the packet is old.
    const Instant late = pair.path.now + kCookieLife + 1s;
    pair.right.handle_input(late, kept[0]);
    EXPECT_FALSE(pair.right.is_connected());
    const auto report = pair.right.poll_transmit();
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(first_chunk(*report), ChunkType::kError);
    keeps = false;
    pair.left.handle_input(pair.path.now, *report);
    const auto again = pair.left.poll_transmit();
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(first_chunk(*again), ChunkType::kInit);
    pair.path.to_right.send(pair.path.now, *again);
    EXPECT_TRUE(pair.path.run_until([&] { return pair.left.is_connected() && pair.right.is_connected(); }));
}

TEST(AssociationHandshake, TakesACookieOfExactlyItsLife) {
    TestPair pair;
    std::optional<ByteBuffer> kept;
    pair.path.to_right.loses = [&](ByteView packet) {
        if (first_chunk(packet) != ChunkType::kCookieEcho) return false;
        kept.emplace(packet.begin(), packet.end());
        return true;
    };
    pair.left.machine.connect(pair.path.now);
    ASSERT_TRUE(pair.path.run_until([&] { return kept.has_value(); }));
    // The INIT was answered one delay ago.
    pair.right.handle_input(pair.path.now - 10ms + kCookieLife, *kept);
    EXPECT_TRUE(pair.right.machine.is_established());
}

TEST(AssociationHandshake, AgreesOnTheFewerStreams) {
    TestEnd left(1, {.streams = 16});
    TestEnd right(2);
    TestPath<TestEnd, TestEnd> path(left, right);
    ASSERT_TRUE(right.machine.send(path.now, text_message("too high", 16)));
    ASSERT_TRUE(right.machine.send(path.now, text_message("the last", 15)));
    left.machine.connect(path.now);
    ASSERT_TRUE(path.run_until([&] { return !left.messages.empty(); }));
    path.run_for(5s);
    EXPECT_EQ(left.texts(), std::vector<std::string>{"the last"});
    EXPECT_EQ(right.all<ConnectedEvent>()[0].outbound_streams, 16);
    EXPECT_EQ(right.machine.send(path.now, text_message("too high", 16)).error(), SendError::kNoSuchStream);
}

TEST(AssociationHandshake, HearsOnlyItsOwnPorts) {
    TestEnd left(1, {.local_port = 5000, .remote_port = 6000});
    TestEnd right(2, {.local_port = 6001, .remote_port = 5000});
    TestPath<TestEnd, TestEnd> path(left, right);
    left.machine.connect(path.now);
    path.run_for(3s);
    EXPECT_GT(right.machine.stats().packets_dropped, 0U);
    EXPECT_EQ(path.to_left.packets, 0U);
}

TEST(AssociationHandshake, ConnectsOnce) {
    TestPair pair;
    pair.connect();
    pair.left.machine.connect(pair.path.now);
    pair.path.run_for(2s);
    EXPECT_TRUE(pair.left.machine.is_established());
    EXPECT_EQ(pair.left.all<ConnectedEvent>().size(), 1U);
}

} // namespace
} // namespace vv::sctp::test
