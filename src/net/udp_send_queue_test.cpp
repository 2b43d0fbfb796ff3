#include "net/udp_send_queue.h"
#include "net/udp_socket.h"

#include <gtest/gtest.h>

#include <poll.h>
#include <string>
#include <vector>

namespace vv::net {
namespace {

const IpAddress kLoopback = *IpAddress::parse("127.0.0.1");
const IpAddress kLoopback6 = *IpAddress::parse("::1");

std::vector<std::string> receive(UdpSocket& socket, std::size_t count) {
    std::vector<std::string> got;
    UdpReceiveBuffers buffers;
    while (got.size() < count) {
        pollfd entry{socket.fd(), POLLIN, 0};
        constexpr int kLongMilliseconds = 10'000;
        if (::poll(&entry, 1, kLongMilliseconds) != 1) {
            ADD_FAILURE() << "only " << got.size() << " of " << count << " came";
            break;
        }
        socket.receive(buffers, 8, [&](const ReceivedDatagram& in) { got.emplace_back(as_text(in.payload)); });
        buffers.reuse();
    }
    return got;
}

class UdpSendQueueTest : public testing::TestWithParam<IpAddress> {
protected:
    void add(std::string_view header, ByteView payload, std::size_t zeros = 0) {
        queue_.add({sender_, IpAddress(), receiver_.bound(), as_bytes(header), payload, zeros});
    }
    std::size_t flushed_lost() {
        queue_.flush();
        return queue_.take_lost();
    }

    UdpSocket sender_{{GetParam(), 0}, false};
    UdpSocket receiver_{{GetParam(), 0}, false};
    UdpSendQueue queue_;
};

TEST_P(UdpSendQueueTest, SendsNothingBeforeItIsFlushed) {
    add("head", as_bytes("body"), 2);
    pollfd entry{receiver_.fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&entry, 1, 0), 0);
    EXPECT_FALSE(queue_.is_empty());
    EXPECT_EQ(flushed_lost(), 0U);
    EXPECT_TRUE(queue_.is_empty());
    EXPECT_EQ(receive(receiver_, 1), std::vector{std::string("headbody\0\0", 10)});
}

TEST_P(UdpSendQueueTest, KeepsTheOrderAndEveryDatagramWhole) {
    std::vector<std::string> bodies;
    // Equal ones, shorter ones, longer ones, empty ones: some leave together, none may run into another.
    for (const int size : {5, 5, 5, 3, 5, 9, 9, 0, 0, 7, 1200, 1200, 1200, 40})
        bodies.emplace_back(static_cast<std::size_t>(size), static_cast<char>('a' + bodies.size()));
    for (const auto& body : bodies)
        add("", as_bytes(body));
    EXPECT_EQ(flushed_lost(), 0U);
    EXPECT_EQ(receive(receiver_, bodies.size()), bodies);
}

TEST_P(UdpSendQueueTest, HeadersAreCopied) {
    std::vector<std::string> expected;
    for (int i = 0; i < 10; ++i) {
        std::string header = "head" + std::to_string(i);
        add(header, as_bytes("body"));
        expected.push_back(header + "body");
        header.assign(header.size(), 'x');
    }
    EXPECT_EQ(flushed_lost(), 0U);
    EXPECT_EQ(receive(receiver_, expected.size()), expected);
}

TEST_P(UdpSendQueueTest, TakesAsMuchAsItIsGiven) {
    // More datagrams than one cut may have, then more calls than there is room for, each to be its own.
    constexpr std::size_t kCount = 4 * (UdpSendQueue::kMessagesMax + UdpSendQueue::kSegmentsMax);
    std::vector<std::string> bodies;
    for (std::size_t i = 0; i < kCount; ++i)
        bodies.push_back(std::string(i < kCount / 2 ? 100 : 100 + i % 3, static_cast<char>('a' + i % 26)));
    for (const auto& body : bodies)
        add("h", as_bytes(body));
    EXPECT_EQ(flushed_lost(), 0U);
    const auto got = receive(receiver_, kCount);
    ASSERT_EQ(got.size(), kCount);
    for (std::size_t i = 0; i < kCount; ++i)
        EXPECT_EQ(got[i], "h" + bodies[i]) << i;
}

TEST_P(UdpSendQueueTest, LargeDatagramsAreNotCut) {
    const std::string at(UdpSendQueue::kSegmentSizeMax, 'a');
    const std::string past(UdpSendQueue::kSegmentSizeMax + 1, 'b');
    const std::string huge(60'000, 'c');
    const std::vector bodies{at, at, past, past, huge, huge};
    for (const auto& body : bodies)
        add("", as_bytes(body));
    EXPECT_EQ(flushed_lost(), 0U);
    EXPECT_EQ(receive(receiver_, bodies.size()), bodies);
}

TEST_P(UdpSendQueueTest, SeveralPlacesGetTheirOwn) {
    UdpSocket other({GetParam(), 0}, false);
    for (int i = 0; i < 3; ++i) {
        add("", as_bytes("one"));
        queue_.add({sender_, IpAddress(), other.bound(), {}, as_bytes("two"), 0});
        queue_.add({other, IpAddress(), receiver_.bound(), {}, as_bytes("own"), 0});
    }
    EXPECT_EQ(flushed_lost(), 0U);
    EXPECT_EQ(receive(other, 3), (std::vector<std::string>{"two", "two", "two"}));
    EXPECT_EQ(receive(receiver_, 6), (std::vector<std::string>{"one", "own", "one", "own", "one", "own"}));
}

INSTANTIATE_TEST_SUITE_P(Families, UdpSendQueueTest, testing::Values(kLoopback, kLoopback6),
                         [](const auto& tested) { return tested.param.is_v4() ? "Ipv4" : "Ipv6"; });

TEST(UdpSendQueue, WhatTheKernelRefusesIsCountedAndTheRestArrives) {
    const UdpSocket sender({kLoopback, 0}, false);
    UdpSocket receiver({kLoopback, 0}, false);
    UdpSendQueue queue;
    // A socket on loopback cannot send to the outside: refused with EINVAL, together and one by one.
    const SocketAddress outside = *SocketAddress::parse("45.10.0.1:5000");
    queue.add({sender, IpAddress(), receiver.bound(), {}, as_bytes("first"), 0});
    for (int i = 0; i < 3; ++i)
        queue.add({sender, IpAddress(), outside, {}, as_bytes("lost"), 0});
    queue.add({sender, IpAddress(), receiver.bound(), {}, as_bytes("last"), 0});
    queue.flush();
    EXPECT_EQ(queue.take_lost(), 3U);
    EXPECT_EQ(queue.take_lost(), 0U);
    EXPECT_EQ(receive(receiver, 2), (std::vector<std::string>{"first", "last"}));
}

TEST(UdpSendQueue, StopsCuttingWhereItIsAlwaysRefused) {
    const UdpSocket sender({kLoopback, 0}, false);
    const SocketAddress outside = *SocketAddress::parse("45.10.0.1:5000");
    UdpSendQueue queue;
    for (int i = 1; i <= SegmentationTrust::kRefusalsMax; ++i) {
        EXPECT_TRUE(queue.segmentation().holds()) << i;
        for (int n = 0; n < 2; ++n)
            queue.add({sender, IpAddress(), outside, {}, as_bytes("lost"), 0});
        queue.flush();
    }
    EXPECT_FALSE(queue.segmentation().holds());
    // And goes on sending.
    UdpSocket receiver({kLoopback, 0}, false);
    for (int n = 0; n < 2; ++n)
        queue.add({sender, IpAddress(), receiver.bound(), {}, as_bytes("single"), 0});
    queue.flush();
    EXPECT_EQ(receive(receiver, 2), (std::vector<std::string>{"single", "single"}));
    EXPECT_FALSE(queue.segmentation().holds());
}

TEST(UdpSendQueue, SuccessForgetsRefusals) {
    SegmentationTrust trust;
    for (int i = 1; i < SegmentationTrust::kRefusalsMax; ++i)
        trust.note_refused();
    trust.note_accepted();
    for (int i = 1; i < SegmentationTrust::kRefusalsMax; ++i)
        trust.note_refused();
    EXPECT_TRUE(trust.holds());
    trust.note_refused();
    EXPECT_FALSE(trust.holds());
}

} // namespace
} // namespace vv::net
