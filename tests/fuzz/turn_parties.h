// Who takes part when the relay is fuzzed: its configuration, its clients, and
// what a corpus must get to.
#pragma once

#include "turn/config.h"
#include "turn/stream_framer.h"
#include "turn/test_client.h"
#include "turn_model.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vv::fuzz {

inline constexpr std::string_view kRealm = "visavis.test";
inline const ByteBuffer kLenient{'s', 'e', 'c', 'r', 'e', 't'};
inline const ByteBuffer kGated{'c', 'o', 'n', 's', 'e', 'n', 't'};
inline const ByteBuffer kUnknown{'u', 'n', 'k', 'n', 'o', 'w', 'n'};
inline constexpr std::string_view kUserName = "app";
inline constexpr std::string_view kUserPassword = "a password of an application";
inline const ByteBuffer kIceKey{'i', 'c', 'e'};
inline constexpr turn::Quotas kQuotas{.per_user = 2, .per_source = 3, .total = 4, .nameless = 3};
/// One address's part of them.
inline constexpr std::size_t kNamelessShare = std::max(kQuotas.per_user, kQuotas.nameless / turn::kNamelessShares);
/// More bytes than pass a closed gate, which has a limit of its own.
inline constexpr turn::ClassLimits kLimits{std::chrono::hours{24}, 400'000, 400'000, 100, false};

inline SocketAddress at(std::string_view text) {
    return SocketAddress::parse(text).value();
}
inline const IpAddress kRelay4 = IpAddress::parse("11.0.0.1").value();
inline const IpAddress kRelay6 = IpAddress::parse("2600::1").value();
/// What is told in the first one's place after some reloads.
inline const IpAddress kOtherRelay4 = IpAddress::parse("11.0.0.2").value();

/// What a reload changes; all of it is there at the start, and nothing denied.
struct Settings {
    bool has_lenient = true;
    bool has_gated = true;
    bool has_user = true;
    bool tells_other_address = false;
    bool denies_eights = false; ///< 8.0.0.0/8
    bool denies_nines = false;  ///< 9.0.0.0/8 and 2606::/16

    [[nodiscard]] const IpAddress& told() const { return tells_other_address ? kOtherRelay4 : kRelay4; }
    [[nodiscard]] std::vector<IpPrefix> denied() const {
        std::vector<IpPrefix> blocks;
        if (denies_eights) blocks.push_back(IpPrefix::parse("8.0.0.0/8").value());
        if (denies_nines) {
            blocks.push_back(IpPrefix::parse("9.0.0.0/8").value());
            blocks.push_back(IpPrefix::parse("2606::/16").value());
        }
        return blocks;
    }
};

enum class Whose : std::uint8_t { kLenientSecret, kGatedSecret, kUser, kNameless, kNobody };

/// How each client comes, and what it counts under in a quota.
struct Seat {
    std::string_view address;
    turn::Transport transport;
    Whose whose;
    std::string_view leg;
};
// More clients of one user, of one address and in all than the quotas let in.
inline constexpr std::array kSeats{
    Seat{"9.0.0.7:700", turn::Transport::kUdp, Whose::kLenientSecret, "bGVn"},
    Seat{"9.0.0.7:701", turn::Transport::kUdp, Whose::kGatedSecret, "YQ"},
    Seat{"9.0.0.7:702", turn::Transport::kTcp, Whose::kGatedSecret, "YQ"},
    Seat{"9.0.0.8:700", turn::Transport::kTls, Whose::kGatedSecret, "YQ"},
    Seat{"[2600:5::7]:701", turn::Transport::kUdp, Whose::kUser, ""},
    Seat{"[2600:5::8]:701", turn::Transport::kTls, Whose::kUser, ""},
    Seat{"9.0.0.9:700", turn::Transport::kUdp, Whose::kNobody, "YQ"},
    Seat{"9.0.0.7:703", turn::Transport::kTcp, Whose::kGatedSecret, "Yg"},
    // Their names are an expiry alone, so they count by their addresses.
    Seat{"9.0.1.1:700", turn::Transport::kUdp, Whose::kNameless, "9.0.1.1"},
    Seat{"9.0.1.1:701", turn::Transport::kTcp, Whose::kNameless, "9.0.1.1"},
    Seat{"9.0.1.1:702", turn::Transport::kUdp, Whose::kNameless, "9.0.1.1"},
    Seat{"9.0.1.2:700", turn::Transport::kUdp, Whose::kNameless, "9.0.1.2"},
};

/// What the inputs of the corpus must get to between them, or they would prove nothing.
struct Reached {
    const char* what;
    bool yes = false;
};
inline std::array g_reached{Reached{"an allocation over UDP"},
                            Reached{"an allocation over TCP"},
                            Reached{"an allocation over TLS"},
                            Reached{"media through an open gate"},
                            Reached{"media held back by a closed gate"},
                            Reached{"a packet between two allocations"},
                            Reached{"checks past their rate or to too many peers"},
                            Reached{"the quota of a user or a source"},
                            Reached{"the quota in total"},
                            Reached{"packets past their rate"},
                            Reached{"a wrong password"},
                            Reached{"a stale nonce"},
                            Reached{"an allocation of two families"},
                            Reached{"a token spent"},
                            Reached{"a stream that was no TURN"},
                            Reached{"allocations made anew too often"},
                            Reached{"a permission that a reload has ended"},
                            Reached{"a peer under an address that is not told any more"},
                            Reached{"an allocation whose secret or user has been taken out"},
                            Reached{"a login that has been taken out"},
                            Reached{"a packet to another thread's allocation"},
                            Reached{"a packet from another thread's allocation"},
                            Reached{"as many open gates as one allocation may have"},
                            Reached{"a check larger than a closed gate has room for"},
                            Reached{"all of what those without a name may have"},
                            Reached{"the part of it that one address may have"}};
enum Goal : std::uint8_t {
    kUdpAllocation, // kTcp and kTls follow in Transport's order
    kGatedMedia = 3,
    kHeldMedia,
    kHairpin,
    kManyChecks,
    kQuota,
    kTotal,
    kRate,
    kWrongPassword,
    kStaleNonce,
    kDual,
    kToken,
    kBrokenStream,
    kTooOften,
    kRevoked,
    kFormerAddress,
    kOutlivesLogin,
    kRetired,
    kElsewhere,
    kFromElsewhere,
    kOpenPeers,
    kClosedBytes,
    kNamelessAll,
    kNamelessPart,
};
inline void reach(std::size_t goal, bool yes = true) {
    if (yes) g_reached.at(goal).yes = true;
}

inline constexpr turn::PortRange kShardPorts{50000, 50031};
inline constexpr turn::PortRange kServerPorts{50000, 50063};
/// Whether an allocation of another thread has it: of those ports every other one.
inline bool is_live_elsewhere(const turn::RelaySocket& relay) {
    const std::uint16_t port = relay.port.value();
    return kServerPorts.contains(port) && !kShardPorts.contains(port) && port % 2 == 0;
}

inline turn::ServerConfig config(const Settings& settings = {}) {
    turn::ServerConfig config;
    config.realm = kRealm;
    if (settings.has_lenient) config.secrets.push_back({.bytes = kLenient, .consent = false});
    if (settings.has_gated) config.secrets.push_back({.bytes = kGated});
    if (settings.has_user) {
        config.users = {{.name = std::string(kUserName), .password = crypto::SecretBytes(kUserPassword)}};
    }
    config.deny_peers = settings.denied();
    config.nonce_key = {1, 2, 3};
    config.ipv4 = turn::RelayAddress{settings.told(), kRelay4};
    config.ipv6 = turn::RelayAddress{kRelay6, kRelay6};
    config.shard_ports = kShardPorts;
    config.server_ports = kServerPorts;
    config.is_live_elsewhere = is_live_elsewhere;
    config.challenges = {1'000'000, 1'000'000};
    config.call = kLimits;
    config.quotas = kQuotas;
    return config;
}

/// A client with its path, and what the model believes about it.
struct Client {
    Client(std::size_t place, WallTime wall)
        : number(place),
          seat(kSeats.at(place)),
          path{at(seat.address.starts_with('[') ? "[2600::1]:3478" : "11.0.0.1:3478"), ClientAddress(at(seat.address)),
               seat.transport},
          signer(place + 1, credential(wall + std::chrono::hours{1}), std::string(kRealm)) {}

    [[nodiscard]] turn::RestCredential credential(WallTime expiry) const {
        if (seat.whose == Whose::kUser) return {std::string(kUserName), std::string(kUserPassword)};
        if (seat.whose == Whose::kNameless) {
            const auto second = std::chrono::duration_cast<std::chrono::seconds>(expiry.time_since_epoch());
            const std::string name = std::to_string(second.count());
            return {name, turn::rest_password(secret(), name)};
        }
        return turn::make_rest_credential(secret(), expiry, std::chrono::hours{2}, turn::CredentialClass::kCall,
                                          seat.leg);
    }
    [[nodiscard]] const ByteBuffer& secret() const {
        if (seat.whose == Whose::kLenientSecret || seat.whose == Whose::kNameless) return kLenient;
        return seat.whose == Whose::kGatedSecret ? kGated : kUnknown;
    }

    std::size_t number;
    const Seat& seat;
    turn::FiveTuple path;
    turn::test::TestClient signer;
    turn::StreamFramer framer;
    AllocationModel model;
    IpAddress told = kRelay4;                             ///< of its IPv4 socket
    std::map<SocketAddress, ByteBuffer> sent;             // the last to each peer
    std::map<SocketAddress, stun::TransactionId> checked; // the last check to each peer
    std::map<SocketAddress, stun::TransactionId> heard;   // and from it
};

} // namespace vv::fuzz
