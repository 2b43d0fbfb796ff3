#include "net/clock.h"
#include "net/interfaces.h"
#include "net/mdns_socket.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

// Two hosts of one machine hear each other, as a browser and a peer of ours on it do.
TEST(MdnsSocketTest, ANameIsFoundOnThisMachine) {
    const auto addresses = interface_addresses();
    const auto outside = std::ranges::find_if(addresses, [](const IpAddress& ip) { return !ip.is_loopback(); });
    if (outside == addresses.end()) GTEST_SKIP() << "this machine has no network, and so no group";
    EventLoop loop;
    std::optional<mdns::Resolved> found;
    MdnsSocket owner(loop, [](const mdns::Resolved&) {});
    MdnsSocket seeker(loop, [&found](const mdns::Resolved& resolved) { found = resolved; });
    loop.run_once({});
    owner.own("1f4712db-ea17-4bcf-a596-105139dfd8bf.local", *outside);
    seeker.resolve("1f4712db-ea17-4bcf-a596-105139dfd8bf.local");
    const Instant limit = monotonic_now() + 10s;
    while (!found && monotonic_now() < limit)
        loop.run_once(100ms);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->address, *outside);
}

TEST(MdnsSocketTest, WhatIsNoNameHasNoAddress) {
    EventLoop loop;
    std::optional<mdns::Resolved> found;
    MdnsSocket seeker(loop, [&found](const mdns::Resolved& resolved) { found = resolved; });
    seeker.resolve("a..local");
    ASSERT_TRUE(found.has_value());
    EXPECT_FALSE(found->address.has_value());
}

} // namespace
} // namespace vv::net
