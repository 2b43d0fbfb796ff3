// What a relay does must not depend on how its datagrams go in and out.
#include "net/clock.h"
#include "net/os_rng.h"
#include "net/relay_shard.h"
#include "turn/test_client.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <unistd.h>
#include <vector>

namespace vv::net {
namespace {

using namespace std::chrono_literals;
using turn::test::Answer;
using turn::test::TestClient;

constexpr std::string_view kSecret = "a secret of the test";
constexpr std::uint16_t kChannel = 0x4000;

// A loopback address for each process of this test, as the peer is one that special-purpose rules let through.
IpAddress own_address() {
    const auto pid = static_cast<std::uint32_t>(::getpid());
    return IpAddress::v4({127, static_cast<std::uint8_t>((pid >> 16U) | 0x20U), static_cast<std::uint8_t>(pid >> 8U),
                          static_cast<std::uint8_t>(pid)});
}

class RelayIoTest : public testing::TestWithParam<RelayIo> {
protected:
    RelayIoTest() {
        RelayShardOptions options{.listen = {{IpAddress(), 0}}, .turn = {}, .io = GetParam()};
        options.turn.secrets = {
            {.bytes = ByteBuffer(as_bytes(kSecret).begin(), as_bytes(kSecret).end()), .consent = false}};
        options.turn.ipv4 = turn::RelayAddress{address_, address_};
        options.turn.shard_ports = {43000, 43999};
        options.turn.server_ports = options.turn.shard_ports;
        options.turn.allow_peers = {IpPrefix(*IpAddress::parse("127.0.0.1"), 32)};
        shard_.emplace(loop_, rng_, RelayShard::Shared{live_, metrics_}, std::move(options));
        server_ = {address_, shard_->addresses().front().port};
    }

    // Turns the loop until that many datagrams have come to a socket of the test.
    std::vector<std::string> receive(UdpSocket& socket, std::size_t count) {
        std::vector<std::string> got;
        UdpReceiveBuffers buffers;
        const Instant give_up = monotonic_now() + 10s;
        while (got.size() < count && monotonic_now() < give_up) {
            loop_.run_once(1ms);
            socket.receive(buffers, 8, [&](const ReceivedDatagram& in) {
                from_ = in.remote;
                got.emplace_back(as_text(in.payload));
            });
            buffers.reuse();
        }
        EXPECT_EQ(got.size(), count);
        return got;
    }
    Answer ask(ByteView request) {
        EXPECT_TRUE(client_.send({}, server_, {}, request));
        const auto got = receive(client_, 1);
        return Answer(as_bytes(got.empty() ? std::string_view() : std::string_view(got.front())));
    }
    // Allocates, and binds the channel to the peer. Gives the relayed address.
    SocketAddress allocate() {
        turn_.nonce = ask(turn_.bare_allocate()).text(stun::AttributeType::kNonce);
        const Answer answer = ask(turn_.request(stun::Method::kAllocate, TestClient::want_udp));
        EXPECT_TRUE(answer.is_success()) << answer.error();
        EXPECT_EQ(ask(turn_.request(stun::Method::kChannelBind, TestClient::binding(kChannel, peer_.bound()))).error(),
                  0);
        return answer.address(stun::AttributeType::kXorRelayedAddress).value_or(SocketAddress{});
    }

    IpAddress address_ = own_address();
    EventLoop loop_;
    OsRng rng_;
    LiveRelayPorts live_;
    Metrics metrics_;
    std::optional<RelayShard> shard_;
    SocketAddress server_;
    UdpSocket client_{{address_, 0}, false};
    UdpSocket peer_{{*IpAddress::parse("127.0.0.1"), 0}, false};
    SocketAddress from_;
    TestClient turn_{
        1, turn::make_rest_credential(as_bytes(kSecret), wall_now() + 600s, 3600s, turn::CredentialClass::kCall, "leg"),
        "visavis"};
};

TEST_P(RelayIoTest, AnswersFromTheAddressThatWasAsked) {
    (void)allocate();
    EXPECT_EQ(from_, server_);
}

TEST_P(RelayIoTest, PassesBurstsBothWaysInOrder) {
    const SocketAddress relayed = allocate();
    // Frames of a picture: equal packets and a shorter last one; more than all buffers together.
    std::vector<std::string> sent;
    for (int i = 0; i < 400; ++i)
        sent.push_back(std::string(i % 8 == 7 ? 300 : 1000, static_cast<char>('a' + i % 26)));
    UdpSendQueue queue;
    std::vector<ByteBuffer> framed;
    for (const auto& body : sent)
        framed.push_back(TestClient::channel_data(kChannel, as_bytes(body)));
    for (const auto& datagram : framed)
        queue.add({client_, IpAddress(), server_, {}, datagram, 0});
    queue.flush();
    ASSERT_EQ(queue.take_lost(), 0U);
    EXPECT_EQ(receive(peer_, sent.size()), sent);
    EXPECT_EQ(from_, relayed);

    for (const auto& body : sent)
        queue.add({peer_, IpAddress(), relayed, {}, as_bytes(body), 0});
    queue.flush();
    ASSERT_EQ(queue.take_lost(), 0U);
    const auto got = receive(client_, sent.size());
    ASSERT_EQ(got.size(), sent.size());
    for (std::size_t i = 0; i < got.size(); ++i)
        EXPECT_EQ(got[i], as_text(framed[i])) << i;
    EXPECT_EQ(from_, server_);
}

TEST_P(RelayIoTest, DataIndicationsKeepTheirPadding) {
    const SocketAddress relayed = allocate();
    UdpSocket stranger({*IpAddress::parse("127.0.0.1"), 0}, false); // permitted by its address, without a channel
    for (const std::string_view body : {"a", "ab", "abc", "abcd", ""}) {
        ASSERT_TRUE(stranger.send({}, relayed, {}, as_bytes(body)));
        const auto got = receive(client_, 1);
        ASSERT_EQ(got.size(), 1U);
        const auto message = stun::parse_message(as_bytes(got[0]));
        ASSERT_TRUE(message);
        EXPECT_EQ(message->method(), stun::Method::kData);
        EXPECT_EQ(as_text(message->find(stun::AttributeType::kData).value_or(ByteView{})), body);
    }
}

TEST_P(RelayIoTest, AnEndedAllocationGivesItsPortBack) {
    const SocketAddress relayed = allocate();
    const auto end = turn_.request(stun::Method::kRefresh, [](stun::MessageBuilder& builder) {
        builder.add_u32(stun::AttributeType::kLifetime, 0);
    });
    EXPECT_TRUE(ask(end).is_success());
    loop_.run_once(1ms);
    EXPECT_NO_THROW(UdpSocket(relayed, false));
    // And another one can be had.
    EXPECT_NE(allocate(), relayed);
}

INSTANTIATE_TEST_SUITE_P(Io, RelayIoTest, testing::Values(RelayIo::kAuto, RelayIo::kEpoll),
                         [](const auto& tested) { return tested.param == RelayIo::kAuto ? "Auto" : "Epoll"; });

} // namespace
} // namespace vv::net
