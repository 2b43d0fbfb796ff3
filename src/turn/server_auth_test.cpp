// Who is let in and what strangers can make the server do.
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;
using stun::MessageBuilder;
using stun::MessageClass;
using stun::Method;

class RelayAuth : public testing::TestWithParam<Transport> {
protected:
    RestCredential with_name(const std::string& name) { return {name, rest_password(kSecret, name)}; }
    int allocate_as(const RestCredential& credential) {
        TestEndpoint client(relay_, "12.0.0.9:" + std::to_string(next_port_++), credential, GetParam());
        return client.allocate().error();
    }

    TestRelay relay_;
    TestEndpoint alice_{relay_, "12.0.0.1:1111", call_credential("YWxpY2U"), GetParam()};
    std::uint16_t next_port_ = 1000;
};

INSTANTIATE_TEST_SUITE_P(Over, RelayAuth, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(RelayAuth, TakesAnyOfItsSecrets) {
    ServerConfig config = test_config();
    const ByteBuffer older = bytes_of("an older secret");
    config.secrets = {{.bytes = kSecret}, {.bytes = older}};
    TestRelay relay(config);
    for (const ByteBuffer& secret : {kSecret, older}) {
        TestEndpoint client(relay, secret == older ? "12.0.0.1:1" : "12.0.0.1:2",
                            make_rest_credential(secret, kStart + 60s, 60s, CredentialClass::kCall, "bGVn"),
                            GetParam());
        EXPECT_TRUE(client.allocate().is_success());
    }
    TestEndpoint other(relay, "12.0.0.1:3",
                       make_rest_credential(bytes_of("x"), kStart + 60s, 60s, CredentialClass::kCall, "bGVn"));
    EXPECT_EQ(other.allocate().error(), 401);
}

TEST(RelayWithoutSecrets, LetsNobodyIn) {
    ServerConfig config = test_config();
    config.secrets.clear();
    TestRelay relay(config);
    TestEndpoint client(relay, "12.0.0.1:3", call_credential());
    EXPECT_EQ(client.allocate().error(), 401);
}

TEST_P(RelayAuth, EnforcesExpiryOnAllocate) {
    const std::int64_t now = kStart.time_since_epoch().count();
    const std::int64_t ttl_max = std::chrono::seconds(48h).count();
    EXPECT_EQ(allocate_as(with_name(std::to_string(now + 1) + ":alice")), 0);
    EXPECT_EQ(allocate_as(with_name(std::to_string(now) + ":alice")), 401);
    EXPECT_EQ(allocate_as(with_name(std::to_string(now - 1) + ":alice")), 401);
    EXPECT_EQ(allocate_as(with_name(std::to_string(now + ttl_max) + ":alice")), 0);
    EXPECT_EQ(allocate_as(with_name(std::to_string(now + ttl_max + 1) + ":alice")), 401);
    EXPECT_EQ(allocate_as(with_name(std::to_string(now + 100LL * 365 * 86'400) + ":alice")), 401);
    EXPECT_EQ(relay_.server.counters().credentials_expired, 2U);
    EXPECT_EQ(relay_.server.counters().credentials_too_long, 2U);
}

TEST_P(RelayAuth, RefusesNamesThatAreNotOurs) {
    for (const char* name : {"alice", "-1:alice", "9223372036854775808:alice", "99999999999999999999:alice", ":",
                             "1:", "1767226000:60.gold.leg"}) {
        EXPECT_EQ(allocate_as(with_name(name)), 401) << name;
    }
    EXPECT_TRUE(relay_.server.is_empty());
}

TEST_P(RelayAuth, TakesOddNamesForTheBytesTheyAre) {
    const std::string expiry = std::to_string((kStart + 60s).time_since_epoch().count()) + ":";
    EXPECT_EQ(allocate_as(with_name(expiry + "%n%s\"\n\r\xFF\xFE" + std::string(1, '\0'))), 0);
    EXPECT_EQ(allocate_as(with_name(expiry + std::string(stun::kUsernameSizeMax - expiry.size(), 'u'))), 0);
    EXPECT_EQ(allocate_as(with_name(expiry + std::string(stun::kUsernameSizeMax + 1 - expiry.size(), 'u'))), 400);
    EXPECT_EQ(allocate_as(with_name(expiry + std::string(763, 'u'))), 400);
}

TEST_P(RelayAuth, AStandingAllocationOutlivesItsCredential) {
    ASSERT_TRUE(alice_.allocate().is_success());
    ASSERT_TRUE(alice_.refresh(3600).is_success());
    relay_.advance(20min); // the name was good for ten
    EXPECT_TRUE(alice_.refresh(3600).is_success());
    EXPECT_TRUE(alice_.permit(at("8.8.8.8:1")).is_success());
    TestEndpoint late(relay_, "12.0.0.2:1", call_credential("YWxpY2U"), GetParam());
    EXPECT_EQ(late.allocate().error(), 401);
}

TEST_P(RelayAuth, RefusesAWrongPasswordEverywhere) {
    ASSERT_TRUE(alice_.allocate().is_success());
    RestCredential wrong = alice_.client().credential();
    wrong.password.back() = wrong.password.back() == 'A' ? 'B' : 'A';
    alice_.client().use(wrong);
    EXPECT_EQ(alice_.refresh(0).error(), 401);
    EXPECT_EQ(alice_.permit(at("8.8.8.8:1")).error(), 401);
    EXPECT_EQ(alice_.bind(0x4000, at("8.8.8.8:1")).error(), 401);
    EXPECT_EQ(alice_.allocate().error(), 401);
    EXPECT_EQ(relay_.server.counters().allocations_live, 1U);
    EXPECT_EQ(relay_.server.counters().passwords_wrong, 4U);
    EXPECT_EQ(relay_.server.counters().names_unknown, 0U);
}

TEST_P(RelayAuth, CountsNamesThatAreNobodysApartFromPasswordsAndFromFirstRequests) {
    EXPECT_EQ(allocate_as(with_name("alice")), 401);
    EXPECT_EQ(relay_.server.counters().error_401, 2U) << "the challenge of its first request, too";
    EXPECT_EQ(relay_.server.counters().names_unknown, 1U);
    EXPECT_EQ(relay_.server.counters().passwords_wrong, 0U);
}

TEST_P(RelayAuth, AnotherUsersAllocationIsNotYours) {
    ASSERT_TRUE(alice_.allocate().is_success());
    alice_.client().use(call_credential("bWFsbG9yeQ")); // on Alice's path, with a good credential of her own
    EXPECT_EQ(alice_.refresh(0).error(), 441);
    EXPECT_EQ(alice_.permit(at("8.8.8.8:1")).error(), 441);
    EXPECT_EQ(alice_.bind(0x4000, at("8.8.8.8:1")).error(), 441);
    EXPECT_EQ(alice_.allocate().error(), 437);
    TestEndpoint elsewhere(relay_, "12.0.0.2:1", call_credential("YWxpY2U"), GetParam());
    EXPECT_EQ(elsewhere.refresh(0).error(), 437) << "Alice's own credential on a path without an allocation";
}

TEST_P(RelayAuth, WantsNameRealmAndNonce) {
    alice_.learn_nonce();
    const auto error_without = [&](AttributeType missing) {
        ByteBuffer bytes;
        MessageBuilder builder(bytes, Method::kAllocate, MessageClass::kRequest, alice_.client().new_id());
        TestClient::want_udp(builder);
        if (missing != AttributeType::kUsername)
            builder.add_text(AttributeType::kUsername, alice_.client().credential().username);
        if (missing != AttributeType::kRealm) builder.add_text(AttributeType::kRealm, kRealm);
        if (missing != AttributeType::kNonce) builder.add_text(AttributeType::kNonce, alice_.client().nonce);
        builder.add_message_integrity(alice_.client().key());
        return alice_.send(bytes)->error();
    };
    EXPECT_EQ(error_without(AttributeType::kUsername), 400);
    EXPECT_EQ(error_without(AttributeType::kRealm), 400);
    EXPECT_EQ(error_without(AttributeType::kNonce), 400);
    EXPECT_EQ(error_without(AttributeType::kSoftware), 0);
}

TEST_P(RelayAuth, StaleNoncesComeWithAFreshOne) {
    ASSERT_TRUE(alice_.allocate().is_success());
    const std::string used = alice_.client().nonce;
    TestEndpoint other(relay_, "12.0.0.1:1112", call_credential("b3RoZXI"), GetParam());
    const std::vector<std::string> bad{"",
                                       "x",
                                       used + "A",
                                       used.substr(1),
                                       std::string(kNonceSize, 'A'),
                                       std::string(128, 'A'),
                                       std::string(763, 'A')};
    for (const std::string& nonce : bad) {
        alice_.client().nonce = nonce;
        const auto answer = alice_.send(alice_.client().request(Method::kRefresh, [](MessageBuilder&) {}));
        ASSERT_TRUE(answer) << nonce.size();
        EXPECT_EQ(answer->error(), 438) << nonce.size();
        EXPECT_EQ(answer->text(AttributeType::kRealm), kRealm);
        EXPECT_EQ(answer->text(AttributeType::kNonce).size(),
                  nonce.starts_with(kNonceCookie) ? kFeatureNonceSize : kNonceSize);
    }
    other.client().nonce = used; // from another path
    EXPECT_EQ(other.send(other.client().request(Method::kAllocate, TestClient::want_udp))->error(), 438);
    alice_.client().nonce = used;
    EXPECT_TRUE(alice_.refresh(3600).is_success());
    relay_.advance(3599s);
    EXPECT_TRUE(alice_.refresh(3600).is_success());
    EXPECT_EQ(alice_.client().nonce, used);
    relay_.advance(2s);
    EXPECT_TRUE(alice_.refresh(3600).is_success());
    EXPECT_NE(alice_.client().nonce, used) << "438 brought a new one";
}

TEST(RelayQuotas, StopAtTheUsersShare) {
    ServerConfig config = test_config();
    config.quotas = {.per_user = 2, .per_source = 100, .total = 100};
    TestRelay relay(config);
    std::vector<std::unique_ptr<TestEndpoint>> clients;
    for (int i = 0; i < 4; ++i)
        clients.push_back(
            std::make_unique<TestEndpoint>(relay, "12.0.0.1:" + std::to_string(100 + i), call_credential("dQ")));
    EXPECT_TRUE(clients[0]->allocate().is_success() && clients[1]->allocate().is_success());
    EXPECT_EQ(clients[2]->allocate().error(), 486);
    EXPECT_TRUE(clients[0]->refresh(0).is_success());
    EXPECT_TRUE(clients[2]->allocate().is_success()) << "released by refresh of zero";
    EXPECT_EQ(clients[3]->allocate().error(), 486);
    relay.advance(600s);
    clients[3]->client().use(
        make_rest_credential(kSecret, kStart + 1h, std::chrono::hours(2), CredentialClass::kCall, "dQ"));
    EXPECT_TRUE(clients[3]->allocate().is_success()) << "released by expiry";
    relay.advance(600s);
    EXPECT_TRUE(relay.server.is_empty());
}

// Renewing a credential does not renew the share.
TEST(RelayQuotas, CountALegNotItsCredentials) {
    ServerConfig config = test_config();
    config.quotas = {.per_user = 1, .per_source = 100, .total = 100};
    TestRelay relay(config);
    TestEndpoint first(relay, "12.0.0.1:1",
                       make_rest_credential(kSecret, kStart + 60s, 600s, CredentialClass::kCall, "dQ"));
    TestEndpoint second(relay, "12.0.0.1:2",
                        make_rest_credential(kSecret, kStart + 90s, 600s, CredentialClass::kCall, "dQ"));
    EXPECT_TRUE(first.allocate().is_success());
    EXPECT_EQ(second.allocate().error(), 486);
}

TEST(RelayQuotas, StopAtTheSourcesShareAndAtTheTotal) {
    ServerConfig config = test_config();
    config.quotas = {.per_user = 100, .per_source = 2, .total = 3};
    TestRelay relay(config);
    const auto error = [&](std::string_view address, std::string_view leg) {
        return TestEndpoint(relay, address, call_credential(leg)).allocate().error();
    };
    EXPECT_EQ(error("[2600:1::1]:1", "YQ"), 0);
    EXPECT_EQ(error("[2600:1::2]:1", "Yg"), 0);
    EXPECT_EQ(error("[2600:1::3]:1", "Yw"), 486) << "one /64";
    EXPECT_EQ(error("[2600:1:0:1::1]:1", "ZA"), 0);
    EXPECT_EQ(error("[2600:2::1]:1", "ZQ"), 508);
    EXPECT_EQ(relay.server.counters().error_486, 1U);
    EXPECT_EQ(relay.server.counters().error_508, 1U);
}

TEST(RelayQuotas, HoldOverAllMachinesThatShareABook) {
    QuotaBook book({.per_user = 3, .per_source = 100, .total = 100});
    TestRelay one(test_config(), &book);
    TestRelay other(test_config(), &book);
    int taken = 0;
    for (int i = 0; i < 8; ++i) {
        const std::string address = "12.0.0.1:" + std::to_string(100 + i);
        TestEndpoint client(i % 2 == 0 ? one : other, address, call_credential("dQ"));
        if (client.allocate().is_success()) ++taken;
    }
    EXPECT_EQ(taken, 3);
    EXPECT_EQ(book.total(), 3U);
    one.advance(601s);
    EXPECT_EQ(book.total(), 1U);
    other.advance(601s);
    EXPECT_TRUE(book.is_empty());
}

class RelayGuesses : public testing::TestWithParam<Transport> {
protected:
    static constexpr int kBurst = 20;

    static ServerConfig config() {
        ServerConfig config = test_config();
        config.guesses = {1, 5};
        config.source_guesses = {10, kBurst};
        config.quotas.per_source = 1000;
        return config;
    }
    static RestCredential wrong() { return {call_credential().username, "not the password"}; }
    /// With a nonce of its own path.
    std::optional<Answer> asks_signed(const std::string& address, const RestCredential& credential,
                                      Transport transport = GetParam()) {
        TestEndpoint client(relay_, address, credential, transport);
        client.learn_nonce();
        return client.send(client.client().request(Method::kAllocate, TestClient::want_udp));
    }
    /// Each from another port, every second one over the transport in question; how many were answered.
    int guess(const std::string& ip, int times) {
        constexpr std::array kAll{Transport::kUdp, Transport::kTcp, Transport::kTls};
        int answers = 0;
        for (int i = 0; i < times; ++i) {
            const std::string address = ip + ":" + std::to_string(next_port_++);
            const auto answer = asks_signed(
                address, wrong(), i % 2 == 0 ? GetParam() : kAll.at(static_cast<std::size_t>(i) / 2 % kAll.size()));
            if (!answer) continue;
            EXPECT_EQ(answer->error(), 401);
            ++answers;
        }
        return answers;
    }

    TestRelay relay_{config()};
    std::uint16_t next_port_ = 1000;
};

INSTANTIATE_TEST_SUITE_P(Over, RelayGuesses, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST(RelayStrangers, WhoGuessesPasswordsIsNotCheckedForAWhile) {
    ServerConfig config = test_config();
    config.guesses = {1, 5};
    TestRelay relay(config);
    const RestCredential right = call_credential();
    TestEndpoint guesser(relay, "12.0.0.1:1", {right.username, "not the password"});
    guesser.learn_nonce();
    const auto allocate = [&] {
        return guesser.send(guesser.client().request(Method::kAllocate, TestClient::want_udp));
    };
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(allocate()->error(), 401);
    guesser.client().use(right);
    EXPECT_FALSE(allocate()) << "not even the right one is looked at";
    EXPECT_EQ(relay.server.counters().dropped_reply_limit, 1U);
    TestEndpoint neighbour(relay, "12.0.0.1:2", call_credential("bmVpZ2hib3Vy"));
    EXPECT_TRUE(neighbour.allocate().is_success()) << "at the same address, and nobody's fault";
    relay.advance(1s);
    EXPECT_TRUE(allocate()->is_success());
}

// A new port, or another transport, is no new beginning.
TEST_P(RelayGuesses, AreCountedByAddressWhateverTheyComeBy) {
    EXPECT_EQ(guess("12.0.0.1", kBurst + 10), kBurst) << "answers";
    EXPECT_EQ(relay_.server.counters().passwords_wrong, static_cast<std::uint64_t>(kBurst));
    EXPECT_EQ(relay_.server.counters().dropped_reply_limit, 10U);
    EXPECT_FALSE(asks_signed("12.0.0.1:9", call_credential())) << "not even the right one is looked at";
    EXPECT_TRUE(asks_signed("12.0.0.2:9", call_credential())->is_success()) << "the next address is another";
    relay_.advance(1s);
    EXPECT_TRUE(asks_signed("12.0.0.1:9", call_credential())->is_success());
}

TEST_P(RelayGuesses, OfAnIpv6NetworkAreCountedTogether) {
    int answers = 0;
    for (int i = 0; i < kBurst + 10; ++i)
        answers += asks_signed("[2600:1::" + std::to_string(i) + "]:1", wrong()) ? 1 : 0;
    EXPECT_EQ(answers, kBurst);
    EXPECT_TRUE(asks_signed("[2600:1:0:1::1]:1", wrong()));
}

TEST_P(RelayGuesses, OnOnePortHaveTheirOwnBoundBeforeThat) {
    TestEndpoint guesser(relay_, "12.0.0.1:1", wrong(), GetParam());
    guesser.learn_nonce();
    int answers = 0;
    for (int i = 0; i < kBurst; ++i)
        answers += guesser.send(guesser.client().request(Method::kAllocate, TestClient::want_udp)) ? 1 : 0;
    EXPECT_EQ(answers, 5);
    EXPECT_TRUE(asks_signed("12.0.0.1:9", call_credential())->is_success()) << "its neighbours go on";
}

// What somebody who guesses behind the same address can do to an office: no new allocations while it lasts, and for a
// second after; nothing to those there are.
TEST_P(RelayGuesses, TakeNothingFromNeighboursWhoHaveAnAllocation) {
    TestEndpoint neighbour(relay_, "12.0.0.1:8", call_credential("bmVpZ2hib3Vy"), GetParam());
    ASSERT_TRUE(neighbour.allocate().is_success());
    for (int second = 0; second < 5; ++second) {
        EXPECT_GE(guess("12.0.0.1", 50), second == 0 ? kBurst : 10);
        EXPECT_TRUE(neighbour.permit(at("8.8.8.8:1")).is_success());
        EXPECT_TRUE(neighbour.bind(0x4000, at("8.8.8.8:1")).is_success());
        EXPECT_TRUE(neighbour.refresh(600).is_success());
        EXPECT_FALSE(neighbour.send(TestClient::channel_data(0x4000, bytes_of("media"))));
        relay_.advance(1s);
    }
    EXPECT_EQ(relay_.to_peers.size(), 5U);
    EXPECT_TRUE(neighbour.send(neighbour.client().bare_allocate())) << "who shows no password is no guesser";
}

TEST_P(RelayGuesses, WithRightPasswordsAreNone) {
    for (int i = 0; i < 10 * kBurst; ++i) {
        const auto answer =
            asks_signed("12.0.0.1:" + std::to_string(1000 + i), call_credential("bGVn" + std::to_string(i)));
        ASSERT_TRUE(answer && answer->is_success()) << i;
    }
}

// What fail2ban reads: only whose address is proved by a nonce, so that nobody can have others shut out.
TEST_P(RelayAuth, TellsTheLogWhomItRefused) {
    using Why = AuthRefused::Why;
    const auto told_of = [&](const RestCredential& credential) {
        relay_.refused.clear();
        TestEndpoint client(relay_, "12.0.0.9:" + std::to_string(next_port_++), credential, GetParam());
        (void)client.allocate();
        std::optional<Why> why;
        for (const AuthRefused& refused : relay_.refused) {
            EXPECT_EQ(refused.from, client.path());
            EXPECT_FALSE(why) << "each once";
            why = refused.why;
        }
        return why;
    };
    const std::string now = std::to_string(kStart.time_since_epoch().count());
    EXPECT_EQ(told_of({call_credential().username, "wrong"}), Why::kPassword);
    EXPECT_EQ(told_of(with_name("nobody")), Why::kName);
    EXPECT_EQ(told_of(with_name(now + ":alice")), Why::kExpired);
    const auto too_late = (kStart.time_since_epoch() + 48h + 1s).count();
    EXPECT_EQ(told_of(with_name(std::to_string(too_late) + ":alice")), Why::kTooLong);
    EXPECT_EQ(told_of({now + ":alice", "wrong"}), Why::kPassword) << "nobody learns that a name has expired";
    EXPECT_EQ(told_of(call_credential()), std::nullopt);
}

TEST_P(RelayAuth, TellsTheLogNothingAboutForgedSources) {
    TestEndpoint victim(relay_, "12.0.0.1:1", {call_credential().username, "wrong"}, GetParam());
    TestEndpoint forger(relay_, "12.0.0.2:1", call_credential(), GetParam());
    forger.learn_nonce();
    for (const std::string& nonce : {std::string(kNonceSize, 'A'), forger.client().nonce, std::string()}) {
        victim.client().nonce = nonce;
        EXPECT_EQ(victim.send(victim.client().request(Method::kAllocate, TestClient::want_udp))->error(), 438);
    }
    (void)victim.send(victim.client().bare_allocate());
    EXPECT_TRUE(relay_.refused.empty());
}

TEST(RelayStrangers, GetFewAnswersAndNoMemory) {
    ServerConfig config = test_config();
    config.challenges = {20, 60};
    TestRelay relay(config);
    TestEndpoint stranger(relay, "12.0.0.1:1", call_credential());
    int answers = 0;
    for (int i = 0; i < 10'000; ++i) {
        if (stranger.send(stranger.client().bare_allocate())) ++answers;
        relay.advance(1ms);
    }
    EXPECT_GE(answers, 200);
    EXPECT_LE(answers, 20 * 10 + 61);
    EXPECT_EQ(relay.server.counters().dropped_reply_limit, 10'000U - static_cast<unsigned>(answers));
    EXPECT_TRUE(relay.server.is_empty());
    EXPECT_EQ(relay.server.poll_timeout(), std::nullopt);
}

// The limit is for what is not authenticated; who has a good credential is served.
TEST(RelayStrangers, DoNotSilenceTheirNeighbours) {
    ServerConfig config = test_config();
    config.challenges = {1, 2};
    TestRelay relay(config);
    TestEndpoint good(relay, "12.0.0.1:1", call_credential());
    good.learn_nonce();
    TestEndpoint bad(relay, "12.0.0.1:2", call_credential());
    for (int i = 0; i < 100; ++i)
        (void)bad.send(bad.client().bare_allocate());
    EXPECT_TRUE(good.allocate().is_success());
    EXPECT_TRUE(good.refresh(600).is_success());
}

TEST(RelayStrangers, GetBindingsAtTheirOwnRate) {
    ServerConfig config = test_config();
    config.bindings = {10, 10};
    TestRelay relay(config);
    TestEndpoint stranger(relay, "12.0.0.1:1", call_credential());
    ByteBuffer request;
    MessageBuilder(request, Method::kBinding, MessageClass::kRequest, stranger.client().new_id());
    int answers = 0;
    for (int i = 0; i < 100; ++i)
        answers += stranger.send(request) ? 1 : 0;
    EXPECT_EQ(answers, 10);
    EXPECT_TRUE(stranger.send(stranger.client().bare_allocate())) << "challenges are counted apart";
}

TEST(RelayStrangers, AreNoLever) {
    for (const std::size_t realm_size : {1U, 7U, 32U}) {
        ServerConfig config = test_config();
        config.realm = std::string(realm_size, 'r');
        TestRelay relay(config);
        TestEndpoint stranger(relay, "12.0.0.1:1", call_credential());
        for (const Method method :
             {Method::kAllocate, Method::kRefresh, Method::kCreatePermission, Method::kChannelBind}) {
            for (std::size_t extra = 0; extra <= 64; extra += 4) {
                ByteBuffer request;
                MessageBuilder builder(request, method, MessageClass::kRequest, stranger.client().new_id());
                if (extra > 0) builder.add(AttributeType::kSoftware, ByteBuffer(extra - 4));
                const auto answer = stranger.send(request);
                EXPECT_LE(answer ? answer->bytes().size() : 0, 3 * request.size());
                EXPECT_EQ(answer.has_value(), request.size() >= 28) << request.size();
            }
        }
    }
}

// Whatever the realm: of 28 bytes is the shortest Allocate that says what it wants.
TEST(RelayStrangers, WithLessThanAWholeAllocateGetNothing) {
    for (const std::size_t realm_size : {1U, 7U, 32U}) {
        ServerConfig config = test_config();
        config.realm = std::string(realm_size, 'r');
        TestRelay relay(config);
        TestEndpoint stranger(relay, "12.0.0.1:1", call_credential());
        ByteBuffer request;
        MessageBuilder(request, Method::kAllocate, MessageClass::kRequest, stranger.client().new_id());
        EXPECT_EQ(request.size(), 20U);
        EXPECT_FALSE(stranger.send(request));
        request.clear();
        MessageBuilder(request, Method::kAllocate, MessageClass::kRequest, stranger.client().new_id())
            .add_flag(AttributeType::kDontFragment);
        EXPECT_EQ(request.size(), 24U);
        EXPECT_FALSE(stranger.send(request));
        EXPECT_EQ(relay.server.counters().dropped_amplifying, 2U);
        const ByteBuffer whole = stranger.client().bare_allocate();
        EXPECT_EQ(whole.size(), 28U);
        const auto answer = stranger.send(whole);
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->error(), 401);
        EXPECT_LE(answer->bytes().size(), 3 * whole.size());
    }
}

TEST_P(RelayAuth, NeverAnswersAnswersOrIndications) {
    for (std::uint16_t method = 0; method <= 0x20; ++method) {
        for (const MessageClass message_class :
             {MessageClass::kIndication, MessageClass::kSuccess, MessageClass::kError}) {
            ByteBuffer bytes;
            MessageBuilder(bytes, Method{method}, message_class, alice_.client().new_id())
                .add_u8_padded(AttributeType::kRequestedTransport, stun::kTransportUdp);
            EXPECT_FALSE(alice_.send(bytes)) << method;
        }
    }
    const auto challenge = alice_.send(alice_.client().bare_allocate());
    EXPECT_FALSE(alice_.send(challenge->bytes())) << "its own answer";
}

TEST_P(RelayAuth, DropsMethodsItDoesNotHave) {
    alice_.learn_nonce();
    for (const Method method : {Method::kSend, Method::kData, Method::kConnect, Method::kConnectionBind, Method{0x123}})
        EXPECT_FALSE(alice_.send(alice_.client().request(method, [](MessageBuilder&) {})));
}

TEST_P(RelayAuth, KeepsNothingFromWhoIsNotAuthenticated) {
    for (int i = 0; i < 1'000; ++i) {
        TestEndpoint stranger(relay_, "12.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ":1",
                              {"1767226000:x", "wrong"}, GetParam());
        EXPECT_EQ(stranger
                      .allocate([](MessageBuilder& builder) {
                          TestClient::want_udp(builder);
                          builder.add_text(AttributeType::kSoftware, "x")
                              .add_text(static_cast<AttributeType>(0x802F), "origin");
                      })
                      .error(),
                  401);
    }
    EXPECT_TRUE(relay_.server.is_empty());
    EXPECT_EQ(relay_.server.poll_command(), std::nullopt);
}

} // namespace
} // namespace vv::turn::test
