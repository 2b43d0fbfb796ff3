// Two ends that offer at once, one of which takes its offer back; and what comes between an offer and its answer.
#include "peer/pair_for_test.h"
#include "sdp/description.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::peer::test {
namespace {

using sdp::Direction;

class Glare : public PairWithChannel {
protected:
    [[nodiscard]] std::string offer_of(End& end, IceRestart restart) {
        auto offer = end.connection.make_offer(pair.now, restart);
        EXPECT_TRUE(offer.has_value());
        pair.drain();
        return offer.value_or(std::string());
    }
    /// By the offer of from, which to has not seen.
    void finish(End& from, const std::string& offer) {
        End& to = pair.other(from);
        const auto taken = to.connection.take_offer(pair.now, offer);
        ASSERT_TRUE(taken.has_value()) << taken.error().why;
        answer = to.connection.make_answer(pair.now).value();
        pair.drain();
        const auto done = from.connection.take_answer(pair.now, answer);
        ASSERT_TRUE(done.has_value()) << done.error().why;
        pair.drain();
    }
    [[nodiscard]] bool carries() {
        pair.a.messages.clear();
        pair.b.messages.clear();
        EXPECT_TRUE(pair.a.connection.send_text(pair.now, id, "from a"));
        EXPECT_TRUE(pair.b.connection.send_text(pair.now, at_b, "from b"));
        pair.drain();
        return pair.run_for(5s, [&] { return !pair.a.messages.empty() && !pair.b.messages.empty(); });
    }
    [[nodiscard]] std::string ufrag_of(const End& end) const { return end.connection.ice().local_credentials().ufrag; }
    [[nodiscard]] std::string ufrag_in(const std::string& text) const {
        return sdp::parse_description(text).value().media.at(0).transport.ufrag;
    }
    [[nodiscard]] bool is_completed() const {
        return pair.a.connection.ice().state() == ice::State::kCompleted &&
               pair.b.connection.ice().state() == ice::State::kCompleted;
    }

    std::string answer;
};

TEST_F(Glare, TheFirstOffersMeetAndOneIsTakenBack) {
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    pair.add_sockets();
    (void)offer_of(pair.a, IceRestart::kNo);
    const std::string offer = offer_of(pair.b, IceRestart::kNo);
    EXPECT_FALSE(pair.a.connection.take_offer(pair.now, offer).has_value());
    EXPECT_TRUE(pair.a.connection.withdraw_offer(pair.now));
    EXPECT_FALSE(pair.a.connection.withdraw_offer(pair.now)) << "there is none any more";
    finish(pair.b, offer);
    EXPECT_TRUE(pair.run_for(5s, [&] { return pair.a.is(State::kConnected) && pair.b.is(State::kConnected); }));
    EXPECT_FALSE(pair.a.connection.ice().is_controlling());
    EXPECT_TRUE(pair.b.connection.ice().is_controlling());
}

TEST_F(Glare, AnAnswerToWhatWasTakenBackIsRefused) {
    connect();
    const std::string offer = offer_of(pair.a, IceRestart::kNo);
    ASSERT_TRUE(pair.b.connection.take_offer(pair.now, offer).has_value());
    const std::string late = pair.b.connection.make_answer(pair.now).value();
    EXPECT_TRUE(pair.a.connection.withdraw_offer(pair.now));
    EXPECT_FALSE(pair.a.connection.take_answer(pair.now, late).has_value());
    EXPECT_TRUE(carries());
}

TEST_F(Glare, BothRestartAtOnce) {
    connect();
    const std::string a = ufrag_of(pair.a);
    const std::string b = ufrag_of(pair.b);
    (void)offer_of(pair.a, IceRestart::kYes);
    const std::string offer = offer_of(pair.b, IceRestart::kYes);
    EXPECT_TRUE(pair.a.connection.withdraw_offer(pair.now));
    finish(pair.b, offer);
    EXPECT_NE(ufrag_of(pair.a), a);
    EXPECT_NE(ufrag_of(pair.b), b);
    EXPECT_EQ(ufrag_in(answer), ufrag_of(pair.a));
    ASSERT_TRUE(pair.run_for(5s, [&] { return is_completed(); }));
    pair.run_for(10s); // the older generation is let go
    EXPECT_TRUE(carries());
}

// The answer speaks of the generation that holds, and the restart comes with the next offer of this end.
TEST_F(Glare, ARestartThatWasTakenBackIsMadeUpFor) {
    connect();
    const std::string before = ufrag_of(pair.a);
    (void)offer_of(pair.a, IceRestart::kYes);
    const std::string ahead = ufrag_of(pair.a);
    const std::string offer = offer_of(pair.b, IceRestart::kNo);
    EXPECT_TRUE(pair.a.connection.withdraw_offer(pair.now));
    finish(pair.b, offer);
    EXPECT_EQ(ufrag_in(answer), before);
    EXPECT_TRUE(carries()) << "the path before the restart";
    pair.run_for(60s); // consent goes on
    EXPECT_TRUE(carries());

    const std::string next = offer_of(pair.a, IceRestart::kNo);
    EXPECT_EQ(ufrag_in(next), ahead);
    finish(pair.a, next);
    ASSERT_TRUE(pair.run_for(5s, [&] { return is_completed(); }));
    pair.run_for(10s);
    EXPECT_TRUE(carries());
    EXPECT_EQ(pair.a.states.size(), 2U) << "connecting, connected";
}

// ---- candidates

TEST_F(Glare, CandidatesOfTheNextGenerationMayComeBeforeItsOffer) {
    connect();
    pair.a.trickles = false;
    const std::string offer = offer_of(pair.a, IceRestart::kYes);
    const Candidate early{.line = "candidate:7 1 udp 2122260223 early-in-the-day.local 5000 typ host",
                          .mid = "0",
                          .ufrag = ufrag_of(pair.a)};
    EXPECT_TRUE(pair.b.connection.add_remote_candidate(pair.now, early));
    EXPECT_TRUE(pair.b.names.empty());
    finish(pair.a, offer);
    EXPECT_EQ(pair.b.names, std::vector<std::string>{"early-in-the-day.local"});
    EXPECT_EQ(pair.b.connection.counters().candidates, 0U);
}

TEST_F(Glare, CandidatesOfThisGenerationAreOfUseWhileAnOfferWaits) {
    connect();
    (void)offer_of(pair.a, IceRestart::kNo);
    const Candidate late{.line = "candidate:7 1 udp 2122260223 late-in-the-day.local 5000 typ host",
                         .mid = "0",
                         .ufrag = ufrag_of(pair.b)};
    EXPECT_TRUE(pair.a.connection.add_remote_candidate(pair.now, late));
    pair.drain();
    EXPECT_EQ(pair.a.names, std::vector<std::string>{"late-in-the-day.local"});
}

// ---- media

TEST_F(Glare, SoundThatComesBeforeTheAnswerIsHeard) {
    connect();
    pair.a.connection.want(MediaKind::kAudio, Direction::kRecvOnly);
    pair.b.connection.want(MediaKind::kAudio, Direction::kSendOnly);
    const std::string offer = offer_of(pair.a, IceRestart::kNo);
    ASSERT_TRUE(pair.b.connection.take_offer(pair.now, offer).has_value());
    answer = pair.b.connection.make_answer(pair.now).value();
    for (std::uint32_t i = 0; i < 3; ++i) {
        EXPECT_TRUE(pair.b.connection.send_audio(pair.now, i * 960, sound(i)).has_value());
        pair.drain();
        pair.run_for(20ms);
    }
    ASSERT_TRUE(pair.a.connection.take_answer(pair.now, answer).has_value());
    pair.drain();
    EXPECT_TRUE(pair.run_for(1s, [&] { return pair.a.audio.size() == 3; }));
    EXPECT_EQ(pair.a.connection.counters().unexpected, 0U);
}

TEST_F(Glare, SoundOfAnOfferThatIsTakenBackIsNot) {
    connect();
    pair.a.connection.want(MediaKind::kAudio, Direction::kRecvOnly);
    pair.b.connection.want(MediaKind::kAudio, Direction::kSendOnly);
    const std::string offer = offer_of(pair.a, IceRestart::kNo);
    ASSERT_TRUE(pair.b.connection.take_offer(pair.now, offer).has_value());
    ASSERT_TRUE(pair.b.connection.make_answer(pair.now).has_value());
    EXPECT_TRUE(pair.b.connection.send_audio(pair.now, 0, sound(0)).has_value());
    pair.drain();
    pair.run_for(100ms);
    EXPECT_EQ(pair.a.connection.counters().unexpected, 0U);
    EXPECT_TRUE(pair.a.connection.withdraw_offer(pair.now));
    EXPECT_EQ(pair.a.connection.counters().unexpected, 1U);
    EXPECT_TRUE(pair.a.audio.empty());
}

// ---- descriptions

TEST_F(Glare, TheDescriptionHasWhatHasBeenFoundSince) {
    pair.a.connection.want_data();
    EXPECT_FALSE(pair.a.connection.local_description().has_value());
    const std::string offer = offer_of(pair.a, IceRestart::kNo);
    EXPECT_EQ(offer.find("a=candidate"), std::string::npos);
    pair.add_sockets();
    const auto section = sdp::parse_description(pair.a.connection.local_description().value()).value().media.at(0);
    EXPECT_EQ(section.candidates.size(), 1U);
    EXPECT_TRUE(section.has_all_candidates);
    EXPECT_EQ(section.transport.ufrag, ufrag_of(pair.a));
}

// A partner whose DTLS knows no SRTP, of which none is at hand.
TEST(DescriptionsWithoutKeysForMedia, SoundIsRefusedAndWhatThereIsStays) {
    SeededRng rng(1);
    const OwnIce own{{"ufrag", "aPasswordOfThirtyLettersOrSo00"}, {}, true};
    Descriptions a(dtls::test::certificate(0).fingerprint(), rng);
    Descriptions b(dtls::test::certificate(1).fingerprint(), rng);
    a.want_data();
    b.want_data();
    ASSERT_TRUE(a.take_offer(b.make_offer(own).value()).has_value());
    ASSERT_TRUE(b.take_answer(a.make_answer(own).value()).has_value());
    a.forbid_media();
    a.want(sdp::Kind::kAudio, Direction::kSendRecv);
    b.want(sdp::Kind::kAudio, Direction::kSendRecv);
    const auto taken = a.take_offer(b.make_offer(own).value());
    ASSERT_FALSE(taken.has_value());
    EXPECT_EQ(taken.error().why, "sound or pictures, for which DTLS has made no keys");
    ASSERT_TRUE(a.agreement().has_value());
    EXPECT_TRUE(a.agreement()->data.has_value());
}

} // namespace
} // namespace vv::peer::test
