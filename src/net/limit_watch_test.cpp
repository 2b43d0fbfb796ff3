#include "net/limit_watch.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

TEST(LimitWatch, SaysHowOftenALimitWasHitSinceTheLastTime) {
    std::ostringstream text;
    Log log({}, std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text)));
    Metrics metrics;
    EventLoop loop;
    LimitWatch watch(loop, metrics, log);
    const auto report = [&] {
        text.str({});
        watch.report();
        return text.str();
    };
    EXPECT_EQ(report(), "") << "a counter nobody has made counts nothing";
    Counter& refused = metrics.counter("visavis_connections_refused_total", "");
    Counter& quota = metrics.counter("visavis_turn_errors_total", "", R"(code="486")");
    EXPECT_EQ(report(), "");
    refused.add(3);
    EXPECT_NE(report().find("connections-refused times=3"), std::string::npos) << text.str();
    EXPECT_EQ(report(), "") << "once";
    refused.add(2);
    quota.add();
    EXPECT_NE(report().find("connections-refused times=2"), std::string::npos) << text.str();
    EXPECT_NE(text.str().find("relay-quota-reached times=1"), std::string::npos) << text.str();
}

// 508 has many reasons, most of them one client's own; the log tells of those an operator can mend.
TEST(LimitWatch, SaysWhatOfTheRelayHasRunOut) {
    std::ostringstream text;
    Log log({}, std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text)));
    Metrics metrics;
    EventLoop loop;
    LimitWatch watch(loop, metrics, log);
    const auto refused = [&](const std::string& reason) {
        metrics.counter("visavis_turn_errors_total", "", R"(code="508")").add();
        if (!reason.empty()) {
            metrics.counter("visavis_turn_allocations_refused_total", "", "reason=\"" + reason + "\"").add();
        }
        text.str({});
        watch.report();
        return text.str();
    };
    EXPECT_EQ(refused(""), "") << "a channel too many, say";
    const std::string ports = refused("no_port");
    EXPECT_NE(ports.find("relay-ports-used-up times=1"), std::string::npos) << ports;
    EXPECT_EQ(ports.find("relay-total-reached"), std::string::npos) << ports;
    const std::string total = refused("total");
    EXPECT_NE(total.find("relay-total-reached times=1"), std::string::npos) << total;
    EXPECT_EQ(total.find("relay-ports-used-up"), std::string::npos) << total;
}

TEST(LimitWatch, ReportsByItselfAgainAndAgain) {
    std::ostringstream text;
    Log log({}, std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text)));
    Metrics metrics;
    EventLoop loop;
    Counter& failed = metrics.counter("visavis_turn_relay_ports_failed_total", "");
    const LimitWatch watch(loop, metrics, log, 5ms);
    for (int i = 0; i < 2; ++i) {
        failed.add();
        text.str({});
        for (int round = 0; round < 10'000 && text.str().empty(); ++round)
            loop.run_once(5ms);
        EXPECT_NE(text.str().find("relay-ports-failed times=1"), std::string::npos) << text.str();
    }
}

} // namespace
} // namespace vv::net
