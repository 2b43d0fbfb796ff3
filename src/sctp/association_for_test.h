// Associations as ends of a test path, with what they have said.
#pragma once

#include "sctp/association.h"
#include "sctp/link_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vv::sctp::test {

using namespace std::chrono_literals;

/// Recognizable, and different at each place.
inline ByteBuffer pattern(std::size_t size, std::uint64_t seed = 1) {
    ByteBuffer bytes(size);
    SeededRng rng(seed);
    rng.fill(bytes);
    return bytes;
}

struct TestEnd {
    explicit TestEnd(std::uint64_t seed, const AssociationConfig& config = {}) : rng(seed), machine(config, rng) {}

    void handle_input(Instant now, ByteView packet) { machine.handle_input(now, packet); }
    void handle_timeout(Instant now) { machine.handle_timeout(now); }
    std::optional<ByteBuffer> poll_transmit() { return machine.poll_transmit(); }
    [[nodiscard]] std::optional<Instant> poll_timeout() const { return machine.poll_timeout(); }
    void drain(Instant /*now*/) {
        if (is_asleep) return;
        while (auto event = machine.poll_event()) {
            if (auto* const message = std::get_if<ReceivedMessage>(&*event)) {
                received_bytes += message->payload.size();
                messages.push_back(std::move(*message));
            } else {
                events.push_back(std::move(*event));
            }
        }
    }

    template <typename Event>
    [[nodiscard]] std::vector<Event> all() const {
        std::vector<Event> found;
        for (const AssociationEvent& event : events) {
            if (const auto* const one = std::get_if<Event>(&event)) found.push_back(*one);
        }
        return found;
    }
    [[nodiscard]] bool is_connected() const { return !all<ConnectedEvent>().empty(); }
    [[nodiscard]] std::optional<EndReason> end_reason() const {
        const auto ended = all<EndedEvent>();
        return ended.empty() ? std::nullopt : std::optional(ended.back().reason);
    }
    [[nodiscard]] std::vector<std::string> texts() const {
        std::vector<std::string> found;
        for (const ReceivedMessage& message : messages)
            found.emplace_back(as_text(message.payload));
        return found;
    }

    SeededRng rng;
    Association machine;
    bool is_asleep = false; ///< fetches nothing
    std::size_t received_bytes = 0;
    std::vector<ReceivedMessage> messages;
    std::vector<AssociationEvent> events; ///< the others
};

inline Message text_message(std::string_view text, std::uint16_t stream = 0) {
    return {.stream = StreamId(stream), .ppid = Ppid::kString, .payload = as_bytes(text)};
}

/// Two associations and what is between them.
struct TestPair {
    explicit TestPair(const LinkOptions& options = {}, std::uint64_t seed = 1, const AssociationConfig& config = {})
        : left(seed * 1000, config),
          right(seed * 1000 + 1, config),
          path(left, right, options, seed) {}

    void connect() {
        left.machine.connect(path.now);
        ASSERT_TRUE(path.run_until([&] { return left.is_connected() && right.is_connected(); }));
    }
    [[nodiscard]] Result<void, SendError> send(TestEnd& end, const Message& message) {
        return end.machine.send(path.now, message);
    }

    TestEnd left;
    TestEnd right;
    TestPath<TestEnd, TestEnd> path;
};

} // namespace vv::sctp::test
