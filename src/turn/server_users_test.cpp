// Users that are configured with a name and a password, for applications other than ours.
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;

const RestCredential kTalk{"talk", "a password of an application"};

ServerConfig config_with_users() {
    ServerConfig config = test_config();
    config.users = {{"talk", crypto::SecretBytes(kTalk.password)},
                    {"other", crypto::SecretBytes("some other password")}};
    return config;
}

class RelayUsers : public testing::TestWithParam<Transport> {
protected:
    TestRelay relay_{config_with_users()};
    TestEndpoint talk_{relay_, "12.0.0.1:1111", kTalk, GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Over, RelayUsers, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(RelayUsers, MayRelayToThePublicInternet) {
    EXPECT_TRUE(talk_.allocate().is_success());
    EXPECT_TRUE(talk_.bind(0x4000, at("8.8.8.8:1")).is_success());
    EXPECT_FALSE(talk_.send(TestClient::channel_data(0x4000, bytes_of("x"))));
    EXPECT_EQ(relay_.to_peers.size(), 1U);
    EXPECT_EQ(talk_.permit(at("10.0.0.1:1")).error(), 403) << "and no further than calls do";
}

TEST_P(RelayUsers, DoNotExpire) {
    relay_.advance(24h * 365);
    EXPECT_TRUE(talk_.allocate().is_success());
    EXPECT_EQ(relay_.server.counters().credentials_expired, 0U);
}

TEST_P(RelayUsers, LiveAsLongAsCallsMay) {
    ASSERT_TRUE(talk_.allocate().is_success());
    for (int hour = 0; hour < 24; ++hour) {
        ASSERT_TRUE(talk_.refresh(3600).is_success());
        relay_.advance(3599s);
    }
    EXPECT_EQ(talk_.refresh(3600).lifetime(), 24U) << "to the end of a day";
    relay_.advance(24s);
    EXPECT_TRUE(relay_.server.is_empty());
}

TEST_P(RelayUsers, NeedTheirOwnPassword) {
    const auto error = [&](const RestCredential& credential, std::string_view address) {
        return TestEndpoint(relay_, address, credential, GetParam()).allocate().error();
    };
    EXPECT_EQ(error({"talk", "some other password"}, "12.0.0.1:1"), 401);
    EXPECT_EQ(error({"talk", rest_password(kSecret, "talk")}, "12.0.0.1:2"), 401) << "no secret speaks for a user";
    EXPECT_EQ(error({"nobody", kTalk.password}, "12.0.0.1:3"), 401);
    EXPECT_EQ(error({"nobody", rest_password(kSecret, "nobody")}, "12.0.0.1:4"), 401);
    EXPECT_EQ(error(call_credential(), "12.0.0.1:5"), 0) << "beside them calls go on";
    EXPECT_EQ(relay_.server.counters().allocations_live, 1U);
}

TEST(CredentialConsent, FollowsTheSecretOrTheUser) {
    ServerConfig config = config_with_users();
    config.users[1].consent = true;
    const ByteBuffer lenient = bytes_of("a secret of other applications");
    config.secrets = {{.bytes = kSecret}, {.bytes = lenient, .consent = false}};
    const Authenticator authenticator(config);
    const ClientAddress from(at("12.0.0.1:1"));
    const Instant now{1h};
    const auto consent = [&](const RestCredential& credential) {
        TestClient client(1, credential, std::string(kRealm));
        client.nonce = authenticator.new_nonce(now, from, 0);
        const ByteBuffer bytes = client.request(stun::Method::kAllocate, TestClient::want_udp);
        const auto caller = authenticator.authenticate(now, from, stun::parse_message(bytes).value(), nullptr);
        EXPECT_TRUE(caller.has_value()) << credential.username;
        return caller && caller->consent;
    };
    EXPECT_FALSE(consent(kTalk)) << "off for users";
    EXPECT_TRUE(consent({"other", "some other password"})) << "unless they want it";
    EXPECT_TRUE(consent(call_credential())) << "on for secrets";
    EXPECT_FALSE(consent(make_rest_credential(lenient, kStart + 60s, 60s, CredentialClass::kCall, "bGVn")));
}

RestCredential nameless_credential() {
    const std::string name = std::to_string((kStart + 24h).time_since_epoch().count());
    return {name, rest_password(kSecret, name)};
}

// What Prosody's mod_external_services makes for Jitsi: everybody who asks within a second has the same name.
TEST(RelayNameless, AnExpiryAloneIsANameThatNoQuotaOfUsersHolds) {
    ServerConfig config = test_config();
    config.quotas.per_user = 1;
    config.quotas.per_source = 2;
    TestRelay relay(config);
    const RestCredential credential = nameless_credential();
    const std::string& name = credential.username;
    const auto error = [&](const RestCredential& who, const char* address) {
        return TestEndpoint(relay, address, who).allocate().error();
    };
    EXPECT_EQ(error(credential, "12.0.0.1:1"), 0);
    EXPECT_EQ(error(credential, "12.0.0.1:2"), 0);
    EXPECT_EQ(error(credential, "12.0.0.1:3"), 486) << "the source's";
    EXPECT_EQ(error(credential, "12.0.0.2:1"), 0);
    EXPECT_EQ(error({name, "another"}, "12.0.0.3:1"), 401);
    const std::string past = std::to_string(kStart.time_since_epoch().count());
    EXPECT_EQ(error({past, rest_password(kSecret, past)}, "12.0.0.3:2"), 401);
}

TEST(RelayNameless, AllTogetherHaveAQuotaThatLeavesRoomForOthers) {
    ServerConfig config = test_config();
    config.quotas.nameless = 2;
    TestRelay relay(config);
    const auto error = [&](const RestCredential& who, const char* address) {
        return TestEndpoint(relay, address, who).allocate().error();
    };
    EXPECT_EQ(error(nameless_credential(), "12.0.0.1:1"), 0);
    EXPECT_EQ(error(nameless_credential(), "12.0.0.2:1"), 0);
    EXPECT_EQ(error(nameless_credential(), "12.0.0.3:1"), 486);
    EXPECT_EQ(error(call_credential(), "12.0.0.3:2"), 0);
}

// A secret of our own makes a name for each leg of a call; whoever has it makes no other.
TEST(RelayNameless, AreNotLetInBySecretsWhosePeersMustConsent) {
    ServerConfig config = test_config();
    config.secrets = {{.bytes = kSecret}, {.bytes = bytes_of("another secret altogether"), .consent = false}};
    TestRelay relay(config);
    TestEndpoint client(relay, "12.0.0.1:1", nameless_credential());
    EXPECT_EQ(client.allocate().error(), 401);
    EXPECT_EQ(relay.server.counters().names_missing, 1U);
    client.client().use({nameless_credential().username, "another password"});
    EXPECT_EQ(client.allocate().error(), 401);
    EXPECT_EQ(relay.server.counters().names_missing, 1U) << "a guess is one, whatever its name";
    EXPECT_EQ(relay.server.counters().passwords_wrong, 1U);
    client.client().use(call_credential());
    EXPECT_EQ(client.allocate().error(), 0);
    config.secrets[0].consent = false;
    relay.server.reconfigure(relay.now, config);
    TestEndpoint standing(relay, "12.0.0.1:2", nameless_credential());
    EXPECT_EQ(standing.allocate().error(), 0);
    config.secrets[0].consent = true;
    relay.server.reconfigure(relay.now, config);
    EXPECT_TRUE(standing.refresh(600).is_success()) << "what stands goes on";
}

TEST(RelayNameless, AreLetInByASecretThatIsForOthersAsWell) {
    ServerConfig config = test_config();
    config.secrets = {{.bytes = kSecret}, {.bytes = kSecret, .consent = false}};
    TestRelay relay(config);
    EXPECT_EQ(TestEndpoint(relay, "12.0.0.1:1", nameless_credential()).allocate().error(), 0);
    EXPECT_EQ(relay.server.counters().names_missing, 0U);
    EXPECT_TRUE(relay.refused.empty());
}

// Whoever guesses is silenced after some; whose operator has chosen the wrong option is told for what it is each time.
TEST(RelayNameless, AreNoGuessesWhereTheirSecretIsForCalls) {
    ServerConfig config = test_config();
    config.secrets = {{.bytes = kSecret}};
    config.guesses = {1, 2};
    TestRelay relay(config);
    TestEndpoint client(relay, "12.0.0.1:1", nameless_credential());
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(client.allocate().error(), 401);
    EXPECT_EQ(relay.server.counters().names_missing, 10U);
    EXPECT_EQ(relay.server.counters().passwords_wrong, 0U);
    ASSERT_EQ(relay.refused.size(), 10U);
    EXPECT_EQ(relay.refused.back().why, AuthRefused::Why::kNameless);
}

TEST_P(RelayUsers, HaveAQuotaEach) {
    ServerConfig config = config_with_users();
    config.quotas.per_user = 2;
    TestRelay relay(config);
    const auto error = [&](const char* name, const char* address) {
        const User& user = name == kTalk.username ? config.users[0] : config.users[1];
        return TestEndpoint(relay, address, {user.name, std::string(user.password.text())}, GetParam())
            .allocate()
            .error();
    };
    EXPECT_EQ(error("talk", "12.0.0.1:1"), 0);
    EXPECT_EQ(error("talk", "12.0.0.2:1"), 0);
    EXPECT_EQ(error("talk", "12.0.0.3:1"), 486);
    EXPECT_EQ(error("other", "12.0.0.3:2"), 0);
}

TEST_P(RelayUsers, AreKnownByTheHashOfTheirName) {
    talk_.client().hashes_name = true;
    for (const auto hash : {PasswordHash::kMd5, PasswordHash::kSha256}) {
        const auto challenge = talk_.send(talk_.client().padded_allocate(32));
        talk_.client().nonce = challenge->text(AttributeType::kNonce);
        talk_.client().algorithm = hash;
        talk_.client().integrity = Integrity::kSha256;
        const Answer answer = talk_.allocate();
        EXPECT_TRUE(answer.is_success());
        EXPECT_TRUE(talk_.client().verifies(answer));
        EXPECT_TRUE(talk_.refresh(0).is_success());
    }
    TestEndpoint nobody(relay_, "12.0.0.9:1", {"nobody", kTalk.password}, GetParam());
    nobody.client().hashes_name = true;
    EXPECT_EQ(nobody.allocate().error(), 401);
}

// RFC 8489 §9.2.5: a client that is promised anonymity may send the hash only.
TEST_P(RelayUsers, ArePromisedAnonymityWhereNobodyElseIsLetIn) {
    const auto promise = [](const ServerConfig& config) {
        TestRelay relay(config);
        TestEndpoint client(relay, "12.0.0.1:1", kTalk, GetParam());
        return client.send(client.client().padded_allocate(32))->text(AttributeType::kNonce).substr(0, 13);
    };
    ServerConfig config = config_with_users();
    EXPECT_EQ(promise(config), "obMatJos2AAAB");
    config.secrets.clear();
    EXPECT_EQ(promise(config), "obMatJos2AAAD");
}

} // namespace
} // namespace vv::turn::test
