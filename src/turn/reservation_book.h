// Relay ports that are held for somebody's next allocation (RFC 8656 §7.2,
// EVEN-PORT with R = 1, and §18.10). Each is known by a token that cannot be
// guessed, is good once and for its user only, and ends after half a minute.
#pragma once

#include "base/instant.h"
#include "stun/attributes.h"
#include "turn/action.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace vv::turn {

/// RFC 8656 §7.2: at least 30 s.
inline constexpr std::chrono::seconds kReservationTime{30};
/// Of one machine, and of one user: who only reserves must not hold the ports of those who call.
inline constexpr std::size_t kReservationsMax = 256;
inline constexpr std::size_t kReservationsPerUserMax = 8;

class ReservationBook {
public:
    [[nodiscard]] bool has_room(std::string_view user) const;
    /// For kReservationTime. has_room(user) must hold. owner: the id of the allocation that asked for it.
    void add(Instant now, const stun::ReservationToken& token, std::string_view user, RelaySocket relay,
             std::uint64_t owner);
    /// What this token stands for, once; nothing for another's, a used or an unknown one.
    [[nodiscard]] std::optional<RelaySocket> take(const stun::ReservationToken& token, std::string_view user);
    /// Ends the reservation that this allocation has asked for.
    [[nodiscard]] std::optional<RelaySocket> release(std::uint64_t owner);
    /// One that has ended by now, in order; call until nothing comes.
    [[nodiscard]] std::optional<RelaySocket> pop_expired(Instant now);

    [[nodiscard]] std::optional<stun::ReservationToken> token_of(std::uint64_t owner) const;
    [[nodiscard]] std::optional<Instant> next_expiry() const;
    [[nodiscard]] bool is_empty() const { return reservations_.empty(); }

private:
    struct Reservation {
        stun::ReservationToken token;
        std::string user;
        RelaySocket relay;
        std::uint64_t owner;
        Instant expiry;
    };

    std::deque<Reservation> reservations_; // all are held equally long, so the first is the next to end
};

} // namespace vv::turn
