#include "turn/reservation_book.h"

#include "base/assert.h"
#include "crypto/secret.h"

#include <algorithm>

namespace vv::turn {

bool ReservationBook::has_room(std::string_view user) const {
    const auto of_user = std::ranges::count(reservations_, user, &Reservation::user);
    return reservations_.size() < kReservationsMax && static_cast<std::size_t>(of_user) < kReservationsPerUserMax;
}

void ReservationBook::add(Instant now, const stun::ReservationToken& token, std::string_view user, RelaySocket relay,
                          std::uint64_t owner) {
    VV_ASSERT(has_room(user));
    reservations_.push_back({token, std::string(user), relay, owner, now + kReservationTime});
}

std::optional<RelaySocket> ReservationBook::take(const stun::ReservationToken& token, std::string_view user) {
    const auto found = std::ranges::find_if(reservations_, [&](const Reservation& reservation) {
        return crypto::constant_time_equal(reservation.token, token) && reservation.user == user;
    });
    if (found == reservations_.end()) return std::nullopt;
    const RelaySocket relay = found->relay;
    reservations_.erase(found);
    return relay;
}

std::optional<RelaySocket> ReservationBook::release(std::uint64_t owner) {
    const auto found = std::ranges::find(reservations_, owner, &Reservation::owner);
    if (found == reservations_.end()) return std::nullopt;
    const RelaySocket relay = found->relay;
    reservations_.erase(found);
    return relay;
}

std::optional<RelaySocket> ReservationBook::pop_expired(Instant now) {
    if (reservations_.empty() || reservations_.front().expiry > now) return std::nullopt;
    const RelaySocket relay = reservations_.front().relay;
    reservations_.pop_front();
    return relay;
}

std::optional<stun::ReservationToken> ReservationBook::token_of(std::uint64_t owner) const {
    const auto found = std::ranges::find(reservations_, owner, &Reservation::owner);
    return found != reservations_.end() ? std::optional(found->token) : std::nullopt;
}

std::optional<Instant> ReservationBook::next_expiry() const {
    return reservations_.empty() ? std::nullopt : std::optional(reservations_.front().expiry);
}

} // namespace vv::turn
