#include "stun/source_limiter.h"

#include <gtest/gtest.h>

namespace vv::stun {
namespace {

using namespace std::chrono_literals;

const crypto::SipHashKey kKey{9};

TEST(SourceLimiter, LimitsEachSourceAlone) {
    SourceLimiter limiter(per_second(10, 10), kKey);
    const IpAddress a = IpAddress::parse("192.0.2.1").value();
    const IpAddress b = IpAddress::parse("192.0.2.2").value();
    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(limiter.admit(Instant{1h}, a));
    EXPECT_FALSE(limiter.admit(Instant{1h}, a));
    EXPECT_TRUE(limiter.admit(Instant{1h}, b));
    EXPECT_TRUE(limiter.admit(Instant{1h} + 1s, a));
}

TEST(SourceLimiter, TakesAWholeIpv6BlockForOne) {
    SourceLimiter limiter(per_second(1, 2), kKey);
    EXPECT_TRUE(limiter.admit(Instant{1h}, IpAddress::parse("2001:db8::1").value()));
    EXPECT_TRUE(limiter.admit(Instant{1h}, IpAddress::parse("2001:db8::2").value()));
    EXPECT_FALSE(limiter.admit(Instant{1h}, IpAddress::parse("2001:db8::3").value()));
}

TEST(SourceLimiter, MostOfManySourcesGetThroughAtOnce) {
    SourceLimiter limiter(per_second(1, 1), kKey);
    int admitted = 0;
    for (std::uint32_t i = 0; i < 1000; ++i)
        admitted += limiter.admit(Instant{1h}, IpAddress::v4(0x0B000000U + i)) ? 1 : 0;
    EXPECT_GT(admitted, 800); // some share one of the 4 096 places
}

} // namespace
} // namespace vv::stun
