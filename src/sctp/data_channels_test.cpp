#include "sctp/channels_for_test.h"
#include "sctp/hand_made_peer_for_test.h"

#include <gtest/gtest.h>

namespace vv::sctp::test {
namespace {

TEST(DataChannels, OpenBeforeTheAssociationStands) {
    ChannelsPair pair;
    const ChannelOptions options{.label = "chat", .protocol = "v1", .is_ordered = false, .retransmissions_max = 3};
    const auto id = pair.client.machine.open(pair.path.now, options);
    ASSERT_TRUE(id);
    EXPECT_EQ(*id, ChannelId(0));
    ASSERT_TRUE(pair.client.machine.send_text(pair.path.now, *id, "hello"));
    const Instant begin = pair.path.now;
    pair.client.machine.connect(begin);
    pair.server.machine.connect(begin);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.server.count<ChannelMessageEvent>() == 1; }));
    EXPECT_EQ(pair.path.now - begin, 30ms); // with the cookie
    const auto opened = pair.server.all<ChannelOpenedEvent>();
    ASSERT_EQ(opened.size(), 1U);
    EXPECT_TRUE(opened[0].is_remote);
    EXPECT_EQ(opened[0].options, options);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.client.count<ChannelOpenedEvent>() == 1; }));
    EXPECT_EQ(pair.client.all<ChannelOpenedEvent>()[0].id, *id);
    EXPECT_FALSE(pair.client.all<ChannelOpenedEvent>()[0].is_remote);
}

TEST(DataChannels, HaveNumbersByTheRoleInDtls) {
    ChannelsPair pair;
    pair.connect();
    EXPECT_EQ(*pair.client.machine.open(pair.path.now, {}), ChannelId(0));
    EXPECT_EQ(*pair.client.machine.open(pair.path.now, {}), ChannelId(2));
    EXPECT_EQ(*pair.server.machine.open(pair.path.now, {}), ChannelId(1));
    EXPECT_EQ(*pair.server.machine.open(pair.path.now, {}), ChannelId(3));
    ASSERT_TRUE(pair.path.run_until(
        [&] { return pair.client.count<ChannelOpenedEvent>() == 4 && pair.server.count<ChannelOpenedEvent>() == 4; }));
}

TEST(DataChannels, CarryTextBytesAndNothing) {
    ChannelsPair pair;
    pair.connect();
    const ChannelId id = pair.open();
    const ByteBuffer bytes = pattern(70'000);
    ASSERT_TRUE(pair.client.machine.send_text(pair.path.now, id, "ün"));
    ASSERT_TRUE(pair.client.machine.send(pair.path.now, id, PayloadKind::kBytes, bytes));
    ASSERT_TRUE(pair.client.machine.send_text(pair.path.now, id, ""));
    ASSERT_TRUE(pair.client.machine.send(pair.path.now, id, PayloadKind::kBytes, {}));
    ASSERT_TRUE(pair.server.machine.send_text(pair.path.now, id, "back"));
    ASSERT_TRUE(pair.path.run_until([&] { return pair.server.count<ChannelMessageEvent>() == 4; }));
    const auto messages = pair.server.all<ChannelMessageEvent>();
    EXPECT_EQ(messages[0].kind, PayloadKind::kText);
    EXPECT_EQ(as_text(messages[0].payload), "ün");
    EXPECT_EQ(messages[1].kind, PayloadKind::kBytes);
    EXPECT_EQ(messages[1].payload, bytes);
    EXPECT_EQ(messages[2].kind, PayloadKind::kText);
    EXPECT_TRUE(messages[2].payload.empty());
    EXPECT_EQ(messages[3].kind, PayloadKind::kBytes);
    EXPECT_TRUE(messages[3].payload.empty());
    EXPECT_EQ(pair.client.texts(), std::vector<std::string>{"back"});
}

// RFC 8832 §6: until the other end has the channel its messages keep behind the opening.
TEST(DataChannels, DoNotOvertakeTheirOpening) {
    ChannelsPair pair;
    pair.connect();
    pair.path.run_for(1s);
    std::size_t count = 0;
    pair.path.to_right.loses = [&](ByteView) { return count++ == 0; };
    const auto id = pair.client.machine.open(pair.path.now, {.is_ordered = false});
    pair.path.pump();
    ASSERT_TRUE(pair.client.machine.send_text(pair.path.now, *id, "a"));
    ASSERT_TRUE(pair.path.run_until([&] { return pair.server.count<ChannelMessageEvent>() == 1; }));
    EXPECT_EQ(pair.server.count<ChannelOpenedEvent>(), 1U);
    EXPECT_EQ(pair.server.texts(), std::vector<std::string>{"a"});
}

TEST(DataChannels, CloseInBothDirections) {
    ChannelsPair pair;
    pair.connect();
    const ChannelId id = pair.open();
    const ByteBuffer bytes = pattern(50'000);
    ASSERT_TRUE(pair.client.machine.send(pair.path.now, id, PayloadKind::kBytes, bytes));
    pair.client.machine.close(pair.path.now, id);
    EXPECT_FALSE(pair.client.machine.is_open(id));
    EXPECT_EQ(pair.client.machine.send_text(pair.path.now, id, "late").error(), SendError::kNotOpen);
    ASSERT_TRUE(pair.path.run_until(
        [&] { return pair.client.count<ChannelClosedEvent>() == 1 && pair.server.count<ChannelClosedEvent>() == 1; }));
    EXPECT_EQ(pair.server.count<ChannelMessageEvent>(), 1U); // what was sent came first
    EXPECT_EQ(pair.client.machine.count() + pair.server.machine.count(), 0U);
    EXPECT_EQ(pair.open({.label = "again"}), id);
    ASSERT_TRUE(pair.client.machine.send_text(pair.path.now, id, "new"));
    ASSERT_TRUE(pair.path.run_until([&] { return pair.server.count<ChannelMessageEvent>() == 2; }));
}

TEST(DataChannels, GiveNothingOutOnceClosed) {
    ChannelsPair pair;
    pair.connect();
    const ChannelId id = pair.open();
    ASSERT_TRUE(pair.server.machine.send_text(pair.path.now, id, "on its way"));
    pair.client.machine.close(pair.path.now, id);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.client.count<ChannelClosedEvent>() == 1; }));
    EXPECT_TRUE(pair.client.texts().empty());
}

TEST(DataChannels, CloseFromBothEndsAtOnce) {
    ChannelsPair pair;
    pair.connect();
    const ChannelId id = pair.open();
    pair.client.machine.close(pair.path.now, id);
    pair.server.machine.close(pair.path.now, id);
    pair.server.machine.close(pair.path.now, id);
    ASSERT_TRUE(pair.path.run_until(
        [&] { return pair.client.count<ChannelClosedEvent>() == 1 && pair.server.count<ChannelClosedEvent>() == 1; }));
}

TEST(DataChannels, OpenSendAndCloseOverABadPath) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        ChannelsPair pair({.delay = 15ms, .jitter = 30ms, .lost_per_1000 = 150, .doubled_per_1000 = 80}, seed);
        pair.connect();
        for (int round = 0; round < 5; ++round) {
            const std::string text = std::to_string(round);
            const auto id = pair.client.machine.open(pair.path.now, {.label = text, .is_ordered = round % 2 == 0});
            ASSERT_TRUE(id);
            ASSERT_TRUE(pair.client.machine.send_text(pair.path.now, *id, text));
            pair.client.machine.close(pair.path.now, *id);
            const auto count = static_cast<std::size_t>(round + 1);
            // The client may open the next one as soon as it knows, though the server does not yet.
            ASSERT_TRUE(pair.path.run_until([&] { return pair.client.count<ChannelClosedEvent>() == count; }, 100s))
                << seed;
        }
        ASSERT_TRUE(pair.path.run_until([&] { return pair.server.count<ChannelClosedEvent>() == 5; }, 100s)) << seed;
        EXPECT_EQ(pair.server.texts(), (std::vector<std::string>{"0", "1", "2", "3", "4"})) << seed;
        EXPECT_EQ(pair.server.machine.count(), 0U);
    }
}

TEST(DataChannels, MayBeAgreedOnElsewhere) {
    ChannelsPair pair;
    pair.connect();
    ASSERT_TRUE(pair.client.machine.open_negotiated(ChannelId(5), {.label = "x"}));
    ASSERT_TRUE(pair.server.machine.open_negotiated(ChannelId(5), {.label = "x"}));
    EXPECT_EQ(pair.client.machine.open_negotiated(ChannelId(5), {}).error(), OpenError::kTaken);
    EXPECT_EQ(pair.client.machine.open_negotiated(ChannelId(kStreamsMax), {}).error(), OpenError::kTooMany);
    ASSERT_TRUE(pair.client.machine.send_text(pair.path.now, ChannelId(5), "a"));
    ASSERT_TRUE(pair.server.machine.send_text(pair.path.now, ChannelId(5), "b"));
    ASSERT_TRUE(pair.path.run_until([&] { return !pair.server.texts().empty() && !pair.client.texts().empty(); }));
    EXPECT_EQ(pair.server.count<ChannelOpenedEvent>(), 0U);
}

TEST(DataChannels, RefuseWhatCannotBe) {
    ChannelsPair pair;
    pair.connect();
    const std::string longest(kLabelSizeMax, 'x');
    const auto open = [&](const ChannelOptions& options) { return pair.client.machine.open(pair.path.now, options); };
    EXPECT_TRUE(open({.label = longest, .protocol = longest}));
    EXPECT_EQ(open({.label = longest + "x"}).error(), OpenError::kTooLong);
    EXPECT_EQ(open({.protocol = longest + "x"}).error(), OpenError::kTooLong);
    EXPECT_EQ(open({.retransmissions_max = 1, .lifetime_max = 1ms}).error(), OpenError::kBadOptions);
    EXPECT_TRUE(open({.lifetime_max = 65'535ms}));
    EXPECT_EQ(open({.lifetime_max = 65'536ms}).error(), OpenError::kBadOptions);
    EXPECT_EQ(open({.lifetime_max = -1ms}).error(), OpenError::kBadOptions);
    EXPECT_EQ(pair.client.machine.send_text(pair.path.now, ChannelId(9), "x").error(), SendError::kNotOpen);
    pair.client.machine.abort(pair.path.now);
    EXPECT_EQ(open({}).error(), OpenError::kEnded);
}

TEST(DataChannels, AreOnlySoMany) {
    ChannelsPair pair;
    pair.connect();
    for (std::size_t i = 0; i < kChannelsMax; ++i)
        ASSERT_TRUE(pair.client.machine.open(pair.path.now, {}));
    EXPECT_EQ(pair.client.machine.open(pair.path.now, {}).error(), OpenError::kTooMany);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.client.count<ChannelOpenedEvent>() == kChannelsMax; }));
    EXPECT_EQ(pair.server.machine.count(), kChannelsMax);
    EXPECT_EQ(pair.server.machine.open(pair.path.now, {}).error(), OpenError::kTooMany);
}

TEST(DataChannels, EndWithTheAssociation) {
    ChannelsPair pair;
    pair.connect();
    const ChannelId id = pair.open();
    ASSERT_TRUE(pair.client.machine.send_text(pair.path.now, id, "goodbye"));
    pair.client.machine.shutdown(pair.path.now);
    ASSERT_TRUE(pair.path.run_until(
        [&] { return pair.client.count<ChannelsEndedEvent>() == 1 && pair.server.count<ChannelsEndedEvent>() == 1; }));
    EXPECT_EQ(pair.server.texts(), std::vector<std::string>{"goodbye"});
    EXPECT_EQ(pair.server.all<ChannelsEndedEvent>()[0].reason, EndReason::kShutdown);
    EXPECT_EQ(pair.client.machine.count() + pair.server.machine.count(), 0U);
}

TEST(DataChannels, AreClosedWhereTheOtherEndHasFewerStreams) {
    ChannelsPair pair({}, 1, {.streams = 4});
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(pair.client.machine.open(pair.path.now, {}));
    pair.connect();
    ASSERT_TRUE(pair.path.run_until([&] { return pair.client.count<ChannelOpenedEvent>() == 2; }));
    const auto closed = pair.client.all<ChannelClosedEvent>();
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].id, ChannelId(4));
    EXPECT_EQ(pair.client.machine.open(pair.path.now, {}).error(), OpenError::kTooMany);
}

TEST(DataChannels, SayWhenLittleIsLeftToSend) {
    ChannelsPair pair({.delay = 10ms, .bytes_per_second = 1'000'000});
    pair.connect();
    const ChannelId id = pair.open();
    pair.client.machine.set_buffered_low(id, 50'000);
    const ByteBuffer bytes = pattern(200'000);
    ASSERT_TRUE(pair.client.machine.send(pair.path.now, id, PayloadKind::kBytes, bytes));
    EXPECT_EQ(pair.client.machine.buffered(id), 200'000U);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.client.count<ChannelBufferedLowEvent>() == 1; }));
    EXPECT_LE(pair.client.machine.buffered(id), 50'000U);
    EXPECT_GT(pair.client.machine.buffered(id), 25'000U);
}

// What is not fetched fills the window, and the sender is held.
TEST(DataChannels, SlowDownForWhoDoesNotFetch) {
    ChannelsPair pair;
    pair.connect();
    const ChannelId id = pair.open();
    const ByteBuffer bytes = pattern(65'536);
    SeededRng rng(9);
    Instant now = pair.path.now;
    // Without the path's draining: packets go across, events stay.
    for (int i = 0; i < 3'000; ++i) {
        (void)pair.client.machine.send(now, id, PayloadKind::kBytes, bytes);
        now += 10ms;
        while (const auto packet = pair.client.poll_transmit())
            pair.server.handle_input(now, *packet);
        pair.server.handle_timeout(now);
        while (const auto packet = pair.server.poll_transmit())
            pair.client.handle_input(now, *packet);
        pair.client.handle_timeout(now);
    }
    EXPECT_LE(pair.server.machine.association().held(), kReceiveHardFactor * kReceiveWindow);
    EXPECT_GT(pair.server.machine.association().held(), kReceiveWindow / 2);
    EXPECT_EQ(pair.client.machine.send(now, id, PayloadKind::kBytes, bytes).error(), SendError::kBufferFull);
    EXPECT_EQ(pair.server.count<ChannelMessageEvent>(), 0U);
    pair.path.now = now;
    ASSERT_TRUE(pair.path.run_until([&] { return pair.client.machine.association().send_cost() == 0; }));
}

// ---- a peer that does as it likes

class ChannelsAttack : public testing::Test {
protected:
    ChannelsAttack() { peer_.connect(); }

    void send(std::uint16_t stream, Ppid ppid, ByteView bytes) {
        peer_.send_data(
            next_tsn_++, as_text(bytes),
            {.stream = StreamId(stream), .ssn = next_ssn_[stream]++, .ppid = ppid, .is_begin = true, .is_end = true});
        victim_.drain(peer_.now);
        read_answers();
        peer_.send_sack(static_cast<std::uint32_t>(data_.size()));
        read_answers();
    }
    void read_answers() {
        for (const ByteBuffer& chunk : peer_.poll_chunks()) {
            const Chunk parsed = *ChunkReader(chunk).next();
            if (parsed.type == ChunkType::kData) data_.push_back(chunk);
            if (parsed.type != ChunkType::kReconfig) continue;
            const auto reset = parse_reconfig(parsed.value);
            for (const ReconfigParameter& parameter : *reset) {
                if (const auto* const outgoing = std::get_if<OutgoingReset>(&parameter)) answer(*outgoing);
            }
        }
    }
    void answer(const OutgoingReset& reset) {
        resets_.insert(resets_.end(), reset.streams.begin(), reset.streams.end());
        ByteBuffer chunk;
        write_reconfig_response(chunk, {reset.request, result_});
        peer_.send(chunk);
    }
    void open(std::uint16_t stream, const ChannelOptions& options = {}) {
        send(stream, Ppid::kDcep, write_channel_open(options));
    }

    ChannelsEnd victim_{1, DtlsRole::kServer};
    HandMadePeer<ChannelsEnd> peer_{victim_};
    std::uint32_t next_tsn_ = 0;
    std::map<std::uint16_t, std::uint16_t> next_ssn_;
    std::vector<ByteBuffer> data_;
    std::vector<StreamId> resets_;
    ReconfigResult result_ = ReconfigResult::kPerformed; // what it answers to ours
};

TEST_F(ChannelsAttack, OpensNoneOnOurStreams) {
    open(0);
    EXPECT_EQ(victim_.count<ChannelOpenedEvent>(), 1U);
    EXPECT_EQ(data_.size(), 1U);
    open(1);
    EXPECT_EQ(victim_.count<ChannelOpenedEvent>(), 1U);
    EXPECT_EQ(data_.size(), 1U);
    EXPECT_EQ(resets_, std::vector<StreamId>{StreamId(1)});
}

TEST_F(ChannelsAttack, OpensNoneTwice) {
    open(0);
    open(0);
    EXPECT_EQ(resets_, std::vector<StreamId>{StreamId(0)});
    EXPECT_FALSE(victim_.machine.is_open(ChannelId(0)));
}

TEST_F(ChannelsAttack, OpensNoMoreThanAllowed) {
    for (std::uint16_t i = 0; i < kChannelsMax; ++i)
        open(static_cast<std::uint16_t>(2 * i));
    EXPECT_EQ(victim_.count<ChannelOpenedEvent>(), kChannelsMax);
    EXPECT_TRUE(resets_.empty());
    open(2 * kChannelsMax);
    EXPECT_EQ(victim_.count<ChannelOpenedEvent>(), kChannelsMax);
    EXPECT_EQ(resets_, std::vector<StreamId>{StreamId(2 * kChannelsMax)});
}

TEST_F(ChannelsAttack, IsNotHeardOnStreamsWithoutAChannel) {
    send(4, Ppid::kString, as_bytes("hello?"));
    send(4, Ppid::kDcep, write_channel_ack());
    EXPECT_EQ(victim_.events.size(), 1U); // that it is ready
    EXPECT_EQ(victim_.machine.association().held(), 0U);
}

TEST_F(ChannelsAttack, ClosesChannelsByNonsense) {
    open(0);
    send(0, Ppid::kDcep, as_bytes("\xFF nonsense"));
    EXPECT_EQ(resets_, std::vector<StreamId>{StreamId(0)});
    send(2, Ppid::kDcep, as_bytes("\x03"));
    EXPECT_EQ(resets_.back(), StreamId(2));
    EXPECT_TRUE(victim_.machine.association().is_established());
}

TEST_F(ChannelsAttack, MaySendWhatNobodyKnows) {
    open(0);
    send(0, static_cast<Ppid>(99), as_bytes("?"));
    send(0, static_cast<Ppid>(54), as_bytes("partial strings are deprecated"));
    EXPECT_TRUE(victim_.texts().empty());
    EXPECT_TRUE(victim_.machine.is_open(ChannelId(0)));
}

TEST_F(ChannelsAttack, ClosesAllAtOnce) {
    open(0);
    open(2);
    ByteBuffer chunk;
    write_outgoing_reset(chunk, {peer_.own.initial_tsn, 0, peer_.own.initial_tsn + next_tsn_ - 1, {}});
    peer_.send(chunk);
    next_ssn_.clear();
    send(4, Ppid::kString, as_bytes("x")); // lets the rest be fetched
    EXPECT_EQ(victim_.count<ChannelClosedEvent>(), 0U);
    send(4, Ppid::kString, as_bytes("x"));
    EXPECT_EQ(victim_.count<ChannelClosedEvent>(), 2U);
}

// Its direction still carries what it likes, and ours has not begun anew.
TEST_F(ChannelsAttack, KeepsAChannelFromBeingClosedByRefusing) {
    open(0);
    result_ = ReconfigResult::kDenied;
    victim_.machine.close(peer_.now, ChannelId(0));
    read_answers();
    victim_.drain(peer_.now);
    EXPECT_EQ(resets_, std::vector<StreamId>{StreamId(0)});
    EXPECT_EQ(victim_.count<ChannelClosedEvent>(), 0U);
    EXPECT_FALSE(victim_.machine.is_open(ChannelId(0)));
    EXPECT_FALSE(victim_.machine.open_negotiated(ChannelId(0), {}));
}

TEST(DataChannels, CloseAtOnceWhereTheOtherEndKnowsNoResets) {
    ChannelsEnd end(1, DtlsRole::kServer);
    HandMadePeer<ChannelsEnd> peer(end);
    peer.own.knows_reconfig = false;
    peer.connect();
    const auto id = end.machine.open(peer.now, {});
    ASSERT_TRUE(id);
    end.machine.close(peer.now, *id);
    (void)peer.poll_chunks();
    end.drain(peer.now);
    EXPECT_EQ(end.count<ChannelClosedEvent>(), 1U);
    EXPECT_EQ(end.machine.count(), 0U);
}

TEST(DataChannels, AreOpenedOnlyWhereTheOtherEndCanAnswer) {
    ChannelsEnd end(1, DtlsRole::kServer);
    HandMadePeer<ChannelsEnd> peer(end);
    peer.own.outbound_streams = 4; // it would take more
    peer.connect();
    end.drain(peer.now);
    EXPECT_EQ(end.machine.open(peer.now, {}).value_or(ChannelId(99)), ChannelId(1));
    EXPECT_EQ(end.machine.open(peer.now, {}).value_or(ChannelId(99)), ChannelId(3));
    EXPECT_FALSE(end.machine.open(peer.now, {}));
    EXPECT_FALSE(end.machine.open_negotiated(ChannelId(4), {}));
    EXPECT_TRUE(end.machine.open_negotiated(ChannelId(2), {}));
}

TEST(DataChannels, ForgetTheirLowMarks) {
    ChannelsPair pair({.delay = 10ms, .bytes_per_second = 1'000'000});
    pair.connect();
    const ChannelId id = pair.open();
    pair.client.machine.set_buffered_low(id, 50'000);
    pair.client.machine.close(pair.path.now, id);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.client.count<ChannelClosedEvent>() == 1; }));
    ASSERT_EQ(pair.open(), id);
    const ByteBuffer bytes = pattern(200'000);
    ASSERT_TRUE(pair.client.machine.send(pair.path.now, id, PayloadKind::kBytes, bytes));
    ASSERT_TRUE(pair.path.run_until([&] { return pair.client.count<ChannelBufferedLowEvent>() == 1; }));
    EXPECT_EQ(pair.client.machine.buffered(id), 0U);
}

} // namespace
} // namespace vv::sctp::test
