#include "rtp/player.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::rtp {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{5s};

/// At a thousand ticks a second: the letters are the packets, a capital one is whole.
Recording recording(const std::vector<std::uint64_t>& times, std::string_view letters, std::uint64_t length) {
    Recording made{.kind = Recording::Kind::kPictures, .clock_rate = 1'000};
    for (std::size_t i = 0; i < times.size(); ++i) {
        const char letter = letters[i];
        made.packets.push_back({times[i], letter < 'a', {static_cast<std::uint8_t>(letter)}});
    }
    made.length = length;
    return made;
}

/// All that is due by then: "A0 b40 ".
std::string given(Player& player, Duration after) {
    std::string text;
    while (const auto due = player.poll(kStart + after))
        text += std::string(as_text(due->bytes)) + std::to_string(due->media_time) + " ";
    return text;
}

TEST(Player, GivesEachPacketWhenItIsDueOverAndOver) {
    const Recording film = recording({0, 40, 90}, "Abc", 120);
    Player player(film);
    EXPECT_EQ(player.poll_timeout(), std::nullopt);
    EXPECT_EQ(given(player, 1h), "");
    player.start(kStart);
    EXPECT_EQ(player.poll_timeout(), kStart);
    EXPECT_EQ(given(player, 0ms), "A0 ");
    EXPECT_EQ(player.poll_timeout(), kStart + 40ms);
    EXPECT_EQ(given(player, 40ms - 1ns), "");
    EXPECT_EQ(given(player, 40ms), "b40 ");
    EXPECT_EQ(given(player, 200ms), "c90 A120 b160 ");
    EXPECT_EQ(player.poll_timeout(), kStart + 210ms);
}

TEST(Player, BeginsAnewWhenItIsStartedAgain) {
    const Recording film = recording({0, 40}, "Ab", 80);
    Player player(film);
    player.start(kStart);
    EXPECT_EQ(given(player, 50ms), "A0 b40 ");
    player.start(kStart + 60ms);
    EXPECT_EQ(given(player, 60ms), "A0 ");
}

TEST(Player, WaitsForWhoHasSlept) {
    const Recording film = recording({0, 100, 200}, "Abc", 300);
    Player player(film);
    player.start(kStart);
    EXPECT_EQ(given(player, 0ms), "A0 ");
    EXPECT_EQ(given(player, 1'100ms), "b100 c200 A300 b400 c500 A600 b700 c800 A900 b1000 c1100 ") << "just in time";
    EXPECT_EQ(given(player, 1h + 7ms), "A3600007 ");
    EXPECT_EQ(given(player, 1h + 107ms), "b3600107 ");
}

TEST(Player, AWholePictureThatComesSoonIsWaitedFor) {
    const Recording film = recording({0, 500, 1'000, 1'500}, "AbcD", 2'000);
    Player player(film);
    player.start(kStart);
    EXPECT_EQ(given(player, 0ms), "A0 ");
    EXPECT_EQ(given(player, 500ms), "b500 ");
    player.want_whole(kStart + 500ms);
    EXPECT_EQ(given(player, 1'500ms), "c1000 D1500 ");
}

TEST(Player, GoesOnAtAWholePictureThatWouldTakeLong) {
    const Recording film = recording({0, 500, 1'000, 1'501, 1'600}, "AbcDe", 2'000);
    Player player(film);
    player.start(kStart);
    EXPECT_EQ(given(player, 0ms), "A0 ");
    player.want_whole(kStart + 400ms);
    EXPECT_EQ(given(player, 600ms), "D500 e599 ") << "its time goes on";
    EXPECT_EQ(given(player, 999ms), "A999 ");
    player.want_whole(kStart + 1'300ms);
    EXPECT_EQ(given(player, 1'500ms), "D1499 ");
}

TEST(Player, AWholePictureMayBeThatOfTheNextRound) {
    const Recording film = recording({0, 500, 2'000}, "Abc", 2'500);
    Player player(film);
    player.start(kStart);
    EXPECT_EQ(given(player, 500ms), "A0 b500 ");
    player.want_whole(kStart + 1'500ms); // A is a second away
    EXPECT_EQ(given(player, 2'500ms), "c2000 A2500 ");
    player.want_whole(kStart + 2'900ms); // b is next, and A two seconds behind it
    EXPECT_EQ(given(player, 3'500ms), "A3000 b3500 ");
}

TEST(Player, AWholePictureComesNowWhereTheNextIsFarOff) {
    const Recording slides = recording({0, 10'000, 20'000}, "ABc", 30'000);
    Player player(slides);
    player.start(kStart);
    EXPECT_EQ(given(player, 0ms), "A0 ");
    player.want_whole(kStart + 4s);
    EXPECT_EQ(player.poll_timeout(), kStart + 4s) << "B is next and whole, but six seconds away";
    EXPECT_EQ(given(player, 4s), "B4000 ");
    EXPECT_EQ(given(player, 14s), "c14000 ") << "the others follow it as they did";
    player.want_whole(kStart + 14s);
    EXPECT_EQ(given(player, 14'001ms), "A14001 ") << "times go up";
}

TEST(Player, AWishThatCrossesAWholePictureOnItsWayIsPassedOver) {
    const Recording film = recording({0, 40, 2'000}, "AbC", 2'040);
    Player player(film);
    player.start(kStart);
    EXPECT_EQ(given(player, 0ms), "A0 ");
    EXPECT_EQ(given(player, 40ms), "b40 ");
    for (const Duration after : {40ms, 150ms, 299ms})
        player.want_whole(kStart + after);
    EXPECT_EQ(player.poll_timeout(), kStart + 2s);
    player.want_whole(kStart + 300ms);
    EXPECT_EQ(given(player, 300ms), "C300 ");
    player.want_whole(kStart + 310ms);
    EXPECT_EQ(given(player, 599ms), "A340 b380 ");
}

TEST(Player, AskedBeforeItPlaysItBeginsAtTheBeginning) {
    const Recording film = recording({0, 40}, "Ab", 80);
    Player player(film);
    player.want_whole(kStart);
    player.start(kStart);
    EXPECT_EQ(given(player, 40ms), "A0 b40 ");
}

TEST(Player, ItsTimeWrapsAndNeverDrifts) {
    constexpr std::uint64_t kLength = 1'000'000'001;
    Recording film = recording({0}, "A", kLength);
    film.clock_rate = 90'000; // in which this is no whole number of nanoseconds
    Player player(film);
    player.start(kStart);
    for (std::uint64_t i = 0; i < 100; ++i) {
        const auto at = player.poll_timeout();
        ASSERT_TRUE(at.has_value());
        const auto whole = std::chrono::seconds(i * kLength / film.clock_rate);
        ASSERT_EQ(std::chrono::floor<std::chrono::seconds>(*at - kStart), whole);
        ASSERT_FALSE(player.poll(*at - 1ns).has_value()) << i;
        const auto due = player.poll(*at);
        ASSERT_TRUE(due.has_value());
        ASSERT_EQ(due->media_time, static_cast<std::uint32_t>(i * kLength));
    }
}

} // namespace
} // namespace vv::rtp
