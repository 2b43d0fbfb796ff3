// Calls with both ends relayed here, on different shards: what one's allocations
// send to another's goes from thread to thread and through no socket.
#include "net/clock.h"
#include "net/kernel_for_test.h"
#include "net/os_rng.h"
#include "net/relay_for_test.h"
#include "net/relay_inbox.h"
#include "net/relay_shard.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <poll.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace vv::net {
namespace {

using namespace std::chrono_literals;
using turn::test::Answer;
using turn::test::TestClient;

constexpr std::uint16_t kChannel = 0x4000;
constexpr std::uint16_t kFirstPort = 44'000;
constexpr std::uint16_t kPortsEach = 100;
const IpAddress kLoopback = own_loopback(0x60);

turn::ServerConfig part_of(std::size_t shard, std::size_t shards) {
    turn::ServerConfig config;
    config.secrets = turn_secrets();
    config.ipv4 = turn::RelayAddress{kLoopback, kLoopback};
    config.server_ports = {kFirstPort, static_cast<std::uint16_t>(kFirstPort + shards * kPortsEach - 1)};
    const auto first = static_cast<std::uint16_t>(kFirstPort + shard * kPortsEach);
    config.shard_ports = {first, static_cast<std::uint16_t>(first + kPortsEach - 1)};
    config.quotas = {.per_user = 1000, .per_source = 1000, .total = 1000};
    config.challenges = {1000, 1000};
    config.call.bytes_per_second = 1'000'000'000;
    config.call.burst_bytes = 1'000'000'000;
    config.call.packets_per_second = 10'000'000;
    return config;
}

/// Shards of one server, each with a port of its own, so that a client chooses whose it is.
class Shards {
public:
    Shards(std::size_t count, RelayIo io) : inboxes_(count) {
        for (std::size_t i = 0; i < count; ++i) {
            loops_.emplace_back();
            RelayShardOptions options{.listen = {{kLoopback, 0}}, .turn = part_of(i, count), .io = io, .number = i};
            const RelayShard::Shared shared{.live_ports = live_, .metrics = metrics, .inboxes = &inboxes_};
            shards_.push_back(std::make_unique<RelayShard>(loops_.back(), rngs_.emplace_back(), shared, options));
        }
    }
    Shards(const Shards&) = delete;
    Shards& operator=(const Shards&) = delete;
    ~Shards() { stop(); }

    /// From here on each turns on a thread of its own; before it they are turned by hand.
    void start() {
        for (EventLoop& loop : loops_)
            threads_.emplace_back([&loop] { loop.run(); });
    }
    void stop() {
        for (EventLoop& loop : loops_)
            loop.stop();
        threads_.clear();
    }
    void turn_all() {
        for (EventLoop& loop : loops_)
            loop.run_once(0ms);
    }
    /// On the shard's thread, to its end.
    template <typename What>
    void on(std::size_t shard, What what) {
        std::promise<void> done;
        ASSERT_TRUE(loops_.at(shard).post([&] {
            what(*shards_.at(shard));
            done.set_value();
        }));
        done.get_future().wait();
    }

    [[nodiscard]] std::size_t count() const { return shards_.size(); }
    [[nodiscard]] SocketAddress address(std::size_t shard) const { return shards_.at(shard)->addresses().front(); }
    [[nodiscard]] EventLoop& loop(std::size_t shard) { return loops_.at(shard); }
    [[nodiscard]] bool are_turned_by_hand() const { return threads_.empty(); }
    [[nodiscard]] std::uint64_t dropped(const std::string& reason) const {
        return metrics.count_of("visavis_turn_dropped_total", "reason=\"" + reason + "\"");
    }

    Metrics metrics;

private:
    LiveRelayPorts live_;
    std::deque<RelayInbox> inboxes_;
    std::deque<EventLoop> loops_;
    std::deque<OsRng> rngs_;
    std::vector<std::unique_ptr<RelayShard>> shards_;
    std::vector<std::jthread> threads_;
};

/// A client of one of the shards, with an allocation there.
class Client {
public:
    Client(Shards& shards, std::size_t shard, std::uint64_t seed)
        : shards_(shards),
          server_(shards.address(shard)),
          turn_(turn_client(seed)),
          relayed_(allocate(turn_, [this](ByteView request) { return ask(request); })) {}

    [[nodiscard]] const SocketAddress& relayed() const { return relayed_; }
    void bind_to(const Client& other) {
        EXPECT_EQ(ask(turn_.request(stun::Method::kChannelBind, TestClient::binding(kChannel, other.relayed_))).error(),
                  0);
    }
    /// Without waiting for the answer.
    void send_end() {
        const ByteBuffer request = turn_.request(stun::Method::kRefresh, [](stun::MessageBuilder& builder) {
            builder.add_u32(stun::AttributeType::kLifetime, 0);
        });
        EXPECT_TRUE(socket_.send({}, server_, {}, request));
    }
    void send(std::string_view text) {
        EXPECT_TRUE(socket_.send({}, server_, {}, TestClient::channel_data(kChannel, as_bytes(text))));
    }
    /// The texts on the channel, so many at least; fewer if they do not come.
    std::vector<std::string> receive(std::size_t count, Duration patience = 10s) {
        std::vector<std::string> texts;
        const Instant give_up = monotonic_now() + patience;
        while (texts.size() < count && monotonic_now() < give_up) {
            for (const ByteBuffer& datagram : read()) {
                const auto data = turn::parse_channel_data(datagram, turn::kChannelLast);
                if (data) texts.emplace_back(as_text(data->payload));
            }
        }
        return texts;
    }

private:
    std::vector<ByteBuffer> read() {
        if (shards_.are_turned_by_hand()) {
            shards_.turn_all();
        } else {
            pollfd waiting{socket_.fd(), POLLIN, 0};
            (void)::poll(&waiting, 1, 100);
        }
        std::vector<ByteBuffer> got;
        socket_.receive(buffers_, 10'000,
                        [&](const ReceivedDatagram& in) { got.emplace_back(in.payload.begin(), in.payload.end()); });
        buffers_.reuse();
        return got;
    }
    Answer ask(ByteView request) {
        EXPECT_TRUE(socket_.send({}, server_, {}, request));
        const Instant give_up = monotonic_now() + 10s;
        while (monotonic_now() < give_up) {
            for (const ByteBuffer& datagram : read())
                if (stun::looks_like_stun(datagram.front())) return Answer(datagram);
        }
        ADD_FAILURE() << "no answer";
        return Answer(binding_request());
    }

    Shards& shards_;
    SocketAddress server_;
    UdpSocket socket_{{kLoopback, 0}, false};
    UdpReceiveBuffers buffers_;
    TestClient turn_;
    SocketAddress relayed_;
};

struct Call {
    Call(Shards& shards, std::size_t one, std::size_t other, std::uint64_t seed = 1)
        : alice(shards, one, 2 * seed),
          bob(shards, other, 2 * seed + 1) {
        alice.bind_to(bob);
        bob.bind_to(alice);
    }
    Client alice;
    Client bob;
};

class RelayAcross : public testing::TestWithParam<RelayIo> {};

INSTANTIATE_TEST_SUITE_P(Io, RelayAcross, testing::Values(RelayIo::kAuto, RelayIo::kEpoll),
                         [](const auto& given) { return given.param == RelayIo::kAuto ? "Auto" : "Epoll"; });

TEST_P(RelayAcross, PassesBurstsBothWaysInOrder) {
    Shards shards(2, GetParam());
    Call call(shards, 0, 1);
    std::vector<std::string> sent;
    for (int i = 0; i < 400; ++i) // pictures' packets: equal ones and a shorter last one
        sent.push_back(std::to_string(i) + std::string(i % 8 == 7 ? 300 : 1000, 'x'));
    for (const std::string& text : sent)
        call.alice.send(text);
    EXPECT_EQ(call.bob.receive(sent.size()), sent);
    for (const std::string& text : sent)
        call.bob.send(text);
    EXPECT_EQ(call.alice.receive(sent.size()), sent);
}

TEST_P(RelayAcross, OneWithoutTheOthersPermissionIsNotHeard) {
    Shards shards(2, GetParam());
    Client alice(shards, 0, 1);
    Client bob(shards, 1, 2);
    alice.bind_to(bob);
    alice.send("unwanted");
    for (int i = 0; i < 10; ++i)
        shards.turn_all();
    bob.bind_to(alice);
    alice.send("wanted");
    EXPECT_EQ(bob.receive(1), std::vector<std::string>{"wanted"});
}

// What it may hold is bounded, and the newest that find no room are lost, as with a socket nobody reads.
TEST_P(RelayAcross, AThreadThatIsNotThereLosesTheNewest) {
    Shards shards(2, GetParam());
    Call call(shards, 0, 1);
    constexpr std::size_t kTooMany = 100;
    for (std::size_t i = 0; i < RelayInbox::kPacketsMax + kTooMany; ++i) {
        call.alice.send(std::to_string(i));
        if (i % 50 == 0) shards.loop(0).run_once(0ms); // the other does not turn
    }
    const Instant give_up = monotonic_now() + 10s;
    while (shards.dropped("busy_thread") < kTooMany && monotonic_now() < give_up)
        shards.loop(0).run_once(1ms);
    EXPECT_EQ(shards.dropped("busy_thread"), kTooMany);
    const auto got = call.bob.receive(RelayInbox::kPacketsMax);
    ASSERT_EQ(got.size(), RelayInbox::kPacketsMax);
    for (std::size_t i = 0; i < got.size(); ++i)
        ASSERT_EQ(got[i], std::to_string(i));
    call.alice.send("once more");
    EXPECT_EQ(call.bob.receive(1), std::vector<std::string>{"once more"});
}

// One that has much to take has its turn among the others.
TEST_P(RelayAcross, AFullInboxDoesNotHoldTheThreadsClients) {
    Shards shards(2, GetParam());
    Call call(shards, 0, 1);
    for (std::size_t i = 0; i < 2000; ++i) {
        call.alice.send(std::to_string(i));
        if (i % 50 == 0) shards.loop(0).run_once(0ms);
    }
    for (int i = 0; i < 10; ++i)
        shards.loop(0).run_once(0ms);
    UdpSocket other({kLoopback, 0}, false);
    ASSERT_TRUE(other.send({}, shards.address(1), {}, binding_request()));
    for (int i = 0; i < 2; ++i)
        shards.loop(1).run_once(0ms);
    std::size_t answers = 0;
    UdpReceiveBuffers buffers;
    other.receive(buffers, 10,
                  [&](const ReceivedDatagram& in) { answers += std::size_t{Answer(in.payload).is_success()}; });
    EXPECT_EQ(answers, 1U);
    const auto got = call.bob.receive(2000);
    EXPECT_EQ(got.size(), 2000U);
}

// Its thread has been told of them before it has taken those from before.
TEST_P(RelayAcross, WhatComesWhileSomeAreLeftIsNotForgotten) {
    Shards shards(2, GetParam());
    Call call(shards, 0, 1);
    std::vector<std::string> sent;
    const auto send = [&](std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            call.alice.send(sent.emplace_back(std::to_string(sent.size())));
        for (int i = 0; i < 3; ++i)
            shards.loop(0).run_once(0ms);
    };
    send(RelayShardOptions{}.datagrams_per_round / 2 + 50); // more than a round takes of them
    shards.loop(1).run_once(0ms);
    send(1);
    EXPECT_EQ(call.bob.receive(sent.size()), sent);
}

// The port is closed while a packet for it is on its way.
TEST_P(RelayAcross, WhatComesForAnEndedAllocationIsDroppedAndCounted) {
    Shards shards(2, GetParam());
    Call call(shards, 0, 1);
    call.alice.send("late");
    shards.loop(0).run_once(0ms); // handed over
    call.bob.send_end();
    const Instant give_up = monotonic_now() + 10s;
    while (shards.dropped("no_allocation") == 0 && monotonic_now() < give_up)
        shards.loop(1).run_once(10ms); // clients before others; and it tells of it about once a second
    EXPECT_EQ(shards.dropped("no_allocation"), 1U);
    call.alice.send("too late");
    while (shards.dropped("no_allocation") == 1 && monotonic_now() < give_up)
        shards.loop(0).run_once(10ms);
    EXPECT_EQ(shards.dropped("no_allocation"), 2U) << "that it is closed is known on every thread";
}

struct Numbered {
    std::vector<std::string> sent;
    std::vector<std::string> got;
};

// So many at a time that no buffer is too small for them.
Numbered talk(Client& from, Client& to, std::size_t count) {
    constexpr std::size_t kAtOnce = 20;
    Numbered numbered;
    for (std::size_t i = 0; i < count; i += kAtOnce) {
        for (std::size_t k = 0; k < kAtOnce; ++k)
            from.send(numbered.sent.emplace_back(std::to_string(i + k) + std::string(i % 1000, 'x')));
        for (std::string& text : to.receive(kAtOnce))
            numbered.got.push_back(std::move(text));
    }
    return numbered;
}

// Threads that turn by themselves, each sending to each, while their configuration is renewed and they begin to stop.
TEST_P(RelayAcross, ManyThreadsAtOnceWithReloadAndDrain) {
    constexpr std::size_t kShards = 3;
    constexpr std::size_t kEach = 1000;
    Shards shards(kShards, GetParam());
    shards.start();
    std::vector<std::unique_ptr<Call>> calls;
    for (std::size_t one = 0; one < kShards; ++one) {
        for (std::size_t other = 0; other < kShards; ++other)
            calls.push_back(std::make_unique<Call>(shards, one, other, calls.size() + 1));
    }
    std::vector<std::future<Numbered>> talks;
    for (const auto& call : calls)
        talks.push_back(std::async(std::launch::async, [&call] { return talk(call->alice, call->bob, kEach); }));
    for (int round = 0; round < 20; ++round) {
        for (std::size_t i = 0; i < kShards; ++i) {
            shards.on(i, [&](RelayShard& shard) {
                shard.reconfigure(part_of(i, kShards));
                if (round == 10) shard.begin_stop();
            });
        }
    }
    for (auto& ended : talks) {
        const Numbered numbered = ended.get();
        EXPECT_EQ(numbered.got, numbered.sent);
    }
    EXPECT_EQ(shards.dropped("busy_thread"), 0U);
}

// Each packet once from its client, and once to the other: nothing in between.
std::string pass_through_no_socket(RelayIo io) {
    if (std::string wrong = enter_network(65'536); !wrong.empty()) return wrong;
    constexpr std::uint64_t kCount = 200;
    Shards shards(2, io);
    shards.start();
    Call call(shards, 0, 1);
    const std::uint64_t before = datagrams_sent();
    if (before == 0) return "nothing is counted";
    for (std::uint64_t i = 0; i < kCount; ++i) { // one at a time, since those that leave together count once
        call.alice.send(std::to_string(i));
        if (call.bob.receive(1) != std::vector{std::to_string(i)}) return "not what was sent";
    }
    const std::uint64_t sent = datagrams_sent() - before;
    return sent == 2 * kCount ? "" : "sent " + std::to_string(sent) + " datagrams";
}

TEST_P(RelayAcross, NoSocketIsBetweenTheTwo) {
    EXPECT_EXIT(end_process(pass_through_no_socket(GetParam())), testing::ExitedWithCode(0), "");
}

} // namespace
} // namespace vv::net
