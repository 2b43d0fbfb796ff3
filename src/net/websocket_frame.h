// WebSocket messages in and out of bytes (RFC 6455 §5): no extensions, no I/O.
// The reader's state is temporary: between messages it holds nothing but a null
// pointer, so an idle connection costs a few bytes.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "net/utf8_validator.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace vv::net {

enum class Opcode : std::uint8_t {
    kContinuation = 0x0,
    kText = 0x1,
    kBinary = 0x2,
    kClose = 0x8,
    kPing = 0x9,
    kPong = 0xA,
};

/// RFC 6455 §7.4.1 and the IANA registry; the ones this server sends.
enum class CloseCode : std::uint16_t {
    kNormal = 1000,
    kGoingAway = 1001,
    kProtocolError = 1002,
    kUnsupportedData = 1003,
    kInvalidPayload = 1007,
    kPolicyViolation = 1008,
    kMessageTooBig = 1009,
    kInternalError = 1011,
    kServiceRestart = 1012,
    kTryAgainLater = 1013,
};

/// A whole text or binary message (fragments joined), or one control frame. The payload
/// is unmasked and lives until the next call of the reader.
struct WebSocketMessage {
    Opcode opcode = Opcode::kText;
    ByteView payload;
};

/// Why the connection must be closed: the code for the close frame and a reason a person can read.
struct WebSocketFailure {
    CloseCode code = CloseCode::kProtocolError;
    std::string_view reason;
};

/// Whose frames are read: a server's reader requires masks, a client's refuses them (RFC 6455 §5.1).
enum class WebSocketRole : std::uint8_t { kServer, kClient };

inline constexpr std::size_t kWebSocketMessageMax = std::size_t{32} * 1024;
/// RFC 6455 §5.5.
inline constexpr std::size_t kControlPayloadMax = 125;

class WebSocketReader {
public:
    explicit WebSocketReader(WebSocketRole role, std::uint32_t message_max = kWebSocketMessageMax);
    WebSocketReader(WebSocketReader&&) noexcept;
    WebSocketReader& operator=(WebSocketReader&&) noexcept;
    WebSocketReader(const WebSocketReader&) = delete;
    WebSocketReader& operator=(const WebSocketReader&) = delete;
    ~WebSocketReader();

    /// Takes bytes from the front of the input (unmasking them in place) until a message is
    /// whole or the input is empty. Call again until it returns nothing; that last call also
    /// frees what a finished message held. After a failure the reader must not be used again.
    [[nodiscard]] Result<std::optional<WebSocketMessage>, WebSocketFailure>
    poll_message(std::span<std::uint8_t>& input);
    /// True between messages: nothing is held.
    [[nodiscard]] bool is_idle() const { return partial_ == nullptr; }
    /// True while a text or binary message has begun and not ended.
    [[nodiscard]] bool in_message() const;
    /// Frames begun so far, fragments and control frames included; begins again at 0 after 65,535.
    [[nodiscard]] std::uint16_t frames() const { return frames_; }

private:
    struct FrameHeader;
    struct Partial;

    Result<std::optional<FrameHeader>, WebSocketFailure> read_header(std::span<std::uint8_t>& input);
    [[nodiscard]] std::optional<WebSocketFailure> check_header(const FrameHeader& frame) const;
    void begin_frame(const FrameHeader& frame);
    Result<std::optional<WebSocketMessage>, WebSocketFailure> read_payload(std::span<std::uint8_t>& input);
    Result<std::optional<WebSocketMessage>, WebSocketFailure> finish_frame();
    std::optional<WebSocketMessage> read_whole_frame(const FrameHeader& frame, std::span<std::uint8_t>& input);
    void release_delivered();
    Partial& partial();

    std::unique_ptr<Partial> partial_;
    std::uint32_t message_max_;
    std::uint16_t frames_ = 0;
    WebSocketRole role_;
};

/// Appends one unfragmented frame, unmasked as a server sends it.
void write_frame(ByteBuffer& out, Opcode opcode, ByteView payload);
/// The same as a client sends it.
void write_masked_frame(ByteBuffer& out, Opcode opcode, ByteView payload, const std::array<std::uint8_t, 4>& mask);
/// The payload of a close frame; the reason is cut at a character's end to fit kControlPayloadMax.
[[nodiscard]] ByteBuffer close_payload(CloseCode code, std::string_view reason);

struct ReceivedClose {
    /// None if the frame was empty (RFC 6455 §7.1.5: 1005, never on the wire).
    std::optional<std::uint16_t> code;
    std::string_view reason;
};
/// Refuses a lone byte, a code that must not be sent (§7.4), and a reason that is not UTF-8.
[[nodiscard]] Result<ReceivedClose, WebSocketFailure> parse_close(ByteView payload);

} // namespace vv::net
