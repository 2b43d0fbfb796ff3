// Later rounds: ICE begun anew by either end, media that come and go, and what is
// refused because it does not fit what was agreed on.
#include "peer/pair_for_test.h"
#include "sdp/description.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::peer::test {
namespace {

using sdp::Direction;

class Renegotiation : public PairWithChannel {
protected:
    /// A message each way.
    [[nodiscard]] bool carries(Duration within = 5s) {
        pair.a.messages.clear();
        pair.b.messages.clear();
        EXPECT_TRUE(pair.a.connection.send_text(pair.now, id, "from a"));
        EXPECT_TRUE(pair.b.connection.send_text(pair.now, at_b, "from b"));
        pair.drain();
        return pair.run_for(within, [&] { return !pair.a.messages.empty() && !pair.b.messages.empty(); });
    }
    [[nodiscard]] std::string ufrag_of(const End& end) const { return end.connection.ice().local_credentials().ufrag; }
    [[nodiscard]] bool is_completed() const {
        return pair.a.connection.ice().state() == ice::State::kCompleted &&
               pair.b.connection.ice().state() == ice::State::kCompleted;
    }
    void expect_restart_by(End& offerer) {
        const std::string a = ufrag_of(pair.a);
        const std::string b = ufrag_of(pair.b);
        pair.negotiate(offerer, IceRestart::kYes);
        EXPECT_TRUE(pair.a.connection.ice().is_controlling()); // whoever offered first
        EXPECT_FALSE(pair.b.connection.ice().is_controlling());
        EXPECT_NE(ufrag_of(pair.a), a);
        EXPECT_NE(ufrag_of(pair.b), b);
        EXPECT_TRUE(carries());
        ASSERT_TRUE(pair.run_for(5s, [&] { return is_completed(); }));
        pair.run_for(10s); // the older generation is let go
        EXPECT_TRUE(carries());
        for (const End* end : {&pair.a, &pair.b}) {
            EXPECT_TRUE(end->is(State::kConnected));
            EXPECT_EQ(end->secured.size(), 1U); // no second handshake
            EXPECT_EQ(end->states.size(), 2U);  // and nobody noticed
        }
    }
};

TEST_F(Renegotiation, TheOneThatOfferedRestartsIce) {
    connect();
    expect_restart_by(pair.a);
}

TEST_F(Renegotiation, TheOtherOneRestartsIce) {
    connect();
    expect_restart_by(pair.b);
}

TEST_F(Renegotiation, RestartsFollowOneAnother) {
    connect();
    for (int i = 0; i < 3; ++i) {
        expect_restart_by(pair.a);
        expect_restart_by(pair.b);
    }
}

// RFC 8838 §13: what was finished before is so in the next generation, unless the driver has said that more will come.
TEST_F(Renegotiation, GatheringThatWasFinishedStaysSo) {
    connect();
    pair.a.candidates.clear();
    pair.negotiate(pair.a, IceRestart::kYes);
    const auto offer = pair.a.connection.make_offer(pair.now).value();
    EXPECT_NE(offer.find("a=end-of-candidates"), std::string::npos);
    pair.b.connection.expect_transports();
    ASSERT_TRUE(pair.b.connection.take_offer(pair.now, offer));
    EXPECT_TRUE(pair.b.connection.make_answer(pair.now).has_value());
}

TEST_F(Renegotiation, MoreTransportsMayBeExpected) {
    connect();
    pair.a.connection.expect_transports();
    pair.negotiate(pair.a, IceRestart::kYes);
    pair.run_for(1s);
    const auto description = sdp::parse_description(pair.a.connection.make_offer(pair.now).value()).value();
    EXPECT_FALSE(description.media[0].has_all_candidates);
    EXPECT_FALSE(description.media[0].candidates.empty());
}

// The device is in another network: its socket is gone, and there is another.
TEST_F(Renegotiation, AnotherNetworkNeedsARestart) {
    connect();
    pair.a.connection.remove_transport(pair.now, ice::TransportId(1));
    pair.drain();
    EXPECT_TRUE(pair.a.is(State::kFailed));
    EXPECT_EQ(pair.a.states.back().fault, Fault{Fault::Why::kPathLost});
    pair.a.socket = at("198.51.100.1:7000");
    ASSERT_TRUE(pair.a.connection.add_host(pair.now, {ice::TransportId(1), pair.a.socket, {}}));
    pair.negotiate(pair.a, IceRestart::kYes);
    ASSERT_TRUE(pair.run_for(5s, [&] { return pair.a.is(State::kConnected) && is_completed(); }));
    EXPECT_EQ(pair.b.connection.path()->route.remote, pair.a.socket);
    EXPECT_TRUE(carries());
    EXPECT_EQ(pair.a.secured.size(), 1U);
}

TEST_F(Renegotiation, ARestartMendsAPathThatWasLost) {
    connect();
    pair.loss_percent = 100;
    ASSERT_TRUE(pair.run_for(20s, [&] { return pair.a.is(State::kDisconnected); }));
    ASSERT_TRUE(pair.run_for(60s, [&] { return pair.a.is(State::kFailed) && pair.b.is(State::kFailed); }));
    EXPECT_EQ(pair.a.states.back().fault, Fault{Fault::Why::kPathLost});
    EXPECT_EQ(pair.a.connection.path(), std::nullopt);
    pair.loss_percent = 0;
    pair.negotiate(pair.b, IceRestart::kYes);
    ASSERT_TRUE(pair.run_for(5s, [&] { return pair.a.is(State::kConnected) && pair.b.is(State::kConnected); }));
    EXPECT_TRUE(carries(70s)); // SCTP has learned to wait
}

TEST_F(Renegotiation, ARestartThatNobodyAnswersFails) {
    connect();
    pair.loss_percent = 100;
    ASSERT_TRUE(pair.run_for(20s, [&] { return pair.a.is(State::kDisconnected); }));
    ASSERT_TRUE(pair.a.connection.make_offer(pair.now, IceRestart::kYes).has_value());
    pair.drain();
    ASSERT_TRUE(pair.run_for(60s, [&] { return pair.a.is(State::kFailed); }));
    EXPECT_EQ(pair.a.states.back().fault, Fault{Fault::Why::kPathLost});
    EXPECT_TRUE(pair.a.states.back().fault->can_restart());
    pair.loss_percent = 0;
    pair.negotiate(pair.a, IceRestart::kYes);
    ASSERT_TRUE(pair.run_for(5s, [&] { return pair.a.is(State::kConnected) && pair.b.is(State::kConnected); }));
    EXPECT_TRUE(carries(70s));
}

// Firefox answers `actpass` as if nobody had a role yet.
TEST_F(Renegotiation, OffersSayTheRoleThatTheirEndHas) {
    connect();
    for (End* offerer : {&pair.b, &pair.a}) {
        const bool is_active = offerer == &pair.b; // the one that answered first
        const auto offer = offerer->connection.make_offer(pair.now, IceRestart::kYes).value();
        EXPECT_NE(offer.find(is_active ? "a=setup:active" : "a=setup:passive"), std::string::npos);
        EXPECT_EQ(offer.find("a=setup:actpass"), std::string::npos);
        End& answerer = pair.other(*offerer);
        ASSERT_TRUE(answerer.connection.take_offer(pair.now, offer));
        const auto answer = answerer.connection.make_answer(pair.now).value();
        EXPECT_NE(answer.find(is_active ? "a=setup:passive" : "a=setup:active"), std::string::npos);
        ASSERT_TRUE(offerer->connection.take_answer(pair.now, answer));
        pair.drain();
        EXPECT_TRUE(carries());
    }
}

TEST_F(Renegotiation, MediaComeLaterAndGo) {
    connect();
    EXPECT_EQ(pair.a.connection.direction(MediaKind::kAudio), std::nullopt);
    pair.a.connection.want(MediaKind::kAudio, Direction::kSendRecv);
    pair.b.connection.want(MediaKind::kAudio, Direction::kRecvOnly);
    pair.negotiate(pair.b);
    EXPECT_EQ(pair.a.connection.direction(MediaKind::kAudio), Direction::kSendOnly);
    ASSERT_TRUE(pair.a.connection.send_audio(pair.now, 0, sound(1)));
    pair.drain();
    pair.run_for(500ms);
    EXPECT_EQ(pair.b.audio.size(), 1U);
    EXPECT_TRUE(carries());

    pair.b.connection.want(MediaKind::kAudio, std::nullopt);
    pair.negotiate(pair.a);
    EXPECT_FALSE(pair.a.connection.send_audio(pair.now, 960, sound(2)));

    pair.b.connection.want(MediaKind::kAudio, Direction::kSendRecv);
    pair.a.connection.want(MediaKind::kVideo, Direction::kSendRecv);
    pair.b.connection.want(MediaKind::kVideo, Direction::kSendRecv);
    pair.negotiate(pair.a);
    EXPECT_EQ(pair.b.connection.direction(MediaKind::kVideo), Direction::kSendRecv);
    ASSERT_TRUE(pair.b.connection.send_video(pair.now, 0, picture(1, true, 3'000)));
    pair.drain();
    pair.run_for(500ms);
    EXPECT_EQ(pair.a.video.size(), 1U);
    EXPECT_TRUE(carries());
}

TEST_F(Renegotiation, ADirectionChangesInTheMiddle) {
    for (End* end : {&pair.a, &pair.b})
        end->connection.want(MediaKind::kAudio, Direction::kSendRecv);
    connect();
    ASSERT_TRUE(pair.a.connection.send_audio(pair.now, 0, sound(0)));
    pair.drain();
    pair.run_for(500ms);
    ASSERT_EQ(pair.b.audio.size(), 1U);
    pair.a.connection.want(MediaKind::kAudio, Direction::kInactive);
    pair.negotiate(pair.a);
    EXPECT_EQ(pair.b.connection.direction(MediaKind::kAudio), Direction::kInactive);
    EXPECT_FALSE(pair.b.connection.send_audio(pair.now, 0, sound(0)));
    pair.a.connection.want(MediaKind::kAudio, Direction::kSendRecv);
    pair.negotiate(pair.b);
    EXPECT_EQ(pair.a.connection.direction(MediaKind::kAudio), Direction::kSendRecv);
    pair.b.audio.clear();
    ASSERT_TRUE(pair.a.connection.send_audio(pair.now, 24'000, sound(1))); // half a second later
    pair.drain();
    pair.run_for(500ms);
    ASSERT_EQ(pair.b.audio.size(), 1U);
    EXPECT_EQ(pair.b.audio[0].packet, sound(1));
}

TEST_F(Renegotiation, ChannelsComeLater) {
    for (End* end : {&pair.a, &pair.b})
        end->connection.want(MediaKind::kAudio, Direction::kSendRecv);
    ASSERT_TRUE(pair.connect());
    EXPECT_FALSE(pair.a.connection.has_data());
    id = pair.a.connection.open_channel(pair.now, {.label = "chat"}).value();
    pair.run_for(1s);
    EXPECT_TRUE(pair.a.opened.empty());
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    pair.negotiate(pair.b);
    ASSERT_TRUE(pair.run_for(2s, [&] { return pair.b.opened.size() == 1; }));
    at_b = pair.b.opened[0].id;
    EXPECT_TRUE(carries());
}

// The answer is changed on its way; what the other end takes for agreed on does not matter here.
TEST_F(Renegotiation, ARoundThatRejectsEverythingEndsTheChannels) {
    connect();
    const auto offer = pair.a.connection.make_offer(pair.now).value();
    ASSERT_TRUE(pair.b.connection.take_offer(pair.now, offer));
    auto answer = sdp::parse_description(pair.b.connection.make_answer(pair.now).value()).value();
    answer.bundle.clear();
    answer.media[0].port = 0;
    answer.media[0].is_bundle_only = false;
    ASSERT_TRUE(pair.a.connection.take_answer(pair.now, sdp::write_description(answer)));
    EXPECT_FALSE(pair.a.connection.has_data());
    pair.drain();
    ASSERT_EQ(pair.a.ended.size(), 1U);
    EXPECT_EQ(pair.a.closed, std::vector{id});
    ASSERT_TRUE(pair.run_for(1s, [&] { return pair.b.ended.size() == 1; }));
    EXPECT_EQ(pair.b.ended[0].reason, sctp::EndReason::kPeerAborted);
    EXPECT_FALSE(pair.b.connection.has_data());
    pair.negotiate(pair.a); // there is one association in a connection
    EXPECT_FALSE(pair.a.connection.has_data());
    EXPECT_EQ(pair.a.connection.open_channel(pair.now, {.label = "late"}).error(), sctp::OpenError::kEnded);
}

TEST_F(Renegotiation, EachDescriptionHasANumberOfItsOwn) {
    connect();
    const auto version_of = [](const std::string& text) {
        const auto description = sdp::parse_description(text).value();
        return std::pair(description.origin.session_id, description.origin.version);
    };
    const auto first = version_of(pair.a.connection.make_offer(pair.now).value());
    const auto second = version_of(pair.a.connection.make_offer(pair.now).value());
    EXPECT_EQ(second.first, first.first);
    EXPECT_EQ(second.second, first.second + 1);
}

// The section that has the candidates is not in the answer, and the other end must be tried all the same: nothing of
// its own gets through until something comes.
TEST(RejectedSection, ItsCandidatesAreTried) {
    for (const bool trickles : {false, true}) {
        SCOPED_TRACE(trickles);
        Pair pair;
        pair.a.connection.want(MediaKind::kAudio, Direction::kSendRecv);
        pair.a.connection.want_data();
        pair.b.connection.want_data();
        bool is_open = false;
        pair.filter = [&](const End& from, const ByteBuffer&) {
            is_open |= &from == &pair.b;
            return is_open;
        };
        pair.signaling_delay = 50ms; // so that those of b come first, and those of a after the answer
        if (!trickles) pair.add_sockets();
        const auto offer = pair.a.connection.make_offer(pair.now).value();
        if (trickles) pair.add_sockets();
        ASSERT_TRUE(pair.b.connection.take_offer(pair.now, offer));
        const auto answer = pair.b.connection.make_answer(pair.now).value();
        pair.drain();
        ASSERT_TRUE(pair.a.connection.take_answer(pair.now, answer));
        pair.drain();
        EXPECT_TRUE(pair.run_for(5s, [&] { return pair.a.is(State::kConnected) && pair.b.is(State::kConnected); }));
        EXPECT_EQ(pair.b.connection.counters().candidates, 0U);
    }
}

TEST(RejectedSection, LaterCandidatesAreOfTheOneThatIsLeft) {
    Pair pair;
    pair.a.connection.want(MediaKind::kAudio, Direction::kSendRecv);
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    pair.negotiate(pair.a);
    pair.add_sockets();
    ASSERT_FALSE(pair.a.candidates.empty());
    for (const Candidate& candidate : pair.a.candidates)
        EXPECT_EQ(candidate.mid, "1");
    pair.run_for(1s);
    EXPECT_EQ(pair.b.connection.counters().candidates, 0U);
}

// ---- what is refused

TEST(Refused, WhatIsOutOfTurn) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    EXPECT_EQ(pair.a.connection.make_answer(pair.now).error().why, "there is no offer to answer");
    EXPECT_EQ(pair.a.connection.take_answer(pair.now, "v=0").error().why, "no offer of ours waits for an answer");
    const auto of_a = pair.a.connection.make_offer(pair.now).value();
    const auto of_b = pair.b.connection.make_offer(pair.now).value();
    EXPECT_EQ(pair.a.connection.take_offer(pair.now, of_b).error().why, "an offer of ours waits for its answer");
    Pair other;
    other.b.connection.want_data();
    ASSERT_TRUE(other.b.connection.take_offer(other.now, of_a));
    EXPECT_EQ(other.b.connection.make_offer(other.now).error().why, "an offer of the other end waits for its answer");
    EXPECT_EQ(other.b.connection.make_offer(other.now, IceRestart::kYes).error().why,
              "an offer of the other end waits for its answer");
    EXPECT_TRUE(other.b.connection.make_answer(other.now).has_value());
}

TEST(Refused, WhatIsNoDescription) {
    Pair pair;
    pair.a.connection.want_data();
    const auto taken = pair.a.connection.take_offer(pair.now, "v=0\r\nnonsense\r\n");
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().line, 2U);
    const auto offer = pair.a.connection.make_offer(pair.now).value();
    EXPECT_FALSE(pair.a.connection.take_answer(pair.now, offer)); // its own, with actpass
    EXPECT_TRUE(pair.b.connection.take_offer(pair.now, offer));
}

// RFC 8842 §5.5: either means another association, and there is one in a connection.
TEST(Refused, WhatNeedsAnotherHandshake) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    ASSERT_TRUE(pair.connect());
    const auto offer = pair.a.connection.make_offer(pair.now).value();
    const std::string own = crypto::write_fingerprint(dtls::test::certificate(0).fingerprint());
    const std::string other = crypto::write_fingerprint(dtls::test::certificate(2).fingerprint());
    std::string strange = offer;
    strange.replace(strange.find(own), own.size(), other);
    EXPECT_EQ(pair.b.connection.take_offer(pair.now, strange).error().why,
              "another fingerprint, which needs another connection");
    std::string turned = offer; // b has been active so far
    turned.replace(turned.find("a=setup:passive"), 15, "a=setup:active");
    EXPECT_EQ(pair.b.connection.take_offer(pair.now, turned).error().why,
              "another role in DTLS, which needs another connection");
    ASSERT_TRUE(pair.b.connection.take_offer(pair.now, offer));
    const auto answer = pair.b.connection.make_answer(pair.now).value();
    EXPECT_NE(answer.find("a=setup:active"), std::string::npos);
    EXPECT_TRUE(pair.a.connection.take_answer(pair.now, answer));
}

// RFC 8839 §4.4.1.1.1: it would begin ICE anew at this end alone.
TEST(Refused, ARestartByAnAnswer) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    ASSERT_TRUE(pair.connect());
    const std::string ufrag = pair.a.connection.ice().local_credentials().ufrag;
    const auto offer = pair.a.connection.make_offer(pair.now).value();
    ASSERT_TRUE(pair.b.connection.take_offer(pair.now, offer));
    const auto answer = pair.b.connection.make_answer(pair.now).value();
    auto other = sdp::parse_description(answer).value();
    other.media[0].transport.ufrag = "another1";
    other.media[0].transport.pwd = "aPasswordThatIsLongEnough";
    EXPECT_EQ(pair.a.connection.take_answer(pair.now, sdp::write_description(other)).error().why,
              "other credentials of ICE in the answer to an offer that does not restart it");
    EXPECT_EQ(pair.a.connection.ice().local_credentials().ufrag, ufrag);
    EXPECT_TRUE(pair.a.connection.take_answer(pair.now, answer));
    pair.run_for(60s);
    EXPECT_TRUE(pair.a.is(State::kConnected));
}

// In the answer another section speaks for the bundle than in the offer, and it says nothing of itself.
TEST(Refused, ASectionThatCannotSpeakForItself) {
    Pair pair;
    pair.a.connection.want(MediaKind::kAudio, Direction::kSendRecv);
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    const auto whole = sdp::parse_description(pair.a.connection.make_offer(pair.now).value()).value();
    for (const bool has_ice : {false, true}) {
        sdp::Description offer = whole;
        if (has_ice) {
            offer.media[1].transport.fingerprints.clear();
        } else {
            offer.media[1].transport.ufrag.clear();
            offer.media[1].transport.pwd.clear();
        }
        const std::string text = sdp::write_description(offer);
        pair.b.connection.want(MediaKind::kAudio, std::nullopt);
        EXPECT_FALSE(pair.b.connection.take_offer(pair.now, text));
        pair.b.connection.want(MediaKind::kAudio, Direction::kSendRecv);
        ASSERT_TRUE(pair.b.connection.take_offer(pair.now, text));
        pair.b.connection.want(MediaKind::kAudio, std::nullopt); // changed its mind
        EXPECT_FALSE(pair.b.connection.make_answer(pair.now));
        pair.b.connection.want(MediaKind::kAudio, Direction::kSendRecv);
        EXPECT_TRUE(pair.b.connection.make_answer(pair.now).has_value() || !has_ice);
    }
}

TEST(Refused, SectionsThatAreNotWanted) {
    Pair pair;
    pair.a.connection.want_data();
    pair.a.connection.want(MediaKind::kVideo, Direction::kSendRecv);
    pair.add_sockets();
    pair.negotiate(pair.a);
    EXPECT_FALSE(pair.a.connection.has_data());
    EXPECT_EQ(pair.a.connection.direction(MediaKind::kVideo), std::nullopt);
    pair.run_for(5s);
    EXPECT_TRUE(pair.a.is(State::kNew));
    EXPECT_TRUE(pair.b.is(State::kNew));
    // A later round may have what the first had not.
    pair.b.connection.want(MediaKind::kAudio, Direction::kSendRecv);
    pair.a.connection.want(MediaKind::kAudio, Direction::kSendRecv);
    pair.negotiate(pair.b);
    EXPECT_EQ(pair.a.connection.direction(MediaKind::kAudio), Direction::kSendRecv);
    EXPECT_TRUE(pair.run_for(5s, [&] { return pair.a.is(State::kConnected) && pair.b.is(State::kConnected); }));
}

} // namespace
} // namespace vv::peer::test
