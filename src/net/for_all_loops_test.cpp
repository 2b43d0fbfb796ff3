#include "net/for_all_loops.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

// Loops that run when the test says so, the other one with room for a single task.
class ForAllLoopsTest : public testing::Test {
protected:
    void hand_out(const std::string& what) {
        for_all_.hand_out([this, what](std::size_t) { taken_.push_back(what); },
                          [this, what] { done_.push_back(what); });
    }
    void fill() {
        while (other_.post([] {})) {
        }
    }
    void run(EventLoop& loop) { loop.run_once(0ms); }
    // Until the main loop has looked again: the wait is none, so it is due at once.
    void run_main() {
        run(main_);
        run(main_);
    }

    EventLoop main_;
    EventLoop other_{1};
    ForAllLoops for_all_{{&main_, &other_}, 0ms};
    std::vector<std::string> taken_;
    std::vector<std::string> done_;
};

using Words = std::vector<std::string>;

TEST_F(ForAllLoopsTest, IsDoneOnceTheOtherLoopHasTakenIt) {
    hand_out("one");
    run_main();
    EXPECT_EQ(done_, Words{}) << "it was handed over, and no more";
    run(other_);
    run_main();
    EXPECT_EQ(taken_, Words{"one"});
    EXPECT_EQ(done_, Words{"one"});
}

TEST_F(ForAllLoopsTest, TriesAgainWhereAMailboxWasFull) {
    fill();
    hand_out("one");
    run_main();
    run(other_); // what it was full of
    EXPECT_EQ(taken_, Words{});
    run_main();
    run(other_);
    run_main();
    EXPECT_EQ(taken_, Words{"one"});
    EXPECT_EQ(done_, Words{"one"});
}

TEST_F(ForAllLoopsTest, TheNewestWinsWhereAMailboxWasFull) {
    fill();
    hand_out("old");
    run_main();
    hand_out("new");
    run_main();
    for (int i = 0; i < 3; ++i) {
        run(other_);
        run_main();
    }
    EXPECT_EQ(taken_, Words{"new"});
    EXPECT_EQ(done_, (Words{"old", "new"})) << "and both have been seen to";
}

// The new one is refused, and before its own next try comes that of the old one.
TEST_F(ForAllLoopsTest, TheNewestWinsWhereTheMailboxHasRoomAgainInTheSameRound) {
    fill();
    hand_out("old");
    run(main_); // the next try is due
    ASSERT_TRUE(main_.post([this] {
        hand_out("new");
        run(other_);
    }));
    for (int i = 0; i < 3; ++i) {
        run_main();
        run(other_);
    }
    run_main();
    EXPECT_EQ(taken_, Words{"new"});
    EXPECT_EQ(done_, (Words{"old", "new"}));
}

TEST_F(ForAllLoopsTest, OneHandedOverBeforeIsTakenBefore) {
    hand_out("old");
    hand_out("new"); // the mailbox has room for one
    run(other_);
    run_main();
    EXPECT_EQ(done_, Words{"old"});
    run(other_);
    run_main();
    EXPECT_EQ(taken_, (Words{"old", "new"}));
    EXPECT_EQ(done_, (Words{"old", "new"}));
}

TEST(ForAllLoops, IsDoneAtOnceWithoutOthers) {
    EventLoop main;
    ForAllLoops alone({&main});
    bool done = false;
    alone.hand_out([](std::size_t) { FAIL(); }, [&] { done = true; });
    EXPECT_TRUE(done);
    main.run_once(0ms);
}

} // namespace
} // namespace vv::net
