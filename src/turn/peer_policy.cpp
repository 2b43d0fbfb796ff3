#include "turn/peer_policy.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace vv::turn {
namespace {

// IANA IPv4 and IPv6 Special-Purpose Address Registries, the multicast and
// reserved blocks, and what tunnels or translates. Each with why it exists.
constexpr std::array kSpecialPurpose{
    std::string_view{"0.0.0.0/8"},        // this network (RFC 791); many stacks take it for this host
    std::string_view{"10.0.0.0/8"},       // private (RFC 1918)
    std::string_view{"100.64.0.0/10"},    // carrier NAT (RFC 6598)
    std::string_view{"127.0.0.0/8"},      // loopback
    std::string_view{"168.63.129.16/32"}, // a public number, but Azure's host agent in every Azure machine
    std::string_view{"169.254.0.0/16"},   // link-local, and cloud metadata
    std::string_view{"172.16.0.0/12"},    // private (RFC 1918)
    std::string_view{"192.0.0.0/24"},     // protocol assignments (RFC 6890)
    std::string_view{"192.0.2.0/24"},     // documentation
    std::string_view{"192.31.196.0/24"},  // AS112
    std::string_view{"192.52.193.0/24"},  // AMT
    std::string_view{"192.88.99.0/24"},   // 6to4 relays, withdrawn
    std::string_view{"192.168.0.0/16"},   // private (RFC 1918)
    std::string_view{"192.175.48.0/24"},  // AS112
    std::string_view{"198.18.0.0/15"},    // benchmarks
    std::string_view{"198.51.100.0/24"},  // documentation
    std::string_view{"203.0.113.0/24"},   // documentation
    std::string_view{"224.0.0.0/4"},      // multicast
    std::string_view{"240.0.0.0/4"},      // reserved, and broadcast
    // Only 2000::/3 is global unicast (RFC 4291 §2.4). These three are the rest:
    // ::, ::1, ::a.b.c.d, ::ffff:0:0/96, ::ffff:0:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48, 100::/64,
    // 5f00::/16, fc00::/7, fe80::/10, fec0::/10, ff00::/8.
    std::string_view{"::/3"}, std::string_view{"4000::/2"}, std::string_view{"8000::/1"},
    std::string_view{"2001::/23"},         // protocol assignments: Teredo, benchmarks, ORCHID, drone ids
    std::string_view{"2001:db8::/32"},     // documentation
    std::string_view{"2002::/16"},         // 6to4 (RFC 8656 §21.2 names it)
    std::string_view{"2620:4f:8000::/48"}, // AS112
    std::string_view{"3fff::/20"},         // documentation
};

const std::vector<IpPrefix>& special_purpose() {
    static const std::vector<IpPrefix> kPrefixes = [] {
        std::vector<IpPrefix> prefixes;
        for (const std::string_view text : kSpecialPurpose) {
            const auto prefix = IpPrefix::parse(text);
            VV_ASSERT(prefix.has_value());
            prefixes.push_back(*prefix);
        }
        return prefixes;
    }();
    return kPrefixes;
}

bool contains(const std::vector<IpPrefix>& prefixes, const IpAddress& ip) {
    return std::ranges::any_of(prefixes, [&](const IpPrefix& prefix) { return prefix.contains(ip); });
}

struct Embedding {
    std::string_view prefix;
    std::size_t offset;    // of the IPv4 address
    std::uint8_t inverted; // XORed over it: Teredo hides the client's address
};
constexpr std::array kEmbeddings{
    Embedding{"::/96", 12, 0x00},           // IPv4-compatible (RFC 4291 §2.5.5.1)
    Embedding{"::ffff:0:0/96", 12, 0x00},   // IPv4-mapped (RFC 4291 §2.5.5.2)
    Embedding{"::ffff:0:0:0/96", 12, 0x00}, // IPv4-translated, SIIT (RFC 2765)
    Embedding{"64:ff9b::/96", 12, 0x00},    // NAT64 (RFC 6052)
    Embedding{"64:ff9b:1::/48", 12, 0x00},  // local NAT64 (RFC 8215), taken as /96
    Embedding{"2002::/16", 2, 0x00},        // 6to4 (RFC 3056)
    Embedding{"2001::/32", 12, 0xFF},       // Teredo (RFC 4380)
};

IpAddress v4_at(ByteView bytes, std::size_t offset, std::uint8_t inverted) {
    IpAddress::V4 v4{};
    for (std::size_t i = 0; i < v4.size(); ++i)
        v4[i] = bytes[offset + i] ^ inverted;
    return IpAddress::v4(v4);
}

// RFC 5214 §6.1: the interface identifier is 0000:5efe or 0200:5efe and the IPv4 address, under any prefix.
bool is_isatap(ByteView bytes) {
    return (bytes[8] & 0xFDU) == 0 && bytes[9] == 0 && bytes[10] == 0x5E && bytes[11] == 0xFE;
}

} // namespace

std::optional<IpAddress> embedded_v4(const IpAddress& ip) {
    if (ip.is_v4()) return std::nullopt;
    static const std::vector<IpPrefix> kPrefixes = [] {
        std::vector<IpPrefix> prefixes;
        prefixes.reserve(kEmbeddings.size());
        for (const Embedding& embedding : kEmbeddings)
            prefixes.push_back(IpPrefix::parse(embedding.prefix).value());
        return prefixes;
    }();
    for (std::size_t i = 0; i < kEmbeddings.size(); ++i) {
        if (kPrefixes[i].contains(ip)) return v4_at(ip.bytes(), kEmbeddings[i].offset, kEmbeddings[i].inverted);
    }
    if (is_isatap(ip.bytes())) return v4_at(ip.bytes(), 12, 0);
    return std::nullopt;
}

bool is_special_purpose(const IpAddress& ip) {
    return contains(special_purpose(), ip) || (!ip.is_v4() && is_isatap(ip.bytes()));
}

PeerPolicy::PeerPolicy(const ServerConfig& config, std::span<const IpAddress> former)
    : relays_(former.begin(), former.end()),
      own_(config.own_addresses),
      allow_(config.allow_peers),
      deny_(config.deny_peers),
      relay_ports_(config.server_ports),
      service_ports_(config.service_ports) {
    for (const auto& relay : {config.ipv4, config.ipv6}) {
        if (!relay) continue;
        relays_.push_back(relay->advertised);
        if (relay->local != relay->advertised) own_.push_back(relay->local);
    }
}

bool PeerPolicy::is_own_relay_address(const IpAddress& ip) const {
    return std::ranges::find(relays_, ip) != relays_.end();
}

// Ours, and not the plain form of the address we advertise: no exception opens it.
bool PeerPolicy::is_own_other(const IpAddress& ip) const {
    // The kernel takes the unspecified address for this host.
    if (ip.is_unspecified() || std::ranges::find(own_, ip) != own_.end()) return true;
    const auto inner = embedded_v4(ip);
    return inner && (is_own_relay_address(*inner) || is_own_other(*inner));
}

// All of 127.0.0.0/8 is this host, though its interface has one address of it.
bool PeerPolicy::is_service_on_loopback(const SocketAddress& peer) const {
    if (std::ranges::find(service_ports_, peer.port) == service_ports_.end()) return false;
    const auto inner = embedded_v4(peer.ip);
    return peer.ip.is_loopback() || (inner && inner->is_loopback());
}

bool PeerPolicy::passes_lists(const IpAddress& ip) const {
    if (contains(deny_, ip)) return false;
    return contains(allow_, ip) || !is_special_purpose(ip);
}

bool PeerPolicy::permits_address(const IpAddress& ip) const {
    if (is_own_relay_address(ip)) return true;
    if (is_own_other(ip)) return false;
    const auto inner = embedded_v4(ip);
    return passes_lists(ip) && (!inner || passes_lists(*inner));
}

bool PeerPolicy::permits(const SocketAddress& peer) const {
    if (peer.port == 0) return false;
    if (is_own_relay_address(peer.ip)) return relay_ports_.contains(peer.port);
    return permits_address(peer.ip) && !is_own_service(peer);
}

} // namespace vv::turn
