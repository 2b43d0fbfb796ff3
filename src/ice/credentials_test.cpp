#include "ice/credentials.h"
#include "ice/limits.h"

#include <gtest/gtest.h>

namespace vv::ice {
namespace {

TEST(Credentials, OnesOwnAreGoodAndNeverTheSame) {
    SeededRng rng(1);
    const Credentials first = make_credentials(rng);
    EXPECT_TRUE(are_valid(first));
    EXPECT_EQ(first.ufrag.size(), 8U);
    EXPECT_EQ(first.password.size(), 24U);
    const Credentials second = make_credentials(rng);
    EXPECT_NE(first.ufrag, second.ufrag);
    EXPECT_NE(first.password, second.password);
}

TEST(Credentials, AreValidBetweenTheirLimitsAndOfIceCharacters) {
    const auto valid = [](std::size_t ufrag, std::size_t password) {
        return are_valid({std::string(ufrag, 'a'), std::string(password, 'b')});
    };
    EXPECT_TRUE(valid(4, 22));
    EXPECT_FALSE(valid(3, 22));
    EXPECT_FALSE(valid(4, 21));
    EXPECT_TRUE(valid(kCredentialSizeMax, kCredentialSizeMax));
    EXPECT_FALSE(valid(kCredentialSizeMax + 1, kCredentialSizeMax));
    EXPECT_FALSE(valid(kCredentialSizeMax, kCredentialSizeMax + 1));
    const std::string password(22, 'b');
    for (const char* ufrag : {"a:bc", "ab c", "ab\nc", "ab-c", "ab=c", "äbcd"})
        EXPECT_FALSE(are_valid({ufrag, password})) << ufrag;
    EXPECT_TRUE(are_valid({"+/0Z", password}));
}

} // namespace
} // namespace vv::ice
