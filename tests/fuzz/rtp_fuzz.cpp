// Any datagram as RTP: what is read lies within it, is read again the same when it is written again, and goes through a
// retransmission and back.
#include "base/assert.h"
#include "rtp/demux.h"
#include "rtp/opus.h"
#include "rtp/packet.h"
#include "rtp/rtx.h"

#include <cstddef>
#include <cstdint>
#include <vector>

using namespace vv;

namespace {

bool lies_within(ByteView part, ByteView whole) {
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

std::vector<rtp::Extension> extensions_of(const rtp::Packet& packet, ByteView whole) {
    std::vector<rtp::Extension> found;
    rtp::ExtensionReader reader = packet.extensions;
    while (const auto extension = reader.next()) {
        VV_ASSERT(lies_within(extension->value, whole) && rtp::fits_an_extension(*extension));
        if (found.size() < rtp::kExtensionsWrittenMax) found.push_back(*extension);
    }
    return found;
}

bool same(ByteView a, ByteView b) {
    return std::vector(a.begin(), a.end()) == std::vector(b.begin(), b.end());
}

void write_again(const rtp::Packet& packet, const std::vector<rtp::Extension>& extensions) {
    std::vector<std::uint32_t> csrcs;
    ByteReader reader(packet.csrcs);
    while (const auto csrc = reader.read_u32())
        csrcs.push_back(*csrc);
    ByteBuffer written;
    rtp::write_header(written, packet.header, extensions, csrcs);
    VV_ASSERT(rtp::payload_offset(written) == written.size());
    ByteWriter(written).write(packet.payload);
    const auto again = rtp::parse_packet(written);
    VV_ASSERT(again && again->header == packet.header && same(again->csrcs, packet.csrcs) &&
              same(again->payload, packet.payload));
    const auto extensions_again = extensions_of(*again, written);
    VV_ASSERT(extensions_again.size() == extensions.size());
    for (std::size_t i = 0; i < extensions.size(); ++i)
        VV_ASSERT(extensions[i].id == extensions_again[i].id && same(extensions[i].value, extensions_again[i].value));
}

void send_again(const rtp::Packet& packet) {
    const ByteBuffer rtx_bytes = rtp::write_rtx(packet, {.payload_type = 97, .sequence = 1, .ssrc = rtp::Ssrc(2)});
    const auto rtx = rtp::parse_packet(rtx_bytes);
    VV_ASSERT(rtx.has_value());
    const auto restored = rtp::restore_from_rtx(*rtx, packet.header.ssrc, packet.header.payload_type);
    VV_ASSERT(restored.has_value());
    const auto again = rtp::parse_packet(*restored);
    VV_ASSERT(again && again->header == packet.header && same(again->payload, packet.payload));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView datagram(data, size);
    (void)rtp::kind_of(datagram);
    if (const auto duration = rtp::opus_duration(datagram)) {
        VV_ASSERT(*duration > 0 && *duration <= rtp::kOpusDurationMax);
    }
    const auto offset = rtp::payload_offset(datagram);
    const auto packet = rtp::parse_packet(datagram);
    if (!packet) return 0;
    VV_ASSERT(offset && *offset + packet->payload.size() + packet->padding == size);
    VV_ASSERT(rtp::sequence_of(datagram) == packet->header.sequence && rtp::ssrc_of(datagram) == packet->header.ssrc);
    VV_ASSERT(lies_within(packet->payload, datagram) && lies_within(packet->csrcs, datagram));
    write_again(*packet, extensions_of(*packet, datagram));
    (void)rtp::restore_from_rtx(*packet, rtp::Ssrc(1), 96);
    send_again(*packet);
    return 0;
}
