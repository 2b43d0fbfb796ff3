// For tests: callers, and the whole signaling server, in one thread and virtual time,
// joined by WebSockets that a test may cut or make deaf.
#pragma once

#include "base/overloaded.h"
#include "base/rng.h"
#include "caller/client.h"
#include "signal/test_server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vv::caller {

using namespace std::chrono_literals;

/// A caller, and what it was told.
struct Person {
    explicit Person(std::uint64_t seed) : rng(seed), client({signal::TestServer::kHost, {}}, rng) {}

    /// The next event of this kind; those before it are passed over. Fails without one.
    template <typename Event>
    Event expect(const char* what) {
        while (!events.empty()) {
            ClientEvent event = std::move(events.front());
            events.pop_front();
            if (auto* found = std::get_if<Event>(&event)) return std::move(*found);
        }
        ADD_FAILURE() << "not told: " << what;
        return Event{};
    }
    template <typename Event>
    [[nodiscard]] bool was_told() const {
        return std::ranges::any_of(events,
                                   [](const ClientEvent& event) { return std::holds_alternative<Event>(event); });
    }
    /// Every body heard and not taken yet.
    std::vector<Body> take_bodies() {
        std::vector<Body> bodies;
        for (ClientEvent& event : events) {
            if (auto* found = std::get_if<BodyHeard>(&event)) bodies.push_back(std::move(found->body));
        }
        std::erase_if(events, [](const ClientEvent& event) { return std::holds_alternative<BodyHeard>(event); });
        return bodies;
    }
    std::string ended() {
        static constexpr std::array kNames{"you",    "silent",   "left",        "next",  "failed", "lost",
                                           "gone",   "no_relay", "fingerprint", "key",   "full",   "replaced",
                                           "closed", "session",  "cooldown",    "banned"};
        return kNames.at(static_cast<std::size_t>(expect<Ended>("the end").why));
    }

    SeededRng rng;
    Client client;
    std::deque<ClientEvent> events;
    std::vector<std::string> said;  // every text, as the server got it
    std::vector<std::string> heard; // and as it came
    std::uint64_t connection = 0;   // 0: none
    bool is_reachable = true;       // the server, from here
    bool is_deaf = false;           // what the server says is lost, and nobody is told
    int connections = 0;
};

class World {
public:
    static signal::Settings default_settings() {
        signal::Settings settings = signal::TestServer::default_settings();
        // A long list in every welcome costs the tests more than all the rest.
        settings.rooms = lobby::RoomList::from_tags(std::vector<std::string>{"ta", "pt-BR"}).value();
        return settings;
    }
    explicit World(signal::Settings settings = default_settings()) : server(std::move(settings)) {}

    Person& add() {
        Person& person = add_idle();
        person.client.start(server.now);
        run();
        return person;
    }
    /// Who has not begun yet.
    Person& add_idle() {
        people_.push_back(std::make_unique<Person>(people_.size() + 100));
        return *people_.back();
    }
    /// Until nobody has anything more to say.
    void run() {
        for (bool is_busy = true; is_busy;) {
            is_busy = false;
            for (auto& person : people_)
                is_busy = carry_out(*person) || is_busy;
        }
    }
    void pass(Duration time) {
        const Instant end = server.now + time;
        while (server.now < end) {
            Instant next = std::min(end, server.now + 250ms); // the server's own deadlines come in between
            for (auto& person : people_) {
                const auto due = person->client.poll_timeout();
                if (due) next = std::min(next, std::max(*due, server.now));
            }
            server.pass(next - server.now);
            run();
            for (auto& person : people_)
                person->client.handle_timeout(server.now);
            run();
        }
    }
    void cut(Person& person) {
        if (person.connection == 0) return;
        server.cut(std::exchange(person.connection, 0));
        person.client.handle_closed(server.now, 1006);
        run();
    }
    /// The server's process ends and begins again with the same state.
    void restart() {
        server.restart();
        for (auto& person : people_) {
            if (std::exchange(person->connection, 0) != 0) person->client.handle_closed(server.now, 1006);
        }
        run();
    }

    signal::TestServer server;

private:
    bool carry_out(Person& person) {
        bool did = false;
        while (const auto command = person.client.poll_command()) {
            did = true;
            std::visit(Overloaded{
                           [&](const Connect&) {
                               ++person.connections;
                               EXPECT_EQ(person.connection, 0U) << "one WebSocket at a time";
                               if (person.is_reachable)
                                   person.connection = server.connect();
                               else
                                   person.client.handle_closed(server.now, 1006);
                           },
                           [&](const SendText& send) {
                               EXPECT_NE(person.connection, 0U) << send.text;
                               EXPECT_LE(send.text.size(), signal::kMessageBytesMax);
                               person.said.push_back(send.text);
                               if (server.stands(person.connection)) server.send_text(person.connection, send.text);
                           },
                           [&](const Disconnect&) { server.cut(std::exchange(person.connection, 0)); },
                       },
                       *command);
        }
        while (person.connection != 0) {
            const auto message = server.take_any(person.connection);
            if (!message) break;
            did = true;
            if (person.is_deaf) continue;
            person.heard.push_back(message->dump());
            person.client.handle_text(server.now, person.heard.back());
        }
        if (const auto code = person.connection == 0 ? std::nullopt : server.closed(person.connection)) {
            did = true;
            server.cut(std::exchange(person.connection, 0));
            person.client.handle_closed(server.now, static_cast<std::uint16_t>(*code));
        }
        while (auto event = person.client.poll_event())
            person.events.push_back(*std::move(event));
        return did;
    }

    std::vector<std::unique_ptr<Person>> people_;
};

inline OwnDescription description(const std::string& name, const std::string& sdp = {}) {
    return {"sha-256 4A:AD", "ufrag " + name, "pwd " + name, sdp};
}

/// An offer of another round each, so that none is like another.
inline Body numbered(std::uint64_t round) {
    return OfferBody{"v=0", round, false};
}

/// Two people who have met, in a call that both have accepted; the first is the one that offers.
struct TestCall {
    Person* first = nullptr;
    Person* second = nullptr;

protected:
    void accept(World& world, Person& one, Person& two) {
        const bool one_offers = one.expect<Met>("the other").offers;
        EXPECT_NE(two.expect<Met>("the other").offers, one_offers);
        first = one_offers ? &one : &two;
        second = one_offers ? &two : &one;
        first->client.accept(description("first", "v=0 offer"));
        second->client.accept(description("second"));
        world.run();
    }
};

/// In a room.
struct RoomCall : TestCall {
    explicit RoomCall(World& world, const Wish& wish = {}) {
        Person& one = world.add();
        Person& two = world.add();
        for (Person* person : {&one, &two}) {
            person->client.seek(world.server.now, "ta", wish);
            world.run();
        }
        accept(world, one, two);
    }
};

/// By a private link.
struct PrivateCall : TestCall {
    static constexpr LinkKey kKey{1, 2, 3, 4};
    explicit PrivateCall(World& world, const Wish& wish = {}) {
        Person& one = world.add();
        Person& two = world.add();
        one.client.open(world.server.now, kKey, {1}, wish);
        world.run();
        two.client.open(world.server.now, kKey, {2}, {});
        world.run();
        accept(world, one, two);
    }
};

} // namespace vv::caller
