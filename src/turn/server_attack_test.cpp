// The attack cases that go through CreatePermission, ChannelBind and Send, and those on the parser, over the wire.
#include "turn/server.h"
#include "turn/test_ports.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;
using stun::MessageBuilder;
using stun::MessageClass;
using stun::Method;

const ByteBuffer kData = bytes_of("attack");

// Whatever the client comes over, the answers are the same.
class RelayAttack : public testing::TestWithParam<Transport> {
protected:
    explicit RelayAttack(const ServerConfig& config = test_config()) : relay_(config) {
        EXPECT_TRUE(mallory_.allocate().is_success());
        EXPECT_TRUE(mallory6_.allocate(AddressFamily::kIpv6).is_success());
    }
    TestEndpoint& of_family(const IpAddress& ip) { return ip.is_v4() ? mallory_ : mallory6_; }

    // The three ways to name a peer; none of them may lead to a packet.
    void expect_denied(const IpAddress& target) {
        TestEndpoint& attacker = of_family(target);
        const SocketAddress peer{target, 443};
        EXPECT_EQ(attacker.permit(peer).error(), 403) << target.to_string();
        EXPECT_EQ(attacker.bind(0x4000, peer).error(), 403) << target.to_string();
        EXPECT_FALSE(attacker.send(attacker.client().send_indication(peer, kData)));
        EXPECT_FALSE(attacker.send(TestClient::channel_data(0x4000, kData)));
        relay_.peer_sends(attacker.relay_socket(), peer, kData);
        EXPECT_TRUE(relay_.to_peers.empty() && relay_.to_relays.empty() && relay_.to_clients.empty())
            << target.to_string();
    }
    // By the same three, each time with a channel of its own.
    void expect_reached(const IpAddress& target) {
        TestEndpoint& client = of_family(target);
        const SocketAddress peer{target, 443};
        const std::uint16_t channel = next_channel_++;
        EXPECT_EQ(client.permit(peer).error(), 0) << target.to_string();
        EXPECT_FALSE(client.send(client.client().send_indication(peer, kData)));
        EXPECT_EQ(client.bind(channel, peer).error(), 0) << target.to_string();
        EXPECT_FALSE(client.send(TestClient::channel_data(channel, kData)));
        relay_.peer_sends(client.relay_socket(), peer, kData);
        EXPECT_EQ(relay_.to_peers.size(), 2U) << target.to_string();
        for (const ToPeer& out : std::exchange(relay_.to_peers, {}))
            EXPECT_EQ(out.to, peer);
        EXPECT_EQ(std::exchange(relay_.to_clients, {}).size(), 1U) << target.to_string();
    }
    void expect_edges(const Edges& edges) {
        for (const IpAddress& inside : {edges.first, edges.last})
            expect_denied(inside);
        for (const auto& outside : {edges.before, edges.after}) {
            if (outside) expect_reached(*outside);
        }
    }

    TestRelay relay_;
    TestEndpoint mallory_{relay_, "12.0.0.1:1111", call_credential("NA"), GetParam()};
    TestEndpoint mallory6_{relay_, "[2600:1::9]:5", call_credential("Ng"), GetParam()};
    std::uint16_t next_channel_ = 0x4001; // the one before it is for what is denied
};

INSTANTIATE_TEST_SUITE_P(Over, RelayAttack, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(RelayAttack, SpecialPurposePeersAreRefused) {
    for (const auto* list : {&kDeniedV4, &kDeniedV6}) {
        for (const std::string_view text : *list)
            expect_denied(ip(text));
    }
}

TEST_P(RelayAttack, SoIsEveryEncodingOfThem) {
    for (const std::string_view text : kDeniedV4) {
        for (const IpAddress& encoded : encodings_of(ip(text)))
            expect_denied(encoded);
    }
    for (const IpAddress& encoded : encodings_of(ip("11.0.0.1")))
        expect_denied(encoded); // our own relay address, too
}

// A machine behind 1:1 NAT, with another interface. All these addresses would be public ones for somebody else.
class RelayAttackBehindNat : public RelayAttack {
protected:
    RelayAttackBehindNat() : RelayAttack(config()) {}
    static ServerConfig config() {
        ServerConfig config = test_config();
        config.ipv4 = RelayAddress{ip("11.0.0.1"), ip("14.0.0.5")};
        config.ipv6 = RelayAddress{ip("2600::1"), ip("2600:5::5")};
        config.own_addresses = {ip("13.0.0.1"), ip("2600:7::1")};
        config.allow_peers = {IpPrefix::parse("13.0.0.0/8").value(), IpPrefix::parse("14.0.0.0/8").value()};
        return config;
    }
};

INSTANTIATE_TEST_SUITE_P(Over, RelayAttackBehindNat, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

// No exception opens what is ours.
TEST_P(RelayAttackBehindNat, OwnAddressesAreRefusedOnEveryPort) {
    for (const char* own : {"13.0.0.1", "14.0.0.5", "2600:5::5", "2600:7::1"}) {
        expect_denied(ip(own));
        const SocketAddress relay_port{ip(own), mallory_.relayed().port};
        EXPECT_EQ(of_family(ip(own)).permit(relay_port).error(), 403) << own;
        EXPECT_EQ(of_family(ip(own)).bind(0x4000, relay_port).error(), 403) << own;
    }
    for (const char* own : {"13.0.0.1", "14.0.0.5"}) {
        for (const IpAddress& encoded : encodings_of(ip(own)))
            expect_denied(encoded);
    }
    EXPECT_TRUE(mallory_.permit(at("13.0.0.2:1")).is_success()) << "its neighbour is nobody of ours";
}

// With an exception that opens loopback and one for the unspecified addresses.
class RelayAttackLoopbackOpen : public RelayAttack {
protected:
    RelayAttackLoopbackOpen() : RelayAttack(config()) {}
    static ServerConfig config() {
        ServerConfig config = test_config();
        for (const char* open : {"127.0.0.0/8", "0.0.0.0/8", "::/95"})
            config.allow_peers.push_back(IpPrefix::parse(open).value());
        config.own_addresses = {ip("127.0.0.1"), ip("::1")};
        config.service_ports = {3478};
        return config;
    }
};

INSTANTIATE_TEST_SUITE_P(Over, RelayAttackLoopbackOpen,
                         testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(RelayAttackLoopbackOpen, OwnServicesAreRefusedAllTheSame) {
    for (const char* own : {"127.0.0.1", "0.0.0.0", "::", "::1", "::ffff:0.0.0.0", "::ffff:127.0.0.1"})
        expect_denied(ip(own));
    const SocketAddress service = at("127.0.0.2:3478");
    const SocketAddress other = at("127.0.0.2:3479");
    ASSERT_TRUE(mallory_.permit(service).is_success()) << "a permission has no port";
    EXPECT_EQ(mallory_.bind(0x4000, service).error(), 403);
    const auto dropped = relay_.server.counters().dropped_peer_denied;
    EXPECT_FALSE(mallory_.send(mallory_.client().send_indication(service, bytes_of("x"))));
    EXPECT_TRUE(relay_.to_peers.empty());
    EXPECT_EQ(relay_.server.counters().dropped_peer_denied, dropped + 1);
    EXPECT_TRUE(mallory_.bind(0x4000, other).is_success()) << "what the exception is for";
    EXPECT_FALSE(mallory_.send(TestClient::channel_data(0x4000, bytes_of("x"))));
    EXPECT_EQ(relay_.to_peers.size(), 1U);
}

TEST_P(RelayAttack, PublicPeersAreNot) {
    for (const auto* list : {&kPublicV4, &kPublicV6}) {
        for (const std::string_view text : *list)
            expect_reached(ip(text));
    }
}

TEST_P(RelayAttack, SpecialPurposeBlocksEndWhereTheyEnd) {
    for (const Edges& edges : denied_edges())
        expect_edges(edges);
}

// What an operator adds to the list or takes from it, with lengths that do not fall on a digit.
class RelayAttackWithLists : public RelayAttack {
protected:
    RelayAttackWithLists() : RelayAttack(config()) {}
    static ServerConfig config() {
        ServerConfig config = test_config();
        config.deny_peers = {IpPrefix::parse("8.8.8.0/23").value(), IpPrefix::parse("2a00:1450:4001:820::/61").value()};
        config.allow_peers = {IpPrefix::parse("10.64.0.0/11").value(), IpPrefix::parse("fd00:aa80::/25").value()};
        return config;
    }
};

INSTANTIATE_TEST_SUITE_P(Over, RelayAttackWithLists, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(RelayAttackWithLists, DeniedBlocksEndWhereTheyEnd) {
    expect_edges(edges_of("8.8.8.0/23"));
    expect_edges(edges_of("2a00:1450:4001:820::/61"));
}

TEST_P(RelayAttackWithLists, SoDoAllowedOnes) {
    for (const std::string_view inside :
         {"10.64.0.0", "10.95.255.255", "fd00:aa80::", "fd00:aaff:ffff:ffff:ffff:ffff:ffff:ffff"})
        expect_reached(ip(inside));
    for (const std::string_view outside :
         {"10.63.255.255", "10.96.0.0", "fd00:aa7f:ffff:ffff:ffff:ffff:ffff:ffff", "fd00:ab00::"})
        expect_denied(ip(outside));
}

TEST_P(RelayAttack, PortZeroIsNobody) {
    const SocketAddress nobody{ip("8.8.8.8"), 0};
    EXPECT_TRUE(mallory_.permit(nobody).is_success()) << "a permission ignores the port";
    EXPECT_EQ(mallory_.bind(0x4000, nobody).error(), 400);
    EXPECT_FALSE(mallory_.send(mallory_.client().send_indication(nobody, kData)));
    EXPECT_TRUE(relay_.to_peers.empty());
    relay_.peer_sends(mallory_.relay_socket(), nobody, kData);
    EXPECT_TRUE(relay_.to_clients.empty());
    FiveTuple forged = mallory_.path();
    forged.client = ClientAddress({ip("12.0.0.1"), 0});
    EXPECT_FALSE(relay_.client_sends(forged, mallory_.client().bare_allocate()));
}

TEST_P(RelayAttack, FamiliesDoNotMix) {
    const SocketAddress v4 = at("8.8.8.8:1");
    const SocketAddress v6 = at("[2606:4700:4700::1111]:1");
    EXPECT_EQ(mallory_.permit(v6).error(), 443);
    EXPECT_EQ(mallory_.bind(0x4000, v6).error(), 443);
    EXPECT_EQ(mallory6_.permit(v4).error(), 443);
    EXPECT_EQ(mallory6_.bind(0x4000, v4).error(), 443);
    EXPECT_FALSE(mallory_.send(mallory_.client().send_indication(v6, kData)));
    EXPECT_FALSE(mallory6_.send(mallory6_.client().send_indication(v4, kData)));
    EXPECT_TRUE(relay_.to_peers.empty());
}

// Nothing tells an open internal port from a closed one, since nothing was sent to either.
TEST_P(RelayAttack, RefusalsAreIdentical) {
    const auto anonymous = [&](const Answer& answer) {
        ByteBuffer bytes = answer.bytes();
        std::fill(bytes.begin() + 8, bytes.begin() + 20, std::uint8_t{0}); // transaction id
        std::fill(bytes.end() - 20, bytes.end(), std::uint8_t{0});         // integrity
        return bytes;
    };
    const ByteBuffer first = anonymous(mallory_.permit(at("10.0.0.1:22")));
    const ByteBuffer bound = anonymous(mallory_.bind(0x4000, at("10.0.0.1:22")));
    EXPECT_EQ(mallory_.bind(0x4000, at("10.0.0.1:22")).error(), 403);
    for (const char* peer : {"10.0.0.1:23", "127.0.0.1:3478", "169.254.169.254:80", "192.168.1.1:53", "11.0.0.1:22"}) {
        if (at(peer).ip != ip("11.0.0.1")) {
            EXPECT_EQ(anonymous(mallory_.permit(at(peer))), first) << peer;
        }
        EXPECT_EQ(anonymous(mallory_.bind(0x4000, at(peer))), bound) << peer;
    }
}

TEST_P(RelayAttack, PermissionsAreCapped) {
    int granted = 0;
    for (std::uint32_t i = 0; i < 5'000; ++i) {
        const Answer answer = mallory_.permit({IpAddress::v4(0x0E000000U + i), 1});
        if (answer.is_success()) ++granted;
        EXPECT_EQ(answer.error(), i < kPeers.permissions ? 0 : 508);
    }
    EXPECT_EQ(granted, static_cast<int>(kPeers.permissions));
}

TEST_P(RelayAttack, PermissionsInOneRequestAreCappedToo) {
    const auto many = [](std::uint32_t count) {
        return [count](MessageBuilder& builder) {
            for (std::uint32_t i = 0; i < count; ++i)
                builder.add_xor_address(AttributeType::kXorPeerAddress, {IpAddress::v4(0x0E000000U + i), 1});
        };
    };
    EXPECT_EQ(mallory_.ask(Method::kCreatePermission, many(kPeers.permissions + 1)).error(), 508);
    EXPECT_EQ(mallory_.ask(Method::kCreatePermission, many(kPeers.permissions)).error(), 0);
    mallory_.client().nonce.clear();
    mallory_.learn_nonce();
    EXPECT_FALSE(mallory_.send(mallory_.client().request(Method::kCreatePermission, many(stun::kAttributesMax))))
        << "more attributes than any request has";
}

TEST_P(RelayAttack, ChannelsAreCapped) {
    for (std::uint16_t i = 0; i <= kPeers.channels; ++i) {
        const Answer answer =
            mallory_.bind(static_cast<std::uint16_t>(0x4000 + i), {ip("8.8.8.8"), static_cast<std::uint16_t>(1 + i)});
        EXPECT_EQ(answer.error(), i < kPeers.channels ? 0 : 508) << i;
    }
}

// That no memory is kept either is tested in server_memory_test.cpp.
TEST_P(RelayAttack, SendingToEveryPortKeepsNothing) {
    ASSERT_TRUE(mallory_.permit(at("8.8.8.8:1")).is_success());
    for (unsigned port = 1; port <= 65'535; port += 7) {
        EXPECT_FALSE(
            mallory_.send(mallory_.client().send_indication({ip("8.8.8.8"), static_cast<std::uint16_t>(port)}, {})));
        relay_.advance(1ms); // within the rate of packets
    }
    EXPECT_EQ(relay_.to_peers.size(), 9'363U);
    EXPECT_TRUE(mallory_.permit(at("8.8.8.9:1")).is_success()) << "they took no room";
}

TEST_P(RelayAttack, AttributesBehindIntegrityAreNotObeyed) {
    ByteBuffer refresh = mallory_.client().request(Method::kRefresh, [](MessageBuilder&) {});
    append_raw(refresh, AttributeType::kLifetime, {0, 0, 0, 0});
    EXPECT_EQ(mallory_.send(refresh)->lifetime(), 600U);
    append_raw(refresh, AttributeType::kLifetime, {0, 0, 0x0E, 0x10});
    EXPECT_EQ(mallory_.send(refresh)->lifetime(), 600U);

    ByteBuffer permission = mallory_.client().request(Method::kCreatePermission, [](MessageBuilder&) {});
    append_raw(permission, AttributeType::kXorPeerAddress, {0, 1, 0, 0, 8 ^ 0x21, 8 ^ 0x12, 8 ^ 0xA4, 8 ^ 0x42});
    EXPECT_EQ(mallory_.send(permission)->error(), 400) << "there is no peer in it";

    TestEndpoint other(relay_, "12.0.0.7:7", call_credential("Nw"), GetParam());
    other.learn_nonce();
    ByteBuffer allocate = other.client().request(Method::kAllocate, TestClient::want_udp);
    append_raw(allocate, AttributeType::kRequestedAddressFamily, {2, 0, 0, 0});
    append_raw(allocate, AttributeType::kDontFragment, {});
    EXPECT_EQ(other.send(allocate)->address(AttributeType::kXorRelayedAddress)->ip, ip("11.0.0.1"));

    mallory_.client().integrity = Integrity::kSha256;
    ByteBuffer sha256 = mallory_.client().request(Method::kRefresh, [](MessageBuilder&) {});
    append_raw(sha256, AttributeType::kLifetime, {0, 0, 0, 0});
    append_raw(sha256, AttributeType::kMessageIntegrity, ByteBuffer(20));
    EXPECT_EQ(mallory_.send(sha256)->lifetime(), 600U);
}

TEST_P(RelayAttack, OfDuplicatesTheFirstCounts) {
    const SocketAddress good = at("8.8.8.8:1");
    const SocketAddress evil = at("10.0.0.1:1");
    const auto both = [&](const SocketAddress& first, const SocketAddress& second) {
        return [&](MessageBuilder& builder) {
            builder.add_u16_padded(AttributeType::kChannelNumber, 0x4000)
                .add_u16_padded(AttributeType::kChannelNumber, 0x8000)
                .add_xor_address(AttributeType::kXorPeerAddress, first)
                .add_xor_address(AttributeType::kXorPeerAddress, second);
        };
    };
    EXPECT_EQ(mallory_.ask(Method::kChannelBind, both(evil, good)).error(), 403);
    EXPECT_EQ(mallory_.ask(Method::kChannelBind, both(good, evil)).error(), 0);
    ByteBuffer send;
    MessageBuilder(send, Method::kSend, MessageClass::kIndication, mallory_.client().new_id())
        .add_xor_address(AttributeType::kXorPeerAddress, good)
        .add_xor_address(AttributeType::kXorPeerAddress, evil)
        .add(AttributeType::kData, kData)
        .add(AttributeType::kData, ByteBuffer(500));
    EXPECT_FALSE(mallory_.send(send));
    ASSERT_EQ(relay_.to_peers.size(), 1U);
    EXPECT_EQ(relay_.to_peers[0].to, good);
    EXPECT_EQ(relay_.to_peers[0].payload, kData);
    EXPECT_EQ(mallory_
                  .ask(Method::kRefresh,
                       [](MessageBuilder& builder) {
                           builder.add_u32(AttributeType::kLifetime, 1200).add_u32(AttributeType::kLifetime, 0);
                       })
                  .lifetime(),
              1200U);
}

// Over the whole server, not of the pool alone, by whatever way the clients come.
TEST(RelayPortsOverTheWire, AreForetoldByNobody) {
    ServerConfig config = test_config();
    config.quotas = {.per_user = 20'000, .per_source = 20'000, .total = 20'000};
    TestRelay relay(config);
    std::set<int> different;
    std::vector<int> ports;
    ports.reserve(kPortsWatched);
    for (unsigned i = 0; i < kPortsWatched; ++i) {
        const Transport transport = std::array{Transport::kUdp, Transport::kTcp, Transport::kTls}.at(i % 3);
        TestEndpoint client(relay, "12.0.0.1:" + std::to_string(1000 + i), call_credential(), transport);
        ASSERT_TRUE(client.allocate().is_success());
        ports.push_back(client.relayed().port);
        EXPECT_TRUE(different.insert(ports.back()).second);
    }
    EXPECT_FALSE(are_foretold(ports));
}

TEST_P(RelayAttack, BrokenMessagesAreDroppedWithoutAnAnswer) {
    const ByteBuffer good = mallory_.client().bare_allocate();
    const std::uint64_t before = relay_.server.counters().dropped_malformed;
    std::uint64_t sent = 0;
    const auto expect_dropped = [&](const ByteBuffer& bytes) {
        ++sent;
        EXPECT_FALSE(mallory_.send(bytes)) << "case " << sent;
    };
    expect_dropped({});
    for (std::size_t size = 1; size < good.size(); ++size)
        expect_dropped({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)});
    ByteBuffer odd = good;
    odd.push_back(0);
    expect_dropped(odd);
    ByteBuffer classic = good;
    classic[4] ^= 0xFFU;
    expect_dropped(classic);
    const std::size_t length = good.size() - stun::kHeaderSize;
    for (const std::size_t lie :
         {std::size_t{0}, length - 4, length - 1, length + 1, length + 4, std::size_t{65'532}, std::size_t{65'535}}) {
        ByteBuffer lying = good;
        ByteWriter(lying).patch_u16(2, static_cast<std::uint16_t>(lie));
        expect_dropped(lying);
    }
    for (const std::size_t lie : {std::size_t{5}, std::size_t{8}, std::size_t{65'532}, std::size_t{65'535}}) {
        ByteBuffer lying = good;
        ByteWriter(lying).patch_u16(stun::kHeaderSize + 2, static_cast<std::uint16_t>(lie));
        expect_dropped(lying);
    }
    for (const std::size_t size : {19U, 21U}) {
        ByteBuffer integrity = good;
        append_raw(integrity, AttributeType::kMessageIntegrity, ByteBuffer(size));
        expect_dropped(integrity);
    }
    ByteBuffer fingerprint = good;
    append_raw(fingerprint, AttributeType::kFingerprint, {1, 2, 3, 4});
    expect_dropped(fingerprint);
    for (unsigned first = 4; first <= 255; ++first) {
        if (looks_like_channel_data(static_cast<std::uint8_t>(first), kChannelLast)) continue;
        ByteBuffer other = good;
        other[0] = static_cast<std::uint8_t>(first);
        expect_dropped(other);
    }
    EXPECT_EQ(relay_.server.counters().dropped_malformed - before, sent);
}

TEST_P(RelayAttack, HugeTextsAreHarmless) {
    for (const AttributeType type :
         {AttributeType::kUsername, AttributeType::kRealm, AttributeType::kNonce, AttributeType::kSoftware}) {
        for (const char byte : {'%', '"', '\n', '\0', '\xFF'}) {
            ByteBuffer bytes;
            MessageBuilder(bytes, Method::kAllocate, MessageClass::kRequest, mallory_.client().new_id())
                .add_text(type, std::string(20'000, byte))
                .add_text(AttributeType::kUsername, "1:x")
                .add_text(AttributeType::kRealm, "r")
                .add_text(AttributeType::kNonce, "n")
                .add_message_integrity(kData);
            const auto answer = mallory_.send(bytes);
            ASSERT_TRUE(answer);
            EXPECT_LT(answer->bytes().size(), 100U);
        }
    }
}

TEST_P(RelayAttack, ChannelDataThatLiesIsDropped) {
    ASSERT_TRUE(mallory_.bind(0x4000, at("8.8.8.8:1")).is_success());
    EXPECT_FALSE(mallory_.send(ByteBuffer{0x40, 0, 0, 1}));
    EXPECT_FALSE(mallory_.send(ByteBuffer{0x40, 0, 0xFF, 0xFF, 1, 2, 3}));
    EXPECT_FALSE(mallory_.send(ByteBuffer{0x40}));
    EXPECT_FALSE(mallory_.send(ByteBuffer{0x40, 1, 0, 0}));
    EXPECT_FALSE(mallory_.send(ByteBuffer{0x50, 0, 0, 0}));
    EXPECT_TRUE(relay_.to_peers.empty());
    EXPECT_FALSE(mallory_.send(ByteBuffer{0x40, 0, 0, 0}));
    EXPECT_EQ(relay_.to_peers.size(), 1U);
}

TEST_P(RelayAttack, ChannelBindKeepsItsRules) {
    const SocketAddress a = at("8.8.8.8:1");
    const SocketAddress b = at("8.8.8.8:2");
    for (const unsigned number : {0U, 0x3FFFU, 0x5000U, 0x7FFFU, 0x8000U, 0xFFFFU})
        EXPECT_EQ(mallory_.bind(static_cast<std::uint16_t>(number), a).error(), 400) << number;
    EXPECT_TRUE(mallory_.bind(0x4000, a).is_success());
    EXPECT_TRUE(mallory_.bind(0x4FFF, b).is_success());
    EXPECT_TRUE(mallory_.bind(0x4000, a).is_success());
    EXPECT_EQ(mallory_.bind(0x4000, b).error(), 400);
    EXPECT_EQ(mallory_.bind(0x4001, a).error(), 400);
    EXPECT_EQ(mallory_.ask(Method::kChannelBind, TestClient::peer(a)).error(), 400);
    EXPECT_EQ(mallory_
                  .ask(Method::kChannelBind,
                       [](MessageBuilder& builder) { builder.add_u16_padded(AttributeType::kChannelNumber, 0x4002); })
                  .error(),
              400);
    ASSERT_TRUE(mallory_.refresh(3600).is_success());
    relay_.advance(600s);
    EXPECT_TRUE(mallory_.bind(0x4000, b).is_success()) << "expired bindings are free for others";
    EXPECT_TRUE(mallory_.bind(0x4FFF, a).is_success());
}

TEST_P(RelayAttack, CreatePermissionNeedsAGoodPeer) {
    EXPECT_EQ(mallory_.ask(Method::kCreatePermission, [](MessageBuilder&) {}).error(), 400);
    for (const std::size_t size : {0U, 4U, 7U, 9U, 12U, 19U, 21U}) {
        EXPECT_EQ(mallory_
                      .ask(Method::kCreatePermission,
                           [&](MessageBuilder& builder) {
                               builder.add_xor_address(AttributeType::kXorPeerAddress, at("8.8.8.8:1"))
                                   .add(AttributeType::kXorPeerAddress, ByteBuffer(size, 1));
                           })
                      .error(),
                  400)
            << size;
    }
}

TEST_P(RelayAttack, DontFragmentOpensNothing) {
    const auto send_to = [&](const SocketAddress& peer) {
        ByteBuffer bytes;
        MessageBuilder(bytes, Method::kSend, MessageClass::kIndication, mallory_.client().new_id())
            .add_xor_address(AttributeType::kXorPeerAddress, peer)
            .add(AttributeType::kData, kData)
            .add_flag(AttributeType::kDontFragment);
        EXPECT_FALSE(mallory_.send(bytes));
    };
    send_to(at("8.8.8.8:1"));
    send_to(at("10.0.0.1:1"));
    EXPECT_TRUE(relay_.to_peers.empty());
    ASSERT_TRUE(mallory_.permit(at("8.8.8.8:1")).is_success());
    send_to(at("8.8.8.8:1"));
    ASSERT_EQ(relay_.to_peers.size(), 1U);
    EXPECT_TRUE(relay_.to_peers[0].dont_fragment);
    EXPECT_FALSE(mallory_.send(mallory_.client().send_indication(at("8.8.8.8:1"), kData)));
    ASSERT_EQ(relay_.to_peers.size(), 2U);
    EXPECT_FALSE(relay_.to_peers[1].dont_fragment) << "it is for one packet only";
}

TEST_P(RelayAttack, ProbesReachOnlyOurOwnRelays) {
    TestEndpoint probe(relay_, "12.0.0.5:5", probe_credential(), GetParam());
    ASSERT_TRUE(probe.allocate().is_success());
    EXPECT_EQ(probe.permit(at("8.8.8.8:1")).error(), 403);
    EXPECT_EQ(probe.bind(0x4000, at("8.8.8.8:1")).error(), 403);
    EXPECT_FALSE(probe.send(probe.client().send_indication(at("8.8.8.8:1"), kData)));
    EXPECT_TRUE(relay_.to_peers.empty());
    EXPECT_TRUE(probe.permit(mallory_.relayed()).is_success());
    EXPECT_TRUE(probe.bind(0x4000, mallory_.relayed()).is_success());
    ASSERT_TRUE(mallory_.permit(probe.relayed()).is_success());
    EXPECT_FALSE(probe.send(TestClient::channel_data(0x4000, kData)));
    EXPECT_EQ(relay_.to_clients.size(), 1U);
}

// So that whoever tries a relay can tell whether its ports are open. Were anything sent there, whoever shares the
// address could be reached: a proxy, this host, all that is behind a NAT.
TEST_P(RelayAttack, ProbesHearTheirOwnAddressAndSendItNothing) {
    for (const char* own : {"12.0.0.5", "10.0.0.5", "127.0.0.1"}) {
        TestEndpoint probe(relay_, std::string(own) + ":5", probe_credential(), GetParam());
        ASSERT_TRUE(probe.allocate().is_success());
        const SocketAddress itself{ip(own), 53};
        EXPECT_EQ(probe.permit({ip("12.0.0.6"), 53}).error(), 403) << "no other";
        EXPECT_EQ(probe.bind(0x4000, itself).error(), 403);
        relay_.peer_sends(probe.relay_socket(), itself, kData);
        EXPECT_TRUE(relay_.to_clients.empty()) << "not before it asks for it";
        ASSERT_TRUE(probe.permit(itself).is_success());
        ASSERT_TRUE(probe.permit(mallory_.relayed()).is_success());
        EXPECT_FALSE(probe.send(probe.client().send_indication(itself, kData)));
        EXPECT_TRUE(relay_.to_peers.empty() && relay_.to_relays.empty()) << own;
        relay_.server.reconfigure(relay_.now, test_config());
        relay_.peer_sends(probe.relay_socket(), itself, kData);
        EXPECT_EQ(std::exchange(relay_.to_clients, {}).size(), 1U) << own;
        EXPECT_TRUE(probe.refresh(0).is_success());
    }
    EXPECT_EQ(relay_.server.counters().dropped_peer_denied, 3U);
    EXPECT_EQ(mallory_.permit(mallory_.path().client.value()).error(), 0) << "a call's: as any public address";
}

// What a call may send itself is what it may send anybody.
TEST_P(RelayAttack, CallsFromPrivateAddressesDoNotHearThem) {
    TestEndpoint call(relay_, "10.0.0.5:5", call_credential("NQ"), GetParam());
    ASSERT_TRUE(call.allocate().is_success());
    EXPECT_EQ(call.permit(at("10.0.0.5:53")).error(), 403);
}

} // namespace
} // namespace vv::turn::test
