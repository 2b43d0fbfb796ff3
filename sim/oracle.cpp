#include "sim/oracle.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace vv::sim {
namespace {

constexpr std::array kFamilies{AddressFamily::kIpv4, AddressFamily::kIpv6};
/// More rounds teach nobody anything: what is learned in one is the answer to what was learned in the one before, and
/// the longest way there is has four.
constexpr int kRoundsMax = 6;

bool has(const Edge& edge, AddressFamily family) {
    return family == AddressFamily::kIpv4 ? edge.has_v4 : edge.has_v6;
}

/// A box, as far as one family goes.
struct Layer {
    Behaviour mapping = Behaviour::kEndpointIndependent;
    std::optional<Behaviour> filtering; // nothing: everybody comes in
};

std::vector<Layer> layers_of(const Edge& edge, std::size_t boxes, AddressFamily family) {
    std::vector<Layer> layers;
    for (const BoxSpec& box : std::span(edge.boxes).first(boxes)) {
        if (const auto* nat = std::get_if<NatConfig>(&box)) {
            if (family == AddressFamily::kIpv4) layers.push_back({nat->mapping, nat->filtering});
        } else if (const auto* wall = std::get_if<FirewallConfig>(&box)) {
            layers.push_back({Behaviour::kEndpointIndependent, wall->filtering});
        }
    }
    return layers;
}

bool passes_udp(const Edge& edge, std::size_t boxes) {
    return std::none_of(edge.boxes.begin(), edge.boxes.begin() + static_cast<std::ptrdiff_t>(boxes),
                        [](const BoxSpec& box) {
                            const auto* wall = std::get_if<FirewallConfig>(&box);
                            return wall != nullptr && wall->blocks_udp;
                        });
}

bool passes_tcp(const Edge& edge, std::uint16_t port) {
    return std::ranges::none_of(edge.boxes, [port](const BoxSpec& box) {
        const auto* wall = std::get_if<FirewallConfig>(&box);
        return wall != nullptr && !wall->tcp_ports.empty() &&
               std::ranges::find(wall->tcp_ports, port) == wall->tcp_ports.end();
    });
}

constexpr std::size_t kA = 0;
constexpr std::size_t kB = 1;
constexpr std::size_t kStun = 2;

/// An address with a name: the port that a side's boxes have for what it sends to a place, or the STUN server's. For
/// boxes that go by the address alone the place is only whose it is, for those that go by nothing it is none.
class Names {
public:
    struct Name {
        std::size_t whose;
        int towards; // a name; -1: whatever, -2 - side: anything of that side

        friend bool operator==(const Name&, const Name&) = default;
    };
    int stun() { return id({kStun, -1}); }
    /// What the layers up to some one make of a side towards a place.
    int mapped(std::size_t side, Behaviour mapping, int place) {
        switch (mapping) {
        case Behaviour::kEndpointIndependent:
            return id({side, -1});
        case Behaviour::kAddressDependent:
            return id({side, -2 - static_cast<int>(names_[static_cast<std::size_t>(place)].whose)});
        case Behaviour::kAddressAndPortDependent:
            break;
        }
        return id({side, place});
    }
    [[nodiscard]] std::size_t whose(int name) const { return names_[static_cast<std::size_t>(name)].whose; }

private:
    int id(const Name& name) {
        const auto found = std::ranges::find(names_, name);
        if (found != names_.end()) return static_cast<int>(found - names_.begin());
        names_.push_back(name);
        return static_cast<int>(names_.size()) - 1;
    }
    std::vector<Name> names_;
};

/// One end with its boxes up to the network that both have in common.
class Side {
public:
    Side(Names& names, std::size_t which, std::vector<Layer> layers)
        : names_(names),
          which_(which),
          layers_(std::move(layers)) {
        auto strictest = Behaviour::kEndpointIndependent;
        for (const Layer& layer : layers_)
            mappings_.push_back(strictest = std::max(strictest, layer.mapping));
    }

    /// Where it comes from for a place. The strictest box on the way decides: a mapping that one of them makes anew the
    /// ones around it cannot join again.
    [[nodiscard]] int mapped(int place) {
        return names_.mapped(which_, mappings_.empty() ? Behaviour::kEndpointIndependent : mappings_.back(), place);
    }
    void send_to(int place) { sent_to_.insert(place); }
    void learn(int place) { known_.insert(place); }
    [[nodiscard]] const std::set<int>& known() const { return known_; }

    /// Whether what comes from `source` to the port made for `place` gets through all its boxes. Each has a mapping of
    /// its own on the way, and of it the places to which just that one has been used.
    [[nodiscard]] bool admits(int source, int place) {
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            const auto filtering = layers_[i].filtering;
            if (!filtering) continue;
            const int mapping = names_.mapped(which_, mappings_[i], place);
            const bool is_open = std::ranges::any_of(sent_to_, [&](int other) {
                if (names_.mapped(which_, mappings_[i], other) != mapping) return false;
                return *filtering == Behaviour::kEndpointIndependent || other == source ||
                       (*filtering == Behaviour::kAddressDependent && names_.whose(other) == names_.whose(source));
            });
            if (!is_open) return false;
        }
        return true;
    }
    /// The place whose port this name is; nothing: it is none of its ports (yet).
    [[nodiscard]] std::optional<int> place_of(int port) {
        for (const int place : sent_to_) {
            if (mapped(place) == port) return place;
        }
        return std::nullopt;
    }
    [[nodiscard]] bool has_boxes() const { return !layers_.empty(); }

private:
    Names& names_;
    std::size_t which_;
    std::vector<Layer> layers_;
    std::vector<Behaviour> mappings_; // of the layers up to each
    std::set<int> sent_to_;
    std::set<int> known_;
};

/// Two ends that ask each other at every address they know, until nobody learns anything new.
class HolePunching {
public:
    HolePunching(std::vector<Layer> a, std::vector<Layer> b)
        : sides_{Side(names_, kA, std::move(a)), Side(names_, kB, std::move(b))} {
        const int stun = names_.stun();
        for (Side& side : sides_)
            side.send_to(stun);
        // What the STUN server saw is told to the other.
        sides_[kA].learn(sides_[kB].mapped(stun));
        sides_[kB].learn(sides_[kA].mapped(stun));
    }

    [[nodiscard]] bool succeeds() {
        for (int round = 0; round < kRoundsMax; ++round) {
            for (Side& side : sides_) {
                for (const int place : std::set<int>(side.known()))
                    side.send_to(place);
            }
            if (ask(kA, kB) || ask(kB, kA)) return true;
        }
        return false;
    }

private:
    // RFC 8445 §7.2.5.2.1: an answer counts if it comes from where the question went. That it gets in is sure then: the
    // question has opened just that way.
    bool ask(std::size_t from, std::size_t to) {
        for (const int target : std::set<int>(sides_[from].known())) {
            const int source = sides_[from].mapped(target);
            const auto place = sides_[to].place_of(target);
            if (!place || !sides_[to].admits(source, *place)) continue;
            sides_[to].learn(source);
            if (sides_[to].mapped(source) == target) return true;
        }
        return false;
    }

    Names names_;
    std::array<Side, 2> sides_;
};

/// The outermost of the shared boxes that translates: the addresses that both are told are its own, so that what they
/// send each other goes as far as there and turns around.
const NatConfig* turning_point(const Edge& edge, std::size_t own, AddressFamily family) {
    if (family != AddressFamily::kIpv4) return nullptr;
    for (std::size_t i = edge.boxes.size(); i > own; --i) {
        if (const auto* nat = std::get_if<NatConfig>(&edge.boxes[i - 1])) return nat;
    }
    return nullptr;
}

std::size_t boxes_up_to(const Edge& edge, std::size_t own, const NatConfig* turning) {
    for (std::size_t i = own; i < edge.boxes.size(); ++i) {
        if (turning != nullptr && std::get_if<NatConfig>(&edge.boxes[i]) == turning) return i + 1;
    }
    return own;
}

/// The server's side of it: the client gets there in some way.
bool can_reach(const Edge& edge, const Relay& relay) {
    const bool has_family = (edge.has_v4 && relay.has_v4) || (edge.has_v6 && relay.has_v6);
    const bool udp = relay.by_udp && passes_udp(edge, edge.boxes.size());
    const bool tcp = (relay.by_tcp && passes_tcp(edge, 3478)) || (relay.by_tcp_443 && passes_tcp(edge, 443));
    return has_family && (udp || tcp);
}

bool can_be_relayed(const Meeting& meeting, const Relay& relay) {
    const bool a_has_relay = can_reach(meeting.a, relay);
    const bool b_has_relay = can_reach(meeting.b, relay);
    return std::ranges::any_of(kFamilies, [&](AddressFamily family) {
        const bool relays = family == AddressFamily::kIpv4 ? relay.has_v4 : relay.has_v6;
        const auto speaks = [&](const Edge& edge) { return has(edge, family) && passes_udp(edge, edge.boxes.size()); };
        return relays && ((a_has_relay && (b_has_relay || speaks(meeting.b))) || (b_has_relay && speaks(meeting.a)));
    });
}

} // namespace

bool is_direct_possible(const Meeting& meeting, AddressFamily family) {
    const Edge& a = meeting.a;
    const Edge& b = meeting.b;
    if (!has(a, family) || !has(b, family)) return false;
    if (meeting.are_neighbours()) return true;
    const std::size_t own_a = a.boxes.size() - meeting.shared;
    const std::size_t own_b = b.boxes.size() - meeting.shared;
    // On the network in common, without the boxes around it: one of the two has its own address there, which it tells,
    // and the other one's boxes let the answer to its question in.
    const bool in_common = meeting.shared > 0 && (own_a == 0 || own_b == 0);
    if (in_common && passes_udp(a, own_a) && passes_udp(b, own_b)) return true;
    // All else begins with what a STUN server on the internet sees.
    if (!passes_udp(a, a.boxes.size()) || !passes_udp(b, b.boxes.size())) return false;
    const NatConfig* turning_a = turning_point(a, own_a, family);
    const NatConfig* turning_b = turning_point(b, own_b, family);
    if (turning_a != nullptr && !turning_a->hairpins) return false;
    return HolePunching(layers_of(a, boxes_up_to(a, own_a, turning_a), family),
                        layers_of(b, boxes_up_to(b, own_b, turning_b), family))
        .succeeds();
}

Path predict(const Meeting& meeting, const Relay& relay) {
    const bool is_direct =
        std::ranges::any_of(kFamilies, [&](AddressFamily family) { return is_direct_possible(meeting, family); });
    if (is_direct) return Path::kDirect;
    return can_be_relayed(meeting, relay) ? Path::kRelayed : Path::kImpossible;
}

} // namespace vv::sim
