// The whole server over real loopback sockets: several shards, one lobby, a stop.
#include "base/encoding.h"
#include "crypto/ecdsa.h"
#include "net/client_for_test.h"
#include "net/clock.h"
#include "net/kernel_for_test.h"
#include "net/self_signed.h"
#include "net/service.h"
#include "net/shared_limits.h"
#include "turn/test_client.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <pthread.h>
#include <set>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace vv::net {
namespace {

using Json = nlohmann::json;

class OnePage final : public AssetStore {
public:
    [[nodiscard]] std::optional<Asset> find(std::string_view path) const override {
        if (path != "/") return std::nullopt;
        return Asset{"text/html", "\"a\"", false, as_bytes("<p>hello"), {}, {}};
    }
};

const SocketAddress kAnyPort = *SocketAddress::parse("127.0.0.1:0");

TlsCredentials credentials() {
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

TEST(Service, ServesThePageOnEveryShard) {
    RunningService running;
    for (int i = 0; i < 20; ++i) {
        TestClient client(running.page_address());
        EXPECT_EQ(client.get("/").body, "<p>hello");
        EXPECT_EQ(client.get("/healthz").body, "ok\n");
        EXPECT_EQ(client.get("/metrics").status, 404) << "metrics have a listener of their own";
    }
    const std::string metrics = running.metrics();
    EXPECT_NE(metrics.find("visavis_http_requests_total 6"), std::string::npos) << metrics;
    EXPECT_NE(metrics.find("visavis_lobby_sessions 0\n"), std::string::npos);
}

TEST(Service, TakesBrowsersThatComeByItsConfiguredName) {
    RunningService running([](ServiceConfig& config) { config.host = "talk.example"; });
    TestClient client(running.page_address()); // which says "Host: localhost", as a proxy in front would
    EXPECT_NE(client.get("/").head.find(" wss://talk.example;"), std::string::npos);
    EXPECT_EQ(client.open_websocket("Origin: http://localhost\r\n").status, 403);
    EXPECT_EQ(client.open_websocket("Origin: https://talk.example\r\n").status, 101);
}

TEST(Service, IntroducesPeopleAcrossShards) {
    RunningService running;
    // Enough connections that both shards have some, whichever the kernel chooses.
    std::vector<std::unique_ptr<Page>> pages;
    for (int i = 0; i < 12; ++i) {
        pages.push_back(std::make_unique<Page>(running.page_address()));
        pages.back()->greet();
        pages.back()->send({{"type", "seek"}, {"room", "ta"}, {"prefs", {{"media", "sound"}, {"need", "any"}}}});
    }
    std::map<std::string, std::set<std::string>> roles;
    for (auto& page : pages) {
        const Json matched = page->expect("matched");
        roles[matched["call"].get<std::string>()].insert(matched["role"].get<std::string>());
    }
    EXPECT_EQ(roles.size(), pages.size() / 2);
    for (const auto& [call, both] : roles)
        EXPECT_EQ(both, (std::set<std::string>{"a", "b"}));
    EXPECT_NE(running.metrics().find("visavis_lobby_matches_total 6\n"), std::string::npos);
}

TEST(Service, AClosedConnectionLeavesItsRoom) {
    RunningService running;
    {
        Page page(running.page_address());
        page.greet();
        page.send({{"type", "seek"}, {"room", "ta"}, {"prefs", {{"media", "sound"}, {"need", "any"}}}});
        page.expect("waiting");
        EXPECT_EQ(running.metric("visavis_lobby_sessions_away"), 0);
        EXPECT_EQ(running.metric("visavis_lobby_waiting"), 1);
    }
    const Instant give_up = monotonic_now() + 10s;
    while (running.metric("visavis_lobby_sessions_away") != 1 && monotonic_now() < give_up)
        std::this_thread::sleep_for(1ms);
    EXPECT_EQ(running.metric("visavis_lobby_sessions_away"), 1);
    EXPECT_EQ(running.metric("visavis_lobby_waiting"), 0);
}

TEST(Service, ARelayAloneHasNoPageAndNoSignaling) {
    RunningService running([](ServiceConfig& config) { config.assets = nullptr; });
    TestClient client(running.page_address());
    EXPECT_EQ(client.get("/healthz").body, "ok\n");
    EXPECT_EQ(client.get("/").status, 404);
    EXPECT_EQ(client.open_websocket().status, 404);
}

TEST(Service, SpeaksTlsAndTakesANewCertificate) {
    const TlsCredentials first = credentials();
    RunningService running([&](ServiceConfig& config) { config.tls = first; });
    Page page(running.page_address(), true);
    EXPECT_EQ(page.greet()["resumed"], false);
    EXPECT_EQ(page.client.certificate(), first.certificate_chain);
    const TlsCredentials second = credentials();
    running.service->reload_tls(second);
    EXPECT_THROW(running.service->reload_tls({"no certificate", "no key"}), std::runtime_error);
    const TlsCredentials other = credentials();
    EXPECT_THROW(running.service->reload_tls({first.certificate_chain, other.private_key}), std::runtime_error);
    // Every shard takes the new one in its own time, and whichever of them the kernel chooses then shows it.
    int in_a_row = 0;
    const Instant give_up = monotonic_now() + 10s;
    while (in_a_row < 12 && monotonic_now() < give_up) {
        TestClient client(running.page_address(), true);
        in_a_row = client.certificate() == second.certificate_chain ? in_a_row + 1 : 0;
        EXPECT_EQ(client.get("/").status, 200);
    }
    EXPECT_EQ(in_a_row, 12);
    page.send({{"type", "ping"}});
    page.expect("pong");
}

TEST(Service, TellsEverybodyWhenItStops) {
    RunningService running([](ServiceConfig& config) {
        config.come_back_min = std::chrono::milliseconds(500);
        config.come_back_max = std::chrono::milliseconds(1500);
    });
    std::vector<std::unique_ptr<Page>> pages;
    for (int i = 0; i < 8; ++i) {
        pages.push_back(std::make_unique<Page>(running.page_address()));
        pages.back()->greet();
    }
    TestClient idle(running.page_address());
    EXPECT_EQ(idle.get("/").status, 200);
    const SocketAddress address = running.page_address();
    running.service->stop();
    std::set<double> times;
    for (auto& page : pages) {
        const Json error = page->expect("error");
        EXPECT_EQ(error["code"], "going_away");
        EXPECT_GE(error["retry_after"].get<double>(), 0.49);
        EXPECT_LE(error["retry_after"].get<double>(), 1.51);
        times.insert(error["retry_after"].get<double>());
        EXPECT_EQ(page->client.read_close_code(), 1012);
        page->client.send_frame(Opcode::kClose, as_text(close_payload(CloseCode::kServiceRestart, "")));
        EXPECT_EQ(page->client.read_all(), "");
    }
    EXPECT_GT(times.size(), 1U) << "not all at the same time";
    EXPECT_EQ(idle.read_all(), "");
    EXPECT_NO_THROW(check_tcp_is_free(address)) << "nothing new is accepted";
}

TEST(Service, AStopDoesNotWaitForeverForASilentClient) {
    RunningService running([](ServiceConfig& config) { config.stop_time_max = std::chrono::milliseconds(50); });
    Page page(running.page_address());
    page.greet();
    // The destructor joins the thread; the page never answers the close.
}

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

TEST(Service, AStopDoesNotWaitForAShardThatCannotBeTold) {
    const BlockedSignals blocked;
    RunningService running([](ServiceConfig& config) {
        config.handle_signals = true;
        config.stop_time_max = std::chrono::milliseconds(50);
        config.mailbox_max = 0; // every shard but the main one is deaf
    });
    ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    running.join(); // not by stop(), which a second time does not wait
}

TEST(Service, SigtermStopsIt) {
    const BlockedSignals blocked;
    RunningService running([](ServiceConfig& config) { config.handle_signals = true; });
    Page page(running.page_address());
    page.greet();
    ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    EXPECT_EQ(page.expect("error")["code"], "going_away");
    EXPECT_EQ(page.client.read_close_code(), 1012);
}

TEST(Service, SaysInOneLineThatAPortIsTaken) {
    RunningService running;
    const SocketAddress taken = running.page_address();
    try {
        RunningService second([&](ServiceConfig& config) { config.http_listen = {taken}; });
        FAIL() << "two services share a port";
    } catch (const std::runtime_error& error) {
        EXPECT_EQ(std::string(error.what()),
                  "cannot listen on " + taken.to_string() + " (TCP): Address already in use");
    }
}

const ByteBuffer kTurnSecret(16, 1);

void add_relay(ServiceConfig& config) {
    config.relay.emplace();
    config.relay->listen = {kAnyPort};
    config.relay->turn.secrets = {{.bytes = kTurnSecret, .consent = false}};
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
                turn::make_rest_credential(kTurnSecret, wall_now() + 600s, 600s, turn::CredentialClass::kCall, "leg"),
                "visavis") {
        const NativeAddress address(server);
        const timeval timeout{10, 0};
        EXPECT_EQ(::setsockopt(fd_.value(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout), 0);
        EXPECT_EQ(::connect(fd_.value(), address.pointer(), address.size), 0);
        turn_.nonce = ask(turn_.bare_allocate()).text(stun::AttributeType::kNonce);
    }
    /// 0, or the error's code.
    int allocate() { return ask(turn_.request(stun::Method::kAllocate, turn::test::TestClient::want_udp)).error(); }
    int refresh(std::uint32_t seconds) {
        return ask(turn_.request(stun::Method::kRefresh,
                                 [&](stun::MessageBuilder& builder) {
                                     builder.add_u32(stun::AttributeType::kLifetime, seconds);
                                 }))
            .error();
    }

private:
    turn::test::Answer ask(const ByteBuffer& request) {
        EXPECT_EQ(::send(fd_.value(), request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
        std::array<std::uint8_t, 1500> answer{};
        const auto size = uninterrupted([&] { return ::recv(fd_.value(), answer.data(), answer.size(), 0); });
        EXPECT_GT(size, 20);
        return turn::test::Answer(ByteView(answer).first(static_cast<std::size_t>(std::max<ssize_t>(size, 0))));
    }

    UniqueFd fd_;
    turn::test::TestClient turn_;
};

TEST(Service, SaysOnceHowTheRelaysDatagramsGo) {
    const auto log_with = [](RelayIo io) {
        RunningService running([io](ServiceConfig& config) {
            add_relay(config);
            config.relay->io = io;
        });
        running.service->stop();
        running.join();
        return running.log();
    };
    const std::string by_ring = log_with(RelayIo::kAuto);
    const auto* const said = io_uring_error() == 0 ? "relay-io io_uring=2 epoll=0" : "relay-io io_uring=0 epoll=2 why=";
    EXPECT_NE(by_ring.find(said), std::string::npos) << by_ring;
    EXPECT_EQ(by_ring.find("relay-io"), by_ring.rfind("relay-io"));
    const std::string by_epoll = log_with(RelayIo::kEpoll);
    EXPECT_NE(by_epoll.find("relay-io io_uring=0 epoll=2 why=configured"), std::string::npos) << by_epoll;
}

TEST(Service, DrainsUntilTheRelayIsEmpty) {
    RunningService running(add_relay);
    RelayClient client(running.service->relay_addresses().front(), 1);
    ASSERT_EQ(client.allocate(), 0);
    while (running.metric(kAllocationsGauge) != 1) {
        // published about once a second
    }
    running.service->drain();
    TestClient page(running.page_address());
    while (page.get("/healthz").status != 503) {
        // the main loop has been told
    }
    EXPECT_EQ(RelayClient(running.service->relay_addresses().front(), 2).allocate(), 508);
    EXPECT_EQ(client.refresh(600), 0) << "what stands goes on";
    EXPECT_EQ(client.refresh(0), 0);
    running.join();
    EXPECT_NE(running.log().find("drained allocations=0"), std::string::npos) << running.log();
}

TEST(Service, ADrainHasItsTime) {
    RunningService running([](ServiceConfig& config) {
        add_relay(config);
        config.drain_time_max = 0ms;
    });
    RelayClient client(running.service->relay_addresses().front(), 1);
    ASSERT_EQ(client.allocate(), 0);
    while (running.metric(kAllocationsGauge) != 1) {
        // published about once a second
    }
    running.service->drain();
    running.join();
    EXPECT_NE(running.log().find("drained allocations=1"), std::string::npos) << running.log();
}

// The operator may have more patience or less than at the beginning.
TEST(Service, ADrainHasTheTimeOfTheNewestConfiguration) {
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
    while (running.metric(kAllocationsGauge) != 1) {
        // published about once a second
    }
    running.service->drain();
    TestClient page(running.page_address());
    while (page.get("/healthz").status != 503) {
        // the main loop has been told
    }
    ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
    running.join();
    EXPECT_NE(running.log().find("drained allocations=1"), std::string::npos) << running.log();
}

// Such as 443 beside 3478.
TEST(Service, TheRelayAnswersOnEachOfItsAddresses) {
    RunningService running([](ServiceConfig& config) {
        add_relay(config);
        config.relay->listen = {kAnyPort, kAnyPort};
    });
    const auto addresses = running.service->relay_addresses();
    ASSERT_EQ(addresses.size(), 2U);
    EXPECT_NE(addresses[0], addresses[1]);
    for (const SocketAddress& address : addresses)
        EXPECT_EQ(RelayClient(address, 1).allocate(), 0);
}

TEST(Service, TheRelayAnswersOverTcpOnThePagesPortAndItsOwn) {
    RunningService running([](ServiceConfig& config) {
        add_relay(config);
        config.turn_tcp_listen = {kAnyPort};
        config.relay->turn.quotas.per_user = 100;
    });
    ASSERT_EQ(running.service->turn_tcp_addresses().size(), 1U);
    const SocketAddress own = running.service->turn_tcp_addresses().front();
    for (const SocketAddress& address : {own, running.page_address()}) {
        for (std::uint64_t i = 0; i < 10; ++i) // on both shards, by chance
            EXPECT_EQ(RelayClient(address, i, SOCK_STREAM).allocate(), 0);
    }
    TestClient page(running.page_address());
    EXPECT_EQ(page.get("/").status, 200);
    TestClient none(own);
    none.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(none.read_all(), "");
}

// Such as port 80, beside a page with a certificate.
TEST(Service, APortWithoutTlsLeadsToThePageAndServesTurn) {
    const TlsCredentials own = credentials();
    RunningService running([&](ServiceConfig& config) {
        add_relay(config);
        config.tls = own;
        config.redirect_listen = {kAnyPort};
        config.redirect_to_port = 8443;
        config.relay->turn.quotas.per_user = 100;
    });
    ASSERT_EQ(running.service->redirect_addresses().size(), 1U);
    const SocketAddress plain = running.service->redirect_addresses().front();
    for (std::uint64_t i = 0; i < 10; ++i) { // on both shards, by chance
        TestClient page(plain);
        const auto answer = page.get("/p?x");
        EXPECT_EQ(answer.status, 308);
        EXPECT_NE(answer.head.find("\r\nLocation: https://localhost:8443/p?x\r\n"), std::string::npos) << answer.head;
        EXPECT_EQ(page.get("/healthz").body, "ok\n");
        EXPECT_EQ(RelayClient(plain, i, SOCK_STREAM).allocate(), 0);
    }
    TestClient socket(plain);
    EXPECT_EQ(socket.open_websocket().status, 308) << "nobody signals in the clear";
    TestClient page(running.page_address(), true);
    EXPECT_EQ(page.get("/").status, 200);
}

TEST(Service, ARelayAloneSaysWithoutTlsWhatItSaysWithIt) {
    const TlsCredentials own = credentials();
    RunningService running([&](ServiceConfig& config) {
        add_relay(config);
        config.assets = nullptr;
        config.tls = own;
        config.redirect_listen = {kAnyPort};
    });
    const SocketAddress plain = running.service->redirect_addresses().front();
    TestClient page(plain);
    EXPECT_EQ(page.get("/healthz").body, "ok\n");
    EXPECT_EQ(page.get("/").status, 404);
    EXPECT_EQ(RelayClient(plain, 1, SOCK_STREAM).allocate(), 0);
}

TEST(Service, ATcpPortThatCannotBeHadIsNamed) {
    const UniqueFd holder = listen_tcp(kAnyPort);
    const SocketAddress taken = local_address(holder.value());
    try {
        RunningService running([&](ServiceConfig& config) {
            add_relay(config);
            config.turn_tcp_listen = {taken};
        });
        FAIL() << "the port is shared with somebody else";
    } catch (const std::runtime_error& error) {
        EXPECT_EQ(std::string(error.what()),
                  "cannot listen on " + taken.to_string() + " (TCP): Address already in use");
    }
}

TEST(Service, RelayQuotasHoldOverAllShards) {
    RunningService running([](ServiceConfig& config) {
        add_relay(config);
        config.relay->turn.quotas.per_user = 3;
        config.relay->turn.challenges = {1000, 1000};
    });
    std::vector<std::unique_ptr<RelayClient>> clients;
    int allocated = 0;
    for (std::uint64_t i = 0; i < 24; ++i) { // that one shard gets them all is no likelier than 1 in 8 million
        clients.push_back(std::make_unique<RelayClient>(running.service->relay_addresses().front(), i));
        const int error = clients.back()->allocate();
        if (error == 0) ++allocated;
        EXPECT_TRUE(error == 0 || error == 486) << error;
    }
    EXPECT_EQ(allocated, 3);
}

TEST(Service, AStopReachesTheRelay) {
    RunningService running([](ServiceConfig& config) {
        add_relay(config);
        config.stop_time_max = std::chrono::milliseconds(60'000);
    });
    const SocketAddress relay = running.service->relay_addresses().front();
    std::vector<std::unique_ptr<RelayClient>> standing;
    for (std::uint64_t i = 0; i < 6; ++i) {
        standing.push_back(std::make_unique<RelayClient>(relay, i));
        EXPECT_EQ(standing.back()->allocate(), 0);
    }
    std::vector<std::unique_ptr<Page>> pages; // on both shards, and they keep the stop waiting
    for (int i = 0; i < 12; ++i) {
        pages.push_back(std::make_unique<Page>(running.page_address()));
        pages.back()->greet();
    }
    running.service->stop();
    for (auto& page : pages)
        EXPECT_EQ(page->expect("error")["code"], "going_away");
    for (std::uint64_t i = 6; i < 12; ++i)
        EXPECT_EQ(RelayClient(relay, i).allocate(), 508);
    for (auto& client : standing)
        EXPECT_EQ(client->refresh(600), 0) << "what stands goes on";
}

TEST(Service, LimitsOfAnAddressHoldOverAllShards) {
    SharedPrefixLimits limits([] {
        lobby::PrefixLimitsConfig config;
        config.connections = 10;
        config.rates.fill(per_second(1, 1000));
        return config;
    }());
    const IpAddress address = *IpAddress::parse("192.0.2.1");
    std::atomic<int> taken = 0;
    {
        std::vector<std::jthread> shards;
        for (int shard = 0; shard < 4; ++shard) {
            shards.emplace_back([&] {
                const Instant now(1h);
                const auto lease = limits.open(now, address).value();
                for (int i = 0; i < 1000; ++i)
                    taken += limits.take(now, lease, lobby::LimitKind::kMessages, 1) ? 0 : 1;
                limits.close(now, lease);
            });
        }
    }
    EXPECT_EQ(taken, 1000);
}

TEST(Service, AnswersStunOnEveryShard) {
    RunningService running(add_relay);
    const NativeAddress server(running.service->relay_addresses().front());
    for (int i = 0; i < 10; ++i) {
        const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        const timeval timeout{10, 0};
        ::setsockopt(fd.value(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        ASSERT_EQ(::connect(fd.value(), server.pointer(), server.size), 0);
        const auto binding = *hex_decode("00010000"
                                         "2112a442"
                                         "000102030405060708090a0b");
        ASSERT_EQ(::send(fd.value(), binding.data(), binding.size(), 0), static_cast<ssize_t>(binding.size()));
        std::array<std::uint8_t, 512> answer{};
        ASSERT_GT(uninterrupted([&] { return ::recv(fd.value(), answer.data(), answer.size(), 0); }), 20);
        EXPECT_EQ(hex_encode(ByteView(answer).first(2)), "0101");
    }
}

} // namespace
} // namespace vv::net
