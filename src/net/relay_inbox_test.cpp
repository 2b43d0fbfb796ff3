// The queue alone; what shards make of it is in relay_across_test.
#include "net/relay_inbox.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <limits>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <thread>
#include <vector>

namespace vv::net {
namespace {

using Put = RelayInbox::Put;

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

turn::RelaySocket relay(std::uint16_t port) {
    return {AddressFamily::kIpv4, RelayPort(port)};
}

Put put(RelayInbox& inbox, std::string_view text, std::uint16_t from = 1) {
    return inbox.put({relay(from), relay(2), as_bytes(text), false});
}

std::vector<std::string> take(RelayInbox& inbox, std::size_t most = kAll) {
    std::vector<std::string> got;
    const std::size_t count =
        inbox.take(most, [&](const turn::ForwardToRelay& packet) { got.emplace_back(as_text(packet.payload)); });
    EXPECT_EQ(count, got.size());
    return got;
}

TEST(RelayInbox, HandsOnWhatCameAsItCame) {
    RelayInbox inbox;
    const turn::RelaySocket to{AddressFamily::kIpv6, RelayPort(50'001)};
    std::string text = "copied";
    EXPECT_EQ(inbox.put({{AddressFamily::kIpv6, RelayPort(50'000)}, to, as_bytes(text), false}), Put::kQueuedFirst);
    text = "gone  ";
    EXPECT_EQ(put(inbox, ""), Put::kQueued) << "of no bytes, which is a packet too";
    std::vector<turn::ForwardToRelay> got;
    EXPECT_EQ(inbox.take(kAll, [&](const turn::ForwardToRelay& packet) { got.push_back(packet); }), 2U);
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0].from.port.value(), 50'000);
    EXPECT_EQ(got[0].to, to);
    EXPECT_EQ(as_text(got[0].payload), "copied") << "it stays until the next take()";
    EXPECT_TRUE(got[1].payload.empty());
    EXPECT_TRUE(take(inbox).empty());
}

TEST(RelayInbox, OnlyTheFirstIsToldOf) {
    RelayInbox inbox;
    EXPECT_EQ(put(inbox, "a"), Put::kQueuedFirst);
    EXPECT_EQ(put(inbox, "b"), Put::kQueued);
    EXPECT_EQ(take(inbox, 1), std::vector<std::string>{"a"});
    EXPECT_TRUE(inbox.has_left());
    EXPECT_EQ(put(inbox, "c"), Put::kQueuedFirst);
    EXPECT_EQ(take(inbox), std::vector<std::string>{"b"});
    EXPECT_TRUE(inbox.has_left()) << "the reader has been told of it before it could take it";
    EXPECT_EQ(take(inbox), std::vector<std::string>{"c"});
    EXPECT_FALSE(inbox.has_left());
}

TEST(RelayInbox, BecomesReadableWithEachWake) {
    RelayInbox inbox;
    pollfd waiting{inbox.fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&waiting, 1, 0), 0);
    inbox.wake();
    EXPECT_EQ(::poll(&waiting, 1, 0), 1);
}

TEST(RelayInbox, WhatFindsNoRoomIsRefusedUntilTheReaderComes) {
    RelayInbox inbox;
    for (std::size_t i = 0; i < RelayInbox::kPacketsMax; ++i)
        ASSERT_NE(put(inbox, std::to_string(i)), Put::kRefused);
    EXPECT_EQ(put(inbox, "one too many"), Put::kRefused);
    const auto got = take(inbox, 10);
    ASSERT_EQ(got.size(), 10U);
    EXPECT_EQ(got[9], "9") << "the oldest stay";
    EXPECT_EQ(put(inbox, "later"), Put::kQueuedFirst);
    EXPECT_EQ(take(inbox).size(), RelayInbox::kPacketsMax - 10);
    EXPECT_EQ(take(inbox), std::vector<std::string>{"later"});
}

TEST(RelayInbox, BytesAreBoundedToo) {
    RelayInbox inbox;
    const std::string large(60'000, 'x');
    std::size_t bytes = 0;
    while (put(inbox, large) != Put::kRefused)
        bytes += large.size();
    EXPECT_LE(bytes, RelayInbox::kBytesMax);
    EXPECT_GT(bytes + large.size(), RelayInbox::kBytesMax);
    EXPECT_EQ(put(inbox, "a small one"), Put::kQueued);
    EXPECT_EQ(take(inbox).back(), "a small one");
}

// Several senders at once, and a reader who sleeps until it is told.
TEST(RelayInbox, PacketsOfEachThreadStayInOrderAndNoneIsForgotten) {
    constexpr std::uint16_t kThreads = 4;
    constexpr std::size_t kEach = 20'000;
    RelayInbox inbox;
    std::atomic<std::size_t> refused = 0;
    std::vector<std::jthread> senders;
    for (std::uint16_t thread = 0; thread < kThreads; ++thread) {
        senders.emplace_back([&, thread] {
            for (std::size_t i = 0; i < kEach; ++i) {
                const Put outcome = put(inbox, std::to_string(i), thread);
                if (outcome == Put::kQueuedFirst) inbox.wake();
                if (outcome == Put::kRefused) ++refused;
            }
            inbox.wake(); // what was refused last is told by nobody
        });
    }
    const UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {}};
    ASSERT_EQ(::epoll_ctl(epoll.value(), EPOLL_CTL_ADD, inbox.fd(), &event), 0);
    std::vector<std::size_t> next(kThreads, 0);
    std::size_t got = 0;
    bool is_in_order = true;
    while (got + refused < kThreads * kEach) {
        ASSERT_EQ(::epoll_wait(epoll.value(), &event, 1, 10'000), 1) << "nobody has told of the rest";
        do {
            got += inbox.take(100, [&](const turn::ForwardToRelay& packet) {
                std::size_t& wanted = next.at(packet.from.port.value());
                const std::size_t number = std::stoull(std::string(as_text(packet.payload)));
                is_in_order = is_in_order && number >= wanted;
                wanted = number + 1;
            });
        } while (inbox.has_left());
    }
    EXPECT_TRUE(is_in_order);
    EXPECT_GT(got, 0U);
}

} // namespace
} // namespace vv::net
