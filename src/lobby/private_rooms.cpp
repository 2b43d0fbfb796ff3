#include "lobby/private_rooms.h"

#include "lobby/limits.h"

namespace vv::lobby {

PrivateRoom* PrivateRooms::find(const PrivateId& id) {
    const auto found = rooms_.find(id);
    return found == rooms_.end() ? nullptr : &found->second;
}

void PrivateRooms::remove_waiter(const PrivateId& id, std::uint32_t session) {
    PrivateRoom* const room = find(id);
    if (room == nullptr) return;
    std::erase(room->waiters, session);
    tidy(id);
}

void PrivateRooms::tidy(const PrivateId& id) {
    const auto found = rooms_.find(id);
    if (found == rooms_.end()) return;
    if (found->second.waiters.empty() && found->second.call == kNone) rooms_.erase(found);
}

void SeatRefusals::add(Instant now, const PrivateId& id, const SeatId& first, const SeatId& second) {
    if (order_.size() == kSeatRefusalsMax) forget_oldest();
    const Key key(id, first, second);
    const Instant until = now + kSeatRefusalTime;
    until_[key] = until;
    order_.emplace_back(until, key);
}

bool SeatRefusals::are_apart(const PrivateId& id, const SeatId& first, const SeatId& second) const {
    return until_.contains(Key(id, first, second));
}

std::optional<PrivateId> SeatRefusals::pop_due(Instant now) {
    if (order_.empty() || order_.front().first > now) return std::nullopt;
    const PrivateId id = order_.front().second.id;
    forget_oldest();
    return id;
}

std::optional<Instant> SeatRefusals::poll_timeout() const {
    if (order_.empty()) return std::nullopt;
    return order_.front().first;
}

void SeatRefusals::forget_oldest() {
    const auto& [until, key] = order_.front();
    const auto found = until_.find(key);
    // A pair parted again meanwhile has a later entry.
    if (found != until_.end() && found->second == until) until_.erase(found);
    order_.pop_front();
}

} // namespace vv::lobby
