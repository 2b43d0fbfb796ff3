// Any sequence of packets at a NAT, held against what RFC 4787 says of it: two endpoints inside
// never have one outside at the same time, a mapping depends on just what it is to depend on,
// nobody is refused one while there is room, and those come in who were let in by what went out
// before, from inside and around the NAT as well.
//
// The input is a byte for mapping and filter, then four bytes for each step: what, the host
// inside, the one outside, seconds.
#include "sim/nat_box.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

using namespace vv;
using namespace vv::sim;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kStepsMax = 400;
constexpr Duration kLifetime = 60s;
// More ports than mappings, so that what it says of a refusal is the table's size.
constexpr std::uint16_t kFirstPort = 5000;
constexpr std::uint16_t kPorts = 16;
constexpr std::size_t kMappingsMax = 12;
const IpAddress kOuter = IpAddress::v4(0x0B000001);

NatConfig config_of(std::uint8_t choice) {
    NatConfig config;
    config.mapping = static_cast<Behaviour>(choice % 3);
    config.filtering = static_cast<Behaviour>(choice / 3 % 3);
    config.ports = static_cast<PortChoice>(choice / 9 % 3);
    config.hairpins = true;
    config.udp_timeout = kLifetime;
    config.first_port = kFirstPort;
    config.last_port = kFirstPort + kPorts - 1;
    config.mappings_max = kMappingsMax;
    return config;
}

SocketAddress inside(std::uint8_t which) {
    return {IpAddress::v4(0xC0A80100U + which % 4), static_cast<std::uint16_t>(5000 + which / 4 % 2)};
}
SocketAddress at_nat(std::uint8_t which) {
    return {kOuter, static_cast<std::uint16_t>(kFirstPort + which % kPorts)};
}
// One in four is a port of the NAT's own.
SocketAddress outside(std::uint8_t which) {
    if (which >= 192) return at_nat(which);
    return {IpAddress::v4(0x0C000000U + which % 3), static_cast<std::uint16_t>(7 + which / 3 % 2)};
}

class Watched {
public:
    explicit Watched(std::uint8_t choice) : config_(config_of(choice)), nat_(config_, {kOuter}, choice) {}

    void step(std::uint8_t what, std::uint8_t a, std::uint8_t b, std::uint8_t seconds) {
        now_ += std::chrono::seconds(seconds % 64);
        switch (what % 4) {
        case 0:
        case 1:
            return send(inside(a), outside(b));
        case 2:
            return receive(outside(a), at_nat(b));
        default:
            if (seconds == 255) {
                nat_.reboot();
                sent_.clear();
            }
        }
    }

private:
    struct Sent {
        Instant at;
        SocketAddress from;
        SocketAddress to;
        SocketAddress mapped;
    };
    [[nodiscard]] bool is_live(const Sent& sent) const { return sent.at + kLifetime > now_; }

    void send(const SocketAddress& from, const SocketAddress& to) {
        Packet packet;
        packet.from = from;
        packet.to = to;
        const Fate fate = nat_.handle_outbound(now_, packet);
        VV_ASSERT(nat_.mappings() <= kMappingsMax);
        if (fate == Fate::kTableFull) {
            VV_ASSERT(packet.from == from && packet.to == to);
            VV_ASSERT(live_mappings() == kMappingsMax);
            return;
        }
        VV_ASSERT(packet.from.ip == kOuter);
        VV_ASSERT(packet.from.port >= kFirstPort && packet.from.port < kFirstPort + kPorts);
        for (const Sent& earlier : sent_) {
            if (!is_live(earlier)) continue;
            if (earlier.from != from) VV_ASSERT(earlier.mapped != packet.from);
            if (earlier.from != from) continue;
            VV_ASSERT((earlier.mapped == packet.from) == is_one_mapping(earlier.to, to));
        }
        sent_.push_back({now_, from, to, packet.from});
        if (to.ip == kOuter) {
            judge(fate, packet.from, to, packet.to, Fate::kHairpinned);
        } else {
            VV_ASSERT(fate == Fate::kTranslated && packet.to == to);
        }
    }
    [[nodiscard]] std::size_t live_mappings() const {
        std::set<SocketAddress> mapped;
        for (const Sent& sent : sent_) {
            if (is_live(sent)) mapped.insert(sent.mapped);
        }
        return mapped.size();
    }
    [[nodiscard]] bool is_one_mapping(const SocketAddress& a, const SocketAddress& b) const {
        switch (config_.mapping) {
        case Behaviour::kEndpointIndependent:
            return true;
        case Behaviour::kAddressDependent:
            return a.ip == b.ip;
        case Behaviour::kAddressAndPortDependent:
            break;
        }
        return a == b;
    }
    [[nodiscard]] bool opens(const Sent& sent, const SocketAddress& to) const {
        switch (config_.filtering) {
        case Behaviour::kEndpointIndependent:
            return true;
        case Behaviour::kAddressDependent:
            return sent.to.ip == to.ip;
        case Behaviour::kAddressAndPortDependent:
            break;
        }
        return sent.to == to;
    }

    void receive(const SocketAddress& from, const SocketAddress& to) {
        Packet packet;
        packet.from = from;
        packet.to = to;
        judge(nat_.handle_inbound(now_, packet), from, to, packet.to, Fate::kTranslated);
        VV_ASSERT(packet.from == from);
    }
    /// What became of a packet to a port of the NAT's; let_in: what that is called.
    void judge(Fate fate, const SocketAddress& from, const SocketAddress& to, const SocketAddress& whereto,
               Fate let_in) const {
        bool is_mapped = false;
        std::optional<SocketAddress> expected;
        for (const Sent& sent : sent_) {
            if (!is_live(sent) || sent.mapped != to) continue;
            is_mapped = true;
            if (opens(sent, from)) expected = sent.from;
        }
        VV_ASSERT(whereto == expected.value_or(to));
        VV_ASSERT(fate == (expected ? let_in : is_mapped ? Fate::kFiltered : Fate::kNoMapping));
    }

    Instant now_{1h};
    NatConfig config_;
    NatBox nat_;
    std::vector<Sent> sent_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    Watched watched(data[0]);
    const std::size_t steps = std::min(kStepsMax, (size - 1) / 4);
    for (std::size_t i = 0; i < steps; ++i) {
        const std::uint8_t* step = data + 1 + i * 4;
        watched.step(step[0], step[1], step[2], step[3]);
    }
    return 0;
}
