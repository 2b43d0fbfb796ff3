#include "apps/config_values.h"
#include "apps/listen.h"

#include <gtest/gtest.h>

namespace vv::apps {
namespace {

std::vector<IpAddress> addresses(std::initializer_list<const char*> texts) {
    std::vector<IpAddress> out;
    for (const char* text : texts)
        out.push_back(*IpAddress::parse(text));
    return out;
}

std::string listening(const std::string& word, const std::vector<IpAddress>& interfaces) {
    std::string out;
    for (const auto& address : without_absent_family(*read_listen(word), interfaces))
        out += address.to_string() + " ";
    return out;
}

const auto kBoth = addresses({"127.0.0.1", "::1", "192.0.2.1", "2001:db8::1"});
const auto kV4Only = addresses({"127.0.0.1", "192.0.2.1"});
const auto kV6Only = addresses({"::1", "2001:db8::1"});

TEST(Listen, AWordMeansTheFamiliesTheMachineHas) {
    EXPECT_EQ(listening("*:80", kBoth), "0.0.0.0:80 [::]:80 ");
    EXPECT_EQ(listening("*:80", kV4Only), "0.0.0.0:80 ");
    EXPECT_EQ(listening("*:80", kV6Only), "[::]:80 ");
    EXPECT_EQ(listening("localhost:80", kBoth), "127.0.0.1:80 [::1]:80 ");
    EXPECT_EQ(listening("localhost:80", kV4Only), "127.0.0.1:80 ");
    EXPECT_EQ(listening("localhost:80", kV6Only), "[::1]:80 ");
}

TEST(Listen, AnAddressAloneIsTakenAtItsWord) {
    EXPECT_EQ(listening("[::1]:80", kV4Only), "[::1]:80 ");
    EXPECT_EQ(listening("127.0.0.1:80", kV6Only), "127.0.0.1:80 ");
    EXPECT_EQ(listening("192.0.2.9:80", kBoth), "192.0.2.9:80 ");
}

TEST(Listen, AMachineWithoutAddressesIsNotGuessedAt) {
    EXPECT_EQ(listening("localhost:80", {}), "127.0.0.1:80 [::1]:80 ");
}

} // namespace
} // namespace vv::apps
