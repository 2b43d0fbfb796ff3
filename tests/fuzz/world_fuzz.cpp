// Bytes as what happens to a call in the simulated internet: who the two are, what stands
// before them, and one mishap after another. Whatever it is, nothing ends in an assertion, what
// the agents say of themselves is consistent, tables keep to their limits, the relay counts as
// many allocations as there can be, and once all is quiet a restart leaves both ends on the same
// kind of way, which carries, or both without one where there is none. In the end, with nobody left
// on the line, the relay has nothing.
//
// Each byte is one draw, in the order in which sim/ice_fortune.h draws.
#include "base/assert.h"
#include "base/rng.h"
#include "sim/ice_fortune.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace vv;
using namespace vv::sim;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kMishapsMax = 12;
constexpr std::size_t kMachines = 2;
// A call has some dozens of packets on their way; a second of all of its checks and both ends' repeats is this many.
constexpr std::size_t kInFlightMax = 2000;

/// Whoever draws gets a number of the next byte's own, and of its place once the input is over.
class Drawn final : public Rng {
public:
    explicit Drawn(ByteView input) : input_(input) {}

    void fill(std::span<std::uint8_t> out) override {
        const std::uint64_t choice = place_ < input_.size() ? input_[place_] : 256 + place_;
        ++place_;
        SeededRng(choice).fill(out);
    }
    [[nodiscard]] bool has_more() const { return place_ < input_.size(); }

private:
    ByteView input_;
    std::size_t place_ = 0;
};

void check(const IceUser& user) {
    const ice::Agent& agent = user.agent();
    const auto path = agent.path();
    if (user.is_in(ice::State::kCompleted)) VV_ASSERT(path && path->nominated);
    if (user.is_in(ice::State::kFailed) || user.is_in(ice::State::kNew) || user.is_in(ice::State::kChecking))
        VV_ASSERT(!path);
    VV_ASSERT(user.packets_waiting() <= user.relays_asked() * kIceWaitingMax);
}

std::uint64_t live_allocations(IceCall& call) {
    std::uint64_t live = 0;
    for (std::size_t i = 0; i < kMachines; ++i) {
        const turn::Counters& counters = call.server.server(i).counters();
        VV_ASSERT(counters.allocations_live <= counters.allocations_total);
        live += counters.allocations_live;
    }
    return live;
}

void check(IceCall& call) {
    check(call.a);
    check(call.b);
    VV_ASSERT(live_allocations(call) <= call.a.relays_asked() + call.b.relays_asked());
    VV_ASSERT(call.world.packets_in_flight() <= kInFlightMax);
    VV_ASSERT(call.world.count(Fate::kWorldFull) == 0);
}

// Both on the same kind of way, or neither on any.
void check_the_end(IceCall& call, Path predicted) {
    const bool can_be = predicted != Path::kImpossible;
    const bool is_complete = call.complete(can_be ? 10s : 60s);
    VV_ASSERT(is_complete || !can_be);
    VV_ASSERT(way_of(call.a) == way_of(call.b));
    if (is_complete) VV_ASSERT(call.carries());
    check(call);
}

void check_that_nothing_is_left(IceCall& call) {
    call.net.a.set_line_up(false);
    call.net.b.set_line_up(false);
    call.world.run_for(25min);
    VV_ASSERT(live_allocations(call) == 0);
    VV_ASSERT(!call.a.agent().path() && !call.b.agent().path());
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<Meeting> kMeetings = all_meetings();
    Drawn drawn({data, size});
    World world(1 + drawn.below(256));
    const Meeting& meeting = kMeetings[drawn.below(kMeetings.size())];
    IceFortune fortune(world, meeting, drawn);
    IceCall& call = fortune.call();
    for (std::uint64_t i = 0; i < kMishapsMax && drawn.has_more(); ++i) {
        fortune.let_pass();
        fortune.strike();
        check(call);
    }
    fortune.calm_down();
    call.a.restart();
    world.run_for(1s); // until both have begun the new generation
    check_the_end(call, predict(fortune.meeting(), {}));
    check_that_nothing_is_left(call);
    return 0;
}
