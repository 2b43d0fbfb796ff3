// The whole server for tests over real loopback sockets: a service that runs on a
// thread of its own, a page that speaks to it, and a client of its relay.
#pragma once

#include "base/encoding.h"
#include "crypto/ecdsa.h"
#include "net/client_for_test.h"
#include "net/clock.h"
#include "net/self_signed.h"
#include "net/service.h"
#include "turn/test_client.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace vv::net {

using namespace std::chrono_literals;
using Json = nlohmann::json;

class OnePage final : public AssetStore {
public:
    [[nodiscard]] std::optional<Asset> find(std::string_view path) const override {
        if (path != "/") return std::nullopt;
        return Asset{"text/html", "\"a\"", false, as_bytes("<p>hello"), {}, {}};
    }
};

inline const SocketAddress kAnyPort = *SocketAddress::parse("127.0.0.1:0");

inline TlsCredentials credentials() {
    static const std::vector<std::string> kNames{"localhost"};
    const CertificatePem pem = make_self_signed(kNames, {}, wall_now());
    return {pem.certificate, pem.key};
}

class RunningService {
public:
    explicit RunningService(const std::function<void(ServiceConfig&)>& adapt = {})
        : log_({.level = LogLevel::kDebug},
               std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_))) {
        ServiceConfig config;
        config.shards = 2;
        config.http_listen = {kAnyPort};
        config.metrics_listen = {kAnyPort};
        config.assets = &page_;
        config.handle_signals = false;
        config.signal.state_key.fill(7);
        config.times.linger = 20ms;
        config.prefixes.connections = 10000;
        if (adapt) adapt(config);
        service.emplace(std::move(config), log_);
        thread_ = std::thread([this] { service->run(); });
    }
    ~RunningService() {
        service->stop();
        join();
        service.reset();
        for (const char* address : {"127.0.0.1", "::1"})
            EXPECT_EQ(text_.str().find(address), std::string::npos) << text_.str();
    }
    RunningService(const RunningService&) = delete;
    RunningService& operator=(const RunningService&) = delete;

    /// Until the service has stopped.
    void join() {
        if (thread_.joinable()) thread_.join();
    }
    /// After join().
    [[nodiscard]] std::string log() const { return text_.str(); }
    [[nodiscard]] SocketAddress page_address() const { return service->http_addresses().front(); }
    [[nodiscard]] std::string metrics() const {
        TestClient client(service->metrics_addresses().front());
        return client.get("/metrics").body;
    }
    /// The value of one line without labels; -1 if there is none.
    [[nodiscard]] double metric(const std::string& name) const {
        const std::string text = metrics();
        const auto line = text.find("\n" + name + " ");
        return line == std::string::npos ? -1 : std::strtod(text.c_str() + line + name.size() + 2, nullptr);
    }

    /// Until the relay says so; it publishes the number about once a second.
    void wait_for_allocations(double wanted) const {
        wait_until([&] { return metric(kAllocationsGauge) == wanted; });
    }
    /// Until the main loop has been told of a drain or a stop.
    void wait_until_draining() const {
        TestClient client(page_address());
        wait_until([&] { return client.get("/healthz").status == 503; });
    }

    // What the service does not tell cannot be waited for here, only asked about again.
    template <typename Condition>
    static void wait_until(Condition condition) {
        const Instant give_up = monotonic_now() + 10s;
        bool is_so = condition();
        while (!is_so && monotonic_now() < give_up)
            is_so = condition();
        EXPECT_TRUE(is_so);
    }

private:
    OnePage page_;
    std::ostringstream text_;
    Log log_;
    std::thread thread_;

public:
    std::optional<Service> service;
};

// A page that speaks the signaling protocol.
class Page {
public:
    explicit Page(const SocketAddress& server, bool tls = false) : client(server, tls) {
        EXPECT_EQ(client.open_websocket().status, 101);
        EXPECT_EQ(expect("challenge")["nonce"].get<std::string>().size(), 43U);
    }
    Json greet() {
        send({{"type", "hello"}, {"version", 1}, {"key", base64url_encode(signer_.public_key())}});
        return expect("welcome");
    }
    void send(const Json& message) { client.send_text(message.dump()); }
    Json expect(const std::string& type) {
        while (const auto message = client.read_message()) {
            if (message->first != Opcode::kText) continue;
            Json json = Json::parse(message->second);
            if (json["type"] == type) return json;
        }
        ADD_FAILURE() << "the connection ended before " << type;
        return Json::object();
    }

    TestClient client;

private:
    crypto::P256Signer signer_ = crypto::P256Signer::generate();
};

// The signals must find no thread that would die of them.
class BlockedSignals {
public:
    BlockedSignals() {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGHUP);
        EXPECT_EQ(pthread_sigmask(SIG_BLOCK, &set, &before_), 0);
    }
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;
    ~BlockedSignals() { EXPECT_EQ(pthread_sigmask(SIG_SETMASK, &before_, nullptr), 0); }

private:
    sigset_t before_{};
};

// Runs on the thread of run(), where a hangup is heard, what a test wants done there.
class OnHangup {
public:
    using What = std::function<void(const std::function<void()>& done)>;

    /// To its end, which is when it says that it is done.
    void run(What what) {
        std::promise<void> done;
        {
            const std::lock_guard lock(mutex_);
            what_ = [what = std::move(what), &done] { what([&done] { done.set_value(); }); };
        }
        ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
        done.get_future().wait();
    }
    void handle() {
        const std::lock_guard lock(mutex_);
        what_();
    }

private:
    std::mutex mutex_;
    std::function<void()> what_;
};

inline const ByteBuffer kServiceTurnSecret(16, 1);

/// With a relay on loopback, whose clients are RelayClient.
inline void add_relay(ServiceConfig& config) {
    config.relay.emplace();
    config.relay->listen = {kAnyPort};
    config.relay->turn.secrets = {{.bytes = kServiceTurnSecret, .consent = false}};
    config.relay->turn.server_ports = {43000, 43999};
    const IpAddress loopback = *IpAddress::parse("127.0.0.1");
    config.relay->turn.ipv4 = turn::RelayAddress{loopback, loopback};
}

// One client of the relay on a port of its own, which decides its shard.
class RelayClient {
public:
    RelayClient(const SocketAddress& server, std::uint64_t seed, int type = SOCK_DGRAM)
        : fd_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)),
          turn_(seed,
                turn::make_rest_credential(kServiceTurnSecret, wall_now() + 600s, 600s, turn::CredentialClass::kCall,
                                           "leg"),
                "visavis") {
        const NativeAddress address(server);
        const timeval timeout{10, 0};
        EXPECT_EQ(::setsockopt(fd_.value(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout), 0);
        EXPECT_EQ(::connect(fd_.value(), address.pointer(), address.size), 0);
        turn_.nonce = ask(turn_.bare_allocate()).text(stun::AttributeType::kNonce);
    }
    /// 0, or the error's code.
    int allocate() {
        const auto answer = ask(turn_.request(stun::Method::kAllocate, turn::test::TestClient::want_udp));
        relayed_ = answer.address(stun::AttributeType::kXorRelayedAddress).value_or(SocketAddress{});
        return answer.error();
    }
    [[nodiscard]] const SocketAddress& relayed() const { return relayed_; }
    int bind(std::uint16_t channel, const SocketAddress& peer) {
        using turn::test::TestClient;
        return ask(turn_.request(stun::Method::kChannelBind, TestClient::binding(channel, peer))).error();
    }
    int refresh(std::uint32_t seconds) {
        return ask(turn_.request(stun::Method::kRefresh,
                                 [&](stun::MessageBuilder& builder) {
                                     builder.add_u32(stun::AttributeType::kLifetime, seconds);
                                 }))
            .error();
    }

    void send(const ByteBuffer& bytes) {
        EXPECT_EQ(::send(fd_.value(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    }
    /// Empty if nothing comes.
    ByteBuffer receive() {
        ByteBuffer bytes(1500);
        const auto size = uninterrupted([&] { return ::recv(fd_.value(), bytes.data(), bytes.size(), 0); });
        bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        return bytes;
    }

private:
    turn::test::Answer ask(const ByteBuffer& request) {
        send(request);
        const ByteBuffer answer = receive();
        EXPECT_GT(answer.size(), 20U);
        return turn::test::Answer(answer);
    }

    UniqueFd fd_;
    turn::test::TestClient turn_;
    SocketAddress relayed_;
};

} // namespace vv::net
