#include "sim/message_stream.h"

#include "base/assert.h"

namespace vv::sim {
namespace {

// Kind, code, and how long the text is.
constexpr std::size_t kHeaderSize = 1 + 2 + 4;

} // namespace

ByteBuffer write_stream_message(const StreamMessage& message) {
    ByteBuffer out;
    ByteWriter writer(out);
    writer.write_u8(static_cast<std::uint8_t>(message.kind));
    writer.write_u16(message.code);
    writer.write_u32(static_cast<std::uint32_t>(message.text.size()));
    writer.write(as_bytes(message.text));
    return out;
}

std::optional<StreamMessage> MessageReader::poll() {
    if (waiting_.size() < kHeaderSize) return std::nullopt;
    ByteReader reader(waiting_);
    StreamMessage message;
    message.kind = static_cast<StreamMessage::Kind>(reader.read_u8().value_or(0));
    message.code = reader.read_u16().value_or(0);
    const std::size_t size = reader.read_u32().value_or(0);
    VV_ASSERT(message.kind == StreamMessage::Kind::kText ||
              (message.kind >= StreamMessage::Kind::kClose && message.kind <= StreamMessage::Kind::kPong));
    if (waiting_.size() - kHeaderSize < size) return std::nullopt;
    message.text = as_text(ByteView(waiting_).subspan(kHeaderSize, size));
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(kHeaderSize + size));
    return message;
}

} // namespace vv::sim
