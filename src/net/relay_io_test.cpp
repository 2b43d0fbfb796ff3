// What a relay does must not depend on how its datagrams go in and out.
#include "net/clock.h"
#include "net/kernel_for_test.h"
#include "net/os_rng.h"
#include "net/relay_shard.h"
#include "turn/test_client.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <sys/syscall.h>
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

constexpr std::size_t kPerRound = 64;

RelayShardOptions relay_options(RelayIo io, const IpAddress& address) {
    RelayShardOptions options{
        .listen = {{IpAddress(), 0}, {IpAddress(), 0}}, .turn = {}, .io = io, .datagrams_per_round = kPerRound};
    options.turn.secrets = {
        {.bytes = ByteBuffer(as_bytes(kSecret).begin(), as_bytes(kSecret).end()), .consent = false}};
    options.turn.ipv4 = turn::RelayAddress{address, address};
    options.turn.shard_ports = {43000, 43999};
    options.turn.server_ports = options.turn.shard_ports;
    options.turn.allow_peers = {IpPrefix(*IpAddress::parse("127.0.0.1"), 32)};
    return options;
}

ByteBuffer binding_request() {
    ByteBuffer bytes;
    stun::MessageBuilder(bytes, stun::Method::kBinding, stun::MessageClass::kRequest, stun::TransactionId());
    return bytes;
}

ByteBuffer whole_indication(const SocketAddress& to, ByteView data) {
    ByteBuffer bytes;
    stun::MessageBuilder(bytes, stun::Method::kSend, stun::MessageClass::kIndication, stun::TransactionId())
        .add_xor_address(stun::AttributeType::kXorPeerAddress, to)
        .add_flag(stun::AttributeType::kDontFragment)
        .add(stun::AttributeType::kData, data);
    return bytes;
}

class RelayIoTest : public testing::TestWithParam<RelayIo> {
protected:
    RelayIoTest() {
        shard_.emplace(loop_, rng_, RelayShard::Shared{live_, metrics_}, relay_options(GetParam(), address_));
        server_ = {address_, shard_->addresses().front().port};
    }

    // Turns the loop until that many datagrams have come to a socket of the test.
    std::vector<std::string> receive(UdpSocket& socket, std::size_t count) {
        std::vector<std::string> got;
        UdpReceiveBuffers buffers;
        const Instant give_up = monotonic_now() + 10s;
        while (got.size() < count && monotonic_now() < give_up) {
            loop_.run_once(1ms);
            socket.receive(buffers, 10'000, [&](const ReceivedDatagram& in) {
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

// A packet that must stay whole leaves by a call of its own.
TEST_P(RelayIoTest, PacketsThatMustStayWholeKeepTheirPlace) {
    (void)allocate();
    std::vector<std::string> sent;
    for (int i = 0; i < 30; ++i) {
        sent.push_back("packet " + std::to_string(i));
        const ByteBuffer frame = i % 3 == 1 ? whole_indication(peer_.bound(), as_bytes(sent.back()))
                                            : TestClient::channel_data(kChannel, as_bytes(sent.back()));
        ASSERT_TRUE(client_.send({}, server_, {}, frame));
    }
    EXPECT_EQ(receive(peer_, sent.size()), sent);
}

TEST_P(RelayIoTest, ARoundHandlesNoMoreThanItsShare) {
    (void)allocate();
    std::vector<std::string> sent;
    for (std::size_t i = 0; i < 4 * kPerRound; ++i) {
        sent.push_back("packet " + std::to_string(i));
        ASSERT_TRUE(client_.send({}, server_, {}, TestClient::channel_data(kChannel, as_bytes(sent.back()))));
    }
    std::vector<std::string> got;
    UdpReceiveBuffers buffers;
    for (std::size_t rounds = 0; rounds < 1000 && got.size() < sent.size(); ++rounds) {
        const std::size_t before = got.size();
        loop_.run_once(10ms);
        peer_.receive(buffers, 10'000, [&](const ReceivedDatagram& in) { got.emplace_back(as_text(in.payload)); });
        EXPECT_LE(got.size() - before, kPerRound);
    }
    EXPECT_EQ(got, sent);
}

TEST_P(RelayIoTest, AFullSocketDoesNotHoldTheOthers) {
    (void)allocate();
    const ByteBuffer frame = TestClient::channel_data(kChannel, as_bytes("one of many"));
    for (std::size_t i = 0; i < 8 * kPerRound; ++i)
        ASSERT_TRUE(client_.send({}, server_, {}, frame));
    UdpSocket other({address_, 0}, false);
    ASSERT_TRUE(other.send({}, {address_, shard_->addresses().back().port}, {}, binding_request()));
    const auto count = [](UdpSocket& socket) {
        std::size_t datagrams = 0;
        UdpReceiveBuffers buffers;
        socket.receive(buffers, 10'000, [&](const ReceivedDatagram&) { ++datagrams; });
        return datagrams;
    };
    for (int rounds = 0; rounds < 5; ++rounds)
        loop_.run_once(10ms);
    EXPECT_EQ(count(other), 1U);
    EXPECT_LT(count(peer_), 8 * kPerRound) << "there was nothing to wait for";
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

// What a loop has been asked to do later must not be done for a shard that has gone.
TEST_P(RelayIoTest, ItsLoopMayOutliveIt) {
    const SocketAddress relayed = allocate();
    ASSERT_TRUE(peer_.send({}, relayed, {}, as_bytes("on its way")));
    ASSERT_TRUE(client_.send({}, server_, {}, TestClient::channel_data(kChannel, as_bytes("on its way"))));
    shard_.reset();
    EXPECT_NO_THROW(UdpSocket(relayed, false)) << "the kernel still holds the port";
    // And one that the loop has not come to yet.
    shard_.emplace(loop_, rng_, RelayShard::Shared{live_, metrics_}, relay_options(GetParam(), address_));
    shard_.reset();
    loop_.run_once(1ms);
    loop_.stop();
    loop_.run();
}

TEST_P(RelayIoTest, TellsWhatIsInUse) {
    const bool by_ring = GetParam() == RelayIo::kAuto;
    EXPECT_EQ(shard_->uses_ring(), by_ring) << "this kernel does not allow io_uring";
    EXPECT_EQ(shard_->ring_error(), 0);
    EXPECT_EQ(metrics_.gauge("visavis_turn_io", "", "io=\"io_uring\"").value(), by_ring ? 1 : 0);
    EXPECT_EQ(metrics_.gauge("visavis_turn_io", "", "io=\"epoll\"").value(), by_ring ? 0 : 1);
}

INSTANTIATE_TEST_SUITE_P(Io, RelayIoTest, testing::Values(RelayIo::kAuto, RelayIo::kEpoll),
                         [](const auto& tested) { return tested.param == RelayIo::kAuto ? "Auto" : "Epoll"; });

// On a system that does not allow io_uring: the relay works all the same.
std::string relay_without_io_uring() {
    if (std::string wrong = forbid(__NR_io_uring_setup); !wrong.empty()) return wrong;
    const IpAddress address = own_address();
    EventLoop loop;
    OsRng rng;
    LiveRelayPorts live;
    Metrics metrics;
    RelayShard shard(loop, rng, RelayShard::Shared{live, metrics}, relay_options(RelayIo::kAuto, address));
    if (shard.uses_ring() || shard.ring_error() != EPERM) return "not told";
    UdpSocket client({address, 0}, false);
    if (!client.send({}, {address, shard.addresses().front().port}, {}, binding_request())) return "not sent";
    UdpReceiveBuffers buffers;
    bool is_answered = false;
    const Instant give_up = monotonic_now() + 10s;
    while (!is_answered && monotonic_now() < give_up) {
        loop.run_once(1ms);
        client.receive(buffers, 1, [&](const ReceivedDatagram& in) { is_answered = Answer(in.payload).is_success(); });
    }
    return is_answered ? "" : "no answer";
}

TEST(RelayIo, WorksWithoutIoUring) {
    EXPECT_EXIT(end_process(relay_without_io_uring()), testing::ExitedWithCode(0), "");
}

} // namespace
} // namespace vv::net
