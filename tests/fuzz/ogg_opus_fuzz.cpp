// Any bytes as a recording in Ogg: read as they are, and again with the checksums of what look like pages set right, or
// nothing would get past the first. What is read and is Opus can be written, and is then read the same.
#include "base/assert.h"
#include "rtp/ogg_opus.h"
#include "rtp/opus.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace vv;

namespace {

constexpr std::size_t kPageHeaderSize = 27;
constexpr std::size_t kChecksumOffset = 22;

std::uint32_t checksum(ByteView bytes) {
    std::uint32_t remainder = 0;
    for (const std::uint8_t byte : bytes) {
        remainder ^= std::uint32_t{byte} << 24U;
        for (int bit = 0; bit < 8; ++bit)
            remainder = (remainder << 1U) ^ ((remainder >> 31U) != 0 ? 0x04C11DB7U : 0U);
    }
    return remainder;
}

ByteBuffer with_checksums(ByteView file) {
    ByteBuffer bytes(file.begin(), file.end());
    std::span<std::uint8_t> rest(bytes);
    while (rest.size() >= kPageHeaderSize) {
        std::size_t size = kPageHeaderSize + rest[kPageHeaderSize - 1];
        if (rest.size() < size) break;
        for (const std::uint8_t segment : rest.subspan(kPageHeaderSize, rest[kPageHeaderSize - 1]))
            size += segment;
        if (rest.size() < size) break;
        const auto place = rest.subspan(kChecksumOffset, 4);
        std::ranges::fill(place, std::uint8_t{0});
        const std::uint32_t sum = checksum(rest.first(size));
        for (std::size_t i = 0; i < 4; ++i)
            place[i] = static_cast<std::uint8_t>(sum >> (8U * i));
        rest = rest.subspan(size);
    }
    return bytes;
}

std::vector<ByteBuffer> read(ByteView file) {
    std::vector<ByteBuffer> packets;
    auto reader = rtp::OggOpusReader::open(file);
    while (reader) {
        const auto packet = reader->next_packet();
        if (!packet || !*packet) break;
        VV_ASSERT((*packet)->size() <= rtp::kOggPacketSizeMax);
        packets.emplace_back((*packet)->begin(), (*packet)->end());
    }
    return packets;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView file(data, size);
    (void)read(file);
    std::vector<ByteBuffer> packets = read(with_checksums(file));
    std::erase_if(packets, [](const ByteBuffer& packet) { return !rtp::opus_duration(packet); });
    ByteBuffer written;
    rtp::OggOpusWriter writer(written, {}, 5);
    for (const ByteBuffer& packet : packets)
        VV_ASSERT(writer.write(packet));
    writer.finish();
    VV_ASSERT(read(written) == packets);
    return 0;
}
