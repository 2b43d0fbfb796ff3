#include "net/kernel_for_test.h"
#include "net/udp_ring.h"
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
constexpr std::size_t kAllByRing = 0;

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
        socket.receive(buffers, 10'000, [&](const ReceivedDatagram& in) { got.emplace_back(as_text(in.payload)); });
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

// Several in one round, each written where the one before it was.
TEST_P(UdpSendQueueTest, APayloadThatPassesIsCopied) {
    std::vector<std::string> expected;
    ByteBuffer place;
    for (const std::size_t size :
         {std::size_t{10}, std::size_t{20}, UdpSendQueue::kHeaderMax, UdpSendQueue::kHeaderMax}) {
        place.assign(UdpSendQueue::kHeaderMax, static_cast<std::uint8_t>('a' + expected.size()));
        const ByteView payload = ByteView(place).first(size);
        queue_.add({sender_, IpAddress(), receiver_.bound(), as_bytes("h"), payload, 0, true});
        expected.push_back("h" + std::string(as_text(payload)));
    }
    EXPECT_FALSE(queue_.is_empty());
    place.assign(place.size(), 'x');
    EXPECT_EQ(flushed_lost(), 0U);
    EXPECT_EQ(receive(receiver_, expected.size()), expected);
}

TEST_P(UdpSendQueueTest, ALargerOneThatPassesLeavesAtOnceAndInItsPlace) {
    ByteBuffer place(UdpSendQueue::kHeaderMax + 1, 'b');
    add("", as_bytes("before"));
    queue_.add({sender_, IpAddress(), receiver_.bound(), {}, place, 0, true});
    EXPECT_TRUE(queue_.is_empty());
    place.assign(place.size(), 'x');
    add("", as_bytes("behind"));
    EXPECT_EQ(flushed_lost(), 0U);
    EXPECT_EQ(receive(receiver_, 3),
              (std::vector<std::string>{"before", std::string(UdpSendQueue::kHeaderMax + 1, 'b'), "behind"}));
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

// A peer may choose a path that takes less than a segment; some kernels say EINVAL for that as well.
TEST(UdpSendQueue, OnlyWhatFitsEveryPathSaysThatNothingIsCut) {
    const UdpSocket sender({kLoopback, 0}, false);
    const SocketAddress outside = *SocketAddress::parse("45.10.0.1:5000"); // refused with EINVAL, whatever its size
    UdpSendQueue queue;
    const auto refusals_with = [&](std::size_t size) {
        const std::string body(size, 'x');
        for (int n = 0; n < 2; ++n)
            queue.add({sender, IpAddress(), outside, {}, as_bytes(body), 0});
        queue.flush();
        EXPECT_EQ(queue.take_lost(), 2U);
        return queue.segmentation().refusals();
    };
    EXPECT_EQ(refusals_with(UdpSendQueue::kSegmentFitsAlways + 1), 0);
    EXPECT_EQ(refusals_with(UdpSendQueue::kSegmentFitsAlways), 1);
}

// Through the ring, or by calls of one socket each.
class UdpSendQueueOrderTest : public testing::TestWithParam<bool> {
protected:
    // For this process and thread only.
    static std::unique_ptr<UdpRing> own_ring() {
        if (!GetParam()) return nullptr;
        auto ring = UdpRing::open([] {}).ring;
        EXPECT_TRUE(ring);
        if (ring) ring->enable();
        return ring;
    }
};

// What is refused for the error of an earlier packet is sent again, and not behind what follows it.
TEST_P(UdpSendQueueOrderTest, AnEarlierPacketsErrorNeitherLosesNorReorders) {
    UdpSocket sender({kLoopback, 0}, false);
    ASSERT_TRUE(sender.report_errors());
    UdpSocket receiver({kLoopback, 0}, false);
    SocketAddress closed;
    {
        const UdpSocket gone({kLoopback, 0}, false);
        closed = gone.bound();
    }
    const auto ring = own_ring();
    UdpSendQueue queue(ring.get(), kAllByRing);
    ASSERT_TRUE(sender.send({}, closed, {}, as_bytes("x"))); // its error waits for whatever is sent next
    // Growing, so that none are joined.
    const std::vector<std::string> bodies{"a", "bb", "ccc", "dddd"};
    for (const auto& body : bodies)
        queue.add({sender, IpAddress(), receiver.bound(), {}, as_bytes(body), 0});
    queue.flush();
    EXPECT_EQ(queue.take_lost(), 0U);
    EXPECT_EQ(receive(receiver, bodies.size()), bodies);
}

// Three that belong together and are too large for the path in one piece each, and one that fits.
std::string send_past_the_mtu(const IpAddress& loopback, UdpRing* ring) {
    if (std::string wrong = enter_network(1280); !wrong.empty()) return wrong;
    const UdpSocket sender({loopback, 0}, false);
    UdpSocket receiver({loopback, 0}, false);
    UdpSendQueue queue(ring, kAllByRing);
    const std::vector<std::string> bodies{std::string(1400, 'a'), std::string(1400, 'b'), std::string(40, 'c'),
                                          std::string(1300, 'd'), std::string(1300, 'e'), std::string(1301, 'f')};
    for (int i = 0; i < 2 * SegmentationTrust::kRefusalsMax; ++i) {
        for (const auto& body : bodies)
            queue.add({sender, IpAddress(), receiver.bound(), {}, as_bytes(body), 0});
        queue.flush();
        if (queue.take_lost() != 0) return "lost";
        if (queue.segmentation().refusals() != 0) return "taken for a kernel that does not cut";
        if (receive(receiver, bodies.size()) != bodies) return "not as sent";
    }
    return {};
}

TEST_P(UdpSendQueueOrderTest, WhatIsTooLargeToBeCutIsSentOneByOne) {
    for (const IpAddress& loopback : {kLoopback, kLoopback6})
        EXPECT_EXIT(end_process(send_past_the_mtu(loopback, own_ring().get())), testing::ExitedWithCode(0), "");
}

// No room for one in the middle: it is counted, and those around it arrive in their order.
std::string send_without_room(bool reports_errors, UdpRing* ring) {
    if (std::string wrong = enter_network(1280); !wrong.empty()) return wrong;
    UdpSocket sender({kLoopback, 0}, false);
    if (reports_errors && !sender.report_errors()) return "no errors";
    const int small = 4096;
    if (::setsockopt(sender.fd(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small) != 0) return "no buffer";
    UdpSocket receiver({kLoopback, 0}, false);
    UdpSendQueue queue(ring, kAllByRing);
    const std::string large(60'000, 'x'); // all its pieces are there before the first leaves
    for (const std::string_view body : {std::string_view("first"), std::string_view(large), std::string_view("last")})
        queue.add({sender, IpAddress(), receiver.bound(), {}, as_bytes(body), 0});
    queue.flush();
    if (queue.take_lost() != 1) return "not counted";
    if (receive(receiver, 2) != std::vector<std::string>{"first", "last"}) return "not the others";
    return {};
}

TEST_P(UdpSendQueueOrderTest, WhatFindsNoRoomIsLostAlone) {
    for (const bool reports_errors : {false, true})
        EXPECT_EXIT(end_process(send_without_room(reports_errors, own_ring().get())), testing::ExitedWithCode(0), "");
}

INSTANTIATE_TEST_SUITE_P(Io, UdpSendQueueOrderTest,
                         testing::ValuesIn(io_uring_error() == 0 ? std::vector{false, true} : std::vector{false}),
                         [](const auto& tested) { return tested.param ? "Ring" : "Calls"; });

TEST(UdpSendQueue, OneSuccessForgetsRefusals) {
    SegmentationTrust trust;
    for (int i = 1; i < SegmentationTrust::kRefusalsMax; ++i)
        trust.note({}, 2, 2);
    EXPECT_EQ(trust.refusals(), SegmentationTrust::kRefusalsMax - 1);
    trust.note({}, 2, 1);
    EXPECT_EQ(trust.refusals(), 0);
    for (int i = 1; i < SegmentationTrust::kRefusalsMax; ++i)
        trust.note({}, 1, 1);
    trust.note({}, 0, 0); // nothing was to be cut
    EXPECT_TRUE(trust.holds());
    trust.note({}, 1, 1);
    EXPECT_FALSE(trust.holds());
    trust.note({}, 1, 0);
    EXPECT_FALSE(trust.holds()) << "of what was already under way";
}

TEST(UdpSendQueue, WhatWasGivenUpIsTriedAgainAfterAWhile) {
    const Instant start = Instant() + std::chrono::hours(1);
    SegmentationTrust trust;
    for (int i = 0; i < SegmentationTrust::kRefusalsMax; ++i)
        trust.note(start, 1, 1);
    trust.look_again(start + SegmentationTrust::kRetryAfter - Duration(1));
    EXPECT_FALSE(trust.holds());
    trust.look_again(start + SegmentationTrust::kRetryAfter);
    EXPECT_TRUE(trust.holds());
    // One refusal is enough now, and the time begins anew.
    const Instant later = start + 2 * SegmentationTrust::kRetryAfter;
    trust.note(later, 1, 1);
    EXPECT_FALSE(trust.holds());
    trust.look_again(later + SegmentationTrust::kRetryAfter - Duration(1));
    EXPECT_FALSE(trust.holds());
    trust.look_again(later + SegmentationTrust::kRetryAfter);
    trust.note(later, 1, 0);
    EXPECT_EQ(trust.refusals(), 0);
}

TEST(UdpSendQueue, ManyRefusalsAtOnceCountOnce) {
    SegmentationTrust trust;
    trust.note({}, UdpSendQueue::kMessagesMax, UdpSendQueue::kMessagesMax);
    EXPECT_EQ(trust.refusals(), 1);
}

} // namespace
} // namespace vv::net
