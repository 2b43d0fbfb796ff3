#include "base/encoding.h"
#include "caller/door.h"

#include <gtest/gtest.h>

#include <utility>

namespace vv::caller {
namespace {

constexpr LinkKey kKey{1, 2, 3};
constexpr const char* kHost = "talk.example.org";
constexpr const char* kCall = "0.call";

TEST(Link, AFragmentIsAVersionAndSixteenBytes) {
    EXPECT_EQ(read_fragment("1.AAcOFRwjKjE4P0ZNVFtiaQ")->back(), 0x69);
    EXPECT_EQ(read_fragment("").error(), LinkFlaw::kNone);
    EXPECT_EQ(read_fragment("2.AAcOFRwjKjE4P0ZNVFtiaQ").error(), LinkFlaw::kVersion);
    EXPECT_EQ(read_fragment("11.x").error(), LinkFlaw::kVersion);
    for (const char* damaged : {"1", "1.", ".AAcOFRwjKjE4P0ZNVFtiaQ", "a.AAcOFRwjKjE4P0ZNVFtiaQ",
                                "1.AAcOFRwjKjE4P0ZNVFtia", "1.AAcOFRwjKjE4P0ZNVFtiaQQ", "1.AAcOFRwjKjE4P0ZNVFtiaR",
                                "1.AAcOFRwjKjE4P0ZNVFti+Q", "1.AAcOFRwjKjE4P0ZNVFtiaQ=="}) {
        EXPECT_EQ(read_fragment(damaged).error(), LinkFlaw::kDamaged) << damaged;
    }
}

// Two ends that have shaken hands, the one that answered first.
struct Pair {
    explicit Pair(std::uint64_t seed)
        : rng(seed),
          first(kKey, kHost, rng, "first"),
          second(kKey, kHost, rng, "second") {
        const auto heard = first.handle_knock(second.noise());
        const auto other = second.handle_knock(first.noise());
        EXPECT_EQ(heard->payload, "second");
        EXPECT_EQ(other->payload, "first");
        EXPECT_NE(heard->answers, other->answers);
        answers = heard->answers ? &first : &second;
        reads = heard->answers ? &second : &first;
    }
    SeededRng rng;
    Door first;
    Door second;
    Door* answers = nullptr;
    Door* reads = nullptr;
};

TEST(Door, OneEndAnswersAndBothCanSeal) {
    bool first_answered = false;
    bool second_answered = false;
    for (std::uint64_t seed = 1; seed <= 16; ++seed) {
        Pair pair(seed);
        (pair.answers == &pair.first ? first_answered : second_answered) = true;
        EXPECT_FALSE(pair.reads->answer("mine")) << "it is not this end's to answer";
        const auto message = pair.answers->answer("offer");
        ASSERT_TRUE(message);
        EXPECT_FALSE(pair.answers->answer("offer")) << "once";
        EXPECT_EQ(pair.reads->handle_answer(*message), "offer");
        EXPECT_FALSE(pair.reads->handle_answer(*message)) << "once";
        const std::string body = pair.answers->seal(kCall, "hello");
        EXPECT_FALSE(pair.answers->open(kCall, body)) << "reflected";
        EXPECT_FALSE(pair.reads->open("0.other", body));
        EXPECT_EQ(pair.reads->open(kCall, body), "hello");
        EXPECT_FALSE(pair.reads->open(kCall, body)) << "a counter is accepted once";
        const std::string skipped = pair.reads->seal(kCall, "lost");
        EXPECT_EQ(pair.answers->open(kCall, pair.reads->seal(kCall, "later")), "later");
        EXPECT_FALSE(pair.answers->open(kCall, skipped)) << "nor one below it";
    }
    EXPECT_TRUE(first_answered && second_answered);
}

TEST(Door, RefusesWhoHoldsAnotherKeyOrIsAtAnotherHost) {
    SeededRng rng(1);
    for (int i = 0; i < 2; ++i) {
        Door own(kKey, kHost, rng, "");
        const Door other(i == 0 ? LinkKey{9} : kKey, i == 0 ? kHost : "evil.example", rng, "");
        EXPECT_FALSE(own.handle_knock(other.noise()));
        const Door honest(kKey, kHost, rng, "");
        EXPECT_FALSE(own.handle_knock(honest.noise())) << "a message 1 serves one `joined`";
    }
}

TEST(Door, RefusesItsOwnKnockComingBack) {
    SeededRng rng(1);
    Door door(kKey, kHost, rng, "");
    EXPECT_FALSE(door.handle_knock(door.noise()));
    for (const char* text : {"", "AAAA", "not base64url!"})
        EXPECT_FALSE(Door(kKey, kHost, rng, "").handle_knock(text)) << text;
}

TEST(Door, ReadsOneMessage2ValidOrNot) {
    Pair pair(3);
    const std::string message = pair.answers->answer("offer").value();
    EXPECT_FALSE(pair.reads->handle_answer("AAAA"));
    EXPECT_FALSE(pair.reads->handle_answer(message));
    EXPECT_FALSE(pair.reads->is_open());
    EXPECT_FALSE(pair.reads->open(kCall, pair.answers->seal(kCall, "x")));
}

TEST(Door, NothingIsSealedBeforeTheHandshake) {
    Pair pair(3);
    EXPECT_DEATH((void)pair.first.seal(kCall, "x"), "handshake");
}

TEST(SealedBody, TakesNoCounterThatAPageCouldNotCount) {
    const std::array<std::uint8_t, 32> key{};
    const crypto::CounterCipher cipher(key);
    BodyOpener opener(cipher);
    const auto sealed_with = [&](std::uint64_t counter) {
        ByteBuffer bytes;
        ByteWriter(bytes).write_u64(counter);
        ByteWriter(bytes).write(cipher.seal(counter, as_bytes(kCall), as_bytes("x")));
        return base64url_encode(bytes);
    };
    EXPECT_FALSE(opener.open(kCall, sealed_with(std::uint64_t{1} << 53U)));
    EXPECT_TRUE(opener.open(kCall, sealed_with(5)));
    EXPECT_FALSE(opener.open(kCall, sealed_with(4)));
    EXPECT_TRUE(opener.open(kCall, sealed_with((std::uint64_t{1} << 53U) - 1)));
    EXPECT_FALSE(opener.open(kCall, "AAAAAAA"));
    EXPECT_FALSE(opener.open(kCall, ""));
}

} // namespace
} // namespace vv::caller
