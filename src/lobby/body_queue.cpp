#include "lobby/body_queue.h"

#include "lobby/limits.h"

#include <algorithm>

namespace vv::lobby {

BodyQueue::Offer BodyQueue::offer(std::uint64_t id, std::string& body, bool has_room) {
    if (id <= last_id_) return Offer::kRepeated;
    if (any_id_) last_id_ = id - 1;
    any_id_ = false;
    if (id != last_id_ + 1) return Offer::kSkipped;
    if (!has_room || held_.size() == kQueueBodiesMax || bytes_ + body.size() > kQueueBytesMax) return Offer::kFull;
    last_id_ = id;
    bytes_ += body.size();
    held_.push_back({++last_sequence_, id, std::move(body)});
    return Offer::kTaken;
}

std::size_t BodyQueue::trim(std::uint64_t sequence) {
    const auto keep =
        std::find_if(held_.begin(), held_.end(), [&](const HeldBody& held) { return held.sequence > sequence; });
    std::size_t freed = 0;
    for (auto held = held_.begin(); held != keep; ++held)
        freed += held->body.size();
    held_.erase(held_.begin(), keep);
    bytes_ -= freed;
    return freed;
}

} // namespace vv::lobby
