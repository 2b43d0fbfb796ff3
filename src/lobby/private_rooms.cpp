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

void SeatRefusals::add(Instant now, const PrivateId& id, const SeatId& seat) {
    if (order_.size() == kSeatRefusalsMax) forget_oldest();
    const Instant until = now + kSeatRefusalTime;
    until_[{id, seat}] = until;
    order_.push_back({until, {id, seat}});
}

std::optional<Instant> SeatRefusals::refused_until(Instant now, const PrivateId& id, const SeatId& seat) const {
    const auto found = until_.find({id, seat});
    if (found == until_.end() || found->second <= now) return std::nullopt;
    return found->second;
}

void SeatRefusals::handle_timeout(Instant now) {
    while (!order_.empty() && order_.front().first <= now)
        forget_oldest();
}

std::optional<Instant> SeatRefusals::poll_timeout() const {
    if (order_.empty()) return std::nullopt;
    return order_.front().first;
}

void SeatRefusals::forget_oldest() {
    const auto& [until, key] = order_.front();
    const auto found = until_.find(key);
    // A seat declined again meanwhile has a later entry.
    if (found != until_.end() && found->second == until) until_.erase(found);
    order_.pop_front();
}

} // namespace vv::lobby
