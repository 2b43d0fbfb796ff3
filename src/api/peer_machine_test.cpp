// Two machines in memory, in time that only the test moves.
#include "visavis/visavis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace visavis {
namespace {

using namespace std::chrono_literals;
using Time = PeerMachine::Time;

constexpr TransportId kSocket{7};

struct End {
    End(Time now, const char* at, std::uint8_t seed)
        : address(Address::parse(at).value()),
          machine(now, {.random = [state = std::uint64_t{seed}](std::span<std::uint8_t> out) mutable {
                      for (std::uint8_t& byte : out)
                          byte = static_cast<std::uint8_t>(
                              (state = state * 6364136223846793005U + 1442695040888963407U) >> 56U);
                  }}) {}

    Address address;
    PeerMachine machine;
    std::vector<MachineEvent> told;
    std::vector<std::string> heard;
};

class Network {
public:
    Time now{1h};
    End a{now, "192.0.2.1:5000", 1};
    End b{now, "192.0.2.2:6000", 2};

    void begin() {
        for (End* end : {&a, &b}) {
            EXPECT_TRUE(end->machine.add_socket(now, kSocket, end->address));
            EXPECT_FALSE(end->machine.add_socket(now, kSocket, end->address)) << "the id is taken";
            end->machine.finish_gathering(now);
        }
    }
    void drain() {
        while (drain(a, b) || drain(b, a)) {
        }
    }
    /// False: nothing is to come any more.
    bool step() {
        std::optional<Time> next;
        const auto consider = [&](std::optional<Time> time) {
            if (time && (!next || *time < *next)) next = time;
        };
        if (!flying_.empty()) consider(flying_.begin()->first);
        consider(a.machine.poll_timeout());
        consider(b.machine.poll_timeout());
        if (!next) return false;
        now = std::max(now, *next);
        while (!flying_.empty() && flying_.begin()->first <= now) {
            auto arrive = std::move(flying_.begin()->second);
            flying_.erase(flying_.begin());
            arrive();
            drain();
        }
        for (End* end : {&a, &b}) {
            const auto due = end->machine.poll_timeout();
            if (due && *due <= now) end->machine.handle_timeout(now);
        }
        drain();
        return true;
    }
    [[nodiscard]] bool run_for(std::chrono::seconds duration, const std::function<bool()>& until) {
        const Time end = now + duration;
        while (!until() && now < end && step()) {
        }
        return until();
    }

private:
    bool drain(End& end, End& other) {
        bool any = false;
        while (true) {
            if (auto event = end.machine.poll_event()) {
                if (const auto* candidate = std::get_if<Candidate>(&*event)) {
                    other.machine.add_remote_candidate(now, *candidate);
                }
                if (const auto* message = std::get_if<Message>(&*event)) end.heard.emplace_back(message->text());
                end.told.push_back(*std::move(event));
            } else if (auto transmit = end.machine.poll_transmit()) {
                EXPECT_EQ(transmit->via, kSocket);
                if (transmit->to == other.address) {
                    flying_.emplace(now + 10ms, [this, &end, &other, packet = std::move(transmit->packet)] {
                        other.machine.handle_input(now, kSocket, end.address, packet);
                    });
                }
            } else {
                return any;
            }
            any = true;
        }
    }

    std::multimap<Time, std::function<void()>> flying_;
};

TEST(PeerMachineTest, TwoTalkInTheirOwnTime) {
    Network network;
    const Time& now = network.now;
    End& a = network.a;
    End& b = network.b;
    network.begin();
    const auto channel = a.machine.open_channel(now, {.label = "chat"}).value();
    b.machine.want_data();
    b.machine.take_offer(now, a.machine.make_offer(now).value()).value();
    a.machine.take_answer(now, b.machine.make_answer(now).value()).value();
    network.drain();
    const auto is_connected = [&] {
        return a.machine.state() == State::kConnected && b.machine.state() == State::kConnected;
    };
    ASSERT_TRUE(network.run_for(5s, is_connected));
    EXPECT_LT(now, Time(1h + 1s)) << "six round trips of 20 ms";
    a.machine.send(now, channel, "there").value();
    network.drain();
    EXPECT_TRUE(network.run_for(1s, [&] { return b.heard == std::vector<std::string>{"there"}; }));
    EXPECT_EQ(a.machine.path().value().remote_address, b.address);
    EXPECT_EQ(b.machine.remote_fingerprints(), std::vector{a.machine.fingerprint()});

    // An hour of nothing but consent.
    EXPECT_FALSE(network.run_for(1h, [&] { return !is_connected(); }));
    a.machine.close(now);
    network.drain();
    EXPECT_TRUE(network.run_for(1s, [&] { return b.machine.state() == State::kClosed; }));
    EXPECT_FALSE(a.machine.poll_timeout().has_value());
    const auto is = [](State state) {
        return [state](const MachineEvent& event) {
            const auto* change = std::get_if<StateChanged>(&event);
            return change != nullptr && change->state == state;
        };
    };
    EXPECT_EQ(std::ranges::count_if(b.told, is(State::kConnected)), 1);
    EXPECT_EQ(std::ranges::count_if(b.told, is(State::kClosed)), 1);
    EXPECT_EQ(std::ranges::count_if(b.told, [](const auto& each) { return std::holds_alternative<Security>(each); }),
              1);
}

TEST(PeerMachineTest, RelaysAndNamesAreTheDrivers) {
    const Time now(1h);
    PeerMachine machine(now);
    machine.want_data();
    machine.make_offer(now).value();
    EXPECT_TRUE(machine.add_relay(now, TransportId(1), Address::parse("198.51.100.1:50000").value(),
                                  Address::parse("192.0.2.1:1234").value(),
                                  Address::parse("198.51.100.9:3478").value()));
    EXPECT_FALSE(machine.has_all_candidates());
    machine.finish_gathering(now);
    EXPECT_TRUE(machine.has_all_candidates());
    std::vector<std::string> lines;
    while (const auto event = machine.poll_event()) {
        if (const auto* candidate = std::get_if<Candidate>(&*event)) lines.push_back(candidate->line);
    }
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_NE(lines[0].find("198.51.100.1 50000 typ relay raddr 192.0.2.1 rport 1234"), std::string::npos) << lines[0];
    EXPECT_EQ(lines[1], "");

    PeerMachine other(now);
    other.want_data();
    other.take_offer(now, machine.local_description()).value();
    const std::string answer = other.make_answer(now).value();
    machine.take_answer(now, answer).value();
    EXPECT_TRUE(machine.add_remote_candidate(
        now, {.line = "candidate:1 1 udp 2122260223 0123-4567.local 5000 typ host", .mid = "0"}));
    std::vector<std::string> names;
    while (const auto event = machine.poll_event()) {
        if (const auto* name = std::get_if<NameToResolve>(&*event)) names.push_back(name->name);
    }
    EXPECT_EQ(names, std::vector<std::string>{"0123-4567.local"});
    machine.handle_resolved(now, names.at(0), Address::parse("192.0.2.77:0"));
    const auto check = machine.poll_transmit();
    ASSERT_TRUE(check.has_value()) << "a check is sent to it";
    EXPECT_EQ(check->via, TransportId(1));
    EXPECT_EQ(check->to, Address::parse("192.0.2.77:5000"));
}

TEST(PeerMachineTest, WhatCannotBeIsRefused) {
    EXPECT_THROW(PeerMachine(Time(1h), {.audio_delay = 11s}), std::invalid_argument);
    EXPECT_FALSE(Address::parse("192.0.2.1").has_value());
    EXPECT_EQ(Address::parse("[2001:db8::1]:80").value().to_string(), "[2001:db8::1]:80");
    EXPECT_EQ(Address::parse("192.0.2.1:80").value().to_string(), "192.0.2.1:80");
}

} // namespace
} // namespace visavis
