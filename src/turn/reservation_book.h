// Relay ports that are held for somebody's next allocation (RFC 8656 §7.2,
// EVEN-PORT with R = 1, and §18.10). Each is known by a token that cannot be
// guessed, is good once and for its owner only, and ends after half a minute.
//
// One book for the whole server: the path that comes for the port may meet
// another machine than the one that reserved it. That machine then serves the
// port, and when the allocation has ended sends it home through the book.
#pragma once

#include "base/instant.h"
#include "stun/attributes.h"
#include "turn/action.h"
#include "turn/config.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::turn {

/// RFC 8656 §7.2: at least 30 s.
inline constexpr std::chrono::seconds kReservationTime{30};
/// Of one server, and of one owner (Allocation::reservation_owner): who only reserves must not hold the ports of those
/// who call.
inline constexpr std::size_t kReservationsMax = 256;
inline constexpr std::size_t kReservationsPerOwnerMax = 8;

/// What a machine asks. Machines on several threads share one that locks (src/net).
class ReservationKeeper {
public:
    ReservationKeeper() = default;
    ReservationKeeper(const ReservationKeeper&) = delete;
    ReservationKeeper& operator=(const ReservationKeeper&) = delete;
    virtual ~ReservationKeeper() = default;

    [[nodiscard]] virtual bool has_room(std::string_view owner) const = 0;
    /// Holds the port until somebody takes or releases it. False if the owner or the server holds too many.
    [[nodiscard]] virtual bool add(const stun::ReservationToken& token, std::string_view owner, RelaySocket relay) = 0;
    /// What this token stands for, once; nothing for another's, a used or an unknown one.
    [[nodiscard]] virtual std::optional<RelaySocket> take(const stun::ReservationToken& token,
                                                          std::string_view owner) = 0;
    /// Ends the reservation of this port; false if there is none any more.
    [[nodiscard]] virtual bool release(RelaySocket relay) = 0;
    [[nodiscard]] virtual std::optional<stun::ReservationToken> token_of(RelaySocket relay,
                                                                         std::string_view owner) const = 0;
    /// A port that another machine has reserved and this one has used.
    virtual void send_home(RelaySocket relay) = 0;
    /// The ports of this range that others have sent home since.
    [[nodiscard]] virtual std::vector<RelaySocket> collect(PortRange range) = 0;
};

class ReservationBook final : public ReservationKeeper {
public:
    [[nodiscard]] bool has_room(std::string_view owner) const override;
    [[nodiscard]] bool add(const stun::ReservationToken& token, std::string_view owner, RelaySocket relay) override;
    [[nodiscard]] std::optional<RelaySocket> take(const stun::ReservationToken& token, std::string_view owner) override;
    [[nodiscard]] bool release(RelaySocket relay) override;
    [[nodiscard]] std::optional<stun::ReservationToken> token_of(RelaySocket relay,
                                                                 std::string_view owner) const override;
    void send_home(RelaySocket relay) override { homeward_.push_back(relay); }
    [[nodiscard]] std::vector<RelaySocket> collect(PortRange range) override;

private:
    struct Reservation {
        stun::ReservationToken token;
        std::string owner;
        RelaySocket relay;
    };

    std::vector<Reservation> reservations_;
    std::vector<RelaySocket> homeward_;
};

} // namespace vv::turn
