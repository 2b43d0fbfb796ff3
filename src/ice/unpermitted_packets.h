// Packets to peers behind one relay that wait for the relay to let these in (RFC 8656 §9): the first check to a new
// candidate is otherwise lost. For drivers, which have the TURN client.
#pragma once

#include "base/socket_address.h"
#include "ice/path.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace vv::ice {

class UnpermittedPackets {
public:
    /// What comes on top of `most` packets is lost.
    explicit UnpermittedPackets(std::size_t most) : most_(most) {}

    void push(Transmit packet) {
        if (packets_.size() < most_) packets_.push_back(std::move(packet));
    }
    /// Those to that peer, in their order: it has been let in, or never will be.
    [[nodiscard]] std::vector<Transmit> take(const IpAddress& peer) {
        std::vector<Transmit> taken;
        std::vector<Transmit> left;
        for (Transmit& packet : packets_)
            (packet.route.remote.ip == peer ? taken : left).push_back(std::move(packet));
        packets_ = std::move(left);
        return taken;
    }
    void clear() { packets_.clear(); }
    [[nodiscard]] std::size_t size() const { return packets_.size(); }

private:
    std::size_t most_;
    std::vector<Transmit> packets_;
};

} // namespace vv::ice
