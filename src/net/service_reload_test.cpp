// What a service takes while it runs, on each of its threads.
#include "net/service_for_test.h"
#include "net/udp_socket.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace vv::net {
namespace {

TEST(ServiceReload, TakesANewCertificate) {
    const BlockedSignals blocked;
    const TlsCredentials first = credentials();
    const TlsCredentials second = credentials();
    OnHangup hangup;
    RunningService running([&](ServiceConfig& config) {
        config.tls = first;
        config.handle_signals = true;
        config.on_hangup = [&] { hangup.handle(); };
    });
    Page page(running.page_address(), true);
    EXPECT_EQ(page.greet()["resumed"], false);
    EXPECT_EQ(page.client.certificate(), first.certificate_chain);

    hangup.run([&](const auto& done) { running.service->reload_tls(second, done); });
    hangup.run([&](const auto& done) {
        const auto fail = [] { ADD_FAILURE() << "taken, though it cannot be used"; };
        EXPECT_THROW(running.service->reload_tls({"no certificate", "no key"}, fail), std::runtime_error);
        EXPECT_THROW(running.service->reload_tls({first.certificate_chain, second.private_key}, fail),
                     std::runtime_error);
        done();
    });
    for (int i = 0; i < 12; ++i) { // whichever shard the kernel chooses
        TestClient client(running.page_address(), true);
        EXPECT_EQ(client.certificate(), second.certificate_chain);
        EXPECT_EQ(client.get("/").status, 200);
    }
    page.send({{"type", "ping"}});
    page.expect("pong");
}

// It has the new one as soon as it listens again; the others need not wait for that.
TEST(ServiceReload, ACertificateIsNotRefusedSinceAThreadIsBusy) {
    const BlockedSignals blocked;
    const TlsCredentials first = credentials();
    const TlsCredentials second = credentials();
    OnHangup hangup;
    std::atomic<bool> all_have_it = false;
    RunningService running([&](ServiceConfig& config) {
        config.tls = first;
        config.mailbox_max = 0; // the second shard is deaf
        config.handle_signals = true;
        config.stop_time_max = 50ms;
        config.on_hangup = [&] { hangup.handle(); };
    });
    hangup.run([&](const auto& done) {
        EXPECT_NO_THROW(running.service->reload_tls(second, [&] { all_have_it = true; }));
        done();
    });
    std::set<std::string> shown;
    for (int i = 0; i < 200 && shown.size() < 2; ++i) // that one shard gets them all is no likelier than 1 in 2^199
        shown.insert(TestClient(running.page_address(), true).certificate());
    EXPECT_EQ(shown, (std::set<std::string>{first.certificate_chain, second.certificate_chain}));
    EXPECT_FALSE(all_have_it);
}

// What each thread has of its own: how long a stream and a connection may be silent. And what they share: the rate of
// answers to strangers.
TEST(ServiceReload, LowerLimitsOfConnectionsStreamsAndStrangersHoldOnEachThread) {
    constexpr int kClients = 24; // that one shard gets them all is no likelier than 1 in 8 million
    constexpr int kAsked = 40;
    const BlockedSignals blocked;
    OnHangup hangup;
    std::optional<ServiceConfig> wished;
    RunningService running([&](ServiceConfig& config) {
        add_relay(config);
        config.handle_signals = true;
        config.on_hangup = [&] { hangup.handle(); };
        config.times.head = 1h;
        config.relay->streams.silence = 1h;
        wished = config;
    });
    const ByteBuffer binding = *hex_decode("000100002112a442000102030405060708090a0b");
    wished->times.head = 100ms;
    wished->relay->streams.silence = 100ms;
    wished->relay->turn.bindings = {1, 5};
    hangup.run([&](const auto& done) { running.service->reload(*wished, done); });

    const Instant begun = monotonic_now();
    const auto open = [&] { return std::make_unique<TestClient>(running.page_address()); };
    std::vector<std::unique_ptr<TestClient>> silent;
    std::vector<std::unique_ptr<TestClient>> streams;
    for (int i = 0; i < kClients; ++i) {
        silent.push_back(open());
        streams.push_back(open());
        streams.back()->send(binding); // answered or not: TURN by its first bytes, and then silent
    }
    for (const auto* clients : {&silent, &streams}) {
        for (const auto& client : *clients) {
            while (client->read_more()) {
            }
            ASSERT_FALSE(client->timed_out()) << (clients == &silent ? "said nothing" : "said nothing more");
        }
    }
    const auto answers = [&] { return running.metric("visavis_stun_bindings_total"); };
    const std::string dropped = R"(visavis_turn_dropped_total{reason="reply_limit"})";
    UdpSocket stranger({*IpAddress::parse("127.0.0.1"), 0}, false);
    for (int i = 0; i < kAsked; ++i)
        EXPECT_TRUE(stranger.send({}, running.service->relay_addresses().front(), {}, binding));
    running.wait_until([&] { return answers() + running.metric(dropped) >= kClients + kAsked; });
    EXPECT_LE(answers(), 5 + 1 + (monotonic_now() - begun) / 1s) << answers();
}

} // namespace
} // namespace vv::net
