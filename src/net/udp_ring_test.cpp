#include "net/udp_ring.h"
#include "net/udp_send_queue.h"

#include <gtest/gtest.h>

#include <optional>
#include <poll.h>
#include <string>
#include <vector>

namespace vv::net {
namespace {

const IpAddress kLoopback = *IpAddress::parse("127.0.0.1");

class Inbox final : public UdpReceiver {
public:
    void handle_datagram(const ReceivedDatagram& in) override {
        texts.emplace_back(as_text(in.payload));
        from = in.remote;
        local = in.local;
    }
    void handle_overflow(std::uint32_t datagrams) override { overflowed += datagrams; }

    std::vector<std::string> texts;
    SocketAddress from;
    IpAddress local;
    std::uint32_t overflowed = 0;
};

// The project's machines allow io_uring; where a kernel does not, RelayIo tests show what is used instead.
class UdpRingTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(ring_) << "this kernel does not allow io_uring";
        ring_->enable();
    }
    void receive_until(const Inbox& inbox, std::size_t count) {
        while (inbox.texts.size() < count) {
            pollfd entry{ring_->fd(), POLLIN, 0};
            constexpr int kLongMilliseconds = 10'000;
            ASSERT_EQ(::poll(&entry, 1, kLongMilliseconds), 1) << inbox.texts.size() << " of " << count;
            ring_->receive();
            ring_->reuse();
        }
    }

    std::size_t reuses_ = 0;
    std::unique_ptr<UdpRing> ring_ = UdpRing::open([this] { ++reuses_; });
    UdpSocket sender_{{kLoopback, 0}, false};
    Inbox inbox_;
};

TEST_F(UdpRingTest, ReceivesInOrderWithBothAddresses) {
    UdpSocket socket({IpAddress(), 0}, false);
    const auto watch = ring_->watch(socket, inbox_);
    ring_->reuse();
    std::vector<std::string> sent;
    for (int i = 0; i < 100; ++i) {
        sent.push_back("datagram " + std::to_string(i));
        ASSERT_TRUE(sender_.send({}, {kLoopback, socket.bound().port}, {}, as_bytes(sent.back())));
    }
    receive_until(inbox_, sent.size());
    EXPECT_EQ(inbox_.texts, sent);
    EXPECT_EQ(inbox_.from, sender_.bound());
    EXPECT_EQ(inbox_.local, kLoopback);
    ring_->unwatch(watch);
}

TEST_F(UdpRingTest, GoesOnAfterMoreThanAllItsBuffers) {
    UdpSocket socket({kLoopback, 0}, false);
    const auto watch = ring_->watch(socket, inbox_);
    ring_->reuse();
    constexpr std::size_t kCount = 3 * UdpRing::kBuffers;
    for (std::size_t i = 0; i < kCount; ++i)
        ASSERT_TRUE(sender_.send({}, socket.bound(), {}, as_bytes(std::to_string(i))));
    // Nothing is given back here but what the ring itself asks for.
    while (inbox_.texts.size() < kCount)
        ring_->receive();
    ASSERT_EQ(inbox_.texts.size(), kCount);
    for (std::size_t i = 0; i < kCount; ++i)
        EXPECT_EQ(inbox_.texts[i], std::to_string(i));
    EXPECT_GT(reuses_, 0U) << "what points into the buffers must be sent before they are filled anew";
    ring_->unwatch(watch);
}

TEST_F(UdpRingTest, OfManySocketsNoneIsForgotten) {
    // More than the kernel looks after at once, a datagram each and then silence.
    constexpr std::size_t kSockets = 100;
    std::vector<std::unique_ptr<UdpSocket>> sockets;
    std::vector<UdpRing::Watch> watches;
    for (std::size_t i = 0; i < kSockets; ++i) {
        sockets.push_back(std::make_unique<UdpSocket>(SocketAddress{kLoopback, 0}, false));
        watches.push_back(ring_->watch(*sockets.back(), inbox_));
    }
    ring_->reuse();
    for (const auto& socket : sockets)
        ASSERT_TRUE(sender_.send({}, socket->bound(), {}, as_bytes("one each")));
    do {
        ring_->receive();
        ring_->reuse();
    } while (ring_->has_more());
    EXPECT_EQ(inbox_.texts.size(), kSockets);
    for (const auto watch : watches)
        ring_->unwatch(watch);
}

TEST_F(UdpRingTest, TakesTheLargestDatagram) {
    UdpSocket socket({kLoopback, 0}, false);
    const auto watch = ring_->watch(socket, inbox_);
    ring_->reuse();
    const std::string body(65'507, 'x');
    ASSERT_TRUE(sender_.send({}, socket.bound(), {}, as_bytes(body)));
    receive_until(inbox_, 1);
    EXPECT_EQ(inbox_.texts.at(0), body);
    ring_->unwatch(watch);
}

TEST_F(UdpRingTest, SplitsWhatTheKernelCoalesced) {
    UdpSocket socket({kLoopback, 0}, false);
    const auto watch = ring_->watch(socket, inbox_);
    ring_->reuse();
    UdpSendQueue queue(ring_.get());
    const std::vector<std::string> bodies{std::string(100, 'a'), std::string(100, 'b'), std::string(30, 'c')};
    for (const auto& body : bodies)
        queue.add({sender_, IpAddress(), socket.bound(), {}, as_bytes(body), 0});
    queue.flush();
    EXPECT_EQ(queue.take_lost(), 0U);
    receive_until(inbox_, bodies.size());
    EXPECT_EQ(inbox_.texts, bodies);
    ring_->unwatch(watch);
}

TEST_F(UdpRingTest, AWatchEndsWithItsSocketFree) {
    std::uint16_t port = 0;
    {
        UdpSocket socket({kLoopback, 0}, false);
        port = socket.bound().port;
        const auto watch = ring_->watch(socket, inbox_);
        ring_->reuse();
        ring_->unwatch(watch);
    }
    std::optional<UdpSocket> again;
    ASSERT_NO_THROW(again.emplace(SocketAddress{kLoopback, port}, false)) << "the kernel still holds the socket";
    // The place in the ring is used again, and what comes goes to its new holder.
    Inbox other;
    const auto watch = ring_->watch(*again, other);
    ring_->reuse();
    ASSERT_TRUE(sender_.send({}, again->bound(), {}, as_bytes("for the new one")));
    receive_until(other, 1);
    EXPECT_EQ(other.texts.at(0), "for the new one");
    EXPECT_TRUE(inbox_.texts.empty());
    ring_->unwatch(watch);
}

TEST_F(UdpRingTest, WhatCameForOthersDuringAnUnwatchIsNotForgotten) {
    UdpSocket ending({kLoopback, 0}, false);
    UdpSocket staying({kLoopback, 0}, false);
    Inbox ended;
    const auto ending_watch = ring_->watch(ending, ended);
    const auto watch = ring_->watch(staying, inbox_);
    ring_->reuse();
    ASSERT_TRUE(sender_.send({}, ending.bound(), {}, as_bytes("too late")));
    ASSERT_TRUE(sender_.send({}, staying.bound(), {}, as_bytes("kept")));
    ring_->unwatch(ending_watch);
    if (!ring_->has_more()) return receive_until(inbox_, 1); // it came afterwards, and the descriptor says so
    ring_->receive();
    EXPECT_EQ(inbox_.texts, std::vector<std::string>{"kept"});
    EXPECT_TRUE(ended.texts.empty());
    ring_->unwatch(watch);
}

TEST_F(UdpRingTest, ReportsWhatTheKernelRefuses) {
    UdpSocket receiver({kLoopback, 0}, false);
    const auto watch = ring_->watch(receiver, inbox_);
    ring_->reuse();
    UdpSendQueue queue(ring_.get());
    const SocketAddress outside = *SocketAddress::parse("45.10.0.1:5000");
    queue.add({sender_, IpAddress(), receiver.bound(), {}, as_bytes("first"), 0});
    for (int i = 0; i < 3; ++i)
        queue.add({sender_, IpAddress(), outside, {}, as_bytes("lost"), 0});
    queue.add({sender_, IpAddress(), receiver.bound(), {}, as_bytes("last"), 0});
    queue.flush();
    EXPECT_EQ(queue.take_lost(), 3U);
    EXPECT_EQ(queue.segmentation().refusals(), 1);
    receive_until(inbox_, 2);
    EXPECT_EQ(inbox_.texts, (std::vector<std::string>{"first", "last"}));
    ring_->unwatch(watch);
}

TEST_F(UdpRingTest, OutlivesAClosedPeer) {
    UdpSocket socket({kLoopback, 0}, false);
    const auto watch = ring_->watch(socket, inbox_);
    ring_->reuse();
    std::uint16_t closed_port = 0;
    {
        const UdpSocket gone({kLoopback, 0}, false);
        closed_port = gone.bound().port;
    }
    for (int i = 0; i < 2; ++i)
        (void)socket.send({}, {kLoopback, closed_port}, {}, as_bytes("x"));
    ASSERT_TRUE(sender_.send({}, socket.bound(), {}, as_bytes("still here")));
    receive_until(inbox_, 1);
    EXPECT_EQ(inbox_.texts.at(0), "still here");
    ring_->unwatch(watch);
}

TEST_F(UdpRingTest, SendsMoreThanItHasEntries) {
    UdpSocket socket({kLoopback, 0}, false);
    UdpReceiveBuffers buffers;
    UdpSendQueue queue(ring_.get());
    // Different sizes, so that none are joined.
    constexpr std::size_t kCount = 3 * UdpSendQueue::kMessagesMax;
    const std::string body(100, 'x');
    std::size_t got = 0;
    for (std::size_t i = 0; i < kCount; ++i)
        queue.add({sender_, IpAddress(), socket.bound(), {}, as_bytes(body).first(10 + i % 50), 0});
    queue.flush();
    EXPECT_EQ(queue.take_lost(), 0U);
    while (got < kCount) {
        pollfd entry{socket.fd(), POLLIN, 0};
        ASSERT_EQ(::poll(&entry, 1, 10'000), 1);
        socket.receive(buffers, 8, [&](const ReceivedDatagram& in) {
            EXPECT_EQ(in.payload.size(), 10 + got % 50);
            ++got;
        });
    }
}

} // namespace
} // namespace vv::net
