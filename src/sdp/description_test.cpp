#include "sdp/captured_for_test.h"
#include "sdp/description.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::sdp {
namespace {

using namespace test;
using Texts = std::vector<std::string>;

constexpr std::string_view kHead = "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nt=0 0\n";
constexpr std::string_view kVideo = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\n";

Description of(std::string_view lines) {
    return parsed(std::string(kHead).append(lines));
}
std::string_view why_not(std::string_view lines) {
    const auto description = parse_description(std::string(kHead).append(lines));
    return description ? "nothing" : description.error().why;
}
std::string_view why_not_in_video(std::string_view lines) {
    return why_not(std::string(kVideo).append(lines));
}
std::string repeated(std::size_t count, auto line_of) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out += line_of(i);
    return out;
}

TEST(SdpDescription, MeansTheSameWhenItIsWrittenAgain) {
    for (const Captured& each : kCaptured) {
        const Description description = parsed(each.text);
        const auto again = parse_description(write_description(description));
        ASSERT_TRUE(again) << each.name << ' ' << again.error().line << ' ' << again.error().why;
        EXPECT_EQ(*again, description) << each.name;
    }
}

TEST(SdpDescription, OfChromiumIsUnderstood) {
    const Description offer = parsed(kChromiumOffer);
    EXPECT_EQ(offer.origin.version, 2U);
    EXPECT_EQ(offer.bundle, (Texts{"0", "1", "2"}));
    EXPECT_FALSE(offer.is_ice_lite);
    ASSERT_EQ(offer.media.size(), 3U);
    const Media& audio = offer.media[0];
    EXPECT_EQ(audio.kind, Kind::kAudio);
    EXPECT_EQ(audio.direction, Direction::kSendRecv);
    EXPECT_TRUE(audio.has_rtcp_mux && audio.has_rtcp_rsize);
    EXPECT_EQ(audio.candidates.size(), 4U);
    EXPECT_EQ(audio.codecs.at(0).name, "opus");
    EXPECT_EQ(audio.codecs.at(0).parameters, "minptime=10;useinbandfec=1");
    EXPECT_EQ(audio.transport.ice_options, Texts{"trickle"});
    EXPECT_EQ(audio.transport.setup, Setup::kActPass);
    EXPECT_EQ(audio.transport.fingerprints.size(), 1U);
    const Media& video = offer.media[1];
    EXPECT_EQ(video.codecs.at(0).feedback, (Texts{"goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"}));
    EXPECT_EQ(video.codecs.at(1).apt(), video.codecs.at(0).payload_type);
    EXPECT_EQ(video.source_groups.at(0).semantics, "FID");
    EXPECT_EQ(video.sources.size(), 2U);
    EXPECT_EQ(video.extensions.size(), 11U);
    const Media& data = offer.media[2];
    EXPECT_TRUE(data.is_data());
    EXPECT_EQ(data.sctp_port, 5000);
    EXPECT_EQ(data.max_message_size, 262'144U);
}

TEST(SdpDescription, OfFirefoxIsUnderstood) {
    const Description offer = parsed(kFirefoxOffer);
    ASSERT_EQ(offer.media.size(), 3U);
    EXPECT_EQ(offer.origin.user, "mozilla...THIS_IS_SDPARTA-99.0");
    // Its attributes are sorted by name, so that of a codec comes before the codec.
    const Media& audio = offer.media[0];
    ASSERT_NE(audio.find_codec(109), nullptr);
    EXPECT_EQ(audio.find_codec(109)->parameter("stereo"), "1");
    EXPECT_EQ(audio.find_codec(9)->feedback, Texts{"transport-cc"});
    EXPECT_TRUE(audio.has_all_candidates);
    EXPECT_EQ(audio.extensions.at(1).direction, Direction::kRecvOnly);
    // The fingerprint is the session's, and holds for each section; so do the options.
    for (const Media& media : offer.media) {
        EXPECT_EQ(media.transport.fingerprints.size(), 1U);
        EXPECT_EQ(media.transport.ice_options, Texts{"trickle"});
        EXPECT_FALSE(media.is_rejected());
    }
    EXPECT_TRUE(offer.media[1].is_bundle_only);
    EXPECT_EQ(offer.media[1].port, 0);
    EXPECT_EQ(offer.media[2].max_message_size, 1'073'741'823U);
}

TEST(SdpDescription, HasRejectedSections) {
    for (const std::string_view text : {kChromiumSecondOffer, kFirefoxSecondOffer}) {
        const Description offer = parsed(text);
        ASSERT_EQ(offer.media.size(), 3U);
        EXPECT_FALSE(offer.media[0].is_rejected());
        EXPECT_TRUE(offer.media[1].is_rejected());
        EXPECT_TRUE(offer.media[2].is_data());
        EXPECT_EQ(offer.bundle, (Texts{"0", "2"}));
    }
}

TEST(SdpDescription, KeepsWhatNobodyKnows) {
    const Description description = of("a=odd:1\nm=video 9 UDP/TLS/RTP/SAVPF 96\ni=title\nb=AS:5\na=rid:h send\na=x\n");
    const std::string text = write_description(description);
    EXPECT_NE(text.find("a=odd:1\r\nm="), std::string::npos);
    EXPECT_NE(text.find("\r\ni=title\r\n"), std::string::npos);
    EXPECT_LT(text.find("b=AS:5"), text.find("a=rid:h send"));
    EXPECT_LT(text.find("a=rid:h send"), text.find("a=x\r\n"));
}

TEST(SdpDescription, PassesOverLinesOfCodecsThatAreNotThere) {
    const Media media = of(std::string(kVideo) + "a=rtpmap:96 VP8/90000\na=rtcp-fb:98 nack\na=fmtp:99 x=y\n"
                                                 "a=rtpmap:100 H264/90000\na=rtcp-fb:96 nack\n")
                            .media.at(0);
    ASSERT_EQ(media.codecs.size(), 1U);
    EXPECT_EQ(media.codecs[0].feedback, Texts{"nack"});
    EXPECT_EQ(media.others.size(), 3U);
}

TEST(SdpDescription, HasFeedbackForAllCodecsAtOnce) {
    const Media media = of(std::string(kVideo) + "a=rtcp-fb:* nack\na=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack\n"
                                                 "a=rtpmap:97 VP9/90000\na=rtcp-fb:97 ccm fir\n")
                            .media.at(0);
    EXPECT_EQ(media.codecs.at(0).feedback, Texts{"nack"});
    EXPECT_EQ(media.codecs.at(1).feedback, (Texts{"nack", "ccm fir"}));
}

TEST(SdpDescription, HasSoMuchFeedbackOfACodecAtMost) {
    const auto feedback = [](std::size_t i) { return "a=rtcp-fb:* x" + std::to_string(i) + "\n"; };
    const std::string lines = std::string(kVideo) + "a=rtpmap:96 VP8/90000\na=rtpmap:97 VP9/90000\n";
    const Media full = of(lines + repeated(kFeedbackMax, feedback)).media.at(0);
    EXPECT_EQ(full.codecs.at(1).feedback.size(), kFeedbackMax);
    EXPECT_TRUE(full.others.empty());
    const Media more = of(lines + repeated(kFeedbackMax + 1, feedback)).media.at(0);
    EXPECT_EQ(more.codecs.at(1).feedback.size(), kFeedbackMax);
    EXPECT_EQ(more.others.size(), 1U);
}

TEST(SdpDescription, TakesWhatTheSessionSaysWhereASectionDoesNot) {
    const Description description =
        of("a=recvonly\na=setup:active\na=ice-ufrag:abcd\na=ice-options:trickle ice2\n" + std::string(kVideo) +
           "a=setup:passive\nm=audio 9 UDP/TLS/RTP/SAVPF 0\na=sendonly\n");
    EXPECT_EQ(description.media.at(0).direction, Direction::kRecvOnly);
    EXPECT_EQ(description.media.at(0).transport.setup, Setup::kPassive);
    EXPECT_EQ(description.media.at(1).direction, Direction::kSendOnly);
    EXPECT_EQ(description.media.at(1).transport.setup, Setup::kActive);
    EXPECT_EQ(description.media.at(1).transport.ufrag, "abcd");
    EXPECT_EQ(description.media.at(1).transport.ice_options, (Texts{"trickle", "ice2"}));
}

TEST(SdpDescription, CountsNoFingerprintOfAWeakHash) {
    const std::string sha1 = "a=fingerprint:sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB\n";
    const Media media = of(std::string(kVideo) + sha1).media.at(0);
    EXPECT_TRUE(media.transport.fingerprints.empty());
    EXPECT_EQ(media.others.size(), 1U);
    EXPECT_EQ(why_not_in_video("a=fingerprint:sha-256 4A:AD\n"), "a fingerprint that is not the digest of its hash");
}

TEST(SdpDescription, SaysWhatIsWrong) {
    EXPECT_EQ(parse_description(with(kHead, "v=0", "v=1")).error(), (Error{1, "a version other than 0"}));
    EXPECT_EQ(parse_description(with(kHead, "- 1 1 IN", "- 1 x IN")).error(),
              (Error{2, "an o= line without its six parts"}));
    EXPECT_EQ(parse_description(with(kHead, " IN IP4", "")).error(), (Error{2, "an o= line without its six parts"}));
    EXPECT_EQ(parse_description(std::string(kHead) + "a=x\nm=video\n").error(),
              (Error{6, "an m= line without kind, port, protocol and format"}));
    EXPECT_EQ(why_not("m=video 9/2 UDP/TLS/RTP/SAVPF 96\n"), "an m= line without one port");
    EXPECT_EQ(why_not("m=video 65536 UDP/TLS/RTP/SAVPF 96\n"), "an m= line without one port");
    EXPECT_EQ(why_not("m=video 9 UDP//SAVPF 96\n"), "an m= line whose kind or protocol is no name");
    EXPECT_EQ(why_not("m=video 9 UDP/TLS/RTP/SAVPF 128\n"), "a format that is no payload type");
    EXPECT_EQ(why_not("m=video 9 UDP/TLS/RTP/SAVPF 96 96\n"), "a format twice");
    EXPECT_EQ(why_not("m=video 9 UDP/TLS/RTP/SAVPF 96 \n"), "a format that is no name");
    EXPECT_EQ(why_not_in_video("a=mid:a b\n"), "a mid that is no name");
    EXPECT_EQ(why_not_in_video("a=mid:a\na=mid:b\n"), "a second mid");
    EXPECT_EQ(why_not_in_video("a=ice-ufrag:abc\n"), "no ice-ufrag of 4 to 256 characters");
    EXPECT_EQ(why_not_in_video("a=ice-pwd:abc\n"), "no ice-pwd of 22 to 256 characters");
    EXPECT_EQ(why_not_in_video("a=ice-ufrag:abcd\na=ice-ufrag:abcd\n"), "a second ice-ufrag");
    EXPECT_EQ(why_not_in_video("a=setup:maybe\n"), "a setup that is none of the four");
    EXPECT_EQ(why_not_in_video("a=setup:active\na=setup:active\n"), "a second setup");
    EXPECT_EQ(why_not_in_video("a=rtpmap:96 VP8\n"), "an rtpmap without payload type, name and clock rate");
    EXPECT_EQ(why_not_in_video("a=rtpmap:96 VP8/1\na=rtpmap:96 VP9/1\n"), "a second rtpmap of a payload type");
    EXPECT_EQ(why_not_in_video("a=fmtp:96\n"), "an fmtp or rtcp-fb without payload type and value");
    EXPECT_EQ(why_not_in_video("a=extmap:15 urn:x\n"), "an extmap without number and name");
    EXPECT_EQ(why_not_in_video("a=extmap:1 urn:x\na=extmap:1 urn:y\n"), "a second extmap of a number");
    EXPECT_EQ(why_not_in_video("a=msid:a b c\n"), "an msid that is not one or two names");
    EXPECT_EQ(why_not_in_video("a=ssrc:x cname:y\n"), "an ssrc without number and attribute");
    EXPECT_EQ(why_not_in_video("a=ssrc-group:FID x\n"), "an ssrc-group without name and numbers");
}

TEST(SdpDescription, SaysWhatIsWrongWithData) {
    constexpr std::string_view kData = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\n";
    const auto why = [&](std::string_view lines) { return why_not(std::string(kData).append(lines)); };
    EXPECT_EQ(why("a=sctp-port:65536\n"), "a sctp-port that is no port");
    EXPECT_EQ(why("a=sctp-port:1\na=sctp-port:1\n"), "a second sctp-port");
    EXPECT_EQ(why("a=max-message-size:-1\n"), "a max-message-size that is no number");
    EXPECT_EQ(why("a=max-message-size:1\na=max-message-size:1\n"), "a second max-message-size");
    EXPECT_EQ(why("a=max-message-size:0\n"), "nothing");
}

// As aiortc 1.4 offers them, and browsers did until 2019.
TEST(SdpDescription, ReadsDataOfTheFormBeforeRfc8841) {
    constexpr std::string_view kOld = "m=application 9 DTLS/SCTP 5000\n";
    const auto first = [&](std::string_view lines) {
        return parsed(std::string(kHead).append(kOld).append(lines)).media.at(0);
    };
    const Media data = first("a=sctpmap:5000 webrtc-datachannel 65535\n");
    EXPECT_TRUE(data.is_data());
    EXPECT_EQ(data.sctp_port, 5000);
    for (const std::string_view lines :
         {"", "a=sctpmap:5001 webrtc-datachannel 65535\n", "a=sctpmap:5000 other 65535\n"}) {
        EXPECT_FALSE(first(lines).is_data()) << lines;
        EXPECT_EQ(first(lines).sctp_port, std::nullopt);
    }
    const auto why = [&](std::string_view lines) { return why_not(std::string(kOld).append(lines)); };
    EXPECT_EQ(why("a=sctpmap:5000 webrtc-datachannel 1\na=sctpmap:5000 webrtc-datachannel 1\n"), "a second sctp-port");
    EXPECT_EQ(why_not("m=application 9 DTLS/SCTP x\na=sctpmap:x webrtc-datachannel 1\n"),
              "a sctp-port that is no port");
}

TEST(SdpDescription, HasEachMidOnce) {
    EXPECT_EQ(why_not("m=a 9 x 0\na=mid:1\nm=b 9 x 0\na=mid:1\n"), "a mid twice");
    EXPECT_EQ(why_not("a=group:BUNDLE 1 1\nm=a 9 x 0\na=mid:1\n"), "a mid twice in the group");
    EXPECT_EQ(why_not("a=group:BUNDLE 1 2\nm=a 9 x 0\na=mid:1\n"), "a mid in the group that no section has");
    EXPECT_EQ(why_not("a=group:BUNDLE 1 a:b\nm=a 9 x 0\na=mid:1\n"), "a mid in a group that is no name");
    EXPECT_EQ(why_not("m=a 9 x 0\nm=b 9 x 0\n"), "nothing");
    EXPECT_EQ(why_not("a=group:BUNDLE\na=group:LS 1\n"), "nothing");
}

TEST(SdpDescription, HasLimits) {
    const auto formats = [](std::size_t count) {
        return "m=x 9 y" + repeated(count, [](std::size_t i) { return " " + std::to_string(i); }) + "\n";
    };
    EXPECT_EQ(why_not(formats(kCodecsMax)), "nothing");
    EXPECT_EQ(why_not(formats(kCodecsMax + 1)), "more than 128 formats");
    const auto check = [](std::size_t max, std::string_view why, auto line_of) {
        EXPECT_EQ(why_not_in_video(repeated(max, line_of)), "nothing") << why;
        EXPECT_EQ(why_not_in_video(repeated(max + 1, line_of)), why);
    };
    check(kCandidatesMax, "more than 128 candidates", [](std::size_t) { return "a=candidate:x\n"; });
    check(kExtensionsMax, "more than 64 extmaps",
          [](std::size_t i) { return "a=extmap:" + std::to_string(i + 16) + " urn:x\n"; });
    check(kSourcesMax, "more than 64 sources", [](std::size_t) { return "a=ssrc:1 cname:x\n"; });
    check(kSourcesMax, "more than 64 ssrc-groups", [](std::size_t) { return "a=ssrc-group:FID 1\n"; });
    check(kSourcesMax, "more than 64 msids", [](std::size_t) { return "a=msid:x\n"; });
    const std::string fingerprint =
        "a=fingerprint:" + crypto::write_fingerprint(crypto::fingerprint_of(crypto::FingerprintHash::kSha256, {})) +
        "\n";
    check(kFingerprintsMax, "more than 16 fingerprints", [&](std::size_t) { return fingerprint; });
}

TEST(SdpCodec, HasParametersWithNames) {
    const Codec codec{111, "opus", 48'000, 2, "minptime=10; UseInbandFec=1;flag", {}};
    EXPECT_EQ(codec.parameter("minptime"), "10");
    EXPECT_EQ(codec.parameter("useinbandfec"), "1");
    EXPECT_EQ(codec.parameter("flag"), "");
    EXPECT_EQ(codec.parameter("min"), std::nullopt);
    EXPECT_TRUE(codec.is("OPUS", 48'000, 2));
    EXPECT_FALSE(codec.is("opus", 48'000, 1));
    EXPECT_FALSE(codec.is("opus", 8'000, 2));
}

} // namespace
} // namespace vv::sdp
