// Where packets leave this end and where they go. The agent has no sockets: it
// names transports by numbers its driver chose. A transport is a UDP socket or,
// through a TURN client, a relayed address; the agent treats both alike, so what
// it sends through a relay is the relay's client's to wrap.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/socket_address.h"
#include "base/tagged.h"
#include "ice/candidate.h"

#include <cstdint>
#include <optional>

namespace vv::ice {

using TransportId = Tagged<std::uint32_t, struct TransportIdTag>;

/// What every pair is, once a candidate is replaced by its base (RFC 8445 §6.1.2.4).
struct Route {
    TransportId via;
    SocketAddress remote;

    friend bool operator==(const Route&, const Route&) = default;
};

/// How a client reaches its relay.
enum class RelayProtocol : std::uint8_t { kUdp, kTcp, kTls };

/// A route that data takes, as it is told.
struct PathInfo {
    Route route;
    CandidateType local = CandidateType::kHost;
    CandidateType remote = CandidateType::kHost;
    bool nominated = false;
    std::optional<RelayProtocol> relay{}; ///< of a relayed local candidate

    friend bool operator==(const PathInfo&, const PathInfo&) = default;
};

struct Transmit {
    Route route;
    ByteBuffer payload;
};

} // namespace vv::ice
