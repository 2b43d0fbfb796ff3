// A relay that drains: it takes nobody new, and the service ends once it is empty or its time is over.
#include "net/service_for_test.h"

#include <gtest/gtest.h>

#include <csignal>
#include <optional>
#include <unistd.h>

namespace vv::net {
namespace {

TEST(ServiceDrain, LastsUntilTheRelayIsEmpty) {
    RunningService running(add_relay);
    RelayClient client(running.service->relay_addresses().front(), 1);
    ASSERT_EQ(client.allocate(), 0);
    running.wait_for_allocations(1);
    running.service->drain();
    running.wait_until_draining();
    EXPECT_EQ(RelayClient(running.service->relay_addresses().front(), 2).allocate(), 508);
    EXPECT_EQ(client.refresh(600), 0) << "what stands goes on";
    EXPECT_EQ(client.refresh(0), 0);
    running.join();
    EXPECT_NE(running.log().find("drained allocations=0"), std::string::npos) << running.log();
}

TEST(ServiceDrain, HasItsTime) {
    RunningService running([](ServiceConfig& config) {
        add_relay(config);
        config.drain_time_max = 0ms;
    });
    RelayClient client(running.service->relay_addresses().front(), 1);
    ASSERT_EQ(client.allocate(), 0);
    running.wait_for_allocations(1);
    running.service->drain();
    running.join();
    EXPECT_NE(running.log().find("drained allocations=1"), std::string::npos) << running.log();
}

// The operator may have more patience or less than at the beginning.
TEST(ServiceDrain, HasTheTimeOfTheNewestConfiguration) {
    const BlockedSignals blocked;
    std::optional<ServiceConfig> next;
    Service* service = nullptr;
    RunningService running([&](ServiceConfig& config) {
        add_relay(config);
        config.handle_signals = true;
        config.drain_time_max = 24h;
        next = config;
        next->drain_time_max = 0ms;
        config.on_hangup = [&] { service->reload(*next, [] {}); };
    });
    service = &*running.service;
    RelayClient client(running.service->relay_addresses().front(), 1);
    ASSERT_EQ(client.allocate(), 0);
    running.wait_for_allocations(1);
    running.service->drain();
    running.wait_until_draining();
    ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
    running.join();
    EXPECT_NE(running.log().find("drained allocations=1"), std::string::npos) << running.log();
}

} // namespace
} // namespace vv::net
