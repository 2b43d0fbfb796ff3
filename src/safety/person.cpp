#include "safety/person.h"

#include "crypto/hash.h"

#include <algorithm>

namespace vv::safety {
namespace {

constexpr std::uint64_t kSiteMask = 0xFFFF'FFFF'FFFF'0000; // the first 48 of 64 bits

bool is_machine_itself(const IpAddress& address) {
    IpAddress::V6 one{};
    one.back() = 1;
    return address == IpAddress::v4(0x7F000001) || address == IpAddress::v6(one);
}

} // namespace

std::optional<DeviceId> DeviceId::of_token(ByteView token) {
    if (token.size() < kTokenSizeMin || token.size() > kTokenSizeMax) return std::nullopt;
    const crypto::Sha256Digest digest = crypto::sha256(token);
    DeviceId id;
    std::copy_n(digest.begin(), id.bytes_.size(), id.bytes_.begin());
    return id;
}

AddressPrefix AddressPrefix::of(const IpAddress& address) {
    const IpAddress plain = address.unmapped();
    ByteReader reader(plain.bytes());
    AddressPrefix prefix(plain.family(), plain.is_v4() ? reader.read_u32().value_or(0) : reader.read_u64().value_or(0));
    prefix.this_machine_ = is_machine_itself(plain);
    return prefix;
}

AddressPrefix AddressPrefix::site() const {
    return family_ == AddressFamily::kIpv4 ? *this : AddressPrefix(family_, bits_ & kSiteMask);
}

bool AddressPrefix::is_this_machine() const {
    return this_machine_;
}

std::array<std::uint8_t, 9> AddressPrefix::bytes() const {
    std::array<std::uint8_t, 9> bytes{static_cast<std::uint8_t>(family_)};
    for (std::size_t i = 0; i < 8; ++i)
        bytes.at(i + 1) = static_cast<std::uint8_t>(bits_ >> (8U * (7 - i)));
    return bytes;
}

} // namespace vv::safety
