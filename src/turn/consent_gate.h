// Nothing but ICE reaches a peer that has not consented to hear from this
// allocation (RFC 7675 §4, seen from between the two): for each peer address and
// port a gate that is closed at first. Closed, it lets checks through and the
// answers to the peer's own checks. The peer's success answer to one of our
// client's checks opens it for media, for as long as such answers keep coming.
// What comes from peers is never held back here; it needs a permission, as always.
//
// Without it a relay sends anything to anybody who can be named: a scanner, a
// reflector, a way to services that never asked for it. With it, whoever cannot
// answer an ICE check under a password of the call gets checks, few, and no more.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/rate.h"
#include "base/socket_address.h"
#include "stun/message.h"
#include "turn/config.h"
#include "turn/spent.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <vector>

namespace vv::turn {

/// Of those who have consented, each on its own address and port. One allocation may have any number of ports of its
/// permitted addresses consent, one after the other, and each costs up to 3 kB: without a bound that is memory
/// for the asking.
inline constexpr std::size_t kOpenPeersMax = 32;

/// Why a packet was not let through.
enum class ConsentVerdict : std::uint8_t {
    kPass,
    kNoConsent, ///< the peer has not answered a check, or not lately, and this is none
    kUnasked,   ///< an answer, while closed, to no check of the peer's that is remembered
    kTooMany,   ///< checks or answers past their rates, or to too many peers
    kUnheard,   ///< the peer has consented but has been silent through ConsentLimits::bytes_per_packet_in
};

/// The limits are its owner's, the same for all gates, and may be others from one call to the next.
class ConsentGate {
public:
    /// memory outlives the gate, whose peers and their checks are in it.
    explicit ConsentGate(std::pmr::memory_resource& memory = *std::pmr::get_default_resource()) : peers_(&memory) {}

    /// May this go out to the peer? What passes is remembered, so it has to go out.
    [[nodiscard]] ConsentVerdict admit(Instant now, const ConsentLimits& limits, const SocketAddress& address,
                                       ByteView payload);
    /// From a peer with a permission, on its way to the client.
    void handle_input(Instant now, const ConsentLimits& limits, const SocketAddress& address, ByteView payload);

    [[nodiscard]] bool is_open(Instant now, const SocketAddress& address) const;
    /// Whether something went to this peer, or came from it, that is still remembered.
    [[nodiscard]] bool knows(const SocketAddress& address) const;
    /// Peers remembered, for tests.
    [[nodiscard]] std::size_t size() const { return peers_.size(); }

    /// What an allocation before this one has used.
    void resume(const SpentChecks& spent) { spent_ = spent; }
    [[nodiscard]] SpentChecks spent() const;

private:
    /// The newest checks of one direction, each good for one answer.
    class Checks {
    public:
        explicit Checks(std::pmr::memory_resource& memory) : ring_(&memory) {}

        void add(Instant now, const stun::TransactionId& id);
        [[nodiscard]] bool take(Instant now, const stun::TransactionId& id);
        [[nodiscard]] bool has(Instant now, const stun::TransactionId& id) const;
        [[nodiscard]] bool is_empty(Instant now) const;

    private:
        struct Check {
            stun::TransactionId id;
            Instant expiry;
        };
        std::pmr::vector<Check> ring_; // grows to kChecksRemembered, then turns
        std::size_t next_ = 0;
    };

    struct Peer {
        explicit Peer(std::pmr::memory_resource& memory) : ours(memory), theirs(memory) {}

        SocketAddress address;
        Instant consent_until;         // open before this
        Instant heard;                 // or made
        std::size_t unheard_bytes = 0; // sent since it was heard last
        Duration asked{};              // what being one of ConsentLimits::asked_rate has taken of it
        RateGate rate;                 // of checks, while closed
        Checks ours;                   // to the peer
        Checks theirs;                 // from it
        [[nodiscard]] bool is_open(Instant now) const { return now < consent_until; }
    };

    [[nodiscard]] Peer* find(const SocketAddress& address);
    /// Nothing if there is no room for one more closed peer.
    [[nodiscard]] Peer* find_or_make(Instant now, const ConsentLimits& limits, const SocketAddress& address);
    [[nodiscard]] bool make_room(Instant now, const ConsentLimits& limits);
    [[nodiscard]] std::size_t open_peers(Instant now) const;
    [[nodiscard]] ConsentVerdict admit_check(Instant now, const ConsentLimits& limits, const SocketAddress& address,
                                             const stun::Message& check);
    [[nodiscard]] ConsentVerdict admit_closed(Instant now, const ConsentLimits& limits, const SocketAddress& address,
                                              ByteView payload);
    [[nodiscard]] static ConsentVerdict admit_open(Instant now, const ConsentLimits& limits, Peer& peer,
                                                   ByteView payload);

    std::pmr::vector<Peer> peers_;
    SpentChecks spent_;          // per_peer: of peers of an earlier allocation
    std::size_t last_found_ = 0; // media comes in runs
};

} // namespace vv::turn
