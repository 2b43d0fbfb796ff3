// Lists of peers for tests: addresses nobody may be relayed to, with at least
// one of every block, and addresses everybody may.
#pragma once

#include "base/socket_address.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
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

/// Blocks nobody may be relayed to, as the registries and RFCs have them: written again here, so that one that is a bit
/// too wide or too narrow in the policy is seen. The last three are all that is not global unicast.
inline constexpr std::array kDeniedBlocks = std::to_array<std::string_view>({
    "0.0.0.0/8",      "10.0.0.0/8",      "100.64.0.0/10", "127.0.0.0/8",     "168.63.129.16/32", "169.254.0.0/16",
    "172.16.0.0/12",  "192.0.0.0/24",    "192.0.2.0/24",  "192.31.196.0/24", "192.52.193.0/24",  "192.88.99.0/24",
    "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",   "224.0.0.0/4",
    "240.0.0.0/4",    "::/128",          "::1/128",       "::ffff:0:0/96",   "64:ff9b::/96",     "64:ff9b:1::/48",
    "100::/64",       "100:0:0:1::/64",  "2001::/23",     "2001:1::1/128",   "2001:2::/48",      "2001:4:112::/48",
    "2001:10::/28",   "2001:20::/28",    "2001:30::/28",  "2001:db8::/32",   "2002::/16",        "2620:4f:8000::/48",
    "3fff::/20",      "5f00::/16",       "fc00::/7",      "fe80::/10",       "fec0::/10",        "ff00::/8",
    "::/3",           "4000::/2",        "8000::/1",
});

/// The first and the last address of a block, and those next to it; nothing: there is none.
struct Edges {
    std::optional<IpAddress> before;
    IpAddress first;
    IpAddress last;
    std::optional<IpAddress> after;

    [[nodiscard]] bool contain(const IpAddress& ip) const {
        return ip.family() == first.family() && first <= ip && ip <= last;
    }
};

inline std::optional<IpAddress> next_to(const IpAddress& address, bool up) {
    IpAddress::V6 bytes{};
    std::ranges::copy(address.bytes(), bytes.begin());
    const std::uint8_t wraps = up ? 0xFF : 0x00;
    std::size_t place = address.bytes().size();
    do {
        if (place == 0) return std::nullopt;
        --place;
        bytes[place] = static_cast<std::uint8_t>(bytes[place] + (up ? 1 : -1));
    } while (address.bytes()[place] == wraps);
    return address.is_v4() ? IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]}) : IpAddress::v6(bytes);
}

/// Of "10.0.0.0/8", by arithmetic of its own, not by what is tested.
inline Edges edges_of(std::string_view block) {
    const std::size_t slash = block.find('/');
    const IpAddress first = ip(block.substr(0, slash));
    unsigned length = 0;
    (void)std::from_chars(block.data() + slash + 1, block.data() + block.size(), length);
    IpAddress::V6 bytes{};
    std::ranges::copy(first.bytes(), bytes.begin());
    for (unsigned bit = length; bit < 8 * first.bytes().size(); ++bit)
        bytes[bit / 8] |= static_cast<std::uint8_t>(0x80U >> (bit % 8));
    const IpAddress last =
        first.is_v4() ? IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]}) : IpAddress::v6(bytes);
    return {next_to(first, false), first, last, next_to(last, true)};
}

/// Of every block above; without the neighbours that are in another one.
inline std::vector<Edges> denied_edges() {
    std::vector<Edges> all;
    all.reserve(kDeniedBlocks.size());
    for (const std::string_view block : kDeniedBlocks)
        all.push_back(edges_of(block));
    std::vector<Edges> own = all;
    for (Edges& edges : own) {
        for (std::optional<IpAddress>* neighbour : {&edges.before, &edges.after}) {
            const auto is_inside = [&](const Edges& other) { return other.contain(**neighbour); };
            if (*neighbour && std::ranges::any_of(all, is_inside)) neighbour->reset();
        }
    }
    return own;
}

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
