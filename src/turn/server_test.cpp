// The life of an allocation as RFC 8656 §7 and §8 tell it, from the first 401 to the last refresh.
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <functional>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;
using stun::MessageBuilder;
using stun::Method;

class Relay : public testing::TestWithParam<Transport> {
protected:
    TestRelay relay_;
    TestEndpoint alice_{relay_, "12.0.0.1:1111", call_credential("YWxpY2U"), GetParam()};
    TestEndpoint bob_{relay_, "12.0.0.2:2222", call_credential("Ym9i"), GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Over, Relay, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(Relay, AllocatesAfterAChallenge) {
    const auto challenge = alice_.send(alice_.client().bare_allocate());
    ASSERT_TRUE(challenge);
    EXPECT_EQ(challenge->error(), 401);
    EXPECT_EQ(challenge->text(AttributeType::kRealm), kRealm);
    EXPECT_EQ(challenge->text(AttributeType::kNonce).size(), is_stream(GetParam()) ? kFeatureNonceSize : kNonceSize);
    EXPECT_FALSE(challenge->message().integrity_offset());
    EXPECT_TRUE(relay_.server.is_empty());

    alice_.client().nonce = challenge->text(AttributeType::kNonce);
    const Answer answer = alice_.allocate();
    EXPECT_TRUE(answer.is_success());
    EXPECT_TRUE(alice_.client().verifies(answer));
    EXPECT_EQ(answer.lifetime(), 600U);
    EXPECT_EQ(answer.address(AttributeType::kXorMappedAddress), at("12.0.0.1:1111"));
    EXPECT_EQ(alice_.relayed().ip, ip("11.0.0.1"));
    EXPECT_TRUE(relay_.open.contains(alice_.relay_socket()));
    EXPECT_EQ(relay_.server.counters().allocations_live, 1U);
    EXPECT_EQ(relay_.server.counters().allocations_total, 1U);
    EXPECT_EQ(relay_.server.counters().error_401, 1U);
}

TEST_P(Relay, AllocatesIpv6OnRequest) {
    EXPECT_TRUE(alice_.allocate(AddressFamily::kIpv6).is_success());
    EXPECT_EQ(alice_.relayed().ip, ip("2600::1"));
    TestEndpoint six(relay_, "[2600:1::9]:5", call_credential(), GetParam());
    EXPECT_TRUE(six.allocate().is_success()) << "an IPv6 client gets IPv4 unless it asks";
    EXPECT_EQ(six.relayed().ip, ip("11.0.0.1"));
}

TEST_P(Relay, TellsADualStackClientByItsIpv4Address) {
    TestEndpoint mapped(relay_, "[::ffff:12.0.0.9]:9", call_credential(), GetParam());
    EXPECT_EQ(mapped.allocate().address(AttributeType::kXorMappedAddress), at("12.0.0.9:9"));
}

TEST_P(Relay, SpeaksSha256WithWhoDoes) {
    alice_.client().integrity = Integrity::kSha256;
    const Answer answer = alice_.allocate();
    EXPECT_TRUE(answer.is_success());
    EXPECT_TRUE(alice_.client().verifies(answer));
    EXPECT_FALSE(answer.message().integrity_offset());
    const Answer refused = alice_.permit(at("10.0.0.1:1"));
    EXPECT_EQ(refused.error(), 403);
    EXPECT_TRUE(alice_.client().verifies(refused));
}

TEST_P(Relay, RepeatsTheSameAnswerToARetransmission) {
    alice_.learn_nonce();
    const ByteBuffer request = alice_.client().request(Method::kAllocate, TestClient::want_udp);
    const auto first = alice_.send(request);
    const auto second = alice_.send(request);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->bytes(), second->bytes());
    EXPECT_EQ(relay_.server.counters().allocations_total, 1U);
    EXPECT_EQ(alice_.ask(Method::kAllocate, TestClient::want_udp).error(), 437);
}

TEST_P(Relay, StaysSilentWhileTheFirstAnswerIsUnderWay) {
    alice_.learn_nonce();
    const ByteBuffer request = alice_.client().request(Method::kAllocate, TestClient::want_udp);
    Server& server = relay_.server;
    EXPECT_TRUE(
        std::holds_alternative<Ignore>(server.handle_client_input(relay_.now, relay_.wall, alice_.path(), request)));
    EXPECT_TRUE(
        std::holds_alternative<Ignore>(server.handle_client_input(relay_.now, relay_.wall, alice_.path(), request)));
    const ByteBuffer permission = alice_.client().request(Method::kCreatePermission, TestClient::peer(at("8.8.8.8:1")));
    const auto early = server.handle_client_input(relay_.now, relay_.wall, alice_.path(), permission);
    ASSERT_TRUE(std::holds_alternative<Reply>(early));
    EXPECT_EQ(Answer(std::get<Reply>(early).bytes).error(), 437) << "there is no allocation yet";
    relay_.run_commands();
    EXPECT_EQ(relay_.late_answers.at(alice_.path()).size(), 1U);
}

TEST_P(Relay, TriesOtherPortsBeforeItGivesUp) {
    relay_.binds_nothing = true;
    const Answer answer = alice_.allocate();
    EXPECT_EQ(answer.error(), 508);
    EXPECT_TRUE(alice_.client().verifies(answer));
    EXPECT_EQ(relay_.server.counters().relay_ports_failed, static_cast<std::uint64_t>(kPortAttemptsMax));
    EXPECT_TRUE(relay_.server.is_empty());
    EXPECT_TRUE(relay_.open.empty());
    relay_.binds_nothing = false;
    EXPECT_TRUE(alice_.allocate().is_success());
}

TEST(RelayPorts, AFewTakenOnesAreNoticedByNobody) {
    ServerConfig config = test_config();
    config.shard_ports = config.server_ports = {50'000, 50'007};
    TestRelay relay(config);
    relay.taken = {50'000, 50'001, 50'002, 50'004, 50'005, 50'006, 50'007};
    TestEndpoint client(relay, "12.0.0.1:1", call_credential());
    EXPECT_TRUE(client.allocate().is_success());
    EXPECT_EQ(client.relayed().port, 50'003);
}

TEST(RelayPorts, AreNeverUsedTwiceAtOnceEvenWhenAllAreTaken) {
    ServerConfig config = test_config();
    config.shard_ports = config.server_ports = {50'000, 50'003};
    TestRelay relay(config);
    std::vector<std::unique_ptr<TestEndpoint>> clients;
    for (int i = 0; i < 5; ++i) {
        clients.push_back(
            std::make_unique<TestEndpoint>(relay, "12.0.0.1:" + std::to_string(100 + i), call_credential()));
        EXPECT_EQ(clients.back()->allocate().error(), i < 4 ? 0 : 508);
    }
    EXPECT_EQ(relay.open.size(), 4U);
    EXPECT_TRUE(clients[1]->refresh(0).is_success());
    EXPECT_TRUE(clients[4]->allocate().is_success()) << "better a port that has not rested than none";
    EXPECT_EQ(clients[4]->relayed(), clients[1]->relayed());
}

TEST_P(Relay, ClampsLifetimes) {
    const auto with_lifetime = [](std::uint32_t seconds) {
        return [seconds](MessageBuilder& builder) {
            TestClient::want_udp(builder);
            builder.add_u32(AttributeType::kLifetime, seconds);
        };
    };
    EXPECT_EQ(alice_.allocate(with_lifetime(3600)).lifetime(), 3600U);
    EXPECT_EQ(bob_.allocate(with_lifetime(3601)).lifetime(), 3600U);
    TestEndpoint third(relay_, "12.0.0.3:3", call_credential(), GetParam());
    EXPECT_EQ(third.allocate(with_lifetime(1)).lifetime(), 600U);
    EXPECT_EQ(third.refresh(0xFFFFFFFF).lifetime(), 3600U);
    EXPECT_EQ(third.refresh(601).lifetime(), 601U);
    EXPECT_EQ(third.refresh(1).lifetime(), 600U);
}

TEST_P(Relay, ExpiresWhenNobodyRefreshes) {
    (void)alice_.allocate();
    EXPECT_EQ(relay_.server.poll_timeout(), relay_.now + 600s);
    relay_.advance(600s - 1ns);
    EXPECT_EQ(relay_.open.size(), 1U);
    relay_.advance(1ns);
    EXPECT_TRUE(relay_.open.empty());
    EXPECT_TRUE(relay_.server.is_empty());
    relay_.now += kForgettingInterval; // alone, since her name is good for no longer
    relay_.server.handle_timeout(relay_.now);
    EXPECT_EQ(relay_.server.poll_timeout(), std::nullopt);
    EXPECT_EQ(alice_.refresh(600).error(), 437);
    EXPECT_TRUE(alice_.allocate().is_success());
}

TEST_P(Relay, RefreshMovesTheEndBothWays) {
    (void)alice_.allocate();
    EXPECT_TRUE(alice_.refresh(3600).is_success());
    relay_.advance(3000s);
    EXPECT_EQ(relay_.open.size(), 1U);
    EXPECT_EQ(alice_.refresh(600).lifetime(), 600U);
    EXPECT_EQ(alice_.refresh(600).lifetime(), 600U);
    EXPECT_EQ(relay_.server.poll_timeout(), relay_.now + 600s);
}

TEST_P(Relay, RefreshOfZeroEndsIt) {
    (void)alice_.allocate();
    const Answer answer = alice_.refresh(0);
    EXPECT_TRUE(answer.is_success());
    EXPECT_EQ(answer.lifetime(), 0U);
    EXPECT_TRUE(relay_.server.is_empty());
    EXPECT_TRUE(relay_.open.empty());
    EXPECT_EQ(alice_.refresh(0).error(), 437);
    const std::uint16_t old_port = alice_.relayed().port;
    EXPECT_TRUE(alice_.allocate().is_success());
    EXPECT_NE(alice_.relayed().port, old_port) << "a port rests before it is used again";
}

TEST_P(Relay, EarlyLateAndRepeatedWakeUpsAreHarmless) {
    relay_.server.handle_timeout(relay_.now);
    (void)alice_.allocate();
    for (int i = 0; i < 5; ++i)
        relay_.server.handle_timeout(relay_.now + 1s);
    EXPECT_EQ(relay_.server.counters().allocations_live, 1U);
    relay_.advance(24h);
    relay_.server.handle_timeout(relay_.now);
    EXPECT_TRUE(relay_.server.is_empty());
}

TEST_P(Relay, ALateWakeUpDoesNotProlongAnything) {
    (void)alice_.allocate();
    (void)alice_.permit(at("8.8.8.8:53"));
    relay_.now += 600s; // and nobody called handle_timeout
    relay_.peer_sends(alice_.relay_socket(), at("8.8.8.8:53"), bytes_of("late"));
    EXPECT_TRUE(relay_.to_clients.empty());
    EXPECT_TRUE(relay_.server.is_empty());
}

TEST_P(Relay, LivesNoLongerThanItsCredentialAllows) {
    TestEndpoint capped(relay_, "12.0.0.3:3", call_credential("bGVn", 900s), GetParam());
    EXPECT_EQ(capped.allocate().lifetime(), 600U);
    relay_.advance(500s);
    EXPECT_EQ(capped.refresh(3600).lifetime(), 400U);
    relay_.advance(399s + 500ms);
    EXPECT_EQ(capped.refresh(600).lifetime(), 1U) << "rounded up, since zero would mean it is gone";
    relay_.advance(500ms);
    EXPECT_TRUE(relay_.server.is_empty());
}

TEST_P(Relay, ACapShorterThanTheDefaultLifetimeHoldsFromTheStart) {
    TestEndpoint capped(relay_, "12.0.0.3:3", call_credential("bGVn", 20s), GetParam());
    EXPECT_EQ(capped.allocate().lifetime(), 20U);
    relay_.advance(20s);
    EXPECT_TRUE(relay_.server.is_empty());
}

TEST_P(Relay, ProbesEndAfterThirtySecondsWhateverTheirNameSays) {
    TestEndpoint probe(relay_, "12.0.0.3:3",
                       make_rest_credential(kSecret, kStart + 60s, 3600s, CredentialClass::kProbe, "cA"), GetParam());
    EXPECT_EQ(probe.allocate().lifetime(), 30U);
    EXPECT_EQ(probe.refresh(3600).lifetime(), 30U);
}

TEST_P(Relay, RefreshMustNameTheSameFamily) {
    (void)alice_.allocate();
    const auto refresh = [&](std::uint8_t family) {
        return alice_.ask(Method::kRefresh, [&](MessageBuilder& builder) {
            builder.add_u8_padded(AttributeType::kRequestedAddressFamily, family);
        });
    };
    EXPECT_TRUE(refresh(stun::kFamilyIpv4).is_success());
    EXPECT_EQ(refresh(stun::kFamilyIpv6).error(), 443);
    EXPECT_EQ(refresh(9).error(), 443);
}

struct AllocateCase {
    const char* name;
    std::function<void(MessageBuilder&)> fill;
    int error;
    /// False where it is refused before its key is known (RFC 8489 §9.2.4).
    bool is_signed = true;
};

TEST_P(Relay, AnswersEveryKindOfAllocateAsTheRfcSays) {
    using B = MessageBuilder;
    const std::vector<AllocateCase> cases{
        {"no transport", [](B&) {}, 400},
        {"transport of the wrong size", [](B& b) { b.add(AttributeType::kRequestedTransport, ByteBuffer{17}); }, 400},
        {"TCP", [](B& b) { b.add_u8_padded(AttributeType::kRequestedTransport, 6); }, 442},
        {"no such transport", [](B& b) { b.add_u8_padded(AttributeType::kRequestedTransport, 99); }, 442},
        {"family of the wrong size",
         [](B& b) {
             TestClient::want_udp(b);
             b.add(AttributeType::kRequestedAddressFamily, ByteBuffer{1});
         },
         400},
        {"no such family",
         [](B& b) {
             TestClient::want_udp(b);
             b.add_u8_padded(AttributeType::kRequestedAddressFamily, 3);
         },
         440},
        {"both family attributes",
         [](B& b) {
             TestClient::want_udp(b);
             b.add_u8_padded(AttributeType::kRequestedAddressFamily, 1);
             b.add_u8_padded(AttributeType::kAdditionalAddressFamily, 2);
         },
         400},
        {"additional IPv4",
         [](B& b) {
             TestClient::want_udp(b);
             b.add_u8_padded(AttributeType::kAdditionalAddressFamily, 1);
         },
         400},
        {"lifetime of the wrong size",
         [](B& b) {
             TestClient::want_udp(b);
             b.add(AttributeType::kLifetime, ByteBuffer{1, 2});
         },
         400},
        {"EVEN-PORT of the wrong size",
         [](B& b) {
             TestClient::want_udp(b);
             b.add(AttributeType::kEvenPort, ByteBuffer(2));
         },
         400},
        {"EVEN-PORT with the next one reserved, of two families",
         [](B& b) {
             TestClient::want_udp(b);
             b.add(AttributeType::kEvenPort, ByteBuffer{0x80});
             b.add_u8_padded(AttributeType::kAdditionalAddressFamily, 2);
         },
         400},
        {"RESERVATION-TOKEN that nobody was given",
         [](B& b) {
             TestClient::want_udp(b);
             b.add(AttributeType::kReservationToken, ByteBuffer(8));
         },
         508},
        {"RESERVATION-TOKEN of the wrong size",
         [](B& b) {
             TestClient::want_udp(b);
             b.add(AttributeType::kReservationToken, ByteBuffer(7));
         },
         400},
        {"RESERVATION-TOKEN with EVEN-PORT",
         [](B& b) {
             TestClient::want_udp(b);
             b.add(AttributeType::kReservationToken, ByteBuffer(8)).add(AttributeType::kEvenPort, ByteBuffer{0});
         },
         400},
        {"RESERVATION-TOKEN with a family",
         [](B& b) {
             TestClient::want_udp(b);
             b.add(AttributeType::kReservationToken, ByteBuffer(8));
             b.add_u8_padded(AttributeType::kRequestedAddressFamily, 1);
         },
         400},
        {"RESERVATION-TOKEN with two families",
         [](B& b) {
             TestClient::want_udp(b);
             b.add(AttributeType::kReservationToken, ByteBuffer(8));
             b.add_u8_padded(AttributeType::kAdditionalAddressFamily, 2);
         },
         400},
        {"PASSWORD-ALGORITHM that was not offered, or without the list that was",
         [](B& b) {
             TestClient::want_udp(b);
             b.add_u32(AttributeType::kPasswordAlgorithm, 0x00020000);
         },
         is_stream(GetParam()) ? 400 : 420, !is_stream(GetParam())},
        {"an unknown one that must be understood",
         [](B& b) {
             TestClient::want_udp(b);
             b.add_flag(static_cast<AttributeType>(0x7ABC));
         },
         420},
        {"an unknown one that need not be",
         [](B& b) {
             TestClient::want_udp(b);
             b.add_flag(static_cast<AttributeType>(0xFABC));
         },
         0},
    };
    for (const AllocateCase& c : cases) {
        const Answer answer = alice_.allocate(c.fill);
        EXPECT_EQ(answer.error(), c.error) << c.name;
        EXPECT_EQ(alice_.client().verifies(answer), c.is_signed) << c.name;
    }
}

// RFC 8656 §7.1: how a client asks whether DONT-FRAGMENT will be obeyed later.
TEST_P(Relay, SaysThatItCanKeepPacketsWhole) {
    EXPECT_TRUE(alice_
                    .allocate([](MessageBuilder& builder) {
                        TestClient::want_udp(builder);
                        builder.add_flag(AttributeType::kDontFragment);
                    })
                    .is_success());
}

TEST_P(Relay, NamesTheAttributesItDidNotUnderstand) {
    const Answer answer = alice_.allocate([](MessageBuilder& builder) {
        TestClient::want_udp(builder);
        builder.add(AttributeType::kConnectionId, ByteBuffer(4)).add_flag(AttributeType::kUseCandidate);
    });
    const stun::Message message = answer.message();
    EXPECT_EQ(stun::parse_unknown_attributes(message.find(AttributeType::kUnknownAttributes).value()),
              (std::vector{AttributeType::kConnectionId, AttributeType::kUseCandidate}));
}

TEST_P(Relay, GivesAnEvenPortToWhoAsksForOne) {
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(alice_
                        .allocate([](MessageBuilder& builder) {
                            TestClient::want_udp(builder);
                            builder.add(AttributeType::kEvenPort, ByteBuffer{0});
                        })
                        .is_success());
        EXPECT_EQ(alice_.relayed().port % 2, 0);
        EXPECT_TRUE(alice_.refresh(0).is_success());
    }
}

TEST(RelayLegacy, TakesTheChannelsOfRfc5766OnlyWhenToldTo) {
    const SocketAddress peer = at("8.8.8.8:1");
    for (const bool legacy : {false, true}) {
        ServerConfig config = test_config();
        config.legacy_channels = legacy;
        TestRelay relay(config);
        TestEndpoint client(relay, "12.0.0.1:1", call_credential());
        ASSERT_TRUE(client.allocate().is_success());
        EXPECT_EQ(client.bind(0x7FFF, peer).error(), legacy ? 0 : 400);
        EXPECT_EQ(client.bind(0x8000, peer).error(), 400);
        EXPECT_FALSE(client.send(TestClient::channel_data(0x7FFF, bytes_of("x"))));
        EXPECT_EQ(relay.to_peers.size(), legacy ? 1U : 0U);
    }
}

TEST(RelayFamilies, GivesIpv4AloneWhereThereIsNoIpv6) {
    ServerConfig config = test_config();
    config.ipv6.reset();
    TestRelay relay(config);
    TestEndpoint client(relay, "12.0.0.1:1", call_credential());
    const Answer answer = client.allocate([](MessageBuilder& builder) {
        TestClient::want_udp(builder);
        builder.add_u8_padded(AttributeType::kAdditionalAddressFamily, stun::kFamilyIpv6);
    });
    EXPECT_TRUE(answer.is_success());
    EXPECT_EQ(answer.address_error(), std::pair(int{stun::kFamilyIpv6}, 440));
}

// RFC 8656 §7.2 step 9 has no first among the two.
TEST(RelayFamilies, GivesIpv6AloneWhereThereIsNoIpv4) {
    ServerConfig config = test_config();
    config.ipv4.reset();
    TestRelay relay(config);
    TestEndpoint client(relay, "[2600:1::9]:5", call_credential());
    const Answer answer = client.allocate([](MessageBuilder& builder) {
        TestClient::want_udp(builder);
        builder.add_u8_padded(AttributeType::kAdditionalAddressFamily, stun::kFamilyIpv6);
    });
    ASSERT_TRUE(answer.is_success());
    const auto relayed = answer.addresses(AttributeType::kXorRelayedAddress);
    ASSERT_EQ(relayed.size(), 1U);
    EXPECT_EQ(relayed[0].ip, ip("2600::1"));
    EXPECT_EQ(answer.address_error(), std::pair(int{stun::kFamilyIpv4}, 440));
    EXPECT_TRUE(client.permit(at("[2606:4700:4700::1111]:1")).is_success());
    EXPECT_EQ(client.permit(at("8.8.8.8:1")).error(), 443);
    EXPECT_TRUE(client.refresh(0).is_success());
    EXPECT_EQ(client.allocate().error(), 440) << "who asks for IPv4 alone";
    EXPECT_TRUE(relay.server.is_empty() && relay.open.empty());
}

TEST(RelayFamilies, AFamilyWithoutAnAddressIsNotSupported) {
    ServerConfig config = test_config();
    config.ipv6.reset();
    TestRelay relay(config);
    TestEndpoint client(relay, "12.0.0.1:1", call_credential());
    EXPECT_EQ(client.allocate(AddressFamily::kIpv6).error(), 440);
    EXPECT_TRUE(client.allocate().is_success());
}

TEST_P(Relay, DrainsWithoutTouchingWhatStands) {
    (void)alice_.allocate();
    relay_.server.stop_allocating();
    EXPECT_EQ(bob_.allocate().error(), 508);
    EXPECT_TRUE(alice_.refresh(600).is_success());
    EXPECT_TRUE(alice_.permit(at("8.8.8.8:1")).is_success());
    EXPECT_FALSE(relay_.server.is_empty());
    EXPECT_TRUE(alice_.refresh(0).is_success());
    EXPECT_TRUE(relay_.server.is_empty()) << "nothing is left to wait for";
}

TEST_P(Relay, OneClientMayHaveSeveralPaths) {
    TestEndpoint again(relay_, "12.0.0.1:1112", call_credential("YWxpY2U"), GetParam());
    EXPECT_TRUE(alice_.allocate().is_success());
    EXPECT_TRUE(again.allocate().is_success());
    EXPECT_NE(alice_.relayed(), again.relayed());
    FiveTuple other_server = alice_.path();
    other_server.server = at("11.0.0.1:443");
    TestClient& client = alice_.client();
    const auto answer = relay_.client_sends(other_server, client.request(Method::kAllocate, TestClient::want_udp));
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->is_success()) << "another server port is another path";
}

TEST_P(Relay, AnswersBindings) {
    ByteBuffer request;
    MessageBuilder(request, Method::kBinding, stun::MessageClass::kRequest, alice_.client().new_id());
    const auto answer = alice_.send(request);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->address(AttributeType::kXorMappedAddress), at("12.0.0.1:1111"));
    EXPECT_EQ(answer->bytes().size(), 32U);
    EXPECT_EQ(relay_.server.counters().bindings_answered, 1U);
    EXPECT_TRUE(relay_.server.is_empty());
}

TEST(RelayConfig, SaysWhatIsWrong) {
    SeededRng rng(1);
    const auto complaint = [&](const std::function<void(ServerConfig&)>& spoil) -> std::string {
        ServerConfig config = test_config();
        spoil(config);
        try {
            const Server server(config, rng);
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return {};
    };
    EXPECT_EQ(complaint([](ServerConfig&) {}), "");
    EXPECT_EQ(complaint([](ServerConfig& c) { c.realm = std::string(kRealmSizeMax, 'r'); }), "");
    EXPECT_NE(complaint([](ServerConfig& c) { c.realm = std::string(kRealmSizeMax + 1, 'r'); }), "");
    EXPECT_NE(complaint([](ServerConfig& c) { c.realm = "a\"b"; }), "");
    EXPECT_NE(complaint([](ServerConfig& c) { c.realm.clear(); }), "");
    EXPECT_EQ(complaint([](ServerConfig& c) { c.secrets.resize(kSecretsMax, Secret{kSecret}); }), "");
    EXPECT_NE(complaint([](ServerConfig& c) { c.secrets.resize(kSecretsMax + 1, Secret{kSecret}); }), "");
    EXPECT_NE(complaint([](ServerConfig& c) { c.secrets.emplace_back(); }), "");
    const auto user = [](std::size_t i) {
        return User{"u" + std::to_string(i), crypto::SecretBytes(std::string(kUserPasswordSizeMin, 'p'))};
    };
    const auto users = [&](std::size_t count) {
        return complaint([&](ServerConfig& c) {
            for (std::size_t i = 0; i < count; ++i)
                c.users.push_back(user(i));
        });
    };
    EXPECT_EQ(users(kUsersMax), "");
    EXPECT_NE(users(kUsersMax + 1), "");
    EXPECT_NE(complaint([&](ServerConfig& c) { c.users = {user(1), user(1)}; }), "");
    EXPECT_NE(complaint([&](ServerConfig& c) { c.users = {{"", user(1).password}}; }), "");
    EXPECT_NE(complaint([&](ServerConfig& c) { c.users = {{"1767226000:a", user(1).password}}; }), "");
    EXPECT_NE(
        complaint([&](ServerConfig& c) { c.users = {{"u", crypto::SecretBytes(user(1).password.text().substr(1))}}; }),
        "");
    EXPECT_EQ(
        complaint([&](ServerConfig& c) { c.users = {{std::string(stun::kUsernameSizeMax, 'u'), user(1).password}}; }),
        "");
    EXPECT_NE(complaint([&](ServerConfig& c) {
                  c.users = {{std::string(stun::kUsernameSizeMax + 1, 'u'), user(1).password}};
              }),
              "");
    EXPECT_NE(complaint([](ServerConfig& c) {
                  c.ipv4.reset();
                  c.ipv6.reset();
              }),
              "");
    EXPECT_NE(complaint([](ServerConfig& c) { std::swap(c.ipv4, c.ipv6); }), "");
    EXPECT_NE(complaint([](ServerConfig& c) { c.shard_ports = {40'000, 50'000}; }), "");
    EXPECT_NE(complaint([](ServerConfig& c) { c.shard_ports = {50'001, 50'000}; }), "");
    EXPECT_NE(complaint([](ServerConfig& c) { c.call.bytes_per_second = 0; }), "");
    EXPECT_NE(complaint([](ServerConfig& c) { c.bindings.per_second = 0; }), "");
    EXPECT_NE(complaint([](ServerConfig& c) { c.guesses.per_second = 0; }), "");
}

} // namespace
} // namespace vv::turn::test
