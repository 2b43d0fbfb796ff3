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

} // namespace
} // namespace vv::apps
