// How many connections the simulated internet makes in a second of one core: each a
// world of its own with two ends, what stands before them, a STUN and TURN server,
// and real agents, until both ends have nominated. Alone they ask for their reflexive
// addresses; with relays each has an allocation over UDP and one over TLS. Whole peers
// have descriptions, media and a data channel as well, and are followed until both
// have keys; all have one certificate.
#include "base/assert.h"
#include "sim/ice_call.h"
#include "sim/peer_user.h"

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace vv::sim {
namespace {

using namespace std::chrono_literals;

constexpr double kSecondsOfEach = 3;

struct Pace {
    double connections_per_second = 0;
    double microseconds = 0;
    double packets = 0; // of each
};

double cpu_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

struct IceAlone {
    IceAlone(World& world, const Meeting& meeting, bool relays)
        : call(world, meeting, {.delay = 10ms}, {.relays = relays}) {}
    bool connect() { return call.complete(5s); }

    IceCall call;
};

struct WholePeers {
    WholePeers(World& its_world, const Meeting& meeting, bool relays)
        : world(its_world),
          net(build(world, meeting, {.delay = 10ms})),
          a(make_end(net.a, true, relays)),
          b(make_end(net.b, false, relays)) {
        run_turn_server(net.server, 2, true);
        a.signal_to(b, kSignalingDelay);
        b.signal_to(a, kSignalingDelay);
        a.start();
        b.start();
    }
    PeerUser& make_end(Host& host, bool offers, bool relays) const {
        static const dtls::Certificate kCertificate = dtls::Certificate::make(kWallBeginning);
        IceSetup asked = ice_setup(net.server, offers, relays);
        PeerSetup setup{.stun_servers = std::move(asked.stun_servers),
                        .relays = std::move(asked.relays),
                        .offers = offers,
                        .has_media = true};
        return host.run<PeerUser>(std::move(setup), kCertificate);
    }
    bool connect() {
        return world.run_for(5s, [&] { return a.is_in(peer::State::kConnected) && b.is_in(peer::State::kConnected); });
    }

    World& world;
    BuiltMeeting net;
    PeerUser& a;
    PeerUser& b;
};

/// Each meeting in turn, again and again, until the time is over.
template <typename Call>
Pace measure(const std::vector<Meeting>& meetings, bool relays) {
    const double begin = cpu_seconds();
    std::uint64_t made = 0;
    std::uint64_t packets = 0;
    double seconds = 0;
    while (seconds < kSecondsOfEach || made % meetings.size() != 0) {
        World world(made + 1);
        Call call(world, meetings[made % meetings.size()], relays);
        const bool is_connected = call.connect();
        VV_ASSERT(is_connected);
        packets += world.count(Fate::kSent);
        ++made;
        seconds = cpu_seconds() - begin;
    }
    const auto count = static_cast<double>(made);
    return {count / seconds, seconds / count * 1e6, static_cast<double>(packets) / count};
}

template <typename Call>
void show(const char* what, const std::vector<Meeting>& meetings, bool relays = true) {
    const Pace pace = measure<Call>(meetings, relays);
    std::printf("%s: %.0f connections per second, %.0f us and %.0f packets each\n", what, pace.connections_per_second,
                pace.microseconds, pace.packets);
}

int run() {
    const Edge home = nat_edge(Behaviour::kEndpointIndependent, Behaviour::kAddressAndPortDependent);
    const Edge office = nat_edge(Behaviour::kAddressAndPortDependent, Behaviour::kAddressAndPortDependent);
    show<IceAlone>("two homes, ICE alone", {{home, home, 0}}, false);
    show<IceAlone>("two homes, with relays", {{home, home, 0}});
    show<IceAlone>("relayed", {{office, office, 0}});
    show<WholePeers>("two homes, whole peers", {{home, home, 0}}, false);
    show<WholePeers>("relayed, whole peers", {{office, office, 0}});
    std::vector<Meeting> possible;
    for (const Meeting& meeting : all_meetings())
        if (predict(meeting, {}) != Path::kImpossible) possible.push_back(meeting);
    show<IceAlone>(("all " + std::to_string(possible.size()) + " meetings with a way").c_str(), possible);
    return 0;
}

} // namespace
} // namespace vv::sim

int main() {
    return vv::sim::run();
}
