#include "sctp/outstanding.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

namespace vv::sctp {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSize = 100;
constexpr std::size_t kWire = kDataHeaderSize + kSize;

class OutstandingTest : public testing::Test {
protected:
    /// A message of so many chunks of kSize bytes, all sent now.
    MessagePointer send(std::size_t chunks = 1, std::uint16_t stream = 0, std::uint16_t ssn = 0) {
        auto message = std::make_shared<OutgoingMessage>();
        message->stream = StreamId(stream);
        message->ssn = ssn;
        message->payload.resize(chunks * kSize);
        for (std::size_t i = 0; i < chunks; ++i)
            send_chunk(message, i);
        return message;
    }
    void send_chunk(const MessagePointer& message, std::size_t index) {
        (void)machine_.add(now_, {message, static_cast<std::uint32_t>(index * kSize), kSize});
    }
    /// cumulative: how many have come; the blocks count from there.
    std::optional<Outstanding::Acked> sack(std::int64_t cumulative, const std::vector<GapBlock>& gaps = {}) {
        ByteBuffer bytes;
        write_sack(bytes,
                   {.cumulative_tsn = (kFirst + (cumulative - 1)).wire(), .receive_window = 100'000, .gaps = gaps});
        const auto view = parse_sack(ByteView(bytes).subspan(kChunkHeaderSize));
        return machine_.handle_sack(now_, *view);
    }
    /// The numbers, from zero, of what is to be sent again; it is sent.
    std::vector<std::int64_t> send_lost() {
        std::vector<std::int64_t> numbers;
        while (const auto tsn = machine_.next_lost(now_)) {
            numbers.push_back(*tsn - kFirst);
            machine_.note_sent_again(now_, *tsn);
        }
        return numbers;
    }

    using Numbers = std::vector<std::int64_t>;
    const Tsn kFirst{0xFFFFFFF0};
    Instant now_{1s};
    Outstanding machine_{kFirst};
};

TEST_F(OutstandingTest, CountsWhatIsOnItsWay) {
    send(3);
    EXPECT_EQ(machine_.flight(), 3 * kWire);
    EXPECT_EQ(machine_.cost(), 3 * kSize + kMessageCost + 2 * kChunkCost);
    const auto acked = sack(2);
    ASSERT_TRUE(acked);
    EXPECT_EQ(acked->bytes, 2 * kWire);
    EXPECT_TRUE(acked->is_advanced);
    EXPECT_EQ(machine_.flight(), kWire);
    EXPECT_FALSE(sack(2)->is_advanced);
    EXPECT_EQ(sack(3)->bytes, kWire);
    EXPECT_TRUE(machine_.is_empty());
    EXPECT_EQ(machine_.flight() + machine_.cost(), 0U);
}

TEST_F(OutstandingTest, DescribesItsChunks) {
    const auto message = send(3, 7, 9);
    message->is_ordered = false;
    const DataChunk middle = machine_.describe(kFirst + 1);
    EXPECT_EQ(middle.tsn, (kFirst + 1).wire());
    EXPECT_EQ(middle.stream, StreamId(7));
    EXPECT_EQ(middle.ssn, 9);
    EXPECT_TRUE(middle.is_unordered && !middle.is_begin && !middle.is_end);
    EXPECT_EQ(middle.payload.data(), message->payload.data() + kSize);
    EXPECT_TRUE(machine_.describe(kFirst).is_begin);
    EXPECT_TRUE(machine_.describe(kFirst + 2).is_end);
}

TEST_F(OutstandingTest, KnowsTheLastChunkOfAStream) {
    EXPECT_EQ(machine_.last_of(StreamId(1)), machine_.cumulative());
    send(2, 1);
    send(1, 2);
    EXPECT_EQ(machine_.last_of(StreamId(1)), kFirst + 1);
    EXPECT_EQ(machine_.last_of(StreamId(2)), kFirst + 2);
    EXPECT_EQ(machine_.last_of(StreamId(3)), machine_.cumulative());
    ASSERT_TRUE(sack(1, {{2, 2}}));
    EXPECT_EQ(machine_.last_of(StreamId(1)), kFirst + 1);
    EXPECT_EQ(machine_.last_of(StreamId(2)), kFirst + 2); // it may be taken back
    ASSERT_TRUE(sack(3));
    EXPECT_EQ(machine_.last_of(StreamId(2)), machine_.cumulative());
}

TEST_F(OutstandingTest, IgnoresSacksThatCannotBe) {
    send(4);
    ASSERT_TRUE(sack(2));
    EXPECT_FALSE(sack(1));           // older
    EXPECT_FALSE(sack(5));           // one that was never sent
    EXPECT_FALSE(sack(2, {{2, 3}})); // so too
    EXPECT_FALSE(sack(3, {{2, 65'535}}));
    EXPECT_FALSE(sack(0x7FFFFFFF));
    EXPECT_EQ(machine_.flight(), 2 * kWire);
    EXPECT_TRUE(sack(2, {{2, 2}}));
}

TEST_F(OutstandingTest, TakesBackWhatTheOtherEndTakesBack) {
    send(6);
    EXPECT_EQ(sack(1, {{2, 3}, {5, 5}})->bytes, 4 * kWire);
    EXPECT_EQ(machine_.flight(), 2 * kWire);
    EXPECT_EQ(sack(1, {{3, 3}})->bytes, 0U);
    EXPECT_EQ(machine_.flight(), 4 * kWire);
    EXPECT_EQ(sack(1)->bytes, 0U);
    EXPECT_EQ(machine_.flight(), 5 * kWire);
    EXPECT_EQ(sack(6)->bytes, 5 * kWire);
    EXPECT_EQ(machine_.flight(), 0U);
}

TEST_F(OutstandingTest, LosesWhatThreeSacksMiss) {
    send(6);
    EXPECT_FALSE(sack(1, {{2, 2}})->is_loss);
    EXPECT_FALSE(sack(1, {{2, 3}})->is_loss);
    EXPECT_FALSE(sack(1, {{2, 3}})->is_loss); // tells nothing new
    const auto third = sack(1, {{2, 4}});
    EXPECT_TRUE(third->is_loss && machine_.has_lost());
    EXPECT_EQ(machine_.flight(), kWire);
    EXPECT_EQ(send_lost(), Numbers{1});
    EXPECT_EQ(machine_.flight(), 2 * kWire);
    EXPECT_TRUE(machine_.is_recovering());
    (void)sack(6);
    EXPECT_FALSE(machine_.is_recovering());
}

TEST_F(OutstandingTest, ShrinksTheWindowOnceForOneTrouble) {
    send(20);
    (void)sack(1, {{2, 2}, {4, 4}});
    (void)sack(1, {{2, 2}, {4, 5}});
    const auto third = sack(1, {{2, 2}, {4, 6}});
    EXPECT_TRUE(third->is_loss);
    EXPECT_EQ(send_lost(), (Numbers{1, 3}));
    (void)sack(4, {{2, 4}, {6, 6}});
    // While it recovers, progress makes all that is missing one worse (RFC 9260 §7.2.4).
    (void)sack(6, {{4, 4}});
    (void)sack(7, {{3, 4}});
    EXPECT_TRUE(machine_.is_recovering());
    const auto later = sack(8, {{2, 4}});
    EXPECT_TRUE(machine_.has_lost());
    EXPECT_FALSE(later->is_loss);
}

TEST_F(OutstandingTest, LosesARepairWhenSomethingSentAfterItHasCome) {
    send(5);
    for (std::uint16_t last = 2; last <= 4; ++last)
        (void)sack(0, {{2, last}});
    EXPECT_EQ(send_lost(), Numbers{0});
    (void)sack(0, {{2, 5}}); // of the ones that were sent before the repair
    send(3);
    (void)sack(0, {{2, 6}});
    (void)sack(0, {{2, 7}});
    EXPECT_FALSE(machine_.has_lost());
    (void)sack(0, {{2, 8}});
    EXPECT_EQ(send_lost(), Numbers{0});
}

TEST_F(OutstandingTest, LosesAllOnATimeout) {
    send(4);
    (void)sack(1, {{2, 2}});
    machine_.handle_timeout(now_);
    EXPECT_EQ(machine_.flight(), 0U);
    EXPECT_EQ(sack(1, {{2, 3}})->bytes, kWire); // one was only late
    EXPECT_EQ(send_lost(), Numbers{1});
    EXPECT_EQ(machine_.flight(), kWire);
}

TEST_F(OutstandingTest, MeasuresOnlyWhatWasSentOnce) {
    send(2);
    now_ += 70ms;
    EXPECT_EQ(sack(1)->round_trip, 70ms);
    send(1); // the second is not measured: one at a time
    EXPECT_EQ(sack(2)->round_trip, std::nullopt);
    now_ += 5ms;
    machine_.handle_timeout(now_);
    EXPECT_EQ(send_lost(), Numbers{2});
    now_ += 5ms;
    EXPECT_EQ(sack(3)->round_trip, std::nullopt);
    send(2);
    now_ += 20ms;
    EXPECT_EQ(sack(3, {{1, 1}})->round_trip, 20ms); // a gap block is as good
}

// RFC 9260 §6.3.1 C5 (Karn) speaks of what cannot be told apart. Duplicates tell.
TEST_F(OutstandingTest, MeasuresWhatWasSentAgainTooEarly) {
    const auto sack_twice = [&](std::uint32_t tsn) {
        ByteBuffer bytes;
        write_sack(bytes, {.cumulative_tsn = kFirst.wire(),
                           .receive_window = 100'000,
                           .duplicates = std::span<const std::uint32_t>(&tsn, 1)});
        return machine_.handle_sack(now_, *parse_sack(ByteView(bytes).subspan(kChunkHeaderSize)))->round_trip;
    };
    send(2);
    now_ += 400ms;
    machine_.handle_timeout(now_);
    EXPECT_EQ(send_lost(), (Numbers{0, 1}));
    now_ += 300ms;
    EXPECT_EQ(sack(1)->round_trip, std::nullopt);
    EXPECT_EQ(sack_twice(kFirst.wire()), std::nullopt); // too early: the path has doubled the first
    now_ += 400ms;
    EXPECT_EQ(sack_twice((kFirst + 1).wire()), std::nullopt); // of another
    EXPECT_EQ(sack_twice(kFirst.wire()), 700ms);
    EXPECT_EQ(sack_twice(kFirst.wire()), std::nullopt); // said before
}

// RFC 9260 §9.2.
TEST_F(OutstandingTest, TakesNothingBackByAShutdown) {
    send(5);
    ASSERT_TRUE(sack(1, {{2, 4}}));
    const auto acked = machine_.handle_cumulative(now_, kFirst.wire());
    ASSERT_TRUE(acked);
    EXPECT_FALSE(acked->is_advanced);
    EXPECT_EQ(machine_.flight(), kWire);
    EXPECT_TRUE(machine_.handle_cumulative(now_, (kFirst + 1).wire())->is_advanced);
    EXPECT_EQ(machine_.flight(), 0U);
    EXPECT_FALSE(machine_.handle_cumulative(now_, (kFirst + 5).wire())); // never sent
    EXPECT_FALSE(machine_.handle_cumulative(now_, kFirst.wire()));       // older
}

TEST_F(OutstandingTest, GivesUpAfterSoManyRetransmissions) {
    machine_.permit_abandoning();
    const auto message = send(3, 4, 5);
    message->retransmissions_max = 1;
    machine_.handle_timeout(now_);
    EXPECT_EQ(send_lost(), (Numbers{0, 1, 2}));
    EXPECT_FALSE(machine_.has_forward());
    machine_.handle_timeout(now_);
    EXPECT_TRUE(message->is_abandoned);
    EXPECT_EQ(send_lost(), Numbers{});
    EXPECT_EQ(machine_.flight(), 0U);
    const auto forward = machine_.forward(10);
    ASSERT_TRUE(forward);
    EXPECT_EQ(forward->tsn, kFirst + 2);
    EXPECT_EQ(forward->streams, (std::vector<SkippedStream>{{StreamId(4), 5}}));
    EXPECT_TRUE(sack(3)->is_advanced);
    EXPECT_TRUE(machine_.is_empty());
}

TEST_F(OutstandingTest, GivesUpWhatHasExpired) {
    machine_.permit_abandoning();
    const auto message = send(2);
    message->expires_at = now_ + 1s;
    send(1);
    machine_.handle_timeout(now_); // all are lost, none has expired
    now_ += 1s;
    EXPECT_EQ(send_lost(), Numbers{2});
    EXPECT_EQ(machine_.forward(1)->tsn, kFirst + 1);
}

TEST_F(OutstandingTest, GivesUpNothingThatCannotBeTold) {
    const auto message = send(1);
    message->retransmissions_max = 0;
    message->expires_at = now_;
    machine_.handle_timeout(now_);
    EXPECT_EQ(send_lost(), Numbers{0});
}

TEST_F(OutstandingTest, ForwardsOnlyToTheFirstThatIsStillAlive) {
    machine_.permit_abandoning();
    const auto first = send(1, 1, 1);
    send(1, 2, 2);
    const auto third = send(1, 3, 3);
    first->retransmissions_max = third->retransmissions_max = 0;
    machine_.handle_timeout(now_);
    EXPECT_EQ(machine_.forward(9)->tsn, kFirst);
    EXPECT_EQ(send_lost(), Numbers{1});
    (void)sack(2);
    const auto forward = machine_.forward(9);
    EXPECT_EQ(forward->tsn, kFirst + 2);
    EXPECT_EQ(forward->streams, (std::vector<SkippedStream>{{StreamId(3), 3}}));
}

TEST_F(OutstandingTest, ForwardsAsFarAsThereIsRoomForStreams) {
    machine_.permit_abandoning();
    for (std::uint16_t i = 0; i < 4; ++i)
        send(1, static_cast<std::uint16_t>(i % 3), i)->retransmissions_max = 0;
    const auto unordered = send(1, 9, 0);
    unordered->is_ordered = false;
    unordered->retransmissions_max = 0;
    machine_.handle_timeout(now_);
    EXPECT_EQ(machine_.forward(2)->tsn, kFirst + 1);
    const auto forward = machine_.forward(3);
    EXPECT_EQ(forward->tsn, kFirst + 4); // the unordered one needs no stream
    EXPECT_EQ(forward->streams, (std::vector<SkippedStream>{{StreamId(0), 3}, {StreamId(1), 1}, {StreamId(2), 2}}));
}

TEST_F(OutstandingTest, AbandonsWhatAGapBlockHasAcknowledgedAsWell) {
    machine_.permit_abandoning();
    const auto message = send(4);
    message->retransmissions_max = 0;
    (void)sack(1, {{2, 2}});
    machine_.handle_timeout(now_);
    EXPECT_EQ(machine_.forward(1)->tsn, kFirst + 3);
    EXPECT_EQ(sack(1, {{2, 2}})->bytes, 0U);
    EXPECT_EQ(machine_.flight(), 0U);
    EXPECT_EQ(sack(4)->bytes, 0U);
}

} // namespace
} // namespace vv::sctp
