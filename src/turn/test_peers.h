// Lists of peers for tests: addresses nobody may be relayed to, with at least
// one of every block, and addresses everybody may.
#pragma once

#include "base/socket_address.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace vv::turn::test {

inline IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

inline const std::vector<std::string_view> kPublicV4{"1.1.1.1",    "8.8.8.8",     "9.9.9.9",         "11.255.255.255",
                                                     "100.0.0.1",  "151.101.1.1", "172.15.0.1",      "192.0.1.1",
                                                     "198.20.0.1", "203.0.114.1", "223.255.255.254", "168.63.129.17"};
inline const std::vector<std::string_view> kPublicV6{
    "2606:4700:4700::1111", "2a00:1450:4001:827::200e", "2001:4860:4860::8888", "2600::", "3ffe::1", "2001:200::1"};

inline const std::vector<std::string_view> kDeniedV4{
    "0.0.0.0",         "0.0.0.1",         "0.1.2.3",        "10.0.0.1",        "10.255.255.255",  "100.64.0.1",
    "100.100.100.200", "127.0.0.1",       "127.8.9.10",     "127.255.255.255", "168.63.129.16",   "169.254.0.1",
    "169.254.169.254", "172.16.0.1",      "172.31.255.255", "192.0.0.1",       "192.0.0.192",     "192.0.2.1",
    "192.31.196.1",    "192.52.193.1",    "192.88.99.1",    "192.168.0.1",     "192.168.255.255", "192.175.48.1",
    "198.18.0.1",      "198.19.255.255",  "198.51.100.1",   "203.0.113.1",     "224.0.0.1",       "239.255.255.255",
    "240.0.0.1",       "255.255.255.254", "255.255.255.255"};
inline const std::vector<std::string_view> kDeniedV6{
    "::",      "::1",     "::2",       "100::1",     "100:0:0:1::1", "64:ff9b::1",  "64:ff9b:1::1",  "200::1",
    "1fff::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1",   "2001:db8::1", "2002::1",       "2620:4f:8000::1",
    "3fff::1", "4000::1", "5f00::1",   "8000::1",    "fc00::1",      "fd00::1",     "fd00:ec2::254", "fdff::1",
    "fe00::1", "fe80::1", "febf::1",   "fec0::1",    "feff::1",      "ff01::1",     "ff02::1",       "ff0e::1"};

/// A block of peers nobody may be relayed to, and the addresses next to it; empty: that one is in another such block.
struct Edges {
    std::string_view before;
    std::string_view first;
    std::string_view last;
    std::string_view after;
};
/// With lengths that do and do not fall on a byte or a digit.
inline const std::vector<Edges> kDeniedEdges{
    {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
    {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
    {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
    {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
    {"223.255.255.255", "224.0.0.0", "239.255.255.255", {}},
    {{}, "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"},
    {{}, "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"},
    {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
    {"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"},
    {"2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff",
     "2620:4f:8001::"},
    {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
    {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", {}},
};

/// The same IPv4 address in every IPv6 form that some network would turn back into it.
inline std::vector<IpAddress> encodings_of(const IpAddress& v4) {
    const auto place = [&](std::string_view prefix, std::size_t offset, std::uint8_t inverted) {
        IpAddress::V6 bytes{};
        std::ranges::copy(ip(prefix).bytes(), bytes.begin());
        for (std::size_t i = 0; i < 4; ++i)
            bytes[offset + i] = v4.bytes()[i] ^ inverted;
        return IpAddress::v6(bytes);
    };
    return {place("::", 12, 0),                    // IPv4-compatible
            place("::ffff:0:0", 12, 0),            // IPv4-mapped
            place("::ffff:0:0:0", 12, 0),          // SIIT
            place("64:ff9b::", 12, 0),             // NAT64
            place("64:ff9b:1::", 12, 0),           // local NAT64
            place("2002::", 2, 0),                 // 6to4
            place("2001:0:4136:e378::", 12, 0xFF), // Teredo
            place("2600:1:2:3:0:5efe::", 12, 0),   // ISATAP
            place("2600:1:2:3:200:5efe::", 12, 0)};
}

} // namespace vv::turn::test
