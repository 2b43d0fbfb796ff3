#include "turn/port_pool.h"
#include "turn/test_ports.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace vv::turn {
namespace {

using namespace std::chrono_literals;

const Instant kNow{1h};

TEST(PortPool, GivesEveryPortOnceAndThenNone) {
    SeededRng rng(1);
    PortPool pool({50'000, 50'099});
    std::set<RelayPort> taken;
    for (int i = 0; i < 100; ++i) {
        const auto port = pool.take(kNow, rng);
        ASSERT_TRUE(port);
        EXPECT_TRUE(PortRange({50'000, 50'099}).contains(port->value()));
        EXPECT_TRUE(taken.insert(*port).second);
    }
    EXPECT_FALSE(pool.take(kNow, rng));
}

TEST(PortPool, ServesARangeUpToTheLastPortThereIs) {
    SeededRng rng(1);
    PortPool pool({65'535, 65'535});
    EXPECT_EQ(pool.take(kNow, rng), RelayPort(65'535));
    EXPECT_FALSE(pool.take(kNow, rng));
}

TEST(PortPool, LetsAPortRestBeforeUsingItAgain) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        SeededRng rng(seed);
        PortPool pool({1000, 1002});
        const auto first = pool.take(kNow, rng);
        pool.give_back(kNow, *first);
        const auto second = pool.take(kNow + kPortRest - 1ns, rng);
        EXPECT_NE(second, first);
        const auto third = pool.take(kNow + kPortRest, rng);
        const auto fourth = pool.take(kNow + kPortRest, rng);
        EXPECT_TRUE(third == first || fourth == first);
    }
}

TEST(PortPool, UsesTheLongestRestedRatherThanRefuse) {
    SeededRng rng(1);
    PortPool pool({1000, 1001});
    const auto a = pool.take(kNow, rng);
    const auto b = pool.take(kNow, rng);
    pool.give_back(kNow, *b);
    pool.give_back(kNow + 1s, *a);
    EXPECT_EQ(pool.take(kNow + 2s, rng), b);
    EXPECT_EQ(pool.take(kNow + 2s, rng), a);
}

TEST(PortPool, FindsEveryEvenPortAndNoOther) {
    SeededRng rng(1);
    PortPool pool({1001, 1010});
    std::set<RelayPort> taken;
    for (int i = 0; i < 5; ++i) {
        const auto port = pool.take(kNow, rng, true);
        ASSERT_TRUE(port);
        EXPECT_EQ(port->value() % 2, 0);
        taken.insert(*port);
    }
    EXPECT_EQ(taken.size(), 5U);
    EXPECT_FALSE(pool.take(kNow, rng, true));
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(pool.take(kNow, rng)) << "the odd ones are still there";
}

TEST(PortPool, IsIntactAfterManyEvenPorts) {
    SeededRng rng(1);
    PortPool pool({50'000, 50'099});
    Instant now = kNow;
    for (int i = 0; i < 20'000; ++i) {
        const auto port = pool.take(now, rng, true);
        ASSERT_TRUE(port) << i;
        pool.give_back(now, *port);
        now += kPortRest;
    }
    std::set<RelayPort> all;
    while (const auto port = pool.take(now, rng))
        all.insert(*port);
    EXPECT_EQ(all.size(), 100U);
}

TEST(PortPool, AnEvenPortThatRestsIsBetterThanNone) {
    SeededRng rng(3);
    PortPool pool({50'000, 50'003});
    ASSERT_TRUE(pool.take(kNow, rng, true) && pool.take(kNow, rng, true));
    EXPECT_FALSE(pool.take(kNow, rng, true)) << "the odd ones will not do";
    pool.give_back(kNow, RelayPort(50'002));
    pool.give_back(kNow, RelayPort(50'000));
    EXPECT_EQ(pool.take(kNow, rng, true), RelayPort(50'002)) << "the one that has rested longest";
    EXPECT_EQ(pool.take(kNow, rng, true), RelayPort(50'000));
    EXPECT_FALSE(pool.take(kNow, rng, true));
    EXPECT_TRUE(pool.take(kNow, rng) && pool.take(kNow, rng)) << "the odd ones are still there";
}

TEST(PortPool, FindsEveryPairAndNothingElse) {
    SeededRng rng(3);
    PortPool pool({50'001, 50'010}); // the first has no even one below it, the last no odd one above it
    std::set<RelayPort> lower;
    for (int i = 0; i < 4; ++i) {
        const auto port = pool.take_pair(kNow, rng);
        ASSERT_TRUE(port);
        EXPECT_EQ(port->value() % 2, 0);
        EXPECT_TRUE(lower.insert(*port).second);
    }
    EXPECT_FALSE(pool.take_pair(kNow, rng));
    EXPECT_TRUE(pool.take(kNow, rng) && pool.take(kNow, rng)) << "the two single ones are left";
    EXPECT_FALSE(pool.take(kNow, rng));
}

TEST(PortPool, BothOfAPairRestApart) {
    SeededRng rng(3);
    PortPool pool({50'000, 50'001});
    const auto port = pool.take_pair(kNow, rng);
    ASSERT_EQ(port, RelayPort(50'000));
    pool.give_back(kNow, *port);
    EXPECT_FALSE(pool.take_pair(kNow + kPortRest, rng)) << "the other one is still in use";
    pool.give_back(kNow, RelayPort(50'001));
    EXPECT_EQ(pool.take_pair(kNow + kPortRest, rng), RelayPort(50'000));
}

TEST(PortPool, IsIntactAfterManyPairs) {
    SeededRng rng(4);
    PortPool pool({50'000, 50'099});
    Instant now = kNow;
    for (int i = 0; i < 20'000; ++i) {
        const auto port = i % 3 == 0 ? pool.take(now, rng) : pool.take_pair(now, rng);
        ASSERT_TRUE(port) << i;
        pool.give_back(now, *port);
        if (i % 3 != 0) pool.give_back(now, RelayPort(static_cast<std::uint16_t>(port->value() + 1)));
        now += kPortRest / 8;
    }
    std::set<RelayPort> all;
    while (const auto port = pool.take(now + kPortRest, rng))
        all.insert(*port);
    EXPECT_EQ(all.size(), 100U);
}

// Knowing ten thousand ports tells nothing about the next one, nor about those of the next server.
TEST(PortPool, IsForetoldByNobody) {
    const auto watch = [](std::uint64_t seed) {
        SeededRng rng(seed);
        PortPool pool({49'152, 65'535});
        std::vector<int> ports;
        ports.reserve(test::kPortsWatched);
        for (unsigned i = 0; i < test::kPortsWatched; ++i)
            ports.push_back(pool.take(kNow, rng)->value());
        return ports;
    };
    const std::vector<int> first = watch(1);
    const std::vector<int> second = watch(2);
    EXPECT_FALSE(test::are_foretold(first));
    EXPECT_FALSE(test::are_foretold(second));
    EXPECT_LT(test::same_followers(first, second), 10U);
}

// That the judge above sees what it is there for.
TEST(PortPool, AnOrderThatCanBeForetoldIsSeen) {
    constexpr int kPorts = 16'384;
    const auto watch = [](auto next) {
        std::vector<int> ports;
        ports.reserve(test::kPortsWatched);
        for (int i = 0, place = 77; i < static_cast<int>(test::kPortsWatched); ++i, place = next(i, place) % kPorts)
            ports.push_back(49'152 + place);
        return ports;
    };
    for (const int stride : {1, 2, 7, 4'099, kPorts - 1})
        EXPECT_TRUE(test::are_foretold(watch([&](int, int place) { return place + stride; }))) << stride;
    EXPECT_TRUE(test::are_foretold(watch([](int i, int place) { return place + (i % 2 == 0 ? 7 : 1'001); })));
    EXPECT_TRUE(test::are_foretold(watch([](int i, int place) { return place + i; }))) << "ever faster";
    // One order for all, of which only the beginning is another: a full cycle, since the factor is 1 modulo 4.
    const auto in_order = [](int, int place) { return 5'173 * place + 12'345; };
    const std::vector<int> first = watch(in_order);
    const std::vector<int> later(first.begin() + 1'000, first.end());
    EXPECT_GT(test::same_followers(first, later), 1'000U);
}

} // namespace
} // namespace vv::turn
