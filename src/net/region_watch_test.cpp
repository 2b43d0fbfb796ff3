// Real sockets: a relay of this program on loopback, watched and then gone.
#include "net/clock.h"
#include "net/descriptors_for_test.h"
#include "net/region_watch.h"
#include "net/relay_for_test.h"
#include "net/relay_shard.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>

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
                .interval = 10ms,
                .resolve = [](const std::string&, std::uint16_t) { return std::vector<SocketAddress>(); }};
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
    /// The same while the relay does nothing.
    [[nodiscard]] bool hears_without_the_relay(std::string_view text) const {
        const Instant give_up = monotonic_now() + 20s;
        while (logged().find(text) == std::string::npos && monotonic_now() < give_up)
            std::this_thread::sleep_for(1ms);
        return logged().find(text) != std::string::npos;
    }
    /// With one region, of a name, and whoever looks it up.
    RegionWatch::Options named(NameLookup::Resolve resolve) {
        auto all = options();
        all.relays = {{"near", "near.example", relay_->addresses().front().port}};
        all.resolve = std::move(resolve);
        return all;
    }
    [[nodiscard]] SocketAddress place() const { return relay_->addresses().front(); }
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

// The resolver's silence says nothing about a relay.
TEST_F(RegionWatchTest, ANameThatCannotBeLookedUpIsWhereItWas) {
    const auto asked = std::make_shared<std::atomic<int>>(0);
    RegionWatch watch(named([asked, found = place()](const std::string&, std::uint16_t) {
                          return ++*asked == 1 ? std::vector{found} : std::vector<SocketAddress>{};
                      }),
                      log_, metrics_);
    watch.start();
    EXPECT_TRUE(hears("region-up"));
    while (*asked < 10)
        loop_.run_once(1ms);
    EXPECT_TRUE(watch.is_up(0));
    EXPECT_EQ(logged().find("region-down"), std::string::npos) << logged();
}

TEST_F(RegionWatchTest, ANameThatMovesIsFollowed) {
    const auto has_moved = std::make_shared<std::atomic<bool>>(false);
    const SocketAddress nobody{place().ip, 1};
    RegionWatch watch(named([=, found = place()](const std::string&, std::uint16_t) {
                          return std::vector{*has_moved ? found : nobody};
                      }),
                      log_, metrics_);
    watch.start();
    EXPECT_TRUE(hears("region-down region=near why=\"no answer\""));
    *has_moved = true;
    EXPECT_TRUE(hears("region-up"));
}

// As when the resolver is down: the others are tried, and a stop need not wait.
TEST_F(RegionWatchTest, ANameThatHangsKeepsNobodyWaiting) {
    const auto release = std::make_shared<std::promise<void>>();
    auto two = named(
        [held = std::shared_future(release->get_future()), found = place()](const std::string& host, std::uint16_t) {
            if (host == "slow.example") held.wait();
            return std::vector{found};
        });
    two.relays.insert(two.relays.begin(), WatchedRelay{"slow", "slow.example", 3478});
    {
        RegionWatch watch(two, log_, metrics_);
        watch.start();
        EXPECT_TRUE(hears("region-up region=near"));
        relay_->begin_stop();
        EXPECT_TRUE(hears("region-down region=near")) << "and again";
        watch.stop(); // or this test takes for ever
        EXPECT_FALSE(watch.is_up(0));
    }
    EXPECT_EQ(logged().find("region=slow"), std::string::npos) << logged();
    release->set_value();
}

TEST_F(RegionWatchTest, EachOfItsAddressesIsTriedBeforeItIsDown) {
    const SocketAddress nobody = *SocketAddress::parse("[::1]:1");
    RegionWatch watch(
        named([=, found = place()](const std::string&, std::uint16_t) { return std::vector{nobody, found}; }), log_,
        metrics_);
    watch.start();
    EXPECT_TRUE(hears("region-"));
    EXPECT_TRUE(watch.is_up(0)) << logged();
    relay_->begin_stop();
    EXPECT_TRUE(hears("it is full or stopping")) << "which says more than silence elsewhere";
}

// However many addresses a name has, its region is soon known to be down.
TEST_F(RegionWatchTest, NoMoreThanAFewOfItsAddressesAreTried) {
    const auto behind = [this](std::size_t others) {
        std::vector<SocketAddress> found;
        for (std::size_t i = 0; i < others; ++i) // to everybody, which the kernel refuses at once
            found.push_back({IpAddress::v4(0xFFFFFFFF), static_cast<std::uint16_t>(i + 1)});
        found.push_back(place());
        return named([found](const std::string&, std::uint16_t) { return found; });
    };
    {
        RegionWatch watch(behind(kPlacesMax - 1), log_, metrics_);
        watch.start();
        EXPECT_TRUE(hears("region-up"));
    }
    EXPECT_EQ(logged().find("region-down"), std::string::npos) << logged();
    RegionWatch watch(behind(kPlacesMax), log_, metrics_);
    watch.start();
    EXPECT_TRUE(hears("region-down region=near why=\"no way leads there from here\""));
}

// That this machine has nothing left says nothing about a relay either, and is no reason to end.
TEST_F(RegionWatchTest, GoesOnWhereNothingCanBeOpenedOrWaitedForForAWhile) {
    auto rare = options(); // so that none is being tried when it begins
    rare.interval = 1h;
    RegionWatch watch(rare, log_, metrics_);
    watch.start();
    EXPECT_TRUE(hears("region-up"));
    {
        const NoMoreDescriptors none;
        watch.look_again(0);
        EXPECT_TRUE(hears_without_the_relay("regions-not-watched why=\"Invalid argument\""));
        EXPECT_TRUE(hears_without_the_relay("region-not-tried region=near why=\"Too many open files\""));
        EXPECT_TRUE(watch.is_up(0));
    }
    relay_->begin_stop();
    watch.look_again(0);
    EXPECT_TRUE(hears("it is full or stopping"));
}

TEST_F(RegionWatchTest, KnowsWhetherItsServersOwnRelayGoesOn) {
    RegionWatch watch(options(), log_, metrics_);
    EXPECT_TRUE(watch.is_own_up());
    watch.set_own_down();
    EXPECT_FALSE(watch.is_own_up());
}

} // namespace
} // namespace vv::net
