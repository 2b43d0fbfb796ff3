#include "net/websocket_frame.h"

#include "base/encoding.h"

#include <algorithm>
#include <utility>

namespace vv::net {
namespace {

constexpr std::uint8_t kFinBit = 0x80;
constexpr std::uint8_t kReservedBits = 0x70;
constexpr std::uint8_t kMaskBit = 0x80;
constexpr std::size_t kHeaderMax = 14; // 2, 8 of length, 4 of mask
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;

bool is_control(Opcode opcode) {
    return (static_cast<std::uint8_t>(opcode) & 0x8U) != 0;
}

bool is_known(std::uint8_t opcode) {
    return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA);
}

Failure<WebSocketFailure> failure(CloseCode code, std::string_view reason) {
    return Failure<WebSocketFailure>({code, reason});
}

void apply_mask(std::span<std::uint8_t> bytes, const std::array<std::uint8_t, 4>& mask, std::size_t offset) {
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] ^= mask[(i + offset) % mask.size()];
}

std::size_t header_size(ByteView start) {
    std::size_t size = 2;
    if (start.size() < 2) return size;
    const std::uint8_t length = start[1] & 0x7FU;
    if (length == kLength16) size += 2;
    if (length == kLength64) size += 8;
    if ((start[1] & kMaskBit) != 0) size += 4;
    return size;
}

} // namespace

struct WebSocketReader::FrameHeader {
    Opcode opcode = Opcode::kText;
    bool fin = false;
    bool masked = false;
    bool minimal = true; // the length was written in its shortest form
    std::uint64_t length = 0;
    std::array<std::uint8_t, 4> mask{};
};

// What is kept while a header, a frame or a fragmented message is incomplete.
struct WebSocketReader::Partial {
    std::array<std::uint8_t, kHeaderMax> header{};
    std::uint8_t header_size = 0;
    bool in_frame = false;
    bool in_message = false; // a data message has begun and not ended
    bool message_delivered = false;
    bool control_delivered = false;
    Opcode message_opcode = Opcode::kText;
    Utf8Validator utf8;
    FrameHeader frame;
    std::uint64_t frame_received = 0;
    ByteBuffer message;
    ByteBuffer control;
};

WebSocketReader::WebSocketReader(WebSocketRole role, std::uint32_t message_max)
    : message_max_(message_max),
      role_(role) {}
WebSocketReader::WebSocketReader(WebSocketReader&&) noexcept = default;
WebSocketReader& WebSocketReader::operator=(WebSocketReader&&) noexcept = default;
WebSocketReader::~WebSocketReader() = default;

bool WebSocketReader::in_message() const {
    return partial_ != nullptr && partial_->in_message;
}

Result<std::optional<WebSocketMessage>, WebSocketFailure>
WebSocketReader::poll_message(std::span<std::uint8_t>& input) {
    release_delivered();
    while (!input.empty()) {
        if (partial_ == nullptr || !partial_->in_frame) {
            const auto header = read_header(input);
            if (!header) return Failure(header.error());
            const std::optional<FrameHeader>& whole = *header;
            if (!whole) return std::nullopt;
            const FrameHeader& frame = *whole;
            ++frames_;
            if (const auto refused = check_header(frame)) return Failure(*refused);
            // The common case holds nothing: the frame is here in full and is a message by itself.
            if (auto message = read_whole_frame(frame, input)) {
                if (message->opcode == Opcode::kText && !is_valid_utf8(message->payload)) {
                    return failure(CloseCode::kInvalidPayload, "the text is not UTF-8");
                }
                return message;
            }
            begin_frame(frame);
        }
        auto message = read_payload(input);
        if (!message || *message) return message;
    }
    return std::nullopt;
}

Result<std::optional<WebSocketReader::FrameHeader>, WebSocketFailure>
WebSocketReader::read_header(std::span<std::uint8_t>& input) {
    const std::uint8_t held = partial_ == nullptr ? 0 : partial_->header_size;
    std::array<std::uint8_t, kHeaderMax> bytes{};
    if (held > 0) std::copy_n(partial_->header.begin(), held, bytes.begin());
    std::size_t size = held;
    while (size < header_size(ByteView(bytes).first(size))) {
        if (input.empty()) {
            partial().header = bytes;
            partial().header_size = static_cast<std::uint8_t>(size);
            return std::nullopt;
        }
        bytes[size++] = input.front();
        input = input.subspan(1);
    }
    if (partial_ != nullptr) partial_->header_size = 0;

    if ((bytes[0] & kReservedBits) != 0) return failure(CloseCode::kProtocolError, "a reserved bit is set");
    if (!is_known(bytes[0] & 0x0FU)) return failure(CloseCode::kProtocolError, "the opcode is unknown");
    FrameHeader frame;
    frame.fin = (bytes[0] & kFinBit) != 0;
    frame.opcode = static_cast<Opcode>(bytes[0] & 0x0FU);
    frame.masked = (bytes[1] & kMaskBit) != 0;
    ByteReader reader(ByteView(bytes).subspan(2));
    frame.length = bytes[1] & 0x7FU;
    if (frame.length == kLength16) {
        frame.length = reader.read_u16().value_or(0); // header_size() says they are there
        frame.minimal = frame.length >= kLength16;
    } else if (frame.length == kLength64) {
        frame.length = reader.read_u64().value_or(0);
        frame.minimal = frame.length > 0xFFFF;
    }
    if (frame.masked) std::ranges::copy(reader.read_slice(frame.mask.size()).value_or(ByteView()), frame.mask.begin());
    return frame;
}

std::optional<WebSocketFailure> WebSocketReader::check_header(const FrameHeader& frame) const {
    const auto refuse = [](std::string_view reason) { return WebSocketFailure{CloseCode::kProtocolError, reason}; };
    if (frame.masked != (role_ == WebSocketRole::kServer)) {
        return refuse(frame.masked ? "a server's frame must not be masked" : "a client's frame must be masked");
    }
    if (!frame.minimal) return refuse("the length is not in its shortest form");
    if ((frame.length >> 63U) != 0) return refuse("the length's first bit is set");
    if (is_control(frame.opcode)) {
        if (!frame.fin) return refuse("a control frame is fragmented");
        if (frame.length > kControlPayloadMax) return refuse("a control frame is longer than 125 bytes");
        return std::nullopt;
    }
    if (frame.opcode == Opcode::kContinuation && !in_message()) return refuse("nothing is there to continue");
    if (frame.opcode != Opcode::kContinuation && in_message()) return refuse("a message began inside another");
    const std::uint64_t before = in_message() ? partial_->message.size() : 0;
    if (frame.length > message_max_ - before) {
        return WebSocketFailure{CloseCode::kMessageTooBig, "the message is too long"};
    }
    return std::nullopt;
}

std::optional<WebSocketMessage> WebSocketReader::read_whole_frame(const FrameHeader& frame,
                                                                  std::span<std::uint8_t>& input) {
    const bool alone = is_control(frame.opcode) || (frame.fin && frame.opcode != Opcode::kContinuation);
    if (!alone || frame.length > input.size()) return std::nullopt;
    const auto payload = input.first(static_cast<std::size_t>(frame.length));
    input = input.subspan(payload.size());
    if (frame.masked) apply_mask(payload, frame.mask, 0);
    // The header may have come in pieces; then there is a partial with nothing left in it.
    if (!in_message()) partial_.reset();
    return WebSocketMessage{frame.opcode, payload};
}

void WebSocketReader::begin_frame(const FrameHeader& frame) {
    Partial& state = partial();
    state.frame = frame;
    state.frame_received = 0;
    state.in_frame = true;
    if (!is_control(frame.opcode) && frame.opcode != Opcode::kContinuation) {
        state.in_message = true;
        state.message_opcode = frame.opcode;
        state.utf8 = {};
    }
}

Result<std::optional<WebSocketMessage>, WebSocketFailure>
WebSocketReader::read_payload(std::span<std::uint8_t>& input) {
    Partial& state = *partial_;
    const std::uint64_t missing = state.frame.length - state.frame_received;
    const auto chunk = input.first(static_cast<std::size_t>(std::min<std::uint64_t>(missing, input.size())));
    input = input.subspan(chunk.size());
    if (state.frame.masked) apply_mask(chunk, state.frame.mask, static_cast<std::size_t>(state.frame_received));
    state.frame_received += chunk.size();
    if (is_control(state.frame.opcode)) {
        state.control.insert(state.control.end(), chunk.begin(), chunk.end());
    } else {
        if (state.message_opcode == Opcode::kText && !state.utf8.accept(chunk)) {
            return failure(CloseCode::kInvalidPayload, "the text is not UTF-8");
        }
        state.message.insert(state.message.end(), chunk.begin(), chunk.end());
    }
    if (state.frame_received < state.frame.length) return std::nullopt;
    return finish_frame();
}

Result<std::optional<WebSocketMessage>, WebSocketFailure> WebSocketReader::finish_frame() {
    Partial& state = *partial_;
    state.in_frame = false;
    if (is_control(state.frame.opcode)) {
        state.control_delivered = true;
        return WebSocketMessage{state.frame.opcode, state.control};
    }
    if (!state.frame.fin) return std::nullopt;
    if (state.message_opcode == Opcode::kText && !state.utf8.is_complete()) {
        return failure(CloseCode::kInvalidPayload, "the text ends inside a character");
    }
    state.in_message = false;
    state.message_delivered = true;
    return WebSocketMessage{state.message_opcode, state.message};
}

void WebSocketReader::release_delivered() {
    if (partial_ == nullptr) return;
    if (partial_->message_delivered) partial_->message = {};
    if (partial_->control_delivered) partial_->control = {};
    partial_->message_delivered = false;
    partial_->control_delivered = false;
    if (!partial_->in_frame && !partial_->in_message && partial_->header_size == 0) partial_.reset();
}

WebSocketReader::Partial& WebSocketReader::partial() {
    if (partial_ == nullptr) partial_ = std::make_unique<Partial>();
    return *partial_;
}

namespace {

void write_header(ByteBuffer& out, Opcode opcode, std::size_t length, std::uint8_t mask_bit) {
    ByteWriter writer(out);
    writer.write_u8(static_cast<std::uint8_t>(kFinBit | static_cast<std::uint8_t>(opcode)));
    if (length < kLength16) {
        writer.write_u8(static_cast<std::uint8_t>(mask_bit | length));
    } else if (length <= 0xFFFF) {
        writer.write_u8(mask_bit | kLength16);
        writer.write_u16(static_cast<std::uint16_t>(length));
    } else {
        writer.write_u8(mask_bit | kLength64);
        writer.write_u64(length);
    }
}

// RFC 6455 §7.4: 1004, 1005, 1006 and 1015 are reserved and never sent; 3000 to 4999 are for applications.
bool may_be_received(std::uint16_t code) {
    if (code >= 3000 && code <= 4999) return true;
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

} // namespace

void write_frame(ByteBuffer& out, Opcode opcode, ByteView payload) {
    write_header(out, opcode, payload.size(), 0);
    ByteWriter(out).write(payload);
}

void write_masked_frame(ByteBuffer& out, Opcode opcode, ByteView payload, const std::array<std::uint8_t, 4>& mask) {
    write_header(out, opcode, payload.size(), kMaskBit);
    ByteWriter(out).write(mask);
    const std::size_t start = out.size();
    ByteWriter(out).write(payload);
    apply_mask(std::span(out).subspan(start), mask, 0);
}

ByteBuffer close_payload(CloseCode code, std::string_view reason) {
    ByteBuffer out;
    std::size_t size = std::min(reason.size(), kControlPayloadMax - 2);
    while (size > 0 && size < reason.size() && (static_cast<std::uint8_t>(reason[size]) & 0xC0U) == 0x80U)
        --size;
    ByteWriter writer(out);
    writer.write_u16(static_cast<std::uint16_t>(code));
    writer.write(as_bytes(reason.substr(0, size)));
    return out;
}

Result<ReceivedClose, WebSocketFailure> parse_close(ByteView payload) {
    if (payload.empty()) return ReceivedClose{};
    ByteReader reader(payload);
    const auto code = reader.read_u16();
    if (!code) return failure(CloseCode::kProtocolError, "a close frame of one byte");
    if (!may_be_received(*code)) return failure(CloseCode::kProtocolError, "the close code must not be sent");
    const ByteView reason = payload.subspan(2);
    if (!is_valid_utf8(reason)) return failure(CloseCode::kInvalidPayload, "the close reason is not UTF-8");
    return ReceivedClose{code, as_text(reason)};
}

} // namespace vv::net
