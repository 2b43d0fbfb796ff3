#include "base/encoding.h"
#include "caller/stranger_sealing.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::caller {
namespace {

constexpr const char* kCall = "0.c1";

Agreed agreed_by(std::uint8_t own, std::uint8_t partner) {
    return agree({{own}, {own}}, {{partner}, {partner}});
}

std::uint64_t counter_of(const std::string& body) {
    const auto bytes = base64url_decode(body).value();
    ByteReader reader(bytes);
    return reader.read_u64().value();
}

class AgreedAgain : public testing::TestWithParam<std::uint8_t> {};
// The same keys, and those of another partner.
INSTANTIATE_TEST_SUITE_P(StrangerSealing, AgreedAgain, testing::Values(2, 3));

TEST_P(AgreedAgain, BeginsNoCounterAgain) {
    StrangerSealing own;
    StrangerSealing partner;
    own.handle_agreed(agreed_by(1, 2));
    partner.handle_agreed(agreed_by(2, 1));
    ASSERT_TRUE(own.handle_done(0).empty());
    const std::string before = own.seal(kCall, AnswerBody{"v=0", 1});
    EXPECT_TRUE(partner.open(kCall, 1, before));

    own.handle_agreed(agreed_by(1, GetParam()));
    partner.handle_agreed(agreed_by(GetParam(), 1));
    const std::string after = own.seal(kCall, AnswerBody{"v=0", 2});
    EXPECT_EQ(counter_of(before), 0U);
    EXPECT_EQ(counter_of(after), 1U);
    EXPECT_FALSE(partner.open(kCall, 2, before)) << "an old body comes again";
    EXPECT_TRUE(partner.open(kCall, 2, after));
}

} // namespace
} // namespace vv::caller
