#include "net/send_queue.h"

#include <gtest/gtest.h>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1h};

// Takes what the queue holds, in pieces of at most `piece` bytes.
std::string drain(SendQueue& queue, std::size_t piece) {
    std::string out;
    while (!queue.is_empty()) {
        const ByteView next = queue.front().first(std::min(piece, queue.front().size()));
        out += as_text(next);
        queue.pop(next.size(), kStart + 1s);
    }
    return out;
}

TEST(SendQueue, KeepsTheOrderOfOwnAndLastingBytes) {
    SendQueue queue(kStart);
    queue.push("one ");
    queue.push("two ");
    queue.push_lasting(as_bytes("three "));
    queue.push("four");
    EXPECT_EQ(queue.size(), 18U);
    EXPECT_EQ(drain(queue, 3), "one two three four");
    EXPECT_EQ(queue.size(), 0U);
}

TEST(SendQueue, SmallWritesShareChunks) {
    SendQueue queue(kStart);
    for (std::size_t i = 0; i < SendQueue::kChunkMax; ++i)
        queue.push("ab");
    EXPECT_EQ(queue.size(), 2 * SendQueue::kChunkMax);
    EXPECT_EQ(queue.chunks(), 2U);
    EXPECT_EQ(drain(queue, 100'000).size(), 2 * SendQueue::kChunkMax);
}

TEST(SendQueue, GrowsBehindAChunkThatIsPartlySent) {
    SendQueue queue(kStart);
    queue.push("hello");
    queue.pop(3, kStart);
    queue.push(" world");
    EXPECT_EQ(drain(queue, 4), "lo world");
}

TEST(SendQueue, TheNewestLastComesLast) {
    SendQueue queue(kStart);
    queue.push("first ");
    queue.set_last("replaced");
    queue.set_last("last");
    queue.push("second ");
    EXPECT_EQ(drain(queue, 100), "first second last");

    queue.push("alone");
    queue.set_last("nobody hears this");
    queue.set_last({});
    EXPECT_EQ(drain(queue, 100), "alone");
}

TEST(SendQueue, RemembersWhenThePeerLastTookAnything) {
    SendQueue queue(kStart);
    queue.push("hello");
    EXPECT_EQ(queue.taken_at(), kStart);
    queue.pop(1, kStart + 5s);
    EXPECT_EQ(queue.taken_at(), kStart + 5s);
}

} // namespace
} // namespace vv::net
