// One connection: what it may ask for how often, alone and together with its neighbours.
#include "signal/connection.h"
#include "signal/test_server.h"

namespace vv::signal {
namespace {

TEST(SignalRates, MessagesOfASession) {
    TestServer server;
    const auto page = server.enter();
    server.pass(10s);
    for (int i = 0; i < 80; ++i) {
        server.send(page->connection, {{"type", "ping"}});
        server.take(page->connection, "pong");
    }
    server.send(page->connection, {{"type", "ping"}});
    const Json error = server.take_error(page->connection, "rate");
    EXPECT_DOUBLE_EQ(error.at("retry_after").get<double>(), 0.05);
    server.pass(50ms);
    server.send(page->connection, {{"type", "ping"}});
    server.take(page->connection, "pong");
}

TEST(SignalRates, BytesOfASession) {
    TestServer server;
    const auto page = server.enter();
    server.pass(10s);
    Json message = {{"type", "ping"}, {"padding", ""}};
    message["padding"] = std::string(kMessageBytesMax - message.dump().size(), 'x');
    ASSERT_EQ(message.dump().size(), kMessageBytesMax);
    for (int i = 0; i < 16; ++i) {
        server.send(page->connection, message);
        server.take(page->connection, "pong");
    }
    server.send(page->connection, message);
    EXPECT_NEAR(server.take_error(page->connection, "rate").at("retry_after").get<double>(), 0.5, 0.01);
    server.pass(510ms);
    server.send(page->connection, message);
    server.take(page->connection, "pong");
}

TEST(SignalRates, OfAnAddressBindAllItsSessions) {
    lobby::PrefixLimitsConfig prefixes = TestServer::roomy();
    prefixes.rates[static_cast<std::size_t>(lobby::LimitKind::kSeeks)] = per_second(1, 2);
    TestServer server(TestServer::default_settings(), prefixes);
    const Json seek = {{"type", "seek"}, {"room", "ta"}, {"prefs", {{"media", "sound"}, {"need", "video"}}}};
    for (int i = 0; i < 2; ++i) {
        const auto page = server.enter();
        server.send(page->connection, seek);
        server.take(page->connection, "waiting");
    }
    const auto third = server.enter();
    server.send(third->connection, seek);
    const Json error = server.take_error(third->connection, "rate");
    EXPECT_EQ(error.at("about"), "seek");
    EXPECT_DOUBLE_EQ(error.at("retry_after").get<double>(), 1.0);
}

lobby::PrefixLimitsConfig prefixes_with(lobby::LimitKind kind, const Rate& rate) {
    auto prefixes = TestServer::roomy();
    prefixes.rates[static_cast<std::size_t>(kind)] = rate;
    return prefixes;
}

TEST(SignalRates, WhatNeighboursUsedUpIsNoMisconduct) {
    TestServer server(TestServer::default_settings(), prefixes_with(lobby::LimitKind::kSeeks, one_every(1h, 1)));
    const auto page = server.enter();
    server.send(page->connection, {{"type", "seek"}, {"room", "ta"}, {"prefs", TestServer::prefs()}});
    server.take(page->connection, "waiting");
    server.send(page->connection, {{"type", "unseek"}});
    for (std::uint32_t i = 0; i < 2 * kRefusedMax; ++i) {
        server.send(page->connection, {{"type", "seek"}, {"room", "ta"}, {"prefs", TestServer::prefs()}});
        server.take_error(page->connection, "rate");
    }
    EXPECT_FALSE(server.closed(page->connection));

    for (const auto kind : {lobby::LimitKind::kMessages, lobby::LimitKind::kBytes}) {
        TestServer busy(TestServer::default_settings(), prefixes_with(kind, one_every(1h, 2000)));
        const auto neighbour = busy.enter();
        const auto innocent = busy.enter();
        while (busy.is_quiet(neighbour->connection)) {
            busy.send(neighbour->connection, {{"type", "unseek"}});
            busy.pass(50ms);
        }
        for (std::uint32_t i = 0; i < 2 * kRefusedMax; ++i) {
            busy.send(innocent->connection, {{"type", "ping"}});
            busy.take_error(innocent->connection, "rate");
        }
        EXPECT_FALSE(busy.closed(innocent->connection));
    }
}

TEST(SignalRates, OnesOwnHasteIs) {
    TestServer server;
    const auto page = server.enter();
    for (std::uint32_t i = 0; i < 80 + kRefusedMax; ++i)
        server.send(page->connection, {{"type", "unseek"}});
    EXPECT_EQ(server.closed(page->connection), CloseCode::kTooManyRefused);
}

// Whatever ends a match before both have accepted is a skip, by whatever name.
TEST(SignalRates, LeavingAMatchIsASkipOfTheAddress) {
    const Json seek = {{"type", "seek"}, {"room", "ta"}, {"prefs", TestServer::prefs()}};
    for (const Json& way : std::vector<Json>{{{"type", "decline"}},
                                             {{"type", "leave"}, {"reason", "left"}},
                                             {{"type", "leave"}, {"reason", "failed"}},
                                             {{"type", "block"}},
                                             {{"type", "report"}, {"category", "spam"}}}) {
        TestServer server(TestServer::default_settings(), prefixes_with(lobby::LimitKind::kSkips, one_every(1h, 1)));
        const auto leave = [&] {
            const auto a = server.enter();
            const auto b = server.enter();
            server.send(a->connection, seek);
            server.take(a->connection, "waiting");
            server.send(b->connection, seek);
            Json message = way;
            message["call"] = server.take(b->connection, "matched").at("call");
            server.send(b->connection, message);
            const Json answer = server.take_any(b->connection).value();
            server.cut(a->connection);
            server.cut(b->connection);
            return answer.value("code", "");
        };
        EXPECT_EQ(leave(), "") << way;
        const bool complains = way.at("type") == "block" || way.at("type") == "report";
        EXPECT_EQ(leave(), complains ? "" : "rate") << way;
        // A call that stands is not skipped by leaving it.
    }
}

/// A call in a room that stands, with nothing left to read.
struct Standing {
    std::unique_ptr<TestPage> a;
    std::unique_ptr<TestPage> b;
    Json report; // of it
};

Standing stand(TestServer& server) {
    Standing call{server.enter(), server.enter(), {{"type", "report"}, {"category", "spam"}}};
    for (const auto& page : {call.a->connection, call.b->connection})
        server.send(page, {{"type", "seek"}, {"room", "ta"}, {"prefs", TestServer::prefs()}});
    call.report["call"] = server.take(call.b->connection, "matched").at("call");
    for (const auto& page : {call.a->connection, call.b->connection}) {
        server.send(page, {{"type", "accept"}, {"call", call.report.at("call")}, {"intro", "{}"}});
    }
    for (const auto& page : {call.a->connection, call.b->connection})
        server.forget_inbox(page);
    return call;
}

// Whoever opens ever new sessions could otherwise fill the place there is for reports, and the operator's list.
TEST(SignalRates, ReportsOfAnAddressAreKeptSoOften) {
    TestServer server(TestServer::default_settings(), prefixes_with(lobby::LimitKind::kReports, one_every(5min, 1)));
    const Standing first = stand(server);
    const Standing second = stand(server);
    server.send(first.b->connection, first.report);
    ASSERT_EQ(server.filed.size(), 1U);
    for (std::uint32_t i = 0; i < 2 * kRefusedMax; ++i) {
        server.forget_inbox(second.b->connection);
        server.pass(1s); // within the rate of messages
        server.send(second.b->connection, second.report);
        if (i > 0) continue;
        EXPECT_EQ(server.take(second.b->connection, "left").at("reason"), "you") << "the call ends all the same";
        EXPECT_EQ(server.take(second.a->connection, "left").at("reason"), "left");
        server.take(second.b->connection, "token");
        const Json error = server.take_error(second.b->connection, "rate");
        EXPECT_EQ(error.at("about"), "report");
        EXPECT_DOUBLE_EQ(error.at("retry_after").get<double>(), 299);
    }
    EXPECT_FALSE(server.closed(second.b->connection)) << "neighbours may have used it up";
    EXPECT_EQ(server.filed.size(), 1U);
    server.forget_inbox(second.b->connection);
    server.pass(5min - 2 * kRefusedMax * 1s);
    server.send(second.b->connection, second.report);
    server.take(second.b->connection, "noted");
    EXPECT_EQ(server.filed.size(), 2U);
}

TEST(SignalRates, WhoRepeatsAReportUsesUpLittleOfWhatNeighboursShare) {
    constexpr std::int64_t kBurst = lobby::kReportRate.burst + 1;
    TestServer server(TestServer::default_settings(),
                      prefixes_with(lobby::LimitKind::kReports, one_every(5min, kBurst)));
    const Standing first = stand(server);
    const Standing second = stand(server);
    for (std::int64_t i = 0; i < 3 * kBurst; ++i) {
        server.forget_inbox(first.b->connection);
        server.send(first.b->connection, first.report);
    }
    server.send(second.b->connection, second.report);
    EXPECT_EQ(server.filed.size(), 2U);
}

TEST(SignalRates, ReportsThatAreNotKeptTakeNothing) {
    TestServer server(TestServer::default_settings(), prefixes_with(lobby::LimitKind::kReports, one_every(5min, 1)));
    const auto a = server.enter();
    const auto b = server.enter();
    for (const auto& page : {a->connection, b->connection})
        server.send(page, {{"type", "seek"}, {"room", "ta"}, {"prefs", TestServer::prefs()}});
    const Json call = server.take(b->connection, "matched").at("call");
    server.send(b->connection, {{"type", "report"}, {"category", "spam"}, {"call", call}});
    EXPECT_EQ(server.take(b->connection, "left").at("reason"), "you");
    server.take_error(b->connection, "not_accepted");
    const Standing later = stand(server);
    server.send(later.b->connection, later.report);
    EXPECT_EQ(server.filed.size(), 1U);
}

} // namespace
} // namespace vv::signal
