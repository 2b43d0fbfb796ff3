#include "net/shared_limits.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace vv::net {
namespace {

using namespace std::chrono_literals;
using turn::StrangerLimit;

const IpAddress kSource = IpAddress::parse("192.0.2.1").value();
constexpr int kThreads = 4;

/// How often it was true, on all threads together.
int count_on_threads(const std::function<bool(int thread, int i)>& attempt) {
    std::atomic<int> count = 0;
    {
        std::vector<std::jthread> threads;
        threads.reserve(kThreads);
        for (int thread = 0; thread < kThreads; ++thread) {
            threads.emplace_back([&attempt, &count, thread] {
                for (int i = 0; i < 1000; ++i)
                    count += attempt(thread, i) ? 1 : 0;
            });
        }
    }
    return count;
}

turn::ServerConfig config() {
    turn::ServerConfig config;
    config.challenges = {1, 100};
    config.bindings = {1, 200};
    config.source_guesses = {1, 300};
    config.quotas = {.per_user = 50, .per_source = 10'000, .total = 10'000};
    return config;
}

TEST(SharedStrangers, ASourceHasItsRateOfEachOverAllThreads) {
    SeededRng rng(1);
    SharedStrangers strangers(config(), rng);
    const auto answered = [&](StrangerLimit limit) {
        return count_on_threads([&](int, int) { return strangers.admit(Instant{1h}, limit, kSource); });
    };
    EXPECT_TRUE(strangers.has_room(Instant{1h}, StrangerLimit::kGuesses, kSource));
    EXPECT_EQ(answered(StrangerLimit::kChallenges), 100);
    EXPECT_EQ(answered(StrangerLimit::kBindings), 200);
    EXPECT_EQ(answered(StrangerLimit::kGuesses), 300);
    EXPECT_FALSE(strangers.has_room(Instant{1h}, StrangerLimit::kGuesses, kSource));
    const Instant later = Instant{1h} + 1s;
    EXPECT_TRUE(strangers.has_room(later, StrangerLimit::kGuesses, kSource));
    EXPECT_TRUE(strangers.admit(later, StrangerLimit::kChallenges, kSource));
    EXPECT_FALSE(strangers.admit(later, StrangerLimit::kChallenges, kSource));
}

TEST(SharedStrangers, OtherRatesHoldFromThenOn) {
    SeededRng rng(1);
    SharedStrangers strangers(config(), rng);
    const auto admitted = [&](Instant now) {
        int count = 0;
        while (count < 1000 && strangers.admit(now, StrangerLimit::kBindings, kSource))
            ++count;
        return count;
    };
    EXPECT_EQ(admitted(Instant{1h}), 200);
    turn::ServerConfig other = config();
    other.bindings = {10, 30};
    strangers.set_limits(other);
    EXPECT_EQ(admitted(Instant{2h}), 30);
    EXPECT_EQ(admitted(Instant{2h} + 1s), 10);
}

TEST(SharedStrangers, EachSourceIsAlone) {
    SeededRng rng(1);
    SharedStrangers strangers(config(), rng);
    while (strangers.admit(Instant{1h}, StrangerLimit::kChallenges, IpAddress::parse("2001:db8::1").value())) {
    }
    const auto admits = [&](const char* source) {
        return strangers.admit(Instant{1h}, StrangerLimit::kChallenges, IpAddress::parse(source).value());
    };
    EXPECT_FALSE(admits("2001:db8::2")) << "the same /64";
    EXPECT_TRUE(admits("2001:db8:0:1::1"));
    EXPECT_TRUE(admits("192.0.2.2"));
}

TEST(SharedQuota, AllocationsAreMadeAnewSoOftenOverAllThreads) {
    SharedQuota quota(config().quotas);
    const Instant now{1h};
    const int made = count_on_threads([&](int, int) {
        if (quota.take(now, "leg", kSource).verdict != turn::QuotaVerdict::kTaken) return false;
        quota.give_back(now, "leg", kSource, {});
        return true;
    });
    EXPECT_EQ(made, 50 * turn::kRemakesAtOnce);
}

// Whatever a user's allocation on one thread has used is the next one's on another.
TEST(SharedQuota, HandsOnWhatWasUsedOverAllThreads) {
    const turn::Quotas quotas{.per_user = 4, .per_source = 100'000, .total = 100'000};
    SharedQuota quota(quotas);
    std::atomic<std::int64_t> used = 0;
    const Rate rate = per_second(10, 10);
    (void)count_on_threads([&](int, int) {
        turn::QuotaGrant grant = quota.take(Instant{1h}, "leg", kSource);
        if (grant.verdict != turn::QuotaVerdict::kTaken) return false;
        while (!grant.spent.checks.all.try_take(Instant{1h}, rate))
            ++used;
        quota.give_back(Instant{1h}, "leg", kSource, grant.spent);
        return true;
    });
    EXPECT_GE(used, rate.burst);
    EXPECT_LE(used, 4 * rate.burst);
}

TEST(SharedPrefixLimits, OfAnAddressHoldOverAllShards) {
    SharedPrefixLimits limits([] {
        lobby::PrefixLimitsConfig config;
        config.connections = 10;
        config.rates.fill(per_second(1, 1000));
        return config;
    }());
    const IpAddress address = *IpAddress::parse("192.0.2.1");
    std::atomic<int> taken = 0;
    {
        std::vector<std::jthread> shards;
        for (int shard = 0; shard < 4; ++shard) {
            shards.emplace_back([&] {
                const Instant now(1h);
                const auto lease = limits.open(now, address).value();
                for (int i = 0; i < 1000; ++i)
                    taken += limits.take(now, lease, lobby::LimitKind::kMessages, 1) ? 0 : 1;
                limits.close(now, lease);
            });
        }
    }
    EXPECT_EQ(taken, 1000);
}

} // namespace
} // namespace vv::net
