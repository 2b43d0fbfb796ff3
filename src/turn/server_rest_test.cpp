// What is left of allocations once they have ended: for some minutes what was spent of limits, then nothing.
#include "base/counted_memory_for_test.h"
#include "base/rng.h"
#include "base/slab_memory.h"
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMany = 600;

class RelayRest : public testing::Test {
protected:
    static ServerConfig config() {
        ServerConfig config = test_config();
        config.secrets = {{.bytes = kSecret}};
        config.quotas.total = kMany;
        return config;
    }
    /// Each user on an address of its own.
    void allocate_many() {
        for (std::size_t i = 0; i < kMany; ++i) {
            clients_.push_back(std::make_unique<TestEndpoint>(
                relay_, "12.0." + std::to_string(i / 200) + "." + std::to_string(1 + i % 200) + ":5000",
                call_credential("leg" + std::to_string(i))));
            ASSERT_TRUE(clients_.back()->allocate().is_success());
            ASSERT_TRUE(clients_.back()->bind(0x4000, at("8.8.8.8:5000")).is_success());
        }
    }
    void end_all_in_any_order() {
        SeededRng rng(3);
        for (std::size_t i = clients_.size(); i > 0; --i) {
            std::swap(clients_[rng.below(i)], clients_[i - 1]);
            ASSERT_TRUE(clients_[i - 1]->refresh(0).is_success());
        }
    }
    /// As a driver does whose only events are the machine's own deadlines. How many there were.
    std::size_t run_until(Instant end) {
        std::size_t wakes = 0;
        for (auto due = relay_.server.poll_timeout(); due && *due <= end; due = relay_.server.poll_timeout()) {
            relay_.now = std::max(relay_.now, *due);
            relay_.server.handle_timeout(relay_.now);
            ++wakes;
        }
        return wakes;
    }

    CountedMemory chunks_;
    SlabMemory memory_{chunks_};
    TestRelay relay_{config(), nullptr, nullptr, nullptr, memory_};
    std::vector<std::unique_ptr<TestEndpoint>> clients_;
};

TEST_F(RelayRest, GivesAllMemoryBackByItself) {
    allocate_many();
    const std::size_t at_most = chunks_.pieces();
    EXPECT_GT(at_most, 10 * SlabMemory::kSpareChunks) << "what allocations take is in the memory that was handed in";
    end_all_in_any_order();
    EXPECT_TRUE(relay_.server.is_empty());
    EXPECT_LT(chunks_.pieces(), at_most * 3 / 4) << "at once all but what is remembered of their limits";
    EXPECT_GT(chunks_.pieces(), SlabMemory::kSpareChunks);
    const std::size_t wakes = run_until(relay_.now + 10min);
    EXPECT_LE(chunks_.pieces(), SlabMemory::kSpareChunks);
    EXPECT_FALSE(relay_.server.poll_timeout()) << "nothing more to do";
    EXPECT_LE(wakes, 10min / kForgettingInterval + 2 * kMany / kForgottenAtOnce + 2);
}

TEST_F(RelayRest, RefusesMeanwhileWhoHasHadTheirShare) {
    ServerConfig one = config();
    one.quotas.per_user = 1;
    relay_.server.reconfigure(relay_.now, one);
    TestEndpoint client(relay_, "12.0.0.1:5000", call_credential());
    for (std::int64_t i = 0; i < kRemakesAtOnce; ++i) {
        ASSERT_TRUE(client.allocate().is_success()) << i;
        ASSERT_TRUE(client.refresh(0).is_success());
    }
    const Instant spent = relay_.now;
    EXPECT_GE(run_until(spent + kRemakeTime - 1ns), 1U) << "it is looked for those who have rested";
    relay_.now = spent + kRemakeTime - 1ns;
    EXPECT_EQ(client.allocate().error(), 486);
    relay_.now = spent + kRemakeTime;
    EXPECT_TRUE(client.allocate().is_success());
}

// An allocation that stands is no reason to look, and one that ends while others do is forgotten beside them.
TEST_F(RelayRest, LooksOnlyWhileSomebodyRests) {
    TestEndpoint stays(relay_, "12.0.0.1:5000", call_credential("stays"));
    TestEndpoint ends(relay_, "12.0.0.2:5000", call_credential("ends"));
    ASSERT_TRUE(stays.allocate().is_success());
    EXPECT_EQ(relay_.server.poll_timeout(), relay_.now + kLifetimeDefault);
    const Instant expiry = relay_.now + kLifetimeDefault;
    ASSERT_TRUE(ends.allocate().is_success());
    ASSERT_TRUE(ends.refresh(0).is_success());
    EXPECT_EQ(relay_.server.poll_timeout(), relay_.now + kForgettingInterval);
    run_until(expiry - 1ns);
    EXPECT_EQ(relay_.server.poll_timeout(), expiry);
}

} // namespace
} // namespace vv::turn::test
