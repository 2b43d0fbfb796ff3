#include "sctp/dcep.h"

#include "base/assert.h"

namespace vv::sctp {
namespace {

constexpr std::uint8_t kAckType = 0x02;
constexpr std::uint8_t kOpenType = 0x03;
// RFC 8832 §5.1: channel types.
constexpr unsigned kUnorderedBit = 0x80;
constexpr unsigned kReliable = 0x00;
constexpr unsigned kLimitedRetransmissions = 0x01;
constexpr unsigned kLimitedLifetime = 0x02;

/// RFC 8832 gives the limit 32 bits; interfaces have 16.
constexpr std::uint32_t kReliabilityMax = 65'535;

Failure<DcepError> failed(DcepError error) {
    return Failure<DcepError>(error);
}

// A limit that is no limit to us: RFC 8832 lets it be larger than anybody can ask for.
bool note_reliability(unsigned type, std::uint32_t value, ChannelOptions& options) {
    options.is_ordered = (type & kUnorderedBit) == 0;
    switch (type & ~kUnorderedBit) {
    case kReliable:
        return true; // the value is to be ignored
    case kLimitedRetransmissions:
        options.retransmissions_max = static_cast<std::uint16_t>(value);
        return value <= kReliabilityMax;
    default:
        options.lifetime_max = std::chrono::milliseconds(value);
        return value <= kReliabilityMax;
    }
}

Result<DcepMessage, DcepError> parse_open(ByteReader reader) {
    const auto type = reader.read_u8();
    const auto priority = reader.read_u16();
    const auto reliability = reader.read_u32();
    const auto label_size = reader.read_u16();
    const auto protocol_size = reader.read_u16();
    if (!type || !priority || !reliability || !label_size || !protocol_size) return failed(DcepError::kMalformed);
    if ((*type & ~kUnorderedBit) > kLimitedLifetime) return failed(DcepError::kUnknownType);
    const auto label = reader.read_slice(*label_size);
    const auto protocol = reader.read_slice(*protocol_size);
    if (!label || !protocol || !reader.at_end()) return failed(DcepError::kMalformed);
    if (*label_size > kLabelSizeMax || *protocol_size > kLabelSizeMax) return failed(DcepError::kTooLong);
    ChannelOpen open;
    open.options.label = as_text(*label);
    open.options.protocol = as_text(*protocol);
    open.options.priority = *priority;
    if (!note_reliability(*type, *reliability, open.options)) return failed(DcepError::kBadReliability);
    return open;
}

} // namespace

Result<DcepMessage, DcepError> parse_dcep(ByteView message) {
    ByteReader reader(message);
    const auto type = reader.read_u8();
    if (!type) return failed(DcepError::kMalformed);
    // An ACK is one byte; what may one day stand behind it is not for us.
    if (*type == kAckType) return ChannelAck{};
    if (*type == kOpenType) return parse_open(reader);
    return failed(DcepError::kUnknownType);
}

ByteBuffer write_channel_open(const ChannelOptions& options) {
    VV_ASSERT(options.label.size() <= kLabelSizeMax && options.protocol.size() <= kLabelSizeMax);
    VV_ASSERT(!options.retransmissions_max || !options.lifetime_max);
    VV_ASSERT(!options.lifetime_max ||
              (options.lifetime_max->count() >= 0 && options.lifetime_max->count() <= kReliabilityMax));
    unsigned type = kReliable;
    std::uint32_t reliability = 0;
    if (options.retransmissions_max) {
        type = kLimitedRetransmissions;
        reliability = *options.retransmissions_max;
    } else if (options.lifetime_max) {
        type = kLimitedLifetime;
        reliability = static_cast<std::uint32_t>(options.lifetime_max->count());
    }
    if (!options.is_ordered) type |= kUnorderedBit;
    ByteBuffer bytes;
    ByteWriter writer(bytes);
    writer.write_u8(kOpenType);
    writer.write_u8(static_cast<std::uint8_t>(type));
    writer.write_u16(options.priority);
    writer.write_u32(reliability);
    writer.write_u16(static_cast<std::uint16_t>(options.label.size()));
    writer.write_u16(static_cast<std::uint16_t>(options.protocol.size()));
    writer.write(as_bytes(options.label));
    writer.write(as_bytes(options.protocol));
    return bytes;
}

ByteBuffer write_channel_ack() {
    return {kAckType};
}

} // namespace vv::sctp
