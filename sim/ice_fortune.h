// Whatever may happen to a call: boxes that reboot, lines that break and lose,
// hosts that move or sleep, clocks that jump, a relay that restarts, both ends
// wanting to begin anew; one thing after another, as it is drawn.
#pragma once

#include "base/rng.h"
#include "sim/ice_call.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

namespace vv::sim {

inline constexpr std::array kBehaviours{Behaviour::kEndpointIndependent, Behaviour::kAddressDependent,
                                        Behaviour::kAddressAndPortDependent};

inline constexpr std::array kPortChoices{PortChoice::kPreserving, PortChoice::kSequential, PortChoice::kRandom};

/// Draws what happens from rng, which outlives it.
class IceFortune {
public:
    IceFortune(World& world, Meeting meeting, Rng& rng)
        : world_(world),
          rng_(rng),
          meeting_(with_any_nats(std::move(meeting))),
          // Braces, within which what is drawn first is first on every compiler.
          call_{world, meeting_, any_line(), IceCall::Controls{any(), any()}, some(std::chrono::milliseconds(200))} {}

    void strike() {
        IceUser& user = any() ? call_.a : call_.b;
        Host& host = host_of(user);
        switch (rng_.below(9)) {
        case 0:
            return reboot(&user == &call_.a ? call_.net.a_nats : call_.net.b_nats);
        case 1:
            host.set_line_up(false);
            return world_.at(world_.time() + some(std::chrono::milliseconds(20'000)),
                             [&host] { host.set_line_up(true); });
        case 2:
            return host.set_line(any_line());
        case 3:
            return host.jump_clock(some(std::chrono::milliseconds(60'000)));
        case 4:
            return move(user, host);
        case 5:
            return call_.server.restart();
        case 6:
            return nap(host);
        case 7:
            restart(call_.a);
            return restart(call_.b);
        default:
            return restart(user);
        }
    }
    void let_pass() { world_.run_for(some(std::chrono::milliseconds(12'000))); }

    /// Good lines from now on, and time until everything that was asked of them is over.
    void calm_down() {
        for (Host* host : {&call_.net.a, &call_.net.b})
            host->set_line({.delay = std::chrono::milliseconds(10)});
        world_.run_for(std::chrono::seconds(30));
        call_.a.renew_relays();
        call_.b.renew_relays();
        world_.run_for(std::chrono::seconds(5));
    }

    [[nodiscard]] const Meeting& meeting() const { return meeting_; }
    [[nodiscard]] IceCall& call() { return call_; }

private:
    [[nodiscard]] bool any() { return rng_.below(2) == 0; }
    /// What the oracle does not ask about, and a reboot or a silence does.
    void draw(NatConfig& config) {
        config.ports = kPortChoices.at(rng_.below(kPortChoices.size()));
        config.udp_timeout = any() ? std::chrono::seconds(30) : std::chrono::minutes(2);
        config.inbound_refreshes = any();
    }
    [[nodiscard]] Meeting with_any_nats(Meeting meeting) {
        for (Edge* edge : {&meeting.a, &meeting.b})
            for (BoxSpec& box : edge->boxes)
                if (auto* nat = std::get_if<NatConfig>(&box)) draw(*nat);
        return meeting;
    }
    [[nodiscard]] Duration some(std::chrono::milliseconds most) {
        return std::chrono::milliseconds(rng_.below(static_cast<std::uint64_t>(most.count())));
    }
    [[nodiscard]] LinkConfig any_line() {
        const double loss = 0.03 * static_cast<double>(rng_.below(11));
        return {.delay = some(std::chrono::milliseconds(150)),
                .jitter = some(std::chrono::milliseconds(50)),
                .loss = loss,
                .duplicate = 0.02,
                .reorder = 0.05};
    }
    void reboot(const std::vector<NatBox*>& nats) {
        if (!nats.empty()) nats[rng_.below(nats.size())]->reboot();
    }
    void nap(Host& host) {
        if (!host.is_awake()) return;
        host.fall_asleep();
        world_.at(world_.time() + some(std::chrono::milliseconds(20'000)),
                  [&host, clock_stood = any()] { host.wake_up(clock_stood); });
    }
    [[nodiscard]] Host& host_of(const IceUser& user) const { return &user == &call_.a ? call_.net.a : call_.net.b; }
    void restart(IceUser& user) {
        if (host_of(user).is_awake()) user.restart();
    }
    // Into a network of its own, behind a NAT of any kind.
    void move(IceUser& user, Host& host) {
        ++moves_;
        NatConfig config;
        config.mapping = kBehaviours.at(rng_.below(3));
        config.filtering = kBehaviours.at(rng_.below(3));
        draw(config);
        const bool is_a = &user == &call_.a;
        const auto home = world_.add_nat("elsewhere", World::internet(), config, {IpAddress::v4({21, 0, 0, moves_})});
        host.roam(home.network, {IpAddress::v4({192, 168, 1, 2})}, any_line());
        (is_a ? call_.net.a_nats : call_.net.b_nats) = {&home.box};
        (is_a ? meeting_.a : meeting_.b) = nat_edge(config.mapping, config.filtering);
        meeting_.shared = 0;
    }

    World& world_;
    Rng& rng_;
    Meeting meeting_;
    IceCall call_;
    std::uint8_t moves_ = 0;
};

} // namespace vv::sim
