#include "rtp/rtx.h"

#include <array>

namespace vv::rtp {
namespace {

void write_with_extensions_of(ByteBuffer& out, const Packet& packet, const Header& header) {
    std::array<Extension, kExtensionsWrittenMax> extensions;
    std::size_t count = 0;
    ExtensionReader reader = packet.extensions;
    while (const auto extension = count < extensions.size() ? reader.next() : std::nullopt)
        extensions.at(count++) = *extension;
    write_header(out, header, std::span(extensions).first(count));
}

} // namespace

ByteBuffer write_rtx(const Packet& original, const Header& header) {
    ByteBuffer out;
    Header own = header;
    own.marker = original.header.marker;
    own.timestamp = original.header.timestamp;
    write_with_extensions_of(out, original, own);
    ByteWriter writer(out);
    writer.write_u16(original.header.sequence);
    writer.write(original.payload);
    return out;
}

std::optional<ByteBuffer> restore_from_rtx(const Packet& rtx, Ssrc media, std::uint8_t payload_type) {
    ByteReader reader(rtx.payload);
    const auto sequence = reader.read_u16();
    if (!sequence) return std::nullopt;
    ByteBuffer out;
    write_with_extensions_of(out, rtx, {rtx.header.marker, payload_type, *sequence, rtx.header.timestamp, media});
    ByteWriter(out).write(rtx.payload.subspan(kRtxPrefixSize));
    return out;
}

} // namespace vv::rtp
