#include "sctp/association_for_test.h"

#include <gtest/gtest.h>

namespace vv::sctp::test {
namespace {

class AssociationData : public testing::Test {
protected:
    void send_all(TestPair& pair, std::size_t count, std::size_t size, bool is_ordered = true) {
        for (std::size_t i = 0; i < count; ++i) {
            const ByteBuffer bytes = pattern(size, i + 1);
            const Message message{.stream = StreamId(static_cast<std::uint16_t>(i % 3)),
                                  .ppid = Ppid::kBinary,
                                  .payload = bytes,
                                  .is_ordered = is_ordered};
            auto sent = pair.send(pair.left, message);
            while (!sent && sent.error() == SendError::kBufferFull) {
                ASSERT_TRUE(pair.path.step(pair.path.now + 60s));
                sent = pair.send(pair.left, message);
            }
            ASSERT_TRUE(sent);
        }
    }
};

TEST_F(AssociationData, CarriesMessagesOfManySizes) {
    TestPair pair;
    pair.connect();
    const std::vector<std::size_t> sizes{1, 2, 3, 4, 5, 1'155, 1'156, 1'157, 2'312, 2'313, 65'536, kMessageSizeMax};
    for (const std::size_t size : sizes) {
        const ByteBuffer bytes = pattern(size, size);
        ASSERT_TRUE(pair.send(pair.left, {.stream = StreamId(7), .ppid = Ppid::kBinary, .payload = bytes}));
    }
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == sizes.size(); }));
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        EXPECT_EQ(pair.right.messages[i].payload, pattern(sizes[i], sizes[i])) << sizes[i];
        EXPECT_EQ(pair.right.messages[i].stream, StreamId(7));
    }
    EXPECT_EQ(pair.left.machine.stats().chunks_sent_again, 0U);
    EXPECT_EQ(pair.right.machine.held(), 0U);
}

TEST_F(AssociationData, KeepsTheOrderOfEachStreamOverABadPath) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        TestPair pair({.delay = 20ms, .jitter = 15ms, .lost_per_1000 = 80, .doubled_per_1000 = 50}, seed);
        pair.connect();
        send_all(pair, 300, 700 + seed * 375);
        ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 300; }, 300s)) << seed;
        std::array<std::size_t, 3> next{0, 1, 2};
        for (const ReceivedMessage& message : pair.right.messages) {
            std::size_t& index = next[message.stream.value()];
            ASSERT_EQ(message.payload, pattern(700 + seed * 375, index + 1)) << seed;
            index += 3;
        }
        pair.path.run_for(10s);
        EXPECT_EQ(pair.right.messages.size(), 300U);
        EXPECT_EQ(pair.right.machine.held(), 0U);
        EXPECT_EQ(pair.left.machine.send_cost(), 0U);
    }
}

TEST_F(AssociationData, DeliversUnorderedMessagesAsTheyCome) {
    TestPair pair;
    pair.connect();
    std::size_t count = 0;
    pair.path.to_right.loses = [&](ByteView) { return count++ == 0; };
    const ByteBuffer first = pattern(1'000, 1);
    const ByteBuffer second = pattern(1'000, 2);
    ASSERT_TRUE(pair.send(pair.left, {.payload = first, .is_ordered = false}));
    ASSERT_TRUE(pair.send(pair.left, {.payload = second, .is_ordered = false}));
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 2; }));
    EXPECT_EQ(pair.right.messages[0].payload, second);
    EXPECT_EQ(pair.right.messages[1].payload, first);
}

TEST_F(AssociationData, LetsOneStreamOvertakeAnotherThatLosesData) {
    TestPair pair;
    pair.connect();
    std::size_t count = 0;
    pair.path.to_right.loses = [&](ByteView) { return count++ == 0; };
    const ByteBuffer large = pattern(1'100, 1);
    ASSERT_TRUE(pair.send(pair.left, {.stream = StreamId(1), .payload = large}));
    ASSERT_TRUE(pair.send(pair.left, {.stream = StreamId(2), .payload = large}));
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 2; }));
    EXPECT_EQ(pair.right.messages[0].stream, StreamId(2));
}

TEST_F(AssociationData, GivesAChatItsTurnBesideAFile) {
    TestPair pair({.delay = 20ms, .bytes_per_second = 500'000, .queue_bytes = 50'000});
    pair.connect();
    const ByteBuffer file = pattern(16'384);
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(pair.send(pair.left, {.stream = StreamId(0), .payload = file}));
    pair.path.run_for(500ms);
    ASSERT_TRUE(pair.send(pair.left, text_message("hello", 1)));
    const Instant begin = pair.path.now;
    ASSERT_TRUE(pair.path.run_until([&] {
        return std::ranges::any_of(pair.right.messages, [](const auto& one) { return one.stream == StreamId(1); });
    }));
    EXPECT_LT(pair.path.now - begin, 300ms); // the file takes three seconds
}

TEST_F(AssociationData, RepairsALossWithoutATimeout) {
    TestPair pair;
    pair.connect();
    std::size_t count = 0;
    pair.path.to_right.loses = [&](ByteView) { return count++ == 2; };
    send_all(pair, 10, 1'100);
    const Instant begin = pair.path.now;
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 10; }));
    EXPECT_LT(pair.path.now - begin, 80ms);
    EXPECT_EQ(pair.left.machine.stats().timeouts, 0U);
    EXPECT_EQ(pair.left.machine.stats().losses, 1U);
    EXPECT_EQ(pair.left.machine.stats().chunks_sent_again, 1U);
}

TEST_F(AssociationData, RepairsALostRepairWithoutATimeout) {
    TestPair pair;
    pair.connect();
    std::size_t lost = 0;
    const auto wanted = pattern(1'100, 3); // the third message, each of its first two times
    pair.path.to_right.loses = [&](ByteView packet) {
        const bool has_it = as_text(packet).find(as_text(wanted)) != std::string_view::npos;
        return has_it && lost++ < 2;
    };
    send_all(pair, 60, 1'100);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 60; }));
    EXPECT_EQ(lost, 3U);
    EXPECT_EQ(pair.left.machine.stats().timeouts, 0U);
}

TEST_F(AssociationData, RepairsTheLastOneByATimeout) {
    TestPair pair;
    pair.connect();
    pair.path.run_for(1s);
    std::size_t count = 0;
    pair.path.to_right.loses = [&](ByteView) { return count++ == 0; };
    ASSERT_TRUE(pair.send(pair.left, text_message("alone")));
    const Instant begin = pair.path.now;
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 1; }));
    EXPECT_EQ(pair.path.now - begin, kRtoMin + 10ms); // the handshake has measured 20 ms
    EXPECT_EQ(pair.left.machine.stats().timeouts, 1U);
}

TEST_F(AssociationData, AcknowledgesEverySecondPacketAndTheLastOneLater) {
    TestPair pair;
    pair.connect();
    send_all(pair, 1, 1'100); // the very first is acknowledged at once
    pair.path.run_for(1s);
    std::size_t before = pair.path.to_left.packets;
    send_all(pair, 4, 1'100);
    pair.path.run_for(50ms);
    EXPECT_EQ(pair.path.to_left.packets - before, 2U);
    before = pair.path.to_left.packets;
    send_all(pair, 1, 1'100);
    pair.path.run_for(10ms + kSackDelay - 1ms);
    EXPECT_EQ(pair.path.to_left.packets - before, 0U);
    pair.path.run_for(1ms);
    EXPECT_EQ(pair.path.to_left.packets - before, 1U);
}

TEST_F(AssociationData, PutsManySmallMessagesIntoOnePacket) {
    TestPair pair;
    pair.connect();
    const std::size_t before = pair.path.to_right.packets;
    for (int i = 0; i < 40; ++i)
        ASSERT_TRUE(pair.send(pair.left, text_message("0123456")));
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 40; }));
    EXPECT_EQ(pair.path.to_right.packets - before, 1U);
}

TEST_F(AssociationData, GoesOnWhenAClosedWindowOpens) {
    TestPair pair({}, 1, {.receive_message_max = 32'768, .receive_window = 65'536});
    pair.connect();
    pair.right.is_asleep = true;
    send_all(pair, 100, 4'000);
    pair.path.run_for(20s);
    EXPECT_LE(pair.right.machine.held(), kReceiveHardFactor * 65'536U);
    EXPECT_TRUE(pair.left.machine.is_established());
    pair.right.is_asleep = false;
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 100; }, 10s));
}

// RFC 9260 §6.1 A: as long as somebody answers, a closed window is no reason to end.
TEST_F(AssociationData, ProbesAClosedWindowForAsLongAsItIsAnswered) {
    TestPair pair({}, 1, {.receive_message_max = 32'768, .receive_window = 65'536});
    pair.connect();
    pair.right.is_asleep = true;
    send_all(pair, 100, 4'000);
    pair.path.run_for(10min);
    EXPECT_TRUE(pair.left.machine.is_established());
    pair.path.to_left.loses = [](ByteView) { return true; };
    ASSERT_TRUE(pair.path.run_until([&] { return pair.left.end_reason().has_value(); }, 120s));
    EXPECT_EQ(pair.left.end_reason(), EndReason::kTimedOut);
}

TEST_F(AssociationData, RefusesWhatItCannotHold) {
    TestPair pair({}, 1, {.send_message_max = 100'000, .send_buffer_max = 200'000});
    pair.connect();
    const ByteBuffer largest = pattern(100'000);
    const ByteBuffer larger = pattern(100'001);
    EXPECT_EQ(pair.send(pair.left, {.payload = larger}).error(), SendError::kTooLong);
    EXPECT_EQ(pair.send(pair.left, {.payload = {}}).error(), SendError::kEmpty);
    EXPECT_EQ(pair.send(pair.left, text_message("x", kStreamsMax)).error(), SendError::kNoSuchStream);
    EXPECT_TRUE(pair.send(pair.left, text_message("x", kStreamsMax - 1)));
    EXPECT_TRUE(pair.send(pair.left, {.payload = largest}));
    // Of 200 000 there are left: what the two have not taken, less what a third costs besides its bytes.
    const ByteBuffer rest = pattern(200'000 - 100'000 - 1 - 3 * kMessageCost);
    const ByteBuffer more = pattern(rest.size() + 1);
    EXPECT_EQ(pair.send(pair.left, {.payload = more}).error(), SendError::kBufferFull);
    EXPECT_TRUE(pair.send(pair.left, {.payload = rest}));
    EXPECT_EQ(pair.send(pair.left, text_message("x")).error(), SendError::kBufferFull);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 3; }));
    EXPECT_TRUE(pair.send(pair.left, text_message("x")));
}

TEST_F(AssociationData, SaysWhenLittleIsLeftToSend) {
    TestPair pair;
    pair.connect();
    pair.left.machine.set_low_mark(StreamId(0), 10'000);
    const ByteBuffer bytes = pattern(50'000);
    ASSERT_TRUE(pair.send(pair.left, {.payload = bytes}));
    EXPECT_EQ(pair.left.machine.buffered(StreamId(0)), 50'000U);
    ASSERT_TRUE(pair.path.run_until([&] { return !pair.left.all<BufferedLowEvent>().empty(); }));
    EXPECT_LE(pair.left.machine.buffered(StreamId(0)), 10'000U);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 1; }));
    pair.path.run_for(1s);
    EXPECT_EQ(pair.left.all<BufferedLowEvent>().size(), 1U);
}

TEST_F(AssociationData, MeasuresTheRoundTrip) {
    TestPair pair({.delay = 50ms});
    pair.connect();
    send_all(pair, 200, 1'000);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 200; }));
    ASSERT_TRUE(pair.left.machine.round_trip().has_value());
    EXPECT_GE(*pair.left.machine.round_trip(), 100ms);
    EXPECT_LE(*pair.left.machine.round_trip(), 140ms);
}

TEST_F(AssociationData, IsTheSameInEveryRunOfASeed) {
    const auto run = [&] {
        TestPair pair({.delay = 20ms, .jitter = 30ms, .lost_per_1000 = 100}, 7);
        pair.connect();
        send_all(pair, 200, 3'000);
        EXPECT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 200; }, 300s));
        return std::pair(pair.path.now, pair.path.to_right.packets);
    };
    EXPECT_EQ(run(), run());
}

} // namespace
} // namespace vv::sctp::test
