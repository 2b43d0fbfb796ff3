#include "call/description_check.h"
#include "sdp/captured_for_test.h"

#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <vector>

namespace vv::call {
namespace {

using Flaw = DescriptionFlaw;

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    std::size_t found = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
        ++found;
    }
    EXPECT_GT(found, 0U) << what;
    return text;
}

std::optional<Flaw> flaw_of(std::string_view sdp, const std::optional<std::string>& pinned = {}) {
    const auto facts = check_description(sdp, pinned);
    return facts ? std::nullopt : std::optional(facts.error());
}

const std::string kOffer(sdp::test::kChromiumOffer);

TEST(DescriptionCheck, TakesWhatBrowsersMake) {
    const auto chromium = check_description(kOffer, {});
    ASSERT_TRUE(chromium);
    EXPECT_TRUE(chromium->fingerprint.starts_with("sha-256 "));
    EXPECT_FALSE(chromium->ufrag.empty());
    EXPECT_FALSE(chromium->is_firefox);
    const auto firefox = check_description(sdp::test::kFirefoxOffer, {});
    ASSERT_TRUE(firefox);
    EXPECT_TRUE(firefox->is_firefox);
    for (const std::string_view answer : {sdp::test::kChromiumAnswer, sdp::test::kFirefoxAnswer})
        EXPECT_EQ(flaw_of(answer), std::nullopt);
}

TEST(DescriptionCheck, HoldsToTheCertificateThatWasVouchedFor) {
    const std::string fingerprint = check_description(kOffer, {})->fingerprint;
    EXPECT_EQ(flaw_of(kOffer, fingerprint), std::nullopt);
    std::string lower = fingerprint;
    for (char& letter : lower)
        letter = static_cast<char>(std::tolower(letter));
    EXPECT_EQ(flaw_of(kOffer, lower), std::nullopt);
    std::string other = fingerprint;
    other.back() = other.back() == 'A' ? 'B' : 'A';
    EXPECT_EQ(flaw_of(kOffer, other), Flaw::kFingerprint);
}

TEST(DescriptionCheck, ASecondFingerprintIsSeenHoweverItIsWritten) {
    const std::string other =
        "sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:"
        "CC:DD:EE:FF";
    for (const std::string_view line : {"a=fingerprint:", "a=FINGERPRINT:", "a= fingerprint ", " a=fingerprint: "})
        EXPECT_NE(flaw_of(kOffer + std::string(line) + other + "\r\n"), std::nullopt) << line;
    EXPECT_EQ(flaw_of(kOffer + "a=fingerprint:" + other + "\r\n"), Flaw::kFingerprint);
}

TEST(DescriptionCheck, WhatIsNotOneEncryptedTransportIsRefused) {
    EXPECT_EQ(flaw_of(""), Flaw::kUnusable);
    EXPECT_EQ(flaw_of("v=0"), Flaw::kUnusable);
    EXPECT_EQ(flaw_of(replaced(kOffer, "UDP/TLS/RTP/SAVPF", "RTP/SAVPF")), Flaw::kUnusable);
    EXPECT_EQ(flaw_of(replaced(kOffer, "a=group:BUNDLE 0 1 2", "a=group:BUNDLE 0 1")), Flaw::kUnusable);
    EXPECT_EQ(flaw_of(replaced(kOffer, "a=rtcp-mux\n", "")), Flaw::kUnusable);
    EXPECT_EQ(flaw_of(replaced(kOffer, "a=fingerprint:sha-256", "a=fingerprint:sha-1")), Flaw::kUnusable);
    EXPECT_EQ(flaw_of(replaced(kOffer, "m=video", "m=audio")), Flaw::kUnusable) << "each would be encoded once more";
    EXPECT_EQ(flaw_of(kOffer + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\n"), Flaw::kUnusable);
}

TEST(DescriptionCheck, CandidatesAreTakenOut) {
    const auto bare = without_candidates("v=0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=mid:0\r\n"
                                         "a=candidate:2 1 udp 1 192.0.2.2 9 typ host\r\na=end-of-candidates\r\nlast");
    EXPECT_EQ(bare.sdp, "v=0\r\na=mid:0\r\nlast");
    EXPECT_EQ(bare.candidates, (std::vector<std::string>{"candidate:1 1 udp 1 192.0.2.1 9 typ host",
                                                         "candidate:2 1 udp 1 192.0.2.2 9 typ host"}));
    EXPECT_TRUE(bare.has_all);
    EXPECT_FALSE(without_candidates("v=0\r\n").has_all);
}

} // namespace
} // namespace vv::call
