// What is made of the descriptions of browsers (sdp/captured_for_test.h): their
// offers answered by a connection, and their answers read.
#include "peer/agreement.h"
#include "peer/pair_for_test.h"
#include "sdp/captured_for_test.h"
#include "sdp/negotiation.h"
#include "sdp/rounds.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace vv::peer::test {
namespace {

using sdp::Direction;
using sdp::test::parsed;

/// The captures of the two rounds are of two calls; in one the certificate stays.
std::string with_fingerprint_of(std::string_view first, std::string_view second) {
    constexpr std::string_view kBegin = "a=fingerprint:";
    const auto line_of = [&](std::string_view text) {
        const auto at = text.find(kBegin);
        return text.substr(at, text.find('\n', at) - at);
    };
    std::string out(second);
    const std::string old(line_of(second));
    for (auto at = out.find(old); at != std::string::npos; at = out.find(old, at + 1))
        out.replace(at, old.size(), line_of(first));
    return out;
}

class Answering : public testing::Test {
protected:
    Answering() {
        for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo})
            end.want(kind, Direction::kSendRecv);
        end.want_data();
        EXPECT_TRUE(end.add_host(pair.now, {ice::TransportId(1), pair.a.socket, {}}));
    }
    sdp::Description answer(std::string_view offer) {
        const auto taken = end.take_offer(pair.now, offer);
        EXPECT_TRUE(taken.has_value()) << taken.error().why;
        const std::string text = end.make_answer(pair.now).value();
        const auto description = parsed(text);
        EXPECT_EQ(sdp::check_answer(parsed(offer), description), std::nullopt);
        pair.drain();
        return description;
    }
    Pair pair;
    PeerConnection& end = pair.a.connection;
};

TEST_F(Answering, ToEveryOfferThatWasCaptured) {
    for (const auto& each : sdp::test::kCaptured) {
        if (each.name.ends_with("Answer") || each.name.ends_with("SecondOffer")) continue;
        SCOPED_TRACE(each.name);
        Pair other;
        for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo})
            other.a.connection.want(kind, Direction::kSendRecv);
        other.a.connection.want_data();
        ASSERT_TRUE(other.a.connection.take_offer(other.now, each.text));
        const auto answer = other.a.connection.make_answer(other.now);
        ASSERT_TRUE(answer.has_value());
        EXPECT_EQ(sdp::check_answer(parsed(each.text), parsed(*answer)), std::nullopt);
        EXPECT_EQ(other.a.connection.state(), State::kConnecting);
        const bool has_data = parsed(each.text).media.back().is_data();
        EXPECT_EQ(other.a.connection.has_data(), has_data);
        EXPECT_EQ(other.a.connection.direction(MediaKind::kVideo).has_value(), !each.name.ends_with("DataOffer"));
    }
}

TEST_F(Answering, ToChromium) {
    const auto description = answer(sdp::test::kChromiumOffer);
    EXPECT_EQ(end.direction(MediaKind::kAudio), Direction::kSendRecv);
    EXPECT_EQ(end.direction(MediaKind::kVideo), Direction::kSendRecv);
    EXPECT_TRUE(end.has_data());
    EXPECT_EQ(description.media[0].transport.setup, sdp::Setup::kActive);
    EXPECT_EQ(end.ice().state(), ice::State::kChecking);
    EXPECT_FALSE(end.ice().is_controlling());
    pair.run_for(100ms);
    EXPECT_GT(pair.sent, 0U); // its candidates are checked
    // Two of them are of TCP, which is not spoken.
    EXPECT_EQ(end.counters().candidates, 2U);
}

TEST_F(Answering, ToChromiumTwice) {
    answer(sdp::test::kChromiumOffer);
    const std::string ufrag = end.ice().local_credentials().ufrag;
    const auto second = answer(with_fingerprint_of(sdp::test::kChromiumOffer, sdp::test::kChromiumSecondOffer));
    EXPECT_NE(end.ice().local_credentials().ufrag, ufrag); // ICE is begun anew by it
    EXPECT_EQ(second.media[0].transport.ufrag, end.ice().local_credentials().ufrag);
    EXPECT_TRUE(end.has_data());
}

TEST_F(Answering, ToFirefox) {
    const auto description = answer(sdp::test::kFirefoxOffer);
    EXPECT_EQ(end.direction(MediaKind::kVideo), Direction::kSendRecv);
    EXPECT_EQ(description.media[1].codecs[0].payload_type, 120);
    EXPECT_TRUE(end.has_data());
    const std::string ufrag = end.ice().local_credentials().ufrag;
    answer(with_fingerprint_of(sdp::test::kFirefoxOffer, sdp::test::kFirefoxSecondOffer));
    EXPECT_NE(end.ice().local_credentials().ufrag, ufrag);
}

TEST(Agreement, ByChromiumsAnswer) {
    const auto agreement =
        agree(parsed(sdp::test::kFirefoxOffer), parsed(sdp::test::kChromiumAnswer), Answerer::kOther);
    ASSERT_TRUE(agreement.has_value());
    EXPECT_EQ(agreement->mid, "0");
    EXPECT_EQ(agreement->role, dtls::Role::kPassive);
    EXPECT_EQ(agreement->remote, (ice::Credentials{"Gx72", "SeY5bm/dRy9VGn6RtH3Yw0OB"}));
    ASSERT_TRUE(agreement->audio.has_value());
    EXPECT_EQ(agreement->audio->payload_type, 109);
    EXPECT_EQ(agreement->audio->direction, Direction::kSendRecv);
    EXPECT_EQ(agreement->audio->rtx_payload_type, std::nullopt);
    ASSERT_TRUE(agreement->video.has_value());
    EXPECT_EQ(agreement->video->payload_type, 120);
    EXPECT_EQ(agreement->video->rtx_payload_type, 124);
    EXPECT_EQ(agreement->video->mid_extension, 3);
    EXPECT_TRUE(agreement->video->has_nack);
    EXPECT_TRUE(agreement->video->has_pli);
    ASSERT_TRUE(agreement->data.has_value());
    EXPECT_EQ(agreement->data->remote_port, 5'000);
    EXPECT_EQ(agreement->data->send_message_max, 262'144U);
}

TEST(Agreement, ByFirefoxsAnswer) {
    const auto agreement =
        agree(parsed(sdp::test::kChromiumOffer), parsed(sdp::test::kFirefoxAnswer), Answerer::kOther);
    ASSERT_TRUE(agreement.has_value());
    EXPECT_EQ(agreement->role, dtls::Role::kPassive);
    EXPECT_EQ(agreement->fingerprints.size(), 1U);
    ASSERT_TRUE(agreement->audio && agreement->video && agreement->data);
    EXPECT_EQ(agreement->audio->payload_type, 111);
    EXPECT_EQ(agreement->video->payload_type, 96);
    EXPECT_EQ(agreement->video->rtx_payload_type, 97);
    // It says a thousand million, and we send no more than we would take.
    EXPECT_EQ(agreement->data->send_message_max, sctp::kMessageSizeMax);
}

TEST(Agreement, ASectionWithoutACodecOfOursIsNone) {
    const std::string answer =
        sdp::test::with(sdp::test::kChromiumAnswer, "a=rtpmap:109 opus/48000/2", "a=rtpmap:109 L16/48000/2");
    const auto agreement = agree(parsed(sdp::test::kFirefoxOffer), parsed(answer), Answerer::kOther);
    ASSERT_TRUE(agreement.has_value());
    EXPECT_FALSE(agreement->audio.has_value());
    EXPECT_TRUE(agreement->video.has_value());
}

} // namespace
} // namespace vv::peer::test
