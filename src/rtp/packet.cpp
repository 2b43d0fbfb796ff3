#include "rtp/packet.h"

#include "base/assert.h"

namespace vv::rtp {
namespace {

constexpr std::size_t kCsrcSize = 4;

struct FirstByte {
    std::uint8_t version;
    bool has_padding;
    bool has_extension;
    std::uint8_t csrc_count;
};

FirstByte split(std::uint8_t byte) {
    return {.version = static_cast<std::uint8_t>(byte >> 6U),
            .has_padding = (byte & 0x20U) != 0,
            .has_extension = (byte & 0x10U) != 0,
            .csrc_count = static_cast<std::uint8_t>(byte & 0x0FU)};
}

Header read_fixed(ByteReader& reader) {
    Header header;
    const std::uint8_t second = reader.read_u8().value_or(0);
    header.marker = (second & 0x80U) != 0;
    header.payload_type = second & 0x7FU;
    header.sequence = reader.read_u16().value_or(0);
    header.timestamp = reader.read_u32().value_or(0);
    header.ssrc = Ssrc(reader.read_u32().value_or(0));
    return header;
}

// RFC 3550 §5.3.1: a profile's number, the length in words, the words.
std::optional<ExtensionReader> read_extensions(ByteReader& reader) {
    const auto profile = reader.read_u16();
    const auto words = reader.read_u16();
    if (!profile || !words) return std::nullopt;
    const auto bytes = reader.read_slice(std::size_t{*words} * 4);
    if (!bytes) return std::nullopt;
    return ExtensionReader(*profile, *bytes);
}

} // namespace

std::optional<ByteView> Packet::find_extension(std::uint8_t id) const {
    ExtensionReader reader = extensions;
    while (const auto extension = reader.next()) {
        if (extension->id == id) return extension->value;
    }
    return std::nullopt;
}

Result<Packet, ParseError> parse_packet(ByteView datagram) {
    if (datagram.size() < kFixedHeaderSize) return Failure(ParseError::kTooShort);
    ByteReader reader(datagram);
    const FirstByte first = split(reader.read_u8().value_or(0));
    if (first.version != kVersion) return Failure(ParseError::kBadVersion);
    Packet packet;
    packet.header = read_fixed(reader);
    const auto csrcs = reader.read_slice(first.csrc_count * kCsrcSize);
    if (!csrcs) return Failure(ParseError::kTooShort);
    packet.csrcs = *csrcs;
    if (first.has_extension) {
        const auto extensions = read_extensions(reader);
        if (!extensions) return Failure(ParseError::kTooShort);
        packet.extensions = *extensions;
    }
    packet.payload = datagram.subspan(reader.position());
    if (!first.has_padding) return packet;
    packet.padding = packet.payload.empty() ? 0 : packet.payload.back();
    if (packet.padding == 0 || packet.padding > packet.payload.size()) return Failure(ParseError::kBadPadding);
    packet.payload = packet.payload.first(packet.payload.size() - packet.padding);
    return packet;
}

std::optional<std::size_t> payload_offset(ByteView packet) {
    if (packet.size() < kFixedHeaderSize) return std::nullopt;
    const FirstByte first = split(packet[0]);
    if (first.version != kVersion) return std::nullopt;
    std::size_t offset = kFixedHeaderSize + first.csrc_count * kCsrcSize;
    if (first.has_extension) {
        if (packet.size() < offset + kExtensionHeaderSize) return std::nullopt;
        const std::size_t words = (std::size_t{packet[offset + 2]} << 8U) | packet[offset + 3];
        offset += kExtensionHeaderSize + words * 4;
    }
    if (offset > packet.size()) return std::nullopt;
    return offset;
}

std::uint16_t sequence_of(ByteView packet) {
    VV_ASSERT(packet.size() >= kFixedHeaderSize);
    return static_cast<std::uint16_t>((packet[2] << 8U) | packet[3]);
}

Ssrc ssrc_of(ByteView packet) {
    VV_ASSERT(packet.size() >= kFixedHeaderSize);
    return Ssrc((std::uint32_t{packet[8]} << 24U) | (std::uint32_t{packet[9]} << 16U) |
                (std::uint32_t{packet[10]} << 8U) | packet[11]);
}

void write_header(ByteBuffer& out, const Header& header, std::span<const Extension> extensions,
                  std::span<const std::uint32_t> csrcs) {
    VV_ASSERT(header.payload_type <= kPayloadTypeMax && csrcs.size() <= kCsrcsMax);
    ByteWriter writer(out);
    const unsigned extension_bit = extensions.empty() ? 0U : 0x10U;
    writer.write_u8(static_cast<std::uint8_t>((kVersion << 6U) | extension_bit | csrcs.size()));
    writer.write_u8(static_cast<std::uint8_t>((header.marker ? 0x80U : 0U) | header.payload_type));
    writer.write_u16(header.sequence);
    writer.write_u32(header.timestamp);
    writer.write_u32(header.ssrc.value());
    for (const std::uint32_t csrc : csrcs)
        writer.write_u32(csrc);
    if (!extensions.empty()) write_extensions(out, extensions);
}

} // namespace vv::rtp
