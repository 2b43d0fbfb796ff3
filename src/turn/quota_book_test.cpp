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
