#include "turn/quota_book.h"

#include <gtest/gtest.h>

namespace vv::turn {
namespace {

const IpAddress kA = IpAddress::parse("192.0.2.1").value();
const IpAddress kB = IpAddress::parse("192.0.2.2").value();

TEST(QuotaBook, StopsAtEachQuota) {
    QuotaBook book({.per_user = 2, .per_source = 3, .total = 4});
    EXPECT_EQ(book.take("u", kA), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("u", kA), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("u", kB), QuotaVerdict::kUserFull);
    EXPECT_EQ(book.take("v", kA), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("w", kA), QuotaVerdict::kSourceFull);
    EXPECT_EQ(book.take("w", kB), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("x", kB), QuotaVerdict::kTotalFull);
    EXPECT_EQ(book.total(), 4U);
}

TEST(QuotaBook, CountsWhoHasNoNameTogetherAndLeavesRoomForOthers) {
    QuotaBook book({.per_user = 1, .per_source = 10, .total = 10, .nameless = 2});
    EXPECT_EQ(book.take("", kA), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("", kB), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("", kB), QuotaVerdict::kUserFull);
    EXPECT_EQ(book.take("u", kB), QuotaVerdict::kTaken);
    book.give_back("", kA);
    EXPECT_EQ(book.take("", kB), QuotaVerdict::kTaken);
}

TEST(QuotaBook, CountsWhoHasNoNameBySourceAndInTotal) {
    QuotaBook book({.per_user = 1, .per_source = 3, .total = 4, .nameless = 100});
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(book.take("", kA), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("", kA), QuotaVerdict::kSourceFull);
    EXPECT_EQ(book.take("", kB), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("", kB), QuotaVerdict::kTotalFull);
    for (int i = 0; i < 3; ++i)
        book.give_back("", kA);
    book.give_back("", kB);
    EXPECT_TRUE(book.is_empty());
}

TEST(QuotaBook, CountsAnIpv6NetworkAndItsSite) {
    QuotaBook book({.per_user = 100, .per_source = 2, .total = 100});
    const auto take = [&](const char* source) { return book.take("u", IpAddress::parse(source).value()); };
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
    QuotaBook book({.per_user = 100, .per_source = 1, .total = 100});
    EXPECT_EQ(book.take("u", kA), QuotaVerdict::kTaken);
    EXPECT_EQ(book.take("u", IpAddress::parse("::ffff:192.0.2.1").value()), QuotaVerdict::kSourceFull);
    EXPECT_EQ(book.take("u", IpAddress::parse("::ffff:192.0.2.2").value()), QuotaVerdict::kTaken);
    book.give_back("u", IpAddress::parse("::ffff:192.0.2.1").value());
    book.give_back("u", kB);
    EXPECT_TRUE(book.is_empty());
}

TEST(QuotaBook, GivesBackOnceAndForgets) {
    QuotaBook book({.per_user = 1, .per_source = 1, .total = 1});
    EXPECT_EQ(book.take("u", kA), QuotaVerdict::kTaken);
    EXPECT_FALSE(book.is_empty());
    book.give_back("u", kA);
    EXPECT_TRUE(book.is_empty());
    EXPECT_EQ(book.take("u", kA), QuotaVerdict::kTaken);
    EXPECT_DEATH(book.give_back("v", kA), "assertion failed");
}

TEST(QuotaBook, ARefusalCountsNothing) {
    QuotaBook book({.per_user = 0, .per_source = 1, .total = 1});
    EXPECT_EQ(book.take("u", kA), QuotaVerdict::kUserFull);
    EXPECT_TRUE(book.is_empty());
}

} // namespace
} // namespace vv::turn
