// For tests: whole calls in one process and virtual time. The real signaling server and
// real connections, with a network between them that a test may cut.
#pragma once

#include "base/overloaded.h"
#include "call/call.h"
#include "caller/test_world.h"
#include "dtls/link_for_test.h"
#include "peer/pair_for_test.h"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::call::test {

using namespace std::chrono_literals;

/// An end, its driver, and what it was told.
struct End {
    End(caller::Person& its_person, Options options, std::size_t its_number)
        : person(its_person),
          rng(its_number + 7'000),
          number(its_number),
          call(std::move(options), person.client, rng) {}

    [[nodiscard]] SocketAddress socket() const {
        return {IpAddress::v4(static_cast<std::uint32_t>(0xC6336400 + number)), port}; // 198.51.100.x
    }
    template <typename Told>
    [[nodiscard]] std::size_t count() const {
        std::size_t found = 0;
        for (const Event& event : events)
            found += std::holds_alternative<Told>(event) ? 1U : 0U;
        return found;
    }
    /// The newest of this kind; null: none was told.
    template <typename Told>
    [[nodiscard]] const Told* last() const {
        for (auto event = events.rbegin(); event != events.rend(); ++event) {
            if (const auto* told = std::get_if<Told>(&*event)) return told;
        }
        return nullptr;
    }
    [[nodiscard]] std::optional<caller::EndReason> ended() const {
        const auto* told = last<Ended>();
        return told != nullptr ? std::optional(told->why) : std::nullopt;
    }

    caller::Person& person;
    SeededRng rng;
    std::size_t number;
    std::uint16_t port = 5000;
    Call call;
    std::unique_ptr<peer::PeerConnection> connection;
    std::deque<Event> events;
    std::vector<Gather> gathered;
    std::size_t connections = 0;
    bool has_sockets = false;
    std::uint32_t via = 1;
    /// What the client tells, before the call hears it.
    std::function<void(caller::ClientEvent&)> tampers;
};

class World {
public:
    End& add(Options options) {
        ends_.push_back(std::make_unique<End>(signaling.add_idle(), std::move(options), ends_.size()));
        End& end = *ends_.back();
        end.call.start(time());
        drain();
        return end;
    }
    [[nodiscard]] Instant time() const { return signaling.server.now; }

    /// False: the condition did not come to hold.
    bool run_for(Duration duration, const std::function<bool()>& until = [] { return false; }) {
        const Instant end = time() + duration;
        while (!until()) {
            if (time() >= end) return false;
            step(end);
        }
        return true;
    }
    bool connect(End& a, End& b) {
        return run_for(30s, [&] { return a.call.is_connected() && b.call.is_connected(); });
    }
    void drain() {
        while (drain_once()) {
        }
    }
    /// On another port: as after a change of networks, what was on the former is gone.
    void move(End& end) {
        ++end.port;
        close_sockets(end);
        open_sockets(end);
        end.call.handle_network_changed(time());
        drain();
    }

    caller::World signaling;
    Duration delay = 10ms;
    /// Sees every datagram between the ends; false: it is lost.
    std::function<bool(const End& from)> carries;
    std::size_t sent = 0;

private:
    void step(Instant end) {
        Instant next = std::min(end, time() + 250ms); // the server's own deadlines come in between
        const auto consider = [&](std::optional<Instant> due) {
            if (due) next = std::min(next, std::max(*due, time()));
        };
        if (!flying_.empty()) consider(flying_.begin()->first);
        for (auto& one : ends_) {
            consider(one->call.poll_timeout());
            consider(one->person.client.poll_timeout());
            if (one->connection) consider(one->connection->poll_timeout());
        }
        signaling.server.pass(next - time());
        while (!flying_.empty() && flying_.begin()->first <= time()) {
            auto task = std::move(flying_.begin()->second);
            flying_.erase(flying_.begin());
            task();
            drain();
        }
        for (auto& one : ends_) {
            one->person.client.handle_timeout(time());
            one->call.handle_timeout(time());
            if (one->connection) one->connection->handle_timeout(time());
        }
        drain();
    }
    bool drain_once() {
        bool did = false;
        signaling.run();
        for (auto& one : ends_) {
            End& end = *one;
            for (caller::ClientEvent& event : std::exchange(end.person.events, {})) {
                if (end.tampers) end.tampers(event);
                end.call.handle_client(time(), std::move(event));
                did = true;
            }
            while (auto command = end.call.poll_command()) {
                carry_out(end, *command);
                did = true;
            }
            while (end.connection) {
                if (auto event = end.connection->poll_event()) {
                    end.call.handle_peer(time(), *std::move(event));
                } else if (auto out = end.connection->poll_transmit()) {
                    send(end, std::move(*out));
                } else {
                    break;
                }
                did = true;
            }
            while (auto event = end.call.poll_event()) {
                end.events.push_back(*std::move(event));
                did = true;
            }
        }
        return did;
    }
    void carry_out(End& end, Command& command) {
        std::visit(Overloaded{
                       [&](const MakeConnection&) {
                           drop(end);
                           ++end.connections;
                           const dtls::Certificate& certificate = dtls::test::certificate(end.number % 3);
                           end.connection =
                               std::make_unique<peer::PeerConnection>(time(), peer::Config{}, certificate, end.rng);
                           end.call.attach(time(), *end.connection, certificate);
                       },
                       [&](const Gather& gather) {
                           end.gathered.push_back(gather);
                           if (!end.has_sockets) open_sockets(end);
                       },
                       [](const LookAgain&) {}, // the test has
                       [&](const DropConnection&) { drop(end); },
                   },
                   command);
    }
    void open_sockets(End& end) {
        end.has_sockets = true;
        EXPECT_TRUE(end.connection->add_host(time(), {ice::TransportId(end.via), end.socket(), {}}));
    }
    void close_sockets(End& end) { end.connection->remove_transport(time(), ice::TransportId(end.via++)); }
    void drop(End& end) {
        end.has_sockets = false;
        if (!end.connection) return;
        const auto flush = [&] {
            while (auto out = end.connection->poll_transmit())
                send(end, std::move(*out));
        };
        flush(); // the last word
        end.connection->close(time());
        flush();
        end.connection.reset();
    }
    void send(End& from, ice::Transmit transmit) {
        ++sent;
        if (carries && !carries(from)) return;
        flying_.emplace(time() + delay, [this, source = from.socket(), to = transmit.route.remote,
                                         payload = std::move(transmit.payload)] {
            for (auto& one : ends_) {
                if (one->connection && one->has_sockets && one->socket() == to)
                    one->connection->handle_input(time(), {ice::TransportId(one->via), source}, payload);
            }
        });
    }

    std::vector<std::unique_ptr<End>> ends_;
    std::multimap<Instant, std::function<void()>> flying_;
};

inline Options in_room() {
    Options options;
    options.place = Room{.tag = "ta"};
    options.accepts = true;
    return options;
}
inline Options by_link(std::uint8_t seat) {
    Options options;
    options.place = Link{{1, 2, 3, 4}, {seat}};
    return options;
}

} // namespace vv::call::test
