// Integers in place, and the words that SRTCP adds.
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace vv::srtp {

/// RFC 3711 §3.4: RTCP's first header and source stay in clear.
inline constexpr std::size_t kRtcpClearSize = 8;
inline constexpr std::size_t kRtcpSsrcOffset = 4;
/// The flag E and 31 bits of index.
inline constexpr std::size_t kRtcpWordSize = 4;
inline constexpr std::uint32_t kRtcpEncrypted = 0x80000000;

inline void put_u32(std::span<std::uint8_t, 4> out, std::uint32_t value) {
    out[0] = static_cast<std::uint8_t>(value >> 24U);
    out[1] = static_cast<std::uint8_t>(value >> 16U);
    out[2] = static_cast<std::uint8_t>(value >> 8U);
    out[3] = static_cast<std::uint8_t>(value);
}
[[nodiscard]] inline std::uint32_t read_u32(std::span<const std::uint8_t, 4> in) {
    return (std::uint32_t{in[0]} << 24U) | (std::uint32_t{in[1]} << 16U) | (std::uint32_t{in[2]} << 8U) | in[3];
}
/// XORs an integer of `Size` bytes into the bytes.
template <std::size_t Size>
void xor_integer(std::span<std::uint8_t, Size> bytes, std::uint64_t value) {
    for (std::size_t i = Size; i-- > 0; value >>= 8U)
        bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ (value & 0xFFU));
}

} // namespace vv::srtp
