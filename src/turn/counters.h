// What the relay has done and refused, for metrics. Plain numbers, only growing
// except where said; each shard has its own and the reader adds them up.
#pragma once

#include "turn/action.h"

#include <cstdint>

namespace vv::turn {

/// What was relayed for clients who came one way.
struct Traffic {
    std::uint64_t packets_to_peers = 0;
    std::uint64_t packets_to_clients = 0;
    std::uint64_t bytes_to_peers = 0; ///< payload
    std::uint64_t bytes_to_clients = 0;
};

struct Counters {
    std::uint64_t allocations_live = 0; ///< goes down too
    std::uint64_t allocations_total = 0;
    std::uint64_t bindings_answered = 0;

    Traffic udp; ///< by the client's transport
    Traffic tcp;
    Traffic tls;
    std::uint64_t packets_hairpinned = 0; ///< from one allocation to another without a socket; in both directions' sums
    std::uint64_t icmp_to_clients = 0;    ///< errors on the way to a peer that the client was told of

    std::uint64_t error_400 = 0;
    std::uint64_t error_401 = 0;
    std::uint64_t error_403 = 0;
    std::uint64_t error_420 = 0;
    std::uint64_t error_437 = 0;
    std::uint64_t error_438 = 0;
    std::uint64_t error_440 = 0;
    std::uint64_t error_441 = 0;
    std::uint64_t error_442 = 0;
    std::uint64_t error_443 = 0;
    std::uint64_t error_486 = 0;
    std::uint64_t error_508 = 0;

    std::uint64_t credentials_expired = 0;  ///< of the 401s: right password, and its time has passed
    std::uint64_t credentials_too_long = 0; ///< of the 401s: right password, good for longer than any may be
    std::uint64_t names_unknown = 0;        ///< of the 401s: no user and no name that expires
    std::uint64_t names_missing = 0;   ///< of the 401s: right password, but by a secret under which names name somebody
    std::uint64_t passwords_wrong = 0; ///< of the 401s, and of what is dropped in their place: no key of ours fits
    std::uint64_t relay_ports_failed = 0; ///< the driver could not bind
    std::uint64_t no_port_left = 0;       ///< of the 508s, and second addresses that were refused: all ports are in use
    std::uint64_t total_reached = 0;      ///< of the 508s: Quotas::total
    std::uint64_t refused_draining = 0;   ///< of the 508s: no new allocations any more
    std::uint64_t user_reached = 0;       ///< of the 486s, all of which are in one of these four: Quotas::per_user
    std::uint64_t source_reached = 0;     ///< Quotas::per_source, or one address's part of Quotas::nameless
    std::uint64_t nameless_reached = 0;   ///< Quotas::nameless
    std::uint64_t made_too_often = 0;     ///< allocations ended and made anew past kRemakeTime

    std::uint64_t dropped_malformed = 0;     ///< not STUN, not ChannelData, or broken
    std::uint64_t dropped_unexpected = 0;    ///< responses, unknown methods, indications nobody asked for
    std::uint64_t dropped_reply_limit = 0;   ///< unauthenticated, over the source's share of answers
    std::uint64_t dropped_amplifying = 0;    ///< no whole Allocate, or an answer of more than three times its size
    std::uint64_t dropped_no_allocation = 0; ///< data on a path or relay port nobody has allocated
    std::uint64_t dropped_no_channel = 0;
    std::uint64_t dropped_no_permission = 0;
    std::uint64_t dropped_peer_denied = 0;
    std::uint64_t dropped_too_large = 0;  ///< would not fit into a datagram with the header it needs
    std::uint64_t dropped_rate = 0;       ///< over the class's rate of bytes or of packets
    std::uint64_t dropped_icmp = 0;       ///< errors of other kinds, of other peers, or too many
    std::uint64_t dropped_no_consent = 0; ///< to a peer that has not answered a check, and no check itself
    std::uint64_t dropped_unasked = 0;    ///< answers to such a peer, to no check of its that is remembered
    std::uint64_t dropped_checks = 0;     ///< checks or answers past their rates, or to too many peers
    std::uint64_t dropped_unheard = 0;    ///< to a peer that has consented, and been silent since for too long

    [[nodiscard]] Traffic& of(Transport transport) {
        if (transport == Transport::kUdp) return udp;
        return transport == Transport::kTcp ? tcp : tls;
    }
};

} // namespace vv::turn
