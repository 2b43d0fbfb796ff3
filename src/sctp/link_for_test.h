// A path between two machines that loses, delays, reorders and doubles packets, the
// same ones in every run of a seed, and the clock that both live by. An end is
// whatever has handle_input, handle_timeout, poll_transmit, poll_timeout and drain.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/rng.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace vv::sctp::test {

struct LinkOptions {
    Duration delay = std::chrono::milliseconds(10);
    Duration jitter{}; ///< added to the delay, from nothing to this: packets overtake each other
    unsigned lost_per_1000 = 0;
    unsigned doubled_per_1000 = 0;
    std::uint64_t bytes_per_second = 0; ///< none: as much as comes
    std::size_t queue_bytes = 256'000;  ///< what more than these wait for the rate is lost
};

/// One direction.
class TestLink {
public:
    TestLink(const LinkOptions& options, std::uint64_t seed) : options_(options), rng_(seed) {}

    /// True: the packet is lost. Asked before chance is.
    std::function<bool(ByteView)> loses;
    std::size_t packets = 0;
    std::size_t lost = 0;

    void change(const LinkOptions& options) { options_ = options; }
    void send(Instant now, ByteBuffer packet) {
        ++packets;
        if ((loses && loses(packet)) || is_chosen(options_.lost_per_1000) || !fits(now)) {
            ++lost;
            return;
        }
        const Instant leaves = transmit(now, packet.size());
        if (is_chosen(options_.doubled_per_1000)) deliver(leaves, packet);
        deliver(leaves, std::move(packet));
    }
    [[nodiscard]] std::optional<Instant> next() const {
        return under_way_.empty() ? std::nullopt : std::optional(under_way_.begin()->first);
    }
    [[nodiscard]] std::optional<ByteBuffer> poll(Instant now) {
        if (under_way_.empty() || under_way_.begin()->first > now) return std::nullopt;
        ByteBuffer packet = std::move(under_way_.begin()->second);
        under_way_.erase(under_way_.begin());
        return packet;
    }

private:
    bool is_chosen(unsigned per_1000) { return per_1000 > 0 && rng_.below(1000) < per_1000; }
    [[nodiscard]] Duration time_of(std::size_t bytes) const {
        return std::chrono::nanoseconds(bytes * 1'000'000'000ULL / options_.bytes_per_second);
    }
    [[nodiscard]] bool fits(Instant now) const {
        return options_.bytes_per_second == 0 || free_at_ <= now || free_at_ - now <= time_of(options_.queue_bytes);
    }
    Instant transmit(Instant now, std::size_t bytes) {
        if (options_.bytes_per_second == 0) return now;
        free_at_ = std::max(free_at_, now) + time_of(bytes);
        return free_at_;
    }
    void deliver(Instant leaves, ByteBuffer packet) {
        Duration delay = options_.delay;
        if (options_.jitter > Duration::zero()) {
            delay +=
                Duration(static_cast<Duration::rep>(rng_.below(static_cast<std::uint64_t>(options_.jitter.count()))));
        }
        under_way_.emplace(leaves + delay, std::move(packet));
    }

    LinkOptions options_;
    SeededRng rng_;
    Instant free_at_{};
    std::multimap<Instant, ByteBuffer> under_way_; // of the same time, in the order in which they were sent
};

template <typename Left, typename Right>
class TestPath {
public:
    TestPath(Left& left_end, Right& right_end, const LinkOptions& options = {}, std::uint64_t seed = 1)
        : to_right(options, 2 * seed),
          to_left(options, 2 * seed + 1),
          left_(left_end),
          right_(right_end) {}

    Instant now{std::chrono::seconds(1)};
    TestLink to_right;
    TestLink to_left;

    /// Everything that the ends have to say now.
    void pump() {
        pump_end(left_, to_right);
        pump_end(right_, to_left);
    }
    /// On to whatever happens next, but not beyond limit; false if that comes first.
    bool step(Instant limit) {
        pump();
        const auto next = earliest({to_right.next(), to_left.next(), left_.poll_timeout(), right_.poll_timeout()});
        if (!next || *next > limit) {
            now = std::max(now, limit);
            return false;
        }
        now = std::max(now, *next);
        while (const auto packet = to_right.poll(now))
            deliver(right_, *packet, to_left);
        while (const auto packet = to_left.poll(now))
            deliver(left_, *packet, to_right);
        wake(left_);
        wake(right_);
        pump();
        return true;
    }
    void run_for(Duration time) {
        const Instant limit = now + time;
        while (step(limit)) {
        }
    }
    /// Whether it came to be within the time.
    template <typename Condition>
    [[nodiscard]] bool run_until(Condition condition, Duration time = std::chrono::seconds(60)) {
        const Instant limit = now + time;
        pump();
        while (!condition()) {
            if (!step(limit)) return condition();
        }
        return true;
    }

private:
    static std::optional<Instant> earliest(std::initializer_list<std::optional<Instant>> times) {
        std::optional<Instant> first;
        for (const auto& time : times) {
            if (time && (!first || *time < *first)) first = time;
        }
        return first;
    }
    template <typename End>
    void pump_end(End& end, TestLink& link) {
        end.drain(now);
        while (auto packet = end.poll_transmit())
            link.send(now, std::move(*packet));
    }
    template <typename End>
    void deliver(End& end, ByteView packet, TestLink& link) {
        end.handle_input(now, packet);
        pump_end(end, link);
    }
    template <typename End>
    void wake(End& end) {
        const auto timeout = end.poll_timeout();
        if (timeout && *timeout <= now) end.handle_timeout(now);
    }

    Left& left_;
    Right& right_;
};

} // namespace vv::sctp::test
