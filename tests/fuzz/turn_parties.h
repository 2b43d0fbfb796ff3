// Who takes part when the relay is fuzzed: its configuration, its clients, and
// what a corpus must get to.
#pragma once

#include "turn/config.h"
#include "turn/stream_framer.h"
#include "turn/test_client.h"
#include "turn_model.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace vv::fuzz {

inline constexpr std::string_view kRealm = "visavis.test";
inline const ByteBuffer kLenient{'s', 'e', 'c', 'r', 'e', 't'};
inline const ByteBuffer kGated{'c', 'o', 'n', 's', 'e', 'n', 't'};
inline const ByteBuffer kUnknown{'u', 'n', 'k', 'n', 'o', 'w', 'n'};
inline constexpr std::string_view kUserName = "app";
inline constexpr std::string_view kUserPassword = "a password of an application";
inline const ByteBuffer kIceKey{'i', 'c', 'e'};
inline constexpr turn::Quotas kQuotas{.per_user = 2, .per_source = 3, .total = 4};
inline constexpr turn::ClassLimits kLimits{std::chrono::hours{24}, 40'000, 40'000, 100, false};

inline SocketAddress at(std::string_view text) {
    return SocketAddress::parse(text).value();
}
inline const IpAddress kRelay4 = IpAddress::parse("11.0.0.1").value();
inline const IpAddress kRelay6 = IpAddress::parse("2600::1").value();

enum class Whose : std::uint8_t { kLenientSecret, kGatedSecret, kUser, kNobody };

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
                            Reached{"a stream that was no TURN"}};
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
};
inline void reach(std::size_t goal, bool yes = true) {
    if (yes) g_reached.at(goal).yes = true;
}

inline turn::ServerConfig config() {
    turn::ServerConfig config;
    config.realm = kRealm;
    config.secrets = {{.bytes = kLenient, .consent = false}, {.bytes = kGated}};
    config.users = {{.name = std::string(kUserName), .password = crypto::SecretBytes(kUserPassword)}};
    config.nonce_key = {1, 2, 3};
    config.ipv4 = turn::RelayAddress{kRelay4, kRelay4};
    config.ipv6 = turn::RelayAddress{kRelay6, kRelay6};
    config.shard_ports = {50000, 50031};
    config.server_ports = {50000, 50063};
    config.is_live_elsewhere = [](const turn::RelaySocket&) { return false; };
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
        return turn::make_rest_credential(secret(), expiry, std::chrono::hours{2}, turn::CredentialClass::kCall,
                                          seat.leg);
    }
    [[nodiscard]] const ByteBuffer& secret() const {
        if (seat.whose == Whose::kLenientSecret) return kLenient;
        return seat.whose == Whose::kGatedSecret ? kGated : kUnknown;
    }

    std::size_t number;
    const Seat& seat;
    turn::FiveTuple path;
    turn::test::TestClient signer;
    turn::StreamFramer framer;
    AllocationModel model;
    std::map<SocketAddress, ByteBuffer> sent;             // the last to each peer
    std::map<SocketAddress, stun::TransactionId> checked; // the last check to each peer
    std::map<SocketAddress, stun::TransactionId> heard;   // and from it
};

} // namespace vv::fuzz
