// Real sockets: a relay of this program on loopback, watched and then gone.
#include "net/clock.h"
#include "net/region_watch.h"
#include "net/relay_for_test.h"
#include "net/relay_shard.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

const ByteBuffer kSecret = [] {
    const auto bytes = as_bytes(std::string_view("a secret of two servers"));
    return ByteBuffer(bytes.begin(), bytes.end());
}();

const IpAddress kLoopback = own_loopback(0x60);

class RegionWatchTest : public testing::Test {
protected:
    RegionWatchTest() {
        RelayShardOptions options;
        options.listen = {{kLoopback, 0}};
        options.turn.secrets = {{.bytes = kSecret}};
        options.turn.ipv4 = turn::RelayAddress{kLoopback, kLoopback};
        options.turn.shard_ports = options.turn.server_ports = {42000, 42099};
        relay_ = std::make_unique<RelayShard>(loop_, rng_, RelayShard::Shared{live_ports_, metrics_}, options);
    }
    RegionWatch::Options options(ByteBuffer secret = kSecret) {
        const SocketAddress relay = relay_->addresses().front();
        return {.relays = {{"near", kLoopback.to_string(), relay.port}, {"nowhere", "name.invalid", 3478}},
                .secret = std::move(secret),
                .interval = 10ms};
    }
    /// Turns the relay's loop until the log says so; the watch has a thread of its own.
    bool hears(std::string_view text) {
        const Instant give_up = monotonic_now() + 20s;
        while (monotonic_now() < give_up) {
            loop_.run_once(1ms);
            if (logged().find(text) != std::string::npos) return true;
        }
        return false;
    }
    /// Safe while the watch's thread writes.
    [[nodiscard]] std::string logged() const {
        std::string all;
        for (const std::string& line : lines_->last_formatted())
            all += line;
        return all;
    }

    Metrics metrics_;
    std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> lines_ =
        std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(100);
    Log log_{{.level = LogLevel::kDebug}, std::make_shared<spdlog::logger>("test", lines_)};
    OsRng rng_;
    EventLoop loop_;
    LiveRelayPorts live_ports_;
    std::unique_ptr<RelayShard> relay_;
};

TEST_F(RegionWatchTest, ARelayThatWorksIsUpUntilItIsGone) {
    RegionWatch watch(options(), log_, metrics_);
    EXPECT_FALSE(watch.is_up(0)) << "not before it was tried";
    watch.start();
    EXPECT_TRUE(hears("region-up"));
    EXPECT_TRUE(watch.is_up(0));
    EXPECT_FALSE(watch.is_up(1));
    EXPECT_FALSE(watch.is_up(signal::kRegionsMax)) << "there is none";
    EXPECT_NE(metrics_.render().find("visavis_region_up{region=\"near\"} 1"), std::string::npos);
    EXPECT_NE(metrics_.render().find("visavis_region_up{region=\"nowhere\"} 0"), std::string::npos);
    EXPECT_TRUE(hears("its name leads nowhere"));
    relay_->begin_stop();
    EXPECT_TRUE(hears("it is full or stopping"));
    EXPECT_FALSE(watch.is_up(0));
    watch.stop();
}

TEST_F(RegionWatchTest, ARelayWithAnotherSecretIsDown) {
    RegionWatch watch(options(ByteBuffer(16, 1)), log_, metrics_);
    watch.start();
    EXPECT_TRUE(hears("it does not know the secret"));
    EXPECT_FALSE(watch.is_up(0));
}

TEST_F(RegionWatchTest, ANewSecretIsUsedInTheNextRound) {
    RegionWatch watch(options(ByteBuffer(16, 1)), log_, metrics_);
    watch.start();
    EXPECT_TRUE(hears("it does not know the secret"));
    watch.set_secret(kSecret);
    EXPECT_TRUE(hears("region-up"));
}

TEST_F(RegionWatchTest, LooksSoonerWhenACallDoubtsARelay) {
    auto rare = options();
    rare.interval = 1h;
    RegionWatch watch(rare, log_, metrics_);
    watch.start();
    EXPECT_TRUE(hears("region-up"));
    relay_->begin_stop();
    for (int i = 0; i < 100; ++i)
        watch.look_again(0);
    EXPECT_TRUE(hears("it is full or stopping")) << "or this test takes an hour";
    EXPECT_FALSE(watch.is_up(0));
}

TEST_F(RegionWatchTest, StopsAtOnceBetweenTwoRounds) {
    auto rare = options();
    rare.interval = 1h;
    RegionWatch watch(rare, log_, metrics_);
    watch.start();
    EXPECT_TRUE(hears("region-up"));
    watch.stop(); // or this test takes an hour
}

} // namespace
} // namespace vv::net
