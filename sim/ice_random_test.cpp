// Calls to which anything may happen: boxes that reboot, lines that break and
// lose, hosts that move or sleep, clocks that jump, a relay that restarts, both
// ends wanting to begin anew. Once all is quiet again, a restart has to find the way
// the oracle says, or a better one, whatever went before.
#include "sim/ice_call_for_test.h"
#include "sim/ice_fortune.h"
#include "sim/scenario_for_test.h"

#include <gtest/gtest.h>

namespace vv::sim {
namespace {

using namespace std::chrono_literals;
using ice::State;

constexpr std::uint64_t kMishapsMax = 8;

TEST(IceAtRandom, EndsWhereItShouldWhateverHasHappened) {
    const std::vector<Meeting> meetings = all_meetings();
    for_each_seed(8, [&](World& world) {
        const Meeting& meeting = meetings[world.new_seed() % meetings.size()];
        SeededRng rng(world.new_seed());
        IceFortune fortune(world, meeting, rng);
        const auto mishaps = world.new_seed() % (kMishapsMax + 1);
        for (std::uint64_t i = 0; i < mishaps; ++i) {
            fortune.let_pass();
            fortune.strike();
        }
        fortune.calm_down();
        IceCall& call = fortune.call();
        const Path predicted = predict(fortune.meeting(), {});
        SCOPED_TRACE(fortune.meeting().name() + ", predicted " + std::string(name_of(predicted)));
        call.a.restart();
        if (predicted == Path::kImpossible) {
            EXPECT_TRUE(world.run_for(1min, [&] { return call.are_both(State::kFailed); }));
            return;
        }
        world.run_for(1s); // until both have begun the new generation
        ASSERT_TRUE(call.complete(5s));
        expect_it_carries(call);
        // The oracle knows of no history: a hole that was made before a box rebooted may still let in.
        EXPECT_TRUE(way_of(call.a) == predicted || way_of(call.a) == Path::kDirect);
        EXPECT_NE(call.a.agent().is_controlling(), call.b.agent().is_controlling());
    });
}

} // namespace
} // namespace vv::sim
