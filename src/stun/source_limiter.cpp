#include "stun/source_limiter.h"

#include <algorithm>
#include <array>

namespace vv::stun {

std::size_t SourceLimiter::place_in_table(const crypto::SipHashKey& key, const IpAddress& source, std::size_t places) {
    return crypto::siphash(key, address_block(source).bytes()) % places;
}

std::size_t SourceLimiter::place_in_table(const crypto::SipHashKey& key, const SocketAddress& source) {
    std::array<std::uint8_t, 16 + 2> bytes{};
    std::ranges::copy(source.ip.bytes(), bytes.begin());
    bytes[16] = static_cast<std::uint8_t>(source.port >> 8U);
    bytes[17] = static_cast<std::uint8_t>(source.port);
    return crypto::siphash(key, bytes) % kPlaces;
}

} // namespace vv::stun
