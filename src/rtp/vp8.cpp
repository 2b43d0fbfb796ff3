#include "rtp/vp8.h"

#include "base/assert.h"

namespace vv::rtp {
namespace {

// RFC 7741 §4.2, figure 2.
constexpr std::uint8_t kExtended = 0x80;         // X
constexpr std::uint8_t kNonReference = 0x20;     // N
constexpr std::uint8_t kStartOfPartition = 0x10; // S
constexpr std::uint8_t kPartitionMask = 0x07;    // PID
constexpr std::uint8_t kHasPictureId = 0x80;     // I
constexpr std::uint8_t kHasTl0 = 0x40;           // L
constexpr std::uint8_t kHasLayer = 0x20;         // T
constexpr std::uint8_t kHasKeyIndex = 0x10;      // K
constexpr std::uint8_t kLongPictureId = 0x80;    // M
constexpr std::uint8_t kLayerSync = 0x20;        // Y
constexpr std::uint8_t kKeyIndexMask = 0x1F;

// What this packetizer writes: the two bytes before a picture's number of two bytes.
constexpr std::size_t kWrittenDescriptorSize = 4;
static_assert(kWrittenDescriptorSize <= kVp8DescriptorSizeMax);

std::optional<std::uint16_t> read_picture_id(ByteReader& reader) {
    const auto first = reader.read_u8();
    if (!first || (*first & kLongPictureId) == 0) return first ? std::optional<std::uint16_t>(*first) : std::nullopt;
    const auto second = reader.read_u8();
    if (!second) return std::nullopt;
    return static_cast<std::uint16_t>(((*first & 0x7FU) << 8U) | *second);
}

// False: it ends before what its flags promise.
bool read_extensions_of(ByteReader& reader, Vp8Descriptor& descriptor) {
    const auto flags = reader.read_u8();
    if (!flags) return false;
    if ((*flags & kHasPictureId) != 0) {
        descriptor.picture_id = read_picture_id(reader);
        if (!descriptor.picture_id) return false;
    }
    if ((*flags & kHasTl0) != 0) {
        descriptor.tl0_picture_index = reader.read_u8();
        if (!descriptor.tl0_picture_index) return false;
    }
    if ((*flags & (kHasLayer | kHasKeyIndex)) == 0) return true;
    const auto byte = reader.read_u8(); // one byte for both, even if only one of them counts
    if (!byte) return false;
    if ((*flags & kHasLayer) != 0) {
        descriptor.layer = {static_cast<std::uint8_t>(*byte >> 6U), (*byte & kLayerSync) != 0};
    }
    if ((*flags & kHasKeyIndex) != 0) descriptor.key_index = static_cast<std::uint8_t>(*byte & kKeyIndexMask);
    return true;
}

std::uint8_t flags_of(const Vp8Descriptor& descriptor) {
    return static_cast<std::uint8_t>((descriptor.picture_id ? kHasPictureId : 0U) |
                                     (descriptor.tl0_picture_index ? kHasTl0 : 0U) |
                                     (descriptor.layer ? kHasLayer : 0U) | (descriptor.key_index ? kHasKeyIndex : 0U));
}

} // namespace

std::optional<Vp8Payload> parse_vp8(ByteView payload) {
    ByteReader reader(payload);
    const auto first = reader.read_u8();
    if (!first) return std::nullopt;
    Vp8Descriptor descriptor;
    descriptor.is_reference = (*first & kNonReference) == 0;
    descriptor.starts_partition = (*first & kStartOfPartition) != 0;
    descriptor.partition = *first & kPartitionMask;
    if ((*first & kExtended) != 0 && !read_extensions_of(reader, descriptor)) return std::nullopt;
    if (reader.at_end()) return std::nullopt;
    return Vp8Payload{descriptor, payload.subspan(reader.position())};
}

void write_vp8_descriptor(ByteBuffer& out, const Vp8Descriptor& descriptor) {
    VV_ASSERT(descriptor.partition <= kPartitionMask);
    const std::uint8_t flags = flags_of(descriptor);
    ByteWriter writer(out);
    writer.write_u8(
        static_cast<std::uint8_t>((flags != 0 ? kExtended : 0U) | (descriptor.is_reference ? 0U : kNonReference) |
                                  (descriptor.starts_partition ? kStartOfPartition : 0U) | descriptor.partition));
    if (flags == 0) return;
    writer.write_u8(flags);
    if (descriptor.picture_id) {
        VV_ASSERT(*descriptor.picture_id <= kVp8PictureIdMax);
        writer.write_u16(static_cast<std::uint16_t>((std::uint32_t{kLongPictureId} << 8U) | *descriptor.picture_id));
    }
    if (descriptor.tl0_picture_index) writer.write_u8(*descriptor.tl0_picture_index);
    if (!descriptor.layer && !descriptor.key_index) return;
    const auto layer = descriptor.layer.value_or(Vp8Descriptor::Layer{});
    VV_ASSERT(layer.index <= 3 && descriptor.key_index.value_or(0) <= kKeyIndexMask);
    writer.write_u8(static_cast<std::uint8_t>((std::uint32_t{layer.index} << 6U) | (layer.is_sync ? kLayerSync : 0U) |
                                              descriptor.key_index.value_or(0)));
}

std::optional<Vp8PictureHead> read_vp8_head(ByteView picture) {
    ByteReader reader(picture);
    const auto tag = reader.read_slice(3);
    if (!tag) return std::nullopt;
    if (((*tag)[0] & 0x01U) != 0) return Vp8PictureHead{};
    const auto rest = reader.read_slice(7);
    if (!rest || (*rest)[0] != 0x9D || (*rest)[1] != 0x01 || (*rest)[2] != 0x2A) return std::nullopt;
    // Little-endian, the two highest bits of each are a scale.
    const auto size_at = [&](std::size_t place) {
        return static_cast<std::uint16_t>(((std::uint32_t{(*rest)[place + 1]} << 8U) | (*rest)[place]) & 0x3FFFU);
    };
    return Vp8PictureHead{true, size_at(3), size_at(5)};
}

Vp8Packetizer::Vp8Packetizer(std::size_t payload_max, std::uint16_t first_picture_id)
    : payload_max_(payload_max),
      picture_id_(first_picture_id & kVp8PictureIdMax) {
    VV_ASSERT(payload_max > kVp8DescriptorSizeMax);
}

std::vector<ByteBuffer> Vp8Packetizer::packetize(ByteView picture) {
    std::vector<ByteBuffer> payloads;
    if (picture.empty()) return payloads;
    const std::size_t room = payload_max_ - kWrittenDescriptorSize;
    const std::size_t count = (picture.size() + room - 1) / room;
    payloads.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t begin = picture.size() * i / count;
        const std::size_t end = picture.size() * (i + 1) / count;
        ByteBuffer& payload = payloads.emplace_back();
        payload.reserve(kWrittenDescriptorSize + end - begin);
        // The boundaries of the picture's partitions do not matter to who has all of it, so all is partition 0 (§4.4).
        write_vp8_descriptor(payload, {.starts_partition = i == 0, .picture_id = picture_id_});
        ByteWriter(payload).write(picture.subspan(begin, end - begin));
    }
    picture_id_ = (picture_id_ + 1) & kVp8PictureIdMax;
    return payloads;
}

} // namespace vv::rtp
