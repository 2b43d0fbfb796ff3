#include "base/encoding.h"
#include "lobby/limits.h"
#include "signal/resume_token.h"

#include <gtest/gtest.h>

namespace vv::signal {
namespace {

constexpr std::array<std::uint8_t, 32> kStateKey = {1, 2, 3};

TokenContents full_contents() {
    TokenContents contents;
    contents.session = {7, {1, 2, 3}};
    contents.number = 4000000000U;
    contents.thumbprint.fill(9);
    contents.epoch = lobby::Epoch({8, 7, 6});
    contents.expiry = WallTime(std::chrono::seconds(1'790'000'000));
    contents.call = lobby::ResumeCall{.call = {7, {4}},
                                      .role = lobby::Role::kB,
                                      .kind = lobby::CallKind::kPrivate,
                                      .partner = {7, {5}},
                                      .private_id = lobby::PrivateId({6}),
                                      .seat = lobby::SeatId({7}),
                                      .partner_seat = lobby::SeatId({8})};
    for (std::uint64_t other = 1; other <= lobby::kBlockedInTokenMax; ++other)
        contents.blocked.push_back({~other, other});
    for (std::uint64_t other = 1; other <= lobby::kBlockedInTokenMax; ++other)
        contents.blocked_by.push_back({other, ~other});
    return contents;
}

TEST(ResumeToken, OpensToWhatWasSealed) {
    SeededRng rng(1);
    const TokenSealer sealer(kStateKey);
    TokenContents contents = full_contents();
    const std::string token = sealer.seal(contents, rng);
    EXPECT_LE(token.size(), kTokenTextMax);
    EXPECT_EQ(sealer.open(token), contents);
    contents.call.reset();
    EXPECT_EQ(sealer.open(sealer.seal(contents, rng)), contents);
    contents.blocked.clear();
    EXPECT_EQ(sealer.open(sealer.seal(contents, rng)), contents);
    contents.blocked_by.clear();
    EXPECT_EQ(sealer.open(sealer.seal(contents, rng)), contents);
    for (auto* const persons : {&contents.blocked, &contents.blocked_by}) {
        persons->resize(lobby::kBlockedInTokenMax + 1);
        EXPECT_DEATH((void)sealer.seal(contents, rng), "assertion failed");
        persons->clear();
    }
}

TEST(ResumeToken, DoesNotTellByItsLengthThatSomebodyBlockedItsHolder) {
    SeededRng rng(1);
    const TokenSealer sealer(kStateKey);
    TokenContents contents = full_contents();
    const std::size_t size = sealer.seal(contents, rng).size();
    for (const std::size_t count : {lobby::kBlockedInTokenMax - 1, std::size_t{1}, std::size_t{0}}) {
        contents.blocked_by.resize(count);
        EXPECT_EQ(sealer.seal(contents, rng).size(), size) << count;
    }
}

TEST(ResumeToken, OfTheFormerFormatIsStillRead) {
    // Sealed under kStateKey; it knows nothing of who blocked its holder.
    constexpr std::string_view kFormer =
        "AQEBAQEBAQEBAQEBuMLnhQMAgypQrIizqcVbha2BCmIkBTdUTKTigRRTyg6s_Gq0GemcPNlFk2NWBpfcJM7qs7Rudb"
        "-ROh9l8C_vpLkF4fLz7_IztMKJZevutqqgXXibQyDwKol5FqrIPd1aNnMum86wawAAFb4Bbd88D6D81OI5iLO1peeh"
        "QSRaa_Li1_pDX9wXyHtG2wACuROFAGc36dp9n-dv0XRh6FvFf6LhlB8Tj1jGYUrXP5JoBmUenzb1RAw25Xcev-CWJ0"
        "2L8LBIEFv3MPg";
    TokenContents contents = full_contents();
    contents.room = "ta";
    contents.blocked = {{5, 6}};
    contents.blocked_by.clear();
    EXPECT_EQ(TokenSealer(kStateKey).open(kFormer), contents);
}

TEST(ResumeToken, HoldsARoomsTagBesideThoseWhoAreBlocked) {
    SeededRng rng(1);
    const TokenSealer sealer(kStateKey);
    TokenContents contents = full_contents();
    contents.room = std::string(64, 'x');
    const std::string token = sealer.seal(contents, rng);
    EXPECT_LE(token.size(), kTokenTextMax);
    EXPECT_EQ(sealer.open(token), contents);
}

TEST(ResumeToken, SurvivesARestartWithTheSameKeyOnly) {
    SeededRng rng(1);
    const std::string token = TokenSealer(kStateKey).seal(full_contents(), rng);
    EXPECT_TRUE(TokenSealer(kStateKey).open(token));
    constexpr std::array<std::uint8_t, 32> kOther = {1, 2, 4};
    EXPECT_FALSE(TokenSealer(kOther).open(token));
}

TEST(ResumeToken, NoBitMayChange) {
    SeededRng rng(1);
    const TokenSealer sealer(kStateKey);
    const ByteBuffer token = base64url_decode(sealer.seal(full_contents(), rng)).value();
    for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
        ByteBuffer changed = token;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        ASSERT_FALSE(sealer.open(base64url_encode(changed))) << bit;
    }
    for (std::size_t size = 0; size < token.size(); ++size) {
        ASSERT_FALSE(sealer.open(base64url_encode(ByteView(token).first(size)))) << size;
    }
}

TEST(ResumeToken, EqualContentsLookDifferent) {
    SeededRng rng(1);
    const TokenSealer sealer(kStateKey);
    EXPECT_NE(sealer.seal(full_contents(), rng), sealer.seal(full_contents(), rng));
}

TEST(ResumeToken, LongTextsAreNotLookedAt) {
    SeededRng rng(1);
    const TokenSealer sealer(kStateKey);
    EXPECT_FALSE(sealer.open(std::string(kTokenTextMax, 'A')));
    EXPECT_FALSE(sealer.open(std::string(kTokenTextMax + 1, 'A')));
    EXPECT_FALSE(sealer.open(""));
}

} // namespace
} // namespace vv::signal
