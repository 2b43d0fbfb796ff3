#include "rtp/header_extension.h"

#include "base/assert.h"

#include <algorithm>

namespace vv::rtp {
namespace {

constexpr std::uint8_t kPaddingId = 0;
constexpr std::uint8_t kStopId = 15;

bool fits_one_byte(const Extension& extension) {
    return extension.id <= kOneByteIdMax && !extension.value.empty() && extension.value.size() <= kOneByteSizeMax;
}

} // namespace

ExtensionReader::ExtensionReader(std::uint16_t profile, ByteView bytes) : reader_(bytes) {
    if (profile == kOneByteProfile) form_ = Form::kOneByte;
    if ((profile & 0xFFF0U) == kTwoByteProfile) form_ = Form::kTwoByte;
}

std::optional<Extension> ExtensionReader::next() {
    if (form_ == Form::kNone) return std::nullopt;
    while (const auto first = reader_.read_u8()) {
        std::uint8_t id = *first;
        std::size_t size = 0;
        if (form_ == Form::kOneByte) {
            id = *first >> 4U;
            if (id == kStopId) break;
            size = std::size_t{*first & 0x0FU} + 1;
            // RFC 8285 §4.2: number 0 with a length is an error of the sender, passed over with what it claims.
            if (*first == kPaddingId) continue;
        } else {
            if (id == kPaddingId) continue;
            const auto length = reader_.read_u8();
            if (!length) break;
            size = *length;
        }
        const auto value = reader_.read_slice(size);
        if (!value) break;
        if (id != kPaddingId) return Extension{id, *value};
    }
    form_ = Form::kNone;
    return std::nullopt;
}

bool fits_an_extension(const Extension& extension) {
    return extension.id != kPaddingId && extension.value.size() <= kTwoByteSizeMax;
}

void write_extensions(ByteBuffer& out, std::span<const Extension> extensions) {
    VV_ASSERT(extensions.size() <= kExtensionsWrittenMax && std::ranges::all_of(extensions, fits_an_extension));
    const bool is_short = std::ranges::all_of(extensions, fits_one_byte);
    ByteWriter writer(out);
    writer.write_u16(is_short ? kOneByteProfile : kTwoByteProfile);
    const std::size_t length_at = out.size();
    writer.write_u16(0);
    const std::size_t begin = out.size();
    for (const auto& [id, value] : extensions) {
        if (is_short) {
            writer.write_u8(static_cast<std::uint8_t>((std::size_t{id} << 4U) | (value.size() - 1)));
        } else {
            writer.write_u8(id);
            writer.write_u8(static_cast<std::uint8_t>(value.size()));
        }
        writer.write(value);
    }
    writer.write_zeros((4 - (out.size() - begin) % 4) % 4);
    writer.patch_u16(length_at, static_cast<std::uint16_t>((out.size() - begin) / 4));
}

} // namespace vv::rtp
