// Two ends of a call that find their way by ICE: real agents, with the real STUN
// and TURN server to ask.
#pragma once

#include "sim/ice_user.h"
#include "sim/meeting.h"
#include "sim/oracle.h"
#include "sim/turn_login_for_test.h"

#include <chrono>
#include <string>
#include <utility>

namespace vv::sim {

inline constexpr std::chrono::milliseconds kSignalingDelay{30};

/// Asks at every address of the server, as far as there is one of the host's own, and for relays by UDP and, as
/// browsers do where that is shut, by TLS on port 443.
inline IceSetup ice_setup(const Host& server, bool controlling, bool relays = true) {
    IceSetup setup{.controlling = controlling, .stun_servers = {}, .relays = {}};
    for (const IpAddress& ip : server.addresses())
        setup.stun_servers.push_back({ip, kStunPort});
    if (relays) setup.relays = test_logins(server);
    return setup;
}

struct IceCall {
    struct Controls {
        bool a = true;
        bool b = false;
        bool relays = true;
    };
    IceCall(World& its_world, const Meeting& meeting, const LinkConfig& line,
            const Controls& controls = {true, false, true}, Duration signaling = kSignalingDelay)
        : world(its_world),
          net(build(world, meeting, line)),
          server(run_turn_server(net.server, 2, true)),
          a(net.a.run<IceUser>(ice_setup(net.server, controls.a, controls.relays))),
          b(net.b.run<IceUser>(ice_setup(net.server, controls.b, controls.relays))) {
        a.signal_to(b, signaling, true);
        b.signal_to(a, signaling, false);
        a.start();
        b.start();
    }
    [[nodiscard]] bool are_both(ice::State state) const { return a.is_in(state) && b.is_in(state); }
    /// False: not within the time.
    bool complete(Duration within) {
        return world.run_for(within, [&] { return are_both(ice::State::kCompleted); });
    }
    /// A packet each way; again where some are lost.
    bool carries(Duration within = std::chrono::seconds(10)) {
        a.heard.clear();
        b.heard.clear();
        const Instant end = world.time() + within;
        while (world.time() < end && (a.heard.empty() || b.heard.empty())) {
            a.send("from a");
            b.send("from b");
            world.run_for(std::chrono::milliseconds(200));
        }
        return !a.heard.empty() && a.heard.front() == "from b" && !b.heard.empty() && b.heard.front() == "from a";
    }

    World& world;
    BuiltMeeting net;
    TurnHost& server;
    IceUser& a;
    IceUser& b;
};

/// What one end says of its path.
inline Path way_of(const IceUser& user) {
    const auto path = user.agent().path();
    if (!path) return Path::kImpossible;
    const bool is_relayed = path->local == ice::CandidateType::kRelayed || path->remote == ice::CandidateType::kRelayed;
    return is_relayed ? Path::kRelayed : Path::kDirect;
}

} // namespace vv::sim
