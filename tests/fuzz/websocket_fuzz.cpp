// The WebSocket reader: any bytes, cut anywhere, give the same messages and the same
// verdict; messages keep the limits, text is UTF-8, and nothing is held between them.
#include "base/assert.h"
#include "base/encoding.h"
#include "net/websocket_frame.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace vv;
using namespace vv::net;

constexpr std::uint32_t kMessageMax = 300;

struct Outcome {
    std::vector<std::pair<Opcode, std::string>> messages;
    std::optional<CloseCode> failure;
};

void check(const WebSocketMessage& message) {
    const auto kind = static_cast<std::uint8_t>(message.opcode);
    if (kind >= 0x8) {
        VV_ASSERT(message.payload.size() <= kControlPayloadMax);
        if (message.opcode == Opcode::kClose) {
            const auto close = parse_close(message.payload);
            VV_ASSERT(!close || is_valid_utf8(as_bytes(close->reason)));
        }
        return;
    }
    VV_ASSERT(message.opcode != Opcode::kContinuation);
    VV_ASSERT(message.payload.size() <= kMessageMax);
    VV_ASSERT(message.opcode != Opcode::kText || is_valid_utf8(message.payload));
}

Outcome read(ByteView bytes, std::size_t piece, WebSocketRole role) {
    WebSocketReader reader(role, kMessageMax);
    Outcome outcome;
    while (!bytes.empty()) {
        ByteBuffer scratch(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(piece, bytes.size())));
        bytes = bytes.subspan(scratch.size());
        std::span<std::uint8_t> input(scratch);
        while (true) {
            const auto message = reader.poll_message(input);
            if (!message) {
                outcome.failure = message.error().code;
                VV_ASSERT(!message.error().reason.empty());
                return outcome;
            }
            if (!*message) break;
            check(**message);
            outcome.messages.emplace_back((*message)->opcode, std::string(as_text((*message)->payload)));
        }
        VV_ASSERT(input.empty());
    }
    return outcome;
}

// What was read, written again, reads the same: and then nothing is left over.
void write_again(const Outcome& outcome, WebSocketRole role) {
    ByteBuffer bytes;
    for (const auto& [opcode, payload] : outcome.messages) {
        if (role == WebSocketRole::kServer) {
            write_masked_frame(bytes, opcode, as_bytes(payload), {0xA5, 0x00, 0xFF, 0x3C});
        } else {
            write_frame(bytes, opcode, as_bytes(payload));
        }
    }
    WebSocketReader reader(role, kMessageMax);
    std::span<std::uint8_t> input(bytes);
    for (const auto& [opcode, payload] : outcome.messages) {
        const auto message = reader.poll_message(input);
        VV_ASSERT(message && *message && (*message)->opcode == opcode && as_text((*message)->payload) == payload);
    }
    const auto nothing = reader.poll_message(input);
    VV_ASSERT(nothing && !*nothing && reader.is_idle());
}

void run(ByteView bytes, WebSocketRole role) {
    const std::size_t uneven = bytes.empty() ? 1 : 2 + bytes[0] % 29U;
    const Outcome whole = read(bytes, std::max<std::size_t>(1, bytes.size()), role);
    for (const std::size_t piece : {std::size_t{1}, uneven}) {
        const Outcome other = read(bytes, piece, role);
        VV_ASSERT(whole.messages == other.messages);
        VV_ASSERT(whole.failure == other.failure);
    }
    write_again(whole, role);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    run({data, size}, WebSocketRole::kServer);
    run({data, size}, WebSocketRole::kClient);
    return 0;
}
