// What a service takes while it runs, on each of its threads.
#include "net/service_for_test.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <string>

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

} // namespace
} // namespace vv::net
