#include "net/round_pacer.h"

#include <gtest/gtest.h>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

// Rounds of a given length with so many datagrams each, one every `distance`.
class Rounds {
public:
    Duration run(Duration distance, Duration work, std::size_t datagrams, int count) {
        Duration rest{};
        for (int i = 0; i < count; ++i) {
            now_ += distance;
            rest = pacer_.after_round(now_, now_ + work, datagrams);
        }
        return rest;
    }

private:
    RoundPacer pacer_;
    Instant now_{1h};
};

TEST(RoundPacer, AnIdleLoopDoesNotWait) {
    EXPECT_EQ(Rounds().run(10ms, 5us, 1, 100), Duration::zero());
}

TEST(RoundPacer, WaitsFromTwoDatagramsARound) {
    // 10 000 a second and just under, in rounds of one.
    EXPECT_EQ(Rounds().run(100us, 10us, 1, 200), RoundPacer::kRestMax);
    EXPECT_EQ(Rounds().run(101us, 10us, 1, 200), Duration::zero());
}

TEST(RoundPacer, RestsAsLongAsALowLoadAllowsAndLessWithMore) {
    EXPECT_EQ(Rounds().run(200us, 0us, 10, 100), RoundPacer::kRestMax);
    EXPECT_EQ(Rounds().run(200us, 100us, 10, 100), RoundPacer::kRestMax);
    EXPECT_EQ(Rounds().run(200us, 101us, 10, 100), 198us);
    EXPECT_EQ(Rounds().run(200us, 150us, 10, 100), 100us);
}

TEST(RoundPacer, ASaturatedLoopDoesNotWait) {
    EXPECT_EQ(Rounds().run(400us, 400us, 50, 100), Duration::zero());
    EXPECT_EQ(Rounds().run(200us, 185us, 50, 100), RoundPacer::kRestMin);
    EXPECT_EQ(Rounds().run(200us, 186us, 50, 100), Duration::zero());
}

TEST(RoundPacer, StopsWaitingOnceTheLoadIsGone) {
    Rounds rounds;
    EXPECT_GT(rounds.run(200us, 50us, 10, 100), Duration::zero());
    // The window in which it ends may still count as busy, the one after it not.
    EXPECT_EQ(rounds.run(RoundPacer::kWindow, 5us, 1, 2), Duration::zero());
}

} // namespace
} // namespace vv::net
