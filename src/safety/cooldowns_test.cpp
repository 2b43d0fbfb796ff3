#include "safety/cooldowns.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::safety {
namespace {

using namespace std::chrono_literals;

DeviceId device(std::uint32_t number) {
    ByteBuffer token;
    ByteWriter(token).write_u64(number);
    token.resize(16);
    return DeviceId::of_token(token).value();
}

AddressPrefix place(const std::string& address) {
    return AddressPrefix::of(IpAddress::parse(address).value());
}

/// The n-th reporter, who has neither device nor place in common with another.
Person reporter(std::uint32_t number) {
    return {device(number), AddressPrefix::of(IpAddress::v4(0x0A000000 + number))};
}

class CooldownsTest : public testing::Test {
protected:
    bool report(const Person& by, const DeviceId& meant) {
        return cooldowns_.count(now_, ReportId(++last_), by, meant);
    }
    [[nodiscard]] bool is_cooling(const DeviceId& meant) const { return cooldowns_.until(now_, meant).has_value(); }

    CooldownConfig config_;
    SeededRng rng_{1};
    Cooldowns cooldowns_{config_, rng_};
    Instant now_{1000h};
    std::int64_t last_ = 0;
    const DeviceId bad_ = device(999);
};

TEST_F(CooldownsTest, BeginsWithTheThirdOfThreeDifferentPeople) {
    EXPECT_FALSE(report(reporter(1), bad_));
    EXPECT_FALSE(report(reporter(2), bad_));
    EXPECT_FALSE(is_cooling(bad_));
    EXPECT_TRUE(report(reporter(3), bad_));
    EXPECT_EQ(cooldowns_.until(now_, bad_), now_ + 24h);
    EXPECT_EQ(cooldowns_.active(), 1U);
    EXPECT_FALSE(is_cooling(device(998)));
}

TEST_F(CooldownsTest, EndsByItself) {
    for (std::uint32_t i = 1; i <= 3; ++i)
        report(reporter(i), bad_);
    now_ += 24h - 1ns;
    EXPECT_TRUE(is_cooling(bad_));
    now_ += 1ns;
    EXPECT_FALSE(is_cooling(bad_));
    cooldowns_.forget(now_);
    EXPECT_EQ(cooldowns_.active(), 0U);
}

TEST_F(CooldownsTest, ReportsCountWithinTheWindowOnly) {
    report(reporter(1), bad_);
    now_ += 1s;
    report(reporter(2), bad_);
    now_ += 24h - 1s; // the first has just stopped counting
    EXPECT_FALSE(report(reporter(3), bad_));
    EXPECT_TRUE(report(reporter(4), bad_));
}

TEST_F(CooldownsTest, OnePersonInManyTabsIsOnePerson) {
    for (int i = 0; i < 10; ++i)
        EXPECT_FALSE(report(reporter(1), bad_));
}

TEST_F(CooldownsTest, ManyTokensAtOneAddressAreOnePerson) {
    for (std::uint32_t i = 1; i <= 10; ++i)
        EXPECT_FALSE(report({device(i), place("192.0.2.1")}, bad_));
}

TEST_F(CooldownsTest, ManyIpv6AddressesOfOneCustomerAreOnePerson) {
    for (std::uint32_t i = 1; i <= 10; ++i) {
        EXPECT_FALSE(report({device(i), place("2001:db8:7:" + std::to_string(i) + "::1")}, bad_));
    }
    report({device(11), place("2001:db8:8::1")}, bad_);
    EXPECT_TRUE(report({device(12), place("2001:db8:9::1")}, bad_));
}

TEST_F(CooldownsTest, OneDeviceThatTravelsIsOnePerson) {
    for (std::uint32_t i = 1; i <= 10; ++i)
        EXPECT_FALSE(report({device(1), reporter(i).prefix}, bad_));
}

TEST_F(CooldownsTest, NobodyReportsThemselves) {
    for (std::uint32_t i = 1; i <= 5; ++i)
        EXPECT_FALSE(report({bad_, reporter(i).prefix}, bad_));
    EXPECT_EQ(cooldowns_.counted(), 0U);
}

TEST_F(CooldownsTest, WhoReportsNearlyEveryoneSoonCountsForNobody) {
    for (std::uint32_t i = 0; i < config_.counted_per_reporter; ++i)
        report(reporter(1), device(100 + i));
    EXPECT_EQ(cooldowns_.counted(), config_.counted_per_reporter);
    report(reporter(1), bad_); // one past the limit
    EXPECT_EQ(cooldowns_.counted(), config_.counted_per_reporter);
    report(reporter(2), bad_);
    EXPECT_FALSE(report(reporter(3), bad_));
    EXPECT_TRUE(report(reporter(4), bad_));
    now_ += config_.window;
    report(reporter(1), device(200));
    EXPECT_EQ(cooldowns_.until(now_ + 1ns, device(200)), std::nullopt);
    report(reporter(2), device(200));
    EXPECT_TRUE(report(reporter(3), device(200))) << "a day later the first counts again";
}

TEST_F(CooldownsTest, OfOnePlaceSomewhatMoreReportsCount) {
    const std::size_t most = config_.counted_per_reporter * kReportersPerSite;
    for (std::uint32_t i = 0; i <= most; ++i)
        report({device(1000 + i), place("192.0.2.1")}, device(2000 + i));
    EXPECT_EQ(cooldowns_.counted(), most);
}

TEST_F(CooldownsTest, ADismissalTakesAReportBack) {
    report(reporter(1), bad_);
    cooldowns_.take_back(now_, ReportId(1));
    report(reporter(2), bad_);
    EXPECT_FALSE(report(reporter(3), bad_));
    EXPECT_TRUE(report(reporter(4), bad_));
}

TEST_F(CooldownsTest, ADismissalEndsTheCooldownItWasNeededFor) {
    for (std::uint32_t i = 1; i <= 4; ++i)
        report(reporter(i), bad_);
    cooldowns_.take_back(now_, ReportId(1));
    EXPECT_TRUE(is_cooling(bad_)) << "three others are left";
    now_ += 23h;
    cooldowns_.take_back(now_, ReportId(2));
    EXPECT_FALSE(is_cooling(bad_));
    EXPECT_EQ(cooldowns_.active(), 0U);
    cooldowns_.take_back(now_, ReportId(2)); // said again with every record
    cooldowns_.take_back(now_, ReportId(77));
}

TEST_F(CooldownsTest, ADismissalEndsALongCooldownAfterAShortWindowToo) {
    config_.window = 1h;
    Cooldowns cooldowns(config_, rng_);
    for (std::uint32_t i = 1; i <= 3; ++i)
        cooldowns.count(now_, ReportId(i), reporter(i), bad_);
    now_ += 5h;
    EXPECT_TRUE(cooldowns.until(now_, bad_));
    cooldowns.take_back(now_, ReportId(3));
    EXPECT_FALSE(cooldowns.until(now_, bad_));
}

TEST_F(CooldownsTest, CanBeSwitchedOff) {
    config_.length = 0s;
    Cooldowns off(config_, rng_);
    for (std::uint32_t i = 1; i <= 20; ++i)
        EXPECT_FALSE(off.count(now_, ReportId(i), reporter(i), bad_));
    EXPECT_EQ(off.counted(), 0U);
}

TEST_F(CooldownsTest, TheOldestGiveWayWhenThereAreTooMany) {
    config_.reports_max = 100;
    Cooldowns small(config_, rng_);
    for (std::uint32_t i = 1; i <= 101; ++i) {
        small.count(now_, ReportId(i), reporter(i), device(5000 + i));
        EXPECT_LE(small.counted(), 100U);
    }
    small.count(now_, ReportId(200), reporter(200), device(5001)); // whose first report is forgotten
    EXPECT_FALSE(small.count(now_, ReportId(201), reporter(201), device(5001)));
    EXPECT_TRUE(small.count(now_, ReportId(202), reporter(202), device(5001)));
}

TEST_F(CooldownsTest, ForgetsEverythingInTime) {
    for (std::uint32_t i = 1; i <= 30; ++i) {
        report(reporter(i), device(100 + i % 3));
        now_ += 10min;
    }
    cooldowns_.take_back(now_, ReportId(4));
    for (auto due = cooldowns_.poll_timeout(); due; due = cooldowns_.poll_timeout()) {
        ASSERT_GT(*due, now_);
        now_ = *due;
        cooldowns_.forget(now_);
    }
    EXPECT_EQ(cooldowns_.counted(), 0U);
    EXPECT_EQ(cooldowns_.active(), 0U);
}

} // namespace
} // namespace vv::safety
