// ChannelData framing (RFC 8656 §12.4): four bytes of header before the payload.
#pragma once

#include "base/bytes.h"
#include "base/tagged.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::turn {

inline constexpr std::size_t kChannelDataHeaderSize = 4;
/// RFC 8656 §12.
inline constexpr std::uint16_t kChannelFirst = 0x4000;
inline constexpr std::uint16_t kChannelLast = 0x4FFF;
/// RFC 5766 §11 went up to here; clients of before 2020 may still, coturn's test client does.
inline constexpr std::uint16_t kLegacyChannelLast = 0x7FFF;

using ChannelNumber = Tagged<std::uint16_t, struct ChannelNumberTag>;

/// last: kChannelLast or kLegacyChannelLast.
[[nodiscard]] constexpr bool is_channel_number(std::uint16_t number, std::uint16_t last) {
    return number >= kChannelFirst && number <= last;
}

/// RFC 7983 §7: the first byte tells ChannelData from STUN.
[[nodiscard]] constexpr bool looks_like_channel_data(std::uint8_t first_byte, std::uint16_t last) {
    return first_byte >= kChannelFirst >> 8U && first_byte <= last >> 8U;
}

struct ChannelData {
    ChannelNumber channel;
    ByteView payload; ///< points into the datagram
};

/// Nothing for a number outside the range or a length past the datagram's end. Bytes behind the payload are
/// padding and ignored, which RFC 8656 §12.5 allows over UDP.
[[nodiscard]] inline std::optional<ChannelData> parse_channel_data(ByteView datagram, std::uint16_t last) {
    ByteReader reader(datagram);
    const auto number = reader.read_u16();
    const auto size = reader.read_u16();
    if (!number || !size || !is_channel_number(*number, last)) return std::nullopt;
    const auto payload = reader.read_slice(*size);
    if (!payload) return std::nullopt;
    return ChannelData{ChannelNumber(*number), *payload};
}

/// size: of the payload, at most 65 535.
[[nodiscard]] inline std::array<std::uint8_t, kChannelDataHeaderSize> write_channel_data_header(ChannelNumber channel,
                                                                                                std::size_t size) {
    return {static_cast<std::uint8_t>(channel.value() >> 8U), static_cast<std::uint8_t>(channel.value()),
            static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)};
}

} // namespace vv::turn
