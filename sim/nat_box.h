// A NAT in the terms of RFC 4787: how it maps, whom it lets in, how long it
// remembers, whether it hairpins. TCP it treats as UDP with a longer memory: it
// knows no connections, of which RFC 5382 says more. It translates IPv4; IPv6
// passes through it untouched. A carrier's NAT is one of these around another.
#pragma once

#include "base/result.h"
#include "base/rng.h"
#include "sim/box.h"
#include "sim/hash.h"
#include "sim/pinholes.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace vv::sim {

enum class PortChoice : std::uint8_t {
    kPreserving, ///< the port inside, if it is free (RFC 4787 §4.2.1)
    kSequential,
    kRandom,
};

/// RFC 4787 §4.1: which of several addresses outside an endpoint gets.
enum class Pooling : std::uint8_t {
    kPaired,    ///< a host always the same
    kArbitrary, ///< each mapping any
};

struct NatConfig {
    Behaviour mapping = Behaviour::kEndpointIndependent;
    Behaviour filtering = Behaviour::kAddressAndPortDependent;
    PortChoice ports = PortChoice::kPreserving;
    Pooling pooling = Pooling::kPaired;
    bool hairpins = false;
    /// RFC 4787 REQ-5: two minutes at least; many have 30 s.
    Duration udp_timeout = std::chrono::minutes(2);
    /// RFC 5382 REQ-5, at any time of a connection.
    Duration tcp_timeout = std::chrono::minutes(124);
    /// RFC 4787 REQ-6: what goes out keeps a mapping alive; what comes in may.
    bool inbound_refreshes = false;
    std::uint16_t first_port = 1024;
    std::uint16_t last_port = 65'535;
    std::size_t mappings_max = 4096;

    [[nodiscard]] Duration timeout(Protocol protocol) const {
        return protocol == Protocol::kUdp ? udp_timeout : tcp_timeout;
    }
};

class NatBox final : public Box {
public:
    /// outer: its IPv4 addresses outside, at least one.
    NatBox(const NatConfig& config, std::vector<IpAddress> outer, std::uint64_t seed);

    [[nodiscard]] Fate handle_outbound(Instant now, Packet& packet) override;
    [[nodiscard]] Fate handle_inbound(Instant now, Packet& packet) override;
    /// Every mapping is gone. What is mapped anew gets ports that have nothing to do with the last ones, unless they
    /// are preserved: then most get those they had.
    void reboot() override;
    [[nodiscard]] bool translates(AddressFamily family) const override { return family == AddressFamily::kIpv4; }
    [[nodiscard]] std::vector<IpAddress> outer_addresses() const override { return outer_; }

    /// Mappings that are kept, those that have expired unnoticed included.
    [[nodiscard]] std::size_t mappings() const { return by_inside_.size(); }
    [[nodiscard]] const NatConfig& config() const { return config_; }

private:
    struct Key {
        Endpoint inside;
        SocketAddress remote; // as much of it as the mapping goes by

        friend bool operator==(const Key&, const Key&) = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept {
            return mixed(AddressHash{}(key.inside) + AddressHash{}(key.remote));
        }
    };
    struct Mapping {
        Key key;
        Endpoint outside;
        Instant expiry;
        Pinholes pinholes;
        bool is_used = false;
    };

    [[nodiscard]] Key key_of(const Packet& packet) const;
    [[nodiscard]] bool is_outer(const IpAddress& ip) const;
    [[nodiscard]] Mapping* find_inside(Instant now, const Key& key);
    [[nodiscard]] Mapping* find_outside(Instant now, const Endpoint& outside);
    [[nodiscard]] Result<Mapping*, Fate> make(Instant now, const Key& key);
    [[nodiscard]] const IpAddress& pick_outer(const IpAddress& inside);
    [[nodiscard]] std::optional<Endpoint> pick_endpoint(Instant now, const Endpoint& inside);
    [[nodiscard]] std::uint16_t first_try(std::uint16_t inside_port);
    [[nodiscard]] Fate translate_source(Instant now, Packet& packet);
    [[nodiscard]] Fate let_in(Instant now, Packet& packet);
    void remove(std::size_t slot);
    void remove_expired(Instant now);

    NatConfig config_;
    std::vector<IpAddress> outer_;
    SeededRng rng_;
    std::vector<Mapping> slots_;
    std::vector<std::size_t> free_;
    std::unordered_map<Key, std::size_t, KeyHash> by_inside_;
    std::unordered_map<Endpoint, std::size_t, AddressHash> by_outside_;
    std::unordered_map<IpAddress, std::size_t, AddressHash> paired_; // a host inside: which of outer_
    std::uint16_t next_port_;
};

} // namespace vv::sim
