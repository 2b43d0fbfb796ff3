#include "net/kernel_for_test.h"
#include "net/udp_send_queue.h"
#include "net/udp_socket.h"

#include <gtest/gtest.h>

#include <poll.h>
#include <string>
#include <vector>

namespace vv::net {
namespace {

void wait_readable(const UdpSocket& socket) {
    pollfd entry{socket.fd(), POLLIN, 0};
    constexpr int kLongMilliseconds = 10'000;
    ASSERT_EQ(::poll(&entry, 1, kLongMilliseconds), 1);
}

struct Got {
    SocketAddress remote;
    IpAddress local;
    std::string text;
    const std::uint8_t* at = nullptr;
};

std::vector<Got> receive_all(UdpSocket& socket, UdpReceiveBuffers& buffers) {
    std::vector<Got> got;
    socket.receive(buffers, 10'000, [&](const ReceivedDatagram& in) {
        got.push_back({in.remote, in.local, std::string(as_text(in.payload)), in.payload.data()});
    });
    return got;
}

class UdpSocketTest : public testing::TestWithParam<const char*> {
protected:
    UdpReceiveBuffers buffers_;
    IpAddress loopback_ = *IpAddress::parse(GetParam());
};

TEST_P(UdpSocketTest, JoinsHeaderAndPayloadAndReportsBothAddresses) {
    const IpAddress any = loopback_.is_v4() ? IpAddress() : IpAddress::v6({});
    UdpSocket server({any, 0}, false);
    const UdpSocket client({loopback_, 0}, false);
    ASSERT_TRUE(client.send(loopback_, {loopback_, server.bound().port}, as_bytes("head"), as_bytes("body")));
    wait_readable(server);
    const auto got = receive_all(server, buffers_);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].text, "headbody");
    EXPECT_EQ(got[0].remote, client.bound());
    EXPECT_EQ(got[0].local, loopback_);
}

TEST_P(UdpSocketTest, ReadsMoreThanABatchInOrder) {
    UdpSocket server({loopback_, 0}, false);
    const UdpSocket client({loopback_, 0}, false);
    constexpr int kCount = 40;
    for (int i = 0; i < kCount; ++i) {
        ASSERT_TRUE(client.send({}, server.bound(), {}, as_bytes(std::to_string(i))));
    }
    wait_readable(server);
    const auto got = receive_all(server, buffers_);
    ASSERT_EQ(got.size(), static_cast<std::size_t>(kCount));
    for (int i = 0; i < kCount; ++i)
        EXPECT_EQ(got[static_cast<std::size_t>(i)].text, std::to_string(i));
}

TEST_P(UdpSocketTest, ReadsNoMoreThanItIsAskedFor) {
    UdpSocket server({loopback_, 0}, false);
    const UdpSocket client({loopback_, 0}, false);
    constexpr std::size_t kMost = 100; // more than a batch
    for (std::size_t i = 0; i <= kMost; ++i)
        ASSERT_TRUE(client.send({}, server.bound(), {}, as_bytes(std::to_string(i))));
    wait_readable(server);
    std::vector<std::string> got;
    const auto keep = [&](const ReceivedDatagram& in) { got.emplace_back(as_text(in.payload)); };
    server.receive(buffers_, kMost, keep);
    EXPECT_EQ(got.size(), kMost);
    server.receive(buffers_, kMost, keep);
    ASSERT_EQ(got.size(), kMost + 1);
    for (std::size_t i = 0; i <= kMost; ++i)
        EXPECT_EQ(got[i], std::to_string(i));
}

// What leaves in a round must find room though the interface has sent none of it yet.
TEST_P(UdpSocketTest, HasRoomForABatch) {
    const UdpSocket socket({loopback_, 0}, false);
    const auto size_of = [](int fd) {
        int size = 0;
        socklen_t length = sizeof size;
        EXPECT_EQ(::getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &length), 0);
        return size;
    };
    // As much as a process without rights can get.
    const UniqueFd other(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int wanted = 4 << 20;
    ASSERT_EQ(::setsockopt(other.value(), SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted), 0);
    EXPECT_GE(size_of(socket.fd()), size_of(other.value()));
    // And past the system's limit with them, as at most a root has.
    if (::setsockopt(other.value(), SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof wanted) == 0) {
        EXPECT_GE(size_of(socket.fd()), wanted);
    }
}

TEST_P(UdpSocketTest, TellsWhenBuffersAreFilledAnew) {
    UdpSocket server({loopback_, 0}, false);
    const UdpSocket client({loopback_, 0}, false);
    constexpr std::size_t kCount = UdpReceiveBuffers::kBatch + 1;
    for (std::size_t i = 0; i < kCount; ++i) {
        ASSERT_TRUE(client.send({}, server.bound(), {}, as_bytes(std::to_string(i))));
    }
    wait_readable(server);
    std::vector<ByteView> seen;
    std::string before;
    UdpReceiveBuffers buffers([&] {
        for (const ByteView payload : seen)
            before += std::string(as_text(payload)) + ",";
        seen.clear();
    });
    server.receive(buffers, 10'000, [&](const ReceivedDatagram& in) { seen.push_back(in.payload); });
    std::string expected;
    for (std::size_t i = 0; i < UdpReceiveBuffers::kBatch; ++i)
        expected += std::to_string(i) + ",";
    EXPECT_EQ(before, expected) << "payloads must stand until then";
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(as_text(seen[0]), std::to_string(UdpReceiveBuffers::kBatch));
}

TEST_P(UdpSocketTest, WhatTheKernelCoalescedComesAsItWasSent) {
    UdpSocket server({loopback_, 0}, false);
    const UdpSocket client({loopback_, 0}, false);
    // Sent as one that the kernel cuts; on loopback it arrives uncut at a socket that takes it so.
    const std::string body = std::string(100, 'a') + std::string(100, 'b') + std::string(30, 'c');
    UdpSendQueue queue;
    for (const std::size_t at : {0U, 100U, 200U})
        queue.add({client, {}, server.bound(), {}, as_bytes(std::string_view(body).substr(at, 100)), 0});
    queue.flush();
    ASSERT_EQ(queue.take_lost(), 0U);
    wait_readable(server);
    const auto got = receive_all(server, buffers_);
    ASSERT_EQ(got.size(), 3U);
    EXPECT_EQ(got[0].text, std::string(100, 'a'));
    EXPECT_EQ(got[1].text, std::string(100, 'b'));
    EXPECT_EQ(got[2].text, std::string(30, 'c'));
    EXPECT_EQ(got[2].remote, client.bound());
    EXPECT_EQ(got[1].at, got[0].at + 100) << "it came cut, which shows nothing";
}

TEST_P(UdpSocketTest, ReportsTheBoundAddressIfItNeedNotAsk) {
    UdpSocket server({loopback_, 0}, false, UdpSocket::Destination::kBound);
    const UdpSocket client({loopback_, 0}, false);
    ASSERT_TRUE(client.send({}, server.bound(), {}, as_bytes("x")));
    wait_readable(server);
    const auto got = receive_all(server, buffers_);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].local, loopback_);
}

TEST_P(UdpSocketTest, CountsWhatFoundItsBufferFull) {
    UdpSocket server({loopback_, 0}, false);
    const int small = 4096;
    ASSERT_EQ(::setsockopt(server.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    const UdpSocket client({loopback_, 0}, false);
    const std::string body(1000, 'x');
    constexpr std::size_t kCount = 50;
    for (std::size_t i = 0; i < kCount; ++i)
        ASSERT_TRUE(client.send({}, server.bound(), {}, as_bytes(body)));
    const std::size_t came = receive_all(server, buffers_).size();
    ASSERT_LT(came, kCount);
    EXPECT_EQ(server.take_drops(), kCount - came);
    EXPECT_EQ(server.take_drops(), 0U);
}

TEST_P(UdpSocketTest, OutlivesAClosedPeer) {
    UdpSocket socket({loopback_, 0}, false);
    std::uint16_t closed_port = 0;
    {
        const UdpSocket gone({loopback_, 0}, false);
        closed_port = gone.bound().port;
    }
    (void)socket.send({}, {loopback_, closed_port}, {}, as_bytes("x"));
    (void)socket.send({}, {loopback_, closed_port}, {}, as_bytes("x"));
    const UdpSocket client({loopback_, 0}, false);
    ASSERT_TRUE(client.send({}, socket.bound(), {}, as_bytes("still here")));
    std::vector<Got> got;
    while (got.empty()) {
        wait_readable(socket);
        got = receive_all(socket, buffers_);
    }
    EXPECT_EQ(got[0].text, "still here");
}

// A closed port is told about, and neither ends the socket nor eats a packet to somebody else.
TEST_P(UdpSocketTest, HearsOfAClosedPort) {
    UdpSocket socket({loopback_, 0}, false);
    ASSERT_TRUE(socket.report_errors());
    UdpSocket alive({loopback_, 0}, false);
    SocketAddress closed;
    {
        const UdpSocket gone({loopback_, 0}, false);
        closed = gone.bound();
    }
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(socket.send({}, closed, {}, as_bytes("x")));
        ASSERT_TRUE(socket.send({}, alive.bound(), {}, as_bytes("y")))
            << "the error of the packet before is not its own";
    }
    pollfd entry{socket.fd(), POLLERR, 0};
    ASSERT_EQ(::poll(&entry, 1, 10'000), 1);
    std::vector<ReceivedIcmp> heard;
    const auto keep = [&](const ReceivedIcmp& icmp) { heard.push_back(icmp); };
    socket.receive_errors(2, keep);
    EXPECT_EQ(heard.size(), 2U) << "no more than asked for";
    socket.receive_errors(8, keep);
    ASSERT_EQ(heard.size(), 3U);
    for (const ReceivedIcmp& icmp : heard) {
        EXPECT_EQ(icmp.remote, closed);
        EXPECT_EQ(icmp.type, loopback_.is_v4() ? 3 : 1) << "destination unreachable";
        EXPECT_EQ(icmp.code, loopback_.is_v4() ? 3 : 4) << "its port";
        EXPECT_EQ(icmp.mtu, 0U);
    }
    wait_readable(alive);
    EXPECT_EQ(receive_all(alive, buffers_).size(), 3U);
}

// In a network of its own, where 1500 bytes is the most that goes through in one piece. Says what was wrong.
std::string send_beyond_the_mtu(const IpAddress& loopback) {
    if (std::string wrong = enter_network(1500); !wrong.empty()) return wrong;
    const UdpSocket socket({loopback, 0}, false);
    const UdpSocket to({loopback, 0}, false);
    const std::size_t headers = loopback.is_v4() ? 28 : 48;
    const ByteBuffer fits(1500 - headers);
    const ByteBuffer large(1501 - headers);
    for (int i = 0; i < 3; ++i) {
        if (!socket.send_whole(to.bound(), fits)) return "whole, and small enough";
        if (!socket.send({}, to.bound(), {}, large)) return "in pieces";
        if (socket.send_whole(to.bound(), large)) return "whole, and too large";
        if (!socket.send({}, to.bound(), {}, large)) return "in pieces, after one that must stay whole";
    }
    return {};
}

TEST_P(UdpSocketTest, KeepsAPacketWholeAndNoOther) {
    EXPECT_EXIT(end_process(send_beyond_the_mtu(loopback_)), testing::ExitedWithCode(0), "");
}

TEST_P(UdpSocketTest, WholePacketsArrive) {
    UdpSocket server({loopback_, 0}, false);
    const UdpSocket client({loopback_, 0}, false);
    ASSERT_TRUE(client.send_whole(server.bound(), as_bytes("in one piece")));
    wait_readable(server);
    const auto got = receive_all(server, buffers_);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].text, "in one piece");
    EXPECT_EQ(got[0].remote, client.bound());
}

// Past the receive buffer, which holds 4 MiB of what the kernel counts if it may be that large, the kernel drops.
TEST_P(UdpSocketTest, KnowsWhatItsFullBufferHasLost) {
    UdpSocket receiver({loopback_, 0}, false);
    const UdpSocket sender({loopback_, 0}, false);
    EXPECT_EQ(receiver.take_drops(), 0U);
    constexpr std::size_t kSent = 400;
    const std::vector<std::uint8_t> large(60'000);
    for (std::size_t i = 0; i < kSent; ++i)
        ASSERT_TRUE(sender.send({}, receiver.bound(), {}, large));
    std::size_t received = 0;
    std::size_t drops = 0;
    // A busy kernel may deliver the last ones later.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (received + drops < kSent && std::chrono::steady_clock::now() < deadline) {
        received += receive_all(receiver, buffers_).size();
        drops += receiver.take_drops();
    }
    EXPECT_GT(received, 0U);
    EXPECT_GT(drops, 0U);
    EXPECT_EQ(received + drops, kSent);
    EXPECT_EQ(receiver.take_drops(), 0U) << "each is told once";
}

TEST(UdpSocket, AFailedSendIsALostPacket) {
    const UdpSocket socket({*IpAddress::parse("127.0.0.1"), 0}, false);
    EXPECT_FALSE(socket.send({}, *SocketAddress::parse("[::1]:9"), {}, as_bytes("x")));
}

INSTANTIATE_TEST_SUITE_P(Families, UdpSocketTest, testing::Values("127.0.0.1", "::1"));

} // namespace
} // namespace vv::net
