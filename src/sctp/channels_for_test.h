// Data channels as ends of a test path, with what they have said.
#pragma once

#include "sctp/association_for_test.h"
#include "sctp/data_channels.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace vv::sctp::test {

struct ChannelsEnd {
    ChannelsEnd(std::uint64_t seed, DtlsRole role, const AssociationConfig& config = {})
        : rng(seed),
          machine(config, role, rng) {}

    void handle_input(Instant now, ByteView packet) { machine.handle_input(now, packet); }
    void handle_timeout(Instant now) { machine.handle_timeout(now); }
    std::optional<ByteBuffer> poll_transmit() { return machine.poll_transmit(); }
    [[nodiscard]] std::optional<Instant> poll_timeout() const { return machine.poll_timeout(); }
    void drain(Instant /*now*/) {
        while (auto event = machine.poll_event())
            events.push_back(std::move(*event));
    }

    template <typename Event>
    [[nodiscard]] std::vector<Event> all() const {
        std::vector<Event> found;
        for (const ChannelsEvent& event : events) {
            if (const auto* const one = std::get_if<Event>(&event)) found.push_back(*one);
        }
        return found;
    }
    template <typename Event>
    [[nodiscard]] std::size_t count() const {
        return all<Event>().size();
    }
    [[nodiscard]] std::vector<std::string> texts() const {
        std::vector<std::string> found;
        for (const auto& message : all<ChannelMessageEvent>())
            found.emplace_back(as_text(message.payload));
        return found;
    }

    SeededRng rng;
    DataChannels machine;
    std::vector<ChannelsEvent> events;
};

/// client: the DTLS client, which opens even channels.
struct ChannelsPair {
    explicit ChannelsPair(const LinkOptions& options = {}, std::uint64_t seed = 1,
                          const AssociationConfig& server_config = {})
        : client(seed * 1000, DtlsRole::kClient),
          server(seed * 1000 + 1, DtlsRole::kServer, server_config),
          path(client, server, options, seed) {}

    void connect() {
        client.machine.connect(path.now);
        server.machine.connect(path.now);
        ASSERT_TRUE(path.run_until(
            [&] { return client.count<ChannelsReadyEvent>() == 1 && server.count<ChannelsReadyEvent>() == 1; }));
    }
    /// One that both ends have.
    ChannelId open(const ChannelOptions& options = {}) {
        const auto id = client.machine.open(path.now, options);
        EXPECT_TRUE(id);
        const auto opened = client.count<ChannelOpenedEvent>();
        EXPECT_TRUE(path.run_until([&] { return client.count<ChannelOpenedEvent>() == opened + 1; }));
        return id.value_or(ChannelId(0xFFFF));
    }

    ChannelsEnd client;
    ChannelsEnd server;
    TestPath<ChannelsEnd, ChannelsEnd> path;
};

} // namespace vv::sctp::test
