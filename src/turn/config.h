// What an operator decides about the relay. Every default here is the safe one.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/rate.h"
#include "base/socket_address.h"
#include "crypto/secret_bytes.h"
#include "crypto/siphash.h"
#include "turn/action.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vv::turn {

/// RFC 8656 §7.2 (lifetimes), §9 (permissions), §12 (channels).
inline constexpr std::chrono::seconds kLifetimeDefault{600};
inline constexpr std::chrono::seconds kLifetimeMax{3600};
inline constexpr std::chrono::seconds kPermissionLifetime{300};
inline constexpr std::chrono::seconds kChannelLifetime{600};

/// Of one allocation (peer_table.h). A call needs a handful; a scan needs thousands.
struct PeerLimits {
    std::size_t permissions = 64;
    std::size_t channels = 64;
    /// Permissions for addresses that had none: so many at once, and as many anew in their lifetime.
    std::int64_t new_permissions = 64;

    [[nodiscard]] constexpr Rate new_permission_rate() const {
        return {new_permissions, kPermissionLifetime, new_permissions};
    }
    friend bool operator==(const PeerLimits&, const PeerLimits&) = default;
};

/// Checks of each direction that can still be answered, and for how long (consent_gate.h).
inline constexpr std::size_t kChecksRemembered = 64;
inline constexpr std::chrono::seconds kCheckLifetime{30};
/// What a check can be large on a path of 1 500 bytes, as one is that DTLS travels in.
inline constexpr std::int64_t kCheckSizeUsual = 1'472;
/// How many seconds' worth of ConsentLimits::closed_byte_rate may go out at once: one of checks and one of answers.
inline constexpr std::int64_t kClosedBurstSeconds = 2;
/// The largest UDP payload (RFC 768).
inline constexpr std::int64_t kUdpPayloadMax = 65'535 - 8;

/// Of one allocation's consent gate (consent_gate.h).
struct ConsentLimits {
    /// A second and at once, to one peer whose gate is closed, and to all; ICE sends one each 50 ms (RFC 8445 §14.2).
    std::int64_t checks_per_peer = 20;
    std::int64_t checks_per_allocation = 100;
    /// With a closed gate: what two ends' candidates amount to, and far from a scan.
    std::size_t closed_peers = 32;
    /// Since the last answer. RFC 7675 §5.1 gives a sender the same.
    std::chrono::seconds lifetime{30};
    /// Payload out to a peer for each packet in, so that one forged answer buys little.
    std::size_t bytes_per_packet_in = std::size_t{256} * 1024;

    [[nodiscard]] constexpr Rate peer_rate() const { return per_second(checks_per_peer, checks_per_peer); }
    [[nodiscard]] constexpr Rate allocation_rate() const {
        return per_second(checks_per_allocation, checks_per_allocation);
    }
    /// Bytes of checks and answers through closed gates. So small that it is no flood, and none is too large for it.
    [[nodiscard]] constexpr Rate closed_byte_rate() const {
        const std::int64_t a_second = checks_per_allocation * kCheckSizeUsual;
        return per_second(a_second, std::max(kClosedBurstSeconds * a_second, kUdpPayloadMax));
    }
    /// Peers that are checked for the first time, or again after kCheckLifetime, until they consent. It outlives the
    /// allocation (spent.h), as do the rates of checks.
    [[nodiscard]] constexpr Rate asked_rate() const {
        const auto peers = static_cast<std::int64_t>(closed_peers);
        return {peers, kCheckLifetime, peers};
    }
    friend bool operator==(const ConsentLimits&, const ConsentLimits&) = default;
};
/// Secrets tried for one password, so that rotating them does not multiply the work of a forgery.
inline constexpr std::size_t kSecretsMax = 4;
/// Users with a password of their own: enough for one to each application.
inline constexpr std::size_t kUsersMax = 64;
/// Whoever has seen one request of a user can try passwords on it at leisure.
inline constexpr std::size_t kUserPasswordSizeMin = 12;
/// How often an Allocate tries another port when one cannot be bound.
inline constexpr int kPortAttemptsMax = 8;
/// Addresses of ours of one family that were told before the present one and are still known for what they are
/// (Server::reconfigure).
inline constexpr std::size_t kFormerAddressesMax = 4;
/// With a realm of this size the answer to the smallest useful Allocate (28 bytes) is at most three times as large.
inline constexpr std::size_t kRealmSizeMax = 32;

struct PortRange {
    std::uint16_t first = 49152;
    std::uint16_t last = 65535;

    [[nodiscard]] bool contains(std::uint16_t port) const { return port >= first && port <= last; }
    [[nodiscard]] std::size_t size() const { return std::size_t{last} - first + 1; }
};

/// One family of relayed transport addresses.
struct RelayAddress {
    /// What clients and peers are told. Behind 1:1 NAT this is the public address.
    IpAddress advertised;
    /// Where relay sockets of this machine reach one another: the address they are bound to.
    IpAddress local;
};

struct ClassLimits {
    /// The most an allocation may live, however often it is refreshed.
    std::chrono::seconds life_max;
    /// Each way: payload plus kPacketOverhead per packet.
    std::int64_t bytes_per_second;
    std::int64_t burst_bytes;
    /// Each way, and as many at once: small packets cost what large ones do.
    std::int64_t packets_per_second;
    /// Peers other than our own relayed addresses are refused. The client's own address is heard, as a peer that
    /// nothing is sent to: what comes from there to the relayed address shows that the way in is open, and reaches
    /// nobody else.
    bool own_relays_only;

    [[nodiscard]] Rate byte_rate() const { return per_second(bytes_per_second, burst_bytes); }
    [[nodiscard]] Rate packet_rate() const { return per_second(packets_per_second, packets_per_second); }

    friend bool operator==(const ClassLimits&, const ClassLimits&) = default;
};

/// Counted for each packet besides its payload, so that floods of empty packets are not free.
inline constexpr std::size_t kPacketOverhead = 28;

struct Quotas {
    std::size_t per_user = 8;     ///< allocations of one credential's user; past it 486
    std::size_t per_source = 256; ///< of one IPv4 address or IPv6 /64, four times as many of a /48; past it 486
    std::size_t total = 10'000;   ///< of the server; past it 508
    /// Of all together whose names are an expiry alone, which no quota for a user tells apart; past it 486.
    std::size_t nameless = 1'000;

    friend bool operator==(const Quotas&, const Quotas&) = default;
};

/// How many times the allocations of a /64 a /48 may have.
inline constexpr std::size_t kSiteFactor = 4;
/// Of Quotas::nameless one IPv4 address or IPv6 /48 takes no more than this part, or than Quotas::per_user.
inline constexpr std::size_t kNamelessShares = 4;

/// 8 Mbit/s each way: two pictures of 1080p and room for a slide. That is under 1 000 packets; a hosted relay publishes
/// 5 000 to 10 000 as its limit.
inline constexpr ClassLimits kCallLimits{std::chrono::hours{24}, 1'000'000, 1'000'000, 5'000, false};

/// Whoever knows it makes names and passwords as it likes (rest_credential.h).
struct Secret {
    crypto::SecretBytes bytes;
    /// Whether allocations made with it send to a peer only what the peer has consented to (consent_gate.h). Where it
    /// is on, a name has to name somebody: one that is an expiry alone is for other applications.
    bool consent = true;

    friend bool operator==(const Secret&, const Secret&) = default;
};

/// A name and password that do not expire, for an application other than ours. Class call.
struct User {
    /// 1 to stun::kUsernameSizeMax bytes of printable ASCII without a colon, which tells it from most names that
    /// expire; before one of digits only it goes.
    std::string name;
    /// At least kUserPasswordSizeMin bytes of printable ASCII.
    crypto::SecretBytes password;
    /// Off, since such an application need not speak ICE with its peers.
    bool consent = false;

    friend bool operator==(const User&, const User&) = default;
};

struct ReplyLimit {
    std::uint32_t per_second;
    std::uint32_t burst;

    [[nodiscard]] Rate rate() const { return vv::per_second(per_second, burst); }
    /// Another rate with a burst in proportion.
    [[nodiscard]] ReplyLimit at_rate(std::uint32_t other) const { return {other, other * (burst / per_second)}; }

    friend bool operator==(const ReplyLimit&, const ReplyLimit&) = default;
};
inline constexpr ReplyLimit kChallengeLimit{20, 60};
inline constexpr ReplyLimit kBindingLimit{200, 400};
inline constexpr ReplyLimit kGuessLimit{20, 60};
inline constexpr ReplyLimit kSourceGuessLimit{100, 400};

inline constexpr std::chrono::hours kCredentialTimeMax{48};

/// ICMP errors told to one client. Each costs a message, and a stranger can forge them.
inline constexpr Rate kIcmpRate = per_second(10, 20);

struct ServerConfig {
    /// Short, since it is part of every 401: at most kRealmSizeMax bytes of printable ASCII.
    std::string realm = "visavis";
    /// Shared with whoever makes credentials; any of them is accepted. At most kSecretsMax.
    std::vector<Secret> secrets;
    /// At most kUsersMax, each name once.
    std::vector<User> users;
    /// The same for all shards of one server, fresh at every start.
    crypto::SipHashKey nonce_key{};
    std::chrono::seconds nonce_lifetime{3600};

    std::optional<RelayAddress> ipv4;
    std::optional<RelayAddress> ipv6;
    /// This machine's part of the server's relay ports; parts of shards do not overlap.
    PortRange shard_ports;
    /// All relay ports of the server. Nothing else on this host may use them.
    PortRange server_ports;
    /// Asked before handing a packet to another shard; without it any relay port of another's part counts as live.
    std::function<bool(RelaySocket)> is_live_elsewhere;

    /// Further addresses of this host; peers there are refused on every port.
    std::vector<IpAddress> own_addresses;
    /// Ports this program listens on, be it on one address or on all: no peers on loopback either, where an exception
    /// opens that.
    std::vector<std::uint16_t> service_ports;
    /// Exceptions to the built-in list of special-purpose addresses.
    std::vector<IpPrefix> allow_peers;
    /// Stronger than allow_peers.
    std::vector<IpPrefix> deny_peers;

    /// Channel numbers up to 0x7FFF, as RFC 5766 had them.
    bool legacy_channels = false;

    ClassLimits call = kCallLimits;
    ClassLimits probe{std::chrono::seconds{30}, 8'000, 8'000, 100, true};
    /// Credentials that expire later than this from now are refused.
    std::chrono::seconds credential_ttl_max{kCredentialTimeMax};
    Quotas quotas;
    PeerLimits peers;
    ConsentLimits consent;

    /// Answers to what is not authenticated, for one IPv4 address or IPv6 /64.
    ReplyLimit challenges = kChallengeLimit;
    ReplyLimit bindings = kBindingLimit;
    /// Wrong passwords from one address and port. A check costs some HMACs, and only who has been sent a nonce gets
    /// one.
    ReplyLimit guesses = kGuessLimit;
    /// The same from one IPv4 address or IPv6 /64: a new port must not be a new beginning. Past it nobody there gets a
    /// new allocation for a moment, so it is above what an office with an old secret comes to; those who have one go
    /// on.
    ReplyLimit source_guesses = kSourceGuessLimit;
};

/// What a server takes from another configuration under standing allocations (base/reloadable.h). Of its addresses only
/// what is told, since relay sockets stay bound; a family that was not there does not come. Whoever watches the
/// machine's own addresses tells of them (Server::set_own_addresses), and nobody else.
template <typename To, typename Visit>
void each_reloadable(To& to, const ServerConfig& from, Visit visit) {
    if (to.ipv4 && from.ipv4) visit(to.ipv4->advertised, from.ipv4->advertised);
    if (to.ipv6 && from.ipv6) visit(to.ipv6->advertised, from.ipv6->advertised);
    visit(to.secrets, from.secrets);
    visit(to.users, from.users);
    visit(to.allow_peers, from.allow_peers);
    visit(to.deny_peers, from.deny_peers);
    visit(to.call, from.call);
    visit(to.quotas, from.quotas);
    visit(to.peers, from.peers);
    visit(to.consent, from.consent);
    visit(to.credential_ttl_max, from.credential_ttl_max);
    visit(to.challenges, from.challenges);
    visit(to.bindings, from.bindings);
    visit(to.guesses, from.guesses);
    visit(to.source_guesses, from.source_guesses);
}

} // namespace vv::turn
