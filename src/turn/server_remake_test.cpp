// Allocations that are ended and made anew: whoever does so again and again gets no more than those who stay, and
// whoever must, because ICE begins anew, is not held up.
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
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

constexpr int kCycles = 1000;

/// What one cycle does with its allocation.
using Use = std::function<void(TestEndpoint&)>;

/// As ICE makes them, and as a scanner can: any integrity will do, since only the two ends can tell.
ByteBuffer check(TestEndpoint& client, std::size_t size = 0) {
    ByteBuffer bytes;
    MessageBuilder builder(bytes, Method::kBinding, MessageClass::kRequest, client.client().new_id());
    builder.add_text(AttributeType::kUsername, "a:b");
    if (size > 0) builder.add(AttributeType::kSoftware, ByteBuffer(size));
    builder.add_message_integrity(as_bytes(std::string_view("no password of anybody's"))).add_fingerprint();
    return bytes;
}

class RelayRemake : public testing::TestWithParam<Transport> {
protected:
    static ServerConfig config(std::size_t per_user, bool consent) {
        ServerConfig config = test_config();
        config.secrets = {{.bytes = kSecret, .consent = consent}};
        config.quotas.per_user = per_user;
        return config;
    }
    /// Allocate, use, Refresh 0, again and again within one second: how many allocations came about.
    static int cycle(TestRelay& relay, const Use& use) {
        int made = 0;
        for (int i = 0; i < kCycles; ++i) {
            TestEndpoint client(relay, "12.0.0.1:" + std::to_string(1000 + i), call_credential(), GetParam());
            if (client.allocate().is_success()) {
                ++made;
                use(client);
                EXPECT_TRUE(client.refresh(0).is_success());
            }
            relay.advance(1s / kCycles);
        }
        return made;
    }
    /// Of one second: what a rate lets through, its burst and what it earns meanwhile.
    static std::size_t of_a_second(const Rate& rate) {
        return static_cast<std::size_t>(rate.burst + rate.units * std::chrono::seconds(1) / rate.period + 1);
    }
    static std::size_t bytes_to_peers(const TestRelay& relay) {
        std::size_t bytes = 0;
        for (const ToPeer& out : relay.to_peers)
            bytes += out.payload.size() + kPacketOverhead;
        return bytes;
    }
};

INSTANTIATE_TEST_SUITE_P(Over, RelayRemake, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(RelayRemake, AllocationsAreMadeAnewSoOften) {
    for (const std::size_t per_user : {1U, 8U}) {
        TestRelay relay(config(per_user, true));
        const Rate rate{static_cast<std::int64_t>(per_user), kRemakeTime,
                        static_cast<std::int64_t>(per_user) * kRemakesAtOnce};
        const auto made = static_cast<std::size_t>(cycle(relay, [](TestEndpoint&) {}));
        EXPECT_GE(made, static_cast<std::size_t>(rate.burst));
        EXPECT_LE(made, of_a_second(rate));
        EXPECT_EQ(relay.server.counters().made_too_often, static_cast<std::size_t>(kCycles) - made);
        EXPECT_EQ(relay.server.counters().error_486, static_cast<std::size_t>(kCycles) - made);
        EXPECT_TRUE(relay.server.is_empty());
    }
}

// So a source wears away only so many of the ports that ought to rest.
TEST_P(RelayRemake, ASourceUsesUpSoManyPorts) {
    ServerConfig given = config(8, true);
    given.quotas.per_source = 8;
    TestRelay relay(given);
    std::size_t made = 0;
    for (int i = 0; i < kCycles; ++i) {
        TestEndpoint client(relay, "12.0.0.1:" + std::to_string(1000 + i), call_credential("bGVn" + std::to_string(i)),
                            GetParam());
        if (!client.allocate().is_success()) continue;
        ++made;
        EXPECT_TRUE(client.refresh(0).is_success());
    }
    EXPECT_EQ(made, 8U * kRemakesAtOnce) << "each of another user";
    TestEndpoint neighbour(relay, "12.0.0.2:1", call_credential("bmVpZ2hib3Vy"), GetParam());
    EXPECT_TRUE(neighbour.allocate().is_success());
}

// All the allocations of a user together, one after the other, check what as many may that stand side by side.
TEST_P(RelayRemake, ChecksToOnePeer) {
    for (const std::size_t per_user : {1U, 3U}) {
        TestRelay relay(config(per_user, true));
        const SocketAddress peer = at("8.8.8.8:5000");
        cycle(relay, [&](TestEndpoint& client) {
            ASSERT_TRUE(client.permit(peer).is_success());
            for (int i = 0; i < 100; ++i)
                EXPECT_FALSE(client.send(client.client().send_indication(peer, check(client))));
        });
        EXPECT_GE(relay.to_peers.size(), static_cast<std::size_t>(kConsent.peer_rate().burst));
        EXPECT_LE(relay.to_peers.size(), per_user * of_a_second(kConsent.peer_rate()));
    }
}

TEST_P(RelayRemake, ChecksInAllAndPeersWithoutConsent) {
    for (const std::size_t per_user : {1U, 3U}) {
        TestRelay relay(config(per_user, true));
        std::uint16_t port = 1;
        cycle(relay, [&](TestEndpoint& client) {
            ASSERT_TRUE(client.permit(at("8.8.8.8:1")).is_success());
            for (int i = 0; i < 100; ++i)
                EXPECT_FALSE(client.send(client.client().send_indication({ip("8.8.8.8"), port++}, check(client))));
        });
        std::set<SocketAddress> reached;
        for (const ToPeer& out : relay.to_peers)
            reached.insert(out.to);
        EXPECT_GE(reached.size(), kConsent.closed_peers);
        EXPECT_LE(reached.size(), per_user * of_a_second(kConsent.asked_rate()));
        EXPECT_LE(relay.to_peers.size(), per_user * of_a_second(kConsent.allocation_rate()));
    }
}

TEST_P(RelayRemake, LargeChecksAreNoFlood) {
    constexpr std::size_t kSize = 60'000;
    for (const std::size_t per_user : {1U, 3U}) {
        TestRelay relay(config(per_user, true));
        cycle(relay, [&](TestEndpoint& client) {
            ASSERT_TRUE(client.permit(at("8.8.8.8:1")).is_success());
            for (std::uint16_t i = 0; i < 100; ++i) {
                const SocketAddress peer{ip("8.8.8.8"), static_cast<std::uint16_t>(1 + i % 10)};
                EXPECT_FALSE(client.send(client.client().send_indication(peer, check(client, kSize))));
            }
        });
        const Rate rate = kConsent.closed_byte_rate();
        const std::size_t at_once = static_cast<std::size_t>(rate.burst) / kSize * kSize;
        EXPECT_GE(bytes_to_peers(relay), per_user * at_once);
        EXPECT_LE(bytes_to_peers(relay) - relay.to_peers.size() * kPacketOverhead, per_user * of_a_second(rate));
    }
}

TEST_P(RelayRemake, Permissions) {
    for (const std::size_t per_user : {1U, 3U}) {
        TestRelay relay(config(per_user, false));
        std::size_t granted = 0;
        cycle(relay, [&](TestEndpoint& client) {
            for (int i = 0; i < 20; ++i) {
                const SocketAddress peer{IpAddress::v4(0x0E000000U + static_cast<std::uint32_t>(granted)), 1};
                const bool by_channel = i % 2 == 0;
                const Answer answer =
                    by_channel ? client.bind(static_cast<std::uint16_t>(0x4000 + i), peer) : client.permit(peer);
                if (!answer.is_success()) return;
                ++granted;
            }
        });
        EXPECT_GE(granted, kPeers.permissions);
        EXPECT_LE(granted, per_user * of_a_second(kPeers.new_permission_rate()));
    }
}

TEST_P(RelayRemake, BytesAndPackets) {
    for (const std::size_t per_user : {1U, 3U}) {
        for (const std::size_t size : {1U, 972U}) {
            ServerConfig given = config(per_user, false);
            given.call.bytes_per_second = given.call.burst_bytes = 50'000;
            given.call.packets_per_second = 100;
            TestRelay relay(given);
            const SocketAddress peer = at("8.8.8.8:5000");
            cycle(relay, [&](TestEndpoint& client) {
                ASSERT_TRUE(client.bind(0x4000, peer).is_success());
                for (int i = 0; i < 100; ++i) {
                    EXPECT_FALSE(client.send(TestClient::channel_data(0x4000, ByteBuffer(size))));
                    relay.peer_sends(client.relay_socket(), peer, ByteBuffer(size));
                }
            });
            EXPECT_GT(relay.to_peers.size(), 40U);
            EXPECT_EQ(relay.to_peers.size(), relay.to_clients.size()) << "each way";
            EXPECT_LE(relay.to_peers.size(), per_user * of_a_second(given.call.packet_rate()));
            EXPECT_LE(bytes_to_peers(relay), per_user * of_a_second(given.call.byte_rate()));
        }
    }
}

TEST_P(RelayRemake, IcmpErrors) {
    TestRelay relay(config(1, false));
    const SocketAddress peer = at("8.8.8.8:5000");
    cycle(relay, [&](TestEndpoint& client) {
        ASSERT_TRUE(client.permit(peer).is_success());
        for (int i = 0; i < 30; ++i)
            relay.peer_fails(client.relay_socket(), peer, {3, 3, 0});
    });
    EXPECT_GE(relay.to_clients.size(), static_cast<std::size_t>(kIcmpRate.burst));
    EXPECT_LE(relay.to_clients.size(), of_a_second(kIcmpRate));
}

// Nothing but time brings any of it back: not the end of a stream, not another machine, not another address.
TEST_P(RelayRemake, WhateverTheWayToANewOne) {
    QuotaBook book({.per_user = 1, .per_source = 100, .total = 100});
    TestRelay one(config(1, true), &book);
    TestRelay other(config(1, true), &book);
    std::size_t reached = 0;
    std::uint16_t port = 1;
    for (int i = 0; i < 4; ++i) {
        TestRelay& relay = i % 2 == 0 ? one : other;
        TestEndpoint client(relay, "12.0.0." + std::to_string(i + 1) + ":1", call_credential(), GetParam());
        ASSERT_TRUE(client.allocate().is_success()) << i;
        ASSERT_TRUE(client.permit(at("8.8.8.8:1")).is_success());
        for (std::size_t k = 0; k < 10; ++k)
            EXPECT_FALSE(client.send(client.client().send_indication({ip("8.8.8.8"), port++}, check(client))));
        if (i == 0) {
            ASSERT_TRUE(client.refresh(0).is_success());
        } else {
            relay.server.handle_path_closed(relay.now, client.path());
            relay.run_commands();
        }
        reached += std::exchange(relay.to_peers, {}).size();
    }
    EXPECT_EQ(reached, kConsent.closed_peers);
    one.advance(kPermissionLifetime);
    TestEndpoint later(one, "12.0.0.9:1", call_credential(), GetParam());
    later.client().use(make_rest_credential(kSecret, one.wall + 600s, 2h, CredentialClass::kCall, "bGVn"));
    ASSERT_TRUE(later.allocate().is_success() && later.permit(at("8.8.8.8:1")).is_success());
    for (std::size_t k = 0; k < kConsent.closed_peers; ++k)
        EXPECT_FALSE(later.send(later.client().send_indication({ip("8.8.8.8"), port++}, check(later))));
    EXPECT_EQ(one.to_peers.size(), kConsent.closed_peers) << "all of it is there again";
}

// ---- those who must

/// One end of a call: a restart of ICE makes its allocations anew before the old ones end, which is half of a quota of
/// eight, and each of them checks all that the other end has found.
class HonestEnd {
public:
    HonestEnd(TestRelay& relay, std::string leg, std::uint16_t first_port)
        : relay_(relay),
          leg_(std::move(leg)),
          next_port_(first_port) {}

    void restart(std::size_t allocations, std::size_t peers) {
        std::vector<std::unique_ptr<TestEndpoint>> old = std::exchange(clients_, {});
        for (std::size_t i = 0; i < allocations; ++i) {
            auto client = std::make_unique<TestEndpoint>(
                relay_, "12.0.0.1:" + std::to_string(next_port_++),
                make_rest_credential(kSecret, relay_.wall + 600s, 2h, CredentialClass::kCall, leg_),
                i % 3 == 0 ? Transport::kTls : Transport::kUdp);
            ASSERT_EQ(client->allocate().error(), 0);
            clients_.push_back(std::move(client));
        }
        for (const auto& client : old)
            ASSERT_TRUE(client->refresh(0).is_success());
        check_all(peers);
    }

private:
    // From each allocation each of the other end's candidates, again and again until one answers.
    void check_all(std::size_t peers) {
        std::vector<SocketAddress> candidates;
        for (std::size_t i = 0; i < peers; ++i)
            candidates.push_back({IpAddress::v4(0x0E000000U + static_cast<std::uint32_t>(i)), next_peer_port_++});
        relay_.to_peers.clear();
        for (int round = 0; round < kRounds; ++round) {
            for (const SocketAddress& peer : candidates) {
                for (const auto& client : clients_) {
                    EXPECT_TRUE(round > 0 || client->permit(peer).is_success());
                    EXPECT_FALSE(client->send(client->client().send_indication(peer, check(*client))));
                }
                relay_.advance(50ms);
            }
        }
        EXPECT_EQ(relay_.to_peers.size(), kRounds * peers * clients_.size()) << "every check went out";
    }

    static constexpr int kRounds = 5;

    TestRelay& relay_;
    std::string leg_;
    std::vector<std::unique_ptr<TestEndpoint>> clients_;
    std::uint16_t next_port_;
    std::uint16_t next_peer_port_ = 1000;
};

ServerConfig gated() {
    ServerConfig config = test_config();
    config.secrets = {{.bytes = kSecret}};
    return config;
}

TEST(RelayRestarts, OfBothEndsBehindOneAddressPass) {
    TestRelay relay(gated());
    HonestEnd alice(relay, "YWxpY2U", 1000);
    HonestEnd bob(relay, "Ym9i", 2000);
    for (int restart = 0; restart < 10; ++restart) {
        alice.restart(4, 6);
        bob.restart(4, 6);
        relay.advance(1s);
    }
    EXPECT_EQ(relay.server.counters().error_486 + relay.server.counters().error_508, 0U);
    EXPECT_EQ(relay.server.counters().dropped_checks, 0U);
}

TEST(RelayRestarts, OfAWholeOfficePassToo) {
    TestRelay relay(gated());
    std::vector<std::unique_ptr<TestEndpoint>> clients;
    const auto all_allocate = [&](int round) {
        for (int end = 0; end < 32; ++end) {
            for (int i = 0; i < 8; ++i) {
                const std::string address = "12.0.0.1:" + std::to_string(1000 + 256 * round + 8 * end + i);
                clients.push_back(
                    std::make_unique<TestEndpoint>(relay, address, call_credential("bGVn" + std::to_string(end))));
                ASSERT_EQ(clients.back()->allocate().error(), 0) << round << ' ' << end << ' ' << i;
            }
        }
    };
    for (int round = 0; round < 4; ++round) { // the office's line has failed, and comes and goes
        all_allocate(round);
        for (const auto& client : std::exchange(clients, {}))
            ASSERT_TRUE(client->refresh(0).is_success());
    }
    TestEndpoint fifth(relay, "12.0.0.1:9", call_credential("bGVnMA"));
    EXPECT_EQ(fifth.allocate().error(), 486) << "all 256 places for the fifth time";
    relay.advance(kRemakeTime);
    all_allocate(4);
}

} // namespace
} // namespace vv::turn::test
