// Real sockets: a relay of this program on loopback, watched and then gone.
#include "net/clock.h"
#include "net/region_watch.h"
#include "net/relay_shard.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <unistd.h>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

const ByteBuffer kSecret = [] {
    const auto bytes = as_bytes(std::string_view("a secret of two servers"));
    return ByteBuffer(bytes.begin(), bytes.end());
}();

// An address of this process's own, so that its relay ports are nobody else's.
IpAddress own_address() {
    const auto pid = static_cast<std::uint32_t>(::getpid());
    const auto byte = [&](unsigned shift) { return static_cast<std::uint8_t>(pid >> shift); };
    return IpAddress::v4({127, static_cast<std::uint8_t>(byte(16) | 0x60U), byte(8), byte(0)});
}

class RegionWatchTest : public testing::Test {
protected:
    RegionWatchTest() {
        RelayShardOptions options;
        options.listen = {{own_address(), 0}};
        options.turn.secrets = {{.bytes = kSecret}};
        options.turn.ipv4 = turn::RelayAddress{own_address(), own_address()};
        options.turn.shard_ports = options.turn.server_ports = {42000, 42099};
        relay_ = std::make_unique<RelayShard>(loop_, rng_, RelayShard::Shared{live_ports_, metrics_}, options);
    }
    RegionWatch::Options options(ByteBuffer secret = kSecret) {
        const SocketAddress relay = relay_->addresses().front();
        return {.relays = {{"near", own_address().to_string(), relay.port}, {"nowhere", "name.invalid", 3478}},
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
    std::string logged() {
        log_sink_->flush();
        return text_.str();
    }

    Metrics metrics_;
    std::ostringstream text_;
    std::shared_ptr<spdlog::sinks::ostream_sink_mt> log_sink_ = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
    Log log_{{.level = LogLevel::kDebug}, std::make_shared<spdlog::logger>("test", log_sink_)};
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

TEST_F(RegionWatchTest, StopsAtOnceInTheMiddleOfARound) {
    auto silent = options();
    silent.interval = 1h;
    RegionWatch watch(silent, log_, metrics_);
    watch.start(); // the relay's loop does not turn: nobody answers
    const Instant begun = monotonic_now();
    watch.stop();
    EXPECT_LT(monotonic_now() - begun, turn::kProbeResend * turn::kProbeSendsMax);
}

} // namespace
} // namespace vv::net
