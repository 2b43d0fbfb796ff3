#include "net/client_for_test.h"
#include "net/kernel_for_test.h"
#include "net/udp_ring.h"
#include "net/udp_send_queue.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <optional>
#include <poll.h>
#include <span>
#include <string>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <vector>

namespace vv::net {
namespace {

const IpAddress kLoopback4 = *IpAddress::parse("127.0.0.1");
const IpAddress kLoopback6 = *IpAddress::parse("::1");
constexpr std::size_t kMost = 100'000;
constexpr std::size_t kAllByRing = 0;

class Inbox final : public UdpReceiver {
public:
    void handle_datagram(const ReceivedDatagram& in) override {
        texts.emplace_back(as_text(in.payload));
        places.push_back(in.payload.data());
        from = in.remote;
        local = in.local;
    }

    std::vector<std::string> texts;
    std::vector<const std::uint8_t*> places;
    SocketAddress from;
    IpAddress local;
};

class UdpRingTest : public testing::TestWithParam<IpAddress> {
protected:
    void SetUp() override {
        ASSERT_TRUE(ring_);
        ring_->enable();
        epoll_event event{};
        event.events = EPOLLIN | EPOLLET;
        ASSERT_EQ(::epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, ring_->fd(), &event), 0);
    }
    // The descriptor has become readable anew, as a loop would learn it: a lost wake-up waits here in vain.
    [[nodiscard]] bool is_told() const {
        epoll_event event{};
        constexpr int kLongMilliseconds = 10'000;
        // The end of another ring interrupts it.
        return uninterrupted([&] { return ::epoll_wait(epoll_.value(), &event, 1, kLongMilliseconds); }) == 1;
    }
    void receive_until(const Inbox& inbox, std::size_t count) {
        while (inbox.texts.size() < count) {
            ASSERT_TRUE(is_told()) << inbox.texts.size() << " of " << count;
            ring_->receive(kMost);
            ring_->reuse();
        }
    }
    void send(const UdpSocket& to, std::string_view body) {
        ASSERT_TRUE(sender_.send({}, to.bound(), {}, as_bytes(body)));
    }

    const IpAddress loopback_ = GetParam();
    std::size_t reuses_ = 0;
    std::unique_ptr<UdpRing> ring_ = UdpRing::open([this] { ++reuses_; }).ring;
    UniqueFd epoll_{::epoll_create1(EPOLL_CLOEXEC)};
    UdpSocket sender_{{loopback_, 0}, false};
    Inbox inbox_;
};

TEST_P(UdpRingTest, ReceivesInOrderWithBothAddresses) {
    UdpSocket socket({loopback_.is_v4() ? IpAddress() : *IpAddress::parse("::"), 0}, false);
    const auto watch = ring_->watch(socket, inbox_);
    ring_->reuse();
    std::vector<std::string> sent;
    for (int i = 0; i < 100; ++i) {
        sent.push_back("datagram " + std::to_string(i));
        ASSERT_TRUE(sender_.send({}, {loopback_, socket.bound().port}, {}, as_bytes(sent.back())));
    }
    receive_until(inbox_, sent.size());
    EXPECT_EQ(inbox_.texts, sent);
    EXPECT_EQ(inbox_.from, sender_.bound());
    EXPECT_EQ(inbox_.local, loopback_);
    ring_->unwatch(watch);
}

TEST_P(UdpRingTest, GoesOnAfterMoreThanAllItsBuffers) {
    UdpSocket socket({loopback_, 0}, false);
    const auto watch = ring_->watch(socket, inbox_);
    ring_->reuse();
    constexpr std::size_t kCount = 3 * UdpRing::kBuffers;
    for (std::size_t i = 0; i < kCount; ++i)
        ASSERT_TRUE(sender_.send({}, socket.bound(), {}, as_bytes(std::to_string(i))));
    // Nothing is given back here but what the ring itself asks for.
    for (int i = 0; i < 100 && inbox_.texts.size() < kCount; ++i)
        ring_->receive(kMost);
    ASSERT_EQ(inbox_.texts.size(), kCount);
    for (std::size_t i = 0; i < kCount; ++i)
        EXPECT_EQ(inbox_.texts[i], std::to_string(i));
    EXPECT_GT(reuses_, 0U) << "what points into the buffers must be sent before they are filled anew";
    ring_->unwatch(watch);
}

TEST_P(UdpRingTest, OfManySocketsNoneIsForgotten) {
    // More than the kernel looks after at once, a datagram each and then silence.
    constexpr std::size_t kSockets = 100;
    std::vector<std::unique_ptr<UdpSocket>> sockets;
    std::vector<UdpRing::Watch> watches;
    for (std::size_t i = 0; i < kSockets; ++i) {
        sockets.push_back(std::make_unique<UdpSocket>(SocketAddress{loopback_, 0}, false));
        watches.push_back(ring_->watch(*sockets.back(), inbox_));
    }
    ring_->reuse();
    for (const auto& socket : sockets)
        ASSERT_TRUE(sender_.send({}, socket->bound(), {}, as_bytes("one each")));
    receive_until(inbox_, kSockets);
    for (const auto watch : watches)
        ring_->unwatch(watch);
}

// What it keeps is seen at the memory it receives into: what has come stays there until it is used anew.
TEST_P(UdpRingTest, GivesBackWhatItHeldForManySocketsOnceItHasNone) {
    for (const std::size_t count : {UdpRing::kPlacesKept, UdpRing::kPlacesKept + 1}) {
        std::vector<std::unique_ptr<UdpSocket>> sockets;
        std::vector<UdpRing::Watch> watches;
        for (std::size_t i = 0; i < count; ++i) {
            sockets.push_back(std::make_unique<UdpSocket>(SocketAddress{loopback_, 0}, false));
            watches.push_back(ring_->watch(*sockets.back(), inbox_));
        }
        ring_->reuse();
        const std::size_t before = inbox_.texts.size();
        for (const auto& socket : sockets)
            send(*socket, "held");
        receive_until(inbox_, before + count);
        const std::uint8_t* place = inbox_.places.back();
        for (std::size_t i = 0; i + 1 < count; ++i)
            ring_->unwatch(watches[i]);
        ring_->reuse();
        EXPECT_EQ(*place, 'h') << "one is left";
        ring_->unwatch(watches.back());
        ring_->reuse();
        // The ends of their requests have come, and are told of as whatever comes.
        ASSERT_TRUE(is_told());
        ring_->receive(kMost);
        ring_->reuse();
        EXPECT_EQ(*place, count > UdpRing::kPlacesKept ? 0 : 'h') << count;

        UdpSocket next({loopback_, 0}, false);
        const auto watch = ring_->watch(next, inbox_);
        ring_->reuse();
        const std::size_t known = inbox_.texts.size();
        for (std::size_t i = 0; i < 2 * UdpRing::kBuffers; ++i)
            send(next, "of the next");
        receive_until(inbox_, known + 2 * UdpRing::kBuffers);
        EXPECT_EQ(inbox_.from, sender_.bound());
        ring_->unwatch(watch);
        ring_->reuse();
    }
}

TEST_P(UdpRingTest, TakesTheLargestDatagram) {
    UdpSocket socket({loopback_, 0}, false);
    const auto watch = ring_->watch(socket, inbox_);
    ring_->reuse();
    const std::string body(loopback_.is_v4() ? 65'507 : 65'527, 'x');
    ASSERT_TRUE(sender_.send({}, socket.bound(), {}, as_bytes(body)));
    receive_until(inbox_, 1);
    EXPECT_EQ(inbox_.texts.at(0), body);
    ring_->unwatch(watch);
}

TEST_P(UdpRingTest, SplitsWhatTheKernelCoalesced) {
    UdpSocket socket({loopback_, 0}, false);
    const auto watch = ring_->watch(socket, inbox_);
    ring_->reuse();
    UdpSendQueue queue(ring_.get(), kAllByRing);
    const std::vector<std::string> bodies{std::string(100, 'a'), std::string(100, 'b'), std::string(30, 'c')};
    for (const auto& body : bodies)
        queue.add({sender_, IpAddress(), socket.bound(), {}, as_bytes(body), 0});
    queue.flush();
    EXPECT_EQ(queue.take_lost(), 0U);
    receive_until(inbox_, bodies.size());
    EXPECT_EQ(inbox_.texts, bodies);
    EXPECT_EQ(inbox_.places.at(1), inbox_.places.at(0) + 100) << "it came cut, which shows nothing";
    ring_->unwatch(watch);
}

TEST_P(UdpRingTest, HandsOnNoMoreThanItIsAskedFor) {
    UdpSocket socket({loopback_, 0}, false);
    const auto watch = ring_->watch(socket, inbox_);
    ring_->reuse();
    constexpr std::size_t kShare = 10;
    for (std::size_t i = 0; i < 3 * kShare; ++i)
        send(socket, std::to_string(i));
    for (std::size_t round = 1; round <= 3; ++round) {
        ASSERT_TRUE(is_told()) << "of what was left in round " << round - 1;
        ring_->receive(kShare);
        ring_->reuse();
        EXPECT_EQ(inbox_.texts.size(), round * kShare);
    }
    for (std::size_t i = 0; i < inbox_.texts.size(); ++i)
        EXPECT_EQ(inbox_.texts[i], std::to_string(i));
    ring_->unwatch(watch);
}

// Each ends what the kernel was asked for.
TEST_P(UdpRingTest, EmptyDatagramsHoldNothingUp) {
    UdpSocket socket({loopback_, 0}, false);
    const auto watch = ring_->watch(socket, inbox_);
    ring_->reuse();
    std::vector<std::string> sent;
    for (int i = 0; i < 100; ++i) {
        for (const std::string& body : {std::string(), std::to_string(i)}) {
            send(socket, body);
            sent.push_back(body);
        }
    }
    ASSERT_TRUE(is_told());
    ring_->receive(kMost);
    EXPECT_GT(inbox_.texts.size(), 20U) << "one in each round would be far too slow";
    ring_->reuse();
    receive_until(inbox_, sent.size());
    EXPECT_EQ(inbox_.texts, sent);
    // And it hears of what comes after the last of them.
    send(socket, "");
    receive_until(inbox_, sent.size() + 1);
    send(socket, "later");
    receive_until(inbox_, sent.size() + 2);
    EXPECT_EQ(inbox_.texts.back(), "later");
    ring_->unwatch(watch);
}

TEST_P(UdpRingTest, AWatchEndsWithItsSocketFree) {
    std::uint16_t port = 0;
    {
        UdpSocket socket({loopback_, 0}, false);
        port = socket.bound().port;
        const auto watch = ring_->watch(socket, inbox_);
        ring_->reuse();
        ring_->unwatch(watch);
    }
    std::optional<UdpSocket> again;
    ASSERT_NO_THROW(again.emplace(SocketAddress{loopback_, port}, false)) << "the kernel still holds the socket";
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

TEST_P(UdpRingTest, WhatCameForOthersDuringAnUnwatchIsNotForgotten) {
    UdpSocket ending({loopback_, 0}, false);
    UdpSocket staying({loopback_, 0}, false);
    Inbox ended;
    const auto ending_watch = ring_->watch(ending, ended);
    const auto watch = ring_->watch(staying, inbox_);
    ring_->reuse();
    send(ending, "too late");
    send(staying, "kept");
    ASSERT_TRUE(is_told()); // and not again for these: the end of the watch takes both from the kernel
    ring_->unwatch(ending_watch);
    ring_->reuse();
    receive_until(inbox_, 1);
    EXPECT_EQ(inbox_.texts, std::vector<std::string>{"kept"});
    EXPECT_TRUE(ended.texts.empty());
    ring_->unwatch(watch);
}

TEST_P(UdpRingTest, ASocketMayGoWhileItsDatagramsWait) {
    auto socket = std::make_unique<UdpSocket>(SocketAddress{loopback_, 0}, false);
    auto inbox = std::make_unique<Inbox>();
    const auto gone = ring_->watch(*socket, *inbox);
    ring_->reuse();
    for (std::size_t i = 0; i < UdpRing::kBuffers; ++i)
        send(*socket, std::to_string(i));
    ASSERT_TRUE(is_told());
    ring_->receive(3);
    EXPECT_EQ(inbox->texts.size(), 3U);
    ring_->unwatch(gone);
    socket.reset();
    inbox.reset();
    // Its buffers come back without anybody being handed what is in them.
    UdpSocket next({loopback_, 0}, false);
    const auto watch = ring_->watch(next, inbox_);
    ring_->reuse();
    for (std::size_t i = 0; i < 2 * UdpRing::kBuffers; ++i)
        send(next, std::to_string(i));
    receive_until(inbox_, 2 * UdpRing::kBuffers);
    for (std::size_t i = 0; i < inbox_.texts.size(); ++i)
        EXPECT_EQ(inbox_.texts[i], std::to_string(i));
    ring_->unwatch(watch);
}

TEST_P(UdpRingTest, AnEndedRingHasLetGoOfItsSockets) {
    UdpSocket socket({loopback_, 0}, false);
    (void)ring_->watch(socket, inbox_);
    ring_->reuse();
    send(socket, "for the ring");
    ring_.reset(); // with its buffers, into which the kernel must not write any more
    EXPECT_TRUE(inbox_.texts.empty());
    send(socket, "for whoever comes next");
    UdpReceiveBuffers buffers;
    std::string last;
    pollfd entry{socket.fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&entry, 1, 10'000), 1);
    socket.receive(buffers, kMost, [&](const ReceivedDatagram& in) { last = as_text(in.payload); });
    EXPECT_EQ(last, "for whoever comes next");
}

TEST_P(UdpRingTest, ReportsWhatTheKernelRefuses) {
    UdpSocket receiver({loopback_, 0}, false);
    const auto watch = ring_->watch(receiver, inbox_);
    ring_->reuse();
    UdpSendQueue queue(ring_.get(), kAllByRing);
    const SocketAddress nowhere{loopback_, 0}; // no port: EINVAL
    queue.add({sender_, IpAddress(), receiver.bound(), {}, as_bytes("first"), 0});
    for (int i = 0; i < 3; ++i)
        queue.add({sender_, IpAddress(), nowhere, {}, as_bytes("lost"), 0});
    queue.add({sender_, IpAddress(), receiver.bound(), {}, as_bytes("last"), 0});
    queue.flush();
    EXPECT_EQ(queue.take_lost(), 3U);
    EXPECT_EQ(queue.segmentation().refusals(), 1);
    receive_until(inbox_, 2);
    EXPECT_EQ(inbox_.texts, (std::vector<std::string>{"first", "last"}));
    ring_->unwatch(watch);
}

TEST_P(UdpRingTest, OutlivesAClosedPeer) {
    UdpSocket socket({loopback_, 0}, false);
    const auto watch = ring_->watch(socket, inbox_);
    ring_->reuse();
    std::uint16_t closed_port = 0;
    {
        const UdpSocket gone({loopback_, 0}, false);
        closed_port = gone.bound().port;
    }
    // Its error ends what the kernel was asked for.
    ASSERT_TRUE(socket.report_errors());
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(socket.send({}, {loopback_, closed_port}, {}, as_bytes("x")));
        ASSERT_TRUE(is_told());
        ring_->receive(kMost);
        ring_->reuse();
    }
    EXPECT_TRUE(inbox_.texts.empty());
    send(socket, "still here");
    receive_until(inbox_, 1);
    EXPECT_EQ(inbox_.texts.at(0), "still here");
    ring_->unwatch(watch);
}

TEST_P(UdpRingTest, SendsMoreThanItHasEntries) {
    UdpSocket socket({loopback_, 0}, false);
    UdpReceiveBuffers buffers;
    UdpSendQueue queue(ring_.get(), kAllByRing);
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

TEST_P(UdpRingTest, SendsOnlyWhatWouldTakeManyCallsWithoutIt) {
    const auto ring = UdpRing::open([] {}).ring;
    ASSERT_TRUE(ring);
    UdpSendQueue queue(ring.get());
    std::vector<UdpSocket> senders;
    for (std::size_t i = 0; i <= UdpSendQueue::kFewRuns; ++i)
        senders.emplace_back(SocketAddress{loopback_, 0}, false);
    UdpSocket socket({loopback_, 0}, false);
    UdpReceiveBuffers buffers;
    const auto send_runs = [&](std::size_t runs) {
        for (const UdpSocket& sender : std::span(senders).first(runs))
            for (const std::string_view body : {"a", "bb"}) // growing, so that none are joined
                queue.add({sender, IpAddress(), socket.bound(), {}, as_bytes(body), 0});
        queue.flush();
    };
    pollfd entry{socket.fd(), POLLIN, 0};
    const auto receive_all = [&](std::size_t count) {
        std::size_t got = 0;
        while (got < count) {
            ASSERT_EQ(::poll(&entry, 1, 10'000), 1) << got << " of " << count;
            got += socket.receive(buffers, kMost, [](const ReceivedDatagram&) {});
        }
        EXPECT_EQ(got, count);
    };
    send_runs(UdpSendQueue::kFewRuns);
    receive_all(2 * UdpSendQueue::kFewRuns);
    // What a ring is given waits there until it is enabled.
    send_runs(UdpSendQueue::kFewRuns + 1);
    EXPECT_EQ(::poll(&entry, 1, 0), 0);
    ring->enable();
    receive_all(2 * (UdpSendQueue::kFewRuns + 1));
    EXPECT_EQ(queue.take_lost(), 0U);
}

// Where there is no ring; io_uring_error() has said so.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(UdpRingTest);
INSTANTIATE_TEST_SUITE_P(Families, UdpRingTest,
                         testing::ValuesIn(io_uring_error() == 0 ? std::vector{kLoopback4, kLoopback6}
                                                                 : std::vector<IpAddress>()),
                         [](const auto& tested) { return tested.param.is_v4() ? "Ipv4" : "Ipv6"; });

TEST(UdpRing, IsThereOrSaysWhyNot) {
    const auto opened = UdpRing::open([] {});
    EXPECT_EQ(opened.ring != nullptr, opened.error == 0);
    EXPECT_EQ(opened.error, io_uring_error());
}

// The kernel takes nothing from a ring that works: what was to be sent is lost at once, and is not sent later from
// where others' datagrams then are.
std::string send_in_vain() {
    auto ring = UdpRing::open([] {}).ring;
    if (!ring) return io_uring_error() != 0 ? "" : "no ring";
    ring->enable();
    const UdpSocket sender({kLoopback4, 0}, false);
    const UdpSocket receiver({kLoopback4, 0}, false);
    UdpSendQueue queue(ring.get(), kAllByRing);
    if (std::string wrong = forbid(__NR_io_uring_enter); !wrong.empty()) return wrong;
    // More than the ring has entries.
    for (std::size_t round = 0; round < 300; ++round) {
        for (const std::string_view body : {"a", "bb", "ccc"}) // growing, so that none are joined
            queue.add({sender, IpAddress(), receiver.bound(), {}, as_bytes(body), 0});
        queue.flush();
        if (const std::size_t lost = queue.take_lost(); lost != 3)
            return std::to_string(lost) + " lost in round " + std::to_string(round);
    }
    return {};
}

TEST(UdpRing, WhatAFailingRingDoesNotTakeIsLost) {
    EXPECT_EXIT(end_process(send_in_vain()), testing::ExitedWithCode(0), "");
}

// In containers above all; some systems may even allow it to be made and not to be used.
std::string open_without(int system_call) {
    const int before = io_uring_error();
    if (std::string wrong = forbid(system_call); !wrong.empty()) return wrong;
    const auto opened = UdpRing::open([] {});
    if (opened.ring) return "a ring";
    return opened.error == EPERM || opened.error == before ? "" : "another reason: " + std::to_string(opened.error);
}

TEST(UdpRing, SaysWhyThereIsNone) {
    for (const int system_call : {__NR_io_uring_setup, __NR_io_uring_register, __NR_io_uring_enter})
        EXPECT_EXIT(end_process(open_without(system_call)), testing::ExitedWithCode(0), "") << system_call;
}

} // namespace
} // namespace vv::net
