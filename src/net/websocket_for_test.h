// The WebSocket reader fed piece by piece, for its tests and its fuzzer.
#pragma once

#include "net/websocket_frame.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vv::net {

struct WebSocketInput {
    std::vector<std::pair<Opcode, std::string>> messages;
    std::optional<WebSocketFailure> failure;
    bool idle = false; // nothing is held at the end
    bool all_taken = true;

    [[nodiscard]] std::optional<CloseCode> code() const {
        return failure ? std::optional(failure->code) : std::nullopt;
    }
};

/// Gives the reader the bytes in pieces of this size, through a buffer that dies each time.
inline WebSocketInput read_in_pieces(ByteView bytes, std::size_t piece, WebSocketRole role, std::uint32_t message_max) {
    WebSocketReader reader(role, message_max);
    WebSocketInput seen;
    while (!bytes.empty()) {
        ByteBuffer scratch(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(piece, bytes.size())));
        bytes = bytes.subspan(scratch.size());
        std::span<std::uint8_t> input(scratch);
        while (true) {
            const auto message = reader.poll_message(input);
            if (!message) {
                seen.failure = message.error();
                return seen;
            }
            if (!*message) break;
            seen.messages.emplace_back((*message)->opcode, std::string(as_text((*message)->payload)));
        }
        seen.all_taken = seen.all_taken && input.empty();
    }
    seen.idle = reader.is_idle();
    return seen;
}

} // namespace vv::net
