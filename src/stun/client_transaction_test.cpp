#include "stun/builder.h"
#include "stun/client_transaction.h"

#include <gtest/gtest.h>

#include <vector>

namespace vv::stun {
namespace {

using namespace std::chrono_literals;

const TransactionId kId{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
const TransactionId kOther{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13}};
constexpr Instant kStart{1000s};

ByteBuffer message(Method method, MessageClass message_class, const TransactionId& id = kId) {
    ByteBuffer out;
    MessageBuilder(out, method, message_class, id);
    return out;
}

ClientTransaction begin(const RequestTiming& timing) {
    return {kStart, kId, message(Method::kBinding, MessageClass::kRequest), timing};
}

struct Course {
    std::vector<std::int64_t> sent_at_ms;
    std::int64_t ended_at_ms = 0;
};

/// Nobody answers.
Course run(ClientTransaction transaction) {
    Course course;
    Instant now = kStart;
    const auto drain = [&] {
        while (transaction.poll_transmit())
            course.sent_at_ms.push_back((now - kStart) / 1ms);
    };
    drain();
    while (const auto deadline = transaction.poll_timeout()) {
        now = *deadline;
        transaction.handle_timeout(now);
        drain();
    }
    EXPECT_TRUE(transaction.has_timed_out());
    course.ended_at_ms = (now - kStart) / 1ms;
    return course;
}

TEST(ClientTransaction, AsksSevenTimesAndGivesUpAfterThirtyNineSecondsAndAHalf) {
    const Course course = run(begin({}));
    EXPECT_EQ(course.sent_at_ms, (std::vector<std::int64_t>{0, 500, 1500, 3500, 7500, 15500, 31500}));
    EXPECT_EQ(course.ended_at_ms, 39500);
}

TEST(ClientTransaction, AMeasuredPathIsAskedAgainSooner) {
    RoundTripEstimate estimate;
    estimate.handle_sample(50ms);
    const Course course = run(begin(RequestTiming::datagram(estimate)));
    EXPECT_EQ(course.sent_at_ms, (std::vector<std::int64_t>{0, 150, 450, 1050, 2250, 4650, 9450}));
    EXPECT_EQ(course.ended_at_ms, 9450 + 16 * 150);
}

TEST(ClientTransaction, WaitsCanBeBounded) {
    const Course course = run(begin({.rto = 100ms, .interval_max = 300ms, .last_wait_max = 400ms, .requests_max = 5}));
    EXPECT_EQ(course.sent_at_ms, (std::vector<std::int64_t>{0, 100, 300, 600, 900}));
    EXPECT_EQ(course.ended_at_ms, 900 + 400);
}

TEST(ClientTransaction, OverAStreamItAsksOnce) {
    const Course course = run(begin(RequestTiming::stream()));
    EXPECT_EQ(course.sent_at_ms, (std::vector<std::int64_t>{0}));
    EXPECT_EQ(course.ended_at_ms, 39500);
}

TEST(ClientTransaction, EarlyAndRepeatedWakeUpsAreHarmless) {
    ClientTransaction transaction = begin({});
    EXPECT_TRUE(transaction.poll_transmit());
    for (const auto early : {0ms, 1ms, 499ms}) {
        transaction.handle_timeout(kStart + early);
        EXPECT_FALSE(transaction.poll_transmit());
    }
    transaction.handle_timeout(kStart + 500ms);
    transaction.handle_timeout(kStart + 500ms);
    EXPECT_TRUE(transaction.poll_transmit());
    EXPECT_FALSE(transaction.poll_transmit());
}

TEST(ClientTransaction, ALateWakeUpSendsOnceNotForEachDeadlineMissed) {
    ClientTransaction transaction = begin({});
    EXPECT_TRUE(transaction.poll_transmit());
    transaction.handle_timeout(kStart + 20s);
    EXPECT_TRUE(transaction.poll_transmit());
    EXPECT_FALSE(transaction.poll_transmit());
    EXPECT_EQ(transaction.poll_timeout(), kStart + 21s);
}

TEST(ClientTransaction, SendsTheVeryBytesItWasGiven) {
    ClientTransaction transaction = begin({});
    const auto sent = transaction.poll_transmit();
    ASSERT_TRUE(sent);
    EXPECT_EQ(ByteBuffer(sent->begin(), sent->end()), message(Method::kBinding, MessageClass::kRequest));
}

TEST(ClientTransaction, KnowsItsAnswers) {
    const ClientTransaction transaction = begin({});
    const auto is_answer = [&](const ByteBuffer& bytes) { return transaction.is_answer(parse_message(bytes).value()); };
    EXPECT_TRUE(is_answer(message(Method::kBinding, MessageClass::kSuccess)));
    EXPECT_TRUE(is_answer(message(Method::kBinding, MessageClass::kError)));
    EXPECT_FALSE(is_answer(message(Method::kBinding, MessageClass::kRequest))) << "its own, come back";
    EXPECT_FALSE(is_answer(message(Method::kBinding, MessageClass::kIndication)));
    EXPECT_FALSE(is_answer(message(Method::kAllocate, MessageClass::kSuccess)));
    EXPECT_FALSE(is_answer(message(Method::kBinding, MessageClass::kSuccess, kOther)));
}

TEST(ClientTransaction, MeasuresOnlyWhatWasSentOnce) {
    ClientTransaction transaction = begin({});
    EXPECT_EQ(transaction.round_trip(kStart + 30ms), 30ms);
    EXPECT_EQ(transaction.round_trip(kStart - 1ms), std::nullopt) << "a clock that went back says nothing";
    transaction.handle_timeout(kStart + 500ms);
    EXPECT_EQ(transaction.round_trip(kStart + 530ms), std::nullopt);
}

TEST(ClientTransaction, RepeatedItAsksAtOnceAndWaitsAsInTheBeginning) {
    ClientTransaction transaction = begin({.rto = 100ms});
    EXPECT_TRUE(transaction.poll_transmit());
    transaction.handle_timeout(kStart + 100ms);
    transaction.handle_timeout(kStart + 300ms);
    EXPECT_TRUE(transaction.poll_transmit());
    transaction.repeat(kStart + 310ms);
    EXPECT_TRUE(transaction.poll_transmit());
    EXPECT_EQ(transaction.poll_timeout(), kStart + 410ms);
    EXPECT_EQ(transaction.round_trip(kStart + 320ms), std::nullopt) << "which of the requests is answered?";
    const Course rest = run(transaction);
    EXPECT_EQ(rest.sent_at_ms.size(), static_cast<std::size_t>(kRequestsMax - 1)) << "the seventh was sent above";
}

TEST(ClientTransaction, WhatWasStoppedCanBeRepeatedAndWhatIsOverCannot) {
    ClientTransaction stopped = begin({});
    EXPECT_TRUE(stopped.poll_transmit());
    stopped.stop_sending(kStart);
    stopped.repeat(kStart + 1s);
    EXPECT_TRUE(stopped.poll_transmit());
    stopped.handle_timeout(kStart + 1500ms);
    EXPECT_TRUE(stopped.poll_transmit()) << "and goes on";
    ClientTransaction over = begin({.requests_max = 1});
    EXPECT_TRUE(over.poll_transmit());
    over.handle_timeout(kStart + 8s);
    over.repeat(kStart + 9s);
    EXPECT_FALSE(over.poll_transmit());
    ClientTransaction stream = begin(RequestTiming::stream());
    EXPECT_TRUE(stream.poll_transmit());
    stream.repeat(kStart + 1s);
    EXPECT_FALSE(stream.poll_transmit());
}

TEST(ClientTransaction, StoppedItAsksNoMoreButStillWaits) {
    ClientTransaction transaction = begin({.rto = 100ms});
    transaction.stop_sending(kStart + 10ms);
    EXPECT_FALSE(transaction.poll_transmit()) << "what was due and not fetched is not sent either";
    EXPECT_EQ(transaction.poll_timeout(), kStart + 10ms + 1600ms);
    transaction.stop_sending(kStart + 1s); // no second wait
    transaction.handle_timeout(kStart + 10ms + 1600ms);
    EXPECT_TRUE(transaction.has_timed_out());
    EXPECT_FALSE(transaction.poll_transmit());
    EXPECT_EQ(transaction.poll_timeout(), std::nullopt);
}

} // namespace
} // namespace vv::stun
