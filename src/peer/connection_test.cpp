// Two connections in memory: how they come about, what they carry, how they end.
#include "peer/pair_for_test.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::peer::test {
namespace {

std::vector<State> states_of(const End& end) {
    std::vector<State> states;
    for (const StateChanged& change : end.states)
        states.push_back(change.state);
    return states;
}

TEST(PeerConnection, CarriesMessagesBothWays) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    const auto id = pair.a.connection.open_channel(pair.now, {.label = "chat"});
    ASSERT_TRUE(id.has_value());
    ASSERT_TRUE(pair.connect());
    EXPECT_TRUE(pair.a.connection.has_data());
    EXPECT_EQ(pair.a.connection.direction(MediaKind::kAudio), std::nullopt);
    ASSERT_TRUE(pair.a.connection.send_text(pair.now, *id, "hello"));
    pair.drain();
    ASSERT_TRUE(pair.run_for(1s, [&] { return !pair.b.messages.empty(); }));
    ASSERT_EQ(pair.b.opened.size(), 1U);
    EXPECT_TRUE(pair.b.opened[0].is_remote);
    EXPECT_EQ(pair.b.opened[0].options.label, "chat");
    EXPECT_EQ(pair.b.messages[0], std::pair(pair.b.opened[0].id, std::string("hello")));

    ASSERT_TRUE(pair.b.connection.send_text(pair.now, pair.b.opened[0].id, "echo"));
    pair.drain();
    ASSERT_TRUE(pair.run_for(1s, [&] { return !pair.a.messages.empty(); }));
    EXPECT_EQ(pair.a.messages[0], std::pair(*id, std::string("echo")));
    ASSERT_EQ(pair.a.opened.size(), 1U);
    EXPECT_EQ(pair.a.opened[0].id, *id);
    EXPECT_FALSE(pair.a.opened[0].is_remote);
    EXPECT_EQ(states_of(pair.a), (std::vector{State::kConnecting, State::kConnected}));
    EXPECT_EQ(states_of(pair.b), (std::vector{State::kConnecting, State::kConnected}));
}

TEST(PeerConnection, SaysWhatTheCallIsMadeOf) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    ASSERT_TRUE(pair.connect());
    pair.run_for(10s); // each asks for consent, by which the way is measured
    for (End* end : {&pair.a, &pair.b}) {
        ASSERT_FALSE(end->paths.empty());
        EXPECT_EQ(end->paths.back().route.remote, pair.other(*end).socket);
        ASSERT_EQ(end->secured.size(), 1U);
        EXPECT_EQ(end->secured[0].cipher, "ECDHE-ECDSA-AES128-GCM-SHA256");
        EXPECT_EQ(end->secured[0].srtp, srtp::Profile::kAes128Gcm);
        EXPECT_EQ(end->connection.round_trip(), 2 * pair.delay);
    }
    EXPECT_TRUE(pair.a.connection.ice().is_controlling());
    EXPECT_FALSE(pair.b.connection.ice().is_controlling());
}

// As where both make an offer at once, and each reads the other's as the answer to its own (docs/protocol.md).
TEST(PeerConnection, WhoControlsMayBeSaid) {
    Pair pair(1, {.controls = false}, {.controls = true});
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    ASSERT_TRUE(pair.connect());
    EXPECT_FALSE(pair.a.connection.ice().is_controlling());
    EXPECT_TRUE(pair.b.connection.ice().is_controlling());
}

// Two ways there and back by ICE and DTLS each, one and a half by SCTP, and what a timer may add.
TEST(PeerConnection, IsThereSoon) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    pair.delay = 50ms;
    const Instant began = pair.now;
    ASSERT_TRUE(pair.connect());
    EXPECT_LE(pair.now - began, 400ms);
}

TEST(PeerConnection, CandidatesMayComeBeforeTheDescriptionTheyBelongTo) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    pair.a.trickles = pair.b.trickles = false;
    const auto offer = pair.a.connection.make_offer(pair.now).value();
    pair.add_sockets(); // only now, so that the offer has none
    ASSERT_GE(pair.a.candidates.size(), 2U);
    EXPECT_TRUE(pair.a.candidates[0].line.starts_with("candidate:"));
    EXPECT_EQ(pair.a.candidates[0].mid, "0");
    EXPECT_EQ(pair.a.candidates[0].ufrag, pair.a.connection.ice().local_credentials().ufrag);
    EXPECT_TRUE(pair.a.candidates.back().line.empty());
    for (const Candidate& candidate : pair.a.candidates)
        EXPECT_TRUE(pair.b.connection.add_remote_candidate(pair.now, candidate));
    ASSERT_TRUE(pair.b.connection.take_offer(pair.now, offer));
    const auto answer = pair.b.connection.make_answer(pair.now).value();
    EXPECT_NE(answer.find("a=candidate:"), std::string::npos);
    ASSERT_TRUE(pair.a.connection.take_answer(pair.now, answer));
    pair.drain();
    EXPECT_TRUE(pair.run_for(5s, [&] { return pair.a.is(State::kConnected) && pair.b.is(State::kConnected); }));
    EXPECT_EQ(pair.b.connection.counters().candidates, 0U);
}

TEST(PeerConnection, CandidatesOfOtherSectionsAndGenerationsAreOfNoUse) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    pair.negotiate(pair.a);
    const std::string line = "candidate:1 1 udp 2130706431 192.0.2.9 9 typ host";
    EXPECT_TRUE(pair.b.connection.add_remote_candidate(pair.now, {line, "0", {}}));
    EXPECT_FALSE(pair.b.connection.add_remote_candidate(pair.now, {line, "1", {}}));
    EXPECT_FALSE(pair.b.connection.add_remote_candidate(pair.now, {"candidate:nonsense", "0", {}}));
    EXPECT_EQ(pair.b.connection.counters().candidates, 2U);
    // Its offer may be on its way; by the next one that comes it is known that it is not.
    EXPECT_TRUE(pair.b.connection.add_remote_candidate(pair.now, {line, "0", "other"}));
    EXPECT_EQ(pair.b.connection.counters().candidates, 2U);
    pair.negotiate(pair.a);
    EXPECT_EQ(pair.b.connection.counters().candidates, 3U);
}

// By mDNS; the driver asks, and answers for its own.
TEST(PeerConnection, NamesStandForAddresses) {
    constexpr std::string_view kName = "5a8c1f2e-0b7d-4a7e-9c51-3d2f0a9e6b11.local";
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    ASSERT_TRUE(pair.a.connection.add_host(pair.now, {ice::TransportId(1), pair.a.socket, std::string(kName)}));
    pair.a.connection.finish_gathering(pair.now);
    ASSERT_TRUE(pair.b.connection.add_host(pair.now, {ice::TransportId(1), pair.b.socket, {}}));
    pair.b.connection.finish_gathering(pair.now);
    const auto offer = pair.a.connection.make_offer(pair.now).value();
    EXPECT_EQ(offer.find("192.0.2.1"), std::string::npos);
    ASSERT_TRUE(pair.b.connection.take_offer(pair.now, offer));
    ASSERT_TRUE(pair.b.connection.make_answer(pair.now)); // which does not arrive yet
    pair.drain();
    EXPECT_EQ(pair.b.names, std::vector{std::string(kName)});
    const std::size_t sent = pair.sent;
    pair.b.connection.handle_resolved(pair.now, kName, pair.a.socket.ip);
    pair.drain();
    EXPECT_GT(pair.sent, sent); // a check
}

TEST(PeerConnection, ANameIsAskedForOnce) {
    constexpr std::string_view kName = "5a8c1f2e-0b7d-4a7e-9c51-3d2f0a9e6b11.local";
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    ASSERT_TRUE(pair.a.connection.add_host(pair.now, {ice::TransportId(1), pair.a.socket, std::string(kName)}));
    pair.a.connection.finish_gathering(pair.now);
    ASSERT_TRUE(pair.b.connection.add_host(pair.now, {ice::TransportId(1), pair.b.socket, {}}));
    pair.b.connection.finish_gathering(pair.now);
    for (int i = 0; i < 20; ++i) {
        pair.negotiate(pair.a);
        pair.b.connection.handle_resolved(pair.now, kName, pair.a.socket.ip);
        pair.drain();
        pair.run_for(1s);
    }
    EXPECT_EQ(pair.b.names.size(), 1U);
    EXPECT_EQ(pair.b.connection.counters().candidates, 0U);
    EXPECT_TRUE(pair.b.is(State::kConnected));
    pair.negotiate(pair.b, IceRestart::kYes); // another generation
    pair.run_for(1s);
    EXPECT_EQ(pair.b.names.size(), 2U);
}

TEST(PeerConnection, HoldsOnlySoManyCandidates) {
    Pair pair;
    const Candidate candidate{"candidate:1 1 udp 2130706431 192.0.2.9 9 typ host", "0", {}};
    for (std::size_t i = 0; i < kHeldCandidatesMax; ++i)
        EXPECT_TRUE(pair.b.connection.add_remote_candidate(pair.now, candidate));
    EXPECT_FALSE(pair.b.connection.add_remote_candidate(pair.now, candidate));
    EXPECT_EQ(pair.b.connection.counters().candidates, 1U);
}

TEST(PeerConnection, OpensAndClosesChannelsByEitherEnd) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    ASSERT_TRUE(pair.connect());
    const auto first = pair.a.connection.open_channel(pair.now, {.label = "a"}).value();
    const auto second =
        pair.b.connection.open_channel(pair.now, {.label = "b", .is_ordered = false, .retransmissions_max = 0});
    ASSERT_TRUE(second.has_value());
    pair.drain();
    ASSERT_TRUE(pair.run_for(2s, [&] { return pair.a.opened.size() == 2 && pair.b.opened.size() == 2; }));
    const auto at_a = std::ranges::find(pair.a.opened, true, &ChannelOpened::is_remote);
    ASSERT_NE(at_a, pair.a.opened.end());
    EXPECT_EQ(at_a->options.label, "b");
    EXPECT_FALSE(at_a->options.is_ordered);
    EXPECT_EQ(at_a->options.retransmissions_max, 0);
    pair.a.connection.close_channel(pair.now, first);
    pair.drain();
    ASSERT_TRUE(pair.run_for(2s, [&] { return !pair.a.closed.empty() && !pair.b.closed.empty(); }));
    EXPECT_EQ(pair.a.closed, std::vector{first});
    EXPECT_FALSE(pair.a.connection.send_text(pair.now, first, "late"));
    EXPECT_TRUE(pair.b.connection.send_text(pair.now, *second, "still here"));
}

// One packet ends several channels, and who is told of the first may open others before the next one is told.
TEST(PeerConnection, AStreamMayBeTakenAgainBeforeItsEndIsTold) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    const auto first = pair.a.connection.open_channel(pair.now, {.label = "first"}).value();
    const auto second = pair.a.connection.open_channel(pair.now, {.label = "second"}).value();
    ASSERT_TRUE(pair.connect());
    ASSERT_TRUE(pair.run_for(2s, [&] { return pair.a.opened.size() == 2 && pair.b.opened.size() == 2; }));
    std::vector<ChannelId> later;
    pair.a.on_closed = [&](ChannelId) {
        if (!later.empty()) return;
        for (const char* label : {"third", "fourth"})
            later.push_back(pair.a.connection.open_channel(pair.now, {.label = label}).value());
    };
    pair.a.connection.close_channel(pair.now, second);
    pair.a.connection.close_channel(pair.now, first);
    pair.drain();
    ASSERT_TRUE(pair.run_for(2s, [&] { return pair.a.opened.size() == 4 && pair.b.opened.size() == 4; }));
    ASSERT_EQ(pair.a.closed.size(), 2U);
    EXPECT_TRUE(std::ranges::is_permutation(pair.a.closed, std::vector{first, second}));
    EXPECT_FALSE(pair.a.connection.send_text(pair.now, first, "to nobody"));
    EXPECT_FALSE(pair.a.connection.send_text(pair.now, second, "to nobody"));
    for (std::size_t i = 0; i < 2; ++i) {
        const auto at_b = std::ranges::find(pair.b.opened, i == 0 ? "third" : "fourth",
                                            [](const ChannelOpened& each) { return each.options.label; });
        ASSERT_NE(at_b, pair.b.opened.end());
        pair.a.messages.clear();
        pair.b.messages.clear();
        ASSERT_TRUE(pair.a.connection.send_text(pair.now, later[i], "there"));
        ASSERT_TRUE(pair.b.connection.send_text(pair.now, at_b->id, "back"));
        pair.drain();
        ASSERT_TRUE(pair.run_for(2s, [&] { return !pair.a.messages.empty() && !pair.b.messages.empty(); }));
        EXPECT_EQ(pair.b.messages[0], std::pair(at_b->id, std::string("there")));
        EXPECT_EQ(pair.a.messages[0], std::pair(later[i], std::string("back")));
    }
}

TEST(PeerConnection, TellsWhatWaitsToBeSent) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    const auto id = pair.a.connection.open_channel(pair.now, {.label = "file"}).value();
    pair.a.connection.set_buffered_low(id, 100'000);
    ASSERT_TRUE(pair.connect());
    const ByteBuffer block(60'000, 7);
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(pair.a.connection.send(pair.now, id, sctp::PayloadKind::kBytes, block));
    EXPECT_GT(pair.a.connection.buffered(id), 200'000U);
    pair.drain();
    ASSERT_TRUE(pair.run_for(20s, [&] { return pair.b.messages.size() == 5; }));
    EXPECT_EQ(pair.a.low, std::vector{id});
    EXPECT_EQ(pair.a.connection.buffered(id), 0U);
    EXPECT_EQ(pair.b.messages[4].second.size(), block.size());
}

TEST(PeerConnection, SendsNothingBeforeThereAreKeys) {
    Pair pair;
    pair.a.connection.want_data();
    const auto id = pair.a.connection.open_channel(pair.now, {.label = "early"}).value();
    const auto sent = pair.a.connection.send_text(pair.now, id, "too early");
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error(), sctp::SendError::kNotOpen);
    pair.a.connection.close_channel(pair.now, id);
    pair.drain();
    EXPECT_EQ(pair.a.closed, std::vector{id});
}

TEST(PeerConnection, HoldsOnlySoManyChannels) {
    Pair pair;
    EXPECT_EQ(pair.a.connection.open_channel(pair.now, {.label = std::string(2'000, 'x')}).error(),
              sctp::OpenError::kTooLong);
    for (std::size_t i = 0; i < kHeldChannelsMax; ++i)
        EXPECT_TRUE(pair.a.connection.open_channel(pair.now, {.label = "one of many"}));
    EXPECT_EQ(pair.a.connection.open_channel(pair.now, {.label = "one more"}).error(), sctp::OpenError::kTooMany);
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    ASSERT_TRUE(pair.connect());
    EXPECT_TRUE(pair.run_for(5s, [&] { return pair.b.opened.size() == kHeldChannelsMax; }));
}

TEST(PeerConnection, AnswersToACloseByTheOtherEnd) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    const auto id = pair.a.connection.open_channel(pair.now, {.label = "chat"}).value();
    ASSERT_TRUE(pair.connect());
    ASSERT_TRUE(pair.run_for(1s, [&] { return pair.b.opened.size() == 1; }));
    pair.a.connection.close(pair.now);
    pair.drain();
    EXPECT_TRUE(pair.a.is(State::kClosed));
    EXPECT_EQ(pair.a.closed, std::vector{id});
    ASSERT_EQ(pair.a.ended.size(), 1U);
    EXPECT_EQ(pair.a.ended[0].reason, sctp::EndReason::kAborted);
    ASSERT_TRUE(pair.run_for(1s, [&] { return pair.b.is(State::kClosed); }));
    EXPECT_EQ(pair.b.closed.size(), 1U);
    ASSERT_EQ(pair.b.ended.size(), 1U);
    EXPECT_EQ(pair.b.ended[0].reason, sctp::EndReason::kPeerAborted);
    EXPECT_EQ(states_of(pair.b).back(), State::kClosed);
}

TEST(PeerConnection, DoesNothingAfterTheEnd) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    ASSERT_TRUE(pair.connect());
    pair.a.connection.close(pair.now);
    pair.drain();
    pair.a.connection.close(pair.now);
    EXPECT_EQ(pair.a.connection.poll_timeout(), std::nullopt);
    EXPECT_EQ(pair.a.connection.path(), std::nullopt);
    pair.run_for(10s);
    const std::size_t sent = pair.sent;
    pair.a.connection.handle_timeout(pair.now);
    pair.a.connection.handle_input(pair.now, {ice::TransportId(1), pair.b.socket}, ByteBuffer{22, 1, 2, 3});
    pair.drain();
    EXPECT_EQ(pair.sent, sent);
    EXPECT_GE(pair.a.connection.counters().after_end, 1U);
    EXPECT_FALSE(pair.a.connection.make_offer(pair.now));
    EXPECT_FALSE(pair.a.connection.take_offer(pair.now, "v=0"));
    EXPECT_FALSE(pair.a.connection.add_host(pair.now, {ice::TransportId(2), at("192.0.2.3:1"), {}}));
    EXPECT_FALSE(pair.a.connection.add_remote_candidate(pair.now, {}));
    EXPECT_EQ(pair.a.connection.open_channel(pair.now, {.label = "late"}).error(), sctp::OpenError::kEnded);
}

TEST(PeerConnection, CloseBeforeTheBeginningIsAnEndToo) {
    Pair pair;
    pair.a.connection.close(pair.now);
    pair.drain();
    EXPECT_EQ(states_of(pair.a), std::vector{State::kClosed});
    EXPECT_EQ(pair.sent, 0U);
}

// Between the two stands somebody who has changed the fingerprint on its way.
TEST(PeerConnection, SomebodyElseIsNotTalkedTo) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    pair.add_sockets();
    auto offer = pair.a.connection.make_offer(pair.now).value();
    const std::string own = crypto::write_fingerprint(dtls::test::certificate(0).fingerprint());
    const std::string wrong = crypto::write_fingerprint(dtls::test::certificate(2).fingerprint());
    offer.replace(offer.find(own), own.size(), wrong);
    ASSERT_TRUE(pair.b.connection.take_offer(pair.now, offer));
    ASSERT_TRUE(pair.a.connection.take_answer(pair.now, pair.b.connection.make_answer(pair.now).value()));
    pair.drain();
    ASSERT_TRUE(pair.run_for(10s, [&] { return pair.a.is(State::kFailed) && pair.b.is(State::kFailed); }));
    ASSERT_TRUE(pair.b.states.back().fault.has_value());
    EXPECT_EQ(pair.b.states.back().fault->why, Fault::Why::kWrongFingerprint);
    EXPECT_FALSE(pair.b.states.back().fault->can_restart());
    EXPECT_EQ(pair.a.states.back().fault, (Fault{Fault::Why::kRefused, 42})); // bad_certificate
    EXPECT_EQ(pair.a.connection.poll_timeout(), std::nullopt);
    EXPECT_TRUE(pair.a.secured.empty());
}

TEST(PeerConnection, AHandshakeThatNobodyAnswersIsTold) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    pair.filter = [](const End&, const ByteBuffer& datagram) { return datagram.size() < 200; };
    EXPECT_FALSE(pair.connect(20s));
    ASSERT_TRUE(pair.run_for(60s, [&] { return pair.a.is(State::kFailed) && pair.b.is(State::kFailed); }));
    EXPECT_EQ(pair.a.states.back().fault, Fault{Fault::Why::kHandshakeTimeout});
    EXPECT_EQ(pair.b.states.back().fault, Fault{Fault::Why::kHandshakeTimeout});
}

TEST(PeerConnection, NobodyThereIsTold) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    pair.loss_percent = 100;
    EXPECT_FALSE(pair.connect(30s));
    ASSERT_TRUE(pair.run_for(60s, [&] { return pair.a.is(State::kFailed); }));
    EXPECT_EQ(pair.a.states.back().fault, Fault{Fault::Why::kNoPath});
    EXPECT_TRUE(pair.a.states.back().fault->can_restart());
}

TEST(PeerConnection, LossDoesNotKeepItFromComingAbout) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        Pair pair(seed);
        pair.a.connection.want_data();
        pair.b.connection.want_data();
        pair.loss_percent = 30;
        const auto id = pair.a.connection.open_channel(pair.now, {.label = "chat"}).value();
        ASSERT_TRUE(pair.connect(30s));
        ASSERT_TRUE(pair.a.connection.send_text(pair.now, id, "through"));
        pair.drain();
        ASSERT_TRUE(pair.run_for(30s, [&] { return !pair.b.messages.empty(); }));
    }
}

TEST(PeerConnection, WhatIsNotOfTheCallIsCounted) {
    Pair pair;
    pair.a.connection.want_data();
    pair.b.connection.want_data();
    ASSERT_TRUE(pair.connect());
    const ice::Route route{ice::TransportId(1), pair.b.socket};
    pair.a.connection.handle_input(pair.now, route, ByteBuffer{10, 20, 30});
    EXPECT_EQ(pair.a.connection.counters().unknown, 1U);
    pair.a.connection.handle_input(pair.now, route, ByteBuffer(40, 0x80));
    EXPECT_EQ(pair.a.connection.counters().unprotected, 1U);
    pair.a.connection.handle_input(pair.now, {ice::TransportId(1), at("192.0.2.66:6")}, ByteBuffer(40, 0x80));
    EXPECT_EQ(pair.a.connection.counters().unprotected, 1U); // not looked at
    EXPECT_EQ(pair.a.connection.ice().counters().unvalidated, 1U);
    EXPECT_TRUE(pair.a.is(State::kConnected));
}

} // namespace
} // namespace vv::peer::test
