// The lobby machine alone on one core: how many matches a second with a large
// waiting population, how long the slowest of a hundred takes, and what a session
// costs in memory.
//
// A population waits that cannot meet one another (sound only, wanting to see), and
// newcomers with video come one by one: each looks at the oldest who fit, is matched,
// both accept, one leaves. The one who had waited seeks again and goes to the end of
// the line, so the population keeps its size. Time inside the machine is virtual, and
// runs fast enough for every session to stay within its rates.
#include "base/assert.h"
#include "base/rng.h"
#include "lobby/lobby.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <malloc.h>
#include <string>
#include <vector>

namespace vv::lobby {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::size_t waiting = 100000;
    std::size_t newcomers = 100000;
    std::size_t matches = 400000;
};

std::size_t heap_bytes() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

class Bench {
public:
    explicit Bench(const Options& options) : options_(options), rng_(1), lobby_(config(), rng_) {}

    void fill() {
        const std::size_t before = heap_bytes();
        for (std::size_t i = 0; i < options_.waiting + options_.newcomers; ++i)
            send(connection(i), HelloCommand{});
        const std::size_t idle = heap_bytes();
        for (std::size_t i = 0; i < options_.waiting; ++i)
            seek(connection(i));
        const std::size_t all = options_.waiting + options_.newcomers;
        VV_ASSERT(all > 0);
        std::printf("idle session: %zu bytes\n", (idle - before) / all);
        std::printf("waiting session: %zu bytes\n", (idle - before) / all + (heap_bytes() - idle) / options_.waiting);
    }

    /// False if what was measured is not what was meant to be measured.
    [[nodiscard]] bool run() {
        durations_.reserve(options_.matches);
        const auto begin = Clock::now();
        for (std::size_t i = 0; i < options_.matches; ++i)
            meet(connection(options_.waiting + i % options_.newcomers));
        const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
        return report(seconds);
    }

private:
    LobbyConfig config() const {
        LobbyConfig config;
        config.epoch = Epoch(Bytes8{1});
        config.rooms = 1;
        config.sessions_max = options_.waiting + options_.newcomers;
        return config;
    }
    static ConnectionId connection(std::size_t index) { return ConnectionId(index + 1); }

    void send(ConnectionId from, Command command) {
        lobby_.handle_input(now_, from, std::move(command));
        drain();
    }
    // What a driver does with events, in short: look at each once. The match is remembered.
    void drain() {
        while (const auto event = lobby_.poll_event()) {
            if (const auto* const matched = std::get_if<MatchedEvent>(&event->body)) {
                call_ = matched->call;
                matched_[matched->role == Role::kA ? 0 : 1] = event->to;
                ++matched_events_;
            }
        }
    }
    void seek(ConnectionId from) {
        const bool newcomer = from.value() > options_.waiting;
        const TopicSet topics(1U << (from.value() % 8));
        send(from,
             SeekCommand{RoomIndex(0),
                         {newcomer ? Media::kVideo : Media::kSound, newcomer ? Need::kAny : Need::kVideo, topics}});
    }
    void meet(ConnectionId newcomer) {
        now_ += step_;
        const auto begin = Clock::now();
        seek(newcomer);
        durations_.push_back(Clock::now() - begin);
        const ConnectionId waited = matched_[0];
        send(waited, AcceptCommand{call_, intro_});
        send(newcomer, AcceptCommand{call_, intro_});
        send(newcomer, LeaveCommand{call_, LeaveReason::kLeft});
        seek(waited);
    }
    bool report(double seconds) {
        const LobbyStats stats = lobby_.stats();
        if (stats.matches != options_.matches || stats.calls_accepted != options_.matches ||
            stats.waiting != options_.waiting || matched_events_ != 2 * options_.matches) {
            std::printf("the bench is wrong: %zu matches of %zu\n", static_cast<std::size_t>(stats.matches),
                        options_.matches);
            return false;
        }
        std::sort(durations_.begin(), durations_.end());
        const auto at = [&](double part) {
            const auto index = static_cast<std::size_t>(part * static_cast<double>(durations_.size() - 1));
            return std::chrono::duration<double, std::micro>(durations_[index]).count();
        };
        Clock::duration sum{};
        for (const auto duration : durations_)
            sum += duration;
        const double matches = static_cast<double>(options_.matches);
        std::printf("waiting: %zu\n", static_cast<std::size_t>(stats.waiting));
        std::printf("matches per second: %.0f (seek to matched)\n",
                    matches / std::chrono::duration<double>(sum).count());
        std::printf("whole meetings per second: %.0f (seek, matched, two accepts, leave, seek again)\n",
                    matches / seconds);
        std::printf("one match: median %.2f us, p99 %.2f us, slowest %.0f us\n", at(0.5), at(0.99), at(1));
        return true;
    }

    Options options_;
    SeededRng rng_;
    Lobby lobby_;
    Instant now_{std::chrono::hours(1)};
    Duration step_ = std::chrono::microseconds(50); // each newcomer comes every 5 s
    CallId call_;
    ConnectionId matched_[2];
    std::size_t matched_events_ = 0;
    const std::string intro_ = std::string(600, 'x');
    std::vector<Clock::duration> durations_;
};

} // namespace
} // namespace vv::lobby

int main(int argc, char** argv) {
    vv::lobby::Options options;
    if (argc > 1) options.waiting = options.newcomers = std::strtoul(argv[1], nullptr, 10);
    if (argc > 2) options.matches = std::strtoul(argv[2], nullptr, 10);
    if (argc > 3 || options.waiting == 0 || options.matches == 0) {
        std::fprintf(stderr, "usage: lobby_bench [WAITING [MATCHES]]\n");
        return 2;
    }
    vv::lobby::Bench bench(options);
    bench.fill();
    return bench.run() ? 0 : 1;
}
