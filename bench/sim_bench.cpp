// How many connections by ICE the simulated internet makes in a second of one core:
// each a world of its own with two ends, what stands before them, a STUN and TURN
// server, and real agents, until both ends have nominated. Alone they ask for their
// reflexive addresses; with relays each has an allocation over UDP and one over TLS.
#include "base/assert.h"
#include "sim/ice_call.h"

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
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

/// Each meeting in turn, again and again, until the time is over.
Pace measure(const std::vector<Meeting>& meetings, bool relays) {
    const double begin = cpu_seconds();
    std::uint64_t made = 0;
    std::uint64_t packets = 0;
    double seconds = 0;
    while (seconds < kSecondsOfEach || made % meetings.size() != 0) {
        World world(made + 1);
        IceCall call(world, meetings[made % meetings.size()], {.delay = 10ms}, {.relays = relays});
        const bool is_complete = call.complete(5s);
        VV_ASSERT(is_complete);
        packets += world.count(Fate::kSent);
        ++made;
        seconds = cpu_seconds() - begin;
    }
    const auto count = static_cast<double>(made);
    return {count / seconds, seconds / count * 1e6, static_cast<double>(packets) / count};
}

void show(const char* what, const std::vector<Meeting>& meetings, bool relays = true) {
    const Pace pace = measure(meetings, relays);
    std::printf("%s: %.0f connections per second, %.0f us and %.0f packets each\n", what, pace.connections_per_second,
                pace.microseconds, pace.packets);
}

int run() {
    const Edge home = nat_edge(Behaviour::kEndpointIndependent, Behaviour::kAddressAndPortDependent);
    const Edge office = nat_edge(Behaviour::kAddressAndPortDependent, Behaviour::kAddressAndPortDependent);
    show("two homes, ICE alone", {{home, home, 0}}, false);
    show("two homes, with relays", {{home, home, 0}});
    show("relayed", {{office, office, 0}});
    std::vector<Meeting> possible;
    for (const Meeting& meeting : all_meetings())
        if (predict(meeting, {}) != Path::kImpossible) possible.push_back(meeting);
    show(("all " + std::to_string(possible.size()) + " meetings with a way").c_str(), possible);
    return 0;
}

} // namespace
} // namespace vv::sim

int main() {
    return vv::sim::run();
}
