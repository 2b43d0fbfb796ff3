// The policies that a page has as well (web/core/{offers,mending,direct_first,far_end,own_candidates,servers}.ts).
#include "call/direct_first.h"
#include "call/far_end.h"
#include "call/mending.h"
#include "call/offers.h"
#include "call/own_candidates.h"
#include "call/servers.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::call {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1000s};

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

// ---- offers

TEST(Offers, OneEndMakesTheLaterOnes) {
    Offers first;
    first.handle_begin(true);
    first.handle_first_round(false);
    EXPECT_TRUE(first.is_mine());
    Offers against_firefox;
    against_firefox.handle_begin(true);
    against_firefox.handle_first_round(true);
    EXPECT_FALSE(against_firefox.is_mine()) << "a Firefox makes them whoever made the first";
    Offers second;
    second.handle_begin(false);
    second.handle_first_round(false);
    EXPECT_FALSE(second.is_mine());
}

TEST(Offers, EachIsTakenOnceAndAnsweredByItsNumber) {
    Offers offers;
    EXPECT_TRUE(offers.take_new(1));
    EXPECT_FALSE(offers.take_new(1)) << "it came by the other way too";
    EXPECT_TRUE(offers.take_new(3));
    EXPECT_FALSE(offers.take_new(2));
    EXPECT_TRUE(offers.take_new({})) << "an older page does not number them";
    EXPECT_EQ(offers.handle_own(false, kStart, false), 1U);
    EXPECT_EQ(offers.handle_own(true, kStart, false), 2U);
    EXPECT_FALSE(offers.is_answer(1));
    EXPECT_TRUE(offers.is_answer(2));
    EXPECT_TRUE(offers.is_answer({}));
}

TEST(Offers, OneWithoutAnAnswerIsFollowedByAnotherInTime) {
    Offers offers;
    EXPECT_TRUE(offers.may_offer(false, kStart));
    (void)offers.handle_own(true, kStart, false);
    EXPECT_FALSE(offers.may_offer(false, kStart + 7999ms));
    EXPECT_TRUE(offers.may_offer(false, kStart + 8s));
    EXPECT_FALSE(offers.may_offer(false, kStart + 1999ms, true));
    EXPECT_TRUE(offers.may_offer(false, kStart + 2s, true));
    EXPECT_TRUE(offers.may_offer(true, kStart));
}

TEST(Offers, AWishThatAnOfferHasFulfilledLeadsToNothing) {
    Offers offers;
    offers.handle_begin(true);
    EXPECT_EQ(offers.handle_wish(true, 0, true, kStart), OfferDue::kRestart);
    EXPECT_EQ(offers.handle_wish(false, 0, true, kStart), OfferDue::kOffer);
    (void)offers.handle_own(true, kStart, false);
    EXPECT_EQ(offers.handle_wish(true, 0, false, kStart + 1s), OfferDue::kNone) << "it crossed that restart";
    EXPECT_FALSE(offers.take_owed());
    EXPECT_EQ(offers.handle_wish(true, 1, true, kStart + 1s), OfferDue::kRestart) << "that one has not helped";
    (void)offers.handle_own(false, kStart + 2s, false);
    EXPECT_EQ(offers.handle_wish(true, 1, false, kStart + 3s), OfferDue::kNone)
        << "it crossed one that restarts nothing";
    EXPECT_TRUE(offers.take_owed()) << "and is granted after it";
    EXPECT_FALSE(offers.take_owed());
    EXPECT_EQ(offers.handle_wish(true, 1, false, kStart + 10s), OfferDue::kRestart) << "whose answer does not come";
    (void)offers.handle_own(true, kStart + 11s, true);
    EXPECT_TRUE(offers.has_renewed_since(2));
    EXPECT_FALSE(offers.has_renewed_since(3));
}

// ---- mending

TEST(Mending, AnInterruptionThatStaysIsMended) {
    Mending mending;
    mending.handle_interrupted(kStart);
    EXPECT_FALSE(mending.is_broken()) << "there was nothing yet";
    mending.handle_connected(kStart);
    EXPECT_FALSE(mending.poll_timeout());
    mending.handle_interrupted(kStart + 10s);
    EXPECT_EQ(mending.poll_timeout(), kStart + 12s);
    EXPECT_FALSE(mending.wants_restart(kStart + 11999ms));
    EXPECT_TRUE(mending.wants_restart(kStart + 12s));
    mending.handle_restart(kStart + 12s);
    EXPECT_FALSE(mending.wants_restart(kStart + 19s));
    EXPECT_TRUE(mending.wants_restart(kStart + 20s)) << "eight seconds for each";
    mending.handle_connected(kStart + 21s);
    EXPECT_FALSE(mending.is_broken());
}

TEST(Mending, TheOneThatMakesNoOffersIsPatientAndASignHurries) {
    Mending mending;
    mending.set_patience(400ms);
    mending.handle_connected(kStart);
    mending.handle_failed(kStart + 20s, false);
    EXPECT_EQ(mending.poll_timeout(), kStart + 20s + 400ms);
    mending.handle_restart(kStart + 21s);
    EXPECT_EQ(mending.poll_timeout(), kStart + 29s + 400ms);
    mending.handle_sign(kStart + 21s + 500ms);
    EXPECT_TRUE(mending.has_sign());
    EXPECT_EQ(mending.poll_timeout(), kStart + 22s + 400ms) << "a second after the last at the soonest";
}

TEST(Mending, WhatNeverWasIsGivenUp) {
    Mending mending;
    mending.handle_failed(kStart, false);
    EXPECT_FALSE(mending.wants_restart(kStart + 7s));
    EXPECT_FALSE(mending.is_hopeless(kStart + 7999ms));
    EXPECT_TRUE(mending.is_hopeless(kStart + 8s));
    mending.handle_checking();
    EXPECT_FALSE(mending.is_hopeless(kStart + 9s)) << "checks run again";
}

TEST(Mending, DtlsThatIsOverNeedsAnotherConnection) {
    Mending mending;
    mending.handle_connected(kStart);
    mending.handle_failed(kStart + 20s, true);
    EXPECT_TRUE(mending.wants_renewal(kStart + 20s));
    EXPECT_TRUE(mending.take_renewal(kStart + 20s));
    EXPECT_FALSE(mending.wants_renewal(kStart + 27s));
    EXPECT_TRUE(mending.wants_renewal(kStart + 28s)) << "nobody has made it";
    mending.handle_renewed(kStart + 29s);
    EXPECT_FALSE(mending.wants_renewal(kStart + 60s));
    EXPECT_FALSE(mending.take_renewal(kStart + 60s));
    for (int i = 0; i < 3; ++i)
        mending.handle_renewed(kStart + 60s);
    EXPECT_TRUE(mending.renews_too_often(kStart + 63s));
    EXPECT_FALSE(mending.renews_too_often(kStart + 64s));
}

TEST(Mending, ManyInOneTroubleFollowEachOtherLessOften) {
    Mending mending;
    mending.handle_connected(kStart);
    mending.handle_failed(kStart + 20s, false);
    Instant now = kStart + 20s;
    for (unsigned i = 0; i <= kEagerRestarts; ++i) {
        ASSERT_EQ(mending.poll_timeout(), now);
        mending.handle_restart(now);
        now += i < kEagerRestarts ? 8s : 20s;
    }
    EXPECT_EQ(mending.poll_timeout(), now);
}

TEST(Mending, OneThatHelpedForAShortTimeIsFollowedSoon) {
    Mending mending;
    mending.handle_connected(kStart);
    mending.handle_failed(kStart + 20s, false);
    mending.handle_restart(kStart + 20s);
    mending.handle_connected(kStart + 20s + 200ms);
    mending.handle_failed(kStart + 20s + 300ms, false);
    EXPECT_EQ(mending.poll_timeout(), kStart + 21s);
    mending.handle_restart(kStart + 21s);
    mending.handle_connected(kStart + 21s + 200ms);
    mending.handle_failed(kStart + 21s + 300ms, false);
    EXPECT_EQ(mending.poll_timeout(), kStart + 23s) << "twice as long each time";
}

// ---- direct first

TEST(DirectFirst, TheRelayHasItsTurnAfterAFairChance) {
    DirectFirst direct;
    EXPECT_FALSE(direct.is_released());
    EXPECT_FALSE(direct.poll_timeout());
    direct.handle_checks_began(kStart);
    EXPECT_EQ(direct.poll_timeout(), kStart + 800ms);
    direct.handle_timeout(kStart + 800ms);
    EXPECT_TRUE(direct.is_released());
    EXPECT_FALSE(direct.must_avoid_direct());
    direct.handle_pair_found(kStart + 900ms);
    EXPECT_FALSE(direct.is_released()) << "a pair that works takes it back";
    EXPECT_EQ(direct.poll_timeout(), kStart + 4900ms);
    direct.handle_connected();
    EXPECT_FALSE(direct.poll_timeout());
    direct.handle_relay_needed();
    EXPECT_TRUE(direct.is_released()) << "the path is lost";
}

TEST(DirectFirst, APairThatCarriesNoHandshakeIsAvoided) {
    DirectFirst direct;
    direct.handle_checks_began(kStart);
    direct.handle_pair_found(kStart + 100ms);
    direct.handle_timeout(kStart + 4100ms);
    EXPECT_TRUE(direct.must_avoid_direct());
    direct.handle_renewed();
    EXPECT_FALSE(direct.must_avoid_direct());

    DirectFirst other;
    other.handle_checks_began(kStart);
    other.handle_pair_found(kStart);
    other.handle_partners_restart(kStart + 1999ms);
    EXPECT_FALSE(other.must_avoid_direct());
    other.handle_partners_restart(kStart + 2s);
    EXPECT_TRUE(other.must_avoid_direct());
}

TEST(DirectFirst, WhoHidesWaitsForNothing) {
    DirectFirst direct(true);
    EXPECT_TRUE(direct.is_released());
    direct.handle_checks_began(kStart);
    direct.handle_pair_found(kStart);
    EXPECT_FALSE(direct.poll_timeout());
}

// ---- where packets go

TEST(FarEnd, AnAddressOfOneDeviceAndOfMany) {
    for (const std::string_view one :
         {"45.140.30.10", "9.9.9.9", "100.63.0.1", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.1.0.1", "198.20.0.1",
          "223.255.1.1", "2a02:8109::2", "2001:67c:10::1", "3fff::1"})
        EXPECT_TRUE(is_of_one(ip(one))) << one;
    for (const std::string_view many :
         {"0.0.0.0",         "10.1.2.3",   "127.0.0.1",    "100.64.0.1",   "100.127.9.9",      "169.254.1.1",
          "172.16.0.1",      "172.31.9.9", "192.0.0.8",    "192.0.2.1",    "192.88.99.1",      "192.168.1.2",
          "198.18.0.1",      "198.19.0.1", "198.51.100.1", "203.0.113.9",  "224.0.0.1",        "240.0.0.1",
          "255.255.255.255", "::1",        "fe80::1",      "fd12:3456::1", "ff02::1",          "64:ff9b::1",
          "2001::1",         "2001:2::1",  "2001:1ff::1",  "2001:db8::1",  "2002:2d8c:1e0a::1"})
        EXPECT_FALSE(is_of_one(ip(many))) << many;
}

// Until neither has anything more to say.
void talk(FarEnd& a, FarEnd& b) {
    for (int round = 0; round < 4; ++round) {
        for (auto [from, to] : {std::pair(&a, &b), std::pair(&b, &a)}) {
            const auto said = from->poll_message();
            if (!said) continue;
            from->handle_said(*said);
            to->handle(*said);
        }
    }
}

TEST(FarEnd, IsReachedWhereEachSendsToAnAddressThatTheOtherHas) {
    const IpAddress ann = ip("2a02:8109:9ac1:1011::2");
    const IpAddress bob = ip("2804:14d4:8a71:2022::2");
    FarEnd a;
    FarEnd b;
    EXPECT_FALSE(a.poll_message());
    a.take(bob, {ann, ip("192.168.1.2")});
    b.take(ann, {bob});
    talk(a, b);
    EXPECT_TRUE(a.is_reached() && b.is_reached());

    const IpAddress middle = ip("45.140.30.10");
    a.take(middle, {ann});
    talk(a, b);
    EXPECT_FALSE(a.is_reached() || b.is_reached()) << "somebody stands in between";
    b.take(ip("192.168.1.3"), {bob});
    EXPECT_EQ(b.poll_message()->to, std::nullopt);
    b.leave();
    EXPECT_FALSE(b.is_reached());
}

// ---- candidates and servers

caller::CandidateInit candidate(std::string line) {
    return {.candidate = std::move(line), .mid = {}, .line = {}, .ufrag = {}};
}

TEST(OwnCandidates, TheFirstGoesAtOnceAndThoseBehindItTogether) {
    OwnCandidates candidates;
    EXPECT_FALSE(candidates.poll_body(kStart));
    candidates.add(candidate("1"));
    EXPECT_EQ(candidates.poll_body(kStart)->list.size(), 1U);
    candidates.add(candidate("2"));
    candidates.add(candidate("3"));
    EXPECT_FALSE(candidates.poll_body(kStart + 9ms));
    EXPECT_EQ(candidates.poll_timeout(), kStart + 10ms);
    candidates.handle_end();
    const auto body = candidates.poll_body(kStart + 10ms);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->list.size(), 2U);
    EXPECT_TRUE(body->end);
    EXPECT_FALSE(candidates.poll_body(kStart + 1s)) << "the end is told once";
    candidates.handle_restart();
    candidates.handle_end();
    EXPECT_TRUE(candidates.poll_body(kStart + 2s)->end) << "and once for each gathering";
}

TEST(OwnCandidates, ABodyHasOnlySoMany) {
    OwnCandidates candidates;
    for (std::size_t i = 0; i <= caller::kCandidatesMax; ++i)
        candidates.add(candidate(std::to_string(i)));
    candidates.handle_end();
    const auto first = candidates.poll_body(kStart);
    EXPECT_EQ(first->list.size(), caller::kCandidatesMax);
    EXPECT_FALSE(first->end);
    const auto second = candidates.poll_body(kStart);
    EXPECT_EQ(second->list.size(), 1U);
    EXPECT_TRUE(second->end);
}

TEST(Servers, AreAskedForWhereOldOrDoubtedAndWaitedForAWhile) {
    Servers servers;
    servers.take(kStart, {});
    EXPECT_FALSE(servers.must_ask(kStart + 539s, false));
    EXPECT_TRUE(servers.must_ask(kStart + 540s, false));
    EXPECT_TRUE(servers.must_ask(kStart, true));
    servers.handle_asked(kStart, true, false);
    EXPECT_EQ(servers.wait_until(), kStart + 2s);
    servers.handle_asked(kStart, true, true);
    EXPECT_EQ(servers.wait_until(), kStart + 500ms);
    servers.handle_timeout();
    EXPECT_TRUE(servers.is_owed());
    servers.take(kStart + 3s, {});
    EXPECT_FALSE(servers.is_owed());
    EXPECT_FALSE(servers.must_ask(kStart + 4s, true)) << "they came late, and the restart is for their sake";
    EXPECT_TRUE(servers.must_ask(kStart + 4s, true));
    servers.handle_asked(kStart + 5s, false, false);
    EXPECT_FALSE(servers.wait_until()) << "the server is away";
    EXPECT_TRUE(servers.is_owed());
}

} // namespace
} // namespace vv::call
