#include "sctp/send_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::sctp {
namespace {

using namespace std::chrono_literals;

class SendQueueTest : public testing::Test {
protected:
    MessagePointer push(std::uint16_t stream, std::string_view text, bool is_ordered = true) {
        auto message = std::make_shared<OutgoingMessage>();
        message->stream = StreamId(stream);
        message->is_ordered = is_ordered;
        message->payload.assign(text.begin(), text.end());
        queue_.push(message);
        return message;
    }
    MessagePointer push_until(std::uint16_t stream, std::string_view text, Instant expires_at) {
        auto message = push(stream, text);
        message->expires_at = expires_at;
        return message;
    }
    std::string take(std::size_t size_max = 100) {
        if (!queue_.next_size(now_)) return {};
        return std::string(as_text(queue_.take(size_max).payload()));
    }

    Instant now_{1s};
    SendQueue queue_;
};

TEST_F(SendQueueTest, CutsMessagesIntoPieces) {
    push(1, "abcdefgh");
    EXPECT_EQ(queue_.next_size(now_), 8U);
    const Fragment first = queue_.take(3);
    EXPECT_TRUE(first.is_begin() && !first.is_end());
    EXPECT_EQ(queue_.bytes(), 5U);
    EXPECT_EQ(queue_.next_size(now_), 5U);
    const Fragment second = queue_.take(3);
    EXPECT_TRUE(!second.is_begin() && !second.is_end());
    const Fragment third = queue_.take(3);
    EXPECT_TRUE(!third.is_begin() && third.is_end());
    EXPECT_EQ(as_text(third.payload()), "gh");
    EXPECT_TRUE(queue_.is_empty() && queue_.cost() == 0);
    EXPECT_FALSE(queue_.next_size(now_));
}

TEST_F(SendQueueTest, NumbersOrderedMessagesOfEachStream) {
    const auto a = push(1, "a");
    const auto b = push(2, "b");
    const auto c = push(1, "c", false);
    const auto d = push(1, "d");
    while (!take().empty()) {
    }
    EXPECT_EQ(a->ssn, 0);
    EXPECT_EQ(b->ssn, 0);
    EXPECT_EQ(c->ssn, 0); // says nothing
    EXPECT_EQ(d->ssn, 1);
}

TEST_F(SendQueueTest, LetsStreamsTakeTurns) {
    push(1, "aaaa");
    push(1, "b");
    push(1, "c");
    push(2, "x");
    push(3, "y");
    std::string order;
    while (true) {
        const std::string piece = take(2);
        if (piece.empty()) break;
        order += piece;
    }
    EXPECT_EQ(order, "aaaaxybc"); // what has begun goes to its end
}

TEST_F(SendQueueTest, NeverBeginsWhatHasExpired) {
    push_until(1, "late", now_);
    push_until(1, "good", now_ + 1ms);
    push_until(2, "late too", now_ - 1ms);
    EXPECT_EQ(take(2), "go");
    now_ += 1h;
    EXPECT_EQ(take(2), "od"); // what has begun is the retransmission's to judge
    EXPECT_EQ(take(), "");
    EXPECT_EQ(queue_.cost(), 0U);
}

TEST_F(SendQueueTest, DropsTheRestOfWhatWasGivenUp) {
    const auto message = push(1, "abcdef");
    push(1, "next");
    EXPECT_EQ(take(2), "ab");
    message->is_abandoned = true;
    EXPECT_EQ(take(), "next");
    EXPECT_EQ(queue_.cost(), 0U);
}

TEST_F(SendQueueTest, DropsWhatHasExpiredBehindOthers) {
    push(1, "begun");
    EXPECT_EQ(take(2), "be");
    push_until(1, "x", now_);
    push_until(2, "y", now_);
    push(3, "z");
    push_until(3, "zz", now_);
    queue_.drop_expired(now_);
    EXPECT_EQ(queue_.bytes(), 4U);
    EXPECT_EQ(queue_.cost(), 4U + 2 * kMessageCost);
    EXPECT_EQ(take(), "gun");
    EXPECT_EQ(take(), "z");
    EXPECT_EQ(take(), "");
}

TEST_F(SendQueueTest, DropsStreamsThatAreNot) {
    push(1, "a");
    push(4, "b");
    push(4, "c");
    push(3, "d");
    queue_.drop_streams_from(4);
    EXPECT_EQ(take(), "a");
    EXPECT_EQ(take(), "d");
    EXPECT_EQ(take(), "");
    EXPECT_EQ(queue_.cost(), 0U);
}

TEST_F(SendQueueTest, SaysOnceWhenLittleIsLeft) {
    queue_.set_low_mark(StreamId(1), 3);
    push(1, "abcdef");
    (void)take(2);
    EXPECT_FALSE(queue_.poll_low());
    (void)take(1);
    (void)take(1);
    EXPECT_EQ(queue_.poll_low(), StreamId(1));
    EXPECT_FALSE(queue_.poll_low());
    (void)take();
    EXPECT_FALSE(queue_.poll_low()); // it was low before
    push(1, "abcd");
    (void)take(1);
    EXPECT_EQ(queue_.poll_low(), StreamId(1));
}

TEST_F(SendQueueTest, HasAMarkOfZeroUnlessToldOtherwise) {
    push(5, "ab");
    (void)take(1);
    EXPECT_FALSE(queue_.poll_low());
    EXPECT_FALSE(queue_.is_drained(StreamId(5)));
    (void)take(1);
    EXPECT_EQ(queue_.poll_low(), StreamId(5));
    EXPECT_TRUE(queue_.is_drained(StreamId(5)));
}

TEST_F(SendQueueTest, BeginsAStreamAnew) {
    push(1, "a");
    push(2, "b");
    (void)take();
    (void)take();
    queue_.restart(StreamId(1));
    const auto again = push(1, "a");
    const auto other = push(2, "b");
    (void)take();
    (void)take();
    EXPECT_EQ(again->ssn, 0);
    EXPECT_EQ(other->ssn, 1);
}

} // namespace
} // namespace vv::sctp
