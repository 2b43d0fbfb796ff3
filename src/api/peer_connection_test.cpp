// The library as a program meets it: over real sockets of this machine, through a relay, and what it refuses.
#include "net/clock.h"
#include "net/turn_server_for_test.h"
#include "turn/rest_credential.h"
#include "visavis/visavis.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace visavis {
namespace {

using namespace std::chrono_literals;

// One end, and what it was told; candidates go to the other at once.
struct End {
    End(Loop& loop, const PeerOptions& options) { peer.emplace(loop, options, handlers()); }

    PeerHandlers handlers() {
        return {.state =
                    [this](const StateChanged& change) {
                        expect_outside();
                        states.push_back(change.state);
                    },
                .candidate =
                    [this](const Candidate& candidate) {
                        expect_outside();
                        candidates.push_back(candidate.line);
                        if (other != nullptr && other->peer) other->peer->add_remote_candidate(candidate);
                    },
                .gathered =
                    [this] {
                        ++gathered;
                        if (on_gathered) on_gathered();
                    },
                .path = [this](const Path& path) { paths.push_back(path); },
                .channel_opened = [this](const ChannelOpened& opened) { channel = opened.id; },
                .message =
                    [this](const Message& message) {
                        heard.emplace_back(message.text());
                        if (on_message) on_message();
                    },
                .channel_closed = [this](const ChannelClosed&) { ++closed; },
                .audio = [this](const AudioFrame& frame) { sound.push_back(frame); },
                .video = [this](const VideoFrame& frame) { pictures.push_back(frame); }};
    }
    void expect_outside() const { EXPECT_FALSE(is_within) << "a handler within a call"; }

    std::optional<PeerConnection> peer;
    End* other = nullptr;
    bool is_within = false;
    std::optional<ChannelId> channel;
    std::vector<State> states;
    std::vector<std::string> candidates;
    std::vector<Path> paths;
    std::vector<std::string> heard;
    std::vector<AudioFrame> sound;
    std::vector<VideoFrame> pictures;
    std::size_t closed = 0;
    std::size_t gathered = 0;
    std::function<void()> on_message;
    std::function<void()> on_gathered;
};

struct ApiTest : testing::Test {
    void begin(const PeerOptions& options = {.addresses = {"127.0.0.1"}}) {
        a = std::make_unique<End>(loop, options);
        b = std::make_unique<End>(loop, options);
        a->other = b.get();
        b->other = a.get();
    }
    void negotiate() {
        a->is_within = b->is_within = true;
        b->peer->want_data();
        b->peer->take_offer(a->peer->make_offer().value()).value();
        a->peer->take_answer(b->peer->make_answer().value()).value();
        a->is_within = b->is_within = false;
    }
    void run_until(const std::function<bool()>& condition) {
        const auto limit = std::chrono::steady_clock::now() + 10s;
        while (!condition() && std::chrono::steady_clock::now() < limit)
            loop.run_for(2ms);
        EXPECT_TRUE(condition());
    }
    void connect() {
        begin();
        a->peer->open_channel({.label = "chat"}).value();
        negotiate();
        run_until([&] { return a->channel && b->channel; });
    }

    Loop loop;
    std::unique_ptr<End> a;
    std::unique_ptr<End> b;
};

TEST_F(ApiTest, TwoEndsTalkAndKnowEachOther) {
    connect();
    EXPECT_TRUE(a->peer->send(*a->channel, "there").has_value());
    EXPECT_TRUE(b->peer->send(*b->channel, "and back").has_value());
    run_until([&] { return a->heard.size() == 1 && b->heard.size() == 1; });
    EXPECT_EQ(b->heard[0], "there");
    EXPECT_EQ(a->peer->remote_fingerprints(), std::vector{b->peer->fingerprint()});
    EXPECT_NE(a->peer->fingerprint(), b->peer->fingerprint());
    EXPECT_EQ(a->states, (std::vector{State::kConnecting, State::kConnected}));
    ASSERT_FALSE(a->paths.empty());
    EXPECT_EQ(a->peer->path().value().remote_address.to_string().substr(0, 10), "127.0.0.1:");
    EXPECT_TRUE(a->peer->security().value().cipher.starts_with("ECDHE-"));
    EXPECT_TRUE(a->peer->stats().round_trip.has_value());

    a->peer->close();
    EXPECT_EQ(a->peer->state(), State::kClosed);
    run_until([&] { return b->peer->state() == State::kClosed; });
    EXPECT_EQ(b->closed, 1U);
    EXPECT_EQ(b->peer->send(*b->channel, "late").error().code, ErrorCode::kEnded);
    EXPECT_EQ(b->peer->send_audio(0, {}).error().code, ErrorCode::kEnded);
    EXPECT_EQ(a->peer->send_video(0, {}).error().code, ErrorCode::kEnded);
}

TEST_F(ApiTest, SoundAndPicturesGoOneWay) {
    begin();
    a->peer->want(MediaKind::kAudio, Direction::kSendOnly);
    a->peer->want(MediaKind::kVideo, Direction::kSendOnly);
    b->peer->want(MediaKind::kAudio, Direction::kReceiveOnly);
    b->peer->want(MediaKind::kVideo, Direction::kReceiveOnly);
    negotiate();
    EXPECT_EQ(a->peer->direction(MediaKind::kAudio), Direction::kSendOnly);
    EXPECT_EQ(b->peer->direction(MediaKind::kVideo), Direction::kReceiveOnly);
    const std::vector<std::uint8_t> sound{0x78, 1, 2, 3}; // CELT, 20 ms, one frame (RFC 6716 §3.1)
    EXPECT_EQ(a->peer->send_audio(0, sound).error().code, ErrorCode::kNotConnected);
    run_until([&] { return a->peer->state() == State::kConnected && b->peer->state() == State::kConnected; });
    EXPECT_TRUE(a->peer->send_audio(960, sound).has_value());
    const std::vector<std::uint8_t> picture{0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0x00, 5, 6};
    EXPECT_TRUE(a->peer->send_video(3000, picture).has_value());
    EXPECT_EQ(a->peer->send_video(6000, {}).error().code, ErrorCode::kBadArgument);
    EXPECT_EQ(b->peer->send_audio(0, sound).error().code, ErrorCode::kNotAgreed);
    run_until([&] { return !b->sound.empty() && !b->pictures.empty(); });
    EXPECT_EQ(b->sound[0].packet, sound);
    EXPECT_EQ(b->pictures[0].picture, picture);
    EXPECT_TRUE(b->pictures[0].is_key);
    EXPECT_EQ(b->pictures[0].width, 320);
    EXPECT_EQ(b->peer->stats().video.received.frames, 1U);
    EXPECT_EQ(a->peer->stats().audio.sent.frames, 1U);
}

TEST_F(ApiTest, AConnectionMayBeDestroyedByItsHandler) {
    connect();
    b->on_message = [&] { b->peer.reset(); };
    EXPECT_TRUE(a->peer->send(*a->channel, "the last word").has_value());
    run_until([&] { return a->peer->state() == State::kClosed; });
    EXPECT_FALSE(b->peer.has_value());
}

TEST_F(ApiTest, OneTextIsEnoughForSignaling) {
    begin();
    a->other = b->other = nullptr;
    a->peer->open_channel({}).value();
    EXPECT_EQ(a->peer->local_description(), "");
    a->peer->make_offer().value();
    run_until([&] { return a->gathered == 1; });
    const std::string offer = a->peer->local_description();
    EXPECT_NE(offer.find("a=candidate:"), std::string::npos);
    EXPECT_NE(offer.find("a=end-of-candidates"), std::string::npos);
    b->peer->want_data();
    b->peer->take_offer(offer).value();
    b->peer->make_answer().value();
    EXPECT_EQ(b->gathered, 0U);
    run_until([&] { return b->gathered == 1; }); // though all was known before
    a->peer->take_answer(b->peer->local_description()).value();
    run_until([&] { return a->channel.has_value(); });
}

TEST_F(ApiTest, WhatIsCalledOnceAllIsGatheredIsCarriedOut) {
    begin();
    a->other = b->other = nullptr;
    a->peer->open_channel({}).value();
    std::string first;
    a->on_gathered = [&] {
        if (a->gathered == 1) first = a->peer->make_offer().value();
    };
    a->peer->make_offer().value();
    run_until([&] { return a->gathered == 2; });
    EXPECT_NE(first.find("a=end-of-candidates"), std::string::npos) << "all was known by then";
    b->on_gathered = [&] { a->peer->take_answer(b->peer->local_description()).value(); };
    b->peer->want_data();
    b->peer->take_offer(first).value();
    b->peer->make_answer().value();
    run_until([&] { return a->channel && b->channel; });
    a->on_gathered = [&] { a->peer->close(); };
    a->peer->make_offer().value();
    run_until([&] { return b->peer->state() == State::kClosed; });
    EXPECT_EQ(a->states.back(), State::kClosed);
}

TEST_F(ApiTest, AChannelOfAConnectionWithoutDataWaitsForThem) {
    begin();
    a->peer->want(MediaKind::kAudio, Direction::kSendReceive);
    b->peer->want(MediaKind::kAudio, Direction::kSendReceive);
    const auto agree = [&] {
        b->peer->take_offer(a->peer->make_offer().value()).value();
        a->peer->take_answer(b->peer->make_answer().value()).value();
    };
    agree();
    run_until([&] { return a->peer->state() == State::kConnected && b->peer->state() == State::kConnected; });
    const auto channel = a->peer->open_channel({.label = "chat"}).value();
    EXPECT_EQ(a->peer->send(channel, "too soon").error().code, ErrorCode::kNotConnected);
    b->peer->want_data();
    agree();
    run_until([&] { return a->channel && b->channel; });
    EXPECT_TRUE(a->peer->send(channel, "there").has_value());
    run_until([&] { return b->heard.size() == 1; });
}

TEST_F(ApiTest, ARestartLooksAtTheAddressesOfThisMachineAndTellsNothingWithinACall) {
    begin({});
    a->peer->open_channel({.label = "chat"}).value();
    negotiate();
    run_until([&] { return a->channel && b->channel; });
    a->is_within = b->is_within = true;
    b->peer->take_offer(a->peer->make_offer(IceRestart::kYes).value()).value();
    a->peer->take_answer(b->peer->make_answer().value()).value();
    a->is_within = b->is_within = false;
    EXPECT_TRUE(a->peer->send(*a->channel, "still there").has_value());
    run_until([&] { return b->heard.size() == 1; });
    EXPECT_EQ(a->peer->state(), State::kConnected);
}

TEST_F(ApiTest, BothOfferAndOneTakesItBack) {
    begin();
    a->peer->open_channel({}).value();
    b->peer->open_channel({}).value();
    a->peer->make_offer().value();
    const std::string offer = b->peer->make_offer().value();
    const auto refused = a->peer->take_offer(offer);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::kRefused);
    EXPECT_EQ(refused.error().what, "an offer of ours waits for its answer");
    EXPECT_THROW(refused.value(), BadResult);
    EXPECT_TRUE(a->peer->withdraw_offer());
    a->peer->take_offer(offer).value();
    b->peer->take_answer(a->peer->make_answer().value()).value();
    run_until([&] { return a->channel && b->channel; });
}

TEST_F(ApiTest, WhatCannotBeIsSaidSo) {
    begin();
    EXPECT_EQ(a->peer->take_answer("v=0").error().code, ErrorCode::kRefused);
    const auto nonsense = a->peer->take_offer("nonsense");
    ASSERT_FALSE(nonsense.has_value());
    EXPECT_EQ(nonsense.error().line, 1U);
    const ChannelOptions both{.retransmissions_max = 1, .lifetime_max = 1ms};
    EXPECT_EQ(a->peer->open_channel(both).error().code, ErrorCode::kBadArgument);
    EXPECT_EQ(a->peer->open_channel({.lifetime_max = -1ms}).error().code, ErrorCode::kBadArgument);
    const auto channel = a->peer->open_channel({}).value();
    EXPECT_EQ(a->peer->send(channel, "too soon").error().code, ErrorCode::kNotConnected);
    a->peer->close_channel(channel);
    EXPECT_EQ(a->peer->send(channel, "too late").error().code, ErrorCode::kEnded);
    EXPECT_FALSE(a->peer->add_remote_candidate({.line = std::string(100'000, 'x')}));
    a->peer->close();
    EXPECT_EQ(a->peer->open_channel({}).error().code, ErrorCode::kEnded);
    EXPECT_EQ(a->peer->make_offer().error().code, ErrorCode::kRefused);
    EXPECT_THROW(End(loop, {.ice_servers = {{.url = "http://example.org"}}}), std::invalid_argument);
    EXPECT_THROW(End(loop, {.addresses = {"localhost"}}), std::invalid_argument);
    EXPECT_THROW(End(loop, {.audio_delay = -1ms}), std::invalid_argument);
}

TEST_F(ApiTest, ALoopOfOnesOwnDrivesIt) {
    begin();
    a->peer->open_channel({}).value();
    negotiate();
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (!(a->channel && b->channel) && std::chrono::steady_clock::now() < limit) {
        const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(loop.timeout().value_or(1s));
        pollfd waiting{.fd = loop.descriptor(), .events = POLLIN, .revents = 0};
        ASSERT_GE(::poll(&waiting, 1, static_cast<int>(timeout.count())), 0);
        loop.run_ready();
    }
    EXPECT_TRUE(a->channel && b->channel);
}

TEST_F(ApiTest, NothingButTheRelayIsUsedOrTold) {
    const vv::net::TurnServer server{{}};
    const auto credential =
        vv::turn::make_rest_credential(vv::as_bytes(vv::net::kTurnSecret), vv::net::wall_now() + 600s, 3600s,
                                       vv::turn::CredentialClass::kCall, "leg1");
    begin({.ice_servers = {{.url = "turn:" + server.udp.to_string() + "?transport=udp",
                            .username = credential.username,
                            .credential = credential.password}},
           .is_relay_only = true});
    a->peer->open_channel({.label = "chat"}).value();
    negotiate();
    run_until([&] { return a->channel && b->channel; });
    ASSERT_TRUE(a->peer->path().has_value());
    EXPECT_EQ(a->peer->path().value().local, CandidateType::kRelayed);
    ASSERT_EQ(a->candidates.size(), 2U);
    EXPECT_NE(a->candidates[0].find(" typ relay raddr 0.0.0.0 rport 0"), std::string::npos) << a->candidates[0];
    EXPECT_EQ(a->candidates[1], "");
}

} // namespace
} // namespace visavis
