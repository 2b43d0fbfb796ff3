// The whole server over real loopback sockets: several shards, one lobby, a stop.
#include "net/kernel_for_test.h"
#include "net/place_error.h"
#include "net/service_for_test.h"
#include "turn/test_client.h"

#include <gtest/gtest.h>

#include <csignal>
#include <deque>
#include <set>
#include <thread>
#include <unistd.h>

namespace vv::net {
namespace {

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

// What a proxy on this machine says of whom it has taken a connection from (PROXY protocol version 2).
ByteBuffer proxy_header(std::string_view client) {
    const IpAddress ip = IpAddress::parse(client).value();
    constexpr std::uint8_t kTcp4 = 0x11;
    constexpr std::uint8_t kTcp6 = 0x21;
    ByteBuffer bytes{0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21};
    bytes.push_back(ip.is_v4() ? kTcp4 : kTcp6);
    ByteWriter writer(bytes);
    writer.write_u16(static_cast<std::uint16_t>(2 * ip.bytes().size() + 4));
    writer.write(ip.bytes());
    writer.write(ip.bytes());
    writer.write_u16(1000);
    writer.write_u16(443);
    return bytes;
}

TEST(Service, WhoHasAllWebSocketsThereMayBeHearsSoAndStillLoadsThePage) {
    constexpr int kConnections = 8; // the one that hears 429 is still there for a moment
    constexpr int kWebSockets = 6;
    const std::vector<std::vector<const char*>> places = {
        {"192.0.2.1"},
        {"2001:db8:1::1"},
        // A /48 whose /56s have some each.
        {"2001:db8:2:100::1", "2001:db8:2:200::1", "2001:db8:2:300::1", "2001:db8:2:400::1", "2001:db8:2:500::1"},
    };
    for (const auto& addresses : places) {
        const RunningService running([](ServiceConfig& config) {
            config.proxies = {true, {*IpPrefix::parse("127.0.0.0/8")}};
            config.connections_per_address = kConnections;
            config.prefixes.connections = kWebSockets;
        });
        std::deque<TestClient> clients;
        const auto come = [&](const char* address) -> TestClient& {
            clients.emplace_back(running.page_address()).send(proxy_header(address));
            return clients.back();
        };
        int status = 101;
        std::size_t opened = 0;
        for (const char* address : addresses) {
            for (int i = 0; i < kWebSockets && status == 101; ++i) {
                status = come(address).open_websocket().status;
                if (status == 101) ++opened;
            }
        }
        if (addresses.size() == 1) status = come(addresses.back()).open_websocket().status;
        EXPECT_EQ(status, 429) << addresses.back();
        EXPECT_EQ(opened, addresses.size() == 1 ? kWebSockets : 4U * kWebSockets);
        EXPECT_EQ(come(addresses.back()).get("/").status, 200) << addresses.back();
    }
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
    const auto before = std::chrono::steady_clock::now();
    running.service->stop();
    running.join(); // the page never answers the close
    EXPECT_EQ(running.log().find("stop-cut-short"), std::string::npos)
        << "the shard ignores its limit, and the service had to end it: " << running.log();
    EXPECT_LT(std::chrono::steady_clock::now() - before, ServiceConfig{}.stop_time_max)
        << "neither the shard's limit nor the service's is the one configured";
}

TEST(Service, AStopDoesNotWaitForAShardThatCannotBeTold) {
    const BlockedSignals blocked;
    RunningService running([](ServiceConfig& config) {
        config.handle_signals = true;
        config.stop_time_max = std::chrono::milliseconds(50);
        config.mailbox_max = 0; // every shard but the main one is deaf
    });
    const auto before = std::chrono::steady_clock::now();
    ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    running.join(); // not by stop(), which a second time does not wait
    EXPECT_NE(running.log().find("stop-cut-short"), std::string::npos)
        << "the service's limit was not what ended the deaf shard: " << running.log();
    EXPECT_LT(std::chrono::steady_clock::now() - before, ServiceConfig{}.stop_time_max)
        << "the service's limit is not the one configured";
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

TEST(Service, MetricsAreForFewAtATime) {
    constexpr std::size_t kConnectionsMax = 16;
    const RunningService running;
    const SocketAddress metrics = running.service->metrics_addresses().front();
    std::deque<TestClient> clients;
    for (std::size_t i = 0; i < kConnectionsMax; ++i) {
        clients.emplace_back(metrics);
        EXPECT_EQ(clients.back().get("/metrics").status, 200) << i;
    }
    EXPECT_EQ(TestClient(metrics).get("/metrics").status, 0);
    EXPECT_EQ(TestClient(running.page_address()).get("/").status, 200) << "what the page has is not touched";
}

struct StartError {
    std::optional<Place> place; // of a PlaceError
    std::string what;
    friend bool operator==(const StartError&, const StartError&) = default;
};

// GoogleTest looks for this name.
void PrintTo(const StartError& error, std::ostream* out) {
    *out << (error.place ? "place " + std::to_string(static_cast<int>(*error.place)) : "no place") << ": "
         << error.what;
}

StartError start_error(const std::function<void(ServiceConfig&)>& adapt) {
    try {
        const RunningService running(adapt);
    } catch (const PlaceError& error) {
        return {error.place(), error.what()};
    } catch (const std::runtime_error& error) {
        return {std::nullopt, error.what()};
    }
    return {std::nullopt, "no error"};
}

TEST(Service, SaysInOneLineThatAPortIsTakenAndWhichPlaceThatWas) {
    const UniqueFd holder = listen_tcp(kAnyPort);
    const SocketAddress taken = local_address(holder.value());
    const UniqueFd udp_holder = bind_udp(kAnyPort, false);
    const SocketAddress udp_taken = local_address(udp_holder.value());
    const auto tcp_error = [&](Place place) {
        return StartError{place, "cannot listen on " + taken.to_string() + " (TCP): Address already in use"};
    };
    const auto udp_error = [&](Place place) {
        return StartError{place, "cannot bind " + udp_taken.to_string() + " (UDP): Address already in use"};
    };
    EXPECT_EQ(start_error([&](ServiceConfig& config) { config.http_listen = {taken}; }), tcp_error(Place::kPages));
    EXPECT_EQ(start_error([&](ServiceConfig& config) { config.redirect_listen = {taken}; }),
              tcp_error(Place::kRedirect));
    EXPECT_EQ(start_error([&](ServiceConfig& config) { config.metrics_listen = {taken}; }), tcp_error(Place::kMetrics));
    EXPECT_EQ(start_error([&](ServiceConfig& config) {
                  add_relay(config);
                  config.turn_tcp_listen = {taken};
              }),
              tcp_error(Place::kTurnTcp));
    EXPECT_EQ(start_error([&](ServiceConfig& config) {
                  add_relay(config);
                  config.relay->listen = {udp_taken};
              }),
              udp_error(Place::kRelay));
    EXPECT_EQ(start_error([&](ServiceConfig& config) {
                  config.nat_discovery = {
                      {udp_taken.ip, std::nullopt, udp_taken.port, static_cast<std::uint16_t>(udp_taken.port + 1)}};
              }),
              udp_error(Place::kNatDiscovery));
}

TEST(Service, DoesNotShareAPortWithAnotherOfItsKind) {
    const RunningService running;
    const SocketAddress taken = running.page_address();
    const StartError error{Place::kPages, "cannot listen on " + taken.to_string() + " (TCP): Address already in use"};
    EXPECT_EQ(start_error([&](ServiceConfig& config) { config.http_listen = {taken}; }), error);
}

TEST(Service, BlamesThePlaceWhereAnotherWouldHelpOnly) {
    const auto error_at = [](const char* listen) {
        return start_error([&](ServiceConfig& config) { config.http_listen = {*SocketAddress::parse(listen)}; });
    };
    const StartError error{Place::kPages, "cannot listen on 192.0.2.1:0 (TCP): Cannot assign requested address"};
    EXPECT_EQ(error_at("192.0.2.1:0"), error);
    // A link-local address without its link; where there is no IPv6 at all, no port helps either.
    const StartError other = error_at("[fe80::1]:0");
    EXPECT_TRUE(other.what.starts_with("cannot listen on [fe80::1]:0 (TCP): ")) << other.what;
    EXPECT_EQ(other.place, std::nullopt) << other.what;
}

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

// Whoever forges one source from many ports meets every thread.
TEST(Service, WhatASourceIsAnsweredHoldsOverAllShards) {
    constexpr int kSent = 40;
    RunningService running([](ServiceConfig& config) {
        add_relay(config);
        config.relay->turn.bindings = {1, 10};
    });
    const Instant begun = monotonic_now();
    const NativeAddress server(running.service->relay_addresses().front());
    std::vector<UniqueFd> sockets; // that one shard gets them all is no likelier than in the test above
    for (int i = 0; i < kSent; ++i) {
        sockets.emplace_back(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        ASSERT_EQ(::connect(sockets.back().value(), server.pointer(), server.size), 0);
        const auto binding = *hex_decode("000100002112a442000102030405060708090a0b");
        ASSERT_EQ(::send(sockets.back().value(), binding.data(), binding.size(), 0),
                  static_cast<ssize_t>(binding.size()));
    }
    const auto value = [](const std::string& text, const std::string& name) {
        const std::size_t place = text.find("\n" + name + " ");
        return place == std::string::npos ? 0 : std::stoi(text.substr(place + name.size() + 2));
    };
    int answered = 0;
    int dropped = 0;
    while (answered + dropped < kSent && monotonic_now() < begun + 10s) { // each shard counts together once a second
        std::this_thread::sleep_for(10ms);
        const std::string metrics = running.metrics();
        answered = value(metrics, "visavis_stun_bindings_total");
        dropped = value(metrics, R"(visavis_turn_dropped_total{reason="reply_limit"})");
    }
    EXPECT_EQ(answered + dropped, kSent);
    EXPECT_GE(answered, 10);
    EXPECT_LE(answered, 10 + 1 + (monotonic_now() - begun) / 1s) << "and what was earned meanwhile";
}

// Both ends of a call on one thread or on two: each packet once from its client, and once to the other.
std::string relay_between_threads() {
    if (std::string wrong = enter_network(65'536); !wrong.empty()) return wrong;
    RunningService running([](ServiceConfig& config) {
        add_relay(config);
        config.relay->turn.quotas = {.per_user = 100, .per_source = 100, .total = 100};
        config.relay->turn.challenges = {1000, 1000};
    });
    std::vector<std::unique_ptr<RelayClient>> clients;
    std::size_t of_second = 0;
    for (std::uint64_t i = 0; i < 16; ++i) { // that one thread gets them all is no likelier than 1 in 32 768
        clients.push_back(std::make_unique<RelayClient>(running.service->relay_addresses().front(), i));
        if (clients.back()->allocate() != 0) return "no allocation";
        if (clients.back()->relayed().port >= 43'500) ++of_second;
    }
    if (of_second == 0 || of_second == clients.size()) return "all on one thread";
    RelayClient& first = *clients.front();
    for (std::size_t i = 1; i < clients.size(); ++i) {
        const auto channel = static_cast<std::uint16_t>(0x4000 + i);
        if (first.bind(channel, clients[i]->relayed()) != 0) return "no channel";
        if (clients[i]->bind(channel, first.relayed()) != 0) return "no channel back";
        const ByteBuffer data = turn::test::TestClient::channel_data(channel, as_bytes("across"));
        const std::uint64_t before = datagrams_sent();
        first.send(data);
        if (clients[i]->receive() != data) return "not what was sent";
        clients[i]->send(data);
        if (first.receive() != data) return "not what was sent back";
        if (const std::uint64_t sent = datagrams_sent() - before; sent != 4) return std::to_string(sent) + " datagrams";
    }
    return testing::Test::HasFailure() ? "an expectation failed" : "";
}

TEST(Service, PacketsBetweenItsRelaysClientsPassNoSocketInBetween) {
    EXPECT_EXIT(end_process(relay_between_threads()), testing::ExitedWithCode(0), "");
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
