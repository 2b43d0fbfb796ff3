// Two agents and what lies between them, in time that only the test moves:
// delay, loss, NATs, a STUN server, relays, and signaling that trickles. Small on
// purpose; one seed gives one run.
#pragma once

#include "ice/agent.h"
#include "stun/binding_server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::ice::test {

using namespace std::chrono_literals;

inline SocketAddress at(std::string_view text) {
    return SocketAddress::parse(text).value();
}
inline const SocketAddress kStunServer = at("192.0.2.53:3478");
inline const SocketAddress kStunServer6 = at("[2001:db8::53]:3478");

/// A router with one outside address. Packets pass inwards only from where one has gone to (address and port), and
/// a symmetric one takes another outside port for each destination.
class Nat {
public:
    Nat(std::string_view outside, bool symmetric)
        : outside_(IpAddress::parse(outside).value()),
          symmetric_(symmetric) {}

    SocketAddress outward(const SocketAddress& inside, const SocketAddress& to) {
        const auto key = std::pair(inside, symmetric_ ? to : SocketAddress{});
        const auto port = ports_.try_emplace(key, next_port_).first->second;
        if (port == next_port_) ++next_port_;
        open_.emplace(std::pair(port, to), inside);
        return {outside_, port};
    }
    [[nodiscard]] bool is_own(const SocketAddress& address) const { return address.ip == outside_; }
    [[nodiscard]] std::optional<SocketAddress> inward(const SocketAddress& from, const SocketAddress& to) const {
        const auto found = open_.find(std::pair(to.port, from));
        return found == open_.end() ? std::nullopt : std::optional(found->second);
    }
    /// It has lost its memory, and takes ports it did not take before.
    void reboot() {
        ports_.clear();
        open_.clear();
        next_port_ += 100;
    }

private:
    IpAddress outside_;
    bool symmetric_;
    std::uint16_t next_port_ = 40'000;
    std::map<std::pair<SocketAddress, SocketAddress>, std::uint16_t> ports_;
    std::map<std::pair<std::uint16_t, SocketAddress>, SocketAddress> open_;
};

/// One end: an agent, its sockets, and what it has told.
struct Side {
    Side(std::uint64_t seed, const AgentConfig& config) : rng(seed), agent(config, rng) {}

    SeededRng rng;
    Agent agent;
    std::map<TransportId, SocketAddress> sockets;
    std::shared_ptr<Nat> nat; // in front of every socket but relays
    std::map<TransportId, bool> relays;

    std::vector<State> states;
    std::vector<PathInfo> paths;
    std::vector<std::string> lines; // candidates, as told
    std::vector<std::string> names;
    std::vector<std::string> received;
    int gathering_done = 0;
    int early = 0;
    bool trickles = true; // what it finds reaches the other end

    [[nodiscard]] bool has_been(State state) const { return std::ranges::find(states, state) != states.end(); }
};

class TestLink {
public:
    explicit TestLink(std::uint64_t seed = 1, const AgentConfig& of_left = {.controlling = true, .stun_servers = {}},
                      const AgentConfig& of_right = {})
        : left(seed * 2 + 1, of_left),
          right(seed * 2 + 2, of_right),
          chance_(seed) {}

    Side left;
    Side right;
    Instant now{1000s};
    Duration delay = 10ms;
    Duration signaling_delay = 20ms;
    std::uint64_t loss_percent = 0;
    /// True: the packet does not arrive. from and to are what is seen outside.
    std::function<bool(const SocketAddress& from, const SocketAddress& to, ByteView)> drop;
    /// A third party's socket: true when the packet was for it.
    std::function<bool(const SocketAddress& from, const SocketAddress& to, ByteView)> stranger;
    std::size_t sent = 0;

    Side& other(const Side& side) { return &side == &left ? right : left; }

    void add_host(Side& side, std::uint32_t id, std::string_view address, std::string name = {}) {
        side.sockets[TransportId(id)] = at(address);
        EXPECT_TRUE(side.agent.add_host(now, {TransportId(id), at(address), std::move(name)}));
        drain(side);
    }
    void add_relay(Side& side, std::uint32_t id, std::string_view relayed) {
        side.sockets[TransportId(id)] = at(relayed);
        side.relays[TransportId(id)] = true;
        EXPECT_TRUE(side.agent.add_relay(
            now,
            {.id = TransportId(id), .relayed = at(relayed), .mapped = at("203.0.113.9:9"), .server = at(relayed).ip}));
        drain(side);
    }
    /// One socket each, told who the other is.
    void connect_hosts() {
        add_host(left, 1, "198.51.100.1:1000");
        add_host(right, 1, "198.51.100.2:2000");
        introduce();
    }
    /// What an offer and an answer do. The offerer learns of the other a signaling delay after the other of it.
    void introduce() {
        finish(left);
        finish(right);
        tell_credentials(left, signaling_delay);
        tell_credentials(right, 2 * signaling_delay);
    }
    void finish(Side& side) {
        side.agent.finish_gathering(now);
        drain(side);
    }
    void tell_credentials(Side& from, Duration after) {
        const Credentials credentials = from.agent.local_credentials();
        later(after, [this, &from, credentials] {
            EXPECT_TRUE(other(from).agent.set_remote(now, credentials));
            drain(other(from));
        });
    }
    void later(Duration after, std::function<void()> what) {
        events_.emplace(std::pair(now + after, next_++), std::move(what));
    }

    /// Until it is so, for that long at most; says whether it came to be.
    bool run_until(const std::function<bool()>& done, Duration most = 60s) {
        const Instant end = now + most;
        int standing = 0;
        while (!done()) {
            const auto next = next_at();
            if (!next || *next > end) {
                now = end;
                return done();
            }
            standing = *next <= now ? standing + 1 : 0;
            if (standing > 10'000) {
                ADD_FAILURE() << "time stands still";
                return false;
            }
            now = std::max(now, *next);
            step();
        }
        return true;
    }
    void run_for(Duration time) {
        const Instant end = now + time;
        run_until([&] { return now >= end; }, time);
    }
    bool run_to_completion(Duration most = 60s) {
        return run_until([&] { return is_completed(left) && is_completed(right); }, most);
    }
    static bool is_completed(const Side& side) { return side.agent.state() == State::kCompleted; }

    /// Data by the path the agent names.
    bool send(Side& side, std::string_view text) {
        const auto path = side.agent.path();
        if (path) carry(side, {path->route, {as_bytes(text).begin(), as_bytes(text).end()}});
        return path.has_value();
    }
    /// Both ways.
    void expect_data_flows() {
        const std::size_t left_had = left.received.size();
        const std::size_t right_had = right.received.size();
        EXPECT_TRUE(send(left, "\x80 to the right"));
        EXPECT_TRUE(send(right, "\x80 to the left"));
        run_for(2 * delay);
        ASSERT_EQ(left.received.size(), left_had + 1);
        ASSERT_EQ(right.received.size(), right_had + 1);
        EXPECT_EQ(left.received.back(), "\x80 to the left");
        EXPECT_EQ(right.received.back(), "\x80 to the right");
    }

    /// A datagram from an address of the outside, from now on its way.
    void launch(const SocketAddress& from, const SocketAddress& to, ByteBuffer payload) {
        ++sent;
        if (chance_.below(100) < loss_percent || (drop && drop(from, to, payload))) return;
        later(delay, [this, from, to, payload = std::move(payload)] { arrive(from, to, payload); });
    }
    void drain(Side& side) {
        while (auto out = side.agent.poll_transmit())
            carry(side, std::move(*out));
        while (auto event = side.agent.poll_event())
            std::visit([&](auto& told) { note(side, told); }, *event);
    }

private:
    void carry(Side& side, Transmit out) {
        const SocketAddress inside = side.sockets.at(out.route.via);
        const bool goes_through_nat = side.nat && !side.relays.contains(out.route.via);
        launch(goes_through_nat ? side.nat->outward(inside, out.route.remote) : inside, out.route.remote,
               std::move(out.payload));
    }
    void arrive(const SocketAddress& from, const SocketAddress& to, ByteView payload) {
        if (to == kStunServer || to == kStunServer6) return answer(from, to, payload);
        if (stranger && stranger(from, to, payload)) return;
        for (Side* side : {&left, &right}) {
            std::optional<SocketAddress> inside = to;
            const bool through_nat = side->nat && side->nat->is_own(to);
            if (through_nat) inside = side->nat->inward(from, to);
            for (const auto& [id, address] : side->sockets) {
                const bool is_behind = side->nat && !side->relays.contains(id);
                if (address == inside && is_behind == through_nat) return take(*side, {id, from}, payload);
            }
        }
    }
    void answer(const SocketAddress& from, const SocketAddress& server, ByteView payload) {
        const auto request = stun::parse_message(payload);
        ByteBuffer bytes;
        if (request && stun::answer_binding(*request, ClientAddress(from), bytes)) launch(server, from, bytes);
    }
    void take(Side& side, const Route& route, ByteView payload) {
        if (const auto data = side.agent.handle_input(now, route, payload)) {
            side.received.emplace_back(as_text(*data));
        }
        drain(side);
    }

    [[nodiscard]] std::optional<Instant> next_at() const {
        std::optional<Instant> next;
        const auto consider = [&](std::optional<Instant> at) {
            if (at && (!next || *at < *next)) next = at;
        };
        if (!events_.empty()) consider(events_.begin()->first.first);
        consider(left.agent.poll_timeout());
        consider(right.agent.poll_timeout());
        return next;
    }
    void step() {
        if (!events_.empty() && events_.begin()->first.first <= now) {
            const auto what = std::move(events_.begin()->second);
            events_.erase(events_.begin());
            what();
            return;
        }
        for (Side* side : {&left, &right}) {
            const auto deadline = side->agent.poll_timeout();
            if (!deadline || *deadline > now) continue;
            side->agent.handle_timeout(now);
            drain(*side);
        }
    }

    void note(Side& side, const CandidateFound& found) {
        side.lines.push_back(write_candidate(found.candidate));
        if (!side.trickles) return;
        later(signaling_delay, [this, &side, line = side.lines.back()] {
            EXPECT_TRUE(other(side).agent.add_remote_candidate(now, line).has_value());
            drain(other(side));
        });
    }
    void note(Side& side, const GatheringDone&) {
        ++side.gathering_done;
        if (!side.trickles) return;
        later(signaling_delay, [this, &side] {
            other(side).agent.end_of_remote_candidates(now);
            drain(other(side));
        });
    }
    static void note(Side& side, const NameToResolve& name) { side.names.push_back(name.name); }
    static void note(Side& side, const StateChanged& change) { side.states.push_back(change.state); }
    static void note(Side& side, const PathChanged& change) { side.paths.push_back(change.path); }
    static void note(Side& side, const EarlyPacket& packet) {
        ++side.early;
        side.received.emplace_back(as_text(packet.bytes));
    }

    std::map<std::pair<Instant, std::uint64_t>, std::function<void()>> events_;
    std::uint64_t next_ = 0;
    SeededRng chance_;
};

} // namespace vv::ice::test
