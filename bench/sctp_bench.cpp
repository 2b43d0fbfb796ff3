// SCTP against usrsctp, each with itself, in one run: how fast a file goes over paths
// with a round trip of 50 ms, how much processor time it takes, and what an idle
// association costs in memory.
//
// The paths are simulated, the same for both and in simulated time, so the throughput
// says how well the windows are used and is the same on every machine. Both have the
// same buffers and packets. usrsctp runs with its own timeouts and with ours, and
// the better of the two is what ours is compared with.
#include "base/assert.h"
#include "base/rng.h"
#include "sctp/data_channels.h"
#include "sctp/link_for_test.h"
#include "sctp/usrsctp_for_test.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <malloc.h>
#include <memory>
#include <string>
#include <vector>

namespace vv::sctp::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMessageSize = 65'536;
constexpr std::size_t kIdleEnds = 200;

class OurEnd {
public:
    explicit OurEnd(std::uint64_t seed) : rng_(seed), machine_({}, rng_) {}

    void handle_input(Instant now, ByteView packet) { machine_.handle_input(now, packet); }
    void handle_timeout(Instant now) { machine_.handle_timeout(now); }
    std::optional<ByteBuffer> poll_transmit() { return machine_.poll_transmit(); }
    [[nodiscard]] std::optional<Instant> poll_timeout() const { return machine_.poll_timeout(); }
    void drain(Instant /*now*/) {
        while (const auto event = machine_.poll_event()) {
            if (const auto* const message = std::get_if<ReceivedMessage>(&*event)) received_ += message->payload.size();
        }
    }
    void connect(Instant now) { machine_.connect(now); }
    [[nodiscard]] bool is_up() const { return machine_.is_established(); }
    [[nodiscard]] bool send(Instant now, ByteView bytes) {
        return machine_.send(now, {.ppid = Ppid::kBinary, .payload = bytes}).has_value();
    }
    [[nodiscard]] std::size_t received() const { return received_; }

private:
    SeededRng rng_;
    Association machine_;
    std::size_t received_ = 0;
};

template <UsrsctpEnd::Timeouts kTimeouts>
class TheirEnd : public UsrsctpEnd {
public:
    explicit TheirEnd(std::uint64_t /*seed*/) : UsrsctpEnd(Instant{1s}, kTimeouts) { keeps_messages = false; }

    void connect(Instant /*now*/) { UsrsctpEnd::connect(); }
    [[nodiscard]] bool send(Instant /*now*/, ByteView bytes) { return UsrsctpEnd::send({.payload = bytes}); }
    [[nodiscard]] std::size_t received() const { return received_bytes; }
};

using PlainTheirEnd = TheirEnd<UsrsctpEnd::Timeouts::kOwn>;

struct Outcome {
    double simulated_seconds = 0;
    double cpu_seconds = 0;
};

template <typename End>
Outcome transfer(const LinkOptions& options, std::size_t size, std::uint64_t seed) {
    End from(2 * seed);
    End to(2 * seed + 1);
    TestPath<End, End> path(from, to, options, seed);
    from.connect(path.now);
    to.connect(path.now);
    VV_ASSERT(path.run_until([&] { return from.is_up() && to.is_up(); }));
    const ByteBuffer message(kMessageSize, 0x55);
    const Instant begin = path.now;
    const std::clock_t cpu = std::clock();
    std::size_t sent = 0;
    while (to.received() < size) {
        while (sent < size && from.send(path.now, message))
            sent += message.size();
        VV_ASSERT(path.step(path.now + 60s)); // else it stands still
    }
    return {std::chrono::duration<double>(path.now - begin).count(),
            static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC};
}

struct Case {
    const char* what;
    LinkOptions options;
    std::size_t size;
    std::uint64_t runs;
};

template <typename End>
double megabytes_per_second(const Case& one) {
    double seconds = 0;
    for (std::uint64_t run = 1; run <= one.runs; ++run)
        seconds += transfer<End>(one.options, one.size, run).simulated_seconds;
    return static_cast<double>(one.size * one.runs) / seconds / 1e6;
}

void compare_throughput() {
    const std::vector<Case> cases{
        {"no loss, no limit", {.delay = 25ms}, 64'000'000, 1},
        {"100 Mbit/s", {.delay = 25ms, .bytes_per_second = 12'500'000, .queue_bytes = 256'000}, 32'000'000, 1},
        {"10 Mbit/s, short queue", {.delay = 25ms, .bytes_per_second = 1'250'000, .queue_bytes = 32'000}, 8'000'000, 2},
        {"0.1 % loss", {.delay = 25ms, .lost_per_1000 = 1}, 16'000'000, 5},
        {"1 % loss", {.delay = 25ms, .lost_per_1000 = 10}, 4'000'000, 5},
        {"5 % loss", {.delay = 25ms, .lost_per_1000 = 50}, 1'000'000, 5},
    };
    for (const Case& one : cases) {
        const double ours = megabytes_per_second<OurEnd>(one);
        const double theirs = std::max(megabytes_per_second<PlainTheirEnd>(one),
                                       megabytes_per_second<TheirEnd<UsrsctpEnd::Timeouts::kOurs>>(one));
        std::printf("50 ms, %s: ours %.2f MB/s, usrsctp %.2f MB/s, ratio %.2f\n", one.what, ours, theirs,
                    ours / theirs);
    }
}

void compare_cpu() {
    constexpr std::size_t kSize = 200'000'000;
    const LinkOptions options{.delay = 1ms};
    const double ours = transfer<OurEnd>(options, kSize, 1).cpu_seconds;
    const double theirs = transfer<PlainTheirEnd>(options, kSize, 1).cpu_seconds;
    std::printf("both ends on one core: ours %.0f MB/s, usrsctp %.0f MB/s, ratio %.2f\n", kSize / ours / 1e6,
                kSize / theirs / 1e6, theirs / ours);
}

std::size_t heap_bytes() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

// After the handshake and a message each way, with nothing under way.
template <typename End>
std::size_t idle_bytes() {
    std::vector<std::unique_ptr<End>> ends;
    ends.reserve(kIdleEnds);
    const std::size_t before = heap_bytes();
    for (std::size_t i = 0; i < kIdleEnds; i += 2) {
        ends.push_back(std::make_unique<End>(i));
        ends.push_back(std::make_unique<End>(i + 1));
        End& left = *ends[i];
        End& right = *ends[i + 1];
        TestPath<End, End> path(left, right);
        left.connect(path.now);
        right.connect(path.now);
        VV_ASSERT(path.run_until([&] { return left.is_up() && right.is_up(); }));
        const ByteBuffer message(1'000);
        VV_ASSERT(left.send(path.now, message) && right.send(path.now, message));
        VV_ASSERT(path.run_until([&] { return left.received() == 1'000 && right.received() == 1'000; }));
        path.run_for(1s);
    }
    return (heap_bytes() - before) / kIdleEnds;
}

void run() {
    (void)UsrsctpStack::the_one(); // its globals belong to no association
    const std::size_t ours = idle_bytes<OurEnd>();
    std::printf("idle association: ours %zu bytes, usrsctp %zu bytes\n", ours, idle_bytes<PlainTheirEnd>());
    compare_throughput();
    compare_cpu();
}

} // namespace
} // namespace vv::sctp::test

int main() {
    vv::sctp::test::run();
    return 0;
}
