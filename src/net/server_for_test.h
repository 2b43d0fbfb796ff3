// One shard on a thread of its own for tests, with a page to serve and a WebSocket application that echoes.
#pragma once

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
#include <functional>
#include <future>
#include <sstream>
#include <thread>

namespace vv::net {

using namespace std::chrono_literals;

inline const std::string& big_file() {
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
        if (text == "fill me") {
            while (shard_.find(id)->unsent() == 0)
                send(id, std::string(10000, 'x'));
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
class TestServer {
public:
    struct Options {
        ConnectionTimes times = {};
        bool tls = false;
        std::size_t connections_max = 100;
    };

    TestServer() : TestServer(Options{}) {}
    explicit TestServer(const Options& options)
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
    ~TestServer() {
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

inline ConnectionTimes times_with(Duration ConnectionTimes::* member, Duration value) {
    ConnectionTimes times;
    times.*member = value;
    return times;
}

// Plain and over TLS.
class BothWays : public testing::TestWithParam<bool> {
protected:
    TestServer server{TestServer::Options{.tls = GetParam()}};
    TestClient client{server.address, GetParam()};
};

} // namespace vv::net
