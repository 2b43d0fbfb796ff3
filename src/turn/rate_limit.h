// Limits on rates that cost a point in time each, not a counter and a timer:
// the generic cell rate algorithm. The stored instant is when everything
// admitted so far would have gone through at exactly the allowed rate.
#pragma once

#include "base/instant.h"
#include "base/socket_address.h"
#include "crypto/siphash.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace vv::turn {

struct Rate {
    std::uint64_t units_per_second; ///< at least 1
    std::uint64_t burst_units;      ///< what may go at once after a pause

    [[nodiscard]] Duration time_of(std::uint64_t units) const {
        constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
        return Duration(static_cast<Duration::rep>(units * kNanosecondsPerSecond / units_per_second));
    }
};

class RateLimit {
public:
    /// True if that many units may pass now; they are then spent. units: below 2^30.
    [[nodiscard]] bool admit(const Rate& rate, Instant now, std::uint64_t units) {
        const Instant after = std::max(drained_, now) + rate.time_of(units);
        if (after - now > rate.time_of(rate.burst_units)) return false;
        drained_ = after;
        return true;
    }

private:
    Instant drained_{};
};

/// The block of addresses that one subscriber usually holds: an IPv4 address, an IPv6 /64.
[[nodiscard]] IpAddress source_block(const IpAddress& ip);

/// A rate per source in a table of fixed size: sources share a place by chance, which is secret, so an
/// attacker can neither fill the memory nor choose whom to crowd out.
class SourceLimiter {
public:
    static constexpr std::size_t kPlaces = 4096;

    SourceLimiter(Rate rate, const crypto::SipHashKey& key) : rate_(rate), key_(key), places_(kPlaces) {}

    [[nodiscard]] bool admit(Instant now, const IpAddress& source);

private:
    Rate rate_;
    crypto::SipHashKey key_;
    std::vector<RateLimit> places_;
};

} // namespace vv::turn
