// Two connections and what lies between them, in time that only the test moves:
// delay, loss, and signaling that trickles. One seed gives one run.
#pragma once

#include "base/overloaded.h"
#include "dtls/link_for_test.h"
#include "peer/connection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vv::peer::test {

using namespace std::chrono_literals;

inline SocketAddress at(std::string_view text) {
    return SocketAddress::parse(text).value();
}

/// 20 ms of Opus, its number in the last bytes.
inline ByteBuffer sound(std::uint32_t number) {
    ByteBuffer packet{0x78}; // CELT, 20 ms, one frame (RFC 6716 §3.1)
    ByteWriter(packet).write_u32(number);
    packet.resize(80, 0xAB);
    return packet;
}
/// A picture of VP8 as far as RTP looks at one, its number behind the head.
inline ByteBuffer picture(std::uint32_t number, bool is_key, std::size_t size) {
    ByteBuffer bytes{static_cast<std::uint8_t>(is_key ? 0x10 : 0x11), 0, 0};
    if (is_key) bytes.insert(bytes.end(), {0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0x00}); // 320 by 240
    ByteWriter(bytes).write_u32(number);
    bytes.resize(std::max(bytes.size(), size), 0xCD);
    return bytes;
}

/// A connection with one socket, and what it has said so far.
struct End {
    End(std::uint64_t seed, std::string_view address, const dtls::Certificate& own, const Config& config)
        : rng(seed),
          socket(at(address)),
          connection(Instant(1000s), config, own, rng) {}

    SeededRng rng;
    SocketAddress socket;
    PeerConnection connection;
    bool trickles = true;
    std::vector<StateChanged> states;
    std::vector<ice::PathInfo> paths;
    std::vector<Secured> secured;
    std::vector<Candidate> candidates;
    std::vector<std::string> names;
    std::vector<ChannelOpened> opened;
    std::vector<ChannelId> closed;
    std::function<void(ChannelId)> on_closed; ///< called among the events
    std::vector<ChannelId> low;
    std::vector<ChannelsEnded> ended;
    std::vector<std::pair<ChannelId, std::string>> messages;
    std::vector<AudioFrame> audio;
    std::vector<VideoFrame> video;
    std::size_t keyframes_wanted = 0;

    [[nodiscard]] bool is(State state) const { return connection.state() == state; }
    [[nodiscard]] bool has_been(State state) const {
        return std::ranges::find(states, state, &StateChanged::state) != states.end();
    }
};

class Pair {
public:
    explicit Pair(std::uint64_t seed = 1, const Config& of_a = {}, const Config& of_b = {})
        : a(seed * 2 + 1, "192.0.2.1:5000", dtls::test::certificate(0), of_a),
          b(seed * 2 + 2, "192.0.2.2:6000", dtls::test::certificate(1), of_b),
          chance_(seed) {}

    End a;
    End b;
    Instant now{1000s};
    Duration delay = 10ms;
    Duration signaling_delay = 5ms;
    std::uint64_t loss_percent = 0;
    /// Sees every datagram, and may drop it (false) or change it.
    std::function<bool(const End& from, ByteBuffer&)> filter;
    std::size_t sent = 0;

    [[nodiscard]] End& other(const End& end) { return &end == &a ? b : a; }

    void add_sockets() {
        for (End* end : {&a, &b}) {
            EXPECT_TRUE(end->connection.add_host(now, {ice::TransportId(1), end->socket, {}}));
            end->connection.finish_gathering(now);
        }
        drain();
    }
    /// The whole round at once; candidates that come later trickle.
    void negotiate(End& offerer, IceRestart restart = IceRestart::kNo) {
        End& answerer = other(offerer);
        const auto offer = offerer.connection.make_offer(now, restart);
        ASSERT_TRUE(offer.has_value()) << offer.error().why;
        drain();
        const auto taken = answerer.connection.take_offer(now, *offer);
        ASSERT_TRUE(taken.has_value()) << taken.error().why;
        const auto answer = answerer.connection.make_answer(now);
        ASSERT_TRUE(answer.has_value()) << answer.error().why;
        drain();
        const auto done = offerer.connection.take_answer(now, *answer);
        ASSERT_TRUE(done.has_value()) << done.error().why;
        drain();
    }
    /// a has offered.
    [[nodiscard]] bool connect(Duration within = 30s) {
        add_sockets();
        negotiate(a);
        return run_for(within, [&] { return a.is(State::kConnected) && b.is(State::kConnected); });
    }

    /// What the ends want to send and say.
    void drain() {
        while (drain(a) || drain(b)) {
        }
    }
    bool step() {
        const auto time = next_time();
        if (!time) return false;
        now = std::max(now, *time);
        while (!flying_.empty() && flying_.begin()->first <= now) {
            auto task = std::move(flying_.begin()->second);
            flying_.erase(flying_.begin());
            task();
            drain();
        }
        for (End* end : {&a, &b}) {
            const auto due = end->connection.poll_timeout();
            if (due && *due <= now) end->connection.handle_timeout(now);
        }
        drain();
        return true;
    }
    /// False: the condition did not come to hold.
    bool run_for(Duration duration, const std::function<bool()>& until = [] { return false; }) {
        const Instant end = now + duration;
        while (!until()) {
            const auto time = next_time();
            if (!time || *time > end) {
                now = end;
                return until();
            }
            step();
        }
        return true;
    }
    void send(End& from, ice::Transmit transmit) {
        ++sent;
        if (filter && !filter(from, transmit.payload)) return;
        if (chance_.below(100) < loss_percent) return;
        End& to = other(from);
        if (transmit.route.remote != to.socket) return;
        flying_.emplace(now + delay, [this, &to, source = from.socket, payload = std::move(transmit.payload)] {
            to.connection.handle_input(now, {ice::TransportId(1), source}, payload);
        });
    }

private:
    [[nodiscard]] std::optional<Instant> next_time() const {
        std::optional<Instant> next;
        const auto consider = [&](std::optional<Instant> time) {
            if (time && (!next || *time < *next)) next = time;
        };
        if (!flying_.empty()) consider(flying_.begin()->first);
        consider(a.connection.poll_timeout());
        consider(b.connection.poll_timeout());
        return next;
    }
    bool drain(End& end) {
        bool any = false;
        while (true) {
            if (auto event = end.connection.poll_event()) {
                note(end, *event);
            } else if (auto transmit = end.connection.poll_transmit()) {
                send(end, std::move(*transmit));
            } else {
                return any;
            }
            any = true;
        }
    }
    void note(End& end, Event& event) {
        std::visit(
            Overloaded{
                [&](StateChanged& change) { end.states.push_back(change); },
                [&](Candidate& candidate) { trickle(end, candidate); },
                [&](NameToResolve& name) { end.names.push_back(name.name); },
                [&](PathChanged& change) { end.paths.push_back(change.path); },
                [&](Secured& secured) { end.secured.push_back(secured); },
                [&](ChannelOpened& opened) { end.opened.push_back(opened); },
                [&](ChannelMessage& message) { end.messages.emplace_back(message.id, as_text(message.payload)); },
                [&](ChannelBufferedLow& low) { end.low.push_back(low.id); },
                [&](ChannelClosed& closed) {
                    end.closed.push_back(closed.id);
                    if (end.on_closed) end.on_closed(closed.id);
                },
                [&](ChannelsEnded& ended) { end.ended.push_back(ended); },
                [&](AudioFrame& frame) { end.audio.push_back(std::move(frame)); },
                [&](VideoFrame& frame) { end.video.push_back(std::move(frame)); },
                [&](KeyframeWanted&) { ++end.keyframes_wanted; },
            },
            event);
    }
    void trickle(End& end, const Candidate& candidate) {
        end.candidates.push_back(candidate);
        if (!end.trickles) return;
        flying_.emplace(now + signaling_delay,
                        [this, &to = other(end), candidate] { to.connection.add_remote_candidate(now, candidate); });
    }

    SeededRng chance_;
    std::multimap<Instant, std::function<void()>> flying_;
};

/// Two that can be connected, with a channel that the first has opened.
class PairWithChannel : public testing::Test {
protected:
    void connect() {
        pair.a.connection.want_data();
        pair.b.connection.want_data();
        id = pair.a.connection.open_channel(pair.now, {.label = "chat"}).value();
        ASSERT_TRUE(pair.connect());
        ASSERT_TRUE(pair.run_for(1s, [&] { return pair.b.opened.size() == 1; }));
        at_b = pair.b.opened[0].id;
    }

    Pair pair;
    ChannelId id;   ///< by a's count
    ChannelId at_b; ///< by b's
};

} // namespace vv::peer::test
