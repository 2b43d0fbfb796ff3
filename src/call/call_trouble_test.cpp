// What goes wrong around a call, and must not end or stop it.
#include "call/world_for_test.h"

namespace vv::call::test {
namespace {

using caller::EndReason;

// Two who are connected and have said what is said first.
struct CallTrouble : testing::Test {
    CallTrouble() : a(world.add(in_room())), b(world.add(in_room())) {}
    void SetUp() override {
        ASSERT_TRUE(world.connect(a, b));
        world.run_for(2s);
    }
    // The first channel is that of control, the second that of the chat.
    const peer::ChannelId kControl{1};
    const peer::ChannelId kChat{2};

    World world;
    End& a;
    End& b;
};

TEST_F(CallTrouble, ACallGoesOnWhenTheSessionIsOver) {
    constexpr std::uint16_t kOtherVersion = 4004;
    world.signaling.server.cut(std::exchange(a.person.connection, 0));
    a.person.client.handle_closed(world.time(), kOtherVersion);
    world.drain();
    world.run_for(60s);
    EXPECT_TRUE(a.call.is_connected() && b.call.is_connected());
    EXPECT_EQ(a.last<StandingChanged>()->standing, caller::Standing::kGone);
    EXPECT_EQ(a.count<Over>(), 0U) << "there is more to come";
    EXPECT_FALSE(a.ended() || b.ended());

    world.carries = [](const End&) { return false; };
    ASSERT_TRUE(world.run_for(15s, [&] { return a.count<Interrupted>() == 1; }));
    const Instant broken = world.time();
    ASSERT_TRUE(world.run_for(60s, [&] { return a.ended().has_value(); }));
    EXPECT_EQ(a.ended(), EndReason::kLost);
    EXPECT_EQ(world.time() - broken, caller::kLostTime);
    ASSERT_EQ(a.count<Over>(), 1U);
    EXPECT_EQ(a.last<Over>()->why, caller::SessionEnd::kVersion);
    EXPECT_TRUE(std::holds_alternative<Over>(a.events.back()));
    EXPECT_TRUE(a.call.report().phases.ended);
}

TEST_F(CallTrouble, WithoutASessionThePartnersGoodbyeIsHeardAllTheSame) {
    world.signaling.server.cut(std::exchange(a.person.connection, 0));
    a.person.client.handle_closed(world.time(), 4004);
    world.drain();
    b.call.next(world.time());
    world.drain();
    world.run_for(1s);
    EXPECT_EQ(a.ended(), EndReason::kNext);
    EXPECT_EQ(a.count<Over>(), 1U);
    a.call.next(world.time());
    world.drain();
    world.run_for(1s);
    EXPECT_EQ(a.ended(), EndReason::kSession);
}

TEST_F(CallTrouble, AChatThatThePartnerHasClosedIsNoneThatIsFull) {
    b.connection->close_channel(world.time(), kChat);
    world.drain();
    world.run_for(1s);
    EXPECT_TRUE(a.call.is_connected());
    EXPECT_EQ(a.call.chat(world.time(), "to whom").error(), ChatError::kNotConnected);
    EXPECT_EQ(a.call.report().chats_sent, 0U);
}

TEST_F(CallTrouble, WhatStillArrivesIsStillSentWhenNothingComesBack) {
    world.carries = [this](const End& from) { return &from == &a; };
    ASSERT_TRUE(world.run_for(15s, [&] { return a.count<Interrupted>() == 1; }));
    EXPECT_FALSE(a.call.is_connected());
    const std::size_t heard = b.count<SoundHeard>();
    EXPECT_TRUE(a.call.send_audio(world.time(), 0, peer::test::sound(0)));
    EXPECT_TRUE(a.call.send_audio(world.time(), 960, peer::test::sound(1)));
    EXPECT_TRUE(a.call.send_video(world.time(), 0, peer::test::picture(0, true, 500)));
    EXPECT_TRUE(a.call.chat(world.time(), "can you hear me"));
    world.drain();
    world.run_for(500ms);
    EXPECT_GT(b.count<SoundHeard>(), heard);
    EXPECT_EQ(b.count<PictureSeen>(), 1U);
    EXPECT_EQ(b.count<ChatHeard>(), 1U);
}

TEST_F(CallTrouble, OverAnotherConnectionNoLimitIsKnown) {
    ASSERT_TRUE(b.connection->send_text(world.time(), kControl, R"({"kind":"limit","most":{"height":0,"fps":0}})"));
    world.drain();
    world.run_for(200ms);
    ASSERT_TRUE(a.last<PictureLimit>() != nullptr && a.last<PictureLimit>()->most);
    b.connection->close(world.time()); // without a goodbye
    world.drain();
    ASSERT_TRUE(world.run_for(20s, [&] {
        return a.connections == 2 && b.connections == 2 && a.call.is_connected() && b.call.is_connected();
    }));
    EXPECT_EQ(a.count<PictureLimit>(), 2U);
    EXPECT_EQ(a.last<PictureLimit>()->most, std::nullopt);
    EXPECT_GE(a.count<KeyframeWanted>(), 1U) << "what was held back is missing";
    EXPECT_TRUE(a.call.send_video(world.time(), 3000, peer::test::picture(1, true, 500)));
    world.drain();
    world.run_for(500ms);
    EXPECT_EQ(b.count<PictureSeen>(), 1U);
}

} // namespace
} // namespace vv::call::test
