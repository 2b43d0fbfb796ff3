// Two ports for one stream and its control (RFC 8656 §7.2, §18.7, §18.10).
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;
using stun::MessageBuilder;
using stun::Method;

void want_pair(MessageBuilder& builder) {
    TestClient::want_udp(builder);
    builder.add(AttributeType::kEvenPort, ByteBuffer{0x80});
}
TestClient::Fill want_reserved(const std::string& token) {
    return [token](MessageBuilder& builder) {
        TestClient::want_udp(builder);
        builder.add_text(AttributeType::kReservationToken, token);
    };
}

class RelayReservation : public testing::TestWithParam<Transport> {
protected:
    // A pair; its token, and the lower port in alice_.relayed().
    std::string reserve() {
        const Answer answer = alice_.allocate(want_pair);
        EXPECT_TRUE(answer.is_success());
        EXPECT_EQ(alice_.relayed().port % 2, 0);
        const std::string token = answer.text(AttributeType::kReservationToken);
        EXPECT_EQ(token.size(), stun::ReservationToken().size());
        return token;
    }

    static ServerConfig config() {
        ServerConfig config = test_config();
        config.quotas.per_user = 100; // reservations have limits of their own
        return config;
    }

    TestRelay relay_{config()};
    TestEndpoint alice_{relay_, "12.0.0.1:1111", call_credential("YWxpY2U"), GetParam()};
    TestEndpoint control_{relay_, "12.0.0.1:1112", call_credential("YWxpY2U"), GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Over, RelayReservation, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(RelayReservation, HoldsTheNextPortForTheSecondPath) {
    const std::string token = reserve();
    EXPECT_EQ(relay_.open.size(), 1U) << "a reservation takes no socket";
    const Answer answer = control_.allocate(want_reserved(token));
    ASSERT_TRUE(answer.is_success());
    EXPECT_EQ(control_.relayed().port, alice_.relayed().port + 1);
    EXPECT_FALSE(answer.message().has(AttributeType::kReservationToken));
    EXPECT_TRUE(control_.permit(at("8.8.8.8:1")).is_success());
    relay_.peer_sends(control_.relay_socket(), at("8.8.8.8:1"), bytes_of("control"));
    EXPECT_EQ(relay_.to_clients.size(), 1U);
}

TEST_P(RelayReservation, WorksOverIpv6) {
    const Answer answer = alice_.allocate([](MessageBuilder& builder) {
        want_pair(builder);
        builder.add_u8_padded(AttributeType::kRequestedAddressFamily, stun::kFamilyIpv6);
    });
    ASSERT_TRUE(answer.is_success());
    ASSERT_TRUE(control_.allocate(want_reserved(answer.text(AttributeType::kReservationToken))).is_success());
    EXPECT_EQ(control_.relay_socket().family, AddressFamily::kIpv6);
    EXPECT_EQ(control_.relayed().port, alice_.relayed().port + 1);
}

TEST_P(RelayReservation, ARetransmissionHasTheSameToken) {
    alice_.learn_nonce();
    const ByteBuffer request = alice_.client().request(Method::kAllocate, want_pair);
    const auto first = alice_.send(request);
    const auto again = alice_.send(request);
    ASSERT_TRUE(first && again);
    EXPECT_EQ(first->bytes(), again->bytes());
}

TEST_P(RelayReservation, ATokenIsGoodOnce) {
    const std::string token = reserve();
    ASSERT_TRUE(control_.allocate(want_reserved(token)).is_success());
    TestEndpoint third(relay_, "12.0.0.1:1113", call_credential("YWxpY2U"), GetParam());
    EXPECT_EQ(third.allocate(want_reserved(token)).error(), 508);
    ASSERT_TRUE(control_.refresh(0).is_success());
    EXPECT_EQ(third.allocate(want_reserved(token)).error(), 508);
}

TEST_P(RelayReservation, ATokenIsGoodForItsUser) {
    const std::string token = reserve();
    TestEndpoint mallory(relay_, "12.0.0.1:1113", call_credential("bWFsbG9yeQ"), GetParam());
    EXPECT_EQ(mallory.allocate(want_reserved(token)).error(), 508);
    // With a fresh credential for the same leg she is still the same user.
    control_.client().use(
        make_rest_credential(kSecret, kStart + 20min, std::chrono::hours(2), CredentialClass::kCall, "YWxpY2U"));
    EXPECT_TRUE(control_.allocate(want_reserved(token)).is_success()) << "and Mallory's attempt took nothing";
}

// Names that are an expiry alone are the same for many; a token is then its address's.
TEST_P(RelayReservation, ATokenOfOneWithoutANameIsGoodForItsAddress) {
    const std::string name = std::to_string((kStart + 24h).time_since_epoch().count());
    const RestCredential nobody{name, rest_password(kSecret, name)};
    alice_.client().use(nobody);
    control_.client().use(nobody);
    TestEndpoint mallory(relay_, "12.0.0.3:1111", nobody, GetParam());
    TestEndpoint namesake(relay_, "12.0.0.3:1112", {name + ":12.0.0.1", rest_password(kSecret, name + ":12.0.0.1")},
                          GetParam());
    const std::string token = reserve();
    EXPECT_EQ(mallory.allocate(want_reserved(token)).error(), 508);
    EXPECT_EQ(namesake.allocate(want_reserved(token)).error(), 508);
    EXPECT_TRUE(control_.allocate(want_reserved(token)).is_success());
}

// A household's devices have addresses of their own in one /64, and each of them new ones every day.
TEST_P(RelayReservation, OfOneWithoutANameIsItsNetworksOverIpv6) {
    const std::string name = std::to_string((kStart + 24h).time_since_epoch().count());
    const RestCredential nobody{name, rest_password(kSecret, name)};
    TestEndpoint media(relay_, "[2600:1::1]:1", nobody, GetParam());
    TestEndpoint control(relay_, "[2600:1::2]:1", nobody, GetParam());
    TestEndpoint stranger(relay_, "[2600:1:0:1::1]:1", nobody, GetParam());
    const std::string token = media.allocate(want_pair).text(AttributeType::kReservationToken);
    EXPECT_EQ(stranger.allocate(want_reserved(token)).error(), 508);
    EXPECT_TRUE(control.allocate(want_reserved(token)).is_success());
}

TEST(RelayReservations, OfOneNetworkWithoutANameAreCountedTogether) {
    TestRelay relay;
    const std::string name = std::to_string((kStart + 24h).time_since_epoch().count());
    const RestCredential nobody{name, rest_password(kSecret, name)};
    const auto error = [&](const std::string& address) {
        return TestEndpoint(relay, address, nobody).allocate(want_pair).error();
    };
    for (std::size_t i = 0; i < kReservationsPerOwnerMax; ++i)
        EXPECT_EQ(error("[2600:1::" + std::to_string(i + 1) + "]:1"), 0) << i;
    EXPECT_EQ(error("[2600:1::99]:1"), 508);
    EXPECT_EQ(error("[2600:1:0:1::1]:1"), 0);
}

TEST(RelayReservations, OfOthersWithoutANameLeaveRoom) {
    ServerConfig config = test_config();
    const std::string name = std::to_string((kStart + 24h).time_since_epoch().count());
    const RestCredential nobody{name, rest_password(kSecret, name)};
    TestRelay relay(config);
    const auto error = [&](const std::string& address) {
        return TestEndpoint(relay, address, nobody).allocate(want_pair).error();
    };
    for (std::size_t i = 0; i < kReservationsPerOwnerMax; ++i)
        EXPECT_EQ(error("12.0.0.1:" + std::to_string(1000 + i)), 0) << i;
    EXPECT_EQ(error("12.0.0.1:2000"), 508);
    EXPECT_EQ(error("12.0.0.2:2000"), 0);
}

TEST_P(RelayReservation, EndsAfterThirtySeconds) {
    const std::string early = reserve();
    relay_.advance(kReservationTime - 1ns);
    EXPECT_TRUE(control_.allocate(want_reserved(early)).is_success());
    ASSERT_TRUE(alice_.refresh(0).is_success() && control_.refresh(0).is_success());
    relay_.advance(kRemakeTime); // for the quotas to have forgotten them
    const std::string late = reserve();
    EXPECT_EQ(relay_.server.poll_timeout(), relay_.now + kReservationTime);
    relay_.advance(kReservationTime);
    EXPECT_EQ(control_.allocate(want_reserved(late)).error(), 508);
}

TEST_P(RelayReservation, OutlivesTheAllocationThatAskedForIt) {
    const std::string token = reserve();
    ASSERT_TRUE(alice_.refresh(0).is_success());
    EXPECT_FALSE(relay_.server.is_empty());
    EXPECT_TRUE(control_.allocate(want_reserved(token)).is_success());
    ASSERT_TRUE(control_.refresh(0).is_success());
    EXPECT_TRUE(relay_.server.is_empty());
}

TEST_P(RelayReservation, ARefusedOneKeepsItsToken) {
    ServerConfig config = test_config();
    config.quotas.per_user = 1;
    TestRelay relay(config);
    TestEndpoint first(relay, "12.0.0.1:1", call_credential(), GetParam());
    TestEndpoint second(relay, "12.0.0.1:2", call_credential(), GetParam());
    const std::string token = first.allocate(want_pair).text(AttributeType::kReservationToken);
    EXPECT_EQ(second.allocate(want_reserved(token)).error(), 486);
    ASSERT_TRUE(first.refresh(0).is_success());
    EXPECT_TRUE(second.allocate(want_reserved(token)).is_success());
}

TEST_P(RelayReservation, TriesAnotherPairWhenTheLowerPortCannotBeBound) {
    for (std::uint16_t port = 49'152; port < 49'152 + 4'000; ++port)
        relay_.taken.insert(port);
    for (int i = 0; i < 50; ++i) {
        const std::string token = reserve();
        ASSERT_TRUE(control_.allocate(want_reserved(token)).is_success());
        EXPECT_EQ(control_.relayed().port, alice_.relayed().port + 1);
        ASSERT_TRUE(alice_.refresh(0).is_success() && control_.refresh(0).is_success());
        EXPECT_TRUE(relay_.server.is_empty()) << "the pairs that failed have left nothing reserved";
    }
    EXPECT_GT(relay_.server.counters().relay_ports_failed, 0U);
}

TEST_P(RelayReservation, AReservedPortThatCannotBeBoundIsNotReplaced) {
    const std::string token = reserve();
    relay_.taken.insert(static_cast<std::uint16_t>(alice_.relayed().port + 1));
    EXPECT_EQ(control_.allocate(want_reserved(token)).error(), 508);
    EXPECT_EQ(relay_.server.counters().relay_ports_failed, 1U);
    EXPECT_EQ(relay_.server.counters().allocations_live, 1U);
}

TEST(RelayReservations, AreLimitedForEachUser) {
    ServerConfig config = test_config();
    config.quotas.per_user = 100;
    TestRelay relay(config);
    std::vector<std::unique_ptr<TestEndpoint>> clients;
    const auto error = [&](std::string_view leg) {
        const std::string address = "12.0.0.1:" + std::to_string(1000 + clients.size());
        clients.push_back(std::make_unique<TestEndpoint>(relay, address, call_credential(leg)));
        return clients.back()->allocate(want_pair).error();
    };
    for (std::size_t i = 0; i < kReservationsPerOwnerMax; ++i)
        EXPECT_EQ(error("YQ"), 0) << i;
    EXPECT_EQ(error("YQ"), 508);
    EXPECT_EQ(error("Yg"), 0);
    relay.advance(kReservationTime);
    EXPECT_EQ(error("YQ"), 0);
}

TEST(RelayReservations, AreLimitedInAll) {
    ServerConfig config = test_config();
    config.quotas = {1000, 1000, 1000};
    TestRelay relay(config);
    for (std::size_t i = 0; i <= kReservationsMax; ++i) {
        TestEndpoint client(relay, "12.0.0.1:" + std::to_string(1000 + i), call_credential("bGVn" + std::to_string(i)));
        EXPECT_EQ(client.allocate(want_pair).error(), i < kReservationsMax ? 0 : 508) << i;
    }
}

// Two machines of one server: the path that comes for the reserved port meets the other one.
class RelayReservationAcross : public testing::TestWithParam<Transport> {
protected:
    static constexpr PortRange kHomePorts{50'000, 50'015};
    static constexpr PortRange kAwayPorts{50'016, 50'031};

    ServerConfig config(PortRange ports) {
        ServerConfig config = test_config();
        config.server_ports = {50'000, 50'031};
        config.shard_ports = ports;
        config.is_live_elsewhere = [this](const RelaySocket& relay) {
            return home_.open.contains(relay) || away_.open.contains(relay);
        };
        return config;
    }
    void bring_together() {
        const Answer answer = alice_.allocate(want_pair);
        ASSERT_TRUE(answer.is_success());
        ASSERT_TRUE(control_.allocate(want_reserved(answer.text(AttributeType::kReservationToken))).is_success());
        ASSERT_EQ(control_.relayed().port, alice_.relayed().port + 1);
    }
    void advance(Duration duration) {
        home_.advance(duration);
        away_.advance(duration);
    }

    ReservationBook book_;
    TestRelay home_{config(kHomePorts), nullptr, &book_};
    TestRelay away_{config(kAwayPorts), nullptr, &book_};
    TestEndpoint alice_{home_, "12.0.0.1:1111", call_credential("YWxpY2U"), GetParam()};
    TestEndpoint control_{away_, "12.0.0.1:1112", call_credential("YWxpY2U"), GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Over, RelayReservationAcross,
                         testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(RelayReservationAcross, TheOtherMachineServesThePort) {
    bring_together();
    EXPECT_EQ(away_.open, std::set{control_.relay_socket()});
    const SocketAddress peer = at("8.8.8.8:1");
    ASSERT_TRUE(control_.bind(0x4000, peer).is_success());
    EXPECT_FALSE(control_.send(TestClient::channel_data(0x4000, bytes_of("out"))));
    ASSERT_EQ(away_.to_peers.size(), 1U);
    EXPECT_EQ(away_.to_peers[0].from, control_.relay_socket());
    away_.peer_sends(control_.relay_socket(), peer, bytes_of("in"));
    EXPECT_EQ(away_.to_clients.size(), 1U);
    home_.peer_sends(control_.relay_socket(), peer, bytes_of("in"));
    EXPECT_TRUE(home_.to_clients.empty()) << "the machine it comes from no longer has it";
}

TEST_P(RelayReservationAcross, ItIsReachedFromBothMachines) {
    bring_together();
    TestEndpoint bob(home_, "12.0.0.2:1", call_credential("Ym9i"), GetParam());
    TestEndpoint carol(away_, "12.0.0.3:1", call_credential("Y2Fyb2w"), GetParam());
    for (TestEndpoint* client : {&bob, &carol}) {
        ASSERT_TRUE(client->allocate().is_success());
        ASSERT_TRUE(client->permit(control_.relayed()).is_success());
        ASSERT_TRUE(control_.permit(client->relayed()).is_success());
    }
    EXPECT_FALSE(bob.send(bob.client().send_indication(control_.relayed(), bytes_of("to the other machine"))));
    ASSERT_EQ(home_.to_relays.size(), 1U);
    EXPECT_EQ(home_.to_relays[0].to, control_.relay_socket());
    EXPECT_FALSE(carol.send(carol.client().send_indication(control_.relayed(), bytes_of("the short way"))));
    ASSERT_EQ(away_.to_clients.size(), 1U);
    EXPECT_EQ(away_.to_clients[0].to, control_.path());
    ASSERT_TRUE(control_.refresh(0).is_success());
    EXPECT_FALSE(bob.send(bob.client().send_indication(control_.relayed(), bytes_of("nobody"))));
    EXPECT_EQ(home_.to_relays.size(), 1U) << "it is live no longer";
}

TEST_P(RelayReservationAcross, ThePortGoesHomeInTheEnd) {
    for (int round = 0; round < 100; ++round) { // each takes two of sixteen ports
        alice_.client().use(make_rest_credential(kSecret, home_.wall + 60s, 600s, CredentialClass::kCall, "YWxpY2U"));
        control_.client().use(alice_.client().credential());
        bring_together();
        ASSERT_TRUE(control_.refresh(0).is_success() && alice_.refresh(0).is_success());
        advance(30s);
    }
    advance(kPortRest);
    EXPECT_TRUE(home_.open.empty() && away_.open.empty());
    EXPECT_TRUE(home_.server.is_empty() && away_.server.is_empty());
}

TEST_P(RelayReservationAcross, ATokenNobodyUsedEndsAtHome) {
    const std::string token = alice_.allocate(want_pair).text(AttributeType::kReservationToken);
    advance(kReservationTime);
    EXPECT_EQ(control_.allocate(want_reserved(token)).error(), 508);
}

// Whatever is asked for and given up, in the end every port can be had.
TEST_P(RelayReservation, LeavesThePoolIntact) {
    ServerConfig config = test_config();
    config.shard_ports = config.server_ports = {50'000, 50'063};
    config.quotas = {1000, 1000, 1000};
    config.nonce_lifetime = 1000h;
    config.credential_ttl_max = 10'000h;
    TestRelay relay(config);
    const auto endless = make_rest_credential(kSecret, kStart + 9'000h, 999h, CredentialClass::kCall, "YQ");
    TestEndpoint client(relay, "12.0.0.1:1", endless, GetParam());
    TestEndpoint control(relay, "12.0.0.1:2", endless, GetParam());
    // A stream ends in another way as well.
    const auto give_up = [&](TestEndpoint& endpoint, bool closes) {
        if (closes && is_stream(GetParam())) {
            relay.server.handle_path_closed(relay.now, endpoint.path());
            relay.run_commands();
            return !relay.server.has_allocation(endpoint.path());
        }
        return endpoint.refresh(0).is_success();
    };
    const int rounds = is_stream(GetParam()) ? 4'000 : 20'000; // either way many times what the pool has
    for (int i = 0; i < rounds; ++i) {
        const Answer answer = client.allocate([&](MessageBuilder& builder) {
            TestClient::want_udp(builder);
            builder.add(AttributeType::kEvenPort, ByteBuffer{static_cast<std::uint8_t>(i % 2 == 0 ? 0 : 0x80)});
        });
        ASSERT_TRUE(answer.is_success()) << i << ' ' << answer.error();
        if (i % 4 == 1) {
            ASSERT_TRUE(control.allocate(want_reserved(answer.text(AttributeType::kReservationToken))).is_success());
            ASSERT_TRUE(give_up(control, i % 8 == 1));
        }
        ASSERT_TRUE(give_up(client, i % 3 == 0));
        relay.advance(7s);
    }
    relay.advance(kPortRest + kReservationTime);
    EXPECT_TRUE(relay.server.is_empty() && relay.open.empty());
    std::set<std::uint16_t> ports;
    for (int i = 0; i < 64; ++i) {
        TestEndpoint other(relay, "12.0.0.2:" + std::to_string(1000 + i), endless, GetParam());
        ASSERT_TRUE(other.allocate().is_success()) << i;
        ports.insert(other.relayed().port);
    }
    EXPECT_EQ(ports.size(), 64U);
}

// Tokens come from the same source as ports and are as long as the RFC lets them be.
TEST(RelayReservations, HaveTokensThatDifferInEveryByte) {
    ServerConfig config = test_config();
    config.quotas = {1000, 1000, 1000};
    TestRelay relay(config);
    std::set<std::string> tokens;
    std::vector<std::set<char>> bytes(8);
    for (int i = 0; i < 200; ++i) {
        TestEndpoint client(relay, "12.0.0.1:" + std::to_string(1000 + i), call_credential("bGVn" + std::to_string(i)));
        const std::string token = client.allocate(want_pair).text(AttributeType::kReservationToken);
        ASSERT_EQ(token.size(), 8U);
        EXPECT_TRUE(tokens.insert(token).second);
        for (std::size_t k = 0; k < token.size(); ++k)
            bytes[k].insert(token[k]);
    }
    for (const auto& values : bytes)
        EXPECT_GT(values.size(), 80U);
}

} // namespace
} // namespace vv::turn::test
