// Two sessions with a network between them that loses, delays, repeats and
// reorders what a seed says, in simulated time.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "dtls/session.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace vv::dtls::test {

using namespace std::chrono_literals;

/// Making one is the slowest part of a test, and sessions may share it.
inline const Certificate& certificate(std::size_t which = 0) {
    static const std::vector<Certificate> kCertificates = [] {
        const WallTime now{WallClock::duration(1'767'225'600)};
        return std::vector{Certificate::make(now), Certificate::make(now), Certificate::make(now)};
    }();
    return kCertificates.at(which);
}
inline const Certificate& active_certificate() {
    return certificate(0);
}
inline const Certificate& passive_certificate() {
    return certificate(1);
}

inline SessionConfig active_config() {
    return {.role = Role::kActive, .partner = {passive_certificate().fingerprint()}, .round_trip = 40ms};
}
inline SessionConfig passive_config() {
    return {.role = Role::kPassive, .partner = {active_certificate().fingerprint()}, .round_trip = 40ms};
}

using Texts = std::vector<std::string>;

/// A session and what it has said so far.
struct End {
    explicit End(const Certificate& own) : session(own) {}

    Session session;
    std::optional<Connected> connected;
    std::optional<Failed> failed;
    bool is_closed = false;
    std::vector<std::string> received;

    void take_events() {
        while (auto event = session.poll_event()) {
            if (auto* is_connected = std::get_if<Connected>(&*event)) connected = std::move(*is_connected);
            if (auto* has_failed = std::get_if<Failed>(&*event)) failed = *has_failed;
            if (std::holds_alternative<Closed>(*event)) is_closed = true;
            if (auto* data = std::get_if<Received>(&*event)) received.emplace_back(as_text(data->data));
        }
    }
};

struct Faults {
    unsigned loss_percent = 0;
    unsigned duplicate_percent = 0;
    Duration delay = 20ms;
    Duration jitter{}; // more than the time between two datagrams reorders them
};

class Link {
public:
    explicit Link(std::uint64_t seed = 1, Faults faults = {}) : rng_(seed), faults_(faults) {}

    End active{active_certificate()};
    End passive{passive_certificate()};
    Instant now{1h};
    std::size_t largest = 0; // datagram of any
    /// Sees every datagram, and may drop it (false) or change it.
    std::function<bool(bool from_active, ByteBuffer&)> filter;

    void start(const SessionConfig& of_active = active_config(), const SessionConfig& of_passive = passive_config()) {
        passive.session.start(now, of_passive);
        active.session.start(now, of_active);
        collect();
    }
    /// Until the condition holds; false if nothing is left to happen before.
    bool run_until(const std::function<bool()>& condition) {
        while (!condition()) {
            if (!step()) return false;
        }
        return true;
    }
    bool connect() {
        return run_until([&] { return active.connected && passive.connected; });
    }
    /// Until nothing is under way and nobody waits.
    void run() {
        while (step()) {
        }
    }
    /// Until this time, with what happens before it.
    void run_to(Instant time) {
        while (next_time() && *next_time() <= time)
            step();
        now = time;
    }
    bool step() {
        const auto time = next_time();
        if (!time) return false;
        now = std::max(now, *time);
        deliver();
        active.session.handle_timeout(now);
        passive.session.handle_timeout(now);
        collect();
        return true;
    }
    /// Takes what the sessions have to send and say.
    void collect() {
        for (const bool from_active : {true, false}) {
            while (auto datagram = (from_active ? active : passive).session.poll_transmit())
                transmit(from_active, *std::move(datagram));
        }
        active.take_events();
        passive.take_events();
    }

private:
    struct Flying {
        bool to_active;
        ByteBuffer datagram;
    };

    [[nodiscard]] std::optional<Instant> next_time() const {
        std::optional<Instant> next;
        const auto consider = [&](std::optional<Instant> time) {
            if (time && (!next || *time < *next)) next = time;
        };
        if (!flying_.empty()) consider(flying_.begin()->first.first);
        consider(active.session.poll_timeout());
        consider(passive.session.poll_timeout());
        return next;
    }
    void deliver() {
        while (!flying_.empty() && flying_.begin()->first.first <= now) {
            const Flying next = std::move(flying_.begin()->second);
            flying_.erase(flying_.begin());
            (next.to_active ? active : passive).session.handle_input(now, next.datagram);
        }
    }
    void transmit(bool from_active, ByteBuffer datagram) {
        largest = std::max(largest, datagram.size());
        if (filter && !filter(from_active, datagram)) return;
        if (rng_.below(100) < faults_.loss_percent) return;
        const int copies = rng_.below(100) < faults_.duplicate_percent ? 2 : 1;
        for (int i = 0; i < copies; ++i) {
            const auto jitter = static_cast<std::uint64_t>(faults_.jitter.count());
            const Duration extra(static_cast<std::int64_t>(rng_.below(jitter + 1)));
            flying_.emplace(std::pair(now + faults_.delay + extra, ++sent_), Flying{!from_active, datagram});
        }
    }

    SeededRng rng_;
    Faults faults_;
    std::map<std::pair<Instant, std::uint64_t>, Flying> flying_;
    std::uint64_t sent_ = 0;
};

} // namespace vv::dtls::test
