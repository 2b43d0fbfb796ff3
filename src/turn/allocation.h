// One relayed transport address, or one of each family, and everything that
// hangs on it (RFC 8656 §3.2, §3.4).
#pragma once

#include "base/instant.h"
#include "base/rate.h"
#include "base/slab_memory.h"
#include "base/socket_address.h"
#include "stun/message.h"
#include "turn/action.h"
#include "turn/authenticator.h"
#include "turn/consent_gate.h"
#include "turn/peer_table.h"
#include "turn/quota_book.h"
#include "turn/spent.h"

#include <algorithm>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string>

namespace vv::turn {

/// EVEN-PORT and RESERVATION-TOKEN (RFC 8656 §18.7, §18.10).
enum class PortWish : std::uint8_t {
    kAny,
    kEven,
    kPair,     ///< an even one, and the next one reserved
    kReserved, ///< the one that was reserved, and no other
};

/// The other relayed address of a dual allocation, which ends on its own (RFC 8656 §8.1).
struct SecondRelay {
    RelaySocket socket;
    IpAddress told; // as Allocation::told
    Instant expiry;
};

/// A family that was asked for besides and could not be had (RFC 8656 §7.2 step 9).
struct FamilyRefusal {
    AddressFamily family;
    stun::ErrorCode code;
};

/// What each packet asks for comes first: up to the lists of `peers` in two lines of the cache, then the gate.
struct alignas(64) Allocation {
    /// memory outlives the allocation, all of which is in it.
    explicit Allocation(std::pmr::memory_resource& memory = *std::pmr::get_default_resource())
        : peers(memory),
          gate(memory),
          username(&memory),
          user(&memory) {}

    FiveTuple path;
    RelaySocket relay;
    /// False while the driver has not bound every relay socket yet.
    bool is_open = false;
    /// Peers must consent before more than connectivity checks goes to them (Secret, User).
    bool consent = true;
    CredentialClass credential_class = CredentialClass::kCall;
    /// A bucket each way: what peers send must not use up what the client may send.
    Flow to_peers;
    Flow to_client;
    PeerTable peers;
    /// Unused where the credential's secret says so.
    ConsentGate gate;

    /// Only a dual allocation has one; of the other family than `relay`.
    Placed<SecondRelay> second;
    /// Rises with every allocation of a machine, so that their order never depends on addresses in memory.
    std::uint64_t id = 0;
    /// The address of `relay` that its client was told, and tells its peers, whatever is told to others since.
    IpAddress told;
    std::pmr::string username;
    /// What the quota counts it under.
    std::pmr::string user;

    /// Of the Allocate, for its answer and for the same answer to a retransmission (RFC 8656 §7.2).
    stun::TransactionId request_id;
    ReplyStyle style;
    std::optional<FamilyRefusal> refusal;

    PortWish port_wish = PortWish::kAny;
    int sockets_pending = 0;
    int port_attempts_left = 0;

    /// Of `relay`.
    Instant expiry;
    /// No refresh moves expiry past this.
    Instant life_end;
    RateGate icmp;

    /// Its relayed address of that family; null if it has none.
    [[nodiscard]] const RelaySocket* relay_of(AddressFamily family) const {
        if (relay.family == family) return &relay;
        return second != nullptr ? &second->socket : nullptr;
    }
    /// What its client was told of its relayed address of that family; for one it has.
    [[nodiscard]] const IpAddress& told_in(AddressFamily family) const {
        return relay.family == family || second == nullptr ? told : second->told;
    }
    /// Whose reservations are whose.
    [[nodiscard]] std::string reservation_owner() const { return quota_owner(user, path.client.value().ip); }
    /// When the first of its relayed addresses ends.
    [[nodiscard]] Instant next_expiry() const { return second != nullptr ? std::min(expiry, second->expiry) : expiry; }
    [[nodiscard]] StandingKey standing_key() const { return {username, style.key}; }

    /// What is left of its limits goes on where an earlier allocation's ended.
    void resume(const Spent& spent) {
        peers.resume(spent.permissions);
        gate.resume(spent.checks);
        to_peers = spent.to_peers;
        to_client = spent.to_client;
        icmp = spent.icmp;
    }
    [[nodiscard]] Spent spent() const { return {peers.spent(), gate.spent(), to_peers, to_client, icmp}; }
};

} // namespace vv::turn
