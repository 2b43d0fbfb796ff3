#include "apps/full_chat.h"

#include <gtest/gtest.h>

namespace vv::apps {
namespace {

using namespace std::chrono_literals;
using Next = FullChat::Next;

constexpr Instant kStart{100s};

TEST(FullChat, TriesAgainForAWhileAndTellsOnce) {
    FullChat chat;
    EXPECT_EQ(chat.handle_full(kStart), Next::kTryAgain);
    EXPECT_EQ(chat.handle_full(kStart + 30s - 1ms), Next::kTryAgain);
    EXPECT_EQ(chat.handle_full(kStart + 30s), Next::kTellAndDrop);
    EXPECT_EQ(chat.handle_full(kStart + 31s), Next::kDrop);
    EXPECT_EQ(chat.handle_full(kStart + 90s), Next::kDrop);
}

TEST(FullChat, AMessageThatHasLeftIsANewBeginning) {
    FullChat chat;
    EXPECT_EQ(chat.handle_full(kStart), Next::kTryAgain);
    chat.clear();
    EXPECT_EQ(chat.handle_full(kStart + 40s), Next::kTryAgain);
    EXPECT_EQ(chat.handle_full(kStart + 70s), Next::kTellAndDrop);
    chat.clear();
    EXPECT_EQ(chat.handle_full(kStart + 71s), Next::kTryAgain);
}

TEST(FullChat, TheTimeOfABrokenConnectionIsNotCounted) {
    FullChat chat;
    EXPECT_EQ(chat.handle_full(kStart), Next::kTryAgain);
    chat.handle_interrupted();
    EXPECT_EQ(chat.handle_full(kStart + 40s), Next::kTryAgain);
}

} // namespace
} // namespace vv::apps
