#include "sctp/association_for_test.h"

#include <gtest/gtest.h>

namespace vv::sctp::test {
namespace {

TEST(AssociationEnd, ShutsDownOnceEverythingHasArrived) {
    TestPair pair;
    pair.connect();
    const ByteBuffer bytes = pattern(100'000);
    ASSERT_TRUE(pair.send(pair.left, {.payload = bytes}));
    pair.left.machine.shutdown(pair.path.now);
    EXPECT_EQ(pair.send(pair.left, text_message("too late")).error(), SendError::kNotOpen);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.left.end_reason() && pair.right.end_reason(); }));
    EXPECT_EQ(pair.left.end_reason(), EndReason::kShutdown);
    EXPECT_EQ(pair.right.end_reason(), EndReason::kShutdown);
    ASSERT_EQ(pair.right.messages.size(), 1U);
    EXPECT_EQ(pair.right.messages[0].payload, bytes);
    EXPECT_EQ(pair.left.poll_timeout(), std::nullopt);
    EXPECT_EQ(pair.right.poll_timeout(), std::nullopt);
}

TEST(AssociationEnd, LetsTheOtherEndFinishAsWell) {
    TestPair pair;
    pair.connect();
    const ByteBuffer bytes = pattern(200'000);
    ASSERT_TRUE(pair.send(pair.right, {.payload = bytes}));
    pair.path.run_for(15ms);
    pair.left.machine.shutdown(pair.path.now);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.left.end_reason() && pair.right.end_reason(); }));
    EXPECT_EQ(pair.left.end_reason(), EndReason::kShutdown);
    ASSERT_EQ(pair.left.messages.size(), 1U);
    EXPECT_EQ(pair.left.messages[0].payload, bytes);
}

TEST(AssociationEnd, ShutsDownFromBothEndsAtOnce) {
    TestPair pair;
    pair.connect();
    pair.left.machine.shutdown(pair.path.now);
    pair.right.machine.shutdown(pair.path.now);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.left.end_reason() && pair.right.end_reason(); }));
    EXPECT_EQ(pair.left.end_reason(), EndReason::kShutdown);
    EXPECT_EQ(pair.right.end_reason(), EndReason::kShutdown);
}

TEST(AssociationEnd, ShutsDownOverABadPath) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        TestPair pair({.delay = 20ms, .jitter = 20ms, .lost_per_1000 = 200, .doubled_per_1000 = 100}, seed);
        pair.connect();
        const ByteBuffer bytes = pattern(20'000);
        ASSERT_TRUE(pair.send(pair.left, {.payload = bytes}));
        ASSERT_TRUE(pair.send(pair.right, {.payload = bytes}));
        pair.left.machine.shutdown(pair.path.now);
        ASSERT_TRUE(pair.path.run_until([&] { return pair.left.end_reason().has_value(); }, 100s)) << seed;
        EXPECT_EQ(pair.left.end_reason(), EndReason::kShutdown) << seed;
        EXPECT_EQ(pair.right.messages.size(), 1U) << seed;
        EXPECT_EQ(pair.left.messages.size(), 1U) << seed;
        // The last answer of all is not asked for again once the one who sent it has forgotten everything.
        ASSERT_TRUE(pair.path.run_until([&] { return pair.right.end_reason().has_value(); }, 100s)) << seed;
        EXPECT_EQ(pair.right.end_reason(), EndReason::kShutdown) << seed;
    }
}

TEST(AssociationEnd, DoesNotWaitForEverForAnEndThatGoesOnSending) {
    TestPair pair;
    pair.connect();
    // It hears nothing of the shutdown.
    pair.path.to_right.loses = [](ByteView bytes) {
        auto reader = parse_packet(bytes)->reader();
        while (const auto chunk = reader.next()) {
            if (chunk->type == ChunkType::kShutdown) return true;
        }
        return false;
    };
    pair.left.machine.shutdown(pair.path.now);
    const Instant begin = pair.path.now;
    while (!pair.left.end_reason() && pair.path.now - begin < 2 * kShutdownGuard) {
        (void)pair.send(pair.right, text_message("more"));
        pair.path.run_for(100ms);
    }
    EXPECT_EQ(pair.left.end_reason(), EndReason::kTimedOut);
    EXPECT_LE(pair.path.now - begin, kShutdownGuard + 200ms);
    pair.path.run_for(100ms);
    EXPECT_EQ(pair.right.end_reason(), EndReason::kPeerAborted);
}

TEST(AssociationEnd, Aborts) {
    TestPair pair;
    pair.connect();
    ASSERT_TRUE(pair.send(pair.left, text_message("never")));
    pair.left.machine.abort(pair.path.now);
    EXPECT_EQ(pair.left.machine.send_cost(), 0U);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.end_reason().has_value(); }));
    EXPECT_EQ(pair.left.end_reason(), EndReason::kAborted);
    EXPECT_EQ(pair.right.end_reason(), EndReason::kPeerAborted);
    EXPECT_TRUE(pair.right.messages.empty());
    pair.left.machine.abort(pair.path.now);
    pair.left.machine.shutdown(pair.path.now);
    pair.path.run_for(60s);
    EXPECT_EQ(pair.left.all<EndedEvent>().size(), 1U);
}

TEST(AssociationEnd, MayComeBeforeTheBeginning) {
    TestEnd end(1);
    end.machine.shutdown(Instant{1s});
    end.drain(Instant{1s});
    EXPECT_EQ(end.end_reason(), EndReason::kAborted);
    EXPECT_FALSE(end.poll_transmit().has_value());
    TestPair pair;
    pair.left.machine.connect(pair.path.now);
    pair.left.machine.abort(pair.path.now);
    pair.path.run_for(60s);
    EXPECT_EQ(pair.path.to_right.packets, 0U);
}

TEST(AssociationEnd, NoticesThatNobodyAcknowledges) {
    TestPair pair;
    pair.connect();
    pair.path.to_right.loses = [](ByteView) { return true; };
    ASSERT_TRUE(pair.send(pair.left, text_message("anybody?")));
    const Instant begin = pair.path.now;
    ASSERT_TRUE(pair.path.run_until([&] { return pair.left.end_reason().has_value(); }, 100s));
    EXPECT_EQ(pair.left.end_reason(), EndReason::kTimedOut);
    EXPECT_EQ(pair.left.machine.stats().timeouts, kErrorsMax + 1);
    EXPECT_EQ(pair.path.now - begin, 400ms + 800ms + 1'600ms + 3'200ms + 7 * 5s);
}

TEST(AssociationEnd, ForgetsItsErrorsOnceOneIsAcknowledged) {
    TestPair pair;
    pair.connect();
    for (int round = 0; round < 4; ++round) {
        pair.path.to_right.loses = [](ByteView) { return true; };
        ASSERT_TRUE(pair.send(pair.left, text_message("x")));
        const auto before = pair.left.machine.stats().timeouts;
        ASSERT_TRUE(pair.path.run_until([&] { return pair.left.machine.stats().timeouts == before + 5; }));
        pair.path.to_right.loses = nullptr;
        ASSERT_TRUE(pair.path.run_until([&] { return pair.left.machine.send_cost() == 0; }));
    }
    EXPECT_TRUE(pair.left.machine.is_established());
}

TEST(AssociationEnd, AsksNowAndThenWhetherTheOtherIsThere) {
    TestPair pair;
    pair.connect();
    pair.path.run_for(1s);
    const std::size_t before = pair.path.to_right.packets;
    pair.path.run_for(5min);
    const std::size_t packets = pair.path.to_right.packets - before;
    EXPECT_GE(packets, 18U); // of both: what is asked, and what is answered, every 30 s
    EXPECT_LE(packets, 21U);
    EXPECT_EQ(pair.left.machine.round_trip(), 20ms);
    EXPECT_TRUE(pair.left.machine.is_established() && pair.right.machine.is_established());
}

TEST(AssociationEnd, NoticesWhenNobodyIsThere) {
    TestPair pair;
    pair.connect();
    pair.path.run_for(1s);
    pair.path.to_right.loses = [](ByteView) { return true; };
    ASSERT_TRUE(pair.path.run_until([&] { return pair.left.end_reason().has_value(); }, 10min));
    EXPECT_EQ(pair.left.end_reason(), EndReason::kTimedOut);
}

TEST(AssociationEnd, TakesEarlyLateAndRepeatedWakeUps) {
    TestPair pair({.delay = 20ms, .lost_per_1000 = 100}, 3);
    pair.connect();
    const ByteBuffer bytes = pattern(50'000);
    ASSERT_TRUE(pair.send(pair.left, {.payload = bytes}));
    while (pair.right.messages.empty()) {
        ASSERT_LT(pair.path.now, Instant{100s});
        pair.left.handle_timeout(pair.path.now);
        pair.left.handle_timeout(pair.path.now);
        pair.right.handle_timeout(pair.path.now);
        pair.path.run_for(7ms);
    }
    EXPECT_EQ(pair.right.messages[0].payload, bytes);
}

} // namespace
} // namespace vv::sctp::test
