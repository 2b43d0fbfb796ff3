// Any packets as VP8 from one source, in any order and with any gaps: the assembler stays within its limits, and what
// it gives out are pictures of which the first is whole. A picture that the packetizer cuts comes out as it was.
//
// The input is records: how far the sequence number goes on (signed), flags (marker, new timestamp, time passes), the
// size of the payload, the payload.
#include "base/assert.h"
#include "rtp/vp8_assembler.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

using namespace vv;

namespace {

void write_again(ByteView payload) {
    const auto parsed = rtp::parse_vp8(payload);
    if (!parsed) return;
    VV_ASSERT(!parsed->data.empty() && parsed->data.data() + parsed->data.size() == payload.data() + payload.size());
    (void)rtp::read_vp8_head(parsed->data);
    ByteBuffer written;
    rtp::write_vp8_descriptor(written, parsed->descriptor);
    VV_ASSERT(written.size() <= rtp::kVp8DescriptorSizeMax);
    written.push_back(0);
    VV_ASSERT(rtp::parse_vp8(written)->descriptor == parsed->descriptor);
}

void assemble(ByteView input) {
    rtp::Vp8Assembler assembler;
    ByteReader reader(input);
    rtp::Packet packet;
    Instant now{};
    bool has_begun = false;
    while (const auto step = reader.read_u8()) {
        const auto flags = reader.read_u8().value_or(0);
        const auto size = std::min<std::size_t>(reader.read_u8().value_or(0), reader.remaining());
        packet.header.sequence = static_cast<std::uint16_t>(packet.header.sequence + static_cast<std::int8_t>(*step));
        packet.header.marker = (flags & 1U) != 0;
        if ((flags & 2U) != 0) packet.header.timestamp += 3000;
        if ((flags & 4U) != 0) now += std::chrono::milliseconds(200);
        packet.payload = reader.read_slice(size).value_or(ByteView());
        write_again(packet.payload);
        assembler.handle_packet(now, packet);
        assembler.handle_timeout(now);
        VV_ASSERT(assembler.held() <= rtp::kFragmentsMax);
        while (const auto picture = assembler.poll_picture()) {
            VV_ASSERT(!picture->bytes.empty() && (has_begun || picture->head.is_key));
            has_begun = true;
        }
    }
}

// A whole picture, cut as the first byte says.
void cut_and_join(ByteView picture) {
    const auto head = rtp::read_vp8_head(picture);
    if (!head || !head->is_key) return;
    constexpr std::size_t kHeadSize = 10; // has to be in one piece
    rtp::Vp8Packetizer packetizer(rtp::kVp8DescriptorSizeMax + 2 * kHeadSize + picture[0], 7);
    rtp::Vp8Assembler assembler;
    rtp::Packet packet;
    const auto payloads = packetizer.packetize(picture);
    for (std::size_t i = payloads.size(); i-- > 0;) { // backwards
        packet.header.sequence = static_cast<std::uint16_t>(i);
        packet.header.marker = i + 1 == payloads.size();
        packet.payload = payloads[i];
        assembler.handle_packet(Instant{}, packet);
    }
    const auto joined = assembler.poll_picture();
    VV_ASSERT(joined && std::ranges::equal(joined->bytes, picture) && joined->head == *head);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    write_again(input);
    assemble(input);
    if (size <= 4096) cut_and_join(input);
    return 0;
}
