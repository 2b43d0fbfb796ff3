#include "net/clock.h"
#include "net/mdns_socket.h"

#include <gtest/gtest.h>

#include <chrono>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <optional>
#include <sys/socket.h>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

// In the kernel's words: which interface would lead to everybody on it.
bool has_group(AddressFamily family) {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return false;
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(first, &::freeifaddrs);
    for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
        const bool is_its = one->ifa_addr != nullptr &&
                            one->ifa_addr->sa_family == (family == AddressFamily::kIpv4 ? AF_INET : AF_INET6);
        if (is_its && (one->ifa_flags & IFF_MULTICAST) != 0 && (one->ifa_flags & IFF_UP) != 0) return true;
    }
    return false;
}

// Two hosts of one machine hear each other, as a browser and a peer of ours on it do.
TEST(MdnsSocketTest, ANameIsFoundOnThisMachineOverEachFamily) {
    const IpAddress address = IpAddress::v4({192, 0, 2, 77});
    for (const AddressFamily family : {AddressFamily::kIpv4, AddressFamily::kIpv6}) {
        if (!has_group(family)) continue; // this machine's network has no such family
        EventLoop loop;
        std::optional<mdns::Resolved> found;
        MdnsSocket owner(loop, [](const mdns::Resolved&) {}, {family});
        MdnsSocket seeker(loop, [&found](const mdns::Resolved& resolved) { found = resolved; }, {family});
        loop.run_once({});
        owner.own("1f4712db-ea17-4bcf-a596-105139dfd8bf.local", address);
        seeker.resolve("1f4712db-ea17-4bcf-a596-105139dfd8bf.local");
        const Instant limit = monotonic_now() + 10s;
        while (!found && monotonic_now() < limit)
            loop.run_once(100ms);
        ASSERT_TRUE(found.has_value());
        EXPECT_EQ(found->address, address) << static_cast<int>(family);
    }
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
