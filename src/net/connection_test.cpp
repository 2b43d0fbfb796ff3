#include "net/server_for_test.h"

#include <gtest/gtest.h>

namespace vv::net {
namespace {

INSTANTIATE_TEST_SUITE_P(Connection, BothWays, testing::Bool(),
                         [](const auto& given) { return given.param ? "Tls" : "Plain"; });

TEST_P(BothWays, AnswersRequestsOneAfterTheOther) {
    for (int i = 0; i < 3; ++i) {
        const auto response = client.get("/");
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.body, "<p>hello");
        EXPECT_NE(response.head.find("Connection: keep-alive"), std::string::npos);
    }
    EXPECT_EQ(client.get("/nothing").status, 404);
    client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto head = client.read_response(false);
    EXPECT_NE(head.head.find("Content-Length: 8\r\n"), std::string::npos);
    EXPECT_EQ(client.get("/healthz").body, "ok\n") << "no body came with HEAD";
    EXPECT_EQ(client.get("/", "Connection: close\r\n").status, 200);
    EXPECT_EQ(client.read_all(), "");
}

TEST_P(BothWays, AnswersPipelinedRequestsInOrder) {
    std::string requests;
    for (int i = 0; i < 20; ++i)
        requests += std::string("GET ") + (i % 7 == 3 ? "/big" : "/") + " HTTP/1.1\r\nHost: h\r\n\r\n";
    client.send(requests);
    for (int i = 0; i < 20; ++i)
        ASSERT_EQ(client.read_response().body.size(), i % 7 == 3 ? big_file().size() : 8U) << i;
}

TEST_P(BothWays, SendsALargeFileWholeToASlowReader) {
    TestClient slow(server.address, GetParam(), 4096);
    EXPECT_EQ(slow.get("/big").body, big_file());
}

TEST(Connection, AHalfRequestIsAnswered408InTime) {
    TestServer server({.times = times_with(&ConnectionTimes::head, 50ms)});
    TestClient client(server.address);
    client.send("GET / HTTP/1.1\r\nHost: ");
    EXPECT_EQ(client.read_response().status, 408);
    EXPECT_EQ(client.read_all(), "");
    TestClient silent(server.address);
    EXPECT_EQ(silent.read_all(), "") << "who said nothing is told nothing";
}

TEST(Connection, DrippingAHeadDoesNotStretchItsTime) {
    TestServer server({.times = times_with(&ConnectionTimes::head, 50ms)});
    TestClient client(server.address);
    client.send("GET / HTTP/1.1\r\nHost: h\r\nA: ");
    // Each byte is taken in before the next is sent, and all of them are far fewer than a head may have.
    for (int i = 0; i < 10'000 && server.counters.silent.value() == 0; ++i) {
        client.send("a");
        server.on_shard([](Shard&) {});
    }
    EXPECT_EQ(client.read_response().status, 408);
}

TEST(Connection, AnIdleConnectionIsClosedQuietly) {
    ConnectionTimes times = times_with(&ConnectionTimes::keep_alive, 20ms);
    TestServer server({.times = times});
    TestClient client(server.address);
    EXPECT_EQ(client.get("/").status, 200);
    EXPECT_EQ(client.read_all(), "");
    server.wait_until_empty(); // though the client keeps its side open
}

TEST(Connection, RefusalsAreReadableThoughMoreIsOnItsWay) {
    TestServer server;
    TestClient client(server.address);
    client.send("GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(100'000, 'a') + "\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 431);
    EXPECT_EQ(client.read_all(), "");
    TestClient smuggler(server.address);
    smuggler.send(
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /");
    EXPECT_EQ(smuggler.read_response().status, 400);
    EXPECT_EQ(smuggler.read_all(), "") << "nothing after it is taken for a request";
}

TEST_P(BothWays, AClientThatEndsItsSideStillGetsItsAnswer) {
    for (const std::string path : {"/", "/big"}) {
        TestClient asking(server.address, GetParam(), 4096);
        ASSERT_EQ(asking.get("/healthz").status, 200);
        // The server finds the request and the end behind it at the same time.
        server.on_shard([&](Shard&) {
            asking.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
            asking.half_close();
        });
        const auto response = asking.read_response();
        EXPECT_EQ(response.status, 200) << path;
        EXPECT_EQ(response.body.size(), path == "/" ? 8U : big_file().size());
        EXPECT_EQ(asking.read_all(), "");
    }
}

// With TLS the second request, a record of its own, was fetched from the socket together with the first.
TEST_P(BothWays, ARequestBehindOneWhoseAnswerIsSlowIsAnsweredToo) {
    TestClient slow(server.address, GetParam(), 4096);
    ASSERT_EQ(slow.get("/healthz").status, 200);
    server.on_shard([&](Shard&) {
        slow.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
        slow.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    });
    EXPECT_EQ(slow.read_response().body.size(), big_file().size());
    EXPECT_EQ(slow.read_response().body, "<p>hello");
}

TEST(Connection, AClientThatDoesNotReadAnAnswerIsCutOff) {
    TestServer server({.times = times_with(&ConnectionTimes::stall, 50ms)});
    TestClient client(server.address, false, 4096);
    client.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
    server.wait_until_empty();
    EXPECT_EQ(server.counters.slow_readers.value(), 1U);
}

TEST(Connection, TheLimitHolds) {
    TestServer server({.connections_max = 2});
    TestClient first(server.address);
    TestClient second(server.address);
    EXPECT_EQ(first.get("/").status, 200);
    EXPECT_EQ(second.get("/").status, 200);
    TestClient third(server.address);
    EXPECT_EQ(third.get("/").status, 0);
    EXPECT_EQ(server.counters.refused.value(), 1U);
}

TEST(Connection, UpgradeRefusalsKeepTheConnection) {
    TestServer server;
    TestClient client(server.address);
    EXPECT_EQ(client.open_websocket("Origin: https://evil.example\r\n").status, 403);
    EXPECT_EQ(client.get("/ws").status, 426);
    EXPECT_EQ(client.get("/").status, 200);
    client.send("GET /ws HTTP/1.1\r\nHost: full\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                "Sec-WebSocket-Protocol: visavis.1\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 429);
    EXPECT_EQ(client.open_websocket("Origin: http://localhost\r\n").status, 101);
}

TEST(Connection, GarbageInsteadOfTlsIsDropped) {
    TestServer server({.tls = true});
    TestClient client(server.address);
    client.send(std::string("\x80\x00garbage that is no handshake at all", 37));
    client.read_all();
    server.wait_until_empty();
    EXPECT_EQ(server.counters.handshakes_failed.value(), 1U);
}

TEST(Connection, PlainHttpOnATlsPortIsToldSo) {
    TestServer server({.tls = true});
    TestClient client(server.address);
    const auto response = client.get("/");
    EXPECT_EQ(response.status, 400);
    EXPECT_NE(response.body.find("https://"), std::string::npos);
}

TEST(Connection, AHandshakeHasItsTime) {
    ConnectionTimes times = times_with(&ConnectionTimes::handshake, 30ms);
    TestServer server({.times = times, .tls = true});
    TestClient client(server.address);
    EXPECT_EQ(client.read_all(), "");
    EXPECT_EQ(server.counters.handshakes_failed.value(), 1U);
}

// After the handshake its keys are wiped: what is left must still make new ones (TLS 1.3) and carry everything (1.2).
TEST(Connection, TheKeysOfTheHandshakeAreNotNeededAgain) {
    TestServer server({.tls = true});
    TestClient renewing(server.address, true);
    EXPECT_EQ(renewing.get("/").status, 200);
    ASSERT_TRUE(renewing.update_keys());
    EXPECT_EQ(renewing.get("/").status, 200);
    ASSERT_TRUE(renewing.update_keys());
    EXPECT_EQ(renewing.get("/big").body.size(), big_file().size());
    TestClient old(server.address, true, 0, TLS1_2_VERSION);
    EXPECT_FALSE(old.update_keys());
    EXPECT_EQ(old.get("/").status, 200);
    EXPECT_EQ(old.get("/big").body.size(), big_file().size());
}

TEST(Shard, StopsWhenEveryoneHasLeft) {
    TestServer server;
    TestClient idle(server.address);
    EXPECT_EQ(idle.get("/").status, 200);
    TestClient talking(server.address);
    ASSERT_EQ(talking.open_websocket().status, 101);
    std::promise<void> stopped;
    server.on_shard([&](Shard& shard) { shard.begin_stop(10s, [&] { stopped.set_value(); }); });
    EXPECT_EQ(idle.read_all(), "");
    talking.send_frame(Opcode::kClose, "");
    stopped.get_future().wait();
}

TEST(Shard, AStopLetsADownloadFinishAndThenClosesIt) {
    TestServer server;
    TestClient slow(server.address, false, 4096);
    slow.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(slow.read_more());
    std::promise<void> stopped;
    server.on_shard([&](Shard& shard) { shard.begin_stop(1h, [&] { stopped.set_value(); }); });
    EXPECT_EQ(slow.read_response().body.size(), big_file().size());
    EXPECT_EQ(slow.read_all(), "");
    stopped.get_future().wait();
}

TEST(Shard, StopsInTheEndThoughSomebodyStays) {
    TestServer server;
    TestClient talking(server.address);
    ASSERT_EQ(talking.open_websocket().status, 101);
    std::promise<void> stopped;
    server.on_shard([&](Shard& shard) { shard.begin_stop(20ms, [&] { stopped.set_value(); }); });
    stopped.get_future().wait();
}

} // namespace
} // namespace vv::net
