#include "net/proxy_header.h"

#include "base/assert.h"

#include <algorithm>
#include <array>

namespace vv::net {
namespace {

constexpr std::array<std::uint8_t, 12> kSignature{0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D,
                                                  0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
constexpr std::size_t kCommandAt = 12;
constexpr std::size_t kFamilyAt = 13;
constexpr std::size_t kLengthAt = 14;

constexpr std::uint8_t kLocal = 0x20; // version 2 in the upper half
constexpr std::uint8_t kProxy = 0x21;
constexpr std::uint8_t kUnspecified = 0x00;
constexpr std::uint8_t kTcpOverIpv4 = 0x11;
constexpr std::uint8_t kTcpOverIpv6 = 0x21;

std::optional<IpAddress> read_address(ByteReader& reader, bool is_v4) {
    if (is_v4) {
        const auto bits = reader.read_u32();
        return bits ? std::optional(IpAddress::v4(*bits)) : std::nullopt;
    }
    const auto slice = reader.read_slice(16);
    if (!slice) return std::nullopt;
    IpAddress::V6 bytes{};
    std::ranges::copy(*slice, bytes.begin());
    return IpAddress::v6(bytes).unmapped();
}

Result<ProxyHeader, ProxyError> read_addresses(ByteView rest, bool is_v4) {
    ByteReader reader(rest);
    const auto client = read_address(reader, is_v4);
    const auto server = read_address(reader, is_v4);
    const auto client_port = reader.read_u16();
    const auto server_port = reader.read_u16();
    if (!client || !server || !client_port || !server_port) return Failure(ProxyError::kTooShort);
    return ProxyHeader{ProxyHeader::Addresses{{*client, *client_port}, {*server, *server_port}}};
}

} // namespace

std::size_t ProxyHeaderReader::rest_size() const {
    return std::size_t{held_[kLengthAt]} << 8U | held_[kLengthAt + 1];
}

std::size_t ProxyHeaderReader::wanted() const {
    if (held_.size() < kProxyFixedSize) return kProxyFixedSize - held_.size();
    return kProxyFixedSize + rest_size() - held_.size();
}

Result<std::optional<ProxyHeader>, ProxyError> ProxyHeaderReader::handle_input(ByteView bytes) {
    VV_ASSERT(bytes.size() <= wanted());
    held_.insert(held_.end(), bytes.begin(), bytes.end());
    const std::size_t compared = std::min(held_.size(), kSignature.size());
    if (!std::equal(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(compared), kSignature.begin())) {
        return Failure(ProxyError::kNoSignature);
    }
    if (held_.size() > kCommandAt && held_[kCommandAt] != kLocal && held_[kCommandAt] != kProxy) {
        return Failure(ProxyError::kBadVersion);
    }
    if (held_.size() < kProxyFixedSize) return std::nullopt;
    if (rest_size() > kProxyRestMax) return Failure(ProxyError::kTooLong);
    if (wanted() > 0) return std::nullopt;
    return parse();
}

Result<ProxyHeader, ProxyError> ProxyHeaderReader::parse() const {
    // Of LOCAL everything else is to be ignored; of an unspecified family, the addresses.
    if (held_[kCommandAt] == kLocal || held_[kFamilyAt] == kUnspecified) return ProxyHeader{};
    const ByteView rest = ByteView(held_).subspan(kProxyFixedSize);
    if (held_[kFamilyAt] == kTcpOverIpv4) return read_addresses(rest, true);
    if (held_[kFamilyAt] == kTcpOverIpv6) return read_addresses(rest, false);
    return Failure(ProxyError::kBadFamily);
}

} // namespace vv::net
