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
