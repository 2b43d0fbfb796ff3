#include "call/partner.h"
#include "call/world_for_test.h"
#include "caller/control.h"

namespace vv::call::test {
namespace {

using caller::EndReason;

// Sound and pictures both ways, and what of them came.
void exchange_media(World& world, End& a, End& b) {
    for (std::uint32_t number = 0; number < 25; ++number) {
        for (End* end : {&a, &b}) {
            EXPECT_TRUE(end->call.send_audio(world.time(), number * 960, peer::test::sound(number)));
            EXPECT_TRUE(
                end->call.send_video(world.time(), number * 3000, peer::test::picture(number, number == 0, 2000)));
        }
        world.drain();
        world.run_for(20ms);
    }
    world.run_for(200ms);
    for (const End* end : {&a, &b}) {
        EXPECT_GE(end->count<SoundHeard>(), 20U);
        EXPECT_EQ(end->count<PictureSeen>(), 25U);
    }
}

bool say(World& world, End& end, std::string_view text) {
    const bool is_said = end.call.chat(world.time(), text).has_value();
    world.drain();
    return is_said;
}

// What was on its way when a path changed is sent again first.
bool is_heard(World& world, const End& end, std::string_view text) {
    return world.run_for(3s, [&] {
        const auto* heard = end.last<ChatHeard>();
        return heard != nullptr && heard->text == text;
    });
}

void expect_same_code(const End& a, const End& b) {
    ASSERT_EQ(a.count<CodeFound>(), 1U);
    ASSERT_EQ(b.count<CodeFound>(), 1U);
    EXPECT_EQ(a.last<CodeFound>()->code, b.last<CodeFound>()->code);
    EXPECT_EQ(a.count<CodeMissing>() + b.count<CodeMissing>(), 0U);
}

TEST(Call, StrangersInARoomSeeHearAndWriteToEachOther) {
    World world;
    End& a = world.add(in_room());
    End& b = world.add(in_room());
    ASSERT_TRUE(world.connect(a, b));
    world.run_for(1s);
    expect_same_code(a, b);
    exchange_media(world, a, b);
    ASSERT_TRUE(say(world, a, "வணக்கம்"));
    ASSERT_TRUE(say(world, b, "hello"));
    world.run_for(100ms);
    ASSERT_EQ(b.count<ChatHeard>(), 1U);
    EXPECT_EQ(b.last<ChatHeard>()->text, "வணக்கம்");
    EXPECT_EQ(a.last<ChatHeard>()->text, "hello");
    EXPECT_EQ(a.last<Met>()->media, lobby::Media::kVideo);
    EXPECT_TRUE(a.last<PartnerMedia>()->has_picture);
    EXPECT_EQ(a.count<Restarted>() + b.count<Restarted>(), 0U);

    const Report report = a.call.report();
    for (const auto& phase : {report.phases.online, report.phases.met, report.phases.accepted, report.phases.begun,
                              report.phases.path, report.phases.secured, report.phases.code, report.phases.media})
        EXPECT_TRUE(phase.has_value());
    EXPECT_LE(report.phases.begun, report.phases.path);
    EXPECT_LE(report.phases.path, report.phases.secured);
    ASSERT_TRUE(report.path);
    EXPECT_FALSE(report.path->is_relayed());
    ASSERT_TRUE(report.partner_path);
    EXPECT_FALSE(report.partner_path->is_relayed);
    EXPECT_FALSE(report.security->cipher.empty());
    EXPECT_TRUE(report.security->srtp);
    EXPECT_EQ(report.chats_sent, 1U);
    EXPECT_EQ(report.chats_heard, 1U);
    EXPECT_GT(report.sound.sent.packets, 20U);
    EXPECT_GT(report.round_trip, 15ms);
}

TEST(Call, WhoIsAskedAnswers) {
    World world;
    Options asks = in_room();
    asks.accepts = false;
    End& a = world.add(asks);
    End& b = world.add(in_room());
    world.run_for(2s);
    ASSERT_EQ(a.count<Met>(), 1U);
    EXPECT_EQ(a.count<Begun>(), 0U) << "not before both have accepted";
    EXPECT_TRUE(a.gathered.empty() && b.gathered.empty()) << "nor does anybody look for addresses";
    EXPECT_FALSE(a.call.report().phases.accepted);
    a.call.accept(world.time());
    EXPECT_TRUE(world.connect(a, b));

    End& c = world.add(asks);
    End& d = world.add(in_room());
    world.run_for(1s);
    ASSERT_EQ(c.count<Met>(), 1U);
    c.call.decline(world.time());
    world.run_for(5s);
    EXPECT_EQ(c.ended(), EndReason::kYou);
    EXPECT_EQ(d.count<Unmet>(), 1U);
    EXPECT_EQ(d.connection, nullptr) << "a stranger's connection is nobody else's";
}

TEST(Call, APrivateLinkNeedsNoAnswer) {
    World world;
    End& a = world.add(by_link(1));
    End& b = world.add(by_link(2));
    ASSERT_TRUE(world.connect(a, b));
    world.run_for(1s);
    expect_same_code(a, b);
    exchange_media(world, a, b);
    for (const End* end : {&a, &b}) {
        for (const std::string& text : end->person.said)
            EXPECT_FALSE(text.contains("candidate:")) << "the server reads nothing of a private call";
    }
}

TEST(Call, WhoSendsNothingHearsAndSees) {
    World world;
    Options listens = in_room();
    listens.sends_sound = listens.sends_picture = false;
    End& a = world.add(listens);
    End& b = world.add(in_room());
    ASSERT_TRUE(world.connect(a, b));
    EXPECT_EQ(b.last<Met>()->media, lobby::Media::kSound);
    EXPECT_FALSE(a.call.send_audio(world.time(), 0, peer::test::sound(0)));
    for (std::uint32_t number = 0; number < 10; ++number) {
        EXPECT_TRUE(b.call.send_audio(world.time(), number * 960, peer::test::sound(number)));
        world.drain();
        world.run_for(20ms);
    }
    world.run_for(200ms);
    EXPECT_GE(a.count<SoundHeard>(), 8U);
    EXPECT_FALSE(b.last<PartnerMedia>()->has_sound);
}

TEST(Call, LeavesWithAWordThatNeedsNoServer) {
    World world;
    End& a = world.add(in_room());
    End& b = world.add(in_room());
    ASSERT_TRUE(world.connect(a, b));
    world.run_for(1s);
    for (End* end : {&a, &b}) {
        world.signaling.cut(end->person);
        end->person.is_reachable = false;
    }
    world.run_for(1s);
    EXPECT_TRUE(a.call.is_connected()) << "a call needs no server";
    EXPECT_EQ(a.last<StandingChanged>()->standing, caller::Standing::kAway);
    ASSERT_TRUE(say(world, a, "still here"));
    EXPECT_TRUE(is_heard(world, b, "still here"));
    a.call.leave(world.time());
    world.drain();
    world.run_for(100ms);
    EXPECT_EQ(a.ended(), EndReason::kYou);
    EXPECT_EQ(a.count<Over>(), 1U);
    EXPECT_EQ(b.ended(), EndReason::kLeft);
    EXPECT_EQ(b.connection, nullptr);
}

TEST(Call, GoesOnToSomebodyElse) {
    World world;
    End& a = world.add(in_room());
    End& b = world.add(in_room());
    ASSERT_TRUE(world.connect(a, b));
    const auto code = a.call.report().code;
    a.call.next(world.time());
    world.drain();
    world.run_for(1s);
    EXPECT_EQ(b.ended(), EndReason::kNext);
    EXPECT_EQ(a.ended(), EndReason::kYou);
    End& c = world.add(in_room());
    ASSERT_TRUE(world.connect(a, c));
    world.run_for(1s);
    EXPECT_EQ(a.call.report().code, c.call.report().code);
    EXPECT_NE(a.call.report().code, code);
    EXPECT_EQ(a.connections, 2U);
}

TEST(Call, ABrokenPathIsMended) {
    World world;
    End& a = world.add(in_room());
    End& b = world.add(in_room());
    ASSERT_TRUE(world.connect(a, b));
    world.run_for(2s);
    world.carries = [](const End&) { return false; };
    ASSERT_TRUE(world.run_for(15s, [&] { return a.count<Restarted>() > 0 || b.count<Restarted>() > 0; }));
    EXPECT_EQ(a.count<Interrupted>() + b.count<Interrupted>(), 2U);
    world.carries = {};
    ASSERT_TRUE(world.run_for(20s, [&] { return a.count<Connected>() == 2 && b.count<Connected>() == 2; }));
    EXPECT_EQ(a.connections, 1U) << "by a restart of ICE, under the same keys";
    EXPECT_EQ(a.count<CodeFound>(), 1U);
    EXPECT_EQ(a.call.report().renewals, 0U);
    ASSERT_TRUE(say(world, a, "again"));
    EXPECT_TRUE(is_heard(world, b, "again"));
}

TEST(Call, AnotherNetworkIsTakenAtOnce) {
    for (const bool first_moves : {true, false}) {
        World world;
        End& a = world.add(in_room());
        End& b = world.add(in_room());
        ASSERT_TRUE(world.connect(a, b));
        world.run_for(2s);
        End& moving = a.last<Met>()->is_first == first_moves ? a : b;
        world.move(moving);
        const Instant moved = world.time();
        ASSERT_TRUE(world.run_for(20s, [&] { return moving.count<Connected>() == 2; }));
        // Whoever makes no offers leaves it to the other to see it first.
        EXPECT_LT(world.time() - moved, first_moves ? 500ms : 1s);
        ASSERT_TRUE(say(world, a, "from elsewhere"));
        EXPECT_TRUE(is_heard(world, b, "from elsewhere"));
    }
}

TEST(Call, AConnectionThatIsGoneIsRenewed) {
    for (const bool first_breaks : {true, false}) {
        World world;
        End& a = world.add(in_room());
        End& b = world.add(in_room());
        ASSERT_TRUE(world.connect(a, b));
        world.run_for(2s);
        const auto code = a.call.report().code;
        End& broken = a.last<Met>()->is_first == first_breaks ? a : b;
        broken.connection->close(world.time()); // without a goodbye
        world.drain();
        ASSERT_TRUE(world.run_for(20s, [&] {
            return a.connections == 2 && b.connections == 2 && a.call.is_connected() && b.call.is_connected();
        })) << first_breaks;
        ASSERT_TRUE(say(world, a, "over another"));
        EXPECT_TRUE(is_heard(world, b, "over another"));
        EXPECT_EQ(a.call.report().renewals, 1U);
        EXPECT_EQ(a.call.report().code, code) << "one run for the whole call";
        EXPECT_FALSE(a.ended() || b.ended());
    }
}

TEST(Call, AnotherCertificateThanWasVouchedForEndsTheCall) {
    World world;
    End& a = world.add(in_room());
    a.tampers = [](caller::ClientEvent& event) {
        if (auto* begun = std::get_if<caller::Begun>(&event)) begun->partner.fingerprint.back() ^= 1;
    };
    End& b = world.add(in_room());
    ASSERT_TRUE(world.run_for(10s, [&] { return a.ended() && b.ended(); }));
    EXPECT_EQ(a.ended(), EndReason::kFingerprint);
    EXPECT_EQ(b.ended(), EndReason::kFailed);
    EXPECT_EQ(a.count<Connected>() + b.count<Connected>(), 0U);
}

TEST(Call, CodesThatDifferEndIt) {
    World world;
    End& a = world.add(in_room());
    End& b = world.add(in_room());
    ASSERT_TRUE(world.connect(a, b));
    world.run_for(1s);
    a.call.confirm_code(world.time(), true);
    EXPECT_EQ(a.call.report().is_code_same, true);
    EXPECT_TRUE(a.call.is_connected());
    b.call.confirm_code(world.time(), false);
    world.drain();
    world.run_for(1s);
    EXPECT_EQ(b.ended(), EndReason::kFingerprint);
    EXPECT_EQ(a.ended(), EndReason::kLost);
}

TEST(Call, APartnerWhoLoadsAgainIsMetAgain) {
    World world;
    End& a = world.add(by_link(1));
    End& b = world.add(by_link(2));
    ASSERT_TRUE(world.connect(a, b));
    world.run_for(1s);
    End& again = world.add(by_link(2)); // the same seat
    ASSERT_TRUE(world.connect(a, again));
    world.run_for(1s);
    EXPECT_EQ(b.ended(), EndReason::kReplaced);
    ASSERT_NE(a.last<Unmet>(), nullptr);
    EXPECT_EQ(a.last<Unmet>()->why, caller::UnmetReason::kReload);
    EXPECT_EQ(a.count<CodeFound>(), 2U);
    EXPECT_EQ(a.last<CodeFound>()->code, again.last<CodeFound>()->code);
}

TEST(Call, WithNoPathItFailsInTime) {
    World world;
    world.carries = [](const End&) { return false; };
    End& a = world.add(in_room());
    End& b = world.add(in_room());
    world.run_for(25s);
    EXPECT_FALSE(a.ended());
    // The relay had its turn.
    EXPECT_FALSE(a.gathered.front().uses_relays);
    EXPECT_TRUE(a.gathered.back().uses_relays && b.gathered.back().uses_relays);
    EXPECT_FALSE(a.gathered.back().is_relay_only);
    ASSERT_TRUE(world.run_for(10s, [&] { return a.ended() && b.ended(); }));
    EXPECT_EQ(a.ended(), EndReason::kFailed);
    EXPECT_EQ(b.ended(), EndReason::kFailed);
}

TEST(Call, WhoHidesAsksForTheRelayAlone) {
    World world;
    Options hides = in_room();
    hides.hides_address = true;
    hides.relay_ways.udp = false;
    End& a = world.add(hides);
    End& b = world.add(in_room());
    world.run_for(2s);
    EXPECT_TRUE(a.call.is_relay_only());
    EXPECT_EQ(a.ended(), EndReason::kNoRelay) << "the server's only relay is one over UDP";

    EXPECT_EQ(b.ended(), EndReason::kFailed);

    hides.relay_ways = {};
    End& c = world.add(hides);
    End& d = world.add(in_room());
    world.run_for(2s);
    ASSERT_EQ(c.gathered.size(), 1U);
    EXPECT_TRUE(c.gathered.front().uses_relays && c.gathered.front().is_relay_only);
    ASSERT_FALSE(d.gathered.empty());
    EXPECT_TRUE(d.gathered.front().uses_relays) << "there is nothing to wait for";
    EXPECT_FALSE(d.gathered.front().is_relay_only);
}

TEST(Call, ChatHasItsLimits) {
    World world;
    End& a = world.add(in_room());
    EXPECT_EQ(a.call.chat(world.time(), "nobody").error(), ChatError::kNotConnected);
    End& b = world.add(in_room());
    ASSERT_TRUE(world.connect(a, b));
    EXPECT_EQ(a.call.chat(world.time(), "").error(), ChatError::kBadSize);
    EXPECT_EQ(a.call.chat(world.time(), "\xFF").error(), ChatError::kNotText);
    EXPECT_EQ(a.call.chat(world.time(), std::string(kChatLettersMax + 1, 'x')).error(), ChatError::kBadSize);
    EXPECT_TRUE(a.call.chat(world.time(), std::string(kChatLettersMax, 'x')));
    std::string pairs; // of UTF-16
    for (std::size_t i = 0; i < kChatLettersMax / 2; ++i)
        pairs += "🐘";
    EXPECT_TRUE(a.call.chat(world.time(), pairs));
    EXPECT_EQ(a.call.chat(world.time(), pairs + "x").error(), ChatError::kBadSize);
    world.run_for(2s);
    EXPECT_EQ(b.count<ChatHeard>(), 2U);
}

// What the partner says on the control channel, word by word.
void say_on_control(World& world, End& end, std::string_view text) {
    ASSERT_TRUE(end.connection->send_text(world.time(), peer::ChannelId(1), text));
    world.drain();
    world.run_for(200ms);
}

TEST(Call, WhatBreaksWhileTheServerIsAwayIsMendedWhenItIsBack) {
    World world;
    End& a = world.add(in_room());
    End& b = world.add(in_room());
    ASSERT_TRUE(world.connect(a, b));
    world.run_for(2s);
    for (End* end : {&a, &b}) {
        world.signaling.cut(end->person);
        end->person.is_reachable = false;
    }
    world.move(a);
    world.run_for(10s);
    EXPECT_FALSE(a.call.is_connected());
    EXPECT_FALSE(a.ended() || b.ended()) << "either may come back";
    for (End* end : {&a, &b})
        end->person.is_reachable = true;
    ASSERT_TRUE(world.run_for(30s, [&] { return a.call.is_connected() && b.call.is_connected(); }));
    EXPECT_EQ(a.connections, 1U);
    ASSERT_TRUE(say(world, b, "back"));
    EXPECT_TRUE(is_heard(world, a, "back"));
}

TEST(Call, WithoutServerAndPathItIsLost) {
    World world;
    End& a = world.add(in_room());
    End& b = world.add(in_room());
    ASSERT_TRUE(world.connect(a, b));
    world.run_for(1s);
    world.carries = [](const End&) { return false; };
    world.signaling.cut(b.person);
    b.person.is_reachable = false;
    // The server keeps the seat for five minutes.
    ASSERT_TRUE(world.run_for(400s, [&] { return a.ended().has_value(); }));
    EXPECT_EQ(a.ended(), EndReason::kGone);
    EXPECT_FALSE(b.ended()) << "it knows of no end";
}

TEST(Call, NoPictureIsSentToWhoWantsNone) {
    World world;
    End& a = world.add(in_room());
    End& b = world.add(in_room());
    ASSERT_TRUE(world.connect(a, b));
    world.run_for(1s);
    say_on_control(world, b, R"({"kind":"limit","most":{"height":0,"fps":30}})");
    ASSERT_EQ(a.last<PictureLimit>()->most, (PictureLimit::Most{0, 30}));
    EXPECT_TRUE(a.call.send_video(world.time(), 0, peer::test::picture(0, true, 100)));
    world.run_for(200ms);
    EXPECT_EQ(b.count<PictureSeen>(), 0U);
    EXPECT_EQ(a.count<KeyframeWanted>(), 0U);
    say_on_control(world, b, R"({"kind":"limit","most":null})");
    EXPECT_EQ(a.last<PictureLimit>()->most, std::nullopt);
    EXPECT_EQ(a.count<KeyframeWanted>(), 1U) << "what was held back is missing";
    EXPECT_TRUE(a.call.send_video(world.time(), 3000, peer::test::picture(1, true, 100)));
    world.drain();
    world.run_for(200ms);
    EXPECT_EQ(b.count<PictureSeen>(), 1U);
}

TEST(Call, AnotherCertificateLaterEndsItToo) {
    World world;
    End& a = world.add(in_room());
    End& b = world.add(in_room());
    ASSERT_TRUE(world.connect(a, b));
    world.run_for(1s);
    End& offering = a.last<Met>()->is_first ? a : b;
    End& answering = &offering == &a ? b : a;
    // Who answers hears no answer that it has not asked for, and the one that offers no offer.
    say_on_control(world, answering,
                   R"({"kind":"body","body":{"kind":"offer","sdp":"v=0","round":9,"renewed":false}})");
    EXPECT_FALSE(offering.ended());
    say_on_control(world, offering, R"({"kind":"body","body":{"kind":"answer","sdp":"v=0","round":0}})");
    EXPECT_FALSE(answering.ended());
    const auto forged = offering.connection->make_offer(world.time());
    ASSERT_TRUE(forged);
    std::string sdp = *forged;
    const std::size_t at = sdp.find("a=fingerprint:sha-256 ") + 22;
    sdp[at] = sdp[at] == '0' ? '1' : '0';
    say_on_control(world, offering, caller::write_control(caller::BodyControl{caller::OfferBody{sdp, 1, false}}));
    EXPECT_EQ(answering.ended(), EndReason::kFingerprint);
}

TEST(Call, AWordTooManyAboutTheCodeIsSeen) {
    World world;
    End& a = world.add(in_room());
    End& b = world.add(in_room());
    bool has_lied = false;
    ASSERT_TRUE(world.run_for(10s, [&] {
        if (!has_lied && a.call.is_connected()) {
            has_lied = true;
            EXPECT_TRUE(
                a.connection->send_text(world.time(), peer::ChannelId(1), R"({"kind":"code","step":"sealed"})"));
        }
        return b.last<CodeMissing>() != nullptr;
    }));
    EXPECT_EQ(b.last<CodeMissing>()->flaw, caller::CodeFlaw::kOrder);
    world.run_for(15s);
    EXPECT_EQ(b.count<CodeFound>(), 0U) << "a run is not begun again";
    EXPECT_EQ(a.last<CodeMissing>()->flaw, std::nullopt) << "the other hears nothing more of it";
    EXPECT_TRUE(a.call.is_connected() && b.call.is_connected());
}

TEST(Call, OnlySoManyBodiesAreReadFromTheChannel) {
    World world;
    End& a = world.add(in_room());
    End& b = world.add(in_room());
    ASSERT_TRUE(world.connect(a, b));
    world.run_for(2s);
    End& offering = a.last<Met>()->is_first ? a : b;
    End& answering = &offering == &a ? b : a;
    const std::size_t before = offering.person.said.size();
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(answering.connection->send_text(
            world.time(), peer::ChannelId(1),
            R"({"kind":"body","body":{"kind":"offer_wanted","restart":false,"round":0,"renew":false}})"));
    }
    world.drain();
    world.run_for(3s);
    EXPECT_LE(offering.person.said.size() - before, kChannelBodiesMax);
    EXPECT_FALSE(a.ended() || b.ended());
    EXPECT_TRUE(a.call.is_connected() && b.call.is_connected());
}

} // namespace
} // namespace vv::call::test
