// The load of the relay's benchmark: clients with allocations in one network
// namespace, their peers in another, the server between them. bench/relay.mjs
// lays the namespaces out, starts the servers and calls this once for each case;
// the figures are printed as lines "name value".
#include "net/resources.h"
#include "relay/legs.h"
#include "relay/traffic.h"
#include "relay/usage.h"
#include "stun/builder.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace vv::bench {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

class Options {
public:
    Options(int argc, char** argv) {
        for (int i = 2; i + 1 < argc; i += 2)
            values_[argv[i]] = argv[i + 1];
        if (argc % 2 != 0) throw std::runtime_error("usage: relay_bench CASE [--NAME VALUE]...");
    }
    [[nodiscard]] std::string text(const std::string& name) const {
        const auto found = values_.find(name);
        if (found == values_.end()) throw std::runtime_error("relay_bench wants " + name);
        return found->second;
    }
    [[nodiscard]] std::uint64_t number(const std::string& name) const { return std::stoull(text(name)); }
    [[nodiscard]] SocketAddress address(const std::string& name) const {
        const auto address = SocketAddress::parse(text(name));
        if (!address) throw std::runtime_error(name + " is no address");
        return *address;
    }
    [[nodiscard]] IpAddress ip(const std::string& name) const {
        const auto ip = IpAddress::parse(text(name));
        if (!ip) throw std::runtime_error(name + " is no IP address");
        return *ip;
    }

private:
    std::map<std::string, std::string> values_;
};

void print(const char* name, double value) {
    std::printf("%s %.9g\n", name, value);
}

Transport transport_of(const Options& options) {
    static const std::map<std::string, Transport> kNames = {
        {"udp", Transport::kUdp}, {"tcp", Transport::kTcp}, {"tls", Transport::kTls}};
    const auto found = kNames.find(options.text("--transport"));
    if (found == kNames.end()) throw std::runtime_error("--transport is udp, tcp or tls");
    return found->second;
}

Lab lab_of(const Options& options) {
    return {options.text("--client-ns"), options.text("--peer-ns"), options.address("--server"),
            options.ip("--clients"),     options.ip("--peer"),      options.text("--secret"),
            options.text("--realm"),     transport_of(options)};
}

ServerUsage usage_of(const Options& options) {
    std::vector<pid_t> threads;
    std::istringstream list(options.text("--kernel-threads"));
    for (std::string id; std::getline(list, id, ',');)
        threads.push_back(std::stoi(id));
    return {static_cast<pid_t>(options.number("--pid")), threads, options.text("--kernel-memory")};
}

void traffic(const Options& options) {
    const ServerUsage usage = usage_of(options);
    const Lab lab = lab_of(options);
    Legs legs(lab, options.number("--allocations"));
    legs.allocate();
    legs.bind_channels();
    legs.check_peers();
    if (lab.transport == Transport::kTls) std::printf("tls %s\n", legs.all().at(0).stream->protection().c_str());
    TrafficPlan plan;
    plan.payload = options.number("--payload");
    plan.per_second = options.number("--per-second");
    plan.window = options.number("--window");
    plan.burst = options.number("--burst");
    plan.to_client = options.text("--direction") == "both";
    plan.measured = static_cast<std::int64_t>(options.number("--milliseconds")) * kMillisecond;
    const CoreTimes before = core_times();
    const TrafficResult result = run_traffic(legs, plan, usage);
    const CoreTimes after = core_times();
    print("seconds", result.seconds);
    print("delivered", static_cast<double>(result.delivered));
    print("sent", static_cast<double>(result.sent));
    print("lost", static_cast<double>(result.lost));
    print("cpu_process", static_cast<double>(result.cpu.process));
    print("cpu_kernel_threads", static_cast<double>(result.cpu.kernel_threads));
    print("p50", result.latency(0.5));
    print("p99", result.latency(0.99));
    for (std::size_t i = 0; i < after.size(); ++i)
        print(("core_busy_" + std::to_string(i)).c_str(), busy_part(before.at(i), after.at(i)));
    legs.refresh(0);
}

void print_memory(const char* when, const Memory& memory) {
    print((std::string("user_") + when).c_str(), static_cast<double>(memory.user));
    print((std::string("kernel_") + when).c_str(), static_cast<double>(memory.kernel));
}

// Once it no longer falls: the kernel frees sockets a little later, and servers may keep what has ended for a while.
Memory settled_memory(const ServerUsage& usage) {
    constexpr std::uint64_t kSame = 256 * 1024;
    constexpr int kLooksMax = 10;
    Memory last = usage.memory();
    for (int i = 0; i < kLooksMax; ++i) {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        const Memory now = usage.memory();
        if (now.user + now.kernel + kSame >= last.user + last.kernel) return now;
        last = now;
    }
    return last;
}

// Allocations, channels, what they cost, and what is left of them afterwards.
void control(const Options& options) {
    const ServerUsage usage = usage_of(options);
    const Lab lab = lab_of(options);
    // As many stand already: what a server grows once, such as tables of fixed size, is not the cost of an allocation.
    Legs before(lab, options.number("--allocations"));
    before.allocate();
    before.bind_channels();
    Legs legs(lab, options.number("--allocations"));
    print_memory("before", usage.memory());
    const auto step = [&](const char* name, const auto& work) {
        const CpuTime cpu = usage.cpu();
        const std::int64_t began = now_ns();
        work();
        const double seconds = static_cast<double>(now_ns() - began) / 1e9;
        const CpuTime used = usage.cpu() - cpu;
        print((std::string(name) + "_seconds").c_str(), seconds);
        print((std::string(name) + "_cpu").c_str(), static_cast<double>(used.sum()));
    };
    step("allocate", [&] { legs.allocate(); });
    step("bind", [&] { legs.bind_channels(); });
    print_memory("full", usage.memory());
    step("release", [&] { legs.refresh(0); });
    print_memory("after", settled_memory(usage));
    before.refresh(0);
    print("repeated", static_cast<double>(legs.repeated()));
}

// Binding requests as fast as they are answered, --window of them under way, each from an address of its own.
void binding(const Options& options) {
    const ServerUsage usage = usage_of(options);
    const Lab lab = lab_of(options);
    const std::size_t sockets = options.number("--sockets");
    const std::size_t window = options.number("--window");
    Legs legs(lab, sockets);
    ByteBuffer request;
    stun::MessageBuilder(request, stun::Method::kBinding, stun::MessageClass::kRequest, stun::TransactionId());
    std::uint64_t answers = 0;
    std::size_t under_way = 0;
    std::size_t next = 0;
    std::array<epoll_event, 128> events{};
    std::array<std::uint8_t, 2048> buffer{};
    const std::int64_t length = static_cast<std::int64_t>(options.number("--milliseconds")) * kMillisecond;
    const CpuTime before = usage.cpu();
    const std::int64_t began = now_ns();
    while (now_ns() - began < length) {
        for (; under_way < window; ++under_way, next = (next + 1) % sockets)
            (void)::send(legs.all()[next].socket.value(), request.data(), request.size(), MSG_DONTWAIT);
        const int count = ::epoll_wait(legs.epoll(), events.data(), static_cast<int>(events.size()), 20);
        if (count == 0) under_way = 0; // what was lost would hold the window for ever
        for (int i = 0; i < count; ++i) {
            const auto index = static_cast<std::size_t>(events.at(static_cast<std::size_t>(i)).data.u64);
            if (::recv(legs.all().at(index).socket.value(), buffer.data(), buffer.size(), MSG_DONTWAIT) <= 0) continue;
            ++answers;
            if (under_way > 0) --under_way;
        }
    }
    const CpuTime used = usage.cpu() - before;
    print("seconds", static_cast<double>(now_ns() - began) / 1e9);
    print("answers", static_cast<double>(answers));
    print("cpu", static_cast<double>(used.sum()));
}

// ChannelData from sources without an allocation, at a steady rate, while others have theirs.
void stranger(const Options& options) {
    constexpr std::size_t kStrangers = 64;
    constexpr std::size_t kPayload = 1000;
    const ServerUsage usage = usage_of(options);
    const Lab lab = lab_of(options);
    Legs legs(lab, options.number("--allocations"));
    legs.allocate();
    legs.bind_channels();
    std::vector<net::UniqueFd> strangers;
    const auto bytes = lab.client_first.bytes();
    for (std::size_t i = 0; i < kStrangers; ++i) {
        const auto ip = IpAddress::v4({bytes[0], bytes[1], 255, static_cast<std::uint8_t>(1 + i)});
        strangers.push_back(open_udp(lab.client_namespace, {ip, 0}));
        connect_to(strangers.back(), lab.server);
    }
    const auto header = turn::write_channel_data_header(turn::ChannelNumber(kChannel), kPayload);
    ByteBuffer packet(header.begin(), header.end());
    packet.resize(header.size() + kPayload);
    const std::uint64_t rate = options.number("--per-second");
    const std::int64_t length = static_cast<std::int64_t>(options.number("--milliseconds")) * kMillisecond;
    const CpuTime before = usage.cpu();
    const std::int64_t began = now_ns();
    std::uint64_t sent = 0;
    std::array<epoll_event, 16> events{};
    for (std::int64_t now = began; now - began < length; now = now_ns()) {
        const std::uint64_t due = static_cast<std::uint64_t>(now - began) / 1000 * rate / 1'000'000;
        for (; sent < due; ++sent)
            (void)::send(strangers[sent % kStrangers].value(), packet.data(), packet.size(), MSG_DONTWAIT);
        const timespec tick{0, 200'000};
        if (::epoll_pwait2(legs.epoll(), events.data(), static_cast<int>(events.size()), &tick, nullptr) > 0)
            throw std::runtime_error("a stranger's packet got through");
    }
    const CpuTime used = usage.cpu() - before;
    print("packets", static_cast<double>(sent));
    print("cpu", static_cast<double>(used.sum()));
    legs.refresh(0);
}

void run(const std::string& name, const Options& options) {
    net::raise_descriptor_limit();
    if (name == "traffic") return traffic(options);
    if (name == "control") return control(options);
    if (name == "binding") return binding(options);
    if (name == "stranger") return stranger(options);
    throw std::runtime_error("no case " + name);
}

} // namespace
} // namespace vv::bench

int main(int argc, char** argv) {
    try {
        vv::bench::run(argc > 1 ? argv[1] : "", vv::bench::Options(argc, argv));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "relay_bench: %s\n", error.what());
        return 1;
    }
    return 0;
}
