// One relayed transport address and everything that hangs on it (RFC 8656 §3.2).
#pragma once

#include "base/instant.h"
#include "base/rate.h"
#include "base/socket_address.h"
#include "stun/message.h"
#include "turn/action.h"
#include "turn/authenticator.h"
#include "turn/consent_gate.h"
#include "turn/peer_table.h"

#include <cstdint>
#include <string>

namespace vv::turn {

/// What may still go one way.
struct Flow {
    RateGate bytes;
    RateGate packets;
};

struct Allocation {
    /// Rises with every allocation of a machine, so that their order never depends on addresses in memory.
    std::uint64_t id = 0;
    FiveTuple path;
    RelaySocket relay;
    std::string username;
    /// What the quota counts it under.
    std::string user;
    CredentialClass credential_class = CredentialClass::kCall;

    /// Of the Allocate, for its answer and for the same answer to a retransmission (RFC 8656 §7.2).
    stun::TransactionId request_id;
    ReplyStyle style;
    /// The client asked for an IPv6 address besides, which it is told it did not get.
    bool second_family_refused = false;

    /// The client asked for an even port (RFC 8656 §18.5).
    bool even_port = false;

    /// False while the driver has not bound the relay socket yet.
    bool is_open = false;
    int port_attempts_left = 0;

    Instant expiry;
    /// No refresh moves expiry past this.
    Instant life_end;

    PeerTable peers;
    /// Unused where the credential's secret says so.
    ConsentGate gate;
    /// A bucket each way: what peers send must not use up what the client may send.
    Flow to_peers;
    Flow to_client;

    [[nodiscard]] StandingKey standing_key() const { return {username, style.key}; }
};

} // namespace vv::turn
