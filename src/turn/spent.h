// What has been used of an allocation's limits. It outlives the allocation:
// whoever ends one and makes the next must not begin anew each time.
#pragma once

#include "base/instant.h"
#include "base/rate.h"

#include <algorithm>

namespace vv::turn {

/// What may still go one way.
struct Flow {
    RateGate bytes;
    RateGate packets;
};

/// Of the consent gate's limits (consent_gate.h).
struct SpentChecks {
    RateGate all;      ///< ConsentLimits::allocation_rate
    RateGate bytes;    ///< ConsentLimits::closed_byte_rate
    RateGate per_peer; ///< ConsentLimits::peer_rate, of the peer that has had the most
    RateGate peers;    ///< ConsentLimits::asked_rate
};

struct Spent {
    RateGate permissions; ///< PeerLimits::new_permission_rate
    SpentChecks checks;
    Flow to_peers;
    Flow to_client;
    RateGate icmp;

    /// From then on it is as if nothing had been used.
    [[nodiscard]] Instant full_at() const {
        return std::max({permissions.full_at(), checks.all.full_at(), checks.bytes.full_at(), checks.per_peer.full_at(),
                         checks.peers.full_at(), to_peers.bytes.full_at(), to_peers.packets.full_at(),
                         to_client.bytes.full_at(), to_client.packets.full_at(), icmp.full_at()});
    }
};

} // namespace vv::turn
