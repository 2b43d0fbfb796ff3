#include "net/self_signed.h"
#include "net/temporary_directory_for_test.h"

#include <gtest/gtest.h>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{std::chrono::seconds(1'800'000'000)};
const std::vector<std::string> kNames{"localhost"};
const std::vector<IpAddress> kAddresses{*IpAddress::parse("192.0.2.5"), *IpAddress::parse("2001:db8::5")};

class SelfSignedTest : public testing::Test {
protected:
    const TemporaryDirectory root_;
};

TEST_F(SelfSignedTest, StaysTheSameOverRestarts) {
    const StateDir state(root_ / "state");
    const auto first = keep_self_signed(state, kNames, kAddresses, kNow);
    const auto second = keep_self_signed(state, kNames, kAddresses, kNow + 24h);
    EXPECT_EQ(first.fingerprint, second.fingerprint);
    EXPECT_EQ(first.key, second.key);
    EXPECT_EQ(first.fingerprint.size(), 32U * 3 - 1);
}

TEST_F(SelfSignedTest, IsRenewedBeforeItEnds) {
    const StateDir state(root_ / "state");
    const auto first = keep_self_signed(state, kNames, kAddresses, kNow);
    EXPECT_EQ(keep_self_signed(state, kNames, kAddresses, kNow + 365 * 24h).fingerprint, first.fingerprint);
    EXPECT_NE(keep_self_signed(state, kNames, kAddresses, kNow + 367 * 24h).fingerprint, first.fingerprint);
}

TEST_F(SelfSignedTest, IsMadeAnewForANewAddress) {
    const StateDir state(root_ / "state");
    const auto first = keep_self_signed(state, kNames, kAddresses, kNow);
    const std::vector<IpAddress> moved{*IpAddress::parse("192.0.2.6")};
    const auto second = keep_self_signed(state, kNames, moved, kNow);
    EXPECT_NE(second.fingerprint, first.fingerprint);
    EXPECT_EQ(keep_self_signed(state, kNames, moved, kNow).fingerprint, second.fingerprint);
}

TEST_F(SelfSignedTest, ReplacesADamagedFile) {
    const StateDir state(root_ / "state");
    const auto first = keep_self_signed(state, kNames, kAddresses, kNow);
    state.write_private("self-signed.pem", as_bytes("not a certificate"));
    EXPECT_NE(keep_self_signed(state, kNames, kAddresses, kNow).fingerprint, first.fingerprint);
}

// As after a power cut between the two.
TEST_F(SelfSignedTest, ReplacesACertificateBesideAnothersKey) {
    const StateDir state(root_ / "state");
    const auto first = keep_self_signed(state, kNames, kAddresses, kNow);
    const auto other = make_self_signed(kNames, kAddresses, kNow);
    state.write_private("self-signed.key", as_bytes(other.key));
    const auto second = keep_self_signed(state, kNames, kAddresses, kNow);
    EXPECT_NE(second.fingerprint, first.fingerprint);
    EXPECT_NE(second.key, other.key);
    EXPECT_EQ(keep_self_signed(state, kNames, kAddresses, kNow).fingerprint, second.fingerprint);
    state.write_private("self-signed.key", as_bytes("not a key"));
    EXPECT_NE(keep_self_signed(state, kNames, kAddresses, kNow).fingerprint, second.fingerprint);
}

} // namespace
} // namespace vv::net
