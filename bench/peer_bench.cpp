// Connections of our peer, both ends of each in this process, over this machine's
// own addresses: how soon a data channel is open, and something to look at from
// outside for what one takes of memory (peer.mjs, which asks others the same).
//
// Asked in lines on standard input, it answers each with a line of JSON:
//
//   connect N   N pairs one after the other, each closed before the next; for each
//               the milliseconds from before its ends were made until both had
//               keys, and until both had the channel open
//   hold N      N pairs that stay, with a message each way; their number by now
#include "net/clock.h"
#include "net/event_loop.h"
#include "net/os_rng.h"
#include "net/peer_host.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

namespace vv {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPatience = 20s;

struct End {
    End(net::EventLoop& loop, Rng& rng)
        : host(loop, {}, dtls::Certificate::make(net::wall_now()), rng,
               [this](const peer::Event& event) { note(event); }) {}

    void note(const peer::Event& event) {
        if (const auto* candidate = std::get_if<peer::Candidate>(&event)) {
            (void)other->host.connection().add_remote_candidate(other->host.now(), *candidate);
            other->host.flush();
        } else if (std::holds_alternative<peer::Secured>(event)) {
            secured = net::monotonic_now();
        } else if (const auto* opened = std::get_if<peer::ChannelOpened>(&event)) {
            open = net::monotonic_now();
            channel = opened->id;
        } else if (std::holds_alternative<peer::ChannelMessage>(event)) {
            has_heard = true;
        }
    }
    void say(std::string_view text) {
        if (!channel || !host.connection().send_text(host.now(), *channel, text)) throw std::runtime_error("not sent");
        host.flush();
    }

    End* other = nullptr;
    std::optional<peer::ChannelId> channel{};
    std::optional<Instant> secured{};
    std::optional<Instant> open{};
    bool has_heard = false;
    net::PeerHost host;
};

template <typename Value, typename Error>
Value checked(Result<Value, Error> result, const char* what) {
    if (!result) throw std::runtime_error(std::string("no ") + what);
    return *std::move(result);
}

// What signaling would carry goes from end to end at once.
class Pair {
public:
    Pair(net::EventLoop& loop, Rng& rng) : begun_(net::monotonic_now()), first_(loop, rng), second_(loop, rng) {
        first_.other = &second_;
        second_.other = &first_;
        auto& offering = first_.host.connection();
        auto& answering = second_.host.connection();
        offering.want_data();
        answering.want_data();
        (void)checked(offering.open_channel(loop.now(), {.label = "chat"}), "channel");
        first_.host.start();
        const std::string offer = checked(offering.make_offer(loop.now()), "offer");
        if (!answering.take_offer(loop.now(), offer)) throw std::runtime_error("offer refused");
        second_.host.start();
        const std::string answer = checked(answering.make_answer(loop.now()), "answer");
        if (!offering.take_answer(loop.now(), answer)) throw std::runtime_error("answer refused");
        first_.host.flush();
        second_.host.flush();
    }

    [[nodiscard]] bool is_open() const { return first_.open && second_.open; }
    [[nodiscard]] bool has_talked() const { return first_.has_heard && second_.has_heard; }
    void talk() {
        first_.say("there");
        second_.say("and back");
    }
    void close() {
        for (End* end : {&first_, &second_}) {
            end->host.connection().close(end->host.now());
            end->host.flush();
        }
    }
    [[nodiscard]] double secured_after() const { return since_begun(first_.secured, second_.secured); }
    [[nodiscard]] double open_after() const { return since_begun(first_.open, second_.open); }

private:
    [[nodiscard]] double since_begun(std::optional<Instant> one, std::optional<Instant> other) const {
        if (!one || !other) throw std::runtime_error("it is not open");
        return std::chrono::duration<double, std::milli>(std::max(*one, *other) - begun_).count();
    }

    Instant begun_;
    End first_;
    End second_;
};

class Bench final : private net::EventHandler {
public:
    Bench() {
        if (!loop_.watch(STDIN_FILENO, EPOLLIN, *this)) throw std::runtime_error("standard input cannot be watched");
    }
    ~Bench() { loop_.unwatch(STDIN_FILENO, *this); }

    void run() {
        while (!is_over_ || !asked_.empty()) {
            loop_.run_once(1s);
            while (!asked_.empty()) {
                const std::string line = std::move(asked_.front());
                asked_.pop_front();
                std::printf("%s\n", answer(line).c_str());
                std::fflush(stdout);
            }
        }
    }

private:
    void handle_ready(std::uint32_t /*events*/) override {
        std::array<char, 256> bytes{};
        const ssize_t size = ::read(STDIN_FILENO, bytes.data(), bytes.size());
        if (size <= 0) {
            is_over_ = true;
            loop_.unwatch(STDIN_FILENO, *this);
            return;
        }
        unread_.append(bytes.data(), static_cast<std::size_t>(size));
        for (std::size_t end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n')) {
            asked_.push_back(unread_.substr(0, end));
            unread_.erase(0, end + 1);
        }
    }

    std::string answer(const std::string& line) {
        const std::size_t space = line.find(' ');
        const std::string what = line.substr(0, space);
        const std::size_t count = space == std::string::npos ? 0 : std::strtoul(line.c_str() + space, nullptr, 10);
        if (what == "connect") return connect(count);
        if (what == "hold") return hold(count);
        throw std::runtime_error("it was asked for: " + line);
    }

    std::string connect(std::size_t count) {
        std::string times;
        for (std::size_t i = 0; i < count; ++i) {
            const auto pair = open_pair();
            std::array<char, 64> text{};
            std::snprintf(text.data(), text.size(), "%s[%.3f,%.3f]", i == 0 ? "" : ",", pair->secured_after(),
                          pair->open_after());
            times += text.data();
            pair->close();
        }
        return "[" + times + "]";
    }

    std::string hold(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            held_.push_back(open_pair());
            held_.back()->talk();
            run_until([&] { return held_.back()->has_talked(); });
        }
        return std::to_string(held_.size());
    }

    std::unique_ptr<Pair> open_pair() {
        loop_.run_once({}); // the loop's time is now
        auto pair = std::make_unique<Pair>(loop_, rng_);
        run_until([&] { return pair->is_open(); });
        return pair;
    }

    template <typename Condition>
    void run_until(Condition is_so) {
        const Instant limit = net::monotonic_now() + kPatience;
        while (!is_so()) {
            if (net::monotonic_now() > limit) throw std::runtime_error("a connection does not come");
            loop_.run_once(100ms);
        }
    }

    net::EventLoop loop_;
    net::OsRng rng_;
    std::vector<std::unique_ptr<Pair>> held_;
    std::deque<std::string> asked_;
    std::string unread_;
    bool is_over_ = false;
};

} // namespace
} // namespace vv

int main() {
    try {
        vv::Bench().run();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "peer_bench: %s\n", error.what());
        return 1;
    }
}
