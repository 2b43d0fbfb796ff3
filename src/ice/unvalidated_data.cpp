#include "ice/unvalidated_data.h"

#include "ice/limits.h"

#include <algorithm>
#include <utility>

namespace vv::ice {

bool UnvalidatedData::keep(const Route& route, ByteView packet) {
    if (packets_.size() == kUnvalidatedPacketsMax || size_ + packet.size() > kUnvalidatedBytesMax) return false;
    packets_.push_back({route, {packet.begin(), packet.end()}});
    size_ += packet.size();
    return true;
}

void UnvalidatedData::release(const Route& route) {
    for (Packet& packet : packets_) {
        if (packet.route == route) packet.released = true;
    }
}

std::optional<ByteBuffer> UnvalidatedData::poll() {
    const auto next = std::ranges::find(packets_, true, &Packet::released);
    if (next == packets_.end()) return std::nullopt;
    ByteBuffer bytes = std::move(next->bytes);
    size_ -= bytes.size();
    packets_.erase(next);
    return bytes;
}

void UnvalidatedData::clear() {
    packets_.clear();
    size_ = 0;
}

} // namespace vv::ice
