// How often strangers at one place are answered, in a table of fixed size.
#pragma once

#include "base/instant.h"
#include "base/rate.h"
#include "base/socket_address.h"
#include "crypto/siphash.h"

#include <cstddef>
#include <vector>

namespace vv::stun {

/// A rate per source in a table of fixed size: sources share a place by chance, which is secret, so an
/// attacker can neither fill the memory nor choose whom to crowd out.
class SourceLimiter {
public:
    static constexpr std::size_t kPlaces = 4096;

    SourceLimiter(Rate rate, const crypto::SipHashKey& key) : rate_(rate), key_(key), places_(kPlaces) {}

    /// From then on, for sources that have used some of the other as well.
    void set_rate(const Rate& rate) { rate_ = rate; }

    /// The place, in a table of so many, of an IPv4 address or IPv6 /64: one source.
    [[nodiscard]] static std::size_t place_in_table(const crypto::SipHashKey& key, const IpAddress& source,
                                                    std::size_t places = kPlaces);

    [[nodiscard]] bool admit(Instant now, const IpAddress& source) { return !place_of(source).try_take(now, rate_); }
    [[nodiscard]] bool has_room(Instant now, const IpAddress& source) const {
        return !places_[place_in_table(key_, source)].wait_for(now, rate_);
    }

    /// Here an address with its port is one, so that people behind one address do not get in each other's way.
    [[nodiscard]] bool has_room(Instant now, const SocketAddress& source) const {
        return !places_[place_in_table(key_, source)].wait_for(now, rate_);
    }
    void take(Instant now, const SocketAddress& source) { places_[place_in_table(key_, source)].take(now, rate_); }

private:
    [[nodiscard]] static std::size_t place_in_table(const crypto::SipHashKey& key, const SocketAddress& source);
    [[nodiscard]] RateGate& place_of(const IpAddress& source) { return places_[place_in_table(key_, source)]; }

    Rate rate_;
    crypto::SipHashKey key_;
    std::vector<RateGate> places_;
};

} // namespace vv::stun
