#include "sim/packet.h"

namespace vv::sim {

Packet* PacketPool::take() {
    if (free_.empty()) {
        if (all_.size() == packets_max_) return nullptr;
        all_.push_back(std::make_unique<Packet>());
        return all_.back().get();
    }
    Packet* packet = free_.back();
    free_.pop_back();
    return packet;
}

Packet* PacketPool::copy(const Packet& other) {
    Packet* packet = take();
    if (packet != nullptr) *packet = other;
    return packet;
}

void PacketPool::give_back(Packet& packet) {
    packet.payload.clear();
    free_.push_back(&packet);
}

} // namespace vv::sim
