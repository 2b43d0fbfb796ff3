#include "sdp/captured_for_test.h"
#include "sdp/local_end_for_test.h"
#include "sdp/rounds.h"

#include <gtest/gtest.h>

#include <functional>

namespace vv::sdp {
namespace {

using namespace test;

// Why the browsers' real answer to an offer is refused once something in it is changed.
std::optional<Refusal> refusal(const std::function<void(Description&)>& change) {
    Description answer = parsed(kFirefoxAnswer);
    change(answer);
    return check_answer(parsed(kChromiumOffer), answer);
}

TEST(SdpAnswerCheck, TakesTheBrowsersAnswersToEachOther) {
    EXPECT_EQ(check_answer(parsed(kChromiumOffer), parsed(kFirefoxAnswer)), std::nullopt);
    EXPECT_EQ(check_answer(parsed(kFirefoxOffer), parsed(kChromiumAnswer)), std::nullopt);
}

TEST(SdpAnswerCheck, RefusesOtherSections) {
    EXPECT_EQ(refusal([](Description& answer) { answer.media.pop_back(); }),
              "another number of sections than was offered");
    EXPECT_EQ(refusal([](Description& answer) { std::swap(answer.media[0], answer.media[1]); }),
              "a section of another kind than was offered");
    EXPECT_EQ(refusal([](Description& answer) { answer.media[0].mid = "9"; }),
              "a section of another mid than was offered");
    EXPECT_EQ(refusal([](Description& answer) { answer.media[0].protocol = "RTP/SAVPF"; }),
              "a section of another protocol than was offered");
    EXPECT_EQ(refusal([](Description& answer) { answer.media[0].is_bundle_only = true; }),
              "a section with bundle-only in an answer");
}

TEST(SdpAnswerCheck, RefusesWhatWasNotOffered) {
    EXPECT_EQ(refusal([](Description& answer) { answer.media[0].formats = {"33"}; }), "a format that was not offered");
    EXPECT_EQ(refusal([](Description& answer) { answer.media[0].codecs.at(0).name = "speex"; }),
              "a codec under another number than was offered");
    EXPECT_EQ(refusal([](Description& answer) { answer.media[0].has_rtcp_mux = false; }), "no rtcp-mux");
    Description offer = parsed(kChromiumOffer);
    offer.media[0].direction = Direction::kSendOnly;
    EXPECT_EQ(check_answer(offer, parsed(kFirefoxAnswer)), "a direction that was not offered");
    offer = parsed(kChromiumOffer);
    offer.media[1].port = 0;
    EXPECT_EQ(check_answer(offer, parsed(kFirefoxAnswer)), "a section that was not offered");
}

TEST(SdpAnswerCheck, RefusesMoreThanOneTransport) {
    EXPECT_EQ(refusal([](Description& answer) { answer.bundle.clear(); }), "more than one transport");
    EXPECT_EQ(refusal([](Description& answer) { answer.bundle.emplace_back("9"); }),
              "a mid in the group that was not offered in it");
    EXPECT_EQ(refusal([](Description& answer) { answer.media[2].port = 0; }), "a rejected section in the group");
}

TEST(SdpAnswerCheck, RefusesATransportThatCannotBe) {
    EXPECT_EQ(refusal([](Description& answer) { answer.media[0].transport.pwd.clear(); }), "no ice-ufrag or ice-pwd");
    EXPECT_EQ(refusal([](Description& answer) { answer.media[0].transport.fingerprints.clear(); }),
              "no fingerprint by SHA-256 or better");
    EXPECT_EQ(refusal([](Description& answer) { answer.media[0].transport.setup = Setup::kActPass; }),
              "no active or passive setup");
    Description offer = parsed(kChromiumOffer);
    offer.media[0].transport.setup = Setup::kActive;
    EXPECT_EQ(check_answer(offer, parsed(kFirefoxAnswer)), "the setup that the offer has");
}

TEST(SdpAnswerCheck, TakesARejectionOfAll) {
    EXPECT_EQ(refusal([](Description& answer) {
                  answer.bundle.clear();
                  for (Media& media : answer.media)
                      media.port = 0;
              }),
              std::nullopt);
}

TEST(SdpNextOffer, OfABrowserFitsItsFirst) {
    // Both were made by one program run after another, so only what rounds have in common is compared.
    const Description first = parsed(kChromiumOffer);
    EXPECT_EQ(check_next_offer(first, parsed(kChromiumSecondOffer)), std::nullopt);
    EXPECT_EQ(check_next_offer(parsed(kFirefoxOffer), parsed(kFirefoxSecondOffer)), std::nullopt);
    EXPECT_EQ(check_next_offer(first, first), std::nullopt);
}

TEST(SdpNextOffer, HasTheSectionsOfTheLastAtTheirPlaces) {
    const Description current = parsed(kChromiumOffer);
    Description next = current;
    next.media.pop_back();
    EXPECT_EQ(check_next_offer(current, next), "fewer sections than before");
    next = current;
    std::swap(next.media[0], next.media[1]);
    EXPECT_EQ(check_next_offer(current, next), "a section of another kind than before");
    next = current;
    next.media[0].mid = "9";
    EXPECT_EQ(check_next_offer(current, next), "a section of another mid than before");
    Description nameless = current;
    nameless.media[0].mid.clear();
    EXPECT_EQ(check_next_offer(nameless, current), std::nullopt);
    next = current;
    next.media.push_back(current.media[0]);
    EXPECT_EQ(check_next_offer(current, next), std::nullopt);
}

TEST(SdpNextOffer, MayTakeAPlaceThatWasGivenUp) {
    const Description current = parsed(kChromiumSecondOffer);
    Description next = current;
    next.media[1] = current.media[2];
    next.media[1].mid = "7";
    EXPECT_EQ(check_next_offer(current, next), std::nullopt);
}

TEST(SdpIceRestart, IsAChangeOfUfragOrPassword) {
    const Description before = parsed(kChromiumOffer);
    EXPECT_FALSE(is_ice_restart(before, before));
    EXPECT_TRUE(is_ice_restart(before, parsed(kChromiumSecondOffer)));
    Description after = before;
    after.media[0].transport.ufrag = "other";
    EXPECT_TRUE(is_ice_restart(before, after));
    after = before;
    after.media[0].transport.pwd += "x";
    EXPECT_TRUE(is_ice_restart(before, after));
    after = before;
    after.media[1].transport.ufrag = "other"; // not the section that speaks for the others
    EXPECT_FALSE(is_ice_restart(before, after));
    after.media.clear();
    EXPECT_FALSE(is_ice_restart(before, after));
}

TEST(SdpRole, FollowsFromTheAnswer) {
    Description answer = parsed(kFirefoxAnswer);
    ASSERT_EQ(answer.media[0].transport.setup, Setup::kActive);
    EXPECT_TRUE(is_active(answer, true));
    EXPECT_FALSE(is_active(answer, false));
    answer.media[0].transport.setup = Setup::kPassive;
    EXPECT_FALSE(is_active(answer, true));
    EXPECT_TRUE(is_active(answer, false));
}

} // namespace
} // namespace vv::sdp
