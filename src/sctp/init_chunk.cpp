#include "sctp/init_chunk.h"

#include <algorithm>

namespace vv::sctp {
namespace {

enum class InitParameterType : std::uint16_t {
    kIpv4Address = 5,
    kIpv6Address = 6,
    kStateCookie = 7,
    kUnrecognized = 8,
    kCookiePreservative = 9,
    kHostName = 11,
    kSupportedAddresses = 12,
    kSupportedExtensions = 0x8008, // RFC 5061 §4.2.7
    kForwardTsnSupported = 0xC000, // RFC 3758 §3.1
};

// RFC 9260 §3.2.1: the two highest bits of a type say what those do who do not know it.
constexpr unsigned kReportBit = 0x4000;
constexpr unsigned kSkipBit = 0x8000;

constexpr std::size_t kFixedSize = 16;

// Addresses are not looked at: there is one path, and DTLS is below it (RFC 8261 §6.1).
bool is_ignored(InitParameterType type) {
    switch (type) {
    case InitParameterType::kIpv4Address:
    case InitParameterType::kIpv6Address:
    case InitParameterType::kUnrecognized:
    case InitParameterType::kCookiePreservative:
    case InitParameterType::kHostName:
    case InitParameterType::kSupportedAddresses:
        return true;
    default:
        return false;
    }
}

void note_extensions(ByteView types, InitParameters& parameters) {
    for (const std::uint8_t type : types) {
        if (type == static_cast<std::uint8_t>(ChunkType::kReconfig)) parameters.knows_reconfig = true;
        if (type == static_cast<std::uint8_t>(ChunkType::kForwardTsn)) parameters.knows_forward_tsn = true;
    }
}

// False: what follows is not to be read.
bool note_parameter(const Parameter& parameter, InitChunk& init) {
    const auto type = static_cast<InitParameterType>(parameter.type);
    if (is_ignored(type)) return true;
    switch (type) {
    case InitParameterType::kStateCookie:
        init.cookie = parameter.value;
        return true;
    case InitParameterType::kSupportedExtensions:
        note_extensions(parameter.value, init.parameters);
        return true;
    case InitParameterType::kForwardTsnSupported:
        init.parameters.knows_forward_tsn = true;
        return true;
    default:
        break;
    }
    if ((parameter.type & kReportBit) != 0 &&
        init.unrecognized.size() + padded(parameter.bytes.size()) <= kUnrecognizedSizeMax) {
        ByteWriter writer(init.unrecognized);
        writer.write(parameter.bytes);
        writer.write_zeros(padded(parameter.bytes.size()) - parameter.bytes.size());
    }
    return (parameter.type & kSkipBit) != 0;
}

std::optional<InitParameters> parse_fixed(ByteReader& reader) {
    const auto tag = reader.read_u32();
    const auto window = reader.read_u32();
    const auto outbound = reader.read_u16();
    const auto inbound = reader.read_u16();
    const auto tsn = reader.read_u32();
    if (!tag || !window || !outbound || !inbound || !tsn) return std::nullopt;
    if (*tag == 0 || *window < kReceiveWindowMin || *outbound == 0 || *inbound == 0) return std::nullopt;
    return InitParameters{.tag = VerificationTag(*tag),
                          .receive_window = *window,
                          .outbound_streams = *outbound,
                          .inbound_streams = *inbound,
                          .initial_tsn = *tsn};
}

void write_fixed(ByteWriter& writer, const InitParameters& parameters) {
    writer.write_u32(parameters.tag.value());
    writer.write_u32(parameters.receive_window);
    writer.write_u16(parameters.outbound_streams);
    writer.write_u16(parameters.inbound_streams);
    writer.write_u32(parameters.initial_tsn);
}

void write_parameter(ByteBuffer& out, InitParameterType type, ByteView value) {
    const ParameterScope scope(out, static_cast<std::uint16_t>(type));
    ByteWriter(out).write(value);
}

void write_what_is_known(ByteBuffer& out, const InitParameters& parameters) {
    ByteBuffer types;
    if (parameters.knows_reconfig) types.push_back(static_cast<std::uint8_t>(ChunkType::kReconfig));
    if (parameters.knows_forward_tsn) types.push_back(static_cast<std::uint8_t>(ChunkType::kForwardTsn));
    if (parameters.knows_forward_tsn) write_parameter(out, InitParameterType::kForwardTsnSupported, {});
    if (!types.empty()) write_parameter(out, InitParameterType::kSupportedExtensions, types);
}

} // namespace

std::optional<InitChunk> parse_init(ByteView value) {
    ByteReader reader(value);
    const auto fixed = parse_fixed(reader);
    if (!fixed) return std::nullopt;
    InitChunk init;
    init.parameters = *fixed;
    ParameterReader parameters(value.subspan(kFixedSize));
    while (!parameters.at_end()) {
        const auto parameter = parameters.next();
        if (!parameter) return std::nullopt;
        if (!note_parameter(*parameter, init)) break;
    }
    return init;
}

void write_init(ByteBuffer& out, const InitParameters& parameters) {
    const ChunkScope scope(out, ChunkType::kInit);
    ByteWriter writer(out);
    write_fixed(writer, parameters);
    write_what_is_known(out, parameters);
}

void write_init_ack(ByteBuffer& out, const InitParameters& parameters, ByteView cookie, ByteView unrecognized) {
    VV_ASSERT(cookie.size() <= kPeerCookieSizeMax && unrecognized.size() <= kUnrecognizedSizeMax);
    const ChunkScope scope(out, ChunkType::kInitAck);
    ByteWriter writer(out);
    write_fixed(writer, parameters);
    write_parameter(out, InitParameterType::kStateCookie, cookie);
    write_what_is_known(out, parameters);
    if (!unrecognized.empty()) write_parameter(out, InitParameterType::kUnrecognized, unrecognized);
}

} // namespace vv::sctp
