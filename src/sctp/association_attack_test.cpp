// What a peer may send that means no good, and strangers as far as they get.
#include "base/encoding.h"
#include "sctp/association_for_test.h"
#include "sctp/hand_made_peer_for_test.h"

#include <gtest/gtest.h>

#include <array>

namespace vv::sctp::test {
namespace {

class AssociationAttack : public testing::Test {
protected:
    AssociationAttack() { peer_.connect(); }

    [[nodiscard]] std::optional<EndReason> end_reason() {
        victim_.drain(peer_.now);
        return victim_.end_reason();
    }
    [[nodiscard]] bool is_alive() { return victim_.machine.is_established() && !end_reason(); }
    void send_text(std::size_t size) {
        const ByteBuffer bytes = pattern(size);
        ASSERT_TRUE(victim_.machine.send(peer_.now, {.payload = bytes}));
    }
    [[nodiscard]] SackView last_sack() {
        chunks_ = peer_.poll_chunks();
        const auto chunk = HandMadePeer<TestEnd>::last_of(ChunkType::kSack, chunks_);
        EXPECT_TRUE(chunk.has_value());
        return chunk ? *parse_sack(chunk->value) : SackView{};
    }

    [[nodiscard]] static std::size_t count_data(const std::vector<ByteBuffer>& chunks) {
        return static_cast<std::size_t>(std::ranges::count_if(
            chunks, [](const ByteBuffer& chunk) { return ChunkReader(chunk).next()->type == ChunkType::kData; }));
    }

    TestEnd victim_{1};
    HandMadePeer<TestEnd> peer_{victim_};
    std::vector<ByteBuffer> chunks_;
};

TEST_F(AssociationAttack, HearsNobodyWithAnotherTag) {
    ASSERT_TRUE(is_alive());
    for (const std::uint32_t tag : {0U, peer_.own.tag.value(), peer_.theirs.tag.value() ^ 1U}) {
        peer_.header.tag = VerificationTag(tag);
        peer_.send_chunk(ChunkType::kAbort);
        peer_.send_data(0, "forged");
        peer_.send_chunk(ChunkType::kShutdown, *hex_decode("00000000"));
        EXPECT_TRUE(is_alive());
    }
    EXPECT_EQ(victim_.machine.stats().packets_dropped, 9U);
    EXPECT_TRUE(victim_.messages.empty());
    // The two chunks that may have the other tag have to say so.
    peer_.header.tag = peer_.own.tag;
    peer_.send_chunk(ChunkType::kAbort, {}, kFlagTagReflected);
    EXPECT_EQ(end_reason(), EndReason::kPeerAborted);
}

TEST_F(AssociationAttack, IgnoresSacksOfWhatWasNeverSent) {
    send_text(3'000);
    (void)peer_.poll_chunks();
    const auto cost = victim_.machine.send_cost();
    peer_.send_sack(4);
    peer_.send_sack(0x7FFFFFFF);
    peer_.send_sack(0, {{1, 65'535}});
    peer_.send_sack(0, {{4, 4}});
    EXPECT_EQ(victim_.machine.send_cost(), cost);
    EXPECT_EQ(victim_.machine.stats().chunks_dropped, 4U);
    peer_.send_sack(3);
    EXPECT_EQ(victim_.machine.send_cost(), 0U);
    EXPECT_TRUE(is_alive());
}

// As many blocks as a record of DTLS holds, against as many chunks as may be on their way.
TEST_F(AssociationAttack, ReadsHugeGapLists) {
    for (int i = 0; i < 6'000; ++i)
        ASSERT_TRUE(victim_.machine.send(peer_.now, text_message("x")));
    std::uint32_t sent = 0;
    for (int round = 0; round < 400 && sent < 6'000; ++round) {
        for (const ByteBuffer& chunk : peer_.poll_chunks())
            sent += ChunkReader(chunk).next()->type == ChunkType::kData ? 1U : 0U;
        std::vector<GapBlock> gaps; // every second one
        for (std::uint32_t at = 2; at <= sent && gaps.size() < 3'900; at += 2)
            gaps.push_back({static_cast<std::uint16_t>(at), static_cast<std::uint16_t>(at)});
        peer_.send_sack(0, gaps);
    }
    EXPECT_GT(sent, 500U);
    EXPECT_TRUE(is_alive());
    peer_.send_sack(0, {{1, static_cast<std::uint16_t>(sent)}, {2, 2}}); // overlaps: not read at all
    EXPECT_GT(victim_.machine.stats().chunks_dropped, 0U);
}

TEST_F(AssociationAttack, RefusesDataFarAway) {
    peer_.send_data(kTsnWindowMax, "beyond");
    peer_.send_data(0x7FFFFFFE, "far beyond");
    EXPECT_EQ(victim_.machine.stats().data_refused, 2U);
    EXPECT_EQ(victim_.machine.held(), 0U);
    peer_.send_data(kTsnWindowMax - 1, "just within", {.ssn = 1, .is_begin = true, .is_end = true});
    EXPECT_EQ(victim_.machine.held(), cost_of(11));
    EXPECT_EQ(last_sack().gap(0), (GapBlock{65'535, 65'535}));
    EXPECT_TRUE(is_alive());
}

TEST_F(AssociationAttack, HoldsOnlyAWindowOfFragmentsThatNeverEnd) {
    const std::string text(1'000, 'x');
    for (std::uint32_t i = 0; i < 5'000; ++i)
        peer_.send_data(2 + 2 * i, text, {.is_unordered = true, .is_begin = true}); // every second TSN
    EXPECT_LE(victim_.machine.held(), kReceiveWindow);
    EXPECT_GT(victim_.machine.stats().data_refused, 4'000U); // of the ranges there are only so many
    for (std::uint32_t i = 0; i < 2'000; ++i)
        peer_.send_data(3'000 + i, text, {.is_unordered = true, .is_begin = true});
    EXPECT_LE(victim_.machine.held(), kReceiveWindow);
    for (std::uint32_t i = 0; i < 3'000; ++i) // fills every gap with more of the same
        peer_.send_data(i, text, {.is_unordered = true, .is_begin = true});
    EXPECT_LE(victim_.machine.held(), kReceiveHardFactor * kReceiveWindow);
    EXPECT_TRUE(is_alive());
    EXPECT_LT(last_sack().receive_window, cost_of(text.size()));
}

TEST_F(AssociationAttack, EndsAtAMessageThatIsTooLong) {
    const std::string text(1'024, 'x');
    peer_.send_data(0, text, {.is_begin = true});
    for (std::uint32_t i = 1; i < 256; ++i)
        peer_.send_data(i, text, {});
    EXPECT_TRUE(is_alive()); // kMessageSizeMax bytes
    peer_.send_data(256, "x", {.is_end = true});
    EXPECT_EQ(end_reason(), EndReason::kPeerViolation);
    chunks_ = peer_.poll_chunks();
    EXPECT_TRUE(HandMadePeer<TestEnd>::last_of(ChunkType::kAbort, chunks_).has_value());
}

TEST_F(AssociationAttack, CountsWhatTinyMessagesCost) {
    for (std::uint32_t i = 0; i < 20'000; ++i) // a hole at the beginning, and nothing of it can be given out
        peer_.send_data(1 + i, "x", {.ssn = static_cast<std::uint16_t>(1 + i), .is_begin = true, .is_end = true});
    EXPECT_LE(victim_.machine.held(), kReceiveWindow);
    EXPECT_GT(victim_.machine.stats().data_refused, 14'000U);
}

TEST_F(AssociationAttack, EndsAtDataWithoutData) {
    peer_.send_chunk(ChunkType::kData, *hex_decode("000003e80000000000000033"), 3);
    EXPECT_EQ(end_reason(), EndReason::kPeerViolation);
}

TEST_F(AssociationAttack, AnswersAReplayedCookieAndNothingElse) {
    peer_.send_data(0, "one");
    (void)peer_.poll_chunks();
    ByteBuffer echo;
    write_chunk(echo, ChunkType::kCookieEcho, peer_.cookie);
    for (int i = 0; i < 3; ++i) {
        peer_.now += kCookieLife; // it never gets too old for the association that stands
        peer_.send(echo);
    }
    chunks_ = peer_.poll_chunks();
    EXPECT_TRUE(HandMadePeer<TestEnd>::last_of(ChunkType::kCookieAck, chunks_).has_value());
    peer_.send_data(0, "one");
    peer_.send_data(1, "two", {.ssn = 1, .is_begin = true, .is_end = true});
    EXPECT_TRUE(is_alive());
    EXPECT_EQ(victim_.texts(), (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(victim_.all<ConnectedEvent>().size(), 1U);
}

TEST_F(AssociationAttack, TakesNoCookieOfAnother) {
    TestEnd other(77);
    HandMadePeer<TestEnd> elsewhere(other);
    elsewhere.connect();
    TestEnd fresh(78);
    HandMadePeer<TestEnd> thief(fresh);
    ByteBuffer init;
    write_init(init, thief.own);
    thief.send(init);
    const auto ack_packet = thief.poll();
    const auto ack_chunk = parse_packet(*ack_packet)->reader().next();
    const auto ack = parse_init(ack_chunk->value);
    thief.header.tag = ack->parameters.tag;
    thief.send_chunk(ChunkType::kCookieEcho, elsewhere.cookie);
    EXPECT_FALSE(fresh.machine.is_established());
    ByteBuffer changed(ack->cookie.begin(), ack->cookie.end());
    changed[20] ^= 1;
    thief.send_chunk(ChunkType::kCookieEcho, changed);
    EXPECT_FALSE(fresh.machine.is_established());
    thief.send_chunk(ChunkType::kCookieEcho, ack->cookie);
    EXPECT_TRUE(fresh.machine.is_established());
}

TEST_F(AssociationAttack, IsNotBegunAnewByAnInit) {
    peer_.header.tag = VerificationTag();
    ByteBuffer init;
    peer_.own.tag = VerificationTag(0xBEEF);
    write_init(init, peer_.own);
    peer_.send(init);
    EXPECT_TRUE(peer_.poll_chunks().empty());
    EXPECT_TRUE(is_alive());
}

TEST_F(AssociationAttack, AnswersOnlySoManyHeartbeatsAtOnce) {
    ByteBuffer beats;
    for (int i = 0; i < 1'000; ++i)
        write_chunk(beats, ChunkType::kHeartbeat, *hex_decode("00010008aabbccdd"));
    peer_.send(beats);
    std::size_t bytes = 0;
    while (const auto packet = peer_.poll())
        bytes += packet->size();
    EXPECT_LE(bytes, kPacketSize);
    EXPECT_GT(bytes, kPacketSize / 2);
    peer_.send_chunk(ChunkType::kHeartbeat, ByteBuffer(10'000)); // no answer would fit
    EXPECT_TRUE(peer_.poll_chunks().empty());
    EXPECT_TRUE(is_alive());
}

TEST_F(AssociationAttack, BelievesNoHeartbeatAnswerThatItDidNotAskFor) {
    const auto before = victim_.machine.stats().chunks_dropped;
    const auto round_trip = victim_.machine.round_trip(); // of the handshake
    peer_.now += 1s;
    peer_.send_chunk(ChunkType::kHeartbeatAck, *hex_decode("0001000c0000000000000000"));
    peer_.send_chunk(ChunkType::kHeartbeatAck, *hex_decode("0001"));
    EXPECT_EQ(victim_.machine.stats().chunks_dropped, before + 2);
    EXPECT_EQ(victim_.machine.round_trip(), round_trip);
}

TEST_F(AssociationAttack, SkipsNotFurtherThanASackCanSay) {
    ByteBuffer chunk;
    write_forward_tsn(chunk, peer_.own.initial_tsn - 1 + 65'536, {});
    peer_.send(chunk);
    EXPECT_EQ(last_sack().cumulative_tsn, peer_.own.initial_tsn - 1);
    chunk.clear();
    const std::vector<SkippedStream> nowhere{{StreamId(kStreamsMax), 1}, {StreamId(65'535), 1}};
    write_forward_tsn(chunk, peer_.own.initial_tsn - 1 + 65'535, nowhere);
    peer_.send(chunk);
    EXPECT_EQ(last_sack().cumulative_tsn, peer_.own.initial_tsn - 1 + 65'535);
    EXPECT_TRUE(is_alive());
}

TEST_F(AssociationAttack, ReportsStreamsThatAreNot) {
    peer_.send_data(0, "nowhere", {.stream = StreamId(kStreamsMax), .is_begin = true, .is_end = true});
    chunks_ = peer_.poll_chunks();
    const auto error = HandMadePeer<TestEnd>::last_of(ChunkType::kError, chunks_);
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(hex_encode(error->value), "0001000804000000");
    EXPECT_EQ(victim_.machine.held(), 0U);
    peer_.send_data(1, "the last", {.stream = StreamId(kStreamsMax - 1), .is_begin = true, .is_end = true});
    EXPECT_TRUE(is_alive());
    EXPECT_EQ(victim_.texts(), std::vector<std::string>{"the last"});
}

TEST_F(AssociationAttack, TreatsUnknownChunksAsTheirTypesSay) {
    const auto send_before_data = [&](std::uint8_t type, std::uint32_t offset) {
        ByteBuffer chunks;
        write_chunk(chunks, static_cast<ChunkType>(type), *hex_decode("0102"));
        write_data(chunks, {.tsn = peer_.own.initial_tsn + offset,
                            .is_unordered = true,
                            .is_begin = true,
                            .is_end = true,
                            .payload = as_bytes("x")});
        peer_.send(chunks);
        victim_.drain(peer_.now);
        chunks_ = peer_.poll_chunks();
        const bool is_reported = HandMadePeer<TestEnd>::last_of(ChunkType::kError, chunks_).has_value();
        return std::pair(!std::exchange(victim_.messages, {}).empty(), is_reported);
    };
    EXPECT_EQ(send_before_data(0x3F, 0), std::pair(false, false));
    EXPECT_EQ(send_before_data(0x7F, 0), std::pair(false, true));
    EXPECT_EQ(send_before_data(0xBF, 0), std::pair(true, false));
    EXPECT_EQ(send_before_data(0xFF, 1), std::pair(true, true));
}

TEST_F(AssociationAttack, MayTakeBackWhatItHasAcknowledged) {
    send_text(10'000);
    (void)peer_.poll_chunks();
    for (int i = 0; i < 100; ++i) {
        peer_.send_sack(1, {{2, 8}});
        peer_.send_sack(1);
    }
    (void)peer_.poll_chunks();
    peer_.now += 2s;
    victim_.handle_timeout(peer_.now);
    EXPECT_FALSE(peer_.poll_chunks().empty());
    for (int i = 0; i < 20; ++i) {
        peer_.send_sack(9);
        (void)peer_.poll_chunks();
    }
    EXPECT_EQ(victim_.machine.send_cost(), 0U);
    EXPECT_TRUE(is_alive());
}

TEST_F(AssociationAttack, CannotMakeUsHoldMoreThanTheSendBuffer) {
    peer_.send_sack(0, {}, 0xFFFFFFFF);
    const ByteBuffer bytes = pattern(16'384);
    std::uint32_t sent = 0;
    for (int i = 0; i < 1'000; ++i) {
        (void)victim_.machine.send(peer_.now, {.payload = bytes});
        for (const ByteBuffer& chunk : peer_.poll_chunks())
            sent += ChunkReader(chunk).next()->type == ChunkType::kData ? 1U : 0U;
        ASSERT_LE(victim_.machine.send_cost(), kSendBufferMax + 16'384 / 1'000 * kMessageCost);
    }
    EXPECT_GT(sent, 0U);
}

// RFC 9260 §9.2: SHUTDOWN says nothing of gaps, so nothing of what they acknowledged is taken back.
TEST_F(AssociationAttack, TakesNothingBackByAShutdown) {
    send_text(5'500);
    ASSERT_EQ(count_data(peer_.poll_chunks()), 5U);
    peer_.send_sack(1, {{2, 4}});
    const auto shutdown_at = [&](std::uint32_t offset) {
        ByteBuffer value;
        ByteWriter(value).write_u32(peer_.theirs.initial_tsn + offset - 1);
        peer_.send_chunk(ChunkType::kShutdown, value);
    };
    shutdown_at(1);
    peer_.now += 2s;
    victim_.handle_timeout(peer_.now);
    EXPECT_EQ(count_data(peer_.poll_chunks()), 1U);
    shutdown_at(2);
    EXPECT_EQ(count_data(peer_.poll_chunks()), 0U);
    peer_.send_sack(2, {{1, 3}});
    peer_.send_sack(5);
    EXPECT_EQ(victim_.machine.stats().chunks_sent_again, 1U);
    EXPECT_EQ(victim_.machine.send_cost(), 0U);
}

TEST_F(AssociationAttack, CannotFillMemoryWithResetsThatNobodyFetches) {
    const std::vector<StreamId> many(500, StreamId(1));
    const auto ask = [&](std::uint32_t number) {
        ByteBuffer chunk;
        write_outgoing_reset(chunk, {peer_.own.initial_tsn + number, 0, peer_.own.initial_tsn - 1, many});
        peer_.send(chunk);
        const auto chunks = peer_.poll_chunks();
        return HandMadePeer<TestEnd>::last_of(ChunkType::kReconfig, chunks).has_value();
    };
    EXPECT_TRUE(ask(0));
    for (int i = 0; i < 3; ++i)
        EXPECT_FALSE(ask(1));
    EXPECT_TRUE(ask(0)); // the answer may have been lost
    victim_.drain(peer_.now);
    EXPECT_EQ(victim_.all<StreamsResetEvent>().size(), 1U);
    EXPECT_TRUE(ask(1));
    victim_.drain(peer_.now);
    EXPECT_EQ(victim_.all<StreamsResetEvent>().size(), 2U);
    EXPECT_TRUE(is_alive());
}

// Who hears "in progress" may ask for the same again under a new number, which would then be done twice.
TEST_F(AssociationAttack, HearsOfItsResetOnlyOnceItIsDone) {
    const auto ask = [&](std::uint32_t number) {
        ByteBuffer chunk;
        write_outgoing_reset(chunk,
                             {peer_.own.initial_tsn + number, 0, peer_.own.initial_tsn, {StreamId(0), StreamId(1)}});
        peer_.send(chunk);
    };
    const auto answer = [&]() -> std::optional<ReconfigResult> {
        chunks_ = peer_.poll_chunks();
        const auto chunk = HandMadePeer<TestEnd>::last_of(ChunkType::kReconfig, chunks_);
        if (!chunk) return std::nullopt;
        const auto parameters = parse_reconfig(chunk->value);
        return std::get<ReconfigResponse>(parameters->at(0)).result;
    };
    ask(0);
    EXPECT_EQ(answer(), std::nullopt);
    ask(0);
    EXPECT_EQ(answer(), std::nullopt);
    peer_.send_data(0, "late");
    EXPECT_EQ(answer(), ReconfigResult::kPerformed);
    ask(0);
    EXPECT_EQ(answer(), ReconfigResult::kPerformed);
    victim_.drain(peer_.now);
    EXPECT_EQ(victim_.texts(), std::vector<std::string>{"late"});
    EXPECT_EQ(victim_.all<StreamsResetEvent>().size(), 1U);
}

TEST_F(AssociationAttack, CannotKeepAHandshakeUpForEver) {
    TestEnd victim(7);
    HandMadePeer<TestEnd> peer(victim);
    victim.machine.connect(peer.now);
    const auto answer = [&](const Chunk& chunk) {
        ByteBuffer bytes;
        if (chunk.type == ChunkType::kInit) {
            peer.header.tag = parse_init(chunk.value)->parameters.tag;
            write_init_ack(bytes, peer.own, ByteBuffer(20, 0x11), {});
        } else {
            const ChunkScope error(bytes, ChunkType::kError);
            const ParameterScope cause(bytes, kCauseStaleCookie);
            ByteWriter(bytes).write_u32(0);
        }
        return bytes;
    };
    std::size_t rounds = 0;
    for (; rounds < 100 && !victim.machine.has_ended(); ++rounds) {
        for (const ByteBuffer& chunk : peer.poll_chunks())
            peer.send(answer(*ChunkReader(chunk).next()));
    }
    EXPECT_LE(rounds, 2 * (kInitSendsMax + 1));
    victim.drain(peer.now);
    EXPECT_EQ(victim.end_reason(), EndReason::kNoAnswer);
}

// The numbers of chunks and those of a stream's messages begin again after their last.
TEST(AssociationWrap, CarriesMessagesOverTheEndOfTheNumbers) {
    TestEnd victim(1);
    HandMadePeer<TestEnd> peer(victim);
    peer.own.initial_tsn = 0xFFFFFFF0;
    peer.connect();
    for (std::uint32_t i = 0; i < 3; ++i) { // not all at once: that would be a step back
        constexpr std::array<std::uint16_t, 3> kSkipped{30'000, 60'000, 65'529};
        ByteBuffer skip;
        write_forward_tsn(skip, peer.own.initial_tsn + i, std::array{SkippedStream{StreamId(0), kSkipped.at(i)}});
        peer.send(skip);
    }
    std::vector<std::string> texts;
    for (std::uint32_t i = 0; i < 40; ++i) {
        const std::uint32_t at = i ^ 1U; // each pair the wrong way round
        texts.push_back(std::to_string(i));
        peer.send_data(3 + at, std::to_string(at),
                       {.ssn = static_cast<std::uint16_t>(65'530 + at), .is_begin = true, .is_end = true});
    }
    victim.drain(peer.now);
    EXPECT_EQ(victim.texts(), texts);
    EXPECT_EQ(victim.machine.held(), 0U);
    EXPECT_EQ(victim.machine.stats().data_refused, 0U);
}

} // namespace
} // namespace vv::sctp::test
