// Calls of which one end is relayed, with packets each way all the time and ICE
// begun anew again and again: the relay's consent gate stands in the way of none
// of what the agents may send.
#include "sim/ice_call_for_test.h"
#include "sim/scenario_for_test.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace vv::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kEachPacket{20};

/// Where nothing gets out but what looks like the web: its relay is reached by TLS.
Edge web_only() {
    return firewall_edge({.blocks_udp = true, .tcp_ports = {kTlsPort}}, true, false);
}
/// One that the other end is told no useful address of, and that reaches its relay by UDP.
Edge closed_home() {
    return nat_edge(Behaviour::kAddressAndPortDependent, Behaviour::kAddressAndPortDependent);
}

/// By both machines of the server.
std::uint64_t counted(TurnHost& host, std::uint64_t turn::Counters::* counter) {
    return host.server(0).counters().*counter + host.server(1).counters().*counter;
}

class Talk {
public:
    Talk(World& world, const Edge& relayed)
        : world_(world),
          rng_(world.new_seed()),
          call_{world, {relayed, closed_home(), 0}, any_line(), IceCall::Controls{any(), any()}} {}

    [[nodiscard]] bool begin() { return call_.complete(20s); }
    void run(Duration time) {
        const Instant end = world_.time() + time;
        Instant restart = world_.time() + some(8'000ms);
        while (world_.time() < end) {
            call_.a.send("from a");
            call_.b.send("from b");
            world_.run_for(kEachPacket);
            if (world_.time() < restart) continue;
            restart = world_.time() + 2s + some(6'000ms);
            (any() ? call_.a : call_.b).restart();
        }
    }
    [[nodiscard]] IceCall& call() { return call_; }

private:
    [[nodiscard]] bool any() { return rng_.below(2) == 0; }
    [[nodiscard]] Duration some(std::chrono::milliseconds most) {
        return std::chrono::milliseconds(rng_.below(static_cast<std::uint64_t>(most.count())));
    }
    [[nodiscard]] LinkConfig any_line() {
        const double loss = 0.01 * static_cast<double>(rng_.below(6));
        return {.delay = some(150ms), .jitter = some(50ms), .loss = loss, .reorder = 0.05};
    }

    World& world_;
    SeededRng rng_;
    IceCall call_;
};

TEST(IceThroughTheGate, NothingOfACallIsHeld) {
    for_each_seed(4, [](World& world) {
        const bool by_tls = world.seed() % 2 == 0;
        Talk talk(world, by_tls ? web_only() : closed_home());
        ASSERT_TRUE(talk.begin());
        EXPECT_EQ(name_of(way_of(talk.call().a)), "relayed");
        talk.run(40s); // longer than one answer's consent
        TurnHost& server = talk.call().server;
        EXPECT_EQ(counted(server, &turn::Counters::dropped_no_consent), 0U);
        EXPECT_EQ(counted(server, &turn::Counters::dropped_unasked), 0U);
        EXPECT_EQ(counted(server, &turn::Counters::dropped_checks), 0U);
        EXPECT_GT(talk.call().b.heard.size(), 200U) << "it was a call";
    });
}

} // namespace
} // namespace vv::sim
