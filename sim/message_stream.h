// Texts on a simulated stream, and the code with which one end closes it: what
// WebSocket (RFC 6455) is to signaling in production, without its handshake and
// masks.
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vv::sim {

struct StreamMessage {
    /// As RFC 6455 §5.2 numbers them.
    enum class Kind : std::uint8_t { kText = 1, kClose = 8, kPing = 9, kPong = 10 };

    Kind kind = Kind::kText;
    std::uint16_t code = 0; ///< of kClose
    std::string text{};     ///< of kText
};

[[nodiscard]] ByteBuffer write_stream_message(const StreamMessage& message);
[[nodiscard]] inline ByteBuffer write_stream_text(std::string_view text) {
    return write_stream_message({.text = std::string(text)});
}

class MessageReader {
public:
    void append(ByteView bytes) { waiting_.insert(waiting_.end(), bytes.begin(), bytes.end()); }
    /// The next whole one. Both ends are of this world: what is none ends the program.
    [[nodiscard]] std::optional<StreamMessage> poll();

private:
    ByteBuffer waiting_;
};

} // namespace vv::sim
