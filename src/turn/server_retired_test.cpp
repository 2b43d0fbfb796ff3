// What was good for letting somebody in leaves nothing in memory once it is not.
#include "base/freed_memory_for_test.h"

#if defined(__SANITIZE_ADDRESS__)

#include "turn/long_term_key.h"
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;

const crypto::SecretBytes kTalkPassword("a password of talk");
const LongTermKey kTalkMd5Key(PasswordHash::kMd5, "talk", kRealm, kTalkPassword.text());
const LongTermKey kTalkSha256Key(PasswordHash::kSha256, "talk", kRealm, kTalkPassword.text());
const crypto::SecretBytes kRetired("a secret that has leaked");

// In memory that is given back with what is wanted in it; so the tests below can fail.
TEST(FreedMemory, IsLookedThrough) {
    for (const ByteView wanted : {kTalkPassword.view(), kTalkMd5Key.view()}) {
        const FreedMemory freed(wanted);
        for (int i = 0; i < 2; ++i)
            (void)std::make_unique<ByteBuffer>(wanted.begin(), wanted.end());
        EXPECT_EQ(FreedMemory::found(), 2U);
    }
}

ServerConfig config_with(const crypto::SecretBytes& secret, const crypto::SecretBytes& password) {
    ServerConfig config = test_config();
    config.secrets = {{.bytes = secret}};
    config.users = {{"other", crypto::SecretBytes("some other password")}, {"talk", password}};
    return config;
}

enum class What { kPassword, kMd5Key, kSha256Key, kSecret };

class Retired : public testing::TestWithParam<What> {
protected:
    [[nodiscard]] static ByteView bytes() {
        switch (GetParam()) {
        case What::kPassword:
            return kTalkPassword.view();
        case What::kMd5Key:
            return kTalkMd5Key.view();
        case What::kSha256Key:
            return kTalkSha256Key.view();
        case What::kSecret:
            break;
        }
        return kRetired.view();
    }
};

INSTANTIATE_TEST_SUITE_P(Each, Retired,
                         testing::Values(What::kPassword, What::kMd5Key, What::kSha256Key, What::kSecret));

TEST_P(Retired, LeavesNothingBehindAtAReload) {
    std::optional<TestRelay> relay;
    {
        const FreedMemory freed(bytes());
        relay.emplace(config_with(kRetired, kTalkPassword));
        EXPECT_EQ(FreedMemory::found(), 0U);
    }
    TestEndpoint talk(*relay, "12.0.0.1:1111", {"talk", std::string(kTalkPassword.text())});
    ASSERT_TRUE(talk.allocate().is_success()); // the client of the tests is not as careful
    const FreedMemory freed(bytes());
    relay->server.reconfigure(relay->now, config_with(crypto::SecretBytes("the secret after it"),
                                                      crypto::SecretBytes("a password after it")));
    EXPECT_EQ(FreedMemory::found(), 0U);
    relay->advance(601s);
    ASSERT_TRUE(relay->server.is_empty()) << "so that the allocation's key has gone too";
    EXPECT_EQ(FreedMemory::found(), 0U);
}

} // namespace
} // namespace vv::turn::test

#endif
