#include "turn/rate_limit.h"

#include <gtest/gtest.h>

namespace vv::turn {
namespace {

using namespace std::chrono_literals;

const crypto::SipHashKey kKey{9};

TEST(RateLimit, AdmitsItsBurstAndNotOneMore) {
    const Rate rate{10, 5};
    RateLimit limit;
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(limit.admit(rate, Instant{1h}, 1));
    EXPECT_FALSE(limit.admit(rate, Instant{1h}, 1));
    EXPECT_FALSE(limit.admit(rate, Instant{1h} + 99ms, 1));
    EXPECT_TRUE(limit.admit(rate, Instant{1h} + 100ms, 1));
    EXPECT_FALSE(limit.admit(rate, Instant{1h} + 100ms, 1));
}

TEST(RateLimit, HoldsTheRateInTheLongRun) {
    const Rate rate{8'000, 8'000};
    RateLimit limit;
    std::uint64_t admitted = 0;
    for (Instant now{1h}; now < Instant{1h} + 30s; now += 1ms) {
        if (limit.admit(rate, now, 100)) admitted += 100;
    }
    EXPECT_GE(admitted, 8'000U * 30);
    EXPECT_LE(admitted, 8'000U * 31);
}

TEST(RateLimit, SpendsNothingOnARefusal) {
    const Rate rate{1, 10};
    RateLimit limit;
    EXPECT_FALSE(limit.admit(rate, Instant{1h}, 11));
    EXPECT_TRUE(limit.admit(rate, Instant{1h}, 10));
}

TEST(RateLimit, SurvivesTimeStandingStillOrGoingBack) {
    const Rate rate{10, 5};
    RateLimit limit;
    EXPECT_TRUE(limit.admit(rate, Instant{1h}, 5));
    EXPECT_FALSE(limit.admit(rate, Instant{30min}, 1));
    EXPECT_TRUE(limit.admit(rate, Instant{2h}, 5));
}

TEST(SourceBlock, IsAnAddressOrASlash64) {
    const auto block = [](const char* text) { return source_block(IpAddress::parse(text).value()).to_string(); };
    EXPECT_EQ(block("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(block("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(block("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
}

TEST(SourceLimiter, LimitsEachSourceAlone) {
    SourceLimiter limiter(Rate{10, 10}, kKey);
    const IpAddress a = IpAddress::parse("192.0.2.1").value();
    const IpAddress b = IpAddress::parse("192.0.2.2").value();
    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(limiter.admit(Instant{1h}, a));
    EXPECT_FALSE(limiter.admit(Instant{1h}, a));
    EXPECT_TRUE(limiter.admit(Instant{1h}, b));
    EXPECT_TRUE(limiter.admit(Instant{1h} + 1s, a));
}

TEST(SourceLimiter, TakesAWholeIpv6BlockForOne) {
    SourceLimiter limiter(Rate{1, 2}, kKey);
    EXPECT_TRUE(limiter.admit(Instant{1h}, IpAddress::parse("2001:db8::1").value()));
    EXPECT_TRUE(limiter.admit(Instant{1h}, IpAddress::parse("2001:db8::2").value()));
    EXPECT_FALSE(limiter.admit(Instant{1h}, IpAddress::parse("2001:db8::3").value()));
}

TEST(SourceLimiter, MostOfManySourcesGetThroughAtOnce) {
    SourceLimiter limiter(Rate{1, 1}, kKey);
    int admitted = 0;
    for (std::uint32_t i = 0; i < 1000; ++i)
        admitted += limiter.admit(Instant{1h}, IpAddress::v4(0x0B000000U + i)) ? 1 : 0;
    EXPECT_GT(admitted, 800); // some share one of the 4 096 places
}

} // namespace
} // namespace vv::turn
