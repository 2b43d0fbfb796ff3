// A TURN client and the real server in one process, with a line between them
// that a test can cut, and one clock.
#pragma once

#include "turn/client.h"
#include "turn/test_relay.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::turn::test {

inline ClientConfig client_config(Transport transport = Transport::kUdp) {
    const RestCredential credential = call_credential("bGVn", std::chrono::hours(24));
    ClientConfig config;
    config.local = at("12.0.0.1:1000");
    config.server = at("11.0.0.1:3478");
    config.transport = transport;
    config.username = credential.username;
    config.password = crypto::SecretBytes(credential.password);
    return config;
}

class ClientLink {
public:
    explicit ClientLink(ClientConfig config = client_config(), ServerConfig server = test_config())
        : config_(std::move(config)),
          relay(std::make_unique<TestRelay>(std::move(server))),
          client(std::make_unique<Client>(config_, rng_)) {}

private:
    ClientConfig config_;
    SeededRng rng_{5};
    SeededRng chance_{6};

public:
    std::unique_ptr<TestRelay> relay;
    std::unique_ptr<Client> client;
    Instant now{std::chrono::hours(1)};
    /// Of each direction.
    std::uint64_t loss_percent = 0;
    bool is_cut = false;
    /// Bytes of a stream that come at once.
    std::size_t piece_size = 7;
    /// Sees each packet to the server, and may answer in its place.
    std::function<std::optional<ByteBuffer>(ByteView)> in_between;
    /// Sees each answer, and may change it.
    std::function<void(ByteBuffer&)> on_the_way_back;
    std::vector<ByteBuffer> sent;
    std::vector<ClientEvent> events;
    std::vector<std::pair<SocketAddress, std::string>> heard;

    [[nodiscard]] FiveTuple path() const { return {config_.server, ClientAddress(config_.local), config_.transport}; }

    void start() {
        client->start(now);
        exchange();
    }
    /// Another part of the line's luck.
    void skip_luck(std::uint64_t draws) {
        for (std::uint64_t i = 0; i < draws; ++i)
            (void)chance_.below(100);
    }
    /// Everything that can happen now.
    void exchange() {
        while (auto out = client->poll_transmit()) {
            sent.push_back(out->payload);
            if (is_lost()) continue;
            carry(out->payload);
        }
        while (auto event = client->poll_event())
            events.push_back(std::move(*event));
    }
    void carry(ByteView bytes) {
        relay->now = now;
        relay->wall = kStart + std::chrono::floor<WallClock::duration>(now - Instant(std::chrono::hours(1)));
        if (in_between) {
            if (const auto answer = in_between(bytes)) return deliver(*answer);
        }
        relay->to_clients.clear();
        const auto answer = relay->client_sends(path(), bytes);
        if (answer) deliver(answer->bytes());
        deliver_from_peers();
    }
    void deliver(ByteBuffer bytes) {
        if (on_the_way_back) on_the_way_back(bytes);
        if (is_lost()) return;
        for (std::size_t begin = 0; begin < bytes.size();) {
            const bool whole = config_.transport == Transport::kUdp;
            const std::size_t size = whole ? bytes.size() : std::min(piece_size, bytes.size() - begin);
            ByteView piece = ByteView(bytes).subspan(begin, size);
            begin += size;
            while (!piece.empty()) {
                if (const auto data = client->handle_input(now, piece)) {
                    heard.emplace_back(data->peer.value(), std::string(as_text(data->payload)));
                }
            }
        }
    }
    void deliver_from_peers() {
        for (const ToClient& in : std::exchange(relay->to_clients, {}))
            deliver(in.datagram);
    }
    void peer_sends(const SocketAddress& peer, std::string_view text) {
        relay->now = now;
        const SocketAddress& relayed = client->relayed().at(0);
        relay->peer_sends({relayed.ip.family(), RelayPort(relayed.port)}, peer, as_bytes(text));
        deliver_from_peers();
        exchange();
    }
    /// Stops at each deadline on the way.
    void run_for(Duration duration) {
        const Instant end = now + duration;
        while (true) {
            exchange();
            const auto due = client->poll_timeout();
            if (!due || *due > end) break;
            now = std::max(now, *due);
            client->handle_timeout(now);
        }
        now = end;
        relay->advance(end - relay->now);
        exchange();
    }

    template <typename Event>
    [[nodiscard]] std::vector<Event> all() const {
        std::vector<Event> found;
        for (const ClientEvent& event : events) {
            if (const auto* one = std::get_if<Event>(&event)) found.push_back(*one);
        }
        return found;
    }
    /// Why it ended; asserts that it did, once.
    [[nodiscard]] Ended ended() const {
        const auto found = all<Ended>();
        EXPECT_EQ(found.size(), 1U);
        return found.empty() ? Ended{} : found.front();
    }

private:
    bool is_lost() { return is_cut || chance_.below(100) < loss_percent; }
};

} // namespace vv::turn::test
