#include "stun/source_limiter.h"

#include <algorithm>
#include <array>

namespace vv::stun {

RateGate& SourceLimiter::place_of(const IpAddress& source) {
    return places_[crypto::siphash(key_, address_block(source).bytes()) % kPlaces];
}

RateGate& SourceLimiter::place_of(const SocketAddress& source) {
    std::array<std::uint8_t, 16 + 2> bytes{};
    std::ranges::copy(source.ip.bytes(), bytes.begin());
    bytes[16] = static_cast<std::uint8_t>(source.port >> 8U);
    bytes[17] = static_cast<std::uint8_t>(source.port);
    return places_[crypto::siphash(key_, bytes) % kPlaces];
}

} // namespace vv::stun
