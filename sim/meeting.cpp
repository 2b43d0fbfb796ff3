#include "sim/meeting.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace vv::sim {
namespace {

const IpAddress kServer4 = IpAddress::v4(0x0C000001); // 12.0.0.1
const IpAddress kHome4 = IpAddress::v4({192, 168, 1, 2});

IpAddress v6_of(std::uint8_t site, std::uint8_t number) {
    return IpAddress::v6({0x26, 0x00, 0, site, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number});
}

/// A place between the internet and a host, on the way inwards.
struct Spot {
    NetworkId network = World::internet();
    std::uint8_t depth = 0; // NATs passed
    std::vector<NatBox*> nats{};
};

/// Numbers that nobody else has, but for hosts at home, which all have the same one: each is alone in its network, and
/// an address that one end tells is the other one's own.
class Builder {
public:
    explicit Builder(World& world) : world_(world) {}

    IpAddress next_v4(std::uint8_t depth) {
        ++number_;
        // 20.0.0.0 is anybody's; behind a NAT, 10.0.0.0 is nobody's.
        return depth == 0 ? IpAddress::v4({20, 0, 0, number_}) : IpAddress::v4({10, depth, 0, number_});
    }
    void add(Spot& spot, const std::string& name, const BoxSpec& box) {
        if (const auto* nat = std::get_if<NatConfig>(&box)) {
            const auto made = world_.add_nat(name + " NAT", spot.network, *nat, {next_v4(spot.depth)});
            spot.nats.insert(spot.nats.begin(), &made.box);
            spot.network = made.network;
            ++spot.depth;
        } else if (const auto* wall = std::get_if<FirewallConfig>(&box)) {
            spot.network = world_.add_firewall(name + " firewall", spot.network, *wall).network;
        }
    }
    /// common: whatever is deeper is at home.
    Host& add_host(const Spot& spot, const Spot& common, const std::string& name, const Edge& edge,
                   const LinkConfig& line) {
        std::vector<IpAddress> addresses;
        if (edge.has_v4) addresses.push_back(spot.depth > common.depth ? kHome4 : next_v4(spot.depth));
        if (edge.has_v6) addresses.push_back(v6_of(1, ++number_));
        return world_.add_host(name, spot.network, std::move(addresses), line);
    }

private:
    World& world_;
    std::uint8_t number_ = 0;
};

} // namespace

BuiltMeeting build(World& world, const Meeting& meeting, const LinkConfig& line) {
    VV_ASSERT(meeting.shared <= meeting.a.boxes.size() && meeting.shared <= meeting.b.boxes.size());
    Builder builder(world);
    Spot common;
    for (std::size_t i = 0; i < meeting.shared; ++i)
        builder.add(common, "shared", meeting.a.boxes[meeting.a.boxes.size() - 1 - i]);
    const auto inside = [&](const std::string& name, const Edge& edge) {
        Spot spot = common;
        for (std::size_t i = edge.boxes.size() - meeting.shared; i > 0; --i)
            builder.add(spot, name, edge.boxes[i - 1]);
        return spot;
    };
    Spot of_a = inside("a", meeting.a);
    Spot of_b = inside("b", meeting.b);
    Host& a = builder.add_host(of_a, common, "a", meeting.a, line);
    Host& b = builder.add_host(of_b, common, "b", meeting.b, line);
    Host& server = world.add_host("server", World::internet(), {kServer4, v6_of(2, 1)});
    return {a, b, server, std::move(of_a.nats), std::move(of_b.nats)};
}

} // namespace vv::sim
