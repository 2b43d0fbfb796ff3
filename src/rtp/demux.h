// Whose datagram is it? STUN, DTLS, TURN's channels, RTP and RTCP share a port in a call; the first byte tells them
// apart (RFC 7983 §7), and for RTP and RTCP the second (RFC 5761 §4).
#pragma once

#include "base/bytes.h"

#include <cstdint>

namespace vv::rtp {

enum class DatagramKind : std::uint8_t { kStun, kDtls, kTurnChannel, kRtp, kRtcp, kUnknown };

[[nodiscard]] constexpr DatagramKind kind_of(ByteView datagram) {
    if (datagram.empty()) return DatagramKind::kUnknown;
    const std::uint8_t first = datagram[0];
    if (first <= 3) return DatagramKind::kStun;
    if (first >= 20 && first <= 63) return DatagramKind::kDtls;
    if (first >= 64 && first <= 79) return DatagramKind::kTurnChannel;
    if (first < 128 || first > 191 || datagram.size() < 2) return DatagramKind::kUnknown;
    // RTCP's packet types stand where RTP has its marker bit and payload type; with this range taken, payload types 64
    // to 95 are not used beside RTCP.
    const std::uint8_t second = datagram[1];
    return second >= 192 && second <= 223 ? DatagramKind::kRtcp : DatagramKind::kRtp;
}

} // namespace vv::rtp
