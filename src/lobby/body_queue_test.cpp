#include "lobby/body_queue.h"
#include "lobby/limits.h"

#include <gtest/gtest.h>

namespace vv::lobby {
namespace {

using Offer = BodyQueue::Offer;

Offer offer(BodyQueue& queue, std::uint64_t id, std::size_t size = 3) {
    std::string body(size, 'x');
    return queue.offer(id, body);
}

TEST(BodyQueue, NumbersWhatItTakes) {
    BodyQueue queue;
    EXPECT_EQ(offer(queue, 1), Offer::kTaken);
    EXPECT_EQ(offer(queue, 2), Offer::kTaken);
    EXPECT_EQ(queue.newest().sequence, 2U);
    EXPECT_EQ(queue.newest().id, 2U);
    EXPECT_EQ(queue.bytes(), 6U);
}

TEST(BodyQueue, TakesEachIdOnceAndLeavesNoGap) {
    BodyQueue queue;
    EXPECT_EQ(offer(queue, 2), Offer::kSkipped);
    EXPECT_EQ(offer(queue, 1), Offer::kTaken);
    EXPECT_EQ(offer(queue, 1), Offer::kRepeated);
    EXPECT_EQ(offer(queue, 0), Offer::kRepeated);
    EXPECT_EQ(offer(queue, 3), Offer::kSkipped);
    EXPECT_EQ(offer(queue, 2), Offer::kTaken);
    EXPECT_EQ(queue.held().size(), 2U);
}

TEST(BodyQueue, HoldsSixtyFourBodies) {
    BodyQueue queue;
    for (std::uint64_t id = 1; id <= kQueueBodiesMax; ++id)
        ASSERT_EQ(offer(queue, id), Offer::kTaken);
    EXPECT_EQ(offer(queue, kQueueBodiesMax + 1), Offer::kFull);
    EXPECT_EQ(offer(queue, kQueueBodiesMax + 2), Offer::kSkipped);
    queue.trim(1);
    EXPECT_EQ(offer(queue, kQueueBodiesMax + 1), Offer::kTaken);
}

TEST(BodyQueue, HoldsItsBytesAndNotOneMore) {
    BodyQueue queue;
    constexpr std::size_t kPart = kQueueBytesMax / 8;
    for (std::uint64_t id = 1; id <= 7; ++id)
        ASSERT_EQ(offer(queue, id, kPart), Offer::kTaken);
    EXPECT_EQ(offer(queue, 8, kPart + 1), Offer::kFull);
    EXPECT_EQ(offer(queue, 8, kPart), Offer::kTaken);
    EXPECT_EQ(queue.bytes(), kQueueBytesMax);
    EXPECT_EQ(queue.trim(3), 3 * kPart);
    EXPECT_EQ(queue.bytes(), kQueueBytesMax - 3 * kPart);
    EXPECT_EQ(queue.held().front().sequence, 4U);
    EXPECT_EQ(queue.trim(2), 0U);
    EXPECT_EQ(queue.trim(1000), 5 * kPart);
}

TEST(BodyQueue, StartsAnywhereAfterARestart) {
    BodyQueue queue = BodyQueue::after_restart();
    EXPECT_EQ(offer(queue, 41), Offer::kTaken);
    EXPECT_EQ(queue.newest().sequence, 1U);
    EXPECT_EQ(offer(queue, 43), Offer::kSkipped);
    EXPECT_EQ(offer(queue, 42), Offer::kTaken);
}

TEST(BodyQueue, RemembersTheFirstIdItHadNoRoomFor) {
    BodyQueue queue = BodyQueue::after_restart();
    std::string body = "x";
    EXPECT_EQ(queue.offer(41, body, false), Offer::kFull);
    EXPECT_EQ(body, "x");
    EXPECT_EQ(offer(queue, 42), Offer::kSkipped);
    EXPECT_EQ(offer(queue, 41), Offer::kTaken);
}

} // namespace
} // namespace vv::lobby
