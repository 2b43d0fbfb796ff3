#include "base/encoding.h"
#include "caller/code_run.h"
#include "caller/stranger_sealing.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::caller {
namespace {

CodeFingerprint fingerprint(std::uint8_t seed) {
    CodeFingerprint bytes{};
    bytes.fill(seed);
    return bytes;
}

std::string describe(const CodeEvent& event) {
    if (const auto* message = std::get_if<CodeMessage>(&event)) return write_code_message(*message).substr(22, 6);
    if (const auto* refused = std::get_if<CodeRefused>(&event)) {
        static constexpr std::array kNames{"order", "forged", "reflected"};
        return std::string("refused: ") + kNames.at(static_cast<std::size_t>(refused->why));
    }
    if (std::holds_alternative<CodeAgreed>(event)) return "agreed";
    return std::holds_alternative<CodeDone>(event) ? "both" : "partner seals";
}

std::vector<CodeMessage> said_by(CodeRun& run, std::vector<std::string>* events = nullptr) {
    std::vector<CodeMessage> said;
    while (const auto event = run.poll_event()) {
        if (const auto* message = std::get_if<CodeMessage>(&*event)) said.push_back(*message);
        if (events != nullptr) events->push_back(describe(*event));
    }
    return said;
}

// What comes of one message too many, or of another in its place.
std::string refusal_of(CodeRun& run, const CodeMessage& message) {
    (void)said_by(run);
    run.handle(message, 0);
    std::vector<std::string> events;
    (void)said_by(run, &events);
    return events.empty() ? "nothing" : events.back();
}

struct Two {
    SeededRng rng{5};
    CodeRun first{fingerprint(1), fingerprint(2), rng};
    CodeRun second{fingerprint(2), fingerprint(1), rng};
};

TEST(CodeRun, BothEndsComeToOneCode) {
    Two two;
    std::vector<std::string> events;
    for (int i = 0; i < 4; ++i) {
        for (const CodeMessage& message : said_by(two.first, &events))
            two.second.handle(message, 7);
        for (const CodeMessage& message : said_by(two.second))
            two.first.handle(message, 0);
    }
    ASSERT_TRUE(two.first.agreed() && two.second.agreed());
    EXPECT_EQ(two.first.agreed()->code, two.second.agreed()->code);
    EXPECT_EQ(two.first.agreed()->code.digits.size(), 8U);
    EXPECT_EQ(events, (std::vector<std::string>{R"("commi)", R"("revea)", "agreed", R"("done")", "both", R"("seale)",
                                                "partner seals"}));
    EXPECT_EQ(refusal_of(two.first, {CodeStep::kSealed}), "nothing") << "everything has come";
}

TEST(CodeRun, NothingElseThanWhatIsDue) {
    Two early;
    EXPECT_EQ(refusal_of(early.first, {CodeStep::kReveal, "AAAA"}), "refused: order");
    Two short_one;
    EXPECT_EQ(refusal_of(short_one.first, {CodeStep::kCommit, "AAAA"}), "refused: order");
    Two two;
    const CodeMessage commit = said_by(two.second).front();
    two.first.handle(commit, 0);
    EXPECT_EQ(refusal_of(two.first, commit), "refused: order") << "twice";
    EXPECT_EQ(refusal_of(two.first, commit), "nothing") << "a run that has ended is not begun again";
}

TEST(CodeRun, ANonceOtherThanTheOneBoundIsForged) {
    Two two;
    two.first.handle(said_by(two.second).front(), 0);
    const CodeMessage other{CodeStep::kReveal, base64url_encode(fingerprint(9))};
    EXPECT_EQ(refusal_of(two.first, other), "refused: forged");
    EXPECT_FALSE(two.first.agreed());
}

TEST(CodeRun, WhatIsBoundToOtherCertificatesIsForged) {
    SeededRng rng(5);
    CodeRun own(fingerprint(1), fingerprint(2), rng);
    CodeRun between(fingerprint(2), fingerprint(3), rng); // whose partner has another certificate
    own.handle(said_by(between).front(), 0);
    between.handle(said_by(own).front(), 0);
    EXPECT_EQ(refusal_of(own, said_by(between).front()), "refused: forged");
}

TEST(CodeRun, OnesOwnComingBackIsRefused) {
    SeededRng rng(5);
    CodeRun same(fingerprint(1), fingerprint(1), rng);
    std::vector<std::string> events;
    EXPECT_TRUE(said_by(same, &events).empty());
    EXPECT_EQ(events, std::vector<std::string>{"refused: reflected"});
    Two two;
    const CodeMessage commit = said_by(two.first).front();
    EXPECT_EQ(refusal_of(two.first, commit), "refused: reflected");
    Two others;
    others.first.handle(said_by(others.second).front(), 0);
    const CodeMessage reveal = said_by(others.first).back();
    EXPECT_EQ(refusal_of(others.first, reveal), "refused: reflected");
}

TEST(SafetyCode, KeepsItsZeros) {
    const SafetyCode zero = read_code({0, 0, 0});
    EXPECT_EQ(zero.digits, "00000000");
    EXPECT_EQ(zero.words(), "dog dog dog dog");
    const SafetyCode full = read_code({0xFF, 0xFF, 0xFF});
    EXPECT_EQ(full.digits, "16777215");
    EXPECT_EQ(full.fingers.back(), 8);
    EXPECT_EQ(full.words(), "television television television television");
}

struct Sealed {
    Sealed() {
        const CodeEnd first{fingerprint(1), fingerprint(8)};
        const CodeEnd second{fingerprint(2), fingerprint(9)};
        own.handle_agreed(agree(first, second));
        partner.handle_agreed(agree(second, first));
    }
    StrangerSealing own;
    StrangerSealing partner;
};

const Body kBody = OfferWantedBody{.restart = true, .round = 1, .renew = false};
const std::string kPlain = write_body(kBody);

TEST(StrangerSealing, TakesPlainBodiesUntilThePartnerSeals) {
    Sealed two;
    EXPECT_TRUE(two.partner.open("c", 1, kPlain));
    EXPECT_FALSE(two.partner.open("c", 1, kPlain)) << "had it";
    two.partner.handle_sealed();
    EXPECT_FALSE(two.partner.open("c", 2, kPlain)) << "never again";
    EXPECT_EQ(two.partner.taken(), 1U);
}

TEST(StrangerSealing, ASealedBodyEndsThePlainOnes) {
    Sealed two;
    EXPECT_TRUE(two.own.handle_done(0).empty());
    EXPECT_EQ(two.partner.open("c", 1, two.own.seal("c", kBody)), kPlain);
    EXPECT_FALSE(two.partner.open("c", 2, kPlain));
}

TEST(StrangerSealing, TellsAgainWhatThePartnerHadNotAndPassesOverWhatCameAllTheSame) {
    Sealed two;
    for (std::uint64_t id = 1; id <= 3; ++id)
        two.own.note_told({id, kBody});
    EXPECT_TRUE(two.partner.open("c", 1, kPlain));
    EXPECT_TRUE(two.partner.open("c", 2, kPlain)) << "on its way while the partner said that it had 1";
    const auto again = two.own.handle_done(1);
    ASSERT_EQ(again.size(), 2U);
    EXPECT_FALSE(two.partner.open("c", 4, two.own.seal("c", again[0].body, again[0].id))) << "2 came";
    EXPECT_TRUE(two.partner.open("c", 5, two.own.seal("c", again[1].body, again[1].id)));
    two.own.note_told({6, kBody});
    EXPECT_TRUE(two.own.handle_done(0).empty()) << "once";
}

TEST(StrangerSealing, OpensNothingSealedBeforeItHasTheKeys) {
    Sealed two;
    (void)two.own.handle_done(0);
    StrangerSealing without;
    EXPECT_FALSE(without.open("c", 1, two.own.seal("c", kBody)));
    EXPECT_TRUE(without.open("c", 2, kPlain)) << "and goes on hearing what is plain";
}

} // namespace
} // namespace vv::caller
