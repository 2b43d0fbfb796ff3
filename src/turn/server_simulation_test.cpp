// Many clients, random requests, lost answers, ports that cannot be bound and
// jumps in time, from a seed: whatever happens, nothing is relayed that the
// model does not allow, and everything is given back in the end.
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;

const std::array<SocketAddress, 4> kPeers{at("8.8.8.8:1"), at("8.8.8.8:2"), at("9.9.9.9:1"), at("10.0.0.1:1")};
constexpr std::size_t kDeniedPeer = 3;

// What the test believes about one client.
struct Believed {
    bool exists = false;
    Instant expiry;
    Instant life_end;
    std::map<IpAddress, Instant> permissions;
};

class Simulation {
public:
    explicit Simulation(std::uint64_t seed) : rng_(seed), relay_(config()) {
        for (std::size_t i = 0; i < 6; ++i) {
            clients_.push_back(std::make_unique<TestEndpoint>(relay_, "12.0.0." + std::to_string(i + 1) + ":1000",
                                                              call_credential("bGVn" + std::to_string(i), 40min)));
            believed_.emplace_back();
        }
    }

    void run(int steps) {
        for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i)
            step();
    }

    void expect_everything_given_back() {
        relay_.advance(24h);
        relay_.advance(kForgettingInterval); // the quotas forget those that have just ended
        EXPECT_TRUE(relay_.server.is_empty());
        EXPECT_TRUE(relay_.open.empty());
        EXPECT_EQ(relay_.server.counters().allocations_live, 0U);
        EXPECT_EQ(relay_.server.poll_timeout(), std::nullopt);
    }

    [[nodiscard]] const TestRelay& relay() const { return relay_; }

private:
    static ServerConfig config() {
        ServerConfig config = test_config();
        config.shard_ports = config.server_ports = {50'000, 50'015};
        config.nonce_lifetime = 300s;
        config.credential_ttl_max = 480h;
        return config;
    }

    void step() {
        const std::size_t who = rng_.below(clients_.size());
        TestEndpoint& client = *clients_[who];
        Believed& believed = believed_[who];
        forget_expired();
        switch (rng_.below(9)) {
        case 0:
            allocate(client, believed);
            break;
        case 1:
            refresh(client, believed);
            break;
        case 2:
        case 3:
            permit(client, believed);
            break;
        case 4:
        case 5:
            send(client, believed);
            break;
        case 6:
            receive(client, believed);
            break;
        case 7:
            relay_.taken = {static_cast<std::uint16_t>(50'000 + rng_.below(16)),
                            static_cast<std::uint16_t>(50'000 + rng_.below(16))};
            break;
        default:
            relay_.advance(std::chrono::seconds(rng_.below(rng_.below(4) == 0 ? 700 : 20)));
            break;
        }
        expect_consistent();
    }

    void allocate(TestEndpoint& client, Believed& believed) {
        client.client().use(make_rest_credential(kSecret, relay_.wall + 60s, 40min, CredentialClass::kCall,
                                                 believed.exists ? "b2xk" : "bmV3"));
        const RestCredential tried = client.client().credential();
        const Answer answer = client.allocate();
        if (believed.exists) {
            EXPECT_EQ(answer.error(), 437);
            client.client().use(names_.at(client.path()));
            return;
        }
        if (answer.error() == 508) return; // eight attempts on taken ports, which the seed may bring about
        ASSERT_TRUE(answer.is_success()) << answer.error();
        names_[client.path()] = tried;
        believed = {true, relay_.now + 600s, relay_.now + 40min, {}};
    }

    void refresh(TestEndpoint& client, Believed& believed) {
        const auto seconds = static_cast<std::uint32_t>(rng_.below(5) * 500);
        const Answer answer = client.refresh(seconds);
        if (!believed.exists) {
            EXPECT_TRUE(answer.error() == 437) << answer.error();
            return;
        }
        ASSERT_TRUE(answer.is_success()) << answer.error();
        if (seconds == 0) {
            believed.exists = false;
            return;
        }
        const auto granted = std::max(std::chrono::seconds(seconds), std::chrono::seconds(600s));
        believed.expiry = std::min(relay_.now + granted, believed.life_end);
    }

    void permit(TestEndpoint& client, Believed& believed) {
        const std::size_t which = rng_.below(kPeers.size());
        const Answer answer = client.permit(kPeers[which]);
        if (!believed.exists) {
            EXPECT_EQ(answer.error(), 437);
        } else if (which == kDeniedPeer) {
            EXPECT_EQ(answer.error(), 403);
        } else {
            EXPECT_TRUE(answer.is_success());
            believed.permissions[kPeers[which].ip] = relay_.now + 300s;
        }
    }

    [[nodiscard]] bool allows(const Believed& believed, const IpAddress& ip) const {
        const auto found = believed.permissions.find(ip);
        return believed.exists && found != believed.permissions.end() && found->second > relay_.now;
    }

    void send(TestEndpoint& client, const Believed& believed) {
        const SocketAddress& peer = kPeers[rng_.below(kPeers.size())];
        relay_.to_peers.clear();
        EXPECT_FALSE(client.send(client.client().send_indication(peer, bytes_of("x"))));
        EXPECT_EQ(relay_.to_peers.size(), allows(believed, peer.ip) ? 1U : 0U);
        for (const ToPeer& out : relay_.to_peers)
            EXPECT_EQ(out.from, client.relay_socket());
    }

    void receive(TestEndpoint& client, const Believed& believed) {
        const SocketAddress& peer = kPeers[rng_.below(kPeers.size())];
        relay_.to_clients.clear();
        if (!believed.exists) return; // its old port may be another's by now
        relay_.peer_sends(client.relay_socket(), peer, bytes_of("y"));
        ASSERT_EQ(relay_.to_clients.size(), allows(believed, peer.ip) ? 1U : 0U);
        for (const ToClient& in : relay_.to_clients)
            EXPECT_EQ(in.to, client.path());
    }

    void forget_expired() {
        for (Believed& believed : believed_) {
            if (believed.exists && believed.expiry <= relay_.now) believed.exists = false;
        }
    }

    void expect_consistent() {
        forget_expired();
        std::size_t live = 0;
        std::optional<Instant> first;
        for (const Believed& believed : believed_) {
            if (!believed.exists) continue;
            ++live;
            if (!first || believed.expiry < *first) first = believed.expiry;
        }
        EXPECT_EQ(relay_.server.counters().allocations_live, live);
        EXPECT_EQ(relay_.open.size(), live);
        const auto due = relay_.server.poll_timeout();
        if (due && (!first || *due < *first)) {
            EXPECT_LE(*due, relay_.now + kForgettingInterval) << "sooner only to see whom the quotas may forget";
        } else {
            EXPECT_EQ(due, first);
        }
    }

    SeededRng rng_;
    TestRelay relay_;
    std::vector<std::unique_ptr<TestEndpoint>> clients_;
    std::vector<Believed> believed_;
    std::map<FiveTuple, RestCredential> names_;
};

TEST(RelaySimulation, AgreesWithItsModelForManySeeds) {
    std::uint64_t relayed = 0;
    for (std::uint64_t seed = 1; seed <= 60 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Simulation simulation(seed);
        simulation.run(400);
        relayed += simulation.relay().server.counters().udp.packets_to_peers;
        simulation.expect_everything_given_back();
    }
    EXPECT_GT(relayed, 500U) << "the simulation must get somewhere";
}

TEST(RelaySimulation, ASeedReplaysARun) {
    const auto outcome = [](std::uint64_t seed) {
        Simulation simulation(seed);
        simulation.run(300);
        const Counters& c = simulation.relay().server.counters();
        return std::tuple(c.allocations_total, c.udp.packets_to_peers, c.udp.packets_to_clients, c.error_437,
                          c.error_438, simulation.relay().open);
    };
    EXPECT_EQ(outcome(7), outcome(7));
    EXPECT_NE(outcome(7), outcome(8));
}

} // namespace
} // namespace vv::turn::test
