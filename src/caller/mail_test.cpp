#include "caller/mail.h"

#include <gtest/gtest.h>

namespace vv::caller {
namespace {

using Incoming = Inbox::Incoming;

TEST(Outbox, SendsAgainWhatTheServerHasNotUnchangedAndInOrder) {
    Outbox out;
    EXPECT_EQ(out.add("one"), (Letter{1, "one"}));
    (void)out.add("two");
    (void)out.add("three");
    out.handle_ack(2);
    out.handle_ack(2);
    out.handle_ack(9);
    EXPECT_EQ(out.to_resend(false), (std::vector<Letter>{{1, "one"}, {3, "three"}}));
    EXPECT_EQ(out.to_resend(true), (std::vector<Letter>{{1, "one"}, {2, "two"}, {3, "three"}}));
    EXPECT_EQ(out.to_resend(false).size(), 3U) << "a new life of the server has confirmed nothing";
}

TEST(Outbox, KeepsTheLastThatTheServerHasAndAllThatItHasNot) {
    Outbox out;
    for (std::uint64_t id = 1; id <= 100; ++id)
        (void)out.add("x");
    for (std::uint64_t id = 2; id <= 66; ++id)
        out.handle_ack(id);
    const auto all = out.to_resend(true);
    ASSERT_EQ(all.size(), 99U) << "of 65 with an ack one is forgotten";
    EXPECT_EQ(all[0].id, 1U);
    EXPECT_EQ(all[1].id, 3U);
}

TEST(Inbox, TakesEachBodyOnceAndInOrder) {
    Inbox in;
    EXPECT_FALSE(in.have());
    in.handle_accepted("e1");
    EXPECT_EQ(in.have(), (HaveMark{"e1", 0}));
    EXPECT_EQ(in.handle_relay("e1", 1, 1, "e1"), Incoming::kNew);
    EXPECT_EQ(in.handle_relay("e1", 1, 1, "e1"), Incoming::kDuplicate);
    EXPECT_EQ(in.handle_relay("e1", 3, 3, "e1"), Incoming::kGap);
    EXPECT_EQ(in.handle_relay("e0", 2, 2, "e1"), Incoming::kStale);
    EXPECT_EQ(in.have(), (HaveMark{"e1", 1}));
    in.handle_accepted("e2");
    EXPECT_EQ(in.have()->epoch, "e1") << "a second `accepted` is ignored";
    EXPECT_EQ(in.handle_relay("e2", 1, 1, "e2"), Incoming::kDuplicate) << "told again to a new life of the server";
    EXPECT_EQ(in.handle_relay("e2", 2, 2, "e2"), Incoming::kNew);
    EXPECT_EQ(in.have(), (HaveMark{"e2", 2}));
}

TEST(Inbox, TellsHowFarItHasComeEverySoManyBodies) {
    Inbox in;
    for (std::uint64_t id = 1; id < kTellHaveEvery; ++id)
        (void)in.handle_relay("e", id, id, "e");
    EXPECT_FALSE(in.is_time_to_tell());
    (void)in.handle_relay("e", kTellHaveEvery, kTellHaveEvery, "e");
    EXPECT_TRUE(in.is_time_to_tell());
    EXPECT_FALSE(in.is_time_to_tell());
}

} // namespace
} // namespace vv::caller
