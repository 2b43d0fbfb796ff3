#include "sdp/captured_for_test.h"
#include "sdp/local_end_for_test.h"
#include "sdp/negotiation.h"
#include "sdp/rounds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vv::sdp {
namespace {

using namespace test;
using Texts = std::vector<std::string>;

const Capabilities kCan = default_capabilities();

// As the other end gets it.
Description sent(const Description& description) {
    return parsed(write_description(description));
}
Description answered(const Description& offer, const LocalEnd& local = whole_end("two")) {
    return sent(make_answer(offer, kCan, local).value());
}
Description answered(std::string_view offer, const LocalEnd& local = whole_end("two")) {
    return answered(parsed(offer), local);
}
std::string_view why_not(const Description& offer) {
    const auto answer = make_answer(offer, kCan, whole_end("two"));
    return answer ? "nothing" : answer.error();
}
Texts names(const std::vector<Codec>& codecs) {
    Texts out;
    for (const Codec& codec : codecs)
        out.push_back(std::to_string(codec.payload_type) + ' ' + codec.name);
    return out;
}

// Of an answer, where the offer and the answering end have these.
std::optional<Setup> setup_after(Setup offered, std::optional<Setup> liked) {
    Description offer = parsed(kChromiumDataOffer);
    offer.media.at(0).transport.setup = offered;
    LocalEnd end = whole_end("two");
    end.transport.setup = liked;
    return answered(offer, end).media.at(0).transport.setup;
}

TEST(SdpOffer, HasASectionForEachWish) {
    const Description offer = sent(make_offer(kCan, whole_end()));
    EXPECT_EQ(offer.bundle, (Texts{"0", "1", "2"}));
    ASSERT_EQ(offer.media.size(), 3U);
    for (const Media& media : offer.media) {
        EXPECT_EQ(media.port, kNoPort);
        EXPECT_EQ(media.transport.setup, Setup::kActPass);
        EXPECT_EQ(media.transport.ufrag, "ufragone");
        EXPECT_EQ(media.transport.fingerprints, local_end().transport.fingerprints);
        EXPECT_EQ(media.has_rtcp_mux, !media.is_data());
    }
    EXPECT_EQ(names(offer.media[0].codecs), Texts{"111 opus"});
    EXPECT_EQ(names(offer.media[1].codecs), (Texts{"96 VP8", "97 rtx"}));
    EXPECT_EQ(offer.media[1].formats, (Texts{"96", "97"}));
    EXPECT_EQ(offer.media[1].codecs[1].apt(), 96);
    EXPECT_EQ(offer.media[1].source_groups, (std::vector{SourceGroup{"FID", {20, 21}}}));
    EXPECT_EQ(offer.media[0].msids, (std::vector{Msid{"stream", "track10"}}));
    EXPECT_TRUE(offer.media[2].is_data());
}

TEST(SdpOffer, HasNothingThatIsNotWanted) {
    LocalEnd end = local_end();
    end.data = true;
    const Description offer = make_offer(kCan, end);
    ASSERT_EQ(offer.media.size(), 1U);
    EXPECT_EQ(offer.media[0].mid, "0");
    EXPECT_TRUE(make_offer(kCan, local_end()).media.empty());
}

TEST(SdpOffer, SaysWhetherItSendsOrReceives) {
    LocalEnd end = local_end();
    end.audio = MediaWish{.receive = false, .send = track(1)};
    end.video = MediaWish{.receive = true, .send = std::nullopt};
    const Description offer = sent(make_offer(kCan, end));
    EXPECT_EQ(offer.media.at(0).direction, Direction::kSendOnly);
    EXPECT_EQ(offer.media.at(1).direction, Direction::kRecvOnly);
    EXPECT_TRUE(offer.media[1].sources.empty() && offer.media[1].msids.empty());
}

TEST(SdpOffer, HasItsCandidatesInTheFirstSection) {
    LocalEnd end = whole_end();
    end.candidates = {"candidate:1 1 udp 1 192.0.2.1 1 typ host"};
    end.has_all_candidates = true;
    const Description offer = sent(make_offer(kCan, end));
    EXPECT_EQ(offer.media.at(0).candidates, end.candidates);
    EXPECT_TRUE(offer.media[0].has_all_candidates);
    EXPECT_TRUE(offer.media.at(1).candidates.empty());
}

TEST(SdpAnswer, ToOurOwnOfferTakesAll) {
    const Description offer = sent(make_offer(kCan, whole_end()));
    const Description answer = answered(offer);
    EXPECT_EQ(check_answer(offer, answer), std::nullopt);
    EXPECT_EQ(answer.bundle, offer.bundle);
    for (std::size_t i = 0; i < offer.media.size(); ++i) {
        EXPECT_EQ(answer.media.at(i).codecs, offer.media[i].codecs);
        EXPECT_EQ(answer.media[i].extensions, offer.media[i].extensions);
        EXPECT_EQ(answer.media[i].transport.setup, Setup::kActive);
    }
}

TEST(SdpAnswer, ToChromiumTakesWhatBothCan) {
    const Description offer = parsed(kChromiumOffer);
    const Description answer = answered(kChromiumOffer);
    EXPECT_EQ(check_answer(offer, answer), std::nullopt);
    EXPECT_EQ(answer.bundle, (Texts{"0", "1", "2"}));
    EXPECT_EQ(names(answer.media.at(0).codecs), Texts{"111 opus"});
    EXPECT_EQ(names(answer.media.at(1).codecs), (Texts{"96 VP8", "97 rtx"}));
    EXPECT_EQ(answer.media[1].codecs[0].feedback, (Texts{"ccm fir", "nack", "nack pli"}));
    ASSERT_EQ(answer.media[1].extensions.size(), 1U);
    EXPECT_EQ(answer.media[1].extensions[0].uri, kMidExtension);
    EXPECT_EQ(answer.media[1].extensions[0].id, 4);
    EXPECT_EQ(answer.media[2].sctp_port, 5000);
}

TEST(SdpAnswer, ToTheOlderFormOfDataIsOfThatForm) {
    std::string text(kChromiumOffer);
    const std::string_view now = "UDP/DTLS/SCTP webrtc-datachannel";
    text.replace(text.find(now), now.size(), "DTLS/SCTP 5000");
    const std::string_view port = "a=sctp-port:5000";
    text.replace(text.find(port), port.size(), "a=sctpmap:5000 webrtc-datachannel 1024");
    const Description offer = parsed(text);
    const Description answer = answered(text);
    EXPECT_EQ(check_answer(offer, answer), std::nullopt);
    const Media& data = answer.media.at(2);
    EXPECT_TRUE(data.is_data());
    EXPECT_EQ(data.protocol, "DTLS/SCTP");
    EXPECT_EQ(data.formats, Texts{"5000"});
    EXPECT_EQ(data.sctp_port, 5000);
    const std::string written = write_description(answer);
    EXPECT_TRUE(written.contains("a=sctpmap:5000 webrtc-datachannel 65535\r\n")) << written;
    EXPECT_FALSE(written.contains("sctp-port")) << written;
    const Media again = sent(make_offer(kCan, whole_end(), &answer)).media.at(2);
    EXPECT_EQ(again.protocol, data.protocol);
    EXPECT_EQ(again.formats, data.formats);
    EXPECT_TRUE(again.is_data());
}

TEST(SdpAnswer, ToFirefoxHasItsNumbers) {
    const Description offer = parsed(kFirefoxOffer);
    const Description answer = answered(kFirefoxOffer);
    EXPECT_EQ(check_answer(offer, answer), std::nullopt);
    EXPECT_EQ(names(answer.media.at(0).codecs), Texts{"109 opus"});
    EXPECT_EQ(names(answer.media.at(1).codecs), (Texts{"120 VP8", "124 rtx"}));
    EXPECT_EQ(answer.media[1].codecs[1].apt(), 120);
    EXPECT_EQ(answer.media[1].extensions.at(0).id, 3);
    EXPECT_EQ(answer.media[1].port, kNoPort); // offered with port 0 for being bundled
    EXPECT_FALSE(answer.media[1].is_bundle_only);
}

TEST(SdpAnswer, FitsEveryOfferThatWasCaptured) {
    for (const Captured& each : kCaptured) {
        const Description offer = parsed(each.text);
        if (each.name.ends_with("Answer")) continue;
        EXPECT_EQ(check_answer(offer, answered(offer)), std::nullopt) << each.name;
    }
}

TEST(SdpAnswer, LeavesRejectedWhatWasRejected) {
    const Description answer = answered(kFirefoxSecondOffer);
    EXPECT_TRUE(answer.media.at(1).is_rejected());
    EXPECT_EQ(answer.bundle, (Texts{"0", "2"}));
}

TEST(SdpAnswer, RejectsWhatIsNotWanted) {
    LocalEnd end = local_end("two");
    end.data = true;
    const Description offer = parsed(kChromiumOffer);
    const Description answer = answered(kChromiumOffer, end);
    EXPECT_EQ(check_answer(offer, answer), std::nullopt);
    EXPECT_TRUE(answer.media.at(0).is_rejected() && answer.media.at(1).is_rejected());
    EXPECT_EQ(answer.media[0].direction, Direction::kInactive);
    EXPECT_EQ(answer.media[0].mid, "0");
    EXPECT_EQ(answer.bundle, Texts{"2"});
    EXPECT_EQ(answer.media.at(2).transport.ufrag, "ufragtwo");
}

TEST(SdpAnswer, ToAnOfferOfNothingKnownRejectsAll) {
    const Description answer = answered(with(kChromiumDataOffer, "webrtc-datachannel", "5000"));
    ASSERT_EQ(answer.media.size(), 1U);
    EXPECT_TRUE(answer.media[0].is_rejected());
    EXPECT_TRUE(answer.bundle.empty());
}

TEST(SdpAnswer, RejectsASectionWithoutACodecOfOurs) {
    Description offer = parsed(kChromiumOffer);
    std::erase_if(offer.media.at(1).codecs, [](const Codec& codec) { return codec.name == "VP8"; });
    const Description answer = answered(offer);
    EXPECT_TRUE(answer.media.at(1).is_rejected());
    EXPECT_FALSE(answer.media.at(0).is_rejected() || answer.media.at(2).is_rejected());
}

TEST(SdpAnswer, GoesWithoutRtxIfTheOfferDoes) {
    Description offer = parsed(kChromiumOffer);
    std::erase_if(offer.media.at(1).codecs, [](const Codec& codec) { return codec.apt() == 96; });
    const Description answer = answered(offer);
    EXPECT_EQ(names(answer.media.at(1).codecs), Texts{"96 VP8"});
    EXPECT_TRUE(answer.media[1].source_groups.empty());
    EXPECT_EQ(answer.media[1].sources.size(), 1U);
}

TEST(SdpAnswer, RejectsRtpWithoutRtcpInIt) {
    Description offer = parsed(kChromiumOffer);
    offer.media.at(0).has_rtcp_mux = false;
    EXPECT_TRUE(answered(offer).media.at(0).is_rejected());
}

TEST(SdpAnswer, RejectsOtherProtocols) {
    Description offer = parsed(kChromiumOffer);
    offer.media.at(0).protocol = "RTP/AVP";
    offer.media.at(1).protocol = "RTP/SAVPF";
    const Description answer = answered(offer);
    EXPECT_TRUE(answer.media.at(0).is_rejected());
    EXPECT_FALSE(answer.media.at(1).is_rejected());
    EXPECT_EQ(answer.media[1].protocol, "RTP/SAVPF");
}

TEST(SdpAnswer, MirrorsTheDirection) {
    const auto direction = [](Direction offered, bool receive, bool send) {
        Description offer = parsed(kChromiumOffer);
        offer.media.at(0).direction = offered;
        LocalEnd end = local_end("two");
        end.audio = MediaWish{.receive = receive, .send = send ? std::optional(track(1)) : std::nullopt};
        const Description answer = answered(offer, end);
        EXPECT_EQ(check_answer(offer, answer), std::nullopt);
        EXPECT_EQ(answer.media.at(0).sources.empty(), !sends(answer.media[0].direction));
        return answer.media[0].direction;
    };
    EXPECT_EQ(direction(Direction::kSendRecv, true, true), Direction::kSendRecv);
    EXPECT_EQ(direction(Direction::kSendRecv, true, false), Direction::kRecvOnly);
    EXPECT_EQ(direction(Direction::kSendRecv, false, true), Direction::kSendOnly);
    EXPECT_EQ(direction(Direction::kSendOnly, true, true), Direction::kRecvOnly);
    EXPECT_EQ(direction(Direction::kRecvOnly, true, true), Direction::kSendOnly);
    EXPECT_EQ(direction(Direction::kSendOnly, false, true), Direction::kInactive);
    EXPECT_EQ(direction(Direction::kInactive, true, true), Direction::kInactive);
}

TEST(SdpAnswer, MirrorsTheDirectionOfAnExtension) {
    Description offer = parsed(kFirefoxOffer);
    offer.media.at(0).extensions = {{7, Direction::kSendOnly, std::string(kMidExtension), "attributes"},
                                    {4100, std::nullopt, "urn:other", ""}};
    const auto extensions = answered(offer).media.at(0).extensions;
    EXPECT_EQ(extensions, (std::vector{Extension{7, Direction::kRecvOnly, std::string(kMidExtension), ""}}));
}

TEST(SdpAnswer, TakesTheOtherRoleOfDtls) {
    EXPECT_EQ(setup_after(Setup::kActPass, std::nullopt), Setup::kActive);
    EXPECT_EQ(setup_after(Setup::kActPass, Setup::kPassive), Setup::kPassive);
    EXPECT_EQ(setup_after(Setup::kActive, Setup::kActive), Setup::kPassive);
    EXPECT_EQ(setup_after(Setup::kPassive, Setup::kPassive), Setup::kActive);
}

TEST(SdpAnswer, TakesOneOfAKind) {
    Description offer = parsed(kChromiumOffer);
    Media second = offer.media.at(1);
    second.mid = "3";
    offer.media.push_back(second);
    offer.bundle.emplace_back("3");
    EXPECT_TRUE(answered(offer).media.at(3).is_rejected());
    offer.media[1] = parsed(kFirefoxSecondOffer).media.at(1); // rejected
    std::erase(offer.bundle, "1");
    EXPECT_FALSE(answered(offer).media.at(3).is_rejected());
}

TEST(SdpAnswer, TakesOneTransportWhereThereIsNoBundle) {
    Description offer = parsed(kChromiumOffer);
    offer.bundle.clear();
    const Description answer = answered(offer);
    EXPECT_EQ(check_answer(offer, answer), std::nullopt);
    EXPECT_FALSE(answer.media.at(0).is_rejected());
    EXPECT_TRUE(answer.media.at(1).is_rejected() && answer.media.at(2).is_rejected());
    EXPECT_TRUE(answer.bundle.empty());
}

TEST(SdpAnswer, RejectsWhatStandsOutsideTheBundle) {
    Description offer = parsed(kChromiumOffer);
    offer.bundle = {"1", "2"};
    const Description answer = answered(offer);
    EXPECT_EQ(check_answer(offer, answer), std::nullopt);
    EXPECT_TRUE(answer.media.at(0).is_rejected());
    EXPECT_EQ(answer.bundle, (Texts{"1", "2"}));
}

TEST(SdpAnswer, NeedsATransport) {
    const Description good = parsed(kChromiumDataOffer);
    EXPECT_EQ(why_not(good), "nothing");
    Description offer = good;
    offer.media.at(0).transport.ufrag.clear();
    EXPECT_EQ(why_not(offer), "no ice-ufrag or ice-pwd");
    offer = good;
    offer.media.at(0).transport.pwd.clear();
    EXPECT_EQ(why_not(offer), "no ice-ufrag or ice-pwd");
    offer = good;
    offer.media.at(0).transport.fingerprints.clear();
    EXPECT_EQ(why_not(offer), "no fingerprint by SHA-256 or better");
    offer = good;
    offer.media.at(0).transport.setup.reset();
    EXPECT_EQ(why_not(offer), "no usable setup");
    offer.media.at(0).transport.setup = Setup::kHoldConn;
    EXPECT_EQ(why_not(offer), "no usable setup");
}

TEST(SdpBundleSection, IsTheFirstOfTheGroupThatIsNotRejected) {
    EXPECT_EQ(bundle_section(parsed(kChromiumOffer))->mid, "0");
    Description description = parsed(kChromiumSecondOffer);
    description.bundle = {"1", "2", "0"};
    EXPECT_EQ(bundle_section(description)->mid, "2");
    description.bundle.clear();
    EXPECT_EQ(bundle_section(description)->mid, "0");
    description.media.clear();
    EXPECT_EQ(bundle_section(description), nullptr);
}

TEST(SdpLaterOffer, KeepsPlacesAndNumbers) {
    LocalEnd end = whole_end("two");
    end.data = false;
    const Description first = answered(kFirefoxOffer, end);
    end.origin.version = 1;
    end.transport.ufrag = "another";
    end.data = true;
    const Description next = sent(make_offer(kCan, end, &first));
    EXPECT_EQ(check_next_offer(first, next), std::nullopt);
    ASSERT_EQ(next.media.size(), 4U); // the section for data that was rejected stays so, and there is another
    EXPECT_EQ(names(next.media[1].codecs), (Texts{"120 VP8", "124 rtx"}));
    EXPECT_EQ(next.media[1].extensions.at(0).id, 3);
    EXPECT_TRUE(next.media[2].is_rejected());
    EXPECT_EQ(next.media[3].mid, "3");
    EXPECT_EQ(next.bundle, (Texts{"0", "1", "3"}));
    EXPECT_TRUE(is_ice_restart(first, next));
    EXPECT_EQ(next.media[0].transport.setup, Setup::kActPass);
}

TEST(SdpLaterOffer, ShowsWhatIsNoMoreWanted) {
    LocalEnd end = whole_end();
    const Description first = make_offer(kCan, end);
    end.video.reset();
    const Description next = sent(make_offer(kCan, end, &first));
    EXPECT_EQ(next.media.at(1).direction, Direction::kInactive);
    EXPECT_TRUE(next.media[1].sources.empty());
    EXPECT_EQ(next.bundle.size(), 3U);
}

TEST(SdpLaterOffer, TakesNoMidTwice) {
    LocalEnd end = local_end();
    end.data = true;
    Description first = make_offer(kCan, end);
    first.media[0].mid = first.bundle[0] = "1";
    end.audio = MediaWish{};
    end.video = MediaWish{};
    const Description next = sent(make_offer(kCan, end, &first));
    EXPECT_EQ(next.bundle, (Texts{"1", "2", "3"}));
}

} // namespace
} // namespace vv::sdp
