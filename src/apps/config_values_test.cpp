#include "apps/config_values.h"

#include <gtest/gtest.h>

namespace vv::apps {
namespace {

using namespace std::chrono_literals;

std::string time_error(std::string_view text) {
    const auto time = read_time(text, 24h, 0.0001, 365);
    return time ? "no error" : time.error();
}

TEST(ReadTime, TakesWholeUnitsAndFractions) {
    EXPECT_EQ(read_time("30", 24h, 0.0001, 365).value(), 30 * 24h);
    EXPECT_EQ(read_time("0.5", 24h, 0.0001, 365).value(), 12h);
    EXPECT_EQ(read_time("1.5", 1h, 0, 8760).value(), 90min);
    EXPECT_EQ(read_time("0", 1h, 0, 8760).value(), 0s);
}

TEST(ReadTime, TakesBothEndsAndNothingBeyond) {
    EXPECT_EQ(read_time("0.0001", 24h, 0.0001, 365).value(), 9s) << "to the nearest second";
    EXPECT_EQ(read_time("365", 24h, 0.0001, 365).value(), 365 * 24h);
    EXPECT_EQ(time_error("0.00009"), "'0.00009' is not a number from 0.0001 to 365");
    EXPECT_EQ(time_error("365.0001"), "'365.0001' is not a number from 0.0001 to 365");
}

TEST(ReadTime, TakesNothingElse) {
    for (const char* bad : {"", " ", "x", "1x", " 1", "1 ", "1,5", "1e2", "0x1", "+1", "-1", "--1", "nan", "inf",
                            "1.2.3", "99999999999999999999999999999999999999"}) {
        EXPECT_NE(time_error(bad), "no error") << bad;
    }
}

std::string user_error(std::string_view text) {
    const auto user = read_user(text);
    return user ? "no error" : user.error();
}

TEST(ReadUser, EndsTheNameAtTheFirstColon) {
    const auto user = read_user("talk:pass:word, with blanks");
    ASSERT_TRUE(user);
    EXPECT_EQ(user->name, "talk");
    EXPECT_EQ(user->password.text(), "pass:word, with blanks");
    EXPECT_FALSE(user->consent) << "other applications need not speak ICE with their peers";
}

TEST(ReadUser, TakesBothLimitsAndNothingBeyond) {
    EXPECT_EQ(user_error("t:123456789012"), "no error");
    EXPECT_EQ(user_error("t:12345678901"), "a user's password must have at least 12 characters");
    EXPECT_EQ(user_error(std::string(508, 'n') + ":123456789012"), "no error");
    EXPECT_EQ(user_error(std::string(509, 'n') + ":123456789012"), "a user's name may have at most 508 characters");
}

TEST(ReadUser, TakesNothingElse) {
    for (const char* bad :
         {"", "talk", ":123456789012", "t:", "t\xC3\xA4lk:123456789012", "talk:12345678901\n", "talk:\t123456789012"}) {
        const std::string error = user_error(bad);
        EXPECT_NE(error, "no error") << bad;
        EXPECT_EQ(error.find("123456"), std::string::npos) << "a password must not get into a log";
    }
}

} // namespace
} // namespace vv::apps
