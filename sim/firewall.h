// A firewall without translation: what of the inside may go out, and whether
// the outside may begin. It is also the stateful filter that a home router is
// for IPv6 (RFC 6092).
#pragma once

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

struct FirewallConfig {
    /// Whom it lets in to an endpoint that has sent something; nothing: everybody, to all.
    std::optional<Behaviour> filtering = Behaviour::kAddressAndPortDependent;
    bool blocks_udp = false;
    /// Where TCP may go to; empty: everywhere.
    std::vector<std::uint16_t> tcp_ports{};
    /// UDP payloads that are larger disappear, both ways; 0: none.
    std::size_t udp_payload_max = 0;
    Duration udp_timeout = std::chrono::minutes(2);
    Duration tcp_timeout = std::chrono::minutes(124);
    std::size_t sessions_max = 4096;

    [[nodiscard]] Duration timeout(Protocol protocol) const {
        return protocol == Protocol::kUdp ? udp_timeout : tcp_timeout;
    }
};

class Firewall final : public Box {
public:
    explicit Firewall(FirewallConfig config);

    [[nodiscard]] Fate handle_outbound(Instant now, Packet& packet) override;
    [[nodiscard]] Fate handle_inbound(Instant now, Packet& packet) override;
    void reboot() override { sessions_.clear(); }
    [[nodiscard]] bool translates(AddressFamily /*family*/) const override { return false; }

    [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }
    [[nodiscard]] const FirewallConfig& config() const { return config_; }

private:
    struct Session {
        Pinholes pinholes;
        Instant expiry;
    };
    [[nodiscard]] bool forbids_out(const Packet& packet) const;
    [[nodiscard]] bool forbids_udp(const Packet& packet) const;
    [[nodiscard]] Session* open(Instant now, const Endpoint& inside);

    FirewallConfig config_;
    std::unordered_map<Endpoint, Session, AddressHash> sessions_;
};

} // namespace vv::sim
