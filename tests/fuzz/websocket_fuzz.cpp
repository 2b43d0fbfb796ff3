// The WebSocket reader: any bytes, cut anywhere, give the same messages and the same
// verdict; messages keep the limits, text is UTF-8, and nothing is held between them.
#include "base/assert.h"
#include "base/encoding.h"
#include "net/websocket_for_test.h"

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

void check(Opcode opcode, ByteView payload) {
    const auto kind = static_cast<std::uint8_t>(opcode);
    if (kind >= 0x8) {
        VV_ASSERT(payload.size() <= kControlPayloadMax);
        if (opcode == Opcode::kClose) {
            const auto close = parse_close(payload);
            VV_ASSERT(!close || is_valid_utf8(as_bytes(close->reason)));
        }
        return;
    }
    VV_ASSERT(opcode != Opcode::kContinuation);
    VV_ASSERT(payload.size() <= kMessageMax);
    VV_ASSERT(opcode != Opcode::kText || is_valid_utf8(payload));
}

WebSocketInput read(ByteView bytes, std::size_t piece, WebSocketRole role) {
    auto outcome = read_in_pieces(bytes, piece, role, kMessageMax);
    for (const auto& [opcode, payload] : outcome.messages)
        check(opcode, as_bytes(payload));
    VV_ASSERT(!outcome.failure || !outcome.failure->reason.empty());
    VV_ASSERT(outcome.all_taken);
    return outcome;
}

// What was read, written again, reads the same: and then nothing is left over.
void write_again(const WebSocketInput& outcome, WebSocketRole role) {
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
    const WebSocketInput whole = read(bytes, std::max<std::size_t>(1, bytes.size()), role);
    for (const std::size_t piece : {std::size_t{1}, uneven}) {
        const WebSocketInput other = read(bytes, piece, role);
        VV_ASSERT(whole.messages == other.messages);
        VV_ASSERT(whole.code() == other.code());
    }
    write_again(whole, role);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    run({data, size}, WebSocketRole::kServer);
    run({data, size}, WebSocketRole::kClient);
    return 0;
}
