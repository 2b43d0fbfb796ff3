// The server's side of NAT behaviour discovery (RFC 5780), without state but a
// limit on how often each source is answered: a client asks to be answered
// from another port or address, and learns from what reaches it how its NAT
// maps and filters.
//
// Its answers are larger than their requests and may leave from where nobody
// was asked, so it answers on ports of its own, apart from the Binding server's,
// and seldom. An answer is never longer than its request by more than its own
// attributes: PADDING comes back only as far as the request has brought it.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/rate.h"
#include "base/socket_address.h"
#include "stun/attribute_type.h"
#include "stun/message.h"
#include "stun/source_limiter.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace vv::stun {

/// The two ports, on one address or on two (RFC 5780 §6): up to four places to answer from.
struct NatDiscoveryPlaces {
    IpAddress ip;
    /// Of the same family; without it no request to change the address can be met.
    std::optional<IpAddress> other_ip;
    std::uint16_t port = 0;
    std::uint16_t other_port = 0;
};

/// Answers to one IPv4 address or IPv6 /64. One discovery takes some ten.
inline constexpr Rate kNatDiscoveryRate = per_second(5, 30);

class NatDiscovery {
public:
    /// key: secret, for the table of limits.
    NatDiscovery(const NatDiscoveryPlaces& places, const crypto::SipHashKey& key);

    struct Answer {
        SocketAddress from; ///< one of the places
        SocketAddress to;   ///< the client's address, at its port or at the one in RESPONSE-PORT
        ByteView bytes;     ///< until the next call
    };
    /// place: where the datagram arrived. Nothing for all that is not a Binding request, and over the limit.
    [[nodiscard]] std::optional<Answer> handle_input(Instant now, const SocketAddress& place,
                                                     const ClientAddress& client, ByteView datagram);

private:
    struct Wish {
        bool change_ip = false;
        bool change_port = false;
        std::optional<std::uint16_t> response_port;
        std::optional<std::size_t> padding; // bytes of it in the request
    };

    [[nodiscard]] static std::optional<Wish> parse_wish(const Message& request);
    [[nodiscard]] SocketAddress other(const SocketAddress& place, bool ip, bool port) const;
    void write_error(const Message& request, ErrorCode code, std::span<const AttributeType> unknown);
    void write_success(const Message& request, const SocketAddress& place, const SocketAddress& from,
                       const ClientAddress& client, std::optional<std::size_t> padding);

    NatDiscoveryPlaces places_;
    SourceLimiter limiter_;
    ByteBuffer answer_;
};

} // namespace vv::stun
