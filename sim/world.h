// The simulated internet: networks inside one another with NATs and firewalls
// between them, hosts with interfaces, lines that delay and lose. Time is a
// number here; an hour takes as long as what happens in it. A seed replays a
// run, packet for packet.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "base/tagged.h"
#include "sim/box.h"
#include "sim/event_queue.h"
#include "sim/fate.h"
#include "sim/firewall.h"
#include "sim/hash.h"
#include "sim/interface.h"
#include "sim/link.h"
#include "sim/nat_box.h"
#include "sim/packet.h"
#include "sim/trace.h"
#include "sim/wakeable.h"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vv::sim {

class Host;

/// The date at which every world begins: any day, for credentials to be before or after it.
inline constexpr WallTime kWallBeginning{WallClock::duration(1'767'225'600)};
/// On their way at once; what is sent beyond is lost.
inline constexpr std::size_t kPacketsMax = 262'144;
/// Networks on one way: as deep as they may lie in one another.
inline constexpr std::uint8_t kHopsMax = 32;
/// Wakes of one machine at one moment, before it counts as one that asks for a time which has passed for ever.
inline constexpr int kWakesAtOnceMax = 1000;

class World {
public:
    explicit World(std::uint64_t seed, std::size_t packets_max = kPacketsMax);
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World();

    // ---- what there is

    [[nodiscard]] static NetworkId internet() { return NetworkId(0); }
    /// A network inside another one, behind the box; link: the box's line outside. The box's reference holds as long
    /// as the world.
    template <typename T>
    struct Inside {
        NetworkId network;
        T& box;
    };
    [[nodiscard]] Inside<NatBox> add_nat(std::string name, NetworkId outside, const NatConfig& config,
                                         std::vector<IpAddress> outer, const LinkConfig& link = {});
    [[nodiscard]] Inside<Firewall> add_firewall(std::string name, NetworkId outside, FirewallConfig config,
                                                const LinkConfig& link = {});
    /// addresses: of its one interface, none of them in that network yet; more: Host::attach.
    Host& add_host(std::string name, NetworkId network, std::vector<IpAddress> addresses, const LinkConfig& link = {});
    /// The line of the box around this network.
    void set_line(NetworkId network, const LinkConfig& link);
    void set_line_up(NetworkId network, bool is_up);

    // ---- time

    [[nodiscard]] Instant time() const { return time_; }
    [[nodiscard]] WallTime wall() const;
    void run_until(Instant end);
    void run_for(Duration duration) { run_until(time_ + duration); }
    /// Stops after the event that makes it true; false: it was not within the time.
    template <std::predicate Done>
    bool run_until(Instant end, Done done) {
        while (!done()) {
            if (!run_next(end)) {
                time_ = std::max(time_, end);
                return done();
            }
        }
        return true;
    }
    template <std::predicate Done>
    bool run_for(Duration duration, Done done) {
        return run_until(time_ + duration, done);
    }
    /// Something for a scenario to do then.
    void at(Instant when, std::function<void()> what);

    // ---- what is seen of it

    [[nodiscard]] std::uint64_t count(Fate fate) const { return counts_[static_cast<std::size_t>(fate)]; }
    [[nodiscard]] std::uint64_t events() const { return events_; }
    [[nodiscard]] std::size_t packets_in_flight() const { return pool_.in_flight(); }
    /// Null: nobody. The sink outlives the world, or is taken away.
    void trace_to(TraceSink* sink) { sink_ = sink; }
    /// For a world that is made within a run of another one.
    [[nodiscard]] TraceSink* trace() const { return sink_; }
    [[nodiscard]] std::uint64_t seed() const { return seed_; }
    /// A seed for something that draws for itself, so that what one draws changes nothing for another.
    [[nodiscard]] std::uint64_t new_seed() { return rng_.next_u64(); }

private:
    friend class Host;
    friend class Wakeable;

    struct Route {
        bool to_gateway = false; // else to an interface
        std::uint32_t index = 0;
    };
    struct Network {
        std::optional<std::uint32_t> gateway; // none: the internet
        std::unordered_map<IpAddress, Route, AddressHash> routes;
        std::vector<std::uint32_t> interfaces; // in the order they came, for what goes to all
    };
    struct Gateway {
        std::string name;
        NetworkId inside;
        NetworkId outside;
        std::unique_ptr<Box> box;
        Line line;

        Gateway(std::string its_name, NetworkId in, NetworkId out, std::unique_ptr<Box> its_box, const LinkConfig& link,
                std::uint64_t seed)
            : name(std::move(its_name)),
              inside(in),
              outside(out),
              box(std::move(its_box)),
              line(link, seed) {}
    };
    /// Of a packet at a network: from one of its hosts or a box in it, or down from the box around it.
    enum class From : std::uint8_t { kInside, kItsBox };
    enum class Kind : std::uint8_t { kAtNetwork, kAtGateway, kAtHost, kWake, kCall };
    struct What {
        Kind kind = Kind::kWake;
        std::uint32_t target = 0;
        Packet* packet = nullptr;
    };
    struct WakeSlot {
        Wakeable* who = nullptr;
        std::optional<Instant> scheduled;
        Instant last_wake;
        int wakes_at_once = 0;
    };

    // world.cpp
    [[nodiscard]] bool run_next(Instant end);
    void carry_out(const What& what);
    void call(std::uint32_t index);
    void wake(std::uint32_t slot);
    void reschedule(std::size_t slot);
    [[nodiscard]] std::size_t add_wakeable(Wakeable& who);
    void remove_wakeable(std::size_t slot);
    NetworkId add_network(std::string name, NetworkId outside, std::unique_ptr<Box> box, const LinkConfig& link);

    // world_routing.cpp
    void attach(Interface& interface);
    void detach(Interface& interface);
    void add_routes(NetworkId network, const IpAddress& ip, Route route);
    void remove_routes(NetworkId network, const IpAddress& ip);
    void send(Interface& from, Packet& packet);
    void pass(Link& link, Packet& packet, std::string_view where, What next);
    void at_network(NetworkId id, Packet& packet, From from);
    void at_all_of(const Network& network, Packet& packet);
    void at_gateway_inside(std::uint32_t index, Packet& packet);
    void at_gateway_outside(std::uint32_t index, Packet& packet);
    void at_host(std::uint32_t index, Packet& packet);
    void note(Fate fate, std::string_view where, const Packet& packet);
    void end(Fate fate, std::string_view where, Packet& packet);

    Instant time_ = kBeginning;
    std::uint64_t seed_;
    SeededRng rng_;
    PacketPool pool_;
    EventQueue<What> queue_;
    std::uint64_t events_ = 0;
    std::array<std::uint64_t, kFates> counts_{};
    TraceSink* sink_ = nullptr;

    std::vector<Network> networks_;
    std::vector<std::unique_ptr<Gateway>> gateways_;
    std::vector<std::unique_ptr<Interface>> interfaces_;
    std::vector<std::function<void()>> calls_;
    std::vector<std::uint32_t> free_calls_;
    std::vector<WakeSlot> wakes_;
    std::vector<std::size_t> free_wakes_;
    std::vector<std::unique_ptr<Host>> hosts_; // last, since their apps use all of the above as they go
};

} // namespace vv::sim
