#include "turn/rest_credential.h"

#include <gtest/gtest.h>

namespace vv::turn {
namespace {

using std::chrono::seconds;

const ByteBuffer kSecret{'s', 'e', 'c', 'r', 'e', 't'};

TEST(RestName, ReadsOurOwnShape) {
    const auto name = parse_rest_name("1767225600:3600.call.q83vASNFZ4k");
    ASSERT_TRUE(name);
    EXPECT_EQ(name->expiry, WallTime(WallClock::duration(1767225600)));
    EXPECT_EQ(name->cap, seconds(3600));
    EXPECT_EQ(name->credential_class, CredentialClass::kCall);
    EXPECT_EQ(name->user, "3600.call.q83vASNFZ4k");
    EXPECT_EQ(parse_rest_name("1:30.probe.x")->credential_class, CredentialClass::kProbe);
}

TEST(RestName, PlainNamesAreCallsWithoutACap) {
    for (const char* text : {"1767225600:alice", "1767225600:a:b", "1:call.x", "1:0.call.x", "1:3600.call",
                             "1:3600.call.", "1:3600.call.a b", "1:3600..x", "1:1234567890.call.x", "1:x.probe.y"}) {
        const auto name = parse_rest_name(text);
        ASSERT_TRUE(name) << text;
        EXPECT_FALSE(name->cap) << text;
        EXPECT_EQ(name->credential_class, CredentialClass::kCall) << text;
    }
}

TEST(RestName, AnExpiryAloneNamesNobody) {
    const auto name = parse_rest_name("1767225600");
    ASSERT_TRUE(name);
    EXPECT_EQ(name->expiry, WallTime(WallClock::duration(1767225600)));
    EXPECT_EQ(name->credential_class, CredentialClass::kCall);
    EXPECT_FALSE(name->cap);
    EXPECT_TRUE(name->user.empty());
}

TEST(RestName, RefusesWhatHasNoUsableExpiry) {
    for (const char* text : {"", ":", ":alice", "alice", "123456789012", "-1", "1767225600:", "-1:alice", "+1:alice",
                             " 1:alice", "1 :alice", "0x10:alice", "123456789012:alice", "9223372036854775808:alice",
                             "alice:1767225600", "1.5:alice"}) {
        EXPECT_FALSE(parse_rest_name(text)) << text;
    }
    EXPECT_TRUE(parse_rest_name("99999999999:alice"));
}

TEST(RestName, RefusesAClassItDoesNotKnow) {
    EXPECT_FALSE(parse_rest_name("1767225600:3600.gold.leg"));
    EXPECT_FALSE(parse_rest_name("1767225600:3600.calls.leg"));
}

TEST(RestName, TakesAnyBytesBehindTheColon) {
    const std::string odd = std::string("1767225600:") + '\0' + "%n\"\n\xFF";
    EXPECT_EQ(parse_rest_name(odd)->user.size(), 6U);
}

TEST(RestCredential, IsWhatItsNameSays) {
    const auto credential = make_rest_credential(kSecret, WallTime(WallClock::duration(1767225600)), seconds(7200),
                                                 CredentialClass::kProbe, "a_-9");
    EXPECT_EQ(credential.username, "1767225600:7200.probe.a_-9");
    EXPECT_EQ(credential.password, rest_password(kSecret, credential.username));
    const auto name = parse_rest_name(credential.username);
    EXPECT_EQ(name->cap, seconds(7200));
    EXPECT_EQ(name->credential_class, CredentialClass::kProbe);
}

// Made with: printf %s 1767225600:alice | openssl dgst -sha1 -hmac secret -binary | base64
TEST(RestPassword, MatchesWhatOtherToolsMake) {
    EXPECT_EQ(rest_password(kSecret, "1767225600:alice"), "RjhlVen+DhQzYDfv//fV2MBBUwM=");
}

TEST(RestCredential, RefusesToMakeWhatCouldNotBeRead) {
    const WallTime expiry(WallClock::duration(1));
    EXPECT_DEATH((void)make_rest_credential(kSecret, expiry, seconds(0), CredentialClass::kCall, "x"), "assertion");
    EXPECT_DEATH((void)make_rest_credential(kSecret, expiry, seconds(1), CredentialClass::kCall, ""), "assertion");
    EXPECT_DEATH((void)make_rest_credential(kSecret, expiry, seconds(1), CredentialClass::kCall, "a.b"), "assertion");
    EXPECT_EQ(parse_rest_name(make_rest_credential(kSecret, expiry, seconds(999'999'999), CredentialClass::kCall,
                                                   std::string(64, 'x'))
                                  .username)
                  ->cap,
              seconds(999'999'999));
    EXPECT_DEATH((void)make_rest_credential(kSecret, expiry, seconds(1), CredentialClass::kCall, std::string(65, 'x')),
                 "assertion");
}

} // namespace
} // namespace vv::turn
