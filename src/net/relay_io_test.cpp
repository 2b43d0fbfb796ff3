// What a relay does must not depend on how its datagrams go in and out.
#include "net/clock.h"
#include "net/kernel_for_test.h"
#include "net/os_rng.h"
#include "net/relay_for_test.h"
#include "net/relay_shard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace vv::net {
namespace {

using namespace std::chrono_literals;
using turn::test::Answer;
using turn::test::TestClient;

constexpr std::uint16_t kChannel = 0x4000;
const IpAddress kLoopback = own_loopback(0x20);

// IPv6 has one loopback address alone, so there each process has some ports for itself.
constexpr std::uint16_t kPorts6 = 200;
constexpr std::uint16_t kPeerPorts6 = 20; // behind those; as if other shards had them
std::uint16_t first_port6() {
    return static_cast<std::uint16_t>(10'000 + ::getpid() % 90 * (kPorts6 + kPeerPorts6));
}

constexpr std::size_t kOtherShard = 1; // whose inbox is not told, so that what is sent there goes through the sockets

constexpr std::size_t kPerRound = 64;

struct Way {
    RelayIo io;
    AddressFamily family;
};
constexpr std::array kWays{Way{RelayIo::kAuto, AddressFamily::kIpv4}, Way{RelayIo::kEpoll, AddressFamily::kIpv4},
                           Way{RelayIo::kAuto, AddressFamily::kIpv6}, Way{RelayIo::kEpoll, AddressFamily::kIpv6}};
void PrintTo(const Way& way, std::ostream* out) { // NOLINT(readability-identifier-naming): gtest looks for this name
    *out << (way.io == RelayIo::kAuto ? "Auto" : "Epoll") << (way.family == AddressFamily::kIpv4 ? "Ipv4" : "Ipv6");
}

RelayShardOptions relay_options(RelayIo io, const IpAddress& address, std::size_t per_round = kPerRound) {
    const IpAddress any = address.is_v4() ? IpAddress() : *IpAddress::parse("::");
    RelayShardOptions options{.listen = {{any, 0}, {any, 0}}, .turn = {}, .io = io, .datagrams_per_round = per_round};
    options.turn.secrets = turn_secrets();
    options.turn.quotas = {.per_user = 1000, .per_source = 1000, .total = 1000};
    if (address.is_v4()) {
        options.turn.ipv4 = turn::RelayAddress{address, address};
        options.turn.shard_ports = {43000, 43999};
        options.turn.server_ports = options.turn.shard_ports;
    } else {
        const std::uint16_t first = first_port6();
        options.turn.ipv6 = turn::RelayAddress{address, address};
        options.turn.shard_ports = {first, static_cast<std::uint16_t>(first + kPorts6 - 1)};
        options.turn.server_ports = {first, static_cast<std::uint16_t>(first + kPorts6 + kPeerPorts6 - 1)};
    }
    options.turn.allow_peers = {IpPrefix(*IpAddress::parse("127.0.0.1"), 32)};
    return options;
}

ByteBuffer whole_indication(const SocketAddress& to, ByteView data) {
    ByteBuffer bytes;
    stun::MessageBuilder(bytes, stun::Method::kSend, stun::MessageClass::kIndication, stun::TransactionId())
        .add_xor_address(stun::AttributeType::kXorPeerAddress, to)
        .add_flag(stun::AttributeType::kDontFragment)
        .add(stun::AttributeType::kData, data);
    return bytes;
}

class RelayIoTest : public testing::TestWithParam<Way> {
protected:
    RelayIoTest() { start(kPerRound); }

    void start(std::size_t per_round) {
        shard_.reset();
        shard_.emplace(loop_, rng_, RelayShard::Shared{live_, metrics_},
                       relay_options(GetParam().io, address_, per_round));
        server_ = {address_, shard_->addresses().front().port};
    }
    // Somebody the relay may send to.
    UdpSocket make_peer() {
        if (is_v4_) return {{*IpAddress::parse("127.0.0.1"), 0}, false};
        // The relay's own address is the only one there is, and of its ports only those in use are let through.
        const auto port = static_cast<std::uint16_t>(first_port6() + kPorts6 + peers_made_++);
        live_.open({AddressFamily::kIpv6, RelayPort(port)}, kOtherShard);
        return {{address_, port}, false};
    }
    static void want_relay(stun::MessageBuilder& builder) {
        TestClient::want_udp(builder);
        if (GetParam().family == AddressFamily::kIpv6)
            builder.add_u8_padded(stun::AttributeType::kRequestedAddressFamily, stun::kFamilyIpv6);
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
    Answer ask(ByteView request) { return ask(client_, request); }
    Answer ask(UdpSocket& socket, ByteView request) {
        EXPECT_TRUE(socket.send({}, server_, {}, request));
        const auto got = receive(socket, 1);
        return Answer(as_bytes(got.empty() ? std::string_view() : std::string_view(got.front())));
    }
    // Gives the relayed address.
    SocketAddress allocate(UdpSocket& socket, TestClient& turn) {
        return net::allocate(turn, [&](ByteView request) { return ask(socket, request); }, want_relay);
    }
    // And binds the channel to the peer.
    SocketAddress allocate() {
        const SocketAddress relayed = allocate(client_, turn_);
        EXPECT_EQ(ask(turn_.request(stun::Method::kChannelBind, TestClient::binding(kChannel, peer_.bound()))).error(),
                  0);
        return relayed;
    }
    static std::size_t count(UdpSocket& socket) {
        std::size_t datagrams = 0;
        UdpReceiveBuffers buffers;
        socket.receive(buffers, 10'000, [&](const ReceivedDatagram&) { ++datagrams; });
        return datagrams;
    }
    // A client that came over TCP, the relay's end of whose connection the test hands over.
    class StreamClient {
    public:
        explicit StreamClient(RelayIoTest& test) : test_(test), seat_(test.limits_.enter_unplaced()) {
            std::array<int, 2> ends{-1, -1};
            if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) != 0)
                throw std::runtime_error("no socketpair");
            end_ = UniqueFd(ends[0]);
            relays_end_ = UniqueFd(ends[1]);
        }
        /// Gives the relayed address.
        SocketAddress allocate_and_bind(const SocketAddress& peer) {
            const auto ask = [this](ByteView request) { return Answer(this->ask(request)); };
            const SocketAddress relayed = net::allocate(turn_, ask, want_relay);
            EXPECT_EQ(ask(turn_.request(stun::Method::kChannelBind, TestClient::binding(kChannel, peer))).error(), 0);
            return relayed;
        }
        /// What has come, if anything.
        ByteBuffer read() {
            ByteBuffer bytes(2000);
            const ssize_t size = ::read(end_.value(), bytes.data(), bytes.size());
            bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
            return bytes;
        }

    private:
        ByteBuffer ask(ByteView request) {
            if (relays_end_.is_open()) {
                // With what the listener had read of it.
                test_.shard_->take_stream({Stream(std::move(relays_end_)), test_.server_,
                                           SocketAddress{test_.address_, 1}, std::move(*seat_),
                                           ByteBuffer(request.begin(), request.end()), monotonic_now() + 10s});
            } else {
                EXPECT_EQ(::write(end_.value(), request.data(), request.size()), std::ssize(request));
            }
            ByteBuffer answer;
            const Instant give_up = monotonic_now() + 10s;
            while (answer.empty() && monotonic_now() < give_up) {
                test_.loop_.run_once(1ms);
                answer = read();
            }
            return answer;
        }

        RelayIoTest& test_;
        std::optional<ConnectionLimits::Seat> seat_;
        UniqueFd end_;
        UniqueFd relays_end_;
        TestClient turn_ = turn_client(2);
    };

    [[nodiscard]] std::uint64_t dropped_from(const std::string& whom) const {
        return metrics_.count_of("visavis_udp_buffer_drops_total", "from=\"" + whom + "\"");
    }

    bool is_v4_ = GetParam().family == AddressFamily::kIpv4;
    IpAddress address_ = is_v4_ ? kLoopback : *IpAddress::parse("::1");
    std::uint16_t peers_made_ = 0;
    EventLoop loop_;
    OsRng rng_;
    LiveRelayPorts live_;
    Metrics metrics_;
    ConnectionLimits limits_{10, 10};
    std::optional<RelayShard> shard_;
    SocketAddress server_;
    UdpSocket client_{{address_, 0}, false};
    UdpSocket peer_ = make_peer();
    SocketAddress from_;
    TestClient turn_ = turn_client(1);
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

// Each in a buffer of its own, so that all buffers are filled anew within the round.
TEST_P(RelayIoTest, OneRoundPassesMoreThanItHasBuffers) {
    start(1024);
    const SocketAddress relayed = allocate();
    constexpr std::size_t kCount = 400;
    static_assert(kCount > UdpRing::kBuffers && kCount > UdpReceiveBuffers::kBatch);
    std::vector<std::string> sent;
    std::vector<std::string> framed;
    for (std::size_t i = 0; i < kCount; ++i) {
        sent.push_back("packet " + std::to_string(i) + std::string(i % 50, static_cast<char>('a' + i % 26)));
        const ByteBuffer frame = TestClient::channel_data(kChannel, as_bytes(sent.back()));
        framed.emplace_back(as_text(frame));
        ASSERT_TRUE(client_.send({}, server_, {}, frame));
    }
    loop_.run_once(10ms);
    EXPECT_EQ(receive(peer_, kCount), sent);

    for (const auto& body : sent)
        ASSERT_TRUE(peer_.send({}, relayed, {}, as_bytes(body)));
    loop_.run_once(10ms);
    EXPECT_EQ(receive(client_, kCount), framed);
}

// What the kernel coalesces is one buffer of many datagrams.
TEST_P(RelayIoTest, ARoundOfBundlesHandlesNoMoreThanItsShareAndOneBundle) {
    const SocketAddress relayed = allocate();
    const std::string body(20, 'x');
    const ByteBuffer frame = TestClient::channel_data(kChannel, as_bytes(body));
    constexpr std::size_t kCount = 20 * UdpReceiveBuffers::kCoalescedMax;
    const auto expect_bounded = [&](const UdpSocket& from, const SocketAddress& to, ByteView bytes, UdpSocket& at) {
        UdpSendQueue queue;
        for (std::size_t i = 0; i < kCount; ++i)
            queue.add({from, IpAddress(), to, {}, bytes, 0});
        queue.flush();
        ASSERT_EQ(queue.take_lost(), 0U);
        std::size_t got = 0;
        for (std::size_t rounds = 0; rounds < 1000 && got < kCount; ++rounds) {
            loop_.run_once(10ms);
            const std::size_t in_round = count(at);
            // Twice, since on a busy machine what one round has sent may arrive in the next.
            EXPECT_LE(in_round, 2 * (kPerRound + UdpReceiveBuffers::kCoalescedMax));
            got += in_round;
        }
        EXPECT_EQ(got, kCount);
    };
    expect_bounded(client_, server_, frame, peer_);
    expect_bounded(peer_, relayed, as_bytes(body), client_);
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
    for (int rounds = 0; rounds < 5; ++rounds)
        loop_.run_once(10ms);
    EXPECT_EQ(count(other), 1U);
    EXPECT_LT(count(peer_), 8 * kPerRound) << "there was nothing to wait for";
}

TEST_P(RelayIoTest, ManyFullRelayPortsDoNotHoldTheListener) {
    start(1024);
    constexpr std::size_t kAllocations = 60;
    std::vector<UdpSocket> clients;
    std::vector<SocketAddress> relays;
    for (std::size_t i = 0; i < kAllocations; ++i) {
        TestClient turn = turn_client(100 + i);
        relays.push_back(allocate(clients.emplace_back(SocketAddress{address_, 0}, false), turn));
    }
    for (const SocketAddress& relay : relays) {
        for (int i = 0; i < 40; ++i)
            ASSERT_TRUE(peer_.send({}, relay, {}, as_bytes("one of many")));
    }
    for (int i = 0; i < 400; ++i)
        ASSERT_TRUE(client_.send({}, server_, {}, as_bytes("not for a relay")));
    UdpSocket other({address_, 0}, false);
    ASSERT_TRUE(other.send({}, server_, {}, binding_request()));
    for (int rounds = 0; rounds < 2; ++rounds)
        loop_.run_once(10ms);
    EXPECT_EQ(count(other), 1U);
}

// The relay ports of clients over streams are read by another way than those the ring has.
TEST_P(RelayIoTest, ManyFullRelayPortsDoNotHoldThatOfAStream) {
    constexpr std::size_t kAllocations = 20;
    constexpr std::size_t kEach = 40;
    std::vector<UdpSocket> clients;
    std::vector<SocketAddress> relays;
    for (std::size_t i = 0; i < kAllocations; ++i) {
        TestClient turn = turn_client(100 + i);
        UdpSocket& client = clients.emplace_back(SocketAddress{address_, 0}, false);
        relays.push_back(allocate(client, turn));
        const auto binding = TestClient::binding(kChannel, peer_.bound());
        ASSERT_EQ(ask(client, turn.request(stun::Method::kChannelBind, binding)).error(), 0);
    }
    StreamClient stream(*this);
    const SocketAddress relayed = stream.allocate_and_bind(peer_.bound());
    for (const SocketAddress& relay : relays) {
        for (std::size_t i = 0; i < kEach; ++i)
            ASSERT_TRUE(peer_.send({}, relay, {}, as_bytes("one of many")));
    }
    ASSERT_TRUE(peer_.send({}, relayed, {}, as_bytes("to a stream!")));
    ByteBuffer got;
    for (int rounds = 0; rounds < 10 && got.empty(); ++rounds) {
        loop_.run_once(10ms);
        got = stream.read();
    }
    EXPECT_EQ(got, TestClient::channel_data(kChannel, as_bytes("to a stream!")));
    std::size_t passed = 0;
    for (UdpSocket& client : clients)
        passed += count(client);
    EXPECT_LT(passed, kAllocations * kEach) << "there was nothing to wait for";
}

TEST_P(RelayIoTest, WhatFindsABufferFullIsCounted) {
    const SocketAddress relayed = allocate();
    const std::string large(60'000, 'x');
    for (int i = 0; i < 400; ++i) { // 24 MB; the largest buffer is asked to be 4 MiB
        ASSERT_TRUE(client_.send({}, server_, {}, as_bytes(large)));
        ASSERT_TRUE(peer_.send({}, relayed, {}, as_bytes(large)));
    }
    EXPECT_EQ(dropped_from("clients"), 0U);
    EXPECT_EQ(dropped_from("peers"), 0U);
    // Of listeners it is told once a second, of a relay port at its end at the latest.
    const Instant give_up = monotonic_now() + 10s;
    while (dropped_from("clients") == 0 && monotonic_now() < give_up)
        loop_.run_once(10ms);
    EXPECT_GT(dropped_from("clients"), 0U);
    // What a buffer still holds is read within a few rounds; before that it has no room for what comes next.
    for (int rounds = 0; rounds < 20; ++rounds)
        loop_.run_once(1ms);
    (void)count(client_);
    EXPECT_TRUE(ask(turn_.request(stun::Method::kRefresh, [](stun::MessageBuilder& builder) {
                    builder.add_u32(stun::AttributeType::kLifetime, 0);
                })).is_success());
    EXPECT_GT(dropped_from("peers"), 0U);
}

TEST_P(RelayIoTest, DataIndicationsKeepTheirPadding) {
    const SocketAddress relayed = allocate();
    UdpSocket stranger = make_peer(); // permitted by its address, without a channel
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
    shard_.emplace(loop_, rng_, RelayShard::Shared{live_, metrics_}, relay_options(GetParam().io, address_));
    shard_.reset();
    loop_.run_once(1ms);
    loop_.stop();
    loop_.run();
}

TEST_P(RelayIoTest, TellsWhatIsInUse) {
    const bool is_tried = GetParam().io == RelayIo::kAuto;
    const bool by_ring = is_tried && io_uring_error() == 0;
    EXPECT_EQ(shard_->uses_ring(), by_ring);
    EXPECT_EQ(shard_->ring_error(), is_tried ? io_uring_error() : 0);
    EXPECT_EQ(metrics_.gauge("visavis_turn_io", "", "io=\"io_uring\"").value(), by_ring ? 1 : 0);
    EXPECT_EQ(metrics_.gauge("visavis_turn_io", "", "io=\"epoll\"").value(), by_ring ? 0 : 1);
}

INSTANTIATE_TEST_SUITE_P(Io, RelayIoTest, testing::ValuesIn(kWays), testing::PrintToStringParamName());

// A relay and its client in a network of their own, where 1280 bytes is the most that goes through in one piece.
class RelayInPieces : public RelayIoTest {
public:
    void TestBody() override {}

    /// Says what was wrong.
    std::string pass() {
        const SocketAddress relayed = allocate();
        // In one piece, in two, in many, and the most that a channel carries each way.
        const std::size_t most_in = 65'507 - turn::kHeaderBytesMax - 3;
        for (const std::size_t size : {std::size_t{1000}, std::size_t{1300}, std::size_t{20'000}, most_in}) {
            const std::string body = text_of(size);
            const ByteBuffer frame = TestClient::channel_data(kChannel, as_bytes(body));
            if (!client_.send({}, server_, {}, frame)) return "not sent to the relay";
            if (receive(peer_, 1) != std::vector{body}) return "not what was sent to the peer";
            if (!peer_.send({}, relayed, {}, as_bytes(body))) return "not sent by the peer";
            if (receive(client_, 1) != std::vector{std::string(as_text(frame))}) return "not what the peer sent";
        }
        const std::string most = text_of(65'507 - turn::kChannelDataHeaderSize);
        if (!client_.send({}, server_, {}, TestClient::channel_data(kChannel, as_bytes(most)))) return "not sent";
        if (receive(peer_, 1) != std::vector{most}) return "not the most that can be sent";
        return {};
    }
    /// What must stay whole and cannot is lost, and it alone. Says what was wrong.
    std::string keep_whole() {
        (void)allocate();
        for (const std::size_t size : {std::size_t{1300}, std::size_t{1000}}) {
            if (!client_.send({}, server_, {}, whole_indication(peer_.bound(), as_bytes(text_of(size)))))
                return "unsent";
        }
        if (!client_.send({}, server_, {}, TestClient::channel_data(kChannel, as_bytes(text_of(1300)))))
            return "unsent";
        if (receive(peer_, 2) != std::vector{text_of(1000), text_of(1300)}) return "not the two that can go through";
        return metrics_.count_of("visavis_udp_lost_total") == 1 ? "" : "not counted";
    }

private:
    static std::string text_of(std::size_t size) {
        std::string text(size, 'x');
        for (std::size_t i = 0; i < size; ++i)
            text[i] = static_cast<char>('a' + i % 23);
        return text;
    }
};

template <typename Call>
std::string in_pieces(Call call) {
    if (std::string wrong = enter_network(1280); !wrong.empty()) return wrong;
    RelayInPieces relay;
    std::string wrong = (relay.*call)();
    return wrong.empty() && testing::Test::HasFailure() ? "an expectation failed" : wrong;
}

class RelayFragments : public testing::TestWithParam<Way> {};

TEST_P(RelayFragments, ArePutTogetherAndPassOn) {
    EXPECT_EXIT(end_process(in_pieces(&RelayInPieces::pass)), testing::ExitedWithCode(0), "");
}

TEST_P(RelayFragments, AreNotMadeOfWhatMustStayWhole) {
    EXPECT_EXIT(end_process(in_pieces(&RelayInPieces::keep_whole)), testing::ExitedWithCode(0), "");
}

INSTANTIATE_TEST_SUITE_P(Io, RelayFragments, testing::ValuesIn(kWays), testing::PrintToStringParamName());

// On a system that does not allow io_uring: the relay works all the same.
std::string relay_without_io_uring() {
    if (std::string wrong = forbid(__NR_io_uring_setup); !wrong.empty()) return wrong;
    const IpAddress& address = kLoopback;
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
