// Messages that are given up (RFC 3758), and streams that begin anew (RFC 6525).
#include "sctp/association_for_test.h"
#include "sctp/hand_made_peer_for_test.h"

#include <gtest/gtest.h>

#include <set>

namespace vv::sctp::test {
namespace {

Message limited(ByteView bytes, std::uint16_t stream = 0) {
    return {.stream = StreamId(stream), .ppid = Ppid::kBinary, .payload = bytes, .retransmissions_max = 0};
}

/// Loses the packets that hold these bytes.
auto loser_of(const ByteBuffer& bytes) {
    return [bytes](ByteView packet) {
        return as_text(packet).find(as_text(ByteView(bytes).first(std::min<std::size_t>(bytes.size(), 64)))) !=
               std::string_view::npos;
    };
}

TEST(PartialReliability, NeverSendsAgainWhatMayBeLost) {
    TestPair pair;
    pair.connect();
    const ByteBuffer lost = pattern(500, 1);
    pair.path.to_right.loses = loser_of(lost);
    ASSERT_TRUE(pair.send(pair.left, limited(lost)));
    pair.path.pump(); // in a packet of its own
    for (int i = 0; i < 5; ++i) {
        const ByteBuffer other = pattern(1'100, 10U + static_cast<unsigned>(i));
        ASSERT_TRUE(pair.send(pair.left, {.payload = other}));
    }
    const Instant begin = pair.path.now;
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 5; }));
    EXPECT_LT(pair.path.now - begin, 100ms); // the others, in the same stream, did not wait for a timeout
    pair.path.run_for(10s);
    EXPECT_EQ(pair.right.messages.size(), 5U);
    EXPECT_EQ(pair.left.machine.stats().chunks_sent_again, 0U);
    EXPECT_EQ(pair.left.machine.send_cost(), 0U);
    EXPECT_EQ(pair.right.machine.held(), 0U);
}

TEST(PartialReliability, GivesUpALongMessageOfWhichOnePieceIsLost) {
    TestPair pair;
    pair.connect();
    const ByteBuffer message = pattern(50'000, 1);
    const ByteBuffer piece(message.begin() + 20 * 1'156, message.begin() + 20 * 1'156 + 100);
    pair.path.to_right.loses = loser_of(piece);
    ASSERT_TRUE(pair.send(pair.left, limited(message)));
    const ByteBuffer next = pattern(2'000, 2);
    ASSERT_TRUE(pair.send(pair.left, {.payload = next}));
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 1; }));
    EXPECT_EQ(pair.right.messages[0].payload, next);
    pair.path.run_for(10s);
    EXPECT_EQ(pair.right.machine.held(), 0U);
    EXPECT_EQ(pair.left.machine.send_cost(), 0U);
}

TEST(PartialReliability, SurvivesTheLossOfTheNotice) {
    TestPair pair;
    pair.connect();
    const ByteBuffer lost = pattern(500, 1);
    std::size_t notices = 0;
    pair.path.to_right.loses = [&, is_lost = loser_of(lost)](ByteView packet) {
        auto reader = parse_packet(packet)->reader();
        while (const auto chunk = reader.next()) {
            if (chunk->type == ChunkType::kForwardTsn && notices++ < 2) return true;
        }
        return is_lost(packet);
    };
    ASSERT_TRUE(pair.send(pair.left, limited(lost)));
    ASSERT_TRUE(pair.path.run_until([&] { return pair.left.machine.send_cost() == 0; }));
    EXPECT_EQ(notices, 3U);
    ASSERT_TRUE(pair.send(pair.left, text_message("after")));
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 1; }));
}

TEST(PartialReliability, GivesUpWhatIsTooLate) {
    TestPair pair;
    pair.connect();
    pair.path.to_right.loses = [](ByteView) { return true; };
    ASSERT_TRUE(pair.send(pair.left, {.payload = as_bytes("soon"), .lifetime = 100ms}));
    ASSERT_TRUE(pair.send(pair.left, {.payload = as_bytes("patient")}));
    pair.path.run_for(600ms);
    pair.path.to_right.loses = nullptr;
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 1; }));
    pair.path.run_for(10s);
    EXPECT_EQ(pair.right.texts(), std::vector<std::string>{"patient"});
}

TEST(PartialReliability, MakesRoomByForgettingWhatIsTooLate) {
    TestPair pair({}, 1, {.send_message_max = 50'000, .send_buffer_max = 100'000});
    const ByteBuffer bytes = pattern(40'000);
    ASSERT_TRUE(pair.send(pair.left, {.payload = bytes, .lifetime = 1s})); // before there is an association
    ASSERT_TRUE(pair.send(pair.left, {.payload = bytes, .lifetime = 1s}));
    EXPECT_EQ(pair.send(pair.left, {.payload = bytes}).error(), SendError::kBufferFull);
    pair.path.run_for(1s);
    EXPECT_TRUE(pair.send(pair.left, {.payload = bytes}));
}

TEST(PartialReliability, KeepsOrderAndLosesOnlyWhatItMay) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        TestPair pair({.delay = 15ms, .jitter = 20ms, .lost_per_1000 = 100, .doubled_per_1000 = 30}, seed);
        pair.connect();
        std::map<std::uint16_t, std::vector<ByteBuffer>> sent;
        for (std::uint64_t i = 0; i < 200; ++i) {
            const auto stream = static_cast<std::uint16_t>(i % 4);
            const ByteBuffer bytes = pattern(1 + i * 37 % 4'000, seed * 1'000 + i);
            Message message{.stream = StreamId(stream), .payload = bytes, .is_ordered = stream != 3};
            if (stream == 1) message.retransmissions_max = static_cast<std::uint16_t>(i % 3);
            if (stream == 2) message.lifetime = 50ms;
            ASSERT_TRUE(pair.send(pair.left, message));
            sent[stream].push_back(bytes);
            if (i % 20 == 0) pair.path.run_for(30ms);
        }
        ASSERT_TRUE(pair.path.run_until([&] { return pair.left.machine.send_cost() == 0; }, 200s)) << seed;
        pair.path.run_for(10s);
        std::map<std::uint16_t, std::vector<ByteBuffer>> received;
        for (const ReceivedMessage& message : pair.right.messages)
            received[message.stream.value()].push_back(message.payload);
        EXPECT_TRUE(received[0] == sent[0]) << seed;                              // all would be a long print
        for (const std::uint16_t stream : {std::uint16_t{1}, std::uint16_t{2}}) { // a part, in order
            auto at = sent[stream].begin();
            for (const ByteBuffer& bytes : received[stream]) {
                at = std::find(at, sent[stream].end(), bytes);
                ASSERT_NE(at++, sent[stream].end()) << seed;
            }
            EXPECT_FALSE(received[stream].empty()) << seed;
        }
        EXPECT_TRUE(std::multiset<ByteBuffer>(received[3].begin(), received[3].end()) ==
                    std::multiset<ByteBuffer>(sent[3].begin(), sent[3].end()))
            << seed;
        EXPECT_EQ(pair.right.machine.held(), 0U) << seed;
    }
}

// What has come of a message behind the ones that are given up is its beginning, not their rest.
TEST(PartialReliability, KeepsWhatHasBegunBehindWhatIsGivenUp) {
    TestEnd victim(1);
    HandMadePeer<TestEnd> peer(victim);
    peer.connect();
    peer.send_data(2, "be", {.ssn = 1, .is_begin = true});
    ByteBuffer skip;
    const std::vector<SkippedStream> streams{{StreamId(0), 0}};
    write_forward_tsn(skip, peer.own.initial_tsn + 1, streams);
    peer.send(skip);
    peer.send_data(3, "gun", {.ssn = 1, .is_end = true});
    victim.drain(peer.now);
    EXPECT_EQ(victim.texts(), std::vector<std::string>{"begun"});
}

// ---- streams that begin anew

class StreamReset : public testing::Test {
protected:
    [[nodiscard]] static bool is_done(const TestEnd& asking, const TestEnd& other) {
        return !asking.all<StreamResetDoneEvent>().empty() && !other.all<StreamsResetEvent>().empty();
    }
};

TEST_F(StreamReset, ComesBehindAllThatWasSent) {
    TestPair pair;
    pair.connect();
    const ByteBuffer bytes = pattern(60'000);
    ASSERT_TRUE(pair.send(pair.left, {.stream = StreamId(4), .payload = bytes}));
    pair.left.machine.reset_stream(pair.path.now, StreamId(4));
    EXPECT_EQ(pair.send(pair.left, text_message("no", 4)).error(), SendError::kStreamClosing);
    EXPECT_TRUE(pair.send(pair.left, text_message("yes", 5)));
    ASSERT_TRUE(pair.path.run_until([&] { return is_done(pair.left, pair.right); }));
    EXPECT_EQ(pair.right.messages.size(), 2U);
    EXPECT_EQ(pair.right.all<StreamsResetEvent>()[0].streams, std::vector<StreamId>{StreamId(4)});
    EXPECT_TRUE(pair.left.all<StreamResetDoneEvent>()[0].is_performed);
    ASSERT_TRUE(pair.send(pair.left, text_message("again", 4)));
    ASSERT_TRUE(pair.path.run_until([&] { return pair.right.messages.size() == 3; }));
}

// What is asked for can be done at once, whatever else is on its way.
TEST_F(StreamReset, IsAskedForOnceTheStreamsDataIsAcknowledged) {
    TestEnd end(1);
    HandMadePeer<TestEnd> peer(end);
    peer.connect();
    const auto request = [&]() -> std::optional<OutgoingReset> {
        const auto chunks = peer.poll_chunks();
        const auto chunk = peer.last_of(ChunkType::kReconfig, chunks);
        if (!chunk) return std::nullopt;
        return std::get<OutgoingReset>(parse_reconfig(chunk->value)->front());
    };
    for (const std::uint16_t stream : std::vector<std::uint16_t>{4, 3, 5})
        ASSERT_TRUE(end.machine.send(peer.now, text_message("data", stream)));
    end.machine.reset_stream(peer.now, StreamId(3));
    EXPECT_FALSE(request());     // it goes with the data, or later
    peer.send_sack(0, {{2, 2}}); // which may be taken back
    EXPECT_FALSE(request());
    peer.send_sack(2);
    const auto asked = request();
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->streams, std::vector<StreamId>{StreamId(3)});
    EXPECT_EQ(asked->last_tsn, peer.theirs.initial_tsn + 1);
    ByteBuffer answer;
    write_reconfig_response(answer, {asked->request, ReconfigResult::kPerformed});
    peer.send(answer);
    end.machine.reset_stream(peer.now, StreamId(6)); // nothing of it is on its way
    ASSERT_TRUE(request());
}

TEST_F(StreamReset, WaitsForDataThatItHasOvertaken) {
    TestEnd end(1);
    HandMadePeer<TestEnd> peer(end);
    peer.connect();
    const auto answer = [&]() -> std::optional<ReconfigResult> {
        end.drain(peer.now);
        const auto chunks = peer.poll_chunks();
        const auto chunk = peer.last_of(ChunkType::kReconfig, chunks);
        if (!chunk) return std::nullopt;
        return std::get<ReconfigResponse>(parse_reconfig(chunk->value)->front()).result;
    };
    ByteBuffer request;
    write_outgoing_reset(request, {peer.own.initial_tsn, 0, peer.own.initial_tsn + 1, {StreamId(0)}});
    peer.send_data(1, "second", {.ssn = 1, .is_begin = true, .is_end = true});
    peer.send(request);
    EXPECT_EQ(answer(), std::nullopt);
    EXPECT_TRUE(end.all<StreamsResetEvent>().empty());
    peer.send_data(0, "first", {.ssn = 0, .is_begin = true, .is_end = true});
    EXPECT_EQ(answer(), ReconfigResult::kPerformed); // without being asked again
    EXPECT_EQ(end.all<StreamsResetEvent>().size(), 1U);
    peer.send_data(2, "anew", {.ssn = 0, .is_begin = true, .is_end = true});
    end.drain(peer.now);
    EXPECT_EQ(end.texts(), (std::vector<std::string>{"first", "second", "anew"}));
}

TEST_F(StreamReset, OfManyStreamsTakesFewRequests) {
    TestPair pair;
    pair.connect();
    for (std::uint16_t i = 0; i < kStreamsMax; ++i)
        pair.left.machine.reset_stream(pair.path.now, StreamId(i));
    ASSERT_TRUE(pair.path.run_until([&] { return pair.left.all<StreamResetDoneEvent>().size() == kStreamsMax; }));
    EXPECT_EQ(pair.right.all<StreamsResetEvent>().size(), 8U);
    pair.left.machine.reset_stream(pair.path.now, StreamId(kStreamsMax)); // there is none
    pair.path.run_for(1s);
    EXPECT_EQ(pair.left.all<StreamResetDoneEvent>().size(), kStreamsMax);
}

TEST_F(StreamReset, WorksOverABadPath) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        TestPair pair({.delay = 15ms, .jitter = 30ms, .lost_per_1000 = 200, .doubled_per_1000 = 100}, seed);
        pair.connect();
        for (int round = 0; round < 4; ++round) {
            for (int i = 0; i < 10; ++i) {
                ASSERT_TRUE(pair.send(pair.left, text_message(std::to_string(round) + "." + std::to_string(i), 1)));
                ASSERT_TRUE(pair.send(pair.right, text_message("back", 1)));
            }
            pair.left.machine.reset_stream(pair.path.now, StreamId(1));
            pair.right.machine.reset_stream(pair.path.now, StreamId(1));
            const auto count = static_cast<std::size_t>(round + 1);
            ASSERT_TRUE(pair.path.run_until(
                [&] {
                    return pair.left.all<StreamResetDoneEvent>().size() == count &&
                           pair.right.all<StreamResetDoneEvent>().size() == count;
                },
                120s))
                << seed;
            EXPECT_EQ(pair.right.messages.size(), 10 * count) << seed;
            EXPECT_EQ(pair.right.all<StreamsResetEvent>().size(), count) << seed;
        }
    }
}

} // namespace
} // namespace vv::sctp::test
