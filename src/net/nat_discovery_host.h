// The sockets of NAT behaviour discovery: one for each of the two or four places
// that stun::NatDiscovery answers from. One thread serves them; nobody needs
// many of these answers a second.
#pragma once

#include "base/rng.h"
#include "net/event_loop.h"
#include "net/metrics.h"
#include "net/udp_socket.h"
#include "stun/nat_discovery.h"

#include <memory>
#include <vector>

namespace vv::net {

class NatDiscoveryHost {
public:
    /// All references outlive it. Throws std::runtime_error with one clear line if a place cannot be had.
    NatDiscoveryHost(EventLoop& loop, Rng& rng, Metrics& metrics, const stun::NatDiscoveryPlaces& places);
    NatDiscoveryHost(const NatDiscoveryHost&) = delete;
    NatDiscoveryHost& operator=(const NatDiscoveryHost&) = delete;
    ~NatDiscoveryHost();

private:
    class Place;

    void handle(const Place& place, const ReceivedDatagram& in);

    EventLoop& loop_;
    stun::NatDiscovery machine_;
    UdpReceiveBuffers buffers_;
    std::vector<std::unique_ptr<Place>> places_;
    Counter& answers_;
    Counter& ignored_;
};

} // namespace vv::net
