#include "net/client_for_test.h"
#include "net/clock.h"
#include "net/connection.h"
#include "net/self_signed.h"
#include "net/shard.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <csignal>
#include <future>
#include <sstream>
#include <thread>

namespace vv::net {
namespace {

const std::string& big_file() {
    static const std::string kText = [] {
        std::string text;
        while (text.size() < 6'000'000)
            text += std::to_string(text.size()) + " ";
        return text;
    }();
    return kText;
}

class Files final : public AssetStore {
public:
    [[nodiscard]] std::optional<Asset> find(std::string_view path) const override {
        if (path == "/") return Asset{"text/html", "\"a\"", false, as_bytes("<p>hello"), {}, {}};
        if (path == "/big") return Asset{"text/plain", "\"b\"", true, as_bytes(big_file()), {}, {}};
        return std::nullopt;
    }
};

// Says everything back; a few words make it do other things.
class Echo final : public WebSocketApplication {
public:
    explicit Echo(Shard& shard) : shard_(shard) {}
    bool handle_request(ConnectionId, const IpAddress&, std::string_view host) override { return host != "full"; }
    void handle_open(ConnectionId id) override {
        ++opened;
        send(id, "welcome");
    }
    void handle_text(ConnectionId id, std::string_view text) override {
        if (text == "close me") {
            shard_.find(id)->close_websocket(4001, "as you wish");
            return;
        }
        if (text == "flood me") {
            for (int i = 0; i < 1000; ++i)
                send(id, std::string(10000, 'x'));
            return;
        }
        send(id, text);
    }
    void handle_closed(ConnectionId) override { ++closed; }

    std::atomic<int> opened = 0;
    std::atomic<int> closed = 0;

private:
    void send(ConnectionId id, std::string_view text) {
        const std::array texts{std::string(text)};
        if (Connection* connection = shard_.find(id)) connection->send_texts(texts);
    }

    Shard& shard_;
};

// One shard on a thread of its own.
class Server {
public:
    struct Options {
        ConnectionTimes times = {};
        bool tls = false;
        std::size_t connections_max = 100;
    };

    Server() : Server(Options{}) {}
    explicit Server(const Options& options)
        : limits_(options.connections_max, 100),
          log_({.level = LogLevel::kDebug},
               std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_text_))),
          shard_(3, counters, log_, with_short_linger(options.times)),
          echo(shard_) {
        ignore_broken_pipes_for_test();
        site_.handler = &pages_;
        site_.websocket_path = "/ws";
        site_.upgrade.subprotocol = "visavis.1";
        site_.application = &echo;
        if (options.tls) {
            static const std::vector<std::string> kNames{"localhost"};
            static const CertificatePem kPem = make_self_signed(kNames, {}, wall_now());
            tls_ = make_server_context({kPem.certificate, kPem.key});
            site_.tls = tls_.get();
        }
        UniqueFd fd = listen_tcp(*SocketAddress::parse("127.0.0.1:0"));
        address = local_address(fd.value());
        shard_.listen(std::move(fd), site_, limits_);
        thread_ = std::thread([this] { shard_.loop().run(); });
    }
    ~Server() {
        stop();
        shard_.drop_all();
        EXPECT_EQ(counters.open.value(), 0);
        EXPECT_EQ(counters.websockets_open.value(), 0);
        EXPECT_EQ(limits_.open(), 0U);
        EXPECT_EQ(log_text_.str().find("127.0.0.1"), std::string::npos) << log_text_.str();
    }
    void stop() {
        shard_.loop().stop();
        if (thread_.joinable()) thread_.join();
    }
    // On the shard's thread, to its end.
    void on_shard(const std::function<void(Shard&)>& task) {
        std::promise<void> done;
        ASSERT_TRUE(shard_.loop().post([&] {
            task(shard_);
            done.set_value();
        }));
        done.get_future().wait();
    }
    // Until no connection is left: the end of each is an event of the shard.
    void wait_until_empty() { wait_until_left(0); }
    void wait_until_left(std::size_t count) {
        std::size_t left = count + 1;
        while (left > count)
            on_shard([&](Shard& shard) { left = shard.connections(); });
    }

    Metrics metrics;
    ConnectionCounters counters{metrics};
    SocketAddress address;

private:
    // Test clients keep their side open while they wait for the server's.
    static ConnectionTimes with_short_linger(ConnectionTimes times) {
        times.linger = 20ms;
        return times;
    }
    static void ignore_broken_pipes_for_test() { std::signal(SIGPIPE, SIG_IGN); }

    ConnectionLimits limits_;
    std::ostringstream log_text_;
    Log log_;
    Files files_;
    PageHandler pages_{files_, {}};
    SslContextPtr tls_;
    Site site_;
    Shard shard_;
    std::thread thread_;

public:
    Echo echo;
};

ConnectionTimes times_with(Duration ConnectionTimes::* member, Duration value) {
    ConnectionTimes times;
    times.*member = value;
    return times;
}

class BothWays : public testing::TestWithParam<bool> {
protected:
    Server server{Server::Options{.tls = GetParam()}};
    TestClient client{server.address, GetParam()};
};

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

TEST_P(BothWays, EchoesMessagesOfEverySize) {
    EXPECT_EQ(client.open_websocket().status, 101);
    EXPECT_EQ(client.read_message()->second, "welcome");
    for (const std::size_t size : {0U, 1U, 125U, 126U, 16384U, 32768U}) {
        client.send_text(std::string(size, 'a'));
        ASSERT_EQ(client.read_message()->second.size(), size);
    }
    ByteBuffer many;
    for (int i = 0; i < 200; ++i)
        write_masked_frame(many, Opcode::kText, as_bytes(std::to_string(i)), {9, 8, 7, 6});
    client.send(many);
    for (int i = 0; i < 200; ++i)
        ASSERT_EQ(client.read_message()->second, std::to_string(i));
    client.send_frame(Opcode::kClose, as_text(close_payload(CloseCode::kNormal, "done")));
    EXPECT_EQ(client.read_close_code(), 1000);
    EXPECT_EQ(client.read_all(), "");
    server.wait_until_empty();
    EXPECT_EQ(server.echo.closed, 1);
}

TEST_P(BothWays, FramesRightBehindTheUpgradeAreRead) {
    ByteBuffer frame;
    write_masked_frame(frame, Opcode::kText, as_bytes("early"), {1, 1, 1, 1});
    client.send("GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                "Sec-WebSocket-Protocol: visavis.1\r\n\r\n" +
                std::string(as_text(frame)));
    EXPECT_EQ(client.read_response().status, 101);
    EXPECT_EQ(client.read_message()->second, "welcome");
    EXPECT_EQ(client.read_message()->second, "early");
}

TEST_P(BothWays, ASlowWebSocketReaderIsCutOff) {
    TestClient slow(server.address, GetParam(), 4096);
    ASSERT_EQ(slow.open_websocket().status, 101);
    slow.send_text("flood me");
    server.wait_until_left(1); // the fixture's own client
    EXPECT_EQ(server.counters.slow_readers.value(), 1U);
    EXPECT_EQ(server.echo.closed, 1);
}

// Each send is a TLS record; all of them are in the socket before the server, which reads ahead, looks.
TEST(Connection, ACutWhileTlsStillHoldsInputIsTheEndOfIt) {
    for (int before = 0; before < 6; ++before) {
        Server server({.tls = true});
        TestClient slow(server.address, true, 4096);
        ASSERT_EQ(slow.open_websocket().status, 101);
        server.on_shard([&](Shard&) {
            for (int i = 0; i < before; ++i)
                slow.send_text("hello");
            slow.send_text("flood me");
            for (int i = 0; i < 6; ++i)
                slow.send_text("too late");
        });
        server.wait_until_empty();
        EXPECT_EQ(server.counters.slow_readers.value(), 1U);
        EXPECT_EQ(server.echo.closed, 1);
    }
}

TEST(Connection, AHalfRequestIsAnswered408InTime) {
    Server server({.times = times_with(&ConnectionTimes::head, 50ms)});
    TestClient client(server.address);
    client.send("GET / HTTP/1.1\r\nHost: ");
    EXPECT_EQ(client.read_response().status, 408);
    EXPECT_EQ(client.read_all(), "");
    TestClient silent(server.address);
    EXPECT_EQ(silent.read_all(), "") << "who said nothing is told nothing";
}

TEST(Connection, DrippingAHeadDoesNotStretchItsTime) {
    Server server({.times = times_with(&ConnectionTimes::head, 50ms)});
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
    Server server({.times = times});
    TestClient client(server.address);
    EXPECT_EQ(client.get("/").status, 200);
    EXPECT_EQ(client.read_all(), "");
    server.wait_until_empty(); // though the client keeps its side open
}

TEST(Connection, RefusalsAreReadableThoughMoreIsOnItsWay) {
    Server server;
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

TEST(Connection, AClientThatEndsItsSideStillGetsItsAnswer) {
    Server server;
    TestClient client(server.address, false, 4096);
    client.send("GET /big HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    client.half_close();
    EXPECT_EQ(client.read_response().body.size(), big_file().size());
}

TEST(Connection, AClientThatDoesNotReadAnAnswerIsCutOff) {
    Server server({.times = times_with(&ConnectionTimes::stall, 50ms)});
    TestClient client(server.address, false, 4096);
    client.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
    server.wait_until_empty();
    EXPECT_EQ(server.counters.slow_readers.value(), 1U);
}

TEST(Connection, TheLimitHolds) {
    Server server({.connections_max = 2});
    TestClient first(server.address);
    TestClient second(server.address);
    EXPECT_EQ(first.get("/").status, 200);
    EXPECT_EQ(second.get("/").status, 200);
    TestClient third(server.address);
    EXPECT_EQ(third.get("/").status, 0);
    EXPECT_EQ(server.counters.refused.value(), 1U);
}

TEST(Connection, UpgradeRefusalsKeepTheConnection) {
    Server server;
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

class WebSocketFaults : public testing::Test {
protected:
    int close_code_after(const ByteBuffer& bytes) {
        TestClient client(server.address);
        EXPECT_EQ(client.open_websocket().status, 101);
        client.send(bytes);
        const int code = client.read_close_code();
        EXPECT_EQ(client.read_all(), "");
        return code;
    }
    static ByteBuffer frame(std::uint8_t first, std::string_view payload) {
        ByteBuffer out;
        write_masked_frame(out, Opcode::kText, as_bytes(payload), {5, 6, 7, 8});
        out[0] = first;
        return out;
    }

    Server server;
};

TEST_F(WebSocketFaults, EachHasItsCloseCode) {
    ByteBuffer unmasked;
    write_frame(unmasked, Opcode::kText, as_bytes("no mask"));
    EXPECT_EQ(close_code_after(unmasked), 1002);
    EXPECT_EQ(close_code_after(frame(0xC1, "reserved bit")), 1002);
    EXPECT_EQ(close_code_after(frame(0x83, "opcode")), 1002);
    EXPECT_EQ(close_code_after(frame(0x81, "\xFF")), 1007);
    EXPECT_EQ(close_code_after(frame(0x81, std::string(kWebSocketMessageMax + 1, 'a'))), 1009);
    EXPECT_EQ(close_code_after(frame(0x82, "binary")), 1003);
    EXPECT_EQ(close_code_after(frame(0x88, "")), 1005);
    EXPECT_EQ(close_code_after(frame(0x88, "x")), 1002);
    EXPECT_EQ(close_code_after(frame(0x88, as_text(close_payload(static_cast<CloseCode>(4321), "own")))), 4321);
    EXPECT_EQ(close_code_after(frame(0x88, as_text(close_payload(static_cast<CloseCode>(1006), "")))), 1002);
    server.wait_until_empty();
    EXPECT_EQ(server.echo.opened, server.echo.closed);
}

TEST_F(WebSocketFaults, ControlFramesBetweenFragmentsAreAnsweredAtOnce) {
    TestClient client(server.address);
    ASSERT_EQ(client.open_websocket().status, 101);
    client.read_message();
    client.send(frame(0x01, "one "));
    client.send(frame(0x89, "ping"));
    const auto pong = client.read_message();
    EXPECT_EQ(pong->first, Opcode::kPong);
    EXPECT_EQ(pong->second, "ping");
    client.send(frame(0x80, "two"));
    EXPECT_EQ(client.read_message()->second, "one two");
}

TEST_F(WebSocketFaults, AClientThatVanishesInTheMiddleOfAMessageIsForgotten) {
    {
        TestClient client(server.address);
        ASSERT_EQ(client.open_websocket().status, 101);
        client.send(frame(0x01, "half of a"));
    }
    server.wait_until_empty();
    EXPECT_EQ(server.echo.closed, 1);
}

TEST_F(WebSocketFaults, TheApplicationsCloseWaitsForTheAnswer) {
    TestClient client(server.address);
    ASSERT_EQ(client.open_websocket().status, 101);
    client.send_text("close me");
    client.send_text("not heard any more");
    EXPECT_EQ(client.read_close_code(), 4001);
    client.send_frame(Opcode::kClose, as_text(close_payload(static_cast<CloseCode>(4001), "")));
    EXPECT_EQ(client.read_all(), "");
    server.wait_until_empty();
    EXPECT_EQ(server.echo.closed, 0) << "the application knew";
}

TEST(Connection, AClientThatDoesNotAnswerOurCloseIsLeft) {
    Server server({.times = times_with(&ConnectionTimes::close, 20ms)});
    TestClient client(server.address);
    ASSERT_EQ(client.open_websocket().status, 101);
    client.send_text("close me");
    server.wait_until_empty();
}

TEST(Connection, PingsAndKeepsWhoAnswers) {
    ConnectionTimes times;
    times.ping = 10ms;
    times.ping_spread = 5ms;
    times.pong = 200ms;
    Server server({.times = times});
    TestClient client(server.address);
    ASSERT_EQ(client.open_websocket().status, 101);
    client.read_message();
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(client.read_message()->first, Opcode::kPing);
        client.send_frame(Opcode::kPong, "");
        client.send_text("still here");
        ASSERT_EQ(client.read_message()->second, "still here");
    }
}

TEST(Connection, DropsWhoDoesNotAnswerAPing) {
    ConnectionTimes times;
    times.ping = 10ms;
    times.ping_spread = 0ms;
    times.pong = 20ms;
    Server server({.times = times});
    TestClient client(server.address);
    ASSERT_EQ(client.open_websocket().status, 101);
    server.wait_until_empty();
    EXPECT_EQ(server.counters.silent.value(), 1U);
    EXPECT_EQ(server.echo.closed, 1);
}

TEST(Connection, GarbageInsteadOfTlsIsDropped) {
    Server server({.tls = true});
    TestClient client(server.address);
    client.send(std::string("\x80\x00garbage that is no handshake at all", 37));
    client.read_all();
    server.wait_until_empty();
    EXPECT_EQ(server.counters.handshakes_failed.value(), 1U);
}

TEST(Connection, PlainHttpOnATlsPortIsToldSo) {
    Server server({.tls = true});
    TestClient client(server.address);
    const auto response = client.get("/");
    EXPECT_EQ(response.status, 400);
    EXPECT_NE(response.body.find("https://"), std::string::npos);
}

TEST(Connection, AHandshakeHasItsTime) {
    ConnectionTimes times = times_with(&ConnectionTimes::handshake, 30ms);
    Server server({.times = times, .tls = true});
    TestClient client(server.address);
    EXPECT_EQ(client.read_all(), "");
    EXPECT_EQ(server.counters.handshakes_failed.value(), 1U);
}

TEST(Shard, StopsWhenEveryoneHasLeft) {
    Server server;
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

TEST(Shard, StopsInTheEndThoughSomebodyStays) {
    Server server;
    TestClient talking(server.address);
    ASSERT_EQ(talking.open_websocket().status, 101);
    std::promise<void> stopped;
    server.on_shard([&](Shard& shard) { shard.begin_stop(20ms, [&] { stopped.set_value(); }); });
    stopped.get_future().wait();
}

} // namespace
} // namespace vv::net
