#include "turn/reservation_book.h"

#include "crypto/secret.h"

#include <algorithm>

namespace vv::turn {

bool ReservationBook::has_room(std::string_view owner) const {
    const auto of_owner = std::ranges::count(reservations_, owner, &Reservation::owner);
    return reservations_.size() < kReservationsMax && static_cast<std::size_t>(of_owner) < kReservationsPerOwnerMax;
}

bool ReservationBook::add(const stun::ReservationToken& token, std::string_view owner, RelaySocket relay) {
    if (!has_room(owner)) return false;
    reservations_.push_back({token, std::string(owner), relay});
    return true;
}

std::optional<RelaySocket> ReservationBook::take(const stun::ReservationToken& token, std::string_view owner) {
    const auto found = std::ranges::find_if(reservations_, [&](const Reservation& reservation) {
        return crypto::constant_time_equal(reservation.token, token) && reservation.owner == owner;
    });
    if (found == reservations_.end()) return std::nullopt;
    const RelaySocket relay = found->relay;
    reservations_.erase(found);
    return relay;
}

bool ReservationBook::release(RelaySocket relay) {
    return std::erase_if(reservations_, [&](const Reservation& r) { return r.relay == relay; }) > 0;
}

std::optional<stun::ReservationToken> ReservationBook::token_of(RelaySocket relay, std::string_view owner) const {
    const auto found =
        std::ranges::find_if(reservations_, [&](const Reservation& r) { return r.relay == relay && r.owner == owner; });
    return found != reservations_.end() ? std::optional(found->token) : std::nullopt;
}

std::vector<RelaySocket> ReservationBook::collect(PortRange range) {
    std::vector<RelaySocket> home;
    std::erase_if(homeward_, [&](const RelaySocket& relay) {
        if (!range.contains(relay.port.value())) return false;
        home.push_back(relay);
        return true;
    });
    return home;
}

} // namespace vv::turn
