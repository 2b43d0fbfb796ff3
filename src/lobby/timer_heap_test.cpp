#include "base/rng.h"
#include "lobby/timer_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace vv::lobby {
namespace {

Instant at(std::int64_t ticks) {
    return Instant(Duration(ticks));
}

TEST(TimerHeap, PopsWhatIsDueInOrder) {
    TimerHeap heap;
    heap.arm(7, at(30));
    heap.arm(3, at(10));
    heap.arm(5, at(20));
    EXPECT_EQ(heap.next(), at(10));
    EXPECT_EQ(heap.pop_due(at(9)), std::nullopt);
    EXPECT_EQ(heap.pop_due(at(20)), 3U);
    EXPECT_EQ(heap.pop_due(at(20)), 5U);
    EXPECT_EQ(heap.pop_due(at(20)), std::nullopt);
    EXPECT_EQ(heap.size(), 1U);
}

TEST(TimerHeap, KeepsOneDeadlineForEachOwner) {
    TimerHeap heap;
    heap.arm(1, at(10));
    heap.arm(1, at(40));
    EXPECT_EQ(heap.size(), 1U);
    EXPECT_EQ(heap.pop_due(at(39)), std::nullopt);
    heap.cancel(1);
    heap.cancel(1);
    heap.cancel(99);
    EXPECT_EQ(heap.next(), std::nullopt);
}

TEST(TimerHeap, HastensADeadlineAndPutsNoneOff) {
    TimerHeap heap;
    heap.arm(1, at(40));
    heap.arm(2, at(30));
    heap.hasten(1, at(20));
    EXPECT_EQ(heap.next(), at(20));
    heap.hasten(1, at(50));
    EXPECT_EQ(heap.next(), at(20));
    heap.cancel(1);
    heap.hasten(1, at(5));
    heap.hasten(99, at(5));
    EXPECT_EQ(heap.next(), at(30)) << "what is not armed stays so";
    EXPECT_EQ(heap.size(), 1U);
}

TEST(TimerHeap, AgreesWithAMapUnderRandomUse) {
    SeededRng rng(4);
    TimerHeap heap;
    std::map<TimerHeap::Owner, Instant> expected;
    for (int step = 0; step < 20000; ++step) {
        const auto owner = static_cast<TimerHeap::Owner>(rng.below(200));
        if (rng.below(3) == 0) {
            heap.cancel(owner);
            expected.erase(owner);
        } else {
            const Instant when = at(static_cast<std::int64_t>(rng.below(1000)));
            heap.arm(owner, when);
            expected[owner] = when;
        }
        ASSERT_EQ(heap.size(), expected.size());
        if (expected.empty()) continue;
        const auto earliest = std::min_element(expected.begin(), expected.end(),
                                               [](const auto& a, const auto& b) { return a.second < b.second; });
        ASSERT_EQ(heap.next(), earliest->second);
    }
    Instant last = at(0);
    while (const auto owner = heap.pop_due(at(1000))) {
        EXPECT_LE(last, expected.at(*owner));
        last = expected.at(*owner);
        expected.erase(*owner);
    }
    EXPECT_TRUE(expected.empty());
}

} // namespace
} // namespace vv::lobby
