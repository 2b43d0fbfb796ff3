#include "base/socket_address.h"

#include <algorithm>
#include <charconv>

namespace vv {
namespace {

constexpr IpAddress::V6 kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr std::size_t kMappedPrefixSize = 12;

template <typename Integer>
std::optional<Integer> parse_integer(std::string_view text, int radix, std::size_t digits_max) {
    if (text.empty() || text.size() > digits_max) return std::nullopt;
    Integer value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, radix);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<IpAddress::V4> parse_v4(std::string_view text) {
    IpAddress::V4 bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::size_t dot = i + 1 < bytes.size() ? text.find('.') : text.size();
        if (dot == std::string_view::npos) return std::nullopt;
        const std::string_view part = text.substr(0, dot);
        // A leading zero means octal to some readers; refuse what two readers could read differently.
        if (part.size() > 1 && part.front() == '0') return std::nullopt;
        const auto value = parse_integer<std::uint8_t>(part, 10, 3);
        if (!value) return std::nullopt;
        bytes[i] = *value;
        text.remove_prefix(std::min(text.size(), dot + 1));
    }
    return bytes;
}

// Appends the groups of one side of "::". The last group may be an IPv4 address.
bool parse_v6_groups(std::string_view text, ByteBuffer& out) {
    ByteWriter writer(out);
    while (!text.empty()) {
        const std::size_t colon = text.find(':');
        const std::string_view group = text.substr(0, colon);
        if (colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
            const auto v4 = parse_v4(group);
            if (!v4) return false;
            writer.write(*v4);
            return true;
        }
        const auto value = parse_integer<std::uint16_t>(group, 16, 4);
        if (!value) return false;
        writer.write_u16(*value);
        if (colon == std::string_view::npos) return true;
        text.remove_prefix(colon + 1);
        if (text.empty()) return false; // a trailing single colon
    }
    return true;
}

std::optional<IpAddress::V6> parse_v6(std::string_view text) {
    const std::size_t gap = text.find("::");
    ByteBuffer head;
    ByteBuffer tail;
    if (gap == std::string_view::npos) {
        if (!parse_v6_groups(text, head) || head.size() != 16) return std::nullopt;
    } else {
        const std::string_view left = text.substr(0, gap);
        if (left.find('.') != std::string_view::npos) return std::nullopt;
        if (!parse_v6_groups(left, head) || !parse_v6_groups(text.substr(gap + 2), tail)) return std::nullopt;
        if (head.size() + tail.size() > 14) return std::nullopt;
    }
    IpAddress::V6 bytes{};
    std::copy(head.begin(), head.end(), bytes.begin());
    std::copy(tail.begin(), tail.end(), bytes.end() - static_cast<std::ptrdiff_t>(tail.size()));
    return bytes;
}

// The longest run of two or more zero groups, the first of equals (RFC 5952 §4.2).
std::pair<std::size_t, std::size_t> longest_zero_run(const std::array<std::uint16_t, 8>& groups) {
    std::size_t best = 8;
    std::size_t best_length = 1;
    for (std::size_t i = 0; i < groups.size();) {
        std::size_t length = 0;
        while (i + length < groups.size() && groups[i + length] == 0)
            ++length;
        if (length > best_length) {
            best = i;
            best_length = length;
        }
        i += length + 1;
    }
    return {best, best_length};
}

std::string v4_to_string(ByteView bytes) {
    std::string text;
    for (std::size_t i = 0; i < 4; ++i) {
        if (i > 0) text.push_back('.');
        text += std::to_string(bytes[i]);
    }
    return text;
}

std::string v6_to_string(ByteView bytes) {
    if (std::equal(kMappedPrefix.begin(), kMappedPrefix.begin() + kMappedPrefixSize, bytes.begin())) {
        return "::ffff:" + v4_to_string(bytes.subspan(kMappedPrefixSize));
    }
    std::array<std::uint16_t, 8> groups{};
    ByteReader reader(bytes);
    for (auto& group : groups)
        group = reader.read_u16().value_or(0); // the address has sixteen bytes
    const auto [gap, gap_length] = longest_zero_run(groups);
    std::string text;
    for (std::size_t i = 0; i < groups.size();) {
        if (i == gap) {
            text += "::";
            i += gap_length;
            continue;
        }
        if (!text.empty() && text.back() != ':') text.push_back(':');
        std::array<char, 4> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), groups[i], 16).ptr;
        text.append(digits.data(), end);
        ++i;
    }
    return text;
}

// FNV-1a: these hashes index tables and are never exposed; keyed tables live where strangers choose the keys.
std::size_t hash_bytes(ByteView bytes, std::size_t seed) {
    std::size_t hash = seed;
    for (const std::uint8_t byte : bytes)
        hash = (hash ^ byte) * 0x100000001B3U;
    return hash;
}
constexpr std::size_t kHashSeed = 0xCBF29CE484222325U;

} // namespace

IpAddress IpAddress::v4(const V4& bytes) {
    IpAddress address;
    std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
    return address;
}

IpAddress IpAddress::v4(std::uint32_t host_order) {
    return v4(V4{static_cast<std::uint8_t>(host_order >> 24U), static_cast<std::uint8_t>(host_order >> 16U),
                 static_cast<std::uint8_t>(host_order >> 8U), static_cast<std::uint8_t>(host_order)});
}

IpAddress IpAddress::v6(const V6& bytes) {
    IpAddress address;
    address.family_ = AddressFamily::kIpv6;
    address.bytes_ = bytes;
    return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.find(':') == std::string_view::npos) {
        const auto bytes = parse_v4(text);
        if (!bytes) return std::nullopt;
        return v4(*bytes);
    }
    const auto bytes = parse_v6(text);
    if (!bytes) return std::nullopt;
    return v6(*bytes);
}

ByteView IpAddress::bytes() const {
    return ByteView(bytes_).first(is_v4() ? 4 : 16);
}

bool IpAddress::is_unspecified() const {
    return std::ranges::all_of(bytes(), [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const {
    if (is_v4()) return bytes_[0] == 127;
    return bytes_[15] == 1 &&
           std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t byte) { return byte == 0; });
}

IpAddress IpAddress::unmapped() const {
    if (is_v4()) return *this;
    if (!std::equal(kMappedPrefix.begin(), kMappedPrefix.begin() + kMappedPrefixSize, bytes_.begin())) return *this;
    return v4(V4{bytes_[12], bytes_[13], bytes_[14], bytes_[15]});
}

IpAddress IpAddress::first_bits(unsigned length) const {
    VV_ASSERT(length <= bytes().size() * 8);
    IpAddress block = *this;
    for (unsigned i = 0; i < bytes().size(); ++i) {
        const unsigned kept = std::min(8U, length > i * 8 ? length - i * 8 : 0);
        block.bytes_[i] = static_cast<std::uint8_t>(bytes_[i] & (0xFF00U >> kept));
    }
    return block;
}

IpAddress address_block(const IpAddress& ip, unsigned ipv6_length) {
    const IpAddress plain = ip.unmapped();
    return plain.is_v4() ? plain : plain.first_bits(ipv6_length);
}

std::string IpAddress::to_string() const {
    return is_v4() ? v4_to_string(bytes()) : v6_to_string(bytes());
}

std::optional<SocketAddress> SocketAddress::parse(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    const auto ip = IpAddress::parse(host);
    const auto port = parse_integer<std::uint16_t>(text.substr(colon + 1), 10, 5);
    if (!ip || !port || ip->is_v4() == bracketed) return std::nullopt;
    return SocketAddress{*ip, *port};
}

std::string SocketAddress::to_string() const {
    const std::string host = ip.to_string();
    return (ip.is_v4() ? host : "[" + host + "]") + ":" + std::to_string(port);
}

IpPrefix::IpPrefix(const IpAddress& address, unsigned length) : address_(address.first_bits(length)), length_(length) {}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto address = IpAddress::parse(text.substr(0, slash));
    const auto length = parse_integer<unsigned>(text.substr(slash + 1), 10, 3);
    if (!address || !length || *length > address->bytes().size() * 8) return std::nullopt;
    return IpPrefix(*address, *length);
}

bool IpPrefix::contains(const IpAddress& address) const {
    if (address.family() != address_.family()) return false;
    return address.first_bits(length_) == address_;
}

std::string IpPrefix::to_string() const {
    return address_.to_string() + "/" + std::to_string(length_);
}

} // namespace vv

std::size_t std::hash<vv::IpAddress>::operator()(const vv::IpAddress& ip) const noexcept {
    return vv::hash_bytes(ip.bytes(), vv::kHashSeed);
}

std::size_t std::hash<vv::SocketAddress>::operator()(const vv::SocketAddress& address) const noexcept {
    const std::array<std::uint8_t, 2> port{static_cast<std::uint8_t>(address.port >> 8U),
                                           static_cast<std::uint8_t>(address.port)};
    return vv::hash_bytes(port, std::hash<vv::IpAddress>{}(address.ip));
}
