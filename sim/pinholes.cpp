#include "sim/pinholes.h"

#include <algorithm>

namespace vv::sim {

void Pinholes::note(Instant now, const SocketAddress& remote, Duration lifetime) {
    const Instant expiry = now + lifetime;
    const auto same = std::ranges::find(holes_, remote, &Hole::remote);
    if (same != holes_.end()) {
        same->expiry = expiry;
    } else if (holes_.size() < kPinholesMax) {
        holes_.push_back({remote, expiry});
    } else {
        *std::ranges::min_element(holes_, {}, &Hole::expiry) = {remote, expiry};
    }
}

bool Pinholes::admits(Instant now, Behaviour filtering, const SocketAddress& remote) const {
    return std::ranges::any_of(holes_, [&](const Hole& hole) {
        if (hole.expiry <= now) return false;
        switch (filtering) {
        case Behaviour::kEndpointIndependent:
            return true;
        case Behaviour::kAddressDependent:
            return hole.remote.ip == remote.ip;
        case Behaviour::kAddressAndPortDependent:
            break;
        }
        return hole.remote == remote;
    });
}

} // namespace vv::sim
