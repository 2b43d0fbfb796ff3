#include "net/descriptors_for_test.h"
#include "net/os_rng.h"
#include "net/server_for_test.h"
#include "net/silent_port_for_test.h"
#include "net/websocket_client.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

namespace vv::net {
namespace {

// A client on a loop that runs as long as a test waits for something.
class Talk final : public WebSocketClientHandler {
public:
    Talk(const std::string& url, WebSocketClientOptions options) {
        options.subprotocol = "visavis.1";
        client.emplace(loop, rng, *parse_http_url(url), std::move(options), *this);
    }
    void handle_text(std::string_view text) override { texts.emplace_back(text); }
    void handle_end(const WebSocketEnd& how) override {
        EXPECT_FALSE(end) << "once";
        end = how;
    }
    std::string next_text() {
        wait_until([this] { return !texts.empty() || end; });
        if (texts.empty()) return "the end";
        std::string text = std::move(texts.front());
        texts.pop_front();
        return text;
    }
    WebSocketEnd wait_for_end() {
        wait_until([this] { return end.has_value(); });
        return end.value_or(WebSocketEnd{});
    }
    template <typename Condition>
    void wait_until(Condition condition) {
        const Instant give_up = monotonic_now() + 10s;
        while (!condition() && monotonic_now() < give_up)
            loop.run_once(100ms);
        EXPECT_TRUE(condition());
    }

    EventLoop loop;
    OsRng rng;
    std::deque<std::string> texts;
    std::optional<WebSocketEnd> end;
    std::optional<WebSocketClient> client;
};

NameLookup::Resolve always(std::vector<SocketAddress> places) {
    return [places = std::move(places)](const std::string&, std::uint16_t) { return places; };
}

std::string url_of(const SocketAddress& address, bool tls, const std::string& path = "/ws") {
    return (tls ? "https://localhost:" : "http://localhost:") + std::to_string(address.port) + path;
}

// By name, and trusting the certificate of the test's server.
WebSocketClientOptions options_for(const TestServer& server, bool tls) {
    WebSocketClientOptions options;
    options.resolve = always({server.address});
    if (tls) options.trusted_pem = TestClient(server.address, true).certificate();
    return options;
}

std::string failure(const WebSocketEnd& end) {
    static constexpr std::array kNames{"no such host", "nobody answers", "no tls",    "not trusted",
                                       "broken",       "unreadable",     "too large", "too slow"};
    return end.why ? kNames.at(static_cast<std::size_t>(end.why->failure)) : "none";
}

using WebSocketClientBothWays = BothWays;
INSTANTIATE_TEST_SUITE_P(PlainAndTls, WebSocketClientBothWays, testing::Bool());

TEST_P(WebSocketClientBothWays, SpeaksAndIsClosedWithTheServersCode) {
    Talk talk(url_of(server.address, GetParam()), options_for(server, GetParam()));
    EXPECT_EQ(talk.next_text(), "welcome");
    talk.client->send_text("hello");
    talk.client->send_text("");
    EXPECT_EQ(talk.next_text(), "hello");
    EXPECT_EQ(talk.next_text(), "");
    const std::string large(30'000, 'x');
    talk.client->send_text(large);
    EXPECT_EQ(talk.next_text(), large);
    talk.client->send_text("close me");
    const WebSocketEnd end = talk.wait_for_end();
    EXPECT_EQ(end.code, 4001);
    EXPECT_FALSE(end.why);
    talk.client->send_text("nobody hears this");
}

TEST_P(WebSocketClientBothWays, TakesAFloodAndLosesNothing) {
    Talk talk(url_of(server.address, GetParam()), options_for(server, GetParam()));
    EXPECT_EQ(talk.next_text(), "welcome");
    talk.client->send_text("fill me");
    talk.client->send_text("done");
    std::string text = talk.next_text();
    std::size_t filled = 0;
    while (text == std::string(10000, 'x')) {
        ++filled;
        text = talk.next_text();
    }
    EXPECT_EQ(text, "done");
    EXPECT_GT(filled, 1U);
}

TEST_P(WebSocketClientBothWays, WhoIsAbandonedSaysGoodbyeAndHearsNothing) {
    Talk talk(url_of(server.address, GetParam()), options_for(server, GetParam()));
    EXPECT_EQ(talk.next_text(), "welcome");
    talk.client.reset();
    server.wait_until_left(1); // the fixture's own client
    EXPECT_EQ(server.echo.closed, 1);
    EXPECT_FALSE(talk.end);
}

TEST_P(WebSocketClientBothWays, ATextTooLongEndsIt) {
    WebSocketClientOptions options = options_for(server, GetParam());
    options.message_max = 1000;
    Talk talk(url_of(server.address, GetParam()), std::move(options));
    EXPECT_EQ(talk.next_text(), "welcome");
    talk.client->send_text(std::string(1001, 'x'));
    const WebSocketEnd end = talk.wait_for_end();
    EXPECT_EQ(failure(end), "unreadable");
    EXPECT_EQ(end.code, kClosedAbnormally);
}

TEST_P(WebSocketClientBothWays, ThereIsNoWebSocketElsewhere) {
    Talk talk(url_of(server.address, GetParam(), "/nothing"), options_for(server, GetParam()));
    const WebSocketEnd end = talk.wait_for_end();
    EXPECT_EQ(failure(end), "unreadable");
    EXPECT_EQ(end.status, 404);
}

TEST(WebSocketClient, TrustsTheSystemsStoreUnlessToldWhom) {
    TestServer server{{.tls = true}};
    WebSocketClientOptions options;
    options.resolve = always({server.address});
    Talk talk(url_of(server.address, true), std::move(options));
    const WebSocketEnd end = talk.wait_for_end();
    EXPECT_EQ(failure(end), "not trusted");
    EXPECT_FALSE(end.why->detail.empty());
}

TEST(WebSocketClient, TheCertificateMustBeForTheName) {
    TestServer server{{.tls = true}};
    WebSocketClientOptions options = options_for(server, true);
    Talk by_name("https://other.example:" + std::to_string(server.address.port) + "/ws", options);
    EXPECT_EQ(failure(by_name.wait_for_end()), "not trusted");
    Talk by_address("https://" + server.address.to_string() + "/ws", options);
    EXPECT_EQ(failure(by_address.wait_for_end()), "not trusted");
}

TEST(WebSocketClient, TlsIsNotSpokenWhereTheServerIsPlain) {
    TestServer server;
    WebSocketClientOptions options;
    options.resolve = always({server.address});
    Talk talk(url_of(server.address, true), std::move(options));
    EXPECT_EQ(failure(talk.wait_for_end()), "no tls");
}

TEST(WebSocketClient, TellsWhyNobodyIsReached) {
    WebSocketClientOptions options;
    options.resolve = always({});
    Talk nowhere("http://nowhere.example/ws", options);
    EXPECT_EQ(failure(nowhere.wait_for_end()), "no such host");
    const SilentPort silent;
    Talk refused("http://" + silent.address().to_string() + "/ws", {});
    const WebSocketEnd end = refused.wait_for_end();
    EXPECT_EQ(failure(end), "nobody answers");
    EXPECT_EQ(end.code, kClosedAbnormally);
}

TEST(WebSocketClient, TriesTheNextPlaceWhereOneLeadsNowhere) {
    TestServer server;
    const SilentPort silent;
    WebSocketClientOptions options;
    options.resolve = always({silent.address(), server.address});
    Talk talk(url_of(server.address, false), std::move(options));
    EXPECT_EQ(talk.next_text(), "welcome");
}

// Coming back after a loss begins one out of a timer, where nobody waits for an exception.
TEST(WebSocketClient, WithoutADescriptorItEndsInALaterRound) {
    // The sanitizer looks at a class it has not seen yet by way of a descriptor.
    const std::string none_left = std::generic_category().message(EMFILE);
    EventLoop loop;
    OsRng rng;
    struct Listener final : WebSocketClientHandler {
        void handle_text(std::string_view) override {}
        void handle_end(const WebSocketEnd& how) override { end = how; }
        std::optional<WebSocketEnd> end;
    } listener;
    (void)rng.bytes<1>();
    std::optional<WebSocketClient> client;
    {
        const NoMoreDescriptors none;
        client.emplace(loop, rng, *parse_http_url("http://localhost/ws"), WebSocketClientOptions{}, listener);
    }
    EXPECT_FALSE(listener.end) << "not out of the constructor";
    const Instant give_up = monotonic_now() + 5s;
    while (!listener.end && monotonic_now() < give_up)
        loop.run_once(100ms);
    ASSERT_TRUE(listener.end && listener.end->why);
    EXPECT_EQ(failure(*listener.end), "nobody answers");
    EXPECT_EQ(listener.end->why->detail, none_left);
}

// Takes connections into its backlog, and never says anything.
TEST(WebSocketClient, WaitsOnlySoLongForTheOpening) {
    const UniqueFd listener = listen_tcp(*SocketAddress::parse("127.0.0.1:0"));
    WebSocketClientOptions options;
    options.opening_time = 50ms;
    Talk talk("http://" + local_address(listener.value()).to_string() + "/ws", std::move(options));
    EXPECT_EQ(failure(talk.wait_for_end()), "too slow");
}

TEST(WebSocketClient, AConnectionThatBreaksEndsWithoutACode) {
    std::optional<TestServer> server(std::in_place);
    Talk talk("http://" + server->address.to_string() + "/ws", {});
    EXPECT_EQ(talk.next_text(), "welcome");
    server->on_shard([](Shard& shard) { shard.drop_all(); });
    const WebSocketEnd end = talk.wait_for_end();
    EXPECT_EQ(end.code, kClosedAbnormally);
    EXPECT_EQ(failure(end), "broken");
}

} // namespace
} // namespace vv::net
