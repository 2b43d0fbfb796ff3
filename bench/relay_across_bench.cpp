// What a packet costs between two allocations of one server: on one thread, on
// two by way of the sockets, and on two by way of the inboxes, as it is served.
// Two shards on threads of their own, the load on a third, all in this process
// and over loopback; so the figures are for comparing the ways with one another
// and with nothing else. Prints plain lines, of each way the median of its rounds.
#include "net/clock.h"
#include "net/os_rng.h"
#include "net/relay_shard.h"
#include "net/resources.h"
#include "net/socket.h"
#include "stun/attributes.h"
#include "stun/builder.h"
#include "stun/integrity.h"
#include "stun/message.h"
#include "turn/channel_data.h"
#include "turn/rest_credential.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <poll.h>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace vv::bench {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;

enum class Way : std::uint8_t { kOneThread, kSockets, kInboxes };
constexpr std::array kWays{Way::kOneThread, Way::kSockets, Way::kInboxes};
constexpr std::array kNames{"one thread", "two threads, by sockets", "two threads, by inboxes"};

constexpr std::array<std::size_t, 3> kCalls{50, 200, 400};
constexpr std::int64_t kPerSecond = 50; // of each call, each way
constexpr std::size_t kPayload = 1200;
constexpr std::uint16_t kChannel = 0x4000;
constexpr std::uint16_t kFirstPort = 20'000;
constexpr std::uint16_t kPortsEach = 2000;
constexpr Duration kWarmUp = 500ms;
constexpr Duration kMeasured = 2s;
constexpr Duration kTick = 200us;
constexpr int kBufferSize = 4 << 20;
constexpr std::string_view kSecret = "a secret of the benchmark";
constexpr std::string_view kRealm = "visavis";
const IpAddress kLoopback = IpAddress::v4({127, 0, 0, 1});

struct Figures {
    double cpu = 0; // microseconds of both shards' threads for each packet
    double p50 = 0; // microseconds
    double p99 = 0;
    double lost = 0; // percent
};

class Shards {
public:
    explicit Shards(bool with_inboxes) {
        for (std::size_t i = 0; i < kShards; ++i) {
            net::RelayShardOptions options{.listen = {{kLoopback, 0}}, .turn = {}, .number = i};
            turn::ServerConfig& config = options.turn;
            config.secrets = {{.bytes = crypto::SecretBytes(kSecret), .consent = false}};
            config.ipv4 = turn::RelayAddress{kLoopback, kLoopback};
            config.server_ports = {kFirstPort, kFirstPort + kShards * kPortsEach - 1};
            const auto first = static_cast<std::uint16_t>(kFirstPort + i * kPortsEach);
            config.shard_ports = {first, static_cast<std::uint16_t>(first + kPortsEach - 1)};
            config.quotas = {.per_user = 10'000, .per_source = 10'000, .total = 10'000};
            config.challenges = {1'000'000, 1'000'000};
            shards_.push_back(std::make_unique<net::RelayShard>(
                loops_.at(i), rngs_.at(i),
                net::RelayShard::Shared{
                    .live_ports = live_, .metrics = metrics_, .inboxes = with_inboxes ? &inboxes_ : nullptr},
                std::move(options)));
        }
        for (net::EventLoop& loop : loops_)
            threads_.emplace_back([&loop] { loop.run(); });
    }
    Shards(const Shards&) = delete;
    Shards& operator=(const Shards&) = delete;
    ~Shards() {
        for (net::EventLoop& loop : loops_)
            loop.stop();
    }

    [[nodiscard]] SocketAddress address(std::size_t shard) const { return shards_.at(shard)->addresses().front(); }
    /// Nanoseconds that both threads have had.
    [[nodiscard]] std::int64_t cpu() {
        std::int64_t sum = 0;
        for (std::jthread& thread : threads_) {
            clockid_t clock{};
            timespec time{};
            if (::pthread_getcpuclockid(thread.native_handle(), &clock) != 0 || ::clock_gettime(clock, &time) != 0)
                throw std::runtime_error("a thread's time cannot be read");
            sum += std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
        }
        return sum;
    }

private:
    static constexpr std::size_t kShards = 2;

    net::Metrics metrics_;
    net::LiveRelayPorts live_;
    std::deque<net::RelayInbox> inboxes_{kShards};
    std::array<net::EventLoop, kShards> loops_;
    std::array<net::OsRng, kShards> rngs_;
    std::vector<std::unique_ptr<net::RelayShard>> shards_;
    std::vector<std::jthread> threads_;
};

class Client {
public:
    Client(const SocketAddress& server, std::uint64_t number)
        : number_(number),
          socket_(net::bind_udp({kLoopback, 0}, false)),
          login_(turn::make_rest_credential(as_bytes(kSecret), net::wall_now() + 3600s, 3600s,
                                            turn::CredentialClass::kCall, "leg" + std::to_string(number))) {
        for (const int option : {SO_RCVBUF, SO_SNDBUF})
            (void)::setsockopt(fd(), SOL_SOCKET, option, &kBufferSize, sizeof kBufferSize);
        const net::NativeAddress address(server);
        if (::connect(fd(), address.pointer(), address.size) != 0) throw std::runtime_error("cannot connect a client");
        ask(stun::Method::kAllocate, want_udp); // is told a nonce
        ask(stun::Method::kAllocate, want_udp);
        if (relayed_.port == 0) throw std::runtime_error("no allocation");
    }
    void bind_to(const Client& other) {
        const bool is_bound = ask(stun::Method::kChannelBind, [&](stun::MessageBuilder& builder) {
            builder.add_u16_padded(AttributeType::kChannelNumber, kChannel)
                .add_xor_address(AttributeType::kXorPeerAddress, other.relayed_);
        });
        if (!is_bound) throw std::runtime_error("no channel");
    }
    [[nodiscard]] int fd() const { return socket_.value(); }

private:
    using Fill = std::function<void(stun::MessageBuilder&)>;

    static void want_udp(stun::MessageBuilder& builder) {
        builder.add_u8_padded(AttributeType::kRequestedTransport, stun::kTransportUdp);
    }
    ByteBuffer request(stun::Method method, const Fill& fill) {
        std::array<std::uint8_t, stun::kTransactionIdSize> id{};
        const std::array<std::uint64_t, 1> place{(number_ << 8U) + asked_++};
        std::memcpy(id.data(), place.data(), sizeof place);
        ByteBuffer bytes;
        stun::MessageBuilder builder(bytes, method, stun::MessageClass::kRequest, stun::TransactionId(id));
        fill(builder);
        if (nonce_.empty()) return bytes;
        builder.add_text(AttributeType::kUsername, login_.username)
            .add_text(AttributeType::kRealm, kRealm)
            .add_text(AttributeType::kNonce, nonce_)
            .add_message_integrity(stun::long_term_key(login_.username, kRealm, login_.password));
        return bytes;
    }
    /// Whether it succeeded; asked again until there is an answer, as over UDP one must.
    bool ask(stun::Method method, const Fill& fill) {
        const ByteBuffer bytes = request(method, fill);
        for (const Instant give_up = net::monotonic_now() + 10s; net::monotonic_now() < give_up;) {
            if (::send(fd(), bytes.data(), bytes.size(), 0) < 0) throw std::runtime_error("cannot ask");
            pollfd waiting{fd(), POLLIN, 0};
            if (::poll(&waiting, 1, 1000) != 1) continue;
            ByteBuffer buffer(2048);
            const ssize_t size = ::recv(fd(), buffer.data(), buffer.size(), 0);
            if (size <= 0) continue;
            const auto answer = stun::parse_message(ByteView(buffer).first(static_cast<std::size_t>(size)));
            if (!answer) throw std::runtime_error("an answer that is none");
            if (const auto value = answer->find(AttributeType::kNonce)) nonce_ = as_text(*value);
            if (const auto value = answer->find(AttributeType::kXorRelayedAddress))
                relayed_ = stun::parse_xor_address(*value, answer->transaction_id()).value_or(SocketAddress{});
            return answer->message_class() == stun::MessageClass::kSuccess;
        }
        throw std::runtime_error("no answer");
    }

    std::uint64_t number_;
    net::UniqueFd socket_;
    turn::RestCredential login_;
    std::string nonce_;
    std::uint64_t asked_ = 0;
    SocketAddress relayed_;
};

struct Stamp {
    std::int64_t sent_at = 0;
    std::int64_t is_measured = 0;
};

// Both ends of each call send at a steady rate, in turn.
class Load {
public:
    Load(Shards& shards, Way way, std::size_t calls) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        for (std::size_t i = 0; i < calls; ++i) {
            // Both directions across, and on one thread as much for either of the two.
            const std::size_t one = i % 2;
            const std::size_t other = way == Way::kOneThread ? one : 1 - one;
            clients_.push_back(std::make_unique<Client>(shards.address(one), 2 * i));
            clients_.push_back(std::make_unique<Client>(shards.address(other), 2 * i + 1));
            clients_[2 * i]->bind_to(*clients_[2 * i + 1]);
            clients_[2 * i + 1]->bind_to(*clients_[2 * i]);
        }
        for (const auto& client : clients_) {
            epoll_event event{.events = EPOLLIN, .data = {.fd = client->fd()}};
            if (::epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, client->fd(), &event) != 0)
                throw std::runtime_error("cannot watch a client");
        }
        const auto header = turn::write_channel_data_header(turn::ChannelNumber(kChannel), kPayload);
        packet_.assign(header.begin(), header.end());
        packet_.resize(header.size() + kPayload);
    }

    Figures run(Shards& shards) {
        const std::int64_t per_second = static_cast<std::int64_t>(clients_.size()) * kPerSecond;
        const Instant began = net::monotonic_now();
        const Instant measured_from = began + kWarmUp;
        const Instant end = measured_from + kMeasured;
        std::int64_t sent = 0;
        std::int64_t cpu = 0;
        for (Instant now = began; now < end; now = net::monotonic_now()) {
            if (now >= measured_from && cpu == 0) cpu = shards.cpu();
            const std::int64_t due = (now - began).count() / 1000 * per_second / 1'000'000;
            for (; sent < due; ++sent)
                send(static_cast<std::size_t>(sent) % clients_.size(), now, cpu != 0);
            receive(kTick);
        }
        cpu = shards.cpu() - cpu;
        for (const Instant late = net::monotonic_now() + 200ms; net::monotonic_now() < late;)
            receive(kTick);
        std::ranges::sort(latencies_);
        const auto got = static_cast<double>(latencies_.size());
        if (latencies_.empty()) throw std::runtime_error("nothing came through");
        const auto at = [&](double part) {
            return static_cast<double>(latencies_[static_cast<std::size_t>(part * (got - 1))]) / 1000;
        };
        return {static_cast<double>(cpu) / 1000 / got, at(0.5), at(0.99),
                100 * (1 - got / static_cast<double>(measured_))};
    }

private:
    void send(std::size_t client, Instant now, bool is_measured) {
        const Stamp stamp{now.time_since_epoch().count(), is_measured ? 1 : 0};
        std::memcpy(packet_.data() + turn::kChannelDataHeaderSize, &stamp, sizeof stamp);
        if (is_measured) ++measured_;
        (void)::send(clients_[client]->fd(), packet_.data(), packet_.size(), MSG_DONTWAIT);
    }
    void receive(Duration wait) {
        const timespec time{0, wait.count()};
        std::array<epoll_event, 256> events{};
        const int count =
            ::epoll_pwait2(epoll_.value(), events.data(), static_cast<int>(events.size()), &time, nullptr);
        std::array<std::uint8_t, turn::kChannelDataHeaderSize + sizeof(Stamp)> head{};
        for (int i = 0; i < count; ++i) {
            const int socket = events.at(static_cast<std::size_t>(i)).data.fd;
            while (::recv(socket, head.data(), head.size(), MSG_DONTWAIT) == static_cast<ssize_t>(head.size())) {
                Stamp stamp;
                std::memcpy(&stamp, head.data() + turn::kChannelDataHeaderSize, sizeof stamp);
                if (stamp.is_measured == 1)
                    latencies_.push_back(net::monotonic_now().time_since_epoch().count() - stamp.sent_at);
            }
        }
    }

    std::vector<std::unique_ptr<Client>> clients_;
    net::UniqueFd epoll_;
    ByteBuffer packet_;
    std::vector<std::int64_t> latencies_;
    std::int64_t measured_ = 0; // sent while it was measured
};

Figures measure(Way way, std::size_t calls) {
    Shards shards(way != Way::kSockets);
    Load load(shards, way, calls);
    return load.run(shards);
}

double median_of(const std::vector<Figures>& rounds, double Figures::* figure) {
    std::vector<double> values;
    values.reserve(rounds.size());
    for (const Figures& round : rounds)
        values.push_back(round.*figure);
    std::ranges::sort(values);
    return values[values.size() / 2];
}

// The ways take turns, so that what else the machine does meets all of them.
void compare(std::size_t calls, int rounds) {
    std::map<Way, std::vector<Figures>> figures;
    for (int round = 0; round < rounds; ++round) {
        for (const Way way : kWays)
            figures[way].push_back(measure(way, calls));
    }
    std::printf("%zu calls, %lld packets a second of %zu bytes\n", calls,
                static_cast<long long>(calls) * 2 * kPerSecond, kPayload);
    for (const Way way : kWays) {
        const auto& of_way = figures.at(way);
        std::printf("  %-24s CPU %.2f us/packet, p50 %.0f us, p99 %.0f us, lost %.2f %%\n",
                    kNames.at(static_cast<std::size_t>(way)), median_of(of_way, &Figures::cpu),
                    median_of(of_way, &Figures::p50), median_of(of_way, &Figures::p99),
                    median_of(of_way, &Figures::lost));
    }
    std::printf("  by inboxes / by sockets: CPU %.2f\n", median_of(figures.at(Way::kInboxes), &Figures::cpu) /
                                                             median_of(figures.at(Way::kSockets), &Figures::cpu));
}

} // namespace
} // namespace vv::bench

int main(int argc, char** argv) {
    try {
        vv::net::raise_descriptor_limit();
        const int rounds = argc > 1 ? std::atoi(argv[1]) : 3;
        for (const std::size_t calls : vv::bench::kCalls)
            vv::bench::compare(calls, rounds);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "relay_across_bench: %s\n", error.what());
        return 1;
    }
    return 0;
}
