#include "net/clock.h"
#include "net/os_rng.h"
#include "net/relay_for_test.h"
#include "net/relay_shard.h"
#include "net/resources.h"
#include "turn/test_client.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <poll.h>
#include <string>
#include <unistd.h>

namespace vv::net {
namespace {

using namespace std::chrono_literals;
using turn::test::Answer;
using turn::test::TestClient;

const IpAddress kLoopback = own_loopback(0x40);

// A relay port of another shard, whose inbox is not told, so that what is sent there goes through the sockets; and the
// one above it too.
constexpr std::uint16_t kElsewhere = 43000;
constexpr std::size_t kOtherShard = 1;

turn::ServerConfig relay_config() {
    turn::ServerConfig config;
    config.secrets = turn_secrets();
    config.ipv4 = turn::RelayAddress{kLoopback, kLoopback};
    config.shard_ports = {42000, 42999};
    config.server_ports = {42000, kElsewhere + 1};
    return config;
}

// A client's socket, turned by hand together with the shard's loop: no thread, no sleep.
class Client {
public:
    Client(EventLoop& loop, const SocketAddress& server, std::uint64_t seed)
        : loop_(loop),
          server_(server),
          turn_(turn_client(seed)) {}

    void send(ByteView bytes) { ASSERT_TRUE(socket_.send({}, server_, {}, bytes)); }

    ByteBuffer receive() {
        const Instant give_up = monotonic_now() + 10s;
        while (got_.empty() && monotonic_now() < give_up) {
            loop_.run_once(1ms);
            socket_.receive(buffers_, 1, [&](const ReceivedDatagram& in) {
                from_ = in.remote;
                got_.emplace_back(in.payload.begin(), in.payload.end());
            });
        }
        if (got_.empty()) return {};
        ByteBuffer first = std::move(got_.front());
        got_.pop_front();
        return first;
    }

    Answer ask(ByteView request) {
        send(request);
        return Answer(receive());
    }

    SocketAddress allocate() {
        return net::allocate(turn_, [this](ByteView request) { return ask(request); });
    }

    int bind(std::uint16_t channel, const SocketAddress& peer) {
        return ask(turn_.request(stun::Method::kChannelBind, TestClient::binding(channel, peer))).error();
    }

    /// From here on by another address of the server, which makes it another client to the relay.
    void turn_to(const IpAddress& server) { server_.ip = server; }

    [[nodiscard]] const SocketAddress& last_sender() const { return from_; }
    TestClient& turn() { return turn_; }

private:
    EventLoop& loop_;
    SocketAddress server_;
    UdpSocket socket_{{kLoopback, 0}, false};
    UdpReceiveBuffers buffers_;
    std::deque<ByteBuffer> got_; // several may come as one
    SocketAddress from_;
    TestClient turn_;
};

class RelayShardTest : public testing::Test {
protected:
    void start(const IpAddress& listen = kLoopback) {
        shard_.emplace(loop_, rng_, RelayShard::Shared{live_, metrics_},
                       RelayShardOptions{{{listen, 0}}, relay_config()});
        server_ = shard_->addresses().front();
    }

    EventLoop loop_;
    OsRng rng_;
    LiveRelayPorts live_;
    Metrics metrics_;
    std::optional<RelayShard> shard_;
    SocketAddress server_;
};

TEST_F(RelayShardTest, AnswersFromTheAddressThatWasAsked) {
    start(IpAddress());
    const SocketAddress asked{*IpAddress::parse("127.0.0.2"), server_.port};
    Client client(loop_, asked, 1);
    EXPECT_TRUE(client.ask(binding_request()).is_success());
    EXPECT_EQ(client.last_sender(), asked);
}

TEST_F(RelayShardTest, RelaysBetweenTwoAllocations) {
    start();
    Client alice(loop_, server_, 1);
    Client bob(loop_, server_, 2);
    const SocketAddress alice_relay = alice.allocate();
    const SocketAddress bob_relay = bob.allocate();
    EXPECT_TRUE(live_.is_live({AddressFamily::kIpv4, RelayPort(alice_relay.port)}));
    ASSERT_EQ(alice.bind(0x4000, bob_relay), 0);
    ASSERT_EQ(bob.bind(0x4001, alice_relay), 0);
    alice.send(TestClient::channel_data(0x4000, as_bytes("hello")));
    const auto got = bob.receive();
    const auto data = turn::parse_channel_data(got, turn::kChannelLast);
    ASSERT_TRUE(data);
    EXPECT_EQ(data->channel.value(), 0x4001);
    EXPECT_EQ(as_text(data->payload), "hello");
}

TEST_F(RelayShardTest, RefusesPeersOnThisMachineThatAreNoRelays) {
    start();
    Client client(loop_, server_, 1);
    (void)client.allocate();
    EXPECT_EQ(client.bind(0x4000, *SocketAddress::parse("127.0.0.1:22")), 403);
    EXPECT_EQ(client.bind(0x4000, *SocketAddress::parse("10.0.0.1:5000")), 403);
}

TEST_F(RelayShardTest, AFailedSendDoesNotEndTheAllocation) {
    start();
    Client client(loop_, server_, 1);
    (void)client.allocate();
    // A socket bound to loopback cannot send to the outside: the kernel refuses each of these.
    ASSERT_EQ(client.bind(0x4000, *SocketAddress::parse("45.10.0.1:5000")), 0);
    for (int i = 0; i < 3; ++i)
        client.send(TestClient::channel_data(0x4000, as_bytes("lost")));
    const auto refresh = client.turn().request(stun::Method::kRefresh, [](stun::MessageBuilder& builder) {
        builder.add_u32(stun::AttributeType::kLifetime, 600);
    });
    EXPECT_TRUE(client.ask(refresh).is_success());
    EXPECT_NE(metrics_.render().find("visavis_udp_lost_total 3"), std::string::npos) << metrics_.render();
}

// RFC 8656 §11.5: the client is told, and the allocation goes on.
TEST_F(RelayShardTest, AClosedPortIsToldToTheClient) {
    start();
    Client alice(loop_, server_, 1);
    (void)alice.allocate();
    // Said to be live, as it is for a moment after an allocation on another thread has ended.
    const turn::RelaySocket other{AddressFamily::kIpv4, RelayPort(kElsewhere)};
    live_.open(other, kOtherShard);
    const SocketAddress elsewhere{kLoopback, kElsewhere};
    ASSERT_EQ(alice.bind(0x4001, elsewhere), 0);
    alice.send(TestClient::channel_data(0x4001, as_bytes("anybody?")));
    const Answer told(alice.receive());
    EXPECT_EQ(told.message().method(), stun::Method::kData);
    EXPECT_EQ(told.address(stun::AttributeType::kXorPeerAddress), elsewhere);
    const auto icmp = stun::parse_icmp(told.message().find(stun::AttributeType::kIcmp).value());
    EXPECT_EQ(icmp, (stun::IcmpValue{3, 3, 0}));
    const auto refresh = alice.turn().request(stun::Method::kRefresh, [](stun::MessageBuilder&) {});
    EXPECT_TRUE(alice.ask(refresh).is_success());
}

// Each indication is written where the one before it was, and both leave at the end of the round.
TEST_F(RelayShardTest, ErrorsOfOneRoundKeepTheirPeers) {
    start();
    Client alice(loop_, server_, 1);
    (void)alice.allocate();
    const std::array peers = {SocketAddress{kLoopback, kElsewhere}, SocketAddress{kLoopback, kElsewhere + 1}};
    for (const SocketAddress& peer : peers) {
        live_.open({AddressFamily::kIpv4, RelayPort(peer.port)}, kOtherShard);
        ASSERT_EQ(alice.bind(static_cast<std::uint16_t>(0x4000 + peer.port % 16), peer), 0);
    }
    for (const SocketAddress& peer : peers)
        alice.send(TestClient::channel_data(static_cast<std::uint16_t>(0x4000 + peer.port % 16), as_bytes("anybody?")));
    for (const SocketAddress& peer : peers)
        EXPECT_EQ(Answer(alice.receive()).address(stun::AttributeType::kXorPeerAddress), peer);
}

TEST_F(RelayShardTest, PublishesPortsInUseTrafficAndWhatTheKernelDropped) {
    start();
    Client alice(loop_, server_, 1);
    const SocketAddress relay = alice.allocate();
    const auto shows = [&](std::string_view line) { return metrics_.render().find(line) != std::string::npos; };
    EXPECT_TRUE(shows("\nvisavis_turn_relay_ports_open{family=\"ipv4\"} 1\n"));
    EXPECT_TRUE(shows("\nvisavis_turn_relay_ports_open{family=\"ipv6\"} 0\n"));
    EXPECT_TRUE(shows("\nvisavis_turn_relay_ports 1000\n"));
    const SocketAddress peer{kLoopback, kElsewhere};
    live_.open({AddressFamily::kIpv4, RelayPort(kElsewhere)}, kOtherShard);
    ASSERT_EQ(alice.bind(0x4000, peer), 0);
    alice.send(TestClient::channel_data(0x4000, as_bytes("hello")));
    // The loop does not turn meanwhile.
    const UdpSocket stranger({kLoopback, 0}, false);
    const ByteBuffer large(60'000);
    for (int i = 0; i < 400; ++i) {
        ASSERT_TRUE(stranger.send({}, server_, {}, large));
        ASSERT_TRUE(stranger.send({}, relay, {}, large));
    }
    const auto dropped = [&](const char* from) {
        return metrics_.count_of("visavis_udp_buffer_drops_total", std::string("from=\"") + from + "\"");
    };
    const Instant give_up = monotonic_now() + 30s;
    while ((dropped("clients") == 0 || dropped("peers") == 0) && monotonic_now() < give_up) {
        alice.send(binding_request()); // what it publishes, it publishes while there is something to do
        loop_.run_once(10ms);
    }
    EXPECT_GT(dropped("clients"), 0U);
    EXPECT_GT(dropped("peers"), 0U) << "asked in turns, all of them within some seconds";
    EXPECT_EQ(metrics_.count_of("visavis_turn_packets_total", R"(direction="to_peer",transport="udp")"), 1U);
    EXPECT_EQ(metrics_.count_of("visavis_turn_bytes_total", R"(direction="to_peer",transport="udp")"), 5U);
    EXPECT_EQ(metrics_.count_of("visavis_turn_packets_total", R"(direction="to_peer",transport="tcp")"), 0U);
}

TEST_F(RelayShardTest, ARefreshToZeroGivesTheSocketBack) {
    start();
    Client client(loop_, server_, 1);
    const SocketAddress relay = client.allocate();
    const auto end = client.turn().request(stun::Method::kRefresh, [](stun::MessageBuilder& builder) {
        builder.add_u32(stun::AttributeType::kLifetime, 0);
    });
    EXPECT_TRUE(client.ask(end).is_success());
    loop_.run_once(1ms);
    EXPECT_FALSE(live_.is_live({AddressFamily::kIpv4, RelayPort(relay.port)}));
    EXPECT_NO_THROW(UdpSocket({kLoopback, relay.port}, false));
}

// Not on the shard's own thread, which would relay nothing meanwhile.
TEST_F(RelayShardTest, HasMemoryGivenBackOnceAFloodOfAllocationsHasGone) {
    raise_descriptor_limit();
    const auto lines = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(100);
    Log log({.level = LogLevel::kDebug}, std::make_shared<spdlog::logger>("test", lines));
    MemoryReturn memory(log);
    turn::ServerConfig config = relay_config();
    config.shard_ports = {42000, 42000 + HighWater::kFloodMin + 10};
    config.server_ports = config.shard_ports;
    config.quotas = {10'000, 10'000, 10'000};
    shard_.emplace(loop_, rng_, RelayShard::Shared{.live_ports = live_, .metrics = metrics_, .memory = &memory},
                   RelayShardOptions{{{IpAddress(), 0}}, std::move(config)});
    const SocketAddress server{kLoopback, shard_->addresses().front().port};
    Client stranger(loop_, server, 2);
    Client client(loop_, server, 1);
    client.turn().nonce = client.ask(client.turn().bare_allocate()).text(stun::AttributeType::kNonce);
    const auto place = [](std::size_t i) {
        return IpAddress::v4({127, 1, static_cast<std::uint8_t>(i >> 8U), static_cast<std::uint8_t>(i)});
    };
    const auto is_said = [&] {
        for (const std::string& line : lines->last_formatted())
            if (line.find("memory-given-back") != std::string::npos) return true;
        return false;
    };
    const auto publishes = [&](std::int64_t live) {
        const Instant give_up = monotonic_now() + 20s;
        while (metrics_.gauge(kAllocationsGauge, kAllocationsHelp).value() != live && monotonic_now() < give_up) {
            stranger.send(binding_request()); // what it publishes, it publishes while there is something to do
            loop_.run_once(10ms);
        }
        return metrics_.gauge(kAllocationsGauge, kAllocationsHelp).value() == live;
    };
    for (std::size_t i = 0; i < HighWater::kFloodMin; ++i) {
        client.turn_to(place(i));
        ASSERT_EQ(client.ask(client.turn().request(stun::Method::kAllocate, TestClient::want_udp)).error(), 0) << i;
    }
    ASSERT_TRUE(publishes(static_cast<std::int64_t>(HighWater::kFloodMin)));
    for (std::size_t i = 0; i < HighWater::kFloodMin; ++i) {
        client.turn_to(place(i));
        const auto end = client.turn().request(stun::Method::kRefresh, [](stun::MessageBuilder& builder) {
            builder.add_u32(stun::AttributeType::kLifetime, 0);
        });
        ASSERT_EQ(client.ask(end).error(), 0) << i;
    }
    ASSERT_TRUE(publishes(0));
    const Instant give_up = monotonic_now() + 20s;
    while (!is_said() && monotonic_now() < give_up)
        loop_.run_once(1ms);
    EXPECT_TRUE(is_said());
}

} // namespace
} // namespace vv::net
