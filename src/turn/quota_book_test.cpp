#include "base/counted_memory_for_test.h"
#include "base/rng.h"
#include "turn/quota_book.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace vv::turn {
namespace {

using namespace std::chrono_literals;

const IpAddress kA = IpAddress::parse("192.0.2.1").value();
const IpAddress kB = IpAddress::parse("192.0.2.2").value();
const IpAddress kC = IpAddress::parse("192.0.2.3").value();
const Instant kNow{1h};

/// A book at one moment, and allocations that have used nothing.
class BookNow {
public:
    explicit BookNow(const Quotas& quotas) : book(quotas) {}

    QuotaVerdict take(std::string_view user, const IpAddress& source) { return book.take(kNow, user, source).verdict; }
    QuotaVerdict take(std::string_view user, const char* source) {
        return take(user, IpAddress::parse(source).value());
    }
    void give_back(std::string_view user, const IpAddress& source) { book.give_back(kNow, user, source, {}); }

    QuotaBook book;
};

TEST(QuotaBook, StopsAtEachQuota) {
    BookNow book({.per_user = 2, .per_source = 3, .total = 4});
    EXPECT_EQ(book.take("u", kA), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("u", kA), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("u", kB), QuotaVerdict::kUserFull);
    EXPECT_EQ(book.take("v", kA), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("w", kA), QuotaVerdict::kSourceFull);
    EXPECT_EQ(book.take("w", kB), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("x", kB), QuotaVerdict::kTotalFull);
    EXPECT_EQ(book.book.total(), 4U);
}

TEST(QuotaBook, CountsWhoHasNoNameTogetherAndLeavesRoomForOthers) {
    BookNow book({.per_user = 1, .per_source = 10, .total = 10, .nameless = 2});
    EXPECT_EQ(book.take("", kA), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("", kB), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("", kC), QuotaVerdict::kNamelessFull);
    EXPECT_EQ(book.take("u", kC), QuotaVerdict::kTaken);
    book.give_back("", kA);
    EXPECT_EQ(book.take("", kC), QuotaVerdict::kTaken);
}

TEST(QuotaBook, LetsNobodyWithoutANameTakeWhatAllOfThemShare) {
    BookNow book({.per_user = 1, .per_source = 10, .total = 100, .nameless = 2 * kNamelessShares});
    for (const char* source : {"192.0.2.1", "192.0.2.1", "2001:db8:7:1::1", "2001:db8:7:2::1"})
        EXPECT_EQ(book.take("", source), QuotaVerdict::kTaken) << source;
    EXPECT_EQ(book.take("", "192.0.2.1"), QuotaVerdict::kSourceFull);
    EXPECT_EQ(book.take("", "2001:db8:7:3::1"), QuotaVerdict::kSourceFull) << "a site is one";
    EXPECT_EQ(book.take("", "2001:db8:8:1::1"), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("", "192.0.2.2"), QuotaVerdict::kTaken);
}

TEST(QuotaBook, CountsThatShareByThoseWithoutANameAlone) {
    BookNow book({.per_user = 9, .per_source = 100, .total = 1000, .nameless = 9 * kNamelessShares});
    for (int i = 0; i < 9; ++i)
        EXPECT_EQ(book.take("named", kA), QuotaVerdict::kTaken);
    for (int i = 0; i < 9; ++i)
        EXPECT_EQ(book.take("", kA), QuotaVerdict::kTaken) << "whoever has a name takes nothing of it";
    EXPECT_EQ(book.take("", kA), QuotaVerdict::kSourceFull);
    EXPECT_EQ(book.take("other", kA), QuotaVerdict::kTaken) << "nor is a name refused for it";
    book.give_back("", kA);
    EXPECT_EQ(book.take("", kA), QuotaVerdict::kTaken);
}

TEST(QuotaBook, GivesNobodyWithoutANameLessThanForAName) {
    BookNow book({.per_user = 5, .per_source = 100, .total = 100, .nameless = 8});
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(book.take("", kA), QuotaVerdict::kTaken) << i;
    EXPECT_EQ(book.take("", kA), QuotaVerdict::kSourceFull);
}

TEST(QuotaBook, CountsWhoHasNoNameBySourceAndInTotal) {
    BookNow book({.per_user = 1, .per_source = 3, .total = 4, .nameless = 100});
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(book.take("", kA), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("", kA), QuotaVerdict::kSourceFull);
    EXPECT_EQ(book.take("", kB), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("", kB), QuotaVerdict::kTotalFull);
    for (int i = 0; i < 3; ++i)
        book.give_back("", kA);
    book.give_back("", kB);
    EXPECT_TRUE(book.book.is_empty());
}

TEST(QuotaBook, CountsAnIpv6NetworkAndItsSite) {
    BookNow book({.per_user = 100, .per_source = 2, .total = 100});
    const auto take = [&](const char* source) { return book.take("u", source); };
    EXPECT_EQ(take("2001:db8:0:1::1"), QuotaVerdict::kTaken);
    EXPECT_EQ(take("2001:db8:0:1::2"), QuotaVerdict::kTaken);
    EXPECT_EQ(take("2001:db8:0:1::3"), QuotaVerdict::kSourceFull);
    for (const char* source : {"2001:db8:0:2::1", "2001:db8:0:2::2", "2001:db8:0:3::1", "2001:db8:0:3::2",
                               "2001:db8:0:4::1", "2001:db8:0:4::2"}) {
        EXPECT_EQ(take(source), QuotaVerdict::kTaken);
    }
    EXPECT_EQ(take("2001:db8:0:5::1"), QuotaVerdict::kSourceFull) << "four times the quota in one /48";
    EXPECT_EQ(take("2001:db8:1::1"), QuotaVerdict::kTaken);
    book.give_back("u", IpAddress::parse("2001:db8:0:2::1").value());
    EXPECT_EQ(take("2001:db8:0:5::1"), QuotaVerdict::kTaken);
}

TEST(QuotaBook, TakesAMappedAddressForWhatItIs) {
    BookNow book({.per_user = 100, .per_source = 1, .total = 100});
    EXPECT_EQ(book.take("u", kA), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("u", "::ffff:192.0.2.1"), QuotaVerdict::kSourceFull);
    EXPECT_EQ(book.take("u", "::ffff:192.0.2.2"), QuotaVerdict::kTaken);
    book.give_back("u", IpAddress::parse("::ffff:192.0.2.1").value());
    book.give_back("u", kB);
    EXPECT_TRUE(book.book.is_empty());
}

TEST(QuotaBook, GivesBackOnceAndForgets) {
    BookNow book({.per_user = 1, .per_source = 1, .total = 1});
    EXPECT_EQ(book.take("u", kA), QuotaVerdict::kTaken);
    EXPECT_FALSE(book.book.is_empty());
    book.give_back("u", kA);
    EXPECT_TRUE(book.book.is_empty());
    EXPECT_EQ(book.take("u", kA), QuotaVerdict::kTaken);
    EXPECT_DEATH(book.give_back("v", kA), "assertion failed");
}

TEST(QuotaBook, ARefusalCountsNothing) {
    BookNow book({.per_user = 0, .per_source = 1, .total = 1});
    EXPECT_EQ(book.take("u", kA), QuotaVerdict::kUserFull);
    EXPECT_TRUE(book.book.is_empty());
}

// ---- made anew

Spent used_until(Duration from_now) {
    Spent spent;
    spent.permissions.take(kNow, one_every(from_now, 1));
    return spent;
}

TEST(QuotaBook, SaysHowOftenAllocationsMayBeMadeAnew) {
    const Quotas quotas{.per_user = 2, .per_source = 100, .total = 100};
    QuotaBook book(quotas);
    const auto remake = [&](Instant now) {
        const QuotaVerdict verdict = book.take(now, "u", kA).verdict;
        if (verdict == QuotaVerdict::kTaken) book.give_back(now, "u", kA, {});
        return verdict;
    };
    for (int i = 0; i < 2 * kRemakesAtOnce; ++i)
        ASSERT_EQ(remake(kNow), QuotaVerdict::kTaken) << i;
    EXPECT_EQ(remake(kNow), QuotaVerdict::kTooOften);
    EXPECT_EQ(remake(kNow + kRemakeTime / 2 - 1ns), QuotaVerdict::kTooOften);
    EXPECT_EQ(remake(kNow + kRemakeTime / 2), QuotaVerdict::kTaken) << "two in each kRemakeTime";
    EXPECT_EQ(remake(kNow + kRemakeTime / 2), QuotaVerdict::kTooOften);
    EXPECT_EQ(book.take(kNow, "other", kA).verdict, QuotaVerdict::kTaken);
}

TEST(QuotaBook, SaysItForASourceAndASiteAsWell) {
    const auto remakes = [](std::initializer_list<const char*> sources) {
        QuotaBook book({.per_user = 1, .per_source = 2, .total = 100});
        int made = 0;
        for (int i = 0; i < 1000; ++i) {
            const std::string user = std::to_string(i);
            const IpAddress source =
                IpAddress::parse(sources.begin()[static_cast<std::size_t>(i) % sources.size()]).value();
            if (book.take(kNow, user, source).verdict != QuotaVerdict::kTaken) continue;
            book.give_back(kNow, user, source, {});
            ++made;
        }
        return made;
    };
    EXPECT_EQ(remakes({"192.0.2.1"}), 2 * kRemakesAtOnce);
    EXPECT_EQ(remakes({"192.0.2.1", "192.0.2.2"}), 2 * 2 * kRemakesAtOnce);
    EXPECT_EQ(remakes({"2001:db8:0:1::1", "2001:db8:0:1::2"}), 2 * kRemakesAtOnce);
    EXPECT_EQ(remakes({"2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:3::1", "2001:db8:0:4::1", "2001:db8:0:5::1",
                       "2001:db8:0:6::1"}),
              static_cast<int>(2 * kSiteFactor) * kRemakesAtOnce)
        << "a /48 is a customer";
}

TEST(QuotaBook, HandsOnWhatWasUsedAndAFreshPlaceFirst) {
    QuotaBook book({.per_user = 3, .per_source = 100, .total = 100});
    const auto take = [&] { return book.take(kNow, "u", kA).spent.full_at(); };
    for (int i = 0; i < 2; ++i)
        EXPECT_LE(take(), kNow);
    book.give_back(kNow, "u", kA, used_until(30s));
    book.give_back(kNow, "u", kA, used_until(20s));
    EXPECT_LE(take(), kNow) << "of three places one is fresh";
    EXPECT_EQ(take(), kNow + 20s) << "then the first that will be";
    EXPECT_EQ(take(), kNow + 30s);
    EXPECT_EQ(book.take(kNow, "u", kA).verdict, QuotaVerdict::kUserFull);
    EXPECT_LE(book.take(kNow, "v", kA).spent.full_at(), kNow) << "each user has places of its own";
}

TEST(QuotaBook, ForgetsAPlaceThatIsAsGoodAsNew) {
    QuotaBook book({.per_user = 1, .per_source = 100, .total = 100});
    (void)book.take(kNow, "u", kA);
    book.give_back(kNow, "u", kA, used_until(300s));
    EXPECT_EQ(book.take(kNow + 300s - 1ns, "u", kA).spent.full_at(), kNow + 300s);
    book.give_back(kNow + 300s - 1ns, "u", kA, used_until(300s));
    EXPECT_LE(book.take(kNow + 300s, "u", kA).spent.full_at(), kNow);
}

TEST(QuotaBook, ThoseWithoutANameHavePlacesByAddress) {
    QuotaBook book({.per_user = 1, .per_source = 100, .total = 100, .nameless = kNamelessShares});
    const auto take = [&](const char* source) {
        return book.take(kNow, "", IpAddress::parse(source).value()).spent.full_at();
    };
    EXPECT_LE(take("2001:db8:0:1::1"), kNow);
    book.give_back(kNow, "", IpAddress::parse("2001:db8:0:1::1").value(), used_until(30s));
    EXPECT_LE(take("192.0.2.1"), kNow) << "nobody else's";
    EXPECT_EQ(take("2001:db8:0:1::2"), kNow + 30s) << "the same /64";
}

TEST(QuotaBook, KeepsAnEntryUntilAllIsEarnedBackAndNoLonger) {
    QuotaBook book({.per_user = 1, .per_source = 1, .total = 10});
    (void)book.take(kNow, "u", kA);
    book.give_back(kNow, "u", kA, used_until(300s));
    EXPECT_TRUE(book.is_empty()) << "nobody holds anything";
    EXPECT_EQ(book.size(), 2U);
    (void)book.take(kNow + kRemakeTime, "v", kB);
    EXPECT_EQ(book.size(), 3U) << "the address has earned its allocation back, the user has not";
    book.give_back(kNow + kRemakeTime, "v", kB, {});
    (void)book.take(kNow + 300s, "w", kC);
    EXPECT_EQ(book.size(), 2U);
}

// Memory for those who hold nothing is limited; past that, whoever has the least to earn back is forgotten early.
TEST(QuotaBook, KeepsSoManyThatRest) {
    constexpr std::size_t kRests = 10;
    QuotaBook book({.per_user = 1, .per_source = 1000, .total = 1000}, kRests);
    const auto user = [](std::size_t i) { return "user" + std::to_string(i); };
    for (std::size_t i = 0; i <= kRests; ++i) {
        (void)book.take(kNow, user(i), kA);
        book.give_back(kNow, user(i), kA, used_until(std::chrono::seconds(300 - i)));
        EXPECT_EQ(book.size(), std::min(i + 1, kRests) + 1) << "and the address";
    }
    EXPECT_LE(book.take(kNow, user(kRests), kA).spent.full_at(), kNow) << "the last had the least to earn";
    for (std::size_t i = 0; i < kRests; ++i)
        EXPECT_GT(book.take(kNow, user(i), kA).spent.full_at(), kNow) << i;
}

// Whoever holds something is never forgotten, however many there are.
TEST(QuotaBook, WhoHoldsAnAllocationTakesNoRestingPlace) {
    QuotaBook book({.per_user = 1, .per_source = 1000, .total = 1000}, 1);
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(book.take(kNow, std::to_string(i), kA).verdict, QuotaVerdict::kTaken);
    EXPECT_EQ(book.size(), 101U);
    for (int i = 0; i < 100; ++i)
        book.give_back(kNow, std::to_string(i), kA, used_until(30s));
    EXPECT_EQ(book.size(), 2U);
}

TEST(QuotaBook, QuotasThatShrinkLeaveThePlacesThatWereUsed) {
    QuotaBook book({.per_user = 3, .per_source = 100, .total = 100});
    for (int i = 0; i < 3; ++i)
        (void)book.take(kNow, "u", kA);
    book.set_quotas({.per_user = 1, .per_source = 100, .total = 100});
    for (int i = 0; i < 3; ++i)
        book.give_back(kNow, "u", kA, used_until(30s));
    EXPECT_EQ(book.take(kNow + kRemakeTime, "u", kA).spent.full_at(), kNow + 30s);
    EXPECT_EQ(book.take(kNow + kRemakeTime, "u", kA).verdict, QuotaVerdict::kUserFull);
}

// ---- forgotten

IpAddress address(std::size_t i) {
    return IpAddress::v4(0x0a00'0000 + static_cast<std::uint32_t>(i));
}

TEST(QuotaBook, ForgetsWhoHasRestedSoManyAtATimeAndNobodyBefore) {
    constexpr std::size_t kMany = 2 * kForgottenAtOnce + 1;
    CountedMemory memory;
    QuotaBook book({.per_user = 1, .per_source = 1, .total = kMany}, kRestingMax, memory);
    for (std::size_t i = 0; i < kMany; ++i) {
        ASSERT_EQ(book.take(kNow, std::to_string(i), address(i)).verdict, QuotaVerdict::kTaken);
        book.give_back(kNow, std::to_string(i), address(i), used_until(300s));
    }
    ASSERT_EQ(book.size(), 2 * kMany);
    const Instant addresses_rest = kNow + kRemakeTime;
    EXPECT_EQ(book.forget_rested(addresses_rest - 1ns), addresses_rest - 1ns + kForgettingInterval);
    EXPECT_EQ(book.size(), 2 * kMany) << "each may still be refused for it";
    for (const std::size_t left : {kForgottenAtOnce + 1, std::size_t{1}}) {
        EXPECT_EQ(book.forget_rested(addresses_rest), addresses_rest + kForgettingPause);
        EXPECT_EQ(book.size(), kMany + left);
    }
    EXPECT_EQ(book.forget_rested(addresses_rest), addresses_rest + kForgettingInterval);
    const Instant users_rest = kNow + 300s;
    (void)book.forget_rested(users_rest - 1ns);
    EXPECT_EQ(book.size(), kMany) << "what they have used is handed on";
    EXPECT_GT(memory.bytes(), 0U);
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(book.forget_rested(users_rest), users_rest + kForgettingPause);
    EXPECT_EQ(book.forget_rested(users_rest), std::nullopt);
    EXPECT_EQ(book.size(), 0U);
    EXPECT_EQ(memory.bytes(), 0U);
}

TEST(QuotaBook, ForgetsSitesAndThoseWithoutANameAsWell) {
    CountedMemory memory;
    QuotaBook book({.per_user = 1, .per_source = 1, .total = 10, .nameless = 8}, kRestingMax, memory);
    const IpAddress source = IpAddress::parse("2001:db8:0:1::1").value();
    ASSERT_EQ(book.take(kNow, "", source).verdict, QuotaVerdict::kTaken);
    EXPECT_EQ(book.forget_rested(kNow + 1h), std::nullopt) << "who holds something does not rest";
    EXPECT_EQ(book.size(), 4U);
    book.give_back(kNow, "", source, {});
    EXPECT_EQ(book.forget_rested(kNow), kNow + kForgettingInterval);
    EXPECT_EQ(book.forget_rested(kNow + kRemakeTime), std::nullopt);
    EXPECT_EQ(book.size(), 0U);
    EXPECT_EQ(memory.bytes(), 0U);
}

// Of two books with the same to do one is swept at every step: nobody can tell them apart.
TEST(QuotaBook, ThatSomeAreForgottenChangesNoAnswer) {
    struct Held {
        std::string user;
        IpAddress source;
        Spent spent;
    };
    const Quotas quotas{.per_user = 2, .per_source = 3, .total = 40, .nameless = 8};
    QuotaBook swept(quotas);
    QuotaBook other(quotas);
    SeededRng rng(11);
    std::vector<Held> held;
    Instant now = kNow;
    int refused = 0;
    for (int step = 0; step < 20'000; ++step) {
        now += std::chrono::milliseconds(rng.below(400));
        (void)swept.forget_rested(now);
        if (held.empty() || rng.below(2) == 0) {
            const std::uint64_t who = rng.below(12);
            const std::string user = who == 0 ? "" : std::to_string(who);
            const IpAddress source =
                rng.below(2) == 0 ? address(rng.below(12))
                                  : IpAddress::parse("2001:db8:0:" + std::to_string(rng.below(9)) + "::1").value();
            const QuotaGrant grant = swept.take(now, user, source);
            const QuotaGrant expected = other.take(now, user, source);
            ASSERT_EQ(grant.verdict, expected.verdict) << step;
            ASSERT_EQ(std::max(grant.spent.full_at(), now), std::max(expected.spent.full_at(), now)) << step;
            if (grant.verdict == QuotaVerdict::kTaken) {
                held.push_back({user, source, grant.spent});
            } else {
                ++refused;
            }
        } else {
            std::swap(held[rng.below(held.size())], held.back());
            Held& last = held.back();
            last.spent.permissions.take(now, one_every(std::chrono::seconds(1 + rng.below(60)), 1));
            swept.give_back(now, last.user, last.source, last.spent);
            other.give_back(now, last.user, last.source, last.spent);
            held.pop_back();
        }
        ASSERT_LE(swept.size(), other.size());
    }
    EXPECT_GT(refused, 100);
}

} // namespace
} // namespace vv::turn
