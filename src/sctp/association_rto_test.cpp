// How long an association waits before it sends again, on paths that are far.
#include "sctp/association_for_test.h"

#include <gtest/gtest.h>

namespace vv::sctp::test {
namespace {

/// Both say something now and then, which arrives.
void talk(TestPair& pair, std::size_t messages, Duration interval = 50ms) {
    const std::size_t left = pair.left.messages.size() + messages;
    const std::size_t right = pair.right.messages.size() + messages;
    for (std::size_t i = 0; i < messages; ++i) {
        ASSERT_TRUE(pair.send(pair.left, text_message("to the right")));
        ASSERT_TRUE(pair.send(pair.right, text_message("to the left")));
        pair.path.run_for(interval);
    }
    ASSERT_TRUE(
        pair.path.run_until([&] { return pair.left.messages.size() == left && pair.right.messages.size() == right; }));
    pair.path.run_for(2s); // for the last acknowledgements
}

TEST(AssociationRto, SendsNothingTwiceOverAFarPath) {
    for (const auto delay : {200ms, 300ms, 350ms, 600ms, 1'000ms}) {
        TestPair pair({.delay = delay});
        pair.connect();
        talk(pair, 200);
        for (const TestEnd* const end : {&pair.left, &pair.right}) {
            EXPECT_EQ(end->machine.stats().timeouts, 0U) << delay / 1ms;
            EXPECT_EQ(end->machine.stats().chunks_sent_again, 0U) << delay / 1ms;
            ASSERT_TRUE(end->machine.round_trip().has_value());
            EXPECT_GE(*end->machine.round_trip(), 2 * delay);
            EXPECT_LE(*end->machine.round_trip(), 2 * delay + kSackDelay);
        }
    }
}

TEST(AssociationRto, LearnsThatThePathHasBecomeFar) {
    for (const auto delay : {350ms, 700ms}) {
        TestPair pair({.delay = 25ms});
        pair.connect();
        talk(pair, 40);
        pair.path.to_right.change({.delay = delay});
        pair.path.to_left.change({.delay = delay});
        talk(pair, 10, 2s); // each alone on its way
        const auto left = pair.left.machine.stats().timeouts;
        const auto right = pair.right.machine.stats().timeouts;
        EXPECT_LE(left, 4U) << delay / 1ms;
        EXPECT_LE(right, 4U) << delay / 1ms;
        talk(pair, 50, 2s);
        talk(pair, 100);
        EXPECT_EQ(pair.left.machine.stats().timeouts, left) << delay / 1ms;
        EXPECT_EQ(pair.right.machine.stats().timeouts, right) << delay / 1ms;
    }
}

TEST(AssociationRto, IsMeasuredByTheHandshake) {
    TestPair pair({.delay = 100ms});
    pair.connect();
    EXPECT_EQ(pair.left.machine.round_trip(), 200ms);
    EXPECT_EQ(pair.right.machine.round_trip(), std::nullopt); // it has only answered, and knows what to wait for
}

// RFC 9260 §6.3.1 C5 (Karn).
TEST(AssociationRto, IsNotMeasuredByWhatWasSentTwice) {
    TestPair pair({.delay = 100ms});
    std::size_t packets = 0;
    pair.path.to_right.loses = [&](ByteView) { return packets++ == 0; };
    pair.connect();
    EXPECT_EQ(pair.left.machine.round_trip(), 200ms); // by the cookie
    TestPair other({.delay = 100ms});
    packets = 0;
    other.path.to_right.loses = [&](ByteView) { return packets++ == 1; };
    other.connect();
    EXPECT_EQ(other.left.machine.round_trip(), 200ms); // by the INIT
}

} // namespace
} // namespace vv::sctp::test
