// The index of a packet: 48 bits, of which RTP carries the lower 16 as its sequence number and both ends count the
// rest, the rollover counter (RFC 3711 §3.3.1).
#pragma once

#include <cstdint>
#include <optional>

namespace vv::srtp {

/// RFC 3711 §9.2: no key protects more packets than this, of one source.
inline constexpr std::uint64_t kRtpIndexMax = (std::uint64_t{1} << 48U) - 1;
inline constexpr std::uint32_t kRtcpIndexMax = (std::uint32_t{1} << 31U) - 1;

[[nodiscard]] constexpr std::uint32_t rollover_of(std::uint64_t index) {
    return static_cast<std::uint32_t>(index >> 16U);
}

/// The index nearest to the highest so far that ends in this sequence number. Before the first rollover nothing can
/// be older than the counting, so what seems to be is newer. Past kRtpIndexMax: the key is used up.
[[nodiscard]] constexpr std::uint64_t guess_index(std::optional<std::uint64_t> highest, std::uint16_t sequence) {
    if (!highest) return sequence;
    constexpr std::int32_t kHalf = 1 << 15;
    const auto last = static_cast<std::int32_t>(*highest & 0xFFFFU);
    std::uint64_t rollover = *highest >> 16U;
    if (last < kHalf) {
        if (sequence - last > kHalf && rollover > 0) --rollover;
    } else if (last - kHalf > sequence) {
        ++rollover;
    }
    return (rollover << 16U) | sequence;
}

} // namespace vv::srtp
