#include "net/ready_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

namespace vv::net {
namespace {

class Source final : public ReadyQueue::Reader {
public:
    explicit Source(std::size_t left, std::size_t at_once = 1) : left_(left), at_once_(at_once) {}
    std::size_t read(std::size_t most) override {
        ++turns;
        std::size_t got = 0;
        for (; got < most && left_ > 0; got += at_once_)
            left_ -= std::min(left_, at_once_);
        read_in_all += got;
        return got;
    }
    std::size_t turns = 0;
    std::size_t read_in_all = 0;

private:
    std::size_t left_;
    std::size_t at_once_;
};

constexpr std::size_t kEndless = 1'000'000;

TEST(ReadyQueue, SharesWhatMayBeRead) {
    ReadyQueue queue;
    Source few(5);
    Source many(kEndless);
    queue.add(few);
    queue.add(many);
    EXPECT_EQ(queue.serve(100), 55U);
    EXPECT_EQ(many.read_in_all, 50U);
    // Who was not done goes on alone, without being told of again.
    EXPECT_EQ(queue.serve(100), 100U);
    EXPECT_EQ(few.turns, 1U);
}

TEST(ReadyQueue, StopsWhenAllHasBeenReadAndNobodyIsPassedOver) {
    constexpr std::size_t kSources = 10;
    constexpr std::size_t kServed = 4; // in each round, by their least share
    ReadyQueue queue;
    std::deque<Source> sources;
    for (std::size_t i = 0; i < kSources; ++i)
        queue.add(sources.emplace_back(kEndless));
    for (int round = 0; round < 5; ++round) {
        EXPECT_EQ(queue.serve(kServed * ReadyQueue::kShareMin), kServed * ReadyQueue::kShareMin);
        // As a loop tells of them again, always in the same order.
        for (auto& source : sources)
            queue.add(source);
    }
    for (const auto& source : sources)
        EXPECT_EQ(source.turns, 2U);
}

TEST(ReadyQueue, OnlyTheLastReaderGoesPastTheMost) {
    constexpr std::size_t kAtOnce = 64;
    ReadyQueue queue;
    std::deque<Source> sources;
    for (int i = 0; i < 10; ++i)
        queue.add(sources.emplace_back(kEndless, kAtOnce));
    EXPECT_EQ(queue.serve(100), 2 * kAtOnce);
}

TEST(ReadyQueue, WhoHasBeenRemovedIsNotRead) {
    ReadyQueue queue;
    Source gone(kEndless);
    Source there(1);
    queue.add(gone);
    queue.add(there);
    queue.remove(gone);
    queue.remove(gone);
    EXPECT_EQ(queue.serve(100), 1U);
    EXPECT_EQ(gone.turns, 0U);
    EXPECT_EQ(queue.serve(100), 0U) << "nobody waits any more";
    EXPECT_EQ(there.turns, 1U);
}

} // namespace
} // namespace vv::net
