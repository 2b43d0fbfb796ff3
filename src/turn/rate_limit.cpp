#include "turn/rate_limit.h"

namespace vv::turn {

IpAddress source_block(const IpAddress& ip) {
    constexpr unsigned kIpv6Block = 64;
    const IpAddress plain = ip.unmapped();
    return plain.is_v4() ? plain : IpPrefix(plain, kIpv6Block).address();
}

bool SourceLimiter::admit(Instant now, const IpAddress& source) {
    const IpAddress block = source_block(source);
    return places_[crypto::siphash(key_, block.bytes()) % kPlaces].admit(rate_, now, 1);
}

} // namespace vv::turn
